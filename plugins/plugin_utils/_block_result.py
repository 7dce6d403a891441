# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of the role `block`: what the lists said after the writes, whatever the writes said. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._block import IN_FORCE, SESSIONS, covers, live_row, shadows_of
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._put_back import lost, lost_first, with_second_tries
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    HUAWEI,
    SIDES,
    TENCENT,
    Result,
    Row,
    account_of,
    difference,
    dry,
    entry_on,
    error_of,
    huawei_row,
    huawei_rows,
    looped,
    problem,
    request_ids,
    same,
    seconds,
    tencent_row,
    tencent_rows,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._token import belongs


def make_result(
    request: Mapping[str, Any], plan: Mapping[str, Any], done: Mapping[str, Any], now: float
) -> dict[str, Any]:
    """block_result, of what the tasks returned.

    `done`: `tencent_before`, `tencent_after` (one each), and of loops `tencent` (over plan.tencent), `huawei` and
    `huawei_after` (over plan.huawei), `rewrites` (over plan.rewrites), `again` (over what once_more() makes of these),
    `logs` (over the firewalls), `huawei_before`.
    """
    firewalls = request["firewalls"]
    writes = looped(done["tencent"], len(plan["tencent"]))
    additions = looped(done["huawei"], len(plan["huawei"]))
    rewrites = with_second_tries(plan["rewrites"], done["rewrites"], done.get("again") or {})
    afters = looped(done["huawei_after"], len(plan["huawei"]))
    logs = looped(done["logs"], len(firewalls))
    tencent_after = done["tencent_after"]
    planned = bool(request["planned"]) or dry([*writes, *additions, *rewrites])
    if planned:
        # What is read again shows what was there before.
        request = {**request, "planned": True}
        tencent_after, afters = {"skipped": True}, [{"skipped": True}] * len(plan["huawei"])
    clock = {
        TENCENT: difference([done["tencent_before"], *writes]),
        HUAWEI: difference([*looped(done["huawei_before"], len(firewalls)), *additions]),
    }
    errors = [dict(error) for error in plan["errors"]]
    for result in writes:
        _note(errors, TENCENT, "", error_of(result, "rules"))
    for call, result in (*zip(plan["huawei"], additions), *zip(plan["rewrites"], rewrites)):
        _note(errors, HUAWEI, call["firewall"]["fw_instance_id"], error_of(result, "entries"))
    _note(errors, TENCENT, "", error_of(tencent_after, "rules"))
    read_back = tencent_rows(tencent_after.get("rules") or ()), "rules" in tencent_after
    allowed = tencent_rows(tencent_after.get("rules") or (), "allow")
    account = plan["accounts"]["tencent"]
    targets = []
    for row in plan["rows"]:
        if row["cloud"] == TENCENT:
            again = shadows_of(tencent_after.get("rules") or (), row["target"]) if read_back[1] else row["shadowed_by"]
            verdict = _tencent_verdict(
                request, {**row, "shadowed_by": again}, plan["tencent"], writes, read_back, allowed
            )
            account = account or account_of(verdict["after"])
        else:
            at = next((at for at, call in enumerate(plan["huawei"]) if _scope(call) == row["scope"]), None)
            steps = [(step, result) for step, result in zip(plan["rewrites"], rewrites) if _scope(step) == row["scope"]]
            addition = ({}, {}) if at is None else (additions[at], afters[at])
            verdict = _huawei_verdict(request, row, addition, steps, now + (clock[HUAWEI] or 0.0))
            if row["shadowed_by"]:
                around = f"the allow list has {', '.join(row['shadowed_by'])} around it, which may let it through"
                verdict["reason"] = "; ".join(filter(None, (verdict["reason"], around)))
                verdict["shadowed_by"] = row["shadowed_by"]
            index = next(
                index for index, firewall in enumerate(firewalls) if firewall["fw_instance_id"] == row["scope"]
            )
            verdict["enforcement"] = _huawei_enforcement(request, row, verdict, logs[index], plan)
        targets.append(verdict)
    for at, result in enumerate(afters):
        _note(errors, HUAWEI, _scope(plan["huawei"][at]), error_of(result, "entries"))
    for firewall, result in zip(firewalls, logs):
        _note(errors, HUAWEI, firewall["fw_instance_id"], error_of(result, "logs"))
    everything = [*writes, *additions, *rewrites]
    finished = utc(now)
    result = {
        "case_id": request["case_id"],
        "planned": planned,
        "direction": request["direction"],
        "duration": request["duration"],
        "reason": request["reason"],
        "until": plan["until"],
        "started_at": plan["started_at"],
        "finished_at": finished,
        "targets": targets,
        "counts": counts_of(targets),
        "not_in_path": plan["not_in_path"],
        "established_sessions": SESSIONS,
        "errors": errors,
        "accounts": {"tencent": account, "huawei": plan["accounts"]["huawei"]},
        "request_ids": request_ids(TENCENT, writes) + request_ids(HUAWEI, [*additions, *rewrites]),
        "quota": next((result["quota"] for result in writes if result.get("quota")), None),
        "protection": next((result["protection"] for result in everything if result.get("protection")), None),
        "clock": clock,
        "timeline": _timeline(request, plan, targets, writes, additions, finished),
    }
    result["failure"] = failure_of(targets)
    return result


