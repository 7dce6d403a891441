# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logs of a firewall, all of them, each once."""

from __future__ import annotations

import json
import math
import random
import tracemalloc
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei import logs
from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_task import CAPTURE_TASK
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import wanted_specification
from ansible_collections.secops.cfw.plugins.module_utils._huawei.log_info import LOG_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._params import completed
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing
from emulator import HUAWEI_ENTERPRISE_PROJECT_ID, HUAWEI_FIREWALL, HUAWEI_FIREWALL_2, HUAWEI_FIREWALL_3, Emulator
from support.reader import Reader

LIST = "ListLogs"
NOW = 1_795_227_450.0
SENT = {"attack": "attack", "access_control": "acl", "flow": "flow"}
TIME = {"attack": "event_time", "access_control": "hit_time", "flow": "end_time"}


@pytest.fixture
def reader(emu: Emulator) -> Reader:
    reader = Reader(emu, LOG_INFO, run, fw_instance_id=HUAWEI_FIREWALL, type="attack")
    reader.now = math.ceil(emu.now()) + 60.0
    return reader


def seed(reader: Reader, kind: str = "attack", *rows: dict[str, Any]) -> None:
    reader.emu.seed(huawei={"logs": {SENT[kind]: list(rows)}})


def many(reader: Reader, kind: str, count: int, spread: int = 5) -> list[str]:
    """Seeds logs of the last minutes, `spread` of them in each moment; their ids in order of time."""
    assert reader.now is not None
    last = int(reader.now * 1000) - 60_000
    numbers = list(range(count))
    random.Random(1).shuffle(numbers)
    rows = []
    for number in numbers:
        moment = last - number // spread
        times: dict[str, Any] = {TIME[kind]: moment}
        if kind == "flow":
            # Long and short flows: in order of their begin they are in another order.
            times["start_time"] = moment - (number * 7919) % 60_000
        rows.append({"log_id": f"log-{number:06}", **times})
    seed(reader, kind, *rows)
    return [row["log_id"] for row in rows]


def ids(result: dict[str, Any]) -> list[str]:
    return [row["log_id"] for row in result["logs"]]


def bodies(reader: Reader) -> list[dict[str, Any]]:
    return [row["body"] for row in reader.emu.log if row["call"] == LIST]


# Rows


@pytest.mark.parametrize("check", [False, True])
def test_an_attack(reader: Reader, check: bool) -> None:
    assert reader.now is not None
    seed(reader, "attack", {"log_id": "a", "event_time": 1718936272648, "src_port": 50123, "real_ip": "192.0.2.1"})
    result = reader.run(check, start="2024-06-21T02:00:00Z", end="1718940000")
    (row,) = result["logs"]
    raw = row.pop("raw")
    assert raw["packet"]
    assert row == {
        "log_id": "a",
        "type": "attack",
        "time": "2024-06-21T02:17:52.648+00:00",
        "end_time": None,
        "source": {"address": "198.51.100.7", "address_type": "ipv4"},
        "destination": {"address": "203.0.113.9", "address_type": "ipv4"},
        "service": {"protocol": "tcp", "source_port": "50123", "dest_port": "443"},
        "direction": "inbound",
        "action": "block",
        "application": "HTTPS",
        "level": "high",
        "attack_type": "Vulnerability Attack",
        "rule": "Probe of a CGI script",
        "rule_id": "331978",
        "real_ip": "192.0.2.1",
        "bytes": None,
        "packets": None,
    }
    assert (result["total"], result["truncated"]) == (1, False)
    assert result["window"] == {"start": "2024-06-21T02:00:00.000+00:00", "end": "2024-06-21T03:20:00.000+00:00"}
    assert reader.calls() == {LIST: 1}
    assert [call["permission"] for call in result["api_calls"]] == ["cfw:attackLog:list"]
    assert reader.warnings == []


def test_a_decision_of_access_control(reader: Reader) -> None:
    seed(
        reader, "access_control", {"log_id": "a", "action": "permit", "protocol": "ICMP", "src_port": 8, "dst_port": 0}
    )
    result = reader.run(type="access_control")
    (row,) = result["logs"]
    assert (row["action"], row["rule"]) == ("allow", "deny-all")
    assert row["service"] == {"protocol": "icmp", "source_port": "", "dest_port": ""}
    assert result["api_calls"][0]["permission"] == "cfw:accessControlLog:list"


def test_a_flow(reader: Reader) -> None:
    seed(reader, "flow", {"log_id": "a", "src_ip": "2001:DB8::7", "direction": "in2out", "bytes": 2e9, "packets": 4})
    result = reader.run(type="flow")
    (row,) = result["logs"]
    assert row["time"] < row["end_time"]
    assert (row["bytes"], row["packets"], row["direction"]) == (2_000_000_000, 4, "outbound")
    assert row["source"] == {"address": "2001:db8::7", "address_type": "ipv6"}
    assert result["api_calls"][0]["permission"] == "cfw:flowLog:list"


