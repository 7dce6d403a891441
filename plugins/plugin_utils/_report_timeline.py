# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeline drawn to scale: where in the picture each event and each capture stands. Numbers only, no markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._report_state import place
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import moment, plural, span, text, visible

WIDTH = 1040
_LEFT = 168
_RIGHT = 28
_TOP = 34
_NEAR = 30.0
_ROW = 17
_LETTER = 6.4
_LEVELS = 3
_LABEL = 34
_SCALES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800)
# Between two such silences there is a picture of its own: a run of a minute, and an undo a day later.
_SILENCE = timedelta(minutes=30)
_PANELS = 6
_GOOD = {
    "blocked",
    "already",
    "removed",
    "restored",
    "created",
    "updated",
    "renewed",
    "complete",
    "ok",
    "passed",
    "saved",
}
_BAD = {"failed", "refused", "unknown", "error", "not_in_path", "partial", "busy"}


def panels(timeline: Sequence[Mapping[str, Any]], captures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pictures, in order; none where nothing has a time."""
    events = [(at, row) for row in timeline if (at := moment(row["at"]))]
    spans = [one for capture in captures if (one := _span(capture))]
    if not events and not spans:
        return []
    moments = sorted([at for at, _row in events] + [at for one in spans for at in (one["from"], one["to"])])
    made = []
    for start, end in _stretches(moments, spans):
        inside = [(at, row) for at, row in events if start <= at <= end]
        made.append(_panel(start, end, inside, [one for one in spans if one["from"] <= end and one["to"] >= start]))
    return made[-_PANELS:]


def _span(capture: Mapping[str, Any]) -> dict[str, Any] | None:
    start = moment(capture["seen_running_at"]) or moment(capture["started_at"])
    end = moment(capture["ended_at"]) or start
    if not start or not end or capture["result"] in ("planned", "skipped"):
        return None
    lane = f"Capture {capture['firewall'] or capture['fw_instance_id']}"
    return {
        "from": start,
        "to": max(start, end),
        "open": not capture["ended_at"],
        "lane": lane,
        "name": capture["name"],
    }


def _stretches(moments: list[datetime], spans: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, datetime]]:
    found = [[moments[0], moments[0]]]
    for at in moments[1:]:
        bridged = any(one["from"] <= found[-1][1] and one["to"] >= at for one in spans)
        if at - found[-1][1] > _SILENCE and not bridged:
            found.append([at, at])
        found[-1][1] = at
    return [(stretch[0], stretch[1]) for stretch in found]


def _panel(
    start: datetime, end: datetime, events: list[tuple[datetime, Any]], spans: list[dict[str, Any]]
) -> dict[str, Any]:
    seconds = max((end - start).total_seconds(), 1.0)
    margin = seconds * 0.03
    first = start.timestamp() - margin
    scale = (WIDTH - _LEFT - _RIGHT) / (seconds + 2 * margin)

    def x(at: datetime) -> float:
        return round(_LEFT + (at.timestamp() - first) * scale, 1)

    lanes: dict[str, dict[str, Any]] = {}
    for name in sorted({_lane(row) for _at, row in events} | {one["lane"] for one in spans}, key=_order):
        lanes[name] = {"name": visible(name, 26), "spans": [], "markers": []}
    for one in spans:
        left, right = x(max(one["from"], start)), x(min(one["to"], end))
        took = span((one["to"] - one["from"]).total_seconds())
        label = f"{took}, end not on record" if one["open"] else took
        lanes[one["lane"]]["spans"].append(
            {"x": left, "width": max(round(right - left, 1), 3.0), "label": label, "open": one["open"]}
        )
    for at, row in events:
        _cluster(lanes[_lane(row)]["markers"], x(at), row)
    y = _TOP
    for lane in lanes.values():
        levels = _labels(lane["markers"])
        lane["y"] = y
        lane["middle"] = y + 17
        height = 38 + _ROW * levels
        lane["height"] = height
        y += height
    return {
        "start": start.strftime("%Y-%m-%d %H:%M:%S"),
        "end": end.strftime("%H:%M:%S" if start.date() == end.date() else "%Y-%m-%d %H:%M:%S"),
        "seconds": span(seconds),
        "width": WIDTH,
        "left": _LEFT,
        "height": y + 6,
        "right": WIDTH - _RIGHT,
        "ticks": _ticks(start, end, x),
        "lanes": list(lanes.values()),
    }


def _lane(row: Mapping[str, Any]) -> str:
    step = row["step"]
    if step.startswith("capture") or step in ("collect", "hash", "manifest", "evidence"):
        return "Capture"
    if row["cloud"] and not step.startswith(("guard", "snapshot", "hunt", "run", "report")):
        return place(row["cloud"])
    return "Run"


def _order(name: str) -> tuple[int, str]:
    for number, start in enumerate(("Run", "Capture ", "Capture", "Huawei", "Tencent")):
        if name.startswith(start):
            return number, name
    return 9, name


def _cluster(markers: list[dict[str, Any]], x: float, row: Mapping[str, Any]) -> None:
    if markers and x - markers[-1]["last"] < _NEAR:
        markers[-1]["rows"].append(row)
        markers[-1]["last"] = x
    else:
        markers.append({"x": x, "last": x, "rows": [row]})


def _labels(markers: list[dict[str, Any]]) -> int:
    """Gives every marker its number, kind and, where there is room, its words; returns how many lines they take."""
    taken = [0.0] * _LEVELS
    used = 0
    for marker in markers:
        here = marker.pop("rows")
        numbers = [row["n"] for row in here]
        marker["numbers"] = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}\u2013{numbers[-1]}"
        if len(numbers) > 1 and numbers[-1] - numbers[0] != len(numbers) - 1:
            marker["numbers"] = f"{numbers[0]}+{len(numbers) - 1}"
        kinds = {_kind(row) for row in here}
        marker["kind"] = next(kind for kind in ("bad", "good", "plain") if kind in kinds)
        marker["x"] = round((marker["x"] + marker.pop("last")) / 2, 1)
        words = _words(here)
        width = len(words) * _LETTER
        left = min(max(marker["x"] - width / 2, _LEFT + 2), WIDTH - _RIGHT - width)
        level = next((number for number in range(_LEVELS) if taken[number] < left), None)
        marker["label"] = words if level is not None else ""
        marker["level"] = level or 0
        marker["label_x"] = round(left, 1)
        if level is not None:
            taken[level] = left + width + 10
            used = max(used, level + 1)
    return used


def _kind(row: Mapping[str, Any]) -> str:
    return "bad" if row["result"] in _BAD else "good" if row["result"] in _GOOD else "plain"


def _words(here: Sequence[Mapping[str, Any]]) -> str:
    said = [" ".join(one for one in (text(row["step"]), text(row["result"]).replace("_", " ")) if one) for row in here]
    if len(here) == 1:
        return visible(f"{said[0]} {here[0]['target']}".strip(), _LABEL).partition(" \u2026 (")[0]
    bad = sum(_kind(row) == "bad" for row in here)
    if len(set(said)) == 1:
        return visible(f"{len(here)} \u00d7 {said[0]}", _LABEL).partition(" \u2026 (")[0]
    steps = {text(row["step"]) for row in here}
    results = Counter(text(row["result"]).replace("_", " ") for row in here)
    counted = ", ".join(f"{count} {name}" for name, count in results.items())
    if len(steps) == 1 and len(counted) < 2 * _LABEL:
        return visible(f"{steps.pop()}: {counted}")
    return f"{plural(len(here), 'event')}" + (f", {bad} not good" if bad else "")


def _ticks(start: datetime, end: datetime, x: Any) -> list[dict[str, Any]]:
    seconds = (end - start).total_seconds()
    step = next((one for one in _SCALES if seconds / one <= 8), 86400 * (int(seconds // 86400 // 8) + 1))
    first = int(start.timestamp() // step) * step
    found = []
    for number in range(12):
        at = datetime.fromtimestamp(first + number * step, timezone.utc)
        if start <= at <= end or (start == end and number == 0):
            label = at.strftime("%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%m-%d")
            found.append({"x": x(at), "label": label})
    return found
