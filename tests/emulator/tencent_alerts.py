# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts and their logs, for finding what to act on.

Documented: the parameters and their limits, that Data is a JSON string, `log_id`, `event_id`, `current_event_id`,
`occurrence_count`, `direction`, `src_ip_list`, `dst_ip_list`, total and returned. Log rows use the names that a
public client reads (SourceIp, TargetIp, Direction, BeginTime, ...) or, by switch, snake case. Invented: every other
field, that Data of DescribeLogs is a list, that the exact search for an event id respects the time window.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .clock import ServiceClock, parse_tencent, tencent_text
from .switches import Switches
from .wire import ApiError

OUTBOUND, INBOUND, LATERAL = "outbound", "inbound", "lateral"
DIRECTION_NUMBERS = {OUTBOUND: 0, INBOUND: 1, LATERAL: 3}
HOUR = 3600.0
ALERTS_LIMIT, LOGS_LIMIT, LOGS_OFFSET = 50, 1000, 60000
_WORDS = {
    "Level": ("low", "middle", "high"),
    "Direction": (OUTBOUND, INBOUND, LATERAL),
    "ActionStatus": ("unhandled", "handled", "blocked", "passed", "isolated", "ignored"),
    "KillChain": ("recon", "brute_force", "delivery", "exploit", "c2", "lateral_movement", "exfiltration"),
    "AttackResult": ("attempt", "success", "fail", "unknown"),
    "Strategy": ("observe", "block"),
    "OrderBy": ("EndTime", "StartTime", "Count"),
    "Order": ("desc", "asc"),
}
ALERT_FIELDS = {
    **dict.fromkeys(("StartTime", "EndTime", *_WORDS, "EventName", "EventId", "SrcIp", "DstIp", "InstanceId"), "str"),
    "Limit": "int",
    "Offset": "int",
}
LOG_FIELDS = {"Index": "str", "Limit": "int", "Offset": "int", "StartTime": "str", "EndTime": "str"}
LOG_INDEX = "rule_threatinfo"
_OTHER_INDEXES = frozenset(
    {"netflow_border", "netflow_nat", "vpcnetflow", "netflow_fl", "netflow_nta", "rule_acl", "rule_vpcacl", "rule_sg"}
)
_NUMERIC = frozenset({"Direction", "direction", "TargetPort", "dst_port", "SourcePort", "src_port"})


@dataclass(frozen=True)
class Alert:
    log_id: str
    event_id: str
    current_event_id: str
    direction: str
    src_ip: str
    dst_ip: str
    at: float
    level: str = "high"
    event_name: str = "Emulated attack"
    action_status: str = "unhandled"
    kill_chain: str = "exploit"
    attack_result: str = "attempt"
    strategy: str = "observe"
    instance_id: str = "ins-emulated"
    count: int = 1
    src_port: int = 40000
    dst_port: int = 443

    def attacker(self, direction: str) -> str:
        """The address that a rule for this alert hits: the source of inbound traffic, the destination of outbound."""
        return self.dst_ip if direction == OUTBOUND else self.src_ip


