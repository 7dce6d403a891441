# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""huawei_cfw_capture_task against the emulator: every state in every situation, in check mode, for real, and again."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import HUAWEI_FIREWALL, HUAWEI_FIREWALL_2
from support.huawei import (
    ABNORMAL,
    CAPTURE,
    CREATE,
    DELETE,
    FINISHED,
    LIST,
    PENDING,
    RUNNING,
    STOP,
    STOPPED,
    STOPPING,
    Cloud,
)

STATUSES = [ABNORMAL, FINISHED, RUNNING, PENDING, STOPPED, STOPPING]
WORDS = ["abnormal", "finished", "running", "pending", "stopped", "stopping"]
NAME = CAPTURE["name"]

# Every behaviour that is documented nowhere, and that may make a difference to a task's life.
SIDES: list[dict[str, Any]] = [
    {},
    {"create_id": "task"},
    {"unique_names": False},
    {"list_data": "array"},
    {"deleted_records": "listed"},
    {"deleted_records": "listed", "deleted_in_total": False},
    {"empty_port_listed": "range"},
    {"empty_port_listed": "null"},
    {"ipv6_form": "compressed"},
    {"ipv6_form": "exploded", "empty_port_listed": "range"},
    {"list_lag_calls": 3},
    {"list_lag": 20.0},
    {"capture_scope": "account"},
    {"stopping_calls": 3},
    {"stopping_seconds": 30.0},
    {"stop_final": "CFW.00200016", "busy_code": "CFW.00200024", "missing_code": "CFW.00400002"},
    {"stop_final": "ok", "delete_running": "CFW.00200023"},
]


@pytest.mark.parametrize("switches", SIDES, ids=str)
def test_a_life_on_every_side_of_what_is_unknown(cloud: Cloud, switches: dict[str, Any]) -> None:
    cloud.reset(**switches)
    wanted: dict[str, Any] = {"source": {"address": "2001:DB8:0:0::7"}, "destination": {"address": "2001:db8::/64"}}
    done = cloud.thrice(**wanted)
    assert done["task"]["status"] == "running"
    assert cloud.names() == {NAME: RUNNING}

    done = cloud.thrice(state="stopped", name=NAME)
    assert done["task"]["status"] == "stopped"
    assert cloud.names() == {NAME: STOPPED}

    again = cloud.run(**wanted)
    assert (again["changed"], again["task"]["status"]) == (False, "stopped")

    done = cloud.thrice(state="absent", name=NAME)
    assert (done["task"], done["evidence"]) == (None, "none")
    assert cloud.tasks() == []


# present


def test_a_new_capture(cloud: Cloud) -> None:
    cloud.seed(name="INC-2040", status=FINISHED)
    done = cloud.thrice()
    task = cloud.tasks()[-1]
    assert done == {
        "changed": True,
        "task": {
            "task_id": task["task_id"],
            "name": "INC-2041",
            "source": {"address": "198.51.100.7", "address_type": "ipv4"},
            "destination": {"address": "203.0.113.9", "address_type": "ipv4"},
            "service": {"protocol": "tcp", "source_port": "", "dest_port": "443"},
            "duration": 5,
            "max_packets": 1000,
            "status": "running",
            "status_code": 2,
            "capture_size": "1kb",
            "remaining_days": 7,
            "created_date": task["created_date"],
            "modified_date": done["task"]["modified_date"],
        },
        "evidence": "none",
        "duplicates": [],
        "diff": {"before": {}, "after": done["task"]},
        "api_calls": [
            {"call": LIST, "count": 2, "attempts": 2, "request_ids": [], "permission": "cfw:captureTask:list"},
            {
                "call": CREATE,
                "count": 1,
                "attempts": 1,
                "request_ids": done["api_calls"][1]["request_ids"],
                "permission": "cfw:captureTask:create",
            },
        ],
        "clock": done["clock"],
    }
    assert done["clock"]["difference"] == pytest.approx(0, abs=60)
    assert len(done["api_calls"][1]["request_ids"][0]) == 32
    assert cloud.warnings == []


