# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts and logs at Tencent, and acting on them by id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import Emulator
from emulator.client import RawClient, alert_rule_body

INBOUND = {"log_id": "a" * 32, "event_id": "e-in", "src_ip": "203.0.113.9", "dst_ip": "198.51.100.1"}
OUTBOUND = {
    "log_id": "b" * 32,
    "event_id": "e-out",
    "direction": "outbound",
    "src_ip": "198.51.100.1",
    "dst_ip": "203.0.113.80",
    "level": "low",
}


@pytest.fixture
def alerts(emu: Emulator) -> Emulator:
    emu.advance(1_800_000_000 - emu.now())
    emu.seed(tencent={"alerts": [INBOUND, {**OUTBOUND, "at": "2027-01-15 15:00:01"}]})
    return emu


def found(client: RawClient, **body: Any) -> list[str]:
    data = json.loads(client.call("DescribeCfwAlerts", body)["Data"])
    return [alert["event_id"] for alert in data["alerts"]]


def log_body(**changes: Any) -> dict[str, Any]:
    times = {"StartTime": "2027-01-15 14:00:00", "EndTime": "2027-01-15 17:00:00"}
    return {"Index": "rule_threatinfo", "Limit": 1000, "Offset": 0, **times, **changes}


def logs(client: RawClient, *filters: tuple[str, int, list[str]], **changes: Any) -> list[dict[str, Any]]:
    conditions = [{"Name": name, "OperatorType": operator, "Values": values} for name, operator, values in filters]
    body = log_body(**changes, **({"Filters": conditions} if conditions else {}))
    answer = client.call("DescribeLogs", body)
    assert (answer["ReturnCode"], answer["ReturnMsg"]) == (0, "success")
    rows: list[dict[str, Any]] = json.loads(answer["Data"])
    return rows


def code(answer: dict[str, Any]) -> str | None:
    known: str | None = answer.get("Error", {}).get("Code")
    return known


def handle(client: RawClient, *ids: str, **changes: Any) -> int:
    body = alert_rule_body(HandleIpList=None, HandleIdList=list(ids), HandleType=1, **changes)
    status: int = client.call("CreateAlertCenterRule", body)["Status"]
    return status


# DescribeCfwAlerts


def test_alert_row(alerts: Emulator, client: RawClient) -> None:
    data = json.loads(client.call("DescribeCfwAlerts", {"EventId": "e-in"})["Data"])
    (row,) = data.pop("alerts")
    assert data == {"total": 1, "returned": 1, "offset": 0, "order_by": "EndTime", "order": "desc"}
    assert (row["event_id"], row["current_event_id"], row["direction"]) == ("e-in", "e-in", "inbound")
    assert (row["src_ip_list"], row["dst_ip_list"], row["occurrence_count"]) == (["203.0.113.9"], ["198.51.100.1"], 1)
    assert row["action_status"] == "unhandled"


def test_alert_filters(alerts: Emulator, client: RawClient) -> None:
    assert found(client) == ["e-in", "e-out"]
    assert found(client, Level="low") == ["e-out"]
    assert found(client, Direction="inbound") == ["e-in"]
    assert found(client, SrcIp="203.0.113.9", DstIp="198.51.100.1") == ["e-in"]
    assert found(client, EventName="Emulated") == ["e-in", "e-out"]
    assert found(client, EventName="other") == []
    assert found(client, ActionStatus="blocked") == []
    assert found(client, Order="asc") == ["e-out", "e-in"]
    assert [found(client, Limit=1, Offset=offset) for offset in (0, 1, 2)] == [["e-in"], ["e-out"], []]


def test_alert_window(alerts: Emulator, client: RawClient) -> None:
    """The last hour by default, also for an exact event id."""
    alerts.advance(600)
    assert found(client) == ["e-in"]
    assert found(client, EventId="e-out") == []
    assert found(client, StartTime="2027-01-15 15:00:00") == ["e-in", "e-out"]
    assert found(client, StartTime="2027-01-15 15:00:00", EndTime="2027-01-15 15:00:30") == ["e-out"]


