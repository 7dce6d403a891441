# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer means: the shapes that the gateway, the firewall service and IAM give their errors."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei.answers import judge

NOW = 1_800_000_000.0


def answer(status: int, body: Any, **headers: str) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def error(status: int, body: Any, **headers: str) -> ApiError:
    found = judge(answer(status, body, **headers), NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"data": {"id": "x"}}),
        (200, {"data": {}}),
        (200, {}),
        (201, {"data": None}),
        (200, {"projects": [{"id": "x", "name": "cn-north-4", "code": "kept"}], "links": {"next": None}}),
        # A field that happens to bear the name of a code.
        (200, {"data": {"code": "ipv4"}}),
        (200, {"code": "", "message": ""}),
    ],
    ids=str,
)
def test_success(status: int, body: Any) -> None:
    assert judge(answer(status, body), NOW) is None


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error_code": "CFW.00200005", "error_msg": "no such"}, "CFW.00200005", "CFW.00200005: no such (HTTP 400)"),
        ({"errorCode": "X.1", "errorMsg": "no such"}, "X.1", "X.1: no such (HTTP 400)"),
        ({"code": "X.1", "message": "no such"}, "X.1", "X.1: no such (HTTP 400)"),
        ({"error": {"code": 400, "message": "no such"}}, "400", "400: no such (HTTP 400)"),
        ({"a": {"b": {"error_code": "X.1"}}}, "X.1", "X.1: "),
        ({"error_code": "", "code": "X.2", "error_msg": "m"}, "X.2", "X.2: m (HTTP 400)"),
        ({"error_code": None, "error_msg": "only words"}, "http_400", "http_400: only words (HTTP 400)"),
        (["error_code"], "http_400", 'http_400: ["error_code"] (HTTP 400)'),
        (b"<html>\n  <h1>Bad\tGateway</h1>", "http_400", "http_400: <html> <h1>Bad Gateway</h1> (HTTP 400)"),
        (b"", "http_400", "http_400: no explanation was given (HTTP 400)"),
        (b"x" * 5000, "http_400", f"http_400: {'x' * 200} (HTTP 400)"),
        (b"\xff\xfe", "http_400", "http_400: \ufffd\ufffd (HTTP 400)"),
    ],
    ids=str,
)
def test_every_shape_of_an_error_is_understood(body: Any, code: str, message: str) -> None:
    found = error(400, body)
    assert found.code == code
    assert found.message.startswith(message)
    assert found.status == 400


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (429, "", Outcome.NOT_EXECUTED),
        (429, "APIGW.0308", Outcome.NOT_EXECUTED),
        (400, "APIG.0308", Outcome.NOT_EXECUTED),
        (401, "", Outcome.NOT_EXECUTED),
        (403, "X.1", Outcome.NOT_EXECUTED),
        (404, "APIGW.0101", Outcome.NOT_EXECUTED),
        (404, "APIGW.0103", Outcome.NOT_EXECUTED),
        (400, "CFW.00200001", Outcome.NOT_EXECUTED),
        (400, "CFW.00200005", Outcome.REFUSED),
        (400, "CFW.00200007", Outcome.REFUSED),
        (400, "CFW.00200009", Outcome.REFUSED),
        (400, "CFW.00200016", Outcome.REFUSED),
        (400, "CFW.0020016", Outcome.REFUSED),
        (400, "CFW.00200023", Outcome.REFUSED),
        (400, "CFW.00200024", Outcome.REFUSED),
        (400, "CFW.00400002", Outcome.REFUSED),
        (400, "CFW.00109004", Outcome.UNKNOWN),
        (400, "CFW.00300001", Outcome.UNKNOWN),
        (404, "", Outcome.UNKNOWN),
        (400, "", Outcome.UNKNOWN),
        (500, "CFW.0080000x", Outcome.UNKNOWN),
        (502, "", Outcome.UNKNOWN),
        (302, "", Outcome.UNKNOWN),
        (200, "CFW.99999999", Outcome.UNKNOWN),
    ],
)
def test_what_an_error_means_for_a_write(status: int, code: str, outcome: Outcome) -> None:
    assert error(status, {"error_code": code} if code else b"no").outcome is outcome


@pytest.mark.parametrize(
    ("status", "code", "throttled", "transient"),
    [
        (429, "X.1", True, False),
        (400, "APIGW.0308", True, False),
        (500, "X.1", False, True),
        (503, "", False, True),
        (400, "CFW.00109003", False, True),
        (400, "CFW.00109004", False, True),
        (400, "CFW.00300001", False, True),
        (400, "CFW.00200005", False, False),
        (404, "", False, False),
        (403, "", False, False),
    ],
)
def test_what_an_error_means_for_a_read(status: int, code: str, throttled: bool, transient: bool) -> None:
    found = error(status, {"error_code": code})
    assert (found.throttled, found.transient) == (throttled, transient)


@pytest.mark.parametrize("body", [b"", b"ok", b'{"data": {', b"[]", b'"ok"', b"null", b"\xff"])
def test_an_answer_of_success_that_cannot_be_read_says_nothing(body: bytes) -> None:
    found = error(200, body, X_Request_Id="r-1")
    assert (found.code, found.outcome, found.transient, found.request_id) == (
        "unreadable_answer",
        Outcome.UNKNOWN,
        True,
        "r-1",
    )
    assert "check endpoint and proxy" in found.hint


@pytest.mark.parametrize(
    ("body", "headers", "request_id"),
    [
        ({"error_code": "X.1"}, {"X_Request_Id": "a"}, "a"),
        ({"error_code": "X.1"}, {"x_request_id": "a"}, "a"),
        ({"error_code": "X.1"}, {"X_IAM_Trace_Id": "b"}, "b"),
        ({"error_code": "X.1", "request_id": "c"}, {}, "c"),
        ({"error_code": "X.1", "request_id": "c"}, {"X_Request_Id": "a"}, "a"),
        ({"error_code": "X.1"}, {}, ""),
    ],
    ids=str,
)
def test_the_request_id_is_found(body: Any, headers: dict[str, str], request_id: str) -> None:
    assert error(400, body, **headers).request_id == request_id


@pytest.mark.parametrize(
    ("status", "off", "skewed"),
    [(401, 0, False), (401, 860, False), (401, 880, True), (401, -880, True), (401, None, False), (403, 5000, False)],
)
def test_a_wrong_clock_is_told_from_a_wrong_key(status: int, off: float | None, skewed: bool) -> None:
    headers = {} if off is None else {"Date": formatdate(NOW + off, usegmt=True)}
    assert error(status, {"error_code": "APIGW.0301"}, **headers).clock_skew is skewed


def test_hints_say_what_to_do() -> None:
    assert error(400, {"error_code": "CFW.00200024"}).hint.startswith("The firewall's limit is reached")
    assert (
        error(403, {"error_code": "X.1"}).hint == "Check the credential and that its policies allow the call named here"
    )
    assert error(401, {"error_code": "APIGW.0301"}).hint.startswith(
        "Check the keys or the token, and the controller's clock"
    )
    assert error(400, {"error_code": "X.1"}).hint == ""
