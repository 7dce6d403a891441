# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as users write them."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._moments import parse_moment, shown_moment

NOW = 1_795_227_450.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", NOW),
        ("0s", NOW),
        ("90s", NOW - 90),
        (" 30m ", NOW - 1800),
        ("6 h", NOW - 6 * 3600),
        ("2d", NOW - 2 * 86400),
        ("1718936272", 1718936272.0),
        ("1718936272.648", 1718936272.648),
        ("2024-06-21T02:17:52Z", 1718936272.0),
        ("2024-06-21t02:17:52z", 1718936272.0),
        ("2024-06-21T10:17:52+08:00", 1718936272.0),
        ("2024-06-21T10:17:52+0800", 1718936272.0),
        ("2024-06-21T10:17:52+08", 1718936272.0),
        ("2024-06-20T21:47:52-04:30", 1718936272.0),
        ("2024-06-21 02:17:52+00:00", 1718936272.0),
        ("2024-06-21T02:17Z", 1718936220.0),
        ("2024-06-21T02:17:52.648Z", 1718936272.648),
        ("2024-06-21T02:17:52,648000999Z", 1718936272.648),
    ],
)
def test_parsed(text: str, seconds: float) -> None:
    assert parse_moment(text, "start", NOW) == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no time"),
        ("yesterday", "is no time"),
        ("30", None),
        ("30 minutes", "is no time"),
        ("-30m", "is no time"),
        ("1.5h", "is no time"),
        ("1718936272648", "looks like milliseconds"),
        ("2024-06-21T02:17:52", "has no time zone"),
        ("2024-06-21 02:17:52", "has no time zone"),
        ("2024-06-21", "is no time"),
        ("2024-02-30T00:00:00Z", "is not in the calendar"),
        ("2024-06-21T25:00:00Z", "is not in the calendar"),
        ("2024-06-21T00:00:00+99:00", "is not in the calendar"),
        ("0000-01-01T00:00:00Z", "is not in the calendar"),
        ("\uff12\uff10\uff12\uff14-06-21T00:00:00Z", "is no time"),
        ("1" * 400, "is no time"),
    ],
)
def test_refused(text: str, says: str | None) -> None:
    if says is None:
        assert parse_moment(text, "start", NOW) == 30.0
        return
    with pytest.raises(InputError) as caught:
        parse_moment(text, "start", NOW)
    assert caught.value.message.startswith("start ")
    assert says in caught.value.message
    assert "30m" in caught.value.message
    assert len(caught.value.message) < 300


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_any_iso_time(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_moment(aware.isoformat(), "end", NOW) == pytest.approx(aware.timestamp(), abs=1e-3)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(parse_moment(text, "end", NOW), float)


def test_shown() -> None:
    assert shown_moment(1718936272.648) == "2024-06-21T02:17:52.648+00:00"
    assert shown_moment(None) is None
    assert shown_moment(1e18) is None
