# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about the entries of black and white lists."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import (
    ADDRESS_TYPES,
    CAPACITY,
    DIRECTIONS,
    PROTOCOLS,
    Entry,
    EntryList,
    Step,
    entry_from_record,
    plan,
    room_for,
    wanted_entry,
)

ADDRESSES = ["8.8.4.4", "8.8.8.0/24", "2001:4860::8", "2001:4860:5::/48", "evil.example.com"]


def entry(address: str, **options: Any) -> Entry:
    return wanted_entry(address, options, "ips[0]", "port")


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    protocol = draw(st.sampled_from(["any", "tcp", "udp"]))
    port = draw(st.sampled_from(["80", "80-90"])) if protocol != "any" else ""
    direction = draw(st.sampled_from(sorted(DIRECTIONS)))
    description = draw(st.sampled_from(["", "INC-2041"]))
    address = draw(st.sampled_from(ADDRESSES))
    return entry(address, protocol=protocol, port=port, direction=direction, description=description)


def listed(*found: Entry) -> EntryList:
    """A list with these entries, as the service would show them."""
    return EntryList([{**item.sent(), "list_id": f"id-{number}"} for number, item in enumerate(found)])


def after(steps: list[Step], before: EntryList) -> set[Any]:
    """The entries once the steps are done."""
    keys = {item.key for item in before.entries()}
    for step in steps:
        if step.how == "add":
            assert step.entry.key not in keys
            keys.add(step.entry.key)
        elif step.how == "remove":
            assert set(step.ids) == set(before.ids(step.entry.key)) != set()
            keys.remove(step.entry.key)
    return keys


@given(st.lists(entries(), max_size=12), st.lists(entries(), max_size=12), st.booleans(), st.booleans())
def test_a_plan_does_what_is_wanted_and_nothing_else(
    wanted: list[Entry], there: list[Entry], present: bool, exclusive: bool
) -> None:
    before = listed(*there)
    exclusive = exclusive and present
    steps = plan(wanted, before, present=present, exclusive=exclusive)
    keys, old = {item.key for item in wanted}, {item.key for item in there}
    assert after(steps, before) == (keys if exclusive else old | keys if present else old - keys)
    # One step for each entry, the wanted ones in their order.
    assert len({step.entry.key for step in steps}) == len(steps)
    assert [step.entry.key for step in steps][: len(keys)] == list(dict.fromkeys(item.key for item in wanted))
    for step in steps:
        assert (step.how, step.result) in (("", "unchanged"), ("add", "created"), ("remove", "removed"))
        assert (step.before is None) == (step.entry.key not in old)
        assert step.how or step.before == step.after


@given(st.lists(entries(), max_size=12), st.lists(entries(), max_size=12), st.booleans(), st.booleans())
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    wanted: list[Entry], there: list[Entry], present: bool, exclusive: bool
) -> None:
    before = listed(*there)
    exclusive = exclusive and present
    left = after(plan(wanted, before, present=present, exclusive=exclusive), before)
    known = {item.key: item for item in (*there, *wanted)}
    again = plan(wanted, listed(*(known[key] for key in left)), present=present, exclusive=exclusive)
    assert not [step for step in again if step.how]


@given(entries(), st.integers(0, 2))
def test_what_is_sent_reads_back_as_the_same(item: Entry, form: int) -> None:
    record = dict(item.sent())
    if form and "/" not in item.address and item.network:
        record["address"] += "/32" if item.network.version == 4 else "/128"
    if form == 2:
        record = {key: str(value) for key, value in record.items()}
        record["address"] = record["address"].upper()
    read = entry_from_record({**record, "list_id": "x"})
    assert read.key == item.key
    assert read.shown() == item.shown()
    assert (read.network is None) == (item.address_type == "domain")


