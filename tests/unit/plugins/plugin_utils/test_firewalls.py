# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls

ONE = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
TWO = "1f0c7f53-6a0e-4c11-8b3a-50a6ff9e2d77"


@pytest.mark.parametrize(
    "value",
    [
        [ONE, TWO],
        f"{ONE},{TWO}",
        f" {ONE}\n{TWO}\n",
        [{"fw_instance_id": ONE, "region": "", "name": None}, TWO, ""],
        [ONE, TWO, {"fw_instance_id": ONE}],
    ],
)
def test_ids_and_dictionaries_are_read_alike(value: Any) -> None:
    assert read_firewalls(value) == [{"fw_instance_id": ONE}, {"fw_instance_id": TWO}]


@pytest.mark.parametrize("value", [None, "", [], ["", None], " , "])
def test_nothing_is_no_firewall(value: Any) -> None:
    assert read_firewalls(value) == []


def test_all_keys_are_kept() -> None:
    firewall = {
        "fw_instance_id": ONE,
        "name": "edge in the north",
        "region": "cn-north-4",
        "project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "enterprise_project_id": "0",
        "object_id": TWO,
    }

    assert read_firewalls([firewall]) == [firewall]
    assert read_firewalls(firewall) == [firewall]


def test_hosts_of_the_inventory_are_firewalls() -> None:
    host = {
        "huawei_cfw_fw_instance_id": ONE,
        "huawei_cfw_name": "edge\nin the \x1bnorth",
        "huawei_cfw_region": "cn-north-4",
        "huawei_cfw_project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "huawei_cfw_enterprise_project_id": "",
        "huawei_cfw_object_id": TWO,
        "huawei_cfw_tags": {"stage": "production"},
        "huawei_cfw_profile": "",
        "ansible_password": "not read",
    }
    wanted = {
        "fw_instance_id": ONE,
        "name": "edge in the  north",
        "region": "cn-north-4",
        "project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "object_id": TWO,
    }

    assert read_firewalls([host, TWO]) == [wanted, {"fw_instance_id": TWO}]
    assert read_firewalls(host) == [wanted]


def test_a_host_without_an_id_is_told() -> None:
    with pytest.raises(InputError, match="fw_instance_id is missing"):
        read_firewalls([{"huawei_cfw_fw_instance_id": ""}])


def test_a_number_is_read_as_text() -> None:
    assert read_firewalls([{"fw_instance_id": ONE, "enterprise_project_id": 0}]) == [
        {"fw_instance_id": ONE, "enterprise_project_id": "0"}
    ]


def test_a_firewall_given_twice_has_what_both_say() -> None:
    assert read_firewalls([ONE, {"fw_instance_id": ONE, "region": "cn-north-4"}]) == [
        {"fw_instance_id": ONE, "region": "cn-north-4"}
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([{"region": "cn-north-4"}], "fw_instance_id is missing"),
        ([{"fw_instance_id": ""}], "fw_instance_id is missing"),
        ([{"fw_instance_id": ONE, "regoin": "cn-north-4"}], "'regoin'"),
        (["../../v1"], "is no id"),
        ([{"fw_instance_id": ONE, "object_id": "a b"}], "object_id: 'a b' is no id"),
        ([{"fw_instance_id": ONE, "name": "a\nb"}], "line breaks"),
        ([{"fw_instance_id": ONE, "project_id": True}], "is not text"),
        ([7], "is neither an id"),
        ([[ONE]], "is neither an id"),
        ([{"fw_instance_id": ONE, "region": "a"}, {"fw_instance_id": ONE, "region": "b"}], "given twice"),
    ],
)
def test_what_is_wrong_is_said(value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_firewalls(value)

    assert said in caught.value.message
    assert caught.value.message.startswith("firewalls[")


def test_all_that_is_wrong_is_said() -> None:
    with pytest.raises(InputError) as caught:
        read_firewalls(["a/b", ONE, "c/d"], "guard_firewalls")

    assert "guard_firewalls[0]" in caught.value.message
    assert "guard_firewalls[2]" in caught.value.message
