# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What list rows mean, and what is decided on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address, parse_address
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    ALLOW,
    BLOCK,
    DIRECTIONS,
    OPPOSITE,
    RULE_TYPES,
    Entry,
    Lists,
    RuleList,
    Step,
    Wanted,
    beyond,
    changed_steps,
    covers,
    direction_words,
    plan,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import PERMANENT, sent_time

NOW = 1795262400.0  # 2026-11-21 20:00:00 in Beijing
HOUR, DAY = 3600.0, 86400.0
FOREVER = "3000-01-01 00:00:00"
PAST = "2026-11-21 20:00:00"
ATTACKER = "203.0.113.7"


def row(ioc: str = ATTACKER, directions: str = "1", end: str = FOREVER, **fields: Any) -> dict[str, Any]:
    """A row of the block list as the service shows it; fields that do not matter are null."""
    return {
        "RuleType": 1,
        "Ioc": ioc,
        "IP": ioc,
        "Domain": None,
        "Direction": int(directions[0]),
        "DirectionList": directions,
        "StartTime": None,
        "EndTime": end,
        "Comment": "",
        "UniqueId": None,
        **fields,
    }


def entry(*rows: Mapping[str, Any], address: str = ATTACKER, action: str = BLOCK) -> Entry | None:
    return RuleList(action, rows).entry(address, NOW)


def found(*rows: Mapping[str, Any], address: str = ATTACKER, action: str = BLOCK) -> Entry:
    one = entry(*rows, address=address, action=action)
    assert one is not None
    return one


# Directions


def test_directions_are_shown_as_words_inbound_first() -> None:
    assert direction_words("01") == ["inbound", "outbound"]
    assert direction_words("356") == ["intranet_destination", "intranet_source", "intranet"]
    assert direction_words("9") == ["9"]


@pytest.mark.parametrize(
    ("directions", "wanted", "covered", "more"),
    [
        ("1", "1", True, ""),
        ("01", "1", True, "0"),
        ("1", "01", False, ""),
        ("3", "3", True, ""),
        ("56", "3", True, ""),
        ("5", "3", False, ""),
        ("13", "3", True, "1"),
        ("56", "1", False, "56"),
        ("", "1", False, ""),
    ],
)
def test_whether_a_rule_acts_as_wanted(directions: str, wanted: str, covered: bool, more: str) -> None:
    assert covers(frozenset(directions), frozenset(wanted)) is covered
    assert beyond(frozenset(directions), frozenset(wanted)) == frozenset(more)


# Rows


def test_a_row_becomes_an_entry() -> None:
    one = found(row(directions="0,1", end="2026-11-22 20:00:00", Comment="case 7"))
    assert one == Entry(
        action=BLOCK,
        ioc=ATTACKER,
        directions=frozenset("01"),
        expires=NOW + DAY,
        comment="case 7",
        latest=NOW + DAY,
        direction_list="0,1",
        rule_type=1,
    )
    assert one.shown() == {
        "action": "block",
        "directions": ["inbound", "outbound"],
        "expires": "2026-11-22T20:00:00+08:00",
        "expired": False,
        "comment": "case 7",
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"Ioc": None},
        {"Ioc": "", "IP": f" {ATTACKER} "},
        {"Comment": None},
        {"DirectionList": None},
        {"DirectionList": ""},
        {"DirectionList": " 1 , "},
        {"DirectionList": "1,1"},
        {"Direction": None},
        {"UniqueId": "a"},
        {"Ioc": f"{ATTACKER}/32"},
    ],
)
def test_nulls_and_odd_fields_do_not_matter(odd: dict[str, Any]) -> None:
    one = found(row(**odd))
    assert (one.directions, one.expires, one.expired, one.comment) == (frozenset("1"), PERMANENT, False, "")
    assert one.direction_list.strip(" ,") in ("1", "1,1")


def test_direction_2_is_both() -> None:
    assert found(row(DirectionList="", Direction=2)).directions == {"0", "1"}
    assert found(row(DirectionList="2")).directions == {"0", "1"}


def test_a_row_without_any_direction_is_there_but_covers_nothing() -> None:
    assert found(row(DirectionList=None, Direction=None)).directions == set()


@pytest.mark.parametrize("end", [None, "", "soon", "0001-01-01 00:00:00"])
def test_an_unreadable_end_is_unknown_and_not_past(end: Any) -> None:
    one = found(row(end=end))
    assert (one.expires, one.latest, one.expired) == (None, None, False)
    assert one.shown()["expires"] is None


