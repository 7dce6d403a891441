# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attack, access-control, flow and URL logs, through the three older calls and the newer ListLogs.

Pages go on from a cursor: `log_id` of the last record and its time as `next_date`, with an `offset` above zero. For flow
logs the older pages name start_time as that time and the newer one end_time; each side has a switch. The cursor is a
position in the order, so a wrong time skips records or repeats them, as it does in a search engine. Invented: the
order (newest first, by that time, then by log_id), that the window includes both ends and is about that time, that all
three parts of a cursor are required and the value of `offset` does not matter otherwise, and that filters are exact.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .clock import ServiceClock
from .huawei_firewalls import ANY_PROJECT, Directory
from .huawei_input import EMPTY, LIST_LIMIT, WRONG_TYPE, read_body, read_number, read_query
from .huawei_paging import checked, in_range, one_of
from .switches import Switches
from .wire import ApiError, WireRequest

TYPES = ("attack", "acl", "flow", "url")
LOG_TYPES = ("internet", "nat", "vpc", "vgw")
REVERSED, TOO_LONG = "CFW.00500002", "CFW.00500004"
_NUMBERS = {"TCP": "6", "UDP": "17", "ICMP": "1", "ICMPV6": "58", "ANY": "-1", "permit": "0", "deny": "1"}
_GEO = tuple(
    f"{end}_{kind}_{field}"
    for end in ("src", "dst")
    for kind in ("region", "province", "city")
    for field in ("id", "name")
)
_GEO_NAMES = tuple(name for name in _GEO if name.endswith("_name"))
_ENDS = ("log_id", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "app")
_ATTACK = (
    "action",
    "direction",
    "event_time",
    "attack_type",
    "attack_rule",
    "attack_rule_id",
    "level",
    "source",
    "packet",
)
_RULE = ("action", "rule_id", "rule_name", "hit_time")
_FLOW = ("direction", "bytes", "packets", "start_time", "end_time")
_QOS = ("qos_rule_id", "qos_rule_name", "qos_rule_type")
_QOS_FLOW = (*("qos_channel_id", "qos_channel_name", "qos_channel_type"), "qos_drop_packets", "qos_drop_bytes")
_SCTP = ("sctp_verification_tag", "sctp_is_handshake_flow")
_OLD = {
    "attack": (*_ENDS, *_GEO, *_ATTACK, "packet_length", "hit_time", "packetMessages"),
    "acl": (*_ENDS, *_GEO, *_RULE, "dst_host"),
    "flow": (*_ENDS, *_GEO, *_FLOW, "dst_host"),
}
_NEW = {
    "attack": (*_ENDS, *_GEO, *_ATTACK, "real_ip", "tag", "vgw_id"),
    "acl": (*_ENDS, *_GEO, *_RULE, "direction", "dst_host", "rule_type", "vgw_id", *_QOS),
    "flow": (*_ENDS, *_GEO, *_FLOW, "dst_host", "vgw_id", *_SCTP, *_QOS, *_QOS_FLOW),
    "url": (*_ENDS, *_GEO, *_RULE, "direction", "url", "rule_type", "vgw_id"),
}
"""The fields of the records, for each generation of the API."""
_CURSOR = ("log_id", "next_date", "offset")
_FILTERS = ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "app", "dst_host", "action", *_GEO_NAMES)
_OLD_FILTERS = {
    "attack": (*_FILTERS, "direction", "attack_type", "attack_rule", "attack_rule_id", "level"),
    "acl": (*_FILTERS, "rule_id", "rule_name"),
    "flow": (*(name for name in _FILTERS if name != "action"), "direction"),
}
_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "equal": lambda text, values: text in values,
    "not_equal": lambda text, values: text not in values,
    "contain": lambda text, values: any(value in text for value in values),
    "starts_with": lambda text, values: text.startswith(tuple(values)),
}
_PACKET = b"GET /cgi-bin/probe HTTP/1.1\r\n"
Row = Mapping[str, Any]


