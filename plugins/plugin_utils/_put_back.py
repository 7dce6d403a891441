# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of Huawei's lists that are taken off to be written anew: what has to be put back once more, and what came of it.

The module that puts an entry back reads the list before it sends anything, and sends only what the list does not show. So
it may be run again after any outcome, also one that is not known. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._rows import Result, looped

Step = Mapping[str, Any]
_THERE = ("created", "unchanged")


def once_more(steps: Sequence[Step], done: Result) -> list[dict[str, Any]]:
    """The steps that put back, with the entries only that are not certain to be on the list again.

    `done`: the registered loop over the steps, which take off (state absent) before they put back (state present). Each
    step has `at`, its place among all steps, besides.
    """
    results = looped(done, len(steps))
    vague: set[tuple[str, str, str]] = set()
    found = []
    for at, (step, result) in enumerate(zip(steps, results)):
        scope = str(step["firewall"]["fw_instance_id"])
        if step.get("action", "block") != "block" or result.get("skipped"):
            continue
        said = {(row.get("target"), row.get("direction")): row.get("result") for row in result.get("entries") or ()}
        if step["state"] == "absent":
            # What may still be taken off is no proof that it has been put back.
            vague |= {(scope, str(target), str(side)) for (target, side), word in said.items() if word == "unknown"}
            if not said:
                vague |= {(scope, entry["address"], entry["direction"]) for entry in step["entries"]}
            continue
        left = [
            entry
            for entry in step["entries"]
            if said.get((entry["address"], entry["direction"])) not in _THERE
            or (scope, entry["address"], entry["direction"]) in vague
        ]
        if left:
            found.append({**step, "entries": left, "at": at})
    return found


def with_second_tries(steps: Sequence[Step], done: Result, again: Result) -> list[Result]:
    """The results of all steps; where an entry was put back once more, with what came of that."""
    results = looped(done, len(steps))
    tries = once_more(steps, done)
    for step, second in zip(tries, looped(again, len(tries))):
        if second.get("skipped"):
            continue
        at = step["at"]
        results[at] = _joined(results[at], second)
    return results


def _joined(first: Result, second: Result) -> Result:
    rows = {_key(row): row for row in (*(first.get("entries") or ()), *(second.get("entries") or ()))}
    merged = {**first, **second, "entries": list(rows.values())}
    merged["changed"] = bool(first.get("changed")) or bool(second.get("changed"))
    merged["api_calls"] = [*(first.get("api_calls") or ()), *(second.get("api_calls") or ())]
    if "error" not in second:
        merged.pop("error", None)
        merged.pop("msg", None)
    return merged


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in ("target", "direction", "protocol", "port"))


def lost(reason: str, *, certain: bool, what: str) -> str:
    """The sentence of an entry that was taken off and stays off: nobody may read over it."""
    if certain:
        return (
            f"NOT BLOCKED NOW: {what} was taken off, and could not be put back, not at the second try either: {reason}"
        )
    return f"MAY NOT BE BLOCKED NOW: {what} was taken off, and is not known to be back after a second try: {reason}"


def lost_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows with those in front that were taken off and stay off."""
    return sorted(rows, key=lambda row: "BLOCKED NOW: " not in str(row.get("reason")))
