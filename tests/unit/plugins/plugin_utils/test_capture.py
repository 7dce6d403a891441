# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role capture, from the results of modules as they are."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.secops.cfw.plugins.plugin_utils._capture import (
    adoptable,
    choose_pair,
    next_name,
    number_of,
    planned,
    ready,
    started,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_collect import (
    awaited,
    collected,
    logged,
    public_result,
    recorded,
    taken_up,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_inputs import Surroundings, read_wanted
from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import (
    digest_of,
    read_manifest,
    sha256_of,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._files import carry_out, read_request

FIRST, SECOND = "ebf891cd-2163-48a0-9963-6309f99dd3c4", "546af3f8-88e9-47f2-a205-2346d7090925"
NOW = 1795227450.0
AT = "2026-11-21T02:17:30Z"
ATTACKER, OTHER, VICTIM = "203.0.113.7", "203.0.113.8", "198.51.100.20"
SCHEMA = json.loads(
    (Path(__file__).parents[4] / "roles" / "capture" / "files" / "manifest.schema.json").read_text(encoding="utf-8")
)
State = dict[str, Any]


def wanted(tmp_path: Path, purpose: str = "capture", **options: Any) -> State:
    given = {"case_id": "INC-1", "targets": [ATTACKER], "victims": [VICTIM], "firewalls": [FIRST], "dir": str(tmp_path)}
    return read_wanted({**given, **options}, purpose, Surroundings(NOW, user="ana", host="node-1"))


def task(name: str = "ir-INC-1-1", task_id: str = "t1", status: str = "running", **values: Any) -> dict[str, Any]:
    return {
        "name": name,
        "task_id": task_id,
        "status": status,
        "source": {"address": ATTACKER},
        "destination": {"address": VICTIM},
        "service": {"protocol": "any"},
        "duration": 10,
        "max_packets": 100000,
        "remaining_days": 7,
        **values,
    }


def listing(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"item": {"fw_instance_id": FIRST}, "tasks": list(tasks)}


def failure(
    item: dict[str, Any], code: str = "timeout", msg: str = "No answer\nin time.", **values: Any
) -> dict[str, Any]:
    return {"item": item, "msg": msg, "error": {"code": code, "message": msg}, **values}


def attacks(*pairs: tuple[str, str]) -> dict[str, Any]:
    rows = [{"source": {"address": one}, "destination": {"address": other}} for one, other in pairs]
    return {"item": {"fw_instance_id": FIRST}, "logs": rows}


def begin(state: State, **answer: Any) -> State:
    """Planned and started, all of it running."""
    plan = planned(state, [listing()], [], NOW)
    given = {"changed": True, "task": task(), "evidence": "none", "item": plan["rows"][0], **answer}
    return started(plan, [given], [], NOW)


# Which pair, which name


def test_a_name_is_of_the_case_only_if_all_of_it_is() -> None:
    assert number_of("ir-INC-1-12", "INC-1") == 12
    assert number_of("ir-INC-1-1-2", "INC-1") == 0
    assert number_of("ir-INC-10-1", "INC-1") == 0
    assert number_of("ir-INCx1-1", "INC.1") == 0


def test_no_name_is_used_twice_even_if_the_cloud_forgot_it(tmp_path: Path) -> None:
    state = wanted(tmp_path)
    assert next_name(state, FIRST, []) == "ir-INC-1-1"
    assert next_name(state, FIRST, [task("ir-INC-1-4"), task("ir-INC-1-2"), task("other-9")]) == "ir-INC-1-5"
    state["evidence"]["manifest"] = {"captures": [{"fw_instance_id": FIRST, "name": "ir-INC-1-7"}]}
    assert next_name(state, FIRST, [task("ir-INC-1-4")]) == "ir-INC-1-8"
    assert next_name(state, SECOND, []) == "ir-INC-1-1"


def test_one_attacker_and_one_victim_need_no_logs(tmp_path: Path) -> None:
    plan = planned(wanted(tmp_path), [listing()], [], NOW)
    assert plan["look"] == []
    row = plan["rows"][0]
    assert (row["result"], row["name"], row["others"]) == ("planned", "ir-INC-1-1", [])
    assert row["pair"] == {
        "source": ATTACKER,
        "destination": VICTIM,
        "why": "it is the only attacker and the only victim",
    }


def test_of_several_the_pair_most_seen_is_captured_and_the_others_are_named(tmp_path: Path) -> None:
    state = wanted(tmp_path, targets=[ATTACKER, OTHER], victims="")
    first = planned(state, [listing()], [], NOW)
    assert [one["fw_instance_id"] for one in first["look"]] == [FIRST]
    seen = attacks((OTHER, VICTIM), (OTHER, VICTIM), (ATTACKER, VICTIM), ("192.0.2.1", VICTIM), (VICTIM, ATTACKER))
    row = planned(state, [listing()], [seen], NOW)["rows"][0]
    assert (row["pair"]["source"], row["pair"]["destination"], row["others"]) == (OTHER, VICTIM, [ATTACKER])
    assert "2 of 4" in row["pair"]["why"]


def test_pairs_seen_equally_often_are_chosen_in_a_stable_order(tmp_path: Path) -> None:
    state = wanted(tmp_path, targets=[ATTACKER, OTHER], victims="")
    for pairs in ([(OTHER, VICTIM), (ATTACKER, VICTIM)], [(ATTACKER, VICTIM), (OTHER, VICTIM)]):
        pair, _why = choose_pair(state, attacks(*pairs))
        assert pair is not None
        assert pair["source"] == ATTACKER


def test_without_logs_the_first_of_a_family_is_taken(tmp_path: Path) -> None:
    state = wanted(tmp_path, targets=["2001:db8::7", ATTACKER], victims=[VICTIM])
    pair, _why = choose_pair(state, failure({"fw_instance_id": FIRST}))
    assert pair is not None
    assert (pair["source"], pair["destination"]) == (ATTACKER, VICTIM)
    assert "could not be read: No answer in time." in pair["why"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"victims": ""}, "no destination is known"),
        ({"victims": "2001:db8::1"}, "one address family"),
        ({"victims": "2001:db8::1 2001:db8::2"}, "of one address family"),
    ],
)
def test_what_cannot_be_captured_is_skipped_with_the_reason(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    state = wanted(tmp_path, **options)
    plan = planned(state, [listing()], [attacks()], NOW)
    assert plan["rows"][0]["result"] == "skipped"
    assert said in plan["rows"][0]["reason"]
    result = public_result(plan, now=NOW)
    assert not result["ok"]
    assert said in result["message"]
    assert public_result({**plan, "required": False}, now=NOW)["ok"]


def test_a_pair_that_was_given_is_taken(tmp_path: Path) -> None:
    state = wanted(tmp_path, targets=[ATTACKER, OTHER], pair={"source": VICTIM, "destination": OTHER})
    row = planned(state, [listing(task())], [], NOW)["rows"][0]
    assert row["pair"] == {"source": VICTIM, "destination": OTHER, "why": "it was given"}
    assert row["result"] == "planned"
    assert row["name"] == "ir-INC-1-2"


def test_a_capture_of_the_case_is_taken_up_whatever_its_status(tmp_path: Path) -> None:
    state = wanted(tmp_path, targets=[ATTACKER, OTHER], victims="")
    tasks = [task("ir-INC-1-1", "t1", "finished"), task("ir-INC-1-3", "t3", "abnormal"), task("ir-INC-2-9", "t9")]
    found = adoptable(state, tasks)
    assert found is not None
    assert found["task_id"] == "t3"
    row = planned(state, [listing(*tasks)], [], NOW)["rows"][0]
    assert (row["result"], row["name"], row["status"], row["delete_on"]) == (
        "adopted",
        "ir-INC-1-3",
        "abnormal",
        "2026-11-28",
    )
    anew = planned({**state, "again": True}, [listing(*tasks)], [attacks((OTHER, VICTIM))], NOW)["rows"][0]
    assert (anew["result"], anew["name"]) == ("planned", "ir-INC-1-4")


def test_one_firewall_down_leaves_the_others(tmp_path: Path) -> None:
    state = wanted(tmp_path, firewalls=[{"fw_instance_id": FIRST, "name": "edge"}, SECOND])
    down = failure({"fw_instance_id": FIRST})
    plan = planned(state, [down, {"item": {"fw_instance_id": SECOND}, "tasks": []}], [], NOW)
    assert [row["result"] for row in plan["rows"]] == ["failed", "planned"]
    assert plan["errors"] == [{"scope": "edge", "message": "No answer in time."}]


# Starting


def test_a_capture_that_runs_at_once_needs_no_further_look(tmp_path: Path) -> None:
    calls = [{"call": "CreateCaptureTask", "request_ids": ["r1"]}, {"call": "ListCaptureTask", "request_ids": []}]
    clock = {"service": AT, "controller": "2026-11-21T02:17:20+00:00", "difference": 1.5}
    state = begin(wanted(tmp_path), api_calls=calls, clock=clock)
    row = state["rows"][0]
    assert (row["result"], row["started_at"], row["seen_running_at"]) == ("started", *["2026-11-21T02:17:20Z"] * 2)
    assert (row["request_ids"], state["pending"], state["clock_difference"]) == (["r1"], [], 1.5)
    public = public_result(state, now=NOW)
    assert public["ok"]
    assert "connection" not in public["captures"][0]


def test_a_pending_capture_is_looked_at_until_the_deadline(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path), task=task(status="pending"))
    assert [one["task_id"] for one in state["pending"]] == ["t1"]
    assert state["seen_until"] == NOW + 60
    running = started(state, [], [{"item": state["pending"][0], "tasks": [task()], "evidence": "none"}], NOW + 9)
    assert running["rows"][0]["seen_running_at"] == "2026-11-21T02:17:39Z"
    never = started(state, [], [{"item": state["pending"][0], "tasks": [task(status="pending")]}], NOW + 60)
    assert never["rows"][0]["seen_running_at"] is None
    assert "not seen running within 60 seconds" in never["errors"][0]["message"]
    gone = started(state, [], [{"item": state["pending"][0], "tasks": []}], NOW + 60)
    assert "does not show it" in gone["errors"][0]["message"]


