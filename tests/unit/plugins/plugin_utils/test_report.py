# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incident's document: where targets stand after several runs, what it commands, that it holds to its schema."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils import _report, _report_runs
from ansible_collections.secops.cfw.plugins.plugin_utils._report_commands import asked
from ansible_collections.secops.cfw.plugins.plugin_utils._report_runs import json_text, read_runs, run_record
from support import incident
from support.incident import CASE, EDGE, FIRST, OUTSIDE, PLACES, SECOND, THIRD, block, block_row, guard, inputs

ROLE = Path(__file__).parents[4] / "roles" / "report"
SCHEMA = json.loads((ROLE / "files" / "incident-report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def report(*earlier: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The report of a run, with earlier runs on file; it holds to the schema whatever it says."""
    on_file = []
    for number, one in enumerate(earlier):
        record = run_record(one)
        on_file.append(
            {"file": f"{record['run_id']}.json", "sha256": f"{number:064x}", "record": record, "problem": ""}
        )
    found = _report.document(run_record(inputs(**more)), on_file, PLACES)
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(json_text(found)))] == []
    return found


def run(hour: int, results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The inputs of a run that began at this hour."""
    return inputs(
        run_id=f"20261121T{hour:02d}0000Z-aaaaaa",
        now=f"2026-11-21T{hour:02d}:05:00Z",
        failure="",
        results=results,
        **more,
    )


def states(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(row["target"], row["cloud"]): row["state"] for row in found["targets"]}


def blocked(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"block": {**block(), "targets": list(rows), "not_in_path": [], "errors": [], **more}}


def status(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "status": {
            "case_id": CASE,
            "checked_at": "2026-11-21T22:00:00Z",
            "in_force": list(rows),
            "errors": [],
            "complete": True,
            **more,
        }
    }


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("/draft/2020-12/schema")


def test_sample_tells_what_holds_and_what_does_not() -> None:
    found = report()
    assert found["outcome"] == "partly_contained"
    assert {(row["target"], row["cloud"]) for row in found["in_force"]} == {
        (FIRST, "tencent"), (FIRST, "huawei"), (SECOND, "tencent"), (SECOND, "huawei"), (THIRD, "tencent"), (OUTSIDE, "huawei"),
    }  # fmt: skip
    assert [(row["target"], row["state"]) for row in found["not_contained"]] == [
        (THIRD, "failed"),
        ("198.51.100.81", "not_in_path"),
        (OUTSIDE, "refused"),
    ]
    assert found["not_contained"][1]["firewall"] == "edge-1"
    assert (
        next(row for row in found["in_force"] if row["target"] == FIRST)["until_beijing"]
        == "2026-11-23 05:04:40 +08:00"
    )
    assert "Listed is not enforced" in found["statements"][0]
    assert "not proven cut" in found["statements"][1]


def test_deadlines_say_what_ends_by_itself_and_what_does_not() -> None:
    found = [(row["kind"], row["at"]) for row in report()["deadlines"]]
    assert found == [
        ("expiry", incident.UNTIL),
        ("huawei_removal", incident.UNTIL),
        ("evidence", "2026-11-28"),
        ("others", "2026-12-01T15:59:59Z"),
    ]


@pytest.mark.parametrize("until", [incident.UNTIL, "2026-11-20T00:00:00Z", "permanent", ""])
@pytest.mark.parametrize("cloud", ["tencent", "huawei"])
def test_nobody_is_told_to_undo_what_is_not_this_cases(cloud: str, until: str) -> None:
    found = report(results=blocked(block_row(FIRST, cloud, "already", until=until)), failure="")
    (row,) = found["deadlines"] or [{"kind": "others", "what": "of others, not of this case: undo leaves them"}]
    assert row["kind"] == "others"
    assert "of others, not of this case: undo leaves them" in row["what"]
    assert "Undo" not in row["what"]
    own = report(results=blocked(block_row(FIRST, "huawei"), block_row(SECOND, "huawei", "already")), failure="")
    said = {row["kind"]: (row["what"], row["targets"]) for row in own["deadlines"]}
    assert "Undo by then, or extend" in said["huawei_removal"][0]
    assert (said["huawei_removal"][1], said["others"][1]) == ([FIRST], [SECOND])


def captured(complete: bool, **more: Any) -> dict[str, Any]:
    read = {"fw_instance_id": EDGE, "firewall": "edge-1", "type": "flow", "read_until": "2026-11-21T21:06:00Z"}
    logs = {
        "start": "2026-11-21T20:30:00Z", "end": "2026-11-21T21:30:00Z", "complete": complete,
        "reads": [{**read, "complete": complete}, {**read, "type": "attack", "complete": True}],
    }  # fmt: skip
    return {
        "capture": {
            **incident.capture(), "event_time": "2026-11-21T21:00:00Z", "attackers": [FIRST], "victims": ["198.51.100.80"],
            "logs": logs, **more,
        }
    }  # fmt: skip


def test_logs_that_are_still_to_come_are_to_be_collected_after_when() -> None:
    found = report(results=captured(False), awx={})
    (row,) = [row for row in found["deadlines"] if row["kind"] == "logs"]
    assert row["at"] == "2026-11-21T21:30:00Z"
    assert (
        "the flow logs at Huawei edge-1 are not complete, they are saved up to 2026-11-21 21:06:00 UTC" in row["what"]
    )
    assert "after 2026-11-21 21:30:00 UTC (2026-11-22 05:30:00 +08:00), before the cloud deletes them" in row["what"]
    (command,) = [row for row in found["commands"] if row["name"] == "collect"]
    assert command["title"].startswith("Collect the rest of the logs, after 2026-11-21 21:30:00 UTC")
    assert command["line"].startswith("ansible-playbook secops.cfw.collect -e ")
    assert command["variables"] == {
        "cfw_case_id": CASE,
        "cfw_targets": [FIRST],
        "cfw_victims": ["198.51.100.80"],
        "cfw_firewalls": [{"fw_instance_id": EDGE}],
        "cfw_event_time": "2026-11-21T21:00:00Z",
        "cfw_dir": "/srv/incidents",
    }
    # Once the time has passed, it can be done now.
    late = report(results=captured(False), now="2026-11-21T22:00:00Z")
    (row,) = [row for row in late["deadlines"] if row["kind"] == "logs"]
    assert "Collect the rest now, as 2026-11-21 21:30:00 UTC has passed" in row["what"]
    # A later run that read all of it takes the reminder away; a plan does not.
    done = report(run(20, captured(False)), results=captured(True))
    assert not [row for row in done["deadlines"] if row["kind"] == "logs"]
    assert "collect" not in {row["name"] for row in done["commands"]}
    plan = report(run(20, captured(False)), results=captured(True, planned=True), planned=True)
    assert [row for row in plan["deadlines"] if row["kind"] == "logs"]


def test_a_capture_that_was_not_fetched_is_not_called_saved() -> None:
    done = incident.capture()
    (first, _busy), (file, log) = done["captures"], done["files"]
    running = {**first, "name": "INC-2041-b", "task_id": "77aa", "status": "running", "evidence": "none"}
    both = {"captures": [first, running], "files": [{**file, "task_id": "9c2f"}, log]}
    found = report(results=captured(True, **both), awx={})
    said = {row["what"].split(" at ")[0]: row["what"] for row in found["deadlines"] if row["kind"] == "evidence"}
    assert said["the cloud deletes capture INC-2041-a"].endswith("A copy is saved.")
    assert said["the cloud deletes capture INC-2041-b"].endswith("NO copy is known: fetch it before.")
    assert [row["task_id"] for row in found["evidence"]["files"]] == ["9c2f", ""]
    # The logs are complete, and still there is something to collect.
    (command,) = [row for row in found["commands"] if row["name"] == "collect"]
    assert command["title"] == "Fetch what was captured and is not saved (1 capture)"
    assert command["variables"]["cfw_firewalls"] == [{"fw_instance_id": EDGE}]
    assert command["variables"]["cfw_targets"] == [FIRST]
    # Without logs too; and with logs to come, one command does both.
    (bare,) = [row for row in report(results={"capture": {**done, **both}})["commands"] if row["name"] == "collect"]
    assert bare["variables"]["cfw_targets"] == [FIRST]
    (rest,) = [row for row in report(results=captured(False, **both))["commands"] if row["name"] == "collect"]
    assert rest["title"].startswith("Collect the rest of the logs, after")
    assert "1 capture not saved yet" in rest["title"]
    # A record from before files named their capture is believed only where there was one capture.
    old = report(results=captured(True, captures=[first, running], files=[file, log]))
    assert sum("NO copy" in row["what"] for row in old["deadlines"]) == 2
    empty = {**running, "status": "finished"}
    nothing = report(results=captured(True, captures=[first, empty], files=both["files"]))
    assert "collect" not in {row["name"] for row in nothing["commands"]}


@pytest.mark.parametrize("result", ["blocked", "already"])
@pytest.mark.parametrize("cloud", ["tencent", "huawei"])
def test_what_is_listed_and_allowed_too_is_not_plainly_in_force(cloud: str, result: str) -> None:
    shadowed = block_row(
        FIRST, cloud, result, shadowed_by=["203.0.113.0/24"], reason="it may be let through", token=True
    )
    found = report(results=blocked(shadowed), failure="")
    assert found["in_force"] == []
    assert [(row["target"], row["state"]) for row in found["not_contained"]] == [(FIRST, "shadowed")]
    assert found["outcome"] == "not_contained"
    assert any("shadowed: it may be let through" in line for line in _report.message(found, True))
    # It runs out as well, and is lifted and made longer as others are.
    assert [row["at"] for row in found["deadlines"]] == [incident.UNTIL]
    assert {"extend", "undo"} <= {row["name"] for row in found["commands"]}
    # A status that reads the block list alone does not make it better.
    listed = {"target": FIRST, "cloud": cloud, "scope": shadowed["scope"], "until": incident.UNTIL}
    later = report(run(20, blocked(shadowed)), results=status(listed), failure="")
    assert states(later) == {(FIRST, cloud): "shadowed"}
    again = report(run(20, blocked(shadowed)), results=blocked(block_row(FIRST, cloud, "already")), failure="")
    assert states(again) == {(FIRST, cloud): "in_force"}


def test_what_must_not_be_blocked_is_refused_and_no_attacker_at_large() -> None:
    own = {"target": "10.0.0.1", "code": "protected_target", "reason": "it is private", "cloud": "", "scope": ""}
    found = report(results=refused_guard(own, targets=[FIRST]), failure="guard refused")
    assert [(row["target"], row["state"]) for row in found["refused"]] == [("10.0.0.1", "refused")]
    assert [row["target"] for row in found["not_contained"]] == [FIRST]
    assert found["outcome"] == "refused"
    assert found["headline"].startswith("Refused: 1 target must not be blocked.")
    said = _report.message(found, True)
    assert "refused, on purpose not blocked: 10.0.0.1: it is private" in said
    assert not [line for line in said if line.startswith("NOT contained: 10.0.0.1")]
    # It stays so after runs that had no guard.
    later = report(run(20, refused_guard(own)), results=blocked(block_row(FIRST, "tencent")), failure="")
    assert (later["outcome"], later["not_contained"]) == ("contained", [])
    assert [row["target"] for row in later["refused"]] == ["10.0.0.1"]
    # An attacker for whom there is no room is one.
    full = {"target": FIRST, "code": "no_room", "reason": "the list is full", "cloud": "tencent", "scope": ""}
    found = report(results=refused_guard(full), failure="guard refused")
    assert ([row["target"] for row in found["not_contained"]], found["refused"]) == ([FIRST], [])


def test_commands_survive_the_shell() -> None:
    found = {
        row["name"]: row
        for row in report(awx={}, variables={"cfw_protected_file": "it's; rm -rf $HOME `x`"})["commands"]
    }
    assert list(found) == ["extend", "undo", "retry", "status"]
    for name, playbook in {"extend": "block", "undo": "unblock", "retry": "block", "status": "status"}.items():
        argv = shlex.split(found[name]["line"])
        assert argv[:3] == ["ansible-playbook", f"secops.cfw.{playbook}", "-e"]
        assert json.loads(argv[3]) == found[name]["variables"]
        assert found[name]["variables"]["cfw_case_id"] == CASE
    assert found["extend"]["variables"]["cfw_targets"] == [SECOND, THIRD, OUTSIDE, FIRST]
    assert found["extend"]["variables"]["cfw_extend"] is True
    assert found["undo"]["variables"] == {
        "cfw_case_id": CASE,
        "cfw_report": PLACES["json"],
        "cfw_dir": "/srv/incidents",
    }
    assert found["retry"]["variables"]["cfw_targets"] == [THIRD]
    assert found["status"]["variables"]["cfw_firewalls"][0]["fw_instance_id"] == EDGE
    # In AWX the file is gone with the job.
    assert "cfw_report" not in next(row for row in report()["commands"] if row["name"] == "undo")["variables"]


def commands(*earlier: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """The variables of the commands by their names."""
    return {row["name"]: row["variables"] for row in report(*earlier, failure="", **more)["commands"]}


ASKED = {
    "cfw_clouds": ["tencent", "huawei"],
    "cfw_firewalls": [{"fw_instance_id": EDGE, "region": "cn-north-4", "object_id": "o-1"}],
    "cfw_direction": "outbound",
    "cfw_duration": "7d",
    "cfw_protected": ["192.0.2.0/24"],
}


def test_commands_ask_for_what_was_asked() -> None:
    variables = {**ASKED, "cfw_playbook": "respond", "cfw_order": "block_first", "cfw_mine": 1}
    results = blocked(
        block_row(FIRST, "huawei"), block_row(THIRD, "huawei", "failed"), direction="outbound", duration="7d"
    )
    # An earlier and a later run that asked for other things do not change it.
    capture_later = run(22, {}, variables={"cfw_playbook": "capture"})
    found = commands(capture_later, awx={}, variables=variables, results=results)
    place = [{"fw_instance_id": EDGE, "region": "cn-north-4", "object_id": "o-1", "project_id": incident.PROJECT}]
    asked = {"cfw_direction": "outbound", "cfw_duration": "7d", "cfw_protected": ["192.0.2.0/24"], "cfw_mine": 1}
    common = {"cfw_case_id": CASE, "cfw_firewalls": place, "cfw_dir": "/srv/incidents"}
    assert found["extend"] == {
        **common, **asked, "cfw_targets": [FIRST], "cfw_clouds": ["huawei"], "cfw_extend": True,
    }  # fmt: skip
    assert found["retry"] == {
        **common, **asked, "cfw_targets": [THIRD], "cfw_clouds": ["tencent", "huawei"], "cfw_order": "block_first",
    }  # fmt: skip
    assert found["undo"] == {**common, "cfw_report": PLACES["json"], "cfw_mine": 1}
    assert found["status"] == {
        "cfw_case_id": CASE, "cfw_firewalls": place, "cfw_clouds": ["tencent", "huawei"], "cfw_mine": 1,
    }  # fmt: skip


@pytest.mark.parametrize("playbook", ["block", "respond"])
def test_commands_after_a_refusal_name_what_was_asked(playbook: str) -> None:
    results = {"guard": {**guard(), "ok": False, "targets": [FIRST]}}
    found = report(failure="x", variables={**ASKED, "cfw_playbook": playbook}, results=results)["commands"]
    lines = {row["name"]: row for row in found}
    assert f"secops.cfw.{playbook} " in lines["retry"]["line"]
    assert lines["retry"]["variables"] == {"cfw_case_id": CASE, "cfw_targets": [FIRST], **ASKED}
    assert lines["status"]["variables"]["cfw_firewalls"] == ASKED["cfw_firewalls"]
    assert lines["status"]["variables"]["cfw_clouds"] == ["tencent", "huawei"]


def test_one_command_for_each_direction() -> None:
    both_sides = [
        run(20, blocked(block_row(FIRST, "tencent"), direction="outbound"), variables={**ASKED, "cfw_max_targets": 7}),
        run(21, blocked(block_row(FIRST, "tencent", "already", token=True), direction="inbound"), variables={}),
    ]
    last = blocked(block_row(SECOND, "tencent"), direction="both", duration="2h")
    found = commands(*both_sides, variables={}, results=last, run_id="20261121T220000Z-b")
    extends = {name: one for name, one in found.items() if name.startswith("extend")}
    assert {one["cfw_direction"]: (one["cfw_targets"], one["cfw_duration"]) for one in extends.values()} == {
        "outbound": ([FIRST], "7d"), "inbound": ([FIRST], "24h"), "both": ([SECOND], "2h"),
    }  # fmt: skip
    assert next(iter(extends)) == "extend"
    assert [one.get("cfw_max_targets") for one in extends.values() if one["cfw_direction"] == "outbound"] == [7]
    # What was taken back in between is not extended in its old direction.
    lifted = {"unblock": {"case_id": CASE, "targets": [block_row(FIRST, "tencent", "removed")]}}
    again = blocked(block_row(FIRST, "tencent"), direction="inbound")
    found = commands(both_sides[0], run(21, lifted), variables={}, results=again, run_id="20261121T220000Z-b")
    assert [one["cfw_direction"] for name, one in found.items() if name.startswith("extend")] == ["inbound"]


def test_what_is_listed_out_of_path_is_extended_too() -> None:
    rows = [block_row(FIRST, "tencent"), block_row(FIRST, "huawei", enforcement="not_in_path")]
    extend = commands(results=blocked(*rows))["extend"]
    assert extend["cfw_clouds"] == ["tencent", "huawei"]
    assert [row["fw_instance_id"] for row in extend["cfw_firewalls"]] == [EDGE]
    # What somebody else blocked is not for this case to extend.
    foreign = [block_row(FIRST, "tencent", "already"), block_row(SECOND, "tencent")]
    assert commands(results=blocked(*foreign))["extend"]["cfw_targets"] == [SECOND]


def test_many_targets_may_be_extended() -> None:
    many = [block_row(f"2001:db8::{number:x}", "tencent") for number in range(101)]
    assert commands(results=blocked(*many))["extend"]["cfw_max_targets"] == 101
    assert "cfw_max_targets" not in commands(results=blocked(*many[:100]))["extend"]


def test_without_a_firewall_no_command_names_huawei() -> None:
    found = commands(variables={"cfw_playbook": "block"}, results={"guard": guard()})
    assert [one["cfw_clouds"] for one in found.values()] == [["tencent"]] * 2


def test_templates_never_reach_a_command() -> None:
    hostile = {"cfw_reason": "{{ lookup('pipe', 'id') }}", "cfw_sensitive": [{"x": "{% raw %}"}], "cfw_mine": "{#"}
    for variables in commands(variables={**hostile, "cfw_direction": "inbound"}).values():
        assert not {"cfw_reason", "cfw_sensitive", "cfw_mine"} & set(variables)


def test_what_was_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "cfw_clouds": "huawei, tencent", "cfw_firewalls": EDGE, "cfw_online": False, "cfw_reason": "",
        "cfw_allow_list": [], "cfw_pre_block_window": 0, "cfw_dir": "x", "cfw_protected_file": "~/p", "cfw_token": "s",
    }  # fmt: skip
    monkeypatch.setenv("HOME", "/home/me")
    assert asked(given, "respond", {"cfw_mine": 1}) == {
        "cfw_clouds": ["tencent", "huawei"], "cfw_firewalls": [{"fw_instance_id": EDGE}], "cfw_online": False,
        "cfw_pre_block_window": 0, "cfw_dir": f"{tmp_path}/x", "cfw_protected_file": "/home/me/p",
        "cfw_playbook": "respond", "cfw_mine": 1,
    }  # fmt: skip
    assert asked({"cfw_firewalls": "no id!", "cfw_clouds": "other"}, "block") == {"cfw_playbook": "block"}


def test_targets_that_are_no_addresses_never_reach_a_command() -> None:
    found = report(results=blocked(block_row("203.0.113.9; reboot", "tencent"), block_row(FIRST, "tencent")))
    assert "reboot" not in "".join(row["line"] for row in found["commands"])
    assert any(row["target"] == "203.0.113.9; reboot" for row in found["in_force"])


def test_many_targets_go_into_a_file_and_the_summary_stays_small() -> None:
    rows = [
        block_row(f"2001:db8::{number:x}", cloud, reason="x" * 200)
        for number in range(5_000)
        for cloud in ("tencent", "huawei")
    ]
    found = _report.document(run_record(inputs(results=blocked(*rows))), [], PLACES)
    extend = found["commands"][0]
    assert extend["file"] == "extend.json"
    assert shlex.split(extend["line"])[3] == f"@{PLACES['directory']}/extend.json"
    assert len(extend["variables"]["cfw_targets"]) == 5_000
    short = _report.summary(found, True)
    assert len(json.dumps(short)) < 100_000
    assert short["counts"]["in_force"] == 10_000
    assert short["truncated"]["in_force"] == {"shown": len(short["in_force"]), "of": 10_000}
    assert len(short["in_force"]) > 50


def test_summary_of_hostile_length_stays_small() -> None:
    rows = [
        block_row(FIRST + "\u0001" * 5000, "tencent", "failed", reason="\u202e" * 5000, firewall="\u0001" * 9999)
        for _unused in range(3)
    ]
    failing = {"errors": [{"cloud": "tencent", "message": "\u202e" * 9999}] * 900}
    found = report(results=blocked(*rows, **failing), failure="\u202e" * 99_999, variables={"cfw_x": "\u202e" * 99_999})
    assert len(json.dumps(_report.summary(found, True))) < 100_000


def test_summary_says_where_the_report_is() -> None:
    found = report()
    short = _report.summary(found, True)
    assert short["report"]["sha256"] == hashlib.sha256(json_text(found).encode()).hexdigest()
    assert short["report"]["html"] == PLACES["html"]
    assert short["message"][0].startswith(f"{CASE}: 4 targets on the block list")
    assert f"report: {PLACES['html']}" in short["message"]
    assert short["message"][-1].startswith("next: ansible-playbook secops.cfw.block")
    unwritten = _report.summary(found, False)
    assert unwritten["report"]["sha256"] == ""
    assert "report: could NOT be written, keep this output" in unwritten["message"]


def test_integrity_is_over_the_canonical_document() -> None:
    found = json.loads(json_text(report()))
    said = found.pop("integrity")["sha256"]
    canonical = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert hashlib.sha256(canonical.encode()).hexdigest() == said
    found["case_id"] = "other"
    assert _report_runs.digest(found) != said


def test_plan_says_so_in_its_first_line() -> None:
    planned = {**block(), "planned": True, "not_in_path": [], "errors": []}
    found = report(planned=True, failure="", results={"guard": guard(), "block": planned})
    assert json_text(found).splitlines()[0] == '{"planned": true,'
    assert found["outcome"] == "planned"
    assert {row["target"] for row in found["plan"]} == {FIRST, SECOND, THIRD, OUTSIDE}
    # What is there already is in force, plan or not.
    assert [(row["target"], row["cloud"]) for row in found["in_force"]] == [(SECOND, "tencent")]
    assert found["blocks"] == []
    assert _report.summary(found, False)["message"][0].startswith(f"PLAN {CASE}: Plan only, nothing was changed")
    assert json_text(report()).splitlines()[0] == '{"planned": false,'


def test_a_run_after_a_crash_tells_both_halves() -> None:
    crashed = run(20, {"guard": guard(), **blocked(block_row(FIRST, "tencent"))}, complete=False)
    found = report(
        crashed,
        results=blocked(block_row(FIRST, "tencent", "already", token=True), block_row(THIRD, "huawei")),
        failure="",
    )
    assert states(found)[FIRST, "tencent"] == "in_force"
    assert [one["complete"] for one in found["runs"]] == [False, True]
    assert len(found["blocks"]) == 2
    assert any("has not reported" in row["message"] and "is block" in row["message"] for row in found["problems"])
    # The guard of the first run let pass what nobody tried to block since.
    assert states(found)[SECOND, ""] == "not_attempted"


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        ("20261121T200000Z", "2026-11-21T22:30:00Z", "partly_contained"),
        # It was over before this one began.
        ("20261121T200000Z", "2026-11-21T20:30:00Z", "contained"),
    ],
)
def test_what_failed_in_a_run_beside_this_one_counts(began: str, ended: str, expected: str) -> None:
    held = blocked(block_row(FIRST, "tencent"))
    beside = {**run(20, held), "run_id": f"{began}-job7", "now": ended, "failure": "Capture: no answer."}
    found = report(beside, results=held, failure="", run_id="20261121T220000Z-job8", now="2026-11-21T23:00:00Z")
    assert found["outcome"] == expected


def test_earlier_state_is_what_undo_restores() -> None:
    was = {"target": FIRST, "expires": "2026-11-22T00:00:00Z"}
    first = run(19, blocked(block_row(FIRST, "tencent", before=was)))
    found = report(
        first, results=blocked(block_row(FIRST, "tencent", "already", before={"target": FIRST}, token=True)), failure=""
    )
    assert found["targets"][0]["before"] == was


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("removed", "released"),
        ("gone", "released"),
        ("restored", "released"),
        ("kept", "in_force"),
        ("failed", "in_force"),
    ],
)
def test_unblock(result: str, state: str) -> None:
    undone = {"targets": [{"target": FIRST, "cloud": "tencent", "scope": "", "result": result, "reason": "so"}]}
    undo = {"unblock": {"case_id": CASE, "planned": False, "finished_at": "2026-11-21T21:30:00Z", **undone}}
    found = report(run(20, blocked(block_row(FIRST, "tencent"))), results=undo, failure="")
    assert states(found) == {(FIRST, "tencent"): state}
    assert found["outcome"] == ("released" if state == "released" else "contained")


def test_status_finds_what_is_gone_expired_unread_or_overdue() -> None:
    before = run(
        20,
        blocked(
            block_row(FIRST, "tencent"),
            block_row(SECOND, "tencent", "already"),
            block_row(THIRD, "tencent"),
            block_row(FIRST, "huawei"),
            block_row(SECOND, "huawei", scope="other"),
        ),
    )
    seen = {
        "target": FIRST,
        "cloud": "huawei",
        "scope": EDGE,
        "until": "2026-11-21T21:00:00Z",
        "overdue": True,
        "hits": 7,
    }
    gone = {"target": THIRD, "cloud": "tencent", "scope": ""}
    read = status(seen, ended=[gone], errors=[{"cloud": "huawei", "scope": "other", "message": "down"}], complete=False)
    found = report(before, results=read, failure="", now="2026-11-21T22:00:05Z")
    assert states(found) == {
        (FIRST, "tencent"): "gone",
        # An entry of somebody else: this status does not say whether it looked for those.
        (SECOND, "tencent"): "in_force",
        (THIRD, "tencent"): "expired",
        (FIRST, "huawei"): "in_force",
        (SECOND, "huawei"): "unread",
    }
    held = next(row for row in found["in_force"] if row["cloud"] == "huawei")
    assert (held["overdue"], held["enforcement"], held["hits"]) == (True, "hits_seen", 7)
    assert any("OVERDUE" in row["what"] for row in found["deadlines"])


def other(target: str, cloud: str, **more: Any) -> dict[str, Any]:
    """A row of somebody else's, as the role status shows it."""
    scope = "" if cloud == "tencent" else EDGE
    row = {"target": target, "cloud": cloud, "scope": scope, "until": "permanent", "expired": False, "token": False}
    return {**row, **more}


def looked(*others: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A status that read both lists."""
    places = [
        {"cloud": "tencent", "scope": "", "whole": True},
        {"cloud": "huawei", "scope": EDGE, "whole": False},
    ]
    return status(**{"others": list(others), "read": places, "addresses": [], **more})


FOUND = "2026-11-21T21:02:41Z"


def test_what_others_took_off_again_is_open() -> None:
    before = run(20, blocked(block_row(FIRST, "tencent", "already"), block_row(FIRST, "huawei", "already")))
    gone = report(before, results=looked(addresses=[FIRST]), failure="")
    assert set(states(gone).values()) == {"gone"}
    assert gone["outcome"] == "not_contained"
    for row in gone["not_contained"]:
        assert row["reason"].startswith("gone since: ")
        assert (FOUND in row["reason"], "2026-11-21T22:00:00Z" in row["reason"]) == (True, True)
        assert row["listed"] is False
    # A status of the same shape, without what the role says of its reading.
    bare = report(before, results=status(others=[], addresses=[FIRST]), failure="")
    assert set(states(bare).values()) == {"gone"}


def test_what_others_keep_on_the_list_is_contained_as_of_the_last_reading() -> None:
    before = run(20, blocked(block_row(FIRST, "tencent", "already"), block_row(FIRST, "huawei", "already")))
    read = looked(other(FIRST, "tencent"), other(FIRST, "huawei"), addresses=[FIRST])
    found = report(before, results=read, failure="")
    assert {(row["state"], row["as_of"], row["until"]) for row in found["in_force"]} == {
        ("in_force", "2026-11-21T22:00:00Z", "permanent")
    }
    assert found["headline"].startswith("1 target on the block list by others' entries, as of 2026-11-21 22:00:00 UTC;")
    # Gone once, and there again.
    back = report(before, run(21, looked(addresses=[FIRST], checked_at="2026-11-21T21:30:00Z")), results=read)
    assert {(row["state"], row["reason"]) for row in back["in_force"]} == {("in_force", "")}
    ended = looked(other(FIRST, "tencent", expired=True), other(FIRST, "huawei", expired=True), addresses=[FIRST])
    assert states(report(before, results=ended)) == {(FIRST, "tencent"): "expired", (FIRST, "huawei"): "in_force"}


def test_a_status_that_did_not_look_leaves_others_entries_as_of_their_reading() -> None:
    before = run(20, blocked(block_row(FIRST, "huawei", "already"), block_row(SECOND, "tencent", "already")))
    one = {"read": [{"cloud": "huawei", "scope": EDGE, "whole": False}]}
    found = report(before, results=looked(**one), failure="")
    assert {row["as_of"] for row in found["in_force"]} == {FOUND}
    assert "read back" not in found["headline"]
    assert "2 targets on the block list by others' entries, as of 2026-11-21 21:02:41 UTC" in found["headline"]
    said = _report.summary(found, False)["message"]
    assert f"in force: {FIRST} at Huawei edge-1 until {incident.UNTIL}, by another's entry, as of {FOUND}" in said
    broken = {"read": [], "errors": [{"cloud": "huawei", "scope": EDGE, "message": "down"}], "complete": False}
    unread = report(before, results=looked(**broken), failure="")
    assert states(unread) == {(FIRST, "huawei"): "unread", (SECOND, "tencent"): "in_force"}


def test_a_status_of_one_cloud_says_nothing_of_the_other() -> None:
    before = run(20, blocked(block_row(FIRST, "tencent"), block_row(FIRST, "huawei")))
    found = report(before, results=looked(read=[{"cloud": "huawei", "scope": EDGE, "whole": False}]), failure="")
    assert states(found) == {(FIRST, "tencent"): "in_force", (FIRST, "huawei"): "gone"}


def test_an_entry_that_another_took_the_place_of_is_another_s() -> None:
    before = run(20, blocked(block_row(FIRST, "tencent")))
    [row] = report(before, results=looked(other(FIRST, "tencent")), failure="")["in_force"]
    assert (row["token"], row["reason"]) == (False, "this case's entry is gone, another's has taken its place")


def test_headline_counts_others_entries_apart() -> None:
    rows = block_row(FIRST, "tencent"), block_row(SECOND, "tencent", "already"), block_row(THIRD, "huawei")
    found = report(results=blocked(*rows), failure="")
    assert found["headline"] == (
        "2 targets on the block list, read back; 1 more by others' entries, as of 2026-11-21 21:02:41 UTC; "
        "nothing is known to be open."
    )


def test_time_alone_ends_blocks_at_tencent_only() -> None:
    rows = block_row(FIRST, "tencent"), block_row(FIRST, "huawei"), block_row(SECOND, "tencent", until="permanent")
    found = report(run(20, blocked(*rows)), results={}, failure="", now="2026-11-30T00:00:00Z")
    assert states(found) == {
        (FIRST, "tencent"): "expired",
        (FIRST, "huawei"): "in_force",
        (SECOND, "tencent"): "in_force",
    }
    assert [row["kind"] for row in found["deadlines"]] == ["huawei_removal", "permanent"]


def test_a_failed_renewal_leaves_what_is_listed() -> None:
    failed = block_row(FIRST, "tencent", "failed", listed=True, token=True, reason="timeout")
    found = report(run(20, blocked(block_row(FIRST, "tencent"))), results=blocked(failed), failure="a block failed")
    assert states(found) == {(FIRST, "tencent"): "in_force"}
    assert found["outcome"] == "partly_contained"


def test_refused_incident_has_nothing_in_force() -> None:
    refused = {"target": "10.0.0.1", "code": "protected_target", "reason": "private", "cloud": ""}
    given_ = {"guard": {**guard(), "ok": False, "targets": [FIRST], "refused": [refused]}}
    found = report(results=given_, failure="guard refused")
    assert found["outcome"] in ("refused", "not_contained")
    assert states(found) == {(FIRST, ""): "not_attempted", ("10.0.0.1", ""): "refused"}
    # Let pass by a later run, it is no longer refused.
    later = report(run(20, given_), results={"guard": {**guard(), "targets": ["10.0.0.1"]}}, failure="")
    assert states(later)["10.0.0.1", ""] == "not_attempted"


def refused_guard(*refused: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"guard": {**guard(), "ok": False, "targets": [], "refused": list(refused), **more}}


def test_a_refusal_of_the_whole_incident_is_a_problem_and_no_target() -> None:
    whole = {
        "target": "",
        "code": "unread",
        "reason": "the addresses could not be read",
        "cloud": "huawei",
        "scope": EDGE,
    }
    given_ = refused_guard(whole, targets=[FIRST])
    found = report(results=given_, failure="guard refused")
    assert states(found) == {(FIRST, ""): "not_attempted"}
    assert found["not_contained"][0]["reason"].endswith("whole incident: the addresses could not be read")
    assert found["outcome"] == "refused"
    assert found["headline"] == "Refused: the guard let nothing pass. No block is in force for this case."
    assert [row["scope"] for row in found["problems"] if row["message"] == whole["reason"]] == [EDGE]
    # The next run blocks all.
    passed = {"guard": {**guard(), "targets": [FIRST]}, **blocked(block_row(FIRST, "tencent"))}
    later = report(run(20, given_), results=passed, failure="")
    assert states(later) == {(FIRST, "tencent"): "in_force"}
    assert (later["outcome"], later["not_contained"]) == ("contained", [])
    assert [[row["target"] for row in one["refused"]] for one in later["runs"]] == [[""], []]


def test_refused_targets_that_a_later_run_leaves_out_are_no_longer_open() -> None:
    inner = {"target": "10.0.0.1", "code": "protected_target", "reason": "private", "cloud": "", "scope": ""}
    passed = {"guard": {**guard(), "targets": [FIRST]}, **blocked(block_row(FIRST, "tencent"))}
    later = report(run(20, refused_guard(inner, targets=[FIRST])), results=passed, failure="")
    assert (later["outcome"], states(later)) == ("contained", {(FIRST, "tencent"): "in_force"})
    assert later["runs"][0]["refused"] == [inner]
    # Refused once more, it is open still.
    again = report(run(20, refused_guard(inner)), results=refused_guard(inner), failure="guard refused")
    assert states(again) == {("10.0.0.1", ""): "refused"}


def test_results_of_another_case_are_left_out_and_named() -> None:
    found = report(results={"block": {**block(), "case_id": "INC-20410"}})
    assert found["in_force"] == []
    assert any("of case INC-20410" in row["message"] for row in found["problems"])


def test_overrides_protection_people_clocks_and_requests() -> None:
    found = report()
    assert [(row["kind"], row["target"]) for row in found["overrides"]] == [
        ("override", OUTSIDE),
        ("acknowledged", SECOND),
    ]
    assert (found["protection"]["entries"], found["protection"]["own_addresses"]) == (412, 37)
    assert found["people"][0]["approval"].startswith("approved in workflow job 4709")
    assert {row["cloud"]: row["difference"] for row in found["clocks"]} == {"huawei": 0.4, "tencent": -1.6}
    assert "6c1c0c3e-9a54-4d8b-8a37-2f6f8a2c11d0" in {row["request_id"] for row in found["request_ids"]}
    assert found["snapshots"][0]["about"][0]["note"] == "abuse report 77, until Dec"
    skipped = {**guard(), "waiver": "lab", "online": {"checked": False, "skipped_because": "no network"}}
    kinds = [row["kind"] for row in report(results={"guard": skipped})["overrides"]]
    assert kinds == ["override", "acknowledged", "waiver", "online checks skipped"]


@pytest.mark.parametrize("case", ["", ".", "..", "a/b", "x" * 25, "INC 1", "INC-1\n", None])
def test_case_ids_that_are_refused(case: str | None) -> None:
    with pytest.raises(InputError, match="report_case_id"):
        run_record(inputs(case_id=case))


def test_other_wrong_inputs() -> None:
    with pytest.raises(InputError, match="report_run_id"):
        run_record(inputs(run_id="../x"))
    with pytest.raises(InputError, match="report_block is not a dictionary"):
        run_record(inputs(results={"block": ["x"]}))


def test_run_files(tmp_path: Path) -> None:
    good = json_text(run_record(run(19, blocked(block_row(FIRST, "tencent")))))
    (tmp_path / "a.json").write_text(good)
    (tmp_path / "b.json").write_text(good[: len(good) // 2])
    (tmp_path / "c.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "d.json").write_text('{"kind": "run", "schema_version": "2.0", "results": {}}')
    (tmp_path / "e.json").write_text("[" * 100_000)
    (tmp_path / "f.json").write_text('{"kind": "run", "schema_version": "1.0", "results": {"block": []}}')
    (tmp_path / "g.json").mkdir()
    (tmp_path / "h.json").write_text(good.replace(f'"case_id": "{CASE}"', '"case_id": "INC-9"'))
    (tmp_path / "other.txt").write_text("no run")
    read = read_runs(tmp_path)
    assert [row["file"][0] for row in read if row["problem"]] == ["b", "c", "d", "e", "f", "g"]
    assert read[0]["sha256"] == hashlib.sha256(good.encode()).hexdigest()
    found = _report.document(run_record(inputs(results={}, failure="")), read, PLACES)
    said = " ".join(row["message"] for row in found["problems"])
    assert all(f"runs/{name}.json was left out" in said for name in "bcdefgh")
    assert states(found) == {(FIRST, "tencent"): "in_force"}
    assert read_runs(tmp_path / "nowhere") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _shaken(value: Any, draw: Any) -> Any:
    """The sample with some of its values replaced by anything."""
    if draw(st.integers(0, 24)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {key: _shaken(item, draw) for key, item in value.items()}
    return [_shaken(item, draw) for item in value[:2]] if isinstance(value, list) else value


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_the_roles_say_there_is_a_report(data: st.DataObject) -> None:
    results = {step: _shaken(result, data.draw) for step, result in inputs()["results"].items()}
    results = {step: {**result, "case_id": CASE} for step, result in results.items() if isinstance(result, dict)}
    found = report(results=results)
    assert len(json.dumps(_report.summary(found, True))) < 100_000


def test_the_timeline_has_the_steps_that_only_read() -> None:
    searched = {"searched_at": "2026-11-21T21:01:20Z", "attackers": [{"target": FIRST, "peers": [{}, {}], "total": 2}]}
    found = report(results={**inputs()["results"], "hunt": searched})
    events = {row["step"]: row for row in found["timeline"] if row["step"] in ("guard", "snapshot", "hunt")}
    assert set(events) == {"guard", "snapshot", "hunt"}
    assert events["guard"]["result"] in ("passed", "refused")
    assert all(row["at"] and row["detail"] for row in events.values())
