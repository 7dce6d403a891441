# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of fault does what it says, on both clouds, to the right request, and to no other."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from emulator import HUAWEI_FIREWALL, Emulator
from emulator.client import CAPTURES, RawClient, alert_rule_body, list_body

LIST = [("fw_instance_id", HUAWEI_FIREWALL), ("limit", 10), ("offset", 0)]
CREATE, BLOCK = "CreateCaptureTask", "CreateAlertCenterRule"


def block(client: RawClient) -> requests.Response:
    return client.tencent(BLOCK, alert_rule_body("203.0.113.9"))


def landed(emu: Emulator) -> tuple[int, int]:
    """How many captures and blocked addresses there are in truth."""
    state = emu.state()
    return len(state["huawei"]["tasks"]), len(state["tencent"]["blocklist"])


def committed(emu: Emulator) -> list[bool]:
    return [row["committed"] for row in emu.log]


def test_only_the_nth_request_of_its_call(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, nth=2, kind="status", status=503, times=2)
    client.captures()
    found = [client.create(firewall="none").status_code for _number in range(4)]
    assert found == [400, 503, 503, 400]
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200


def test_any_call(emu: Emulator, client: RawClient) -> None:
    emu.fault("*", nth=2, kind="status", status=503, times=0)
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200
    assert [client.huawei("GET", CAPTURES, LIST).status_code, block(client).status_code] == [503, 503]
    emu.clear_faults()
    assert block(client).status_code == 200


def test_first_fault_wins(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="status", status=503)
    emu.fault("*", kind="status", status=500)
    assert client.create().status_code == 503


@pytest.mark.parametrize(("after", "tasks"), [(False, 0), (True, 1)])
def test_delay(emu: Emulator, after: bool, tasks: int) -> None:
    emu.fault(CREATE, kind="delay", seconds=0.3, after_commit=after)
    impatient = RawClient(emu.url, timeout=0.1)
    with pytest.raises(requests.ReadTimeout):
        impatient.create()
    impatient.close()
    assert landed(emu) == (tasks, 0)
    patient = RawClient(emu.url)
    while not landed(emu)[0]:
        patient.captures()
    emu.clear_log()
    emu.reset()
    emu.fault(CREATE, kind="delay", seconds=0.1, after_commit=after)
    assert patient.create().status_code == 200
    patient.close()


@pytest.mark.parametrize(("kind", "count"), [("drop_before_commit", 0), ("drop_after_commit", 1)])
def test_dropped_connections(emu: Emulator, client: RawClient, kind: str, count: int) -> None:
    emu.fault(CREATE, kind=kind)
    emu.fault(BLOCK, kind=kind)
    with pytest.raises(requests.ConnectionError):
        client.create()
    with pytest.raises(requests.ConnectionError):
        block(client)
    assert landed(emu) == (count, count)
    assert committed(emu) == [bool(count)] * 2
    assert [row["status"] for row in emu.log] == [None, None]


def test_late_commit_after_some_time(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="late_commit", seconds=30)
    with pytest.raises(requests.ConnectionError):
        client.create()
    assert emu.state()["late_commits"] == 1
    emu.advance(29)
    assert client.captures()["total"] == 0
    assert committed(emu)[0] is False
    emu.advance(2)
    assert landed(emu) == (1, 0)
    assert client.captures()["total"] == 1
    assert committed(emu)[0] is True


def test_late_commit_after_some_lists(emu: Emulator, client: RawClient) -> None:
    emu.fault(BLOCK, kind="late_commit", calls=2)
    with pytest.raises(requests.ConnectionError):
        block(client)
    assert [len(client.rows()) for _number in range(3)] == [0, 0, 1]


def test_late_commit_that_the_service_refuses(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="late_commit", nth=1)
    emu.fault(CREATE, kind="late_commit", nth=2)
    with pytest.raises(requests.ConnectionError):
        client.create(duration=0)
    with pytest.raises(requests.ConnectionError):
        client.huawei("POST", CAPTURES, LIST[:1], {}, headers={"X-Auth-Token": ""}, at=0)
    assert client.captures()["total"] == 0
    assert committed(emu) == [False, False, False]
    assert emu.log[0]["error"] == "CFW.00200010"