def test_what_the_deadline_leaves_no_time_to_start_is_told(tmp_path: Path) -> None:
    plan = planned(wanted(tmp_path, firewalls=[FIRST, SECOND]), [listing(), listing()], [], NOW)
    begun = ready(plan, [], NOW + 5)
    assert (begun["start_until"], begun["seen_until"]) == (NOW + 65, NOW + 65)
    first, second = begun["rows"]
    answers = [
        {"item": first, "changed": True, "task": task(status="pending"), "evidence": "none"},
        {"item": second, "skipped": True},
    ]
    after = started(begun, answers, [], NOW + 65)
    assert after["seen_until"] == NOW + 65
    assert [row["result"] for row in after["rows"]] == ["started", "failed"]
    assert "was not started" in after["rows"][1]["reason"]
    assert after["errors"][0]["scope"] == SECOND
    # A loop that is skipped as a whole, as that for busy firewalls, says nothing of a start.
    assert started(begun, [answers[0], {"item": first, "skipped": True}], [], NOW)["rows"][0]["result"] == "started"


def test_starting_has_its_time_even_if_nobody_waits_for_it(tmp_path: Path) -> None:
    at_once = ready(planned(wanted(tmp_path, deadline=0), [listing()], [], NOW), [], NOW)
    assert (at_once["start_until"], at_once["seen_until"]) == (NOW + 10, NOW)
    patient = ready(planned(wanted(tmp_path, when_busy="wait"), [listing()], [], NOW), [], NOW)
    assert "start_until" not in patient
    assert "seen_until" not in patient


