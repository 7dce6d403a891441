# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's public addresses (EIPs) behind a firewall.

Call and fields: API page ListEips, where status 0 is protected and 1 is not.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import as_number, as_text, as_word
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import parse_tags
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, Record, read_all

STATUS_NUMBERS = {"protected": 0, "unprotected": 1}
_STATUS_WORDS = {number: word for word, number in STATUS_NUMBERS.items()}
_BYPASS_WORDS = {0: "none", 1: "bypassed", 2: "failed"}
_DEVICE_TYPES = {
    "PORT": "server",
    "IPV6_PORT": "server",
    "NATGW": "nat_gateway",
    "ELB": "load_balancer",
    "VPN": "vpn",
    "EVPN": "vpn",
}


def list_eips(
    client: HuaweiCfw, object_id: str, *, fw_instance_id: str = "", status: str = "", key_word: str = ""
) -> list[Record]:
    """All public addresses of an internet border, as the service's records.

    `status` is protected or unprotected, `key_word` a part of an address or of its id. The service is asked to bring its
    copy of the account's addresses up to date first, in a call of its own: whether the answer to that is up to date
    already is not documented. Raises ApiError, list_incomplete among others.
    """
    query: list[tuple[str, Any]] = [("object_id", object_id)]
    if fw_instance_id:
        query.append(("fw_instance_id", fw_instance_id))

    def read(offset: int, limit: int = PAGE, sync: int = 0) -> Response:
        return client.call(
            "ListEips",
            "GET",
            "eips/protect",
            "cfw:eip:list",
            (*query, ("limit", limit), ("offset", offset), ("sync", sync)),
        )

    read(0, limit=1, sync=1)
    if status:
        query.append(("status", STATUS_NUMBERS[status]))
    if key_word:
        query.append(("key_word", key_word))
    return read_all(read, "id", f"the list of public addresses of {object_id}")


def status_of(record: Record) -> str:
    return as_word(_STATUS_WORDS, record.get("status"))


def addresses_of(record: Record) -> set[str]:
    """The public addresses of a record, in canonical spelling."""
    texts = (as_text(record.get(key)).strip() for key in ("public_ip", "public_ipv6"))
    return {canonical(text) or text for text in texts if text}


def shown_eip(record: Record) -> dict[str, Any]:
    """A record as a result shows it."""
    kind = as_text(record.get("associate_instance_type"))
    return {
        "eip_id": as_text(record.get("id")),
        "public_ip": as_text(record.get("public_ip")),
        "public_ipv6": as_text(record.get("public_ipv6")),
        "protected": as_number(record.get("status")) == STATUS_NUMBERS["protected"],
        "status": status_of(record),
        "bypass": as_word(_BYPASS_WORDS, record.get("bypass_status")),
        "device": {
            "device_id": as_text(record.get("device_id")),
            "name": as_text(record.get("device_name")),
            "type": _DEVICE_TYPES.get(kind, kind),
            "owner": as_text(record.get("device_owner")),
        },
        "fw_instance_id": as_text(record.get("fw_instance_id")),
        "fw_instance_name": as_text(record.get("fw_instance_name")),
        "object_id": as_text(record.get("object_id")),
        "enterprise_project_id": as_text(record.get("enterprise_project_id")),
        "tags": parse_tags(record.get("tags")),
        "raw": record,
    }
