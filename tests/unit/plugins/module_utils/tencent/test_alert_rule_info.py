# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_rule_info: both lists complete, one row for each rule, in the words of tencent_cfw_alert_rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule_info import ALERT_RULE_INFO, run
from emulator import Emulator
from support.tencent import LIST, Cloud, rule
from support.tencent_info import Info

ATTACKER = "192.88.99.7"
DOMAIN = {"Ioc": "example.com", "RuleType": 3, "DirectionList": "0"}


@pytest.fixture
def info(emu: Emulator) -> Info:
    emu.reset(rate_limit=0)
    return Info(emu, ALERT_RULE_INFO, run)


def targets(result: Mapping[str, Any]) -> list[str]:
    assert result["total"] == len(result["rules"])
    return [row["target"] for row in result["rules"]]


def test_a_rule_is_shown_in_the_words_of_the_module_that_made_it(info: Info) -> None:
    made = rule(Cloud(info.emu).run(action="block", ips=ATTACKER, duration="7d", direction="both", comment="ir:1;"))
    found = rule(info.same_in_check_mode(action="block"))
    assert made["after"].items() <= found.items()
    assert (found["target"], found["rule_type"], found["matches"], found["last_hit"]) == (ATTACKER, "ip", 0, None)
    assert found["start"].endswith("+08:00")
    assert found["ignore_reason"] is None
    assert found["source"]
    (raw,) = found["raw"]
    assert (raw["Ioc"], raw["DirectionList"]) == (ATTACKER, "1,0")


def test_every_kind_of_rule_is_listed(info: Info) -> None:
    kinds = {3: "domain", 4: "intelligence", 5: "asset", 6: "custom", 7: "ips_rule", 8: "extended_ip", 99: "99"}
    info.emu.seed(
        tencent={
            "blocklist": [{"Ioc": ATTACKER, "MatchTimes": 12, "LastHitTime": "2026-11-21 18:31:02"}],
            "whitelist": [
                {"Ioc": "192.88.99.9", "IgnoreReason": "2"},
                *({"Ioc": f"ioc-{number}", "RuleType": number} for number in kinds),
            ],
        }
    )
    found = info.run()
    assert targets(found) == [ATTACKER, "192.88.99.9", *(f"ioc-{number}" for number in kinds)]
    assert [row["action"] for row in found["rules"]] == ["block"] + ["allow"] * (len(kinds) + 1)
    assert [row["rule_type"] for row in found["rules"]] == ["ip", "ip", *kinds.values()]
    blocked, allowed, *_others = found["rules"]
    assert (blocked["matches"], blocked["last_hit"]) == (12, "2026-11-21T18:31:02+08:00")
    assert (allowed["ignore_reason"], allowed["expires"]) == ("false_positive", "permanent")
    assert info.emu.calls() == {LIST: 2}


@pytest.mark.parametrize("order", ["1,0", "0,1"])
def test_a_rule_with_a_row_for_each_direction_is_one_rule(info: Info, order: str) -> None:
    info.emu.switch(rows_per_ioc="per_direction", direction_list_order=order)
    info.emu.seed(tencent={"blocklist": [{"Ioc": ATTACKER, "DirectionList": "0,1", "MatchTimes": 3}]})
    found = rule(info.run(action="block"))
    assert found["directions"] == ["inbound", "outbound"]
    assert sorted(row["Direction"] for row in found["raw"]) == [0, 1]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("inbound", ["192.88.99.1", "192.88.99.3"]),
        ("outbound", ["192.88.99.2", "192.88.99.3"]),
        ("both", ["192.88.99.3"]),
        ("intranet", ["192.88.99.4"]),
    ],
)
def test_filter_by_direction(info: Info, direction: str, expected: list[str]) -> None:
    lists = {"192.88.99.1": "1", "192.88.99.2": "0", "192.88.99.3": "0,1", "192.88.99.4": "3"}
    info.emu.seed(tencent={"blocklist": [{"Ioc": ioc, "DirectionList": text} for ioc, text in lists.items()]})
    assert targets(info.run(action="block", direction=direction)) == expected


