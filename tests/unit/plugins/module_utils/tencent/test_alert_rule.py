# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every state of tencent_cfw_alert_rule from every situation: what it reports, what it sends, what is in force then."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import TENCENT_TEMP_ID, TENCENT_TEMP_KEY, TENCENT_TEMP_TOKEN
from emulator.tencent import Tencent
from support.tencent import CENTER, DAY, DELETE, HOUR, LIST, PERMANENT, QUOTA, UPSERT, Call, Cloud, Instead, rule, words

ATTACKER, OTHER, THIRD, SCANNER = "203.0.113.7", "203.0.113.8", "203.0.113.9", "198.51.100.9"
SIX = "2001:db8::7"


# A new rule


def test_a_new_block_is_planned_made_and_left_alone(cloud: Cloud) -> None:
    done = cloud.thrice(action="block", ips=ATTACKER, duration="7d", comment="ir:INC-2041;")
    assert done["changed"] is True
    assert done["counts"] == {"created": 1}
    row = rule(done)
    assert cloud.lasts(row["after"].pop("expires")) == 7
    assert row == {
        "target": ATTACKER,
        "alert_id": None,
        "result": "created",
        "before": None,
        "after": {"action": "block", "directions": ["inbound"], "expired": False, "comment": "ir:INC-2041;"},
        "wider_than_requested": [],
        "shadowed_by": [],
        "reason": "",
    }
    assert cloud.blocked() == {ATTACKER: "1"}
    assert cloud.allowed() == {}


def test_the_diff_shows_the_rule(cloud: Cloud) -> None:
    done = cloud.run(action="block", ips=[ATTACKER], duration="permanent")
    assert done["diff"] == {
        "before": {ATTACKER: {}},
        "after": {
            ATTACKER: {
                "block": {
                    "action": "block",
                    "directions": ["inbound"],
                    "expires": "permanent",
                    "expired": False,
                    "comment": "",
                }
            }
        },
    }


def test_what_was_asked_of_the_cloud_is_told(cloud: Cloud) -> None:
    done = cloud.run(action="block", ips=[ATTACKER], duration="7d")
    ids = done["api_calls"][2].pop("request_ids")
    assert len(ids) == 1
    assert len(ids[0]) == 36
    assert done["api_calls"] == [
        {"call": LIST, "count": 4, "attempts": 4, "request_ids": [], "permission": f"cfw:{LIST}"},
        {"call": QUOTA, "count": 1, "attempts": 1, "request_ids": [], "permission": f"cfw:{QUOTA}"},
        {"call": CENTER, "count": 1, "attempts": 1, "permission": f"cfw:{CENTER}"},
    ]
    assert cloud.emu.calls() == {LIST: 4, QUOTA: 1, CENTER: 1}


@pytest.mark.parametrize(("duration", "handle_time", "days"), [("1d", 1, 1), ("7d", 7, 7), ("permanent", -2, None)])
@pytest.mark.parametrize(("action", "handle_type"), [("block", 4), ("allow", 3)])
@pytest.mark.parametrize(
    ("direction", "handle_direction"), [("inbound", "1"), ("outbound", "0"), ("both", "0,1"), ("intranet", "3")]
)
def test_words_become_the_numbers_of_the_api_page(
    cloud: Cloud,
    duration: str,
    handle_time: int,
    days: float | None,
    action: str,
    handle_type: int,
    direction: str,
    handle_direction: str,
) -> None:
    done = cloud.run(action=action, ips=ATTACKER, duration=duration, direction=direction)
    assert cloud.writes() == [
        (
            CENTER,
            {
                "HandleTime": handle_time,
                "HandleType": handle_type,
                "AlertDirection": 1,
                "HandleDirection": handle_direction,
                "HandleIpList": [ATTACKER],
            },
        )
    ]
    expires = rule(done)["after"]["expires"]
    assert (None if expires == "permanent" else cloud.lasts(expires)) == days


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ({}, (1, "1")),
        ({"alert_direction": "outbound"}, (0, "0")),
        ({"alert_direction": "outbound", "direction": "inbound"}, (0, "1")),
        ({"alert_direction": "inbound", "direction": "outbound"}, (1, "0")),
        ({"alert_direction": "outbound", "direction": "both"}, (0, "0,1")),
    ],
)
def test_the_alert_s_direction_and_the_rule_s_are_two_things(
    cloud: Cloud, given: dict[str, Any], numbers: tuple[int, str]
) -> None:
    cloud.run(action="block", ips=ATTACKER, duration="7d", **given)
    body = cloud.writes()[0][1]
    assert (body["AlertDirection"], body["HandleDirection"]) == numbers


