# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role capture from the end of captures on: files, logs, manifest, result. Steps are as in `_capture`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._capture import (
    CAPTURED,
    FINAL,
    Result,
    Row,
    State,
    add_error,
    adopted_row,
    by_task,
    copied,
    happened,
    judge_look,
    labels_of,
    new_row,
    noted,
    number_of,
    others_of,
    ran,
    request_ids,
    said,
    seen_at,
    told,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_inputs import GRACE, LOG_TYPES
from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import (
    MANIFEST,
    SCHEMA,
    SUMS,
    document,
    manifest_of,
    moment,
    next_log_path,
    seconds_of,
    sha256_of,
    sums_of,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken

_LOG_KINDS = tuple(f"{kind}_log" for kind in LOG_TYPES)

# Collect: the end, the files, the logs


def taken_up(
    state: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], listed: Sequence[Result], now: float
) -> State:
    """The captures to collect: those of an earlier step, else all of the case that the firewalls list."""
    after = copied(state)
    noted(after, listed)
    firewalls = {firewall["fw_instance_id"]: firewall for firewall in state["firewalls"]}
    # A fact of the same name may be of another case.
    rows = [row for row in rows if row.get("case_id") == state["case_id"] and row["fw_instance_id"] in firewalls]
    for row in rows:
        after["rows"].append({**row, "connection": firewalls[row["fw_instance_id"]]["connection"]})
        if row["result"] in ("busy", "failed", "skipped"):
            add_error(after, row["firewall"], row["reason"])
    if rows:
        return after
    for firewall, answer in zip(state["firewalls"], ran(listed)):
        if "tasks" not in answer:
            after["rows"].append(new_row(after, firewall, result="failed", reason=said(answer)))
            add_error(after, firewall["title"], said(answer))
            continue
        own = [task for task in answer["tasks"] if number_of(task["name"], state["case_id"])]
        for task in sorted(own, key=lambda one: number_of(one["name"], state["case_id"])):
            after["rows"].append(adopted_row(after, firewall, task, answer, now))
        if not own:
            why = "the firewall lists no capture of this case"
            after["rows"].append(new_row(after, firewall, result="skipped", reason=why))
            captures = state["evidence"]["manifest"].get("captures", ())
            if firewall["fw_instance_id"] not in {row["fw_instance_id"] for row in captures}:
                add_error(after, firewall["title"], why)
    return after


def awaited(state: Mapping[str, Any], now: float) -> dict[str, Any]:
    """How to bring the captures to their end: which still run, when to stop them or to give up, in Unix seconds."""
    open_rows = [row for row in state["rows"] if row["task_id"] and row["status"] not in FINAL]
    items = [
        {key: row[key] for key in ("fw_instance_id", "firewall", "task_id", "name", "connection")} for row in open_rows
    ]
    ends, stops = [now], [now]
    for row in open_rows:
        begun = seconds_of(row["seen_running_at"]) or seconds_of(row["started_at"]) or now
        ends.append(begun + row["duration"] * 60 + GRACE)
        stops.append(begun + state["stop_after"])
    return {
        "captures": items,
        "until": max(ends),
        "pause": max(0, round(max(stops) - now)) if items and not state["check"] else 0,
    }


def collected(
    state: Mapping[str, Any], ended: Sequence[Result], stopped: Sequence[Result], fetched: Sequence[Result], now: float
) -> State:
    """What came of the captures: their end, and the files that were fetched."""
    after = copied(state)
    noted(after, ended, stopped, fetched)
    ends, stops, fetches = by_task(ended), by_task(stopped), by_task(fetched)
    for row in after["rows"]:
        key = (row["fw_instance_id"], row["task_id"])
        if not row["task_id"]:
            if row["result"] == "planned":
                after["files"].append(_planned_file(after, row))
            continue
        if key in ends:
            judge_look(after, row, ends[key], now)
        if key in stops:
            _judge_stop(after, row, stops[key], now)
        if key in fetches:
            _judge_fetch(after, row, fetches[key], now)
    return after


