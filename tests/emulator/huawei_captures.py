# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capture tasks: their states over time, quotas, and the list.

A task runs for its `duration`, then it is final. A stop makes it "stopping" (5) until it was listed often and long
enough, then "stopped" (4). Results live for seven days. Invented: sizes, the order of the list (newest first), that
the 20 a day are counted over the last 24 hours.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from . import pcap
from .accounts import Firewall
from .clock import CHINA, HUAWEI_FORMAT, ServiceClock, huawei_text
from .files import Content, LargeFile
from .huawei_input import Side, Spec
from .lag import LaggingList
from .spelling import spell
from .switches import Switches
from .wire import ApiError

ABNORMAL, FINISHED, RUNNING, PENDING, STOPPED, STOPPING = 0, 1, 2, 3, 4, 5
FINAL = (ABNORMAL, FINISHED, STOPPED)
DAY = 24 * 3600.0
RETENTION_DAYS = 7
_PACKETS_AT_MOST = 200


@dataclass(frozen=True)
class Task:
    """Times are unix seconds of the service clock. `pinned` is the status of a seeded task that does not change."""

    task_id: str
    firewall_id: str
    number: int
    spec: Spec
    created: float
    stopped: float | None = None
    deleted: bool = False
    pinned: int | None = None

    @property
    def ends(self) -> float:
        return self.created + self.spec.duration * 60


