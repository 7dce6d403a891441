# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client's caller does with answers and failures: repeat, wait, correct the clock, take notes."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Union
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Caller, HttpSettings, Response
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, Request

START = 1_700_000_000.0
REQUEST = Request("POST", Endpoint("https", "cfw.example.com", 443))

Step = Union[Response, ApiError]


@dataclass
class Clock:
    """Wall clock and monotonic clock, which pass only by sleeping."""

    wall: float = START
    elapsed: float = 5000.0
    sleeps: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.sleeps.append(seconds)
        self.wall += seconds
        self.elapsed += seconds


class Script:
    """A transport that hands out prepared answers and failures, and fails when asked once too often."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.sent: list[Request] = []
        self.fresh: list[bool] = []

    def send(self, request: Request, *, fresh_connection: bool = False) -> Response:
        self.sent.append(request)
        self.fresh.append(fresh_connection)
        step = self.steps.pop(0)
        if isinstance(step, ApiError):
            raise step
        return step


def answer(status: int = 200, *, request_id: str = "", date: float | None = None, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if request_id:
        named["X-Request-Id"] = request_id
    if date is not None:
        named["Date"] = email.utils.formatdate(date, usegmt=True)
    return Response(status, named, b"{}")


def lost(**more: Any) -> ApiError:
    return ApiError("connection_lost", "lost", **{"outcome": Outcome.UNKNOWN, "transient": True, **more})


def unconnected(**more: Any) -> ApiError:
    return ApiError("connection_failed", "no", **{"outcome": Outcome.NOT_EXECUTED, "transient": True, **more})


def judge(response: Response) -> ApiError | None:
    """A service that says it by the status alone."""
    common: dict[str, Any] = {"status": response.status, "request_id": response.headers.get("X-Request-Id", "")}
    if response.status < 300:
        return None
    if response.status == 401:
        return ApiError("expired", "signature expired", outcome=Outcome.NOT_EXECUTED, clock_skew=True, **common)
    if response.status == 403:
        return ApiError("forbidden", "no permission", outcome=Outcome.NOT_EXECUTED, **common)
    if response.status == 409:
        return ApiError("conflict", "there already", outcome=Outcome.REFUSED, **common)
    if response.status == 429:
        return ApiError("throttled", "too often", outcome=Outcome.NOT_EXECUTED, throttled=True, **common)
    return ApiError("internal", "broken", outcome=Outcome.UNKNOWN, transient=True, **common)


class Setup:
    """A caller with everything around it."""

    def __init__(
        self,
        *steps: Step,
        retries: int = 3,
        rate: float | None = None,
        jitter: Callable[[], float] = lambda: 1.0,
        judged: Callable[[Response], ApiError | None] = judge,
    ) -> None:
        self.clock = Clock()
        self.script = Script(*steps)
        self.log = CallLog()
        self.warnings: list[str] = []
        self.context = Context(
            environ={},
            home="/nowhere",
            warn=self.warnings.append,
            time=self.clock.time,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            jitter=jitter,
        )
        self.caller = Caller(
            self.script,  # type: ignore[arg-type]
            lambda request, timestamp: request.with_headers({"Signed": f"{timestamp:.1f}"}),
            judged,
            HttpSettings(retries=retries, rate=rate),
            self.context,
            self.log,
            request_id_of=lambda response: response.headers.get("X-Request-Id", ""),
        )

    def call(self, name: str = "Call", **more: Any) -> Response:
        return self.caller.call(name, REQUEST, permission="cfw:call", **more)

    def fails(self, name: str = "Call", **more: Any) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.call(name, **more)
        return caught.value

    @property
    def signed_at(self) -> list[float]:
        return [float(request.headers["Signed"]) - START for request in self.script.sent]


# --- what is repeated --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "read", "write"),
    [
        pytest.param(answer(429), True, True, id="throttled"),
        pytest.param(unconnected(), True, True, id="no connection"),
        pytest.param(unconnected(transient=False), False, False, id="no connection, for good"),
        pytest.param(lost(), True, False, id="lost"),
        pytest.param(lost(transient=False), False, False, id="too large"),
        pytest.param(answer(500), True, False, id="internal error"),
        pytest.param(answer(401), False, False, id="expired, without a Date"),
        pytest.param(answer(403), False, False, id="forbidden"),
        pytest.param(answer(409), False, False, id="conflict"),
        pytest.param(lost(throttled=True), True, False, id="throttled, perhaps after all"),
    ],
)
def test_what_is_repeated(step: Step, read: bool, write: bool) -> None:
    for is_write, repeated in ((False, read), (True, write)):
        setup = Setup(step, answer(200, request_id="second"))
        if repeated:
            assert setup.call(write=is_write).headers["X-Request-Id"] == "second"
        else:
            assert setup.fails(write=is_write).call == "Call"
        assert len(setup.script.sent) == (2 if repeated else 1)
        assert len(setup.clock.sleeps) == len(setup.script.sent) - 1


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_as_often_as_allowed_and_no_more(retries: int) -> None:
    setup = Setup(*[answer(429)] * (retries + 1), retries=retries)
    error = setup.fails(write=True)
    assert (error.code, error.status, error.call) == ("throttled", 429, "Call")
    assert setup.script.steps == []
    assert setup.log.rows()[0]["attempts"] == retries + 1


def test_every_call_has_its_own_retries() -> None:
    setup = Setup(lost(), lost(), answer(), lost(), lost(), answer(), retries=2)
    setup.call()
    setup.call()
    assert setup.script.steps == []


def test_a_wrong_input_is_not_repeated() -> None:
    setup = Setup()
    with (
        mock.patch.object(setup.script, "send", side_effect=InputError("bad header")) as send,
        pytest.raises(InputError, match="bad header"),
    ):
        setup.call()
    assert send.call_count == 1


def test_every_attempt_of_a_write_has_a_connection_of_its_own() -> None:
    setup = Setup(answer(429), answer(), answer())
    setup.call(write=True)
    setup.call()
    assert setup.script.fresh == [True, True, False]


# --- how long it waits -------------------------------------------------------------------------------------------


def test_backoff_doubles_up_to_a_limit() -> None:
    setup = Setup(*[lost()] * 8, retries=7)
    setup.fails()
    assert setup.clock.sleeps == [1, 2, 4, 8, 16, 30, 30]


def test_throttling_waits_longer() -> None:
    setup = Setup(*[answer(429)] * 6, retries=5)
    setup.fails()
    assert setup.clock.sleeps == [4, 8, 16, 30, 30]


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_jitter_is_full(jitters: list[float]) -> None:
    """Anything between nothing and the limit, so that hosts that failed together come back apart."""
    values = iter(jitters)
    setup = Setup(*[lost()] * 5, retries=4, jitter=lambda: next(values))
    setup.fails()
    assert setup.clock.sleeps == [jitter * most for jitter, most in zip(jitters[:4], (1, 2, 4, 8))]


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("5", 5.5),
        ("0", 0.5),
        ("60", 60.5),
        (email.utils.formatdate(START + 20, usegmt=True), 20.5),
        (email.utils.formatdate(START - 20, usegmt=True), 0.5),
        ("soon", 2.0),
    ],
)
def test_retry_after_is_respected(header: str, waited: float) -> None:
    setup = Setup(answer(429, Retry_After=header), answer(), jitter=lambda: 0.5)
    setup.call(write=True)
    assert setup.clock.sleeps == [waited]


def test_retry_after_as_a_date_is_measured_by_the_clock_that_set_it() -> None:
    later = START + 3600
    setup = Setup(answer(503, date=later, Retry_After=email.utils.formatdate(later + 7, usegmt=True)), answer())
    setup.call()
    assert setup.clock.sleeps == [8]


def test_the_pause_that_the_judge_found_goes_first() -> None:
    def judged(response: Response) -> ApiError | None:
        error = judge(response)
        if error:
            error.retry_after = 3.0
        return error

    setup = Setup(answer(429, Retry_After="9"), answer(), judged=judged)
    setup.call()
    assert setup.clock.sleeps == [4]


@pytest.mark.parametrize("hint", ["", "Slow down."])
def test_a_pause_too_long_is_not_waited_for(hint: str) -> None:
    setup = Setup(ApiError("limit", "no", outcome=Outcome.NOT_EXECUTED, throttled=True, retry_after=3600, hint=hint))
    error = setup.fails(write=True)
    assert setup.clock.sleeps == []
    assert "3600 seconds" in error.hint
    assert "60" in error.hint
    assert error.hint.startswith("Slow down. The service" if hint else "The service")


# --- pacing ------------------------------------------------------------------------------------------------------


def test_calls_of_one_name_keep_a_distance() -> None:
    setup = Setup(*[answer()] * 6, rate=4.0)
    for name in ("A", "A", "B", "A"):
        setup.call(name)
    assert setup.clock.sleeps == [0.25, 0.25]
    setup.clock.elapsed += 0.1
    setup.call("A")
    assert setup.clock.sleeps[2:] == [pytest.approx(0.15)]
    setup.clock.elapsed += 1
    setup.call("A")
    assert len(setup.clock.sleeps) == 3


def test_repetitions_are_paced_too() -> None:
    setup = Setup(lost(), answer(), rate=0.1)
    setup.call()
    assert setup.clock.sleeps == [1, 9]


def test_without_a_rate_nothing_is_paced() -> None:
    setup = Setup(answer(), answer())
    setup.call()
    setup.call()
    assert setup.clock.sleeps == []


# --- the clock ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "word"), [(3600.0, "behind"), (-3600.0, "ahead of")])
@pytest.mark.parametrize("write", [False, True])
def test_a_wrong_clock_is_corrected_once(ahead: float, word: str, write: bool) -> None:
    setup = Setup(answer(401, date=START + ahead), answer(date=START + ahead), answer(), retries=0)
    setup.call(write=write)
    setup.clock.elapsed += 10
    setup.clock.wall += 5000  # somebody sets the clock: it no longer matters
    setup.call(write=write)
    assert setup.signed_at == [0.0, ahead, ahead + 10]
    assert setup.clock.sleeps == []
    assert setup.log.rows()[0]["attempts"] == 3
    (warning,) = setup.warnings
    assert f"3600 seconds {word}" in warning


def test_a_second_refusal_is_final() -> None:
    """Five wrong signatures in a row lock a key."""
    setup = Setup(answer(401, date=START + 3600), answer(401, date=START + 9000), answer(401, date=START + 99999))
    assert setup.fails().code == "expired"
    assert len(setup.script.sent) == 2
    assert setup.fails("Other").code == "expired"
    assert len(setup.script.sent) == 3


@pytest.mark.parametrize("ahead", [0.0, 59.0, -59.0])
def test_a_clock_that_is_right_is_not_the_reason(ahead: float) -> None:
    setup = Setup(answer(401, date=START + ahead), answer())
    assert setup.fails().code == "expired"
    assert len(setup.script.sent) == 1
    assert setup.warnings == []


def test_correction_does_not_count_as_a_repetition() -> None:
    setup = Setup(lost(), answer(401, date=START + 999), lost(), answer(), retries=2)
    setup.call()
    assert setup.script.steps == []
    assert setup.signed_at == [0.0, 1.0, 999.0, 1001.0]


def test_service_time() -> None:
    setup = Setup(answer(), answer(403, date=START + 100), lost(), answer(), retries=0)
    assert setup.caller.service_time() is None
    setup.call()
    assert setup.caller.service_time() is None
    setup.fails()
    assert setup.caller.service_time() == START + 100
    setup.clock.sleep(2.5)
    setup.fails()
    setup.call()
    assert setup.caller.service_time() == START + 102.5
    assert setup.signed_at == [0.0, 0.0, 2.5, 2.5]


# --- what is noted and shown -------------------------------------------------------------------------------------


def test_call_log() -> None:
    setup = Setup(
        answer(429, request_id="w1"),
        answer(200, request_id="w2"),
        answer(500, request_id="w3"),
        lost(),
        answer(200, request_id="r1"),
        retries=1,
    )
    setup.call("Write", write=True)
    setup.fails("Write", write=True)
    setup.call("Read")
    assert setup.log.rows() == [
        {"call": "Write", "count": 2, "attempts": 3, "request_ids": ["w1", "w2", "w3"], "permission": "cfw:call"},
        {"call": "Read", "count": 1, "attempts": 2, "request_ids": [], "permission": "cfw:call"},
    ]


def test_the_request_id_of_a_write_that_the_judge_did_not_name() -> None:
    def judged(_response: Response) -> ApiError:
        return ApiError("odd", "odd", outcome=Outcome.UNKNOWN)

    setup = Setup(answer(200, request_id="w1"), judged=judged)
    setup.fails(write=True)
    assert setup.log.rows()[0]["request_ids"] == ["w1"]


def test_errors_are_redacted() -> None:
    def judged(_response: Response) -> ApiError:
        return ApiError("auth", "verify failed for SECRETKEY", outcome=Outcome.NOT_EXECUTED, hint="not SECRETKEY")

    setup = Setup(answer(401), judged=judged)
    setup.context.redactor.add("SECRETKEY")
    error = setup.fails()
    assert "SECRETKEY" not in error.sentence() + str(error) + repr(error)
    assert error.message.startswith("verify failed for ")


def test_repeating_is_reported_as_progress() -> None:
    seen: list[str] = []
    setup = Setup(lost(), answer())
    object.__setattr__(setup.context, "progress", seen.append)
    setup.call("ListCaptureTask")
    assert seen == ["ListCaptureTask: connection_lost, asking again in 1.0 seconds (1)"]


def test_without_request_ids_nothing_is_noted() -> None:
    setup = Setup()
    log = CallLog()
    caller = Caller(
        Script(answer(200, request_id="1")),  # type: ignore[arg-type]
        lambda request, _timestamp: request,
        judge,
        HttpSettings(),
        setup.context,
        log,
    )
    caller.call("Metadata", REQUEST, write=True)
    assert log.rows()[0]["request_ids"] == []
