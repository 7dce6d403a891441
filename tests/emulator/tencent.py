# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's side: the API 3.0 gateway and the calls of the block and allow lists, alerts and logs.

Every answer is HTTP 200 with the Response envelope and exactly `application/json`, which the vendor's SDK insists on
to see an error. Harsh where the pages are silent: lists longer than 100 items, repeated items, prefixes, "1,0" for
HandleDirection and an empty list beside a filled one are refused; a deletion must carry the row's full DirectionList
and one RuleType; DeleteAll 1 is refused and recorded as a violation. Rows of both lists for one address can exist
side by side, as CreateBlockIgnoreRuleNew documents it without CoverDuplicate.
"""

from __future__ import annotations

import ipaddress
import json
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from .accounts import Principal
from .auth_tencent import TencentGateway
from .checks import BadField, check_fields
from .clock import PERMANENT, ServiceClock, parse_tencent
from .switches import Switches
from .tencent_alerts import (
    ALERT_FIELDS,
    DIRECTION_NUMBERS,
    LOG_FIELDS,
    Alert,
    Alerts,
    check_filter,
)
from .tencent_assets import ASSET_FIELDS, Assets
from .tencent_lists import ALLOW_IP, BLOCK, BLOCKLIST, SORT_FIELDS, WHITELIST, Query, RuleLists
from .tencent_modify import ListEdits, quota
from .wire import ApiError, Reply, WireRequest

VERSION = "2019-09-04"
MAX_BODY = 10 * 1024 * 1024
MAX_ITEMS = 100
DAY = 24 * 3600.0
WRITES = frozenset(
    {"CreateAlertCenterRule", "CreateBlockIgnoreRuleNew", "DeleteBlockIgnoreRuleNew", "ModifyBlockIgnoreList"}
)
INTERNATIONAL = frozenset({"DescribeBlockIgnoreList", "ModifyBlockIgnoreList"})
"""Of the calls here, those that the SDK of the international site has."""
_HANDLE_DAYS = {1: 1, 7: 7, -2: None}
_SEARCH_KEYS = ("domain", "level", "ignore_reason", "rule_source", "address", "common")
_BLOCK_SETS = ({"0"}, {"1"}, {"0", "1"})
_INTRANET_SETS = ({"5"}, {"6"}, {"5", "6"})
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
    )
]


def identify(request: WireRequest) -> tuple[str, bool]:
    """Call name and whether it writes; an unknown action counts as a write unless it is named like a read."""
    action = request.header("X-TC-Action") or "Unknown"
    return action, action in WRITES or not action.startswith("Describe")


class Tencent:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self.gateway = TencentGateway(clock, switches)
        self.lists = RuleLists(clock, switches)
        self.alerts = Alerts(clock, switches)
        self.assets = Assets(switches)
        self._edits = ListEdits(clock, switches, self.lists)
        self.violations: list[str] = []
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateAlertCenterRule": self._create_alert_center_rule,
            "DescribeBlockIgnoreList": self._describe_list,
            "CreateBlockIgnoreRuleNew": self._create_rules,
            "DeleteBlockIgnoreRuleNew": self._delete_rules,
            "DescribeCfwAlerts": self._describe_alerts,
            "DescribeLogs": self._describe_logs,
            "DescribeCfwAssets": self._describe_assets,
            "DescribeOverviewResourceQuota": lambda body: quota(self.lists, switches, body),
            "ModifyBlockIgnoreList": self._edits.modify,
        }

    def authorize(self, request: WireRequest, skew: float = 0.0) -> Principal:
        """The gateway: protocol, size, signature, version, action, permission, rate."""
        if request.method != "POST":
            raise ApiError("UnsupportedProtocol", "Only POST is emulated.")
        if len(request.body) > MAX_BODY:
            raise ApiError("RequestSizeLimitExceeded", "The body is larger than 10 MB.")
        action = request.header("X-TC-Action")
        if not action or not request.header("X-TC-Version"):
            raise ApiError("MissingParameter", "X-TC-Action and X-TC-Version are required.")
        principal = self.gateway.authenticate(request, skew)
        if request.header("X-TC-Version") != VERSION:
            raise ApiError("NoSuchVersion", "The version does not exist.")
        if action not in self._operations or (self._switches.international and action not in INTERNATIONAL):
            raise ApiError("InvalidAction", f"The action {action} does not exist.")
        if action in WRITES and not principal.writes:
            raise ApiError("UnauthorizedOperation", f"You are not authorized to perform cfw:{action}.")
        self._check_rate(action)
        return principal

    def operate(self, action: str, request: WireRequest) -> Reply:
        media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise ApiError("InvalidRequest", "The content type must be application/json.")
        try:
            body = request.json()
        except ValueError:
            raise ApiError("InvalidParameter", "The body is no JSON.") from None
        return Reply(payload=self._operations[action](body), committed=action in WRITES)

    def _check_rate(self, action: str) -> None:
        limit = self._switches.rate_limit
        recent, now = self._recent[action], time.monotonic()
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if limit and len(recent) >= limit:
            raise ApiError("RequestLimitExceeded", f"{action} was called more than {limit} times in a second.")
        recent.append(now)

    # CreateAlertCenterRule

    def _create_alert_center_rule(self, body: dict[str, Any]) -> dict[str, Any]:
        required = {"HandleTime": "int", "HandleType": "int", "AlertDirection": "int", "HandleDirection": "str"}
        optional = {
            "HandleIdList": "list[str]",
            "HandleIpList": "list[str]",
            "HandleComment": "str",
            "IgnoreReason": "int",
            "BlockDomain": "str",
        }
        _checked(body, "Request", required, optional)
        if ("HandleIdList" in body) == ("HandleIpList" in body):
            raise _invalid("exactly one of HandleIdList and HandleIpList must be given")
        by_id = "HandleIdList" in body
        items = body["HandleIdList" if by_id else "HandleIpList"]
        if not items or len(items) > MAX_ITEMS or len(set(items)) < len(items):
            raise _invalid(f"the list must have 1 to {MAX_ITEMS} different items")
        if body["HandleType"] not in ((1, 2) if by_id else (3, 4)):
            raise _invalid("HandleType does not fit the list that was given")
        if body["HandleTime"] not in _HANDLE_DAYS:
            raise _invalid("HandleTime must be 1, 7 or -2")
        if body["AlertDirection"] not in (0, 1):
            raise _invalid("AlertDirection must be 0 or 1")
        if body["HandleDirection"] not in ("0", "1", "0,1", "3"):
            raise _invalid('HandleDirection must be "0", "1", "0,1" or "3"')
        _check_comment(body.get("HandleComment", ""), 50)
        allows = body["HandleType"] in (2, 3)
        if "IgnoreReason" in body and (not allows or body["IgnoreReason"] not in (0, 1, 2, 3)):
            raise _invalid("IgnoreReason must be 0 to 3, and only with a type that allows")
        if not by_id:
            for item in items:
                _check_address(item, "HandleIpList")
        return self._handle(body, items, by_id, allows)

    def _handle(self, body: Mapping[str, Any], items: list[str], by_id: bool, allows: bool) -> dict[str, Any]:
        switches = self._switches
        if switches.alert_center_return_code:
            return _outcome(switches.alert_center_status or 0, switches.alert_center_return_code)
        if switches.alert_center_status is not None:
            return _outcome(switches.alert_center_status)
        if switches.handle_type_swapped and not by_id:
            allows = not allows
        rule_type = ALLOW_IP if allows else BLOCK
        days = _HANDLE_DAYS[body["HandleTime"]]
        end = parse_tencent(PERMANENT) if days is None else float(int(self._clock.now() + days * DAY))
        status = 0
        targets: list[tuple[str, Alert | None]] = []
        for item in items:
            alert = self.alerts.by_id(item) if by_id else None
            address = self._address(alert, body["AlertDirection"]) if by_id else item
            known = address is not None and self.lists.get(rule_type, address) is not None
            if address is None or (known and switches.duplicate_alert_rule == "status_-3"):
                status = status or (-1 if address is None else -3)
                if switches.alert_center_on_bad_item == "others":
                    continue
                if switches.alert_center_on_bad_item == "nothing":
                    targets = []
                break
            targets.append((address, alert))
        targets = targets[: switches.alert_center_partial or None]
        directions = body["HandleDirection"].split(",")
        self.lists.check_quota(rule_type, [(address, directions) for address, _alert in targets])
        for address, alert in targets:
            reason = str(body.get("IgnoreReason", 0))
            comment = body.get("HandleComment", "")
            self.lists.upsert(rule_type, address, directions, end, comment, ignore_reason=reason, source="告警中心")
            if alert:
                self.alerts.mark(alert, "passed" if allows else "blocked")
        return _outcome(status)

    def _address(self, alert: Alert | None, alert_direction: int) -> str | None:
        if alert is None:
            return None
        mode = self._switches.alert_direction_mismatch
        if mode == "status_-1" and DIRECTION_NUMBERS[alert.direction] != alert_direction:
            return None
        if mode == "trust_request":
            return alert.attacker("outbound" if alert_direction == 0 else "inbound")
        return alert.attacker(alert.direction)

    # Block and allow lists

    def _describe_list(self, body: dict[str, Any]) -> dict[str, Any]:
        required = {"Limit": "int", "Offset": "int", "Direction": "str", "Order": "str", "By": "str"}
        if self._switches.international:
            body = self._as_in_china(body, required)
        else:
            _checked(body, "Request", {**required, "ShowType": "str"}, {"SearchValue": "str", "RuleType": "int"})
        if not 1 <= body["Limit"] <= self._switches.list_limit_max or body["Offset"] < 0:
            raise _invalid("Limit or Offset is out of range")
        _one_of(body, "Direction", ("", "0", "1", "3"))
        _one_of(body, "Order", ("desc", "asc"))
        _one_of(body, "By", SORT_FIELDS)
        _one_of(body, "ShowType", (BLOCKLIST, WHITELIST))
        if "RuleType" in body and body["RuleType"] != (1 if body["ShowType"] == BLOCKLIST else 2):
            raise _invalid("RuleType does not fit ShowType")
        search = _search(body.get("SearchValue", "{}"))
        query = Query(body["ShowType"], body["Direction"], body["Order"], body["By"], tuple(sorted(search.items())))
        return self.lists.page(query, body["Limit"], body["Offset"])

    def _as_in_china(self, body: dict[str, Any], required: Mapping[str, str]) -> dict[str, Any]:
        """The English page has RuleType instead of ShowType, and by switch Order and By exchanged."""
        _checked(body, "Request", {**required, "RuleType": "int"}, {"SearchValue": "str"})
        if body["RuleType"] not in (1, 2):
            raise _invalid("RuleType must be 1 or 2")
        order, by = body["Order"], body["By"]
        if self._switches.international_order == "as_page":
            order, by = by, order
        show_type = BLOCKLIST if body["RuleType"] == 1 else WHITELIST
        return {**body, "Order": order, "By": by, "ShowType": show_type}

    def _create_rules(self, body: dict[str, Any]) -> dict[str, Any]:
        optional = {"CoverDuplicate": "int", "CfwAiAgentOperationSource": "str"}
        _checked(body, "Request", {"RuleType": "int", "Rules": "list[object]"}, optional)
        rule_type, cover = body["RuleType"], body.get("CoverDuplicate")
        if rule_type not in (1, 2, 3, 4, 5, 6):
            raise _invalid("RuleType must be 1 to 6")
        if cover not in (None, 0, 1):
            raise _invalid("CoverDuplicate must be 0 or 1")
        if body.get("CfwAiAgentOperationSource", "console") not in ("console", "wechat"):
            raise _invalid("CfwAiAgentOperationSource must be console or wechat")
        if len(body["Rules"]) > MAX_ITEMS:
            raise _invalid(f"more than {MAX_ITEMS} rules")
        rules = [self._checked_rule(rule_type, rule, number) for number, rule in enumerate(body["Rules"])]
        if rule_type not in (BLOCK, ALLOW_IP):
            cover = None
        if cover is not None:
            rules = _folded(rules)
        if cover == 0:
            rules = [rule for rule in rules if not self._conflicts(rule_type, rule)]
        self.lists.check_quota(rule_type, [(rule["Ioc"], rule["directions"]) for rule in rules])
        for rule in rules:
            if cover == 1:
                self.lists.remove(_opposite(rule_type), self.lists.stored_form(rule["Ioc"]), rule["directions"])
            ioc = rule["Ioc"] or f"custom-{uuid.uuid4().hex[:8]}"
            fields = {"custom_rule": rule["CustomRule"], "fw_type": rule.get("FwType") or 15} if rule_type == 6 else {}
            self.lists.upsert(rule_type, ioc, rule["directions"], rule["end"], rule.get("Comment", ""), **fields)
        return {}

    def _checked_rule(self, rule_type: int, rule: Any, number: int) -> dict[str, Any]:
        where = f"Rules.{number}"
        optional = {"Comment": "str", "FwType": "int", "CustomRule": "object"}
        _checked(rule, where, {"Ioc": "str", "DirectionList": "str", "EndTime": "str"}, optional)
        directions = rule["DirectionList"].split(",")
        if len(set(directions)) < len(directions) or set(directions) not in _legal_directions(
            rule_type, rule["Ioc"], where
        ):
            raise _invalid(f"{where}.DirectionList does not fit the rule")
        try:
            end = parse_tencent(rule["EndTime"])
        except ValueError:
            raise _invalid(f"{where}.EndTime must be written as YYYY-MM-DD HH:MM:SS") from None
        if end < int(self._clock.now()):
            raise _invalid(f"{where}.EndTime is in the past")
        _check_comment(rule.get("Comment", ""), 200)
        if not 0 <= rule.get("FwType", 15) <= 31:
            raise _invalid(f"{where}.FwType must be 0 to 31")
        if rule_type != 6 and not rule["Ioc"].strip():
            raise _invalid(f"{where}.Ioc is empty")
        if rule_type == 6 and "CustomRule" not in rule:
            raise ApiError("MissingParameter", f"{where}.CustomRule is required.")
        return {**rule, "directions": directions, "end": end}

    def _conflicts(self, rule_type: int, rule: Mapping[str, Any]) -> bool:
        opposite = self.lists.get(_opposite(rule_type), rule["Ioc"])
        return opposite is not None and not set(opposite.directions).isdisjoint(rule["directions"])

    def _delete_rules(self, body: dict[str, Any]) -> dict[str, Any]:
        optional = {"Rules": "list[object]", "RuleType": "int", "CfwAiAgentOperationSource": "str"}
        _checked(body, "Request", {"DeleteAll": "int", "ShowType": "str"}, optional)
        _one_of(body, "ShowType", (BLOCKLIST, WHITELIST))
        if body["DeleteAll"] != 0:
            self.violations.append(f"DeleteAll {body['DeleteAll']} for the {body['ShowType']}")
            raise _invalid("DeleteAll must be 0 here: 1 would empty the whole list")
        rules = body.get("Rules")
        if not rules or len(rules) > MAX_ITEMS:
            raise _invalid(f"Rules must have 1 to {MAX_ITEMS} items")
        for number, rule in enumerate(rules):
            _checked(rule, f"Rules.{number}", {"Ioc": "str", "RuleType": "int", "DirectionList": "str"}, {})
        if len({rule["RuleType"] for rule in rules}) > 1:
            raise _invalid("one request takes rules of one RuleType")
        for rule in rules:
            row = self.lists.exact(rule["RuleType"], rule["Ioc"])
            if (
                row
                and rule["RuleType"] in (1, 2, 3)
                and tuple(sorted(rule["DirectionList"].split(","))) != row.directions
            ):
                raise _invalid("DirectionList is not the full one of the rule")
        for rule in rules:
            self.lists.remove(rule["RuleType"], rule["Ioc"])
        return {}

    # Alerts and logs

    def _describe_alerts(self, body: dict[str, Any]) -> dict[str, Any]:
        _checked(body, "Request", {}, ALERT_FIELDS)
        return self.alerts.describe_alerts(body)

    def _describe_logs(self, body: dict[str, Any]) -> dict[str, Any]:
        _checked(body, "Request", LOG_FIELDS, {"Filters": "list[object]"})
        for number, condition in enumerate(body.get("Filters", [])):
            _checked(condition, f"Filters.{number}", {"Name": "str", "OperatorType": "int", "Values": "list[str]"}, {})
            check_filter(condition)
        return self.alerts.describe_logs(body)

    def _describe_assets(self, body: dict[str, Any]) -> dict[str, Any]:
        _checked(body, "Request", {}, ASSET_FIELDS)
        return self.assets.describe(body)

    # State

    def dump(self) -> dict[str, Any]:
        return {**self.lists.dump(), "alerts": self.alerts.dump(), "assets": self.assets.dump()}

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add `blocklist` and `whitelist` rows, `alerts` and `assets`."""
        known = (BLOCKLIST, WHITELIST, "alerts", "assets")
        unknown = set(values) - set(known)
        if unknown:
            raise ValueError(f"tencent has no {sorted(unknown)[0]!r} to seed; it has {', '.join(known)}.")
        for name in (BLOCKLIST, WHITELIST):
            for row in values.get(name, ()):
                self.lists.seed(name, row)
        for row in values.get("alerts", ()):
            self.alerts.seed(row)
        for row in values.get("assets", ()):
            self.assets.seed(row)


