# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is on the lists of a border."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._huawei.black_white_list_info import (
    BLACK_WHITE_LIST_INFO,
    run,
)
from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, HUAWEI_PROJECT_ID, HUAWEI_VPC_OBJECT, Emulator
from support.reader import Reader

LIST, DETAIL = "ListBlackWhiteLists", "ListFirewallDetail"
ENTRIES: list[dict[str, Any]] = [
    {"list_id": "one", "address": "203.0.113.7", "description": "ir:INC-1;until=permanent;"},
    {"list_id": "two", "address": "2001:DB8:0::7", "direction": 1, "description": "ir:INC-10;"},
    {"list_id": "three", "address": "203.0.113.70", "list_type": 5, "protocol": 6, "port": "443"},
    {"list_id": "four", "address": "203.0.113.0/24", "description": " ir:INC-1;"},
]


@pytest.fixture
def reader(emu: Emulator) -> Reader:
    emu.seed(huawei={"black_white": ENTRIES})
    return Reader(emu, BLACK_WHITE_LIST_INFO, run, object_id=HUAWEI_OBJECT)


def ids(result: dict[str, Any]) -> list[str]:
    return [row["list_id"] for row in result["entries"]]


@pytest.mark.parametrize("check", [False, True])
def test_all(reader: Reader, emu: Emulator, check: bool) -> None:
    result = reader.run(check)
    assert ids(result) == ["four", "two", "one", "three"]
    assert (result["total"], result["object_id"], result["project_id"]) == (4, HUAWEI_OBJECT, HUAWEI_PROJECT_ID)
    row = result["entries"][3]
    assert row.pop("raw")["list_id"] == "three"
    assert row == {
        "target": "203.0.113.70",
        "action": "allow",
        "address": "203.0.113.70",
        "address_type": "ipv4",
        "direction": "source",
        "protocol": "tcp",
        "port": "443",
        "description": "",
        "list_id": "three",
    }
    assert (emu.writes(), emu.calls()) == (0, {LIST: 2})


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"action": "allow"}, ["three"]),
        ({"ips": "203.0.113.7"}, ["one"]),
        ({"ips": ["203.0.113.7/32", "2001:db8::7"]}, ["two", "one"]),
        ({"ips": "203.0.113.0/24"}, ["four"]),
        ({"ips": "evil.example.com"}, []),
        ({"direction": "destination"}, ["two"]),
        ({"description_prefix": "ir:INC-1;"}, ["one"]),
        ({"description_prefix": " "}, ["four", "two", "one", "three"]),
    ],
)
def test_filters(reader: Reader, options: dict[str, Any], found: list[str]) -> None:
    assert ids(reader.run(**options)) == found


def test_a_firewall_stands_for_its_internet_border(reader: Reader, emu: Emulator) -> None:
    result = reader.run(object_id=None, fw_instance_id=HUAWEI_FIREWALL, action="block")
    assert (ids(result), result["object_id"]) == (["four", "two", "one"], HUAWEI_OBJECT)
    assert emu.calls() == {DETAIL: 1, LIST: 1}


def test_another_border_has_lists_of_its_own(reader: Reader) -> None:
    assert ids(reader.run(object_id=HUAWEI_VPC_OBJECT)) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"object_id": None}, "neither of fw_instance_id and object_id given; give exactly one of them"),
        ({"fw_instance_id": HUAWEI_FIREWALL}, "both of fw_instance_id and object_id given; give exactly one of them"),
        ({"ips": "203.0.113.1-9"}, "ips[0]: '203.0.113.1-9'"),
        ({"ips": ["203.0.113.7", "203.0.113.1/24"]}, "ips[1]: "),
    ],
)
def test_bad_input_before_any_request(reader: Reader, emu: Emulator, options: dict[str, Any], message: str) -> None:
    failure = reader.fails(**options)
    assert failure["error"]["code"] == "invalid_input"
    assert failure["error"]["message"].startswith(message)
    assert emu.calls() == {}


def test_a_list_that_does_not_add_up_is_not_shown(reader: Reader, emu: Emulator) -> None:
    emu.switch(pagination_total="wrong")
    assert reader.fails()["error"]["code"] == "list_incomplete"