@pytest.mark.parametrize(
    ("reason", "number"), [("default", 0), ("duplicate", 1), ("false_positive", 2), ("emergency", 3)]
)
def test_why_something_is_allowed_is_sent_along(cloud: Cloud, reason: str, number: int) -> None:
    cloud.thrice(action="allow", ips=SCANNER, duration="permanent", ignore_reason=reason)
    assert cloud.row(SCANNER, "whitelist")["IgnoreReason"] == str(number)


def test_comment_and_block_domain_are_sent_along(cloud: Cloud) -> None:
    cloud.run(action="block", ips=ATTACKER, duration="1d", comment="ir:INC-2041;", block_domain="reserved")
    body = cloud.writes()[0][1]
    assert (body["HandleComment"], body["BlockDomain"]) == ("ir:INC-2041;", "reserved")


@pytest.mark.parametrize(("duration", "days"), [("12h", 0.5), ("2d", 2), ("25h", 1.042), ("365d", 365)])
def test_another_duration_goes_by_the_list_call(cloud: Cloud, duration: str, days: float) -> None:
    done = cloud.thrice(action="block", ips=ATTACKER, duration=duration, direction="both", comment="case")
    assert rule(done)["result"] == "created"
    assert cloud.lasts(rule(done)["after"]["expires"]) == days
    row = cloud.row(ATTACKER)
    assert (row["RuleType"], row["DirectionList"], row["Comment"]) == (1, "1,0", "case")


def test_what_the_list_call_is_told(cloud: Cloud) -> None:
    cloud.run(action="allow", ips=SCANNER, duration="12h", direction="both", comment="case")
    assert cloud.writes() == [
        (
            UPSERT,
            {
                "RuleType": 2,
                "Rules": [
                    {
                        "Ioc": SCANNER,
                        "DirectionList": "1,0",
                        "EndTime": cloud.row(SCANNER, "whitelist")["EndTime"],
                        "Comment": "case",
                    }
                ],
            },
        )
    ]


def test_many_targets_are_written_in_batches_after_the_first(cloud: Cloud) -> None:
    ips = [f"203.0.113.{number}" for number in range(1, 8)]
    done = cloud.thrice(action="block", ips=ips, duration="7d", batch_size=4)
    assert words(done) == dict.fromkeys(ips, "created")
    assert [row["target"] for row in done["rules"]] == ips
    assert set(cloud.blocked()) == set(ips)


def test_the_first_write_has_one_target_and_is_read_back(cloud: Cloud) -> None:
    ips = [f"203.0.113.{number}" for number in range(1, 8)]
    cloud.run(action="block", ips=ips, duration="7d", batch_size=4)
    assert [body["HandleIpList"] for _call, body in cloud.writes()] == [ips[:1], ips[1:5], ips[5:]]
    assert [row["call"] for row in cloud.emu.log] == [
        *(LIST, LIST, QUOTA, CENTER),
        *(LIST, LIST, CENTER, CENTER, LIST, LIST),
    ]


def test_both_families_and_an_ipv6_address_however_it_is_spelled(cloud: Cloud) -> None:
    done = cloud.thrice(action="block", ips=["2001:DB8:0:0::7/128", ATTACKER], duration="7d")
    assert words(done) == {SIX: "created", ATTACKER: "created"}
    assert cloud.blocked() == {SIX: "1", ATTACKER: "1"}


@pytest.mark.parametrize("form", ["compressed", "exploded"])
def test_an_ipv6_address_that_the_list_spells_differently(cloud: Cloud, form: str) -> None:
    cloud.emu.switch(ipv6_form=form)
    spelled = {"compressed": SIX, "exploded": "2001:0db8:0000:0000:0000:0000:0000:0007"}[form]
    cloud.thrice(action="block", ips=SIX, duration="7d")
    assert cloud.blocked() == {spelled: "1"}
    updated = cloud.thrice(action="block", ips=SIX, duration="7d", direction="both")
    assert rule(updated)["result"] == "updated"
    assert cloud.blocked() == {spelled: "0,1"}
    removed = cloud.thrice(action="block", ips=SIX, state="absent")
    assert rule(removed)["result"] == "removed"
    assert cloud.blocked() == {}


def test_only_what_changed_is_returned_if_that_is_asked_for(cloud: Cloud) -> None:
    cloud.seed(blocklist=[ATTACKER])
    done = cloud.thrice(action="block", ips=[ATTACKER, OTHER], duration="7d", return_rules="changed")
    assert words(done) == {OTHER: "created"}
    assert done["counts"] == {"unchanged": 1, "created": 1}


# A rule that is there


