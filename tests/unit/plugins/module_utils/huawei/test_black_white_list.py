# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""huawei_cfw_black_white_list against the emulator: what it does, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import wanted_entry
from ansible_collections.secops.cfw.plugins.module_utils._huawei.lists import BlackWhiteList
from emulator import (
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_OBJECT,
    HUAWEI_PROJECT_ID,
    HUAWEI_VPC_OBJECT,
    Emulator,
)
from emulator.client import RawClient
from support.black_white import ADD, BLACK, DETAIL, LIST, REMOVE, WHITE, Lists, reasons, words


@pytest.fixture
def lists(emu: Emulator) -> Lists:
    return Lists(emu)


def many(count: int, net: str = "8.8") -> list[str]:
    return [f"{net}.{number // 250}.{number % 250}" for number in range(count)]


# Members


def test_block(lists: Lists) -> None:
    result = lists.thrice(ips=["8.8.4.4", "8.8.8.0/24", "2001:4860::8888"], description="ir:INC-2041;")
    assert words(result) == {"8.8.4.4": "created", "8.8.8.0/24": "created", "2001:4860::8888": "created"}
    assert result["counts"] == {"created": 3}
    assert result["object_id"] == HUAWEI_OBJECT
    assert lists.listed() == ["2001:4860::8888", "8.8.4.4", "8.8.8.0/24"]
    assert lists.listed(WHITE) == []
    after = {
        "address": "8.8.4.4",
        "address_type": "ipv4",
        "direction": "source",
        "protocol": "any",
        "port": "",
        "description": "ir:INC-2041;",
    }
    assert result["entries"][0] == {
        "target": "8.8.4.4",
        "direction": "source",
        "protocol": "any",
        "port": "",
        "result": "created",
        "before": None,
        "after": after,
        "reason": "",
    }
    assert result["diff"]["before"]["8.8.4.4 (source, any)"] == {}
    assert result["diff"]["after"]["8.8.4.4 (source, any)"] == after


def test_the_calls(lists: Lists) -> None:
    """One to look, one to write, one to read back."""
    lists.run(ips="8.8.4.4,8.8.8.8")
    assert lists.calls() == {LIST: 2, ADD: 1}
    result = lists.run(ips="8.8.4.4,8.8.8.8", state="absent")
    assert lists.calls() == {LIST: 2, REMOVE: 1}
    assert {row["call"]: row["permission"] for row in result["api_calls"]} == {
        LIST: "cfw:blackWhite:list",
        REMOVE: "cfw:blackWhite:delete",
    }
    assert len(result["api_calls"][1]["request_ids"]) == 1


def test_by_firewall(lists: Lists) -> None:
    given: dict[str, Any] = {"object_id": None, "fw_instance_id": HUAWEI_FIREWALL, "ips": "8.8.4.4"}
    assert lists.run(**given)["object_id"] == HUAWEI_OBJECT
    lists.calls()
    assert lists.run(**given)["changed"] is False
    assert lists.calls() == {DETAIL: 1, LIST: 1}
    assert lists.fails(**{**given, "fw_instance_id": "none"})["error"]["code"] == "firewall_not_found"


def test_with_an_enterprise_project(lists: Lists) -> None:
    """The calls that write have no such parameter."""
    lists.environ["HW_ENTERPRISE_PROJECT_ID"] = "0"
    assert words(lists.run(ips="8.8.4.4")) == {"8.8.4.4": "created"}


def test_allow(lists: Lists) -> None:
    result = lists.thrice(action="allow", ips="198.51.100.0/28")
    assert words(result) == {"198.51.100.0/28": "created"}
    assert (lists.listed(), lists.listed(WHITE)) == ([], ["198.51.100.0/28"])


def test_absent(lists: Lists) -> None:
    lists.seed("8.8.4.4", {"address": "8.8.8.8", "description": "old"}, "9.9.9.9")
    result = lists.thrice(ips=["8.8.8.8", "1.1.1.1", "8.8.4.4"], state="absent")
    assert words(result) == {"8.8.8.8": "removed", "1.1.1.1": "unchanged", "8.8.4.4": "removed"}
    assert result["entries"][0]["before"]["description"] == "old"
    assert result["entries"][0]["after"] is None
    assert lists.listed() == ["9.9.9.9"]