def test_check_mode_shows_the_task_as_it_will_be(cloud: Cloud) -> None:
    planned = cloud.run(check=True)
    assert planned["changed"]
    assert planned["task"] == {
        **{key: planned["task"][key] for key in CAPTURE},
        "task_id": "",
        "status": "running",
        "status_code": 2,
        "capture_size": "",
        "remaining_days": None,
        "created_date": "",
        "modified_date": "",
    }
    assert planned["diff"] == {"before": {}, "after": planned["task"]}


@pytest.mark.parametrize("status", [*STATUSES, 7])
@pytest.mark.parametrize("check", [True, False])
def test_a_capture_that_exists_is_left_alone_whatever_its_status(cloud: Cloud, status: int, check: bool) -> None:
    task_id = cloud.seed(status=status)
    cloud.seed(name="another", status=RUNNING)
    result = cloud.run(check=check)
    assert cloud.calls() == {LIST: 1}
    assert not result["changed"]
    assert result["task"]["task_id"] == task_id
    assert result["task"]["status_code"] == status
    assert result["task"]["status"] == [*WORDS, "", "unknown"][status]
    assert result["evidence"] == {FINISHED: "complete", STOPPED: "partial"}.get(status, "none")
    assert result["diff"]["before"] == result["diff"]["after"] == result["task"]
    assert cloud.warnings == {
        ABNORMAL: [
            f"Capture task '{NAME}' (task_id {task_id}, abnormal) ended abnormally; its result may be missing or partial. "
            "Capture again under another name."
        ],
        7: [f"Capture task '{NAME}' (task_id {task_id}, unknown) has status 7, which is documented nowhere."],
    }.get(status, [])


def test_other_spellings_are_the_same_capture(cloud: Cloud) -> None:
    cloud.emu.switch(ipv6_form="exploded", empty_port_listed="range")
    cloud.run(source={"address": "2001:db8::7"}, destination={"address": "2001:db8::/64"})
    again = cloud.run(
        source={"address": "2001:DB8:0::7/128", "address_type": "ipv6"},
        destination={"address": "2001:db8:0:0::/64"},
        service={"protocol": "tcp", "source_port": "1-65535", "dest_port": "443-443"},
    )
    assert not again["changed"]
    assert again["task"]["destination"] == {"address": "2001:db8::/64", "address_type": "ipv6"}


def test_names_are_told_apart_exactly(cloud: Cloud) -> None:
    cloud.seed(name="inc-2041", status=FINISHED)
    cloud.seed(name="INC-20411", status=FINISHED)
    assert cloud.thrice()["changed"]
    assert cloud.names() == {"inc-2041": FINISHED, "INC-20411": FINISHED, NAME: RUNNING}


@pytest.mark.parametrize("check", [True, False])
def test_another_specification_is_refused(cloud: Cloud, check: bool) -> None:
    task_id = cloud.seed(dest_port="80", protocol=17, status=FINISHED)
    result = cloud.fails(check=check)
    assert cloud.calls() == {LIST: 1}
    assert result["error"]["code"] == "specification_differs"
    assert result["msg"] == (
        f"Capture task '{NAME}' (task_id {task_id}, finished) exists with another specification: "
        "service.protocol: is 'udp', wanted 'tcp'; service.dest_port: is '80', wanted '443'. A task can't be changed: "
        "capture under another name, or set replace: true to delete this one first."
    )
    assert result["differences"] == [
        "service.protocol: is 'udp', wanted 'tcp'",
        "service.dest_port: is '80', wanted '443'",
    ]
    assert result["task"]["task_id"] == task_id
    assert result["evidence"] == "complete"
    assert not result["changed"]


@pytest.mark.parametrize("given", [{}, {"state": "stopped", "name": NAME}, {"state": "absent", "name": NAME}], ids=str)
@pytest.mark.parametrize("check", [True, False])
def test_several_tasks_of_one_name_are_listed_and_left_alone(cloud: Cloud, given: dict[str, Any], check: bool) -> None:
    ids = [cloud.seed(status=status) for status in (FINISHED, RUNNING)]
    result = cloud.fails(check=check, **given)
    assert result["error"]["code"] == "ambiguous_name"
    assert sorted(row["task_id"] for row in result["duplicates"]) == ids
    assert all(task_id in result["msg"] for task_id in ids)
    assert cloud.emu.writes() == 0


