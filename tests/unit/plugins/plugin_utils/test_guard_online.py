# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guard judges by what the modules registered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.plugin_utils._guard import offline
from ansible_collections.secops.cfw.plugins.plugin_utils._guard_online import online

ONE = {"fw_instance_id": "one", "name": "edge"}
TWO = {"fw_instance_id": "two"}
DOWN: dict[str, Any] = {
    "msg": "No way. Look elsewhere.",
    "error": {"code": "timeout", "message": "No\nway.", "request_id": "", "hint": ""},
}


def plan(targets: str = "9.9.9.9 2620:fe::9", **options: Any) -> dict[str, Any]:
    options = {
        "case_id": "INC-2041",
        "targets": targets,
        "protected": ["8.8.8.0/24"],
        "firewalls": [ONE, TWO],
        "direction": "inbound",
        **options,
    }
    return offline(options, Context(environ={}, home="/"))


def loop(*results: dict[str, Any]) -> dict[str, Any]:
    return {
        "results": [{"guard_firewall": firewall, **result} for firewall, result in zip((ONE, TWO), results)],
        "changed": False,
    }


def eips(*addresses: str, name: str = "web-1") -> dict[str, Any]:
    return {
        "eips": [
            {"public_ip": "" if ":" in ip else ip, "public_ipv6": ip if ":" in ip else "", "device": {"name": name}}
            for ip in addresses
        ]
    }


def assets(*addresses: str, **more: Any) -> dict[str, Any]:
    return {
        "assets": [{"name": "db-1", "instance_id": "ins-1", "public_ips": list(addresses), "private_ips": [], **more}]
    }


def rows(result: str, *targets: str, **more: Any) -> list[dict[str, Any]]:
    return [{"target": target, "result": result, "reason": "", "before": None, **more} for target in targets]


def huawei(**more: Any) -> dict[str, Any]:
    quota = {"total": 2000, "used": 10, "left": 1990, "needed": 2, "not_fitting": []}
    return {"entries": rows("created", "9.9.9.9", "2620:fe::9"), "quota": quota, **more}


TENCENT_QUOTA = {
    "total": 1000,
    "used_inbound": 5,
    "used_outbound": 1,
    "left": 994,
    "needed_inbound": 2,
    "needed_outbound": 0,
    "not_fitting": [],
}


def tencent(**more: Any) -> dict[str, Any]:
    return {"rules": rows("created", "9.9.9.9", "2620:fe::9", shadowed_by=[]), "quota": TENCENT_QUOTA, **more}


def judged(made: dict[str, Any] | None = None, **registered: Any) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "eips": loop(eips("198.51.100.1"), eips("198.51.100.1", "2001:db8::1")),
        "assets": assets("198.51.100.2"),
        "huawei": loop(huawei(), huawei()),
        "tencent": tencent(),
        **registered,
    }
    result = online(made or plan(), **answers)
    assert result["ok"] is (result["refused"] == [])
    assert json.loads(json.dumps(result)) == result
    return result


def test_what_may_be_blocked_passes() -> None:
    found = judged()

    assert found["ok"]
    assert found["online"] == {"checked": True, "skipped_because": "", "own_addresses": 3}
    huawei_row = {
        "cloud": "huawei",
        "total": 2000,
        "used": 10,
        "left": 1990,
        "needed": 2,
        "not_fitting": [],
        "unread": "",
    }
    assert found["quota"] == [
        {**huawei_row, "scope": "one"},
        {**huawei_row, "scope": "two"},
        {
            "cloud": "tencent",
            "scope": "",
            "total": 1000,
            "used": 6,
            "left": 994,
            "needed": 2,
            "not_fitting": [],
            "unread": "",
        },
    ]


def test_without_the_online_part_the_result_is_that_of_the_offline_part() -> None:
    refused, skipped = plan("10.0.0.1"), plan(online=False, online_skip_reason="a test")

    assert online(refused) == refused["result"]
    assert online(skipped) == skipped["result"]


