# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of tencent_cfw_alert_rule: what they mean, and what is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import (
    ALERT_RULE,
    AlertRequest,
    validated,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule import run
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import PERMANENT
from support.tencent import options

ATTACKER = "203.0.113.7"
ALERT = "a67d60bb5ede9b962ac19ad24b28be54"
BLOCK: dict[str, Any] = {"action": "block", "ips": [ATTACKER], "duration": "7d"}
UNREACHABLE = {
    "TENCENTCLOUD_SECRET_ID": "AKIDexample",
    "TENCENTCLOUD_SECRET_KEY": "no-secret",
    "TENCENTCLOUD_CFW_ENDPOINT": "http://127.0.0.1:1",
}


def context(**environ: str) -> Context:
    return Context(environ=environ, home="/nonexistent")


def accepted(**given: Any) -> AlertRequest:
    return validated(options(**{**BLOCK, **given}), context())


def refused(**given: Any) -> InputError:
    """How a run ends that asks for this; it ends before a connection is made, which would be another error."""
    calls = CallLog()
    with pytest.raises(InputError) as caught:
        run(options(**{**BLOCK, **given}), context(**UNREACHABLE), calls)
    assert calls.rows() == []
    return caught.value


# What options mean


def test_the_defaults() -> None:
    request = accepted()
    assert [target.text for target in request.targets] == [ATTACKER]
    assert request.alert_ids == ()
    assert (request.alert_direction, request.direction) == ("inbound", "inbound")
    assert request.wanted.directions == frozenset("1")
    assert request.wanted.seconds == 7 * 86400
    assert request.wanted.renew_within is None
    assert request.wanted.comment is None
    assert (request.wanted.replace_opposite, request.allow_unresolved) == (False, False)
    assert (request.batch_size, request.window, request.settle_timeout) == (50, 86400, 60)
    assert request.return_all is True
    assert (request.ignore_reason, request.block_domain) == ("", "")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "1"),
        ({"alert_direction": "outbound"}, "0"),
        ({"direction": "outbound"}, "0"),
        ({"direction": "both"}, "01"),
        ({"direction": "intranet"}, "3"),
        ({"direction": "inbound", "alert_direction": "outbound"}, "1"),
    ],
)
def test_the_direction_is_by_default_that_of_the_alert(given: dict[str, Any], wanted: str) -> None:
    assert accepted(**given).wanted.directions == frozenset(wanted)


def test_a_removal_without_direction_means_any() -> None:
    assert accepted(state="absent", duration=None).wanted.directions is None
    assert accepted(state="absent", duration=None, alert_direction="outbound").wanted.directions is None
    assert accepted(state="absent", duration=None, direction="both").wanted.directions == frozenset("01")


@pytest.mark.parametrize(
    "ips",
    [
        "203.0.113.7, 203.0.113.8,,",
        ["203.0.113.7", " ", "203.0.113.8"],
        [" 203.0.113.7/32", "203.0.113.8", "203.0.113.7"],
    ],
)
def test_addresses_come_as_list_or_text_and_each_once(ips: Any) -> None:
    assert [target.text for target in accepted(ips=ips).targets] == ["203.0.113.7", "203.0.113.8"]


def test_alert_ids_come_as_list_or_text_and_each_once() -> None:
    request = accepted(ips=None, alert_ids=f"{ALERT}, ,b1,{ALERT}", duration="1d")
    assert (request.alert_ids, request.targets) == ((ALERT, "b1"), ())


def test_ipv6_is_brought_to_its_canonical_form() -> None:
    found = accepted(ips=["2001:DB8:0::7", "2001:db8::7/128"])
    assert [target.text for target in found.targets] == ["2001:db8::7"]


@pytest.mark.parametrize(
    ("text", "wanted"), [("", None), ("  ", None), ("case 7", "case 7"), ("x" * 50, "x" * 50), ("案" * 50, "案" * 50)]
)
def test_a_comment(text: str, wanted: str | None) -> None:
    assert accepted(comment=text).wanted.comment == wanted


def test_other_options_reach_the_request() -> None:
    request = accepted(
        action="allow",
        duration=" permanent ",
        renew_within=" 12h ",
        ignore_reason="emergency",
        block_domain=" reserved ",
        replace_opposite=True,
        allow_unresolved=True,
        alert_window="2d",
        batch_size=100,
        return_rules="changed",
        settle_timeout=5,
    )
    assert request.wanted.seconds == PERMANENT
    assert request.wanted.renew_within == 43200
    assert (request.ignore_reason, request.block_domain) == ("emergency", "reserved")
    assert (request.wanted.replace_opposite, request.allow_unresolved) == (True, True)
    assert (request.batch_size, request.window, request.settle_timeout) == (100, 172800, 5)
    assert request.return_all is False


@pytest.mark.parametrize("renew_within", ["", "  ", None])
def test_a_blank_renew_within_is_none(renew_within: str | None) -> None:
    assert accepted(renew_within=renew_within).wanted.renew_within is None