def _scope(step: Mapping[str, Any]) -> str:
    return str(step["firewall"]["fw_instance_id"])


def _note(errors: list[dict[str, str]], cloud: str, scope: str, error: dict[str, str] | None) -> None:
    if error and problem(cloud, scope, error) not in errors:
        errors.append(problem(cloud, scope, error))


def _verdict(row: Mapping[str, Any], case: str) -> dict[str, Any]:
    """The row of a target of which nothing was sent, to be filled in."""
    before = row["before"]
    return {
        "target": row["target"],
        "cloud": row["cloud"],
        "scope": row["scope"],
        "firewall": row["firewall"],
        "result": row["decision"],
        "changed": False,
        "listed": live_row(before) is not None,
        "enforcement": "unknown",
        "until": before["expires"] if live_row(before) else None,
        "token": bool(before) and _has_token(before, case),
        "before": before,
        "after": before,
        "row_id": (before or {}).get("row_id", ""),
        "opposite_removed": None,
        "shadowed_by": [],
        "reason": row["reason"],
    }


def _has_token(row: Mapping[str, Any], case: str) -> bool:
    """Whether the case's token is on it; at Huawei on every one of its entries."""
    parts = row.get("entries")
    if parts:
        return all(belongs(part["description"], case) for part in parts)
    return belongs(row["comment"], case)


def _filled(verdict: dict[str, Any], after: Row | None, case: str) -> None:
    verdict["after"] = after
    verdict["listed"] = live_row(after) is not None
    verdict["until"] = after["expires"] if after and live_row(after) else None
    verdict["token"] = bool(after) and _has_token(after or {}, case)
    verdict["row_id"] = (after or {}).get("row_id", "")


