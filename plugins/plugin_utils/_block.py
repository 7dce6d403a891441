# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role `block`: what is asked, what to send after a look at the lists, and what came of it.

Nothing here does I/O: the role's tasks run the modules between these three steps. `now` is the controller's clock in
Unix seconds; the clouds' own clocks are known from what their modules answered.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_one_line, parse_network, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._put_back import lost, lost_first, with_second_tries
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    DIRECTIONS,
    HUAWEI,
    SIDES,
    TENCENT,
    Result,
    Row,
    account_of,
    choice,
    clouds,
    difference,
    dry,
    end_of,
    entry_on,
    error_of,
    flag,
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
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import PERMANENT, belongs, checked_case, marked, parse

_DURATION = re.compile(r"([1-9][0-9]{0,2})([hd])")
_LONGEST = 30 * 86400
_TOLERANCE = 300.0
"""Seconds by which an entry may end too early before `extend` rewrites it, so that a second run changes nothing."""
IN_FORCE = ("blocked", "already")
SESSIONS = "That sessions which were established before are cut is not proven."


# 1. What is asked


def read_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """The role's variables (without their prefix), checked and in plain types. Raises InputError."""
    request: dict[str, Any] = {"case_id": checked_case(given.get("case_id"), "block_case_id")}
    targets = parse_targets(given.get("targets"), "block_targets")
    if not targets:
        raise InputError("block_targets is empty; name at least one address")
    wanted = clouds(given.get("clouds"), "block_clouds")
    firewalls = read_firewalls(given.get("firewalls"), "block_firewalls")
    if HUAWEI in wanted and not firewalls:
        raise InputError(
            "block_firewalls is empty, so that nothing would be blocked at Huawei; "
            "name the firewalls, or set block_clouds to tencent"
        )
    duration, length = read_duration(given.get("duration"), "block_duration")
    extend = flag(given.get("extend"), "block_extend", False)
    reason = str(given.get("reason") or "").strip()
    if not is_one_line(reason):
        raise InputError(f"block_reason {shown(reason)} has line breaks or control characters in it; write one line")
    direction = choice(given.get("direction"), "block_direction", DIRECTIONS, "inbound")
    request |= {
        "targets": [target.text for target in targets],
        "single": [target.text for target in targets if "/" not in target.text],
        "clouds": wanted,
        "firewalls": firewalls if HUAWEI in wanted else [],
        "direction": direction,
        "directions": list(DIRECTIONS[direction]),
        "duration": duration,
        "seconds": None if length == math.inf else length,
        "extend": extend,
        "replace_opposite": flag(given.get("replace_opposite"), "block_replace_opposite", False),
        "look_for_hits": flag(given.get("look_for_hits"), "block_look_for_hits", False),
        "victims": [target.text for target in parse_targets(given.get("victims"), "block_victims")],
        "reason": reason,
        "planned": bool(given.get("planned")),
    }
    prefixes = [victim for victim in request["victims"] if "/" in victim]
    if prefixes:
        raise InputError(f"block_victims holds the prefix {prefixes[0]}; name single addresses of yours")
    return request


def read_duration(value: Any, where: str) -> tuple[str, float]:
    """The text, and its length in seconds; infinite if it is permanent. Raises InputError."""
    text = "" if value is None else str(value).strip()
    if text == PERMANENT:
        return text, math.inf
    match = _DURATION.fullmatch(text)
    length = int(match[1]) * (3600 if match[2] == "h" else 86400) if match else 0
    if not 0 < length <= _LONGEST:
        what = f"{where} is {shown(text)}" if text else f"{where} is missing"
        raise InputError(f"{what}; give hours or days from 1h to 30d, or permanent if it shall never end by itself")
    return text, float(length)


def _wanted_end(request: Mapping[str, Any], now: float) -> float:
    return math.inf if request["seconds"] is None else now + float(request["seconds"])


# 2. What to send


