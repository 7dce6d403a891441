# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes whose answer is lost, late or a refusal: what was done is found out by reading, and no capture starts twice.

That no run sends a second create that may be carried out is checked in `Cloud`, after each run of each test.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._http import Response, Transport
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, Request
from emulator import HUAWEI_FIREWALL_2, HUAWEI_READONLY_AK, HUAWEI_READONLY_SK
from emulator.client import RawClient
from support.huawei import CAPTURE, CREATE, DELETE, FINISHED, LIST, RUNNING, STOP, STOPPED, STOPPING, Cloud

NAME = CAPTURE["name"]

# Answers that leave open whether the request was carried out, as the emulator's fault, and the words of the error.
UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"kind": "html"}, "http_502: <html><head><title>Bad Gateway</title></head>"),
    ({"kind": "status", "status": 500}, "http_500: injected (HTTP 500)"),
    ({"kind": "status", "status": 504, "code": "APIG.0203"}, "APIG.0203: Injected. (HTTP 504)"),
    ({"kind": "error", "code": "CFW.00109004"}, "CFW.00109004: Injected. (HTTP 400)"),
    ({"kind": "error", "code": "CFW.99999999"}, "CFW.99999999: Injected. (HTTP 400)"),
    ({"kind": "error", "code": "APIGW.0201", "status": 413}, "APIGW.0201: Injected. (HTTP 413)"),
    ({"kind": "redirect"}, "redirects to https://redirect.invalid (HTTP 302), which is not followed"),
]
UNREADABLE: list[dict[str, Any]] = [
    {"kind": "not_json_200"},
    {"kind": "empty_200"},
    {"kind": "truncated_json"},
    {"kind": "truncated_json", "cut": "connection"},
]


def lost(committed: bool, kinds: Sequence[str] = ()) -> list[Any]:
    """The faults after which nobody knows, all or some, with the request carried out or not."""
    drop = {"kind": "drop_after_commit" if committed else "drop_before_commit"}
    faults: list[tuple[dict[str, Any], str]] = [(drop, "The connection to http://127.0.0.1:")]
    faults += [({**fault, "commit": committed}, words) for fault, words in UNKNOWN]
    faults += [({**fault, "commit": committed}, "") for fault in UNREADABLE]
    return [
        pytest.param(fault, words, id=" ".join(str(item) for item in fault.values()))
        for fault, words in faults
        if not kinds or fault["kind"] in kinds
    ]


SOME = ("drop_before_commit", "drop_after_commit", "html", "error", "empty_200")


# create


