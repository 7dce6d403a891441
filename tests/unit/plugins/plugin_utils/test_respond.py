# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import calendar
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils import _respond
from ansible_collections.secops.cfw.plugins.plugin_utils._respond import step

EDGE, CORE, FAR = "ebf891cd-2163-48a0-9963-6309f99dd3c4", "0c7f51a4-8c1f-4a7e-9d59-5f6cbb0f0a11", "far-1"
NOW = float(calendar.timegm((2026, 11, 21, 21, 0, 0)))
FIRST, SECOND, VICTIM = "203.0.113.7", "203.0.113.8", "198.51.100.20"
ASKED: dict[str, Any] = {"case_id": "INC-2041", "duration": "24h", "firewalls": EDGE}


def asked(**values: Any) -> dict[str, Any]:
    return _respond.request({**ASKED, **values}, now=NOW)


def at(seconds: float) -> str:
    return _respond.moment(NOW + seconds)


# What is asked


@pytest.mark.parametrize("blank", [None, "", " ", "\n"])
def test_blank_is_not_given(blank: Any) -> None:
    names = (
        "clouds",
        "order",
        "hunt",
        "victims",
        "reason",
        "pre_block_window",
        "post_block_window",
        "capture_deadline",
    )
    state = asked(**dict.fromkeys(names, blank))

    assert state == asked()
    assert state == {
        "case_id": "INC-2041",
        "pre_block_window": 60,
        "post_block_window": 30,
        "capture_deadline": 60,
        "order": "capture_first",
        "clouds": ["tencent", "huawei"],
        "firewalls": [{"fw_instance_id": EDGE}],
        "own_firewalls": [{"fw_instance_id": EDGE}],
        "single_victims": [],
        "reason": "",
        "hunt": True,
        "started_at": "2026-11-21T21:00:00Z",
        "began": NOW,
    }


def test_numbers_and_truth_values_are_understood_as_text() -> None:
    state = asked(pre_block_window="5", post_block_window=0, capture_deadline=" 3600 ", hunt="false")

    assert [state[name] for name in ("pre_block_window", "post_block_window", "capture_deadline", "hunt")] == [
        5,
        0,
        3600,
        False,
    ]


@pytest.mark.parametrize("clouds", ["huawei,tencent", "huawei tencent", "huawei\ntencent", ["huawei", "tencent", ""]])
def test_clouds_are_read_from_lists_and_text(clouds: Any) -> None:
    assert asked(clouds=clouds)["clouds"] == ["tencent", "huawei"]


def test_an_incident_at_tencent_alone_needs_no_firewall_and_captures_at_none() -> None:
    assert asked(clouds="tencent", firewalls="")["firewalls"] == []
    assert asked(clouds="tencent")["firewalls"] == []


def test_a_reason_from_an_alert_becomes_one_line() -> None:
    assert asked(reason="brute\nforce\t{{ x }}\x1b[31m")["reason"] == "brute force {{ x }} [31m"
    assert asked(reason="\u202efdp.exe\u200b")["reason"] == "\u27e8U+202E\u27e9fdp.exe\u27e8U+200B\u27e9"


