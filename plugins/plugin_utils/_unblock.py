# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role `unblock`: what a report or a case says, what to take off or put back, and what came of it.

Nothing is touched that does not carry the case's token, or that is not as the report left it. Nothing here does I/O but
the reading of the report.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical, is_file_name, is_one_line, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._put_back import lost, lost_first, with_second_tries
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import (
    DIRECTIONS,
    HUAWEI,
    RELEASED,
    TENCENT,
    Result,
    Row,
    account_of,
    clouds,
    difference,
    differences,
    dry,
    end_of,
    entry_on,
    error_of,
    huawei_row,
    huawei_rows,
    looped,
    normal,
    problem,
    request_ids,
    same_entry,
    seconds,
    tencent_row,
    tencent_rows,
    utc,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._token import PREFIX, checked_case, parse, token

_MOST_BYTES = 64 * 1024 * 1024
_COMMENT = 50
_BORDER = {("inbound",): "inbound", ("outbound",): "outbound", ("inbound", "outbound"): "both"}
_MISSING_FIREWALL = ("firewall_not_found", "no_internet_border", "CFW.00200005", "CFW.00400008")
_Key = tuple[str, str, str]
_LOST = "the case took it over in a run that broke off, and what it was before is on no record"


# 1. What is asked


def read_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """The role's variables (without their prefix), checked, and what the report says. Raises InputError."""
    report, case = given.get("report"), given.get("case_id")
    wanted = clouds(given.get("clouds"), "unblock_clouds")
    firewalls = read_firewalls(given.get("firewalls"), "unblock_firewalls")
    request: dict[str, Any] = {"planned": bool(given.get("planned")), "clouds": wanted, "rows": [], "accounts": {}}
    if report not in (None, "", {}):
        document = read_report(report)
        request |= {"from": "report", "case_id": _case_of(document, case)}
        rows = [row for row in _rows_of(document) if row["cloud"] in wanted]
        request["rows"] = rows
        request["accounts"] = _accounts_of(document)
        request["firewalls"] = _firewalls_of(rows, request["accounts"], firewalls) if HUAWEI in wanted else []
    else:
        request |= {"from": "case", "case_id": checked_case(case, "unblock_case_id")}
        request["firewalls"] = firewalls if HUAWEI in wanted else []
        if HUAWEI in wanted and not firewalls:
            raise InputError(
                "unblock_firewalls is empty, so that nothing would be lifted at Huawei; "
                "name the firewalls, set unblock_clouds to tencent, or give a report"
            )
    by_report = request["from"] == "report"
    named = [row["target"] for row in request["rows"] if row["cloud"] == TENCENT and canonical(row["target"])]
    request["tencent"] = TENCENT in wanted and (not by_report or bool(named))
    # Without addresses the whole list is read.
    request["tencent_ips"] = list(dict.fromkeys(named)) if by_report else []
    request["prefix"] = "" if by_report else token(request["case_id"])
    for firewall in request["firewalls"]:
        scope = firewall["fw_instance_id"]
        firewall["ips"] = [row["target"] for row in request["rows"] if row["scope"] == scope]
    return request


def read_expired_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry point `expired` looks at: Huawei's lists, and entries of any case."""
    firewalls = read_firewalls(given.get("firewalls"), "unblock_firewalls")
    if not firewalls:
        raise InputError("unblock_firewalls is empty; name the firewalls whose overdue entries are to be lifted")
    return {
        "from": "expired",
        "case_id": "",
        "planned": bool(given.get("planned")),
        "clouds": [HUAWEI],
        "rows": [],
        "accounts": {},
        "firewalls": [{**firewall, "ips": []} for firewall in firewalls],
        "tencent": False,
        "tencent_ips": [],
        "prefix": PREFIX,
    }


def read_report(given: Any) -> dict[str, Any]:
    """A report, from its path or as it is: not a plan, and as it was written."""
    where = "unblock_report"
    document: Any = given
    if isinstance(given, str):
        where, document = _loaded(given)
    if not isinstance(document, Mapping):
        raise InputError(f"{where} is no report: it holds no object; give the report.json of an incident")
    _check_integrity(document, where)
    version = str(document.get("schema_version") or "")
    if version.partition(".")[0] != "1":
        raise InputError(f"{where} has the schema version {shown(version)}; this release reads 1.x")
    if document.get("planned") is not False:
        raise InputError(f"{where} is a plan (planned: true), of which nothing was done; give the report of a real run")
    return dict(document)


def _loaded(path: str) -> tuple[str, Any]:
    text = str(path).strip()
    if text.startswith("{"):
        where, content = "unblock_report", text
    else:
        if not is_file_name(text):
            raise InputError(f"unblock_report {shown(text)} is no file name; give the path of a report.json")
        where = f"unblock_report {shown(text)}"
        path = os.path.expanduser(text)
        try:
            if os.path.getsize(path) > _MOST_BYTES:
                raise InputError(f"{where} is larger than {_MOST_BYTES >> 20} MiB; give the report.json of an incident")
            with open(path, encoding="utf-8") as file:
                content = file.read()
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise InputError(
                f"{where} can't be read: {said}; give the path of a report.json on the controller"
            ) from None
    try:
        return where, json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(f"{where} is no JSON; give the report.json of an incident, not its Markdown or HTML") from None


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a report's canonical JSON, without the key that holds it."""
    body = {key: _plain(value) for key, value in document.items() if key != "integrity"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Of ansible-core's own kinds of dictionaries, lists and texts, those that JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _check_integrity(document: Mapping[str, Any], where: str) -> None:
    integrity = document.get("integrity")
    said = integrity.get("sha256") if isinstance(integrity, Mapping) else None
    if not said:
        raise InputError(f"{where} has no integrity.sha256, so that nobody can tell whether it is as it was written")
    try:
        found = digest(document)
    except (TypeError, ValueError):
        raise InputError(f"{where} holds what JSON can't; give the report.json of an incident") from None
    if str(said) != found:
        raise InputError(
            f"{where} was changed after it was written: its SHA-256 is {found}, and integrity.sha256 says {shown(str(said))}; "
            "nothing was lifted. Use the report as it was written, or unblock_case_id"
        )


def _case_of(document: Mapping[str, Any], given: Any) -> str:
    case = checked_case(document.get("case_id"), "the report's case_id")
    asked = "" if given is None else str(given).strip()
    if asked and asked != case:
        raise InputError(f"the report is of case {case}, but unblock_case_id is {shown(asked)}; give one of them")
    return case


def _rows_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each target and list: what was there before the case, and what the last of its runs left.

    A run that lifted a block ends its history: what comes later begins anew.
    """
    found: dict[_Key, dict[str, Any]] = {}
    case = str(document.get("case_id"))
    releases = _dictionaries(document.get("releases"))
    runs = _block_runs(document)
    for number, rows in enumerate(runs):
        _forget(found, [one for one in releases if one.get("blocks") == number])
        for given in rows:
            key = _key_of(given)
            if key[0] not in (TENCENT, HUAWEI) or not key[2]:
                raise InputError(
                    "the report's rows of blocked targets have no cloud or target; it is no report of this collection"
                )
            row = found.get(key)
            before, after = _foreign_part(_row_in(given.get("before")), case), _row_in(given.get("after"))
            if row is None or row["released"] or (key[0] == TENCENT and _is_new(row["after"], before, case)):
                found[key] = {
                    "cloud": key[0],
                    "scope": key[1],
                    "target": key[2],
                    "firewall": str(given.get("firewall") or ""),
                    "before": before,
                    "after": after,
                    "result": str(given.get("result") or ""),
                    "changed": bool(given.get("changed")),
                    "opposite_removed": _row_in(given.get("opposite_removed")),
                    "released": False,
                }
                continue
            if key[0] == HUAWEI:
                row["before"] = _latest_entries(row["before"], before, case)
            row["changed"] = row["changed"] or bool(given.get("changed"))
            row["opposite_removed"] = row["opposite_removed"] or _row_in(given.get("opposite_removed"))
            if given.get("result") != "failed" or after is not None:
                row["after"], row["result"] = after, str(given.get("result") or "")
    _forget(found, [one for one in releases if int(one.get("blocks") or 0) >= len(runs)])
    originals = _in_snapshots(document, releases, case)
    for key, row in found.items():
        row["original"] = originals.get(key)
    return list(found.values())


def _key_of(row: Mapping[str, Any]) -> _Key:
    return str(row.get("cloud") or ""), str(row.get("scope") or ""), str(row.get("target") or "")


def _dictionaries(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, (list, tuple)) else []


def _forget(found: Mapping[_Key, dict[str, Any]], releases: Iterable[Mapping[str, Any]]) -> None:
    """What was there before, and what the case did, is over for what it has lifted."""
    for one in releases:
        row = found.get(_key_of(one))
        if row is not None:
            row.update(before=None, after=None, result="", changed=False, opposite_removed=None, released=True)


def _is_new(left: Row | None, there: Row | None, case: str) -> bool:
    """Whether a run found another's rule at Tencent, which is not what the runs before it left."""
    if there is None or _marked(there.get("comment"), case):
        return False
    # Where a site records no comments, a rule may be the case's own, of a run that does not know what it left.
    return bool(differences(left, there)) if left else bool(there.get("comment"))


def _latest_entries(earlier: Row | None, later: Row | None, case: str) -> Row | None:
    """Of each direction the entry of others that a run found last."""
    parts = {part["direction"]: part for part in (earlier or {}).get("entries") or ()}
    for part in (later or {}).get("entries") or ():
        if part["direction"] not in parts or not _marked(part.get("description"), case):
            parts[part["direction"]] = part
    return {**(earlier or later or {}), "entries": list(parts.values())} if parts else None


def _in_snapshots(document: Mapping[str, Any], releases: Iterable[Mapping[str, Any]], case: str) -> dict[_Key, Row]:
    """What others had there, by the snapshots since the case last lifted it: a run that broke off left no other record."""
    order = {str(run.get("run_id")): number for number, run in enumerate(_dictionaries(document.get("runs")))}
    lifted: dict[_Key, int] = {}
    for one in releases:
        lifted[_key_of(one)] = max(lifted.get(_key_of(one), -1), order.get(str(one.get("run_id")), -1))
    found: dict[_Key, Row] = {}
    for snapshot in _dictionaries(document.get("snapshots")):
        number = order.get(str(snapshot.get("run_id")), -1)
        for entry in _dictionaries(snapshot.get("about")):
            key, note = _key_of(entry), str(entry.get("note") or "")
            directions = [str(word) for word in entry.get("directions") or ()]
            if number <= lifted.get(key, -1) or entry.get("action") != "block" or not directions:
                continue
            if _marked(note, case) or entry.get("expired"):
                continue
            if key[0] == TENCENT:
                found[key] = {
                    "directions": sorted(directions),
                    "expires": normal(entry.get("expires")),
                    "comment": note,
                }
                continue
            parts = [{"direction": word, "description": note, "list_id": ""} for word in directions]
            found[key] = _latest_entries(found.get(key), {"entries": parts}, case) or {}
    return found


def _block_runs(document: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """The rows of `block_result.targets`, of all runs that the report tells of, oldest first."""
    places = [document.get("block")] if document.get("block") else []
    places += document.get("blocks") or ()
    lists = [place.get("targets") if isinstance(place, Mapping) else None for place in places]
    if not any(isinstance(rows, list) for rows in lists):
        lists = [document.get("targets")]
    runs = [found if isinstance(found, list) else [] for found in lists]
    if any(not isinstance(row, Mapping) for rows in runs for row in rows):
        raise InputError("the report's rows of blocked targets are none; it is no report of this collection")
    return runs


def _row_in(value: Any) -> Row | None:
    return dict(value) if isinstance(value, Mapping) and value else None


def _foreign_part(before: Row | None, case: str) -> Row | None:
    """What was there before the case: without what an earlier run of the case had put there, and what had ended."""
    if before is None:
        return None
    parts = before.get("entries")
    if parts is None:
        return None if before.get("expired") or _own(before.get("comment"), case) else before
    kept = [part for part in parts if not _own(part.get("description"), case)]
    return {**before, "entries": kept} if kept else None


def _own(comment: Any, case: str) -> bool:
    """Whether the case put it there, where nothing was before."""
    found = parse(str(comment or ""))
    return found is not None and found.case == case and not found.over


def _marked(comment: Any, case: str) -> bool:
    """Whether it carries the case's token, also where the case took it over."""
    found = parse(str(comment or ""))
    return found is not None and found.case == case


def _accounts_of(document: Mapping[str, Any]) -> dict[str, Any]:
    for place in (document.get("block"), document):
        accounts = place.get("accounts") if isinstance(place, Mapping) else None
        if isinstance(accounts, Mapping):
            return dict(accounts)
    return {}


def _firewalls_of(
    rows: Sequence[Mapping[str, Any]], accounts: Mapping[str, Any], given: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """The report's firewalls, each with what the user says of it, and else the region that the report knows."""
    found = []
    for scope in dict.fromkeys(str(row["scope"]) for row in rows if row["cloud"] == HUAWEI):
        mine = next((firewall for firewall in given if firewall["fw_instance_id"] == scope), {})
        noted = next(
            (
                row
                for row in accounts.get(HUAWEI) or ()
                if isinstance(row, Mapping) and row.get("fw_instance_id") == scope
            ),
            {},
        )
        # A project that followed from the credentials then has to follow from those of now.
        names = ("region", "project_id") if noted.get("project_given", True) else ("region",)
        told = {name: str(noted[name]) for name in names if noted.get(name)}
        found += read_firewalls([{"fw_instance_id": scope, **told, **mine}], "the report's firewalls")
    return [dict(firewall) for firewall in found]


# 2. What to take off and put back


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
    elif taken and (before is None or _marked(before.get("comment"), case)):
        before = row["original"]
        if before is None:
            return _target(row, "kept", _LOST, todo=_by_hand(row["target"]), now_there=there)
    if not taken and (after is None or (before is not None and not row["changed"])):
        if found is not None:
            # It arrived after the report was written.
            plan["remove"].append(row["target"])
            return _target(row, "removed", "it came into force after the report was written", now_there=there)
        return _target(row, "kept", "it was there before the incident, or is not this case's", now_there=there)
    different = differences(after, there) if after is not None else []
    if different:
        reason = f"it was changed since the report was written ({', '.join(different)})"
        return _target(row, "kept", reason, todo=_by_hand(row["target"]), now_there=there)
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
            elif earlier is None or _marked(earlier["description"], case):
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


def _by_hand(target: str) -> str:
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


# 3. What came of it


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
            judge = _judge_tencent if row["cloud"] == TENCENT else _judge_huawei
            judge(row, plan, removal, restorals, steps, now)
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


def _judge_tencent(
    row: dict[str, Any],
    plan: Mapping[str, Any],
    removal: Result,
    restorals: Sequence[Result],
    _steps: Sequence[Result],
    _now: float,
) -> None:
    target = row["target"]
    if target not in plan["remove"]:
        return
    said = _said(removal, "rules", target)
    restored = next(
        ((call, result) for call, result in zip(plan["restore"], restorals) if call["target"] == target), None
    )
    if said is None or said.get("result") not in ("removed", "unchanged"):
        error = error_of(removal, "rules") or {}
        reason = str((said or {}).get("reason") or error.get("message") or "nothing was sent for it")
        row.update(result="failed", reason=reason, after=row["before"], todo=_by_hand(target))
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
        error = error_of(result, "rules") or {}
        reason = str((again or {}).get("reason") or error.get("message") or "nothing was sent for it")
        arguments = {
            "action": "block",
            "ips": target,
            "direction": call["direction"],
            "duration": call["duration"],
            **({"comment": call["comment"]} if call["comment"] else {}),
        }
        row.update(
            result="failed",
            reason=f"it was taken off, but what was there before could not be put back: {reason}",
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


def _judge_huawei(
    row: dict[str, Any],
    plan: Mapping[str, Any],
    _removal: Result,
    _restorals: Sequence[Result],
    steps: Sequence[Result],
    now: float,
) -> None:
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
                error = error_of(result, "entries") or {}
                reason = str((said or {}).get("reason") or error.get("message") or "nothing was sent for it")
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