def test_mixed_entries(lists: Lists) -> None:
    entries = [
        {"address": "8.8.4.4", "protocol": "tcp", "port": "443"},
        {"address": "8.8.4.4", "protocol": "tcp", "port": "8000-8010", "direction": "destination"},
        {"address": "evil.Example.com", "description": "C2"},
        {"address": "2001:4860::1", "protocol": "icmpv6"},
        {"address": "8.8.4.4/32", "protocol": "tcp", "port": "443-443"},
    ]
    result = lists.thrice(entries=entries)
    shown = [(row["target"], row["direction"], row["protocol"], row["port"]) for row in result["entries"]]
    assert shown == [
        ("8.8.4.4", "source", "tcp", "443"),
        ("8.8.4.4", "destination", "tcp", "8000-8010"),
        ("evil.example.com", "destination", "any", ""),
        ("2001:4860::1", "source", "icmpv6", ""),
    ]
    assert lists.bodies(ADD)[0]["list_items"] == [
        {"direction": 0, "address_type": 0, "address": "8.8.4.4", "protocol": 6, "port": "443"},
        {"direction": 1, "address_type": 0, "address": "8.8.4.4", "protocol": 6, "port": "8000-8010"},
        {"direction": 1, "address_type": 2, "address": "evil.example.com", "protocol": -1, "description": "C2"},
        {"direction": 0, "address_type": 1, "address": "2001:4860::1", "protocol": 58},
    ]
    assert lists.run(entries=entries, state="absent")["counts"] == {"removed": 4}
    assert lists.listed() == []


def test_a_description_alone_is_no_change(lists: Lists) -> None:
    lists.seed({"address": "8.8.4.4", "description": "old"})
    result = lists.run(ips="8.8.4.4", description="new")
    assert result["changed"] is False
    assert result["entries"][0]["after"]["description"] == "old"
    assert lists.calls() == {LIST: 1}


@pytest.mark.parametrize("spelling", ["as_sent", "with_mask", "without_mask"])
@pytest.mark.parametrize("ipv6", ["compressed", "exploded"])
def test_however_the_service_spells_addresses(lists: Lists, spelling: str, ipv6: str) -> None:
    lists.emu.switch(host_entries=spelling, ipv6_form=ipv6)
    ips = ["8.8.4.4/32", "2001:4860:0::8", "2001:4860:5::/48", "9.9.9.9"]
    lists.thrice(ips=ips)
    result = lists.run(ips=ips, state="absent")
    assert result["counts"] == {"removed": 4}
    assert lists.listed() == []


def test_both_lists_and_borders_are_apart(lists: Lists) -> None:
    lists.seed("8.8.4.4", list_type=WHITE)
    lists.seed({"address": "8.8.8.8", "object_id": HUAWEI_VPC_OBJECT})
    result = lists.run(ips=["8.8.4.4", "8.8.8.8"])
    assert result["counts"] == {"created": 2}
    assert lists.listed(WHITE) == ["8.8.4.4"]


def test_in_batches(lists: Lists) -> None:
    result = lists.run(ips=many(250))
    assert result["counts"] == {"created": 250}
    assert lists.calls() == {LIST: 2, ADD: 3}
    assert lists.run(ips=many(250), state="absent", batch_size=200)["counts"] == {"removed": 250}
    assert lists.calls() == {LIST: 2, REMOVE: 2}


def test_a_service_with_smaller_batches(lists: Lists) -> None:
    lists.emu.switch(batch_items_max=20)
    failure = lists.fails(ips=many(30))
    assert failure["error"]["code"] == "CFW.00200024"
    assert failure["counts"] == {"failed": 30}
    assert lists.run(ips=many(30), batch_size=20)["counts"] == {"created": 30}


def test_a_list_that_lags_behind(lists: Lists) -> None:
    lists.emu.switch(list_lag_calls=3)
    assert lists.run(ips=["8.8.4.4", "8.8.8.8"])["counts"] == {"created": 2}
    assert lists.slept
    assert lists.run(ips="8.8.8.8", state="absent")["counts"] == {"removed": 1}


# Exclusive


@pytest.mark.parametrize("action", ["block", "allow"])
def test_exclusive(lists: Lists, action: str) -> None:
    list_type = WHITE if action == "allow" else 4
    lists.seed("8.8.4.4", "9.9.9.9", {"address": "8.8.4.4", "direction": 1}, list_type=list_type)
    lists.seed("1.1.1.1", list_type=9 - list_type)
    result = lists.run(check=True, action=action, ips=["8.8.4.4", "8.8.8.8"], exclusive=True)
    done = lists.run(action=action, ips=["8.8.4.4", "8.8.8.8"], exclusive=True)
    assert {**result, "api_calls": [], "clock": None} == {**done, "api_calls": [], "clock": None}
    assert done["counts"] == {"unchanged": 1, "created": 1, "removed": 2}
    assert lists.listed(list_type) == ["8.8.4.4", "8.8.8.8"]
    assert lists.listed(9 - list_type) == ["1.1.1.1"]
    writes = [row["call"] for row in lists.emu.log if row["write"]]
    assert writes == [ADD, REMOVE]
    lists.calls()
    assert lists.run(action=action, ips=["8.8.4.4", "8.8.8.8"], exclusive=True)["changed"] is False
    assert lists.calls() == {LIST: 1}