@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize(("fault", "_words"), lost(committed=True))
def test_a_capture_whose_answer_is_lost_is_found(
    cloud: Cloud, fault: dict[str, Any], _words: str, unique: bool
) -> None:
    cloud.emu.switch(unique_names=unique)
    cloud.emu.fault(CREATE, **fault)
    result = cloud.run()
    assert result["changed"]
    assert result["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert cloud.slept == []
    assert cloud.calls() == {LIST: 2, CREATE: 1}
    assert cloud.run()["changed"] is False


@pytest.mark.parametrize(("fault", "words"), lost(committed=False))
def test_a_capture_that_was_not_started_is_not_asked_for_again(cloud: Cloud, fault: dict[str, Any], words: str) -> None:
    cloud.emu.fault(CREATE, **fault)
    result = cloud.fails()
    assert cloud.calls()[CREATE] == 1
    assert sum(cloud.slept) == 60
    assert result["error"]["code"] == "create_outcome_unknown"
    assert result["msg"].startswith(f"The capture '{NAME}' was asked for, but within 60 seconds no list showed it (")
    assert words in result["msg"]
    assert result["msg"].endswith(
        "It was not asked for again. Run the same task again: it looks first and creates only what is not there."
    )
    assert not result["changed"]
    assert cloud.tasks() == []
    # The next run starts afresh.
    assert cloud.run()["changed"]
    assert cloud.names() == {NAME: RUNNING}


def test_the_request_id_of_a_lost_create_is_told(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="error", code="CFW.00109004")
    result = cloud.fails(settle_timeout=0)
    assert len(result["error"]["request_id"]) == 32
    assert result["api_calls"][1]["request_ids"] == [result["error"]["request_id"]]
    assert f"Request id: {result['error']['request_id']}." in result["msg"]


def test_an_answer_that_comes_too_late(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="delay", seconds=0.4, after_commit=True)
    result = cloud.run(timeout=0.2)
    assert result["changed"]
    assert cloud.names() == {NAME: RUNNING}


def test_an_answer_with_a_wrong_label_is_an_answer(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="content_type")
    assert cloud.run()["changed"]


def test_an_answer_without_end(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="huge", commit=True)
    assert cloud.run()["changed"]
    assert cloud.names() == {NAME: RUNNING}


@pytest.mark.parametrize("late", [{"seconds": 20.0}, {"calls": 4}, {"seconds": 59.0}])
def test_a_capture_that_starts_late_is_found(cloud: Cloud, late: dict[str, Any]) -> None:
    cloud.emu.fault(CREATE, kind="late_commit", **late)
    result = cloud.run()
    assert result["changed"]
    assert cloud.slept[:4] == [1.0, 1.5, 2.25, 3.375]
    assert max(cloud.slept) <= 10
    assert cloud.names() == {NAME: RUNNING}


@pytest.mark.parametrize("settle_timeout", [0, 60])
def test_a_capture_that_starts_too_late_is_found_by_the_next_run(cloud: Cloud, settle_timeout: float) -> None:
    cloud.emu.fault(CREATE, kind="late_commit", seconds=100.0)
    result = cloud.fails(settle_timeout=settle_timeout)
    assert result["error"]["code"] == "create_outcome_unknown"
    assert f"within {settle_timeout} seconds" in result["msg"]
    assert not result["changed"]
    cloud.emu.advance(100)
    again = cloud.run()
    assert not again["changed"]
    assert again["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert len(cloud.tasks()) == 1


@pytest.mark.parametrize("lag", [{"list_lag": 30.0}, {"list_lag_calls": 5}])
def test_a_list_that_lags_is_waited_for(cloud: Cloud, lag: dict[str, Any]) -> None:
    cloud.emu.switch(**lag)
    assert cloud.run()["changed"]
    assert cloud.calls()[CREATE] == 1
    assert cloud.names() == {NAME: RUNNING}


@pytest.mark.parametrize(("unique", "code"), [(True, "CFW.00200007"), (False, "CFW.00200016")])
def test_a_list_that_lags_for_ever_starts_nothing_twice(cloud: Cloud, unique: bool, code: str) -> None:
    cloud.emu.switch(list_lag=1000.0, unique_names=unique)
    result = cloud.fails()
    assert result["error"]["code"] == "create_outcome_unknown"
    assert result["changed"]  # it was accepted
    assert result["msg"].startswith(
        f"The capture '{NAME}' was asked for, but within 60 seconds no list showed it. It was not asked for again."
    )
    # As far as the list tells there is nothing: the service's own refusal is what is left.
    result = cloud.fails()
    assert result["error"]["code"] == code
    assert sum(cloud.slept) == 5
    assert not result["changed"]
    assert len(cloud.tasks()) == 1


def test_a_list_that_fails_does_not_hide_what_was_done(cloud: Cloud) -> None:
    cloud.emu.fault(LIST, nth=2, times=0, kind="status", status=503)
    result = cloud.fails(retries=0)
    assert result["error"]["code"] == "create_outcome_unknown"
    assert result["changed"]
    assert "(http_503: injected (HTTP 503))" in result["msg"]
    assert cloud.calls()[CREATE] == 1


@pytest.mark.parametrize("fault", [{}, {"kind": "drop_after_commit"}, {"kind": "error", "code": "CFW.00200016"}])
def test_a_list_that_fails_for_a_while_is_read_again(cloud: Cloud, fault: dict[str, Any]) -> None:
    """After a refusal too: it may be the winner's task that can't be read yet."""
    if fault:
        cloud.emu.fault(CREATE, **fault)
    if fault.get("code"):
        cloud.on_sleep = lambda: None if cloud.tasks() else cloud.rival()
    cloud.emu.fault(LIST, nth=2, times=2, kind="html")
    result = cloud.run(retries=0)
    assert result["changed"] is not bool(fault.get("code"))
    assert cloud.slept == [1.0, 1.5]
    assert cloud.names() == {NAME: RUNNING}


def test_after_a_refusal_and_a_list_that_fails_nothing_is_known(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="error", code="CFW.00200016")
    cloud.emu.fault(LIST, nth=2, times=0, kind="html")
    result = cloud.fails(retries=0)
    assert result["error"]["code"] == "create_outcome_unknown"
    assert "(http_502: " in result["msg"]
    assert sum(cloud.slept) == 5


def test_after_a_refusal_and_a_list_that_fails_once_the_refusal_is_told(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="error", code="CFW.00200016")
    cloud.emu.fault(LIST, nth=2, kind="html")
    assert cloud.fails(retries=0)["error"]["code"] == "CFW.00200016"


def test_a_throttled_create_is_sent_again(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="throttle", times=2)
    result = cloud.run()
    assert result["changed"]
    assert result["api_calls"][1]["count"] == 1
    assert result["api_calls"][1]["attempts"] == 3
    assert len(result["api_calls"][1]["request_ids"]) == 3
    assert cloud.slept == [4.0, 8.0]
    assert cloud.names() == {NAME: RUNNING}


def test_a_throttled_create_is_given_up_without_looking(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="throttle", times=0, retry_after=7)
    result = cloud.fails(retries=2)
    assert result["error"]["code"] == "APIGW.0308"
    assert cloud.calls() == {LIST: 1, CREATE: 3}
    assert cloud.slept == [8.0, 8.0]
    assert not result["changed"]


def test_after_throttling_an_unknown_outcome_is_not_sent_again(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="throttle")
    cloud.emu.fault(CREATE, nth=2, kind="drop_after_commit")
    assert cloud.run()["changed"]
    assert cloud.calls()[CREATE] == 2
    assert cloud.names() == {NAME: RUNNING}


class Detour:
    """The first POST meets a closed port; everything else arrives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            closed = Endpoint("http", "127.0.0.1", free.getsockname()[1])
        self.left = times
        send = Transport.send

        def detoured(transport: Transport, request: Request, **options: Any) -> Response:
            if request.method == "POST" and self.left:
                self.left -= 1
                request = replace(request, endpoint=closed)
            return send(transport, request, **options)

        monkeypatch.setattr(Transport, "send", detoured)


def test_a_create_that_found_no_connection_is_sent_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    Detour(monkeypatch, times=2)
    result = cloud.run()
    assert result["changed"]
    assert result["api_calls"][1]["attempts"] == 3
    assert cloud.calls() == {LIST: 2, CREATE: 1}


def test_a_create_that_never_found_a_connection_did_nothing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    Detour(monkeypatch, times=4)
    result = cloud.fails()
    assert result["error"]["code"] == "connection_failed"
    assert cloud.calls() == {LIST: 1}
    assert not result["changed"]


def test_a_service_that_is_not_there(cloud: Cloud) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        cloud.environ["HUAWEICLOUD_CFW_ENDPOINT"] = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = cloud.fails(retries=2)
    assert result["error"]["code"] == "connection_failed"
    assert result["api_calls"] == [
        {"call": LIST, "count": 1, "attempts": 3, "request_ids": [], "permission": "cfw:captureTask:list"}
    ]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "lockout"}, "APIGW.0301"),
        ({"kind": "error", "code": "APIGW.0302", "status": 403}, "APIGW.0302"),
        ({"kind": "error", "code": "APIGW.0101", "status": 404}, "APIGW.0101"),
        ({"kind": "error", "code": "APIG.0103", "status": 404}, "APIG.0103"),
        *[
            ({"kind": "error", "code": f"CFW.{number}"}, f"CFW.{number}")
            for number in (
                *("00200001", "00200010", "00200013", "00200022", "00200027"),
                *("00200028", "00200030", "00200032", "00200041"),
            )
        ],
    ],
    ids=str,
)
def test_a_refusal_that_is_certain_ends_the_run(cloud: Cloud, fault: dict[str, Any], code: str) -> None:
    cloud.emu.fault(CREATE, **fault)
    result = cloud.fails()
    assert result["error"]["code"] == code
    assert cloud.calls() == {LIST: 1, CREATE: 1}
    assert cloud.slept == []
    assert not result["changed"]


def test_a_key_that_may_not_write(cloud: Cloud) -> None:
    cloud.environ |= {"HUAWEICLOUD_SDK_AK": HUAWEI_READONLY_AK, "HUAWEICLOUD_SDK_SK": HUAWEI_READONLY_SK}
    assert cloud.run(check=True)["changed"]
    result = cloud.fails()
    assert result["error"]["code"] == "APIGW.0302"
    assert "Policy doesn't allow cfw:captureTask:create to be performed" in result["msg"]
    assert result["error"]["hint"] == "Check the credential and that its policies allow the call named here"
    assert cloud.calls() == {LIST: 2, CREATE: 1}


def test_a_firewall_without_ipv6(cloud: Cloud) -> None:
    sides: dict[str, Any] = {"source": {"address": "2001:db8::7"}, "destination": {"address": "2001:db8::9"}}
    result = cloud.fails(fw_instance_id=HUAWEI_FIREWALL_2, **sides)
    assert result["error"]["code"] == "CFW.00200032"
    assert result["error"]["hint"] == (
        "This firewall does not inspect IPv6; capture at another firewall or give IPv4 addresses"
    )
    assert cloud.run(fw_instance_id=HUAWEI_FIREWALL_2)["changed"]


def test_a_day_that_is_used_up(cloud: Cloud) -> None:
    cloud.emu.switch(captures_per_day=1)
    cloud.run(duration=1, wait="finished", wait_interval=30)
    result = cloud.fails(name="INC-2042")
    assert result["error"]["code"] == "CFW.00200024"
    assert result["error"]["hint"].startswith("The firewall's limit is reached: 20 captures a day, one at a time; ")
    assert sum(cloud.slept) == 5
    assert not result["changed"]
    assert cloud.run(name=NAME, duration=1)["changed"] is False


# two controllers


@pytest.mark.parametrize("unique", [True, False])
def test_the_loser_of_a_race_adopts_the_task_of_the_winner(cloud: Cloud, unique: bool) -> None:
    """The other's task was not in the list yet when it was read."""
    cloud.emu.switch(unique_names=unique, list_lag_calls=2)
    cloud.rival()
    result = cloud.run()
    assert cloud.calls() == {CREATE: 2, LIST: 3}
    assert not result["changed"]
    assert result["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert len(cloud.tasks()) == 1


def test_the_loser_of_a_race_adopts_it_between_two_attempts_too(cloud: Cloud) -> None:
    cloud.emu.fault(CREATE, kind="throttle")
    cloud.on_sleep = lambda: None if cloud.tasks() else cloud.rival()
    assert not cloud.run()["changed"]
    assert len(cloud.tasks()) == 1


@pytest.mark.parametrize("changes", [{"name": "INC-2040"}, {"duration": 9}], ids=str)
def test_the_loser_of_a_race_reports_the_capture_of_the_winner(cloud: Cloud, changes: dict[str, Any]) -> None:
    cloud.emu.switch(list_lag_calls=2, unique_names=False)
    cloud.rival(**changes)
    result = cloud.fails()
    winner = cloud.tasks()[0]
    assert result["error"]["code"] == "firewall_busy"
    assert result["holder"]["task_id"] == winner["task_id"]
    assert result["msg"].startswith(
        f"The firewall is busy: one capture runs at a time, and '{winner['name']}' (task_id {winner['task_id']}, running) "
    )
    assert "holds it (CFW.00200016: another capture task is running (HTTP 400))." in result["msg"]
    assert f"Request id: {result['error']['request_id']}." in result["msg"]
    assert not result["changed"]
    assert len(cloud.tasks()) == 1


def test_a_name_that_was_taken_by_a_capture_that_has_ended(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag_calls=2)
    cloud.rival(duration=1)
    cloud.emu.advance(60)
    result = cloud.fails()
    assert result["error"]["code"] == "CFW.00200007"
    assert result["msg"].endswith("The name is taken: choose another.")


@pytest.mark.parametrize(("changes", "code"), [({}, ""), ({"name": "INC-2040"}, "create_outcome_unknown")], ids=str)
def test_a_busy_firewall_that_says_so_in_an_unknown_code(cloud: Cloud, changes: dict[str, Any], code: str) -> None:
    """The code is not published: an unknown one counts as an unknown outcome, and the list decides."""
    cloud.emu.switch(list_lag_calls=2, unique_names=False, busy_code="CFW.00999999")
    cloud.rival(**changes)
    if code:
        result = cloud.fails()
        assert result["error"]["code"] == code
        assert "(CFW.00999999: another capture task is running (HTTP 400))" in result["msg"]
    else:
        assert cloud.run()["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert len(cloud.tasks()) == 1


@pytest.mark.parametrize(
    ("other", "first"),
    [
        ({"created_date": "2026/01/01 00:00:00"}, True),
        ({"created_date": "2099/01/01 00:00:00"}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("wait", ["none", "finished"])
def test_of_several_the_earliest_is_used_and_nothing_is_deleted(
    cloud: Cloud, other: dict[str, Any], first: bool, wait: str
) -> None:
    cloud.emu.switch(list_lag_calls=2)
    cloud.on_sleep = lambda: cloud.seed(**other) if len(cloud.tasks()) == 1 else ""
    result = cloud.run(wait=wait, wait_interval=60)
    ids = [row["task_id"] for row in cloud.tasks()]
    used, left = reversed(ids) if first else ids
    assert result["changed"]
    assert result["task"]["task_id"] == used
    assert [row["task_id"] for row in result["duplicates"]] == [left]
    assert cloud.warnings == [
        f"More than one task named '{NAME}' appeared: {used} is used, {left} not. "
        "Remove the others with state: absent and task_id."
    ]
    assert cloud.calls()[CREATE] == 1
    # From now on the name alone does not say which is meant.
    assert cloud.fails()["error"]["code"] == "ambiguous_name"


def test_of_several_of_one_second_all_controllers_use_the_same(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag_calls=2)

    def others() -> None:
        if len(cloud.tasks()) == 1:
            for task_id in ("0-a", "0-b"):
                cloud.seed(task_id=task_id, created_date="2026/01/01 00:00:00")

    cloud.on_sleep = others
    result = cloud.run()
    assert result["task"]["task_id"] == "0-a"
    assert result["duplicates"][0]["task_id"] == "0-b"


def test_duplicates_are_told_even_if_the_run_fails_later(cloud: Cloud) -> None:
    cloud.emu.switch(list_lag_calls=2)
    cloud.on_sleep = lambda: cloud.seed() if len(cloud.tasks()) == 1 else ""
    result = cloud.fails(wait="finished", wait_timeout=10)
    assert result["error"]["code"] == "wait_timeout"
    assert len(result["duplicates"]) == 1


def test_only_the_id_counts_once_the_task_is_known(cloud: Cloud) -> None:
    """A namesake that appears while the task is waited for changes nothing."""
    cloud.on_sleep = lambda: cloud.seed(status=FINISHED, duration=1) if len(cloud.tasks()) == 1 else ""
    result = cloud.run(wait="finished", wait_interval=60)
    assert result["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert len(cloud.tasks()) == 2


# a failure after a write that landed


@pytest.mark.parametrize("call", [CREATE, LIST])
def test_a_failure_after_a_deletion_says_that_something_changed(cloud: Cloud, call: str) -> None:
    cloud.seed(dest_port="80", status=FINISHED)
    if call == CREATE:
        cloud.emu.fault(CREATE, kind="error", code="CFW.00200027")
    else:
        cloud.emu.fault(LIST, nth=2, times=0, kind="status", status=500)
    result = cloud.fails(replace=True, discard_evidence=True, retries=0)
    assert result["changed"]
    assert ("task" in result) is (call == LIST)
    assert cloud.tasks() == []


def test_a_failure_while_waiting_says_what_is_known(cloud: Cloud) -> None:
    cloud.emu.fault(LIST, nth=3, times=0, kind="status", status=500)
    result = cloud.fails(wait="finished", retries=0)
    assert result["error"]["code"] == "http_500"
    assert result["changed"]
    assert result["task"]["task_id"] == cloud.tasks()[0]["task_id"]
    assert result["evidence"] == "none"


# stop


@pytest.mark.parametrize(("fault", "_words"), lost(committed=True, kinds=SOME))
def test_a_stop_whose_answer_is_lost(cloud: Cloud, fault: dict[str, Any], _words: str) -> None:
    cloud.seed()
    cloud.emu.fault(STOP, **fault)
    result = cloud.run(state="stopped", name=NAME)
    assert (result["changed"], result["task"]["status"]) == (True, "stopped")
    assert cloud.calls()[STOP] == 1


@pytest.mark.parametrize("state", ["stopped", "absent"])
@pytest.mark.parametrize(("fault", "words"), lost(committed=False, kinds=SOME))
def test_a_stop_that_did_not_happen(cloud: Cloud, fault: dict[str, Any], words: str, state: str) -> None:
    cloud.seed(duration=60)
    cloud.emu.fault(STOP, **fault)
    result = cloud.fails(state=state, name=NAME, wait_interval=25)
    assert sum(cloud.slept) == 75
    assert words in result["msg"]
    assert not result["changed"]
    assert result["task"]["status"] == "running"
    assert cloud.calls()[STOP] == 1
    assert cloud.run(state=state, name=NAME)["changed"]
    assert cloud.calls()[STOP] == 1


def test_a_stop_that_happens_late(cloud: Cloud) -> None:
    cloud.seed()
    cloud.emu.fault(STOP, kind="late_commit", seconds=40.0)
    assert cloud.run(state="stopped", name=NAME)["changed"]
    assert cloud.calls()[STOP] == 1


def test_a_stop_that_is_refused_for_good(cloud: Cloud) -> None:
    cloud.seed(duration=60)
    cloud.emu.fault(STOP, kind="error", code="CFW.00200016")
    result = cloud.fails(state="stopped", name=NAME)
    assert result["error"]["code"] == "CFW.00200016"
    assert sum(cloud.slept) == 5
    assert result["task"]["status"] == "running"
    assert not result["changed"]


def test_a_stop_without_time_to_wait(cloud: Cloud) -> None:
    cloud.seed(duration=60)
    cloud.emu.fault(STOP, kind="drop_before_commit")
    result = cloud.fails(state="stopped", name=NAME, wait_timeout=0)
    assert result["error"]["code"] == "connection_lost"
    result = cloud.fails(state="stopped", name=NAME, wait_timeout=0)
    assert result["error"]["code"] == "wait_timeout"
    assert result["changed"]


@pytest.mark.parametrize(
    ("answer", "changed"),
    [("CFW.00400002", False), ("CFW.00200016", False), ("CFW.0020016", False), ("CFW.99999999", False), ("ok", True)],
)
@pytest.mark.parametrize("by", ["itself", "somebody"])
def test_a_capture_that_has_ended_before_the_stop_arrives(cloud: Cloud, answer: str, changed: bool, by: str) -> None:
    cloud.emu.switch(stop_final=answer)
    task_id = cloud.seed()
    cloud.emu.fault(STOP, kind="throttle")

    def others() -> None:
        cloud.on_sleep = lambda: None
        if by == "itself":
            cloud.emu.advance(300)
        else:
            RawClient(cloud.emu.url).stop(task_id)

    cloud.on_sleep = others
    result = cloud.run(state="stopped", name=NAME)
    # Whether an unknown answer ended it can't be told when somebody else stopped it in the same moment.
    assert result["changed"] is (changed or (answer == "CFW.99999999" and by == "somebody"))
    assert result["task"]["status"] == ("finished" if by == "itself" else "stopped")


def test_a_stop_may_take_long(cloud: Cloud) -> None:
    cloud.emu.switch(stopping_seconds=250.0)
    cloud.seed(duration=60)
    cloud.emu.fault(STOP, kind="drop_after_commit")
    assert cloud.run(state="stopped", name=NAME, wait_interval=50)["changed"]
    cloud.reset(stopping_seconds=1000.0)
    cloud.seed(duration=60)
    result = cloud.fails(state="stopped", name=NAME, wait_interval=50)
    assert result["error"]["code"] == "wait_timeout"
    assert result["task"]["status"] == "stopping"
    assert result["changed"]


def test_a_throttled_stop_is_sent_again(cloud: Cloud) -> None:
    cloud.seed()
    cloud.emu.fault(STOP, kind="throttle")
    assert cloud.run(state="stopped", name=NAME)["changed"]
    assert cloud.calls()[STOP] == 2


@pytest.mark.parametrize("call", [STOP, DELETE])
def test_a_write_that_is_not_allowed_ends_the_run(cloud: Cloud, call: str) -> None:
    cloud.seed(status=RUNNING if call == STOP else STOPPED)
    cloud.environ |= {"HUAWEICLOUD_SDK_AK": HUAWEI_READONLY_AK, "HUAWEICLOUD_SDK_SK": HUAWEI_READONLY_SK}
    result = cloud.fails(state="absent", name=NAME)
    assert result["error"]["code"] == "APIGW.0302"
    assert cloud.calls() == {LIST: 1, call: 1}
    assert not result["changed"]
    assert result["task"]["task_id"] == "task-1"


# delete


@pytest.mark.parametrize(("fault", "_words"), lost(committed=True, kinds=SOME))
def test_a_deletion_whose_answer_is_lost(cloud: Cloud, fault: dict[str, Any], _words: str) -> None:
    cloud.seed(status=STOPPED)
    cloud.emu.fault(DELETE, **fault)
    result = cloud.run(state="absent", name=NAME)
    assert (result["changed"], result["task"]) == (True, None)
    assert cloud.calls() == {LIST: 2, DELETE: 1}


@pytest.mark.parametrize(("fault", "words"), lost(committed=False, kinds=SOME))
def test_a_deletion_that_did_not_happen(cloud: Cloud, fault: dict[str, Any], words: str) -> None:
    cloud.seed(status=STOPPED)
    cloud.emu.fault(DELETE, **fault)
    result = cloud.fails(state="absent", name=NAME)
    assert sum(cloud.slept) == 60
    assert words in result["msg"]
    assert not result["changed"]
    assert result["task"]["task_id"] == "task-1"
    assert cloud.calls()[DELETE] == 1
    assert cloud.run(state="absent", name=NAME)["changed"]


def test_a_deletion_that_happens_late(cloud: Cloud) -> None:
    cloud.seed(status=STOPPED)
    cloud.emu.fault(DELETE, kind="late_commit", seconds=40.0)
    assert cloud.run(state="absent", name=NAME)["changed"]
    assert cloud.tasks() == []


def test_a_deletion_that_is_refused(cloud: Cloud) -> None:
    cloud.seed(status=STOPPED)
    cloud.emu.fault(DELETE, kind="error", code="CFW.00200016")
    result = cloud.fails(state="absent", name=NAME)
    assert result["error"]["code"] == "CFW.00200016"
    assert sum(cloud.slept) == 5
    assert not result["changed"]


@pytest.mark.parametrize(("code", "changed"), [("CFW.00200005", False), ("CFW.99999999", True)])
def test_somebody_deletes_it_first(cloud: Cloud, code: str, changed: bool) -> None:
    """It is gone, and that is what was wanted; an unknown answer may have been the deletion."""
    cloud.emu.switch(missing_code=code)
    task_id = cloud.seed(status=STOPPED)
    cloud.emu.fault(DELETE, kind="throttle")

    def others() -> None:
        cloud.on_sleep = lambda: None
        assert RawClient(cloud.emu.url).delete(task_id).status_code == 200

    cloud.on_sleep = others
    result = cloud.run(state="absent", name=NAME)
    assert (result["changed"], result["task"]) == (changed, None)


@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_somebody_deletes_it_while_it_is_stopped(cloud: Cloud, state: str) -> None:
    cloud.emu.switch(stopping_calls=5)
    task_id = cloud.seed(status=STOPPING)

    def others() -> None:
        cloud.on_sleep = lambda: None
        client = RawClient(cloud.emu.url)
        for _listing in range(5):
            client.captures()
        assert client.delete(task_id).status_code == 200

    cloud.on_sleep = others
    if state == "absent":
        result = cloud.run(state=state, name=NAME)
        assert (result["changed"], result["task"]) == (False, None)
    else:
        result = cloud.fails(state=state, name=NAME)
        assert result["error"]["code"] == "task_vanished"