def _planned_file(state: State, row: Row) -> Row:
    """The service chooses the names of its files: the directory is all that is known before."""
    return _file(state, row, f"{row['fw_instance_id']}/", kind="capture", size=None, sha256=None)


def _judge_stop(state: State, row: Row, stop: Result, now: float) -> None:
    task = stop.get("task") or {}
    if "error" in stop or not task:
        add_error(state, row["firewall"], f"{row['name']} could not be stopped: {said(stop)}")
        return
    row["request_ids"] = [*row["request_ids"], *(name for name in request_ids(stop) if name not in row["request_ids"])]
    if state["check"]:
        return
    told(row, task, stop.get("evidence"), now)
    row["ended_at"] = row["ended_at"] or seen_at(stop, now)
    happened(state, row["ended_at"], "capture_stopped", row, row["status"], row["name"])


def _judge_fetch(state: State, row: Row, fetch: Result, now: float) -> None:
    task, error = fetch.get("task") or {}, fetch.get("error") or {}
    kept = [one for one in state["evidence"]["manifest"].get("files", ()) if one.get("task_id") == row["task_id"]]
    if task:
        ended = row["status"] not in FINAL and task["status"] in FINAL
        told(row, task, fetch.get("evidence"), now)
        if ended:
            row["ended_at"] = row["ended_at"] or seen_at(fetch, now)
    row["reason"] = "" if row["result"] == "adopted" else row["reason"]
    code = error.get("code")
    if code == "task_not_finished":
        row["reason"] = f"it is {row['status']}; collect it again once it has ended"
    elif code == "link_only":
        expires = fetch.get("expires")
        until = f", which expires at {moment(expires)}" if isinstance(expires, int) and 0 < expires < 2**33 else ""
        row["reason"] = (
            f"in this region the service shares a folder instead of files{until}: have huawei_cfw_capture_result "
            f"return the link, and store the files by hand before {row['delete_on'] or 'the service deletes them'}"
        )
        row["expires"] = expires
        add_error(state, row["firewall"], f"{row['name']}: {row['reason']}")
    elif error or "files" not in fetch:
        if kept:
            row["evidence"] = "complete" if row["evidence"] == "complete" else "partial"
            row["reason"] = f"it was fetched before; now: {said(fetch)}"
            return
        empty = code == "result_missing"
        row["evidence"] = "none" if empty else row["evidence"]
        row["lost"] = not empty
        row["reason"] = ("the service has no files of it: " if empty else "") + said(fetch)
        add_error(state, row["firewall"], f"{row['name']}: {row['reason']}")
    elif not fetch["files"]:
        row["evidence"] = "none"
        row["lost"] = row["status"] == "abnormal"
        row["reason"] = (
            spoken("it ended abnormally and left nothing; capture again with capture_again")
            if row["status"] == "abnormal"
            else "it captured nothing"
        )
        add_error(state, row["firewall"], f"{row['name']}: {row['reason']}")
    elif row["status"] == "abnormal":
        row["reason"] = spoken("it ended abnormally, and may be incomplete; capture again with capture_again")
        add_error(state, row["firewall"], f"{row['name']}: {row['reason']}")
    for file in fetch.get("files") or ():
        if file.get("path"):
            relative = f"{row['fw_instance_id']}/{file['file_name']}"
            values = {"size": file["size"], "sha256": file["sha256"], "task_id": row["task_id"]}
            state["files"].append(_file(state, row, relative, kind="capture", **values))
    count = len(fetch.get("files") or ())
    detail = f"{count} files of {row['name']}" if count else row["reason"]
    happened(state, seen_at(fetch, now), "capture_fetched", row, row["evidence"], detail)


def _file(state: Mapping[str, Any], row: Mapping[str, Any], relative: str, **values: Any) -> Row:
    return {
        "path": os.path.join(state["directory"], relative),
        "relative": relative,
        "name": relative.rpartition("/")[2],
        "fw_instance_id": row["fw_instance_id"],
        "label": row.get("label") or state["label"],
        **values,
    }


