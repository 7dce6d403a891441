# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewalls of the account, and what they protect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei import firewalls
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewall_info import FIREWALL_INFO, run
from emulator import (
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_FIREWALL_3,
    HUAWEI_OBJECT,
    HUAWEI_REGION,
    HUAWEI_VPC_OBJECT,
    Emulator,
)
from support.reader import Reader

LIST, DETAIL = "ListFirewallList", "ListFirewallDetail"


@pytest.fixture
def reader(emu: Emulator) -> Reader:
    return Reader(emu, FIREWALL_INFO, run)


def ids(result: dict[str, Any]) -> list[str]:
    return [row["fw_instance_id"] for row in result["firewalls"]]


@pytest.mark.parametrize("check", [False, True])
def test_all(reader: Reader, check: bool) -> None:
    reader.emu.seed(huawei={"firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "tags": {"team": "network"}}]})
    result = reader.run(check)
    assert ids(result) == [HUAWEI_FIREWALL, HUAWEI_FIREWALL_2]
    assert result["total"] == 2
    row = result["firewalls"][0]
    raw = row.pop("raw")
    assert row == {
        "fw_instance_id": HUAWEI_FIREWALL,
        "name": "cfw-edge",
        "status": "running",
        "status_code": 2,
        "region": HUAWEI_REGION,
        "enterprise_project_id": "0",
        "protected_objects": [
            {"object_id": HUAWEI_OBJECT, "name": "cfw-edge-internet", "type": "internet"},
            {"object_id": HUAWEI_VPC_OBJECT, "name": "cfw-edge-vpc", "type": "vpc"},
        ],
        "support_ipv6": True,
        "tags": {"team": "network"},
    }
    # What the list calls a name is a time.
    assert raw["listed"]["name"].isdigit()
    assert raw["detail"]["is_available_obs"] is True
    assert result["firewalls"][1]["support_ipv6"] is False
    assert reader.calls() == {LIST: 1, DETAIL: 2}
    assert [row["permission"] for row in result["api_calls"]] == ["cfw:instance:list", "cfw:instance:get"]


def test_filters_are_exact_though_the_service_looks_for_parts(reader: Reader) -> None:
    reader.emu.seed(
        huawei={
            "firewalls": [
                {"fw_instance_id": "fw-a", "name": "cfw-edge-old", "status": 3},
                {"fw_instance_id": "fw-a-1", "name": "other", "status": 2},
            ]
        }
    )
    reader.calls()
    assert ids(reader.run(name="cfw-edge")) == [HUAWEI_FIREWALL]
    assert reader.calls() == {LIST: 1, DETAIL: 1}
    assert ids(reader.run(fw_instance_id="fw-a")) == ["fw-a"]
    assert ids(reader.run(status=["upgrading"])) == ["fw-a"]
    assert ids(reader.run(status=["upgrading", "running"], name="other")) == ["fw-a-1"]
    reader.calls()
    nothing = reader.run(fw_instance_id="fw-a", name="other")
    assert (nothing["firewalls"], nothing["total"]) == ([], 0)
    assert reader.calls() == {LIST: 1}
    asked = [row["body"] for row in reader.emu.log if row["call"] == LIST]
    assert [body.get("key_word") for body in asked] == ["cfw-edge", "fw-a", None, "other", "fw-a"]


def test_an_empty_account(reader: Reader) -> None:
    reader.emu.seed(huawei={"remove_firewalls": "all"})
    result = reader.run()
    assert (result["firewalls"], result["total"]) == ([], 0)


def test_more_than_a_page_in_any_order_of_pages(reader: Reader) -> None:
    rows = [{"fw_instance_id": f"fw-{number}", "name": f"many-{number}", "status": 3} for number in range(1500)]
    reader.emu.seed(huawei={"firewalls": rows})
    reader.emu.switch(shifted_pages=1)
    found = reader.run(name="many-1499")
    assert ids(found) == ["fw-1499"]
    assert reader.calls()[DETAIL] == 1
    # The page that shifted shows one firewall twice, which counts once.
    assert reader.run(status=["upgrading"], name="many-1023")["total"] == 1


def test_a_total_that_is_never_reached(reader: Reader) -> None:
    reader.emu.switch(pagination_total="wrong")
    result = reader.fails()
    assert result["error"]["code"] == "list_incomplete"
    assert "list of firewalls shows 2 records but counts 3" in result["msg"]
    assert reader.calls() == {LIST: 6}


@pytest.mark.parametrize("known", ["own", "all"])
def test_firewalls_of_another_enterprise_project(reader: Reader, known: str) -> None:
    reader.emu.switch(firewall_projects=known)
    listed = ids(reader.run())
    assert (HUAWEI_FIREWALL_3 in listed) == (known == "all")
    # Its own project is named when its details are read.
    assert not reader.warnings
    named = reader.run(enterprise_project_id=HUAWEI_ENTERPRISE_PROJECT_ID)
    assert ids(named) == [HUAWEI_FIREWALL_3]
    (row,) = named["firewalls"]
    assert row["enterprise_project_id"] == HUAWEI_ENTERPRISE_PROJECT_ID
    assert [item["type"] for item in row["protected_objects"]] == ["internet", "vpc"]


def test_a_firewall_without_details(reader: Reader) -> None:
    reader.emu.fault(call=DETAIL, nth=1, kind="error", code="CFW.00200005", message="gone", status=400)
    result = reader.run(name="cfw-edge")
    (row,) = result["firewalls"]
    assert (row["protected_objects"], row["support_ipv6"], row["raw"]["detail"]) == ([], None, None)
    assert HUAWEI_FIREWALL in reader.warnings[0]
    assert "enterprise_project_id" in reader.warnings[0]


def test_a_deleted_firewall_without_details_is_no_surprise(reader: Reader) -> None:
    reader.emu.seed(huawei={"firewalls": [{"fw_instance_id": "fw-a", "name": "gone", "status": 4}]})
    reader.emu.fault(call=DETAIL, nth=1, kind="error", code="CFW.00200005", message="gone", status=400)
    assert reader.run(name="gone")["firewalls"][0]["status"] == "deleted"
    assert reader.warnings == []


@pytest.mark.parametrize(
    ("code", "word"), [(-1, "awaiting_payment"), (11, "upgrade_failed"), (5, "freezing"), (77, "unknown")]
)
def test_status_words(reader: Reader, code: int, word: str) -> None:
    reader.emu.seed(huawei={"firewalls": [{"fw_instance_id": "fw-a", "name": "a", "status": code}]})
    (row,) = reader.run(status=[word])["firewalls"]
    assert (row["status"], row["status_code"], row["fw_instance_id"]) == (word, code, "fw-a")


def test_reads_are_repeated(reader: Reader) -> None:
    reader.emu.fault(call=LIST, nth=1, kind="status", status=503)
    assert reader.run()["total"] == 2
    assert reader.calls() == {LIST: 2, DETAIL: 2}


def test_bad_input(reader: Reader) -> None:
    assert "fw_instance_id" in reader.refuses(fw_instance_id="../x")
    assert "name" in reader.refuses(name=" a ")
    assert "status" in reader.refuses(status=["up"])
    # Blank counts as not given.
    assert reader.run(fw_instance_id=" ", name="")["total"] == 2


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('{"a": "b", "c": null}', {"a": "b", "c": ""}),
        ({"a": 1}, {"a": "1"}),
        ([{"key": "a", "value": "b"}, {"key": ""}, "x"], {"a": "b"}),
        ("a=b", {}),
        ("", {}),
        (None, {}),
        ("[1]", {}),
        ("7", {}),
    ],
)
def test_tags(text: Any, tags: dict[str, str]) -> None:
    assert firewalls.parse_tags(text) == tags


