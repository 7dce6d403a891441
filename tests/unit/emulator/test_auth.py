# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is let in by the two gateways, and how the others are turned away."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from emulator import (
    HUAWEI_AUTH_TOKEN,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_READONLY_AK,
    HUAWEI_READONLY_AUTH_TOKEN,
    HUAWEI_TEMP_AK,
    TENCENT_READONLY_ID,
    TENCENT_SECRET_ID,
    TENCENT_TEMP_ID,
    Emulator,
)
from emulator.accounts import HUAWEI_KEYS, TENCENT_KEYS, Key
from emulator.client import CAPTURES, RawClient, alert_rule_body, list_body

LIST = [("fw_instance_id", HUAWEI_FIREWALL), ("limit", 10), ("offset", 0)]
WRONG_SK = Key("EMULATORAK0000000001", "wrong")


def huawei_error(response: requests.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) <= {"error_code", "error_msg", "request_id"}
    assert response.headers["X-Request-Id"]
    return response.status_code, body["error_code"]


def tencent_error(response: requests.Response) -> str:
    body = response.json()["Response"]
    assert (response.status_code, set(body)) == (200, {"Error", "RequestId"})
    assert response.headers["Content-Type"] == "application/json"
    return str(body["Error"]["Code"])


# Huawei


@pytest.mark.parametrize("identity", sorted(HUAWEI_KEYS))
def test_huawei_keys_may_read(client: RawClient, identity: str) -> None:
    assert client.huawei("GET", CAPTURES, LIST, key=HUAWEI_KEYS[identity]).status_code == 200


def test_huawei_token_instead_of_a_signature(emu: Emulator) -> None:
    url = f"{emu.url}{CAPTURES}?fw_instance_id={HUAWEI_FIREWALL}&limit=1&offset=0"

    def status(token: str) -> int:
        return requests.get(url, headers={"X-Auth-Token": token}, timeout=10).status_code

    assert status(HUAWEI_AUTH_TOKEN) == 200
    assert status("stale") == 401
    assert huawei_error(requests.get(url, timeout=10)) == (401, "APIGW.0301")


def test_huawei_read_only_users_may_not_write(emu: Emulator, client: RawClient) -> None:
    response = client.huawei("POST", CAPTURES, LIST[:1], {}, key=HUAWEI_KEYS[HUAWEI_READONLY_AK])
    assert huawei_error(response) == (403, "APIGW.0302")
    assert "cfw:captureTask:create" in response.json()["error_msg"]
    url = f"{emu.url}{CAPTURES}/stop?fw_instance_id={HUAWEI_FIREWALL}"
    response = requests.post(url, headers={"X-Auth-Token": HUAWEI_READONLY_AUTH_TOKEN}, json={}, timeout=10)
    assert huawei_error(response) == (403, "APIGW.0302")


def test_huawei_temporary_key_needs_its_token(client: RawClient) -> None:
    key = HUAWEI_KEYS[HUAWEI_TEMP_AK]
    for token in (None, "other"):
        response = client.huawei("GET", CAPTURES, LIST, key=Key(key.identity, key.secret, token))
        assert huawei_error(response) == (401, "APIGW.0301")
    response = client.huawei("GET", CAPTURES, LIST, headers={"X-Security-Token": "left over"})
    assert huawei_error(response) == (401, "APIGW.0301")


def test_huawei_echoes_the_canonical_request(client: RawClient) -> None:
    signed = ("content-type", "host", "x-sdk-date", "x-security-token")
    response = client.huawei("GET", CAPTURES, LIST, key=Key("EMULATORAK0000000001", "wrong", "hush"), signed=signed)
    assert huawei_error(response) == (401, "APIGW.0301")
    message = response.json()["error_msg"]
    start = "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|"
    assert message.startswith(f"{start}{CAPTURES}/|fw_instance_id={HUAWEI_FIREWALL}&limit=10&offset=0|content-type:")
    assert "x-security-token:hush" in message
    assert response.json()["request_id"] == response.headers["X-Request-Id"]


