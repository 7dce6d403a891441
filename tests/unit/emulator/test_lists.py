# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's block and allow lists: what is refused, merging, deletion, quota, search and paging."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from emulator import Emulator
from emulator.client import RawClient, alert_rule_body, list_body

PERMANENT = "3000-01-01 00:00:00"
IPV6 = "2001:DB8::9"


def code(answer: dict[str, Any]) -> str | None:
    """The error code of a Response, None of a success."""
    found: str | None = answer.get("Error", {}).get("Code")
    return found


def block(client: RawClient, *ips: str, **changes: Any) -> dict[str, Any]:
    return client.call("CreateAlertCenterRule", alert_rule_body(*ips, **changes))


def rule(ioc: str = "203.0.113.9", directions: str = "1", end: str = PERMANENT, **more: Any) -> dict[str, Any]:
    return {"Ioc": ioc, "DirectionList": directions, "EndTime": end, **more}


def create(client: RawClient, *rules: dict[str, Any], rule_type: int = 1, **more: Any) -> dict[str, Any]:
    return client.call("CreateBlockIgnoreRuleNew", {"RuleType": rule_type, "Rules": list(rules), **more})


def delete(client: RawClient, *rules: tuple[str, int, str], **more: Any) -> dict[str, Any]:
    items = [{"Ioc": ioc, "RuleType": rule_type, "DirectionList": directions} for ioc, rule_type, directions in rules]
    return client.call("DeleteBlockIgnoreRuleNew", {"DeleteAll": 0, "ShowType": "blocklist", "Rules": items, **more})


def brief(client: RawClient, show_type: str = "blocklist") -> list[tuple[str, str]]:
    return [(row["Ioc"], row["DirectionList"]) for row in client.rows(show_type)]


def iocs(client: RawClient, **changes: Any) -> list[str]:
    return [row["Ioc"] for row in client.rows(**changes)]


# CreateAlertCenterRule


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"HandleTime": None}, "MissingParameter"),
        ({"HandleType": None}, "MissingParameter"),
        ({"AlertDirection": None}, "MissingParameter"),
        ({"HandleDirection": None}, "MissingParameter"),
        ({"HandleTime": 3}, "InvalidParameter"),
        ({"HandleTime": "7"}, "InvalidParameter"),
        ({"HandleType": 1}, "InvalidParameter"),
        ({"HandleType": 2}, "InvalidParameter"),
        ({"HandleType": 5}, "InvalidParameter"),
        ({"HandleIpList": None, "HandleIdList": ["a"]}, "InvalidParameter"),
        ({"HandleIdList": ["a"]}, "InvalidParameter"),
        ({"HandleIpList": None}, "InvalidParameter"),
        ({"HandleIpList": []}, "InvalidParameter"),
        ({"HandleIpList": "203.0.113.9"}, "InvalidParameter"),
        ({"HandleIpList": ["203.0.113.9", "203.0.113.9"]}, "InvalidParameter"),
        ({"HandleIpList": [f"203.0.{n}.1" for n in range(101)]}, "InvalidParameter"),
        ({"HandleIpList": ["203.0.113.9/32"]}, "InvalidParameter"),
        ({"HandleIpList": ["attacker.example"]}, "InvalidParameter"),
        ({"HandleIpList": ["fe80::1%eth0"]}, "InvalidParameter"),
        ({"HandleIpList": [1]}, "InvalidParameter"),
        ({"AlertDirection": 3}, "InvalidParameter"),
        ({"AlertDirection": "1"}, "InvalidParameter"),
        ({"HandleDirection": "1,0"}, "InvalidParameter"),
        ({"HandleDirection": 1}, "InvalidParameter"),
        ({"HandleDirection": ""}, "InvalidParameter"),
        ({"HandleComment": "x" * 51}, "InvalidParameter"),
        ({"IgnoreReason": 1}, "InvalidParameter"),
        ({"HandleType": 3, "IgnoreReason": 4}, "InvalidParameter"),
        ({"Reason": "x"}, "UnknownParameter"),
    ],
)
def test_alert_rule_refuses(emu: Emulator, client: RawClient, changes: dict[str, Any], expected: str) -> None:
    assert code(block(client, "203.0.113.9", **changes)) == expected
    state = emu.state()["tencent"]
    assert (state["blocklist"], state["whitelist"], emu.log[0]["committed"]) == ([], [], False)


