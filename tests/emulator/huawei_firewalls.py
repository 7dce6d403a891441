# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's firewalls and their protected objects: ListFirewallList and ListFirewallDetail.

A firewall that is known gets an object for the internet border (type 0) and one for the VPC border (type 1). The rule
for calls where fw_instance_id is optional: missing means the account's first firewall, an object_id means the firewall
of that object, and with both the object must belong to that firewall. Invented: the sizes of the flavor, the order
(that of creation), and that a firewall of another enterprise project is found only when that project is named.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .accounts import Firewall
from .huawei_input import LIST_LIMIT, WRONG_TYPE, read_body, read_query
from .huawei_paging import Pager, checked, in_range, limit_and_offset
from .switches import Switches
from .wire import ApiError, WireRequest

INTERNET, VPC = 0, 1
ANY_PROJECT = "any"
MISSING, OBJECT_MISSING = "CFW.00200005", "CFW.00400008"
_LISTED = (
    "fw_instance_id",
    "resource_id",
    "name",
    "fw_instance_name",
    "enterprise_project_id",
    "ha_type",
    "charge_mode",
    "service_type",
    "engine_type",
    "flavor",
    "status",
    "tags",
)
_FLAVOR = {
    "version": 1,
    "eip_count": 50,
    "vpc_count": 2,
    "bandwidth": 50,
    "log_storage": 0,
    "default_bandwidth": 50,
    "default_eip_count": 50,
    "default_log_storage": 0,
    "default_vpc_count": 2,
}


@dataclass(frozen=True)
class ProtectedObject:
    """What lists, rules and EIPs belong to; `kind` is INTERNET or VPC."""

    object_id: str
    name: str
    kind: int
    firewall: Firewall