def test_a_log_feeds_a_capture(reader: Reader) -> None:
    seed(reader, "attack", {"log_id": "a"})
    (row,) = reader.run()["logs"]
    options = {name: row[name] for name in ("source", "destination", "service")}
    options.update(fw_instance_id=HUAWEI_FIREWALL, name="INC-1", duration=1, max_packets=1)
    wanted = wanted_specification(completed(CAPTURE_TASK, options))
    assert (wanted.source.address, wanted.protocol, wanted.dest_port) == ("198.51.100.7", "tcp", "443")


@pytest.mark.parametrize(
    ("record", "key", "shown"),
    [
        ({"protocol": "6"}, "service", {"protocol": "tcp", "source_port": "", "dest_port": ""}),
        ({"protocol": 132, "src_port": 5}, "service", {"protocol": "132", "source_port": "5", "dest_port": ""}),
        ({"action": 1}, "action", "block"),
        ({"action": "0"}, "action", "allow"),
        ({"action": "reset"}, "action", "reset"),
        ({"direction": "sideways"}, "direction", "sideways"),
        ({"event_time": "soon"}, "time", None),
        ({"event_time": 10**30}, "time", None),
        ({"src_ip": "host"}, "source", {"address": "host", "address_type": ""}),
        ({}, "level", ""),
    ],
)
def test_odd_records(record: dict[str, Any], key: str, shown: Any) -> None:
    assert logs.shown_log(record, "attack", Sharing())[key] == shown


# The window and the filters


def test_the_last_half_hour_by_default(reader: Reader) -> None:
    assert reader.now is not None
    now = int(reader.now * 1000)
    seed(
        reader, "attack", {"log_id": "new", "event_time": now - 1000}, {"log_id": "old", "event_time": now - 1_900_000}
    )
    assert ids(reader.run()) == ["new"]
    assert ids(reader.run(start="1h")) == ["old", "new"]
    assert ids(reader.run(start="1h", end="30m")) == ["old"]
    (body, *_others) = bodies(reader)
    assert (body["start_time"], body["end_time"]) == (int((reader.now - 1800) * 1000), now)
    assert not set(body) & {"offset", "log_id", "next_date", "filters"}


def test_where_the_traffic_was_seen(reader: Reader) -> None:
    seed(reader, "attack", {"log_id": "east", "log_type": "vpc"}, {"log_id": "north"})
    seed(reader, "attack", {"log_id": "other", "fw_instance_id": HUAWEI_FIREWALL_2})
    assert ids(reader.run()) == ["north"]
    assert ids(reader.run(log_type="vpc")) == ["east"]
    assert ids(reader.run(fw_instance_id=HUAWEI_FIREWALL_2)) == ["other"]


def test_a_firewall_of_another_enterprise_project(reader: Reader) -> None:
    seed(reader, "attack", {"log_id": "a", "fw_instance_id": HUAWEI_FIREWALL_3})
    given: dict[str, Any] = {"fw_instance_id": HUAWEI_FIREWALL_3, "enterprise_project_id": HUAWEI_ENTERPRISE_PROJECT_ID}
    assert ids(reader.run(**given)) == ["a"]


ROWS = (
    {"log_id": "from", "src_ip": "192.0.2.1", "event_time": 1000},
    {"log_id": "to", "dst_ip": "192.0.2.1", "event_time": 2000},
    {"log_id": "both", "src_ip": "192.0.2.1", "dst_ip": "192.0.2.2", "event_time": 3000},
    {"log_id": "behind", "real_ip": "192.0.2.1", "event_time": 4000},
    {"log_id": "near", "src_ip": "192.0.2.10", "event_time": 5000},
    {"log_id": "six", "src_ip": "2001:db8::7", "event_time": 6000},
    {"log_id": "sixth", "dst_ip": "2001:0DB8:0000:0000:0000:0000:0000:0007", "event_time": 7000},
    {"log_id": "through", "real_ip": "192.0.2.77,192.0.2.78", "event_time": 8000},
)


@pytest.mark.parametrize(
    ("ips", "found", "calls"),
    [
        ("192.0.2.1", ["from", "to", "both", "behind"], 3),
        (["192.0.2.2", "192.0.2.1/32", "192.0.2.1"], ["from", "to", "both", "behind"], 6),
        (["2001:DB8:0::7"], ["six", "sixth"], 1),
        (["2001:DB8:0::7", "192.0.2.10"], ["near", "six", "sixth"], 1),
        (["192.0.2.77"], ["through"], 3),
        (["192.0.2.7"], [], 3),
        (["192.0.2.99"], [], 3),
        ([""], ["from", "to", "both", "behind", "near", "six", "sixth", "through"], 1),
    ],
)
def test_by_address(reader: Reader, ips: Any, found: list[str], calls: int) -> None:
    seed(reader, "attack", *ROWS)
    result = reader.run(ips=ips, start="0", end="1000")
    assert ids(result) == found
    assert result["total"] == len(found)
    assert reader.calls() == {LIST: calls}


