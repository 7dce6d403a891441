# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of the role `unblock`, from its plan and what the modules answered. Nothing here does I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._put_back import lost, lost_first, with_second_tries
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    DIRECTIONS,
    HUAWEI,
    RELEASED,
    TENCENT,
    Result,
    difference,
    dry,
    error_of,
    huawei_row,
    looped,
    problem,
    request_ids,
    tencent_row,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._token import parse
from ansible_collections.secops.cfw.plugins.plugin_utils._unblock import by_hand


def make_result(
    request: Mapping[str, Any], plan: Mapping[str, Any], done: Mapping[str, Any], now: float
) -> dict[str, Any]:
    """unblock_result, of what the tasks returned.

    `done`: `read_tencent` (one), `read_huawei` (loop over the firewalls), `remove` (one), `restore` `huawei` (loops over
    the plan's) and `again` (over what once_more() makes of the latter).
    """
    removal = done["remove"] if isinstance(done["remove"], Mapping) else {}
    restorals = looped(done["restore"], len(plan["restore"]))
    steps = with_second_tries(plan["huawei"], done["huawei"], done.get("again") or {})
    errors = [dict(error) for error in plan["errors"]]
    for error in (error_of(removal, "rules"), *(error_of(result, "rules") for result in restorals)):
        if error and plan["remove"]:
            errors.append(problem(TENCENT, "", error))
    for step, result in zip(plan["huawei"], steps):
        error = error_of(result, "entries")
        if error:
            errors.append(problem(HUAWEI, step["firewall"]["fw_instance_id"], error))
    targets = []
    for planned in plan["targets"]:
        row = dict(planned)
        if row["result"] in ("removed", "restored", "kept", "refused"):
            if row["cloud"] == TENCENT:
                _judge_tencent(row, plan, removal, restorals)
            else:
                _judge_huawei(row, plan, steps, now)
        targets.append(row)
    finished = utc(now)
    clock = {
        TENCENT: difference([done["read_tencent"], removal]),
        HUAWEI: difference([*looped(done["read_huawei"], len(request["firewalls"])), *steps]),
    }
    ids = request_ids(TENCENT, [removal, *restorals]) + request_ids(HUAWEI, steps)
    result = {
        "case_id": request["case_id"],
        "planned": bool(request["planned"]) or dry([removal, *restorals, *steps]),
        "from": request["from"],
        "started_at": plan["started_at"],
        "finished_at": finished,
        "targets": targets,
        "counts": {
            word: sum(row["result"] == word for row in targets) for word in (*RELEASED, "kept", "refused", "failed")
        },
        "errors": errors,
        "request_ids": ids,
        "clock": clock,
        "timeline": [
            {
                "at": finished,
                "step": "unblock",
                "target": row["target"],
                "result": row["result"],
                "detail": row["reason"],
                "request_id": _request_id(row, plan, removal, steps),
                "cloud": row["cloud"],
            }
            for row in targets
        ],
    }
    result["failure"] = _failure(targets, errors)
    return result


