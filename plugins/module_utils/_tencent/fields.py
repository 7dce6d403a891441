# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields of alerts, logs and assets under whatever name the service gives them.

The API pages show event_id, current_event_id, occurrence_count, direction, src_ip_list, dst_ip_list, log_id, instance_id and
fingerprints. Other names are not published; public clients read SourceIp, TargetIp, Direction and the like, so that every
common spelling is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical, split_list
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import BEIJING, parse_time, shown_time

Row = Mapping[str, Any]

EVENT_ID = ("event_id", "EventId")
CURRENT_EVENT_ID = ("current_event_id", "CurrentEventId")
LOG_ID = ("log_id", "LogId")
NAME = ("event_name", "EventName", "name", "Name", "attack_name")
LEVEL = ("level", "Level", "severity")
DIRECTION = ("direction", "Direction")
STATUS = ("action_status", "ActionStatus", "status")
SOURCES = ("SourceIp", "src_ip", "SrcIp", "SrcIP", "src_ip_list", "SrcIpList", "source_ip")
DESTINATIONS = ("TargetIp", "dst_ip", "DstIp", "DstIP", "dst_ip_list", "DstIpList", "target_ip", "dest_ip")
FIRST = ("start_time", "StartTime", "BeginTime", "begin_time", "first_time")
LAST = ("end_time", "EndTime", "last_time", "LastTime")
SOURCE_PORT = ("SourcePort", "src_port", "SrcPort")
DESTINATION_PORT = ("TargetPort", "dst_port", "DstPort", "target_port", "dest_port")
COUNT = ("occurrence_count", "Count", "count")

LEVELS = ("low", "middle", "high")
STATUSES = ("unhandled", "handled", "blocked", "passed", "isolated", "ignored")
DIRECTIONS = ("inbound", "outbound", "lateral")
_DIRECTION_WORDS = {"0": "outbound", "1": "inbound", "3": "lateral", "out": "outbound", "in": "inbound"}
_LEVEL_WORDS = {"medium": "middle", "mid": "middle"}


def first(row: Row, names: Sequence[str]) -> Any:
    """The value of the first of these fields that has one; None if none has."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def text(row: Row, names: Sequence[str]) -> str:
    value = first(row, names)
    return "" if value is None else str(value).strip()


def word(row: Row, names: Sequence[str], words: Mapping[str, str]) -> str:
    """A field as one of this collection's words; a value that has none is passed on in lower case."""
    found = text(row, names).lower()
    return words.get(found, found)


def whole(value: Any) -> int | None:
    """A whole number, as a text too; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    digits = str(value).strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None


def level(row: Row) -> str:
    return word(row, LEVEL, _LEVEL_WORDS)


def direction(row: Row) -> str:
    return word(row, DIRECTION, _DIRECTION_WORDS)


def addresses(row: Row, names: Sequence[str]) -> list[str]:
    """The addresses in these fields, in their canonical form, each once."""
    listed = (part for name in names for part in split_list(row.get(name)))
    return list(dict.fromkeys(canonical(part) or part for part in listed))


def attackers(way: str, sources: Sequence[str], destinations: Sequence[str]) -> list[str]:
    """Whom a rule for the alert hits: where an inbound alert comes from, where an outbound one goes to."""
    return list({"inbound": sources, "outbound": destinations}.get(way, ()))


def moment(value: Any) -> float | None:
    """Unix seconds of a time of the service: its own spelling (Beijing time), ISO 8601, or Unix seconds or milliseconds."""
    found = str("" if value is None else value).strip()
    if found.isascii() and found.isdigit():
        seconds = int(found)
        return None if seconds == 0 else seconds / 1000 if len(found) >= 12 else float(seconds)
    known = parse_time(found)
    if known is not None:
        return known
    try:
        parsed = datetime.fromisoformat(found.replace("Z", "+00:00"))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=BEIJING)).timestamp() if parsed.year > 1970 else None
    except (ValueError, OverflowError):
        return None


def shown(value: Any) -> str | None:
    """A time of the service in ISO 8601 and Beijing time."""
    return shown_moment(moment(value))


def shown_moment(seconds: float | None) -> str | None:
    try:
        return shown_time(seconds)
    except (ValueError, OverflowError, OSError):
        return None


def own_addresses(value: Any, named: bool = False) -> Iterator[str]:
    """All addresses in fields that are named after an IP address, at any depth, in their canonical form."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from own_addresses(item, named or "ip" in str(key).lower())
    elif isinstance(value, list):
        for item in value:
            yield from own_addresses(item, named)
    elif named and isinstance(value, str):
        yield from (found for found in map(canonical, split_list(value)) if found)