def unsigned(names: str) -> dict[str, str]:
    """An Authorization that can't be right, for requests that are refused before that matters."""
    text = f"SDK-HMAC-SHA256 Access=EMULATORAK0000000001, SignedHeaders={names}, Signature={'0' * 64}"
    return {"Authorization": text}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": WRONG_SK}, "verify aksk signature fail"),
        ({"key": Key("NOSUCHKEY", "x")}, "the access key is unknown"),
        ({"headers": {"Authorization": "Basic abc"}}, "malformed"),
        ({"headers": unsigned("content-type;host")}, "header x-sdk-date is not signed"),
        ({"headers": unsigned("content-type;x-sdk-date")}, "header host is not signed"),
        ({"headers": unsigned("host;x-other;x-sdk-date")}, "header x-other is not signed or was not sent"),
        ({"headers": unsigned("x-sdk-date;host")}, "not sorted"),
        ({"headers": unsigned("Host;x-sdk-date")}, "not lower case"),
        ({"headers": {"X-Sdk-Date": "2026-01-01", **unsigned("host;x-sdk-date")}}, "X-Sdk-Date is malformed"),
    ],
)
def test_huawei_refuses(client: RawClient, change: dict[str, Any], reason: str) -> None:
    response = client.huawei("GET", CAPTURES, LIST, **change)
    assert huawei_error(response) == (401, "APIGW.0301")
    assert reason in response.json()["error_msg"]


def test_huawei_signature_covers_what_was_sent(emu: Emulator, client: RawClient) -> None:
    """The same Authorization with another body, query, path or header is no good."""
    client.create("one")
    sent = client.session.prepare_request(
        requests.Request("POST", f"{emu.url}{CAPTURES}?fw_instance_id={HUAWEI_FIREWALL}", data=b"{}")
    )
    captured: list[requests.PreparedRequest] = []
    client.session.hooks["response"] = [lambda response, **_rest: captured.append(response.request)]
    client.create("two")
    request = captured[0]
    assert isinstance(request.body, bytes)
    changes: list[dict[str, Any]] = [
        {"body": request.body.replace(b"two", b"six")},
        {"url": f"{request.url}&enterprise_project_id=0"},
        {"url": sent.url.replace("capture-task", "capture-task/stop") if sent.url else ""},
        {"headers": {**request.headers, "Content-Type": "application/json; charset=utf-8"}},
    ]
    for change in changes:
        altered = request.copy()
        for name, value in change.items():
            setattr(altered, name, value)
        assert client.session.send(altered, timeout=10).status_code == 401, change


@pytest.mark.parametrize(("offset", "status"), [(-890, 200), (890, 200), (-910, 401), (910, 401)])
def test_huawei_window_of_fifteen_minutes(client: RawClient, offset: float, status: int) -> None:
    assert client.huawei("GET", CAPTURES, LIST, at=time.time() + offset).status_code == status


def test_huawei_five_failures_lock_the_key(emu: Emulator, client: RawClient) -> None:
    for _number in range(4):
        client.huawei("GET", CAPTURES, LIST, key=WRONG_SK)
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200
    for _number in range(5):
        client.huawei("GET", CAPTURES, LIST, key=WRONG_SK)
    response = client.huawei("GET", CAPTURES, LIST)
    assert huawei_error(response) == (401, "APIGW.0301")
    assert "AK access failed to reach the limit" in response.json()["error_msg"]
    assert emu.state()["huawei"]["locked"] == ["EMULATORAK0000000001"]
    emu.advance(299)
    assert client.huawei("GET", CAPTURES, LIST).status_code == 401
    emu.advance(2)
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/none"),
        ("GET", f"{CAPTURES}/"),
        ("PUT", CAPTURES),
        ("DELETE", CAPTURES),
        ("GET", f"{CAPTURES}/stop"),
        ("POST", "/v3/projects"),
    ],
)
def test_huawei_unknown_paths(emu: Emulator, client: RawClient, method: str, path: str) -> None:
    assert huawei_error(client.huawei(method, path)) == (404, "APIGW.0101")
    assert emu.log[0]["call"] == "Unknown"


def test_huawei_other_project(client: RawClient) -> None:
    path = CAPTURES.replace(HUAWEI_PROJECT_ID, "f" * 32)
    assert huawei_error(client.huawei("GET", path, LIST)) == (403, "APIGW.0302")


def test_huawei_firewalls(client: RawClient) -> None:
    def status(firewall: str, project: str | None = None) -> tuple[int, str | None]:
        query = [("fw_instance_id", firewall), ("limit", 1), ("offset", 0)]
        query += [("enterprise_project_id", project)] if project is not None else []
        response = client.huawei("GET", CAPTURES, query)
        return response.status_code, response.json().get("error_code")

    missing = (400, "CFW.00200005")
    assert status("none") == missing
    assert [status(HUAWEI_FIREWALL, project) for project in (None, "0", "default")] == [(200, None)] * 3
    assert status(HUAWEI_FIREWALL, HUAWEI_ENTERPRISE_PROJECT_ID) == missing
    assert status(HUAWEI_FIREWALL_3) == missing
    assert status(HUAWEI_FIREWALL_3, HUAWEI_ENTERPRISE_PROJECT_ID) == (200, None)


