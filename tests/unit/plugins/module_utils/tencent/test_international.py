# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_rule and its info module at the international site: other calls, same results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule_info import ALERT_RULE_INFO
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule_info import run as list_rules
from ansible_collections.secops.cfw.plugins.module_utils._tencent.international import InternationalCfw
from emulator import Emulator
from emulator.client import RawClient
from support.tencent import LIST, PERMANENT, Cloud, assert_same, rule, words
from support.tencent_info import Info

MODIFY = "ModifyBlockIgnoreList"
A, B, C = "192.88.99.1", "192.88.99.2", "192.88.99.3"
ROWS = [("full", "as_china"), ("old", "as_china"), ("full", "as_page"), ("old", "as_page")]


class International(Cloud):
    """An account of the international site."""

    def _result(self, check: bool, given: Any) -> dict[str, Any]:
        return super()._result(check, {"site": "international", **given})


@pytest.fixture
def cloud(emu: Emulator) -> Iterator[International]:
    emu.reset(rate_limit=0, international=True)
    yield International(emu)
    assert emu.state()["violations"] == []
    assert set(emu.calls()) <= {LIST, MODIFY}


@pytest.fixture(params=ROWS, ids="-".join)
def any_rows(request: pytest.FixtureRequest, cloud: International) -> International:
    """Each way in which the site may list rules and take the order of them."""
    shape, order = request.param
    cloud.emu.switch(international_rows=shape, international_order=order)
    return cloud


def sent(cloud: Cloud) -> list[tuple[str, list[tuple[str, int]]]]:
    """IocAction and items of the writes."""
    return [
        (body["IocAction"], [(item["IP"], item["Direction"]) for item in body["IOC"]])
        for call, body in cloud.writes()
        if call == MODIFY
    ]


def test_block(any_rows: International) -> None:
    cloud = any_rows
    given: dict[str, Any] = {"action": "block", "ips": [A, B, C], "duration": "7d", "direction": "both"}
    planned = cloud.run(check=True, **given)
    cloud.emu.clear_log()
    done = cloud.run(**given)
    assert_same(planned, done)
    assert words(done) == {A: "created", B: "created", C: "created"}
    assert cloud.blocked() == {A: "0,1", B: "0,1", C: "0,1"}
    assert cloud.lasts(done["rules"][0]["after"]["expires"]) == 7
    assert sent(cloud) == [("add", [(A, 1), (A, 0)]), ("add", [(B, 1), (B, 0), (C, 1), (C, 0)])]
    first = cloud.writes()[0][1]
    assert (first["RuleType"], first["StartTime"] < first["EndTime"]) == (1, True)
    cloud.emu.clear_log()
    again = cloud.run(**given)
    assert (again["changed"], set(again["counts"])) == (False, {"unchanged"})
    assert cloud.emu.writes() == 0


def test_the_calls_of_an_unchanged_run_are_two(cloud: International) -> None:
    given: dict[str, Any] = {"action": "block", "ips": [A], "duration": "7d"}
    done = cloud.thrice(**given)
    assert rule(done)["after"]["directions"] == ["inbound"]


def test_the_same_result_as_in_china(cloud: International, emu: Emulator) -> None:
    given: dict[str, Any] = {"action": "block", "ips": [A, B], "duration": "7d", "direction": "both"}
    abroad = cloud.run(**given)
    emu.reset(rate_limit=0)
    home = Cloud(emu).run(**given)
    abroad["quota"] = home["quota"]
    assert_same(abroad, home)
    emu.reset(rate_limit=0, international=True)


@pytest.mark.parametrize("duration", ["1d", "7d", "permanent", "25h"])
def test_every_duration_goes_by_the_same_call(cloud: International, duration: str) -> None:
    assert rule(cloud.run(action="allow", ips=A, duration=duration))["result"] == "created"
    assert cloud.allowed() == {A: "1"}
    assert (cloud.writes()[0][1]["EndTime"] == PERMANENT) is (duration == "permanent")


def test_a_direction_more(any_rows: International) -> None:
    cloud = any_rows
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "1", "EndTime": cloud.at(3 * 86400)}])
    done = cloud.run(action="block", ips=A, duration="7d", direction="outbound")
    assert rule(done)["result"] == "updated"
    assert cloud.blocked() == {A: "0,1"}
    assert sent(cloud) == [("edit", [(A, 1)]), ("add", [(A, 0)])]
    assert cloud.lasts(rule(done)["after"]["expires"]) == 7


