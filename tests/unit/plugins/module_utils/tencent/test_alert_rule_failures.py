# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_rule when the service or the network does something else than hoped for.

In every case: what is in force is what the result says, nothing is sent twice that may have been carried out, and `changed`
is true if anything was.
"""

from __future__ import annotations

from typing import Any

import pytest

from emulator import TENCENT_READONLY_ID, TENCENT_READONLY_KEY, TENCENT_SECRET_KEY
from emulator.tencent import Tencent
from support.tencent import CENTER, DAY, DELETE, HOUR, LIST, QUOTA, UPSERT, Call, Cloud, Instead, rule, words

ATTACKER, OTHER, THIRD, SCANNER = "203.0.113.7", "203.0.113.8", "203.0.113.9", "198.51.100.9"
BLOCK: dict[str, Any] = {"action": "block", "ips": ATTACKER, "duration": "7d"}
BY_LIST: dict[str, Any] = {**BLOCK, "duration": "12h"}
UNBLOCK: dict[str, Any] = {"action": "block", "ips": ATTACKER, "state": "absent"}
SEVEN = [f"203.0.113.{number}" for number in range(1, 8)]


def calls(cloud: Cloud) -> list[str]:
    """The writes that were sent, by name."""
    return [call for call, _body in cloud.writes()]


# HandleType taken the other way round


@pytest.mark.parametrize(("action", "other"), [("block", "allow"), ("allow", "block")])
@pytest.mark.parametrize("ips", [[ATTACKER], SEVEN])
def test_exactly_one_target_gets_onto_the_wrong_list_and_is_taken_off_it(
    cloud: Cloud, action: str, other: str, ips: list[str]
) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    failure = cloud.fails(action=action, ips=ips, duration="7d")
    assert (failure["error"]["code"], failure["changed"]) == ("wrong_list", True)
    assert rule(failure, ips[0])["result"] == "failed"
    assert rule(failure, ips[0])["reason"] == (
        f"The service put {ips[0]} on the {other} list although a rule to {action} it was asked for; "
        "it was removed from there"
    )
    assert rule(failure, ips[0])["after"] is None
    assert set(words(failure).values()) == {"failed"}
    for ip in ips[1:]:
        assert rule(failure, ip)["reason"].startswith("not tried after: The service put")
    assert calls(cloud) == [CENTER, DELETE]
    assert cloud.writes()[0][1]["HandleIpList"] == ips[:1]
    assert (cloud.blocked(), cloud.allowed()) == ({}, {})
    assert failure["error"]["hint"] == ("Nothing more was sent; look at both lists before the next run")


def test_the_way_around_that_is_advised_works(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    assert rule(cloud.thrice(action="block", ips=ATTACKER, duration="25h"))["result"] == "created"
    assert (cloud.blocked(), cloud.allowed()) == ({ATTACKER: "1"}, {})


def test_existing_rules_are_not_written_either_after_a_mix_up(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    cloud.seed(blocklist=[{"Ioc": OTHER, "DirectionList": "0"}])
    failure = cloud.fails(action="block", ips=[OTHER, ATTACKER], duration="7d")
    assert words(failure) == {OTHER: "failed", ATTACKER: "failed"}
    assert rule(failure, OTHER)["after"] == rule(failure, OTHER)["before"]
    assert (cloud.blocked(), cloud.allowed()) == ({OTHER: "0"}, {})


def test_a_mix_up_that_can_not_be_put_right_says_what_to_do(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    cloud.emu.fault(DELETE, kind="error", code="UnauthorizedOperation")
    failure = cloud.fails(**BLOCK)
    assert (failure["error"]["code"], failure["changed"]) == ("wrong_list", True)
    assert rule(failure)["reason"].endswith("that it was removed from there could not be confirmed")
    assert failure["error"]["hint"].startswith(f"Remove {ATTACKER} from the allow list in the console now. ")
    assert rule(failure)["after"]["action"] == "allow"
    assert failure["diff"] == {"before": {ATTACKER: {}}, "after": {ATTACKER: {"allow": rule(failure)["after"]}}}
    assert cloud.allowed() == {ATTACKER: "1"}


def test_a_mix_up_seen_late_is_put_right(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True, list_lag=20.0)
    failure = cloud.fails(**BLOCK)
    assert failure["error"]["code"] == "wrong_list"
    cloud.emu.advance(60)
    assert (cloud.blocked(), cloud.allowed()) == ({}, {})


def test_a_mix_up_whose_answer_was_lost_is_put_right(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    cloud.emu.fault(CENTER, kind="drop_after_commit")
    assert cloud.fails(**BLOCK)["error"]["code"] == "wrong_list"
    assert (calls(cloud), cloud.allowed()) == ([CENTER, DELETE], {})


def test_a_target_moved_from_the_other_list_and_back_again_is_put_right(cloud: Cloud) -> None:
    cloud.emu.switch(handle_type_swapped=True)
    cloud.seed(whitelist=[ATTACKER])
    failure = cloud.fails(**BLOCK, replace_opposite=True)
    assert (failure["error"]["code"], failure["changed"]) == ("wrong_list", True)
    assert (cloud.blocked(), cloud.allowed()) == ({}, {})
    assert set(failure["diff"]["before"][ATTACKER]) == {"allow"}
    assert failure["diff"]["after"][ATTACKER] == {}


def test_a_mix_up_of_a_later_batch_is_put_right_target_by_target(cloud: Cloud, instead: Instead) -> None:
    """A service that changes its mind: the first target was blocked, the others are allowed."""

    def changeable(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        answer = call()
        tencent._switches.apply({"handle_type_swapped": True})
        return answer

    instead(CENTER, changeable)
    failure = cloud.fails(action="block", ips=[ATTACKER, OTHER, THIRD], duration="7d", batch_size=2)
    assert words(failure) == {ATTACKER: "created", OTHER: "failed", THIRD: "failed"}
    assert (failure["error"]["code"], failure["changed"]) == ("wrong_list", True)
    for ip in (OTHER, THIRD):
        assert rule(failure, ip)["reason"].startswith(f"The service put {ip} on the allow list")
    assert (cloud.blocked(), cloud.allowed()) == ({ATTACKER: "1"}, {})


@pytest.mark.parametrize(("call", "given"), [(CENTER, BLOCK), (UPSERT, BY_LIST)])
def test_a_target_that_is_on_both_lists_afterwards_is_not_called_blocked(
    cloud: Cloud, instead: Instead, call: str, given: dict[str, Any]
) -> None:
    def on_both(tencent: Tencent, _body: dict[str, Any], create: Call) -> dict[str, Any]:
        tencent.lists.upsert(2, ATTACKER, ["1"], tencent._clock.now() + DAY, "")
        return create()

    instead(call, on_both)
    failure = cloud.fails(**given)
    assert (words(failure), failure["error"]["code"]) == ({ATTACKER: "failed"}, "wrong_list")
    assert (cloud.blocked(), cloud.allowed()) == ({ATTACKER: "1"}, {})
    assert failure["changed"] is True
    assert rule(failure)["after"]["action"] == "block"


# What CreateAlertCenterRule says that it did not do


@pytest.mark.parametrize(
    "switches", [{"alert_center_status": -1}, {"alert_center_status": -3}, {"alert_center_return_code": 1001}]
)
def test_what_it_left_undone_goes_to_the_list_call(cloud: Cloud, switches: dict[str, Any]) -> None:
    cloud.emu.switch(**switches)
    done = cloud.thrice(action="block", ips=SEVEN, duration="7d", direction="both")
    assert words(done) == dict.fromkeys(SEVEN, "created")
    assert cloud.blocked() == dict.fromkeys(SEVEN, "0,1")
    assert {cloud.lasts(row["after"]["expires"]) for row in done["rules"]} == {7}


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"alert_center_status": -1}, "ReturnCode 0 (success), Status -1 (general error)"),
        ({"alert_center_status": -3}, "ReturnCode 0 (success), Status -3 (duplicate)"),
        ({"alert_center_status": 7}, "ReturnCode 0 (success), Status 7"),
        ({"alert_center_return_code": -1}, "ReturnCode -1 (fail), Status 0"),
    ],
)
def test_what_it_said_is_told_where_no_other_call_can_help(cloud: Cloud, switches: dict[str, Any], said: str) -> None:
    cloud.emu.switch(**switches)
    failure = cloud.fails(action="block", ips="10.0.0.5", duration="7d", direction="intranet")
    assert rule(failure)["reason"] == f"no list shows it; the service had answered: {CENTER} answered {said}"


@pytest.mark.parametrize("switches", [{"alert_center_status": -1}, {"alert_center_return_code": -1}])
def test_once_it_failed_the_rest_goes_by_the_list_call_at_once(cloud: Cloud, switches: dict[str, Any]) -> None:
    cloud.emu.switch(**switches)
    cloud.run(action="block", ips=SEVEN, duration="7d")
    assert [(call, len(body.get("HandleIpList") or body["Rules"])) for call, body in cloud.writes()] == [
        (CENTER, 1),
        (UPSERT, 1),
        (UPSERT, 6),
    ]
    assert cloud.waited == 0, "there is nothing to wait for after an answer that says no"


def test_if_the_list_call_does_not_do_it_either_both_answers_are_told(cloud: Cloud) -> None:
    cloud.emu.switch(alert_center_status=-3)
    cloud.emu.fault(UPSERT, kind="error", code="FailedOperation", message="Try later.")
    failure = cloud.fails(**BLOCK)
    assert rule(failure)["result"] == "unknown"
    assert rule(failure)["reason"] == (
        "the block list does not show it as asked; the service had answered: FailedOperation: Try later."
    )
    assert (failure["changed"], calls(cloud)) == (False, [CENTER, UPSERT])


@pytest.mark.parametrize("on_bad_item", ["stop", "nothing", "others"])
def test_a_duplicate_that_appeared_meanwhile_is_not_shortened(cloud: Cloud, instead: Instead, on_bad_item: str) -> None:
    """Somebody else blocks one of the targets for ever, outbound, after the lists were read."""

    def raced(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        if OTHER in body["HandleIpList"]:
            tencent.lists.upsert(1, OTHER, ["0"], tencent._clock.now() + 5000 * DAY, "somebody else")
        return call()

    instead(CENTER, raced)
    cloud.emu.switch(alert_center_on_bad_item=on_bad_item)
    done = cloud.run(action="block", ips=[ATTACKER, OTHER, THIRD], duration="7d")
    assert words(done) == dict.fromkeys([ATTACKER, OTHER, THIRD], "created")
    assert cloud.blocked() == {ATTACKER: "1", OTHER: "0,1", THIRD: "1"}
    assert cloud.lasts(rule(done, OTHER)["after"]["expires"]) == pytest.approx(5000)
    assert rule(done, OTHER)["after"]["comment"] == "somebody else"
    assert rule(done, OTHER)["wider_than_requested"] == ["outbound"]


def test_a_shorter_duplicate_does_not_pass_for_a_permanent_rule(cloud: Cloud, instead: Instead) -> None:
    def raced(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent.lists.upsert(1, ATTACKER, ["1"], tencent._clock.now() + HOUR, "")
        return call()

    instead(CENTER, raced)
    done = cloud.run(action="block", ips=ATTACKER, duration="permanent")
    assert rule(done)["after"]["expires"] == "permanent"
    assert calls(cloud) == [CENTER, UPSERT]


def test_a_duplicate_that_satisfies_is_left_as_it_is(cloud: Cloud, instead: Instead) -> None:
    def raced(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent.lists.upsert(1, ATTACKER, ["1"], tencent._clock.now() + DAY, "somebody else")
        return call()

    instead(CENTER, raced)
    done = cloud.run(**BLOCK)
    assert (words(done), calls(cloud)) == ({ATTACKER: "created"}, [CENTER])
    assert rule(done)["after"]["comment"] == "somebody else"
    assert cloud.lasts(rule(done)["after"]["expires"]) == 1


def test_a_target_that_was_allowed_meanwhile_is_not_blocked_after_all(cloud: Cloud, instead: Instead) -> None:
    """The call for the rest is not trusted, and before the other call the lists are looked at again."""

    def raced(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent.lists.upsert(2, OTHER, ["1"], tencent._clock.now() + DAY, "somebody else")
        return call()

    instead(CENTER, raced)
    cloud.emu.switch(alert_center_status=-1)
    failure = cloud.fails(action="block", ips=[ATTACKER, OTHER], duration="7d")
    assert words(failure) == {ATTACKER: "created", OTHER: "refused"}
    assert rule(failure, OTHER)["reason"].startswith("it is on the allow list (inbound")
    assert (calls(cloud), cloud.allowed()) == ([CENTER, UPSERT], {OTHER: "1"})


def test_a_rule_that_somebody_else_made_proves_nothing_about_the_call(cloud: Cloud, instead: Instead) -> None:
    """The first target is there, but not by this call: it is not trusted with the rest."""

    def raced(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent.lists.upsert(1, ATTACKER, ["1"], tencent._clock.now() + 30 * DAY, "")
        tencent._switches.apply({"alert_center_status": -3})
        return call()

    instead(CENTER, raced)
    done = cloud.run(action="block", ips=[ATTACKER, OTHER, THIRD], duration="7d")
    assert set(words(done).values()) == {"created"}
    assert [(call, len(body.get("HandleIpList") or body["Rules"])) for call, body in cloud.writes()] == [
        (CENTER, 1),
        (UPSERT, 2),
    ]


def test_an_intranet_rule_that_was_left_undone_can_not_go_by_the_list_call(cloud: Cloud) -> None:
    cloud.emu.switch(alert_center_status=-1)
    failure = cloud.fails(action="block", ips=["10.0.0.5", "10.0.0.6"], duration="7d", direction="intranet")
    assert words(failure) == {"10.0.0.5": "unknown", "10.0.0.6": "failed"}
    assert rule(failure, "10.0.0.5")["reason"] == (
        "no list shows it; the service had answered: CreateAlertCenterRule answered "
        "ReturnCode 0 (success), Status -1 (general error)"
    )
    assert rule(failure, "10.0.0.6")["reason"].startswith("not tried after: The first rule could not be confirmed")
    assert (failure["error"]["code"], failure["changed"]) == ("first_write_unconfirmed", False)
    assert calls(cloud) == [CENTER]


# Partial application


def test_what_was_applied_in_part_is_completed(cloud: Cloud) -> None:
    cloud.emu.switch(alert_center_partial=2)
    done = cloud.thrice(action="block", ips=SEVEN, duration="7d")
    assert words(done) == dict.fromkeys(SEVEN, "created")
    assert set(cloud.blocked()) == set(SEVEN)


def test_only_what_is_missing_is_sent_again(cloud: Cloud) -> None:
    cloud.emu.switch(alert_center_partial=2)
    cloud.run(action="block", ips=SEVEN, duration="7d")
    sent = [body.get("HandleIpList") or [row["Ioc"] for row in body["Rules"]] for _call, body in cloud.writes()]
    assert sent == [SEVEN[:1], SEVEN[1:], SEVEN[3:]]
    assert calls(cloud) == [CENTER, CENTER, UPSERT]


# Answers that are lost, and what becomes of the write


LOST: list[dict[str, Any]] = [
    {"kind": "drop_before_commit"},
    {"kind": "drop_after_commit"},
    {"kind": "late_commit", "seconds": 3.0},
    {"kind": "late_commit", "calls": 3},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "code": "InternalError", "commit": True},
    {"kind": "error", "code": "InternalError"},
    {"kind": "error", "code": "FailedOperation", "commit": True},
    {"kind": "html"},
    {"kind": "truncated_json"},
    {"kind": "truncated_json", "cut": "connection"},
    {"kind": "content_type"},
    {"kind": "not_json_200", "commit": False},
    {"kind": "empty_200"},
    {"kind": "redirect"},
]
SOON: dict[str, Any] = {"settle_timeout": 6}


def named(fault: dict[str, Any]) -> str:
    return "-".join(str(value) for value in fault.values())


def committed(fault: dict[str, Any]) -> bool:
    """Whether the service carries it out in the end."""
    if "commit" in fault:
        return bool(fault["commit"])
    return fault["kind"] in (
        "drop_after_commit",
        "late_commit",
        "truncated_json",
        "content_type",
        "not_json_200",
        "empty_200",
    )


@pytest.mark.parametrize("fault", LOST, ids=named)
def test_a_lost_answer_of_the_alert_centre_is_looked_for_and_then_made_by_the_list_call(
    cloud: Cloud, fault: dict[str, Any]
) -> None:
    cloud.emu.fault(CENTER, **fault)
    done = cloud.run(**BLOCK, **SOON)
    assert (words(done), done["changed"]) == ({ATTACKER: "created"}, True)
    assert cloud.lasts(rule(done)["after"]["expires"]) == pytest.approx(7, abs=0.001)
    assert calls(cloud) == ([CENTER] if committed(fault) else [CENTER, UPSERT])
    assert cloud.blocked() == {ATTACKER: "1"}
    cloud.emu.advance(HOUR)
    assert cloud.run(**BLOCK)["changed"] is False


@pytest.mark.parametrize("fault", LOST, ids=named)
def test_a_lost_answer_of_the_list_call_is_looked_for_and_never_sent_again(cloud: Cloud, fault: dict[str, Any]) -> None:
    cloud.emu.fault(UPSERT, **fault)
    if committed(fault):
        assert words(cloud.run(**BY_LIST, **SOON)) == {ATTACKER: "created"}
    else:
        failure = cloud.fails(**BY_LIST, **SOON)
        assert words(failure) == {ATTACKER: "unknown"}
        assert (failure["changed"], failure["error"]["code"]) == (False, "first_write_unconfirmed")
        assert rule(failure)["reason"].startswith("the block list does not show it as asked; the service had answered:")
        assert cloud.waited == pytest.approx(6, abs=1), "it looks for as long as settle_timeout says"
    assert calls(cloud) == [UPSERT]
    assert cloud.blocked() == ({ATTACKER: "1"} if committed(fault) else {})


@pytest.mark.parametrize("fault", LOST, ids=named)
def test_a_lost_answer_of_a_removal_is_looked_for_and_never_sent_again(cloud: Cloud, fault: dict[str, Any]) -> None:
    cloud.seed(blocklist=[ATTACKER])
    cloud.emu.fault(DELETE, **fault)
    if committed(fault):
        done = cloud.run(**UNBLOCK, **SOON)
        assert (words(done), done["changed"]) == ({ATTACKER: "removed"}, True)
    else:
        failure = cloud.fails(**UNBLOCK, **SOON)
        assert (failure["changed"], failure["error"]["code"]) == (False, "targets_unknown")
        assert rule(failure)["reason"].startswith("the block rule is still listed; the service had answered:")
        assert rule(failure)["after"] == rule(failure)["before"]
    assert calls(cloud) == [DELETE]
    assert cloud.blocked() == ({} if committed(fault) else {ATTACKER: "1"})


@pytest.mark.parametrize("fault", LOST, ids=named)
def test_a_lost_answer_while_the_other_list_is_cleared_stops_before_the_block(
    cloud: Cloud, fault: dict[str, Any]
) -> None:
    cloud.seed(whitelist=[ATTACKER])
    cloud.emu.fault(DELETE, **fault)
    if committed(fault):
        assert words(cloud.run(**BLOCK, **SOON, replace_opposite=True)) == {ATTACKER: "created"}
        assert (cloud.blocked(), cloud.allowed()) == ({ATTACKER: "1"}, {})
    else:
        failure = cloud.fails(**BLOCK, **SOON, replace_opposite=True)
        assert (words(failure), failure["changed"]) == ({ATTACKER: "unknown"}, False)
        assert rule(failure)["reason"].startswith("the allow rule is still listed")
        assert (calls(cloud), cloud.blocked(), cloud.allowed()) == ([DELETE], {}, {ATTACKER: "1"})


def test_a_write_that_takes_longer_than_settle_timeout_is_unknown_and_found_by_the_next_run(cloud: Cloud) -> None:
    cloud.emu.fault(UPSERT, kind="late_commit", seconds=100.0)
    failure = cloud.fails(**BY_LIST)
    assert words(failure) == {ATTACKER: "unknown"}
    cloud.emu.advance(60)
    again = cloud.run(**BY_LIST)
    assert (again["changed"], words(again)) == (False, {ATTACKER: "unchanged"})


@pytest.mark.parametrize(("given", "seconds"), [({}, 60), ({"settle_timeout": 20}, 20)])
def test_settle_timeout_is_how_long_it_looks(cloud: Cloud, given: dict[str, Any], seconds: float) -> None:
    cloud.emu.fault(UPSERT, kind="drop_before_commit")
    cloud.fails(**BY_LIST, **given)
    assert cloud.waited == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "delay", "seconds": 0.02},
        {"kind": "delay", "seconds": 0.02, "after_commit": True},
        {"kind": "skew", "seconds": 7200.0},
        {"kind": "skew", "seconds": -7200.0},
        {"kind": "slow_body", "seconds": 0.0},
        {"kind": "huge", "bytes": 2**26},
    ],
    ids=named,
)
@pytest.mark.parametrize(("call", "given"), [(CENTER, BLOCK), (UPSERT, BY_LIST), (LIST, BLOCK)])
def test_what_does_not_matter_in_the_end(cloud: Cloud, fault: dict[str, Any], call: str, given: dict[str, Any]) -> None:
    cloud.emu.fault(call, nth=1, **fault)
    if fault["kind"] == "huge" and call != CENTER:
        assert cloud.fails(**given, **SOON)["changed"] is False
    else:
        assert words(cloud.run(**given, **SOON)) == {ATTACKER: "created"}
        assert cloud.blocked() == {ATTACKER: "1"}


def test_a_locked_key_is_not_tried_again(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="lockout")
    failure = cloud.fails(**BLOCK)
    assert (failure["error"]["code"], calls(cloud)) == ("AuthFailure.UnauthorizedOperation", [CENTER])


def test_with_a_settle_timeout_of_nothing_it_looks_once(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag=1.0)
    failure = cloud.fails(**BY_LIST, settle_timeout=0)
    assert words(failure) == {ATTACKER: "unknown"}
    assert cloud.emu.calls() == {LIST: 4, QUOTA: 1, UPSERT: 1}


def test_after_an_unconfirmed_first_write_nothing_more_is_sent(cloud: Cloud) -> None:
    cloud.emu.fault(UPSERT, kind="drop_before_commit")
    failure = cloud.fails(action="block", ips=SEVEN, duration="12h", **SOON)
    assert words(failure) == {SEVEN[0]: "unknown", **dict.fromkeys(SEVEN[1:], "failed")}
    assert failure["error"]["code"] == "first_write_unconfirmed"
    assert failure["error"]["hint"] == "Nothing more was sent; run it again, which looks first"
    assert rule(failure, SEVEN[6])["reason"].startswith(
        f"not tried after: The first rule could not be confirmed: {SEVEN[0]}: the block list does not show it"
    )
    assert calls(cloud) == [UPSERT]


def test_a_lost_answer_of_a_later_batch_concerns_its_targets_only(cloud: Cloud) -> None:
    cloud.emu.fault(UPSERT, kind="drop_before_commit", nth=2)
    failure = cloud.fails(action="block", ips=SEVEN, duration="12h", batch_size=3, **SOON)
    assert words(failure) == {
        SEVEN[0]: "created",
        **dict.fromkeys(SEVEN[1:4], "unknown"),
        **dict.fromkeys(SEVEN[4:], "created"),
    }
    assert (failure["changed"], failure["error"]["code"]) == (True, "targets_unknown")
    assert failure["counts"] == {"created": 4, "unknown": 3}
    assert set(failure["diff"]["after"]) == {SEVEN[0], *SEVEN[4:]}


# Lists that lag


@pytest.mark.parametrize("lag", [{"list_lag": 12.0}, {"list_lag_calls": 3}])
@pytest.mark.parametrize(
    ("seeded", "given", "result"),
    [
        ({}, BLOCK, "created"),
        ({}, BY_LIST, "created"),
        ({"blocklist": [{"Ioc": ATTACKER, "DirectionList": "0"}]}, BLOCK, "updated"),
        ({"blocklist": [ATTACKER]}, UNBLOCK, "removed"),
        ({"whitelist": [ATTACKER]}, {**BLOCK, "replace_opposite": True}, "created"),
    ],
)
def test_a_list_that_lags_is_waited_for(
    cloud: Cloud, lag: dict[str, Any], seeded: dict[str, Any], given: dict[str, Any], result: str
) -> None:
    cloud.emu.switch(**lag)
    cloud.seed(**seeded)
    done = cloud.run(**given)
    assert words(done) == {ATTACKER: result}
    assert len(calls(cloud)) == (2 if "whitelist" in seeded else 1)
    assert cloud.waited > 1


def test_a_rule_that_a_lagging_list_hides_is_merged_and_not_doubled(cloud: Cloud) -> None:
    """The run before has just made it; -3 and the list call, which is an upsert, put that right."""
    cloud.emu.switch(list_lag=30.0)
    cloud.run(**BLOCK)
    cloud.emu.advance(-25)
    done = cloud.run(**BLOCK)
    assert words(done)[ATTACKER] in ("created", "unchanged")
    assert list(cloud.blocked()) == [ATTACKER]


# Refusals


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("UnauthorizedOperation", "Allow the call in the account's access policies; its resource must be *"),
        ("AuthFailure.TokenFailure", "The temporary token is wrong or expired"),
        ("LimitExceeded", "The account's quota of rules is used up"),
        ("InvalidParameter", ""),
        ("OperationDenied", ""),
    ],
)
@pytest.mark.parametrize(
    ("call", "given", "seeded"),
    [
        (CENTER, BLOCK, {}),
        (UPSERT, BY_LIST, {}),
        (DELETE, UNBLOCK, {"blocklist": [ATTACKER]}),
        (DELETE, {**BLOCK, "replace_opposite": True}, {"whitelist": [ATTACKER]}),
    ],
)
def test_a_refusal_is_told_at_once_and_nothing_is_tried_instead(
    cloud: Cloud, code: str, hint: str, call: str, given: dict[str, Any], seeded: dict[str, Any]
) -> None:
    cloud.seed(**seeded)
    cloud.emu.fault(call, kind="error", code=code, message="No.", times=0)
    failure = cloud.fails(**given)
    assert (words(failure), failure["changed"]) == ({ATTACKER: "failed"}, False)
    assert failure["error"]["code"] == code
    assert rule(failure)["reason"] == f"{code}: No."
    assert failure["error"]["hint"].startswith(hint)
    assert failure["error"]["request_id"] == failure["api_calls"][-1]["request_ids"][0]
    assert (calls(cloud), cloud.waited) == ([call], 0)


def test_a_read_only_key(cloud: Cloud) -> None:
    key: dict[str, Any] = {"secret_id": TENCENT_READONLY_ID, "secret_key": TENCENT_READONLY_KEY}
    planned = cloud.run(True, **BLOCK, **key)
    assert planned["changed"] is True
    failure = cloud.fails(action="block", ips=SEVEN, duration="7d", **key)
    assert failure["error"]["code"] == "UnauthorizedOperation"
    assert set(words(failure).values()) == {"failed"}
    assert rule(failure, SEVEN[1])["reason"].startswith("not tried after: UnauthorizedOperation: ")
    assert (failure["changed"], calls(cloud)) == (False, [CENTER])
    assert [row["permission"] for row in failure["api_calls"]] == [f"cfw:{LIST}", f"cfw:{QUOTA}", f"cfw:{CENTER}"]


@pytest.mark.parametrize("code", ["MissingParameter", "UnknownParameter"])
def test_another_edition_of_the_api_hints_at_the_site(cloud: Cloud, code: str) -> None:
    cloud.emu.fault(LIST, kind="error", code=code)
    assert "check site, which is china, and endpoint" in cloud.fails(**BLOCK)["msg"]


def test_the_international_site_does_not_have_these_calls(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="error", code="InvalidAction")
    failure = cloud.fails(**BLOCK)
    assert failure["error"]["code"] == "InvalidAction"
    assert failure["error"]["hint"] == "This host does not offer the call: check site and endpoint"
    assert failure["changed"] is False


def test_a_refused_removal_does_not_wait_for_the_rest(cloud: Cloud) -> None:
    cloud.seed(blocklist=SEVEN)
    cloud.emu.fault(DELETE, kind="error", code="UnauthorizedOperation", times=0)
    failure = cloud.fails(action="block", ips=SEVEN, state="absent", batch_size=2)
    assert set(words(failure).values()) == {"failed"}
    assert (failure["changed"], calls(cloud), cloud.waited) == (False, [DELETE], 0)
    assert all(row["after"] == row["before"] for row in failure["rules"])


@pytest.mark.parametrize("duration", ["7d", "12h"])
def test_a_quota_that_is_reached_half_way_leaves_every_target_accounted_for(cloud: Cloud, duration: str) -> None:
    cloud.emu.switch(block_quota=5, quota_answer="empty")
    failure = cloud.fails(action="block", ips=SEVEN, duration=duration, batch_size=2)
    assert words(failure) == {**dict.fromkeys(SEVEN[:5], "created"), **dict.fromkeys(SEVEN[5:], "failed")}
    assert (failure["changed"], failure["error"]["code"]) == (True, "LimitExceeded")
    assert rule(failure, SEVEN[5])["reason"] == "LimitExceeded: The quota of the block list is used up."
    assert failure["msg"].startswith(f"2 of 7 targets did not come out as asked: {SEVEN[5]} failed: LimitExceeded")
    assert set(cloud.blocked()) == set(SEVEN[:5])
    assert cloud.waited == 0, "a refused batch is not waited for"


def test_the_targets_after_a_refused_batch_are_not_tried(cloud: Cloud) -> None:
    cloud.emu.switch(block_quota=3, quota_answer="empty")
    failure = cloud.fails(action="block", ips=SEVEN, duration="7d", batch_size=2)
    reasons = [rule(failure, ip)["reason"].partition(":")[0] for ip in SEVEN]
    assert reasons == ["", "", "", "LimitExceeded", "LimitExceeded", "not tried after", "not tried after"]


def test_what_was_taken_off_the_other_list_before_a_refusal_is_a_change(cloud: Cloud) -> None:
    cloud.seed(whitelist=[ATTACKER])
    cloud.emu.fault(CENTER, kind="error", code="LimitExceeded")
    failure = cloud.fails(**BLOCK, replace_opposite=True)
    assert (words(failure), failure["changed"]) == ({ATTACKER: "failed"}, True)
    assert set(failure["diff"]["before"][ATTACKER]) == {"allow"}
    assert failure["diff"]["after"][ATTACKER] == {}
    assert cloud.allowed() == {}


def test_many_failures_are_counted_and_the_first_ten_are_named(cloud: Cloud) -> None:
    ips = [f"203.0.113.{number}" for number in range(1, 15)]
    cloud.seed(whitelist=ips)
    failure = cloud.fails(action="block", ips=ips, duration="7d")
    assert failure["msg"].startswith("14 of 14 targets did not come out as asked: 203.0.113.1 refused: ")
    assert "; and 4 more, see rules." in failure["msg"]
    assert len(failure["rules"]) == 14


# Throttling


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle"},
        {"kind": "throttle", "retry_after": 3},
        {"kind": "error", "code": "RequestLimitExceeded.IPLimitExceeded"},
    ],
)
@pytest.mark.parametrize(
    ("call", "given", "result"),
    [(CENTER, BLOCK, "created"), (UPSERT, BY_LIST, "created"), (DELETE, UNBLOCK, "removed"), (LIST, BLOCK, "created")],
)
def test_what_was_throttled_was_not_executed_and_is_sent_again(
    cloud: Cloud, fault: dict[str, Any], call: str, given: dict[str, Any], result: str
) -> None:
    if given is UNBLOCK:
        cloud.seed(blocklist=[ATTACKER])
    cloud.emu.fault(call, times=2, **fault)
    done = cloud.run(**given)
    assert words(done) == {ATTACKER: result}
    attempts = {row["call"]: row["attempts"] - row["count"] for row in done["api_calls"]}
    assert attempts == {**dict.fromkeys(attempts, 0), call: 2}
    assert cloud.waited > 2


def test_a_secret_in_the_service_s_words_is_hidden(cloud: Cloud) -> None:
    message = f"The signature of {TENCENT_SECRET_KEY} is wrong."
    cloud.emu.fault(CENTER, kind="error", code="AuthFailure.SignatureFailure", message=message)
    failure = cloud.fails(**BLOCK)
    for text in (failure["msg"], failure["error"]["message"], rule(failure)["reason"]):
        assert "AuthFailure.SignatureFailure: The signature of ******** is wrong." in text


def test_throttling_without_end_fails(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="throttle", times=0)
    failure = cloud.fails(**BLOCK, retries=2)
    assert (failure["error"]["code"], failure["changed"]) == ("RequestLimitExceeded", False)
    assert calls(cloud) == [CENTER] * 3


# Reading


@pytest.mark.parametrize(
    "fault",
    [
        row
        for row in LOST
        if row["kind"] not in ("late_commit", "content_type", "redirect") and "FailedOperation" not in row.values()
    ],
    ids=named,
)
@pytest.mark.parametrize("nth", [1, 4])
def test_a_read_is_repeated(cloud: Cloud, fault: dict[str, Any], nth: int) -> None:
    cloud.emu.fault(LIST, nth=nth, **fault)
    assert words(cloud.run(**BLOCK)) == {ATTACKER: "created"}
    assert cloud.emu.calls() == {LIST: 5, QUOTA: 1, CENTER: 1}


@pytest.mark.parametrize(
    "fault",
    [{"kind": "html"}, {"kind": "error", "code": "UnauthorizedOperation"}, {"kind": "empty_200"}, {"kind": "redirect"}],
    ids=named,
)
def test_lists_that_can_not_be_read_at_first_end_the_run(cloud: Cloud, fault: dict[str, Any]) -> None:
    cloud.emu.fault(LIST, times=0, **fault)
    for check in (True, False):
        failure = cloud.fails(check, **BLOCK)
        assert failure["changed"] is False
        assert "rules" not in failure
    assert cloud.emu.writes() == 0


@pytest.mark.parametrize(
    "fault",
    [{"kind": "html"}, {"kind": "error", "code": "UnauthorizedOperation"}, {"kind": "drop_before_commit"}],
    ids=named,
)
@pytest.mark.parametrize(
    ("call", "given", "seeded"),
    [(CENTER, BLOCK, {}), (UPSERT, BY_LIST, {}), (DELETE, UNBLOCK, {"blocklist": [ATTACKER]})],
)
def test_a_write_that_can_not_be_read_back_is_unknown(
    cloud: Cloud, fault: dict[str, Any], call: str, given: dict[str, Any], seeded: dict[str, Any]
) -> None:
    cloud.seed(**seeded)
    cloud.emu.fault(LIST, nth=3, times=0, **fault)
    failure = cloud.fails(**given, **SOON)
    assert words(failure) == {ATTACKER: "unknown"}
    assert failure["changed"] is True, "it can't be compared, so it counts as a change"
    assert rule(failure)["reason"].startswith("it could not be read back: ")
    assert calls(cloud) == [call], "nothing is decided on lists that could not be read"
    assert rule(failure)["after"] == rule(failure)["before"]
    # A list that is not permitted is not asked for again and again; Huawei's keys would be locked for it.
    assert (cloud.waited > 5) == (fault.get("code") != "UnauthorizedOperation")


def test_a_lost_write_is_not_made_again_while_the_lists_can_not_be_read(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="drop_after_commit")
    cloud.emu.fault(LIST, nth=3, times=0, kind="html")
    failure = cloud.fails(**BLOCK, **SOON)
    assert (words(failure), calls(cloud)) == ({ATTACKER: "unknown"}, [CENTER])
    assert "; the service had answered: " in rule(failure)["reason"]


def test_a_list_that_fails_once_after_the_write_is_read_again(cloud: Cloud) -> None:
    cloud.emu.fault(LIST, nth=3, kind="html")
    done = cloud.run(**BLOCK, retries=0)
    assert (words(done), rule(done)["reason"]) == ({ATTACKER: "created"}, "")


def test_what_was_seen_before_the_lists_failed_is_told(cloud: Cloud) -> None:
    """Of the second batch nothing arrives, and the list fails while it is looked for."""
    cloud.emu.fault(UPSERT, kind="drop_before_commit", nth=3)
    cloud.emu.fault(LIST, nth=7, times=0, kind="html")
    failure = cloud.fails(action="block", ips=SEVEN, duration="12h", batch_size=3, **SOON)
    assert words(failure) == {**dict.fromkeys(SEVEN[:4], "created"), **dict.fromkeys(SEVEN[4:], "unknown")}
    assert rule(failure, SEVEN[4])["reason"].startswith("it could not be read back: ")
    assert (failure["changed"], set(failure["diff"]["after"])) == (True, set(SEVEN[:4]))


def test_a_lost_write_is_not_made_by_the_other_call_while_the_last_look_failed(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="drop_before_commit")
    cloud.emu.fault(LIST, nth=5, times=0, kind="html")
    failure = cloud.fails(**BLOCK, **SOON)
    assert (words(failure), calls(cloud), failure["changed"]) == ({ATTACKER: "unknown"}, [CENTER], False)


@pytest.mark.parametrize("nth", [3, 5])
def test_a_look_that_failed_in_between_does_not_matter(cloud: Cloud, nth: int) -> None:
    cloud.emu.fault(CENTER, kind="drop_before_commit")
    cloud.emu.fault(UPSERT, kind="drop_before_commit")
    cloud.emu.fault(LIST, nth=nth, kind="error", code="FailedOperation")
    failure = cloud.fails(**BLOCK, **SOON, retries=0)
    assert (words(failure), calls(cloud)) == ({ATTACKER: "unknown"}, [CENTER, UPSERT])
    assert rule(failure)["reason"].startswith("the block list does not show it as asked; ")


def test_a_refused_write_does_not_wait_for_lists_that_fail(cloud: Cloud) -> None:
    cloud.emu.fault(CENTER, kind="error", code="UnauthorizedOperation")
    cloud.emu.fault(LIST, nth=3, times=0, kind="error", code="UnauthorizedOperation")
    failure = cloud.fails(**BLOCK)
    assert (words(failure), cloud.waited) == ({ATTACKER: "failed"}, 0)


def test_a_wrong_total_means_no_write(cloud: Cloud) -> None:
    cloud.emu.switch(pagination_total="wrong")
    cloud.seed(blocklist=[OTHER])
    failure = cloud.fails(**BLOCK)
    assert (failure["error"]["code"], failure["changed"]) == ("list_incomplete", False)
    assert failure["error"]["message"] == "The list of block rules shows 0 records but counts 1, 3 times in a row"
    assert cloud.emu.calls() == {LIST: 3}


def test_lists_that_become_incomplete_after_the_write_leave_it_unknown(cloud: Cloud, instead: Instead) -> None:
    def confused(tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent._switches.apply({"pagination_total": "wrong"})
        return call()

    instead(CENTER, confused)
    failure = cloud.fails(**BLOCK, **SOON)
    assert (words(failure), calls(cloud)) == ({ATTACKER: "unknown"}, [CENTER])
    assert rule(failure)["reason"].startswith(
        "it could not be read back: The list of block rules shows 1 records but counts 2"
    )