def test_iam_finds_a_project_by_name(emu: Emulator, client: RawClient) -> None:
    def found(name: str) -> list[str]:
        response = client.huawei("GET", "/v3/projects", [("name", name)])
        assert response.headers["X-IAM-Trace-Id"]
        return [project["id"] for project in response.json()["projects"]]

    assert found("cn-north-4") == [HUAWEI_PROJECT_ID]
    assert found("cn-south-1") == []
    emu.seed(huawei={"projects": [{"id": "1" * 32, "name": "cn-north-4"}]})
    assert found("cn-north-4") == [HUAWEI_PROJECT_ID, "1" * 32]
    assert client.huawei("GET", "/v3/projects", key=WRONG_SK).status_code == 401
    assert emu.calls() == {"KeystoneListProjects": 4}
    assert {row["cloud"] for row in emu.log} == {"iam"}


def test_a_project_belongs_to_one_region(emu: Emulator, client: RawClient) -> None:
    def listed(project_id: str) -> tuple[int, str | None]:
        response = client.huawei("GET", f"/v1/{project_id}/capture-task", LIST)
        return response.status_code, response.json().get("error_code")

    rows = [{"id": "1" * 32, "name": "ap-southeast-3"}, {"id": "2" * 32, "name": "cn-north-4_web"}]
    emu.seed(huawei={"projects": rows})
    projects = (HUAWEI_PROJECT_ID, "1" * 32, "2" * 32, "3" * 32)
    ok, refused = (200, None), (403, "APIGW.0302")
    assert [listed(project_id) for project_id in projects] == [ok, refused, ok, refused]
    emu.switch(service_region="ap-southeast-3")
    assert [listed(project_id) for project_id in projects] == [refused, ok, refused, refused]
    names = [project["name"] for project in client.huawei("GET", "/v3/projects").json()["projects"]]
    assert names == ["cn-north-4", "ap-southeast-3", "cn-north-4_web"]


# Tencent


def describe(client: RawClient, **change: Any) -> requests.Response:
    return client.tencent("DescribeBlockIgnoreList", list_body("blocklist"), **change)


@pytest.mark.parametrize("identity", sorted(TENCENT_KEYS))
def test_tencent_keys_may_read(client: RawClient, identity: str) -> None:
    assert "Error" not in describe(client, key=TENCENT_KEYS[identity]).json()["Response"]


@pytest.mark.parametrize(
    "change",
    [
        {"signed": ("content-type", "host", "x-tc-action")},
        {"headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"headers": {"X-TC-Region": "ap-guangzhou"}},
        {"headers": {"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"}},
        {
            "headers": {"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"},
            "signed": ("content-type", "host", "x-tc-action"),
        },
    ],
)
def test_tencent_accepts(client: RawClient, change: dict[str, Any]) -> None:
    assert describe(client, **change).json()["Response"]["ReturnCode"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"headers": {"Authorization": "Basic abc"}}, "AuthFailure.InvalidAuthorization"),
        ({"key": Key("AKIDnone", "x")}, "AuthFailure.SecretIdNotFound"),
        ({"key": Key(f" {TENCENT_SECRET_ID}", "x")}, "AuthFailure.SecretIdNotFound"),
        ({"key": Key(TENCENT_SECRET_ID, "wrong")}, "AuthFailure.SignatureFailure"),
        ({"signed": ("content-type",)}, "AuthFailure.SignatureFailure"),
        ({"signed": ("host", "content-type")}, "AuthFailure.SignatureFailure"),
        ({"key": Key(TENCENT_TEMP_ID, TENCENT_KEYS[TENCENT_TEMP_ID].secret)}, "AuthFailure.TokenFailure"),
        ({"key": Key(TENCENT_TEMP_ID, TENCENT_KEYS[TENCENT_TEMP_ID].secret, "stale")}, "AuthFailure.TokenFailure"),
        ({"headers": {"X-TC-Token": "left over"}}, "AuthFailure.TokenFailure"),
        ({"headers": {"X-TC-Timestamp": "now"}}, "MissingParameter"),
        ({"headers": {"X-TC-Timestamp": str(int(time.time()) - 86400)}}, "AuthFailure.SignatureExpire"),
        ({"headers": {"X-TC-Version": "2020-01-01"}}, "NoSuchVersion"),
        ({"headers": {"X-TC-Version": ""}}, "MissingParameter"),
        ({"headers": {"X-TC-Action": ""}}, "MissingParameter"),
        ({"headers": {"X-TC-Action": "DescribeEverything"}}, "InvalidAction"),
        ({"headers": {"Content-Type": "text/plain"}}, "InvalidRequest"),
    ],
)
def test_tencent_refuses(client: RawClient, change: dict[str, Any], code: str) -> None:
    assert tencent_error(describe(client, **change)) == code


