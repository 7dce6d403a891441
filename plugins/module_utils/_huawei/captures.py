# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packet-capture tasks of the Huawei Cloud Firewall as plain values, and the decisions about them.

Nothing here does I/O. Field names and status numbers: API pages CreateCaptureTask and ListCaptureTask; status 0 is known
from the Terraform provider only, 3 is documented nowhere.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    is_one_line,
    parse_network,
    parse_ports,
    shown,
)
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError, InputError

PROTOCOLS = {"any": -1, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
ADDRESS_TYPES = {"ipv4": 0, "ipv6": 1}
MANUAL = 0
MAX_PACKETS = 1_000_000

ABNORMAL, FINISHED, RUNNING, PENDING, STOPPED, STOPPING = 0, 1, 2, 3, 4, 5
STATUS_WORDS = {
    ABNORMAL: "abnormal",
    FINISHED: "finished",
    RUNNING: "running",
    PENDING: "pending",
    STOPPED: "stopped",
    STOPPING: "stopping",
}
_FINAL = frozenset({ABNORMAL, FINISHED, STOPPED})
_PROTOCOL_WORDS = {number: word for word, number in PROTOCOLS.items()}
_ADDRESS_WORDS = {number: word for word, number in ADDRESS_TYPES.items()}
_ALL_PORTS = frozenset({"", "1-65535", "0-65535"})
_NOTHING_CAPTURED = re.compile(r"\s*0*(\.0*)?\s*([kmg]?i?b|bytes?)?\s*", re.IGNORECASE)
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_EXAMPLE_ID = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
_LONGEST_NAME = 255
_LONGEST_DURATION = 2**31 - 1
"""Minutes; the service's own limit is not documented, but the field is an Integer."""


@dataclass(frozen=True)
class Side:
    """Where captured packets come from or go to: one address or prefix, in its canonical spelling."""

    address: str
    address_type: str

    def shown(self) -> dict[str, str]:
        return {"address": self.address, "address_type": self.address_type}

    def sent(self) -> dict[str, Any]:
        return {"address": self.address, "address_type": ADDRESS_TYPES[self.address_type], "type": MANUAL}


@dataclass(frozen=True)
class Specification:
    """What is captured, and for how long. Ports are '' for all, 'n' or 'a-b'; `duration` is in minutes."""

    name: str
    source: Side
    destination: Side
    protocol: str
    source_port: str
    dest_port: str
    duration: int
    max_packets: int

    def shown(self) -> dict[str, Any]:
        """In the shape of the module's options."""
        return {
            "name": self.name,
            "source": self.source.shown(),
            "destination": self.destination.shown(),
            "service": {"protocol": self.protocol, "source_port": self.source_port, "dest_port": self.dest_port},
            "duration": self.duration,
            "max_packets": self.max_packets,
        }

    def sent(self) -> dict[str, Any]:
        """In the shape of the CreateCaptureTask page. Empty ports mean all, as in the page's example."""
        return {
            "name": self.name,
            "duration": self.duration,
            "max_packets": self.max_packets,
            "source": self.source.sent(),
            "destination": self.destination.sent(),
            "service": {
                "protocol": PROTOCOLS[self.protocol],
                "source_port": self.source_port,
                "dest_port": self.dest_port,
            },
        }

    def differences(self, other: Specification) -> list[str]:
        """How `other` differs, one readable line for each field."""
        return [
            f"{field}: is {theirs!r}, wanted {ours!r}"
            for (field, ours), (_field, theirs) in zip(_flat(self.shown()), _flat(other.shown()))
            if ours != theirs
        ]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for key, value in tree.items():
        leaves += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(prefix + key, value)]
    return leaves


@dataclass(frozen=True)
class Task:
    """A capture task as the list shows it. Dates carry no time zone: they are passed on as they are."""

    task_id: str
    status_code: int
    spec: Specification
    capture_size: str = ""
    remaining_days: int | None = None
    created_date: str = ""
    modified_date: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The record as the service sent it; empty for a task that only exists in a plan."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def status(self) -> str:
        return STATUS_WORDS.get(self.status_code, "unknown")

    @property
    def final(self) -> bool:
        """It will not change any more. An undocumented status counts as not final."""
        return self.status_code in _FINAL

    @property
    def evidence(self) -> str:
        """What a result would hold: complete, partial or none."""
        if self.status_code == FINISHED:
            return "complete"
        if self.status_code in _FINAL:
            return "none" if _NOTHING_CAPTURED.fullmatch(self.capture_size) else "partial"
        return "none"

    def shown(self) -> dict[str, Any]:
        return {
            "task_id": self.task_id,
            **self.spec.shown(),
            "status": self.status,
            "status_code": self.status_code,
            "capture_size": self.capture_size,
            "remaining_days": self.remaining_days,
            "created_date": self.created_date,
            "modified_date": self.modified_date,
        }

    def described(self) -> str:
        return f"'{self.name}' (task_id {self.task_id or 'not known yet'}, {self.status})"


