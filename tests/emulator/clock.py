# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service's clock: wall clock plus an offset that tests move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from functools import lru_cache

CHINA = timezone(timedelta(hours=8))
"""Tencent documents UTC+8 for its expiry times. Huawei names no zone for the dates of captures: the same one here."""
TENCENT_FORMAT = "%Y-%m-%d %H:%M:%S"
HUAWEI_FORMAT = "%Y/%m/%d %H:%M:%S"
PERMANENT = "3000-01-01 00:00:00"


@lru_cache(maxsize=4096)
def tencent_text(moment: float) -> str:
    return datetime.fromtimestamp(moment, CHINA).strftime(TENCENT_FORMAT)


@lru_cache(maxsize=4096)
def huawei_text(moment: float) -> str:
    return datetime.fromtimestamp(moment, CHINA).strftime(HUAWEI_FORMAT)


@lru_cache(maxsize=1024)
def parse_tencent(text: str) -> float:
    """Unix seconds of a `YYYY-MM-DD HH:MM:SS` in UTC+8; ValueError for any other spelling."""
    moment = datetime.strptime(text, TENCENT_FORMAT)
    if moment.strftime(TENCENT_FORMAT) != text:
        raise ValueError(f"{text!r} is not written as YYYY-MM-DD HH:MM:SS")
    return moment.replace(tzinfo=CHINA).timestamp()


def http_date(moment: float) -> str:
    return formatdate(moment, usegmt=True)


class ServiceClock:
    """`wall` gives unix seconds; everything the service stores or announces uses `now`."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._stopped: float | None = None
        self.offset = 0.0
        self.per_request = 0.0

    def wall(self) -> float:
        return self._wall() if self._stopped is None else self._stopped

    def stop(self) -> None:
        """From now on it goes on only as it is told to, by whole seconds: what is read twice is the same."""
        self._stopped = float(int(self.wall()))

    def now(self) -> float:
        return self.wall() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    def set(self, moment: float) -> None:
        self.offset = moment - self.wall()

    def tick(self) -> None:
        """Called once for each API request: with `per_request` set, waiting clients see time pass."""
        self.offset += self.per_request

    def reset(self) -> None:
        self._stopped = None
        self.offset = 0.0
        self.per_request = 0.0