def logged(
    state: Mapping[str, Any], results: Sequence[Result], now: float, *, lists: Sequence[Result] = ()
) -> dict[str, Any]:
    """The state with all files that there will be, and what to write: `files` as incident_files takes them, in `directories`.

    A log that is as an earlier run saved it is not written again, and no file is ever written twice. `lists`: the entries
    of the case on the firewalls' block lists, read before the logs, as these say whether the block had been made.
    """
    after = copied(state)
    noted(after, lists, results)
    labels = labels_of(after, lists, "logs")
    recorded_files = _recorded_files(state)
    # Another run may be writing those of other firewalls right now.
    own = {firewall["fw_instance_id"] for firewall in state["firewalls"]}
    orphans = {path: what for path, what in state["evidence"]["orphans"].items() if path.partition("/")[0] in own}
    taken = [*recorded_files, *orphans]
    after["logs_failed"] = not any("logs" in result for result in ran(results))
    files: list[dict[str, Any]] = []
    for prefix in state["log_prefixes"]:
        add_error(after, "logs", f"{prefix} is a prefix, and logs are read of single addresses only")
    for result in ran(results):
        item = result["item"]
        kind = f"{item['type']}_log"
        if "logs" not in result:
            add_error(after, item["title"], f"{kind}: {said(result)}")
            continue
        if result["truncated"]:
            message = (
                f"{kind}: {result['total']} logs were read and there are more; raise {spoken('capture_log_limit')}"
            )
            add_error(after, item["title"], message)
        records = sha256_of(document([state["log_ips"], result["logs"]]))
        same = [
            row
            for row in recorded_files.values()
            if (row["kind"], row["fw_instance_id"], row.get("records_sha256"))
            == (kind, item["fw_instance_id"], records)
            # The reading that comes to the end of the window is saved as well, as the earlier one does not show that
            # nothing more came.
            and (_whole(state, row) or not _whole(state, result))
        ]
        if same:
            after["files"].append(_as_file(state, same[-1]))
            continue
        relative = next_log_path(item["fw_instance_id"], item["type"], taken)
        taken.append(relative)
        text = document(_log_content(state, result))
        files.append({"path": os.path.join(state["directory"], relative), "content": text, "exclusive": True})
        after["files"].append(
            {
                **_file(state, item, relative, kind=kind, size=len(text.encode("utf-8")), sha256=sha256_of(text)),
                "label": labels[item["fw_instance_id"]],
                "window": result["window"],
                "truncated": result["truncated"],
                "total": result["total"],
                "records_sha256": records,
            }
        )
        happened(after, moment(now), "logs_read", {"firewall": item["title"]}, kind, f"{result['total']} records")
    for relative, (size, sha256) in orphans.items():
        folder, _slash, name = relative.rpartition("/")
        file = _file(
            state, {"fw_instance_id": folder}, relative, kind=name.rpartition("-")[0], size=size, sha256=sha256
        )
        after["files"].append({**file, "note": "left by a run that did not come to an end"})
    folders = sorted({os.path.dirname(file["path"]) for file in files})
    return {
        "state": after,
        "files": files,
        "directories": [state["directory"], *folders] if files else [],
        "paths": [file["path"] for file in after["files"] if file["sha256"]],
        "uploads": _uploads(after, recorded_files),
    }