@pytest.mark.parametrize(
    ("duration", "by_alert_center"),
    [("1d", True), ("24h", True), ("7d", True), ("168h", True), ("permanent", True), ("2d", False), ("12h", False)],
)
def test_the_alert_centre_knows_three_durations(duration: str, by_alert_center: bool) -> None:
    assert accepted(duration=duration).wanted.by_alert_center is by_alert_center


def test_a_removal_does_not_need_a_duration() -> None:
    assert accepted(state="absent", duration=None).wanted.seconds == 0


# What is refused


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"ips": []}, "neither does (blank items do not count)"),
        ({"ips": [" ", ""]}, "neither does (blank items do not count)"),
        ({"ips": None}, "neither does (blank items do not count)"),
        ({"ips": " , ", "alert_ids": ","}, "neither does (blank items do not count)"),
        ({"alert_ids": [ALERT]}, "both do"),
    ],
)
def test_exactly_one_kind_of_target(given: dict[str, Any], problem: str) -> None:
    assert refused(**given).message == f"Exactly one of ips and alert_ids has to hold something; {problem}"


@pytest.mark.parametrize(
    ("ip", "problem"),
    [
        ("gateway.example", "is a host name, not an IP address"),
        ("203.0.113.0/24", "is a prefix, and single addresses only are taken"),
        ("203.0.113.7/24", "is a prefix with host bits set, and single addresses only are taken"),
        ("203.0.113.7-9", "is a range of addresses"),
        ("fe80::1%eth0", "has a zone id"),
        ("203.0.113.256", "is not an IP address: its numbers go from 0 to 255"),
        ("203.0.113.07", "has leading zeros, which some programs read as octal"),
    ],
)
def test_what_is_no_address(ip: str, problem: str) -> None:
    message = refused(ips=["203.0.113.8", ip]).message
    assert message == f"ips[1]: {ip!r} {problem}; give a single IPv4 or IPv6 address such as 203.0.113.7"


@pytest.mark.parametrize("given", [{}, {"action": "allow"}, {"state": "absent"}])
@pytest.mark.parametrize("ip", ["0.0.0.0", "::"])
def test_the_unspecified_address_is_no_host(given: dict[str, Any], ip: str) -> None:
    message = refused(ips=["203.0.113.8", ip], **given).message
    assert message == f"ips: {ip} is the unspecified address, which some devices take for all; name one host"


@pytest.mark.parametrize("alert_id", ["two words", "a;b", "x" * 129, "ä", '"'])
def test_what_is_no_alert_id(alert_id: str) -> None:
    message = refused(ips=None, alert_ids=[ALERT, alert_id]).message
    shown = alert_id if len(alert_id) <= 60 else alert_id[:57] + "..."
    assert message == f"alert_ids[1]: {shown!r} is no alert id; give one such as {ALERT}"


def test_alerts_can_not_be_taken_off_a_list() -> None:
    assert refused(ips=None, alert_ids=[ALERT], state="absent").message == (
        "state: absent with alert_ids is not possible: an alert does not say which rule was made for it; give the addresses as ips"
    )


@pytest.mark.parametrize("comment", ["x" * 51, "案" * 51])
def test_a_comment_that_is_too_long(comment: str) -> None:
    assert refused(comment=comment).message == "comment has 51 characters; at most 50 are possible"


@pytest.mark.parametrize("option", ["comment", "block_domain"])
@pytest.mark.parametrize("text", ["two\nlines", "tab\there", "nul\0", "del\x7f", "c1\x85", "line\u2028", "half\ud800"])
def test_control_characters(option: str, text: str) -> None:
    assert refused(**{option: text}).message == (
        f"{option} {text!r} has line breaks or control characters in it; write one line"
    )


@pytest.mark.parametrize("size", [0, -1, 101])
def test_batches_have_1_to_100_targets(size: int) -> None:
    assert refused(batch_size=size).message == f"batch_size is {size}; give 1 to 100"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("duration", "1w"),
        ("duration", " "),
        ("renew_within", "soon"),
        ("alert_window", "permanent"),
        ("alert_window", "0h"),
        ("renew_within", "permanent"),
    ],
)
def test_what_is_no_duration(option: str, text: str) -> None:
    assert refused(**{option: text}).message.startswith(f"{option} {text.strip()!r} is no duration; give hours or days")


@pytest.mark.parametrize("renew_within", ["7d", "168h", "8d"])
def test_a_rule_can_not_be_renewed_all_the_time(renew_within: str) -> None:
    assert refused(renew_within=renew_within).message == (
        f"renew_within {renew_within} is not shorter than duration 7d: every run would renew the rule"
    )


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_block_has_no_ignore_reason(state: str) -> None:
    message = refused(ignore_reason="default", state=state).message
    assert message == "ignore_reason goes with action: allow; for a block leave it out and use comment"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"direction": "intranet"}, "direction: intranet"),
        ({"action": "allow", "ignore_reason": "default"}, "ignore_reason"),
        ({"block_domain": "reserved"}, "block_domain"),
        ({"ips": None, "alert_ids": ALERT}, "alert_ids"),
        (
            {"action": "allow", "direction": "intranet", "ignore_reason": "default"},
            "direction: intranet and ignore_reason",
        ),
    ],
)
def test_what_only_the_alert_centre_can_say(given: dict[str, Any], named: str) -> None:
    assert refused(duration="12h", **given).message == (
        f"{named} with duration 12h: the API takes that only for 1d, 7d or permanent; use one of these"
    )