def test_renewal(any_rows: International) -> None:
    cloud = any_rows
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "0,1", "EndTime": cloud.at(3600)}])
    done = cloud.run(action="block", ips=A, duration="7d", renew_within="24h")
    assert rule(done)["result"] == "renewed"
    assert rule(done)["after"]["directions"] == ["inbound", "outbound"]
    assert sent(cloud) == [("edit", [(A, 1), (A, 0)])]


@pytest.mark.parametrize("expired_rows", ["listed", "gone"])
def test_an_expired_rule(cloud: International, expired_rows: str) -> None:
    cloud.emu.switch(expired_rows=expired_rows)
    cloud.seed(blocklist=[{"Ioc": A, "EndTime": "2020-01-01 00:00:00"}])
    done = cloud.run(action="block", ips=A, duration="7d")
    assert rule(done)["result"] == {"listed": "renewed", "gone": "created"}[expired_rows]
    assert [action for action, _items in sent(cloud)] == [{"listed": "edit", "gone": "add"}[expired_rows]]


def test_removal(any_rows: International) -> None:
    cloud = any_rows
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "0,1"}, B], whitelist=[A])
    given: dict[str, Any] = {"action": "block", "ips": [A, B, C], "state": "absent"}
    planned = cloud.run(check=True, **given)
    done = cloud.run(**given)
    assert_same(planned, done)
    assert words(done) == {A: "removed", B: "removed", C: "unchanged"}
    assert (cloud.blocked(), cloud.allowed()) == ({}, {A: "1"})
    assert sent(cloud) == [("delete", [(A, 1), (A, 0), (B, 1)])]


def test_one_direction_of_a_rule_is_not_removed(cloud: International) -> None:
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "0,1"}])
    failure = cloud.fails(action="block", ips=A, state="absent", direction="inbound")
    assert words(failure) == {A: "refused"}
    assert cloud.emu.writes() == 0


def test_a_target_is_moved_from_the_other_list(cloud: International) -> None:
    cloud.seed(whitelist=[A])
    assert words(cloud.fails(action="block", ips=A, duration="7d")) == {A: "refused"}
    done = cloud.run(action="block", ips=A, duration="7d", replace_opposite=True)
    assert words(done) == {A: "created"}
    assert (cloud.blocked(), cloud.allowed()) == ({A: "1"}, {})


def test_a_rule_for_the_intranet_can_not_be_removed(cloud: International) -> None:
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "3"}], whitelist=[{"Ioc": B, "DirectionList": "5,6"}])
    failure = cloud.fails(action="block", ips=A, state="absent")
    assert "can't remove rules for the intranet" in rule(failure)["reason"]
    failure = cloud.fails(action="block", ips=B, duration="7d", replace_opposite=True)
    assert words(failure) == {B: "refused"}
    assert cloud.emu.writes() == 0


def test_protection_is_the_same(cloud: International) -> None:
    failure = cloud.fails(action="block", ips=[A, B], duration="7d", protected=[f"{A}/32"])
    assert failure["error"]["code"] == "protected_target"
    assert cloud.emu.log == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alert_ids": "a" * 32}, "alert_ids is not possible with site: international"),
        ({"ips": "10.0.0.7", "direction": "intranet"}, "direction: intranet is not possible"),
        ({"ips": A, "action": "allow", "ignore_reason": "emergency"}, "ignore_reason is not possible"),
        ({"ips": A, "block_domain": "example.com"}, "block_domain is not possible"),
    ],
)
def test_what_the_site_has_no_call_for_is_refused(cloud: International, given: dict[str, Any], said: str) -> None:
    failure = cloud.fails(**{"action": "block", "duration": "7d", **given})
    assert failure["error"]["code"] == "invalid_input"
    assert said in failure["msg"]
    assert cloud.emu.log == []


def test_a_comment_is_not_recorded_and_that_is_said(cloud: International) -> None:
    done = cloud.thrice(action="block", ips=A, duration="7d", comment="ir:INC-2041;")
    assert rule(done)["after"]["comment"] == ""
    cloud.run(action="block", ips=B, duration="7d", comment="ir:INC-2041;")
    assert [text for text in cloud.warnings if text.startswith("comment can't be recorded")]


