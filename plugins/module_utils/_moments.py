# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as users give them: ISO 8601 with a zone, Unix seconds, or so long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

_AGO = re.compile(r"([0-9]{1,7})\s*([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_UNIX = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_WANTED = (
    "give ISO 8601 with a zone such as 2026-11-21T10:00:00+08:00 (in quotes), Unix seconds, or so long ago such as 30m"
)


def parse_moment(text: str, option: str, now: float) -> float:
    """Unix seconds of an option's value, where `now` is the current time. Raises InputError."""
    stripped = text.strip()
    if stripped == "now":
        return now
    ago = _AGO.fullmatch(stripped)
    if ago:
        return now - int(ago[1]) * _UNIT_SECONDS[ago[2]]
    if _UNIX.fullmatch(stripped):
        return float(stripped)
    if re.fullmatch("[0-9]{12,14}", stripped):
        raise InputError(f"{option} {shown(text)} looks like milliseconds; {_WANTED}")
    iso = _ISO.fullmatch(stripped)
    if not iso:
        raise InputError(f"{option} {shown(text)} is no time; {_WANTED}")
    if not iso[8]:
        raise InputError(f"{option} {shown(text)} has no time zone; {_WANTED}")
    *fields, fraction, zone = iso.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in fields)
    micro = int((fraction or "").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micro, _zone(zone)).timestamp()
    except (ValueError, OverflowError):
        raise InputError(f"{option} {shown(text)} is not in the calendar; {_WANTED}") from None


def shown_moment(seconds: float | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond; None for what is no moment."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None


def _zone(text: str) -> timezone:
    if text in ("Z", "z"):
        return timezone.utc
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
