# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's calls beside the captures: firewalls, EIPs, black and white lists, the quota, and logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .accounts import Firewall
from .clock import ServiceClock
from .huawei_eips import Eips
from .huawei_firewalls import Directory
from .huawei_lists import BlackWhiteLists
from .huawei_logs import Logs
from .huawei_paging import Pager
from .switches import Switches
from .wire import Reply, WireRequest

_V1, _ENTRY = "/v1/(?P<project>[^/]+)", "/black-white-list/(?P<list_id>[^/]+)"
ROUTES = (
    ("POST", _V1 + "/firewalls/list", "ListFirewallList"),
    ("GET", _V1 + "/firewall/exist", "ListFirewallDetail"),
    ("GET", _V1 + "/eips/protect", "ListEips"),
    ("POST", _V1 + "/black-white-list", "AddBlackWhiteList"),
    ("POST", _V1 + "/black-white-lists", "BatchCreateBlackWhiteList"),
    ("GET", _V1 + "/black-white-lists", "ListBlackWhiteLists"),
    ("PUT", _V1 + _ENTRY, "UpdateBlackWhiteList"),
    ("DELETE", _V1 + _ENTRY, "DeleteBlackWhiteList"),
    ("DELETE", _V1 + "/black-white-list", "BatchDeleteBlackWhiteLists"),
    ("GET", "/v2/(?P<project>[^/]+)/cfw/(?P<firewall>[^/]+)/quota", "ShowConfigQuota"),
    ("GET", _V1 + "/cfw/logs/attack", "ListAttackLogs"),
    ("GET", _V1 + "/cfw/logs/access-control", "ListAccessControlLogs"),
    ("GET", _V1 + "/cfw/logs/flow", "ListFlowLogs"),
    ("POST", _V1 + "/cfw/(?P<firewall>[^/]+)/logs", "ListLogs"),
)
"""Method, pattern of the path and name of each call."""
PERMISSIONS = {
    "AddBlackWhiteList": "cfw:blackWhite:create",
    "BatchCreateBlackWhiteList": "cfw:blackWhite:create",
    "UpdateBlackWhiteList": "cfw:blackWhite:put",
    "DeleteBlackWhiteList": "cfw:blackWhite:delete",
    "BatchDeleteBlackWhiteLists": "cfw:blackWhite:delete",
}
"""What each call that writes needs."""
SEEDS = ("firewalls", "remove_firewalls", "eips", "black_white", "logs")


class Companions:
    def __init__(self, clock: ServiceClock, switches: Switches, firewalls: dict[str, Firewall]) -> None:
        pager = Pager(switches)
        self.directory = Directory(switches, pager, firewalls)
        self.eips = Eips(switches, pager, self.directory)
        self.lists = BlackWhiteLists(clock, switches, pager, self.directory)
        self.logs = Logs(clock, switches, self.directory)

    def operate(self, call: str, request: WireRequest, path: Mapping[str, str]) -> Reply:
        """The answer to one of the calls of ROUTES; `path` has the named parts of its path."""
        lists = self.lists
        operations: dict[str, Callable[[], dict[str, Any]]] = {
            "ListFirewallList": lambda: self.directory.list_firewalls(request),
            "ListFirewallDetail": lambda: self.directory.list_details(request),
            "ListEips": lambda: self.eips.list_eips(request),
            "AddBlackWhiteList": lambda: lists.add(request),
            "BatchCreateBlackWhiteList": lambda: lists.add_batch(request),
            "ListBlackWhiteLists": lambda: lists.list_entries(request),
            "UpdateBlackWhiteList": lambda: lists.update(request, path["list_id"]),
            "DeleteBlackWhiteList": lambda: lists.delete(request, path["list_id"]),
            "BatchDeleteBlackWhiteLists": lambda: lists.delete_batch(request),
            "ShowConfigQuota": lambda: lists.quota(request, path["firewall"]),
            "ListAttackLogs": lambda: self.logs.list_old(request, "attack"),
            "ListAccessControlLogs": lambda: self.logs.list_old(request, "acl"),
            "ListFlowLogs": lambda: self.logs.list_old(request, "flow"),
            "ListLogs": lambda: self.logs.list_new(request, path["firewall"]),
        }
        return Reply(payload=operations[call](), committed=call in PERMISSIONS)

    def dump(self) -> dict[str, Any]:
        return {
            "firewalls": self.directory.dump(),
            "eips": self.eips.dump(),
            "black_white": self.lists.dump(),
            "logs": self.logs.dump(),
        }

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add `firewalls`, `eips`, `black_white` and `logs` (lists by kind); see the `seed` of each.

        `remove_firewalls` (ids, or "all") goes first: it is about the firewalls that are there from the start.
        """
        self.directory.remove(values.get("remove_firewalls", ()))
        for row in values.get("firewalls", ()):
            self.directory.seed(row)
        for row in values.get("eips", ()):
            self.eips.seed(row)
        self.lists.seed(values.get("black_white", ()))
        for kind, rows in values.get("logs", {}).items():
            for row in rows:
                self.logs.seed(kind, row)