def test_a_missing_duration_is_ansible_s_own_message() -> None:
    spec = ArgumentSpecValidator(**ALERT_RULE.to_kwargs())
    assert spec.validate({"action": "block", "ips": [ATTACKER]}).error_messages == [
        "state is present but all of the following are missing: duration"
    ]
    assert spec.validate({"action": "block", "ips": [ATTACKER], "state": "absent"}).error_messages == []


# Protection


def test_a_protected_address_is_not_blocked() -> None:
    error = refused(ips=["198.51.100.1", ATTACKER], protected=["198.51.100.0/24"])
    assert error.code == "protected_target"
    assert "198.51.100.1 (protected by 198.51.100.0/24 from protected[0])" in error.message
    assert [row["target"] for row in error.result["refused"]] == ["198.51.100.1"]


@pytest.mark.parametrize("ip", ["10.0.0.5", "::ffff:10.0.0.5", "64:ff9b::a00:5", "fd00::5"])
def test_private_addresses_are_not_blocked_at_the_border(ip: str) -> None:
    error = refused(ips=[ip])
    assert error.code == "protected_target"
    assert error.hint.endswith("for addresses inside your network use direction: intranet")


def test_private_addresses_can_be_blocked_in_the_intranet() -> None:
    request = accepted(ips=["10.0.0.5"], direction="intranet")
    assert request.judge(request.targets).refused == []


@pytest.mark.parametrize(
    "given", [{"direction": "intranet"}, {"allow_protected": "127.0.0.1", "allow_protected_reason": "x"}]
)
def test_special_addresses_are_never_blocked(given: dict[str, Any]) -> None:
    assert refused(ips=["127.0.0.1"], **given).code == "protected_target"


@pytest.mark.parametrize(
    ("action", "state", "protects"),
    [("block", "present", True), ("block", "absent", False), ("allow", "present", False), ("allow", "absent", True)],
)
def test_what_cuts_a_protected_address_off_or_exposes_it_is_refused(action: str, state: str, protects: bool) -> None:
    request = accepted(action=action, state=state, protected=[ATTACKER])
    assert [row["target"] for row in request.judge(request.targets).refused] == [ATTACKER] * protects


def test_an_exemption_is_recorded() -> None:
    request = accepted(protected=[ATTACKER], allow_protected=[ATTACKER], allow_protected_reason="compromised")
    assert request.judge(request.targets).as_dict() == {
        "entries": 1,
        "sources": {"protected": 1},
        "exempted": [
            {
                "target": ATTACKER,
                "because": f"protected by {ATTACKER} from protected[0]",
                "reason": "compromised",
            }
        ],
    }


@pytest.mark.parametrize("targets", [{"ips": ATTACKER}, {"ips": None, "alert_ids": ALERT}])
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"allow_protected": [ATTACKER]}, "allow_protected: a reason is missing"),
        (
            {"allow_protected": ["gateway.example"], "allow_protected_reason": "x"},
            "allow_protected[0]: 'gateway.example'",
        ),
        ({"protected": ["gateway.example"]}, "protected[0]: 'gateway.example' is a host name"),
        ({"protected_file": "/nonexistent/file"}, "protected_file '/nonexistent/file': can't be read"),
    ],
)
def test_protection_that_makes_no_sense_is_refused(
    targets: dict[str, Any], given: dict[str, Any], problem: str
) -> None:
    assert refused(**targets, **given).message.startswith(problem)


def test_the_variable_and_the_file_protect_too(tmp_path: Path) -> None:
    file = tmp_path / "protected.txt"
    file.write_text("203.0.113.9  # the gateway\n", encoding="utf-8")
    given = options(**{**BLOCK, "ips": ["203.0.113.8", "203.0.113.9"], "protected_file": str(file)})
    request = validated(given, context(SECOPS_CFW_PROTECTED="203.0.113.8/32"))
    found = request.judge(request.targets)
    assert [row["source"] for row in found.refused] == ["SECOPS_CFW_PROTECTED", str(file)]
    assert found.summary == {"entries": 2, "sources": {"SECOPS_CFW_PROTECTED": 1, str(file): 1}}


# Connection


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"endpoint": "http://cfw.example.com"}, "endpoint"),
        ({"secret_id": "AKIDexample"}, "secret_key"),
        ({"retries": 11}, "retries is 11"),
        ({"settle_timeout": -1}, "settle_timeout is -1"),
        ({"timeout": 0}, "timeout is 0 seconds"),
    ],
)
def test_a_connection_that_can_not_work_is_refused(given: dict[str, Any], problem: str) -> None:
    assert problem in refused(**given).message


def test_missing_credentials_are_noticed_before_anything_is_sent() -> None:
    calls = CallLog()
    with pytest.raises(InputError) as caught:
        run(options(**BLOCK), context(), calls)
    assert "TENCENTCLOUD_SECRET_ID" in caught.value.message
    assert calls.rows() == []