@given(st.integers(0, CAPACITY), st.integers(0, 30), st.integers(0, 30))
def test_room(used: int, adding: int, removing: int) -> None:
    removing = min(removing, used)
    steps = [Step(entry(f"9.9.{number // 250}.{number % 250}"), "created", how="add") for number in range(adding)]
    steps += [
        Step(entry(f"8.8.8.{number}"), "removed", how="remove", ids=(f"id-{number}",)) for number in range(removing)
    ]
    before = EntryList([])
    before.total = used
    room = room_for(steps, before)
    assert len(room.misfits) == min(adding, max(0, used + adding - removing - CAPACITY))
    if room.misfits:
        assert list(room.misfits) == steps[:adding][-len(room.misfits) :]
    elif not room.only_after_removal:
        assert used + adding <= CAPACITY


def test_records_that_say_the_same() -> None:
    item = entry("8.8.4.4")
    twice = listed(item, item)
    assert (twice.total, twice.ids(item.key)) == (2, ("id-0", "id-1"))
    (step,) = plan([item], twice, present=False)
    assert step.ids == ("id-0", "id-1")
    assert [step.how for step in plan([item], twice, present=True, exclusive=True)] == [""]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, ("", "", "any", "")),
        ({"address": None, "direction": None, "protocol": None, "port": None}, ("", "", "any", "")),
        ({"address": "8.8.4.4", "direction": "0", "protocol": "6", "port": 443}, ("source", "8.8.4.4", "tcp", "443")),
        ({"address": "8.8.4.4", "direction": 7, "protocol": 47, "port": "x"}, ("7", "8.8.4.4", "47", "x")),
        ({"address": "8.8.4.4", "direction": 0, "protocol": -1, "port": "1-65535"}, ("source", "8.8.4.4", "any", "")),
        ({"address": "8.8.4.4", "direction": 0, "protocol": 1, "port": "0"}, ("source", "8.8.4.4", "icmp", "")),
        ({"address": "8.8.4.4/24", "direction": 0, "protocol": -1}, ("source", "8.8.4.4/24", "any", "")),
        (
            {"address": " Evil.example.com", "direction": 1, "protocol": -1},
            ("destination", "evil.example.com", "any", ""),
        ),
    ],
)
def test_odd_records(record: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert entry_from_record(record).key == expected


@pytest.mark.parametrize(
    ("address", "canonical", "kind", "direction"),
    [
        (" 8.8.4.4 ", "8.8.4.4", "ipv4", "source"),
        ("8.8.4.4/32", "8.8.4.4", "ipv4", "source"),
        ("2001:4860:0:0::8", "2001:4860::8", "ipv6", "source"),
        ("2001:4860::/32", "2001:4860::/32", "ipv6", "source"),
        ("*.Evil.Example.COM", "*.evil.example.com", "domain", "destination"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "domain", "destination"),
    ],
)
def test_addresses(address: str, canonical: str, kind: str, direction: str) -> None:
    found = entry(address)
    assert (found.address, found.address_type, found.direction) == (canonical, kind, direction)
    assert found.sent()["address_type"] == ADDRESS_TYPES[kind]


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_protocols(protocol: str) -> None:
    address = "2001:4860::8" if protocol == "icmpv6" else "8.8.4.4"
    port = "443" if protocol in ("tcp", "udp", "sctp") else ""
    sent = entry(address, protocol=protocol, port=port).sent()
    assert sent["protocol"] == PROTOCOLS[protocol]
    assert sent.get("port", "") == port


def _seconds(count: int) -> float:
    """CPU time to plan for a list and as many targets, half of them on it."""
    wanted = [entry(f"{8 + number // 65536}.{number // 256 % 256}.{number % 256}.1") for number in range(count)]
    began = time.process_time()
    steps = plan(wanted, listed(*wanted[: count // 2]), present=True, exclusive=True)
    room_for(steps, EntryList([]))
    return time.process_time() - began


def test_long_lists_take_no_longer_than_their_length() -> None:
    short, long = (min(_seconds(count) for _unused in range(3)) for count in (1_000, 10_000))
    # Quadratic would be 100 times as long.
    assert long < 40 * short