def test_a_busy_firewall_names_the_holder(tmp_path: Path) -> None:
    holder = {"name": "theirs", "task_id": "x", "status": "running"}
    state = begin(wanted(tmp_path), task=None, error={"code": "firewall_busy"}, msg="busy", holder=holder)
    row = state["rows"][0]
    assert (row["result"], row["holder"]) == ("busy", holder)
    assert "theirs (running) holds the firewall" in row["reason"]


def test_an_unknown_outcome_says_that_it_may_run(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path), task=None, error={"code": "create_outcome_unknown"}, msg="Lost.")
    assert state["rows"][0]["reason"] == "Lost. It may run all the same."


def test_check_mode_starts_nothing(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path, check=True), task=task(task_id=""))
    assert (state["rows"][0]["result"], state["rows"][0]["task_id"], state["pending"]) == ("planned", "", [])
    plan = collected(state, [], [], [], NOW)
    assert [file["kind"] for file in plan["files"]] == ["capture"]
    result = public_result(plan, now=NOW)
    assert result["planned"]
    assert result["manifest"].endswith("INC-1/evidence/manifest.json")


# Collecting


def test_captures_are_awaited_from_when_they_ran(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path, stop_after=90))
    wait = awaited(state, NOW + 30)
    assert (wait["until"], wait["pause"]) == (NOW + 600 + 120, 60)
    assert [one["task_id"] for one in wait["captures"]] == ["t1"]
    ended = started(state, [], [{"item": wait["captures"][0], "tasks": [task(status="finished")]}], NOW)
    assert awaited(ended, NOW) == {"captures": [], "until": NOW, "pause": 0}


