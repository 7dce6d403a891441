# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the role `unblock`: what to take off or put back, of what was read.

Nothing is touched that does not carry the case's token, or that is not as the report left it. Nothing here does I/O.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical, is_one_line, shown
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    HUAWEI,
    RELEASED,
    TENCENT,
    Result,
    Row,
    account_of,
    difference,
    differences,
    end_of,
    entry_on,
    error_of,
    huawei_row,
    huawei_rows,
    looped,
    problem,
    same_entry,
    seconds,
    tencent_rows,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._token import parse
from ansible_collections.secops.cfw.plugins.plugin_utils._unblock_inputs import is_marked

_COMMENT = 50
_BORDER = {("inbound",): "inbound", ("outbound",): "outbound", ("inbound", "outbound"): "both"}
_MISSING_FIREWALL = ("firewall_not_found", "no_internet_border", "CFW.00200005", "CFW.00400008")
_LOST = "the case took it over in a run that broke off, and what it was before is on no record"


def make_plan(request: Mapping[str, Any], reads: Mapping[str, Any], now: float) -> dict[str, Any]:
    """What to send, from what was read.

    `reads`: `tencent` (one), and `huawei` of a loop over the firewalls. Returns `remove` (addresses at Tencent), `restore`
    (calls at Tencent after that), `huawei` (steps), `targets` (one for each target and list, as in the result; `todo` is the
    manual step where one is left), `errors`, `started_at`.
    """
    plan: dict[str, Any] = {
        "remove": [],
        "restore": [],
        "huawei": [],
        "targets": [],
        "errors": [],
        "started_at": utc(now),
    }
    if request["tencent"]:
        _plan_tencent(request, reads["tencent"], now + (difference([reads["tencent"]]) or 0.0), plan)
    for row in request["rows"]:
        if row["cloud"] == TENCENT and canonical(row["target"]) is None:
            plan["targets"].append(_target(row, "gone", "a prefix is never on Tencent's lists"))
    for index, result in enumerate(looped(reads["huawei"], len(request["firewalls"]))):
        _plan_huawei(request, index, result, now + (difference([result]) or 0.0), plan)
    return plan


def _target(
    row: Mapping[str, Any], result: str, reason: str = "", *, todo: str = "", now_there: Row | None = None
) -> dict[str, Any]:
    return {
        "target": row["target"],
        "cloud": row["cloud"],
        "scope": row["scope"],
        "firewall": row["firewall"],
        "result": result,
        "reason": reason,
        "todo": todo,
        "before": now_there,
        "after": now_there if result not in RELEASED else None,
    }


def _plan_tencent(request: Mapping[str, Any], read: Result, now: float, plan: dict[str, Any]) -> None:
    error = error_of(read, "rules")
    rules = tencent_rows(read.get("rules") or ())
    if error:
        plan["errors"].append(problem(TENCENT, "", error))
    case = request["case_id"]
    if request["from"] == "case":
        for address, listed in sorted(rules.items()):
            found = parse(listed["comment"])
            if found is None or found.case != case:
                continue
            named = {"target": address, "cloud": TENCENT, "scope": "", "firewall": ""}
            if listed["expired"]:
                plan["targets"].append(_target(named, "gone", "it has ended", now_there=listed))
            elif found.over:
                plan["targets"].append(_taken_over(named, listed, case))
            else:
                plan["remove"].append(address)
                plan["targets"].append(_target(named, "removed", now_there=listed))
        return
    account = str(request["accounts"].get(TENCENT) or "")
    # Whose list it is, any rule on it tells.
    here = {account_of(listed) for listed in rules.values()} - {""}
    for row in request["rows"]:
        if row["cloud"] != TENCENT or canonical(row["target"]) is None:
            continue
        there = rules.get(row["target"])
        if error:
            reason = f"nothing was sent, because the lists could not be read: {error['message']}"
            plan["targets"].append(_target(row, "failed", reason))
            continue
        if account and here and account not in here:
            reason = f"the report is of the account {account}, and this is the account {', '.join(sorted(here))}"
            plan["targets"].append(_target(row, "refused", reason, now_there=there))
            continue
        lifted = _lift_tencent(request, row, there, now, plan)
        if account and not here:
            lifted["reason"] += f"; that this is the account {account}, an empty list does not tell"
        plan["targets"].append(lifted)