def test_a_deleted_namesake_does_not_count(cloud: Cloud) -> None:
    cloud.emu.switch(deleted_records="listed")
    cloud.seed(status=FINISHED, is_deleted=1)
    cloud.seed(status=STOPPED, is_deleted=1, dest_port="80")
    assert cloud.thrice()["changed"]
    assert cloud.names() == {NAME: RUNNING}


@pytest.mark.parametrize(("scope", "outcome"), [("firewall", ""), ("account", "CFW.00200016")])
def test_a_capture_on_another_firewall(cloud: Cloud, scope: str, outcome: str) -> None:
    cloud.emu.switch(capture_scope=scope)
    cloud.seed(name="elsewhere", firewall_id=HUAWEI_FIREWALL_2)
    if outcome:
        result = cloud.fails()
        assert result["error"]["code"] == outcome
        assert not result["changed"]
        assert result["error"]["hint"].startswith("The firewall or the task is in a state that forbids this")
    else:
        assert cloud.run()["changed"]
    assert len(cloud.tasks()) == (0 if outcome else 1)


# busy


@pytest.mark.parametrize("status", [RUNNING, PENDING, STOPPING, 7])
@pytest.mark.parametrize("check", [True, False])
def test_a_busy_firewall_is_reported_before_anything_is_sent(cloud: Cloud, status: int, check: bool) -> None:
    cloud.seed(name="finished one", status=FINISHED)
    holder = cloud.seed(name="INC-2040", status=status, duration=30)
    result = cloud.fails(check=check)
    assert cloud.calls() == {LIST: 1}
    assert cloud.slept == []
    word = [*WORDS, "", "unknown"][status]
    created = cloud.tasks()[-1]["created_date"]
    assert result["error"]["code"] == "firewall_busy"
    assert result["msg"] == (
        f"The firewall is busy: one capture runs at a time, and 'INC-2040' (task_id {holder}, {word}) of 30 minutes, "
        f"created {created}, holds it. Wait with when_busy: wait, or end that capture with state: stopped."
    )
    assert result["holder"]["task_id"] == holder
    assert not result["changed"]


def test_a_busy_firewall_is_waited_for(cloud: Cloud) -> None:
    cloud.seed(name="INC-2040", duration=2)
    planned = cloud.run(check=True, when_busy="wait")
    assert cloud.calls() == {LIST: 1}
    assert (planned["changed"], planned["task"]["status"]) == (True, "running")
    result = cloud.run(when_busy="wait", wait_interval=50)
    assert result["changed"]
    assert cloud.slept == [50, 50, 50]
    # The first look, four while waiting, one after the create.
    assert cloud.calls() == {LIST: 6, CREATE: 1}
    assert cloud.names() == {"INC-2040": FINISHED, NAME: RUNNING}
    assert cloud.run(when_busy="wait")["changed"] is False


def test_a_busy_firewall_is_waited_for_only_so_long(cloud: Cloud) -> None:
    holder = cloud.seed(name="INC-2040", duration=30)
    result = cloud.fails(when_busy="wait", busy_timeout=100, wait_interval=40)
    assert sum(cloud.slept) == 100
    assert result["error"]["code"] == "firewall_busy"
    assert result["msg"].startswith("The firewall is busy after waiting 100 seconds: one capture runs at a time, and ")
    assert result["holder"]["task_id"] == holder
    assert cloud.emu.writes() == 0


def test_while_waiting_for_a_busy_firewall_somebody_starts_the_same(cloud: Cloud) -> None:
    cloud.seed(name="INC-2040", duration=1)

    def others() -> None:
        cloud.on_sleep = lambda: None
        cloud.rival()

    cloud.on_sleep = others
    result = cloud.run(when_busy="wait", wait_interval=60)
    assert not result["changed"]
    assert result["task"]["task_id"] == cloud.tasks()[-1]["task_id"]
    assert cloud.calls()[CREATE] == 1  # the other's


def test_while_waiting_for_a_busy_firewall_somebody_takes_the_name(cloud: Cloud) -> None:
    cloud.seed(name="INC-2040", duration=1)

    def others() -> None:
        cloud.on_sleep = lambda: None
        cloud.rival(duration=7)

    cloud.on_sleep = others
    result = cloud.fails(when_busy="wait", wait_interval=60)
    assert result["error"]["code"] == "specification_differs"
    assert result["differences"] == ["duration: is 7, wanted 5"]