def test_captures_of_another_case_are_not_collected(tmp_path: Path) -> None:
    state = wanted(tmp_path, "collect")
    foreign = {**begin(wanted(tmp_path, case_id="INC-2"))["rows"][0]}
    taken = taken_up(state, [foreign], [listing(task("ir-INC-1-2", "t2"), task("x", "t3"))], NOW)
    assert [row["task_id"] for row in taken["rows"]] == ["t2"]
    none = taken_up(state, [], [listing()], NOW)
    assert none["rows"][0]["reason"] == "the firewall lists no capture of this case"
    assert taken_up(state, [], [failure({"fw_instance_id": FIRST})], NOW)["rows"][0]["result"] == "failed"
    busy = {**begin(wanted(tmp_path))["rows"][0], "result": "busy", "reason": "theirs"}
    assert taken_up(state, [busy], [], NOW)["errors"] == [{"scope": FIRST, "message": "theirs"}]


def fetch(state: State, **values: Any) -> dict[str, Any]:
    return {"item": state["rows"][0], "task": task(status="finished"), "evidence": "complete", "files": [], **values}


@pytest.mark.parametrize(
    ("values", "evidence", "said", "ok"),
    [
        ({"files": []}, "none", "it captured nothing", True),
        (
            {"task": task(status="abnormal"), "evidence": "none", "files": []},
            "none",
            "ended abnormally and left nothing",
            False,
        ),
        ({"error": {"code": "result_missing"}, "msg": "No result."}, "none", "no files of it: No result.", True),
        ({"error": {"code": "timeout"}, "msg": "Late."}, "complete", "Late.", False),
        (
            {"task": task(), "error": {"code": "task_not_finished"}, "evidence": "none"},
            "none",
            "collect it again",
            True,
        ),
        ({"error": {"code": "link_only"}, "expires": 1795313850}, "complete", "expires at 2026-11-22T02:17:30Z", True),
        ({"error": {"code": "link_only"}, "expires": None}, "complete", "shares a folder instead of files: have", True),
    ],
)
def test_each_end_of_a_capture_says_what_it_means(
    tmp_path: Path, values: dict[str, Any], evidence: str, said: str, ok: bool
) -> None:
    state = begin(wanted(tmp_path))
    after = collected(state, [], [], [fetch(state, **values)], NOW)
    row = after["rows"][0]
    assert row["evidence"] == evidence
    assert said in row["reason"]
    assert public_result(after, now=NOW)["ok"] is ok


def test_an_abnormal_capture_with_files_is_partial(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path))
    file = {"file_name": "a.pcap", "path": str(tmp_path / "a.pcap"), "size": 1, "sha256": "0" * 64}
    done = fetch(state, task=task(status="abnormal"), evidence="partial", files=[file])
    after = collected(state, [], [], [done], NOW)
    assert "may be incomplete" in after["rows"][0]["reason"]
    assert public_result(after, now=NOW)["ok"]


def test_stopping_is_told_and_a_stop_that_fails_too(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path))
    stop = {
        "item": state["rows"][0],
        "task": task(status="stopped"),
        "evidence": "partial",
        "api_calls": [{"request_ids": ["s"]}],
    }
    row = collected(state, [], [stop], [], NOW)["rows"][0]
    assert (row["status"], row["evidence"], row["ended_at"], row["request_ids"]) == ("stopped", "partial", AT, ["s"])
    failed = collected(state, [], [failure(state["rows"][0])], [], NOW)
    assert "could not be stopped" in failed["errors"][0]["message"]
    assert collected({**state, "check": True}, [], [stop], [], NOW)["rows"][0]["status"] == "running"
    ended = {"item": state["rows"][0], "tasks": [task(status="finished")]}
    assert collected(state, [ended], [], [], NOW + 5)["rows"][0]["ended_at"] == "2026-11-21T02:17:35Z"


# Keeping


def log_results(state: State, text: str = "probe", **values: Any) -> list[dict[str, Any]]:
    window = {"start": "2026-11-21T01:47:30.000+00:00", "end": "2026-11-21T02:17:30.000+00:00"}
    answer = {"logs": [{"rule": text}], "total": 1, "truncated": False, "window": window, **values}
    return [{"item": item, **answer} for item in state["log_reads"]]


def write(kept: dict[str, Any]) -> list[dict[str, Any]]:
    """Does what the role's tasks do, and returns the hashes of what is on disk then."""
    carry_out(read_request({"directories": kept["directories"], "files": kept["files"]}))
    found: list[dict[str, Any]] = carry_out(read_request({"hash": kept["paths"]}))["hashes"]
    return found


def keep(state: State, results: list[dict[str, Any]], now: float = NOW) -> dict[str, Any]:
    kept = logged(state, results, now)
    record = recorded(kept["state"], write(kept), [], [], now=now)
    carry_out(read_request({"files": record["documents"]}))
    return record