def test_alert_rule_makes_a_row(emu: Emulator, client: RawClient) -> None:
    emu.advance(1_800_000_000 - emu.now())
    comment = "ir:case1; 中" + "x" * 38
    answer = block(client, "203.0.113.9", HandleDirection="0,1", HandleComment=comment, BlockDomain="")
    assert {**answer, "RequestId": ""} == {"ReturnCode": 0, "ReturnMsg": "success", "Status": 0, "RequestId": ""}
    (row,) = client.rows()
    assert row == {
        "RuleType": 1,
        "Ioc": "203.0.113.9",
        "IocName": "",
        "IocInfo": "",
        "Domain": "",
        "IP": "203.0.113.9",
        "Level": "",
        "EventName": "",
        "Direction": 1,
        "DirectionList": "1,0",
        "Protocol": "",
        "Address": "",
        "Country": "",
        "Action": 1,
        "StartTime": row["StartTime"],
        "EndTime": row["EndTime"],
        "IgnoreReason": "0",
        "Source": row["Source"],
        "UniqueId": "1250000000-203.0.113.9-1-1",
        "MatchTimes": 0,
        "Comment": comment,
        "LastHitTime": "",
        "CustomRule": {"SrcIP": "", "DstIP": "", "IdsRuleName": "", "IdsRuleId": ""},
        "FwType": 15,
    }
    assert re.fullmatch(r"2027-01-15 16:00:0\d", row["StartTime"])
    assert re.fullmatch(r"2027-01-22 16:00:0\d", row["EndTime"])


@pytest.mark.parametrize(("days", "end"), [(1, "2027-01-16 16:00"), (7, "2027-01-22 16:00"), (-2, PERMANENT[:16])])
def test_handle_time(emu: Emulator, client: RawClient, days: int, end: str) -> None:
    emu.advance(1_800_000_000 - emu.now())
    block(client, "203.0.113.9", HandleTime=days)
    assert client.rows()[0]["EndTime"].startswith(end)


def test_allowing_makes_a_row_on_the_other_list(client: RawClient) -> None:
    block(client, "203.0.113.9")
    block(client, "203.0.113.9", HandleType=3, IgnoreReason=2, HandleDirection="3")
    assert brief(client) == [("203.0.113.9", "1")]
    (row,) = client.rows("whitelist")
    assert (row["RuleType"], row["Action"], row["IgnoreReason"], row["DirectionList"]) == (2, 2, "2", "3")


def test_switch_handle_type_swapped(emu: Emulator, client: RawClient) -> None:
    emu.switch(handle_type_swapped=True)
    emu.seed(tencent={"alerts": [{"log_id": "a", "src_ip": "203.0.113.1", "dst_ip": "198.51.100.1"}]})
    block(client, "203.0.113.9", HandleType=4)
    block(client, "203.0.113.8", HandleType=3)
    block(client, HandleIpList=None, HandleIdList=["a"], HandleType=1)
    assert sorted(iocs(client)) == ["203.0.113.1", "203.0.113.8"]
    assert iocs(client, show_type="whitelist") == ["203.0.113.9"]