def make_plan(request: Mapping[str, Any], reads: Mapping[str, Any], now: float) -> dict[str, Any]:
    """What to send to which list, from what was read of it.

    `reads`: the results of the tasks, `tencent` (one), and of loops over the firewalls `huawei`, `firewalls`, `eips`.
    Returns `tencent` (calls), `huawei` (additions, one item for each firewall), `rewrites` (steps after these), `rows` (one
    for each target and list, with what is decided), `not_in_path`, `errors`, `accounts`, `until`, `started_at`.
    """
    firewalls = request["firewalls"]
    read_huawei = looped(reads["huawei"], len(firewalls))
    seen_firewalls = looped(reads["firewalls"], len(firewalls))
    behind = {TENCENT: difference([reads["tencent"]]), HUAWEI: difference(read_huawei)}
    # Huawei's comes first: there, the end is nothing but what is written down here.
    ahead = next((behind[cloud] for cloud in (HUAWEI, TENCENT) if behind[cloud] is not None), None) or 0.0
    plan: dict[str, Any] = {
        "tencent": [],
        "huawei": [],
        "rewrites": [],
        "rows": [],
        "errors": [],
        "not_in_path": [],
        "accounts": {"tencent": "", "huawei": []},
        "until": utc(_wanted_end(request, now + ahead)),
        "started_at": utc(now),
    }
    if TENCENT in request["clouds"]:
        _plan_tencent(request, reads["tencent"], now + (behind[TENCENT] or 0.0), plan)
    for index, firewall in enumerate(firewalls):
        record, error = _firewall_record(firewall, seen_firewalls[index])
        scope = firewall["fw_instance_id"]
        if error:
            plan["errors"].append(problem(HUAWEI, scope, error))
        known = {
            "index": index,
            "firewall": firewall,
            "name": firewall.get("name") or record.get("name") or "",
            "support_ipv6": record.get("support_ipv6"),
        }
        plan["accounts"]["huawei"].append(
            {
                "project_id": firewall.get("project_id")
                or str(read_huawei[index].get("project_id") or _project(record)),
                # Else it follows from the credentials, and tells in whose account the firewall is.
                "project_given": bool(firewall.get("project_id")),
                "fw_instance_id": scope,
                "region": firewall.get("region") or record.get("region") or "",
            }
        )
        _plan_huawei(request, known, read_huawei[index], now + (behind[HUAWEI] or 0.0), plan)
    plan["not_in_path"] = _out_of_path(request, seen_firewalls, looped(reads["eips"], len(firewalls)), plan["errors"])
    return plan


def _plan_tencent(request: Mapping[str, Any], read: Result, now: float, plan: dict[str, Any]) -> None:
    error = error_of(read, "rules")
    if error:
        plan["errors"].append(problem(TENCENT, "", error))
    rules = read.get("rules") or ()
    blocked, allowed = tencent_rows(rules), tencent_rows(rules, "allow")
    calls: dict[tuple[str, str], dict[str, Any]] = {}
    satisfied: list[str] = []
    # Rules are renewed by the hour: one that ends within the last hour of what is asked is left alone.
    short = request["seconds"] == 3600
    for target in request["targets"]:
        before, opposite = blocked.get(target), _live(allowed.get(target))
        live = _live(before)
        row = _row(TENCENT, "", "", target, before)
        row["opposite"] = opposite
        row["shadowed_by"] = _shadows(rules, target)
        plan["accounts"]["tencent"] = plan["accounts"]["tencent"] or account_of(before) or account_of(opposite)
        plan["rows"].append(row)
        if "/" in target:
            _decide(
                row,
                "refused",
                "Tencent's lists take single addresses only, so that a prefix is blocked at Huawei alone",
            )
        elif error:
            _decide(row, "failed", f"nothing was sent, because the lists could not be read: {error['message']}")
        elif opposite and not request["replace_opposite"]:
            _decide(row, "refused", _on_allow_list(opposite))
        elif (
            live
            and not opposite
            and _covers(live, request)
            and not _due(live, request, now, _TOLERANCE if short else 3600.0)
        ):
            _decide(row, "already", _too_short(live, request, now))
            satisfied.append(target)
        else:
            over = live is not None and _foreign(live["comment"], request["case_id"])
            call = {
                "comment": marked(request["case_id"], over=over),
                "duration": request["duration"],
                "renew_within": "",
            }
            if request["extend"] and request["seconds"] and live:
                # The module renews what ends earlier than this, which has to be shorter than the duration.
                call["duration"] = "2h" if short else request["duration"]
                call["renew_within"] = "1h" if short else f"{int(request['seconds'] // 3600) - 1}h"
            key = call["comment"], call["renew_within"]
            calls.setdefault(key, {**call, "ips": []})["ips"].append(target)
    plan["tencent"] = [calls[key] for key in sorted(calls)]
    if plan["tencent"]:
        # They are judged by the protection too, which refuses all or nothing.
        plan["tencent"][0]["ips"] += satisfied


def _shadows(rules: Iterable[Mapping[str, Any]], target: str) -> list[str]:
    """The entries of Tencent's allow list that cover a target on the block list, as the module that read it says."""
    found = [rule for rule in rules if (rule.get("action"), rule.get("target")) == ("block", target)]
    return sorted({str(entry) for rule in found for entry in rule.get("shadowed_by") or ()})