def by_case(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The result of the entry point `expired` as one result for each case that it lifted something of, for their reports."""
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for row in result.get("targets") or ():
        parts = (row.get("before") or {}).get("entries") or ()
        tokens = [parse(part.get("description")) for part in parts]
        for case in dict.fromkeys(one.case for one in tokens if one):
            cases.setdefault(case, []).append(row)
    results = []
    for case, targets in sorted(cases.items()):
        lists = {(row["cloud"], row["scope"]) for row in targets}
        targets_named = {row["target"] for row in targets}
        errors = [row for row in result["errors"] if (row["cloud"], row["scope"]) in lists]
        results.append(
            {
                **result,
                "case_id": case,
                "targets": targets,
                "counts": {word: sum(row["result"] == word for row in targets) for word in result["counts"]},
                "errors": errors,
                "timeline": [row for row in result["timeline"] if row["target"] in targets_named],
                "failure": _failure(targets, errors),
            }
        )
    return results


def _request_id(row: Mapping[str, Any], plan: Mapping[str, Any], removal: Result, steps: Sequence[Result]) -> str:
    """Of the request that took a target off; empty where none was sent."""
    if row["result"] not in ("removed", "restored", "failed"):
        return ""
    mine = [removal] if row["cloud"] == TENCENT else []
    mine += [
        result
        for step, result in zip(plan["huawei"], steps)
        if row["cloud"] == HUAWEI and step["firewall"]["fw_instance_id"] == row["scope"]
    ]
    return next((entry["request_id"] for entry in request_ids(row["cloud"], mine)), "")


def _judge_tencent(row: dict[str, Any], plan: Mapping[str, Any], removal: Result, restorals: Sequence[Result]) -> None:
    target = row["target"]
    if target not in plan["remove"]:
        return
    said = _said(removal, "rules", target)
    restored = next(
        ((call, result) for call, result in zip(plan["restore"], restorals) if call["target"] == target), None
    )
    if said is None or said.get("result") not in ("removed", "unchanged"):
        row.update(result="failed", reason=_why(said, removal, "rules"), after=row["before"], todo=by_hand(target))
        return
    if restored is None:
        row["after"] = None
        return
    call, result = restored
    again = _said(result, "rules", target)
    after = tencent_row(again["after"]) if again and again.get("after") else None
    good = (
        again is not None
        and again.get("result") in ("created", "renewed", "updated", "unchanged")
        and after is not None
    )
    if not good or after is None:
        arguments = {
            "action": "block",
            "ips": target,
            "direction": call["direction"],
            "duration": call["duration"],
            **({"comment": call["comment"]} if call["comment"] else {}),
        }
        row.update(
            result="failed",
            reason=f"it was taken off, but what was there before could not be put back: {_why(again, result, 'rules')}",
            todo=f"ansible localhost -m secops.cfw.tencent_cfw_alert_rule -a {shlex.quote(json.dumps(arguments))}",
            after=after,
        )
        return
    if again and again["result"] == "unchanged":
        # Check mode: the rule that was not taken off satisfies the module.
        after = {
            **after,
            "directions": list(DIRECTIONS[call["direction"]]),
            "expires": call["expires"],
            "comment": call["comment"],
            "row_id": "",
        }
    row["after"] = after


def _judge_huawei(row: dict[str, Any], plan: Mapping[str, Any], steps: Sequence[Result], now: float) -> None:
    target = row["target"]
    parts = {part["direction"]: dict(part) for part in (row["before"] or {}).get("entries") or ()}
    touched = False
    for step, result in zip(plan["huawei"], steps):
        wanted = [entry for entry in step["entries"] if entry["address"] == target]
        if step["firewall"]["fw_instance_id"] != row["scope"] or not wanted:
            continue
        touched = True
        for entry in wanted:
            said = _said(result, "entries", target, entry["direction"])
            if said is None or said.get("result") not in ("removed", "created", "unchanged"):
                reason = _why(said, result, "entries")
                if step["state"] == "present":
                    certain = said is None or said.get("result") != "unknown"
                    reason = lost(
                        reason, certain=certain, what="the case's entry, which had taken the place of an earlier one,"
                    )
                row.update(result="failed", reason=reason)
                row["todo"] = f"put the {entry['direction']} entry of {target} right in the console of the firewall"
            elif step["state"] == "absent":
                parts.pop(entry["direction"], None)
            else:
                parts[entry["direction"]] = {
                    "direction": entry["direction"],
                    "description": entry["description"],
                    "list_id": "",
                }
    if touched:
        row["after"] = huawei_row(parts.values(), now) if parts else None


def _said(result: Result, key: str, target: str, direction: str = "") -> Mapping[str, Any] | None:
    rows: Iterable[Mapping[str, Any]] = result.get(key) or ()
    return next((row for row in rows if row.get("target") == target and direction in ("", row.get("direction"))), None)


def _why(said: Mapping[str, Any] | None, result: Result, key: str) -> str:
    """Why a write did not do what it was to do."""
    error = error_of(result, key) or {}
    return str((said or {}).get("reason") or error.get("message") or "nothing was sent for it")


def _failure(targets: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, str]]) -> str:
    """The sentence with which the play fails; empty if nothing is left to do."""
    open_rows = lost_first(row for row in targets if row["result"] in ("failed", "refused") or row["todo"])
    parts = []
    if open_rows:
        parts += [
            f"{row['target']} at {row['cloud']}{' ' + (row['firewall'] or row['scope']) if row['scope'] else ''} "
            f"{row['result']}: {row['reason']}" + (f" ({row['todo']})" if row["todo"] else "")
            for row in open_rows[:10]
        ]
        if len(open_rows) > 10:
            parts.append(f"and {len(open_rows) - 10} more, see {spoken('unblock_result')}")
    else:
        parts += [f"{error['cloud']} {error['scope']}".strip() + f": {error['message']}" for error in errors]
    if not parts:
        return ""
    return (
        f"{len(open_rows)} of {len(targets)} blocks are not lifted" if open_rows else "Not everything could be read"
    ) + f": {'; '.join(parts)}. The others are as {spoken('unblock_result')} says; it may be run again."
