# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capture tasks as values: what users write, what the list shows, how the two compare, and what is decided on them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import (
    Plan,
    Side,
    Specification,
    Task,
    find_task,
    plan_absent,
    plan_present,
    plan_stopped,
    task_from_record,
    wanted_specification,
)
from support.huawei import ABNORMAL, CAPTURE, FINISHED, PENDING, RECORD, RUNNING, STOPPED, STOPPING

# What users write


def options(**changes: Any) -> dict[str, Any]:
    """CAPTURE with changes; a nested option is named as in `source__address`, and a value of None takes it away."""
    given = copy.deepcopy(CAPTURE)
    for name, value in changes.items():
        outer, _unused, inner = name.partition("__")
        place = given.setdefault(outer, {}) if inner else given
        place[inner or outer] = value
    return given


def test_what_is_sent_is_the_body_of_the_api_page() -> None:
    assert wanted_specification(options()).sent() == {
        "name": "INC-2041",
        "duration": 5,
        "max_packets": 1000,
        "source": {"address": "198.51.100.7", "address_type": 0, "type": 0},
        "destination": {"address": "203.0.113.9", "address_type": 0, "type": 0},
        "service": {"protocol": 6, "source_port": "", "dest_port": "443"},
    }


def test_what_is_shown_has_the_shape_of_the_options() -> None:
    assert wanted_specification(options()).shown() == {
        "name": "INC-2041",
        "source": {"address": "198.51.100.7", "address_type": "ipv4"},
        "destination": {"address": "203.0.113.9", "address_type": "ipv4"},
        "service": {"protocol": "tcp", "source_port": "", "dest_port": "443"},
        "duration": 5,
        "max_packets": 1000,
    }


@pytest.mark.parametrize(
    ("protocol", "number"), [("any", -1), ("tcp", 6), ("udp", 17), ("icmp", 1), ("icmpv6", 58), (None, -1)]
)
def test_a_protocol_is_sent_as_its_number(protocol: str | None, number: int) -> None:
    address = {"address": "2001:db8::7"} if protocol == "icmpv6" else {"address": "198.51.100.7"}
    wanted = wanted_specification(options(source=address, destination=address, service={"protocol": protocol}))
    assert wanted.sent()["service"] == {"protocol": number, "source_port": "", "dest_port": ""}


@pytest.mark.parametrize("service", [None, {}])
def test_without_a_service_everything_is_captured(service: Any) -> None:
    assert wanted_specification(options(service=service)).sent()["service"] == {
        "protocol": -1,
        "source_port": "",
        "dest_port": "",
    }


@pytest.mark.parametrize(
    ("written", "address", "number"),
    [
        ("198.51.100.7", "198.51.100.7", 0),
        ("198.51.100.7/32", "198.51.100.7", 0),
        (" 198.51.100.7 ", "198.51.100.7", 0),
        ("198.51.100.0/24", "198.51.100.0/24", 0),
        ("0.0.0.0/0", "0.0.0.0/0", 0),
        ("2001:DB8:0:0::7", "2001:db8::7", 1),
        ("2001:db8::7/128", "2001:db8::7", 1),
        ("2001:db8::/32", "2001:db8::/32", 1),
    ],
)
def test_an_address_is_sent_in_its_one_spelling(written: str, address: str, number: int) -> None:
    other = {"address": "203.0.113.9" if number == 0 else "2001:db8::9"}
    sent = wanted_specification(options(source={"address": written}, destination=other)).sent()
    assert sent["source"] == {"address": address, "address_type": number, "type": 0}
    sent = wanted_specification(options(source=other, destination={"address": written})).sent()
    assert sent["destination"] == {"address": address, "address_type": number, "type": 0}