def test_alert_that_was_aggregated_again(alerts: Emulator, client: RawClient) -> None:
    alerts.seed(tencent={"alerts": [{**INBOUND, "log_id": "c", "event_id": "old", "current_event_id": "new"}]})
    assert found(client, EventId="old") == found(client, EventId="new") == ["old"]
    alerts.seed(tencent={"alerts": [{**INBOUND, "log_id": "d", "event_id": "new"}]})
    assert code(client.call("DescribeCfwAlerts", {"EventId": "new"})) == "FailedOperation"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Limit": 50}, None),
        ({"Limit": 51}, "InvalidParameter"),
        ({"Limit": 0}, "InvalidParameter"),
        ({"Offset": -1}, "InvalidParameter"),
        ({"Level": "High"}, "InvalidParameter"),
        ({"Direction": "1"}, "InvalidParameter"),
        ({"OrderBy": "Level"}, "InvalidParameter"),
        ({"StartTime": "yesterday"}, "InvalidParameter"),
        ({"StartTime": "2027-01-02 00:00:00", "EndTime": "2027-01-01 00:00:00"}, "InvalidParameter"),
        ({"EventId": 5}, "InvalidParameter"),
        ({"LogId": "x"}, "UnknownParameter"),
    ],
)
def test_alert_input(client: RawClient, body: dict[str, Any], expected: str | None) -> None:
    assert code(client.call("DescribeCfwAlerts", body)) == expected


def test_switch_alert_ids_in_alerts(alerts: Emulator, client: RawClient) -> None:
    alerts.switch(alert_ids_in_alerts=False)
    assert found(client, EventId="e-in") == []
    assert len(logs(client)) == 2


# DescribeLogs


def test_log_rows(alerts: Emulator, client: RawClient) -> None:
    answer = client.call("DescribeLogs", log_body())
    assert answer["Total"] == 2
    newest = json.loads(answer["Data"])[0]
    assert (newest["log_id"], newest["SourceIp"], newest["TargetIp"]) == ("a" * 32, "203.0.113.9", "198.51.100.1")
    assert (newest["Direction"], newest["BeginTime"][:16]) == ("1", "2027-01-15 15:59")
    assert [row["log_id"][0] for row in logs(client, Limit=1, Offset=1)] == ["b"]
    assert logs(client, Index="netflow_border") == []


def test_switch_log_fields(alerts: Emulator, client: RawClient) -> None:
    alerts.switch(log_fields="snake")
    newest = logs(client, ("src_ip", 1, ["203.0.113.9"]))[0]
    assert (newest["log_id"], newest["dst_ip"], newest["direction"]) == ("a" * 32, "198.51.100.1", "1")
    assert "SourceIp" not in newest


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("log_id", 1, ["a" * 32])], "a"),
        ([("log_id", 1, ["b" * 32, "a" * 32])], "ab"),
        ([("log_id", 1, ["a"])], ""),
        ([("log_id", 9, ["bbb"])], "b"),
        ([("log_id", 6, ["a" * 32])], "b"),
        ([("log_id", 8, ["a" * 32, "b" * 32])], ""),
        ([("TargetPort", 2, ["442"])], "ab"),
        ([("TargetPort", 3, ["443"])], ""),
        ([("TargetPort", 4, ["443"])], "ab"),
        ([("TargetPort", 5, ["1000"])], "ab"),
        ([("BeginTime", 2, ["2027-01-15 15:30:00"])], "a"),
        ([("Direction", 1, ["1"]), ("TargetIp", 1, ["203.0.113.80"])], ""),
    ],
)
def test_log_filters(
    alerts: Emulator, client: RawClient, filters: list[tuple[str, int, list[str]]], expected: str
) -> None:
    assert "".join(row["log_id"][0] for row in logs(client, *filters)) == expected


