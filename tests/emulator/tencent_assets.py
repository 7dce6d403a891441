# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's assets: DescribeCfwAssets.

Documented: the parameters, that a first call takes type, filters and Limit while a following one takes NextToken alone,
that Data is a JSON string with asset_type, assets, HasMore and NextToken, and that a query for one InstanceId pages
through its fingerprints and repeats the asset on each page. Invented: every field of an asset but instance_id and
fingerprints (two spellings, by switch), and how many fingerprints make a page.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from .switches import Switches
from .wire import ApiError

ASSET_FIELDS = {
    **dict.fromkeys(("AssetType", "Ip", "InstanceId", "VpcId", "SubnetId", "InstanceType", "NextToken"), "str"),
    "Limit": "int",
}
TYPES = ("host", "vpc", "subnet")
MOST, USUAL, FINGERPRINTS = 1000, 100, 2
_KNOWN = ("instance_id", "name", "type", "region", "vpc_id", "subnet_id", "public_ips", "private_ips", "fingerprints")


class Assets:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._assets: list[dict[str, Any]] = []
        self._pages: dict[str, tuple[str, Iterator[list[dict[str, Any]]], list[dict[str, Any]]]] = {}

    def describe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`body` has passed the check of its fields."""
        if "NextToken" in body:
            if len(body) > 1:
                raise _invalid("NextToken goes alone")
            if body["NextToken"] not in self._pages:
                raise _invalid("NextToken is unknown")
            kind, pages, page = self._pages.pop(body["NextToken"])
        else:
            kind = body.get("AssetType", "host")
            pages = self._paged(kind, body)
            page = next(pages, [])
        following = next(pages, None)
        data: dict[str, Any] = {"asset_type": kind, "assets": page, "HasMore": following is not None}
        if following is not None:
            token = "opaque-token" if self._switches.asset_token == "same" else uuid.uuid4().hex
            self._pages[token] = (kind, pages, following)
            data["NextToken"] = token
        return {"Data": json.dumps(data, ensure_ascii=False)}

    def _paged(self, kind: str, body: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        if kind not in TYPES:
            raise _invalid("AssetType must be host, vpc or subnet")
        limit = body.get("Limit", USUAL)
        if not 1 <= limit <= MOST:
            raise _invalid(f"Limit must be 1 to {MOST}")
        only_hosts = {"Ip", "InstanceId", "InstanceType"} | ({"SubnetId"} if kind == "vpc" else set())
        if kind != "host" and only_hosts & set(body):
            raise _invalid(f"a filter does not apply to {kind}")
        if kind != "host":
            return _chunks(self._networks(kind, body), limit)
        found = [asset for asset in self._assets if _fits(asset, body)]
        if "InstanceId" in body:
            return (
                [{**self._shown(asset), "fingerprints": some}]
                for asset in found
                for some in list(_chunks(asset["fingerprints"], FINGERPRINTS)) or [[]]
            )
        return _chunks([self._shown(asset) for asset in found], limit)

    def _networks(self, kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        key = f"{kind}_id"
        found: dict[str, dict[str, Any]] = {}
        for asset in self._assets:
            row = {key: asset[key], "vpc_id": asset["vpc_id"], "region": asset["region"]}
            if asset[key] and _fits(asset, body):
                found.setdefault(asset[key], row)
        return list(found.values())

    def _shown(self, asset: Mapping[str, Any]) -> dict[str, Any]:
        names = ("instance_id", "region", "vpc_id", "subnet_id")
        row = {name: asset[name] for name in names}
        if self._switches.asset_fields == "single":
            return {
                **row,
                "asset_name": asset["name"],
                "asset_type": asset["type"],
                "public_ip": ",".join(asset["public_ips"]),
                "private_ip": ",".join(asset["private_ips"]),
            }
        return {
            **row,
            "instance_name": asset["name"],
            "instance_type": asset["type"],
            "public_ip_list": list(asset["public_ips"]),
            "private_ip_list": list(asset["private_ips"]),
        }

    def dump(self) -> list[dict[str, Any]]:
        return [dict(asset) for asset in self._assets]

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add a host: instance_id and any of name, type (CVM), region, vpc_id, subnet_id, public_ips, private_ips,
        fingerprints."""
        unknown = set(values) - set(_KNOWN)
        if unknown:
            raise ValueError(f"An asset has no {sorted(unknown)[0]!r}; it has {', '.join(_KNOWN)}.")
        asset = {
            "name": "",
            "type": "CVM",
            "region": "ap-guangzhou",
            "vpc_id": "vpc-emulated",
            "subnet_id": "subnet-emulated",
            **{name: [] for name in ("public_ips", "private_ips", "fingerprints")},
            **values,
        }
        if not asset.get("instance_id"):
            raise ValueError("An asset needs an instance_id.")
        self._assets.append(asset)


def _chunks(rows: list[Any], size: int) -> Iterator[list[Any]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _fits(asset: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    exact = {"InstanceId": "instance_id", "VpcId": "vpc_id", "SubnetId": "subnet_id", "InstanceType": "type"}
    if any(name in body and body[name] != asset[key] for name, key in exact.items()):
        return False
    # "Partial matching", as the page says of the address.
    return any(body["Ip"] in ip for ip in (*asset["public_ips"], *asset["private_ips"])) if "Ip" in body else True


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid: {message}.")
