# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_capture_task: read, plan, act, verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._connection import check_seconds, text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context, poll
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._huawei import captures
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import Plan, Specification, Task
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import CaptureList, HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

_SIDE = {
    "type": "dict",
    "options": {
        "address": {"type": "str", "required": True},
        "address_type": {"type": "str", "choices": ["ipv4", "ipv6"]},
    },
}

CAPTURE_TASK = HUAWEI.merge(
    OptionSpec(
        options={
            "fw_instance_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "stopped", "absent"], "default": "present"},
            "name": {"type": "str"},
            "task_id": {"type": "str"},
            "source": _SIDE,
            "destination": _SIDE,
            "service": {
                "type": "dict",
                "options": {
                    "protocol": {"type": "str", "choices": list(captures.PROTOCOLS), "default": "any"},
                    "source_port": {"type": "str"},
                    "dest_port": {"type": "str"},
                },
            },
            "duration": {"type": "int"},
            "max_packets": {"type": "int"},
            "wait": {"type": "str", "choices": ["none", "running", "finished"], "default": "none"},
            "wait_timeout": {"type": "float"},
            "wait_interval": {"type": "float", "default": 5.0},
            "when_busy": {"type": "str", "choices": ["fail", "wait"], "default": "fail"},
            "busy_timeout": {"type": "float", "default": 600.0},
            "replace": {"type": "bool", "default": False},
            "discard_evidence": {"type": "bool", "default": False},
        },
        required_if=(("state", "present", ("name", "source", "destination", "duration", "max_packets")),),
    )
)