def test_exclusive_removes_odd_entries(lists: Lists) -> None:
    lists.seed({"address": "8.8.4.4-8.8.4.9"}, {"address": "8.8.4.4", "protocol": 47}, {"address": ""}, "8.8.4.4")
    result = lists.run(ips="8.8.4.4", exclusive=True)
    assert result["counts"] == {"unchanged": 1, "removed": 3}
    assert lists.listed() == ["8.8.4.4"]


def test_exclusive_is_never_empty(lists: Lists) -> None:
    lists.seed("8.8.4.4")
    assert "never made empty" in lists.refuses(exclusive=True)
    assert "never made empty" in lists.refuses(exclusive=True, ips=[" "])
    assert "never made empty" in lists.refuses(exclusive=True, entries=[])
    assert "state: present" in lists.refuses(exclusive=True, ips="8.8.4.4", state="absent")
    assert lists.listed() == ["8.8.4.4"]


def test_nothing_is_removed_for_what_could_not_be_added(lists: Lists) -> None:
    lists.seed("9.9.9.9")
    lists.emu.fault(call=ADD, kind="error", code="CFW.00400012", status=400)
    failure = lists.fails(ips="8.8.4.4", exclusive=True)
    assert words(failure) == {"8.8.4.4": "failed", "9.9.9.9": "failed"}
    assert "not all additions" in reasons(failure)["9.9.9.9"]
    assert (lists.listed(), failure["changed"]) == (["9.9.9.9"], False)


def test_a_full_list_is_exchanged(lists: Lists) -> None:
    """Without the room for both, the old entries have to go first."""
    lists.seed(*many(1999))
    result = lists.run(ips=[*many(1990), *many(5, "9.9")], exclusive=True)
    assert result["counts"] == {"unchanged": 1990, "created": 5, "removed": 9}
    assert [row["call"] for row in lists.emu.log if row["write"]] == [REMOVE, ADD]
    assert len(lists.listed()) == 1995


# Capacity


@pytest.mark.parametrize("check", [True, False])
def test_what_does_not_fit(lists: Lists, check: bool) -> None:
    lists.seed(*many(1998))
    failure = lists.fails(check, ips=[many(1)[0], "9.9.9.1", "9.9.9.2", "9.9.9.3"])
    assert failure["error"]["code"] == "quota_exceeded"
    assert "9.9.9.3 (source, any) would not fit" in failure["error"]["message"]
    assert "9.9.9.2" not in failure["error"]["message"]
    assert failure["counts"] == {"unchanged": 1, "refused": 3}
    assert "no room left for it" in reasons(failure)["9.9.9.3"]
    assert "no room for others" in reasons(failure)["9.9.9.1"]
    assert failure["quota"] == {"total": 2000, "used": 1998, "left": 2, "needed": 3, "not_fitting": ["9.9.9.3"]}
    assert failure["changed"] is False
    assert lists.emu.writes() == 0


def test_what_just_fits(lists: Lists) -> None:
    lists.seed(*many(1998))
    assert lists.run(ips=["9.9.9.1", "9.9.9.2"])["counts"] == {"created": 2}
    assert len(lists.listed()) == 2000


def test_a_service_that_takes_more(lists: Lists) -> None:
    """A list beyond the documented limit shows that the limit is another one."""
    lists.emu.switch(black_white_capacity=10_000)
    lists.seed(*many(2500))
    assert lists.run(ips="9.9.9.1")["counts"] == {"created": 1}


@pytest.mark.parametrize("over", ["error", "failed_list"])
def test_a_service_that_takes_less(lists: Lists, over: str) -> None:
    lists.emu.switch(black_white_capacity=3, batch_over_capacity=over)
    lists.seed("8.8.8.1", "8.8.8.2")
    failure = lists.fails(ips=["9.9.9.1", "9.9.9.2"])
    taken = {"9.9.9.1": "created"} if over == "failed_list" else {"9.9.9.1": "failed"}
    assert words(failure) == {**taken, "9.9.9.2": "failed"}
    assert failure["changed"] is (over == "failed_list")
    assert failure["error"]["code"] == ("CFW.00400013" if over == "error" else "targets_failed")
    assert not lists.slept


