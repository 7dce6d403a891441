# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lists of both clouds hold for a target, in one shape, and what the results of modules tell besides.

A row is `action`, `directions`, `expires`, `expired`, `comment`, `row_id`, `matches`, `last_hit`, and at Huawei `entries`
(`direction`, `description`, `list_id`), because a row of several directions is several entries there. Times are ISO 8601
in UTC with a Z, or ``permanent``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown, split_list
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._token import PERMANENT, parse

Row = dict[str, Any]
Result = Mapping[str, Any]

RELEASED = ("removed", "restored", "gone")
"""What the role unblock says of a block that it lifted, or found lifted."""
TENCENT, HUAWEI = "tencent", "huawei"
CLOUDS = (TENCENT, HUAWEI)
DIRECTIONS = {"inbound": ("inbound",), "outbound": ("outbound",), "both": ("inbound", "outbound")}
SIDES = {"inbound": "source", "outbound": "destination"}
"""Directions of a block as entries of a Huawei list: traffic comes from an attacker, or goes to one."""
_WORDS = {side: word for word, side in SIDES.items()}
_BEIJING = timezone(timedelta(hours=8))
_WRITING = re.compile("(Batch)?(Create|Delete|Modify)")
_TRUE, _FALSE = ("true", "yes", "on", "1", "y", "t"), ("false", "no", "off", "0", "n", "f")


# Values that people give


def flag(value: Any, where: str, default: bool) -> bool:
    """A boolean, also as text, as surveys have it; blank is not given."""
    text = "" if value is None else str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text:
        raise InputError(f"{where} is {shown(str(value))}; give true or false")
    return default


def choice(value: Any, where: str, choices: Iterable[str], default: str) -> str:
    text = "" if value is None else str(value).strip()
    if text and text not in choices:
        raise InputError(f"{where} is {shown(text)}; give one of {', '.join(choices)}")
    return text or default


def clouds(value: Any, where: str) -> list[str]:
    """The clouds that are meant, in a fixed order; nothing given means both."""
    if value is not None and not isinstance(value, (str, list, tuple)):
        raise InputError(f"{where} is {shown(str(value))}; give a list of {' and '.join(CLOUDS)}")
    given = [part for item in split_list(value) for part in item.replace(",", " ").split()]
    for item in given:
        if item not in CLOUDS:
            raise InputError(f"{where} holds {shown(item)}; give {' or '.join(CLOUDS)}, or both")
    return [cloud for cloud in CLOUDS if cloud in given or not given]


# Times


def utc(moment: float) -> str:
    """Unix seconds as text; infinity is permanent."""
    if moment == math.inf:
        return PERMANENT
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def beijing(text: str | None) -> str | None:
    """A time of a row as people at Tencent Cloud read it."""
    moment = seconds(text)
    if moment is None or moment == math.inf:
        return text
    return datetime.fromtimestamp(moment, _BEIJING).isoformat(timespec="seconds")


def seconds(text: Any) -> float | None:
    """Unix seconds of ISO 8601 text, infinity of ``permanent``; None for anything else."""
    if text == PERMANENT:
        return math.inf
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def normal(text: Any) -> str | None:
    """A time of a module as rows have it; None if it is none."""
    moment = seconds(text)
    return None if moment is None else utc(moment)


# Results of modules


def error_of(result: Result, key: str) -> dict[str, str] | None:
    """Why a module did not return `key`; None if it did, or did not run."""
    if result.get("skipped") or (key in result and not result.get("error")):
        return None
    error = result.get("error")
    if isinstance(error, Mapping):
        return {name: str(error.get(name) or "") for name in ("code", "message", "hint")}
    # ansible-core's own refusals, and modules that broke.
    return {"code": "module_failed", "message": str(result.get("msg") or "the module returned nothing"), "hint": ""}


def looped(registered: Result, count: int) -> list[Result]:
    """The results of a loop over `count` items, or as many empty ones if it did not run."""
    results = list(registered.get("results") or ()) if isinstance(registered, Mapping) else []
    return [result if isinstance(result, Mapping) else {} for result in results] + [{"skipped": True}] * (
        count - len(results)
    )


def difference(results: Iterable[Result]) -> float | None:
    """By how many seconds a cloud's clock is ahead, as far as its modules tell."""
    for result in results:
        clock = result.get("clock")
        if isinstance(clock, Mapping) and isinstance(clock.get("difference"), (int, float)):
            return float(clock["difference"])
    return None


def request_ids(cloud: str, results: Iterable[Result]) -> list[dict[str, str]]:
    return [
        {"cloud": cloud, "call": str(row.get("call")), "request_id": str(request_id)}
        for result in results
        for row in result.get("api_calls") or ()
        for request_id in row.get("request_ids") or ()
    ]


