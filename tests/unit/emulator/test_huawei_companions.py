# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's firewalls, EIPs, black and white lists and logs: what is refused, seeds, sizes, and every switch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from emulator import (
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_FIREWALL_3,
    HUAWEI_OBJECT,
    HUAWEI_OBJECT_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_VPC_OBJECT,
    Emulator,
)
from emulator.client import RawClient

ROOT = f"/v1/{HUAWEI_PROJECT_ID}"
ENTRIES, ENTRY = f"{ROOT}/black-white-lists", f"{ROOT}/black-white-list"
PAGE: list[tuple[str, Any]] = [("limit", 1024), ("offset", 0)]
BLACK: list[tuple[str, Any]] = [("object_id", HUAWEI_OBJECT), ("list_type", 4)]
DETAIL = [*PAGE, ("service_type", 0)]
EIPS = [*PAGE, ("object_id", HUAWEI_OBJECT)]
Answer = Any


class Api:
    """The calls of these tests; each gives the parsed answer, or the error code."""

    def __init__(self, client: RawClient) -> None:
        self._client = client

    def __call__(self, method: str, path: str, query: Any = (), body: Any = None) -> Answer:
        answer = self._client.huawei(method, path, query, body)
        found = answer.json()
        if answer.status_code == 200:
            return found
        assert answer.status_code == 400
        return found["error_code"]

    def firewalls(self, **changes: Any) -> Answer:
        return self("POST", f"{ROOT}/firewalls/list", (), {"limit": 1024, "offset": 0, **changes})

    def details(self, *more: tuple[str, Any]) -> Answer:
        return self("GET", f"{ROOT}/firewall/exist", [*DETAIL, *more])

    def eips(self, *more: tuple[str, Any]) -> list[str]:
        records = self("GET", f"{ROOT}/eips/protect", [*EIPS, *more])["data"]["records"]
        return [record["public_ip"] for record in records]

    def add(self, address: str, *query: tuple[str, Any], **changes: Any) -> Answer:
        return self("POST", ENTRY, query, entry(address, **changes))

    def batch(self, *items: dict[str, Any], **changes: Any) -> Answer:
        body = {"object_id": HUAWEI_OBJECT, "list_type": 4, "list_items": list(items), **changes}
        answer = self("POST", ENTRIES, (), body)
        if isinstance(answer, str):
            return answer
        return {name: [item["address"] for item in found] for name, found in answer["data"].items() if found}

    def entries(self, *more: tuple[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("GET", ENTRIES, [*BLACK, *PAGE, *more])["data"]["records"]
        return found

    def addresses(self, *more: tuple[str, Any]) -> list[str]:
        return [record["address"] for record in self.entries(*more)]


@pytest.fixture
def api(client: RawClient) -> Api:
    return Api(client)


def entry(address: str, **changes: Any) -> dict[str, Any]:
    body = {
        "object_id": HUAWEI_OBJECT,
        "list_type": 4,
        "direction": 0,
        "address_type": int(":" in address),
        "address": address,
        "protocol": 6,
        "port": "443",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def item(address: str, **changes: Any) -> dict[str, Any]:
    return {"address": address, "direction": 0, "protocol": -1, **changes}


# Firewalls


def test_every_firewall_has_its_two_borders(api: Api, emu: Emulator) -> None:
    (record,) = api.details(("fw_instance_id", HUAWEI_FIREWALL))["data"]["records"]
    assert [row["type"] for row in record["protect_objects"]] == [0, 1]
    assert record["fw_instance_name"] == "cfw-edge"
    assert set(api.firewalls()) == {
        "user_support_eps",
        "has_ndr",
        "is_support_postpaid",
        "is_support_basic_version",
        "is_support_buy_professional",
        "data",
    }
    assert "protect_objects" not in api.firewalls()["data"]["records"][0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"limit": 0}, "CFW.00200010"),
        ({"limit": 1025}, "CFW.00200010"),
        ({"offset": -1}, "CFW.00200010"),
        ({"limit": "10"}, "CFW.00200010"),
        ({"limit": None}, "CFW.00200001"),
        ({"name": "x"}, "CFW.00200010"),
        ({"tags": [{"value": "x"}]}, "CFW.00200010"),
        ({"tags": [{"values": ["x"]}]}, "CFW.00200001"),
    ],
)
def test_bad_firewall_lists(api: Api, changes: dict[str, Any], code: str) -> None:
    assert api.firewalls(**changes) == code


