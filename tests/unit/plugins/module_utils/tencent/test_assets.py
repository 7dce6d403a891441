# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_asset_info: the account's own instances, networks and addresses, complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent import assets
from ansible_collections.secops.cfw.plugins.module_utils._tencent.assets import ASSET_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from emulator import Emulator
from support.tencent_info import Info

ASSETS = "DescribeCfwAssets"
WEB = {
    "instance_id": "ins-web",
    "name": "web-1",
    "public_ips": ["192.88.99.20", "2001:db8::20"],
    "private_ips": ["10.0.0.20"],
    "fingerprints": [{"port": 80}, {"port": 443}, {"port": 8080}, {"port": 8443}, {"port": 22}],
}
NAT = {
    "instance_id": "nat-1",
    "type": "NAT",
    "public_ips": ["192.88.99.2"],
    "vpc_id": "vpc-2",
    "subnet_id": "subnet-2",
    "region": "ap-shanghai",
}


@pytest.fixture
def info(emu: Emulator) -> Info:
    emu.reset(rate_limit=0)
    emu.seed(tencent={"assets": [WEB, NAT]})
    return Info(emu, ASSET_INFO, run)


def found(result: Mapping[str, Any]) -> list[str]:
    assert result["total"] == len(result["assets"])
    return [row["instance_id"] for row in result["assets"]]


@pytest.mark.parametrize("spelling", ["lists", "single"])
def test_instances_with_their_addresses(info: Info, spelling: str) -> None:
    info.emu.switch(asset_fields=spelling)
    result = info.same_in_check_mode()
    assert found(result) == ["ins-web", "nat-1"]
    web, nat = result["assets"]
    assert (web["public_ips"], web["private_ips"]) == (["192.88.99.20", "2001:db8::20"], ["10.0.0.20"])
    assert (web["name"], web["instance_type"], web["region"]) == ("web-1", "CVM", "ap-guangzhou")
    assert (nat["vpc_id"], nat["subnet_id"], nat["private_ips"]) == ("vpc-2", "subnet-2", [])
    assert web["raw"]["instance_id"] == "ins-web"
    assert info.emu.calls() == {ASSETS: 1}
    assert [row["body"] for row in info.emu.log] == [{"AssetType": "host", "Limit": 1000}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ips": "192.88.99.2"}, ["nat-1"]),
        ({"ips": "192.88.99.2,10.0.0.20"}, ["ins-web", "nat-1"]),
        ({"ips": "2001:DB8::20"}, ["ins-web"]),
        ({"ips": [f"192.88.99.{last}" for last in range(10)]}, ["nat-1"]),
        ({"instance_ids": "nat-1"}, ["nat-1"]),
        ({"instance_ids": "nat"}, []),
        ({"instance_ids": ["nat-1", "ins-web"], "ips": "10.0.0.20"}, ["ins-web"]),
        ({"instance_ids": [f"ins-{n}" for n in range(10)] + ["ins-web"]}, ["ins-web"]),
        ({"instance_type": "NAT"}, ["nat-1"]),
        ({"vpc_id": "vpc-2"}, ["nat-1"]),
        ({"subnet_id": "subnet-emulated", "vpc_id": "vpc-emulated"}, ["ins-web"]),
        ({"vpc_id": "vpc-9"}, []),
    ],
)
def test_filters(info: Info, given: dict[str, Any], expected: list[str]) -> None:
    assert sorted(found(info.run(**given))) == expected


def test_networks(info: Info) -> None:
    networks = info.run(type="vpc")
    assert [row["vpc_id"] for row in networks["assets"]] == ["vpc-emulated", "vpc-2"]
    subnets = info.run(type="subnet", vpc_id="vpc-2")
    assert [row["subnet_id"] for row in subnets["assets"]] == ["subnet-2"]
    assert [row["body"]["AssetType"] for row in info.emu.log] == ["subnet"]


def test_an_instance_asked_for_by_id_has_all_its_fingerprints_once(info: Info) -> None:
    (web,) = info.run(instance_ids="ins-web")["assets"]
    assert web["raw"]["fingerprints"] == WEB["fingerprints"]
    assert info.emu.calls() == {ASSETS: 3}
    assert [set(row["body"]) for row in info.emu.log][1:] == [{"NextToken"}, {"NextToken"}]


@pytest.mark.parametrize("token", ["new", "same"])
def test_all_pages(info: Info, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    info.emu.switch(asset_token=token)
    monkeypatch.setattr(assets, "ASSET_PAGE", 10)
    info.emu.seed(tencent={"assets": [{"instance_id": f"ins-{n}"} for n in range(95)]})
    assert len(set(found(info.run()))) == 97
    assert info.emu.calls() == {ASSETS: 10}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"asset_type": "host"}, "unreadable_answer"),
        ({"assets": "none", "HasMore": False}, "unreadable_answer"),
        ({"assets": ["text"], "HasMore": False}, "unreadable_answer"),
        ({"assets": [], "HasMore": "yes"}, "unreadable_answer"),
        ([], "unreadable_answer"),
        ({"assets": [{"instance_id": "i"}], "HasMore": True}, "list_incomplete"),
        ({"assets": [{"instance_id": "i"}], "HasMore": True, "NextToken": ""}, "list_incomplete"),
    ],
)
def test_an_odd_answer_is_no_empty_list(info: Info, monkeypatch: pytest.MonkeyPatch, answer: Any, code: str) -> None:
    monkeypatch.setattr(assets, "data_of", lambda _content, _action: answer)
    assert info.fails()["error"]["code"] == code


def test_a_page_that_comes_for_ever(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"assets": [{"instance_id": "i"}], "HasMore": True, "NextToken": "t"}
    monkeypatch.setattr(assets, "data_of", lambda _content, _action: dict(page))
    monkeypatch.setattr(TencentCfw, "call", lambda _client, _action, _body: {})
    assert info.fails()["error"]["code"] == "list_incomplete"


def test_no_assets_is_an_empty_list(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "data_of", lambda _content, _action: {"assets": None, "HasMore": False})
    assert found(info.run()) == []


def test_addresses_wherever_the_record_has_them(info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {
        "instance_id": "ins-1",
        "eip": "192.88.99.1",
        "Ips": [{"addr": "100.64.0.1"}, {"addr": "fd00::1"}],
        "nic": {"publicIpv6": "2400:cb00::1"},
        "description": "192.88.99.50 is somebody else",
        "owner": "192.88.99.60",
        "vip": None,
        "ip_count": 3,
    }
    monkeypatch.setattr(assets, "data_of", lambda _content, _action: {"assets": [raw], "HasMore": False})
    (asset,) = info.run()["assets"]
    assert asset["public_ips"] == ["192.88.99.1", "2400:cb00::1"]
    assert asset["private_ips"] == ["100.64.0.1", "fd00::1"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ips": "example.com"}, "ips[0]"),
        ({"type": "vpc", "ips": "10.0.0.1"}, "ips can't be used with type: vpc"),
        ({"type": "vpc", "subnet_id": "subnet-1"}, "subnet_id can't be used with type: vpc"),
        ({"type": "subnet", "instance_type": "CVM"}, "instance_type can't be used with type: subnet"),
        ({"vpc_id": "vpc\n1"}, "line breaks"),
    ],
)
def test_bad_input_is_refused(info: Info, given: dict[str, Any], said: str) -> None:
    assert said in info.refuses(**given)


def test_the_international_site_has_no_such_call(info: Info) -> None:
    failure = info.fails(site="international")
    assert failure["error"]["code"] == "invalid_input"
    assert "has no DescribeCfwAssets" in failure["error"]["message"]
    assert info.emu.calls() == {}