class Logs:
    def __init__(self, clock: ServiceClock, switches: Switches, directory: Directory) -> None:
        self._clock = clock
        self._switches = switches
        self._directory = directory
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._sorted: dict[tuple[str, str, str], list[Row]] = {}
        self._numbers = 0

    # Calls

    def list_old(self, request: WireRequest, kind: str) -> dict[str, Any]:
        """One of the three older calls; `kind` is attack, acl or flow."""
        optional = (*_OLD_FILTERS[kind], *_CURSOR, "log_type", "enterprise_project_id")
        query = read_query(request, ("fw_instance_id", "start_time", "end_time", "limit"), optional)
        numbers = {
            name: read_number(query, name, 0, None)
            for name in ("start_time", "end_time", "next_date", "offset", "src_port", "dst_port")
            if query.get(name)
        }
        limit = read_number(query, "limit", 1, LIST_LIMIT)
        one_of(query, "log_type", *LOG_TYPES)
        one_of(query, "action", "permit", "deny")
        one_of(query, "direction", "in2out", "out2in")
        one_of(query, "level", "CRITICAL", "HIGH", "MEDIUM", "LOW")
        firewall = self._directory.firewall(query["fw_instance_id"], query.get("enterprise_project_id"))
        wanted = {name: query[name] for name in (*_OLD_FILTERS[kind], "log_type") if query.get(name)}
        field = _time_of(kind, self._switches.log_cursor_old)
        rows = [
            row
            for row in self._window(firewall.firewall_id, kind, field, numbers)
            if all(str(row.get(name)) == value for name, value in wanted.items())
        ]
        page = self._page(
            rows, field, limit, {**numbers, **({"log_id": query["log_id"]} if query.get("log_id") else {})}
        )
        return self._answer(rows, limit, [self._old_record(row, kind) for row in page])

    def list_new(self, request: WireRequest, firewall_id: str) -> dict[str, Any]:
        read_query(request, (), ())
        required = {"limit": "int", "start_time": "int", "end_time": "int", "log_type": "str", "type": "str"}
        optional = {"filters": "list[object]", "offset": "int", "log_id": "str", "next_date": "int"}
        body = read_body(request, required, optional)
        in_range("body.limit", body["limit"], 1, LIST_LIMIT)
        one_of(body, "log_type", *LOG_TYPES)
        kind = one_of(body, "type", *TYPES) or ""
        if not body["log_type"] or not kind:
            raise ApiError(EMPTY, "body.log_type and body.type are required")
        filters = [_filter(item, kind) for item in body.get("filters", ())]
        firewall = self._directory.firewall(firewall_id, ANY_PROJECT)
        field = _time_of(kind, self._switches.log_cursor_new)
        rows = [
            row
            for row in self._window(firewall.firewall_id, kind, field, body)
            if row["log_type"] == body["log_type"] and all(fits(row) for fits in filters)
        ]
        page = self._page(rows, field, body["limit"], body)
        return self._answer(rows, body["limit"], [{name: row[name] for name in _NEW[kind]} for row in page])

    def _window(self, firewall_id: str, kind: str, field: str, values: Mapping[str, Any]) -> list[Row]:
        start, end = values.get("start_time", 0), values.get("end_time", 0)
        if start > end:
            raise ApiError(REVERSED, "start_time is later than end_time")
        if self._switches.log_window_days and end - start > self._switches.log_window_days * 86_400_000:
            raise ApiError(TOO_LONG, "the time range is too long")
        key = (firewall_id, kind, field)
        if key not in self._sorted:
            rows = self._rows.get((firewall_id, kind), [])
            self._sorted[key] = sorted(rows, key=lambda row: (row[field], row["log_id"]), reverse=True)
        return [row for row in self._sorted[key] if start <= row[field] <= end]

    def _page(self, rows: list[Row], field: str, limit: int, cursor: Mapping[str, Any]) -> list[Row]:
        given = [name for name in _CURSOR if cursor.get(name) not in (None, "")]
        if not given:
            return rows[:limit]
        if len(given) < len(_CURSOR):
            missing = next(name for name in _CURSOR if name not in given)
            raise ApiError(EMPTY, f"a page beyond the first needs {missing}")
        if cursor["offset"] < 1:
            raise ApiError(WRONG_TYPE, "offset must be above zero")
        after = (cursor["next_date"], cursor["log_id"])
        inclusive = self._switches.log_cursor == "inclusive"
        rest = [
            row
            for row in rows
            if (row[field], row["log_id"]) < after or (inclusive and (row[field], row["log_id"]) == after)
        ]
        return rest[:limit]

    def _answer(self, rows: list[Row], limit: int, records: list[dict[str, Any]]) -> dict[str, Any]:
        total = len(rows) + int(self._switches.pagination_total == "wrong")
        if self._switches.log_total_max:
            total = min(total, self._switches.log_total_max)
        return {"data": {"total": total, "limit": limit, "records": records}}

    def _old_record(self, row: Row, kind: str) -> dict[str, Any]:
        record = {name: row[name] for name in _OLD[kind]}
        if self._switches.log_words == "numbers" and kind != "attack":
            changed = ("protocol", "action") if kind == "acl" else ("protocol",)
            record.update({name: _NUMBERS.get(record[name], record[name]) for name in changed})
        return record

    # State

    def dump(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {kind: [] for kind in TYPES}
        for (_firewall, kind), rows in self._rows.items():
            found[kind] += rows
        return found

    def seed(self, kind: str, values: Mapping[str, Any]) -> None:
        """Add a log of a kind (attack, acl, flow, url) in the records' field names, all optional.

        `fw_instance_id` (default: the first firewall) and `log_type` (default internet) say where it belongs. Times
        are milliseconds; the default is now, for a flow one second until now.
        """
        if kind not in TYPES:
            raise ValueError(f"There are no logs of kind {kind!r}; known ones: {', '.join(TYPES)}.")
        values = dict(values)
        firewall_id = values.pop("fw_instance_id", None) or self._directory.firewall(None, None).firewall_id
        self._directory.firewall(firewall_id, ANY_PROJECT)
        self._numbers += 1
        row = _default(self._numbers, int(self._clock.now() * 1000))
        unknown = sorted(set(values) - set(row))
        if unknown:
            raise ValueError(f"A log has no field {unknown[0]!r}.")
        if "event_time" in values:
            row["hit_time"] = values["event_time"]
        self._rows.setdefault((firewall_id, kind), []).append({"fw_instance_id": firewall_id, **row, **values})
        self._sorted.clear()


def _time_of(kind: str, flow: str) -> str:
    """The field that orders the logs and is the cursor's time."""
    return {"attack": "event_time", "flow": flow}.get(kind, "hit_time")


def _filter(value: Any, kind: str) -> Callable[[Row], bool]:
    item = checked(value, "body.filters", {"field": "str", "operator": "str"}, {"values": "list[str]"})
    field, values = item["field"], item.get("values", [])
    if field not in _NEW[kind]:
        raise ApiError(WRONG_TYPE, f"logs of this type have no field {field!r}")
    if item["operator"] not in _OPERATORS:
        raise ApiError(WRONG_TYPE, "body.filters.operator is unknown")
    if not values:
        raise ApiError(EMPTY, "body.filters.values is empty")
    fits = _OPERATORS[item["operator"]]
    return lambda row: fits("" if row[field] is None else str(row[field]), values)


def _default(number: int, now: int) -> dict[str, Any]:
    hexs = [f"{byte:02x}" for byte in _PACKET[:16]]
    return {
        "log_type": "internet",
        "log_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"log {number}")),
        "src_ip": "198.51.100.7",
        "src_port": 40000,
        "dst_ip": "203.0.113.9",
        "dst_port": 443,
        "protocol": "TCP",
        "app": "HTTPS",
        **dict.fromkeys(_GEO, ""),
        "direction": "out2in",
        "action": "deny",
        "event_time": now,
        "hit_time": now,
        "attack_type": "Vulnerability Attack",
        "attack_rule": "Probe of a CGI script",
        "attack_rule_id": "331978",
        "level": "HIGH",
        "source": "0",
        "packet": base64.b64encode(_PACKET).decode(),
        "packet_length": len(_PACKET),
        "packetMessages": [{"hex_index": "00000000", "hexs": hexs, "utf8_String": _PACKET[:16].decode()}],
        "real_ip": "",
        "tag": None,
        "rule_id": "9d80d070-b6d4-4942-af73-c9c3d38e0429",
        "rule_name": "deny-all",
        "rule_type": 0,
        "dst_host": "",
        "bytes": 1500.5,
        "packets": 3,
        "start_time": now - 1000,
        "end_time": now,
        "url": "",
        "vgw_id": "",
        **dict.fromkeys((*_SCTP, *_QOS, *_QOS_FLOW)),
    }