def test_bad_firewall_details(api: Api) -> None:
    def detail(*query: tuple[str, Any]) -> Answer:
        return api("GET", f"{ROOT}/firewall/exist", query)

    assert detail(*PAGE) == "CFW.00200001"
    assert detail(*PAGE, ("service_type", 1)) == "CFW.00200010"
    assert detail(*DETAIL, ("key_word", "x")) == "CFW.00200010"
    assert detail(("limit", 1025), ("offset", 0), ("service_type", 0)) == "CFW.00200010"
    assert api.details(("fw_instance_id", HUAWEI_FIREWALL_3)) == "CFW.00200005"
    two = {"enterprise_project_id": "1"}
    body = {"limit": 1, "offset": 0, **two}
    assert api("POST", f"{ROOT}/firewalls/list", [("enterprise_project_id", "0")], body) == "CFW.00200010"


def test_seeded_firewalls(emu: Emulator, api: Api) -> None:
    border = {"object_id": "border", "object_name": "north", "type": 0}
    emu.seed(
        huawei={
            "remove_firewalls": "all",
            "firewalls": [
                {"fw_instance_id": f"fw-{number}", "fw_instance_name": f"edge-{number}"} for number in range(50)
            ],
        }
    )
    emu.seed(huawei={"firewalls": [{"fw_instance_id": "fw-7", "status": 5, "protect_objects": [border]}]})
    data = api.firewalls(limit=20, offset=40)["data"]
    assert (data["total"], len(data["records"]), data["records"][0]["fw_instance_name"]) == (50, 10, "edge-40")
    (record,) = api.details(("fw_instance_id", "fw-7"))["data"]["records"]
    assert (record["name"], record["status"], record["protect_objects"]) == ("edge-7", 5, [border])
    state = emu.state()["huawei"]["firewalls"]
    assert [row["firewall_id"] for row in state][:2] == ["fw-0", "fw-1"]
    emu.seed(huawei={"remove_firewalls": "all"})
    assert api.firewalls()["data"]["records"] == []
    assert api.details()["data"]["total"] == 0


