# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's own SDK blocks, lists, unblocks and allows at the emulator, and reads alerts and logs, errors included."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import (
    TENCENT_READONLY_ID,
    TENCENT_READONLY_KEY,
    TENCENT_TEMP_ID,
    TENCENT_TEMP_KEY,
    TENCENT_TEMP_TOKEN,
    Emulator,
)

# The SDK signs with datetime.utcfromtimestamp, which Python 3.12 deprecates, and leaves its sessions open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
IP = "203.0.113.9"
ALERT = {"log_id": "a" * 32, "event_id": "event", "src_ip": IP, "dst_ip": "198.51.100.1"}


def call(client: Any, action: str, **body: Any) -> dict[str, Any]:
    """The answer as a dict, through the SDK's request and response models."""
    from tencentcloud.cfw.v20190904 import models

    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(body))
    answer: dict[str, Any] = json.loads(getattr(client, action)(request).to_json_string())
    assert answer.pop("RequestId")
    return answer


def refused(client: Any, action: str, **body: Any) -> str:
    """The code of the SDK's exception."""
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

    with pytest.raises(TencentCloudSDKException) as caught:
        call(client, action, **body)
    assert caught.value.get_request_id()
    code: str = caught.value.get_code()
    return code


def rows(client: Any, show_type: str = "blocklist", **changes: Any) -> list[dict[str, Any]]:
    body = {"Limit": 100, "Offset": 0, "Direction": "", "Order": "desc", "By": "EndTime", "ShowType": show_type}
    answer = call(client, "DescribeBlockIgnoreList", **{**body, **changes})
    assert answer["ReturnCode"] == 0
    found: list[dict[str, Any]] = answer["Data"]
    return found


def handle(client: Any, handle_type: int, **targets: list[str]) -> tuple[int, int]:
    """ReturnCode and Status of a CreateAlertCenterRule for seven days inbound."""
    fixed = {"HandleTime": 7, "AlertDirection": 1, "HandleDirection": "1"}
    answer = call(client, "CreateAlertCenterRule", HandleType=handle_type, **fixed, **targets)
    return answer["ReturnCode"], answer["Status"]


def test_block_list_unblock(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    assert handle(client, 4, HandleIpList=[IP]) == (0, 0)
    (row,) = rows(client)
    assert (row["Ioc"], row["RuleType"], row["Action"], row["DirectionList"]) == (IP, 1, 1, "1")
    assert handle(client, 4, HandleIpList=[IP]) == (0, -3)
    rule = {"Ioc": IP, "DirectionList": "0", "EndTime": "3000-01-01 00:00:00", "Comment": "ir:case;"}
    assert call(client, "CreateBlockIgnoreRuleNew", RuleType=1, Rules=[rule], CoverDuplicate=0) == {}
    (row,) = rows(client)
    assert (row["DirectionList"], row["EndTime"], row["Comment"]) == ("1,0", rule["EndTime"], "ir:case;")
    target = {"Ioc": IP, "RuleType": 1, "DirectionList": row["DirectionList"]}
    assert call(client, "DeleteBlockIgnoreRuleNew", DeleteAll=0, ShowType="blocklist", Rules=[target]) == {}
    assert rows(client) == []
    assert emu.writes() == 4


def test_allow(tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    assert handle(client, 3, HandleIpList=[IP]) == (0, 0)
    assert rows(client) == []
    (row,) = rows(client, "whitelist")
    assert (row["Ioc"], row["RuleType"], row["Action"]) == (IP, 2, 2)
    target = {"Ioc": IP, "RuleType": 2, "DirectionList": "1"}
    call(client, "DeleteBlockIgnoreRuleNew", DeleteAll=0, ShowType="whitelist", Rules=[target])
    assert rows(client, "whitelist") == []


def test_alert_to_block(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.seed(tencent={"alerts": [ALERT]})
    client = tencent_client()
    data = json.loads(call(client, "DescribeCfwAlerts", EventId="event")["Data"])
    assert (data["total"], data["alerts"][0]["src_ip_list"]) == (1, [IP])
    assert handle(client, 1, HandleIdList=["a" * 32]) == (0, 0)
    assert [row["Ioc"] for row in rows(client)] == [IP]
    data = json.loads(call(client, "DescribeCfwAlerts", EventId="event")["Data"])
    assert data["alerts"][0]["action_status"] == "blocked"
    assert handle(client, 1, HandleIdList=["b" * 32]) == (0, -1)


def test_logs(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    emu.advance(1_800_000_000 - emu.now())
    emu.seed(tencent={"alerts": [ALERT, {**ALERT, "log_id": "b" * 32}]})
    answer = call(
        tencent_client(),
        "DescribeLogs",
        Index="rule_threatinfo",
        Limit=1000,
        Offset=0,
        StartTime="2027-01-15 15:00:00",
        EndTime="2027-01-15 16:00:00",
        Filters=[{"Name": "log_id", "OperatorType": 1, "Values": ["a" * 32]}],
    )
    (row,) = json.loads(answer["Data"])
    assert (answer["Total"], answer["ReturnCode"]) == (1, 0)
    assert (row["log_id"], row["SourceIp"], row["Direction"]) == ("a" * 32, IP, "1")


def test_errors(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    assert refused(client, "CreateAlertCenterRule", HandleTime=7) == "MissingParameter"
    body = {"HandleTime": 7, "HandleType": 4, "AlertDirection": 1, "HandleDirection": "1"}
    assert refused(client, "CreateAlertCenterRule", **body, HandleIpList=["none"]) == "InvalidParameter"
    assert refused(client, "DeleteBlockIgnoreRuleNew", DeleteAll=1, ShowType="blocklist") == "InvalidParameter"
    assert refused(client, "DescribeCfwAlerts", Limit=51) == "InvalidParameter"
    assert refused(client, "DescribeAcLists", Protocol="ANY", Strategy="x") == "InvalidAction"
    emu.switch(rate_limit=1)
    rows(client)
    assert refused(client, "DescribeBlockIgnoreList") == "RequestLimitExceeded"


def test_keys(tencent_client: Callable[..., Any]) -> None:
    assert refused(tencent_client(secret_key="wrong"), "DescribeCfwAlerts") == "AuthFailure.SignatureFailure"
    assert refused(tencent_client("AKIDnone"), "DescribeCfwAlerts") == "AuthFailure.SecretIdNotFound"
    assert refused(tencent_client(token="stale"), "DescribeCfwAlerts") == "AuthFailure.TokenFailure"
    temporary = tencent_client(TENCENT_TEMP_ID, TENCENT_TEMP_KEY, TENCENT_TEMP_TOKEN)
    assert rows(temporary) == []
    reader = tencent_client(TENCENT_READONLY_ID, TENCENT_READONLY_KEY)
    assert rows(reader) == []
    assert refused(reader, "CreateBlockIgnoreRuleNew", RuleType=1, Rules=[]) == "UnauthorizedOperation"


def test_clock(emu: Emulator, tencent_client: Callable[..., Any]) -> None:
    client = tencent_client()
    emu.switch(signature_clock="service")
    assert rows(client) == []
    emu.advance(301)
    assert refused(client, "DescribeBlockIgnoreList") == "AuthFailure.SignatureExpire"
