# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role `unblock` is asked to lift: the blocks of a report, which is read and checked, of a case, or what is overdue.

Nothing here does I/O but the reading of the report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical, is_file_name, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import HUAWEI, TENCENT, Row, clouds, differences, normal
from ansible_collections.secops.cfw.plugins.plugin_utils._token import PREFIX, checked_case, parse, token

_MOST_BYTES = 64 * 1024 * 1024
_Key = tuple[str, str, str]


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
    if there is None or is_marked(there.get("comment"), case):
        return False
    # Where a site records no comments, a rule may be the case's own, of a run that does not know what it left.
    return bool(differences(left, there)) if left else bool(there.get("comment"))


def _latest_entries(earlier: Row | None, later: Row | None, case: str) -> Row | None:
    """Of each direction the entry of others that a run found last."""
    parts = {part["direction"]: part for part in (earlier or {}).get("entries") or ()}
    for part in (later or {}).get("entries") or ():
        if part["direction"] not in parts or not is_marked(part.get("description"), case):
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
            if is_marked(note, case) or entry.get("expired"):
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


def is_marked(comment: Any, case: str) -> bool:
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