@pytest.mark.parametrize(
    "values",
    [
        {"firewalls": [{"fw_instance_id": "x", "colour": "red"}]},
        {"firewalls": [{"fw_instance_name": "x"}]},
        {"eips": [{"public_ip": "203.0.113.1", "colour": "red"}]},
        {"eips": [{"device_name": "web"}]},
        {"eips": [{"public_ip": "203.0.113.1", "fw_instance_id": "none"}]},
        {"black_white": [{"address": "203.0.113.1", "colour": "red"}]},
        {"black_white": [{"list_type": 4}]},
        {"logs": {"attack": [{"colour": "red"}]}},
        {"logs": {"dns": [{}]}},
        {"alerts": []},
    ],
)
def test_seeds_that_make_no_sense(emu: Emulator, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        emu.seed(huawei=values)


def test_switch_detail_without_id(emu: Emulator, api: Api) -> None:
    assert api.details()["data"]["total"] == 1
    emu.switch(detail_without_id="all")
    assert api.details()["data"]["total"] == 2


def test_switch_firewall_name_filter(emu: Emulator, api: Api) -> None:
    assert api.details(("name", "cfw-"))["data"]["total"] == 2
    emu.switch(firewall_name_filter="exact")
    assert api.details(("name", "cfw-"))["data"]["total"] == 0
    assert api.details(("name", "cfw-edge"))["data"]["total"] == 1


def test_switch_firewall_projects(emu: Emulator, api: Api) -> None:
    assert api.firewalls()["data"]["total"] == 2
    emu.switch(firewall_projects="all")
    assert api.firewalls()["data"]["total"] == 3
    assert api.firewalls(enterprise_project_id="default")["data"]["total"] == 2


def test_switch_shifted_pages(emu: Emulator, api: Api) -> None:
    def second() -> str:
        name: str = api.firewalls(limit=1, offset=1)["data"]["records"][0]["fw_instance_name"]
        return name

    emu.switch(shifted_pages=2)
    assert [second(), second(), second()] == ["cfw-edge", "cfw-edge", "cfw-ipv4-only"]


def test_switch_pagination_total_of_huawei(emu: Emulator, api: Api) -> None:
    emu.switch(pagination_total="wrong")
    assert api.firewalls()["data"]["total"] == 3
    assert ask_flow(api)["total"] == 1


# EIPs


def test_switch_eip_sync(emu: Emulator, api: Api) -> None:
    for mode, expected in (("later", [0, 0, 1]), ("at_once", [0, 1, 1]), ("automatic", [1, 1, 1])):
        emu.reset(eip_sync=mode)
        emu.seed(huawei={"eips": [{"public_ip": "203.0.113.1", "synced": False}]})
        assert [len(api.eips()), len(api.eips(("sync", 1))), len(api.eips())] == expected


def test_switch_eip_scope(emu: Emulator, api: Api) -> None:
    other = {"public_ip": "203.0.113.2", "fw_instance_id": HUAWEI_FIREWALL_2}
    emu.seed(huawei={"eips": [{"public_ip": "203.0.113.1"}, other, {"public_ip": "203.0.113.3", "status": 1}]})
    assert api.eips() == ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
    emu.switch(eip_scope="firewall")
    assert api.eips() == ["203.0.113.1", "203.0.113.3"]


def test_bad_eip_lists(api: Api) -> None:
    def eips(*query: tuple[str, Any]) -> Answer:
        return api("GET", f"{ROOT}/eips/protect", query)

    assert eips(*PAGE) == "CFW.00200001"
    assert eips(*EIPS, ("status", "2")) == "CFW.00200010"
    assert eips(*EIPS, ("sync", "true")) == "CFW.00200010"
    assert eips(*EIPS, ("public_ip", "x")) == "CFW.00200010"
    assert eips(*PAGE, ("object_id", "none")) == "CFW.00400008"
    assert eips(*PAGE, ("object_id", HUAWEI_OBJECT_3)) == "CFW.00200005"
    assert eips(*EIPS, ("status", "null"))["data"]["total"] == 0


# Black and white lists


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"object_id": None}, "CFW.00200001"),
        ({"list_type": None}, "CFW.00200001"),
        ({"direction": None}, "CFW.00200001"),
        ({"address_type": None}, "CFW.00200001"),
        ({"protocol": None}, "CFW.00200001"),
        ({"port": None}, "CFW.00200001"),
        ({"port": ""}, "CFW.00200001"),
        ({"port": "0"}, "CFW.00200010"),
        ({"port": "90-80"}, "CFW.00200010"),
        ({"port": "80,81"}, "CFW.00200010"),
        ({"protocol": -1}, "CFW.00200010"),
        ({"protocol": 5, "port": None}, "CFW.00200010"),
        ({"protocol": 58, "port": None}, "CFW.00200010"),
        ({"direction": 2}, "CFW.00200010"),
        ({"direction": "0"}, "CFW.00200010"),
        ({"list_type": 3}, "CFW.00200010"),
        ({"name": "x"}, "CFW.00200010"),
        ({"address": ""}, "CFW.00200041"),
        ({"address": "198.51.100.1-198.51.100.9"}, "CFW.00200027"),
        ({"address": "198.51.100.7/24"}, "CFW.00200027"),
        ({"address": "fe80::1%eth0", "address_type": 1}, "CFW.00200027"),
        ({"address": "2001:db8::1", "address_type": 0}, "CFW.00200030"),
        ({"address": "10.0.0.0/7"}, "CFW.00400012"),
        ({"address": "fd00::1", "address_type": 1}, "CFW.00400012"),
        ({"address": "::/0", "address_type": 1}, "CFW.00200022"),
        ({"address": "0.0.0.0/0"}, "CFW.00200022"),
    ],
)
def test_refused_entries(api: Api, emu: Emulator, changes: dict[str, Any], code: str) -> None:
    assert api.add(**{"address": "198.51.100.7", **changes}) == code
    assert emu.state()["huawei"]["black_white"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"port": "80-90"},
        {"protocol": -1, "port": None},
        {"protocol": -1, "port": ""},
        {"protocol": 1, "port": None},
        {"protocol": 132},
        {"address": "198.51.100.0/24", "description": "net"},
        {"address": "2001:db8::/32", "address_type": 1, "protocol": 58, "port": None},
        {"list_type": 5},
        {"direction": 1},
    ],
)
def test_taken_entries(api: Api, emu: Emulator, changes: dict[str, Any]) -> None:
    sent = entry(**{"address": "198.51.100.7", **changes})
    answer = api("POST", ENTRY, (), sent)
    (stored,) = emu.state()["huawei"]["black_white"]
    assert answer["data"] == {"id": stored["list_id"], "name": sent["address"]}
    assert {name: stored[name] for name in sent} == sent