def test_throttle(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="throttle", retry_after=7)
    emu.fault(BLOCK, kind="throttle")
    response = client.create()
    assert (response.status_code, response.json()["error_code"]) == (429, "APIGW.0308")
    assert response.headers["Retry-After"] == "7"
    response = block(client)
    assert (response.status_code, response.json()["Response"]["Error"]["Code"]) == (200, "RequestLimitExceeded")
    assert "Retry-After" not in response.headers
    assert landed(emu) == (0, 0)
    emu.fault(BLOCK, nth=2, kind="throttle", code="RequestLimitExceeded.UinLimitExceeded", message="slow")
    error = block(client).json()["Response"]["Error"]
    assert error == {"Code": "RequestLimitExceeded.UinLimitExceeded", "Message": "slow"}


@pytest.mark.parametrize(("arguments", "count"), [({}, 0), ({"commit": True}, 1)])
def test_status(emu: Emulator, client: RawClient, arguments: dict[str, Any], count: int) -> None:
    emu.fault(CREATE, kind="status", **arguments)
    response = client.create()
    assert (response.status_code, response.headers["Content-Type"]) == (500, "text/plain")
    emu.fault(BLOCK, kind="status", status=503, code="InternalError", message="busy", **arguments)
    response = block(client)
    assert (response.status_code, response.json()["Response"]["Error"]["Code"]) == (503, "InternalError")
    assert landed(emu) == (count, count)
    assert [(row["status"], row["error"]) for row in emu.log] == [(500, "500"), (503, "InternalError")]


@pytest.mark.parametrize(("arguments", "count"), [({}, 0), ({"commit": True}, 1)])
def test_error(emu: Emulator, client: RawClient, arguments: dict[str, Any], count: int) -> None:
    emu.fault(CREATE, kind="error", code="CFW.00109004", message="try later", **arguments)
    emu.fault(BLOCK, kind="error", code="InternalError", **arguments)
    response = client.create()
    assert (response.status_code, response.json()) == (400, {"error_code": "CFW.00109004", "error_msg": "try later"})
    response = block(client)
    assert (response.status_code, response.json()["Response"]["Error"]["Code"]) == (200, "InternalError")
    assert landed(emu) == (count, count)
    emu.fault(CREATE, nth=2, kind="error", code="APIGW.0203", status=504)
    response = client.create()
    assert (response.status_code, response.json()["request_id"]) == (504, response.headers["X-Request-Id"])


@pytest.mark.parametrize(("arguments", "status", "count"), [({}, 502, 0), ({"commit": True, "status": 504}, 504, 1)])
def test_html(emu: Emulator, client: RawClient, arguments: dict[str, Any], status: int, count: int) -> None:
    emu.fault("*", kind="html", times=2, **arguments)
    for response in (client.create(), block(client)):
        assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")
        assert response.text.startswith("<html>")
    assert landed(emu) == (count, count)


@pytest.mark.parametrize(("arguments", "count"), [({}, 1), ({"commit": False}, 0)])
def test_truncated_json(emu: Emulator, client: RawClient, arguments: dict[str, Any], count: int) -> None:
    emu.fault("*", kind="truncated_json", times=2, **arguments)
    for response in (client.create(), block(client)):
        assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
        assert response.text.startswith("{")
        with pytest.raises(requests.JSONDecodeError):
            response.json()
    assert landed(emu) == (count, count)


def test_truncated_by_a_broken_connection(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="truncated_json", cut="connection")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.create()
    assert landed(emu) == (1, 0)


def test_content_type(emu: Emulator, client: RawClient) -> None:
    emu.fault("*", kind="content_type", times=2)
    for response in (client.create(), block(client)):
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.json()
    assert landed(emu) == (1, 1)
    emu.fault("ListCaptureTask", kind="content_type", content_type="application/octet-stream")
    response = client.huawei("GET", CAPTURES, LIST)
    assert response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(("arguments", "count"), [({}, 1), ({"commit": False}, 0)])
@pytest.mark.parametrize(("kind", "text"), [("not_json_200", "ok"), ("empty_200", "")])
def test_unreadable_success(
    emu: Emulator, client: RawClient, kind: str, text: str, arguments: dict[str, Any], count: int
) -> None:
    emu.fault("*", kind=kind, times=2, **arguments)
    for response in (client.create(), block(client)):
        assert (response.status_code, response.text) == (200, text)
    assert landed(emu) == (count, count)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_skew(emu: Emulator, client: RawClient, seconds: int) -> None:
    """The answer's Date tells the other clock, and whoever signs by it gets in."""
    emu.fault("ListCaptureTask", kind="skew", seconds=seconds)
    emu.fault("DescribeBlockIgnoreList", kind="skew", seconds=seconds)
    response = client.huawei("GET", CAPTURES, LIST)
    assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")
    date = parsedate_to_datetime(response.headers["Date"]).timestamp()
    assert date == pytest.approx(time.time() + seconds, abs=5)
    assert client.huawei("GET", CAPTURES, LIST, at=date).status_code == 200
    assert client.huawei("GET", CAPTURES, LIST).status_code == 200
    answer = client.tencent("DescribeBlockIgnoreList", list_body("blocklist"))
    assert answer.json()["Response"]["Error"]["Code"] == "AuthFailure.SignatureExpire"
    date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    answer = client.tencent("DescribeBlockIgnoreList", list_body("blocklist"), at=date)
    assert "Error" not in answer.json()["Response"]


