# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of a case: what one run knows, as it is written to disk, and what is found there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._plain import plain
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import iso, moment, text
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import read_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import CASE

SCHEMA_VERSION = "1.0"
STEPS = ("guard", "snapshot", "hunt", "capture", "block", "unblock", "status")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STARTED = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")
# A run of ten thousand targets at two clouds, with a snapshot of full lists, stays well below.
_MOST_BYTES = 200_000_000


def canonical(document: Mapping[str, Any]) -> str:
    """What `integrity.sha256` is made of: the document without `integrity`, as JSON with sorted keys."""
    kept = {key: value for key, value in document.items() if key != "integrity"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document).encode("ascii")).hexdigest()


def signed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its `integrity`, in place of an earlier one."""
    kept = {key: value for key, value in document.items() if key != "integrity"}
    return {**kept, "integrity": {"sha256": digest(kept)}}


def json_text(document: Mapping[str, Any]) -> str:
    """The document as a file. Its first line says whether it is a plan, since `planned` is the first key."""
    first = {"planned": bool(document.get("planned"))}
    written = json.dumps({**first, **document, **first}, indent=1, ensure_ascii=True)
    return "{" + written[1:].lstrip() + "\n"


def run_record(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What this run knows so far.

    `inputs` has case_id, run_id, now, complete, planned, stage, failure, operator, approval, awx, versions, variables,
    directory, paths and results: the facts of the other roles by the role's name. Raises InputError.
    """
    given = plain(inputs)
    case_id = text(given.get("case_id"))
    if not CASE.fullmatch(case_id):
        raise InputError(
            f"report_case_id is {case_id!r}: it takes 1 to 24 of the letters A-Z a-z 0-9 . _ - and not dots alone"
        )
    run_id = text(given.get("run_id"))
    if not _RUN.fullmatch(run_id):
        raise InputError(f"report_run_id is {run_id!r}: it takes 1 to 64 of the letters A-Z a-z 0-9 . _ -")
    results, notes = {}, []
    for step in STEPS:
        result = given.get("results", {}).get(step) or {}
        if not isinstance(result, dict):
            raise InputError(f"report_{step} is not a dictionary: give it the result of that step, or nothing")
        other = text(result.get("case_id"))
        if other and other != case_id:
            notes.append(f"The result of {step} is of case {other} and was left out.")
            result = {}
        results[step] = result
    return {
        "planned": bool(given.get("planned")),
        "kind": "run",
        "schema_version": SCHEMA_VERSION,
        "case_id": case_id,
        "run_id": run_id,
        "started_at": _started(run_id, results),
        "written_at": text(given.get("now")),
        "complete": bool(given.get("complete")),
        "stage": text(given.get("stage")),
        "failure": text(given.get("failure")),
        "operator": text(given.get("operator")),
        "approval": _approval(given),
        "awx": {key: text(value) for key, value in _filled(given.get("awx")).items()},
        "versions": {key: text(value) for key, value in _filled(given.get("versions")).items()},
        "variables": _filled(given.get("variables")),
        "notes": notes,
        "results": results,
    }


def _filled(given: Any) -> dict[str, Any]:
    return {key: value for key, value in (given or {}).items() if value not in (None, "")}


def _approval(given: Mapping[str, Any]) -> str:
    said = text(given.get("approval"))
    number = text((given.get("awx") or {}).get("workflow_job_id"))
    if said or not number:
        return said
    # AWX tells a job nothing of who approved it, nor whether its workflow asks at all.
    return f"approved in workflow job {number}, if that workflow asks for approval; who approved is on record there"


def _started(run_id: str, results: Mapping[str, Any]) -> str:
    found = _STARTED.match(run_id)
    if found:
        return "{}-{}-{}T{}:{}:{}Z".format(*found.groups())
    named = [moment(result.get(key)) for result in results.values() for key in ("started_at", "checked_at", "taken_at")]
    return iso(min(known)) if (known := [one for one in named if one]) else ""


def read_runs(folder: str | Path) -> list[dict[str, Any]]:
    """The run files of a folder in their order: {file, sha256, record, problem}; what can't be read has a problem."""
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        row: dict[str, Any] = {"file": path.name, "sha256": "", "record": {}, "problem": ""}
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError("it is too large")
            content = path.read_bytes()
            row["sha256"] = hashlib.sha256(content).hexdigest()
            row["record"] = _judged(json.loads(content))
        except OSError as error:
            row["problem"] = f"it can't be read: {error.strerror or error}"
        except RecursionError:
            row["problem"] = "it is no run file: it is nested too deeply"
        except ValueError as error:
            row["problem"] = f"it is no whole run file: {error}"
        found.append(row)
    return found


def _judged(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict) or record.get("kind") != "run":
        raise ValueError("the record of a run is not in it")
    version = text(record.get("schema_version"))
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise ValueError(f"its schema_version is {version!r}, and {SCHEMA_VERSION} is understood")
    results = record.get("results")
    if not isinstance(results, dict) or not all(isinstance(one, dict) for one in results.values()):
        raise ValueError("its results are no dictionaries")
    return record


def merged(record: Mapping[str, Any], on_file: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """All runs of the record's case in the order in which they began, and one sentence for each file left out.

    This run's own file is superseded by `record`. Of a plan nothing was done: plans on file are left out.
    """
    runs: list[dict[str, Any]] = []
    unreadable = []
    for row in plain(on_file):
        other = row.get("record") or {}
        name = text(row.get("file"))
        if row.get("problem"):
            if name != f"{record['run_id']}.json":
                unreadable.append(f"runs/{name} was left out: {row['problem']}")
        elif other.get("case_id") != record["case_id"]:
            unreadable.append(f"runs/{name} was left out: it is of case {text(other.get('case_id'))}")
        elif other.get("run_id") != record["run_id"] and not other.get("planned"):
            runs.append({**other, "file": name, "sha256": text(row.get("sha256"))})
    runs.append({**record, "file": f"{record['run_id']}.json", "sha256": ""})
    return sorted(runs, key=lambda run: (text(run.get("started_at")), text(run.get("run_id")))), unreadable


def known_addresses(results: Mapping[str, Any]) -> list[str]:
    """The addresses and prefixes that a run's results tell of, canonical; what is none is left out."""
    guard, block, unblock, status = (results.get(step) or {} for step in ("guard", "block", "unblock", "status"))
    named = guard.get("targets")
    told = [*named] if isinstance(named, list) else []
    told += [row.get("target") for row in (*_rows(block, "targets"), *_rows(unblock, "targets"))]
    told += [row.get("target") for row in (*_rows(status, "in_force"), *_rows(status, "ended"))]
    # Tencent's list is read whole.
    told += [row.get("target") for row in _rows(status, "others") if row.get("cloud") == "huawei"]
    return [target.text for target in read_targets([text(one) for one in told if one]).found]


def _rows(result: Any, name: str) -> list[Mapping[str, Any]]:
    found = result.get(name) if isinstance(result, Mapping) else None
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