def test_which_firewall(api: Api) -> None:
    assert api.add("198.51.100.7", ("fw_instance_id", HUAWEI_FIREWALL_2)) == "CFW.00400008"
    assert api.add("198.51.100.7", object_id=HUAWEI_OBJECT_3) == "CFW.00200005"
    project = ("enterprise_project_id", HUAWEI_ENTERPRISE_PROJECT_ID)
    assert "data" in api.add("198.51.100.7", project, object_id=HUAWEI_OBJECT_3)
    assert "data" in api.add("198.51.100.7", ("fw_instance_id", HUAWEI_FIREWALL))


def test_bad_lists_and_batches(api: Api) -> None:
    assert api("GET", ENTRIES, [*PAGE, ("list_type", 4)]) == "CFW.00200001"
    assert api("GET", ENTRIES, [*PAGE, ("object_id", HUAWEI_OBJECT)]) == "CFW.00200001"
    assert api("GET", ENTRIES, [*PAGE, ("object_id", HUAWEI_OBJECT), ("list_type", 6)]) == "CFW.00200010"
    assert api("GET", ENTRIES, [*BLACK, *PAGE, ("direction", 0)]) == "CFW.00200010"
    assert api.batch() == "CFW.00200001"
    assert api.batch({"address": "198.51.100.7", "direction": 0}) == "CFW.00200001"
    assert api.batch({**item("198.51.100.7"), "name": "x"}) == "CFW.00200010"
    assert api("POST", ENTRIES, [("fw_instance_id", HUAWEI_FIREWALL)], {}) == "CFW.00200010"
    empty = {"object_id": HUAWEI_OBJECT, "list_type": 4, "list_ids": []}
    assert api("DELETE", ENTRY, (), empty) == "CFW.00200001"
    assert api("DELETE", ENTRY, [("fw_instance_id", HUAWEI_FIREWALL)], empty) == "CFW.00200010"
    assert api("DELETE", f"{ENTRY}/none") == "CFW.00200005"
    assert api("PUT", f"{ENTRY}/none", (), {"address": "198.51.100.7"}) == "CFW.00200005"


def test_an_update_keeps_what_it_does_not_name(api: Api, emu: Emulator) -> None:
    first = api.add("198.51.100.7", description="kept")["data"]["id"]
    api.add("198.51.100.8")
    emu.advance(60)
    assert api("PUT", f"{ENTRY}/{first}", (), {"address": "198.51.100.8"}) == "CFW.00400011"
    assert api("PUT", f"{ENTRY}/{first}", (), {"port": "80"}) == "CFW.00200001"
    assert api("PUT", f"{ENTRY}/{first}", (), {"address": "198.51.100.7", "port": "80"})["data"]["id"] == first
    second, record = api.entries()
    assert (record["list_id"], record["port"], record["description"]) == (first, "80", "kept")
    assert record["modified_date"] - record["created_date"] >= 60_000
    assert second["modified_date"] == second["created_date"]
    assert "data" in api.add("198.51.100.7")


def test_entries_lag_like_other_lists(api: Api, emu: Emulator) -> None:
    emu.switch(list_lag_calls=2)
    api.add("198.51.100.7")
    assert [len(api.entries()) for _number in range(3)] == [0, 0, 1]
    list_id = api.entries()[0]["list_id"]
    assert "data" in api("DELETE", f"{ENTRY}/{list_id}")
    assert [len(api.entries()) for _number in range(3)] == [1, 1, 0]
    emu.fault("AddBlackWhiteList", nth=2, kind="late_commit", calls=1)
    with pytest.raises(OSError, match=r".+"):
        api.add("198.51.100.8")
    assert len(api.entries()) == 0
    emu.switch(list_lag_calls=0)
    assert [len(api.entries()) for _number in range(4)][-1] == 1