def with_capture(tmp_path: Path, **options: Any) -> State:
    state = begin(wanted(tmp_path, **options))
    path = tmp_path / "INC-1" / "evidence" / FIRST / "a b.pcap"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"pcap")
    size, sha256 = digest_of(str(path))
    file = {"file_name": path.name, "path": str(path), "size": size, "sha256": sha256}
    return collected(state, [], [], [fetch(state, files=[file])], NOW)


def test_the_manifest_has_its_schema_and_every_file(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    record = keep(state, log_results(state))
    manifest = json.loads(record["documents"][0]["content"])
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(manifest, SCHEMA)
    assert [row["kind"] for row in manifest["files"]] == ["capture", "access_control_log", "attack_log", "flow_log"]
    assert [row["action"] for row in manifest["custody"]] == ["collected", "verified"]
    assert manifest["runs"][0]["by"] == "ana"
    result = public_result(record["state"], now=NOW)
    assert [file["kind"] for file in result["files"]][-1] == "manifest"
    # Of which capture a file is, the result says as the manifest does.
    task = manifest["captures"][0]["task_id"]
    assert [file["task_id"] for file in result["files"]] == [task, "", "", "", ""]
    assert result["files"][-1]["sha256"] == sha256_of(record["documents"][0]["content"])
    assert {step["step"] for step in result["timeline"]} == {"capture_started", "capture_fetched", "logs_read"}
    for broken in ("runs", "files"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**manifest, broken: [{}]}, SCHEMA)


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    first = keep(state, log_results(state))
    again = with_capture(tmp_path)
    assert again["evidence"]["manifest"]["captures"][0]["task_id"] == "t1"
    second = logged(again, log_results(again), NOW + 60)
    assert second["files"] == second["directories"] == []
    record = recorded(second["state"], write(second), [], [], now=NOW + 60)
    assert record["documents"] == []
    shown = [public_result(one["state"], now=NOW)["files"] for one in (first, record)]
    assert shown[0] == shown[1]