# replace


@pytest.mark.parametrize("status", [FINISHED, STOPPED, RUNNING, PENDING, STOPPING])
@pytest.mark.parametrize("check", [True, False])
def test_evidence_is_not_replaced_unless_it_is_said(cloud: Cloud, status: int, check: bool) -> None:
    cloud.emu.switch(stopping_calls=2)
    task_id = cloud.seed(dest_port="80", status=status)
    result = cloud.fails(check=check, replace=True)
    assert cloud.calls() == {LIST: 1}
    assert result["error"]["code"] == "evidence_would_be_lost"
    assert result["task"]["task_id"] == task_id
    assert not result["changed"]
    assert cloud.names() == {NAME: status}


@pytest.mark.parametrize("status", [FINISHED, STOPPED, RUNNING, PENDING, STOPPING, ABNORMAL])
def test_a_task_is_replaced(cloud: Cloud, status: int) -> None:
    cloud.emu.switch(start_status=3 if status == PENDING else 2, start_calls=2, stopping_calls=2)
    task_id = cloud.seed(dest_port="80", status=RUNNING if status == PENDING else status)
    done = cloud.thrice(replace=True, discard_evidence=True, wait="running")
    assert done["diff"]["before"]["task_id"] == task_id
    assert done["diff"]["before"]["service"]["dest_port"] == "80"
    assert done["diff"]["after"]["service"]["dest_port"] == "443"
    assert [row["dest_port"] for row in cloud.tasks()] == ["443"]


def test_the_requests_of_a_replacement(cloud: Cloud) -> None:
    cloud.seed(dest_port="80", status=RUNNING)
    result = cloud.run(replace=True, discard_evidence=True)
    assert [row["call"] for row in cloud.emu.log] == [LIST, STOP, LIST, LIST, DELETE, LIST, CREATE, LIST]
    assert {row["call"]: len(row["request_ids"]) for row in result["api_calls"]} == {
        LIST: 0,
        STOP: 1,
        DELETE: 1,
        CREATE: 1,
    }


def test_what_captured_nothing_is_replaced_without_further_ado(cloud: Cloud) -> None:
    cloud.seed(dest_port="80", status=ABNORMAL)
    assert cloud.thrice(replace=True)["changed"]
    assert cloud.names() == {NAME: RUNNING}


def test_replace_leaves_an_equal_task_alone(cloud: Cloud) -> None:
    cloud.seed(status=FINISHED)
    assert not cloud.run(replace=True, discard_evidence=True)["changed"]
    assert cloud.calls() == {LIST: 1}


@pytest.mark.parametrize("check", [True, False])
def test_a_busy_firewall_is_noticed_before_anything_is_deleted(cloud: Cloud, check: bool) -> None:
    cloud.seed(dest_port="80", status=FINISHED)
    cloud.seed(name="INC-2040")
    result = cloud.fails(check=check, replace=True, discard_evidence=True)
    assert result["error"]["code"] == "firewall_busy"
    assert cloud.calls() == {LIST: 1}
    assert cloud.names() == {NAME: FINISHED, "INC-2040": RUNNING}


def test_a_busy_firewall_is_waited_for_before_anything_is_deleted(cloud: Cloud) -> None:
    cloud.seed(dest_port="80", status=FINISHED)
    cloud.seed(name="INC-2040", duration=1)
    assert cloud.run(replace=True, discard_evidence=True, when_busy="wait", wait_interval=60)["changed"]
    assert [row["call"] for row in cloud.emu.log if row["call"] != LIST] == [DELETE, CREATE]
    assert [row["call"] for row in cloud.emu.log].index(DELETE) > 2
    assert cloud.names() == {"INC-2040": FINISHED, NAME: RUNNING}