def test_spelling_of_entries(api: Api, emu: Emulator) -> None:
    api.add("2001:DB8::0:7")
    assert api.addresses() == ["2001:DB8::0:7"]
    emu.switch(ipv6_form="compressed")
    assert api.addresses() == ["2001:db8::7"]
    assert api.add("2001:db8:0::7/128") == "CFW.00400011"


def test_switch_black_white_capacity(api: Api, emu: Emulator) -> None:
    emu.switch(black_white_capacity=2)
    api.add("198.51.100.1")
    api.add("198.51.100.2")
    assert api.add("198.51.100.3") == "CFW.00400013"
    assert "data" in api.add("198.51.100.3", list_type=5)
    path = f"/v2/{HUAWEI_PROJECT_ID}/cfw/{HUAWEI_FIREWALL}/quota"
    quota = api("GET", path, [("config_type", "BLACKLIST")])["data"]
    assert quota == {"quota_type": "BLACKLIST", "max_quota": 2, "used_quota": 2}
    assert api("GET", path) == "CFW.00200001"
    assert api("GET", path, [("config_type", "COLOURS")]) == "CFW.00200010"
    assert api("GET", path, [("config_type", "ADDR_SET_ITEM")]) == "CFW.00200001"


def test_switch_black_white_scope(api: Api, emu: Emulator) -> None:
    def used() -> int:
        path = f"/v2/{HUAWEI_PROJECT_ID}/cfw/{HUAWEI_FIREWALL}/quota"
        count: int = api("GET", path, [("config_type", "BLACKLIST")])["data"]["used_quota"]
        return count

    emu.switch(black_white_capacity=2)
    api.add("198.51.100.1")
    assert "data" in api.add("198.51.100.1", object_id=HUAWEI_VPC_OBJECT)
    assert used() == 1
    emu.switch(black_white_scope="firewall")
    assert used() == 2
    assert api.add("198.51.100.2") == "CFW.00400013"


def test_switch_batch_duplicates(api: Api, emu: Emulator) -> None:
    twice = [item("198.51.100.7"), item("198.51.100.7/32")]
    assert api.batch(*twice) == {"success_list": ["198.51.100.7"], "duplicated_list": ["198.51.100.7/32"]}
    emu.switch(batch_duplicates="failed")
    assert api.batch(*twice) == {"failed_list": ["198.51.100.7", "198.51.100.7/32"]}


def test_switch_batch_bad_item(api: Api, emu: Emulator) -> None:
    items = [item("198.51.100.7"), item("10.0.0.1"), item("198.51.100.8", protocol=6)]
    assert api.batch(*items) == {"success_list": ["198.51.100.7"], "failed_list": ["10.0.0.1", "198.51.100.8"]}
    emu.switch(batch_bad_item="error")
    assert api.batch(item("198.51.100.9"), items[1]) == "CFW.00400012"
    assert api.addresses() == ["198.51.100.7"]


def test_switch_batch_over_capacity(api: Api, emu: Emulator) -> None:
    emu.switch(black_white_capacity=2)
    items = [item("198.51.100.1"), item("198.51.100.1"), item("198.51.100.2"), item("198.51.100.3")]
    assert api.batch(*items) == "CFW.00400013"
    assert api.addresses() == []
    emu.switch(batch_over_capacity="failed_list")
    assert api.batch(*items) == {
        "success_list": ["198.51.100.1", "198.51.100.2"],
        "duplicated_list": ["198.51.100.1"],
        "failed_list": ["198.51.100.3"],
    }
    emu.switch(batch_over_capacity="error")
    assert api.batch(*items[:3]) == {"duplicated_list": ["198.51.100.1", "198.51.100.1", "198.51.100.2"]}


def test_switch_batch_items_max(api: Api, emu: Emulator) -> None:
    emu.switch(batch_items_max=1)
    assert api.batch(item("198.51.100.1"), item("198.51.100.2")) == "CFW.00200024"
    assert api.batch(item("198.51.100.1")) == {"success_list": ["198.51.100.1"]}