def _plan_huawei(
    request: Mapping[str, Any], known: Mapping[str, Any], read: Result, now: float, plan: dict[str, Any]
) -> None:
    scope = known["firewall"]["fw_instance_id"]
    error = error_of(read, "entries")
    if error:
        plan["errors"].append(problem(HUAWEI, scope, error))
    entries = [entry for entry in read.get("entries") or () if isinstance(entry, Mapping)]
    blocked = huawei_rows(entries, now)
    until = utc(_wanted_end(request, now))
    sent: list[dict[str, str]] = []
    satisfied: list[dict[str, str]] = []
    rewritten: list[dict[str, str]] = []
    exposed: list[dict[str, str]] = []
    for target in request["targets"]:
        before = blocked.get(target)
        row = _row(HUAWEI, scope, known["name"], target, before)
        plan["rows"].append(row)
        sides = [SIDES[direction] for direction in request["directions"]]
        opposite = [
            entry
            for entry in entries
            if entry.get("action") == "allow" and entry.get("target") == target and entry.get("direction") in sides
        ]
        row["opposite"] = huawei_row(opposite, now, "allow") if opposite else None
        row["shadowed_by"] = _covering(target, entries, sides)
        if error:
            _decide(row, "failed", f"nothing was sent, because the list could not be read: {error['message']}")
            continue
        if ":" in target and known["support_ipv6"] is False:
            _decide(row, "refused", "this firewall does not inspect IPv6")
            continue
        if opposite and not request["replace_opposite"]:
            _decide(row, "refused", _on_allow_list(row["opposite"]))
            continue
        planned = {}
        for side in sides:
            part = entry_on(before, side)
            wanted = {"address": target, "direction": side, "protocol": "any"}
            how, over = _huawei_change(part, request, now)
            planned[side] = (
                marked(request["case_id"], until=until, over=over) if how else str((part or {})["description"])
            )
            described = {**wanted, "description": planned[side]}
            if how == "add":
                sent.append(described)
            else:
                satisfied.append(wanted)
            if how == "rewrite":
                rewritten.append(described)
        row["planned"] = planned
        row["rewritten"] = [entry["direction"] for entry in rewritten if entry["address"] == target]
        changed = [entry for entry in (*sent, *rewritten) if entry["address"] == target]
        exposed += [
            {name: str(entry[name]) for name in ("direction", "protocol", "port")} | {"address": target}
            for entry in opposite
        ]
        if not changed and not opposite:
            _decide(row, "already", _too_short(before or {}, request, now))
    step = {"index": known["index"], "firewall": known["firewall"]}
    if sent or rewritten or exposed:
        # What is there already is judged by the protection too, before anything is taken off.
        plan["huawei"].append({**step, "entries": [*sent, *satisfied]})
    if rewritten:
        plan["rewrites"].append({**step, "state": "absent", "action": "block", "entries": rewritten})
        plan["rewrites"].append({**step, "state": "present", "action": "block", "entries": rewritten})
    if exposed:
        plan["rewrites"].append({**step, "state": "absent", "action": "allow", "entries": exposed})
    for item in plan["rewrites"]:
        item["after"] = next((at for at, call in enumerate(plan["huawei"]) if call["index"] == item["index"]), 0)


def _covering(target: str, entries: Sequence[Mapping[str, Any]], sides: Sequence[str]) -> list[str]:
    """The allow entries around a target, in its directions: they may let it through."""
    own = parse_network(target, "target")
    found = []
    for entry in entries:
        text = str(entry.get("target") or "")
        if entry.get("action") != "allow" or text == target or entry.get("direction") not in sides or "/" not in text:
            continue
        with contextlib.suppress(InputError):
            around = parse_network(text, "allow")
            if around.version == own.version and around.first <= own.first and own.last <= around.last:
                found.append(text)
    return sorted(set(found))


def _huawei_change(part: Mapping[str, Any] | None, request: Mapping[str, Any], now: float) -> tuple[str, bool]:
    """What an entry of one direction needs, 'add', 'rewrite' or nothing; and whether it is taken over from somebody."""
    if part is None:
        return "add", False
    end, wanted = end_of(part), _wanted_end(request, now)
    if end <= now:
        # It was to be lifted, and counts as gone.
        return "rewrite", False
    longer = end < wanted - _TOLERANCE
    if longer and (request["extend"] or wanted == math.inf):
        return "rewrite", _foreign(part["description"], request["case_id"])
    return "", False