@lru_cache(maxsize=1024)
def object_id_of(firewall_id: str, kind: int) -> str:
    """The id of a firewall's protected object, unless a seed named another one."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{firewall_id}/{kind}"))


class Directory:
    """`firewalls` is shared with the captures; what else is known of a firewall stands here."""

    def __init__(self, switches: Switches, pager: Pager, firewalls: dict[str, Firewall]) -> None:
        self._switches = switches
        self._pager = pager
        self._firewalls = firewalls
        self._details: dict[str, dict[str, Any]] = {}

    # Calls

    def list_firewalls(self, request: WireRequest) -> dict[str, Any]:
        query = read_query(request, (), ("enterprise_project_id",))
        required = {"limit": "int", "offset": "int"}
        optional = {"enterprise_project_id": "str", "key_word": "str", "tags": "list[object]"}
        body = read_body(request, required, optional)
        limit = in_range("body.limit", body["limit"], 1, LIST_LIMIT)
        offset = in_range("body.offset", body["offset"], 0, None)
        named = (query.get("enterprise_project_id"), body.get("enterprise_project_id"))
        projects = {project for project in named if project}
        if len(projects) > 1:
            raise ApiError(WRONG_TYPE, "two enterprise projects are named")
        tags = [checked(tag, "body.tags", {"key": "str"}, {"values": "list[str]"}) for tag in body.get("tags", ())]
        key_word = body.get("key_word", "")
        found = []
        for firewall in self._of_project(projects.pop() if projects else None):
            record = self.record(firewall)
            known = json.loads(record["tags"])
            tagged = all(known.get(tag["key"]) in tag.get("values", list(known.values())) for tag in tags)
            if tagged and (key_word in record["fw_instance_id"] or key_word in record["fw_instance_name"]):
                row = {name: record[name] for name in _LISTED}
                found.append({**row, "name": _timestamp(firewall.firewall_id)})
        records, total = self._pager.page(found, limit, offset)
        return {
            "user_support_eps": True,
            "has_ndr": False,
            "is_support_postpaid": True,
            "is_support_basic_version": True,
            "is_support_buy_professional": True,
            "data": {
                "limit": limit,
                "offset": offset,
                "project_id": request.path.split("/")[2],
                "total": total,
                "records": records,
            },
        }

    def list_details(self, request: WireRequest) -> dict[str, Any]:
        optional = ("enterprise_project_id", "fw_instance_id", "name")
        query = read_query(request, ("offset", "limit", "service_type"), optional)
        limit, offset = limit_and_offset(query)
        if query["service_type"] != "0":
            raise ApiError(WRONG_TYPE, "query parameter service_type must be 0")
        project = query.get("enterprise_project_id")
        named = query.get("fw_instance_id")
        firewalls = [self.firewall(named, project)] if named else self._of_project(project)
        name = query.get("name", "")
        if self._switches.firewall_name_filter == "fuzzy":
            found = [firewall for firewall in firewalls if name in firewall.name]
        else:
            found = [firewall for firewall in firewalls if name in ("", firewall.name)]
        if not named and not name and self._switches.detail_without_id == "first":
            found = found[:1]
        firewalls, total = self._pager.page(found, limit, offset)
        records = [self.record(firewall) for firewall in firewalls]
        return {"data": {"limit": limit, "offset": offset, "total": total, "records": records}}

    # What other calls ask

    def firewall(self, firewall_id: str | None, project: str | None) -> Firewall:
        """The firewall of this id, without an id the first one, in an enterprise project (default: project 0).

        ANY_PROJECT stands for calls that have no parameter for it.
        """
        if not firewall_id:
            for firewall in self._firewalls.values():
                if _same_project(project, firewall):
                    return firewall
            raise ApiError(MISSING, "there is no firewall")
        found = self._firewalls.get(firewall_id)
        if found is None or not _same_project(project, found):
            raise ApiError(MISSING, "the firewall does not exist")
        return found

    def protected(
        self, object_id: str, firewall_id: str | None = None, project: str | None = ANY_PROJECT
    ) -> ProtectedObject:
        """The protected object of this id; see `firewall` for the others."""
        for item in self.objects():
            if item.object_id == object_id:
                if firewall_id and firewall_id != item.firewall.firewall_id:
                    raise ApiError(OBJECT_MISSING, "the protected object does not belong to the firewall")
                self.firewall(item.firewall.firewall_id, project)
                return item
        raise ApiError(OBJECT_MISSING, "the protected object does not exist")

    def objects(self, firewall_id: str | None = None) -> list[ProtectedObject]:
        firewalls = [self._firewalls[firewall_id]] if firewall_id else list(self._firewalls.values())
        return [
            ProtectedObject(row["object_id"], row["object_name"], row["type"], firewall)
            for firewall in firewalls
            for row in self.record(firewall)["protect_objects"]
        ]

    def _of_project(self, project: str | None) -> list[Firewall]:
        everything = project is None and self._switches.firewall_projects == "all"
        return [row for row in self._firewalls.values() if everything or _same_project(project, row)]

    # State

    def record(self, firewall: Firewall) -> dict[str, Any]:
        """A firewall as ListFirewallDetail shows it."""
        return {
            "fw_instance_id": firewall.firewall_id,
            "resource_id": firewall.firewall_id,
            "name": firewall.name,
            "fw_instance_name": firewall.name,
            "enterprise_project_id": firewall.enterprise_project_id,
            "ha_type": 1,
            "charge_mode": 1,
            "service_type": 0,
            "engine_type": 0,
            "flavor": _FLAVOR,
            "protect_objects": [
                {
                    "object_id": object_id_of(firewall.firewall_id, kind),
                    "object_name": f"{firewall.name}-{('internet', 'vpc')[kind]}",
                    "type": kind,
                }
                for kind in (INTERNET, VPC)
            ],
            "status": 2,
            "is_old_firewall_instance": False,
            "is_available_obs": True,
            "is_support_threat_tags": False,
            "support_ipv6": firewall.support_ipv6,
            "feature_toggle": {},
            "resources": [
                {
                    "resource_id": firewall.firewall_id,
                    "cloud_service_type": "hws.service.type.cfw",
                    "resource_type": "hws.resource.type.cfw",
                    "resource_spec_code": "cfw.professional",
                    "resource_size": 1,
                    "resource_size_measure_id": 14,
                }
            ],
            "support_url_filtering": False,
            "tags": "{}",
            **self._details.get(firewall.firewall_id, {}),
        }

    def dump(self) -> list[dict[str, Any]]:
        return [{**vars(firewall), **self.record(firewall)} for firewall in self._firewalls.values()]

    def seed(self, row: Mapping[str, Any]) -> None:
        """Add a firewall, or change one: the fields of ListFirewallDetail, all optional but fw_instance_id.

        `name` counts as fw_instance_name, `firewall_id` as fw_instance_id; tags may be given as an object.
        """
        values = dict(row)
        firewall_id = values.pop("fw_instance_id", None) or values.pop("firewall_id")
        values.pop("firewall_id", None)
        old = self._firewalls.get(firewall_id) or Firewall(firewall_id, f"cfw-{len(self._firewalls) + 1}")
        name = values.pop("fw_instance_name", values.pop("name", old.name))
        values.pop("name", None)
        firewall = Firewall(
            firewall_id,
            name,
            values.pop("enterprise_project_id", old.enterprise_project_id),
            values.pop("support_ipv6", old.support_ipv6),
        )
        unknown = sorted(set(values) - set(self.record(firewall)))
        if unknown:
            raise ValueError(f"A firewall has no field {unknown[0]!r}.")
        if isinstance(values.get("tags"), Mapping):
            values["tags"] = json.dumps(values["tags"])
        if "flavor" in values:
            values["flavor"] = {**_FLAVOR, **values["flavor"]}
        self._firewalls[firewall_id] = firewall
        self._details[firewall_id] = {**self._details.get(firewall_id, {}), **values}

    def remove(self, firewall_ids: Any) -> None:
        """Take firewalls away, so that a test starts with others or none; "all" for all of them."""
        for firewall_id in list(self._firewalls) if firewall_ids == "all" else firewall_ids:
            del self._firewalls[firewall_id]
            self._details.pop(firewall_id, None)


def _same_project(project: str | None, firewall: Firewall) -> bool:
    if project == ANY_PROJECT:
        return True
    # The pages use the word "default" for the project "0".
    return ("0" if project in (None, "", "default") else project) == firewall.enterprise_project_id


def _timestamp(firewall_id: str) -> str:
    """The list's `name`: a time of creation in milliseconds."""
    return str(1_700_000_000_000 + zlib.crc32(firewall_id.encode()))
