# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""huawei_cfw_capture_task as a user meets it, against the emulator, without sleeping."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_task import CAPTURE_TASK, run
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT
from emulator import (
    HUAWEI_AUTH_TOKEN,
    HUAWEI_FIREWALL,
    HUAWEI_READONLY_SK,
    HUAWEI_SK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
    Emulator,
)
from emulator.client import RawClient, capture_body

LIST = "ListCaptureTask"
CREATE = "CreateCaptureTask"
STOP = "CancelCaptureTask"
DELETE = "DeleteCaptureTask"
ABNORMAL, FINISHED, RUNNING, PENDING, STOPPED, STOPPING = range(6)
SECRETS = (HUAWEI_SK, HUAWEI_TEMP_SK, HUAWEI_TEMP_TOKEN, HUAWEI_READONLY_SK, HUAWEI_AUTH_TOKEN)
# Answers after which a request may be sent once more: it was certainly not carried out.
NOT_EXECUTED = ("APIGW.0301", "APIGW.0302", "APIGW.0308")

CAPTURE: dict[str, Any] = {
    "name": "INC-2041",
    "source": {"address": "198.51.100.7"},
    "destination": {"address": "203.0.113.9"},
    "service": {"protocol": "tcp", "dest_port": "443"},
    "duration": 5,
    "max_packets": 1000,
}
"""A capture in the module's options; RECORD is the same as the list spells it, capture_body() as it is sent."""
RECORD: dict[str, Any] = {
    "name": "INC-2041",
    "source_address": "198.51.100.7",
    "dest_address": "203.0.113.9",
    "protocol": 6,
    "dest_port": "443",
    "duration": 5,
    "max_packets": 1000,
}
# What check mode can't know of a task that does not exist yet, or that goes on running.
UNKNOWN_BEFORE = ("task_id", "capture_size", "remaining_days", "created_date", "modified_date")


def options(**given: Any) -> dict[str, Any]:
    """Options as the module gets them: CAPTURE where state is present, with changes; None takes an option away."""
    known = {"fw_instance_id": HUAWEI_FIREWALL, **(CAPTURE if given.get("state", "present") == "present" else {})}
    chosen = {name: value for name, value in {**known, **given}.items() if value is not None}
    validated = ArgumentSpecValidator(**CAPTURE_TASK.to_kwargs()).validate(chosen)
    assert validated.error_messages == []
    return dict(validated.validated_parameters)


class Cloud:
    """The account in the emulator, and runs of the module's operation in it.

    Sleeping moves the service's clock instead, and then calls `on_sleep`. Every result is looked through for secrets, a
    run in check mode for writes, and any run for more than one create that may have been carried out.
    """

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self.environ = dict(emu.environ)
        self.slept: list[float] = []
        self.warnings: list[str] = []
        self.progress: list[str] = []
        self.on_sleep: Callable[[], object] = lambda: None
        self.clock_error = 0.0
        self._moment = 5000.0
        self._looked = 0

    # Running

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to succeed."""
        result = self._result(check, given)
        assert "error" not in result, result["msg"]
        return result

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to fail."""
        result = self._result(check, given)
        assert "error" in result, f"it did not fail: {result}"
        return result

    def thrice(self, **given: Any) -> dict[str, Any]:
        """The result of a real run, after one in check mode that says the same, and before one that changes nothing."""
        self.calls()
        planned = self.run(check=True, **given)
        assert self.calls() == {LIST: 1}
        done = self.run(**given)
        assert done["changed"]
        assert_same(planned, done)
        self.calls()
        again = self.run(**given)
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"]
        assert self.calls() == {LIST: 1}
        if done["task"]:
            assert again["task"]["task_id"] == done["task"]["task_id"]
        return done

    def _result(self, check: bool, given: Mapping[str, Any]) -> dict[str, Any]:
        self.warnings.clear()
        self.slept.clear()
        context = Context(
            environ=self.environ,
            home="/nonexistent",
            check_mode=check,
            warn=self.warnings.append,
            progress=self.progress.append,
            time=lambda: time() + self.clock_error,
            monotonic=lambda: self._moment,
            sleep=self._sleep,
            jitter=lambda: 1.0,
        )
        calls = CallLog()
        before = len(self.emu.log)
        try:
            result = succeeded(run(options(**given), context, calls), calls, context.redactor)
        except CfwError as error:
            result = failed(error, calls, context.redactor)
        rows = [row for row in self.emu.log[before:] if row["headers"]["User-Agent"] == USER_AGENT]
        said = json.dumps([result, self.warnings, self.progress])
        assert not [secret for secret in SECRETS if secret in said]
        if check:
            assert not [row for row in rows if row["write"]], "check mode wrote"
        creates = [row for row in rows if row["call"] == CREATE and row["error"] not in NOT_EXECUTED]
        assert len(creates) <= 1, "a second capture may have been started"
        return result

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._moment += seconds
        self.emu.advance(seconds)
        self.on_sleep()

    # Looking

    def calls(self) -> dict[str, int]:
        """The requests since the last look, by call. The log itself stays: faults count by it."""
        log = self.emu.log
        rows, self._looked = log[self._looked :], len(log)
        return dict(Counter(row["call"] for row in rows))

    def tasks(self, firewall: str = HUAWEI_FIREWALL) -> list[dict[str, Any]]:
        """The firewall's tasks as they really are, whatever its list shows."""
        rows = self.emu.state()["huawei"]["tasks"]
        return [row for row in rows if row["firewall_id"] == firewall and not row["is_deleted"]]

    def names(self) -> dict[str, int]:
        """Name and status of each task."""
        return {row["name"]: row["status"] for row in self.tasks()}

    # Arranging

    def reset(self, **switches: Any) -> None:
        """Back to the start, with these switches."""
        self.emu.reset(**switches)
        self._looked = 0

    def seed(self, **record: Any) -> str:
        """Adds a task like CAPTURE, running, with changes in the list's own words; returns its id."""
        number = len(self.emu.state()["huawei"]["tasks"]) + 1
        record = {**RECORD, "status": RUNNING, "task_id": f"task-{number}", **record}
        self.emu.seed(huawei={"tasks": [record]})
        return str(record["task_id"])

    def rival(self, **changes: Any) -> None:
        """Another controller starts CAPTURE, or what is changed in it, through the API."""
        client = RawClient(self.emu.url)
        try:
            answer = client.create(**{**capture_body(CAPTURE["name"]), **changes})
        finally:
            client.close()
        assert answer.status_code == 200, answer.text


def assert_same(planned: Any, done: Any) -> None:
    """What check mode announced is what happened: same keys, same words."""
    if isinstance(planned, Mapping):
        assert set(planned) == set(done)
        for key, value in planned.items():
            # Requests differ by design.
            if key not in ("api_calls", "clock", *UNKNOWN_BEFORE):
                assert_same(value, done[key])
    elif isinstance(planned, list):
        assert len(planned) == len(done)
        for one, other in zip(planned, done):
            assert_same(one, other)
    else:
        assert planned == done
