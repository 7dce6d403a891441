# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guard judges without a cloud."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.plugin_utils._guard import offline

ATTACKER = "9.9.9.9"
FIREWALL = "ebf891cd-2163-48a0-9963-6309f99dd3c4"


def plan(environ: Mapping[str, str] | None = None, **options: Any) -> dict[str, Any]:
    given_options = {
        "case_id": "INC-2041",
        "targets": ATTACKER,
        "protected": ["8.8.8.0/24"],
        "firewalls": FIREWALL,
        **options,
    }
    return offline(given_options, Context(environ=environ or {}, home="/", time=lambda: 1_795_000_000.0))


def judged(environ: Mapping[str, str] | None = None, **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = plan(environ, **options)["result"]
    assert result["ok"] is (result["refused"] == [])
    assert bool(result["message"]) is not result["ok"]
    return result


def codes(environ: Mapping[str, str] | None = None, **options: Any) -> list[tuple[str, str]]:
    return [(row["target"], row["code"]) for row in judged(environ, **options)["refused"]]


def test_an_attacker_passes_and_the_online_part_is_planned() -> None:
    found = plan(targets="9.9.9.9, 9.9.9.9/32 2620:fe::9", direction="both", duration="7d")

    assert json.loads(json.dumps(found)) == found
    assert found["result"] == {
        "case_id": "INC-2041",
        "ok": True,
        "message": "",
        "checked_at": "2026-11-18T11:06:40Z",
        "targets": ["9.9.9.9", "2620:fe::9"],
        "folded": [{"given": "9.9.9.9/32", "target": "9.9.9.9"}],
        "refused": [],
        "warnings": [],
        "overrides": [],
        "acknowledged": [],
        "protection": {"entries": 1, "sources": {"guard_protected": 1}},
        "waiver": "",
        "online": {"checked": True, "skipped_because": "", "own_addresses": 0},
        "quota": [],
    }
    assert found["go_online"] is True
    assert found["own_huawei"] == found["dry_run_huawei"] == [{"fw_instance_id": FIREWALL}]
    assert found["own_tencent"] is found["dry_run_tencent"] is True
    assert (found["direction"], found["duration"]) == ("both", "7d")
    assert found["entries"] == [
        {"address": "9.9.9.9", "direction": "source"},
        {"address": "9.9.9.9", "direction": "destination"},
        {"address": "2620:fe::9", "direction": "source"},
        {"address": "2620:fe::9", "direction": "destination"},
    ]


def test_one_refused_target_refuses_all_and_no_cloud_is_asked() -> None:
    found = plan(targets=[ATTACKER, "8.8.8.8"])

    assert found["result"]["ok"] is False
    assert found["go_online"] is False
    assert found["own_huawei"] == found["dry_run_huawei"] == found["entries"] == []
    assert found["own_tencent"] is found["dry_run_tencent"] is False
    assert found["result"]["online"] == {
        "checked": False,
        "skipped_because": "the offline part refused already",
        "own_addresses": 0,
    }


# Ranges


@pytest.mark.parametrize(
    "target", ["10.0.0.1", "192.168.1.0/24", "100.64.0.1", "172.16.0.9", "fd00::1", "::ffff:10.0.0.1"]
)
def test_an_unattended_run_never_blocks_private_addresses(target: str) -> None:
    assert codes(targets=target, clouds="huawei") == [(target, "private")]


@pytest.mark.parametrize(
    "target",
    ["127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1"],
)
def test_no_override_permits_special_ranges(target: str) -> None:
    assert codes(targets=target, override=target, override_reason="I mean it") == [(target, "never")]


@pytest.mark.parametrize("target", ["0.0.0.0/0", "::/0"])
def test_no_override_and_no_count_permits_everything(target: str) -> None:
    found = codes(
        targets=target,
        clouds="huawei",
        override=target,
        override_reason="I mean it",
        max_targets=1_000_000,
        sensitive=["9.9.9.0/24", "2620:fe::/48"],
    )

    assert found == [(target, "everything")]


@pytest.mark.parametrize("target", ["8.8.8.8", "8.8.8.0/24", "8.8.8.64/26", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_what_lies_inside_a_protected_range_is_refused(target: str) -> None:
    assert [code for _target, code in codes(targets=target, clouds="huawei")] == ["protected"]


@pytest.mark.parametrize("option", ["protected", "allow_list", "controller_addresses"])
def test_a_prefix_that_contains_a_protected_host_is_refused(option: str) -> None:
    options: dict[str, Any] = {"protected": ["1.1.1.1"], option: ["203.0.113.10"]}
    wanted = {"protected": "protected", "allow_list": "allow_list", "controller_addresses": "controller"}[option]

    assert codes(targets="203.0.113.0/24", clouds="huawei", **options) == [("203.0.113.0/24", wanted)]


def test_the_reason_names_the_entry_and_where_it_stands() -> None:
    found = judged(targets="8.8.8.8", protected=[{"network": "8.8.8.8/32", "name": "our resolver"}])

    assert found["refused"][0]["reason"] == "protected by 8.8.8.8 from guard_protected[0] (our resolver)"
    assert (found["refused"][0]["entry"], found["refused"][0]["source"]) == ("8.8.8.8", "guard_protected")


def test_all_sources_of_protection_are_in_force(tmp_path: Path) -> None:
    listed = tmp_path / "protected.txt"
    listed.write_text("1.1.1.0/24 # offices\n", encoding="utf-8")
    environ = {"SECOPS_CFW_PROTECTED": "1.0.0.0/24\n", "HOME": str(tmp_path)}

    found = judged(
        environ, targets="8.8.8.8 1.1.1.1 1.0.0.1 4.4.4.4", protected_file=str(listed), allow_list="4.4.4.0/24"
    )

    assert {row["target"]: row["code"] for row in found["refused"]} == {
        "8.8.8.8": "protected",
        "1.1.1.1": "protected",
        "1.0.0.1": "protected",
        "4.4.4.4": "allow_list",
    }
    assert found["protection"] == {
        "entries": 4,
        "sources": {"guard_protected": 1, "guard_allow_list": 1, "SECOPS_CFW_PROTECTED": 1, str(listed): 1},
    }


# Whoever operates this machine


def test_the_session_that_one_is_logged_in_with_is_never_cut() -> None:
    environ = {"SSH_CLIENT": "203.0.113.9 50022 22", "SSH_CONNECTION": "203.0.113.9 50022 198.51.100.4 22"}

    found = judged(environ, targets="203.0.113.9 198.51.100.4")

    assert [(row["target"], row["code"]) for row in found["refused"]] == [
        ("203.0.113.9", "controller"),
        ("198.51.100.4", "controller"),
    ]
    assert "SSH_CLIENT (where you are logged in from)" in found["message"]
    assert "SSH_CONNECTION (this machine)" in found["message"]


@pytest.mark.parametrize("text", ["fe80::1%eth0 50022 22", "", "   "])
def test_a_session_over_a_link_local_address_is_understood(text: str) -> None:
    assert judged({"SSH_CLIENT": text})["warnings"] == []


def test_a_session_without_an_address_is_said_and_refuses_nothing() -> None:
    assert judged({"SSH_CLIENT": "UNKNOWN 0 22"})["warnings"] == [
        "SSH_CLIENT: 'UNKNOWN' is no address, so it protects nothing"
    ]


def test_addresses_of_the_controller_are_no_protected_list() -> None:
    assert codes({"SSH_CLIENT": "203.0.113.9 50022 22"}, protected=[], controller_addresses="1.1.1.1") == [
        ("", "no_protection")
    ]


# Lists that can't be understood, or are empty


@pytest.mark.parametrize("option", ["protected", "allow_list", "controller_addresses", "sensitive"])
@pytest.mark.parametrize(
    "entry",
    ["partner.example", "8.8.8.8/24", "1.1.1.1-1.1.1.9", {"network": ""}, {"network": None}, {"net": "8.8.8.8"}, 7],
)
def test_an_entry_that_can_not_be_understood_refuses_the_incident(option: str, entry: Any) -> None:
    options: dict[str, Any] = {"protected": ["1.1.1.1"], option: ["1.1.1.1", entry]}
    found = judged(**options)

    assert [row["code"] for row in found["refused"]] == ["bad_entry"]
    assert found["refused"][0]["source"] == f"guard_{option}"
    assert f"guard_{option}[1]" in found["message"]


def test_every_entry_that_can_not_be_understood_is_told() -> None:
    found = judged(
        {"SECOPS_CFW_PROTECTED": "two.example"},
        targets="9.9.9.9 10.0.0.1",
        protected=["one.example"],
        allow_list=["three.example"],
        protected_file="/nowhere/four.txt",
    )

    assert [row["code"] for row in found["refused"]] == ["bad_entry"] * 4 + ["private"]
    assert all(
        word in found["message"] for word in ("one.example", "two.example", "three.example", "/nowhere/four.txt")
    )


@pytest.mark.parametrize("empty", [[], "", None, [""]])
def test_no_protection_at_all_needs_a_waiver(empty: Any) -> None:
    assert codes(protected=empty) == [("", "no_protection")]

    waived = judged(protected=empty, empty_protected_reason="A new account without any address")
    assert waived["ok"]
    assert waived["waiver"] == "A new account without any address"
    assert "A new account" in waived["warnings"][0]


def test_a_waiver_that_nothing_needs_is_not_recorded() -> None:
    found = judged(empty_protected_reason="left over")

    assert found["waiver"] == ""
    assert "has no effect" in found["warnings"][0]


# Numbers


def test_the_number_of_targets_is_capped_after_folding() -> None:
    hundred = [f"9.9.9.{number}" for number in range(100)]

    assert judged(targets=[*hundred, "9.9.9.1/32"])["ok"]
    found = judged(targets=[*hundred, "9.9.8.1"])
    assert [row["code"] for row in found["refused"]] == ["too_many"]
    assert "101 targets, and guard_max_targets is 100" in found["message"]
    assert judged(targets=[*hundred, "9.9.8.1"], max_targets="101")["ok"]
    assert codes(targets=[ATTACKER, "9.9.9.8"], max_targets=1) == [("", "too_many")]


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("9.9.9.0/24", False),
        ("9.9.8.0/23", True),
        ("2620:fe:1::/48", False),
        ("2620:fe::/47", True),
        ("32.0.0.0/3", True),
        ("::ffff:9.9.8.0/119", True),
        ("::ffff:9.9.9.0/120", False),
        ("64:ff9b::9.0.0.0/104", True),
    ],
)
def test_short_prefixes_are_refused(target: str, refused: bool) -> None:
    found = codes(targets=target, clouds="huawei", max_targets=100_000)

    assert [code for _target, code in found] == ["prefix_too_short"] * refused


def test_prefix_lengths_can_be_stricter_and_never_looser() -> None:
    assert [code for _target, code in codes(targets="9.9.9.0/24", clouds="huawei", min_prefix_ipv4="28")] == [
        "prefix_too_short"
    ]
    assert [code for _target, code in codes(targets="2620:fe::/56", clouds="huawei", min_prefix_ipv6=64)] == [
        "prefix_too_short"
    ]
    found = judged(clouds="huawei", min_prefix_ipv4=8, min_prefix_ipv6="0")
    assert [row["code"] for row in found["refused"]] == ["bad_input", "bad_input"]
    assert "guard_min_prefix_ipv4 is '8'; give a whole number from 24 to 32" in found["message"]


@pytest.mark.parametrize(
    ("target", "permitted"),
    [
        ("9.9.0.0/16", True),
        ("9.8.0.0/15", False),
        ("2620:fe::/32", True),
        ("2620::/31", False),
        ("32.0.0.0/3", False),
    ],
)
def test_an_override_permits_a_short_prefix_up_to_a_limit(target: str, permitted: bool) -> None:
    found = judged(targets=target, clouds="huawei", override=target, override_reason="all theirs")

    assert found["ok"] is permitted
    assert [row["target"] for row in found["overrides"]] == [target] * permitted


def test_tencent_takes_single_addresses_only() -> None:
    found = judged(targets="9.9.9.0/24 9.9.8.8/32 2620:fe::/64")

    assert [(row["target"], row["code"], row["cloud"]) for row in found["refused"]] == [
        ("9.9.9.0/24", "prefix_at_tencent", "tencent"),
        ("2620:fe::/64", "prefix_at_tencent", "tencent"),
    ]
    assert "set guard_clouds to huawei, or list the single addresses" in found["message"].replace("Set", "set")
    assert judged(targets="9.9.9.0/24", clouds=["huawei"])["ok"]


# Overrides and acknowledgements


def test_an_override_names_its_targets_and_is_recorded() -> None:
    found = judged(
        {"SSH_CLIENT": "203.0.113.9 50022 22"},
        targets="10.0.0.1 8.8.8.8 203.0.113.9 4.4.4.4",
        allow_list="4.4.4.4",
        override=["10.0.0.1", "8.8.8.8/32", "203.0.113.9", "4.4.4.4"],
        override_reason="Infected, says the CISO",
    )

    assert found["ok"]
    assert [row["target"] for row in found["overrides"]] == ["10.0.0.1", "8.8.8.8", "203.0.113.9", "4.4.4.4"]
    assert {row["reason"] for row in found["overrides"]} == {"Infected, says the CISO"}
    assert found["overrides"][0]["because"] == "private, 10.0.0.0/8, RFC 1918"


def test_an_override_without_a_reason_is_none() -> None:
    assert codes(targets="10.0.0.1", override="10.0.0.1", override_reason="  ") == [
        ("", "bad_input"),
        ("10.0.0.1", "private"),
    ]


def test_an_override_is_exact() -> None:
    found = judged(targets="10.0.0.1", override="10.0.0.0/24 9.9.9.1", override_reason="all of them")

    assert [(row["target"], row["code"]) for row in found["refused"]] == [("10.0.0.1", "private")]
    assert found["warnings"] == [
        "guard_override: 10.0.0.0/24 is none of the targets, so it permits nothing",
        "guard_override: 9.9.9.1 is none of the targets, so it permits nothing",
    ]


def test_shared_addresses_need_an_acknowledgement_each() -> None:
    sensitive = [{"network": "104.16.0.0/13", "name": "a CDN"}, "9.9.9.0/28"]
    options: dict[str, Any] = {"targets": "104.16.0.9 9.9.9.9 9.9.8.8", "sensitive": sensitive}

    found = judged(**options, acknowledged="9.9.9.9")
    assert [(row["target"], row["code"], row["entry"]) for row in found["refused"]] == [
        ("104.16.0.9", "sensitive", "104.16.0.0/13")
    ]
    assert "104.16.0.0/13 (a CDN) in guard_sensitive" in found["message"]
    assert codes(**options, override="104.16.0.9 9.9.9.9", override_reason="no") == [
        ("104.16.0.9", "sensitive"),
        ("9.9.9.9", "sensitive"),
    ]

    found = judged(**options, acknowledged=["9.9.9.9", "104.16.0.9", "1.2.3.4"])
    assert found["ok"]
    assert [row["target"] for row in found["acknowledged"]] == ["104.16.0.9", "9.9.9.9"]
    assert found["warnings"] == ["guard_acknowledged: 1.2.3.4 is none of the targets, so it permits nothing"]


def test_a_prefix_that_contains_a_shared_address_needs_an_acknowledgement() -> None:
    assert codes(targets="9.9.9.0/24", clouds="huawei", sensitive="9.9.9.77") == [("9.9.9.0/24", "sensitive")]


# Going online, or saying why not


def test_staying_offline_needs_a_reason() -> None:
    assert codes(online=False) == [("", "online_unexplained")]

    found = plan(online="false", online_skip_reason="The API is down", firewalls="")
    assert found["go_online"] is False
    assert found["result"]["ok"]
    assert found["result"]["online"] == {"checked": False, "skipped_because": "The API is down", "own_addresses": 0}
    assert "The API is down" in found["result"]["warnings"][0]


def test_leaving_out_a_cloud_needs_a_reason() -> None:
    assert codes(own_clouds="tencent") == [("", "online_unexplained")]

    found = plan(own_clouds="tencent", online_skip_reason="No access to list EIPs")
    assert found["result"]["ok"]
    assert found["own_huawei"] == []
    assert found["own_tencent"] is True
    assert found["dry_run_huawei"] == [{"fw_instance_id": FIREWALL}]
    assert found["result"]["warnings"] == ["Own public addresses at huawei were not looked at: No access to list EIPs"]


def test_own_addresses_of_both_clouds_are_read_wherever_is_blocked() -> None:
    found = plan(clouds="tencent")

    assert found["own_huawei"] == [{"fw_instance_id": FIREWALL}]
    assert found["dry_run_huawei"] == []
    assert plan(clouds="huawei")["own_tencent"] is True
    left_out: dict[str, Any] = {"clouds": "huawei", "own_clouds": "huawei"}
    assert "does not say why" in judged(**left_out)["message"]
    assert plan(**left_out, online_skip_reason="We have nothing at Tencent.")["own_tencent"] is False


def test_huawei_needs_firewalls() -> None:
    assert "guard_firewalls names no firewall" in judged(firewalls=[])["message"]
    tencent_only: dict[str, Any] = {"firewalls": [], "clouds": ["tencent"]}
    assert "set guard_own_clouds to tencent and say why" in judged(**tencent_only)["message"]
    assert judged(**tencent_only, own_clouds="tencent", online_skip_reason="We have nothing at Huawei.")["ok"]


# Input


@pytest.mark.parametrize("blank", ["", None, "  "])
def test_what_a_survey_leaves_blank_counts_as_not_given(blank: Any) -> None:
    names = "clouds direction duration max_targets min_prefix_ipv4 min_prefix_ipv6 protected_file allow_list sensitive "
    names += "empty_protected_reason controller_addresses acknowledged override override_reason online own_clouds "
    names += "online_skip_reason"

    assert plan(**dict.fromkeys(names.split(), blank)) == plan()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("case_id", ""),
        ("case_id", "INC 1"),
        ("case_id", "INC/1"),
        ("case_id", "I" * 25),
        ("clouds", "tencent, aws"),
        ("own_clouds", "aws"),
        ("firewalls", "a/b"),
        ("direction", "sideways"),
        ("duration", "7 days"),
        ("max_targets", 0),
        ("max_targets", "many"),
        ("max_targets", True),
        ("override", "evil.example"),
        ("acknowledged", "evil.example"),
        ("override_reason", "one\ntwo"),
        ("online", "maybe"),
    ],
)
def test_input_that_makes_no_sense_is_refused(option: str, value: Any) -> None:
    found = judged(**{option: value})

    assert {row["code"] for row in found["refused"]} == {"bad_input"}
    assert f"guard_{option}" in found["message"]