def dry(results: Iterable[Result]) -> bool:
    """Whether modules ran in check mode: they speak of a change, and made no call that writes.

    `ansible_check_mode` does not tell: it is about the whole play, not about ``check_mode: true`` at a task or a role.
    """
    return any(
        result.get("changed") is True
        and not any(_WRITING.match(str(row.get("call"))) for row in result.get("api_calls") or ())
        for result in results
    )


def problem(cloud: str, scope: str, error: Mapping[str, str]) -> dict[str, str]:
    """An error as results list it."""
    return {"cloud": cloud, "scope": scope, **{name: error.get(name, "") for name in ("code", "message", "hint")}}


# Rows


def tencent_rows(rules: Iterable[Mapping[str, Any]], action: str = "block") -> dict[str, Row]:
    """Rows by address, of rules as tencent_cfw_alert_rule_info returns them."""
    kinds = ("ip",) if action == "block" else ("ip", "extended_ip")
    return {
        str(rule["target"]): tencent_row(rule)
        for rule in rules
        if rule.get("action") == action and rule.get("rule_type") in kinds
    }


def tencent_row(rule: Mapping[str, Any]) -> Row:
    """Of a rule as tencent_cfw_alert_rule_info, or with less in it tencent_cfw_alert_rule, returns it."""
    ids = sorted({str(row["UniqueId"]) for row in rule.get("raw") or () if row.get("UniqueId")})
    return {
        "action": rule.get("action"),
        "directions": sorted(rule.get("directions") or ()),
        "expires": normal(rule.get("expires")),
        "expired": bool(rule.get("expired")),
        "comment": str(rule.get("comment") or ""),
        "row_id": ",".join(ids),
        "matches": rule.get("matches"),
        "last_hit": normal(rule.get("last_hit")),
    }


def account_of(row: Mapping[str, Any] | None) -> str:
    """The Tencent account's app id, which is the first part of a rule's UniqueId; empty if it is not there."""
    head, dash, _rest = str((row or {}).get("row_id") or "").partition("-")
    return head if dash and head.isdigit() else ""


def huawei_rows(entries: Iterable[Mapping[str, Any]], now: float, action: str = "block") -> dict[str, Row]:
    """Rows by target, of entries as huawei_cfw_black_white_list_info returns them; those for all protocols only."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry.get("action") == action and entry.get("protocol") == "any" and not entry.get("port"):
            found.setdefault(str(entry["target"]), []).append(entry)
    return {target: huawei_row(of_target, now, action) for target, of_target in found.items()}


def huawei_row(entries: Iterable[Mapping[str, Any]], now: float, action: str = "block") -> Row:
    """A row of at least one entry. It ends when the first of its entries does, by what the description says."""
    parts = [
        {
            "direction": str(entry.get("direction")),
            "description": str(entry.get("description") or ""),
            "list_id": str(entry.get("list_id") or ""),
        }
        for entry in entries
    ]
    parts.sort(key=lambda part: (part["direction"] != "source", part["direction"], part["list_id"]))
    ends = [end_of(part) for part in parts]
    return {
        "action": action,
        "directions": sorted({_WORDS.get(part["direction"], part["direction"]) for part in parts}),
        "expires": utc(min(ends)),
        # The service lets nothing end: such an entry blocks until it is removed.
        "expired": min(ends) <= now,
        "comment": " / ".join(dict.fromkeys(part["description"] for part in parts)),
        "row_id": ",".join(sorted(part["list_id"] for part in parts if part["list_id"])),
        "matches": None,
        "last_hit": None,
        "entries": parts,
    }


def end_of(part: Mapping[str, Any]) -> float:
    """When an entry is to be lifted; infinity for one that no case put an end to."""
    found = parse(str(part.get("description") or ""))
    end = seconds(found.until) if found and found.until else None
    return math.inf if end is None else end


def entry_on(row: Mapping[str, Any] | None, side: str) -> Mapping[str, Any] | None:
    """The entry of one direction (source or destination) in a Huawei row."""
    return next((part for part in (row or {}).get("entries") or () if part["direction"] == side), None)


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two readings show the same row; hits don't matter."""
    return not differences(one, other)


def differences(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> list[str]:
    """The names of what is different, but for hits."""
    if not one or not other:
        return [] if bool(one) == bool(other) else ["existence"]
    names = ["directions", "expires", "comment", "entries"]
    if one.get("row_id") and other.get("row_id"):
        # A row that only the writing module has read has no id.
        names.append("row_id")
    return [name for name in names if (one.get(name) or None) != (other.get(name) or None)]


def same_entry(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two readings show the same entry of a Huawei list."""
    if not one or not other:
        return False
    ids = {str(part.get("list_id") or "") for part in (one, other)} - {""}
    return one.get("description") == other.get("description") and len(ids) < 2
