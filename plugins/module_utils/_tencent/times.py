# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times and durations of the Tencent Cloud Firewall, as Unix seconds.

The service speaks of Beijing time (UTC+8) and calls the year 3000 permanent (API pages of BanAndAllowRule, CreateBlockIgnoreRuleNew).
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

PERMANENT = math.inf
BEIJING = timezone(timedelta(hours=8))
DAY = 86400
_PERMANENT_TEXT = "3000-01-01 00:00:00"
_FORMAT = "%Y-%m-%d %H:%M:%S"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_DURATION = re.compile(r"([1-9][0-9]{0,4})([hd])")
_LONGEST = 3650 * DAY


def parse_duration(text: str, option: str, *, permanent: bool = True) -> float:
    """Seconds of '<n>h' or '<n>d'; PERMANENT of 'permanent' where that is allowed. Raises InputError."""
    if permanent and text == "permanent":
        return PERMANENT
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * (3600 if match[2] == "h" else DAY) if match else 0
    if not 0 < seconds <= _LONGEST:
        or_permanent = ", or permanent" if permanent else ""
        raise InputError(
            f"{option} {text[:40]!r} is no duration; give hours or days such as 12h or 7d (at most 3650d){or_permanent}"
        )
    return float(seconds)


def parse_time(text: str) -> float | None:
    """An EndTime of the service; None when it can't be read."""
    if not _TIME.fullmatch(text):
        return None
    try:
        # A tenth of what strptime takes: lists are long.
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year <= 1970:
        # A service's spelling of "not set", such as 0001-01-01 00:00:00.
        return None
    return PERMANENT if moment.year >= 3000 else moment.replace(tzinfo=BEIJING).timestamp()


def sent_time(moment: float) -> str:
    """For a request: Beijing time without a zone."""
    return _PERMANENT_TEXT if moment == PERMANENT else datetime.fromtimestamp(moment, BEIJING).strftime(_FORMAT)


def shown_time(moment: float | None) -> str | None:
    """For a person or a playbook: ISO 8601 with the zone, or 'permanent'."""
    if moment is None:
        return None
    return "permanent" if moment == PERMANENT else datetime.fromtimestamp(int(moment), BEIJING).isoformat()
