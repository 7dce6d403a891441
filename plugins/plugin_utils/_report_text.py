# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words and times of a report: what came from outside is made plain and visible here, once for all formats."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))
PERMANENT = "permanent"
# Longer text of an alert is cut in Markdown and HTML; report.json has all of it.
SHOWN_CHARACTERS = 600
SHOWN_LINE = 4000

_NAMED = {"\n": "\u23ce", "\r": "\u240d", "\t": "\u21e5"}
# Letters that draw nothing or turn the line around: controls, formats (bidi overrides, zero width), private use,
# lone surrogates, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def text(value: Any) -> str:
    """A string, whatever was given; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def visible(value: Any, limit: int = SHOWN_CHARACTERS) -> str:
    """The text in one line, with every character that one would not see, or that hides others, spelled out."""
    given = text(value)
    if len(given) <= limit and given.isprintable():
        return given
    shown = "".join(_seen(character) for character in given[:limit])
    return shown if len(given) <= limit else f"{shown} \u2026 ({len(given) - limit} more characters in report.json)"


def _seen(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.category(character) in _INVISIBLE:
        return f"\u27e8U+{ord(character):04X}\u27e9"
    return character


def iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(value: Any) -> datetime | None:
    """The time that a text names, in UTC; None for 'permanent', for nothing, and for what is no time.

    A date alone is the start of that day; a time without a zone is UTC, as all roles write it.
    """
    given = text(value).strip()
    if len(given) < 10 or not given[:4].isdigit():
        return None
    if given[-1] in "Zz":
        given = f"{given[:-1]}+00:00"
    try:
        found = datetime.fromisoformat(given)
        # A year at the edge of the calendar can't be brought to another zone.
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def utc(value: Any) -> str:
    """As people read it: 2026-11-21 21:50:00 UTC. What is no time stays as it is."""
    found = moment(value)
    return found.strftime("%Y-%m-%d %H:%M:%S UTC") if found else text(value)


def beijing(value: Any) -> str:
    """The same moment at +08:00; nothing for what is no time."""
    found = moment(value)
    try:
        return found.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S +08:00") if found else ""
    except OverflowError:
        return ""


def span(seconds: float) -> str:
    """A duration in its two largest units: 45 s, 3 min 10 s, 23 h 59 min, 6 d 23 h."""
    left = round(abs(seconds))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def size(value: Any) -> str:
    """Bytes for people: 1,234 B, 2.1 MB."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if value < 10_000:
        return f"{value:,.0f} B"
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 1000 or unit == "GB":
            break
    return f"{value:,.1f} {unit}"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