def test_an_address_type_may_be_stated() -> None:
    stated = options(source__address_type="ipv4", destination__address_type="ipv4")
    assert wanted_specification(stated) == wanted_specification(options())


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (None, ""),
        ("", ""),
        ("  ", ""),
        ("443", "443"),
        (" 443 ", "443"),
        ("8000-8010", "8000-8010"),
        ("8000 - 8010", "8000-8010"),
        ("443-443", "443"),
        ("1-65535", ""),
        ("2-65535", "2-65535"),
        ("65535", "65535"),
    ],
)
def test_a_port_is_sent_in_its_one_spelling(written: str | None, sent: str) -> None:
    service = {"protocol": "udp", "source_port": written, "dest_port": written}
    assert wanted_specification(options(service=service)).sent()["service"] == {
        "protocol": 17,
        "source_port": sent,
        "dest_port": sent,
    }


def test_the_limits_themselves_are_allowed() -> None:
    least = wanted_specification(options(name="x", duration=1, max_packets=1))
    most = wanted_specification(options(name="x" * 255, duration=2**31 - 1, max_packets=1_000_000))
    assert (least.sent()["duration"], least.sent()["max_packets"]) == (1, 1)
    assert (most.sent()["duration"], most.sent()["max_packets"]) == (2**31 - 1, 1_000_000)


REFUSED = [
    ({"name": None}, "name is empty; give the capture a name"),
    ({"name": "  "}, "name is empty; give the capture a name"),
    ({"name": " INC"}, "name ' INC' has blanks around it or control characters in it; remove them"),
    ({"name": "INC\n1"}, "name 'INC\\n1' has blanks around it or control characters in it; remove them"),
    ({"name": "INC\x7f"}, "name 'INC\\x7f' has blanks around it or control characters in it; remove them"),
    ({"source__address": ""}, "source.address: '' is empty; give "),
    ({"source__address": None}, "source.address: '' is empty; give "),
    ({"source__address": "attacker.example"}, "source.address: 'attacker.example' is a host name, not an IP address; "),
    ({"destination__address": "300.1.2.3"}, "destination.address: '300.1.2.3' is not an IP address: "),
    ({"destination__address": "fe80::1%eth0"}, "destination.address: 'fe80::1%eth0' has a zone id; "),
    ({"source__address": "10.0.0.1-10.0.0.9"}, "source.address: '10.0.0.1-10.0.0.9' is a range of addresses; "),
    ({"source__address": "010.0.0.1"}, "source.address: '010.0.0.1' has leading zeros, "),
    (
        {"source__address": "198.51.100.7/24"},
        "source.address: '198.51.100.7/24' has host bits set; write 198.51.100.0/24 for the network or 198.51.100.7",
    ),
    (
        {"source__address": "2001:db8::7"},
        "source.address is ipv6 and destination.address is ipv4; a capture has one address family: ",
    ),
    (
        {"source__address_type": "ipv6"},
        "source.address_type is ipv6 but source.address 198.51.100.7 is ipv4; leave address_type out or set it to ipv4",
    ),
    (
        {"destination__address_type": "ipv6"},
        "destination.address_type is ipv6 but destination.address 203.0.113.9 is ipv4; ",
    ),
    ({"service__dest_port": "0"}, "service.dest_port: '0' is out of range; ports go from 1 to 65535"),
    ({"service__dest_port": "70000"}, "service.dest_port: '70000' is out of range; ports go from 1 to 65535"),
    ({"service__source_port": "9-3"}, "service.source_port: '9-3' runs backwards; write 3-9"),
    ({"service__source_port": "http"}, "service.source_port: 'http' is not a port; give one port such as 443 "),
    ({"service__source_port": "80,443"}, "service.source_port: '80,443' is not a port; "),
    (
        {"service__protocol": "icmp"},
        "service.dest_port: icmp has no ports; leave them out or set service.protocol to tcp or udp",
    ),
    (
        {"service__protocol": "icmp", "service__source_port": "1"},
        "service.source_port and service.dest_port: icmp has no ports; ",
    ),
    (
        {"service": {"protocol": "icmpv6"}},
        "service.protocol is icmpv6 but the addresses are ipv4; set it to icmp",
    ),
    (
        {
            "source__address": "2001:db8::7",
            "destination__address": "2001:db8::9",
            "service": {"protocol": "icmp"},
        },
        "service.protocol is icmp but the addresses are ipv6; set it to icmpv6",
    ),
    ({"duration": 0}, "duration is 0; give at least 1 minute, and at most 2147483647"),
    ({"duration": -5}, "duration is -5; give at least 1 minute, and at most 2147483647"),
    ({"duration": 2**31}, "duration is 2147483648; give at least 1 minute, and at most 2147483647"),
    ({"name": "x" * 256}, f"name '{'x' * 57}...' has 256 characters; give at most 255"),
    ({"max_packets": 0}, "max_packets is 0; give 1 to 1000000"),
    ({"max_packets": 1_000_001}, "max_packets is 1000001; give 1 to 1000000"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:50] for _changes, message in REFUSED])