# Protection


@pytest.mark.parametrize(
    "target",
    [
        *("0.0.0.0/0", "::/0", "127.0.0.1", "10.1.2.3", "192.168.0.0/16", "169.254.169.254", "224.0.0.1", "fe80::1"),
        *("198.51.100.7", "198.51.100.0/24", "198.51.0.0/16", "::ffff:198.51.100.7", "2002:c633:6407::1"),
    ],
)
def test_what_is_never_blocked(lists: Lists, target: str) -> None:
    """One refused entry refuses the whole task."""
    given: dict[str, Any] = {"ips": ["8.8.4.4", target], "protected": "198.51.100.7"}
    assert target in lists.refuses(**given)
    refused = lists.fails(**given)["refused"]
    assert [row["target"] for row in refused] == [target]
    assert lists.refuses(ips=["8.8.4.4", target], exclusive=True, protected="198.51.100.7")


@pytest.mark.parametrize("target", ["0.0.0.0/0", "::/0"])
@pytest.mark.parametrize("action", ["block", "allow"])
def test_never_everything(lists: Lists, target: str, action: str) -> None:
    assert target in lists.refuses(ips=target, action=action)
    assert target in lists.refuses(ips=target, action=action, allow_protected=target, allow_protected_reason="no")
    assert target in lists.refuses(ips=["8.8.4.4", target], action=action, exclusive=True)


@pytest.mark.parametrize(("action", "list_type"), [("block", BLACK), ("allow", WHITE)])
def test_what_covers_everything_can_be_taken_off(lists: Lists, action: str, list_type: int) -> None:
    """Somebody wrote it in the console, and nobody gets in any more, or everybody does."""
    lists.seed("0.0.0.0/0", "8.8.8.8", list_type=list_type)
    result = lists.run(ips="0.0.0.0/0", action=action, state="absent")
    assert words(result) == {"0.0.0.0/0": "removed"}
    lists.seed("0.0.0.0/0", list_type=list_type)
    assert words(lists.run(ips="8.8.8.8", action=action, exclusive=True))["0.0.0.0/0"] == "removed"


def test_allowing_everything_is_not_ended_where_it_covers_what_is_protected(lists: Lists) -> None:
    lists.seed("0.0.0.0/0", list_type=WHITE)
    given: dict[str, Any] = {"ips": "0.0.0.0/0", "action": "allow", "state": "absent", "protected": "198.51.100.7"}
    assert "198.51.100.7" in lists.refuses(**given)
    done = lists.run(**given, allow_protected="0.0.0.0/0", allow_protected_reason="it was a mistake")
    assert words(done) == {"0.0.0.0/0": "removed"}


@pytest.mark.parametrize(
    "odd",
    [
        *("198.51.100.5/24", "198.51.100.1-198.51.100.254", "198.51.100.0/255.255.255.0", "198.51.100.007"),
        *("198.51.99.0 - 198.51.101.0", "what is this?", "198.51.100.*"),
    ],
)
def test_exclusive_exposes_nobody_whatever_the_spelling(lists: Lists, odd: str) -> None:
    lists.seed("8.8.8.8", odd, list_type=WHITE)
    given: dict[str, Any] = {"action": "allow", "exclusive": True, "ips": "8.8.8.8"}
    failure = lists.fails(**given, protected="198.51.100.7")
    assert failure["error"]["code"] in ("protected_target", "invalid_input")
    assert lists.emu.writes() == 0


def test_exclusive_removes_odd_spellings_of_what_is_not_protected(lists: Lists) -> None:
    odd = ["203.0.113.5/24", "203.0.113.1-203.0.113.254", "203.0.113.007"]
    lists.seed("8.8.8.8", *odd, list_type=WHITE)
    done = lists.run(action="allow", exclusive=True, ips="8.8.8.8", protected="198.51.100.7")
    assert words(done) == {"8.8.8.8": "unchanged", **dict.fromkeys(odd, "removed")}


def test_exclusive_says_that_domains_were_not_judged(lists: Lists) -> None:
    lists.seed("8.8.8.8", {"address": "vpn.example.com", "address_type": 2, "direction": 1}, list_type=WHITE)
    lists.run(action="allow", exclusive=True, ips="8.8.8.8", protected="198.51.100.7")
    assert any("vpn.example.com" in warning for warning in lists.warnings)


