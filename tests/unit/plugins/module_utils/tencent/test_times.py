# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as users write them, and times as the service does: Beijing time, and the year 3000 for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import (
    PERMANENT,
    parse_duration,
    parse_time,
    sent_time,
    shown_time,
)

NOON_UTC = 1795262400  # 2026-11-21 12:00:00 UTC
YEAR_1971 = 31507200  # 1971-01-01 00:00:00 in Beijing
YEAR_3000 = 32503651200  # 3000-01-01 00:00:00 in Beijing


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kathmandu"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The controller's own zone, which must not matter."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h", 3600.0),
        ("12h", 43200.0),
        ("1d", 86400.0),
        ("7d", 604800.0),
        ("24h", 86400.0),
        ("3650d", 315360000.0),
        ("87600h", 315360000.0),
        ("permanent", PERMANENT),
    ],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text, "duration") == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0d",
        "0h",
        "01d",
        "-1d",
        "1.5d",
        "7",
        "7D",
        "7 d",
        "1w",
        "d",
        "1d12h",
        "3651d",
        "87601h",
        "99999d",
        "forever",
        "1d\n",
        "\u0667d",
    ],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_duration(text, "duration")
    assert caught.value.message == (
        f"duration {text!r} is no duration; give hours or days such as 12h or 7d (at most 3650d), or permanent"
    )


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(InputError) as caught:
        parse_duration("7" * 100, "renew_within")
    assert caught.value.message.startswith(f"renew_within '{'7' * 40}' is no duration")


def test_permanent_is_not_always_an_answer() -> None:
    with pytest.raises(InputError) as caught:
        parse_duration("permanent", "alert_window", permanent=False)
    assert caught.value.message == (
        "alert_window 'permanent' is no duration; give hours or days such as 12h or 7d (at most 3650d)"
    )


@pytest.mark.usefixtures("_zone")
def test_times_are_those_of_beijing_wherever_the_controller_is() -> None:
    assert parse_time("2026-11-21 20:00:00") == NOON_UTC
    assert sent_time(NOON_UTC) == "2026-11-21 20:00:00"
    assert shown_time(NOON_UTC) == "2026-11-21T20:00:00+08:00"


def test_a_time_after_midnight_in_beijing_is_the_next_day() -> None:
    assert sent_time(NOON_UTC + 4 * 3600) == "2026-11-22 00:00:00"
    assert shown_time(NOON_UTC + 4 * 3600 + 0.9) == "2026-11-22T00:00:00+08:00"


@pytest.mark.parametrize("text", ["3000-01-01 00:00:00", "3000-01-01 08:00:00", "9999-12-31 23:59:59"])
def test_the_year_3000_is_permanent(text: str) -> None:
    assert parse_time(text) == PERMANENT


def test_permanent_is_sent_as_the_year_3000_and_shown_as_a_word() -> None:
    assert sent_time(PERMANENT) == "3000-01-01 00:00:00"
    assert shown_time(PERMANENT) == "permanent"


def test_the_last_second_before_is_temporary() -> None:
    assert parse_time("2999-12-31 23:59:59") == YEAR_3000 - 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "permanent",
        "2026-11-21",
        "2026-11-21T20:00:00",
        "2026-11-21 20:00:00+00:00",
        "2026-11-21 20:00",
        "2026-11-21 25:00:00",
        "2026-02-30 00:00:00",
        "0000-00-00 00:00:00",
        "0001-01-01 00:00:00",
        "1970-01-01 08:00:00",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert parse_time(text) is None


def test_an_unreadable_time_is_shown_as_none() -> None:
    assert shown_time(None) is None


@given(st.integers(YEAR_1971, YEAR_3000 - 1))
def test_what_is_sent_is_read_back_as_the_same_moment(moment: int) -> None:
    assert parse_time(sent_time(float(moment))) == moment
