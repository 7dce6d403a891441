# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public addresses behind a firewall."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._huawei.eip_info import EIP_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._huawei.eips import shown_eip
from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, HUAWEI_VPC_OBJECT, Emulator
from support.reader import Reader

LIST, DETAIL = "ListEips", "ListFirewallDetail"
EIPS: list[dict[str, Any]] = [
    {
        "id": "eip-1",
        "public_ip": "198.51.100.20",
        "public_ipv6": "2001:db8::20",
        "device_id": "server-1",
        "device_name": "web-1",
        "device_owner": "compute:az1",
        "associate_instance_type": "PORT",
        "tags": '{"team": "web"}',
    },
    {"id": "eip-2", "public_ip": "198.51.100.2", "status": 1, "associate_instance_type": "NATGW"},
    {"id": "eip-3", "public_ip": "198.51.100.200", "bypass_status": 1, "associate_instance_type": "NEW"},
]


@pytest.fixture
def reader(emu: Emulator) -> Reader:
    emu.seed(huawei={"eips": EIPS})
    return Reader(emu, EIP_INFO, run, object_id=HUAWEI_OBJECT)


def ids(result: dict[str, Any]) -> list[str]:
    return [row["eip_id"] for row in result["eips"]]


@pytest.mark.parametrize("check", [False, True])
def test_all(reader: Reader, check: bool) -> None:
    result = reader.run(check)
    assert ids(result) == ["eip-1", "eip-2", "eip-3"]
    assert (result["total"], result["object_id"]) == (3, HUAWEI_OBJECT)
    row = result["eips"][0]
    assert row.pop("raw")["device_owner"] == "compute:az1"
    assert row == {
        "eip_id": "eip-1",
        "public_ip": "198.51.100.20",
        "public_ipv6": "2001:db8::20",
        "protected": True,
        "status": "protected",
        "bypass": "none",
        "device": {"device_id": "server-1", "name": "web-1", "type": "server", "owner": "compute:az1"},
        "fw_instance_id": HUAWEI_FIREWALL,
        "fw_instance_name": "cfw-edge",
        "object_id": HUAWEI_OBJECT,
        "enterprise_project_id": "0",
        "tags": {"team": "web"},
    }
    second, third = result["eips"][1:]
    assert (second["protected"], second["status"], second["device"]["type"]) == (False, "unprotected", "nat_gateway")
    assert (third["protected"], third["bypass"], third["device"]["type"]) == (True, "bypassed", "NEW")
    # One to synchronise, one to read.
    assert reader.calls() == {LIST: 2}


def test_by_firewall(reader: Reader) -> None:
    result = reader.run(object_id=None, fw_instance_id=HUAWEI_FIREWALL)
    assert (result["total"], result["object_id"]) == (3, HUAWEI_OBJECT)
    assert reader.calls() == {DETAIL: 1, LIST: 2}


@pytest.mark.parametrize(("status", "found"), [("protected", ["eip-1", "eip-3"]), ("unprotected", ["eip-2"])])
def test_by_status(reader: Reader, status: str, found: list[str]) -> None:
    assert ids(reader.run(status=status)) == found


@pytest.mark.parametrize(
    ("ips", "found"),
    [
        # As a key word this is a part of all three.
        (["198.51.100.2"], ["eip-2"]),
        (["198.51.100.200/32", "198.51.100.2"], ["eip-2", "eip-3"]),
        ("198.51.100.20, 198.51.100.2", ["eip-1", "eip-2"]),
        (["2001:DB8:0::20"], ["eip-1"]),
        (["192.0.2.1"], []),
        ([], ["eip-1", "eip-2", "eip-3"]),
        ([" "], ["eip-1", "eip-2", "eip-3"]),
    ],
)
def test_by_address(reader: Reader, ips: Any, found: list[str]) -> None:
    assert ids(reader.run(ips=ips)) == found


@pytest.mark.parametrize("sync", ["later", "at_once", "automatic"])
def test_an_address_that_the_firewall_does_not_know_yet(reader: Reader, sync: str) -> None:
    reader.emu.switch(eip_sync=sync)
    reader.emu.seed(huawei={"eips": [{"id": "new", "public_ip": "192.0.2.9", "status": 1, "synced": False}]})
    assert ids(reader.run(ips=["192.0.2.9"])) == ["new"]


def test_a_long_list(reader: Reader) -> None:
    rows = [{"id": f"e{number}", "public_ip": f"10.0.{number // 250}.{number % 250}"} for number in range(2500)]
    reader.emu.seed(huawei={"eips": rows})
    result = reader.run()
    assert result["total"] == len(set(ids(result))) == 2503
    assert reader.calls() == {LIST: 4}


def test_pages_that_shift(reader: Reader) -> None:
    rows = [{"id": f"e{number}", "public_ip": f"10.0.{number // 250}.{number % 250}"} for number in range(1100)]
    reader.emu.seed(huawei={"eips": rows})
    reader.emu.switch(shifted_pages=1)
    result = reader.run()
    assert result["total"] == len(set(ids(result))) == 1103


def test_a_total_that_is_never_reached(reader: Reader) -> None:
    reader.emu.switch(pagination_total="wrong")
    assert reader.fails()["error"]["code"] == "list_incomplete"


def test_what_the_service_refuses(reader: Reader) -> None:
    assert reader.fails(object_id="no-such-object")["error"]["code"] == "CFW.00400008"
    assert reader.fails(object_id=HUAWEI_VPC_OBJECT)["error"]["message"]
    missing = reader.fails(object_id=None, fw_instance_id="no-such-firewall")
    assert missing["error"]["code"] == "firewall_not_found"
    assert "huawei_cfw_firewall_info" in missing["error"]["hint"]


def test_bad_input(reader: Reader) -> None:
    assert "both" in reader.refuses(fw_instance_id=HUAWEI_FIREWALL)
    assert "neither" in reader.refuses(object_id=None)
    assert "neither" in reader.refuses(object_id=" ", fw_instance_id="")
    assert "object_id" in reader.refuses(object_id="a/b")
    assert "ips[0]" in reader.refuses(ips=["198.51.100.0/24"])
    assert "ips[1]" in reader.refuses(ips=["198.51.100.1", "web"])
    assert "status" in reader.refuses(status="on")


def test_odd_records() -> None:
    row = shown_eip({"status": "0", "tags": "x", "public_ip": None, "bypass_status": None})
    assert (row["protected"], row["status"], row["bypass"], row["public_ip"], row["tags"]) == (
        True,
        "protected",
        "",
        "",
        {},
    )
    assert shown_eip({"status": 5})["status"] == "5"
    assert shown_eip({})["protected"] is False