def test_a_block_that_runs_every_hour_does_not_flap(cloud: Cloud) -> None:
    cloud.run(action="block", ips=ATTACKER, duration="7d")
    end = cloud.row(ATTACKER)["EndTime"]
    writes = cloud.emu.writes()
    for _again in range(6):
        cloud.emu.advance(DAY)
        assert cloud.run(action="block", ips=ATTACKER, duration="7d")["changed"] is False
    assert (cloud.emu.writes(), cloud.row(ATTACKER)["EndTime"]) == (writes, end)


def test_an_unchanged_rule_is_shown_as_it_is(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0,1", "Comment": "by hand"}])
    done = cloud.run(action="block", ips=ATTACKER, duration="7d", comment="ir:INC-2041;")
    shown = {
        "action": "block",
        "directions": ["inbound", "outbound"],
        "expires": "permanent",
        "expired": False,
        "comment": "by hand",
    }
    assert done["changed"] is False, "another comment alone is no change"
    assert (rule(done)["before"], rule(done)["after"]) == (shown, shown)
    assert rule(done)["wider_than_requested"] == ["outbound"]
    assert cloud.emu.calls() == {LIST: 2}


@pytest.mark.parametrize(
    ("seeded_days", "options", "result", "days"),
    [
        (2, {"duration": "7d", "renew_within": "3d"}, "renewed", 7),
        (2, {"duration": "7d", "renew_within": "49h"}, "renewed", 7),
        (2, {"duration": "permanent"}, "renewed", None),
        (2, {"duration": "permanent", "renew_within": "1h"}, "renewed", None),
        (2, {"duration": "12h", "renew_within": "1h", "direction": "both"}, "updated", 2),
        (2, {"duration": "3d", "direction": "both"}, "updated", 3),
        (None, {"duration": "7d", "direction": "both"}, "updated", None),
    ],
)
def test_a_rule_is_renewed_or_extended_and_never_shortened(
    cloud: Cloud, seeded_days: float | None, options: dict[str, Any], result: str, days: float | None
) -> None:
    end = PERMANENT if seeded_days is None else cloud.at(seeded_days * DAY)
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "EndTime": end, "Comment": "by hand"}])
    done = cloud.thrice(action="block", ips=ATTACKER, **options)
    row = rule(done)
    assert row["result"] == result
    assert row["after"]["comment"] == "by hand"
    expires = row["after"]["expires"]
    assert (None if expires == "permanent" else cloud.lasts(expires)) == pytest.approx(days, abs=0.01)
    assert cloud.blocked() == {ATTACKER: "0,1" if "direction" in options else "1"}


@pytest.mark.parametrize(
    ("seeded_days", "options"),
    [
        (2, {"duration": "7d"}),
        (2, {"duration": "1d"}),
        (2, {"duration": "7d", "renew_within": "47h"}),
        (10, {"duration": "7d", "renew_within": "6d"}),
        (None, {"duration": "permanent"}),
        (None, {"duration": "7d", "renew_within": "6d"}),
    ],
)
def test_a_rule_that_is_long_enough_is_left_alone(
    cloud: Cloud, seeded_days: float | None, options: dict[str, Any]
) -> None:
    end = PERMANENT if seeded_days is None else cloud.at(seeded_days * DAY)
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "EndTime": end}])
    for check in (True, False):
        done = cloud.run(check, action="block", ips=ATTACKER, **options)
        assert (done["changed"], words(done)) == (False, {ATTACKER: "unchanged"})
    assert cloud.emu.calls() == {LIST: 4}