@pytest.mark.parametrize("nothing", ["", None, [], " ,\n"])
def test_no_target_is_refused(nothing: Any) -> None:
    assert codes(targets=nothing) == [("", "no_targets")]


def test_everything_that_is_wrong_is_in_one_message() -> None:
    found = judged(targets="one.example 8.8.0.0/16 two.example 10.0.0.1 9.9.9.9", case_id="INC-7", clouds="huawei")

    assert found["message"] == (
        "The guard refuses all targets of INC-7, and nothing was changed: "
        "guard_targets[0]: 'one.example' is a host name, not an IP address; give an IPv4 or IPv6 address or prefix such as "
        "203.0.113.7 or 203.0.113.0/24; "
        "guard_targets[2]: 'two.example' is a host name, not an IP address; give an IPv4 or IPv6 address or prefix such as "
        "203.0.113.7 or 203.0.113.0/24; "
        "8.8.0.0/16: protected by 8.8.8.0/24 from guard_protected[0], and it is wider than allowed, and the shortest "
        "prefixes are /24 (IPv4) and /48 (IPv6); "
        "10.0.0.1: private, 10.0.0.0/8, RFC 1918. "
        "What to do: Write every target as an IPv4 or IPv6 address, or as a prefix without host bits. "
        "Take it out of the targets, or name exactly this target in guard_override and say why in guard_override_reason. "
        "List longer prefixes or single addresses; an override that names exactly this prefix permits down to /16 (IPv4) "
        "and /32 (IPv6)."
    )


def test_a_message_is_one_line_of_bearable_length() -> None:
    found = judged(targets=[f"10.0.{n // 250}.{n % 250}" for n in range(500)], max_targets=500)

    assert len(found["refused"]) == 500
    assert "and 300 more, see guard_result.refused" in found["message"]
    assert "\n" not in judged(targets=["one\x00two", "10.0.0.1"], case_id="a\nb")["message"]


@given(st.ip_addresses() | st.ip_addresses(v=4).map(lambda ip: ipaddress.ip_network((ip, 28), strict=False)))
def test_whatever_overlaps_a_protected_address_is_refused(target: Any) -> None:
    network = ipaddress.ip_network(target)
    for inside in (network[0], network[-1]):
        assert not judged(targets=str(target), clouds="huawei", protected=[str(inside)])["ok"]