def test_switch_duplicate_alert_rule(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": "203.0.113.9", "DirectionList": "1", "Comment": "old"}]})
    answer = block(client, "203.0.113.9", HandleDirection="0")
    assert (answer["ReturnCode"], answer["Status"]) == (0, -3)
    assert brief(client) == [("203.0.113.9", "1")]
    emu.switch(duplicate_alert_rule="merge")
    assert block(client, "203.0.113.9", HandleDirection="0", HandleComment="new")["Status"] == 0
    (row,) = client.rows()
    assert (row["DirectionList"], row["Comment"]) == ("1,0", "new")
    assert row["EndTime"] != PERMANENT


@pytest.mark.parametrize(
    ("mode", "left"), [("stop", ["203.0.113.1"]), ("nothing", []), ("others", ["203.0.113.1", "203.0.113.3"])]
)
def test_switch_alert_center_on_bad_item(emu: Emulator, client: RawClient, mode: str, left: list[str]) -> None:
    emu.switch(alert_center_on_bad_item=mode)
    emu.seed(tencent={"blocklist": ["203.0.113.2"]})
    assert block(client, "203.0.113.1", "203.0.113.2", "203.0.113.3")["Status"] == -3
    assert sorted(iocs(client)) == sorted([*left, "203.0.113.2"])


def test_switch_alert_center_partial(emu: Emulator, client: RawClient) -> None:
    emu.switch(alert_center_partial=2)
    assert block(client, "203.0.113.1", "203.0.113.2", "203.0.113.3")["Status"] == 0
    assert sorted(iocs(client)) == ["203.0.113.1", "203.0.113.2"]


def test_switch_alert_center_status(emu: Emulator, client: RawClient) -> None:
    for status in (-1, -3):
        emu.switch(alert_center_status=status)
        answer = block(client, "203.0.113.9")
        assert (answer["ReturnCode"], answer["ReturnMsg"], answer["Status"]) == (0, "success", status)
    assert client.rows() == []


def test_switch_alert_center_return_code(emu: Emulator, client: RawClient) -> None:
    emu.switch(alert_center_return_code=-1)
    answer = block(client, "203.0.113.9")
    assert (answer["ReturnCode"], answer["ReturnMsg"], answer["Status"]) == (-1, "fail", 0)
    assert client.rows() == []


# CreateBlockIgnoreRuleNew


@pytest.mark.parametrize(
    ("rule_type", "item", "expected"),
    [
        (1, rule(directions="1"), None),
        (1, rule(directions="0,1"), None),
        (1, rule(directions="1,0"), None),
        (1, rule(directions="5"), "InvalidParameter"),
        (1, rule(directions=""), "InvalidParameter"),
        (1, rule(directions="1,1"), "InvalidParameter"),
        (1, rule(directions="0, 1"), "InvalidParameter"),
        (1, rule("203.0.113.0/24"), "InvalidParameter"),
        (1, rule("attacker.example"), "InvalidParameter"),
        (2, rule(directions="0,1"), None),
        (2, rule(directions="5,6"), "InvalidParameter"),
        (2, rule("10.0.0.9", "5,6"), None),
        (2, rule("fd00::9", "6"), None),
        (2, rule("10.0.0.9", "1"), "InvalidParameter"),
        (3, rule("good.example", "0,6"), None),
        (3, rule("good.example", "1"), "InvalidParameter"),
        (4, rule("intel-1", "1,0"), None),
        (4, rule("intel-1", "1"), "InvalidParameter"),
        (5, rule("ins-1", "5"), None),
        (5, rule("ins-1", "0"), "InvalidParameter"),
        (6, rule("", "0,5", CustomRule={"SrcIP": "203.0.113.9"}, FwType=1), None),
        (6, rule("", "0"), "MissingParameter"),
        (6, rule("", "0", CustomRule={}, FwType=32), "InvalidParameter"),
        (3, rule(" ", "0"), "InvalidParameter"),
        (7, rule(), "InvalidParameter"),
        (1, rule(end="2001-01-01 00:00:00"), "InvalidParameter"),
        (1, rule(end="3000-1-1 00:00:00"), "InvalidParameter"),
        (1, rule(end="3000-01-01T00:00:00"), "InvalidParameter"),
        (1, rule(Comment="x" * 200), None),
        (1, rule(Comment="x" * 201), "InvalidParameter"),
        (1, rule(StartTime=PERMANENT), "UnknownParameter"),
        (1, {"Ioc": "203.0.113.9", "DirectionList": "1"}, "MissingParameter"),
        (1, {"Ioc": "203.0.113.9", "EndTime": PERMANENT}, "MissingParameter"),
        (1, {"DirectionList": "1", "EndTime": PERMANENT}, "MissingParameter"),
        (1, rule(Comment=5), "InvalidParameter"),
    ],
)
def test_rule_new(emu: Emulator, client: RawClient, rule_type: int, item: dict[str, Any], expected: str | None) -> None:
    answer = create(client, item, rule_type=rule_type)
    assert code(answer) == expected
    if not expected:
        assert set(answer) == {"RequestId"}
    state = emu.state()["tencent"]
    assert len(state["blocklist"]) + len(state["whitelist"]) == (0 if expected else 1)


def test_rule_new_request(client: RawClient) -> None:
    assert code(create(client)) is None
    assert code(create(client, CoverDuplicate=2)) == "InvalidParameter"
    assert code(create(client, CoverDuplicate="1")) == "InvalidParameter"
    assert code(create(client, CfwAiAgentOperationSource="me")) == "InvalidParameter"
    assert code(create(client, CfwAiAgentOperationSource="console")) is None
    assert code(create(client, *[rule(f"203.0.{n}.1") for n in range(101)])) == "InvalidParameter"
    assert code(create(client, ShowType="blocklist")) == "UnknownParameter"
    assert code(client.call("CreateBlockIgnoreRuleNew", {"Rules": []})) == "MissingParameter"
    assert code(client.call("CreateBlockIgnoreRuleNew", {"RuleType": 1})) == "MissingParameter"


def test_rule_new_is_all_or_nothing_about_its_input(client: RawClient) -> None:
    assert code(create(client, rule("203.0.113.1"), rule("203.0.113.2", "7"))) == "InvalidParameter"
    assert client.rows() == []


def test_rule_new_updates_and_merges(emu: Emulator, client: RawClient) -> None:
    create(client, rule(directions="1", Comment="old"))
    first = client.rows()[0]
    emu.advance(60)
    create(client, rule(directions="0", end="2999-12-31 23:59:59"))
    (row,) = client.rows()
    assert (row["DirectionList"], row["EndTime"], row["Comment"]) == ("1,0", "2999-12-31 23:59:59", "")
    assert row["StartTime"] == first["StartTime"]


def test_rule_new_end_time_is_judged_in_china(emu: Emulator, client: RawClient) -> None:
    emu.advance(1_800_000_000 - emu.now())
    assert code(create(client, rule(end="2027-01-15 15:59:59"))) == "InvalidParameter"
    assert code(create(client, rule(end="2027-01-15 16:01:00"))) is None


@pytest.mark.parametrize(
    ("cover", "directions", "blocked", "allowed"),
    [
        (None, "1,0", [("203.0.113.9", "1,0")], [("203.0.113.9", "1")]),
        (0, "1,0", [], [("203.0.113.9", "1")]),
        (0, "0", [("203.0.113.9", "0")], [("203.0.113.9", "1")]),
        (1, "1,0", [("203.0.113.9", "1,0")], []),
        (1, "0", [("203.0.113.9", "0")], [("203.0.113.9", "1")]),
    ],
)
def test_cover_duplicate(
    emu: Emulator,
    client: RawClient,
    cover: int | None,
    directions: str,
    blocked: list[tuple[str, str]],
    allowed: list[tuple[str, str]],
) -> None:
    emu.seed(tencent={"whitelist": [{"Ioc": "203.0.113.9", "DirectionList": "1"}]})
    more = {} if cover is None else {"CoverDuplicate": cover}
    assert code(create(client, rule(directions=directions), **more)) is None
    assert (brief(client), brief(client, "whitelist")) == (blocked, allowed)


def test_cover_duplicate_narrows_the_opposite_row(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": "203.0.113.9", "DirectionList": "0,1"}]})
    create(client, rule(directions="1"), rule_type=2, CoverDuplicate=1)
    assert brief(client) == [("203.0.113.9", "0")]


def test_cover_duplicate_folds_repeated_items(client: RawClient) -> None:
    first, second = rule(directions="1", Comment="one"), rule(directions="0", Comment="two")
    create(client, first, second, CoverDuplicate=1)
    assert [(row["DirectionList"], row["Comment"]) for row in client.rows()] == [("1,0", "one")]
    create(client, rule("203.0.113.8", "1", Comment="one"), rule("203.0.113.8", "0", Comment="two"))
    row = next(row for row in client.rows() if row["Ioc"] == "203.0.113.8")
    assert (row["DirectionList"], row["Comment"]) == ("1,0", "two")


# DeleteBlockIgnoreRuleNew


def test_delete(emu: Emulator, client: RawClient) -> None:
    emu.seed(
        tencent={
            "blocklist": [{"Ioc": "203.0.113.9", "DirectionList": "0,1"}, "203.0.113.8"],
            "whitelist": ["203.0.113.9"],
        }
    )
    assert code(delete(client, ("203.0.113.9", 1, "1"))) == "InvalidParameter"
    assert code(delete(client, ("203.0.113.9", 1, "0,1"), ("203.0.113.9", 2, "1"))) == "InvalidParameter"
    assert len(client.rows()) == 2
    answer = delete(client, ("203.0.113.9", 1, "0,1"), ("203.0.113.7", 1, "1"))
    assert set(answer) == {"RequestId"}
    assert (iocs(client), iocs(client, show_type="whitelist")) == (["203.0.113.8"], ["203.0.113.9"])
    delete(client, ("203.0.113.9", 2, "1"))
    assert iocs(client, show_type="whitelist") == []


def test_delete_wants_the_address_as_listed(emu: Emulator, client: RawClient) -> None:
    emu.switch(ipv6_form="exploded")
    emu.seed(tencent={"blocklist": [IPV6]})
    delete(client, (IPV6, 1, "1"))
    (row,) = client.rows()
    delete(client, (row["Ioc"], 1, "1"))
    assert client.rows() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DeleteAll": None}, "MissingParameter"),
        ({"ShowType": None}, "MissingParameter"),
        ({"ShowType": "all"}, "InvalidParameter"),
        ({"Rules": None}, "InvalidParameter"),
        ({"Rules": []}, "InvalidParameter"),
        ({"Rules": [{"Ioc": "203.0.113.9", "RuleType": 1}]}, "MissingParameter"),
        ({"Rules": [rule()]}, "UnknownParameter"),
        ({"All": 1}, "UnknownParameter"),
        ({"RuleType": 9}, None),
    ],
)
def test_delete_input(client: RawClient, changes: dict[str, Any], expected: str | None) -> None:
    body = {
        "DeleteAll": 0,
        "ShowType": "blocklist",
        "Rules": [{"Ioc": "203.0.113.9", "RuleType": 1, "DirectionList": "1"}],
    }
    body = {name: value for name, value in {**body, **changes}.items() if value is not None}
    assert code(client.call("DeleteBlockIgnoreRuleNew", body)) == expected


