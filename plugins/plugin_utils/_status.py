# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role `status`: what is in force for a case, of what was read. Nothing here does I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    HUAWEI,
    TENCENT,
    Result,
    Row,
    beijing,
    clouds,
    difference,
    error_of,
    flag,
    huawei_rows,
    looped,
    problem,
    tencent_rows,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import belongs, checked_case, parse, token

_DAY = 86400
# A longer list of others' entries is looked through for the addresses asked for, and not handed on as a whole.
_MOST_OTHERS = 2000


def read_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """The role's variables (without their prefix), checked. Raises InputError."""
    case = checked_case(given.get("case_id"), "status_case_id")
    wanted = clouds(given.get("clouds"), "status_clouds")
    firewalls = read_firewalls(given.get("firewalls"), "status_firewalls")
    if HUAWEI in wanted and not firewalls:
        raise InputError(
            "status_firewalls is empty, so that nothing can be said of Huawei; name the firewalls, or set status_clouds to tencent"
        )
    addresses = [target.text for target in parse_targets(given.get("addresses"), "status_addresses")]
    return {
        "case_id": case,
        # Others' entries do not carry the case's token.
        "prefix": "" if addresses else token(case),
        "addresses": addresses,
        "clouds": wanted,
        "firewalls": firewalls if HUAWEI in wanted else [],
        "strict": flag(given.get("strict"), "status_strict", True),
    }


def make_result(request: Mapping[str, Any], done: Mapping[str, Any], now: float) -> dict[str, Any]:
    """status_result. `done`: `tencent` (one), and of loops over the firewalls `huawei` and `captures`."""
    firewalls = request["firewalls"]
    lists, tasks = (looped(done[name], len(firewalls)) for name in ("huawei", "captures"))
    in_force: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    captures: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    read: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    wanted = frozenset(request["addresses"])
    case = request["case_id"]
    clock = {TENCENT: difference([done["tencent"]]), HUAWEI: difference([*lists, *tasks])}
    if TENCENT in request["clouds"]:
        _note(errors, TENCENT, "", done["tencent"], "rules")
        foreign: dict[str, Row] = {}
        for target, row in sorted(tencent_rows(done["tencent"].get("rules") or ()).items()):
            if belongs(row["comment"], case):
                (ended if row["expired"] else in_force).append(_shown(target, TENCENT, {}, row))
            else:
                foreign[target] = row
        if _was_read(done["tencent"], "rules"):
            whole = len(foreign) <= _MOST_OTHERS
            read.append({"cloud": TENCENT, "scope": "", "whole": whole})
            others += [_other(ip, TENCENT, {}, row) for ip, row in foreign.items() if whole or ip in wanted]
    for firewall, result, task in zip(firewalls, lists, tasks):
        scope = firewall["fw_instance_id"]
        _note(errors, HUAWEI, scope, result, "entries")
        _note(errors, HUAWEI, scope, task, "tasks")
        service = now + (clock[HUAWEI] or 0.0)
        entries: tuple[list[Any], list[Any]] = ([], [])
        for entry in result.get("entries") or ():
            entries[belongs(entry.get("description"), case)].append(entry)
        in_force += [
            _shown(target, HUAWEI, firewall, row) for target, row in sorted(huawei_rows(entries[True], service).items())
        ]
        if _was_read(result, "entries"):
            read.append({"cloud": HUAWEI, "scope": scope, "whole": False})
            others += [
                _other(target, HUAWEI, firewall, row)
                for target, row in sorted(huawei_rows(entries[False], service).items())
                if target in wanted
            ]
        captures += [
            _capture(firewall, found, service)
            for found in task.get("tasks") or ()
            if re.fullmatch(f"ir-{re.escape(case)}-[0-9]+", str(found.get("name")))
        ]
    complete = not errors
    checked_at = utc(now)
    result_ = {
        "case_id": case,
        "checked_at": checked_at,
        "checked_at_beijing": beijing(checked_at),
        "in_force": in_force,
        "ended": ended,
        "others": others,
        "addresses": request["addresses"],
        "read": read,
        "captures": captures,
        "errors": errors,
        "complete": complete,
        "clock": clock,
        "timeline": [
            {
                "at": checked_at,
                "step": "status",
                "target": "",
                "result": "complete" if complete else "incomplete",
                "detail": f"{len(in_force)} blocks in force, {sum(row['overdue'] for row in in_force)} of them overdue, "
                f"{len(captures)} captures",
                "request_id": "",
                "cloud": ",".join(request["clouds"]),
            }
        ],
    }
    result_["failure"] = _failure(errors) if request["strict"] else ""
    return result_


def _note(errors: list[dict[str, str]], cloud: str, scope: str, result: Result, key: str) -> None:
    error = error_of(result, key)
    if error:
        errors.append(problem(cloud, scope, error))


def _shown(target: str, cloud: str, firewall: Mapping[str, str], row: Row) -> dict[str, Any]:
    parts = row.get("entries") or [{"description": row["comment"]}]
    found = [parse(part["description"]) for part in parts]
    return {
        "target": target,
        "cloud": cloud,
        "scope": firewall.get("fw_instance_id", ""),
        "firewall": firewall.get("name", ""),
        "directions": row["directions"],
        "until": row["expires"],
        "until_beijing": beijing(row["expires"]),
        "expired": cloud == TENCENT and row["expired"],
        "overdue": cloud == HUAWEI and row["expired"],
        "taken_over": any(one.over for one in found if one),
        "hits": row["matches"],
        "last_hit": row["last_hit"],
        "comment": row["comment"],
        "row_id": row["row_id"],
    }


def _was_read(result: Result, key: str) -> bool:
    return key in result and not result.get("error")


def _other(target: str, cloud: str, firewall: Mapping[str, str], row: Row) -> dict[str, Any]:
    """A row that is not the case's."""
    names = ("target", "cloud", "scope", "firewall", "directions", "until", "expired", "overdue")
    known = _shown(target, cloud, firewall, row)
    return {**{name: known[name] for name in names}, "token": False}


def _capture(firewall: Mapping[str, str], task: Mapping[str, Any], now: float) -> dict[str, Any]:
    days = task.get("remaining_days")
    return {
        "fw_instance_id": firewall["fw_instance_id"],
        "firewall": firewall.get("name", ""),
        "region": firewall.get("region", ""),
        **{name: task.get(name) for name in ("name", "task_id", "status", "evidence", "created_date")},
        "remaining_days": days,
        "delete_on": utc(now + days * _DAY)[:10] if isinstance(days, int) else None,
    }


def _failure(errors: list[dict[str, str]]) -> str:
    if not errors:
        return ""
    listed = "; ".join(
        f"{row['cloud']} {row['scope']}".strip() + f": {row['message'].rstrip('.')}" for row in errors[:10]
    )
    return f"The status is not complete, because not everything could be read: {listed}. " + spoken(
        "The rest was read; run it again, or set status_strict: false to live with that."
    )
