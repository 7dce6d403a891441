# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assets, quota, ModifyBlockIgnoreList and the international lists at Tencent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import TENCENT_READONLY_ID, Emulator
from emulator.accounts import TENCENT_KEYS
from emulator.client import RawClient

A, B = "203.0.113.9", "203.0.113.10"
PERMANENT = "3000-01-01 00:00:00"
START = "2026-01-01 00:00:00"
WEB = {
    "instance_id": "ins-web",
    "name": "web",
    "public_ips": ["198.51.100.20"],
    "private_ips": ["10.0.0.20"],
    "fingerprints": [{"port": 80}, {"port": 443}, {"port": 22}],
}
NAT = {"instance_id": "nat-1", "type": "NAT", "vpc_id": "vpc-2", "subnet_id": "subnet-2"}


def code(answer: dict[str, Any]) -> str | None:
    known: str | None = answer.get("Error", {}).get("Code")
    return known


# DescribeCfwAssets


@pytest.fixture
def hosts(emu: Emulator) -> Emulator:
    emu.seed(tencent={"assets": [WEB, NAT]})
    return emu


def assets(client: RawClient, **body: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(client.call("DescribeCfwAssets", body)["Data"])
    return data


def ids(data: dict[str, Any]) -> list[str]:
    return [row["instance_id"] for row in data["assets"]]


def test_assets_and_their_filters(hosts: Emulator, client: RawClient) -> None:
    data = assets(client)
    assert (data["asset_type"], data["HasMore"], ids(data)) == ("host", False, ["ins-web", "nat-1"])
    assert data["assets"][0]["public_ip_list"] == ["198.51.100.20"]
    assert "fingerprints" not in data["assets"][0]
    assert ids(assets(client, Ip="0.0.2")) == ["ins-web"]
    assert ids(assets(client, InstanceType="NAT")) == ["nat-1"]
    assert ids(assets(client, VpcId="vpc-2", SubnetId="subnet-2")) == ["nat-1"]
    assert [row["vpc_id"] for row in assets(client, AssetType="vpc")["assets"]] == ["vpc-emulated", "vpc-2"]
    assert [row["subnet_id"] for row in assets(client, AssetType="subnet", VpcId="vpc-2")["assets"]] == ["subnet-2"]
    assert hosts.state()["tencent"]["assets"][1]["type"] == "NAT"


@pytest.mark.parametrize(("token", "distinct"), [("new", 2), ("same", 1)])
def test_asset_pages(hosts: Emulator, client: RawClient, token: str, distinct: int) -> None:
    hosts.switch(asset_token=token)
    first = assets(client, InstanceId="ins-web")
    second = assets(client, NextToken=first["NextToken"])
    assert (first["HasMore"], second["HasMore"]) == (True, False)
    assert [row["port"] for data in (first, second) for row in data["assets"][0]["fingerprints"]] == [80, 443, 22]
    assert "NextToken" not in second
    one = assets(client, Limit=1)
    assert len({first["NextToken"], one["NextToken"]}) == distinct
    assert ids(assets(client, NextToken=one["NextToken"])) == ["nat-1"]


def test_switch_asset_fields(hosts: Emulator, client: RawClient) -> None:
    hosts.switch(asset_fields="single")
    row = assets(client)["assets"][0]
    assert (row["public_ip"], row["private_ip"], row["asset_name"]) == ("198.51.100.20", "10.0.0.20", "web")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Limit": 1001}, "InvalidParameter"),
        ({"Limit": 0}, "InvalidParameter"),
        ({"AssetType": "disk"}, "InvalidParameter"),
        ({"AssetType": "vpc", "Ip": "1.1.1.1"}, "InvalidParameter"),
        ({"AssetType": "vpc", "SubnetId": "s"}, "InvalidParameter"),
        ({"NextToken": "made-up"}, "InvalidParameter"),
        ({"NextToken": "t", "Limit": 10}, "InvalidParameter"),
        ({"Offset": 0}, "UnknownParameter"),
    ],
)
def test_what_assets_refuse(hosts: Emulator, client: RawClient, body: dict[str, Any], expected: str) -> None:
    assert code(client.call("DescribeCfwAssets", body)) == expected


@pytest.mark.parametrize("row", [{}, {"instance_id": ""}, {"instance_id": "i", "colour": "red"}])
def test_what_can_not_be_seeded(emu: Emulator, row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="asset"):
        emu.seed(tencent={"assets": [row]})


