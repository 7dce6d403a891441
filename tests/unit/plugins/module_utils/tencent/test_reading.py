# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists are read completely or not believed, and with as few calls as that takes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_search import alerts_between, logs_between
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Row
from emulator import Emulator
from emulator.tencent import Tencent
from support.tencent import LIST, QUOTA, Call, Cloud, Instead, options, rule, words

ATTACKER = "203.0.113.7"
BLOCK: dict[str, Any] = {"action": "block", "ips": ATTACKER, "duration": "7d"}


def others(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Rows that no target of a test meets, of one second, as of an import."""
    return [
        {"Ioc": f"198.51.{number // 200}.{number % 200}", "StartTime": "2026-01-01 00:00:00", **fields}
        for number in range(count)
    ]


def searches(cloud: Cloud) -> list[tuple[str, int, str]]:
    """Of each list call: the list, the offset and what was searched for."""
    bodies = [row["body"] for row in cloud.emu.log if row["call"] == LIST]
    return [(body["ShowType"], body["Offset"], body["SearchValue"]) for body in bodies]


# Long lists


def test_one_address_is_searched_for_and_the_allow_list_read_whole(cloud: Cloud) -> None:
    cloud.seed(blocklist=[*others(250), ATTACKER], whitelist=others(150))
    cloud.run(True, **BLOCK)
    assert searches(cloud) == [
        ("blocklist", 0, '{"common": "203.0.113.7"}'),
        ("whitelist", 0, "{}"),
        ("whitelist", 100, "{}"),
    ]


def test_several_addresses_are_looked_for_in_the_whole_list_if_that_takes_fewer_calls(cloud: Cloud) -> None:
    cloud.seed(blocklist=[*others(350), ATTACKER])
    ips = [f"203.0.113.{number}" for number in range(1, 8)]
    planned = cloud.run(True, action="block", ips=ips, duration="7d")
    assert words(planned)[ATTACKER] == "unchanged"
    assert [offset for name, offset, _search in searches(cloud) if name == "blocklist"] == [0, 100, 200, 300]
    assert {search for _name, _offset, search in searches(cloud)} == {"{}"}


def test_several_addresses_are_searched_for_one_by_one_in_a_long_list(cloud: Cloud) -> None:
    cloud.seed(blocklist=[*others(950), ATTACKER])
    planned = cloud.run(True, action="block", ips=[ATTACKER, "203.0.113.8"], duration="7d")
    assert words(planned) == {ATTACKER: "unchanged", "203.0.113.8": "created"}
    assert searches(cloud) == [
        ("blocklist", 0, "{}"),
        ("blocklist", 0, '{"common": "203.0.113.7"}'),
        ("blocklist", 0, '{"common": "203.0.113.8"}'),
        ("whitelist", 0, "{}"),
    ]


def test_a_long_allow_list_is_searched_and_what_that_misses_is_told_once(cloud: Cloud) -> None:
    cloud.seed(whitelist=[*others(450), {"Ioc": "203.0.113.0/24", "RuleType": 8}])
    done = cloud.run(**BLOCK)
    assert words(done) == {ATTACKER: "created"}
    assert rule(done)["shadowed_by"] == []
    assert [text for text in cloud.warnings if "shadowed_by" in text] == [
        "The allow list has 451 entries: it was searched for the targets, not read whole, so that shadowed_by "
        "does not name allowed prefixes around them."
    ]


def test_a_target_on_a_long_allow_list_is_found(cloud: Cloud) -> None:
    cloud.seed(whitelist=[*others(450), ATTACKER])
    assert words(cloud.fails(**BLOCK)) == {ATTACKER: "refused"}


def test_an_ipv6_address_is_looked_for_in_the_whole_of_a_long_list(cloud: Cloud) -> None:
    """Its spelling in the list is not known, so that a search could miss it."""
    cloud.emu.switch(ipv6_form="exploded")
    cloud.seed(blocklist=[*others(450), "2001:db8::7"], whitelist=others(250))
    done = cloud.run(action="block", ips="2001:db8::7", duration="7d")
    assert words(done) == {"2001:db8::7": "unchanged"}
    assert cloud.emu.calls() == {LIST: 8}
    assert cloud.warnings == ["Addresses of documentation ranges, from which no real traffic comes: 2001:db8::7"]


def test_a_fuzzy_hit_on_another_address_never_counts(cloud: Cloud) -> None:
    cloud.seed(
        blocklist=["11.1.1.1", "1.1.1.10", "21.1.1.19"],
        whitelist=["1.1.1.11", {"Ioc": "9.9.9.9", "Comment": "not 1.1.1.1"}],
    )
    done = cloud.thrice(action="block", ips="1.1.1.1", duration="7d")
    assert words(done) == {"1.1.1.1": "created"}
    done = cloud.thrice(action="block", ips="1.1.1.1", state="absent")
    assert words(done) == {"1.1.1.1": "removed"}
    assert set(cloud.blocked()) == {"11.1.1.1", "1.1.1.10", "21.1.1.19"}
    assert set(cloud.allowed()) == {"1.1.1.11", "9.9.9.9"}


def test_a_search_with_more_hits_than_a_page(cloud: Cloud) -> None:
    cloud.seed(blocklist=[*others(230, Comment=f"seen with {ATTACKER}"), ATTACKER])
    assert words(cloud.run(**BLOCK)) == {ATTACKER: "unchanged"}
    assert cloud.emu.calls() == {LIST: 4}


@pytest.mark.parametrize("count", [99, 100, 101, 200, 1000])
def test_a_list_of_whole_pages_takes_no_further_call(cloud: Cloud, count: int) -> None:
    cloud.seed(whitelist=others(count))
    cloud.run(True, action="block", ips=[f"203.0.113.{number}" for number in range(1, 20)], duration="7d")
    assert cloud.emu.calls() == {LIST: 1 + -(-count // 100), QUOTA: 1}


# Lists that do not add up


def test_pages_that_keep_shifting_are_not_believed(cloud: Cloud) -> None:
    cloud.emu.switch(shifting_pages=True)
    cloud.seed(whitelist=others(150))
    failure = cloud.fails(**BLOCK)
    assert (failure["error"]["code"], failure["changed"]) == ("list_incomplete", False)
    assert failure["error"]["message"].endswith(" records but counts 150, 3 times in a row")
    assert failure["error"]["hint"] == "Nothing was decided on an incomplete list; run it again in a minute"
    assert (cloud.emu.writes(), cloud.emu.calls()) == (0, {LIST: 7})


def test_pages_that_shift_once_are_read_again(cloud: Cloud, instead: Instead) -> None:
    """A row that comes twice hides another one."""
    offsets: list[int] = []

    def shifting(_tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        answer = call()
        if body["ShowType"] == "whitelist":
            offsets.append(body["Offset"])
            if len(offsets) == 2:
                twice = {**answer["Data"][0], "UniqueId": "1250000000-198.51.0.0-1-2"}
                answer["Data"] = [twice, *answer["Data"][1:]]
        return answer

    instead(LIST, shifting)
    cloud.seed(whitelist=others(150))
    assert words(cloud.run(True, **BLOCK)) == {ATTACKER: "created"}
    assert offsets == [0, 100, 0, 100]


def test_a_row_that_is_added_while_pages_are_read_is_read_too(cloud: Cloud, instead: Instead) -> None:
    def growing(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        answer = call()
        if body["ShowType"] == "whitelist" and body["Offset"] == 0:
            tencent.lists.seed("whitelist", ATTACKER)
        return answer

    instead(LIST, growing)
    cloud.seed(whitelist=others(150))
    assert words(cloud.fails(**BLOCK)) == {ATTACKER: "refused"}


def test_a_page_that_ends_too_early_is_not_the_end(cloud: Cloud, instead: Instead) -> None:
    def short(_tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        answer = call()
        return {**answer, "Data": [] if body["Offset"] else answer["Data"]}

    instead(LIST, short)
    cloud.seed(whitelist=others(150))
    failure = cloud.fails(**BLOCK)
    assert failure["error"]["message"] == "The list of allow rules shows 100 records but counts 150, 3 times in a row"
    assert cloud.emu.writes() == 0


def test_rows_without_an_id_are_told_apart_by_all_they_say(cloud: Cloud, instead: Instead) -> None:
    def anonymous(_tencent: Tencent, _body: dict[str, Any], call: Call) -> dict[str, Any]:
        answer = call()
        return {**answer, "Data": [{**row, "UniqueId": None} for row in answer["Data"]]}

    instead(LIST, anonymous)
    cloud.seed(whitelist=others(150))
    assert words(cloud.run(**BLOCK)) == {ATTACKER: "created"}


@pytest.mark.parametrize("limit", [99, 10])
def test_a_service_that_takes_smaller_pages_only_says_so(cloud: Cloud, limit: int) -> None:
    cloud.emu.switch(list_limit_max=limit)
    failure = cloud.fails(**BLOCK)
    assert failure["error"]["code"] == "InvalidParameter"


# Answers of another shape


@pytest.mark.parametrize("changes", [{"Data": None}, {"Data": None, "Total": 0}, {"Data": [], "Total": 0}])
def test_an_empty_list(cloud: Cloud, instead: Instead, changes: dict[str, Any]) -> None:
    instead(LIST, lambda _tencent, _body, call: {**call(), **changes})
    planned = cloud.run(True, **BLOCK)
    assert words(planned) == {ATTACKER: "created"}


@pytest.mark.parametrize(
    "changes",
    [
        {"Data": None, "Total": 1},
        {"Data": {}, "Total": 0},
        {"Data": "[]", "Total": 0},
        {"Data": [None], "Total": 1},
        {"Data": ["203.0.113.7"], "Total": 1},
        {"Data": [], "Total": None},
    ],
)
def test_a_list_of_another_shape_is_not_believed(cloud: Cloud, instead: Instead, changes: dict[str, Any]) -> None:
    instead(LIST, lambda _tencent, _body, call: {**call(), **changes})
    failure = cloud.fails(**BLOCK)
    assert failure["error"]["code"] == "unreadable_answer"
    assert (
        failure["error"]["message"]
        == "The answer to DescribeBlockIgnoreList has a shape that the API page does not know"
    )
    assert len(failure["error"]["request_id"]) == 36
    assert cloud.emu.writes() == 0


def test_a_return_code_of_a_list_is_a_failure(cloud: Cloud, instead: Instead) -> None:
    instead(LIST, lambda _tencent, _body, _call: {"ReturnCode": -1, "ReturnMsg": "fail"})
    failure = cloud.fails(**BLOCK)
    assert (failure["error"]["code"], failure["changed"]) == ("ReturnCode.-1", False)
    assert failure["error"]["message"] == f"{LIST} answered ReturnCode -1: fail"
    assert cloud.emu.writes() == 0


def test_a_return_code_without_a_message(cloud: Cloud, instead: Instead) -> None:
    instead(LIST, lambda _tencent, _body, _call: {"ReturnCode": 5})
    assert cloud.fails(**BLOCK)["error"]["message"] == f"{LIST} answered ReturnCode 5: no message"


# Logs and alerts, whose Data is JSON inside a string


class Logs:
    """Answers to DescribeLogs and DescribeCfwAlerts, page by page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, emu: Emulator, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

        def answer(_tencent: Tencent, body: dict[str, Any]) -> dict[str, Any]:
            self.bodies.append(body)
            return self.answers.pop(0)

        monkeypatch.setattr(Tencent, "_describe_logs", answer)
        monkeypatch.setattr(Tencent, "_describe_alerts", answer)
        emu.reset(rate_limit=0)
        params = options(action="block", state="absent")
        self.client = TencentCfw(params, Context(environ=emu.environ, home="/nonexistent"), CallLog())

    def of_log(self, log_id: str) -> list[Row]:
        return logs_between(self.client, 0.0, 1.0, [{"Name": "log_id", "OperatorType": 1, "Values": [log_id]}])

    def of_alert(self, event_id: str, start: float = 0.0, end: float = 1.0) -> list[Row]:
        return alerts_between(self.client, start, end, {"EventId": event_id})


@pytest.mark.parametrize(
    "data",
    [
        '[{"log_id": "a"}]',
        '{"logs": [{"log_id": "a"}]}',
        [{"log_id": "a"}],
        {"logs": [{"log_id": "a"}]},
    ],
)
def test_logs_in_whatever_wrapping(emu: Emulator, monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    logs = Logs(monkeypatch, emu, {"Data": data, "Total": 1})
    assert logs.of_log("a") == [{"log_id": "a"}]


@pytest.mark.parametrize("data", ["[]", "", " ", None, "null", "{}", []])
def test_no_logs(emu: Emulator, monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    logs = Logs(monkeypatch, emu, {"Data": data, "Total": 0})
    assert logs.of_log("a") == []
    assert len(logs.bodies) == 1


@pytest.mark.parametrize("answer", [{}, {"Data": "[]"}, {"Data": "7", "Total": 0}, {"Data": "[null]", "Total": 1}])
def test_logs_of_another_shape_are_not_taken_for_none(
    emu: Emulator, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    logs = Logs(monkeypatch, emu, answer)
    with pytest.raises(ApiError) as caught:
        logs.of_log("a")
    assert caught.value.code == "unreadable_answer"


def test_logs_are_paged(emu: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = Logs(
        monkeypatch,
        emu,
        {"Data": '[{"log_id": "a"}, {"log_id": "b"}]', "Total": 3},
        {"Data": '[{"log_id": "c"}]', "Total": 3},
    )
    assert [row["log_id"] for row in logs.of_log("a")] == ["a", "b", "c"]
    assert [body["Offset"] for body in logs.bodies] == [0, 2]


def test_logs_that_end_too_early_are_not_believed(emu: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    half = {"Data": '[{"log_id": "a"}]', "Total": 3}
    logs = Logs(monkeypatch, emu, *[half, {"Data": "[]", "Total": 3}] * 3)
    with pytest.raises(ApiError) as caught:
        logs.of_log("a")
    assert caught.value.code == "list_incomplete"


@pytest.mark.parametrize("call", ["alert_logs", "alerts"])
def test_data_that_is_no_json(emu: Emulator, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    logs = Logs(monkeypatch, emu, {"Data": "{"})
    ask = {
        "alerts": lambda: logs.of_alert("a"),
        "alert_logs": lambda: logs.of_log("a"),
    }
    with pytest.raises(ApiError) as caught:
        ask[call]()
    assert (caught.value.code, caught.value.outcome) == ("unreadable_answer", Outcome.UNKNOWN)
    assert caught.value.message.startswith("The answer to Describe")
    assert len(caught.value.request_id) == 36


def test_alerts_are_asked_for_by_exact_id(emu: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = Logs(monkeypatch, emu, {"Data": '{"alerts": [{"event_id": "a"}], "total": 1}'})
    assert logs.of_alert("a", 1795262400.0, 1795266000.0) == [{"event_id": "a"}]
    assert logs.bodies == [
        {
            "EventId": "a",
            "StartTime": "2026-11-21 20:00:00",
            "EndTime": "2026-11-21 21:00:00",
            "OrderBy": "StartTime",
            "Order": "asc",
            "Limit": 50,
            "Offset": 0,
        }
    ]
