# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewalls of an account and region, and what each of them protects.

Calls: API pages ListFirewallList and ListFirewallDetail. Permissions: the user guide's list of supported actions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import checked_id
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import as_number, as_text, as_word
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, Record, read_all

STATUS_WORDS = {
    -1: "awaiting_payment",
    0: "creating",
    1: "deleting",
    2: "running",
    3: "upgrading",
    4: "deleted",
    5: "freezing",
    6: "create_failed",
    7: "delete_failed",
    8: "freeze_failed",
    9: "storing",
    10: "store_failed",
    11: "upgrade_failed",
}
UNKNOWN_STATUS = "unknown"
INTERNET, VPC = "internet", "vpc"
_OBJECT_TYPES = {0: INTERNET, 1: VPC}
_SERVICE_TYPE = 0
"""The only one there is (API page ListFirewallDetail)."""


@dataclass(frozen=True)
class ProtectedObject:
    """A border that a firewall protects: the internet border, or the one between VPCs."""

    object_id: str
    name: str
    type: str

    def shown(self) -> dict[str, str]:
        return {"object_id": self.object_id, "name": self.name, "type": self.type}


@dataclass(frozen=True)
class Firewall:
    """A firewall as the list shows it, and with its details once they are read."""

    fw_instance_id: str
    name: str
    status_code: int | None
    enterprise_project_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[ProtectedObject, ...] = ()
    support_ipv6: bool | None = None
    listed: Record = field(default_factory=dict, repr=False)
    detail: Record | None = field(default=None, repr=False)

    @property
    def status(self) -> str:
        return UNKNOWN_STATUS if self.status_code is None else STATUS_WORDS.get(self.status_code, UNKNOWN_STATUS)

    def shown(self, region: str) -> dict[str, Any]:
        return {
            "fw_instance_id": self.fw_instance_id,
            "name": self.name,
            "status": self.status,
            "status_code": self.status_code,
            "region": region,
            "enterprise_project_id": self.enterprise_project_id,
            "protected_objects": [item.shown() for item in self.objects],
            "support_ipv6": self.support_ipv6,
            "tags": dict(self.tags),
            "raw": {"listed": dict(self.listed), "detail": None if self.detail is None else dict(self.detail)},
        }


def list_firewalls(client: HuaweiCfw, key_word: str = "") -> list[Firewall]:
    """All firewalls of the region, without details; with `key_word`, those whose id or name has it somewhere.

    Raises ApiError, list_incomplete among others.
    """
    sought = {"key_word": key_word} if key_word else {}
    records = read_all(
        lambda offset: client.call(
            "ListFirewallList",
            "POST",
            "firewalls/list",
            "cfw:instance:list",
            body={"limit": PAGE, "offset": offset, **sought},
        ),
        "fw_instance_id",
        "the list of firewalls",
    )
    return [_from_list(record) for record in records]


def firewall_details(client: HuaweiCfw, fw_instance_id: str, enterprise_project_id: str = "") -> Record | None:
    """The record of one firewall with its protected objects, or None if the service knows no such firewall.

    The id is never left out: the service would answer with the account's first firewall. `enterprise_project_id` is
    that of the firewall, where it is known and the client has no other. Raises ApiError.
    """
    project = (("enterprise_project_id", enterprise_project_id),) if enterprise_project_id else ()
    try:
        records = read_all(
            lambda offset: client.call(
                "ListFirewallDetail",
                "GET",
                "firewall/exist",
                "cfw:instance:get",
                (
                    ("fw_instance_id", fw_instance_id),
                    ("service_type", _SERVICE_TYPE),
                    ("limit", PAGE),
                    ("offset", offset),
                    *project,
                ),
            ),
            "fw_instance_id",
            f"the answer about firewall {fw_instance_id}",
        )
    except ApiError as error:
        if error.code in answers.MISSING:
            return None
        raise
    return next((record for record in records if record["fw_instance_id"] == fw_instance_id), None)