def test_an_expired_rule_is_listed_as_expired(info: Info) -> None:
    info.emu.seed(tencent={"blocklist": [{"Ioc": ATTACKER, "EndTime": "2020-01-01 00:00:00"}]})
    found = rule(info.run())
    assert (found["expired"], found["expires"]) == (True, "2020-01-01T00:00:00+08:00")


def test_a_search_finds_exactly_the_address(info: Info) -> None:
    info.emu.seed(tencent={"blocklist": ["1.1.1.1", "11.1.1.1", "1.1.1.10"], "whitelist": ["1.1.1.1", DOMAIN]})
    found = info.run(ips="1.1.1.1/32")
    assert targets(found) == ["1.1.1.1", "1.1.1.1"]
    assert info.emu.calls() == {LIST: 2}
    # The block list is searched; the allow list is read whole, as it may hold prefixes around the address.
    assert [row["body"].get("SearchValue") for row in info.emu.log] == ['{"common": "1.1.1.1"}', "{}"]


def test_what_lets_a_blocked_address_through_is_named(info: Info) -> None:
    around = {"Ioc": "192.88.99.0/24", "RuleType": 8}
    over = {"Ioc": "192.88.99.0/29", "RuleType": 8, "EndTime": "2020-01-01 00:00:00"}
    info.emu.seed(tencent={"blocklist": [ATTACKER, "198.51.100.7"], "whitelist": [around, over, DOMAIN]})
    for ips in (None, [ATTACKER, "198.51.100.7"]):
        given: dict[str, Any] = {"ips": ips} if ips else {}
        rows = info.run(**given)["rules"]
        shadows = {row["target"]: row["shadowed_by"] for row in rows if row["action"] == "block"}
        assert (shadows[ATTACKER], shadows["198.51.100.7"]) == (["192.88.99.0/24"], [])
    assert rule(info.run(ips=ATTACKER))["shadowed_by"] == ["192.88.99.0/24"]
    # One list alone does not tell.
    assert rule(info.run(ips=ATTACKER, action="block"))["shadowed_by"] is None


def test_a_long_allow_list_is_searched_and_that_is_said(info: Info) -> None:
    allowed = [f"10.{third}.0.{last}" for third in range(4) for last in range(100)]
    info.emu.seed(tencent={"blocklist": [ATTACKER], "whitelist": allowed})
    assert rule(info.run(ips=ATTACKER))["shadowed_by"] == []
    assert [text for text in info.warnings if "not read whole" in text]


def test_few_addresses_in_a_long_list_are_searched_for(info: Info) -> None:
    info.emu.seed(tencent={"blocklist": [f"192.88.{third}.{last}" for third in range(4) for last in range(100)]})
    assert targets(info.run(action="block", ips=["192.88.1.7", "192.88.3.99"])) == ["192.88.1.7", "192.88.3.99"]
    assert info.emu.calls() == {LIST: 3}
    assert len(targets(info.run(action="block", ips=[f"192.88.1.{last}" for last in range(50)]))) == 50
    assert info.emu.calls() == {LIST: 4}


def test_an_ipv6_address_in_any_spelling(info: Info) -> None:
    info.emu.switch(ipv6_form="exploded")
    info.emu.seed(tencent={"blocklist": ["2001:db8::7", "2001:db8::8"]})
    assert targets(info.run(ips="2001:DB8:0::7")) == ["2001:db8::7"]


def test_all_pages_even_if_they_shift(info: Info) -> None:
    info.emu.seed(tencent={"blocklist": [{"Ioc": f"192.88.99.{n}", "StartTime": 5000.0 + n} for n in range(250)]})
    info.emu.switch(shifting_pages=True)
    assert len(set(targets(info.run(action="block")))) == 250
    info.emu.switch(pagination_total="wrong")
    assert info.fails(action="block")["error"]["code"] == "list_incomplete"


@pytest.mark.parametrize("ips", ["example.com", "192.0.2.0/24", "1.1.1.1-1.1.1.9"])
def test_bad_addresses_are_refused(info: Info, ips: str) -> None:
    assert "ips[0]" in info.refuses(ips=ips)
