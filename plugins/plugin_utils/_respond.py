# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role respond: what is asked, how long to wait, and what the steps came to. Nothing here does I/O."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_one_line, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils import _block, _block_result
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import visible
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import choice, clouds, flag
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import checked_case

ORDERS = ("capture_first", "block_first")
_SECONDS = {"pre_block_window": 60, "post_block_window": 30, "capture_deadline": 60}
"""The role's variables in seconds, and what blank ones mean."""
_LONGEST = 3600
_PLACE = ("region", "project_id", "enterprise_project_id")
_MERGED_LISTS = ("targets", "not_in_path", "errors", "request_ids", "timeline")
_MOST_PEERS = 200
"""Rows that the hunt shows for one attacker; the rest is counted."""

Result = Mapping[str, Any]


def request(given: Mapping[str, Any], *, now: float) -> dict[str, Any]:
    """What is asked, in plain types; blank is not given. Raises InputError.

    The guard judges the targets. What the other roles would refuse when they begin is refused here, before the first of
    them wrote anything.
    """
    case_id = checked_case(given.get("case_id"), "respond_case_id")
    _block.read_duration(given.get("duration"), "respond_duration")
    seconds = {name: _seconds(given.get(name), name) for name in _SECONDS}
    wanted = clouds(given.get("clouds"), "respond_clouds")
    firewalls = read_firewalls(given.get("firewalls"), "respond_firewalls")
    if "huawei" in wanted and not firewalls:
        raise InputError(
            "respond_firewalls is empty, and there is a block to be made at Huawei Cloud: give the ids of the firewalls, "
            "or set respond_clouds to tencent"
        )
    victims = [victim.text for victim in parse_targets(given.get("victims"), "respond_victims")]
    return {
        "case_id": case_id,
        **seconds,
        "order": choice(given.get("order"), "respond_order", ORDERS, ORDERS[0]),
        "clouds": wanted,
        "firewalls": firewalls if "huawei" in wanted else [],
        # Own addresses are read there, wherever is blocked.
        "own_firewalls": firewalls,
        # A capture has a prefix as its other side; what the firewall protects is looked up by single addresses.
        "single_victims": [victim for victim in victims if "/" not in victim],
        "reason": _one_line(given.get("reason")),
        "hunt": flag(given.get("hunt"), "respond_hunt", True),
        "started_at": moment(now),
        "began": now,
    }


def _seconds(value: Any, name: str) -> int:
    text = "" if value is None else str(value).strip()
    if not text:
        return _SECONDS[name]
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > _LONGEST:
        raise InputError(f"respond_{name} is {shown(text)}; give whole seconds from 0 to {_LONGEST}")
    return int(text)


def _one_line(value: Any) -> str:
    """A text, such as an alert's, without what would make it more than one line; what nobody sees is spelled out."""
    text = " ".join(("" if value is None else str(value)).split())
    return (
        text if is_one_line(text) else "".join(char if is_one_line(char) else _spelled(char) for char in text).strip()
    )


def _spelled(char: str) -> str:
    return visible(char) if unicodedata.category(char) == "Cf" else " "


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(state: Mapping[str, Any], result: Any, *, now: float) -> dict[str, Any]:
    """A role's result, if it is of this run: facts of an earlier one may still be there. Else nothing."""
    known = result if isinstance(result, Mapping) else {}
    at = str(known.get("finished_at") or known.get("checked_at") or known.get("started_at") or "")
    return dict(known) if at >= str(state["started_at"]) else {}


def captured(state: Mapping[str, Any], first: Result, second: Result, *, now: float) -> dict[str, Any]:
    """The result of a later part of the role capture, with what happened in the earlier one."""
    if not first or not second:
        return dict(second or first)
    begun = list(first.get("timeline") or ())
    later = [row for row in second.get("timeline") or () if row not in begun]
    # The later part reads the alert's time once more, when it may not be ahead of the clock any more.
    ahead = [row for row in first.get("errors") or () if row.get("scope") == "event_time"]
    errors = [*ahead, *(row for row in second.get("errors") or () if row.get("scope") != "event_time" or not ahead)]
    return {**second, "started_at": first.get("started_at"), "timeline": begun + later, "errors": errors}