class Captures:
    def __init__(self, clock: ServiceClock, switches: Switches, firewalls: Mapping[str, Firewall]) -> None:
        self._clock = clock
        self._switches = switches
        self._firewalls = firewalls
        self._tasks: dict[str, Task] = {}
        self._starts: list[tuple[str, float]] = []
        self._lags: dict[str, LaggingList[str, Task]] = {}
        self._listed: dict[tuple[str, int], int] = {}
        self._numbers = 0

    # Calls

    def create(self, firewall: Firewall, spec: Spec) -> Task:
        if spec.source.address_type == 1 and not firewall.support_ipv6:
            raise ApiError("CFW.00200032", "the engine does not support IPv6")
        switches, now = self._switches, self._clock.now()
        if switches.unique_names and any(task.spec.name == spec.name for task in self._of(firewall.firewall_id)):
            raise ApiError("CFW.00200007", "a capture task of this name exists")
        whole_account = switches.capture_scope == "account"
        for task in self._tasks.values():
            same = whole_account or task.firewall_id == firewall.firewall_id
            if same and not task.deleted and self.status(task) not in FINAL:
                raise ApiError(switches.busy_code, "another capture task is running")
        recent = [
            where
            for where, start in self._starts
            if start > now - DAY and (whole_account or where == firewall.firewall_id)
        ]
        if len(recent) >= switches.captures_per_day:
            raise ApiError(switches.quota_code, "the number of capture tasks of a day is used up")
        task = self._new(firewall.firewall_id, spec, now)
        self._starts.append((firewall.firewall_id, now))
        self._put(task)
        return task

    def stop(self, firewall: Firewall, task_id: str) -> None:
        task = self.find(firewall, task_id)
        if self.status(task) in (*FINAL, STOPPING):
            if self._switches.stop_final == "ok":
                return
            raise ApiError(self._switches.stop_final, "the capture task needs no stop")
        self._listed.pop((task_id, STOPPING), None)
        self._put(replace(task, stopped=self._clock.now(), pinned=None))

    def delete(self, firewall: Firewall, task_ids: list[str]) -> None:
        tasks = [self.find(firewall, task_id) for task_id in task_ids]
        if any(self.status(task) not in FINAL for task in tasks):
            raise ApiError(self._switches.delete_running, "a capture task that is not final can't be deleted")
        self._before_write(firewall.firewall_id)
        for task in tasks:
            self._tasks[task.task_id] = replace(task, deleted=True)

    def page(self, firewall: Firewall, limit: int, offset: int) -> dict[str, Any]:
        """One list call: records of the whole list counted from `offset`, newest first."""
        lag = self._lags.setdefault(firewall.firewall_id, LaggingList())
        shown = lag.visible(self._tasks, self._clock.now())
        tasks = [task for task in shown.values() if task.firewall_id == firewall.firewall_id]
        live = [task for task in tasks if not task.deleted]
        rows = tasks if self._switches.deleted_records == "listed" else live
        rows = sorted(rows, key=lambda task: -task.number)
        total = len(rows if self._switches.deleted_in_total else live)
        records = [self.record(task) for task in rows[offset : offset + limit]]
        for task in live:
            seen = (task.task_id, self.status(task))
            self._listed[seen] = self._listed.get(seen, 0) + 1
        return {"limit": limit, "offset": offset, "total": total, "records": records}

    def find(self, firewall: Firewall, task_id: str) -> Task:
        task = self._tasks.get(task_id)
        if task is None or task.deleted or task.firewall_id != firewall.firewall_id:
            raise ApiError(self._switches.missing_code, "the capture task does not exist")
        return task

    def has_result(self, task: Task) -> bool:
        missing = self.status(task) == ABNORMAL and self._switches.abnormal_result == "missing"
        return not missing and self._remaining_days(task) > 0

    def file(self, task: Task, part: int = 0) -> Content:
        """What was captured: one packet each second of the run, 200 at most, in each part the same a minute later.

        With the switch capture_file_bytes a large file instead.
        """
        if self._switches.capture_file_bytes:
            return LargeFile(f"{task.task_id}_{part}.pcap", self._switches.capture_file_bytes)
        spec = task.spec
        ports, start = (spec.source_port, spec.dest_port), task.created + part * 60
        addresses = (spec.source.address, spec.destination.address)
        return Content(pcap.capture_file(*addresses, spec.protocol, *ports, start, self._packets(task)))

    # State

    def status(self, task: Task) -> int:
        if task.pinned is not None:
            return task.pinned
        now, switches = self._clock.now(), self._switches
        if task.stopped is not None:
            listed = self._listed.get((task.task_id, STOPPING), 0)
            waiting = listed < switches.stopping_calls or now < task.stopped + switches.stopping_seconds
            return STOPPING if waiting else STOPPED
        if now >= task.ends:
            return switches.finish_status
        if switches.start_status == PENDING and self._listed.get((task.task_id, PENDING), 0) < switches.start_calls:
            return PENDING
        return RUNNING

    def record(self, task: Task) -> dict[str, Any]:
        """A task as the list shows it."""
        spec = task.spec
        return {
            "task_id": task.task_id,
            "name": spec.name,
            "status": self.status(task),
            "source_address": self._spelled(spec.source.address),
            "source_address_type": spec.source.address_type,
            "source_port": self._port(spec.source_port),
            "dest_address": self._spelled(spec.destination.address),
            "dest_address_type": spec.destination.address_type,
            "dest_port": self._port(spec.dest_port),
            "protocol": spec.protocol,
            "duration": spec.duration,
            "max_packets": spec.max_packets,
            "capture_size": self._size(task),
            "remaining_days": self._remaining_days(task),
            "is_deleted": int(task.deleted),
            "created_date": huawei_text(task.created),
            "modified_date": huawei_text(self._modified(task)),
        }

    def dump(self) -> list[dict[str, Any]]:
        return [{"firewall_id": task.firewall_id, **self.record(task)} for task in self._tasks.values()]

    def seed(self, values: Mapping[str, Any], default_firewall: str) -> None:
        """Add a task in the list's own field names, all optional, and `firewall_id`.

        `status` (default finished) stays as it is, except for running and stopping, which go on by themselves.
        """
        now = self._clock.now()
        status = values.get("status", FINISHED)
        spec = Spec(
            name=values.get("name", f"seeded-{self._numbers + 1}"),
            duration=values.get("duration", 5),
            max_packets=values.get("max_packets", 100000),
            source=Side(values.get("source_address", "198.51.100.7"), values.get("source_address_type", 0)),
            destination=Side(values.get("dest_address", "203.0.113.9"), values.get("dest_address_type", 0)),
            protocol=values.get("protocol", -1),
            source_port=values.get("source_port") or "",
            dest_port=values.get("dest_port") or "",
        )
        elapsed = spec.duration * 60 if status in FINAL else 0
        created = _parse(values["created_date"]) if "created_date" in values else now - elapsed
        firewall_id = values.get("firewall_id", default_firewall)
        if firewall_id not in self._firewalls:
            raise ValueError(f"There is no firewall {firewall_id!r}.")
        task = self._new(firewall_id, spec, created, values.get("task_id"))
        if status == STOPPING:
            task = replace(task, stopped=now)
        elif status != RUNNING:
            task = replace(task, pinned=status, stopped=now if status == STOPPED else None)
        self._tasks[task.task_id] = replace(task, deleted=bool(values.get("is_deleted", 0)))

    def _new(self, firewall_id: str, spec: Spec, created: float, task_id: str | None = None) -> Task:
        self._numbers += 1
        return Task(task_id or str(uuid.uuid4()), firewall_id, self._numbers, spec, created)

    def _put(self, task: Task) -> None:
        self._before_write(task.firewall_id)
        self._tasks[task.task_id] = task

    def _before_write(self, firewall_id: str) -> None:
        lag = self._lags.setdefault(firewall_id, LaggingList())
        lag.before_write(self._tasks, self._clock.now(), self._switches.list_lag, self._switches.list_lag_calls)

    def _of(self, firewall_id: str) -> list[Task]:
        return [task for task in self._tasks.values() if task.firewall_id == firewall_id and not task.deleted]

    def _modified(self, task: Task) -> float:
        if task.stopped is not None:
            return task.stopped
        return min(self._clock.now(), task.ends) if task.pinned is None else task.created

    def _packets(self, task: Task) -> int:
        status = self.status(task)
        if status == PENDING or (status == ABNORMAL and self._switches.abnormal_result == "missing"):
            return 0
        end = task.stopped if task.stopped is not None else min(self._clock.now(), task.ends)
        return max(1, min(int(end - task.created), task.spec.max_packets, _PACKETS_AT_MOST))

    def _size(self, task: Task) -> str:
        packets = self._packets(task)
        return f"{max(1, packets * 100 // 1024)}kb" if packets else "0kb"

    def _remaining_days(self, task: Task) -> int:
        return max(0, RETENTION_DAYS - int((self._clock.now() - task.created) // DAY))

    def _spelled(self, address: str) -> str:
        return spell(address, self._switches.ipv6_form)

    def _port(self, text: str) -> str | None:
        if text:
            return text
        return {"empty": "", "range": "1-65535", "null": None}[self._switches.empty_port_listed]


def _parse(text: str) -> float:
    return datetime.strptime(text, HUAWEI_FORMAT).replace(tzinfo=CHINA).timestamp()