def test_bad_input_is_refused_in_one_sentence(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        wanted_specification(options(**changes))
    assert caught.value.code == "invalid_input"
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.sentence()


# What the list shows


def record(**changes: Any) -> dict[str, Any]:
    whole = {
        "task_id": "5b8f2f5e",
        "status": 1,
        "source_address_type": 0,
        "source_port": "",
        "dest_address_type": 0,
        "capture_size": "500kb",
        "remaining_days": 7,
        "is_deleted": 0,
        "created_date": "2026/08/31 10:17:30",
        "modified_date": "2026/08/31 10:22:30",
        **RECORD,
    }
    return {**whole, **changes}


def test_a_record_is_shown_in_the_shape_of_the_options() -> None:
    assert task_from_record(record()).shown() == {
        "task_id": "5b8f2f5e",
        "name": "INC-2041",
        "source": {"address": "198.51.100.7", "address_type": "ipv4"},
        "destination": {"address": "203.0.113.9", "address_type": "ipv4"},
        "service": {"protocol": "tcp", "source_port": "", "dest_port": "443"},
        "duration": 5,
        "max_packets": 1000,
        "status": "finished",
        "status_code": 1,
        "capture_size": "500kb",
        "remaining_days": 7,
        "created_date": "2026/08/31 10:17:30",
        "modified_date": "2026/08/31 10:22:30",
    }


@pytest.mark.parametrize(
    ("number", "word", "final"),
    [
        (0, "abnormal", True),
        (1, "finished", True),
        (2, "running", False),
        (3, "pending", False),
        (4, "stopped", True),
        (5, "stopping", False),
        (7, "unknown", False),
        (-1, "unknown", False),
    ],
)
def test_a_status_has_a_word(number: int, word: str, final: bool) -> None:
    task = task_from_record(record(status=number))
    assert (task.status, task.status_code, task.final) == (word, number, final)
    assert task.described() == f"'INC-2041' (task_id 5b8f2f5e, {word})"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"status": "2"}, {"status": "running", "status_code": 2}),
        ({"status": None}, {"status": "unknown", "status_code": -1}),
        ({"status": "done"}, {"status": "unknown", "status_code": -1}),
        ({"remaining_days": None}, {"remaining_days": None}),
        ({"remaining_days": "6"}, {"remaining_days": 6}),
        ({"capture_size": None}, {"capture_size": ""}),
        ({"created_date": None, "modified_date": None}, {"created_date": "", "modified_date": ""}),
        ({"duration": "5", "max_packets": "1000"}, {"duration": 5, "max_packets": 1000}),
        ({"duration": None, "max_packets": float("inf")}, {"duration": 0, "max_packets": 0}),
        ({"name": None}, {"name": ""}),
        ({"task_id": 17}, {"task_id": "17"}),
        ({"protocol": 132}, {"service": {"protocol": "132", "source_port": "", "dest_port": "443"}}),
        ({"protocol": None}, {"service": {"protocol": "", "source_port": "", "dest_port": "443"}}),
        ({"dest_port": "any"}, {"service": {"protocol": "tcp", "source_port": "", "dest_port": "any"}}),
        ({"source_address": "host"}, {"source": {"address": "host", "address_type": "ipv4"}}),
        ({"source_address": None}, {"source": {"address": "", "address_type": "ipv4"}}),
        ({"dest_address_type": 2}, {"destination": {"address": "203.0.113.9", "address_type": "2"}}),
    ],
)
def test_odd_and_missing_fields_are_passed_on(changes: dict[str, Any], shown: dict[str, Any]) -> None:
    found = task_from_record(record(**changes)).shown()
    assert found == {**task_from_record(record()).shown(), "status": "finished", **shown}


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text("0127.:-/ kKé\0\ud800", max_size=10)
ANYTHING = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.sampled_from("ab"), LEAVES, max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(record())), ANYTHING))
def test_no_record_makes_reading_fail(fields: dict[str, Any]) -> None:
    shown = task_from_record(fields).shown()
    assert isinstance(shown["status_code"], int)
    assert not isinstance(shown["status_code"], bool)
    assert shown["status"] in ("abnormal", "finished", "running", "pending", "stopped", "stopping", "unknown")