def test_delete_all_is_a_violation(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": ["203.0.113.9"]})
    assert emu.state()["violations"] == []
    answer = client.call("DeleteBlockIgnoreRuleNew", {"DeleteAll": 1, "ShowType": "blocklist"})
    assert code(answer) == "InvalidParameter"
    assert emu.state()["violations"] == ["DeleteAll 1 for the blocklist"]
    assert iocs(client) == ["203.0.113.9"]


# DescribeBlockIgnoreList


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"SearchValue": "{}", "RuleType": 1}, None),
        ({"Limit": None}, "MissingParameter"),
        ({"Offset": None}, "MissingParameter"),
        ({"Direction": None}, "MissingParameter"),
        ({"Order": None}, "MissingParameter"),
        ({"By": None}, "MissingParameter"),
        ({"ShowType": None}, "MissingParameter"),
        ({"Limit": 0}, "InvalidParameter"),
        ({"Limit": 101}, "InvalidParameter"),
        ({"Limit": "100"}, "InvalidParameter"),
        ({"Offset": -1}, "InvalidParameter"),
        ({"Direction": 1}, "InvalidParameter"),
        ({"Direction": "2"}, "InvalidParameter"),
        ({"Order": "EndTime", "By": "desc"}, "InvalidParameter"),
        ({"By": "Ioc"}, "InvalidParameter"),
        ({"ShowType": "block"}, "InvalidParameter"),
        ({"RuleType": 2}, "InvalidParameter"),
        ({"SearchValue": ""}, "InvalidParameter"),
        ({"SearchValue": "[]"}, "InvalidParameter"),
        ({"SearchValue": {}}, "InvalidParameter"),
        ({"SearchValue": '{"common": 1}'}, "InvalidParameter"),
        ({"SearchValue": '{"service_type": "x"}'}, "InvalidParameter"),
        ({"Page": 1}, "UnknownParameter"),
    ],
)
def test_list_input(client: RawClient, changes: dict[str, Any], expected: str | None) -> None:
    body = {name: value for name, value in {**list_body("blocklist"), **changes}.items() if value is not None}
    assert code(client.call("DescribeBlockIgnoreList", body)) == expected


