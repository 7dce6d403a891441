# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of Tencent's gateway means for a write: done, not executed, refused, or unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._tencent.answers import content, judge, request_id_of


def answer(body: Any, status: int = 200) -> Response:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {}, text)


def refusal(code: str, message: str = "because", status: int = 200) -> ApiError:
    found = judge(answer({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r-1"}}, status))
    assert found is not None
    return found


def test_a_good_answer() -> None:
    good = answer({"Response": {"ReturnCode": 0, "RequestId": "r-1"}})
    assert judge(good) is None
    assert content(good) == {"ReturnCode": 0, "RequestId": "r-1"}
    assert request_id_of(good) == "r-1"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("AuthFailure.SignatureFailure", Outcome.NOT_EXECUTED),
        ("AuthFailure", Outcome.NOT_EXECUTED),
        ("UnauthorizedOperation", Outcome.NOT_EXECUTED),
        ("UnauthorizedOperation.PermissionDenied", Outcome.NOT_EXECUTED),
        ("InvalidParameter", Outcome.NOT_EXECUTED),
        ("InvalidParameterValue.Range", Outcome.NOT_EXECUTED),
        ("MissingParameter", Outcome.NOT_EXECUTED),
        ("UnknownParameter", Outcome.NOT_EXECUTED),
        ("RequestLimitExceeded", Outcome.NOT_EXECUTED),
        ("RequestLimitExceeded.UinLimitExceeded", Outcome.NOT_EXECUTED),
        ("RequestLimitExceeded.IPLimitExceeded", Outcome.NOT_EXECUTED),
        ("LimitExceeded", Outcome.REFUSED),
        ("InvalidAction", Outcome.REFUSED),
        ("UnsupportedOperation", Outcome.REFUSED),
        ("OperationDenied.Something", Outcome.REFUSED),
        ("FailedOperation", Outcome.UNKNOWN),
        ("FailedOperation.ResponseTooLarge", Outcome.UNKNOWN),
        ("InternalError", Outcome.UNKNOWN),
        ("ServiceUnavailable", Outcome.UNKNOWN),
        ("ResourceInUse", Outcome.UNKNOWN),
        ("NeverHeardOf", Outcome.UNKNOWN),
        ("InvalidParameterless", Outcome.UNKNOWN),
    ],
)
def test_what_a_code_says_of_a_write(code: str, outcome: Outcome) -> None:
    error = refusal(code)
    assert (error.code, error.outcome, error.status, error.request_id) == (code, outcome, 200, "r-1")
    assert error.message == f"{code}: because"


@pytest.mark.parametrize(
    ("code", "throttled", "transient"),
    [
        ("RequestLimitExceeded", True, False),
        ("RequestLimitExceeded.GlobalRegionUinLimitExceeded", True, False),
        ("LimitExceeded", False, False),
        ("InternalError", False, True),
        ("InternalError.Db", False, True),
        ("ServiceUnavailable", False, True),
        ("ResourceUnavailable", False, True),
        ("AuthFailure.TokenFailure", False, False),
        ("FailedOperation", False, False),
    ],
)
def test_which_codes_may_pass_by_themselves(code: str, throttled: bool, transient: bool) -> None:
    error = refusal(code)
    assert (error.throttled, error.transient) == (throttled, transient)


def test_only_an_expired_signature_is_about_the_clock() -> None:
    assert refusal("AuthFailure.SignatureExpire").clock_skew is True
    assert refusal("AuthFailure.SignatureFailure").clock_skew is False


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AuthFailure.SecretIdNotFound", "blanks around it"),
        ("AuthFailure.TokenFailure", "stale token variable"),
        ("UnauthorizedOperation.PermissionDenied", "its resource must be *"),
        ("RequestLimitExceeded.UinLimitExceeded", "raise retries"),
        ("LimitExceeded.BlockList", "quota"),
        ("InvalidAction", "check site and endpoint"),
    ],
)
def test_a_code_comes_with_what_to_do(code: str, hint: str) -> None:
    assert hint in refusal(code).hint


def test_a_code_without_advice() -> None:
    assert refusal("FailedOperation").hint == ""


@pytest.mark.parametrize(
    ("code", "status", "outcome", "throttled", "transient"),
    [
        ("FailedOperation", 500, Outcome.UNKNOWN, False, True),
        ("InvalidParameter", 400, Outcome.NOT_EXECUTED, False, False),
        ("FailedOperation", 400, Outcome.UNKNOWN, False, False),
        ("SomethingElse", 429, Outcome.NOT_EXECUTED, True, False),
    ],
)
def test_the_service_s_own_words_are_kept_whatever_the_status(
    code: str, status: int, outcome: Outcome, throttled: bool, transient: bool
) -> None:
    error = refusal(code, status=status)
    assert (error.message, error.request_id) == (f"{code}: because", "r-1")
    assert (error.outcome, error.throttled, error.transient) == (outcome, throttled, transient)


def test_another_status_without_an_error_is_no_success() -> None:
    found = judge(answer({"Response": {"RequestId": "r-1"}}, 500))
    assert found is not None
    assert (found.code, found.outcome) == ("http_500", Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"Code": "FailedOperation"}, "FailedOperation", "FailedOperation: no explanation was given"),
        ({"Message": "x"}, "UnknownError", "UnknownError: x"),
        ("broken", "UnknownError", "UnknownError: broken"),
    ],
)
def test_an_error_of_another_shape(error: Any, code: str, message: str) -> None:
    found = judge(answer({"Response": {"Error": error}}))
    assert found is not None
    assert (found.code, found.message, found.request_id) == (code, message, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"<html></html>",
        b"[]",
        b"null",
        b'{"Response": []}',
        b'{"Response": null}',
        b'{"Error": {}}',
        b'{"Respo',
        b"\xff\xfe",
    ],
)
def test_an_unreadable_answer_leaves_a_write_unknown(body: bytes) -> None:
    found = judge(answer(body))
    assert found is not None
    assert (found.code, found.outcome, found.transient) == ("unreadable_answer", Outcome.UNKNOWN, True)
    assert found.message == "The answer (HTTP 200) is not the JSON object that the API returns"
    assert content(answer(body)) == {}
    assert request_id_of(answer(body)) == ""


@pytest.mark.parametrize(
    ("status", "outcome", "throttled", "transient"),
    [
        (429, Outcome.NOT_EXECUTED, True, False),
        (401, Outcome.NOT_EXECUTED, False, False),
        (403, Outcome.NOT_EXECUTED, False, False),
        (400, Outcome.UNKNOWN, False, True),
        (500, Outcome.UNKNOWN, False, True),
        (502, Outcome.UNKNOWN, False, True),
        (504, Outcome.UNKNOWN, False, True),
    ],
)
def test_what_another_status_says(status: int, outcome: Outcome, throttled: bool, transient: bool) -> None:
    found = judge(answer(b"<html></html>", status))
    assert found is not None
    assert found.code == f"http_{status}"
    assert (found.outcome, found.throttled, found.transient) == (outcome, throttled, transient)