def envelope(reply: Reply, request_id: str) -> Reply:
    reply.payload = {"Response": {**reply.payload, "RequestId": request_id}}
    return reply


def error_reply(error: ApiError, request_id: str) -> Reply:
    payload = {"Response": {"Error": {"Code": error.code, "Message": error.message}, "RequestId": request_id}}
    return Reply(200, payload, error=error.code)


def _opposite(rule_type: int) -> int:
    return ALLOW_IP if rule_type == BLOCK else BLOCK


def _outcome(status: int, return_code: int = 0) -> dict[str, Any]:
    return {"ReturnCode": return_code, "ReturnMsg": "fail" if return_code else "success", "Status": status}


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid: {message}.")


def _checked(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str]) -> None:
    codes = {"missing": "MissingParameter", "unknown": "UnknownParameter", "type": "InvalidParameter"}
    try:
        check_fields(value, where, required, optional)
    except BadField as bad:
        raise ApiError(codes[bad.kind], f"{bad.message}.") from None


def _one_of(body: Mapping[str, Any], name: str, words: tuple[str, ...]) -> None:
    if body[name] not in words:
        raise _invalid(f"{name} must be one of {', '.join(repr(word) for word in words)}")


def _check_comment(text: str, most: int) -> None:
    if len(text) > most:
        raise _invalid(f"the comment has more than {most} characters")