def _lift_tencent(
    request: Mapping[str, Any], row: Mapping[str, Any], there: Row | None, now: float, plan: dict[str, Any]
) -> dict[str, Any]:
    """What becomes of a rule that the report names."""
    case, before, after = request["case_id"], row["before"], row["after"]
    note = _not_put_back(row)
    if there is None or there["expired"]:
        return _target(row, "gone", "it is not on the list any more" + note, now_there=there)
    found = parse(there["comment"])
    if found is not None and found.case != case:
        return _target(row, "refused", f"it belongs to the case {found.case} now", now_there=there)
    taken = found is not None and found.over
    if found is not None and not found.over:
        # The token tells that nothing was there when it was written.
        before = None
    elif taken and (before is None or is_marked(before.get("comment"), case)):
        before = row["original"]
        if before is None:
            return _target(row, "kept", _LOST, todo=by_hand(row["target"]), now_there=there)
    if not taken and (after is None or (before is not None and not row["changed"])):
        if found is not None:
            # It arrived after the report was written.
            plan["remove"].append(row["target"])
            return _target(row, "removed", "it came into force after the report was written", now_there=there)
        return _target(row, "kept", "it was there before the incident, or is not this case's", now_there=there)
    different = differences(after, there) if after is not None else []
    if different:
        reason = f"it was changed since the report was written ({', '.join(different)})"
        return _target(row, "kept", reason, todo=by_hand(row["target"]), now_there=there)
    if found is None and not row["changed"]:
        return _target(row, "kept", "it was there before the incident", now_there=there)
    if before is None:
        plan["remove"].append(row["target"])
        reason = (
            "" if found else "it carries no token, as this site records none; it is the row of the report, unchanged"
        )
        return _target(row, "removed", reason + note, now_there=there)
    return _restore_tencent(row, before, there, now, plan)


def _restore_tencent(
    row: Mapping[str, Any], before: Row, there: Row, now: float, plan: dict[str, Any]
) -> dict[str, Any]:
    """A rule that the case widened or made longer gets what it was: taken off, and put back for the rest of its time.

    The service shortens nothing, and takes whole hours: it is put back for up to an hour more, never for less.
    """
    note = _not_put_back(row)
    end = seconds(before.get("expires"))
    if end is not None and end <= now:
        plan["remove"].append(row["target"])
        return _target(
            row, "removed", f"what was there before would have ended at {before['expires']}" + note, now_there=there
        )
    direction = _BORDER.get(tuple(sorted(before.get("directions") or ())))
    comment = str(before.get("comment") or "")
    if end is None or direction is None or len(comment) > _COMMENT or not is_one_line(comment):
        what = "its end" if end is None else "its directions" if direction is None else "its comment"
        return _target(
            row,
            "kept",
            f"it was there before the incident, and {what} can't be put back",
            todo=f"in the console, set {row['target']} back to: {_described(before)}",
            now_there=there,
        )
    hours = None if end == math.inf else max(1, math.ceil((end - now) / 3600))
    plan["remove"].append(row["target"])
    plan["restore"].append(
        {
            "target": row["target"],
            "direction": direction,
            "duration": "permanent" if hours is None else f"{hours}h",
            "comment": comment,
            "expires": before["expires"],
        }
    )
    return _target(row, "restored", note.removeprefix("; "), now_there=there)