def test_list_answer(emu: Emulator, client: RawClient) -> None:
    emu.seed(
        tencent={
            "whitelist": [
                {"Ioc": "203.0.113.9", "Source": "b"},
                {"Ioc": "good.example", "RuleType": 3, "DirectionList": "0,6", "Source": "a"},
                {"Ioc": "203.0.113.8", "Source": "b", "Level": "high"},
            ]
        }
    )
    answer = client.call("DescribeBlockIgnoreList", {**list_body("whitelist"), "Limit": 2})
    assert (answer["Total"], len(answer["Data"]), answer["ReturnCode"], answer["ReturnMsg"]) == (3, 2, 0, "success")
    assert (answer["SourceList"], answer["RuleTypeDataList"]) == (["a", "b"], [0, 2, 1, 0, 0, 0, 0])
    rows = {row["Ioc"]: row for row in client.rows("whitelist")}
    assert (rows["good.example"]["Domain"], rows["good.example"]["IP"]) == ("good.example", "")
    assert (rows["203.0.113.8"]["Domain"], rows["203.0.113.8"]["Level"]) == ("", "high")


def test_direction_filter(emu: Emulator, client: RawClient) -> None:
    rows = [("203.0.113.1", "1"), ("203.0.113.2", "0"), ("203.0.113.3", "0,1"), ("10.0.0.4", "3"), ("10.0.0.5", "5,6")]
    emu.seed(tencent={"whitelist": [{"Ioc": ioc, "DirectionList": directions} for ioc, directions in rows]})

    def last(direction: str) -> list[str]:
        return sorted(ioc[-1] for ioc in iocs(client, show_type="whitelist", Direction=direction))

    assert [last(direction) for direction in ("", "1", "0", "3")] == [list("12345"), list("13"), list("23"), list("45")]


