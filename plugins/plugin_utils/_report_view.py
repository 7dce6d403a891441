# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Markdown and HTML both show: words for states, rows for people, none of it escaped yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._report_state import LISTED, place
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import (
    PERMANENT,
    beijing,
    moment,
    plural,
    span,
    text,
    utc,
)

# On the first screen; the tables below it have all.
FIRST_ROWS = 12
# A sign beside every word, so that no meaning hangs on a colour.
STATES = {
    "in_force": ("ok", "\u2713", "listed"),
    "not_in_path": ("bad", "\u26a0", "not in path"),
    "shadowed": ("bad", "\u26a0", "listed, but allowed too"),
    "failed": ("bad", "\u2717", "failed"),
    "refused": ("bad", "\u2298", "refused"),
    "unknown": ("warn", "?", "unknown"),
    "unread": ("warn", "?", "not read again"),
    "expired": ("bad", "\u2717", "expired"),
    "gone": ("bad", "\u2717", "gone from the list"),
    "not_attempted": ("bad", "\u2717", "not attempted"),
    "released": ("off", "\u21a9", "taken back"),
    "planned": ("plan", "\u25cb", "planned"),
}
OUTCOMES = {
    "planned": ("plan", "\u25cb", "Plan only"),
    "contained": ("ok", "\u2713", "Blocks in force"),
    "partly_contained": ("warn", "\u26a0", "Partly in force"),
    "not_contained": ("bad", "\u2717", "Nothing in force"),
    "refused": ("bad", "\u2298", "Refused"),
    "failed": ("bad", "\u2717", "Failed"),
    "released": ("off", "\u21a9", "Taken back"),
    "nothing_in_force": ("off", "\u2013", "Nothing in force"),
}
ENFORCEMENT = {
    "hits_seen": "hits seen",
    "no_hits_yet": "no hits yet",
    "not_in_path": "not in path",
    "unknown": "not known",
}


def state(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind (for the colour), sign and word."""
    return STATES.get(row["state"], ("warn", "?", text(row["state"]) or "unknown"))


def where(row: Mapping[str, Any]) -> str:
    return place(row["cloud"], row["scope"], row.get("firewall"))


def until(row: Mapping[str, Any]) -> tuple[str, str]:
    """Until when, in UTC and at +08:00."""
    if row["until"] == PERMANENT:
        return "permanent", "no end"
    return (utc(row["until"]), beijing(row["until"])) if row["until"] else ("not known", "")


def as_of(row: Mapping[str, Any]) -> str:
    """When the entry was last read: later, it may have gone."""
    return f"as of {utc(row['as_of'])}" if row["as_of"] else "when it was read is not known"


def note(row: Mapping[str, Any]) -> str:
    """What one must know of an entry besides its time."""
    said = []
    if row["overdue"]:
        said.append("OVERDUE, still listed")
    elif row["cloud"] == "huawei" and row["until"] not in ("", PERMANENT) and row["state"] in LISTED:
        said.append("does not end by itself")
    if row["state"] == "in_force" and not row["token"]:
        said.append(f"not this case's entry: undo leaves it; on the list {as_of(row)}")
    if row["result"] in ("failed", "refused", "kept") and row["state"] == "in_force":
        said.append(f"last step {row['result']}")
    if row["reason"]:
        said.append(row["reason"])
    return "; ".join(said)


def relative(at: str, now: str) -> str:
    """How long after the report was written, as the reader looks at a clock."""
    then, written = moment(at), moment(now)
    if not then or not written:
        return ""
    seconds = (then - written).total_seconds()
    return f"{span(seconds)} after this report" if seconds >= 0 else f"{span(seconds)} BEFORE this report"


def grouped(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries by address, in their order: one row of the first screen for each."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["target"], []).append(entry)
    return [{"target": target, "entries": listed} for target, listed in found.items()]


def first_errors(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What failed, this run's first; without the failure that stands at the top."""
    found = [row for row in report["problems"] if row["error"]]
    found = [row for row in found if row["run_id"] != report["run_id"] or row["message"] != report["failure"]]
    return sorted(found, key=lambda row: row["run_id"] != report["run_id"])


def parts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A result of any shape for people: lists of dictionaries as tables, all else as text."""
    found = []
    day = utc(result.get("searched_at"))[:10]
    for key, value in result.items():
        if key in ("timeline", "case_id", "errors"):
            continue
        part: dict[str, Any] = {"name": key.replace("_", " "), "head": [], "rows": [], "value": ""}
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            head = list(dict.fromkeys(name for row in value for name in row if name != "raw"))[:8]
            part["head"] = [name.replace("_", " ") for name in head]
            part["rows"] = [[_cell(row.get(name), day) for name in head] for row in value[:500]]
        else:
            part["value"] = _cell(value, day)
        found.append(part)
    return found


def _cell(value: Any, day: str) -> str:
    """A value in words, never as JSON. `day`: the one whose times need no date."""
    if isinstance(value, list):
        apart = "; " if any(isinstance(one, (dict, list)) for one in value) else ", "
        return apart.join(_cell(one, day) for one in value) or "none"
    if not isinstance(value, dict):
        return text(value)
    if value.get("address") and "count" in value:
        return _peer(value, day)
    return ", ".join(f"{text(name).replace('_', ' ')} {_cell(one, day)}" for name, one in value.items()) or "none"


def _peer(peer: Mapping[str, Any], day: str) -> str:
    """Whom an attacker talked with: 198.51.100.21 (3 flows, last 22:41 UTC)."""
    count = peer["count"]
    whole = isinstance(count, int) and not isinstance(count, bool)
    said = plural(count, "flow") if whole else f"{_cell(count, day)} flows"
    last = moment(peer.get("last_seen"))
    if last:
        at = last.strftime("%H:%M UTC")
        on = last.strftime("%Y-%m-%d")
        said += f", last {at if on == day else f'{on} {at}'}"
    return f"{text(peer['address'])} ({said})"


def refusals(run: Mapping[str, Any]) -> str:
    """What the guard refused in a run, in short."""
    # A target named at several places is said once.
    named = list(dict.fromkeys(row["target"] or "the whole incident" for row in run["refused"]))
    if not named:
        return ""
    more = f" and {len(named) - 8:,} more" if len(named) > 8 else ""
    return f"refused: {', '.join(named[:8])}{more}"


def people(row: Mapping[str, Any]) -> str:
    awx = row["awx"]
    said = [f"operator {row['operator']}"] if row["operator"] else ["operator not known"]
    for key, word in (
        ("job_id", "AWX job"),
        ("job_template_name", "template"),
        ("launch_type", "launched by"),
        ("workflow_job_id", "workflow job"),
        ("workflow_job_name", "workflow"),
        ("execution_node", "on"),
        ("project_revision", "project revision"),
    ):
        if awx.get(key):
            said.append(f"{word} {awx[key]}")
    if row["approval"]:
        said.append(row["approval"])
    return "; ".join(said)


def clock(row: Mapping[str, Any]) -> str:
    seconds = row["difference"]
    if abs(seconds) < 1:
        return "the service's clock and this controller's agree within a second"
    return f"the service's clock is {span(seconds)} {'ahead of' if seconds > 0 else 'behind'} this controller's"