# How the two compare


@pytest.mark.parametrize(
    ("wanted", "listed"),
    [
        (options(), record()),
        (options(service__dest_port="443-443"), record(source_port=None)),
        (options(), record(source_port="1-65535")),
        (options(), record(source_port="0-65535")),
        (options(), record(source_port=" ")),
        (options(service__source_port="1-65535"), record(source_port="")),
        (options(service__dest_port="80-90"), record(dest_port="80 - 90")),
        (options(source__address="198.51.100.7/32"), record(source_address="198.51.100.7")),
        (options(), record(source_address="198.51.100.7/32", dest_address=" 203.0.113.9")),
        (options(), record(protocol="6", source_address_type="0", duration="5")),
        (
            options(source__address="2001:DB8::7", destination__address="2001:db8::9"),
            record(
                source_address="2001:0db8:0000:0000:0000:0000:0000:0007",
                dest_address="2001:db8:0::9/128",
                source_address_type=1,
                dest_address_type=1,
            ),
        ),
    ],
)
def test_spellings_make_no_difference(wanted: dict[str, Any], listed: dict[str, Any]) -> None:
    assert wanted_specification(wanted).differences(task_from_record(listed).spec) == []


@pytest.mark.parametrize(
    ("listed", "differences"),
    [
        (record(source_address="198.51.100.8"), ["source.address: is '198.51.100.8', wanted '198.51.100.7'"]),
        (record(dest_address="203.0.113.10"), ["destination.address: is '203.0.113.10', wanted '203.0.113.9'"]),
        (record(dest_address_type=1), ["destination.address_type: is 'ipv6', wanted 'ipv4'"]),
        (record(protocol=17), ["service.protocol: is 'udp', wanted 'tcp'"]),
        (record(source_port="443"), ["service.source_port: is '443', wanted ''"]),
        (record(dest_port=""), ["service.dest_port: is '', wanted '443'"]),
        (
            record(duration=6, max_packets=1),
            ["duration: is 6, wanted 5", "max_packets: is 1, wanted 1000"],
        ),
        (record(name="inc-2041"), ["name: is 'inc-2041', wanted 'INC-2041'"]),
    ],
)
def test_differences_are_told_field_by_field(listed: dict[str, Any], differences: list[str]) -> None:
    assert wanted_specification(options()).differences(task_from_record(listed).spec) == differences