# DescribeOverviewResourceQuota


def quota(client: RawClient) -> dict[str, Any]:
    answer = client.call("DescribeOverviewResourceQuota", {"Scene": "detail"})
    assert answer["ReturnCode"] == 0
    detail: dict[str, Any] = answer["Data"]["Detail"]["QuotaDetail"]
    return detail


def test_quota_counts_directions(emu: Emulator, client: RawClient) -> None:
    emu.switch(block_quota=10)
    emu.seed(tencent={"blocklist": [{"Ioc": A, "DirectionList": "0,1"}, B], "whitelist": ["1.1.1.1"]})
    detail = quota(client)
    assert detail["BlockListQuota"] == {"TotalCnt": 10, "UsedCnt": 3, "InUsedCnt": 2, "OutUsedCnt": 1}
    assert detail["BlockListQuotaDetail"]["RemainCnt"] == 7
    assert code(client.call("DescribeOverviewResourceQuota", {"Limit": 1})) == "UnknownParameter"


def test_switch_quota_answer(emu: Emulator, client: RawClient) -> None:
    emu.switch(quota_answer="counts")
    assert "BlockListQuotaDetail" not in quota(client)
    emu.switch(quota_answer="mismatch")
    assert quota(client)["BlockListQuota"]["UsedCnt"] == 1
    emu.switch(quota_answer="empty")
    assert quota(client) is None
    emu.switch(quota_answer="fail")
    assert client.call("DescribeOverviewResourceQuota", {})["ReturnCode"] == -1


# ModifyBlockIgnoreList


def modify(client: RawClient, action: str, *items: Any, **changes: Any) -> dict[str, Any]:
    iocs = [{"IP": item, "Direction": 1} if isinstance(item, str) else item for item in items]
    times = {} if action == "delete" else {"StartTime": START, "EndTime": PERMANENT}
    return client.call("ModifyBlockIgnoreList", {"RuleType": 1, "IOC": iocs, "IocAction": action, **times, **changes})


def listed(client: RawClient) -> dict[str, str]:
    return {row["Ioc"]: row["DirectionList"] for row in client.rows()}


def test_add_edit_delete(emu: Emulator, client: RawClient) -> None:
    assert modify(client, "add", A, {"IP": A, "Direction": 0}, B)["ReturnCode"] == 0
    assert listed(client) == {A: "1,0", B: "1"}
    assert modify(client, "edit", B, EndTime="2999-01-01 00:00:00")["ReturnCode"] == 0
    assert {row["Ioc"]: row["EndTime"] for row in client.rows()}[B] == "2999-01-01 00:00:00"
    assert modify(client, "delete", A)["ReturnCode"] == 0
    assert listed(client) == {A: "0", B: "1"}
    assert emu.writes() == 3


def test_allow_an_address_and_a_domain(client: RawClient) -> None:
    assert modify(client, "add", A, {"Domain": "example.com", "Direction": 0}, RuleType=2)["ReturnCode"] == 0
    assert {row["Ioc"]: row["RuleType"] for row in client.rows("whitelist")} == {A: 2, "example.com": 3}


def test_a_comment_stays(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": A, "Comment": "ir:1;"}]})
    modify(client, "edit", A)
    assert client.rows()[0]["Comment"] == "ir:1;"


@pytest.mark.parametrize("action", ["add", "edit", "delete"])
def test_switch_modify_bad_item(emu: Emulator, client: RawClient, action: str) -> None:
    good, bad = (B, A) if action == "add" else (A, B)
    for switch, touched in (("nothing", False), ("others", True)):
        emu.reset(modify_bad_item=switch)
        emu.seed(tencent={"blocklist": [{"Ioc": A, "EndTime": "2999-01-01 00:00:00"}]})
        before = client.rows()
        assert modify(client, action, good, bad)["ReturnCode"] == -1
        assert (client.rows() != before) is touched


def test_switch_modify_add_existing(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [A]})
    assert modify(client, "add", A)["ReturnCode"] == -1
    emu.switch(modify_add_existing="merges")
    assert modify(client, "add", A)["ReturnCode"] == 0