@pytest.mark.parametrize("when_busy", ["fail", "wait"])
def test_somebody_is_quicker_while_a_task_is_replaced(cloud: Cloud, when_busy: str) -> None:
    """The other capture begins after the deletion: nothing is sent that could only be refused."""
    cloud.emu.switch(list_lag_calls=1)
    cloud.seed(dest_port="80", status=FINISHED)
    cloud.on_sleep = lambda: cloud.seed(name="INC-2040", duration=1) if len(cloud.tasks()) == 0 else ""
    given: dict[str, Any] = {"replace": True, "discard_evidence": True, "when_busy": when_busy, "wait_interval": 30}
    if when_busy == "fail":
        result = cloud.fails(**given)
        assert result["error"]["code"] == "firewall_busy"
        assert result["changed"]
        assert "task" not in result
        assert CREATE not in cloud.calls()
        assert cloud.names() == {"INC-2040": RUNNING}
    else:
        assert cloud.run(**given)["changed"]
        assert cloud.names() == {"INC-2040": FINISHED, NAME: RUNNING}


# waiting


@pytest.mark.parametrize("check", [True, False])
def test_waiting_until_it_runs(cloud: Cloud, check: bool) -> None:
    cloud.emu.switch(start_status=3, start_calls=3)
    result = cloud.run(check=check, wait="running", wait_interval=7)
    assert (result["changed"], result["task"]["status"]) == (True, "running")
    if not check:
        assert cloud.calls() == {LIST: 5, CREATE: 1}
        assert cloud.slept == [7, 7]


def test_not_waiting_shows_the_status_as_it_is(cloud: Cloud) -> None:
    cloud.emu.switch(start_status=3)
    assert cloud.run()["task"]["status"] == "pending"
    assert cloud.slept == []


@pytest.mark.parametrize("status", [PENDING, RUNNING, STOPPING])
@pytest.mark.parametrize("check", [True, False])
def test_waiting_until_it_runs_for_a_task_that_exists(cloud: Cloud, status: int, check: bool) -> None:
    cloud.emu.switch(start_status=3 if status == PENDING else 2)
    cloud.seed(status=RUNNING if status == PENDING else status)
    result = cloud.run(check=check, wait="running")
    assert not result["changed"]
    assert result["task"]["status"] == ("stopping" if status == STOPPING else "running")


@pytest.mark.parametrize("exists", [True, False])
def test_waiting_until_it_is_finished(cloud: Cloud, exists: bool) -> None:
    if exists:
        cloud.seed()
    planned = cloud.run(check=True, wait="finished")
    done = cloud.run(wait="finished", wait_interval=60)
    for result in (planned, done):
        assert result["changed"] is not exists
        assert (result["task"]["status"], result["evidence"]) == ("finished", "complete")
    assert len(cloud.slept) == 5
    assert cloud.warnings == []
    assert cloud.progress[-1] == f"'{NAME}' (task_id {done['task']['task_id']}, finished)"
    assert cloud.run(wait="finished")["changed"] is False


def test_by_default_it_waits_the_duration_and_two_minutes(cloud: Cloud) -> None:
    cloud.seed(status=PENDING)
    result = cloud.fails(wait="finished", wait_interval=70)
    assert sum(cloud.slept) == 5 * 60 + 120
    assert result["error"]["code"] == "wait_timeout"
    assert result["msg"] == (
        f"Capture task '{NAME}' (task_id task-1, pending) was not finished yet after 420 seconds. "
        "Run it again to go on waiting, or raise wait_timeout."
    )