def test_an_entry_expires_in_the_second_of_its_end() -> None:
    assert found(row(end=PAST)).expired is True
    assert found(row(end="2026-11-21 20:00:01")).expired is False


@pytest.mark.parametrize(
    "text", ["gateway.example", "203.0.113", "", None, "203.0.113.0/24", "203.0.113.7/24", "203.0.113.7-9", "/", "a/b"]
)
def test_rows_that_are_no_address_are_no_entries(text: Any) -> None:
    assert RuleList(BLOCK, [row(Ioc=text, IP=None)]).addresses() == set()


@pytest.mark.parametrize(
    ("action", "rule_type", "counts"),
    [
        (BLOCK, 1, True),
        (BLOCK, 2, False),
        (ALLOW, 1, False),
        (ALLOW, 2, True),
        (ALLOW, 8, True),
        (ALLOW, 5, False),
        (ALLOW, None, False),
    ],
)
def test_only_rules_about_addresses_count(action: str, rule_type: int | None, counts: bool) -> None:
    one = entry(row(RuleType=rule_type), action=action)
    assert (one is not None) is counts
    assert one is None or one.rule_type == rule_type


@pytest.mark.parametrize("spelled", ["2001:DB8::7", "2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8:0::7/128"])
def test_ipv6_is_found_however_it_is_spelled_and_kept_as_it_is(spelled: str) -> None:
    assert found(row(spelled), address="2001:db8::7").ioc == spelled


def test_only_the_equal_address_is_found() -> None:
    rows = [row(ioc) for ioc in ("11.1.1.1", "1.1.1.10", "1.1.1.11", "21.1.1.1")]
    assert entry(*rows, address="1.1.1.1") is None
    assert entry(*rows, row("1.1.1.1", "0"), address="1.1.1.1") == found(row("1.1.1.1", "0"), address="1.1.1.1")


# Several rows of one address


def per_direction(directions: str, end: str = FOREVER, aggregate: str = "1,0") -> dict[str, Any]:
    return row(directions=directions, end=end, DirectionList=aggregate)


def test_a_row_for_each_direction_is_one_entry() -> None:
    one = found(per_direction("1"), per_direction("0"))
    assert (one.directions, one.direction_list) == (frozenset("01"), "1,0")


def test_of_several_rows_the_own_direction_counts() -> None:
    one = found(per_direction("1"), per_direction("0", end=PAST))
    assert (one.directions, one.expired) == (frozenset("1"), False)
    assert one.direction_list == "1,0", "a deletion repeats what was read, expired directions included"


def test_rows_that_list_only_their_own_direction_are_deleted_with_all_of_them() -> None:
    one = found(row(directions="1"), row(directions="0", end=PAST))
    assert (one.directions, one.direction_list) == (frozenset("1"), "1,0")


def test_an_entry_is_in_force_as_asked_until_its_first_direction_ends() -> None:
    one = found(per_direction("1", "2026-11-22 20:00:00"), per_direction("0", "2026-11-23 20:00:00"))
    assert (one.expires, one.latest) == (NOW + DAY, NOW + 2 * DAY)


def test_one_unreadable_end_makes_the_whole_unknown() -> None:
    one = found(per_direction("1", "2026-11-22 20:00:00"), per_direction("0", "?"))
    assert (one.expires, one.latest, one.expired) == (None, NOW + DAY, False)


def test_an_entry_of_expired_rows_ended_with_the_last() -> None:
    one = found(per_direction("1", "2026-11-20 20:00:00"), per_direction("0", "2026-11-19 20:00:00"))
    assert (one.expires, one.expired, one.directions) == (NOW - DAY, True, frozenset("01"))


# Prefixes on the allow list


def test_what_covers_a_target() -> None:
    rows = [
        row("203.0.113.0/24", RuleType=8),
        row("203.0.112.0/22", RuleType=8),
        row("203.0.113.0/25", RuleType=8, end=PAST),
        row("203.0.113.128/25", RuleType=8),
        row("203.0.113.8", RuleType=2),
        row(ATTACKER, RuleType=2),
        row("203.0.113.0/99", RuleType=8),
        row("2001:db8::/32", RuleType=8),
        row("::/0", RuleType=8),
    ]
    allowed = RuleList(ALLOW, rows)
    assert allowed.covering(parse_address(ATTACKER, "ips"), NOW) == [ATTACKER, "203.0.112.0/22", "203.0.113.0/24"]
    assert allowed.covering(parse_address("2001:db8::7", "ips"), NOW) == ["2001:db8::/32", "::/0"]
    assert allowed.covering(parse_address("198.51.100.9", "ips"), NOW) == []