def test_odd_protected_objects() -> None:
    rows = [{"object_id": "a", "type": "0"}, {"object_id": "b", "type": 9}, {"object_id": ""}, "x", {"object_id": "c"}]
    shown = [item.shown() for item in firewalls.protected_objects({"protect_objects": rows})]
    assert [(item["object_id"], item["type"]) for item in shown] == [("a", "internet"), ("b", "9"), ("c", "")]
    assert firewalls.protected_objects({"protect_objects": None}) == ()


class Details:
    """A client that answers ListFirewallDetail with one record."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record

    def call(self, *_arguments: Any, **_options: Any) -> Any:
        return Response(200, {}, json.dumps({"data": {"total": 1, "records": [self.record]}}).encode())


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"fw_instance_id": "other"}, "firewall_not_found"),
        ({"fw_instance_id": "fw", "protect_objects": []}, "no_internet_border"),
        ({"fw_instance_id": "fw", "protect_objects": [{"object_id": "v", "type": 1}]}, "no_internet_border"),
        (
            {"fw_instance_id": "fw", "protect_objects": [{"object_id": name, "type": 0} for name in "ab"]},
            "several_internet_borders",
        ),
    ],
)
def test_no_single_internet_border(record: dict[str, Any], code: str) -> None:
    client: Any = Details(record)
    with pytest.raises(CfwError) as caught:
        firewalls.internet_object_id(client, "fw")
    assert caught.value.code == code
    assert "fw" in caught.value.message


def test_the_internet_border() -> None:
    objects = [{"object_id": "v", "type": 1}, {"object_id": "i", "type": 0}]
    client: Any = Details({"fw_instance_id": "fw", "protect_objects": objects})
    assert firewalls.internet_object_id(client, "fw") == "i"