def test_exemptions(lists: Lists) -> None:
    given: dict[str, Any] = {"object_id": HUAWEI_VPC_OBJECT, "ips": "10.1.2.3"}
    assert "10.1.2.3" in lists.refuses(**given)
    assert "reason" in lists.refuses(**given, allow_protected="10.1.2.3")
    result = lists.run(**given, allow_protected="10.1.2.3", allow_protected_reason="INC-2041")
    assert result["counts"] == {"created": 1}
    assert [row["reason"] for row in result["protection"]["exempted"]] == ["INC-2041"]


def test_protection_from_everywhere(lists: Lists, tmp_path: Path) -> None:
    path = tmp_path / "protected.txt"
    path.write_text("9.9.9.9\n", encoding="utf-8")
    lists.environ["SECOPS_CFW_PROTECTED"] = "1.1.1.1"
    given: dict[str, Any] = {"protected": ["8.8.8.8"], "protected_file": str(path)}
    for target in ("9.9.9.9", "1.1.1.1", "8.8.8.8"):
        assert target in lists.refuses(ips=target, **given)
    result = lists.run(ips="8.8.4.4", **given)
    assert result["protection"]["entries"] == 3
    assert "line 1" in lists.refuses(ips="9.9.9.9", **given)
    assert "no-such-file" in lists.refuses(ips="8.8.4.4", protected_file="/no-such-file")


def test_removing_an_allow_entry_of_ours(lists: Lists) -> None:
    lists.seed("198.51.100.0/28", "9.9.9.9", list_type=WHITE)
    given: dict[str, Any] = {"action": "allow", "state": "absent", "protected": "198.51.100.7"}
    assert "198.51.100.0/28" in lists.refuses(ips="198.51.100.0/28", **given)
    assert lists.run(ips="9.9.9.9", **given)["counts"] == {"removed": 1}
    # Private addresses are no objection here.
    assert lists.run(ips="10.0.0.1", **given)["counts"] == {"unchanged": 1}
    lifted = lists.run(
        ips="198.51.100.0/28", **given, allow_protected="198.51.100.0/28", allow_protected_reason="moved"
    )
    assert lifted["counts"] == {"removed": 1}


def test_removing_an_allow_entry_of_ours_by_the_way(lists: Lists) -> None:
    lists.seed("198.51.100.0/28", "9.9.9.9", list_type=WHITE)
    given: dict[str, Any] = {"action": "allow", "exclusive": True, "ips": "8.8.4.4", "protected": "198.51.100.7"}
    for check in (True, False):
        failure = lists.fails(check, **given)
        assert failure["error"]["code"] == "protected_target"
        assert [row["target"] for row in failure["refused"]] == ["198.51.100.0/28"]
        assert "adding them to the entries" in failure["msg"]
    assert lists.emu.writes() == 0
    kept = lists.run(**{**given, "ips": ["8.8.4.4", "198.51.100.0/28"]})
    assert kept["counts"] == {"created": 1, "unchanged": 1, "removed": 1}
    given |= {"allow_protected": "198.51.100.0/28", "allow_protected_reason": "moved"}
    result = lists.run(**given)
    assert [row["target"] for row in result["protection"]["exempted"]] == ["198.51.100.0/28"]
    assert lists.listed(WHITE) == ["8.8.4.4"]
    assert lists.warnings == []
    assert "reason" in lists.refuses(**{**given, "allow_protected_reason": " "})


def test_allowing_and_unblocking_are_not_judged(lists: Lists) -> None:
    lists.seed("198.51.100.7")
    assert lists.run(ips="198.51.100.7", state="absent", protected="198.51.100.7")["counts"] == {"removed": 1}
    assert lists.run(ips="198.51.100.7", action="allow", protected="198.51.100.7")["counts"] == {"created": 1}


def test_warnings(lists: Lists) -> None:
    lists.run(ips=["203.0.113.7"])
    assert [warning for warning in lists.warnings if "203.0.113.7" in warning]
    lists.run(ips=["bad.example.com"])
    assert lists.warnings == []
    lists.run(ips=["bad.example.com"], protected="198.51.100.7")
    assert [warning for warning in lists.warnings if "bad.example.com" in warning]
    lists.run(ips=["8.8.8.8"], allow_protected="9.9.9.9", allow_protected_reason="x")
    assert [warning for warning in lists.warnings if "9.9.9.9" in warning]


# What the service says of single entries