def test_flows_have_two_sides_only(reader: Reader) -> None:
    seed(reader, "flow", {"log_id": "a", "dst_ip": "192.0.2.1"}, {"log_id": "b"})
    assert ids(reader.run(type="flow", ips="192.0.2.1")) == ["a"]
    assert [body["filters"] for body in bodies(reader)] == [
        [{"field": field, "operator": "equal", "values": ["192.0.2.1"]}] for field in ("src_ip", "dst_ip")
    ]


def test_a_service_that_does_not_look_through_real_ip(reader: Reader) -> None:
    seed(reader, "attack", *ROWS)
    reader.emu.fault(call=LIST, nth=3, kind="error", code="CFW.00200010", message="no such field", status=400)
    assert ids(reader.run(ips="192.0.2.1", start="0", end="1000")) == ["from", "to", "both"]
    assert "real_ip" in reader.warnings[0]
    reader.emu.clear_log()
    reader.emu.fault(call=LIST, nth=1, kind="error", code="CFW.00200010", message="no such field", status=400)
    assert reader.fails(ips="192.0.2.1", start="0", end="1000")["error"]["code"] == "CFW.00200010"


# Paging


@pytest.mark.parametrize("cursor", ["exclusive", "inclusive"])
@pytest.mark.parametrize("kind", list(SENT))
def test_all_pages(reader: Reader, kind: str, cursor: str) -> None:
    reader.emu.switch(log_cursor=cursor)
    known = many(reader, kind, 2500)
    result = reader.run(type=kind)
    assert len(ids(result)) == 2500
    assert set(ids(result)) == set(known)
    times = [row["time"] for row in result["logs"]]
    assert times == sorted(times)
    assert reader.calls() == {LIST: 3}
    assert reader.warnings == []
    second = bodies(reader)[1]
    assert (second["offset"], set(second) >= {"log_id", "next_date"}) == (1024, True)


def test_a_service_that_continues_flows_by_their_begin(reader: Reader) -> None:
    reader.emu.switch(log_cursor_new="start_time")
    known = many(reader, "flow", 2500)
    result = reader.run(type="flow")
    assert set(ids(result)) == set(known)
    assert result["total"] == 2500


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025])
def test_around_a_full_page(reader: Reader, count: int) -> None:
    many(reader, "attack", count)
    assert reader.run()["total"] == count


def test_a_service_that_stops_counting(reader: Reader) -> None:
    many(reader, "attack", 3000)
    reader.emu.switch(log_total_max=1500)
    result = reader.run()
    assert (result["total"], result["truncated"]) == (3000, False)


def test_a_total_that_is_never_reached(reader: Reader) -> None:
    many(reader, "attack", 3)
    reader.emu.switch(pagination_total="wrong")
    result = reader.fails()
    assert result["error"]["code"] == "list_incomplete"
    assert "show 3 records but count 4" in result["msg"]
    assert "logs" not in result


@pytest.mark.parametrize(
    ("limit", "total", "truncated", "calls"),
    [(10, 10, True, 1), (40, 40, False, 1), (39, 39, True, 1), (41, 40, False, 1)],
)
def test_a_limit_is_said(reader: Reader, limit: int, total: int, truncated: bool, calls: int) -> None:
    many(reader, "attack", 40)
    result = reader.run(limit=limit)
    assert (result["total"], result["truncated"]) == (total, truncated)
    assert bool(reader.warnings) == truncated
    assert all(f"More than {limit} logs match" in warning for warning in reader.warnings)
    assert reader.calls() == {LIST: calls}


def test_a_limit_over_several_addresses(reader: Reader) -> None:
    seed(reader, "attack", *ROWS)
    window: dict[str, Any] = {"start": "0", "end": "1000", "ips": ["192.0.2.1", "192.0.2.2"]}
    result = reader.run(limit=3, **window)
    assert (result["total"], result["truncated"]) == (3, True)
    assert reader.run(limit=4, **window)["truncated"] is False


def test_reads_are_repeated_and_refusals_are_not(reader: Reader) -> None:
    reader.emu.fault(call=LIST, nth=1, kind="status", status=503)
    assert reader.run()["total"] == 0
    assert reader.calls() == {LIST: 2}
    assert reader.fails(fw_instance_id="no-such-firewall")["error"]["code"] == "CFW.00200005"
    assert reader.calls() == {LIST: 1}


