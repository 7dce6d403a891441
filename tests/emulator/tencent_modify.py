# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ModifyBlockIgnoreList and DescribeOverviewResourceQuota, on the lists that the other calls work on.

Documented: the fields, that add and edit need both times, that EndTime lies after now and after StartTime, that only
addresses can be blocked; for the quota the nesting of Data and the names of the counters. Invented: what happens to an
item that is there already (add) or is not (edit, delete), and every number of the quota.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .checks import BadField, check_fields
from .clock import ServiceClock, parse_tencent
from .switches import Switches
from .tencent_lists import ALLOW_DOMAIN, ALLOW_IP, BLOCK, BLOCKLIST, Row, RuleLists
from .wire import ApiError

MAX_ITEMS = 100
_ACTIONS = ("add", "edit", "delete")
_CODES = {"missing": "MissingParameter", "unknown": "UnknownParameter", "type": "InvalidParameter"}


def checked(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str]) -> None:
    try:
        check_fields(value, where, required, optional)
    except BadField as bad:
        raise ApiError(_CODES[bad.kind], f"{bad.message}.") from None


class ListEdits:
    """ModifyBlockIgnoreList."""

    def __init__(self, clock: ServiceClock, switches: Switches, lists: RuleLists) -> None:
        self._clock = clock
        self._switches = switches
        self._lists = lists

    def modify(self, body: dict[str, Any]) -> dict[str, Any]:
        required = {"RuleType": "int", "IOC": "list[object]", "IocAction": "str"}
        checked(body, "Request", required, {"StartTime": "str", "EndTime": "str", "IsFromWeChat": "int"})
        if body["RuleType"] not in (BLOCK, ALLOW_IP):
            raise _invalid("RuleType must be 1 or 2")
        action = body["IocAction"]
        if action not in _ACTIONS:
            raise _invalid("IocAction must be add, edit or delete")
        items = [self._item(body["RuleType"], item, f"IOC.{number}") for number, item in enumerate(body["IOC"])]
        if not 1 <= len(items) <= MAX_ITEMS or len(set(items)) < len(items):
            raise _invalid(f"IOC must have 1 to {MAX_ITEMS} different items")
        end = 0.0 if action == "delete" else self._end(body)
        bad = [item for item in items if self._is_bad(action, *item)]
        if bad and self._switches.modify_bad_item == "nothing":
            return _outcome(-1)
        good = [item for item in items if item not in bad]
        if action != "delete":
            self._lists.check_quota(body["RuleType"], [(ioc, direction) for _type, ioc, direction in good])
        for rule_type, ioc, direction in good:
            self._carry_out(action, rule_type, ioc, direction, end)
        return _outcome(-1 if bad else 0)

    def _item(self, rule_type: int, item: Any, where: str) -> tuple[int, str, str]:
        """RuleType, Ioc and direction."""
        checked(item, where, {"Direction": "int"}, {"IP": "str", "Domain": "str"})
        if item["Direction"] not in (0, 1):
            raise _invalid(f"{where}.Direction must be 0 or 1")
        if bool(item.get("IP")) == bool(item.get("Domain")):
            raise _invalid(f"{where} must have exactly one of IP and Domain")
        if item.get("Domain"):
            if rule_type == BLOCK:
                raise _invalid("the block list takes addresses only")
            return ALLOW_DOMAIN, item["Domain"], str(item["Direction"])
        try:
            return rule_type, self._lists.checked_form(item["IP"]), str(item["Direction"])
        except ValueError:
            raise _invalid(f"{where}.IP is no IP address") from None

    def _end(self, body: Mapping[str, Any]) -> float:
        times = []
        for name in ("StartTime", "EndTime"):
            if name not in body:
                raise ApiError("MissingParameter", f"{name} is required to add and to edit.")
            try:
                times.append(parse_tencent(body[name]))
            except ValueError:
                raise _invalid(f"{name} must be written as YYYY-MM-DD HH:MM:SS") from None
        start, end = times
        if end <= max(start, self._clock.now()):
            raise _invalid("EndTime must lie after now and after StartTime")
        return end

    def _row(self, rule_type: int, ioc: str, direction: str) -> Row | None:
        row = self._lists.get(rule_type, ioc)
        return row if row and direction in row.directions else None

    def _is_bad(self, action: str, rule_type: int, ioc: str, direction: str) -> bool:
        row = self._row(rule_type, ioc, direction)
        if action == "add":
            return row is not None and self._switches.modify_add_existing == "fails"
        return row is None

    def _carry_out(self, action: str, rule_type: int, ioc: str, direction: str, end: float) -> None:
        if action == "delete":
            self._lists.remove(rule_type, ioc, [direction])
            return
        old = self._lists.get(rule_type, ioc)
        self._lists.upsert(rule_type, ioc, [direction], end, old.comment if old else "")


def quota(lists: RuleLists, switches: Switches, body: dict[str, Any]) -> dict[str, Any]:
    """DescribeOverviewResourceQuota: the counters of the block list, and a few others as nulls."""
    checked(body, "Request", {}, {"Scene": "str"})
    shape = switches.quota_answer
    if shape == "fail":
        return {"Data": None, **_outcome(-1)}
    if shape == "empty":
        return {"Data": {"Detail": {"QuotaDetail": None}, "VolumeUsageDetail": None}, **_outcome(0)}
    directions = [direction for row in lists.rows(BLOCKLIST) for direction in row.directions]
    inbound, outbound, used = directions.count("1"), directions.count("0"), len(directions)
    total = switches.block_quota
    counts = {"TotalCnt": total, "UsedCnt": used, "InUsedCnt": inbound, "OutUsedCnt": outbound}
    if shape == "mismatch":
        counts["UsedCnt"] = used + 1
    detail = {
        "BlockListQuota": counts,
        "BlockIpCount": used,
        "BlockIpUsed": used,
        "BlockIpTotal": total,
        "PublicIpUsed": 0,
        "PublicIpTotal": 20,
    }
    if shape != "counts":
        remain = {"TotalCnt": total, "UsedCnt": used, "RemainCnt": max(total - used, 0)}
        base = {"BaseTotalCnt": total, "BaseUsedCnt": used, "BaseRemainCnt": max(total - used, 0)}
        detail["BlockListQuotaDetail"] = {
            **remain,
            **base,
            "ExtensionTotalCnt": 0,
            "ExtensionUsedCnt": 0,
            "ExtensionRemainCnt": 0,
        }
    return {"Data": {"Detail": {"QuotaDetail": detail}, "VolumeUsageDetail": None}, **_outcome(0)}


def _outcome(return_code: int) -> dict[str, Any]:
    return {"ReturnCode": return_code, "ReturnMsg": "fail" if return_code else "success"}


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid: {message}.")