class Alerts:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._alerts: list[Alert] = []

    def by_id(self, identity: str) -> Alert | None:
        """The alert that an item of HandleIdList means."""
        for alert in self._alerts:
            ids = {alert.log_id}
            if self._switches.alert_center_ids == "any":
                ids |= {alert.event_id, alert.current_event_id}
            if identity in ids:
                return alert
        return None

    def mark(self, alert: Alert, action_status: str) -> None:
        self._alerts = [
            replace(item, action_status=action_status) if item.log_id == alert.log_id else item for item in self._alerts
        ]

    def describe_alerts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        for name, words in _WORDS.items():
            if name in body and body[name] not in words:
                raise ApiError("InvalidParameter", f"{name} must be one of {', '.join(words)}.")
        limit = _bounded(body.get("Limit", 10), "Limit", 1, ALERTS_LIMIT)
        offset = _bounded(body.get("Offset", 0), "Offset", 0, None)
        if 0 < self._switches.alerts_too_large < limit:
            raise ApiError("FailedOperation.ResponseTooLarge", "The answer is too large.")
        now = self._clock.now()
        end = _time(body, "EndTime", now)
        start = _time(body, "StartTime", end - HOUR)
        if start > end:
            raise ApiError("InvalidParameter", "StartTime is after EndTime.")
        known = self._alerts if self._switches.alert_ids_in_alerts else []
        found = [alert for alert in known if start <= alert.at <= end and _fits(alert, body)]
        if "EventId" in body and len(found) > 1:
            raise ApiError("FailedOperation", "The event id is ambiguous.")
        order_by, order = body.get("OrderBy", "EndTime"), body.get("Order", "desc")
        found.sort(key=lambda alert: alert.count if order_by == "Count" else alert.at, reverse=order == "desc")
        rows = [_alert_row(alert) for alert in found[offset : offset + limit]]
        data = {
            "total": len(found),
            "returned": len(rows),
            "offset": offset,
            "order_by": order_by,
            "order": order,
            "alerts": rows,
        }
        if self._switches.alert_page == "short":
            data = {"total": data["total"], "alerts": rows}
        return {"Data": json.dumps(data, ensure_ascii=False)}

    def describe_logs(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`body` has passed the check of its fields; its Filters that of theirs."""
        index = body["Index"]
        if index != LOG_INDEX and index not in _OTHER_INDEXES and not index.startswith("operate_"):
            raise ApiError("InvalidParameterValue", "Index is unknown.")
        limit = _bounded(body["Limit"], "Limit", 1, LOGS_LIMIT, "InvalidParameterValue")
        offset = _bounded(body["Offset"], "Offset", 0, LOGS_OFFSET, "InvalidParameterValue")
        start = _time(body, "StartTime", 0.0, "InvalidParameterValue")
        end = _time(body, "EndTime", 0.0, "InvalidParameterValue")
        if start > end:
            raise ApiError("InvalidParameterValue", "StartTime is after EndTime.")
        known = self._alerts if index == LOG_INDEX and self._switches.alert_ids_in_logs else []
        rows = [
            self._log_row(alert) for alert in sorted(known, key=lambda alert: -alert.at) if start <= alert.at <= end
        ]
        for condition in body.get("Filters", []):
            rows = [row for row in rows if _passes(row, condition)]
        return {
            "Data": json.dumps(rows[offset : offset + limit], ensure_ascii=False),
            "Total": str(len(rows)) if self._switches.logs_total_shown == "text" else len(rows),
            "ReturnCode": 0,
            "ReturnMsg": "success",
            "AppProtocolList": [],
        }

    def _log_row(self, alert: Alert) -> dict[str, Any]:
        at = tencent_text(alert.at)
        direction = str(DIRECTION_NUMBERS[alert.direction])
        if self._switches.log_fields == "snake":
            return {
                "log_id": alert.log_id,
                "event_id": alert.event_id,
                "direction": direction,
                "src_ip": alert.src_ip,
                "src_port": alert.src_port,
                "dst_ip": alert.dst_ip,
                "dst_port": alert.dst_port,
                "level": alert.level,
                "event_name": alert.event_name,
                "strategy": alert.strategy,
                "start_time": at,
                "end_time": at,
            }
        return {
            "log_id": alert.log_id,
            "event_id": alert.event_id,
            "Direction": direction,
            "SourceIp": alert.src_ip,
            "SourcePort": alert.src_port,
            "TargetIp": alert.dst_ip,
            "TargetPort": alert.dst_port,
            "Level": alert.level,
            "EventName": alert.event_name,
            "Strategy": alert.strategy,
            "BeginTime": at,
            "EndTime": at,
            "attack_result": alert.attack_result,
        }

    def dump(self) -> list[dict[str, Any]]:
        return [dict(vars(alert)) for alert in self._alerts]

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add an alert: fields of Alert, all optional except the two addresses.

        `at` is unix seconds or a text in UTC+8 (default: a minute ago).
        """
        row = dict(values)
        row.setdefault("log_id", uuid.uuid4().hex)
        row.setdefault("event_id", uuid.uuid4().hex)
        row.setdefault("current_event_id", row["event_id"])
        row.setdefault("direction", INBOUND)
        at = row.get("at", self._clock.now() - 60)
        row["at"] = parse_tencent(at) if isinstance(at, str) else float(at)
        if row["direction"] not in DIRECTION_NUMBERS:
            raise ValueError(f"direction must be inbound, outbound or lateral, not {row['direction']!r}.")
        try:
            self._alerts.append(Alert(**row))
        except TypeError as error:
            raise ValueError(f"This is no alert: {error}.") from None


def check_filter(condition: Mapping[str, Any]) -> None:
    """Values of one CommonFilter whose field types are right."""
    if condition["OperatorType"] not in (1, 2, 3, 4, 5, 6, 8, 9):
        raise ApiError("InvalidParameterValue", "OperatorType is unknown.")
    if not condition["Values"] or not condition["Name"]:
        raise ApiError("InvalidParameterValue", "Name and Values must not be empty.")
    if condition["OperatorType"] == 9 and condition["Name"] in _NUMERIC:
        raise ApiError("InvalidParameterValue", "A numeric field has no fuzzy search.")


def _bounded(number: int, name: str, least: int, most: int | None, code: str = "InvalidParameter") -> int:
    if number < least or (most is not None and number > most):
        raise ApiError(code, f"{name} is out of range.")
    return number


def _time(body: Mapping[str, Any], name: str, default: float, code: str = "InvalidParameter") -> float:
    if name not in body:
        return default
    try:
        return parse_tencent(body[name])
    except ValueError:
        raise ApiError(code, f"{name} must be written as YYYY-MM-DD HH:MM:SS.") from None


def _fits(alert: Alert, body: Mapping[str, Any]) -> bool:
    exact = {
        "Level": alert.level,
        "Direction": alert.direction,
        "ActionStatus": alert.action_status,
        "KillChain": alert.kill_chain,
        "AttackResult": alert.attack_result,
        "Strategy": alert.strategy,
        "SrcIp": alert.src_ip,
        "DstIp": alert.dst_ip,
        "InstanceId": alert.instance_id,
    }
    if any(name in body and body[name] != value for name, value in exact.items()):
        return False
    if "EventId" in body and body["EventId"] not in (alert.event_id, alert.current_event_id):
        return False
    return str(body.get("EventName", "")) in alert.event_name


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "event_id": alert.event_id,
        "current_event_id": alert.current_event_id,
        "event_name": alert.event_name,
        "level": alert.level,
        "direction": alert.direction,
        "src_ip_list": [alert.src_ip],
        "dst_ip_list": [alert.dst_ip],
        "occurrence_count": alert.count,
        "action_status": alert.action_status,
        "kill_chain": alert.kill_chain,
        "attack_result": alert.attack_result,
        "strategy": alert.strategy,
        "instance_id": alert.instance_id,
        "start_time": tencent_text(alert.at),
        "end_time": tencent_text(alert.at),
    }


def _passes(row: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    name, operator, values = condition["Name"], condition["OperatorType"], condition["Values"]
    if name not in row:
        raise ApiError("InvalidParameterValue", f"There is no field {name} to filter by.")
    own = str(row[name])
    if operator in (6, 8):
        return own not in values
    if operator == 9:
        return any(value in own for value in values)
    return any(_compare(own, operator, value) for value in values)


def _compare(own: str, operator: int, value: str) -> bool:
    if operator == 1:
        return own == value
    left: Any = float(own) if own.replace(".", "", 1).isdigit() and value.replace(".", "", 1).isdigit() else own
    right: Any = float(value) if isinstance(left, float) else value
    return bool({2: left > right, 3: left < right, 4: left >= right, 5: left <= right}[operator])