def with_details(client: HuaweiCfw, firewall: Firewall) -> Firewall:
    """The firewall with its protected objects; as it was if the service has no details of it. Raises ApiError."""
    record = firewall_details(client, firewall.fw_instance_id, firewall.enterprise_project_id)
    if record is None:
        return firewall
    return Firewall(
        fw_instance_id=firewall.fw_instance_id,
        name=firewall.name or as_text(record.get("fw_instance_name")) or as_text(record.get("name")),
        status_code=as_number(record.get("status")) if firewall.status_code is None else firewall.status_code,
        enterprise_project_id=firewall.enterprise_project_id or as_text(record.get("enterprise_project_id")),
        tags=firewall.tags or parse_tags(record.get("tags")),
        objects=protected_objects(record),
        support_ipv6=record["support_ipv6"] if isinstance(record.get("support_ipv6"), bool) else None,
        listed=firewall.listed,
        detail=record,
    )


@dataclass(frozen=True)
class Border:
    """Which border is meant: the one of `object_id`, or the internet border of `fw_instance_id`. One of them is empty."""

    fw_instance_id: str
    object_id: str

    def looked_up(self, client: HuaweiCfw) -> str:
        """The border's id. Raises as `internet_object_id`."""
        return self.object_id or internet_object_id(client, self.fw_instance_id)


def border_in(params: Mapping[str, Any]) -> Border:
    """The border in a module's options. Raises InputError unless exactly one of both is given."""
    firewall, object_id = (text(params, option) for option in ("fw_instance_id", "object_id"))
    if bool(firewall) == bool(object_id):
        raise InputError(
            f"{'both' if firewall else 'neither'} of fw_instance_id and object_id given; give exactly one of them"
        )
    checked_id(firewall or object_id, "fw_instance_id" if firewall else "object_id")
    return Border(firewall, object_id)


def internet_object_id(client: HuaweiCfw, fw_instance_id: str) -> str:
    """The id of the firewall's internet border, which lists and public addresses belong to.

    Raises CfwError: firewall_not_found, no_internet_border; ApiError.
    """
    record = firewall_details(client, fw_instance_id)
    if record is None:
        raise CfwError(
            "firewall_not_found",
            f"There is no firewall {fw_instance_id} in this region and project",
            hint="Check fw_instance_id, region, project_id and enterprise_project_id; huawei_cfw_firewall_info lists the firewalls",
        )
    objects = protected_objects(record)
    ids = [item.object_id for item in objects if item.type == INTERNET]
    if len(ids) != 1:
        listed = ", ".join(f"{item.object_id} ({item.type})" for item in objects) or "none"
        raise CfwError(
            "no_internet_border" if not ids else "several_internet_borders",
            f"Firewall {fw_instance_id} has {len(ids)} internet borders, and one is needed; its protected objects: {listed}",
            hint="Give the object_id of the border that is meant",
        )
    return ids[0]


def protected_objects(record: Record) -> tuple[ProtectedObject, ...]:
    """The borders in a record of ListFirewallDetail."""
    rows = record.get("protect_objects")
    return tuple(
        ProtectedObject(
            object_id=as_text(row.get("object_id")),
            name=as_text(row.get("object_name")),
            type=as_word(_OBJECT_TYPES, row.get("type")),
        )
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping) and row.get("object_id")
    )


def parse_tags(value: Any) -> dict[str, str]:
    """Tags as a dictionary. The API pages show a JSON object as text; odd text gives none (`raw` still has it)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    if isinstance(value, list):
        value = {row["key"]: row.get("value") for row in value if isinstance(row, Mapping) and row.get("key")}
    return {str(key): as_text(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def _from_list(record: Record) -> Firewall:
    return Firewall(
        fw_instance_id=str(record["fw_instance_id"]),
        # `name` is the time of creation here (API page ListFirewallList).
        name=as_text(record.get("fw_instance_name")),
        status_code=as_number(record.get("status")),
        enterprise_project_id=as_text(record.get("enterprise_project_id")),
        tags=parse_tags(record.get("tags")),
        listed=record,
    )