@pytest.mark.parametrize("bad", ["failed_list", "error"])
def test_an_entry_that_the_service_does_not_take(lists: Lists, bad: str) -> None:
    lists.emu.switch(batch_bad_item=bad, domain_entries="refused")
    failure = lists.fails(ips=["8.8.4.4", "bad.example.com", "8.8.8.8"])
    if bad == "failed_list":
        assert words(failure) == {"8.8.4.4": "created", "bad.example.com": "failed", "8.8.8.8": "created"}
        assert (failure["changed"], failure["error"]["code"]) == (True, "targets_failed")
        assert "gave no reason" in reasons(failure)["bad.example.com"]
    else:
        assert failure["counts"] == {"failed": 3}
        assert (failure["changed"], failure["error"]["code"]) == (False, "CFW.00200030")
        assert failure["error"]["request_id"]
    assert not lists.slept


def test_ipv6_where_it_is_not_inspected(lists: Lists) -> None:
    failure = lists.fails(object_id=None, fw_instance_id=HUAWEI_FIREWALL_2, ips=["2001:4860::8"])
    assert words(failure) == {"2001:4860::8": "failed"}


@pytest.mark.parametrize("where", ["duplicated", "failed"])
def test_a_service_that_tells_entries_apart_by_address_only(lists: Lists, where: str) -> None:
    lists.emu.switch(entry_identity="address", batch_duplicates=where)
    lists.seed({"address": "8.8.4.4", "protocol": 6, "port": "443"})
    failure = lists.fails(ips=["8.8.4.4", "8.8.8.8"])
    assert words(failure) == {"8.8.4.4": "failed", "8.8.8.8": "created"}
    assert "on the list for tcp 443" in reasons(failure)["8.8.4.4"]
    assert not lists.slept


@pytest.mark.parametrize("where", ["duplicated", "failed"])
def test_such_a_service_makes_way_for_an_exclusive_entry(lists: Lists, where: str) -> None:
    lists.emu.switch(entry_identity="address", batch_duplicates=where)
    lists.seed({"address": "8.8.4.4", "protocol": 6, "port": "443"}, "9.9.9.9")
    # Once more after the service refused it, and what it took for the same is gone.
    lists.most_sent = 2
    done = lists.thrice(ips=["8.8.4.4", "8.8.8.8"], exclusive=True)
    assert done["counts"] == {"created": 2, "removed": 2}
    assert lists.listed() == ["8.8.4.4", "8.8.8.8"]


@pytest.mark.parametrize("where", ["duplicated", "failed"])
def test_somebody_was_quicker(lists: Lists, where: str) -> None:
    """The entry came onto the list between our look and our request."""
    lists.emu.switch(batch_duplicates=where)
    lists.emu.fault(call=ADD, kind="throttle")
    lists.on_sleep = lambda: lists.seed("8.8.4.4")
    result = lists.run(ips=["8.8.4.4", "8.8.8.8"])
    assert words(result) == {"8.8.4.4": "created", "8.8.8.8": "created"}
    assert lists.listed() == ["8.8.4.4", "8.8.8.8"]


@pytest.mark.parametrize("missing", ["error", "skipped"])
def test_somebody_removed_one_meanwhile(lists: Lists, missing: str) -> None:
    lists.emu.switch(batch_delete_missing=missing)
    lists.seed({"address": "8.8.4.4", "list_id": "gone"}, "8.8.8.8", "9.9.9.9")
    lists.emu.fault(call=REMOVE, kind="throttle")
    lists.on_sleep = lambda: _remove(lists, "gone")
    result = lists.run(ips=["8.8.4.4", "8.8.8.8", "9.9.9.9"], state="absent", batch_size=2)
    assert result["counts"] == {"removed": 3}
    assert lists.listed() == []


def _remove(lists: Lists, list_id: str) -> None:
    """Another controller removes an entry through the API, once."""
    lists.on_sleep = lambda: None
    client = RawClient(lists.emu.url)
    try:
        path = f"/v1/{HUAWEI_PROJECT_ID}/black-white-list/{list_id}"
        answer = client.huawei("DELETE", path, (("fw_instance_id", HUAWEI_FIREWALL),))
    finally:
        client.close()
    assert answer.status_code == 200, answer.text


# Writes that go wrong

LOST: list[dict[str, Any]] = [
    {"kind": "drop_before_commit"},
    {"kind": "drop_after_commit"},
    {"kind": "late_commit", "seconds": 5.0},
    {"kind": "late_commit", "calls": 2},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "error", "code": "CFW.00109004", "status": 400},
    {"kind": "error", "code": "CFW.00109004", "status": 400, "commit": True},
    {"kind": "error", "code": "CFW.99999999", "status": 400},
    {"kind": "error", "code": "CFW.99999999", "status": 400, "commit": True},
    {"kind": "html"},
    {"kind": "html", "commit": True},
    {"kind": "truncated_json"},
    {"kind": "truncated_json", "cut": "connection"},
    {"kind": "not_json_200"},
    {"kind": "not_json_200", "commit": False},
    {"kind": "empty_200"},
    {"kind": "redirect"},
    {"kind": "redirect", "commit": True},
    {"kind": "content_type"},
]
"""Whether these were carried out only the list tells."""
REFUSALS: list[dict[str, Any]] = [
    {"kind": "lockout"},
    {"kind": "error", "code": "APIGW.0302", "status": 403},
    {"kind": "error", "code": "CFW.00200027", "status": 400},
    {"kind": "error", "code": "CFW.00200016", "status": 400},
    {"kind": "throttle", "times": 0},
]
STATES = ("present", "absent")