def test_an_expired_entry_does_not_cover() -> None:
    assert RuleList(ALLOW, [row(RuleType=2, end=PAST)]).covering(parse_address(ATTACKER, "ips"), NOW) == []


# Decisions


def lists(block: Sequence[Mapping[str, Any]] = (), allow: Sequence[Mapping[str, Any]] = ()) -> Lists:
    return Lists(RuleList(BLOCK, block), RuleList(ALLOW, [{**one, "RuleType": 2} for one in allow]), NOW)


WEEK = Wanted(BLOCK, True, DIRECTIONS["inbound"], 7 * DAY)
ABSENT = Wanted(BLOCK, False, None)


def decided(wanted: Wanted, known: Lists) -> Step:
    (step,) = plan(wanted, [(parse_address(ATTACKER, "ips"), "")], known)
    return step


def summary(step: Step) -> tuple[str, str, str, str | float | None]:
    """Result, call, directions and end (in days from now) of what is asked for."""
    asked = step.asked
    if asked is None or asked.expires is None:
        return step.result, step.how, "", None
    return step.result, step.how, "".join(sorted(asked.directions)), (asked.expires - NOW) / DAY


IN_A_DAY, IN_NINE_DAYS = "2026-11-22 20:00:00", "2026-11-30 20:00:00"


@pytest.mark.parametrize(
    ("changes", "rows", "wanted"),
    [
        # nothing there
        ({}, [], ("created", "alert_center", "1", 7)),
        ({"seconds": DAY}, [], ("created", "alert_center", "1", 1)),
        ({"seconds": PERMANENT}, [], ("created", "alert_center", "1", PERMANENT)),
        ({"seconds": 2 * DAY}, [], ("created", "upsert", "1", 2)),
        ({"directions": DIRECTIONS["intranet"]}, [], ("created", "alert_center", "3", 7)),
        # in force
        ({}, [row(end=IN_A_DAY)], ("unchanged", "", "", None)),
        ({}, [row(directions="1,0", end=IN_A_DAY)], ("unchanged", "", "", None)),
        ({"seconds": PERMANENT}, [row()], ("unchanged", "", "", None)),
        ({"directions": DIRECTIONS["intranet"]}, [row(directions="5,6")], ("unchanged", "", "", None)),
        ({}, [row(end="?")], ("unchanged", "", "", None)),
        # too short
        ({"renew_within": 2 * DAY}, [row(end=IN_A_DAY)], ("renewed", "upsert", "1", 7)),
        ({"renew_within": DAY}, [row(end=IN_A_DAY)], ("unchanged", "", "", None)),
        ({"renew_within": 2 * DAY}, [row(end=IN_NINE_DAYS)], ("unchanged", "", "", None)),
        ({"renew_within": 2 * DAY}, [row(end="?")], ("unchanged", "", "", None)),
        ({"renew_within": 2 * DAY}, [row(directions="1,0", end=IN_A_DAY)], ("renewed", "upsert", "01", 7)),
        ({"seconds": PERMANENT}, [row(end=IN_NINE_DAYS)], ("renewed", "upsert", "1", PERMANENT)),
        # in other directions
        ({}, [row(directions="0", end=IN_A_DAY)], ("updated", "upsert", "01", 7)),
        ({}, [row(directions="0", end=IN_NINE_DAYS)], ("updated", "upsert", "01", 9)),
        ({}, [row(directions="0")], ("updated", "upsert", "01", PERMANENT)),
        ({}, [row(directions="0", end="?")], ("updated", "upsert", "01", 7)),
        ({"directions": DIRECTIONS["both"]}, [row(end=IN_A_DAY)], ("updated", "upsert", "01", 7)),
        ({}, [row(directions="3", end=IN_A_DAY)], ("updated", "upsert", "13", 7)),
        # expired
        ({}, [row(end=PAST)], ("renewed", "upsert", "1", 7)),
        ({}, [row(directions="0", end=PAST)], ("renewed", "upsert", "1", 7)),
        # one direction of two ends earlier
        (
            {"renew_within": 2 * DAY},
            [per_direction("1", IN_A_DAY), per_direction("0", IN_NINE_DAYS)],
            ("renewed", "upsert", "01", 9),
        ),
        (
            {"seconds": PERMANENT},
            [per_direction("1"), per_direction("0", IN_A_DAY)],
            ("renewed", "upsert", "01", PERMANENT),
        ),
        # the API can't
        ({"directions": DIRECTIONS["intranet"]}, [row(end=IN_A_DAY)], ("refused", "", "", None)),
        ({"directions": DIRECTIONS["intranet"]}, [row(directions="3", end=PAST)], ("refused", "", "", None)),
        (
            {"directions": DIRECTIONS["intranet"], "seconds": PERMANENT},
            [row(directions="3", end=IN_A_DAY)],
            ("refused", "", "", None),
        ),
    ],
)
def test_what_is_done_to_have_a_block(
    changes: dict[str, Any], rows: list[dict[str, Any]], wanted: tuple[str, str, str, float | None]
) -> None:
    assert summary(decided(replace(WEEK, **changes), lists(rows))) == wanted


