# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_info: alerts and logs of a window, complete and exactly what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent import alert_search, fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_info import ALERT_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import page_of
from emulator import Emulator
from support.tencent import ALERTS, DAY, LOGS, Cloud, words
from support.tencent_info import Info

OWN = "198.51.100.20"
ATTACKER = "192.88.99.7"
INBOUND = {"log_id": "a" * 32, "event_id": "evt-in", "src_ip": ATTACKER, "dst_ip": OWN, "count": 138}
OUTBOUND = {
    "log_id": "b" * 32,
    "event_id": "evt-out",
    "direction": "outbound",
    "src_ip": OWN,
    "dst_ip": "192.88.99.80",
    "level": "low",
    "action_status": "blocked",
}
LATERAL = {"event_id": "evt-lat", "direction": "lateral", "src_ip": "10.0.0.7", "dst_ip": "10.0.0.8", "level": "middle"}


@pytest.fixture
def info(emu: Emulator) -> Info:
    emu.reset(rate_limit=0)
    now = emu.now()
    emu.seed(
        tencent={"alerts": [{**INBOUND, "at": now - 300}, {**OUTBOUND, "at": now - 200}, {**LATERAL, "at": now - 100}]}
    )
    return Info(emu, ALERT_INFO, run)


def found(result: Mapping[str, Any]) -> list[str]:
    assert result["total"] == len(result["alerts"])
    return [row["event_id"] for row in result["alerts"]]


def logs(result: Mapping[str, Any]) -> list[str]:
    return [row["log_id"] for row in result["logs"]]


def many(count: int, **changes: Any) -> list[dict[str, Any]]:
    now = time()
    rows = [{**INBOUND, "log_id": f"log-{n}", "event_id": f"evt-{n}", "at": now - 5000 + n} for n in range(count)]
    return [{**row, **changes} for row in rows]


def test_alerts_in_order_with_words_and_zone(info: Info) -> None:
    result = info.same_in_check_mode()
    assert found(result) == ["evt-in", "evt-out", "evt-lat"]
    assert "logs" not in result
    inbound, outbound, lateral = result["alerts"]
    assert (inbound["level"], inbound["direction"], inbound["status"]) == ("high", "inbound", "unhandled")
    assert (inbound["source_ips"], inbound["destination_ips"]) == ([ATTACKER], [OWN])
    assert (inbound["count"], inbound["current_event_id"]) == (138, "evt-in")
    assert inbound["first_seen"] == inbound["last_seen"]
    assert inbound["first_seen"].endswith("+08:00")
    assert inbound["raw"]["occurrence_count"] == 138
    assert [row["attackers"] for row in (inbound, outbound, lateral)] == [[ATTACKER], ["192.88.99.80"], []]
    assert info.emu.calls() == {ALERTS: 1}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"level": "low"}, ["evt-out"]),
        ({"level": ["low", "high"]}, ["evt-in", "evt-out"]),
        ({"direction": "lateral"}, ["evt-lat"]),
        ({"direction": ["inbound", "lateral"]}, ["evt-in", "evt-lat"]),
        ({"status": "blocked"}, ["evt-out"]),
        ({"status": ["unhandled", "handled"]}, ["evt-in", "evt-lat"]),
        ({"ips": OWN}, ["evt-in", "evt-out"]),
        ({"ips": f"{ATTACKER}, 10.0.0.8"}, ["evt-in", "evt-lat"]),
        ({"ips": OWN, "direction": "inbound"}, ["evt-in"]),
        ({"ips": "192.88.99.70"}, []),
        ({"ips": ["2001:db8::1", ATTACKER]}, ["evt-in"]),
        ({"alert_ids": "evt-out, evt-lat"}, ["evt-out", "evt-lat"]),
        ({"alert_ids": ["evt-out"], "level": "high"}, []),
        ({"alert_ids": "evt"}, []),
        ({"start": "250s"}, ["evt-out", "evt-lat"]),
        ({"end": "250s"}, ["evt-in"]),
        ({"start": "7d", "end": "1d"}, []),
    ],
)
def test_filters(info: Info, given: dict[str, Any], expected: list[str]) -> None:
    assert found(info.run(**given)) == expected