@pytest.mark.parametrize("timeout", [0, 30])
def test_waiting_ends_at_its_timeout_and_says_what_is_known(cloud: Cloud, timeout: float) -> None:
    result = cloud.fails(wait="finished", wait_timeout=timeout, wait_interval=20)
    assert sum(cloud.slept) == timeout
    assert result["error"]["code"] == "wait_timeout"
    assert result["changed"]
    assert result["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert result["task"]["status"] == "running"
    assert result["evidence"] == "none"


@pytest.mark.parametrize(("result", "evidence"), [("missing", "none"), ("partial", "partial")])
@pytest.mark.parametrize("exists", [True, False])
def test_a_capture_that_ends_abnormally(cloud: Cloud, result: str, evidence: str, exists: bool) -> None:
    cloud.emu.switch(finish_status=0, abnormal_result=result)
    if exists:
        cloud.seed(status=ABNORMAL)
        assert cloud.fails(check=True, wait="finished")["error"]["code"] == "capture_abnormal"
    failure = cloud.fails(wait="finished", wait_interval=60)
    assert failure["error"]["code"] == "capture_abnormal"
    assert failure["changed"] is not exists
    assert failure["evidence"] == evidence
    assert failure["task"]["status"] == "abnormal"
    assert failure["msg"] == (
        f"Capture task '{NAME}' (task_id {failure['task']['task_id']}, abnormal) ended abnormally; its result may be "
        "missing or partial. Capture again under another name."
    )
    assert not cloud.run()["changed"]
    assert len(cloud.warnings) == 1


@pytest.mark.parametrize("check", [True, False])
def test_a_capture_that_somebody_stops_counts_as_ended(cloud: Cloud, check: bool) -> None:
    cloud.seed(status=STOPPING)
    result = cloud.run(check=check, wait="finished")
    assert (result["task"]["status"], result["evidence"], result["changed"]) == ("stopped", "partial", False)
    assert cloud.warnings == [
        f"Capture task '{NAME}' (task_id task-1, stopped) was stopped before it finished: its result is partial."
    ]


def test_a_task_that_disappears_while_it_is_waited_for(cloud: Cloud) -> None:
    def delete() -> None:
        cloud.on_sleep = lambda: None
        cloud.run(state="absent", name=NAME)

    cloud.on_sleep = delete
    result = cloud.fails(wait="finished")
    assert result["error"]["code"] == "task_vanished"
    assert result["changed"]
    assert "task" not in result
    assert "disappeared from the list while it was waited for" in result["msg"]


# stopped


@pytest.mark.parametrize("by", ["name", "task_id"])
def test_stopping(cloud: Cloud, by: str) -> None:
    task_id = cloud.seed()
    other = cloud.seed(name="another", status=FINISHED)
    done = cloud.thrice(state="stopped", **{by: task_id if by == "task_id" else NAME})
    assert done["task"]["task_id"] == task_id
    assert done["diff"]["before"]["status"] == "running"
    assert done["diff"]["after"]["status"] == "stopped"
    assert done["evidence"] == "partial"
    assert cloud.names() == {NAME: STOPPED, "another": FINISHED}
    assert other != task_id


def test_the_requests_of_a_stop(cloud: Cloud) -> None:
    cloud.emu.switch(stopping_calls=2)
    task_id = cloud.seed()
    result = cloud.run(state="stopped", name=NAME, wait_interval=7)
    assert [row["call"] for row in cloud.emu.log] == [LIST, STOP, LIST, LIST, LIST]
    assert cloud.emu.log[1]["body"] == {"task_id": task_id}
    assert cloud.slept == [7, 7]
    assert [row["permission"] for row in result["api_calls"]] == ["cfw:captureTask:list", "cfw:captureTask:stop"]


@pytest.mark.parametrize("status", [FINISHED, STOPPED, ABNORMAL])
@pytest.mark.parametrize("check", [True, False])
def test_what_has_ended_is_not_stopped(cloud: Cloud, status: int, check: bool) -> None:
    cloud.seed(status=status)
    result = cloud.run(check=check, state="stopped", name=NAME, wait="finished")
    assert cloud.calls() == {LIST: 1}
    assert (result["changed"], result["task"]["status_code"]) == (False, status)
    assert cloud.warnings == []


@pytest.mark.parametrize("check", [True, False])
def test_a_stop_under_way_is_waited_for(cloud: Cloud, check: bool) -> None:
    cloud.emu.switch(stopping_calls=3)
    cloud.seed(status=STOPPING)
    result = cloud.run(check=check, state="stopped", name=NAME)
    assert (result["changed"], result["task"]["status"]) == (False, "stopped")
    assert cloud.emu.writes() == 0


def test_a_pending_task_is_stopped_once_it_runs(cloud: Cloud) -> None:
    cloud.emu.switch(start_status=3, start_calls=3)
    cloud.seed()
    planned = cloud.run(check=True, state="stopped", name=NAME)
    result = cloud.run(state="stopped", name=NAME)
    assert planned["changed"] is result["changed"] is True
    assert planned["task"]["status"] == result["task"]["status"] == "stopped"
    assert cloud.calls()[STOP] == 1


@pytest.mark.parametrize(("status", "word"), [(PENDING, "pending"), (7, "unknown")])
@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_a_task_that_never_runs_is_not_waited_for_for_ever(cloud: Cloud, status: int, word: str, state: str) -> None:
    cloud.seed(status=status)
    result = cloud.fails(state=state, name=NAME, wait_interval=70)
    assert sum(cloud.slept) == 300
    assert result["error"]["code"] == "wait_timeout"
    assert result["msg"].startswith(f"Capture task '{NAME}' (task_id task-1, {word}) had not ended after 300 seconds; ")
    assert "it was not asked to stop" in result["msg"]
    assert cloud.emu.writes() == 0


def test_a_capture_that_ends_by_itself_before_it_can_be_stopped(cloud: Cloud) -> None:
    """It was pending when it was read, and finished at the next look: nothing was changed here."""
    cloud.emu.switch(start_status=3, start_calls=100)
    cloud.seed(duration=1)
    result = cloud.run(state="stopped", name=NAME, wait_interval=60)
    assert (result["changed"], result["task"]["status"]) == (False, "finished")
    assert cloud.emu.writes() == 0


@pytest.mark.parametrize("by", ["name", "task_id"])
@pytest.mark.parametrize("check", [True, False])
def test_a_missing_task_cannot_be_stopped(cloud: Cloud, by: str, check: bool) -> None:
    cloud.seed(name="another", status=FINISHED)
    result = cloud.fails(check=check, state="stopped", **{by: NAME})
    sought = f"name '{NAME}'" if by == "name" else f"task_id {NAME}"
    assert result["error"]["code"] == "task_not_found"
    assert result["msg"] == (
        f"No capture task with {sought} on this firewall; its tasks: another. "
        "Check name or task_id and fw_instance_id; tasks disappear when their retention ends."
    )


# absent


@pytest.mark.parametrize("by", ["name", "task_id"])
@pytest.mark.parametrize("status", [FINISHED, STOPPED, ABNORMAL, RUNNING, STOPPING])
def test_removing(cloud: Cloud, by: str, status: int) -> None:
    cloud.emu.switch(stopping_calls=2)
    cloud.seed(name="another", status=FINISHED)
    task_id = cloud.seed(status=status)
    done = cloud.thrice(state="absent", **{by: task_id if by == "task_id" else NAME})
    assert done["task"] is None
    assert done["evidence"] == "none"
    assert done["diff"]["before"]["task_id"] == task_id
    assert done["diff"]["after"] == {}
    assert cloud.names() == {"another": FINISHED}


@pytest.mark.parametrize(
    ("status", "requests"),
    [(FINISHED, [LIST, DELETE, LIST]), (RUNNING, [LIST, STOP, LIST, LIST, DELETE, LIST])],
)
def test_the_requests_of_a_removal(cloud: Cloud, status: int, requests: list[str]) -> None:
    task_id = cloud.seed(status=status)
    cloud.run(state="absent", name=NAME)
    assert [row["call"] for row in cloud.emu.log] == requests
    assert cloud.emu.log[-2]["body"] == {"task_ids": [task_id]}


def test_a_pending_task_is_stopped_once_it_runs_and_removed(cloud: Cloud) -> None:
    cloud.emu.switch(start_status=3, start_calls=3)
    cloud.seed()
    assert cloud.run(state="absent", name=NAME)["changed"]
    assert cloud.tasks() == []


@pytest.mark.parametrize("by", ["name", "task_id"])
@pytest.mark.parametrize("check", [True, False])
def test_a_missing_task_is_absent(cloud: Cloud, by: str, check: bool) -> None:
    cloud.seed(name="another")
    result = cloud.run(check=check, state="absent", **{by: NAME})
    assert cloud.calls() == {LIST: 1}
    assert (result["changed"], result["task"]) == (False, None)
    assert result["diff"] == {"before": {}, "after": {}}


def test_one_of_several_of_one_name_is_removed_by_its_id(cloud: Cloud) -> None:
    first, second = (cloud.seed(status=status) for status in (FINISHED, STOPPED))
    assert cloud.thrice(state="absent", task_id=first)["changed"]
    assert [row["task_id"] for row in cloud.tasks()] == [second]
    assert not cloud.run()["changed"]


def test_a_deletion_that_shows_late_is_waited_for(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag=25.0)
    cloud.seed(status=FINISHED)
    assert cloud.run(state="absent", name=NAME)["changed"]
    assert sum(cloud.slept) > 25
    assert cloud.calls()[DELETE] == 1


def test_a_deletion_that_is_never_confirmed_fails(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag=1000.0)
    cloud.seed(status=FINISHED)
    result = cloud.fails(state="absent", name=NAME, settle_timeout=40)
    assert sum(cloud.slept) == 40
    assert result["error"]["code"] == "delete_not_confirmed"
    assert result["changed"]
    assert result["task"]["task_id"] == "task-1"
    assert result["msg"] == (
        f"Capture task '{NAME}' (task_id task-1, finished) is still listed 40 seconds after its deletion was accepted. "
        "Run it again; if it stays, look at the task in the console."
    )


def test_only_the_firewall_named_is_touched(cloud: Cloud) -> None:
    cloud.seed(firewall_id=HUAWEI_FIREWALL_2, status=FINISHED)
    assert not cloud.run(state="absent", name=NAME)["changed"]
    assert cloud.run(state="absent", name=NAME, fw_instance_id=HUAWEI_FIREWALL_2)["changed"]
    assert cloud.tasks(HUAWEI_FIREWALL_2) == []


# bad input, before any request


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "  "}, "name is empty; give the capture a name."),
        ({"fw_instance_id": " "}, f"fw_instance_id is empty; give an id such as {HUAWEI_FIREWALL}."),
        (
            {"fw_instance_id": f"{HUAWEI_FIREWALL}\n"},
            f"fw_instance_id '{HUAWEI_FIREWALL}\\n' is no id; give one such as {HUAWEI_FIREWALL}.",
        ),
        ({"duration": 0}, "duration is 0; give at least 1 minute, and at most 2147483647."),
        ({"max_packets": 1_000_001}, "max_packets is 1000001; give 1 to 1000000."),
        ({"task_id": "x"}, "task_id goes with state stopped or absent; a new task is identified by its name."),
        ({"wait_timeout": -1}, "wait_timeout is -1; give seconds, 0 or more, and at most a year."),
        ({"wait_timeout": "nan"}, "wait_timeout is nan; give seconds, 0 or more, and at most a year."),
        ({"wait_timeout": "inf"}, "wait_timeout is inf; give seconds, 0 or more, and at most a year."),
        ({"busy_timeout": -0.5}, "busy_timeout is -0.5; give seconds, 0 or more, and at most a year."),
        ({"busy_timeout": "nan"}, "busy_timeout is nan; give seconds, 0 or more, and at most a year."),
        ({"wait_interval": 0}, "wait_interval is 0; give seconds, more than 0, and at most a year."),
        ({"wait_interval": "inf"}, "wait_interval is inf; give seconds, more than 0, and at most a year."),
        ({"wait_interval": "nan"}, "wait_interval is nan; give seconds, more than 0, and at most a year."),
        ({"settle_timeout": -1}, "settle_timeout is -1; give seconds, 0 or more, and at most a year."),
        (
            {"state": "stopped"},
            "state: stopped needs exactly one of name and task_id; neither is given.",
        ),
        (
            {"state": "absent", "name": " ", "task_id": ""},
            "state: absent needs exactly one of name and task_id; neither is given.",
        ),
        (
            {"state": "absent", "name": "x", "task_id": "y"},
            "state: absent needs exactly one of name and task_id; both are given.",
        ),
        (
            {"state": "absent", "name": "x "},
            "name 'x ' has blanks around it or control characters in it; remove them.",
        ),
        (
            {"state": "stopped", "task_id": "x\t"},
            f"task_id 'x\\t' is no id; give one such as {HUAWEI_FIREWALL}.",
        ),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_anything_is_sent(cloud: Cloud, given: dict[str, Any], message: str) -> None:
    result = cloud.fails(**given)
    assert result["msg"] == message
    assert result["error"]["code"] == "invalid_input"
    assert result["api_calls"] == []
    assert result["changed"] is False
    assert cloud.calls() == {}


@pytest.mark.parametrize("state", ["stopped", "absent"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_option_counts_as_absent(cloud: Cloud, state: str, blank: str) -> None:
    cloud.seed(status=RUNNING)
    assert cloud.run(state=state, name=NAME, task_id=blank)["changed"]
    task_id = cloud.seed(status=RUNNING, name="second")
    assert cloud.run(state=state, name=blank, task_id=task_id)["changed"]
    assert cloud.run(name="third", task_id=blank)["changed"]