# Own addresses


def test_own_addresses_of_both_clouds_are_refused() -> None:
    found = judged(
        plan("9.9.9.1 9.9.9.2 2620:FE::3 10.0.0.4 9.9.9.9", override="10.0.0.4", override_reason="infected"),
        eips=loop(eips("9.9.9.1"), eips("2620:fe:0::3", name="")),
        assets=assets("9.9.9.2", private_ips=["10.0.0.4"]),
    )

    assert [(row["target"], row["code"], row["cloud"], row["scope"]) for row in found["refused"]] == [
        ("9.9.9.1", "own_address", "huawei", "one"),
        ("9.9.9.2", "own_address", "tencent", ""),
        ("2620:fe::3", "own_address", "huawei", "two"),
    ]
    assert "9.9.9.1: it is the organisation's own address of web-1 at huawei" in found["message"]
    assert [row["because"] for row in found["overrides"]] == [
        "private, 10.0.0.0/8, RFC 1918",
        "it is the organisation's own address of db-1 at tencent",
    ]


def test_a_prefix_with_an_own_address_in_it_is_refused() -> None:
    found = judged(plan("9.9.9.0/24", clouds="huawei", own_clouds="tencent huawei"), assets=assets("9.9.9.77"))

    assert [(row["target"], row["code"], row["entry"]) for row in found["refused"]] == [
        ("9.9.9.0/24", "own_address", "9.9.9.77")
    ]
    assert "it overlaps 9.9.9.77, the organisation's own address of db-1 at tencent" in found["message"]


def test_an_override_permits_an_own_address_and_is_recorded() -> None:
    found = judged(plan("9.9.9.9", override="9.9.9.9", override_reason="it is lost"), assets=assets("9.9.9.9"))

    assert found["ok"]
    assert [(row["target"], row["reason"]) for row in found["overrides"]] == [("9.9.9.9", "it is lost")]


@pytest.mark.parametrize("name", ["one\ntwo; 9.9.9.8: fine", "x" * 200])
def test_the_name_of_a_machine_can_not_break_the_message(name: str) -> None:
    found = judged(eips=loop(eips("9.9.9.9", name=name), eips()))

    assert "\n" not in found["message"]
    assert "x" * 100 not in found["message"]


def test_an_own_address_that_can_not_be_understood_is_said() -> None:
    found = judged(assets=assets("lb.example.com"))

    assert found["warnings"] == [
        "An address of db-1 at tencent can't be understood, so it is not protected: 'lb.example.com'"
    ]


# A cloud that does not answer


@pytest.mark.parametrize(
    ("registered", "cloud", "scope"),
    [
        ({"eips": loop(eips(), DOWN)}, "huawei", "two"),
        ({"eips": loop(eips())}, "huawei", "two"),
        ({"assets": DOWN}, "tencent", ""),
        ({"assets": {"skipped": True, "changed": False}}, "tencent", ""),
        ({"assets": None}, "tencent", ""),
        ({"huawei": loop(DOWN, huawei())}, "huawei", "one"),
        ({"huawei": loop(huawei(), {"msg": "MODULE FAILURE", "rc": 1})}, "huawei", "two"),
        ({"tencent": DOWN}, "tencent", ""),
        ({"tencent": None}, "tencent", ""),
        ({"tencent": tencent(rules=[], **DOWN)}, "tencent", ""),
    ],
)
def test_a_read_that_fails_refuses_the_incident(registered: dict[str, Any], cloud: str, scope: str) -> None:
    found = judged(**registered)

    assert [(row["target"], row["code"], row["cloud"], row["scope"]) for row in found["refused"]] == [
        ("", "read_failed", cloud, scope)
    ]
    assert "set guard_online to false and say why in guard_online_skip_reason" in found["message"]


def test_nothing_registered_at_all_refuses_the_incident() -> None:
    assert [row["code"] for row in online(plan())["refused"]] == ["read_failed"] * 6