@pytest.mark.parametrize(
    ("action", "items", "changes", "expected"),
    [
        ("add", [A], {"RuleType": 3}, "InvalidParameter"),
        ("drop", [A], {}, "InvalidParameter"),
        ("add", [], {}, "InvalidParameter"),
        ("add", [A, A], {}, "InvalidParameter"),
        ("add", ["1.1.1.0/24"], {}, "InvalidParameter"),
        ("add", [{"IP": A, "Direction": 3}], {}, "InvalidParameter"),
        ("add", [{"IP": A, "Domain": "example.com", "Direction": 1}], {}, "InvalidParameter"),
        ("add", [{"Domain": "example.com", "Direction": 1}], {}, "InvalidParameter"),
        ("add", [A], {"EndTime": "2020-01-01 00:00:00"}, "InvalidParameter"),
        ("add", [A], {"StartTime": PERMANENT}, "InvalidParameter"),
        ("add", [A], {"EndTime": "tomorrow"}, "InvalidParameter"),
        ("add", [{"IP": A, "Direction": 1, "Comment": "x"}], {}, "UnknownParameter"),
        ("add", [A], {"Comment": "x"}, "UnknownParameter"),
        ("add", [{"IP": A}], {}, "MissingParameter"),
    ],
)
def test_what_modify_refuses(
    client: RawClient, action: str, items: list[Any], changes: dict[str, Any], expected: str
) -> None:
    assert code(modify(client, action, *items, **changes)) == expected
    assert client.rows() == []


def test_modify_needs_both_times_and_the_right_to_write(emu: Emulator, client: RawClient) -> None:
    body = {"RuleType": 1, "IOC": [{"IP": A, "Direction": 1}], "IocAction": "add", "EndTime": PERMANENT}
    assert code(client.call("ModifyBlockIgnoreList", body)) == "MissingParameter"
    answer = client.tencent("ModifyBlockIgnoreList", body, key=TENCENT_KEYS[TENCENT_READONLY_ID]).json()["Response"]
    assert code(answer) == "UnauthorizedOperation"
    emu.switch(block_quota=0)
    assert code(modify(client, "add", A)) == "LimitExceeded"


# The international lists


def foreign(client: RawClient, **changes: Any) -> dict[str, Any]:
    body = {"Limit": 100, "Offset": 0, "Direction": "", "RuleType": 1, "Order": "asc", "By": "StartTime", **changes}
    return client.call("DescribeBlockIgnoreList", {name: value for name, value in body.items() if value is not None})


def test_the_international_list_goes_by_rule_type(emu: Emulator, client: RawClient) -> None:
    emu.switch(international=True)
    emu.seed(tencent={"blocklist": [A], "whitelist": [B]})
    assert [foreign(client, RuleType=number)["Data"][0]["Ioc"] for number in (1, 2)] == [A, B]
    assert code(foreign(client, ShowType="blocklist")) == "UnknownParameter"
    assert code(foreign(client, RuleType=None)) == "MissingParameter"
    assert code(foreign(client, RuleType=3)) == "InvalidParameter"


def test_switch_international_order(emu: Emulator, client: RawClient) -> None:
    emu.switch(international=True, international_order="as_page")
    assert code(foreign(client)) == "InvalidParameter"
    assert foreign(client, Order="StartTime", By="asc")["Data"] == []


def test_switch_international_rows(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": A, "DirectionList": "0,1"}]})
    emu.switch(international=True, international_rows="old")
    rows = foreign(client)["Data"]
    assert [row["Direction"] for row in rows] == [1, 0]
    assert not {"DirectionList", "Comment"} & set(rows[0])
    assert emu.state()["tencent"]["blocklist"][0]["DirectionList"] == "1,0"


# Alerts and logs


def test_switch_alert_page(emu: Emulator, client: RawClient) -> None:
    emu.switch(alert_page="short")
    assert set(json.loads(client.call("DescribeCfwAlerts", {})["Data"])) == {"total", "alerts"}


def test_switch_alerts_too_large(emu: Emulator, client: RawClient) -> None:
    emu.switch(alerts_too_large=20)
    assert code(client.call("DescribeCfwAlerts", {"Limit": 21})) == "FailedOperation.ResponseTooLarge"
    assert code(client.call("DescribeCfwAlerts", {"Limit": 20})) is None


def test_switch_logs_total_shown(emu: Emulator, client: RawClient) -> None:
    emu.switch(logs_total_shown="text")
    body = {"Index": "rule_threatinfo", "Limit": 1, "Offset": 0, "StartTime": START, "EndTime": PERMANENT}
    assert client.call("DescribeLogs", body)["Total"] == "0"