def _arranged(lists: Lists, state: str) -> tuple[str, str]:
    """What is there before, for two entries to be changed. The call that does it, and the result it is to have."""
    if state == "absent":
        lists.seed("8.8.4.4", "8.8.8.8")
        return REMOVE, "removed"
    return ADD, "created"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_lost_answer(lists: Lists, fault: dict[str, Any], state: str) -> None:
    """What is true comes out, and nothing is sent twice."""
    call, word = _arranged(lists, state)
    lists.emu.fault(call=call, **fault)
    result = lists._result(False, {"ips": ["8.8.4.4", "8.8.8.8"], "state": state})
    done = lists.listed() == (["8.8.4.4", "8.8.8.8"] if state == "present" else [])
    assert lists.calls()[call] == 1
    if done:
        assert "error" not in result
        assert (result["counts"], result["changed"]) == ({word: 2}, True)
    else:
        assert result["counts"] == {"unknown": 2}
        assert (result["changed"], result["error"]["code"]) == (False, "targets_unknown")
        assert sum(lists.slept) >= 60
        assert all("the service had answered" in reason for reason in reasons(result).values())
        # The next run looks first, and does what is missing.
        again = lists.run(ips=["8.8.4.4", "8.8.8.8"], state=state)
        assert again["counts"] == {word: 2}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("fault", REFUSALS, ids=lambda fault: f"{fault['kind']}-{fault.get('code', '')}")
def test_a_refusal_ends_it(lists: Lists, fault: dict[str, Any], state: str) -> None:
    call, _word = _arranged(lists, state)
    before = lists.listed()
    lists.emu.fault(call=call, **fault)
    result = lists.fails(ips=["8.8.4.4", "8.8.8.8"], state=state, batch_size=1)
    assert result["counts"] == {"failed": 2}
    assert reasons(result)["8.8.8.8"].startswith("not tried after")
    assert result["error"]["code"] == fault.get("code", result["error"]["code"])
    assert (lists.listed(), result["changed"]) == (before, False)
    assert lists.calls()[call] == (4 if fault["kind"] == "throttle" else 1)


@pytest.mark.parametrize("state", STATES)
def test_half_of_it(lists: Lists, state: str) -> None:
    call, word = _arranged(lists, state)
    lists.emu.fault(call=call, nth=2, kind="error", code="CFW.00200016", status=400)
    result = lists.fails(ips=["8.8.4.4", "8.8.8.8"], state=state, batch_size=1)
    assert words(result) == {"8.8.4.4": word, "8.8.8.8": "failed"}
    assert result["changed"] is True
    assert list(result["diff"]["after"]) == ["8.8.4.4 (source, any)"]


@pytest.mark.parametrize("kind", ["throttle", "skew"])
@pytest.mark.parametrize("state", STATES)
def test_not_executed_and_sent_again(lists: Lists, kind: str, state: str) -> None:
    call, word = _arranged(lists, state)
    lists.emu.fault(call=call, kind=kind)
    assert lists.run(ips=["8.8.4.4", "8.8.8.8"], state=state)["counts"] == {word: 2}


@pytest.mark.parametrize("state", STATES)
def test_a_list_that_can_not_be_read_back(lists: Lists, state: str) -> None:
    call, _word = _arranged(lists, state)
    lists.emu.fault(call=LIST, nth=2, times=0, kind="status", status=500)
    result = lists.fails(ips=["8.8.4.4", "8.8.8.8"], state=state, settle_timeout=10)
    assert result["counts"] == {"unknown": 2}
    assert "could not be read back" in reasons(result)["8.8.4.4"]
    assert lists.calls()[call] == 1


def test_a_list_that_can_be_read_in_the_end(lists: Lists) -> None:
    lists.emu.fault(call=LIST, nth=2, times=5, kind="status", status=500)
    assert lists.run(ips=["8.8.4.4"])["counts"] == {"created": 1}