@pytest.mark.parametrize(
    ("status", "size", "evidence"),
    [
        (FINISHED, "500kb", "complete"),
        (FINISHED, "0kb", "complete"),
        (STOPPED, "500kb", "partial"),
        (STOPPED, "10B", "partial"),
        (STOPPED, "", "none"),
        (STOPPED, "0", "none"),
        (STOPPED, "0kb", "none"),
        (STOPPED, "0.00 MB", "none"),
        (STOPPED, "0 bytes", "none"),
        (STOPPED, "0.01mb", "partial"),
        # Not understood: better kept than lost.
        (STOPPED, "a few", "partial"),
        (ABNORMAL, "500kb", "partial"),
        (ABNORMAL, "0KB", "none"),
        (RUNNING, "500kb", "none"),
        (PENDING, "", "none"),
        (STOPPING, "500kb", "none"),
        (7, "500kb", "none"),
    ],
)
def test_evidence(status: int, size: str, evidence: str) -> None:
    assert task_from_record(record(status=status, capture_size=size)).evidence == evidence


# What is decided

SPECS = st.builds(
    Specification,
    name=st.sampled_from(["a", "b", "c"]),
    source=st.sampled_from([Side("198.51.100.7", "ipv4"), Side("198.51.100.8", "ipv4")]),
    destination=st.just(Side("203.0.113.9", "ipv4")),
    protocol=st.sampled_from(["any", "tcp"]),
    source_port=st.just(""),
    dest_port=st.sampled_from(["", "443"]),
    duration=st.just(5),
    max_packets=st.just(1000),
)
TASKS = st.lists(
    st.builds(
        Task,
        task_id=st.just(""),
        status_code=st.sampled_from([ABNORMAL, FINISHED, RUNNING, PENDING, STOPPED, STOPPING, 7]),
        spec=SPECS,
        capture_size=st.sampled_from(["", "0kb", "500kb"]),
    ),
    max_size=5,
).map(lambda tasks: [replace(task, task_id=f"id-{number}") for number, task in enumerate(tasks)])


def applied(plan: Plan, tasks: Sequence[Task]) -> list[Task]:
    """A firewall with `tasks` after everything in the plan was done."""
    after = list(tasks)
    if plan.stop:
        assert not plan.stop.final
        after = [replace(task, status_code=STOPPED) if task == plan.stop else task for task in after]
    if plan.delete:
        after = [task for task in after if task.task_id != plan.delete.task_id]
        assert len(after) == len(tasks) - 1
    if plan.create:
        assert plan.create.name not in [task.name for task in after]
        after.append(Task(task_id="new", status_code=RUNNING, spec=plan.create))
    return after


def refusal(decide: Callable[[], object]) -> CfwError:
    with pytest.raises(CfwError) as caught:
        decide()
    return caught.value


@given(SPECS, TASKS, st.booleans(), st.booleans())
def test_present(wanted: Specification, tasks: list[Task], replacing: bool, discard: bool) -> None:
    def decide(tasks: Sequence[Task]) -> Plan:
        return plan_present(wanted, tasks, replace=replacing, discard_evidence=discard)

    named = [task for task in tasks if task.name == wanted.name]
    same = [task for task in named if task.spec == wanted]
    refused = ""
    if len(named) > 1:
        refused = "ambiguous_name"
    elif named and not same and not replacing:
        refused = "specification_differs"
    elif named and not same and not discard and (named[0].evidence != "none" or not named[0].final):
        refused = "evidence_would_be_lost"
    if refused:
        assert refusal(lambda: decide(tasks)).code == refused
        return
    plan = decide(tasks)
    if same:
        assert plan == Plan(kept=same[0])
        assert not plan.changes
        return
    assert plan.create == wanted
    assert plan.changes
    assert plan.delete == (named[0] if named else None)
    assert plan.stop == (named[0] if named and not named[0].final else None)
    if plan.delete:
        assert replacing
        assert discard or (plan.delete.final and plan.delete.evidence == "none")
    others = [task for task in tasks if task not in named and not task.final]
    assert plan.busy == (others[0] if others else None)
    after = applied(plan, tasks)
    again = decide(after)
    assert again == Plan(kept=after[-1])
    assert not again.changes