def test_the_cause_is_shown_in_one_line() -> None:
    found = judged(tencent={**DOWN, "error": {**DOWN["error"], "message": "a\nb " * 500}})

    assert found["refused"][0]["reason"].startswith("the dry run failed: a b a b")
    assert len(found["refused"][0]["reason"]) < 400
    assert "No way (timeout)" in judged(tencent=DOWN)["message"]


# Dry runs


def test_what_would_not_fit_is_named_for_every_list() -> None:
    full = {"total": 2000, "used": 1999, "left": 1, "needed": 2, "not_fitting": ["2620:fe::9", "2620:fe::9"]}
    error = {"code": "quota_exceeded", "message": "no room", "request_id": "", "hint": ""}
    found = judged(
        huawei=loop(huawei(), huawei(quota=full, entries=rows("refused", "9.9.9.9", "2620:fe::9"), error=error)),
        tencent=tencent(
            quota={**TENCENT_QUOTA, "left": 0, "not_fitting": ["9.9.9.9", "2620:fe::9"]},
            rules=rows("refused", "9.9.9.9", "2620:fe::9"),
            error=error,
        ),
    )

    assert [(row["target"], row["code"], row["cloud"], row["scope"]) for row in found["refused"]] == [
        ("2620:fe::9", "no_room", "huawei", "two"),
        ("9.9.9.9", "no_room", "tencent", ""),
        ("2620:fe::9", "no_room", "tencent", ""),
    ]
    assert found["quota"][1]["not_fitting"] == ["2620:fe::9"]
    assert "the block list of two has room for 1 more entries and 2 are needed; it would not fit" in found["message"]


def test_a_quota_that_can_not_be_read_is_said_and_refuses_nothing() -> None:
    found = judged(tencent=tencent(quota=None))

    assert found["ok"]
    assert found["quota"][-1]["unread"] == (
        "whether the block list of Tencent has room is not known: its quota could not be read"
    )
    assert found["quota"][-1]["left"] is None
    assert found["warnings"] == ["Whether the block list of Tencent has room is not known: its quota could not be read"]


def test_where_nothing_is_added_no_quota_is_needed() -> None:
    found = judged(tencent=tencent(quota=None, rules=rows("unchanged", "9.9.9.9", "2620:fe::9")))

    assert found["ok"]
    assert [row["cloud"] for row in found["quota"]] == ["huawei", "huawei"]


def test_what_the_dry_run_refuses_is_refused() -> None:
    error = {"code": "targets_refused", "message": "no", "request_id": "", "hint": ""}
    mixed = [*rows("created", "9.9.9.9"), *rows("refused", "2620:fe::9", reason="it is on the allow list")]
    found = judged(tencent=tencent(rules=mixed, error=error))

    assert [(row["target"], row["code"], row["reason"]) for row in found["refused"]] == [
        ("2620:fe::9", "dry_run_refused", "refused by the dry run at Tencent: it is on the allow list")
    ]


def test_protection_that_only_the_modules_see_refuses() -> None:
    row = {
        "target": "9.9.9.9",
        "code": "protected",
        "reason": "protected by 9.9.9.9",
        "entry": "9.9.9.9",
        "source": "SECOPS_CFW_PROTECTED",
    }
    error = {"code": "protected_target", "message": "no", "request_id": "", "hint": ""}
    found = judged(huawei=loop(huawei(), {"error": error, "refused": [row]}))

    assert found["refused"] == [{**row, "cloud": "huawei", "scope": "two"}]


def test_allow_entries_that_cover_a_target_are_said() -> None:
    shadowed = rows("created", "9.9.9.9", shadowed_by=["9.9.9.0/24"])
    found = judged(tencent=tencent(rules=shadowed))

    assert found["ok"]
    assert found["warnings"] == ["9.9.9.9: entries of Tencent's allow list cover it and may let it through: 9.9.9.0/24"]