def test_skew_that_lasts(emu: Emulator, client: RawClient) -> None:
    emu.fault("ListCaptureTask", kind="skew", seconds=3600, times=0)
    assert [client.huawei("GET", CAPTURES, LIST).status_code for _number in range(2)] == [401, 401]
    assert client.huawei("GET", CAPTURES, LIST, at=time.time() + 3600).status_code == 200


@pytest.mark.parametrize(("arguments", "count"), [({}, 0), ({"commit": True}, 1)])
def test_redirect(emu: Emulator, client: RawClient, arguments: dict[str, Any], count: int) -> None:
    emu.fault("*", kind="redirect", times=2, **arguments)
    for response in (client.create(), block(client)):
        assert (response.status_code, response.headers["Location"]) == (302, "https://redirect.invalid/")
    assert landed(emu) == (count, count)
    emu.fault("ListCaptureTask", kind="redirect", status=307, location="http://127.0.0.2/")
    response = client.huawei("GET", CAPTURES, LIST)
    assert (response.status_code, response.headers["Location"]) == (307, "http://127.0.0.2/")


@pytest.mark.parametrize(("arguments", "count"), [({}, 0), ({"commit": True}, 1)])
def test_huge(emu: Emulator, arguments: dict[str, Any], count: int) -> None:
    emu.fault(CREATE, kind="huge", bytes=3_000_000, **arguments)
    client = RawClient(emu.url)
    response = client.create()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert 3_000_000 <= len(response.content) < 3_200_000
    assert "Content-Length" not in response.headers
    assert landed(emu) == (count, 0)
    client.close()


def test_huge_goes_on_until_the_client_leaves(emu: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    emu.fault("*", kind="huge")
    with requests.get(f"{emu.url}{CAPTURES}", stream=True, timeout=10) as response:
        read = sum(len(piece) for _number, piece in zip(range(50), response.iter_content(65536)))
    assert read > 1_000_000
    emu.fault("*", nth=2, kind="huge", bytes=10)
    assert requests.get(f"{emu.url}{CAPTURES}", timeout=10).content.startswith(b'{"data":"aaaa')
    assert [record for record in caplog.records if record.name.startswith(("aiohttp", "asyncio"))] == []


def test_slow_body(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="slow_body", seconds=0.001)
    started = time.monotonic()
    assert client.create().json()["data"]["id"] == HUAWEI_FIREWALL
    assert time.monotonic() - started > 0.05
    assert landed(emu) == (1, 0)
    emu.fault("ListCaptureTask", kind="slow_body", seconds=60)
    impatient = RawClient(emu.url, timeout=0.2)
    with pytest.raises(requests.RequestException):
        impatient.captures()
    impatient.close()


def test_lockout(emu: Emulator, client: RawClient) -> None:
    emu.fault(CREATE, kind="lockout")
    for response in (client.create(), client.huawei("GET", CAPTURES, LIST)):
        assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")
    emu.advance(301)
    assert client.create().status_code == 200
    emu.fault(BLOCK, kind="lockout")
    assert block(client).json()["Response"]["Error"]["Code"] == "AuthFailure.UnauthorizedOperation"
    assert landed(emu) == (1, 0)


def test_faults_reach_iam_and_files(emu: Emulator, client: RawClient) -> None:
    emu.fault("KeystoneListProjects", kind="error", code="APIGW.0203", status=504)
    emu.fault("DownloadCaptureFile", kind="html")
    assert client.huawei("GET", "/v3/projects", [("name", "cn-north-4")]).status_code == 504
    assert requests.get(f"{emu.url}/obs/capture/a/b", timeout=10).status_code == 502


def test_clock_moves_with_each_request(emu: Emulator, client: RawClient) -> None:
    before = emu.now()
    emu.tick_per_request(100)
    client.create(duration=5)
    assert [client.captures()["records"][0]["status"] for _number in range(3)] == [2, 2, 1]
    assert emu.now() - before == pytest.approx(400, abs=5)