def test_bad_input(reader: Reader) -> None:
    assert "fw_instance_id" in reader.refuses(fw_instance_id=" ")
    assert "type" in reader.refuses(type=None)
    assert "type" in reader.refuses(type="acl")
    assert "log_type" in reader.refuses(log_type="lan")
    assert "no time zone" in reader.refuses(start="2026-11-21 10:00:00")
    assert "milliseconds" in reader.refuses(end="1718936272648")
    assert "earlier" in reader.refuses(start="1h", end="2h")
    assert "earlier" in reader.refuses(start="now")
    assert "1970" in reader.refuses(start="9999999d")
    assert "ips[0]" in reader.refuses(ips=["192.0.2.0/24"])
    assert "limit" in reader.refuses(limit=0)
    assert "limit" in reader.refuses(limit=50_001)
    assert "limit" in reader.refuses(limit=True)


# What the emulator can't do: rows that appear between pages, and answers in another shape


class Service:
    """A client with one list of logs, sorted by `key` downwards; `before` each page more logs may come."""

    def __init__(self, count: int, key: str = "event_time", arriving: int = 0, size: int = 0) -> None:
        self.rows = [{"log_id": f"{number:06}", key: number // 3} for number in range(count)]
        self.key, self.arriving, self.size, self.calls = key, arriving, size, 0

    def call(self, *_arguments: Any, body: dict[str, Any], **_options: Any) -> Response:
        if self.calls:
            first = len(self.rows)
            self.rows += [
                {"log_id": f"{number:06}", self.key: number // 3} for number in range(first, first + self.arriving)
            ]
        self.calls += 1
        rows = sorted(self.rows, key=lambda row: (row[self.key], row["log_id"]), reverse=True)
        if "log_id" in body:
            after = (body["next_date"], body["log_id"])
            rows = [row for row in rows if (row[self.key], row["log_id"]) < after]
        size = min(body["limit"], self.size or body["limit"])
        data = {"total": len(self.rows), "limit": size, "records": rows[:size]}
        return Response(200, {}, json.dumps({"data": data}).encode())


def window(kind: str = "attack") -> logs.Window:
    return logs.Window("fw", logs.TYPES[kind], "internet", NOW - 60, NOW)


def test_logs_that_arrive_meanwhile_lose_none_that_were_there() -> None:
    client: Any = Service(3000, arriving=7)
    reading = logs.read_logs(client, window(), lambda _record: True, 10_000)
    assert {f"{number:06}" for number in range(3000)} <= reading.ids
    assert reading.complete
    assert reading.missed > 0


def test_a_service_with_smaller_pages() -> None:
    client: Any = Service(500, size=100)
    assert len(logs.read_logs(client, window(), lambda _record: True, 10_000).kept) == 500


class Stuck(Service):
    """Answers the first page whatever is asked."""

    def call(self, *arguments: Any, body: dict[str, Any], **options: Any) -> Response:
        body = {key: value for key, value in body.items() if key not in ("log_id", "next_date")}
        return super().call(*arguments, body=body, **options)


def test_paging_without_progress_fails() -> None:
    client: Any = Stuck(2000)
    with pytest.raises(ApiError) as caught:
        logs.read_logs(client, window(), lambda _record: True, 10_000)
    assert caught.value.code == "list_incomplete"
    assert client.calls == 6


@pytest.mark.parametrize(
    "body",
    [b'{"data": null}', b'{"data": {"total": 1}}', b'{"data": {"total": 1, "records": [{"src_ip": "192.0.2.1"}]}}'],
)
def test_another_shape(body: bytes) -> None:
    class Odd:
        def call(self, *_arguments: Any, **_options: Any) -> Response:
            return Response(200, {}, body)

    client: Any = Odd()
    with pytest.raises(ApiError) as caught:
        logs.read_logs(client, window(), lambda _record: True, 10)
    assert caught.value.code == "unreadable_answer"


def test_memory_and_requests_of_fifty_thousand_logs() -> None:
    class Long:
        """Fifty thousand logs; the cursor's log_id is a position."""

        calls = 0

        def call(self, *_arguments: Any, body: dict[str, Any], **_options: Any) -> Response:
            self.calls += 1
            first = int(body.get("log_id", -1)) + 1
            numbers = range(first, min(first + body["limit"], 50_000))
            rows = [{"log_id": str(number), "end_time": -number, "app": f"app-{number % 9}"} for number in numbers]
            return Response(200, {}, json.dumps({"data": {"total": 50_000, "records": rows}}).encode())

    client: Any = Long()
    tracemalloc.start()
    try:
        reading = logs.read_logs(client, window("flow"), lambda _record: True, 50_000)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(reading.kept) == 50_000
    assert client.calls == 49
    assert most < 60 * 2**20