def test_switch_batch_delete_missing(api: Api, emu: Emulator) -> None:
    known = api.add("198.51.100.7")["data"]["id"]
    body = {"object_id": HUAWEI_OBJECT, "list_type": 4, "list_ids": ["none", known]}
    assert api("DELETE", ENTRY, (), body) == "CFW.00200005"
    assert len(api.entries()) == 1
    assert api("DELETE", ENTRY, (), {**body, "list_type": 5}) == "CFW.00200005"
    emu.switch(batch_delete_missing="skipped")
    assert api("DELETE", ENTRY, (), body) == {"data": [known]}
    assert api.entries() == []


def test_switch_entry_identity(api: Api, emu: Emulator) -> None:
    api.add("198.51.100.7")
    assert "data" in api.add("198.51.100.7", port="80")
    emu.switch(entry_identity="address")
    assert api.add("198.51.100.7", port="22") == "CFW.00400011"
    assert "data" in api.add("198.51.100.7", direction=1)


def test_switch_entry_address_filter(api: Api, emu: Emulator) -> None:
    for address in ("198.51.100.7", "198.51.100.70", "198.51.100.0/24"):
        api.add(address)
    assert api.addresses(("address", "198.51.100.7")) == ["198.51.100.70", "198.51.100.7"]
    assert api.addresses(("address", "198.51.100.0/24")) == []
    emu.switch(entry_address_filter="exact")
    assert api.addresses(("address", "198.51.100.7")) == ["198.51.100.7"]
    assert api.addresses(("address", "198.51.100.0")) == ["198.51.100.0/24"]


def test_switch_entry_firewall(api: Api, emu: Emulator) -> None:
    border = next(row for row in emu.state()["huawei"]["firewalls"] if row["firewall_id"] == HUAWEI_FIREWALL_2)
    object_id = border["protect_objects"][0]["object_id"]
    list_id = api.add("198.51.100.7", object_id=object_id)["data"]["id"]
    path = f"{ENTRY}/{list_id}"
    assert api("DELETE", path) == "CFW.00200005"
    assert api("PUT", path, [("fw_instance_id", HUAWEI_FIREWALL_2)], {"address": "198.51.100.8", "port": "1"})["data"]
    emu.switch(entry_firewall="own")
    assert api("DELETE", path, [("fw_instance_id", HUAWEI_FIREWALL)]) == "CFW.00200005"
    assert api("DELETE", path)["data"] == {"id": list_id, "name": "198.51.100.8"}


def test_switch_host_entries(api: Api, emu: Emulator) -> None:
    api.add("198.51.100.7")
    api.add("2001:db8::7/128")
    assert api.addresses() == ["2001:db8::7/128", "198.51.100.7"]
    emu.switch(host_entries="with_mask")
    assert api.addresses() == ["2001:db8::7/128", "198.51.100.7/32"]
    emu.switch(host_entries="without_mask")
    assert api.addresses() == ["2001:db8::7", "198.51.100.7"]