def test_victims_that_are_prefixes_are_for_the_capture_alone() -> None:
    assert asked(victims="198.51.100.0/24, 198.51.100.20/32")["single_victims"] == [VICTIM]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"case_id": None}, "respond_case_id is ''; give 1 to 24"),
        ({"case_id": "a/b"}, "respond_case_id is 'a/b'"),
        ({"case_id": ".."}, "give 1 to 24 letters"),
        ({"duration": " "}, "respond_duration is missing; give hours or days"),
        ({"duration": "forever"}, "respond_duration is 'forever'"),
        ({"clouds": "aws"}, "respond_clouds holds 'aws'"),
        ({"order": "both_at_once"}, "respond_order"),
        ({"hunt": "perhaps"}, "respond_hunt is 'perhaps'; give true or false"),
        ({"pre_block_window": "a minute"}, "respond_pre_block_window is 'a minute'; give whole seconds"),
        ({"pre_block_window": "\u00b2"}, "respond_pre_block_window"),
        ({"post_block_window": -1}, "respond_post_block_window is '-1'"),
        ({"capture_deadline": 3601}, "from 0 to 3600"),
        ({"capture_deadline": True}, "respond_capture_deadline is 'True'"),
        ({"firewalls": ""}, "respond_firewalls is empty"),
        ({"firewalls": "../v1"}, "respond_firewalls[0]"),
        ({"victims": "web-1"}, "respond_victims[0]"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_done(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(**given)

    assert said in caught.value.message


# Results of this run


@pytest.mark.parametrize("key", ["finished_at", "checked_at", "started_at"])
def test_a_result_of_an_earlier_run_in_the_same_process_is_none_of_this_one(key: str) -> None:
    state = asked()

    assert _respond.since(state, {key: at(-1), "targets": []}, now=NOW) == {}
    assert _respond.since(state, {key: at(0), "targets": []}, now=NOW) == {key: at(0), "targets": []}


def test_what_began_before_and_ended_in_this_run_counts() -> None:
    result = {"started_at": at(-5), "finished_at": at(5)}

    assert _respond.since(asked(), result, now=NOW) == result


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_nothing_is_of_no_run(nothing: Any) -> None:
    assert _respond.since(asked(), nothing, now=NOW) == {}


# How long to let captures run


def capture(status: str = "running", seen: float | None = 2, **more: Any) -> dict[str, Any]:
    return {"status": status, "seen_running_at": None if seen is None else at(seen), **more}


def pause(*captures: dict[str, Any], now: float = 3, planned: bool = False, **state: Any) -> int:
    result = {"captures": list(captures), "started_at": at(0), "planned": planned}
    return _respond.pause(asked(**state), result, now=NOW + now)


def test_the_window_counts_from_when_the_last_one_was_seen_running() -> None:
    wide: dict[str, Any] = {"pre_block_window": 30, "capture_deadline": 300}

    assert pause(capture(seen=2), **wide) == 29
    assert pause(capture(seen=2), capture(seen=10), now=10, **wide) == 30
    assert pause(capture(seen=2), capture("pending", None), **wide) == 29
    assert pause(capture(seen=2), now=40, **wide) == 0


def test_the_deadline_counts_from_the_beginning_of_the_captures() -> None:
    assert pause(capture(seen=50), now=50) == 10
    assert pause(capture(seen=50), now=70) == 0
    assert pause(capture(), capture_deadline=0) == 0
    assert _respond.pause(asked(), {"captures": [capture(seen=50)]}, now=NOW + 50) == 10


@pytest.mark.parametrize(
    "row",
    [capture("pending", None), capture("stopped"), capture("finished"), capture("", None), capture("running", None)],
)
def test_nobody_waits_where_nothing_runs(row: dict[str, Any]) -> None:
    assert pause(row) == 0
    assert pause() == 0


def test_a_capture_that_an_earlier_run_started_long_ago_needs_no_window() -> None:
    assert pause(capture(seen=-600)) == 0


def test_a_plan_waits_for_nothing() -> None:
    assert pause(capture(), planned=True) == 0


# Several blocks as one


def row(target: str = FIRST, cloud: str = "tencent", result: str = "blocked", scope: str = "") -> dict[str, Any]:
    scope = scope or (EDGE if cloud == "huawei" else "")
    return {"target": target, "cloud": cloud, "scope": scope, "firewall": "", "result": result, "reason": ""}


def block(*rows: dict[str, Any], error: str = "", **more: Any) -> dict[str, Any]:
    cloud = rows[0]["cloud"]
    errors = [{"cloud": cloud, "scope": "", "code": "c", "message": error, "hint": ""}] if error else []
    return {
        "started_at": at(0),
        "targets": list(rows),
        "errors": errors,
        "timeline": [
            {"at": at(0), "step": "block", **{key: one[key] for key in ("target", "cloud", "result")}} for one in rows
        ],
        "accounts": {
            "tencent": "1250000000" if cloud == "tencent" else "",
            "huawei": [cloud] if cloud == "huawei" else [],
        },
        "clock": {cloud: 1.0},
        **more,
    }


def together(*blocks: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for one in blocks:
        merged = _respond.together(asked(), merged, one, now=NOW)
    return merged


def test_both_clouds_are_in_one_result() -> None:
    merged = together(
        block(row(), quota={"left": 3}),
        block(row(cloud="huawei", result="failed"), started_at=at(9), finished_at=at(10), quota=None),
    )

    assert [one["cloud"] for one in merged["targets"]] == ["tencent", "huawei"]
    assert merged["started_at"] == at(0)
    assert merged["finished_at"] == at(10)
    assert merged["accounts"] == {"tencent": "1250000000", "huawei": ["huawei"]}
    assert merged["clock"] == {"tencent": 1.0, "huawei": 1.0}
    assert merged["quota"] == {"left": 3}
    assert merged["counts"] == {"blocked": 1, "already": 0, "refused": 0, "failed": 1, "unknown": 0}
    assert "1 of 2 blocks are not in force" in merged["failure"]


def test_what_a_second_try_puts_right_is_no_failure() -> None:
    first = block(row(result="failed"), error="timeout")
    merged = together(first, block(row(cloud="huawei")), block(row(result="blocked")))

    assert {one["result"] for one in merged["targets"]} == {"blocked"}
    assert len(merged["targets"]) == 2
    assert merged["errors"] == []
    assert merged["failure"] == ""
    assert [one["result"] for one in merged["timeline"]] == ["failed", "blocked", "blocked"]


def test_what_fails_twice_is_told_once() -> None:
    first = block(row(result="failed"), error="timeout")
    merged = together(first, block(row(cloud="huawei")), block(row(result="failed"), error="timeout"))

    assert [error["message"] for error in merged["errors"]] == ["timeout"]


def test_a_try_that_never_began_adds_nothing_to_the_one_before() -> None:
    only = block(row())

    assert together(only, {}) == only
    assert together(only, only)["timeline"] == only["timeline"]


def test_tencent_is_tried_again_unless_all_is_known() -> None:
    def again(*rows: dict[str, Any], **state: Any) -> Any:
        return _respond.again(asked(**state), {"targets": list(rows)}, now=NOW)

    assert again() is True
    assert again(row(cloud="huawei")) is True
    assert again(row(), row(SECOND, result="unknown")) is True
    assert again(row(), row(SECOND, result="failed")) is True
    assert again(row(), row(SECOND, result="already")) is False
    assert again(row(), row(SECOND, result="refused")) is False
    assert again(row(), row(cloud="huawei", result="failed")) is False
    assert again(clouds="huawei") is False


def unblocked(*rows: dict[str, Any], failures: list[dict[str, str]] | None = None, **state: Any) -> str:
    return _respond.unblocked(asked(**state), {"targets": list(rows)}, failures or [], now=NOW)


def test_nothing_is_said_if_everything_is_blocked_in_the_end() -> None:
    failures = [{"step": "Block", "cloud": "tencent", "message": "timeout"}]

    assert unblocked(row(), row(cloud="huawei", result="already"), failures=failures) == ""
    assert unblocked(row(), clouds="tencent") == ""


def test_only_what_is_not_blocked_in_the_end_is_said() -> None:
    failures = [{"step": "Block", "cloud": "tencent", "message": "203.0.113.7 at tencent failed: timeout"}]
    said = unblocked(row(), row(cloud="huawei", result="failed"), failures=failures)

    assert f"203.0.113.7 at huawei {EDGE} failed: no reason given" in said
    assert "tencent" not in said


def test_a_cloud_without_any_result_is_said_with_its_last_reason() -> None:
    failures = [
        {"step": "Capture", "message": "busy"},
        {"step": "Block", "cloud": "huawei", "message": "first"},
        {"step": "Block", "cloud": "huawei", "message": "last"},
    ]

    assert unblocked(row(), failures=failures) == "Nothing was blocked at huawei: last"
    assert unblocked(row()) == "Nothing was blocked at huawei: no reason is known"
    assert "Nothing was blocked at tencent" in unblocked()


def test_failures_become_one_message() -> None:
    def failed(*rows: tuple[str, str]) -> str:
        return _respond.failed(asked(), [{"step": one, "message": said} for one, said in rows], now=NOW)

    assert failed() == ""
    assert failed(("Capture", "it is busy."), ("Block", "not there")) == "Capture: it is busy. Block: not there."
    assert failed(("Capture", "it is busy."), ("Capture", "it is busy")) == "Capture: it is busy."


# What was there before


def test_the_snapshot_has_what_was_read_and_why_the_rest_was_not() -> None:
    lists = {
        "results": [
            {"item": {"fw_instance_id": EDGE}, "entries": [{"address": FIRST, "raw": {"secret": 1}}]},
            {"item": {"fw_instance_id": CORE}, "failed": True, "msg": "no answer"},
            {"item": {"fw_instance_id": FAR}, "skipped": True},
        ]
    }
    rules = {"rules": [{"target": FIRST, "raw": {}}]}
    alerts = {"error": {"code": "x"}, "msg": "denied", "alerts": []}

    assert _respond.snapshot(asked(), rules, alerts, lists, now=NOW) == {
        "taken_at": at(0),
        "tencent": {"rules": [{"target": FIRST}], "alerts": []},
        "huawei": [{"fw_instance_id": EDGE, "entries": [{"address": FIRST}]}],
        "errors": [
            {"cloud": "huawei", "scope": CORE, "message": "no answer"},
            {"cloud": "tencent", "scope": "alerts", "message": "denied"},
        ],
    }


def test_a_snapshot_of_one_cloud_is_no_error() -> None:
    taken = _respond.snapshot(asked(), {"skipped": True}, {"skipped": True}, {}, now=NOW)

    assert taken["errors"] == []
    assert taken["tencent"] == {"rules": [], "alerts": []}


# Whom else they touched

REGIONS = [
    {"fw_instance_id": EDGE, "region": "cn-north-4"},
    {"fw_instance_id": CORE, "region": "cn-north-4"},
    {"fw_instance_id": FAR, "region": "ap-southeast-3", "project_id": "p2"},
]


def test_other_firewalls_are_listed_once_in_each_region() -> None:
    assert _respond.places(asked(firewalls=REGIONS), now=NOW) == [
        {"region": "cn-north-4"},
        {"region": "ap-southeast-3", "project_id": "p2"},
    ]
    assert _respond.places(asked(), now=NOW) == [{}]


def listed(*firewalls: tuple[str, str], **place: str) -> dict[str, Any]:
    rows = [{"fw_instance_id": one, "name": "n", "region": "", "status": status} for one, status in firewalls]
    return {"results": [{"firewalls": rows, "respond_place": place}]}


def test_the_hunt_goes_to_the_incidents_firewalls_and_all_that_run() -> None:
    found = listed((EDGE, "running"), (CORE, "running"), (FAR, "frozen"), region="cn-north-4", project_id="p1")

    assert _respond.everywhere(asked(), found, [FIRST], now=NOW) == [
        {"fw_instance_id": EDGE},
        {"fw_instance_id": CORE, "name": "n", "region": "cn-north-4", "project_id": "p1"},
    ]


def test_the_hunt_stays_with_the_incidents_firewalls_if_the_others_are_not_known() -> None:
    unread = {"results": [{"failed": True, "msg": "denied", "respond_place": {}}]}

    assert _respond.everywhere(asked(), unread, [FIRST], now=NOW) == [{"fw_instance_id": EDGE}]


def test_without_a_single_address_there_is_nothing_to_search_by() -> None:
    assert _respond.everywhere(asked(), {}, ["203.0.113.0/24"], now=NOW) == []


def log(source: str, destination: str, minute: int | None, size: int | None = 10) -> dict[str, Any]:
    ends = {"source": {"address": source}, "destination": {"address": destination}}
    return {**ends, "time": None if minute is None else at(60 * minute), "bytes": size}


def hunt(*results: dict[str, Any], targets: tuple[str, ...] = (FIRST, SECOND)) -> dict[str, Any]:
    return _respond.hunt(asked(), {}, {"results": list(results)}, list(targets), now=NOW)


def test_peers_are_counted_for_each_attacker_and_firewall_in_both_directions() -> None:
    found = hunt(
        {
            "item": {"fw_instance_id": EDGE},
            "logs": [
                log(FIRST, VICTIM, 3),
                log(VICTIM, FIRST, 1, None),
                log(FIRST, VICTIM, None),
                log(FIRST, "198.51.100.21", 2),
                log("192.0.2.1", VICTIM, 2),
                log(FIRST, "", 2),
                {"source": None, "destination": None},
            ],
        },
        {"item": {"fw_instance_id": CORE}, "logs": [log(FIRST, VICTIM, 9)], "truncated": True},
    )

    assert found["firewalls"] == [
        {"fw_instance_id": EDGE, "truncated": False},
        {"fw_instance_id": CORE, "truncated": True},
    ]
    first, second = found["attackers"]
    assert [(peer["address"], peer["fw_instance_id"], peer["count"], peer["bytes"]) for peer in first["peers"]] == [
        (VICTIM, EDGE, 3, 20),
        ("198.51.100.21", EDGE, 1, 10),
        (VICTIM, CORE, 1, 10),
    ]
    assert (first["peers"][0]["first_seen"], first["peers"][0]["last_seen"]) == (at(60), at(180))
    assert second == {"target": SECOND, "peers": [], "total": 0}
    assert found["errors"] == []


def test_very_many_peers_are_cut_and_counted() -> None:
    logs = [log(FIRST, f"10.0.{n // 250}.{n % 250 + 1}", 1) for n in range(300)]
    found = hunt({"item": {"fw_instance_id": EDGE}, "logs": logs})["attackers"][0]

    assert len(found["peers"]) == 200
    assert found["total"] == 300


def test_what_the_hunt_could_not_read_is_said() -> None:
    flows = {"results": [{"item": {"fw_instance_id": EDGE}, "error": {"code": "x"}, "msg": "denied"}]}
    unread = {"results": [{"failed": True, "msg": "no list", "respond_place": {}}]}
    found = _respond.hunt(asked(), unread, flows, [FIRST, "203.0.113.0/24"], now=NOW)

    assert [(error["scope"], error["message"]) for error in found["errors"]] == [
        ("firewalls", "no list"),
        ("", "203.0.113.0/24: the logs are searched by single addresses, so that whom these touched is not known"),
        (EDGE, "denied"),
    ]
    assert [attacker["target"] for attacker in found["attackers"]] == [FIRST]


# The filter's way in


def test_a_step_is_reached_by_its_name() -> None:
    before = time.time()
    state = step(ASKED, "request")

    assert state["began"] >= before
    assert step(state, "failed", failures=[]) == ""


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(InputError, match="there is no step 'dance'; give one of request, "):
        step(ASKED, "dance")


@pytest.mark.parametrize("options", [{}, {"results": 1}])
def test_a_step_without_what_it_needs_says_so(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the step pause was not given what it needs"):
        step({}, "pause", **options)


# The role and its playbook


def test_the_playbook_hands_over_every_variable_of_the_role() -> None:
    root = Path(_respond.__file__).parents[2]
    options = yaml.safe_load((root / "roles/respond/meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    play = yaml.safe_load((root / "playbooks/respond.yml").read_text())[0]
    (handed,) = (task["vars"] for task in play["tasks"] if "ansible.builtin.include_role" in task)

    assert set(handed) == set(options["options"])
    differently = {"variables": "report_variables", "firewalls": "firewalls_or_hosts"}
    for name, value in handed.items():
        bare = name.removeprefix("respond_")
        assert re.search(rf"\bcfw_{differently.get(bare, bare)}\b", value), name


def test_a_capture_that_is_collected_keeps_what_happened_when_it_began() -> None:
    begun = {"started_at": "2026-11-21T10:00:00Z", "captures": [], "timeline": [{"step": "capture_started"}]}
    ended = {"started_at": "2026-11-21T10:02:00Z", "captures": [1], "timeline": [{"step": "capture_fetched"}]}
    found = _respond.captured({}, begun, ended, now=0.0)
    assert [row["step"] for row in found["timeline"]] == ["capture_started", "capture_fetched"]
    assert (found["started_at"], found["captures"]) == ("2026-11-21T10:00:00Z", [1])
    assert _respond.captured({}, begun, {}, now=0.0) == begun
    assert _respond.captured({}, {}, ended, now=0.0) == ended


def test_a_warning_of_the_alerts_time_outlasts_the_wait() -> None:
    ahead = {"scope": "event_time", "message": "it is later than now"}
    other = {"scope": "edge", "message": "busy"}
    begun, ended = {"errors": [ahead, other]}, {"errors": [other]}
    assert _respond.captured({}, begun, ended, now=0.0)["errors"] == [ahead, other]
    assert _respond.captured({}, begun, begun, now=0.0)["errors"] == [ahead, other]


def _tasks(tasks: Any) -> Any:
    for task in tasks:
        yield task
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part) or [])


def test_a_journal_that_cannot_be_written_is_told_and_keeps_nothing_from_being_done() -> None:
    root = Path(_respond.__file__).parents[2] / "roles"
    (write,) = (
        task
        for task in yaml.safe_load((root / "report/tasks/journal.yml").read_text())
        if "secops.cfw.incident_files" in task
    )
    assert write["failed_when"] is False
    told = yaml.safe_load((root / "respond/tasks/journal.yml").read_text())[-1]
    assert write["register"] in told["when"]
    assert write["register"] in told["ansible.builtin.set_fact"]["respond_failures"]


def test_blanks_around_the_case_reach_no_other_role() -> None:
    folder = Path(_respond.__file__).parents[2] / "roles/respond/tasks"
    handed = {
        value
        for path in folder.glob("*.yml")
        for task in _tasks(yaml.safe_load(path.read_text()))
        for name, value in (task.get("vars") or {}).items()
        if name.endswith("_case_id")
    }
    assert handed == {"{{ respond_case }}"}