def test_order(emu: Emulator, client: RawClient) -> None:
    for number, (end, hits) in enumerate([("2030-01-01", 5), ("2029-01-01", 9), ("2031-01-01", 1)]):
        row = {"Ioc": f"203.0.113.{number}", "EndTime": f"{end} 00:00:00", "MatchTimes": hits, "StartTime": number}
        emu.seed(tencent={"blocklist": [row]})

    def last(by: str, order: str) -> str:
        return "".join(ioc[-1] for ioc in iocs(client, By=by, Order=order))

    assert [last("EndTime", "desc"), last("EndTime", "asc")] == ["201", "102"]
    assert [last("StartTime", "desc"), last("MatchTimes", "desc")] == ["210", "102"]


def test_switch_search(emu: Emulator, client: RawClient) -> None:
    """The one known side of it: a part of an address finds it."""
    emu.seed(
        tencent={
            "blocklist": [
                "1.1.1.1",
                "11.1.1.1",
                "1.1.1.10",
                {"Ioc": "203.0.113.9", "Comment": "was 1.1.1.1", "Address": "Nowhere", "IgnoreReason": "2"},
            ]
        }
    )

    def found(**search: str) -> list[str]:
        return sorted(iocs(client, SearchValue=json.dumps(search)))

    assert found(common="1.1.1.1") == ["1.1.1.1", "1.1.1.10", "11.1.1.1", "203.0.113.9"]
    assert found(domain="1.1.1.1") == ["1.1.1.1", "1.1.1.10", "11.1.1.1"]
    assert found(common="9.9.9.9") == []
    assert found(address="nowhere", ignore_reason="2", rule_source="添加") == ["203.0.113.9"]
    assert found(level="high") == []
    assert emu.state()["switches"]["search"] == "fuzzy"


def test_pages_and_switch_list_limit_max(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [f"203.0.113.{number}" for number in range(5)]})
    pages = [iocs(client, Limit=2, Offset=offset) for offset in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert len({ioc for page in pages for ioc in page}) == 5
    emu.switch(list_limit_max=2)
    assert code(client.call("DescribeBlockIgnoreList", {**list_body("blocklist"), "Limit": 3})) == "InvalidParameter"


def test_switch_shifting_pages(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [f"203.0.113.{number}" for number in range(50)]})
    assert iocs(client) == iocs(client)
    emu.switch(shifting_pages=True)
    assert iocs(client) != iocs(client)
    emu.seed(tencent={"blocklist": [{"Ioc": "198.51.100.1", "EndTime": "2999-01-01 00:00:00"}]})
    assert {iocs(client, Order="asc")[0] for _number in range(5)} == {"198.51.100.1"}