def pause(state: Mapping[str, Any], capture: Result, *, now: float) -> int:
    """How many seconds to let the captures run before the block: the window from when the last of them was seen running,
    and never beyond the deadline from the beginning of this run's captures. Nothing, if none of them is running now.
    """
    running = [
        row for row in capture.get("captures") or () if row.get("status") == "running" and row.get("seen_running_at")
    ]
    if capture.get("planned") or not running:
        return 0
    seen = max(_seconds_of(row["seen_running_at"]) for row in running)
    began = _seconds_of(capture.get("started_at") or state["started_at"])
    until = min(seen + state["pre_block_window"], began + state["capture_deadline"])
    return max(0, round(float(until) - now))


def _seconds_of(text: Any) -> float:
    return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def together(state: Mapping[str, Any], first: Result, second: Result, *, now: float) -> dict[str, Any]:
    """Two results of the role block as one. Where both speak of a target at one place, the later one counts."""
    if not first or not second:
        return dict(first or second)
    merged = {**first, **second, "started_at": first.get("started_at"), "planned": second.get("planned", False)}
    for name in _MERGED_LISTS:
        # A try that failed before it began leaves the result of the one before.
        merged[name] = _each_once([*(first.get(name) or ()), *(second.get(name) or ())])
    rows: dict[tuple[Any, ...], Any] = {}
    for row in merged["targets"]:
        rows[row.get("target"), row.get("cloud"), row.get("scope")] = row
    merged["targets"] = list(rows.values())
    done = {row.get("cloud") for row in second.get("targets") or () if row.get("result") in _block.IN_FORCE}
    # What the second try put right is no error any more.
    earlier = [row for row in first.get("errors") or () if row.get("cloud") not in done]
    merged["errors"] = _each_once([*earlier, *(second.get("errors") or ())])
    for name in ("accounts", "clock"):
        merged[name] = {**(first.get(name) or {}), **{k: v for k, v in (second.get(name) or {}).items() if v}}
    for name in ("quota", "protection"):
        merged[name] = second.get(name) or first.get(name)
    merged["counts"] = _block_result.counts_of(merged["targets"])
    merged["failure"] = _block_result.failure_of(merged["targets"])
    return merged


def _each_once(rows: Sequence[Any]) -> list[Any]:
    kept: list[Any] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def again(state: Mapping[str, Any], block: Result, *, now: float) -> bool:
    """Whether to try Tencent once more: not all targets are known to be blocked there, and none was refused for good."""
    if "tencent" not in state["clouds"]:
        return False
    rows = [row for row in block.get("targets") or () if row.get("cloud") == "tencent"]
    return not rows or any(row.get("result") in ("failed", "unknown") for row in rows)


def snapshot(state: Mapping[str, Any], rules: Result, alerts: Result, lists: Result, *, now: float) -> dict[str, Any]:
    """The lists and alerts before anything was done; without the raw records."""
    errors: list[dict[str, str]] = []
    huawei = []
    for result in _results(lists):
        firewall = result.get("item") or {}
        scope = str(firewall.get("fw_instance_id") or "")
        _note(errors, "huawei", scope, result)
        if "entries" in result:
            huawei.append({"fw_instance_id": scope, "entries": _bare(result["entries"])})
    _note(errors, "tencent", "lists", rules)
    _note(errors, "tencent", "alerts", alerts)
    return {
        "taken_at": moment(now),
        "tencent": {"rules": _bare(rules.get("rules") or ()), "alerts": _bare(alerts.get("alerts") or ())},
        "huawei": huawei,
        "errors": errors,
    }


def _results(loop: Result) -> Iterable[Result]:
    return [result for result in loop.get("results") or () if not result.get("skipped")]


def _bare(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "raw"} for row in rows]


def _note(errors: list[dict[str, str]], cloud: str, scope: str, result: Result) -> None:
    error = result.get("error")
    if isinstance(error, Mapping) or result.get("failed"):
        errors.append({"cloud": cloud, "scope": scope, "message": str(result.get("msg") or "no reason was given")})


def places(state: Mapping[str, Any], *, now: float) -> list[dict[str, str]]:
    """Where the firewalls of the incident are, each region and project once: there are others to hunt at."""
    return _each_once([{key: row[key] for key in _PLACE if key in row} for row in state["firewalls"]])


def everywhere(state: Mapping[str, Any], listed: Result, targets: Sequence[str], *, now: float) -> list[dict[str, Any]]:
    """The firewalls to hunt at: those of the incident, and all others that the account has there.

    None, if no target is a single address: the logs are searched by these, and without one they would be read whole.
    """
    if not _single(targets):
        return []
    known = {row["fw_instance_id"]: dict(row) for row in state["firewalls"]}
    for result in _results(listed):
        place = {key: value for key, value in (result.get("respond_place") or {}).items() if key in _PLACE}
        for row in result.get("firewalls") or ():
            if row.get("status") == "running":
                found = {"fw_instance_id": row["fw_instance_id"], "name": row.get("name"), "region": row.get("region")}
                here = {**place, **{key: value for key, value in found.items() if value}}
                known.setdefault(row["fw_instance_id"], here)
    return list(known.values())


