# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets, read_targets


def texts(value: Any) -> list[str]:
    return [target.text for target in parse_targets(value)]


@pytest.mark.parametrize(
    "value",
    [
        ["203.0.113.7", "198.51.100.0/28", "2001:db8::7"],
        "203.0.113.7,198.51.100.0/28,2001:db8::7",
        "203.0.113.7 198.51.100.0/28\t2001:db8::7",
        "\n203.0.113.7\r\n198.51.100.0/28,\n\n2001:db8::7\n",
        ["203.0.113.7, 198.51.100.0/28", "", None, " 2001:DB8:0:0::7\n"],
        ("203.0.113.7/32", "198.51.100.0/28", "2001:db8::7/128"),
    ],
)
def test_lists_and_text_are_read_alike(value: Any) -> None:
    assert texts(value) == ["203.0.113.7", "198.51.100.0/28", "2001:db8::7"]


@pytest.mark.parametrize("value", [None, "", " \n,, ", [], ["", None, "  "]])
def test_nothing_is_no_target(value: Any) -> None:
    assert texts(value) == []


def test_spellings_of_one_target_are_folded_and_told() -> None:
    found = read_targets("203.0.113.7 203.0.113.7/32 2001:db8::1 2001:DB8:0::1 203.0.113.7")

    assert [target.text for target in found.found] == ["203.0.113.7", "2001:db8::1"]
    assert [(target.given, target.text) for target in found.folded] == [
        ("203.0.113.7/32", "203.0.113.7"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("203.0.113.7", "203.0.113.7"),
    ]


def test_an_address_inside_a_prefix_is_a_target_of_its_own() -> None:
    assert texts("203.0.113.0/24 203.0.113.7") == ["203.0.113.0/24", "203.0.113.7"]


def test_every_bad_item_is_told_with_its_place() -> None:
    found = read_targets(["203.0.113.7", "evil.example", "fe80::1%eth0", "203.0.113.8-203.0.113.9", "203.0.113.9/24"])

    assert [target.text for target in found.found] == ["203.0.113.7"]
    assert [item.given for item in found.bad] == [
        "evil.example",
        "fe80::1%eth0",
        "203.0.113.8-203.0.113.9",
        "203.0.113.9/24",
    ]
    host, zone, span, bits = (item.reason for item in found.bad)
    assert host.startswith("targets[1]: 'evil.example' is a host name")
    assert "zone id" in zone
    assert "range" in span
    assert "write 203.0.113.0/24 for the network or 203.0.113.9 for the address" in bits


@pytest.mark.parametrize("value", [["203.0.113.7", 3405803783], [True], [{"ip": "203.0.113.7"}], [["203.0.113.7"]], 7])
def test_what_is_not_text_is_refused(value: Any) -> None:
    assert len(read_targets(value).bad) == 1


@pytest.mark.parametrize(
    "text", ["203.0.113.7 - 203.0.113.9", "203.0.113.0 /24", '["203.0.113.7"]', "203.0.113.7;203.0.113.8"]
)
def test_text_that_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_targets(text)


def test_one_error_names_all_bad_items() -> None:
    with pytest.raises(InputError) as caught:
        parse_targets("one.example 203.0.113.7 two.example", "cfw_targets")

    assert "cfw_targets[0]" in caught.value.message
    assert "cfw_targets[2]" in caught.value.message
    assert caught.value.code == "bad_targets"


@given(st.lists(st.ip_addresses(), max_size=8), st.sampled_from([",", " ", "\n", "\r\n", " ,\t"]))
def test_what_was_given_comes_back_once_each(addresses: list[Any], separator: str) -> None:
    spelled = [
        form
        for address in addresses
        for form in (address.exploded, address.compressed.upper(), f"{address}/{address.max_prefixlen}")
    ]

    found = read_targets(separator.join(spelled))

    assert not found.bad
    assert [ipaddress.ip_address(target.text) for target in found.found] == list(dict.fromkeys(addresses))
    assert len(found.found) + len(found.folded) == len(spelled)


@given(st.text())
def test_any_text_is_either_read_or_refused(text: str) -> None:
    found = read_targets(text)
    pieces = [piece for piece in text.replace(",", " ").split() if piece]

    assert len(found.found) + len(found.folded) + len(found.bad) == len(pieces)