def wanted_specification(params: Mapping[str, Any]) -> Specification:
    """The specification in the module's options.

    Raises InputError, in one sentence, for whatever the API page or plain sense rules out. What the page leaves open (a prefix
    as address, the longest duration) is left to the service.
    """
    name = checked_name(params["name"])
    source, destination = (_side(params[key], key) for key in ("source", "destination"))
    if source.address_type != destination.address_type:
        raise InputError(
            f"source.address is {source.address_type} and destination.address is {destination.address_type}; "
            "a capture has one address family: give both as IPv4 or both as IPv6"
        )
    service = params.get("service") or {}
    protocol = service.get("protocol") or "any"
    ports = {key: parse_ports(service.get(key) or "", f"service.{key}") for key in ("source_port", "dest_port")}
    if protocol in ("icmp", "icmpv6"):
        given = [f"service.{key}" for key, value in ports.items() if value]
        if given:
            raise InputError(
                f"{' and '.join(given)}: {protocol} has no ports; leave them out or set service.protocol to tcp or udp"
            )
        right = "icmpv6" if source.address_type == "ipv6" else "icmp"
        if protocol != right:
            raise InputError(
                f"service.protocol is {protocol} but the addresses are {source.address_type}; set it to {right}"
            )
    duration, max_packets = params["duration"], params["max_packets"]
    if not 1 <= duration <= _LONGEST_DURATION:
        raise InputError(f"duration is {duration}; give at least 1 minute, and at most {_LONGEST_DURATION}")
    if not 1 <= max_packets <= MAX_PACKETS:
        raise InputError(f"max_packets is {max_packets}; give 1 to {MAX_PACKETS}")
    return Specification(
        name,
        source,
        destination,
        protocol,
        _ports(ports["source_port"]),
        _ports(ports["dest_port"]),
        duration,
        max_packets,
    )


def checked_name(value: str | None) -> str:
    """A capture's name. What the service takes is not documented; this is what no list could show."""
    name = value or ""
    if not name.strip():
        raise InputError("name is empty; give the capture a name")
    if name != name.strip() or not is_one_line(name):
        raise InputError(f"name {shown(name)} has blanks around it or control characters in it; remove them")
    if len(name) > _LONGEST_NAME:
        raise InputError(f"name {shown(name)} has {len(name)} characters; give at most {_LONGEST_NAME}")
    return name


def checked_id(value: str | None, option: str) -> str:
    """The id of a firewall or a task."""
    text = value or ""
    if not text.strip():
        raise InputError(f"{option} is empty; give an id such as {_EXAMPLE_ID}")
    if not _ID.fullmatch(text):
        raise InputError(f"{option} {shown(text)} is no id; give one such as {_EXAMPLE_ID}")
    return text


def _side(option: Mapping[str, Any], where: str) -> Side:
    network = parse_network(option.get("address") or "", f"{where}.address")
    family = f"ipv{network.version}"
    stated = option.get("address_type")
    if stated and stated != family:
        raise InputError(
            f"{where}.address_type is {stated} but {where}.address {network.text} is {family}; "
            f"leave address_type out or set it to {family}"
        )
    return Side(network.text, family)


def _ports(text: str) -> str:
    return "" if text in _ALL_PORTS else text


def task_from_record(record: Mapping[str, Any]) -> Task:
    """A record of ListCaptureTask; missing or odd fields are passed on rather than refused."""
    return Task(
        task_id=_text(record.get("task_id")),
        status_code=_number(record.get("status"), -1),
        spec=Specification(
            name=_text(record.get("name")),
            source=_read_side(record, "source"),
            destination=_read_side(record, "dest"),
            protocol=_word(_PROTOCOL_WORDS, record.get("protocol")),
            source_port=_read_ports(record.get("source_port")),
            dest_port=_read_ports(record.get("dest_port")),
            duration=_number(record.get("duration"), 0),
            max_packets=_number(record.get("max_packets"), 0),
        ),
        capture_size=_text(record.get("capture_size")),
        remaining_days=None if record.get("remaining_days") is None else _number(record.get("remaining_days"), 0),
        created_date=_text(record.get("created_date")),
        modified_date=_text(record.get("modified_date")),
        raw=record,
    )