def _plan_huawei(request: Mapping[str, Any], index: int, read: Result, now: float, plan: dict[str, Any]) -> None:
    firewall = request["firewalls"][index]
    scope = firewall["fw_instance_id"]
    error = error_of(read, "entries")
    if error:
        plan["errors"].append(problem(HUAWEI, scope, error))
    rows = huawei_rows(read.get("entries") or (), now)
    steps: dict[str, list[dict[str, str]]] = {"absent": [], "present": []}
    foreign = _of_another_project(request["accounts"], scope, read)
    if request["from"] == "report":
        for row in request["rows"]:
            if row["cloud"] != HUAWEI or row["scope"] != scope:
                continue
            if foreign:
                plan["targets"].append(_target(row, "refused", foreign))
            elif error and error["code"] in _MISSING_FIREWALL:
                reason = f"the firewall of the report is not in this account: {error['message']}"
                plan["targets"].append(_target(row, "refused", reason))
            elif error:
                reason = f"nothing was sent, because the list could not be read: {error['message']}"
                plan["targets"].append(_target(row, "failed", reason))
            else:
                plan["targets"].append(_lift_huawei(request, row, rows.get(row["target"]), steps))
    else:
        for target, there in sorted(rows.items()):
            named = {"target": target, "cloud": HUAWEI, "scope": scope, "firewall": firewall.get("name") or ""}
            lifted = _lift_entries(request, named, there, now, steps)
            if lifted:
                plan["targets"].append(lifted)
    for state, entries in steps.items():
        if entries:
            plan["huawei"].append({"index": index, "firewall": firewall, "state": state, "entries": entries})


def _of_another_project(accounts: Mapping[str, Any], scope: str, read: Result) -> str:
    """Why a report is not of the project that was read, by their ids; empty if it is, or if that is not known."""
    here = str(read.get("project_id") or "")
    rows = [row for row in accounts.get(HUAWEI) or () if isinstance(row, Mapping)]
    there = {str(row.get("project_id") or "") for row in rows if row.get("fw_instance_id") == scope} - {""}
    if not here or not there or here in there:
        return ""
    return f"the report is of the project {', '.join(sorted(there))}, and this is the project {here}; " + spoken(
        "use the credentials of its account, or name its project_id in unblock_firewalls"
    )


def _lift_entries(
    request: Mapping[str, Any], row: Mapping[str, Any], there: Row, now: float, steps: dict[str, list[dict[str, str]]]
) -> dict[str, Any] | None:
    """By case, or what is overdue of any case."""
    mine: list[Mapping[str, Any]] = []
    over: list[Mapping[str, Any]] = []
    for part in there["entries"]:
        found = parse(part["description"])
        if found is None:
            continue
        if request["from"] == "expired":
            if end_of(part) <= now:
                mine.append(part)
        elif found.case == request["case_id"]:
            (over if found.over else mine).append(part)
    if not mine and not over:
        return None
    steps["absent"] += [_entry(row["target"], part) for part in mine]
    if over:
        return _taken_over(row, huawei_row(over, now), request["case_id"])
    reason = ", ".join(dict.fromkeys(_case(part) for part in mine)) if request["from"] == "expired" else ""
    return _target(row, "removed", reason, now_there=huawei_row(mine, now))


def _case(part: Mapping[str, Any]) -> str:
    found = parse(part["description"])
    return f"of the case {found.case}, until {found.until}" if found else ""