def test_switch_private_entries(api: Api, emu: Emulator) -> None:
    assert api.add("10.0.0.1") == "CFW.00400012"
    assert "data" in api.add("10.0.0.1", object_id=HUAWEI_VPC_OBJECT)
    emu.switch(private_entries="vpc_firewall")
    assert "data" in api.add("10.0.0.1")
    border = {"object_id": HUAWEI_OBJECT, "object_name": "north", "type": 0}
    emu.seed(huawei={"firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "protect_objects": [border]}]})
    assert api.add("10.0.0.2") == "CFW.00400012"


def test_switch_domain_entries(api: Api, emu: Emulator) -> None:
    domain = {"address_type": 2, "protocol": -1, "port": None}
    assert api.add("evil.example", **domain) == "CFW.00200030"
    assert "data" in api.add("evil.example", **domain, direction=1)
    assert api.add("EVIL.example", **domain, direction=1) == "CFW.00400011"
    assert api.add("not a domain", **domain, direction=1) == "CFW.00200027"
    assert api.addresses(("address_type", 2)) == ["evil.example"]
    emu.switch(domain_entries="any")
    assert "data" in api.add("evil.example", **domain)
    emu.switch(domain_entries="refused")
    assert api.add("other.example", **domain, direction=1) == "CFW.00200030"


def test_fifty_thousand_entries(api: Api, emu: Emulator) -> None:
    addresses = [f"{100 + number // 65536}.{number // 256 % 256}.{number % 256}.1" for number in range(50_000)]
    start = time.process_time()
    emu.seed(huawei={"black_white": [{"address": address} for address in addresses]})
    found = []
    for offset in range(0, 50_000, 1024):
        data = api("GET", ENTRIES, [*BLACK, ("limit", 1024), ("offset", offset)])["data"]
        assert data["total"] == 50_000
        found += [record["address"] for record in data["records"]]
    emu.switch(black_white_capacity=60_000)
    assert len(api.batch(*(item(f"150.{number // 256}.{number % 256}.1") for number in range(2000)))["success_list"])
    assert found == addresses[::-1]
    assert time.process_time() - start < 20


# Logs

TIMES = [1_718_936_272_000 + number * 1000 for number in range(5)]
WINDOW: list[tuple[str, Any]] = [("start_time", TIMES[0]), ("end_time", TIMES[-1] + 10_000)]


def ask_flow(api: Api, *more: tuple[str, Any], **body: Any) -> Answer:
    """The data of ListFlowLogs, or with a body of ListLogs; or the error code."""
    if body:
        query = dict(WINDOW)
        fields = {"type": "flow", "log_type": "internet", "limit": 10, **query, **body}
        answer = api("POST", f"{ROOT}/cfw/{HUAWEI_FIREWALL}/logs", more, fields)
    else:
        names = [name for name, _value in more]
        query_ = [("fw_instance_id", HUAWEI_FIREWALL), ("limit", 10), *WINDOW]
        query_ = [pair for pair in query_ if pair[0] not in names]
        answer = api("GET", f"{ROOT}/cfw/logs/flow", [*query_, *more])
    return answer if isinstance(answer, str) else answer["data"]


def ids(data: Answer) -> list[str]:
    return [record["log_id"] for record in data["records"]]


@pytest.fixture
def flows(emu: Emulator) -> None:
    """Flows that end in the order opposite to the one in which they start."""
    rows = [
        {"log_id": f"log-{number}", "start_time": moment, "end_time": TIMES[-1] + 5000 - number * 1000}
        for number, moment in enumerate(TIMES)
    ]
    emu.seed(huawei={"logs": {"flow": rows}})


CURSOR = ("log_id", "log-2"), ("offset", 3)


def test_log_cursor_is_a_position(flows: None, api: Api) -> None:
    """With the other time a client skips records or meets them twice."""
    assert ids(ask_flow(api)) == ["log-4", "log-3", "log-2", "log-1", "log-0"]
    assert ids(ask_flow(api, *CURSOR, ("next_date", TIMES[2]))) == ["log-1", "log-0"]
    assert ids(ask_flow(api, *CURSOR, ("next_date", TIMES[-1] + 3000))) == ["log-4", "log-3", "log-2", "log-1", "log-0"]
    new = {"log_id": "log-2", "offset": 3}
    assert ids(ask_flow(api, **new, next_date=TIMES[-1] + 3000)) == ["log-3", "log-4"]
    assert ids(ask_flow(api, **new, next_date=TIMES[2])) == []


def test_switch_log_cursor(flows: None, emu: Emulator, api: Api) -> None:
    emu.switch(log_cursor="inclusive")
    assert ids(ask_flow(api, *CURSOR, ("next_date", TIMES[2]))) == ["log-2", "log-1", "log-0"]


def test_switch_log_cursor_old(flows: None, emu: Emulator, api: Api) -> None:
    emu.switch(log_cursor_old="end_time")
    assert ids(ask_flow(api)) == ["log-0", "log-1", "log-2", "log-3", "log-4"]
    assert ids(ask_flow(api, *CURSOR, ("next_date", TIMES[-1] + 3000))) == ["log-3", "log-4"]


def test_switch_log_cursor_new(flows: None, emu: Emulator, api: Api) -> None:
    emu.switch(log_cursor_new="start_time")
    assert ids(ask_flow(api, log_id="log-2", offset=3, next_date=TIMES[2])) == ["log-1", "log-0"]


def test_switch_log_words(flows: None, emu: Emulator, api: Api) -> None:
    assert ask_flow(api)["records"][0]["protocol"] == "TCP"
    emu.switch(log_words="numbers")
    assert ask_flow(api)["records"][0]["protocol"] == "6"
    assert ask_flow(api, limit=1)["records"][0]["protocol"] == "TCP"
    emu.seed(huawei={"logs": {"acl": [{"hit_time": TIMES[0]}]}})
    query = [("fw_instance_id", HUAWEI_FIREWALL), ("limit", 1), *WINDOW]
    (record,) = api("GET", f"{ROOT}/cfw/logs/access-control", query)["data"]["records"]
    assert (record["protocol"], record["action"]) == ("6", "1")


def test_switch_log_total_max(flows: None, emu: Emulator, api: Api) -> None:
    emu.switch(log_total_max=3)
    data = ask_flow(api)
    assert (data["total"], len(data["records"])) == (3, 5)


def test_switch_log_window_days(flows: None, emu: Emulator, api: Api) -> None:
    week = [("start_time", TIMES[0]), ("end_time", TIMES[0] + 7 * 86_400_000 + 1)]
    assert ask_flow(api, *week)["total"] == 5
    emu.switch(log_window_days=7)
    assert ask_flow(api, *week) == "CFW.00500004"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ([("limit", 0)], "CFW.00200010"),
        ([("limit", 1025)], "CFW.00200010"),
        ([("start_time", "yesterday")], "CFW.00200010"),
        ([("end_time", 1)], "CFW.00500002"),
        ([("offset", 1)], "CFW.00200001"),
        ([("log_id", "x"), ("next_date", 1), ("offset", 0)], "CFW.00200010"),
        ([("action", "deny")], "CFW.00200010"),
        ([("direction", "in")], "CFW.00200010"),
        ([("log_type", "all")], "CFW.00200010"),
        ([("fw_instance_id", "none")], "CFW.00200005"),
    ],
)
def test_bad_older_logs(api: Api, more: list[tuple[str, Any]], code: str) -> None:
    assert ask_flow(api, *more) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"limit": 0}, "CFW.00200010"),
        ({"type": "dns"}, "CFW.00200010"),
        ({"type": ""}, "CFW.00200001"),
        ({"log_type": "all"}, "CFW.00200010"),
        ({"start_time": "1"}, "CFW.00200010"),
        ({"end_time": 1}, "CFW.00500002"),
        ({"offset": 1, "log_id": "x"}, "CFW.00200001"),
        ({"offset": 0, "log_id": "x", "next_date": 1}, "CFW.00200010"),
        ({"filters": [{"field": "src_ip"}]}, "CFW.00200001"),
        ({"filters": [{"field": "src_ip", "operator": "equal"}]}, "CFW.00200001"),
        ({"filters": [{"field": "event_time", "operator": "equal", "values": ["1"]}]}, "CFW.00200010"),
        ({"filters": [{"field": "src_ip", "operator": "like", "values": ["1"]}]}, "CFW.00200010"),
        ({"src_ip": "198.51.100.7"}, "CFW.00200010"),
    ],
)
def test_bad_newer_logs(api: Api, body: dict[str, Any], code: str) -> None:
    assert ask_flow(api, **body) == code