_GRACE = 120.0
"""Seconds that a capture may take beyond its duration before waiting for it gives up."""
_STOP_TIMEOUT = 300.0
"""Seconds for a stop to take effect, when `wait_timeout` is absent; the Terraform provider allows the same."""
_REFUSAL_LOOK = 5.0
"""Seconds to look for a task after a create that the service refused by naming a state."""


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Brings the capture task into the wanted state.

    Returns `changed`, `task`, `evidence`, `duplicates`, `diff`. Raises InputError before any request, else CfwError
    with `changed` and what is known of the task in its result.
    """
    wanted = _validated(params)
    operation = _Operation(params, context, HuaweiCfw(params, context, calls))
    try:
        return operation.run(wanted)
    except CfwError as error:
        error.result = {**operation.known(), **error.result}
        if operation.doing and isinstance(error, ApiError):
            # The service's words, or those about the list, do not say what they were the answer to.
            error.message = f"While {operation.doing}: {error.message}"
        raise


def _validated(params: Mapping[str, Any]) -> Specification | None:
    """The specification wanted, None where the state needs none. Raises InputError."""
    captures.checked_id(params["fw_instance_id"], "fw_instance_id")
    if params["wait_timeout"] is not None:
        check_seconds("wait_timeout", params["wait_timeout"])
    check_seconds("busy_timeout", params["busy_timeout"])
    check_seconds("wait_interval", params["wait_interval"], positive=True)
    if params["state"] == "present":
        if text(params, "task_id"):
            raise InputError("task_id goes with state stopped or absent; a new task is identified by its name")
        return captures.wanted_specification(params)
    given = [option for option in ("name", "task_id") if text(params, option)]
    if len(given) != 1:
        raise InputError(
            f"state: {params['state']} needs exactly one of name and task_id; {'both are' if given else 'neither is'} given"
        )
    if given == ["name"]:
        captures.checked_name(params["name"])
    else:
        captures.checked_id(params["task_id"], "task_id")
    return None


class _Operation:
    def __init__(self, params: Mapping[str, Any], context: Context, client: HuaweiCfw) -> None:
        self.params = params
        self.context = context
        self.client = client
        self.changed = False
        self.firewall: str = params["fw_instance_id"]
        self.settle_timeout: float = params["settle_timeout"]
        self.doing = ""
        """What was written last, in words."""
        self.task: Task | None = None
        self.duplicates: list[Task] = []

    def known(self) -> dict[str, Any]:
        """What a failure tells of what was done until then."""
        known: dict[str, Any] = {"changed": self.changed}
        if self.task:
            known.update(task=self.task.shown(), evidence=self.task.evidence)
        if self.duplicates:
            known["duplicates"] = [task.shown() for task in self.duplicates]
        return known

    def run(self, wanted: Specification | None) -> dict[str, Any]:
        listed = self.read()
        plan = self.plan(wanted, listed.tasks)
        before = self.task = plan.delete or plan.stop or plan.kept
        after = self.predict(plan) if self.context.check_mode else self.carry_out(wanted, plan, listed)
        if wanted and after:
            self.judge_end(after)
        return {
            "changed": plan.changes if self.context.check_mode else self.changed,
            "task": after.shown() if after else None,
            "evidence": after.evidence if after else "none",
            "duplicates": [task.shown() for task in self.duplicates],
            "diff": {"before": before.shown() if before else {}, "after": after.shown() if after else {}},
        }

    def read(self) -> CaptureList:
        return self.client.capture_tasks(self.firewall)

    def plan(self, wanted: Specification | None, tasks: Sequence[Task]) -> Plan:
        params = self.params
        if wanted:
            plan = captures.plan_present(
                wanted, tasks, replace=params["replace"], discard_evidence=params["discard_evidence"]
            )
            if plan.busy and params["when_busy"] == "fail":
                raise _busy(plan.busy)
            return plan
        decide = captures.plan_stopped if params["state"] == "stopped" else captures.plan_absent
        return decide(tasks, name=text(params, "name") or None, task_id=text(params, "task_id") or None)

    def predict(self, plan: Plan) -> Task | None:
        """The task as the real run would leave it."""
        wait = self.params["wait"]
        if plan.create:
            status = captures.FINISHED if wait == "finished" else captures.RUNNING
            return Task(task_id="", status_code=status, spec=plan.create)
        if plan.delete:
            return None
        if plan.stop:
            return replace(plan.stop, status_code=captures.STOPPED)
        if plan.kept and not plan.kept.final and wait != "none":
            if plan.kept.status_code != captures.STOPPING:
                return replace(plan.kept, status_code=captures.FINISHED if wait == "finished" else captures.RUNNING)
            if wait == "finished":
                return replace(plan.kept, status_code=captures.STOPPED)
        return plan.kept

    def carry_out(self, wanted: Specification | None, plan: Plan, listed: CaptureList) -> Task | None:
        if plan.busy and wanted:
            plan, listed = self.await_free(wanted)
        if plan.stop:
            try:
                stopped = self.stop(plan.stop)
                if not plan.delete:
                    return stopped
            except CfwError as error:
                if not (plan.delete and error.code == "task_vanished"):
                    raise
        if plan.delete:
            listed = self.delete(plan.delete)
            if wanted:
                # Someone else's capture may have begun while this one was being removed.
                return self.carry_out(wanted, self.plan(wanted, listed.tasks), listed)
        if plan.create:
            return self.wait(self.create(plan.create, listed))
        return self.wait(plan.kept) if plan.kept and wanted else plan.kept

    # Waiting

    def await_free(self, wanted: Specification) -> tuple[Plan, CaptureList]:
        """Waits until no other task occupies the firewall; decides anew on what is there then."""
        latest: list[Task] = []

        def look() -> tuple[Plan, CaptureList] | None:
            listed = self.read()
            plan = self.plan(wanted, listed.tasks)
            latest[:] = [plan.busy] if plan.busy else []
            return None if plan.busy else (plan, listed)

        found = poll(self.context, look, self.params["busy_timeout"], repeat(self.params["wait_interval"]))
        if found is None:
            raise _busy(latest[0], waited=self.params["busy_timeout"])
        return found

    def wait(self, task: Task) -> Task:
        """Waits as `wait` says."""
        wait = self.params["wait"]
        if wait == "none":
            return task
        done = (captures.RUNNING, captures.STOPPING) if wait == "running" else ()
        return self.watch(
            task,
            lambda seen: seen if seen.final or seen.status_code in done else None,
            self.timeout(task.spec.duration * 60 + _GRACE),
            f"was not {wait} yet",
        )

    def judge_end(self, task: Task) -> None:
        if task.status_code == captures.ABNORMAL:
            message = f"Capture task {task.described()} ended abnormally; its result may be missing or partial"
            if self.params["wait"] == "finished":
                raise CfwError("capture_abnormal", message, hint="Capture again under another name")
            self.context.warn(message + ". Capture again under another name.")
        elif task.status_code == captures.STOPPED and self.params["wait"] == "finished":
            self.context.warn(
                f"Capture task {task.described()} was stopped before it finished: its result is {task.evidence}."
            )
        elif task.status == "unknown":
            self.context.warn(
                f"Capture task {task.described()} has status {task.status_code}, which is documented nowhere."
            )

    def timeout(self, default: float) -> float:
        given = self.params["wait_timeout"]
        return default if given is None else given

    def watch(self, task: Task, done: Callable[[Task], Task | None], timeout: float, complaint: str) -> Task:
        """Reads the task at `wait_interval` until `done` returns it. Raises CfwError: wait_timeout, task_vanished."""
        latest = [task]

        def look() -> Task | None:
            seen = captures.find_task(self.read().tasks, task_id=task.task_id)
            if seen is None:
                self.task = None
                raise CfwError(
                    "task_vanished",
                    f"Capture task {task.described()} disappeared from the list while it was waited for",
                    hint="Someone else deleted it, or its retention ended; nothing is left to fetch",
                )
            latest[0] = self.task = seen
            self.context.progress(f"{seen.described()}")
            return done(seen)

        if done(task):
            return task
        found = poll(self.context, look, timeout, repeat(self.params["wait_interval"]))
        if found is None:
            raise CfwError(
                "wait_timeout",
                f"Capture task {latest[0].described()} {complaint} after {timeout:g} seconds",
                hint="Run it again to go on waiting, or raise wait_timeout",
            )
        return found

    # Writes, each read back

    def create(self, wanted: Specification, listed: CaptureList) -> Task:
        """Creates the task with at most one request that may be carried out, and finds it in the list.

        Raises ApiError when the service refused, CfwError create_outcome_unknown when nothing tells whether the task exists.
        """
        refusal = self.ask(
            f"starting capture '{wanted.name}'", lambda: self.client.create_capture_task(self.firewall, wanted)
        )
        timeout = self.patience(refusal)
        seen: list[CaptureList] = []
        unread: list[ApiError] = []

        def look() -> list[Task] | None:
            try:
                seen[:] = [self.read()]
            except ApiError as error:
                # The request may have been carried out: a list that fails now must not hide that.
                unread[:] = [error]
                return [] if error.hopeless else None
            unread.clear()
            return [
                task for task in seen[0].tasks if task.task_id not in listed.ids and not wanted.differences(task.spec)
            ] or None

        found = poll(self.context, look, timeout)
        if found:
            # After a refusal it is the task of somebody who was quicker: adopted, not changed.
            self.changed = self.changed or bool(refusal and refusal.outcome is Outcome.UNKNOWN)
            found.sort(key=lambda task: (task.created_date, task.task_id))
            self.task, *self.duplicates = found
            if self.duplicates:
                others = ", ".join(task.task_id for task in self.duplicates)
                self.context.warn(
                    f"More than one task named '{wanted.name}' appeared: {found[0].task_id} is used, {others} not. "
                    "Remove the others with state: absent and task_id."
                )
            return found[0]
        if refusal and refusal.outcome is Outcome.REFUSED and not unread:
            holder = next((task for task in seen[0].tasks if not task.final), None)
            if holder:
                raise _busy(holder, refusal=refusal) from refusal
            raise refusal
        cause = unread[0] if unread else refusal
        said = f" ({cause.message})" if cause else ""
        raise CfwError(
            "create_outcome_unknown",
            f"The capture '{wanted.name}' was asked for, but within {timeout:g} seconds no list showed it{said}",
            hint="It was not asked for again. Run the same task again: it looks first and creates only what is not there",
            request_id=refusal.request_id if refusal else "",
        )

    def stop(self, task: Task) -> Task:
        """Stops the task and waits for its end. The request goes out once, and only while the task is running."""
        timeout = self.timeout(_STOP_TIMEOUT)
        asked: list[ApiError | None] = []
        deadline = 0.0

        def ended(seen: Task) -> Task | None:
            nonlocal deadline
            if seen.status_code == captures.RUNNING:
                if not asked:
                    asked.append(
                        self.ask(
                            f"stopping capture task {task.described()}",
                            lambda: self.client.stop_capture_task(self.firewall, task.task_id),
                        )
                    )
                    deadline = self.context.monotonic() + min(timeout, self.patience(asked[0]))
                elif asked[0] and self.context.monotonic() >= deadline:
                    raise asked[0]
            return seen if seen.final else None

        try:
            found = self.watch(task, ended, timeout, "had not ended")
        except CfwError as error:
            if error.code == "wait_timeout" and not asked:
                error.message += "; it was not asked to stop, which is possible only once it is running"
            raise
        if asked and asked[0] and asked[0].outcome is Outcome.UNKNOWN and found.status_code == captures.STOPPED:
            self.changed = True
        return found

    def delete(self, task: Task) -> CaptureList:
        """Deletes the task and its result and returns the list without it."""
        failure = self.ask(
            f"deleting capture task {task.described()}",
            lambda: self.client.delete_capture_task(self.firewall, task.task_id),
        )

        def look() -> CaptureList | None:
            listed = self.read()
            return None if captures.find_task(listed.tasks, task_id=task.task_id) else listed

        listed = poll(self.context, look, self.patience(failure))
        if listed is None:
            if failure:
                raise failure
            raise CfwError(
                "delete_not_confirmed",
                f"Capture task {task.described()} is still listed {self.settle_timeout:g} seconds after its deletion was accepted",
                hint="Run it again; if it stays, look at the task in the console",
            )
        self.task = None
        # After a refusal somebody else deleted it.
        self.changed = self.changed or not (failure and failure.outcome is Outcome.REFUSED)
        return listed

    def patience(self, failure: ApiError | None) -> float:
        """Seconds to look for what a write did."""
        refused = failure is not None and failure.outcome is Outcome.REFUSED
        return min(self.settle_timeout, _REFUSAL_LOOK) if refused else self.settle_timeout

    def ask(self, doing: str, write: Callable[[], None]) -> ApiError | None:
        """Sends a write whose effect the list will tell; a failure that certainly changed nothing is raised."""
        self.doing = doing
        try:
            write()
        except ApiError as error:
            if error.outcome is Outcome.NOT_EXECUTED:
                raise
            return error
        self.changed = True
        return None


def _busy(holder: Task, *, waited: float | None = None, refusal: ApiError | None = None) -> CfwError:
    after = f" after waiting {waited:g} seconds" if waited is not None else ""
    said = f" ({refusal.message})" if refusal else ""
    return CfwError(
        "firewall_busy",
        f"The firewall is busy{after}: one capture runs at a time, and {holder.described()} of {holder.spec.duration} minutes, "
        f"created {holder.created_date or 'at an unknown time'}, holds it{said}",
        hint="Wait with when_busy: wait, or end that capture with state: stopped",
        request_id=refusal.request_id if refusal else "",
        result={"holder": holder.shown()},
    )