def test_logs_that_changed_are_saved_beside_the_earlier_ones(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    keep(state, log_results(state))
    again = with_capture(tmp_path)
    record = keep(again, log_results(again, "another"), NOW + 60)
    manifest = json.loads(record["documents"][0]["content"])
    names = sorted(row["path"].rpartition("/")[2] for row in manifest["files"])
    assert names.count("attack_log-1.json") == names.count("attack_log-2.json") == 1
    assert len(manifest["runs"]) == 2
    jsonschema.validate(manifest, SCHEMA)


def test_what_a_run_left_that_crashed_is_recorded(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    write(logged(state, log_results(state), NOW))
    again = with_capture(tmp_path)
    assert len(again["evidence"]["orphans"]) == 3
    manifest = json.loads(keep(again, log_results(again))["documents"][0]["content"])
    notes = [row["path"].rpartition("/")[2] for row in manifest["files"] if row.get("note")]
    assert notes == ["access_control_log-1.json", "attack_log-1.json", "flow_log-1.json"]
    assert len(manifest["files"]) == 7
    jsonschema.validate(manifest, SCHEMA)


def test_runs_at_other_firewalls_add_to_one_manifest(tmp_path: Path) -> None:
    """Both began when there was none, as slices of one job do."""
    mine, other = (with_capture(tmp_path, firewalls=[one]) for one in (FIRST, SECOND))
    kept = logged(other, log_results(other), NOW)
    record = recorded(kept["state"], write(kept), [], [], now=NOW)
    assert record["basis"] == [{"path": str(tmp_path / "INC-1" / "evidence" / "manifest.json"), "sha256": ""}]
    carry_out(read_request({"files": record["documents"]}))

    mine = {**mine, "evidence": with_capture(tmp_path, firewalls=[FIRST])["evidence"]}
    kept = logged(mine, log_results(mine), NOW)
    there = read_manifest(mine["directory"], "INC-1")
    record = recorded(kept["state"], write(kept), [], [], manifest=there, now=NOW)
    assert [row["sha256"] for row in record["basis"]] == [there[1]] != [""]
    manifest = json.loads(record["documents"][0]["content"])
    assert {row["fw_instance_id"] for row in manifest["files"]} == {FIRST, SECOND}
    assert not [row for row in manifest["files"] if row.get("note")]
    assert len(manifest["runs"]) == 2


def test_what_another_run_is_writing_at_its_firewall_is_not_taken_up(tmp_path: Path) -> None:
    other = with_capture(tmp_path, firewalls=[SECOND])
    write(logged(other, log_results(other), NOW))
    mine = with_capture(tmp_path, firewalls=[FIRST])
    assert len(mine["evidence"]["orphans"]) == 3
    assert {row["fw_instance_id"] for row in logged(mine, log_results(mine), NOW)["state"]["files"]} == {FIRST}


def test_text_of_an_attacker_is_one_line_of_ascii_on_disk(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    evil = "{{ 7*7 }}\n\u2028</script>\ud800"
    kept = logged(state, log_results(state, evil), NOW)
    assert len(kept["files"]) == 3
    for file in kept["files"]:
        assert file["content"].isascii()
        assert json.loads(file["content"])["logs"] == [{"rule": evil}]


def test_one_type_of_log_that_fails_leaves_the_others(tmp_path: Path) -> None:
    pair = {"source": ATTACKER, "destination": VICTIM}
    state = with_capture(tmp_path, targets=[ATTACKER, "203.0.113.0/28"], pair=pair)
    results = [failure(state["log_reads"][0]), *log_results(state, truncated=True)[1:]]
    kept = logged(state, results, NOW)
    assert len(kept["files"]) == 2
    said = [row["message"] for row in kept["state"]["errors"]]
    assert said[0].startswith("203.0.113.0/28 is a prefix")
    assert said[1] == "attack_log: No answer in time."
    assert "raise capture_log_limit" in said[2]


def test_logs_alone_fail_only_if_none_could_be_read(tmp_path: Path) -> None:
    state = wanted(tmp_path, "logs")
    bad = keep(state, [failure(item) for item in state["log_reads"]])
    assert bad["documents"] == []
    assert not public_result(bad["state"], now=NOW)["ok"]
    assert public_result(keep(state, log_results(state))["state"], now=NOW)["ok"]


def test_what_is_not_on_disk_as_written_is_not_in_the_manifest(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    kept = logged(state, log_results(state), NOW)
    hashes = write(kept)
    hashes[1]["sha256"] = "0" * 64
    record = recorded(kept["state"], hashes, [], [], now=NOW)
    assert len(json.loads(record["documents"][0]["content"])["files"]) == 3
    result = public_result(record["state"], now=NOW)
    assert not result["ok"]
    assert "not on disk as it was to be written" in result["message"]


def test_why_a_log_could_not_be_written_is_told(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    kept = logged(state, log_results(state), NOW)
    hashes = write(kept)
    path = hashes[1]["path"]
    hashes[1]["sha256"] = "0" * 64
    one = {"msg": "1 file failed", "files": [{"path": path, "result": "failed", "reason": "No space left on device"}]}
    for saved, why in (
        (one, "No space left on device"),
        ({"msg": "the directory can't be made"}, "the directory can't"),
    ):
        record = recorded(kept["state"], hashes, [], [], saved, now=NOW)
        assert f"as it was to be written: {why}" in public_result(record["state"], now=NOW)["message"]


def test_a_manifest_that_could_not_be_written_fails_the_role(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    record = keep(state, log_results(state))
    manifest, sums = (one["path"] for one in record["documents"])
    files = [
        {"path": manifest, "result": "failed", "reason": "No space left"},
        {"path": sums, "result": "refused", "reason": "a link"},
    ]
    result = public_result(record["state"], {"failed": True, "msg": "2 of 2.", "files": files}, now=NOW)
    assert not result["ok"]
    assert "manifest.json: it could not be written: No space left" in result["message"]
    assert "SHA256SUMS: it could not be written: a link" in result["message"]
    for file in files:
        file["result"] = "written"
    assert public_result(record["state"], {"msg": "", "files": files}, now=NOW)["ok"]


def test_a_task_that_says_nothing_of_the_manifest_did_not_write_it(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    record = keep(state, log_results(state))
    result = public_result(record["state"], {"failed": False, "msg": "The worker died."}, now=NOW)
    assert not result["ok"]
    assert "manifest.json: it could not be written: The worker died." in result["message"]
    skipped = {"skipped": True, "msg": "Conditional result was False"}
    assert public_result(record["state"], skipped, now=NOW)["ok"]


def test_a_log_is_never_written_over_what_has_come_into_its_place(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    kept = logged(state, log_results(state), NOW)
    place = Path(kept["files"][0]["path"])
    place.write_text("of another run", encoding="utf-8")
    result = public_result(recorded(kept["state"], write(kept), [], [], now=NOW)["state"], now=NOW)
    assert place.read_text(encoding="utf-8") == "of another run"
    assert not result["ok"]
    assert f"{FIRST}/{place.name}: it is not on disk as it was to be written" in result["message"]


def test_files_that_are_gone_from_the_cloud_stay_evidence(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    keep(state, log_results(state))
    again = begin(wanted(tmp_path))
    late = fetch(again, task=None, error={"code": "task_not_found"}, msg="Gone.")
    after = collected(again, [], [], [late], NOW)
    assert "it was fetched before; now: Gone." in after["rows"][0]["reason"]
    assert public_result(after, now=NOW)["ok"]


def head(item: dict[str, Any], **values: Any) -> dict[str, Any]:
    data = {"content_length": item["size"], "e_tag": '"abc"', "metadata": {"sha256": item["sha256"]}, **values}
    return {"item": item, "object_info": [{"object_data": data}]}


def test_what_is_stored_is_believed_only_when_the_store_says_so(tmp_path: Path) -> None:
    state = with_capture(tmp_path, store={"bucket": "evidence", "prefix": "cfw"})
    kept = logged(state, log_results(state), NOW)
    uploads = kept["uploads"]
    assert [one["key"].split("/")[:3] for one in uploads] == [["cfw", "INC-1", FIRST]] * 4
    heads = [
        head(uploads[0]),
        head(uploads[1], content_length=1),
        head(uploads[2], metadata={"sha256": "other"}),
        {"item": uploads[3], "msg": "404"},
    ]
    puts = [{"item": one, "changed": True, "msg": "PUT"} for one in uploads[:3]]
    record = recorded(kept["state"], write(kept), [*puts, {"item": uploads[3], "msg": "Access denied"}], heads, now=NOW)
    manifest = json.loads(record["documents"][0]["content"])
    jsonschema.validate(manifest, SCHEMA)
    stored = [row for row in manifest["files"] if "uri" in row]
    assert [(row["uri"], row["etag"]) for row in stored] == [(f"s3://evidence/{uploads[0]['key']}", "abc")]
    assert manifest["custody"][-1]["action"] == "stored"
    assert [one["message"].rpartition(": ")[2] for one in record["state"]["errors"]] == [
        "another object is in its place",
        "another object is in its place",
        "Access denied",
    ]
    assert [one["relative"] for one in record["uploads"]] == ["manifest.json", "SHA256SUMS"]
    result = public_result(record["state"], None, puts, [head(one) for one in record["uploads"]], now=NOW)
    assert len(result["stored"]) == 3
    assert not result["ok"]
    assert "not all evidence could be kept" in result["message"]


def test_a_step_leaves_the_state_before_it_alone(tmp_path: Path) -> None:
    state = begin(wanted(tmp_path))
    before = copy.deepcopy(state)
    collected(state, [], [], [fetch(state, error={"code": "timeout"}, msg="Late.")], NOW)
    assert state == before


# The time around the event


def windowed(state: State, end: float, text: str = "probe") -> list[dict[str, Any]]:
    """Logs as they are read at a time: up to then, or to the end of the window."""
    window = {"start": shown(state["log_start"]), "end": shown(min(end, state["log_end"]))}
    return log_results(state, text, window=window)


def shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def test_logs_that_are_still_to_come_are_told_and_a_later_run_has_them(tmp_path: Path) -> None:
    state = wanted(tmp_path, "logs")
    begun = public_result(state, now=NOW)["logs"]
    assert (begun["complete"], {row["read_until"] for row in begun["reads"]}) == (False, {None})
    first = public_result(keep(state, windowed(state, NOW))["state"], now=NOW)
    assert first["ok"]
    assert (first["event_time"], first["attackers"], first["victims"]) == (AT, [ATTACKER], [VICTIM])
    assert (first["logs"]["start"], first["logs"]["end"]) == ("2026-11-21T01:47:30Z", "2026-11-21T02:47:30Z")
    assert not first["logs"]["complete"]
    assert {row["read_until"] for row in first["logs"]["reads"]} == {AT}
    # Nothing new has come before the end of the window: nothing is written, and it is still to be collected.
    soon = wanted(tmp_path, "collect")
    kept = logged(soon, windowed(soon, NOW + 60), NOW + 60)
    assert kept["files"] == []
    assert not public_result(kept["state"], now=NOW + 60)["logs"]["complete"]
    # After it, what was read is saved also if it is the same: the earlier files don't show that nothing more came.
    late = wanted(tmp_path, "collect", event_time=AT)
    record = keep(late, windowed(late, NOW + 3600), NOW + 3600)
    manifest = json.loads(record["documents"][0]["content"])
    jsonschema.validate(manifest, SCHEMA)
    by_name = {row["path"].rpartition("/")[2]: row for row in manifest["files"]}
    assert len(by_name) == 6
    assert by_name["attack_log-1.json"]["collected_at"] == AT
    assert by_name["attack_log-2.json"]["window"]["end"].startswith("2026-11-21T02:47:30")
    done = public_result(record["state"], now=NOW + 3600)
    assert done["logs"]["complete"]
    assert done["ok"]
    # A third run has nothing to add.
    again = wanted(tmp_path, "collect")
    kept = logged(again, windowed(again, NOW + 7200), NOW + 7200)
    assert kept["files"] == []
    assert public_result(kept["state"], now=NOW)["logs"]["complete"]


def test_a_log_that_fails_is_still_to_be_collected(tmp_path: Path) -> None:
    state = wanted(tmp_path, "logs")
    results = [failure(state["log_reads"][0]), *windowed(state, NOW + 3600)[1:]]
    found = public_result(keep(state, results)["state"], now=NOW)["logs"]
    assert [row["type"] for row in found["reads"] if not row["complete"]] == ["attack"]


def test_the_event_is_when_an_earlier_run_saw_it(tmp_path: Path) -> None:
    state = wanted(tmp_path, "logs", event_time_unknown="2026-11-21T02:00:00Z")
    assert state["event_time"] == "2026-11-21T02:00:00Z"
    keep(state, windowed(state, NOW))
    later = wanted(tmp_path, "collect", event_time_unknown="2026-11-21T02:10:00Z")
    assert later["event_time"] == "2026-11-21T02:00:00Z"


@pytest.mark.parametrize(
    ("description", "label"),
    [("ir:INC-1;until=2026-11-22T02:00:00Z;", "post_block"), ("ir:INC-10;", "pre_block"), ("", "pre_block")],
)
def test_logs_are_labelled_by_whether_the_block_had_been_made(tmp_path: Path, description: str, label: str) -> None:
    state = with_capture(tmp_path)
    lists = [{"item": state["firewalls"][0], "entries": [{"description": description}]}]
    kept = logged(state, windowed(state, NOW), NOW, lists=lists)
    record = recorded(kept["state"], write(kept), [], [], now=NOW)
    carry_out(read_request({"files": record["documents"]}))
    labels = {row["kind"]: row["label"] for row in record["state"]["manifest"]["files"]}
    assert labels == dict.fromkeys(("access_control_log", "attack_log", "flow_log"), label) | {"capture": "pre_block"}
    # Lifted meanwhile, the block has been made all the same.
    again = with_capture(tmp_path)
    lifted = [{"item": again["firewalls"][0], "entries": []}]
    kept = logged(again, windowed(again, NOW, "more"), NOW, lists=lifted)
    assert {row["label"] for row in kept["state"]["files"] if row["kind"] != "capture"} == {label}


@pytest.mark.parametrize(
    ("description", "label"),
    [("ir:INC-1;until=2026-11-22T02:00:00Z;", "post_block"), ("ir:INC-10;", "pre_block"), ("", "pre_block")],
)
def test_a_capture_is_labelled_by_whether_the_block_had_been_made(tmp_path: Path, description: str, label: str) -> None:
    state = planned(wanted(tmp_path), [listing()], [], NOW)
    lists = [{"item": state["firewalls"][0], "entries": [{"description": description}]}]
    begun = ready(state, lists, NOW)
    assert [row["label"] for row in begun["rows"]] == [label]
    unread = ready(state, [failure(state["firewalls"][0])], NOW)
    assert unread["rows"][0]["label"] == "pre_block"
    assert "the captures are labelled pre_block as given" in unread["errors"][0]["message"]


def test_a_list_that_cannot_be_read_leaves_the_label_and_says_so(tmp_path: Path) -> None:
    state = wanted(tmp_path, "logs")
    kept = logged(state, windowed(state, NOW), NOW, lists=[failure(state["firewalls"][0])])
    assert {row["label"] for row in kept["state"]["files"]} == {"pre_block"}
    assert "whether the block has been made is not known" in kept["state"]["errors"][0]["message"]


def test_the_rest_of_the_logs_is_collected_when_the_cloud_has_no_capture_left(tmp_path: Path) -> None:
    state = with_capture(tmp_path)
    keep(state, windowed(state, NOW))
    late = taken_up(wanted(tmp_path, "collect"), [], [listing()], NOW + 3600)
    assert late["errors"] == []
    result = public_result(keep(late, windowed(late, NOW + 3600))["state"], now=NOW + 3600)
    assert result["ok"], result["message"]
    assert result["logs"]["complete"]
    failed = keep(late, [failure(item) for item in late["log_reads"]])
    assert not public_result(failed["state"], now=NOW + 3600)["ok"]