def test_that_there_is_no_quota_is_said(cloud: International) -> None:
    done = cloud.run(action="block", ips=A, duration="7d")
    assert done["quota"] is None
    assert "the API of the international site has no DescribeOverviewResourceQuota" in " ".join(cloud.warnings)
    cloud.run(action="block", ips=A, duration="7d")
    assert cloud.warnings == []


def test_more_items_than_a_request_takes(cloud: International) -> None:
    ips = [f"192.88.98.{n}" for n in range(101)]
    done = cloud.run(action="block", ips=ips, duration="7d", direction="both", batch_size=100)
    assert done["counts"] == {"created": 101}
    assert [len(items) for _action, items in sent(cloud)] == [2, 100, 100]


@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit", "html", "truncated_json"])
def test_an_answer_that_is_lost(cloud: International, kind: str) -> None:
    cloud.emu.fault(call=MODIFY, kind=kind, **({"commit": True} if kind in ("html", "truncated_json") else {}))
    given: dict[str, Any] = {"action": "block", "ips": A, "duration": "7d"}
    if kind == "drop_before_commit":
        assert words(cloud.fails(**given)) == {A: "unknown"}
    else:
        assert words(cloud.run(**given)) == {A: "created"}
    assert cloud.emu.calls()[MODIFY] == 1


def test_the_service_s_refusal_is_told(cloud: International) -> None:
    cloud.emu.fault(call=MODIFY, kind="error", code="LimitExceeded")
    failure = cloud.fails(action="block", ips=[A, B], duration="7d")
    assert failure["error"]["code"] == "LimitExceeded"
    assert words(failure) == {A: "failed", B: "failed"}


@pytest.mark.parametrize("bad_item", ["nothing", "others"])
def test_a_return_code_is_judged_by_what_is_read_back(
    cloud: International, monkeypatch: pytest.MonkeyPatch, bad_item: str
) -> None:
    cloud.emu.switch(modify_bad_item=bad_item)
    real = InternationalCfw.upsert

    # The address is added by somebody else between the reading and the write.
    def behind_its_back(client: Any, action: str, entries: Any) -> None:
        cloud.seed(blocklist=[{"Ioc": entry.ioc, "EndTime": cloud.at(30 * 86400)} for entry in entries])
        real(client, action, entries)

    monkeypatch.setattr(InternationalCfw, "upsert", behind_its_back)
    done = cloud.run(action="block", ips=A, duration="7d")
    assert words(done) == {A: "created"}


def test_a_return_code_without_effect_is_a_failure(cloud: International) -> None:
    cloud.seed(blocklist=[{"Ioc": A, "EndTime": cloud.at(3600)}])
    cloud.emu.switch(list_lag_calls=9)
    # The list still shows the rule that somebody has just removed.
    raw = RawClient(cloud.emu.url)
    body = {"RuleType": 1, "IOC": [{"IP": A, "Direction": 1}], "IocAction": "delete"}
    assert raw.call(MODIFY, body)["ReturnCode"] == 0
    raw.close()
    failure = cloud.fails(action="block", ips=A, duration="7d", renew_within="2h", settle_timeout=0)
    assert words(failure) == {A: "failed"}
    assert "ReturnCode -1" in failure["msg"]


def test_the_lists_are_read_with_what_the_site_documents(any_rows: International) -> None:
    cloud = any_rows
    cloud.run(action="block", ips=A, duration="7d")
    bodies = [row["body"] for row in cloud.emu.log if row["call"] == LIST]
    assert {body["RuleType"] for body in bodies} == {1, 2}
    assert not any("ShowType" in body for body in bodies)
    # The other order of the two words is tried once, and remembered.
    refused = [row for row in cloud.emu.log if row["error"] == "InvalidParameter"]
    assert len(refused) == (cloud.emu.state()["switches"]["international_order"] == "as_page")


def test_the_info_module_reads_the_same_lists(any_rows: International) -> None:
    any_rows.seed(blocklist=[{"Ioc": A, "DirectionList": "0,1"}], whitelist=[B])
    info = Info(any_rows.emu, ALERT_RULE_INFO, list_rules)
    found = info.run(site="international")
    assert [(row["action"], row["target"]) for row in found["rules"]] == [("block", A), ("allow", B)]
    assert found["rules"][0]["directions"] == ["inbound", "outbound"]