@given(TASKS, st.sampled_from(["a", "b", "id-0", "id-3"]), st.sampled_from([plan_stopped, plan_absent]))
def test_stopped_and_absent(tasks: list[Task], key: str, decide: Callable[..., Plan]) -> None:
    by: dict[str, str | None] = {"name": None, "task_id": key} if "-" in key else {"name": key, "task_id": None}
    meant = [task for task in tasks if key in (task.task_id, task.name)]
    if len(meant) > 1:
        with pytest.raises(CfwError) as caught:
            decide(tasks, **by)
        assert caught.value.code == "ambiguous_name"
        assert [row["task_id"] for row in caught.value.result["duplicates"]] == [task.task_id for task in meant]
        return
    if not meant and decide is plan_stopped:
        with pytest.raises(CfwError) as caught:
            decide(tasks, **by)
        assert caught.value.code == "task_not_found"
        return
    plan = decide(tasks, **by)
    assert plan.create is None
    assert plan.busy is None
    assert plan.stop == (meant[0] if meant and not meant[0].final else None)
    assert plan.delete == (meant[0] if meant and decide is plan_absent else None)
    stopping = [task for task in meant if task.status_code == STOPPING]
    assert plan.changes == bool(plan.delete or (plan.stop and not stopping))
    after = applied(plan, tasks)
    again = decide(after, **by)
    assert not again.changes
    ids = {task.task_id for task in meant}
    assert [task for task in after if task.task_id not in ids] == [task for task in tasks if task.task_id not in ids]


def test_a_task_that_differs_is_refused_with_the_differences() -> None:
    existing = task_from_record(record(dest_port="80", status=RUNNING))
    wanted = wanted_specification(options())
    error = refusal(lambda: plan_present(wanted, [existing], replace=False, discard_evidence=False))
    assert error.sentence() == (
        "Capture task 'INC-2041' (task_id 5b8f2f5e, running) exists with another specification: "
        "service.dest_port: is '80', wanted '443'. A task can't be changed: capture under another name, "
        "or set replace: true to delete this one first."
    )
    assert error.result["differences"] == ["service.dest_port: is '80', wanted '443'"]
    assert error.result["task"] == existing.shown()


@pytest.mark.parametrize(("status", "size", "told"), [(STOPPED, "500kb", "500kb"), (RUNNING, "", "size not known yet")])
def test_evidence_is_not_replaced_by_accident(status: int, size: str, told: str) -> None:
    existing = task_from_record(record(dest_port="80", status=status, capture_size=size))
    wanted = wanted_specification(options())
    error = refusal(lambda: plan_present(wanted, [existing], replace=True, discard_evidence=False))
    assert error.code == "evidence_would_be_lost"
    assert error.message == f"Replacing capture task {existing.described()} would delete what it captured ({told})"
    assert error.hint == ("Fetch its result first and set discard_evidence: true, or capture under another name")
    assert error.result["evidence"] == existing.evidence


def test_a_missing_task_is_named_with_those_that_exist() -> None:
    tasks = [task_from_record(record(name=name, task_id=name)) for name in "bca"]
    assert refusal(lambda: plan_stopped(tasks, name="INC", task_id=None)).message == (
        "No capture task with name 'INC' on this firewall; its tasks: a, b, c"
    )
    assert refusal(lambda: plan_stopped([], name=None, task_id="id-7")).message == (
        "No capture task with task_id id-7 on this firewall; its tasks: none"
    )


def test_several_tasks_of_one_name_are_listed() -> None:
    tasks = [task_from_record(record(task_id=task_id, status=4)) for task_id in ("x", "y")]
    error = refusal(lambda: find_task(tasks, name="INC-2041"))
    assert error.message == "2 capture tasks are named 'INC-2041': x (stopped), y (stopped)"
    assert find_task(tasks, task_id="y") == tasks[1]