def test_what_is_there_says_how_it_is_spelled_and_commented() -> None:
    step = decided(WEEK, lists([row(f"{ATTACKER}/32", directions="0", Comment="old")]))
    assert step.asked is not None
    assert (step.asked.ioc, step.asked.comment) == (f"{ATTACKER}/32", "old")
    step = decided(replace(WEEK, comment="new"), lists([row(directions="0", Comment="old")]))
    assert step.asked is not None
    assert step.asked.comment == "new"


def test_another_comment_alone_is_no_change() -> None:
    step = decided(replace(WEEK, comment="new"), lists([row(Comment="old")]))
    assert (step.result, step.how) == ("unchanged", "")
    assert step.after is not None
    assert step.after.comment == "old"


def test_a_renewed_row_that_expired_keeps_its_old_directions_too() -> None:
    step = decided(WEEK, lists([row(directions="0", end=PAST)]))
    assert step.asked is not None
    assert step.asked.directions == {"1"}, "no more is asked for"
    assert step.after is not None
    assert step.after.directions == {"0", "1"}, "but the service merges"


@pytest.mark.parametrize(
    ("rows", "way_out"),
    [
        ([row(end=IN_A_DAY)], "remove the rule with state: absent first"),
        ([row(directions="3", end=PAST)], "delete the expired rule in the console"),
    ],
)
def test_why_an_intranet_rule_is_refused(rows: list[dict[str, Any]], way_out: str) -> None:
    step = decided(replace(WEEK, directions=DIRECTIONS["intranet"]), lists(rows))
    assert step.reason == f"the API can't renew a rule for the intranet or extend one to it; {way_out}"
    assert step.before == step.after


def test_a_target_on_the_other_list_is_refused() -> None:
    step = decided(WEEK, lists(allow=[row(directions="0,1", end=IN_A_DAY)]))
    assert (step.result, step.how, step.opposite) == ("refused", "", None)
    assert step.reason == (
        "it is on the allow list (inbound, outbound, expires: 2026-11-22T20:00:00+08:00); "
        "set replace_opposite: true to remove it there first"
    )


def test_an_expired_entry_on_the_other_list_does_not_matter() -> None:
    assert decided(WEEK, lists(allow=[row(end=PAST)])).result == "created"


REPLACE = replace(WEEK, replace_opposite=True)


@pytest.mark.parametrize(
    ("changes", "rows", "result", "how"),
    [
        ({}, [], "created", "alert_center"),
        ({}, [row(end=PAST)], "renewed", "upsert"),
        ({}, [row(directions="0")], "updated", "upsert"),
        ({"seconds": PERMANENT}, [row(end=IN_A_DAY)], "renewed", "upsert"),
        ({}, [row()], "updated", ""),
    ],
)
def test_a_target_is_taken_off_the_other_list_first(
    changes: dict[str, Any], rows: list[dict[str, Any]], result: str, how: str
) -> None:
    step = decided(replace(REPLACE, **changes), lists(rows, [row(directions="0")]))
    assert (step.result, step.how) == (result, how)
    assert step.opposite is not None
    assert (step.opposite.action, step.opposite.direction_list) == (ALLOW, "0")


def test_what_is_refused_does_not_touch_the_other_list() -> None:
    step = decided(replace(REPLACE, directions=DIRECTIONS["intranet"]), lists([row()], [row()]))
    assert (step.result, step.opposite) == ("refused", None)