def _single(targets: Sequence[str]) -> list[str]:
    return [target for target in targets if "/" not in target]


def hunt(
    state: Mapping[str, Any], listed: Result, flows: Result, targets: Sequence[str], *, now: float
) -> dict[str, Any]:
    """Whom the attackers talked with, at any firewall."""
    errors: list[dict[str, str]] = []
    for result in _results(listed):
        _note(errors, "huawei", "firewalls", result)
    prefixes = [target for target in targets if "/" in target]
    if prefixes:
        said = "the logs are searched by single addresses, so that whom these touched is not known"
        errors.append({"cloud": "huawei", "scope": "", "message": f"{', '.join(prefixes)}: {said}"})
    peers: dict[tuple[str, str, str], dict[str, Any]] = {}
    searched = []
    for result in _results(flows):
        firewall = result.get("item") or {}
        scope = str(firewall.get("fw_instance_id") or "")
        _note(errors, "huawei", scope, result)
        if "logs" not in result:
            continue
        searched.append({"fw_instance_id": scope, "truncated": bool(result.get("truncated"))})
        for log in result["logs"]:
            _add_peer(peers, scope, log, frozenset(targets))
    attackers = []
    for target in _single(targets):
        rows = sorted((row for key, row in peers.items() if key[0] == target), key=lambda row: -row["count"])
        attackers.append({"target": target, "peers": rows[:_MOST_PEERS], "total": len(rows)})
    return {"searched_at": moment(now), "firewalls": searched, "attackers": attackers, "errors": errors}


def _add_peer(
    peers: dict[tuple[str, str, str], dict[str, Any]], scope: str, log: Mapping[str, Any], targets: frozenset[str]
) -> None:
    source, destination = (str((log.get(side) or {}).get("address") or "") for side in ("source", "destination"))
    attacker, peer = (source, destination) if source in targets else (destination, source)
    if attacker not in targets or not peer:
        return
    row = peers.setdefault(
        (attacker, peer, scope),
        {"address": peer, "fw_instance_id": scope, "count": 0, "bytes": 0, "first_seen": None, "last_seen": None},
    )
    row["count"] += 1
    row["bytes"] += log.get("bytes") or 0
    at = log.get("time")
    if at:
        row["first_seen"] = min(filter(None, (row["first_seen"], at)))
        row["last_seen"] = max(filter(None, (row["last_seen"], at)))


def unblocked(state: Mapping[str, Any], block: Result, failures: Sequence[Mapping[str, str]], *, now: float) -> str:
    """Why not everything is blocked, after all tries; '' if it is. What a second try put right counts as right."""
    rows = block.get("targets") or ()
    said = [_block_result.failure_of(rows)]
    for cloud in state["clouds"]:
        if not any(row.get("cloud") == cloud for row in rows):
            # It never came as far as a result.
            why = [row["message"] for row in failures if row.get("step") == "Block" and row.get("cloud") == cloud]
            said.append(f"Nothing was blocked at {cloud}: {why[-1] if why else 'no reason is known'}")
    return " ".join(filter(None, said))


def failed(state: Mapping[str, Any], failures: Sequence[Mapping[str, str]], *, now: float) -> str:
    """One message of all that failed, each reason once; '' if nothing did."""
    said = [f"{row['step']}: {row['message'].rstrip('. ')}." for row in failures]
    return " ".join(_each_once(said))


STEPS: dict[str, Callable[..., Any]] = {
    "request": request,
    "since": since,
    "captured": captured,
    "pause": pause,
    "together": together,
    "again": again,
    "unblocked": unblocked,
    "snapshot": snapshot,
    "places": places,
    "everywhere": everywhere,
    "hunt": hunt,
    "failed": failed,
}


def step(state: Mapping[str, Any], name: str, **results: Any) -> Any:
    """One step of the role. Raises InputError."""
    if name not in STEPS:
        raise InputError(f"respond_step: there is no step {name!r}; give one of {', '.join(STEPS)}")
    try:
        return STEPS[name](state, **results, now=time.time())
    except (KeyError, TypeError) as error:
        raise InputError(
            f"respond_step: the step {name} was not given what it needs ({error!r}); give it what the role respond gives it"
        ) from error