def test_log_window(alerts: Emulator, client: RawClient) -> None:
    assert [row["log_id"][0] for row in logs(client, EndTime="2027-01-15 15:30:00")] == ["b"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Limit": 1001}, "InvalidParameterValue"),
        ({"Limit": 0}, "InvalidParameterValue"),
        ({"Offset": 60001}, "InvalidParameterValue"),
        ({"Index": "rule_threat"}, "InvalidParameterValue"),
        ({"StartTime": "2027-01-15"}, "InvalidParameterValue"),
        ({"StartTime": "2028-01-15 00:00:00"}, "InvalidParameterValue"),
        ({"StartTime": None}, "MissingParameter"),
        ({"Index": None}, "MissingParameter"),
        ({"Filters": [{"Name": "log_id", "OperatorType": 7, "Values": ["a"]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "log_id", "OperatorType": 1, "Values": []}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "log_id", "OperatorType": 1, "Values": [1]}]}, "InvalidParameter"),
        ({"Filters": [{"Name": "log_id", "OperatorType": 1}]}, "MissingParameter"),
        ({"Filters": [{"Name": "colour", "OperatorType": 1, "Values": ["a"]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "Direction", "OperatorType": 9, "Values": ["1"]}]}, "InvalidParameterValue"),
        ({"Query": "x"}, "UnknownParameter"),
    ],
)
def test_log_input(alerts: Emulator, client: RawClient, changes: dict[str, Any], expected: str) -> None:
    body = {name: value for name, value in log_body(**changes).items() if value is not None}
    assert code(client.call("DescribeLogs", body)) == expected


def test_switch_alert_ids_in_logs(alerts: Emulator, client: RawClient) -> None:
    alerts.switch(alert_ids_in_logs=False)
    assert logs(client) == []
    assert found(client, EventId="e-in") == ["e-in"]


# Acting by id


def test_block_by_id_hits_the_attacker(alerts: Emulator, client: RawClient) -> None:
    assert handle(client, "a" * 32) == 0
    assert handle(client, "b" * 32, AlertDirection=0, HandleDirection="0") == 0
    assert sorted((row["Ioc"], row["DirectionList"]) for row in client.rows()) == [
        ("203.0.113.80", "0"),
        ("203.0.113.9", "1"),
    ]
    assert found(client, ActionStatus="blocked") == ["e-in", "e-out"]


def test_allow_by_id(alerts: Emulator, client: RawClient) -> None:
    body = alert_rule_body(HandleIpList=None, HandleIdList=["a" * 32], HandleType=2, IgnoreReason=2)
    assert client.call("CreateAlertCenterRule", body)["Status"] == 0
    assert [row["Ioc"] for row in client.rows("whitelist")] == ["203.0.113.9"]
    assert found(client, ActionStatus="passed") == ["e-in"]


def test_unknown_id(alerts: Emulator, client: RawClient) -> None:
    assert handle(client, "a" * 32, "unknown") == -1
    assert [row["Ioc"] for row in client.rows()] == ["203.0.113.9"]


def test_switch_alert_center_ids(alerts: Emulator, client: RawClient) -> None:
    alerts.switch(alert_center_ids="log")
    assert handle(client, "e-in") == -1
    alerts.switch(alert_center_ids="any")
    assert handle(client, "e-in") == 0
    assert [row["Ioc"] for row in client.rows()] == ["203.0.113.9"]


def test_switch_alert_direction_mismatch(alerts: Emulator, client: RawClient) -> None:
    assert handle(client, "b" * 32, AlertDirection=1) == -1
    assert client.rows() == []
    alerts.switch(alert_direction_mismatch="trust_request")
    assert handle(client, "b" * 32, AlertDirection=1) == 0
    alerts.switch(alert_direction_mismatch="trust_alert")
    assert handle(client, "b" * 32, AlertDirection=1) == 0
    assert sorted(row["Ioc"] for row in client.rows()) == ["198.51.100.1", "203.0.113.80"]