def _lift_huawei(
    request: Mapping[str, Any], row: Mapping[str, Any], there: Row | None, steps: dict[str, list[dict[str, str]]]
) -> dict[str, Any]:
    """What becomes of the entries of a target that the report names, one by one."""
    case, before, after = request["case_id"], row["before"], row["after"]
    results: list[tuple[str, str, str]] = []
    note = _not_put_back(row)
    for side in ("source", "destination"):
        left, found, earlier = entry_on(after, side), entry_on(there, side), entry_on(before, side)
        owner = parse(found["description"]) if found else None
        if left is None and not (found and owner and owner.case == case):
            continue
        unknown = False
        if owner is not None and owner.case == case:
            if not owner.over:
                # The token tells that nothing was there when it was written.
                earlier = None
            elif earlier is None or is_marked(earlier["description"], case):
                earlier = entry_on(row["original"], side)
                unknown = earlier is None
        if found is None:
            results.append(("gone", "it is not on the list any more", ""))
        elif owner is not None and owner.case != case and not same_entry(earlier, found):
            results.append(("refused", f"it belongs to the case {owner.case} now", ""))
        elif same_entry(earlier, found):
            results.append(("kept", "it was there before the incident", ""))
        elif left is not None and not same_entry(left, found):
            results.append(
                ("kept", "it was changed since the report was written", f"the {side} entry of {row['target']}")
            )
        elif owner is None:
            results.append(("kept", "it carries no token of this case", ""))
        elif unknown:
            what = f"the {side} entry of {row['target']}, once what was there before is written anew if it is wanted,"
            results.append(("kept", _LOST, what))
        elif earlier is not None and not is_one_line(str(earlier["description"])):
            # The module would refuse it, when the case's entry is off already.
            why = f"what was there before can't be put back, for its description {shown(str(earlier['description']))}"
            results.append(("kept", why, f"the {side} entry of {row['target']}, once the earlier one is written anew,"))
        else:
            steps["absent"].append(_entry(row["target"], found))
            if earlier is not None:
                steps["present"].append(_entry(row["target"], earlier))
            results.append(("restored" if earlier is not None else "removed", "", ""))
    if not results:
        return _target(row, "gone", "nothing of this case is there", now_there=there)
    # One word for the row: what is least done.
    order = ("refused", "kept", "restored", "removed", "gone")
    hard = [entry for entry in results if entry[0] == "kept" and entry[2]]
    words = [entry[0] for entry in results if not (entry[0] == "kept" and not entry[2])] or ["kept"]
    word = next(word for word in order if word in words)
    reason = "; ".join(
        dict.fromkeys(entry[1] for entry in results if entry[1] and (entry[0] == word or entry[0] in order[:2]))
    )
    todo = (
        f"look at it in the console of the firewall, and remove {' and '.join(entry[2] for entry in hard)}"
        if hard
        else ""
    )
    return _target(row, word, (reason + note).removeprefix("; "), todo=todo, now_there=there)


def _entry(target: str, part: Mapping[str, Any]) -> dict[str, str]:
    return {
        "address": target,
        "direction": part["direction"],
        "protocol": "any",
        "description": part["description"],
    }


def _taken_over(row: Mapping[str, Any], there: Row, case: str) -> dict[str, Any]:
    where = f"fw_instance_id={row['scope']} " if row["scope"] else ""
    arguments = f"{where}action=block state=absent ips={row['target']}"
    module = "huawei_cfw_black_white_list" if row["scope"] else "tencent_cfw_alert_rule"
    return _target(
        row,
        "kept",
        f"it was blocked before {case} took it over, and only the report knows what it was",
        todo=f"give {spoken('unblock_report')}, or to lift it altogether: ansible localhost -m secops.cfw.{module} -a {shlex.quote(arguments)}",
        now_there=there,
    )


def by_hand(target: str) -> str:
    arguments = shlex.quote(f"action=block state=absent ips={target}")
    return f"look at it, and to lift it: ansible localhost -m secops.cfw.tencent_cfw_alert_rule -a {arguments}"


def _not_put_back(row: Mapping[str, Any]) -> str:
    """What the block took off the allow list stays off: nobody wants an attacker allowed by a machine."""
    opposite = row.get("opposite_removed")
    return (
        f"; its allow entry ({_described(opposite)}) is not put back, do that by hand if it is wanted"
        if opposite
        else ""
    )


def _described(row: Mapping[str, Any]) -> str:
    directions = " and ".join(str(word) for word in row.get("directions") or ()) or "no direction"
    comment = f", comment {shown(str(row['comment']))}" if row.get("comment") else ""
    return f"{directions}, until {row.get('expires') or 'an unknown time'}{comment}"