def test_an_existing_rule_is_extended_by_the_list_call_with_all_directions(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0", "Comment": "by hand"}])
    done = cloud.run(action="block", ips=ATTACKER, duration="7d", comment="ir:INC-2041;")
    assert cloud.writes() == [
        (
            UPSERT,
            {
                "RuleType": 1,
                "Rules": [{"Ioc": ATTACKER, "DirectionList": "1,0", "EndTime": PERMANENT, "Comment": "ir:INC-2041;"}],
            },
        )
    ]
    assert rule(done)["wider_than_requested"] == ["outbound"]


@pytest.mark.parametrize("expired_rows", ["listed", "gone"])
@pytest.mark.parametrize("old_directions", ["1", "0", "0,1"])
@pytest.mark.parametrize("duration", ["7d", "12h"])
def test_an_expired_rule_is_made_anew(cloud: Cloud, expired_rows: str, old_directions: str, duration: str) -> None:
    cloud.emu.switch(expired_rows=expired_rows)
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": old_directions, "EndTime": cloud.at(-HOUR)}])
    done = cloud.thrice(action="block", ips=ATTACKER, duration=duration)
    row = rule(done)
    if expired_rows == "listed":
        assert (row["result"], row["before"]["expired"]) == ("renewed", True)
        assert row["wider_than_requested"] == (["outbound"] if "0" in old_directions else [])
    else:
        assert (row["result"], row["before"]) == ("created", None)
        assert row["wider_than_requested"] == []
    assert cloud.lasts(row["after"]["expires"]) == (7 if duration == "7d" else 0.5)


def test_an_expired_row_that_is_listed_goes_by_the_list_call_in_no_more_directions_than_asked(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0,1", "EndTime": cloud.at(-HOUR)}])
    cloud.run(action="block", ips=ATTACKER, duration="permanent")
    rules = [{"Ioc": ATTACKER, "DirectionList": "1", "EndTime": PERMANENT, "Comment": ""}]
    assert cloud.writes() == [(UPSERT, {"RuleType": 1, "Rules": rules})]


@pytest.mark.parametrize("order", ["1,0", "0,1"])
@pytest.mark.parametrize("rows", ["one", "per_direction"])
def test_however_a_list_shows_directions(cloud: Cloud, order: str, rows: str) -> None:
    cloud.emu.switch(direction_list_order=order, rows_per_ioc=rows)
    done = cloud.thrice(action="block", ips=ATTACKER, duration="7d", direction="both")
    assert rule(done)["after"]["directions"] == ["inbound", "outbound"]
    assert rule(cloud.thrice(action="block", ips=ATTACKER, state="absent"))["result"] == "removed"


def test_a_mixture_is_handled_target_by_target(cloud: Cloud) -> None:
    cloud.seed(
        blocklist=[
            {"Ioc": OTHER, "DirectionList": "0"},
            {"Ioc": THIRD},
            {"Ioc": "203.0.113.10", "EndTime": cloud.at(-HOUR)},
            {"Ioc": "203.0.113.70", "DirectionList": "0,1"},
        ]
    )
    ips = [THIRD, OTHER, "203.0.113.10", ATTACKER]
    done = cloud.thrice(action="block", ips=ips, duration="7d")
    assert words(done) == {
        THIRD: "unchanged",
        OTHER: "updated",
        "203.0.113.10": "renewed",
        ATTACKER: "created",
    }
    assert [row["target"] for row in done["rules"]] == ips
    assert done["counts"] == {"unchanged": 1, "updated": 1, "renewed": 1, "created": 1}
    assert set(done["diff"]["after"]) == {OTHER, "203.0.113.10", ATTACKER}
    assert cloud.blocked() == {
        OTHER: "0,1",
        THIRD: "1",
        "203.0.113.10": "1",
        "203.0.113.70": "0,1",
        ATTACKER: "1",
    }


def test_the_call_that_can_be_misunderstood_goes_first(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": OTHER, "DirectionList": "0"}])
    cloud.run(action="block", ips=[OTHER, ATTACKER, THIRD], duration="7d")
    assert [call for call, _body in cloud.writes()] == [CENTER, CENTER, UPSERT]
    assert cloud.writes()[0][1]["HandleIpList"] == [ATTACKER]


def test_options_that_an_existing_rule_can_not_take_are_told(cloud: Cloud) -> None:
    cloud.seed(whitelist=[{"Ioc": SCANNER, "DirectionList": "0"}])
    given: dict[str, Any] = {
        "action": "allow",
        "ips": SCANNER,
        "duration": "7d",
        "ignore_reason": "duplicate",
        "block_domain": "x",
    }
    for check in (True, False):
        cloud.run(check, **given)
        assert (
            "ignore_reason and block_domain can't be recorded for a rule that exists already: "
            "the API takes it for new rules only." in cloud.warnings
        )
    cloud.run(**given)
    assert not [text for text in cloud.warnings if "ignore_reason" in text]


# Intranet


def test_an_intranet_rule(cloud: Cloud) -> None:
    done = cloud.thrice(action="block", ips="10.0.0.5", duration="7d", direction="intranet")
    assert rule(done)["after"]["directions"] == ["intranet"]
    assert (
        rule(cloud.thrice(action="block", ips="10.0.0.5", direction="intranet", state="absent"))["result"] == "removed"
    )


def test_an_intranet_rule_shown_as_source_and_destination_is_not_wider(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": "10.0.0.5", "DirectionList": "5,6"}])
    done = cloud.run(action="block", ips="10.0.0.5", duration="7d", direction="intranet")
    assert rule(done)["result"] == "unchanged"
    assert rule(done)["wider_than_requested"] == []
    assert rule(done)["after"]["directions"] == ["intranet_destination", "intranet_source"]
    done = cloud.run(action="block", ips="10.0.0.5", state="absent", direction="intranet")
    assert rule(done)["result"] == "removed"


@pytest.mark.parametrize(
    ("seeded", "way_out"),
    [
        ({"DirectionList": "1"}, "remove the rule with state: absent first"),
        ({"DirectionList": "3", "EndTime": -HOUR}, "delete the expired rule in the console"),
    ],
)
def test_what_the_list_call_can_not_say_is_refused_and_not_tried(
    cloud: Cloud, seeded: dict[str, Any], way_out: str
) -> None:
    if "EndTime" in seeded:
        seeded = {**seeded, "EndTime": cloud.at(seeded["EndTime"])}
    cloud.seed(blocklist=[{"Ioc": ATTACKER, **seeded}])
    for check in (True, False):
        failure = cloud.fails(check, action="block", ips=ATTACKER, duration="7d", direction="intranet")
        assert (failure["error"]["code"], failure["changed"]) == ("targets_refused", False)
        assert rule(failure)["reason"].endswith(way_out)
    assert cloud.emu.writes() == 0


def test_a_private_address_is_allowed_by_the_alert_centre_only(cloud: Cloud) -> None:
    for check in (True, False):
        failure = cloud.fails(check, action="allow", ips="10.0.0.5", duration="12h")
        assert (failure["error"]["code"], failure["changed"]) == ("targets_refused", False)
        assert rule(failure)["reason"] == (
            "the API takes an allow rule for a private address with duration 1d, 7d or permanent only, and can't renew it"
        )
    assert cloud.emu.writes() == 0
    assert rule(cloud.thrice(action="allow", ips="10.0.0.5", duration="7d"))["result"] == "created"


# The other list


@pytest.mark.parametrize(("action", "other"), [("block", "allow"), ("allow", "block")])
def test_a_target_on_the_other_list_is_refused_and_the_rest_is_done(cloud: Cloud, action: str, other: str) -> None:
    cloud.seed(**{"whitelist" if action == "block" else "blocklist": [ATTACKER]})
    planned = cloud.fails(True, action=action, ips=[ATTACKER, OTHER], duration="7d")
    failure = cloud.fails(action=action, ips=[ATTACKER, OTHER], duration="7d")
    for result in (planned, failure):
        assert words(result) == {ATTACKER: "refused", OTHER: "created"}
        assert (result["changed"], result["error"]["code"]) == (True, "targets_refused")
    assert rule(failure, ATTACKER)["reason"] == (
        f"it is on the {other} list (inbound, expires: permanent); set replace_opposite: true to remove it there first"
    )
    assert failure["msg"] == (
        f"1 of 2 targets did not come out as asked: {ATTACKER} refused: {rule(failure, ATTACKER)['reason']}. "
        "rules has the state of every target; run it again to go on from there."
    )
    assert set(failure["diff"]["after"]) == {OTHER}
    assert [body["HandleIpList"] for _call, body in cloud.writes()] == [[OTHER]]


def test_a_refused_target_alone_is_no_change(cloud: Cloud) -> None:
    cloud.seed(whitelist=[ATTACKER])
    failure = cloud.fails(action="block", ips=ATTACKER, duration="7d")
    assert (failure["changed"], cloud.emu.calls()) == (False, {LIST: 2})


def test_a_refused_target_is_not_called_wider_than_requested(cloud: Cloud) -> None:
    """Its rule is not what was asked for, but somebody else's."""
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0,1"}], whitelist=[ATTACKER])
    failure = cloud.fails(action="block", ips=ATTACKER, duration="7d")
    assert rule(failure)["after"]["directions"] == ["inbound", "outbound"]
    assert rule(failure)["wider_than_requested"] == []


def test_an_expired_entry_on_the_other_list_does_not_matter(cloud: Cloud) -> None:
    cloud.seed(whitelist=[{"Ioc": ATTACKER, "EndTime": cloud.at(-1)}])
    assert rule(cloud.thrice(action="block", ips=ATTACKER, duration="7d"))["result"] == "created"


@pytest.mark.parametrize(
    ("action", "mine", "other"), [("block", "blocklist", "whitelist"), ("allow", "whitelist", "blocklist")]
)
def test_a_target_is_moved_from_the_other_list(cloud: Cloud, action: str, mine: str, other: str) -> None:
    cloud.seed(**{other: [{"Ioc": ATTACKER, "DirectionList": "0,1"}, OTHER]})
    done = cloud.thrice(action=action, ips=ATTACKER, duration="7d", replace_opposite=True)
    assert rule(done)["result"] == "created"
    assert set(done["diff"]["before"][ATTACKER]) == {"allow" if action == "block" else "block"}
    assert set(done["diff"]["after"][ATTACKER]) == {action}
    assert rule(done)["shadowed_by"] == []
    state = cloud.emu.state()["tencent"]
    assert [row["Ioc"] for row in state[mine]] == [ATTACKER]
    assert [row["Ioc"] for row in state[other]] == [OTHER], "others stay on that list"


def test_the_other_list_is_cleared_before_the_rule_is_made(cloud: Cloud) -> None:
    cloud.seed(whitelist=[{"Ioc": ATTACKER, "DirectionList": "0,1"}])
    cloud.run(action="block", ips=ATTACKER, duration="7d", replace_opposite=True)
    (delete, body), (create, _body) = cloud.writes()
    assert (delete, create) == (DELETE, CENTER)
    assert body == {
        "DeleteAll": 0,
        "ShowType": "whitelist",
        "Rules": [{"Ioc": ATTACKER, "RuleType": 2, "DirectionList": "1,0"}],
    }


def test_a_rule_that_is_in_force_already_is_only_taken_off_the_other_list(cloud: Cloud) -> None:
    cloud.seed(blocklist=[ATTACKER], whitelist=[ATTACKER])
    done = cloud.thrice(action="block", ips=ATTACKER, duration="7d", replace_opposite=True)
    assert rule(done)["result"] == "updated"
    assert set(done["diff"]["before"][ATTACKER]) == {"block", "allow"}
    assert set(done["diff"]["after"][ATTACKER]) == {"block"}
    assert cloud.allowed() == {}


def test_many_are_moved_with_one_target_first(cloud: Cloud) -> None:
    ips = [ATTACKER, OTHER, THIRD]
    cloud.seed(whitelist=ips)
    cloud.run(action="block", ips=ips, duration="7d", replace_opposite=True)
    assert [call for call, _body in cloud.writes()] == [DELETE, CENTER, DELETE, CENTER]
    assert [[row["Ioc"] for row in body["Rules"]] for call, body in cloud.writes() if call == DELETE] == [
        [ATTACKER],
        ips[1:],
    ]


def test_rules_of_several_types_are_removed_one_type_a_request(cloud: Cloud) -> None:
    cloud.seed(whitelist=[{"Ioc": ATTACKER}, {"Ioc": OTHER, "RuleType": 8}, {"Ioc": THIRD}])
    cloud.run(action="allow", ips=[ATTACKER, OTHER, THIRD], state="absent")
    assert [[row["Ioc"] for row in body["Rules"]] for _call, body in cloud.writes()] == [[ATTACKER, THIRD], [OTHER]]
    assert cloud.allowed() == {}


# What else lets a blocked target through


def test_allowed_prefixes_around_a_blocked_target_are_reported(cloud: Cloud) -> None:
    cloud.seed(
        whitelist=[
            {"Ioc": "203.0.113.0/24", "RuleType": 8},
            {"Ioc": "203.0.113.0/29", "RuleType": 8, "EndTime": cloud.at(-1)},
            {"Ioc": "198.51.100.0/24", "RuleType": 8},
        ]
    )
    done = cloud.thrice(action="block", ips=ATTACKER, duration="7d")
    assert rule(done)["shadowed_by"] == ["203.0.113.0/24"]
    assert rule(cloud.run(action="block", ips=ATTACKER, state="absent"))["shadowed_by"] == []


def test_a_refused_target_is_shadowed_by_the_entry_that_refuses_it(cloud: Cloud) -> None:
    cloud.seed(whitelist=[ATTACKER])
    assert rule(cloud.fails(action="block", ips=ATTACKER, duration="7d"))["shadowed_by"] == [ATTACKER]


def test_what_is_allowed_is_not_shadowed(cloud: Cloud) -> None:
    cloud.seed(whitelist=[{"Ioc": "203.0.113.0/24", "RuleType": 8}])
    assert rule(cloud.run(action="allow", ips=ATTACKER, duration="7d"))["shadowed_by"] == []


# Absent


@pytest.mark.parametrize(
    ("action", "name", "show_type"), [("block", "blocklist", "blocklist"), ("allow", "whitelist", "whitelist")]
)
@pytest.mark.parametrize("directions", ["1", "0,1"])
def test_a_rule_is_removed_with_its_directions_as_read(
    cloud: Cloud, action: str, name: str, show_type: str, directions: str
) -> None:
    cloud.seed(**{name: [{"Ioc": ATTACKER, "DirectionList": directions}, OTHER]})
    done = cloud.thrice(action=action, ips=ATTACKER, state="absent")
    row = rule(done)
    assert (row["result"], row["after"]) == ("removed", None)
    assert row["before"]["directions"] == (["inbound", "outbound"] if "0" in directions else ["inbound"])
    assert done["diff"]["after"] == {ATTACKER: {}}
    assert (cloud.blocked() if action == "block" else cloud.allowed()) == {OTHER: "1"}


def test_what_the_deletion_is_told(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0,1"}])
    cloud.run(action="block", ips=ATTACKER, state="absent")
    assert cloud.writes() == [
        (
            DELETE,
            {
                "DeleteAll": 0,
                "ShowType": "blocklist",
                "Rules": [{"Ioc": ATTACKER, "RuleType": 1, "DirectionList": "1,0"}],
            },
        )
    ]
    assert cloud.emu.calls() == {LIST: 4, DELETE: 1}


@pytest.mark.parametrize("expired_rows", ["listed", "gone"])
def test_what_is_missing_or_expired_is_absent(cloud: Cloud, expired_rows: str) -> None:
    cloud.emu.switch(expired_rows=expired_rows)
    cloud.seed(blocklist=[{"Ioc": OTHER, "EndTime": cloud.at(-1)}])
    for check in (True, False):
        done = cloud.run(check, action="block", ips=[ATTACKER, OTHER], state="absent")
        assert (done["changed"], words(done)) == (False, {ATTACKER: "unchanged", OTHER: "unchanged"})
    assert cloud.emu.calls() == {LIST: 4}


def test_one_direction_of_a_rule_is_not_removed(cloud: Cloud) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": "0,1"}, {"Ioc": OTHER, "DirectionList": "0"}])
    given: dict[str, Any] = {"action": "block", "ips": [ATTACKER, OTHER], "state": "absent", "direction": "outbound"}
    for check in (True, False):
        failure = cloud.fails(check, **given)
        assert words(failure) == {ATTACKER: "refused", OTHER: "removed"}
        assert (failure["changed"], failure["error"]["code"]) == (True, "targets_refused")
        assert rule(failure, ATTACKER)["reason"].startswith("the rule acts inbound and outbound, and one direction")
    assert cloud.blocked() == {ATTACKER: "0,1"}


@pytest.mark.parametrize(("directions", "direction"), [("0,1", "both"), ("1", "both"), ("1", "inbound")])
def test_a_direction_that_includes_the_rule_s_removes_it(cloud: Cloud, directions: str, direction: str) -> None:
    cloud.seed(blocklist=[{"Ioc": ATTACKER, "DirectionList": directions}])
    done = cloud.thrice(action="block", ips=ATTACKER, state="absent", direction=direction)
    assert rule(done)["result"] == "removed"


def test_removals_come_in_batches_without_a_first_one(cloud: Cloud) -> None:
    ips = [f"203.0.113.{number}" for number in range(1, 6)]
    cloud.seed(blocklist=ips)
    cloud.run(action="block", ips=ips, state="absent", batch_size=2)
    assert [[row["Ioc"] for row in body["Rules"]] for _call, body in cloud.writes()] == [ips[:2], ips[2:4], ips[4:]]
    assert cloud.emu.calls() == {LIST: 4, DELETE: 3}


def test_a_removal_leaves_the_other_list_alone(cloud: Cloud) -> None:
    cloud.seed(blocklist=[ATTACKER], whitelist=[ATTACKER])
    cloud.thrice(action="allow", ips=ATTACKER, state="absent")
    assert (cloud.blocked(), cloud.allowed()) == ({ATTACKER: "1"}, {})


# Protection


def test_one_protected_target_refuses_the_whole_task_before_any_request(cloud: Cloud) -> None:
    for check in (True, False):
        failure = cloud.fails(check, action="block", ips=[OTHER, SCANNER], duration="7d", protected=["198.51.100.0/24"])
        assert failure["error"]["code"] == "protected_target"
        assert failure["changed"] is False
        assert f"{SCANNER} (protected by 198.51.100.0/24 from protected[0])" in failure["msg"]
        assert failure["refused"][0]["target"] == SCANNER
        assert failure["protection"]["sources"] == {"protected": 1}
    assert cloud.emu.calls() == {}


def test_exemptions_and_sources_are_recorded(cloud: Cloud) -> None:
    cloud.environ["SECOPS_CFW_PROTECTED"] = "192.0.2.0/24"
    done = cloud.thrice(
        action="block",
        ips=SCANNER,
        duration="7d",
        protected=[SCANNER],
        allow_protected=[SCANNER],
        allow_protected_reason="the scanner was taken over",
    )
    assert done["protection"] == {
        "entries": 2,
        "sources": {"protected": 1, "SECOPS_CFW_PROTECTED": 1},
        "exempted": [
            {
                "target": SCANNER,
                "because": f"protected by {SCANNER} from protected[0]",
                "reason": "the scanner was taken over",
            }
        ],
    }


def test_what_protects_nobody_is_told_as_a_warning(cloud: Cloud) -> None:
    cloud.run(True, action="block", ips=ATTACKER, duration="7d", allow_protected=SCANNER, allow_protected_reason="x")
    assert cloud.warnings == [
        f"Addresses of documentation ranges, from which no real traffic comes: {ATTACKER}",
        f"allow_protected: {SCANNER} is none of the targets, so it exempts nothing",
    ]


def test_the_allow_entry_of_a_protected_address_is_not_removed(cloud: Cloud) -> None:
    cloud.seed(whitelist=[SCANNER])
    for check in (True, False):
        failure = cloud.fails(check, action="allow", ips=SCANNER, state="absent", protected=[SCANNER])
        assert (failure["error"]["code"], failure["changed"]) == ("protected_target", False)
    assert (cloud.emu.calls(), cloud.allowed()) == ({}, {SCANNER: "1"})


def test_a_protected_address_may_be_allowed_and_its_block_be_lifted(cloud: Cloud) -> None:
    cloud.seed(blocklist=[SCANNER])
    cloud.thrice(action="block", ips=SCANNER, state="absent", protected=[SCANNER])
    cloud.thrice(action="allow", ips=SCANNER, duration="7d", protected=[SCANNER])
    assert (cloud.blocked(), cloud.allowed()) == ({}, {SCANNER: "1"})


# Time


@pytest.mark.parametrize("days", [-400, -2, 2, 400])
def test_rules_end_by_the_service_s_clock(cloud: Cloud, days: int) -> None:
    cloud.emu.advance(days * DAY)
    done = cloud.thrice(action="block", ips=ATTACKER, duration="12h")
    assert cloud.lasts(rule(done)["after"]["expires"]) == 0.5
    cloud.emu.advance(13 * HOUR)
    again = cloud.run(action="block", ips=ATTACKER, duration="12h")
    assert (rule(again)["result"], rule(again)["before"]["expired"]) == ("renewed", True)
    assert cloud.lasts(rule(again)["after"]["expires"]) == 0.5


def test_a_wrong_clock_of_the_controller_is_corrected_once_and_told(cloud: Cloud) -> None:
    cloud.emu.switch(signature_clock="service")
    cloud.emu.advance(3 * DAY)
    done = cloud.run(action="block", ips=ATTACKER, duration="12h")
    assert cloud.lasts(rule(done)["after"]["expires"]) == 0.5
    assert [row["error"] for row in cloud.emu.log if row["error"]] == ["AuthFailure.SignatureExpire"]
    told = [text for text in cloud.warnings if text.startswith("This machine's clock is ")]
    assert len(told) == 1
    assert " seconds behind the service's; requests are signed with the service's time instead" in told[0]


def test_nothing_is_slept_when_the_service_keeps_up(cloud: Cloud) -> None:
    cloud.run(action="block", ips=[ATTACKER, OTHER], duration="7d")
    assert cloud.waited == 0
    # Fewer than 20 list calls a second.
    assert sum(cloud.slept) == pytest.approx(5 / 15)


@pytest.mark.parametrize(("given", "language"), [({}, "en-US"), ({"language": "zh-CN"}, "zh-CN")])
def test_the_service_is_asked_for_messages_in_a_language(cloud: Cloud, given: dict[str, Any], language: str) -> None:
    cloud.run(action="block", ips=ATTACKER, duration="7d", **given)
    assert {row["headers"]["X-TC-Language"] for row in cloud.emu.log} == {language}


# Keys


def test_a_temporary_key(cloud: Cloud) -> None:
    done = cloud.thrice(
        action="block",
        ips=ATTACKER,
        duration="7d",
        secret_id=TENCENT_TEMP_ID,
        secret_key=TENCENT_TEMP_KEY,
        token=TENCENT_TEMP_TOKEN,
    )
    assert rule(done)["result"] == "created"


def test_a_deprecated_call_is_told_once(cloud: Cloud, instead: Instead) -> None:
    def deprecated(_tencent: Tencent, _body: dict[str, Any], call: Call) -> dict[str, Any]:
        return {**call(), "DeprecatedWarning": "Use another call."}

    instead(LIST, deprecated)
    cloud.run(action="block", ips=ATTACKER, duration="7d")
    assert cloud.warnings[-1] == f"{LIST} is deprecated: Use another call."
    assert len([text for text in cloud.warnings if "deprecated" in text]) == 1