def _whole(state: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether a reading, or a file of one, is of the whole time around the event."""
    window = row.get("window") or {}
    start, end = seconds_of(window.get("start")), seconds_of(window.get("end"))
    return start is not None and end is not None and start <= state["log_start"] and end >= state["log_end"]


def _log_windows(state: Mapping[str, Any]) -> dict[str, Any]:
    """How much of the time around the event is saved: what had not passed when the logs were read is left to collect."""
    manifest = state.get("manifest") or state["evidence"]["manifest"]
    rows = [*manifest.get("files", ()), *state["files"]]
    reads = []
    for item in state["log_reads"]:
        of_log = (item["fw_instance_id"], f"{item['type']}_log")
        mine = [row for row in rows if (row["fw_instance_id"], row["kind"]) == of_log and row.get("window")]
        ends = [end for end in (seconds_of(row["window"].get("end")) for row in mine) if end is not None]
        reads.append(
            {
                "fw_instance_id": item["fw_instance_id"],
                "firewall": item["title"],
                "type": item["type"],
                "read_until": moment(max(ends)) if ends else None,
                "complete": any(_whole(state, row) for row in mine),
            }
        )
    return {
        "start": moment(state["log_start"]),
        "end": moment(state["log_end"]),
        "complete": all(read["complete"] for read in reads),
        "reads": reads,
    }


def _log_content(state: Mapping[str, Any], result: Result) -> dict[str, Any]:
    item = result["item"]
    return {
        "schema": SCHEMA,
        "case_id": state["case_id"],
        "type": item["type"],
        "fw_instance_id": item["fw_instance_id"],
        "firewall": item["title"],
        "ips": state["log_ips"],
        **{key: result[key] for key in ("window", "truncated", "total", "logs")},
    }


def _recorded_files(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {row["path"]: row for row in state["evidence"]["manifest"].get("files", ())}


def _as_file(state: Mapping[str, Any], row: Mapping[str, Any]) -> Row:
    """A row of the manifest, with the file's place on this machine."""
    relative = row["path"]
    place = os.path.join(state["directory"], relative)
    return {**row, "name": relative.rpartition("/")[2], "relative": relative, "path": place}


def _uploads(state: Mapping[str, Any], recorded_files: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the object store does not have yet."""
    if not state["store"] or state["check"]:
        return []
    return [
        # What is stored is evidence: another object of that name stays, and is told of.
        {**_upload(state, file["relative"], file["sha256"], file["size"]), "overwrite": "never"}
        for file in state["files"]
        if file["sha256"] and not recorded_files.get(file["relative"], {}).get("uri")
    ]


def _upload(state: Mapping[str, Any], relative: str, sha256: str, size: int) -> dict[str, Any]:
    return {
        "path": os.path.join(state["directory"], relative),
        "relative": relative,
        "key": f"{state['store']['prefix']}/{relative}",
        "sha256": sha256,
        "size": size,
    }


# Record


def in_store(state: State, puts: Sequence[Result], heads: Sequence[Result]) -> dict[str, dict[str, str]]:
    """What the object store has, as it says itself, by relative path. What it lacks is an error."""
    sent = {one["item"]["relative"]: one for one in ran(puts)}
    found = {}
    for head in ran(heads):
        item = head["item"]
        rows = head.get("object_info") or [{}]
        data = rows[0].get("object_data") or {}
        sha256 = (data.get("metadata") or {}).get("sha256")
        if data.get("content_length") == item["size"] and sha256 in (None, item["sha256"]):
            etag = str(data.get("e_tag") or data.get("etag") or "").strip('"')
            uri = f"s3://{state['store']['bucket']}/{item['key']}"
            found[item["relative"]] = {"uri": uri, "etag": etag, "sha256": item["sha256"]}
            continue
        put = sent.get(item["relative"], {})
        why = "another object is in its place" if data else said(head if put.get("changed") else put)
        # It was asked to be there, and this disk may be gone soon.
        state["unsafe"] = True
        add_error(state, "store", f"{item['relative']} is not in the object store: {why}")
    return found


def recorded(
    state: Mapping[str, Any],
    hashes: Sequence[Result],
    puts: Sequence[Result],
    heads: Sequence[Result],
    saved: Result | None = None,
    manifest: tuple[Mapping[str, Any], str] | None = None,
    *,
    now: float,
) -> dict[str, Any]:
    """The state with the files as they were read back, and the documents to write: none if nothing is new.

    `documents` are files as incident_files takes them, and reports what became of them to `public_result`. `manifest` is
    the one that is there now, and its SHA-256: runs at other firewalls may have added to it since this one began.
    """
    before, sha256 = manifest or (state["evidence"]["manifest"], "")
    state = {**state, "evidence": {**state["evidence"], "manifest": before}}
    after = copied(state)
    stored = in_store(after, puts, heads)
    disk = {one["path"]: one for one in hashes}
    whole = said(saved) if saved and "msg" in saved and not saved.get("skipped") else ""
    why = {row["path"]: row.get("reason") for row in (saved or {}).get("files") or ()}
    kept = []
    for file in after["files"]:
        there = disk.get(file["path"], {})
        if state["check"] or (there.get("sha256"), there.get("size")) == (file["sha256"], file["size"]):
            kept.append(file)
        else:
            after["unsafe"] = True
            reason = why.get(file["path"]) or whole or "check the disk"
            add_error(after, file["relative"], f"it is not on disk as it was to be written: {reason}")
    after["files"] = kept
    at = moment(now)
    after["finished_at"] = at
    rows = [] if state["check"] else [_file_entry(file, stored.get(file["relative"]), before, at) for file in kept]
    fresh = len({row["path"] for row in rows} - set(_recorded_files(state)))
    record = manifest_of(
        before,
        case_id=state["case_id"],
        event_time=state["event_time"],
        now=at,
        run=_run(after, at),
        captures=[] if state["check"] else [_capture_entry(row) for row in after["rows"]],
        files=rows,
        custody=_custody(after, at, fresh, len(stored)),
    )
    text = document(record)
    after["manifest"] = record
    after["manifest_text"] = text
    texts: dict[str, str] = {}
    if not state["check"] and (record["files"] or record["captures"]):
        texts = {MANIFEST: text, SUMS: sums_of(record, text)}
    # Sent again if nothing is new: an earlier run may not have come so far. What is there already stays.
    uploads = [
        {**_upload(state, name, sha256_of(content), len(content.encode("utf-8"))), "overwrite": "different"}
        for name, content in texts.items()
        if state["store"]
    ]
    documents = [
        {"path": os.path.join(state["directory"], name), "content": content}
        for name, content in texts.items()
        if record != before
    ]
    basis = [{"path": os.path.join(state["directory"], MANIFEST), "sha256": sha256}] if documents else []
    return {"state": after, "documents": documents, "basis": basis, "uploads": uploads}


def _file_entry(
    file: Mapping[str, Any], stored: Mapping[str, str] | None, before: Mapping[str, Any], at: str
) -> dict[str, Any]:
    """A file as the manifest has it. What was recorded of it first stays."""
    old: Mapping[str, Any] = next((row for row in before.get("files", ()) if row["path"] == file["relative"]), {})
    entry = {key: value for key, value in file.items() if key not in ("name", "relative")}
    entry["path"] = file["relative"]
    entry["label"] = old.get("label") or file["label"]
    entry["collected_at"] = old.get("collected_at") or at
    if stored:
        entry.update(uri=stored["uri"], etag=stored["etag"])
    return entry


def _capture_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("case_id", "connection", "holder", "lost")}


def _run(state: Mapping[str, Any], at: str) -> dict[str, Any]:
    return {
        "started_at": state["started_at"],
        "finished_at": at,
        **state["who"],
        "clock_difference": state["clock_difference"],
        "parameters": {
            key: state[key]
            for key in (
                *("attackers", "victims", "pair", "protocol", "duration", "max_packets", "label", "wait"),
                *("stop_after", "event_time", "log_limit"),
            )
        }
        | {
            "firewalls": [one["fw_instance_id"] for one in state["firewalls"]],
            "log_window": {"start": moment(state["log_start"]), "end": moment(state["log_end"])},
        },
        "errors": state["errors"],
    }


def _custody(state: Mapping[str, Any], at: str, fresh: int, stored: int) -> list[dict[str, Any]]:
    """Who had the evidence in hand: collected, read back, stored."""
    who = {"at": at, "by": state["who"]["by"], "awx_job_id": state["who"]["awx_job_id"]}
    place = f"{state['who']['host']}:{state['directory']}"
    rows = []
    if fresh:
        rows.append({**who, "action": "collected", "where": place, "files": fresh})
        rows.append({**who, "action": "verified", "where": place, "files": fresh})
    if stored:
        where = f"s3://{state['store']['bucket']}/{state['store']['prefix']}"
        rows.append({**who, "action": "stored", "where": where, "files": stored})
    return rows


# Result


def public_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A capture as results show it."""
    return {key: value for key, value in row.items() if key not in ("connection", "lost")}


def public_result(
    state: Mapping[str, Any],
    written: Result | None = None,
    puts: Sequence[Result] = (),
    heads: Sequence[Result] = (),
    *,
    now: float,
) -> dict[str, Any]:
    """The role's result, complete after any step."""
    after = copied(state)
    for name, why in _unwritten(after, written or {}):
        after["unsafe"] = True
        add_error(after, name, f"it could not be written: {why}")
    in_bucket = [row for row in after.get("manifest", {}).get("files", ()) if row.get("uri")]
    stored = [
        {key: row[key] for key in ("uri", "sha256")} for row in [*in_bucket, *in_store(after, puts, heads).values()]
    ]
    live = [row for row in after["rows"] if row["result"] in (*CAPTURED, "planned") and row["pair"]]
    manifest = after.get("manifest", {})
    known = {row["path"]: _as_file(after, row) for row in manifest.get("files", ())}
    known.update({file["relative"] or file["path"]: file for file in after["files"]})
    shown = ("path", "name", "kind", "fw_instance_id", "size", "sha256", "label")
    files = [
        {**{key: file[key] for key in shown}, "task_id": str(file.get("task_id") or "")}
        for _path, file in sorted(known.items())
    ]
    path = os.path.join(after["directory"], MANIFEST)
    has_manifest = bool(manifest.get("files") or manifest.get("captures"))
    if has_manifest:
        text = after["manifest_text"]
        row = {"fw_instance_id": "", "size": len(text.encode("utf-8")), "sha256": sha256_of(text)}
        files.append(
            {"path": path, "name": MANIFEST, "kind": "manifest", **row, "label": after["label"], "task_id": ""}
        )
    return {
        "case_id": after["case_id"],
        "planned": after["check"],
        "started_at": after["started_at"],
        "finished_at": after.get("finished_at") or moment(now),
        "pair": live[0]["pair"] if live else None,
        "others": others_of(after, live),
        "directory": after["directory"],
        "captures": [public_row(row) for row in after["rows"]],
        "files": files,
        "manifest": path if has_manifest or after["check"] else "",
        "clock_difference": after["clock_difference"],
        "stored": stored,
        "event_time": after["event_time"],
        "attackers": after["attackers"],
        "victims": after["victims"],
        "logs": _log_windows(after),
        "errors": after["errors"],
        "timeline": sorted(after["timeline"], key=lambda one: str(one["at"])),
        **_verdict(after, live),
    }


def _unwritten(state: Mapping[str, Any], written: Result) -> list[tuple[str, str]]:
    """What incident_files says that it did not write, and why. A run that says nothing of any file wrote none."""
    if "files" not in written:
        return [(MANIFEST, said(written))] if "msg" in written and not written.get("skipped") else []
    return [
        (os.path.relpath(row["path"], state["directory"]), row["reason"])
        for row in written["files"]
        if row["result"] not in ("written", "unchanged")
    ]


def _verdict(state: Mapping[str, Any], live: Sequence[Row]) -> dict[str, Any]:
    """Whether the role has to fail, and what it says at its end."""
    errors = "; ".join(f"{one['scope']}: {one['message'].rstrip('.')}" for one in state["errors"])
    if state.get("unsafe"):
        return {"ok": False, "message": f"Case {state['case_id']}: not all evidence could be kept. {errors}."}
    lost = all(row.get("lost") for row in live)
    if state["purpose"] == "collect" and all(row["result"] == "skipped" for row in state["rows"]):
        # Nothing runs any more, as when a later run collects the rest of the logs.
        lost = state.get("logs_failed", False)
    nothing = state.get("logs_failed", False) if state["purpose"] == "logs" else lost
    if nothing and state["required"]:
        hint = spoken("Set right what is named and run it again, or set capture_required to false to go on without")
        return {"ok": False, "message": f"Case {state['case_id']}: nothing could be captured. {errors}. {hint}."}
    count = sum(1 for row in state["rows"] if row["evidence"] != "none")
    done = f"Case {state['case_id']}: {len(live)} captures, {count} of them with evidence, in {state['directory']}"
    return {"ok": True, "message": f"{done}. Not all went well: {errors}." if errors else f"{done}."}