def _tencent_verdict(
    request: Mapping[str, Any],
    row: Mapping[str, Any],
    calls: Sequence[Mapping[str, Any]],
    writes: Sequence[Result],
    read_back: tuple[Mapping[str, Row], bool],
    allowed: Mapping[str, Row],
) -> dict[str, Any]:
    case, target = request["case_id"], row["target"]
    verdict = _verdict(row, case)
    rows, readable = read_back
    if row["decision"] == "already" and readable and target in rows:
        _filled(verdict, rows[target], case)
    if row["decision"] != "send":
        if verdict["listed"]:
            _shadowed(verdict, row["shadowed_by"])
        verdict["enforcement"] = _tencent_hits(verdict, row["before"])
        return verdict
    _call, write = next((pair for pair in zip(calls, writes) if target in pair[0]["ips"]), ({}, {}))
    said = next((rule for rule in write.get("rules") or () if rule.get("target") == target), None)
    seen = tencent_row(said["after"]) if said and said.get("after") else None
    _filled(verdict, rows.get(target) if readable else seen, case)
    after = verdict["after"]
    in_force = bool(live_row(after)) and covers(after, request)
    opposite = live_row(allowed.get(target))
    words = (said or {}).get("result")
    reason = str((said or {}).get("reason") or "")
    verdict["reason"] = reason
    verdict["changed"] = words in ("created", "updated", "renewed") or (readable and not same(row["before"], after))
    if row["opposite"] and said and not (readable and opposite) and words not in ("refused", "failed", "unknown"):
        verdict["opposite_removed"] = row["opposite"]
    if said is None:
        verdict["result"], verdict["reason"] = _unsaid(write, target)
        if in_force and readable:
            verdict["result"] = "blocked"
    elif words in ("refused", "failed", "unknown"):
        verdict["result"] = words
        if words == "unknown" and in_force and readable and not opposite:
            verdict["result"] = "blocked"
    elif not in_force:
        verdict["result"] = "unknown"
        verdict["reason"] = "the service took it, but the block list does not show it when it is read again"
    elif opposite and readable and not request["planned"]:
        verdict["result"] = "failed"
        verdict["reason"] = "it is on the allow list as well, which may let it through"
    else:
        verdict["result"] = "blocked" if verdict["changed"] else "already"
        shadows = [str(entry) for entry in (said or {}).get("shadowed_by") or ()]
        if shadows:
            _shadowed(verdict, shadows)
        elif not verdict["token"] and verdict["changed"]:
            verdict["reason"] = "the row does not show the case's token: this site records no comments"
    verdict["enforcement"] = _tencent_hits(verdict, row["before"])
    return verdict


def _shadowed(verdict: dict[str, Any], shadows: Sequence[str]) -> None:
    """On the block list, and let through all the same, as far as can be told."""
    verdict["shadowed_by"] = list(shadows)
    if shadows:
        around = f"entries of the allow list cover it and may let it through: {', '.join(shadows)}"
        verdict["reason"] = "; ".join(filter(None, (verdict["reason"], around)))


def _unsaid(write: Result, target: str) -> tuple[str, str]:
    """The result of a target of which the module says nothing."""
    error = error_of(write, "rules") or error_of(write, "entries")
    if error is None:
        return "failed", "nothing was sent for it"
    if error["code"] in ("protected_target", "quota_exceeded"):
        own = [entry for entry in write.get("refused") or () if entry.get("target") == target]
        if own or error["code"] != "protected_target":
            return "refused", str(own[0]["reason"]) if own else error["message"]
        return "refused", f"nothing was sent, because others were refused: {error['message']}"
    return "failed", error["message"]


def _tencent_hits(verdict: Mapping[str, Any], before: Row | None) -> str:
    """Whether the rule was seen to stop something since it was written, or for one that was there, at all."""
    after = verdict["after"]
    if verdict["result"] not in IN_FORCE or after is None or after["matches"] is None:
        return "unknown"
    earlier = (before or {}).get("matches") or 0
    hits = after["matches"] if verdict["result"] == "already" else after["matches"] - earlier
    return "hits_seen" if hits > 0 else "no_hits_yet"