def _read_side(record: Mapping[str, Any], prefix: str) -> Side:
    text = _text(record.get(f"{prefix}_address"))
    # A spelling that this collection would not send is shown as it is, and equal to nothing.
    with contextlib.suppress(InputError):
        text = parse_network(text, prefix).text
    return Side(text, _word(_ADDRESS_WORDS, record.get(f"{prefix}_address_type")))


def _read_ports(value: Any) -> str:
    text = _text(value).strip()
    # What this collection would not send, such as 0-65535, is still a way to say it.
    with contextlib.suppress(InputError):
        text = parse_ports(text, "port")
    return _ports(text)


def _word(words: Mapping[int, str], value: Any) -> str:
    return words.get(_number(value, -2), _text(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


@dataclass(frozen=True)
class Plan:
    """What to do, in this order: stop, delete, create. `kept` is a task that serves as it is."""

    kept: Task | None = None
    stop: Task | None = None
    delete: Task | None = None
    create: Specification | None = None
    busy: Task | None = None
    """The task that holds the firewall and has to end before `create`."""

    @property
    def changes(self) -> bool:
        stops = self.stop and self.stop.status_code != STOPPING
        return bool(stops or self.delete or self.create)


def plan_present(wanted: Specification, tasks: Sequence[Task], *, replace: bool, discard_evidence: bool) -> Plan:
    """What makes `wanted` exist exactly once among the firewall's `tasks`.

    Raises CfwError: ambiguous_name, specification_differs, evidence_would_be_lost.
    """
    existing = find_task(tasks, name=wanted.name)
    if existing is None:
        return Plan(create=wanted, busy=_holder(tasks))
    differences = wanted.differences(existing.spec)
    if not differences:
        return Plan(kept=existing)
    shown = {"task": existing.shown(), "evidence": existing.evidence, "differences": differences}
    if not replace:
        raise CfwError(
            "specification_differs",
            f"Capture task {existing.described()} exists with another specification: {'; '.join(differences)}",
            hint="A task can't be changed: capture under another name, or set replace: true to delete this one first",
            result=shown,
        )
    if not discard_evidence and (existing.evidence != "none" or not existing.final):
        raise CfwError(
            "evidence_would_be_lost",
            f"Replacing capture task {existing.described()} would delete what it captured "
            f"({existing.capture_size or 'size not known yet'})",
            hint="Fetch its result first and set discard_evidence: true, or capture under another name",
            result=shown,
        )
    return Plan(
        stop=None if existing.final else existing,
        delete=existing,
        create=wanted,
        busy=_holder(task for task in tasks if task.task_id != existing.task_id),
    )


def plan_stopped(tasks: Sequence[Task], *, name: str | None, task_id: str | None) -> Plan:
    """What ends the task. Raises CfwError: ambiguous_name, task_not_found."""
    task = find_task(tasks, name=name, task_id=task_id)
    if task is None:
        sought = f"name '{name}'" if name else f"task_id {task_id}"
        known = ", ".join(sorted(task.name for task in tasks)[:10]) or "none"
        raise CfwError(
            "task_not_found",
            f"No capture task with {sought} on this firewall; its tasks: {known}",
            hint="Check name or task_id and fw_instance_id; tasks disappear when their retention ends",
        )
    return Plan(kept=task) if task.final else Plan(stop=task)


def plan_absent(tasks: Sequence[Task], *, name: str | None, task_id: str | None) -> Plan:
    """What removes the task; one that is missing needs nothing. Raises CfwError: ambiguous_name."""
    task = find_task(tasks, name=name, task_id=task_id)
    if task is None:
        return Plan()
    return Plan(stop=None if task.final else task, delete=task)


def find_task(tasks: Sequence[Task], *, name: str | None = None, task_id: str | None = None) -> Task | None:
    """The one task with this id or name. Raises CfwError (ambiguous_name) when several bear the name."""
    if task_id:
        return next((task for task in tasks if task.task_id == task_id), None)
    named = [task for task in tasks if task.name == name]
    if len(named) > 1:
        listed = ", ".join(f"{task.task_id} ({task.status})" for task in named)
        raise CfwError(
            "ambiguous_name",
            f"{len(named)} capture tasks are named '{name}': {listed}",
            hint="Use another name for a new capture, or remove all but one with state: absent and task_id",
            result={"duplicates": [task.shown() for task in named]},
        )
    return named[0] if named else None


def _holder(tasks: Iterable[Task]) -> Task | None:
    """The task that occupies the firewall: one capture runs at a time."""
    return next((task for task in tasks if not task.final), None)