@pytest.mark.parametrize(
    ("wanted", "rows", "result"),
    [
        (None, [], "unchanged"),
        (None, [row(end=PAST)], "unchanged"),
        (None, [row()], "removed"),
        (None, [row(directions="5,6")], "removed"),
        ("inbound", [row()], "removed"),
        ("both", [row()], "removed"),
        ("both", [row(directions="0,1")], "removed"),
        ("intranet", [row(directions="5,6")], "removed"),
        ("inbound", [row(directions="0,1")], "refused"),
        ("inbound", [row(directions="0")], "refused"),
        ("both", [row(directions="3")], "refused"),
    ],
)
def test_what_is_done_to_have_no_block(wanted: str | None, rows: list[dict[str, Any]], result: str) -> None:
    directions = DIRECTIONS[wanted] if wanted else None
    step = decided(replace(ABSENT, directions=directions), lists(rows))
    assert (step.result, step.how) == (result, "remove" if result == "removed" else "")


def test_why_one_direction_is_not_removed() -> None:
    step = decided(replace(ABSENT, directions=DIRECTIONS["inbound"]), lists([row(directions="0,1")]))
    assert step.reason == (
        "the rule acts inbound and outbound, and one direction of it can't be removed alone; "
        "leave direction out to remove the whole rule"
    )


def test_a_step_knows_its_alert_and_targets_keep_their_order() -> None:
    targets = [(parse_address(text, "ips"), alert) for text, alert in (("203.0.113.9", "a"), ("203.0.113.8", ""))]
    assert [(step.target.text, step.alert_id) for step in plan(WEEK, targets, lists())] == [
        ("203.0.113.9", "a"),
        ("203.0.113.8", ""),
    ]


@pytest.mark.parametrize(
    ("read", "satisfied"),
    [
        (None, False),
        (row(end=PAST), False),
        (row(directions="0"), False),
        (row(end="2026-11-28 19:58:00"), True),
        (row(end="2026-11-28 19:57:59"), False),
        (row(end="?"), False),
        (row(directions="0,1"), True),
    ],
)
def test_what_satisfies_a_step(read: dict[str, Any] | None, satisfied: bool) -> None:
    """A week from now, two minutes less at most."""
    step = decided(WEEK, lists())
    assert step.satisfied(found(read) if read else None) is satisfied


def test_nothing_satisfies_a_step_that_asks_for_nothing() -> None:
    assert decided(WEEK, lists([row()])).satisfied(found(row())) is False


# Properties: a model of the lists, and what the calls are documented to do to it


@dataclass(frozen=True)
class Rule:
    """A row of the model: one for each list and address, or one for each direction."""

    directions: frozenset[str]
    end: float


class Model:
    """Both lists by (action, address), each with rows."""

    def __init__(self, rules: Mapping[tuple[str, str], Sequence[Rule]]) -> None:
        self.rules = {key: list(found) for key, found in rules.items() if found}

    def lists(self) -> Lists:
        shown: dict[str, list[dict[str, Any]]] = {BLOCK: [], ALLOW: []}
        for (action, ioc), rules in self.rules.items():
            for rule in rules:
                directions = ",".join(sorted(rule.directions))
                shown[action].append(row(ioc, directions, sent_time(rule.end), RuleType=RULE_TYPES[action]))
        return Lists(RuleList(BLOCK, shown[BLOCK]), RuleList(ALLOW, shown[ALLOW]), NOW)

    def carry_out(self, steps: Sequence[Step]) -> None:
        """Deletions remove all of an address; CreateBlockIgnoreRuleNew merges directions and overwrites the end."""
        for step in steps:
            for gone in (step.opposite, step.before if step.how == "remove" else None):
                if gone is not None:
                    del self.rules[gone.action, gone.ioc]
            if step.how in ("upsert", "alert_center"):
                asked = step.asked
                assert asked is not None
                assert asked.expires is not None
                old = self.rules.get((asked.action, asked.ioc), [])
                assert step.how == "upsert" or not old, "the alert centre gets new rules only"
                # Of several rows those in force are merged; a single one in any case, which is the harsher guess.
                kept = [rule for rule in old if rule.end > NOW] or old
                directions = asked.directions.union(*(rule.directions for rule in kept))
                self.rules[asked.action, asked.ioc] = [Rule(directions, asked.expires)]


