# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's public addresses as ListEips shows them: status 0 is protected, 1 is not.

Invented: the order (that of seeding), that key words are parts of the text, and that tags are not searched.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from .huawei_firewalls import INTERNET, Directory
from .huawei_input import WRONG_TYPE, read_query
from .huawei_paging import Pager, limit_and_offset, one_of
from .switches import Switches
from .wire import ApiError, WireRequest

PROTECTED, UNPROTECTED = 0, 1
_OPTIONAL = (
    "key_word",
    "status",
    "sync",
    "enterprise_project_id",
    "device_key",
    "address_type",
    "fw_instance_id",
    "fw_key_word",
    "eps_id",
    "tags",
)
_BOUND = ("fw_instance_id", "fw_instance_name", "fw_enterprise_project_id", "object_id", "fw_domain_id")


class Eips:
    def __init__(self, switches: Switches, pager: Pager, directory: Directory) -> None:
        self._switches = switches
        self._pager = pager
        self._directory = directory
        self._rows: dict[str, dict[str, Any]] = {}
        self._unsynced: dict[str, dict[str, Any]] = {}

    def list_eips(self, request: WireRequest) -> dict[str, Any]:
        query = read_query(request, ("object_id", "limit", "offset"), _OPTIONAL)
        limit, offset = limit_and_offset(query)
        status = one_of(query, "status", "0", "1", "null")
        sync = one_of(query, "sync", "0", "1")
        address_type = one_of(query, "address_type", "0", "1")
        owner = self._directory.protected(
            query["object_id"], query.get("fw_instance_id"), query.get("enterprise_project_id")
        )
        if owner.kind != INTERNET:
            raise ApiError(WRONG_TYPE, "the protected object must be an internet border (type 0)")
        before = {**self._rows, **(self._unsynced if self._switches.eip_sync == "automatic" else {})}
        if sync == "1":
            self._rows.update(self._unsynced)
            self._unsynced = {}
        rows = self._rows if self._switches.eip_sync == "at_once" else before
        found = [row for row in rows.values() if _fits(row, query)]
        if self._switches.eip_scope == "firewall":
            found = [row for row in found if row["fw_instance_id"] in (None, owner.firewall.firewall_id)]
        if status in ("0", "1"):
            found = [row for row in found if row["status"] == int(status)]
        if address_type is not None:
            found = [row for row in found if row[("public_ip", "public_ipv6")[int(address_type)]]]
        records, total = self._pager.page(found, limit, offset)
        return {"data": {"limit": limit, "offset": offset, "total": total, "records": records}}

    # State

    def dump(self) -> list[dict[str, Any]]:
        return [*self._rows.values(), *self._unsynced.values()]

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add an EIP in the record's field names, all optional but one of public_ip and public_ipv6.

        A protected one (status 0, the default) belongs to `fw_instance_id` (default: the first firewall). With
        `synced` false the firewall service knows it only after a list call with sync=1.
        """
        row = {**_eip(), **values}
        synced = row.pop("synced", True)
        unknown = sorted(set(row) - set(_eip()))
        if unknown:
            raise ValueError(f"An EIP has no field {unknown[0]!r}.")
        if not row["public_ip"] and not row["public_ipv6"]:
            raise ValueError("An EIP needs public_ip or public_ipv6.")
        row["id"] = row["id"] or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row['public_ip']}/{row['public_ipv6']}"))
        if row["status"] == PROTECTED:
            if row["fw_instance_id"] is None:
                row["fw_instance_id"] = self._directory.firewall(None, None).firewall_id
            self._bind(row, values)
        (self._rows if synced else self._unsynced)[row["id"]] = row

    def _bind(self, row: dict[str, Any], given: Mapping[str, Any]) -> None:
        border = next((item for item in self._directory.objects(row["fw_instance_id"]) if item.kind == INTERNET), None)
        if border is None:
            raise ValueError(f"Firewall {row['fw_instance_id']!r} has no internet border to protect an EIP.")
        known = {
            "fw_instance_name": border.firewall.name,
            "fw_enterprise_project_id": border.firewall.enterprise_project_id,
            "object_id": border.object_id,
            "fw_domain_id": "emulator",
        }
        row.update({name: value for name, value in known.items() if name not in given})


def _eip() -> dict[str, Any]:
    return {
        "id": None,
        "public_ip": None,
        "status": PROTECTED,
        "public_ipv6": None,
        "enterprise_project_id": "0",
        "device_id": None,
        "device_name": None,
        "device_owner": None,
        "associate_instance_type": None,
        **dict.fromkeys(_BOUND),
        "tags": "",
        "domain_id": "emulator",
        "bypass_status": 0,
    }


def _fits(row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    searched = {
        "key_word": ("id", "public_ip", "public_ipv6"),
        "device_key": ("device_id", "device_name"),
        "fw_key_word": ("fw_instance_id", "fw_instance_name"),
    }
    if query.get("eps_id") and query["eps_id"] != row["enterprise_project_id"]:
        return False
    return all(
        any(query[name] in (row[field] or "") for field in fields)
        for name, fields in searched.items()
        if query.get(name)
    )