def test_what_the_service_filters_loosely_is_filtered_again(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    # A service that takes no notice of its filters.
    original = alert_search._queries
    monkeypatch.setattr(alert_search, "_queries", lambda search: [{} for _query in original(search)])
    assert found(info.run(level="low")) == ["evt-out"]
    assert found(info.run(ips=ATTACKER)) == ["evt-in"]
    assert found(info.run(alert_ids="evt-lat")) == ["evt-lat"]


def test_one_value_is_left_to_the_service_to_filter_by(info: Info) -> None:
    info.run(level="high", direction="inbound", status="unhandled")
    (sent,) = [row["body"] for row in info.emu.log]
    assert (sent["Level"], sent["Direction"], sent["ActionStatus"]) == ("high", "inbound", "unhandled")
    assert (sent["OrderBy"], sent["Order"], sent["Limit"], sent["Offset"]) == ("StartTime", "asc", 50, 0)
    info.run(ips=[ATTACKER])
    assert [(row["body"].get("SrcIp"), row["body"].get("DstIp")) for row in info.emu.log] == [
        (ATTACKER, None),
        (None, ATTACKER),
    ]
    info.run(ips=[f"192.88.99.{last}" for last in range(6)])
    assert info.emu.calls() == {ALERTS: 1}


def test_an_alert_that_was_put_together_anew(info: Info) -> None:
    info.emu.seed(tencent={"alerts": [{**INBOUND, "event_id": "old", "current_event_id": "new"}]})
    result = info.run(alert_ids="old,new")
    assert found(result) == ["old"]
    assert result["alerts"][0]["current_event_id"] == "new"


def test_an_ambiguous_id_is_an_error(info: Info) -> None:
    info.emu.seed(tencent={"alerts": [INBOUND]})
    assert info.fails(alert_ids="evt-in")["error"]["code"] == "FailedOperation"


@pytest.mark.parametrize("page", ["full", "short"])
def test_all_pages_of_alerts(info: Info, page: str) -> None:
    info.emu.switch(alert_page=page)
    info.emu.seed(tencent={"alerts": many(120)})
    result = info.run()
    assert len(set(found(result))) == 123
    assert info.emu.calls() == {ALERTS: 3}
    assert [row["body"]["Offset"] for row in info.emu.log] == [0, 50, 100]


def test_pages_become_smaller_when_the_answer_is_too_large(info: Info) -> None:
    info.emu.switch(alerts_too_large=20)
    info.emu.seed(tencent={"alerts": many(20)})
    assert len(found(info.run())) == 23
    assert [row["body"]["Limit"] for row in info.emu.log] == [50, 25, 12, 12]


def test_logs_beside_the_alerts(info: Info) -> None:
    result = info.same_in_check_mode(logs=True, direction="inbound")
    (log,) = result["logs"]
    assert (log["log_id"], log["event_id"], log["direction"], log["level"]) == ("a" * 32, "evt-in", "inbound", "high")
    assert (log["source_ips"], log["destination_ips"], log["attackers"]) == ([ATTACKER], [OWN], [ATTACKER])
    assert (log["source_port"], log["destination_port"]) == (40000, 443)
    assert log["first_seen"].endswith("+08:00")
    assert log["raw"]["SourceIp"] == ATTACKER
    assert info.emu.calls() == {ALERTS: 1, LOGS: 1}


@pytest.mark.parametrize("spelling", ["camel", "snake"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ips": OWN}, ["a" * 32, "b" * 32]),
        ({"level": "low"}, ["b" * 32]),
        ({"alert_ids": "evt-out"}, ["b" * 32]),
        ({"alert_ids": "a" * 32}, ["a" * 32]),
        ({"alert_ids": "evt-none"}, []),
        ({"start": "250s", "ips": OWN}, ["b" * 32]),
    ],
)
def test_filters_of_logs(info: Info, spelling: str, given: dict[str, Any], expected: list[str]) -> None:
    info.emu.switch(log_fields=spelling)
    assert logs(info.run(logs=True, **given)) == expected


@pytest.mark.parametrize("total", ["number", "text"])
def test_all_pages_of_logs(info: Info, total: str) -> None:
    info.emu.switch(logs_total_shown=total)
    info.emu.seed(tencent={"alerts": many(2400)})
    assert len(set(logs(info.run(logs=True, alert_ids="evt-7,log-8", level="high")))) == 2
    assert info.emu.calls() == {ALERTS: 2, LOGS: 3}


def test_more_logs_than_the_last_offset_reaches(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_search, "LAST_OFFSET", 100)
    monkeypatch.setattr(alert_search, "LOG_PAGE", 50)
    info.emu.seed(tencent={"alerts": many(400)})
    assert len(set(logs(info.run(logs=True, level="high")))) == 401
    assert all(row["body"]["Offset"] <= 100 for row in info.emu.log if row["call"] == LOGS)


def test_more_logs_in_a_second_than_the_service_shows(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_search, "LAST_OFFSET", 10)
    monkeypatch.setattr(alert_search, "LOG_PAGE", 5)
    info.emu.seed(tencent={"alerts": many(40, at=info.emu.now() - 50)})
    failure = info.fails(logs=True)
    assert failure["error"]["code"] == "list_incomplete"
    assert "one second" in failure["msg"]


def test_a_wrong_clock_of_the_controller_does_not_hide_alerts(info: Info) -> None:
    info.emu.advance(2 * DAY)
    info.emu.seed(tencent={"alerts": [{**INBOUND, "event_id": "evt-now"}]})
    assert found(info.run(start="1h")) == ["evt-now"]
    assert info.emu.calls() == {ALERTS: 2}


@pytest.mark.parametrize(
    "answer", [{"total": "many", "alerts": []}, {"total": 1}, {"total": 1, "alerts": ["text"]}, [], "no json", 7]
)
def test_an_odd_answer_is_no_empty_list(info: Info, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr(alert_search, "data_of", lambda _content, _action: answer)
    assert info.fails()["error"]["code"] == "unreadable_answer"


@pytest.mark.parametrize("kind", ["truncated_json", "not_json_200", "empty_200", "html"])
def test_a_broken_answer_is_asked_for_again(info: Info, kind: str) -> None:
    info.emu.fault(call=ALERTS, kind=kind)
    assert len(found(info.run())) == 3
    assert info.emu.calls()[ALERTS] == 2


def test_alerts_that_come_and_go_are_read_again(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    info.emu.seed(tencent={"alerts": many(60)})
    pages: list[int] = []

    def one_more_once(*given: Any) -> Any:
        rows, total = page_of(*given)
        pages.append(total)
        return rows, total + (len(pages) == 1)

    monkeypatch.setattr(alert_search, "page_of", one_more_once)
    assert len(found(info.run())) == 63
    assert info.emu.calls() == {ALERTS: 4}


def test_the_list_never_adds_up(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_search, "page_of", lambda *given: (page_of(*given)[0], 7))
    assert info.fails()["error"]["code"] == "list_incomplete"
    assert info.emu.calls() == {ALERTS: 6}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"start": "yesterday"}, "start 'yesterday' is no time"),
        ({"end": "2026-11-21 10:00:00"}, "no time zone"),
        ({"start": "1h", "end": "2h"}, "start 1h is not before end 2h"),
        ({"ips": "example.com"}, "ips[0]"),
        ({"alert_ids": "a b"}, "alert_ids[0]"),
    ],
)
def test_bad_input_is_refused(info: Info, given: dict[str, Any], said: str) -> None:
    assert said in info.refuses(**given)