def _row(cloud: str, scope: str, firewall: str, target: str, before: Row | None) -> dict[str, Any]:
    return {
        "cloud": cloud,
        "scope": scope,
        "firewall": firewall,
        "target": target,
        "before": before,
        "opposite": None,
        "shadowed_by": [],
        "planned": {},
        "rewritten": [],
        "decision": "send",
        "reason": "",
    }


def _decide(row: dict[str, Any], decision: str, reason: str) -> None:
    row["decision"], row["reason"] = decision, reason


def _live(row: Row | None) -> Row | None:
    return None if row is None or row["expired"] else row


def _foreign(comment: str, case: str) -> bool:
    """Whether a block was there before the case: somebody else's, or one that the case had taken over already."""
    found = parse(comment)
    return found is None or found.case != case or found.over


def _covers(row: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    return set(request["directions"]) <= set(row["directions"])


def _due(row: Mapping[str, Any], request: Mapping[str, Any], now: float, tolerance: float) -> bool:
    """Whether a rule in force is to last longer."""
    end, wanted = seconds(row["expires"]), _wanted_end(request, now)
    if wanted == math.inf:
        return end != math.inf
    return bool(request["extend"]) and end is not None and end < wanted - tolerance


def _too_short(row: Mapping[str, Any], request: Mapping[str, Any], now: float) -> str:
    end = seconds(row.get("expires"))
    if end is None or end >= _wanted_end(request, now) - 3600:
        return ""
    longer = spoken("block_extend: true makes it last longer")
    return f"it was in force already and ends {row['expires']}, earlier than asked; {longer}"


def _on_allow_list(row: Mapping[str, Any]) -> str:
    return f"it is on the allow list ({', '.join(row['directions'])}, until {row['expires']}); " + spoken(
        "set block_replace_opposite: true to take it off there"
    )


def _firewall_record(firewall: Mapping[str, Any], result: Result) -> tuple[Mapping[str, Any], dict[str, str] | None]:
    error = error_of(result, "firewalls")
    found = [row for row in result.get("firewalls") or () if row.get("fw_instance_id") == firewall["fw_instance_id"]]
    return (found[0] if found else {}), error


def _project(record: Mapping[str, Any]) -> str:
    """The project of a firewall, where its record names one."""
    raw = record.get("raw")
    parts = raw.values() if isinstance(raw, Mapping) else ()
    return next((str(part["project_id"]) for part in parts if isinstance(part, Mapping) and part.get("project_id")), "")


def _out_of_path(
    request: Mapping[str, Any], seen: Sequence[Result], eips: Sequence[Result], errors: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Where a listed entry acts on nothing: firewalls that are off, and victims that are not behind a firewall."""
    found: list[dict[str, str]] = []

    def out(scope: str, address: str, reason: str) -> None:
        found.append({"cloud": HUAWEI, "scope": scope, "address": address, "reason": reason})

    for index, firewall in enumerate(request["firewalls"]):
        scope = firewall["fw_instance_id"]
        record, _error = _firewall_record(firewall, seen[index])
        status = record.get("status")
        if status not in (None, "running"):
            out(scope, "", f"the firewall is not running, its status is {status}")
        if not error_of(seen[index], "firewalls") and "firewalls" in seen[index] and not record:
            out(scope, "", "the firewall is not in this account, region or project")
        error = error_of(eips[index], "eips")
        if error:
            errors.append(problem(HUAWEI, scope, error))
        if error or "eips" not in eips[index]:
            continue
        for victim in request["victims"]:
            rows = [eip for eip in eips[index]["eips"] if victim in (eip.get("public_ip"), eip.get("public_ipv6"))]
            mine = [eip for eip in rows if eip.get("fw_instance_id") in ("", None, scope)]
            if not rows:
                out(scope, victim, f"{victim} is none of the public addresses behind this firewall")
            elif not any(eip.get("protected") for eip in mine):
                out(scope, victim, f"{victim} is not protected by this firewall")
            elif any(eip.get("bypass") == "bypassed" for eip in mine):
                out(scope, victim, f"the traffic of {victim} is led past this firewall")
    return found


# 3. What came of it


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
            again = _shadows(tencent_after.get("rules") or (), row["target"]) if read_back[1] else row["shadowed_by"]
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
        "listed": _live(before) is not None,
        "enforcement": "unknown",
        "until": before["expires"] if _live(before) else None,
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
    verdict["listed"] = _live(after) is not None
    verdict["until"] = after["expires"] if after and _live(after) else None
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
    in_force = bool(_live(after)) and _covers(after, request)
    opposite = _live(allowed.get(target))
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
    in_force = after is not None and not after["expired"] and _covers(after, request)
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
