# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's own SDK reads assets, alerts, logs and the quota at the emulator, and edits lists as abroad."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent import alert_info, assets
from emulator import TENCENT_READONLY_ID, TENCENT_READONLY_KEY, Emulator
from sdk.test_tencent_sdk import call, refused, rows
from support.tencent import Cloud
from support.tencent_info import Info

# The SDK signs with datetime.utcfromtimestamp, which Python 3.12 deprecates, and leaves its sessions open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
IP = "203.0.113.9"
TIMES = {"StartTime": "2026-01-01 00:00:00", "EndTime": "3000-01-01 00:00:00"}
ITEM = {"IP": IP, "Direction": 1}


def data(client: Any, action: str, **body: Any) -> dict[str, Any]:
    """Data of an answer, which is JSON inside a string."""
    found: dict[str, Any] = json.loads(call(client, action, **body)["Data"])
    return found


def test_add_edit_delete(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    done = {"ReturnCode": 0, "ReturnMsg": "success"}
    both = [ITEM, {"IP": IP, "Direction": 0}]
    assert call(client, "ModifyBlockIgnoreList", RuleType=1, IOC=both, IocAction="add", **TIMES) == done
    (row,) = rows(client)
    assert (row["Ioc"], row["DirectionList"], row["EndTime"]) == (IP, "1,0", TIMES["EndTime"])
    later = {**TIMES, "EndTime": "2999-01-01 00:00:00"}
    assert call(client, "ModifyBlockIgnoreList", RuleType=1, IOC=[ITEM], IocAction="edit", **later) == done
    assert rows(client)[0]["EndTime"] == later["EndTime"]
    assert call(client, "ModifyBlockIgnoreList", RuleType=1, IOC=both, IocAction="delete") == done
    assert rows(client) == []
    missing = call(client, "ModifyBlockIgnoreList", RuleType=1, IOC=[ITEM], IocAction="delete")
    assert missing["ReturnCode"] == -1
    assert emu.writes() == 4


def test_allow_a_domain(tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    domain = {"Domain": "example.com", "Direction": 0}
    call(client, "ModifyBlockIgnoreList", RuleType=2, IOC=[domain], IocAction="add", **TIMES)
    (row,) = rows(client, "whitelist")
    assert (row["RuleType"], row["Domain"]) == (3, "example.com")


def test_quota(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.seed(tencent={"blocklist": [{"Ioc": IP, "DirectionList": "0,1"}]})
    detail = call(tencent_client(), "DescribeOverviewResourceQuota", Scene="detail")["Data"]["Detail"]["QuotaDetail"]
    assert detail["BlockListQuota"] == {"TotalCnt": 1000, "UsedCnt": 2, "InUsedCnt": 1, "OutUsedCnt": 1}
    assert detail["BlockListQuotaDetail"]["RemainCnt"] == 998
    assert call(tencent_client(), "DescribeOverviewResourceQuota")["ReturnCode"] == 0


def test_assets(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    hosts = [{"instance_id": f"ins-{number}", "public_ips": [f"203.0.113.{number}"]} for number in range(5)]
    emu.seed(tencent={"assets": hosts})
    client = tencent_client()
    page = data(client, "DescribeCfwAssets", AssetType="host", Limit=2)
    found = page["assets"]
    while page["HasMore"]:
        page = data(client, "DescribeCfwAssets", NextToken=page["NextToken"])
        found += page["assets"]
    assert [row["instance_id"] for row in found] == [row["instance_id"] for row in hosts]
    filters = {"Ip": "203.0.113.4", "InstanceId": "ins-4", "VpcId": "vpc-emulated", "SubnetId": "subnet-emulated"}
    (row,) = data(client, "DescribeCfwAssets", InstanceType="CVM", **filters)["assets"]
    assert row["fingerprints"] == []


def test_alerts_with_every_filter(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.advance(1_800_000_000 - emu.now())
    alert = {"event_id": "evt", "src_ip": IP, "dst_ip": "198.51.100.1"}
    emu.seed(tencent={"alerts": [alert, {**alert, "event_id": "other", "level": "low", "count": 9}]})
    window = {"StartTime": "2027-01-15 15:00:00", "EndTime": "2027-01-15 16:00:00"}
    found = data(
        tencent_client(),
        "DescribeCfwAlerts",
        Level="high",
        Direction="inbound",
        ActionStatus="unhandled",
        KillChain="exploit",
        AttackResult="attempt",
        Strategy="observe",
        EventName="attack",
        EventId="evt",
        SrcIp=IP,
        DstIp="198.51.100.1",
        InstanceId="ins-emulated",
        Limit=50,
        Offset=0,
        OrderBy="Count",
        Order="asc",
        **window,
    )
    assert (found["total"], found["returned"], found["alerts"][0]["event_id"]) == (1, 1, "evt")
    by_count = data(tencent_client(), "DescribeCfwAlerts", OrderBy="Count", Order="desc", **window)
    assert [row["occurrence_count"] for row in by_count["alerts"]] == [9, 1]


def test_errors(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    assert refused(client, "DescribeCfwAssets", Limit=1001) == "InvalidParameter"
    assert refused(client, "DescribeCfwAssets", NextToken="made-up", Limit=1) == "InvalidParameter"
    assert refused(client, "ModifyBlockIgnoreList", RuleType=1, IOC=[ITEM], IocAction="add") == "MissingParameter"
    reader = tencent_client(TENCENT_READONLY_ID, TENCENT_READONLY_KEY)
    code = refused(reader, "ModifyBlockIgnoreList", RuleType=1, IOC=[ITEM], IocAction="delete")
    assert code == "UnauthorizedOperation"
    assert data(reader, "DescribeCfwAssets")["assets"] == []
    emu.switch(alerts_too_large=10)
    assert refused(client, "DescribeCfwAlerts", Limit=50) == "FailedOperation.ResponseTooLarge"


def test_the_international_site(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.switch(international=True)
    client = tencent_client()
    missing = ("DescribeCfwAlerts", "DescribeCfwAssets", "DescribeOverviewResourceQuota", "CreateAlertCenterRule")
    for action in missing:
        assert refused(client, action) == "InvalidAction"
    call(client, "ModifyBlockIgnoreList", RuleType=1, IOC=[ITEM], IocAction="add", **TIMES)
    body = {"Limit": 100, "Offset": 0, "Direction": "", "RuleType": 1, "Order": "asc", "By": "StartTime"}
    assert [row["Ioc"] for row in call(client, "DescribeBlockIgnoreList", **body)["Data"]] == [IP]
    assert refused(client, "DescribeBlockIgnoreList", **body, ShowType="blocklist") == "UnknownParameter"


# What is sent is what the SDK sends for the same intent.


def sent(emu: Emulator, action: str) -> list[Any]:
    """The bodies of the requests of this call since the log was cleared."""
    return [(row["method"], row["path"], row["body"]) for row in emu.log if row["call"] == action]


def sent_by_sdk(emu: Emulator, client: Any, action: str, *bodies: dict[str, Any]) -> list[Any]:
    emu.clear_log()
    for body in bodies:
        call(client, action, **body)
    return sent(emu, action)


def test_alerts_are_asked_for_by_the_same_requests(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    Info(emu, alert_info.ALERT_INFO, alert_info.run).run(
        start="2026-11-21T10:00:00Z", end="2026-11-21T11:00:00Z", ips=IP, level="high", direction="inbound", logs=True
    )
    alerts, logs = sent(emu, "DescribeCfwAlerts"), sent(emu, "DescribeLogs")
    window = {"StartTime": "2026-11-21 18:00:00", "EndTime": "2026-11-21 19:00:00", "Offset": 0}
    common = {"Level": "high", "Direction": "inbound", "OrderBy": "StartTime", "Order": "asc", "Limit": 50, **window}
    client = tencent_client()
    assert alerts == sent_by_sdk(emu, client, "DescribeCfwAlerts", {"SrcIp": IP, **common}, {"DstIp": IP, **common})
    assert logs == sent_by_sdk(emu, client, "DescribeLogs", {"Index": "rule_threatinfo", "Limit": 1000, **window})


def test_assets_are_asked_for_by_the_same_requests(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    fingerprints = [{"port": port} for port in range(3)]
    emu.seed(tencent={"assets": [{"instance_id": "ins-1", "fingerprints": fingerprints}]})
    emu.switch(asset_token="same")
    filters: dict[str, Any] = {"instance_type": "CVM", "vpc_id": "vpc-emulated", "subnet_id": "subnet-emulated"}
    Info(emu, assets.ASSET_INFO, assets.run).run(instance_ids="ins-1", **filters)
    own = sent(emu, "DescribeCfwAssets")
    first = {
        "AssetType": "host",
        "InstanceId": "ins-1",
        "InstanceType": "CVM",
        "VpcId": "vpc-emulated",
        "SubnetId": "subnet-emulated",
        "Limit": 1000,
    }
    assert own == sent_by_sdk(emu, tencent_client(), "DescribeCfwAssets", first, {"NextToken": "opaque-token"})


def test_the_quota_is_asked_for_by_the_same_request(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    Cloud(emu).run(action="block", ips=IP, duration="7d")
    own = sent(emu, "DescribeOverviewResourceQuota")
    assert own == sent_by_sdk(emu, tencent_client(), "DescribeOverviewResourceQuota", {})


def test_rules_abroad_are_edited_by_the_same_requests(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.switch(international=True)
    abroad: dict[str, Any] = {"site": "international", "action": "block", "ips": IP}
    Cloud(emu).run(**abroad, duration="permanent", direction="both")
    Cloud(emu).run(**abroad, state="absent")
    own, listed = sent(emu, "ModifyBlockIgnoreList"), sent(emu, "DescribeBlockIgnoreList")[0]
    both = [ITEM, {"IP": IP, "Direction": 0}]
    times = {name: own[0][2][name] for name in ("StartTime", "EndTime")}
    assert times["EndTime"] == TIMES["EndTime"]
    add = {"RuleType": 1, "IOC": both, "IocAction": "add", **times}
    delete = {"RuleType": 1, "IOC": both, "IocAction": "delete"}
    client = tencent_client()
    assert own == sent_by_sdk(emu, client, "ModifyBlockIgnoreList", add, delete)
    page = {"Limit": 100, "Offset": 0, "Direction": "", "RuleType": 1, "Order": "asc", "By": "StartTime"}
    search = {"SearchValue": json.dumps({"common": IP})}
    assert [listed] == sent_by_sdk(emu, client, "DescribeBlockIgnoreList", {**page, **search})