def test_tencent_scope_of_another_service(client: RawClient) -> None:
    authorization: list[str] = []

    def hook(response: Any, **_rest: Any) -> None:
        authorization.append(response.request.headers["Authorization"])

    client.session.hooks["response"] = [hook]
    describe(client)
    for old, new in (("/cfw/", "/cvm/"), ("Credential=", "Credential=x"), ("-", "_")):
        response = describe(client, headers={"Authorization": authorization[0].replace(old, new)})
        assert tencent_error(response).startswith("AuthFailure.")


def test_tencent_read_only_user_may_not_write(emu: Emulator, client: RawClient) -> None:
    body = alert_rule_body("203.0.113.9")
    response = client.tencent("CreateAlertCenterRule", body, key=TENCENT_KEYS[TENCENT_READONLY_ID])
    assert tencent_error(response) == "UnauthorizedOperation"
    assert emu.state()["tencent"]["blocklist"] == []


@pytest.mark.parametrize(("offset", "refused"), [(-290, False), (290, False), (-310, True), (310, True)])
def test_tencent_window_of_five_minutes(client: RawClient, offset: float, refused: bool) -> None:
    answer = describe(client, at=time.time() + offset).json()["Response"]
    assert (answer.get("Error", {}).get("Code") == "AuthFailure.SignatureExpire") == refused


def test_tencent_body_is_signed(client: RawClient) -> None:
    captured: list[requests.PreparedRequest] = []
    client.session.hooks["response"] = [lambda response, **_rest: captured.append(response.request)]
    describe(client)
    altered = captured[0].copy()
    assert isinstance(altered.body, bytes)
    altered.body = altered.body.replace(b"100", b"101")
    assert tencent_error(client.session.send(altered, timeout=10)) == "AuthFailure.SignatureFailure"


def test_tencent_takes_post_only(client: RawClient) -> None:
    assert tencent_error(describe(client, method="GET")) == "UnsupportedProtocol"


def test_tencent_size_limit(client: RawClient) -> None:
    response = client.tencent("DescribeBlockIgnoreList", b" " * (10 * 1024 * 1024 + 1))
    assert tencent_error(response) == "RequestSizeLimitExceeded"


def test_tencent_body_must_be_json(client: RawClient) -> None:
    assert tencent_error(client.tencent("DescribeLogs", b"{")) == "InvalidParameter"
    assert tencent_error(client.tencent("DescribeLogs", b'{"Limit": NaN}')) == "InvalidParameter"
    assert tencent_error(client.tencent("DescribeLogs", b"[]")) == "InvalidParameter"


# Clocks and rates


def test_switch_signature_clock(emu: Emulator, client: RawClient) -> None:
    emu.advance(3600)
    assert describe(client).json()["Response"]["ReturnCode"] == 0
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200
    emu.switch(signature_clock="service")
    response = describe(client)
    assert tencent_error(response) == "AuthFailure.SignatureExpire"
    date = parsedate_to_datetime(response.headers["Date"]).timestamp()
    assert describe(client, at=date).json()["Response"]["ReturnCode"] == 0
    refused = client.huawei("GET", CAPTURES, LIST)
    assert huawei_error(refused) == (401, "APIGW.0301")
    date = parsedate_to_datetime(refused.headers["Date"]).timestamp()
    assert client.huawei("GET", CAPTURES, LIST, at=date).status_code == 200


def test_switch_rate_limit(emu: Emulator, client: RawClient) -> None:
    emu.reset(rate_limit=3)
    codes = [describe(client).json()["Response"].get("Error", {}).get("Code") for _number in range(4)]
    assert codes == [None, None, None, "RequestLimitExceeded"]
    other = client.call("DescribeCfwAlerts", {})
    assert "Error" not in other
    emu.reset(rate_limit=0)
    assert {describe(client).json()["Response"]["ReturnCode"] for _number in range(30)} == {0}


def test_switch_international(emu: Emulator, client: RawClient) -> None:
    emu.switch(international=True)
    for action in (
        *("CreateAlertCenterRule", "CreateBlockIgnoreRuleNew", "DeleteBlockIgnoreRuleNew", "DescribeCfwAlerts"),
        *("DescribeLogs", "DescribeCfwAssets", "DescribeOverviewResourceQuota"),
    ):
        assert client.call(action, {})["Error"]["Code"] == "InvalidAction"
    body = {"Limit": 100, "Offset": 0, "Direction": "", "Order": "desc", "By": "EndTime", "RuleType": 1}
    assert client.call("DescribeBlockIgnoreList", body)["Data"] == []
    assert client.call("ModifyBlockIgnoreList", {})["Error"]["Code"] == "MissingParameter"