def _huawei_verdict(
    request: Mapping[str, Any],
    row: Mapping[str, Any],
    addition: tuple[Result, Result],
    steps: Sequence[tuple[Mapping[str, Any], Result]],
    now: float,
) -> dict[str, Any]:
    case, target = request["case_id"], row["target"]
    verdict = _verdict(row, case)
    added, after_read = addition
    readable = "entries" in after_read and not after_read.get("error")
    if row["decision"] != "send":
        return verdict
    said = [entry for entry in added.get("entries") or () if entry.get("target") == target]
    later = [
        (step, entry)
        for step, result in steps
        for entry in result.get("entries") or ()
        if entry.get("target") == target
    ]
    failures = [entry for entry in said if entry["result"] in ("refused", "failed", "unknown")]
    failures += [entry for _step, entry in later if entry["result"] in ("refused", "failed", "unknown")]
    opposite: list[Mapping[str, Any]] = []
    if request["planned"]:
        after = None if failures or not said else _planned_row(row, now)
    elif readable:
        rows = after_read["entries"]
        after = huawei_rows(rows, now).get(target)
        sides = [SIDES[direction] for direction in request["directions"]]
        opposite = [
            entry
            for entry in rows
            if entry["action"] == "allow" and entry["target"] == target and entry["direction"] in sides
        ]
    else:
        after = _said_row(row, said, later, now)
    _filled(verdict, after, case)
    # The service ends nothing: what is overdue blocks as well, but the next run of `expired` lifts it.
    in_force = after is not None and not after["expired"] and covers(after, request)
    verdict["changed"] = not same(row["before"], after) and after is not None
    if row["opposite"] and not opposite and any(step["action"] == "allow" for step, _entry in later):
        verdict["opposite_removed"] = row["opposite"]
    if not said:
        verdict["result"], verdict["reason"] = _unsaid(added, target)
    elif failures:
        verdict["result"], verdict["reason"] = failures[0]["result"], str(failures[0].get("reason") or "")
        if in_force and readable and not opposite and verdict["result"] == "unknown":
            verdict["result"] = "blocked"
    elif not in_force:
        errors = [found for found in (error_of(result, "entries") for _step, result in steps) if found]
        verdict["result"] = "failed" if errors or after is not None else "unknown"
        verdict["reason"] = (
            errors[0]["message"] if errors else "the block list does not show it as asked when it is read again"
        )
    elif opposite:
        verdict["result"] = "failed"
        verdict["reason"] = "it is on the allow list as well, which may let it through"
    elif any((entry_on(after, side) or {}).get("description") != row["planned"][side] for side in row["rewritten"]):
        errors = [found for found in (error_of(result, "entries") for _step, result in steps) if found]
        verdict["result"] = "failed"
        verdict["reason"] = (
            f"it is in force, but was not made to last longer: {errors[0]['message'] if errors else 'something else failed'}"
        )
    else:
        changed = verdict["changed"] or bool(verdict["opposite_removed"])
        verdict["result"] = "blocked" if changed else "already"
    gone = [part for part in (row["before"] or {}).get("entries") or () if not entry_on(after, part["direction"])]
    vague = not readable and any(step["state"] == "absent" and entry["result"] == "unknown" for step, entry in later)
    if row["rewritten"] and verdict["result"] not in IN_FORCE and (gone or vague) and not request["planned"]:
        verdict["reason"] = lost(verdict["reason"], certain=readable, what="its earlier entry")
        verdict["changed"] = True
    return verdict


def _planned_row(row: Mapping[str, Any], now: float) -> Row:
    """What the list would hold."""
    kept = {part["direction"]: part for part in (row["before"] or {}).get("entries") or ()}
    for side, description in row["planned"].items():
        part = kept.get(side) or {}
        if part.get("description") != description:
            kept[side] = {"direction": side, "description": description, "list_id": ""}
    return huawei_row(kept.values(), now)


def _said_row(
    row: Mapping[str, Any],
    said: Iterable[Mapping[str, Any]],
    later: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]],
    now: float,
) -> Row | None:
    """What the list holds as far as the writing module read it."""
    parts = {part["direction"]: part for part in (row["before"] or {}).get("entries") or ()}
    for entry in (*said, *(entry for step, entry in later if step["action"] == "block")):
        after = entry.get("after")
        if after is None:
            parts.pop(entry["direction"], None)
        else:
            old = parts.get(entry["direction"]) or {}
            same_text = old.get("description") == after.get("description")
            parts[entry["direction"]] = {**after, "list_id": old.get("list_id", "") if same_text else ""}
    return huawei_row(parts.values(), now) if parts else None