@pytest.mark.parametrize("fault", [{"kind": "status", "times": 0}, {"kind": "lockout"}])
def test_a_list_that_can_not_be_read_at_all(lists: Lists, fault: dict[str, Any]) -> None:
    lists.emu.fault(call=LIST, **fault)
    failure = lists.fails(ips=["8.8.4.4"])
    assert failure["changed"] is False
    assert lists.emu.writes() == 0


def test_a_list_that_does_not_add_up(lists: Lists) -> None:
    lists.emu.switch(pagination_total="wrong")
    assert lists.fails(ips=["8.8.4.4"])["error"]["code"] == "list_incomplete"
    assert lists.emu.writes() == 0


@pytest.mark.parametrize("data", [None, [], "x", {}, {"success_list": None}, {"failed_list": [None, {}]}])
def test_odd_answers_to_a_batch(data: Any) -> None:
    """They say nothing of the entry: what counts is the list."""
    entry = wanted_entry("8.8.4.4", {}, "ips", "port")
    assert entry.key not in _Unsaid(data).add([entry])


class _Unsaid(BlackWhiteList):
    """A list whose service answers with this `data`."""

    def __init__(self, data: Any) -> None:
        answer = Response(200, {}, json.dumps({"data": data}).encode())
        super().__init__(SimpleNamespace(call=lambda *_args, **_more: answer), "border", "block")  # type: ignore[arg-type]


# Long lists


def test_a_long_list(lists: Lists) -> None:
    lists.emu.switch(black_white_capacity=5000, shifted_pages=1)
    lists.seed(*many(4_000))
    result = lists.run(ips=many(4_000), state="absent", batch_size=1000)
    assert result["counts"] == {"removed": 4_000}
    assert lists.calls()[REMOVE] == 4
    assert lists.listed() == []


# Bad input, before any request


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "neither"),
        ({"ips": [" "], "entries": []}, "neither"),
        ({"ips": "8.8.4.4", "entries": [{"address": "8.8.4.4"}]}, "both"),
        ({"ips": "8.8.4.4", "object_id": None}, "neither"),
        ({"ips": "8.8.4.4", "fw_instance_id": HUAWEI_FIREWALL}, "both"),
        ({"ips": "8.8.4.4", "object_id": "a/b"}, "object_id"),
        ({"ips": ["8.8.4.4", "8.8.4.4-8.8.4.9"]}, "ips[1]"),
        ({"ips": "8.8.4.4/24"}, "host bits"),
        ({"ips": "localhost"}, "ips[0]"),
        ({"ips": "http://evil.example.com"}, "ips[0]"),
        ({"ips": "8.8.4.4", "protocol": "tcp"}, "port is missing"),
        ({"ips": "8.8.4.4", "port": "443"}, "no ports"),
        ({"ips": "8.8.4.4", "protocol": "icmp", "port": "443"}, "no ports"),
        ({"ips": "8.8.4.4", "protocol": "udp", "port": "70000"}, "port"),
        ({"ips": "8.8.4.4", "protocol": "icmpv6"}, "other family"),
        ({"ips": "2001:4860::1", "protocol": "icmp"}, "other family"),
        ({"ips": "8.8.4.4", "description": "a\nb"}, "description"),
        ({"ips": "8.8.4.4", "batch_size": 0}, "batch_size"),
        ({"ips": "8.8.4.4", "batch_size": 1001}, "batch_size"),
        ({"ips": "8.8.4.4", "settle_timeout": -1}, "settle_timeout"),
        ({"entries": [{"address": "8.8.4.4"}], "protocol": "any"}, "protocol goes with ips"),
        ({"entries": [{"address": "8.8.4.4"}, {"address": "x"}]}, "entries[1].address"),
        ({"entries": [{"address": "8.8.4.4", "protocol": "tcp"}]}, "entries[0].port"),
        ({"entries": [{"address": "8.8.4.4", "description": "a\tb"}]}, "entries[0].description"),
        ({"entries": [{"address": "", "protocol": "any"}]}, "entries[0].address"),
        ({"entries": [{"direction": "source"}]}, "address"),
        ({"ips": "8.8.4.4", "action": None}, "action"),
        ({"ips": "8.8.4.4", "direction": "both"}, "direction"),
    ],
)
def test_bad_input(lists: Lists, given: dict[str, Any], said: str) -> None:
    assert said in lists.refuses(**given)


def test_a_border_that_does_not_exist(lists: Lists) -> None:
    failure = lists.fails(object_id="none", ips="8.8.4.4")
    assert failure["error"]["code"] == "CFW.00400008"
    assert "huawei_cfw_firewall_info" in failure["error"]["hint"]