def test_old_and_new_records_differ(emu: Emulator, api: Api) -> None:
    emu.seed(huawei={"logs": {"attack": [{"event_time": TIMES[0], "real_ip": "192.0.2.1"}]}})
    query = [("fw_instance_id", HUAWEI_FIREWALL), ("limit", 1), *WINDOW]
    (old,) = api("GET", f"{ROOT}/cfw/logs/attack", query)["data"]["records"]
    (new,) = ask_flow(api, type="attack")["records"]
    assert sorted(set(old) - set(new)) == ["hit_time", "packetMessages", "packet_length"]
    assert sorted(set(new) - set(old)) == ["real_ip", "tag", "vgw_id"]
    assert json.dumps(old["packetMessages"][0]["hexs"][:2]) == '["47", "45"]'


def test_calls_are_logged_by_name(emu: Emulator, api: Api) -> None:
    calls: list[Callable[[], Any]] = [
        api.firewalls,
        api.details,
        api.eips,
        api.entries,
        lambda: ask_flow(api),
        lambda: ask_flow(api, limit=1),
    ]
    for call in calls:
        call()
    names = ["ListFirewallList", "ListFirewallDetail", "ListEips", "ListBlackWhiteLists", "ListFlowLogs", "ListLogs"]
    assert [row["call"] for row in emu.log] == names
    assert emu.writes() == 0