def _huawei_enforcement(
    request: Mapping[str, Any],
    row: Mapping[str, Any],
    verdict: dict[str, Any],
    logs: Result,
    plan: Mapping[str, Any],
) -> str:
    out = [entry for entry in plan["not_in_path"] if entry["scope"] == row["scope"]]
    missed = {entry["address"] for entry in out}
    if "" in missed or (request["victims"] and set(request["victims"]) <= missed):
        if not verdict["reason"]:
            verdict["reason"] = "; ".join(entry["reason"] for entry in out)
        return "not_in_path"
    if verdict["result"] not in IN_FORCE or "logs" not in logs or "/" in row["target"]:
        return "unknown"
    since = None if verdict["result"] == "already" else seconds(plan["started_at"])
    for log in logs["logs"]:
        ends = [(log.get(name) or {}).get("address") for name in ("source", "destination")]
        moment = seconds(log.get("time"))
        if log.get("action") == "block" and row["target"] in ends and (since is None or (moment or 0) >= since):
            return "hits_seen"
    return "no_hits_yet"


def _timeline(
    request: Mapping[str, Any],
    plan: Mapping[str, Any],
    targets: Sequence[Mapping[str, Any]],
    writes: Sequence[Result],
    additions: Sequence[Result],
    finished: str,
) -> list[dict[str, str]]:
    rows = [
        {
            "at": plan["started_at"],
            "step": "block",
            "target": "",
            "result": "planned" if request["planned"] else "started",
            "detail": f"{len(request['targets'])} targets, {request['direction']}, until {plan['until']}",
            "request_id": "",
            "cloud": ",".join(request["clouds"]),
        }
    ]
    for row in targets:
        if row["cloud"] == TENCENT:
            result = next((result for call, result in zip(plan["tencent"], writes) if row["target"] in call["ips"]), {})
        else:
            result = next(
                (result for call, result in zip(plan["huawei"], additions) if _scope(call) == row["scope"]), {}
            )
        ids = request_ids(row["cloud"], [result]) if row["changed"] else []
        at = seconds((result.get("clock") or {}).get("controller"))
        where = f"{row['firewall'] or row['scope']}: " if row["scope"] else ""
        until = f"until {row['until']}" if row["until"] else ""
        rows.append(
            {
                "at": finished if at is None else utc(at),
                "step": "block",
                "target": row["target"],
                "result": row["result"],
                "detail": (where + (row["reason"] or until)).strip(),
                "request_id": ids[0]["request_id"] if ids else "",
                "cloud": row["cloud"],
            }
        )
    return rows


def counts_of(targets: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many targets came to which result."""
    words = ("blocked", "already", "refused", "failed", "unknown")
    return {word: sum(row["result"] == word for row in targets) for word in words}


def failure_of(targets: Sequence[Mapping[str, Any]]) -> str:
    """The sentence with which the play fails; empty if everything is in force."""
    missing = [row for row in targets if row["result"] not in IN_FORCE]
    # What Tencent can't block at all is no failure if Huawei does.
    elsewhere = {row["target"] for row in targets if row["result"] in IN_FORCE and row["cloud"] == HUAWEI}
    failures = [
        row for row in missing if not (row["cloud"] == TENCENT and "/" in row["target"] and row["target"] in elsewhere)
    ]
    if not failures:
        return ""
    failures = lost_first(failures)
    listed = "; ".join(
        f"{row['target']} at {row['cloud']}{' ' + (row['firewall'] or row['scope']) if row['scope'] else ''} "
        f"{row['result']}: {row['reason'] or 'no reason given'}"
        for row in failures[:10]
    )
    more = f"; and {len(failures) - 10} more, see {spoken('block_result')}" if len(failures) > 10 else ""
    return (
        f"{len(failures)} of {len(targets)} blocks are not in force: {listed}{more}. "
        f"The others are as {spoken('block_result')} says. Put right what is named and run it again, which goes on from there."
    )