ADDRESSES = ["203.0.113.7", "2001:db8::7"]
TARGETS: list[tuple[Address, str]] = [(parse_address(text, "ips"), "") for text in ADDRESSES]
State = Mapping[tuple[str, str], Sequence[Rule]]

ends = st.sampled_from([NOW - DAY, NOW, NOW + HOUR, NOW + 3 * DAY, NOW + 30 * DAY, PERMANENT])
single = st.builds(Rule, st.sampled_from([frozenset(text) for text in ("0", "1", "01", "3", "13", "5", "56")]), ends)
one_each = st.builds(lambda out, into: [Rule(frozenset("0"), out), Rule(frozenset("1"), into)], ends, ends)
rows = st.one_of(st.just([]), st.builds(lambda rule: [rule], single), one_each)
states = st.fixed_dictionaries({(action, text): rows for action in (BLOCK, ALLOW) for text in ADDRESSES})
wishes = st.builds(
    Wanted,
    action=st.sampled_from([BLOCK, ALLOW]),
    present=st.just(True),
    directions=st.sampled_from(list(DIRECTIONS.values())),
    seconds=st.sampled_from([2 * HOUR, DAY, 2 * DAY, 7 * DAY, PERMANENT]),
    renew_within=st.sampled_from([None, HOUR]),
    replace_opposite=st.booleans(),
)
removals = st.builds(
    Wanted,
    action=st.sampled_from([BLOCK, ALLOW]),
    present=st.just(False),
    directions=st.none() | st.sampled_from(list(DIRECTIONS.values())),
)


def outcome(state: State, wanted: Wanted) -> tuple[Lists, list[Step], Lists]:
    """The lists before, the plan, and the lists once it is carried out."""
    model = Model(state)
    before = model.lists()
    steps = plan(wanted, TARGETS, before)
    model.carry_out(steps)
    return before, steps, model.lists()


@given(states, st.one_of(wishes, removals))
def test_after_a_plan_there_is_nothing_left_to_do(state: State, wanted: Wanted) -> None:
    before, steps, after = outcome(state, wanted)
    again = plan(wanted, TARGETS, after)
    assert list(changed_steps(again)) == []
    for step, repeated in zip(steps, again):
        assert repeated.result == ("refused" if step.result == "refused" else "unchanged")
    if not wanted.replace_opposite:
        other = OPPOSITE[wanted.action]
        for text in ADDRESSES:
            assert before.of(other).entry(text, NOW) == after.of(other).entry(text, NOW)


@given(states, wishes)
@example(
    {(BLOCK, ATTACKER): [Rule(frozenset("1"), NOW + HOUR), Rule(frozenset("0"), PERMANENT)]},
    replace(WEEK, renew_within=2 * HOUR),
)
@example({(ALLOW, ATTACKER): [Rule(frozenset("0"), PERMANENT)]}, REPLACE)
def test_what_a_plan_promises_is_read_back_and_never_less_than_before(state: State, wanted: Wanted) -> None:
    before, steps, after = outcome(state, wanted)
    for step in steps:
        entry = after.of(wanted.action).entry(step.target.text, NOW)
        if step.how:
            assert step.satisfied(entry)
            assert step.after is not None
            assert entry is not None
            assert entry.shown() == step.after.shown()
        if step.result != "refused":
            assert entry is not None
            assert not entry.expired
            assert covers(entry.directions, wanted.directions or frozenset())
            assert after.of(OPPOSITE[wanted.action]).live(step.target.text, NOW) is None
        old = before.of(wanted.action).live(step.target.text, NOW)
        if old is not None:
            assert entry is not None
            assert entry.directions >= old.directions
            assert (entry.expires or 0) >= (old.expires or 0)
            assert (entry.latest or 0) >= (old.latest or 0)


@pytest.mark.parametrize(("count", "targets"), [(40, 1), (40, 7), (3, 40)])
def test_of_a_list_only_the_rows_of_targets_are_looked_at(count: int, targets: int) -> None:
    """Long lists cost what it takes to find the targets in them, and no more."""
    looked_at: list[str] = []

    class Watched(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            if key == "EndTime":
                looked_at.append(self["Ioc"])
            return super().get(key, default)

    known = lists([Watched(row(f"203.0.113.{number}")) for number in range(count)])
    plan(WEEK, [(parse_address(f"203.0.113.{number}", "ips"), "") for number in range(targets)], known)
    assert set(looked_at) == {f"203.0.113.{number}" for number in range(min(count, targets))}