def test_what_is_found_can_be_blocked(info: Info) -> None:
    cloud = Cloud(info.emu)
    alerts = info.run(direction="inbound")["alerts"]
    done = cloud.run(action="block", ips=alerts[0]["attackers"], duration="7d")
    assert words(done) == {ATTACKER: "created"}
    result = info.run(logs=True, direction="outbound")
    done = cloud.run(action="block", alert_ids=logs(result), alert_direction="outbound", duration="1d")
    assert words(done) == {"192.88.99.80": "created"}
    # An alert of which one log was acted on is told apart by its status.
    info.emu.clear_log()
    assert found(info.run(status="blocked")) == ["evt-out"]


# Fields


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-21 18:00:00", "2026-11-21T18:00:00+08:00"),
        ("2026-11-21T10:00:00Z", "2026-11-21T18:00:00+08:00"),
        ("2026-11-21T18:00:00+08:00", "2026-11-21T18:00:00+08:00"),
        ("2026-11-21T18:00:00", "2026-11-21T18:00:00+08:00"),
        (1795255200, "2026-11-21T18:00:00+08:00"),
        ("1795255200", "2026-11-21T18:00:00+08:00"),
        (1795255200000, "2026-11-21T18:00:00+08:00"),
        ("", None),
        (None, None),
        (0, None),
        ("0001-01-01 00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("soon", None),
        ("9" * 30, None),
        ([], None),
    ],
)
def test_times_in_any_spelling(value: Any, expected: str | None) -> None:
    assert fields.shown(value) == expected


def test_words_of_other_spellings() -> None:
    assert fields.level({"Level": "Medium"}) == "middle"
    assert fields.level({"level": "Grave"}) == "grave"
    assert [fields.direction({"Direction": value}) for value in (0, "1", 3, "OUT", 9)] == [
        "outbound",
        "inbound",
        "lateral",
        "outbound",
        "9",
    ]
    assert [fields.whole(value) for value in (7, "7", -1, True, "x", None, 1.5)] == [7, 7, None, None, None, None, None]


def test_the_international_site_has_no_such_call(info: Info) -> None:
    failure = info.fails(site="international")
    assert failure["error"]["code"] == "invalid_input"
    assert "has no DescribeCfwAlerts" in failure["error"]["message"]
    assert info.emu.calls() == {}
