# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind tencent_cfw_asset_info: the account's instances and networks as the firewall knows them.

Limits and paging: API page DescribeCfwAssets. It states no total: the list is complete once HasMore is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    Address,
    Network,
    is_one_line,
    parse_address,
    parse_targets,
    shown,
    split_list,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import NEVER, PRIVATE
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.international import check_china
from ansible_collections.secops.cfw.plugins.module_utils._tencent.options import TENCENT
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Row, data_of, incomplete, unreadable

ASSET_PAGE = 1000
TYPES = ("host", "vpc", "subnet")
_ONLY_HOSTS = ("ips", "instance_ids", "instance_type")
_IDENTITIES = {"host": ("instance_id",), "vpc": ("vpc_id",), "subnet": ("subnet_id",)}
_MOST_SEARCHED = 5
"""Up to so many addresses or instances the service is asked for each of them, and for more the whole list is read."""
_INSIDE: tuple[Network, ...] = tuple(row.network for row in (*NEVER, *PRIVATE))

ASSET_INFO = TENCENT.merge(
    OptionSpec(
        options={
            "type": {"type": "str", "choices": list(TYPES), "default": "host"},
            "ips": {"type": "list", "elements": "str"},
            "instance_ids": {"type": "list", "elements": "str"},
            "vpc_id": {"type": "str"},
            "subnet_id": {"type": "str"},
            "instance_type": {"type": "str"},
        }
    )
)


@dataclass(frozen=True)
class _Search:
    type: str
    ips: tuple[Address, ...]
    instance_ids: tuple[str, ...]
    exact: Mapping[str, str]
    """Field of a shown asset and the value that it has to have."""

    def bodies(self) -> Iterator[dict[str, Any]]:
        """First calls: what the service can filter by, which is one instance or a part of one address."""
        names = {"vpc_id": "VpcId", "subnet_id": "SubnetId", "instance_type": "InstanceType"}
        common = {"AssetType": self.type, "Limit": ASSET_PAGE}
        common.update((names[name], value) for name, value in self.exact.items())
        if 0 < len(self.instance_ids) <= _MOST_SEARCHED:
            yield from ({**common, "InstanceId": instance_id} for instance_id in self.instance_ids)
        elif 0 < len(self.ips) <= _MOST_SEARCHED and all(ip.version == 4 for ip in self.ips):
            yield from ({**common, "Ip": ip.text} for ip in self.ips)
        else:
            yield common

    def fits(self, asset: Mapping[str, Any]) -> bool:
        if self.instance_ids and asset["instance_id"] not in self.instance_ids:
            return False
        # A value that the record does not show was left to the service.
        if any(asset[name] and asset[name].lower() != value.lower() for name, value in self.exact.items()):
            return False
        own = {*asset["public_ips"], *asset["private_ips"]}
        return not self.ips or any(ip.text in own for ip in self.ips)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `assets` and `total`. Raises InputError before any request, ApiError (list_incomplete among others)."""
    check_china(params, context, "DescribeCfwAssets")
    search = _validated(params)
    client = TencentCfw(params, context, calls)
    found: dict[str, dict[str, Any]] = {}
    for body in search.bodies():
        for raw in _read(client, body):
            _add(found, search.type, raw)
    assets = [asset for asset in map(_asset, found.values()) if search.fits(asset)]
    return {"assets": assets, "total": len(assets)}


def _validated(params: Mapping[str, Any]) -> _Search:
    exact = {}
    for name in ("vpc_id", "subnet_id", "instance_type"):
        value = (params[name] or "").strip()
        if not is_one_line(value):
            raise InputError(f"{name} {shown(value)} has line breaks or control characters in it")
        if value:
            exact[name] = value
    kind = params["type"]
    search = _Search(
        type=kind,
        ips=parse_targets(split_list(params["ips"]), "ips"),
        instance_ids=tuple(dict.fromkeys(split_list(params["instance_ids"]))),
        exact=exact,
    )
    given = {"ips": search.ips, "instance_ids": search.instance_ids, **exact}
    wrong = [name for name in (*_ONLY_HOSTS, *(["subnet_id"] if kind == "vpc" else [])) if given.get(name)]
    if kind != "host" and wrong:
        raise InputError(f"{' and '.join(wrong)} can't be used with type: {kind}; leave out or set type: host")
    return search


def _read(client: TencentCfw, body: Mapping[str, Any]) -> Iterator[Row]:
    """The records of all pages; the same asset on several pages comes several times."""
    last: Row | None = None
    while True:
        content = client.call("DescribeCfwAssets", body)
        data = data_of(content, "DescribeCfwAssets")
        if not isinstance(data, Mapping) or not isinstance(data.get("HasMore", False), bool):
            raise unreadable(content, "DescribeCfwAssets")
        rows = data.get("assets") if data.get("assets") is not None else []
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise unreadable(content, "DescribeCfwAssets")
        if "assets" not in data:
            raise unreadable(content, "DescribeCfwAssets")
        yield from rows
        if not data.get("HasMore"):
            return
        token = data.get("NextToken")
        if not isinstance(token, str) or not token or data == last:
            # The same page again, under the same token, would go on for ever.
            raise incomplete("The list of assets says that there is more, but not how to get it")
        last, body = data, {"NextToken": token}


def _add(found: dict[str, dict[str, Any]], kind: str, raw: Row) -> None:
    """Collects records by id. The pages of one instance repeat it, each with more of its fingerprints."""
    identity = fields.text(raw, _IDENTITIES[kind]) or f"row {len(found)}"
    known = found.setdefault(identity, dict(raw))
    more = raw.get("fingerprints")
    if known.get("fingerprints") != more and isinstance(more, list):
        listed = known.get("fingerprints")
        known["fingerprints"] = [*(listed if isinstance(listed, list) else []), *more]


def _asset(raw: Mapping[str, Any]) -> dict[str, Any]:
    own = [parse_address(text, "asset") for text in dict.fromkeys(fields.own_addresses(raw))]
    return {
        "instance_id": fields.text(raw, ("instance_id", "InstanceId")),
        "name": fields.text(raw, ("instance_name", "InstanceName", "asset_name", "name", "vpc_name", "subnet_name")),
        "instance_type": fields.text(raw, ("instance_type", "InstanceType", "asset_type", "type")),
        "region": fields.text(raw, ("region", "Region")),
        "vpc_id": fields.text(raw, ("vpc_id", "VpcId")),
        "subnet_id": fields.text(raw, ("subnet_id", "SubnetId")),
        "public_ips": [address.text for address in own if not _is_inside(address)],
        "private_ips": [address.text for address in own if _is_inside(address)],
        "raw": raw,
    }


def _is_inside(address: Address) -> bool:
    return any(
        network.version == address.version and network.first <= address.value <= network.last for network in _INSIDE
    )