def _check_address(text: str, where: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        if "%" in text:
            raise ValueError("zone id")
        return ipaddress.ip_address(text)
    except ValueError:
        raise _invalid(f"{where} has an item that is no IP address") from None


def _legal_directions(rule_type: int, ioc: str, where: str) -> tuple[set[str], ...]:
    """The direction sets that CreateBlockIgnoreRuleNew documents for each type, in any order."""
    if rule_type in (BLOCK, ALLOW_IP):
        address = _check_address(ioc, where)
        private = any(address in network for network in _PRIVATE if network.version == address.version)
        return _INTRANET_SETS if rule_type == ALLOW_IP and private else _BLOCK_SETS
    if rule_type == 3:
        return ({"0"}, {"6"}, {"0", "6"})
    if rule_type == 4:
        return ({"0", "1"},)
    if rule_type == 5:
        return _INTRANET_SETS
    singles = "0156"
    return tuple({item for bit, item in enumerate(singles) if mask >> bit & 1} for mask in range(1, 16))


def _folded(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With CoverDuplicate, items of one Ioc become one: directions joined, the rest from the first."""
    folded: dict[str, dict[str, Any]] = {}
    for rule in rules:
        first = folded.setdefault(rule["Ioc"], rule)
        if first is not rule:
            first["directions"] = list(dict.fromkeys([*first["directions"], *rule["directions"]]))
    return list(folded.values())


def _search(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except ValueError:
        raise _invalid("SearchValue must be a JSON object, {} when empty") from None
    if not isinstance(values, dict) or any(not isinstance(value, str) for value in values.values()):
        raise _invalid("SearchValue must be a JSON object of strings")
    for name in values:
        if name not in _SEARCH_KEYS:
            raise _invalid(f"SearchValue does not know {name}")
    return values