def test_switch_pagination_total(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": ["203.0.113.9"]})
    emu.switch(pagination_total="wrong")
    answer = client.call("DescribeBlockIgnoreList", list_body("blocklist"))
    assert (len(answer["Data"]), answer["Total"]) == (1, 2)


def test_switch_rows_per_ioc(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": "203.0.113.9", "DirectionList": "0,1"}]})
    assert [(row["Direction"], row["DirectionList"]) for row in client.rows()] == [(1, "1,0")]
    emu.switch(rows_per_ioc="per_direction")
    rows = client.rows()
    assert [(row["Direction"], row["DirectionList"]) for row in rows] == [(1, "1,0"), (0, "1,0")]
    assert [row["UniqueId"] for row in rows] == ["1250000000-203.0.113.9-1-1", "1250000000-203.0.113.9-0-1"]
    assert client.call("DescribeBlockIgnoreList", list_body("blocklist"))["Total"] == 2
    assert [row["Direction"] for row in client.rows(Direction="0")] == [0]


def test_switch_direction_list_order(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": "203.0.113.9", "DirectionList": "0,1"}]})
    assert brief(client) == [("203.0.113.9", "1,0")]
    emu.switch(direction_list_order="0,1")
    assert brief(client) == [("203.0.113.9", "0,1")]


def test_switch_expired_rows(emu: Emulator, client: RawClient) -> None:
    block(client, "203.0.113.9", HandleTime=1, HandleDirection="0,1")
    emu.advance(86401)
    assert iocs(client) == ["203.0.113.9"]
    assert block(client, "203.0.113.9")["Status"] == -3
    emu.switch(expired_rows="gone")
    assert iocs(client) == []
    assert block(client, "203.0.113.9")["Status"] == 0
    assert brief(client) == [("203.0.113.9", "1")]


def test_expired_rows_vanish_from_a_list_that_was_read_before(emu: Emulator, client: RawClient) -> None:
    emu.switch(expired_rows="gone")
    block(client, "203.0.113.9", HandleTime=1)
    assert iocs(client) == ["203.0.113.9"]
    emu.advance(86401)
    assert iocs(client) == []


def test_switch_block_quota(emu: Emulator, client: RawClient) -> None:
    emu.switch(block_quota=3)
    assert block(client, "203.0.113.1", HandleDirection="0,1")["Status"] == 0
    assert code(block(client, "203.0.113.2", HandleDirection="0,1")) == "LimitExceeded"
    assert code(create(client, rule("203.0.113.2"), rule("203.0.113.3"))) == "LimitExceeded"
    assert iocs(client) == ["203.0.113.1"]
    assert code(create(client, rule("203.0.113.1", "1,0"), rule("203.0.113.2"))) is None
    assert code(create(client, rule("203.0.113.3"), rule_type=2)) is None
    assert emu.log[-1]["committed"]


def test_switch_ipv6_form(emu: Emulator, client: RawClient) -> None:
    found = []
    for form in ("as_sent", "compressed", "exploded"):
        emu.reset(ipv6_form=form)
        block(client, IPV6)
        found += iocs(client)
    assert found == [IPV6, "2001:db8::9", "2001:0db8:0000:0000:0000:0000:0000:0009"]
    create(client, rule("intel:1", "1,0"), rule_type=4)
    assert iocs(client, show_type="whitelist") == ["intel:1"]


def test_switch_list_lag_calls(emu: Emulator, client: RawClient) -> None:
    emu.switch(list_lag_calls=2)
    block(client, "203.0.113.9")
    assert [client.rows("whitelist") for _number in range(3)] == [[], [], []]
    assert [len(client.rows()) for _number in range(3)] == [0, 0, 1]
    delete(client, ("203.0.113.9", 1, "1"))
    assert [len(client.rows()) for _number in range(3)] == [1, 1, 0]


def test_switch_list_lag(emu: Emulator, client: RawClient) -> None:
    emu.switch(list_lag=30.0)
    block(client, "203.0.113.9")
    emu.advance(20)
    block(client, "203.0.113.8")
    assert iocs(client) == []
    emu.advance(11)
    assert iocs(client) == ["203.0.113.9"]
    emu.advance(20)
    assert sorted(iocs(client)) == ["203.0.113.8", "203.0.113.9"]
    assert len(emu.state()["tencent"]["blocklist"]) == 2
