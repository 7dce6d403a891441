# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role `block` before it writes: what is asked, and what to send after a look at the lists.

Nothing here does I/O: the role's tasks run the modules between these steps, and `_block_result` judges what they answer.
`now` is the controller's clock in Unix seconds; the clouds' own clocks are known from what their modules answered.
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
    end_of,
    entry_on,
    error_of,
    flag,
    huawei_row,
    huawei_rows,
    looped,
    problem,
    seconds,
    tencent_rows,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import PERMANENT, checked_case, marked, parse

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
        before, opposite = blocked.get(target), live_row(allowed.get(target))
        live = live_row(before)
        row = _row(TENCENT, "", "", target, before)
        row["opposite"] = opposite
        row["shadowed_by"] = shadows_of(rules, target)
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
            and covers(live, request)
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


def shadows_of(rules: Iterable[Mapping[str, Any]], target: str) -> list[str]:
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


def live_row(row: Row | None) -> Row | None:
    return None if row is None or row["expired"] else row


def _foreign(comment: str, case: str) -> bool:
    """Whether a block was there before the case: somebody else's, or one that the case had taken over already."""
    found = parse(comment)
    return found is None or found.case != case or found.over


def covers(row: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
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
