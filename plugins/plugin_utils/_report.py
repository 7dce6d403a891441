# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The incident report as one document: facts of this run and runs on file in, what report.json holds out. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._version import VERSION
from ansible_collections.secops.cfw.plugins.plugin_utils import _report_runs as runs_
from ansible_collections.secops.cfw.plugins.plugin_utils._report_commands import commands, is_saved
from ansible_collections.secops.cfw.plugins.plugin_utils._report_state import (
    LISTED,
    Standing,
    place,
    rows,
    stand,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import (
    PERMANENT,
    beijing,
    iso,
    moment,
    plural,
    text,
    utc,
    visible,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import RELEASED

SCHEMA = "urn:secops.cfw:incident-report:1.0"
STATEMENTS = (
    "Listed is not enforced: an entry that was read back stands on the list, and that the firewall drops the traffic "
    "is shown only where hits were seen.",
    "Established sessions are not proven cut: a new entry may act on new sessions only. End them at the host, or look "
    "at its connections.",
    "A firewall acts only on traffic that passes it: addresses reported as not in path are not protected by it. That is "
    "read at Huawei only; whether Tencent's firewall is on for an address is to be seen in its console.",
)
SUMMARY_BYTES = 90_000
_STATS_ROWS = 500


def document(
    record: Mapping[str, Any], on_file: Sequence[Mapping[str, Any]], places: Mapping[str, Any]
) -> dict[str, Any]:
    """The report of a case.

    `record`: this run, from run_record(). `on_file`: from read_runs(). `places`: directory, json, markdown, html: where
    the report is or would be written.
    """
    runs, unreadable = runs_.merged(record, on_file)
    now = moment(record["written_at"]) or datetime.now(timezone.utc)
    standing = stand(runs, now)
    in_force = standing.listed("in_force")
    open_, spared = standing.open(), standing.spared()
    problems = list(_problems(runs, unreadable))
    evidence = _evidence(runs)
    names = _names(standing, evidence)
    for row in [*open_, *spared, *problems]:
        row["firewall"] = row.get("firewall") or names.get(row["scope"], "")
    found = {
        "planned": record["planned"],
        "schema": SCHEMA,
        "schema_version": runs_.SCHEMA_VERSION,
        "generated_at": iso(now),
        "generator": {"collection": "secops.cfw", "version": VERSION, **record["versions"]},
        "case_id": record["case_id"],
        "run_id": record["run_id"],
        "stage": record["stage"],
        "outcome": _outcome(record, runs, standing, in_force, open_, problems),
        "failed": bool(record["failure"]),
        "failure": record["failure"],
        "in_force": in_force,
        "not_contained": open_,
        "refused": spared,
        "released": standing.listed("released"),
        "plan": standing.plan,
        "deadlines": _deadlines(
            in_force + [one for one in open_ if one["state"] in LISTED and one["listed"]], evidence, now
        ),
        "statements": list(STATEMENTS),
        "problems": problems,
        "targets": _targets(standing),
        "timeline": _timeline(runs),
        "evidence": evidence,
        "hunt": _last(runs, "hunt"),
        "firewalls": names,
        "people": [_person(run) for run in runs],
        "accounts": _accounts(runs),
        "request_ids": _request_ids(runs),
        "clocks": _clocks(runs),
        "overrides": list(_overrides(runs)),
        "protection": _protection(runs),
        "snapshots": list(_snapshots(runs, standing)),
        "quota": _quota(runs),
        "blocks": [result for _run_id, result in _with(runs, "block")],
        "releases": list(_releases(runs)),
        "runs": [_run(run, record) for run in runs],
        "paths": {key: text(places.get(key)) for key in ("directory", "json", "markdown", "html")},
    }
    found["headline"] = _headline(found)
    found["commands"] = commands(found, runs, standing, bool(record["awx"]))
    return runs_.signed(found)


def _with(runs: Sequence[Mapping[str, Any]], step: str, plans: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    for run in runs:
        result = run["results"].get(step)
        if result and (plans or not result.get("planned")):
            yield text(run["run_id"]), result


def _last(runs: Sequence[Mapping[str, Any]], step: str) -> dict[str, Any]:
    found = [result for _run_id, result in _with(runs, step, plans=True)]
    return found[-1] if found else {}


def _names(standing: Standing, evidence: Mapping[str, Any]) -> dict[str, str]:
    """The firewalls' names by their ids, as far as one of the steps told them."""
    known = {row["fw_instance_id"]: row["firewall"] for row in evidence["captures"]}
    known.update({row["scope"]: row["firewall"] for row in standing.entries.values() if row["firewall"]})
    return known


# --- where things stand ---


def _together(record: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> set[str]:
    """The runs that went on while this one did, such as slices of one job: what failed in them counts as in this one."""
    return {
        text(run["run_id"])
        for run in runs
        if run["run_id"] == record["run_id"]
        or (
            not run.get("planned")
            and text(run.get("started_at")) < text(record["written_at"])
            and text(run.get("written_at")) > text(record["started_at"]) > ""
        )
    }


def _outcome(
    record: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    standing: Standing,
    in_force: Sequence[Any],
    open_: Sequence[Mapping[str, Any]],
    problems: Sequence[Mapping[str, Any]],
) -> str:
    if record["planned"]:
        return "planned"
    together = _together(record, runs)
    failure = any(run.get("failure") for run in runs if run["run_id"] in together)
    if in_force:
        lost = failure or any(row["run_id"] in together and row["error"] for row in problems)
        return "partly_contained" if open_ or lost else "contained"
    found = {row["state"] for row in open_}
    # The guard refuses all when it refuses one.
    refused = "refused" in found or standing.spared()
    if (refused or (standing.refusal and (found or failure))) and found <= {
        "refused",
        "not_attempted",
    }:
        return "refused"
    if open_:
        return "not_contained"
    if failure:
        return "failed"
    return "released" if standing.listed("released") else "nothing_in_force"


def _headline(found: Mapping[str, Any]) -> str:
    held = {row["target"] for row in found["in_force"]}
    open_ = {row["target"] for row in found["not_contained"]}
    only = open_ - held
    elsewhere = open_ & held
    refused = {row["target"] for row in [*found["refused"], *found["not_contained"]] if row["state"] == "refused"}
    outcome = found["outcome"]
    if outcome == "planned":
        planned = {row["target"] for row in found["plan"]}
        said = f"Plan only, nothing was changed: the real run would act on {plural(len(planned), 'target')}."
        return said + (f" {plural(len(refused), 'target')} would be refused." if refused else "")
    if outcome == "contained":
        return f"{_on_the_list(found['in_force'])}; nothing is known to be open."
    if outcome == "partly_contained":
        said = _on_the_list(found["in_force"])
        if elsewhere:
            said += f", {len(elsewhere)} of them not everywhere"
        if only:
            said += f"; {plural(len(only), 'other address', 'other addresses')} not contained or unknown"
        return f"{said}." if open_ else f"{said}; but something failed or could not be read."
    if outcome == "refused" and not refused:
        return "Refused: the guard let nothing pass. No block is in force for this case."
    if outcome == "refused":
        return f"Refused: {plural(len(refused), 'target')} must not be blocked. No block is in force for this case."
    if outcome == "not_contained":
        return f"Nothing is in force: {plural(len(open_), 'address', 'addresses')} not contained or unknown."
    if outcome == "failed":
        return "A step failed, and no block is known to be in force for this case."
    if outcome == "released":
        return "All blocks of this case were taken back."
    return "No block is in force for this case."


def _on_the_list(in_force: Sequence[Mapping[str, Any]]) -> str:
    """How many targets the case's entries hold, and how many only others' do, which may take them off any time."""
    own = {row["target"] for row in in_force if row["token"]}
    others = {row["target"] for row in in_force} - own
    if not others:
        return f"{plural(len(own), 'target')} on the block list, read back"
    read = [moment(row["as_of"]) for row in in_force if row["target"] in others]
    oldest = min((at for at in read if at), default=None)
    at = f"as of {oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest and all(read) else "when that was read is not known"
    if not own:
        return f"{plural(len(others), 'target')} on the block list by others' entries, {at}"
    return f"{plural(len(own), 'target')} on the block list, read back; {len(others):,} more by others' entries, {at}"


def _targets(standing: Standing) -> list[dict[str, Any]]:
    return sorted(standing.entries.values(), key=lambda row: (row["target"], row["cloud"], row["scope"]))


def _deadlines(held: Sequence[dict[str, Any]], evidence: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for row in held:
        group = groups.setdefault((row["until"], row["cloud"], row["scope"], row["firewall"], row["token"]), [])
        group.append(row["target"])
    found = []
    for (until, cloud, scope, firewall, own), targets in groups.items():
        where = place(cloud, scope, firewall)
        count = plural(len(targets), "block")
        if not own:
            found.append(
                _others_deadline(until, cloud, f"{plural(len(targets), 'entry', 'entries')} at {where}", targets)
            )
            continue
        if until == PERMANENT:
            kind, what = (
                "permanent",
                f"{count} at {where}: permanent, never ends by itself. Review it, undo it when done.",
            )
        elif cloud == "huawei":
            kind = "huawei_removal"
            what = f"{count} at {where}: does NOT end by itself. Undo by then, or extend."
            end = moment(until)
            if end and end <= now:
                what = f"{count} at {where}: OVERDUE, still listed because nothing ends it there. Undo now, or extend."
        elif moment(until):
            kind, what = "expiry", f"{count} at {where}: ends by itself. Extend before, or the address is open again."
        else:
            kind, what = "unknown_end", f"{count} at {where}: when it ends is not known. Read the status."
        found.append(_deadline(kind, until if until != PERMANENT else "", what, targets))
    for capture in evidence["captures"]:
        if capture["delete_on"] and capture["result"] not in ("planned", "failed", "skipped"):
            what = f"the cloud deletes capture {capture['name']} at {place('huawei', capture['fw_instance_id'], capture['firewall'])}"
            saved = is_saved(capture, evidence)
            what += ". A copy is saved." if saved else ". NO copy is known: fetch it before."
            found.append(_deadline("evidence", capture["delete_on"], what, []))
    found += _log_deadlines(evidence["logs"], now)
    return sorted(found, key=lambda row: (row["at"] or "~", row["kind"], row["what"]))


def _others_deadline(until: str, cloud: str, entries: str, targets: list[str]) -> dict[str, Any]:
    """Of entries that are not this case's: undo leaves them, and their owners may take them off any time."""
    said = f"{entries} of others, not of this case: undo leaves them, and others may take them off any time"
    end = until if until != PERMANENT and moment(until) else ""
    if end and cloud == "huawei":
        said += ". By this time their owners want them off. Ask the owners, or block for this case before"
    elif end:
        said += ", and they end by themselves. Block for this case before, or the addresses are open again"
    else:
        said += ". When they end is not known" if until != PERMANENT else ". They have no end of their own"
    return _deadline("others", end, f"{said}.", targets)


def _log_deadlines(windows: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The logs around the event that were still to come when they were read, by place and end of the window."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in windows:
        if not row["complete"]:
            groups.setdefault((row["end"], row["fw_instance_id"], row["firewall"]), []).append(row)
    found = []
    for (end, scope, firewall), logs in groups.items():
        kinds = ", ".join(text(row["type"]).replace("_", " ") for row in logs)
        until = min(text(row["read_until"]) for row in logs)
        saved = f"they are saved up to {utc(until)}" if until else "not all of them are saved"
        over = moment(end)
        when = f"after {utc(end)} ({beijing(end)})" if over and over > now else f"now, as {utc(end)} has passed"
        found.append(
            _deadline(
                "logs",
                end,
                f"the {kinds} logs at {place('huawei', scope, firewall)} are not complete, {saved}. "
                f"Collect the rest {when}, before the cloud deletes them: command 'Collect the rest of the logs'.",
                [],
            )
        )
    return found


def _deadline(kind: str, at: str, what: str, targets: list[str]) -> dict[str, Any]:
    return {"kind": kind, "at": at, "at_beijing": beijing(at), "who": "shift on duty", "what": what, "targets": targets}


# --- what happened ---


def _problems(runs: Sequence[Mapping[str, Any]], unreadable: Sequence[str]) -> Iterator[dict[str, Any]]:
    def problem(run: Mapping[str, Any], step: str, message: str, error: bool = True, **more: Any) -> dict[str, Any]:
        known = {key: text(more.get(key)) for key in ("cloud", "scope", "code", "hint")}
        return {"run_id": text(run.get("run_id")), "step": step, "message": message, "error": error, **known}

    for sentence in unreadable:
        yield problem({}, "report", sentence)
    for run in runs:
        if run.get("failure"):
            yield problem(run, text(run.get("stage")) or "run", text(run["failure"]))
        if not run.get("complete") and not run.get("planned"):
            done = [step for step in runs_.STEPS if run["results"].get(step)]
            last = f"the last step on record is {done[-1]}" if done else "no step is on record"
            yield problem(run, "report", f"The run has not reported: it is still going, or it crashed: {last}.")
        for note in run.get("notes") or []:
            yield problem(run, "report", text(note), error=False)
        for step in runs_.STEPS:
            result = run["results"].get(step) or {}
            for row in rows(result, "refused") if step == "guard" else []:
                if not text(row.get("target")):
                    known: dict[str, Any] = {key: row.get(key) for key in ("cloud", "scope", "code")}
                    yield problem(run, step, text(row.get("reason")) or text(row.get("code")) or "refused", **known)
            for row in rows(result, "errors"):
                more: dict[str, Any] = {key: row.get(key) for key in ("cloud", "scope", "code", "hint")}
                yield problem(run, step, text(row.get("message")), **more)
            for warning in result.get("warnings") or [] if isinstance(result.get("warnings"), list) else []:
                yield problem(run, step, text(warning), error=False)
            if step == "status" and result.get("complete") is False and not rows(result, "errors"):
                yield problem(run, step, "Not every list could be read: what is in force is not fully known.")
            online = result.get("online") if step == "guard" else None
            if isinstance(online, dict) and online.get("checked") is False:
                why = text(online.get("skipped_because")) or "no reason is given"
                yield problem(run, step, f"The clouds were not asked for own addresses and quota: {why}.", error=False)


def _timeline(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for run in runs:
        run_id = text(run["run_id"])
        events = [
            {"at": run.get("started_at"), "step": "run", "result": "planned" if run.get("planned") else "started"}
        ]
        for step in runs_.STEPS:
            events += [{"step": step, **row} for row in rows(run["results"].get(step), "timeline")]
            events += _one_moment(step, run["results"].get(step))
        if run.get("complete"):
            ended = {
                "at": run.get("written_at"),
                "step": "report",
                "result": "failed" if run.get("failure") else "written",
            }
            events.append({**ended, "detail": run.get("failure")})
        for event in events:
            row = {
                key: text(event.get(key)) for key in ("at", "step", "target", "result", "detail", "cloud", "request_id")
            }
            # Steps hand on what they got from one another: the same event is told once.
            found.setdefault((run_id, *row.values()), {**row, "run_id": run_id})
    ordered = sorted(found.values(), key=lambda row: moment(row["at"]) or datetime.max.replace(tzinfo=timezone.utc))
    return [{"n": number, **row} for number, row in enumerate(ordered, 1)]


def _one_moment(step: str, result: Any) -> list[dict[str, Any]]:
    """The event of a step that only reads, and has no timeline of its own."""
    if not isinstance(result, Mapping) or rows(result, "timeline"):
        return []
    if step == "guard" and result.get("checked_at"):
        word = "passed" if result.get("ok") else "refused"
        detail = f"{plural(len(result.get('targets') or ()), 'target')}, {len(result.get('refused') or ())} refused"
        return [{"at": result.get("checked_at"), "step": step, "result": word, "detail": detail}]
    if step == "snapshot" and result.get("taken_at"):
        tencent = result.get("tencent")
        known = tencent if isinstance(tencent, Mapping) else {}
        lists = sum(len(rows(firewall, "entries")) for firewall in rows(result, "huawei"))
        counts = [
            plural(len(rows(known, "rules")) + lists, "list entry", "list entries"),
            plural(len(rows(known, "alerts")), "alert"),
        ]
        return [{"at": result.get("taken_at"), "step": step, "result": "read", "detail": ", ".join(counts)}]
    if step == "hunt" and result.get("searched_at"):
        others = sum(len(rows(attacker, "peers")) for attacker in rows(result, "attackers"))
        return [{"at": result.get("searched_at"), "step": step, "result": "read", "detail": plural(others, "contact")}]
    return []


_CAPTURE = (
    "fw_instance_id", "firewall", "region", "name", "task_id", "status", "label", "started_at", "seen_running_at",
    "ended_at", "evidence", "result", "reason", "delete_on",
)  # fmt: skip

_FILE = ("path", "name", "kind", "fw_instance_id", "task_id", "sha256", "label")


def _evidence(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    captures: dict[tuple[str, ...], dict[str, Any]] = {}
    files: dict[str, dict[str, Any]] = {}
    stored: dict[str, dict[str, Any]] = {}
    pair: dict[str, str] = {}
    others: list[str] = []
    windows: dict[tuple[str, str], dict[str, Any]] = {}
    where = {"directory": "", "manifest": ""}
    for run_id, result in _with(runs, "capture", plans=True):
        for row in rows(result, "captures"):
            known = {key: text(row.get(key)) for key in _CAPTURE}
            days = row.get("remaining_days")
            known_days = days if isinstance(days, int) and not isinstance(days, bool) else None
            captures[known["fw_instance_id"], known["name"] or known["task_id"]] = {
                **known,
                "remaining_days": known_days,
                "request_ids": _texts(row.get("request_ids")),
                "run_id": run_id,
            }
        for row in rows(result, "files"):
            named = {key: text(row.get(key)) for key in _FILE}
            bytes_ = row.get("size")
            counted = bytes_ if isinstance(bytes_, int) and not isinstance(bytes_, bool) else None
            files[named["path"] or named["name"]] = {**named, "size": counted, "run_id": run_id}
        for row in rows(result, "stored"):
            stored[text(row.get("uri"))] = {"uri": text(row.get("uri")), "sha256": text(row.get("sha256"))}
        _note_windows(windows, result)
        if isinstance(result.get("pair"), dict):
            pair = {key: text(value) for key, value in result["pair"].items()}
        if isinstance(result.get("others"), list):
            others = _texts(result["others"])
        where = {key: text(result.get(key)) or where[key] for key in where}
    return {
        **where, "pair": pair, "others": others, "captures": list(captures.values()), "files": list(files.values()),
        "stored": list(stored.values()), "logs": list(windows.values()),
    }  # fmt: skip


def _note_windows(windows: dict[tuple[str, str], dict[str, Any]], result: Mapping[str, Any]) -> None:
    """How far the logs around the event are saved, by firewall and type; a later run knows better."""
    logs = result.get("logs")
    if result.get("planned") or not isinstance(logs, Mapping):
        return
    for row in rows(logs, "reads"):
        known = {key: text(row.get(key)) for key in ("fw_instance_id", "firewall", "type", "read_until")}
        span_ = {key: text(logs.get(key)) for key in ("start", "end")}
        windows[known["fw_instance_id"], known["type"]] = {
            **known, **span_, "complete": row.get("complete") is True, "event_time": text(result.get("event_time")),
            "attackers": _texts(result.get("attackers")), "victims": _texts(result.get("victims")),
        }  # fmt: skip


def _texts(value: Any) -> list[str]:
    return [text(one) for one in value] if isinstance(value, list) else []


def _person(run: Mapping[str, Any]) -> dict[str, Any]:
    awx = {key: text(value) for key, value in (run.get("awx") or {}).items()}
    return {
        "run_id": text(run["run_id"]), "operator": text(run.get("operator")), "awx": awx,
        "approval": text(run.get("approval")),
    }  # fmt: skip


def _accounts(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    tencent = ""
    huawei: dict[tuple[str, str], dict[str, Any]] = {}
    for step in ("block", "unblock"):
        for _run_id, result in _with(runs, step, plans=True):
            accounts = result.get("accounts")
            if isinstance(accounts, dict):
                tencent = text(accounts.get("tencent")) or tencent
            for row in rows(accounts, "huawei"):
                known = {key: text(row.get(key)) for key in ("project_id", "fw_instance_id", "region")}
                given = row.get("project_given") is not False
                huawei[known["project_id"], known["fw_instance_id"]] = {**known, "project_given": given}
    return {"tencent": tencent, "huawei": list(huawei.values())}


def _request_ids(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for run in runs:
        for step in runs_.STEPS:
            result = run["results"].get(step)
            listed = [(row.get("cloud"), row.get("call"), row.get("request_id")) for row in rows(result, "request_ids")]
            listed += [(row.get("cloud"), step, row.get("request_id")) for row in rows(result, "timeline")]
            for row in rows(result, "captures"):
                ids = row.get("request_ids")
                listed += [("huawei", "capture", one) for one in ids] if isinstance(ids, list) else []
            for cloud, call, request_id in listed:
                key = (text(run["run_id"]), text(request_id))
                if key[1]:
                    row = {"run_id": key[0], "cloud": text(cloud), "call": text(call), "request_id": key[1]}
                    found.setdefault(key, row)
    return list(found.values())


def _clocks(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for run in runs:
        known: dict[str, Any] = {}
        for step in runs_.STEPS:
            result = run["results"].get(step) or {}
            clock = result.get("clock")
            if isinstance(clock, dict):
                known.update({text(cloud): value for cloud, value in clock.items()})
            if "clock_difference" in result:
                known.setdefault("huawei", result["clock_difference"])
        for cloud, value in sorted(known.items()):
            # A module's whole clock is as good as its difference alone.
            seconds = value.get("difference") if isinstance(value, dict) else value
            if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
                found.append({"run_id": text(run["run_id"]), "cloud": cloud, "difference": seconds})
    return found


def _overrides(runs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for run_id, result in _with(runs, "guard", plans=True):
        for kind, name in (("override", "overrides"), ("acknowledged", "acknowledged")):
            for row in rows(result, name):
                known = {key: text(row.get(key)) for key in ("target", "because", "reason")}
                yield {"run_id": run_id, "kind": kind, **known}
        if result.get("waiver"):
            because = "the protected list is empty"
            yield {
                "run_id": run_id,
                "kind": "waiver",
                "target": "",
                "because": because,
                "reason": text(result["waiver"]),
            }
        online = result.get("online")
        if isinstance(online, dict) and online.get("checked") is False:
            reason = text(online.get("skipped_because"))
            because = "own addresses and quota were not looked up"
            yield {
                "run_id": run_id,
                "kind": "online checks skipped",
                "target": "",
                "because": because,
                "reason": reason,
            }


def _protection(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    guard = _last(runs, "guard")
    found = guard.get("protection") or _last(runs, "block").get("protection") or {}
    found = found if isinstance(found, dict) else {}
    entries = found.get("entries")
    sources = found.get("sources")
    online = guard.get("online") if isinstance(guard.get("online"), dict) else {}
    own = online.get("own_addresses") if online else None
    return {
        "known": bool(found),
        "entries": entries if isinstance(entries, int) and not isinstance(entries, bool) else 0,
        "sources": {text(key): value for key, value in sources.items()} if isinstance(sources, dict) else {},
        "own_addresses": own if isinstance(own, int) and not isinstance(own, bool) else None,
        "folded": [{key: text(row.get(key)) for key in ("given", "target")} for row in rows(guard, "folded")],
    }


def _snapshots(runs: Sequence[Mapping[str, Any]], standing: Standing) -> Iterator[dict[str, Any]]:
    """What stood on the lists before, in numbers, and the rows about this case's targets; the run file has all."""
    wanted = {target for _cloud, _scope, target in standing.entries}
    for run_id, result in _with(runs, "snapshot", plans=True):
        tencent = result.get("tencent")
        places = [
            {
                "cloud": "tencent",
                "scope": "",
                "entries": len(rows(tencent, "rules")),
                "alerts": len(rows(tencent, "alerts")),
            }
        ]
        about = [_before("tencent", "", row) for row in rows(tencent, "rules") if text(row.get("target")) in wanted]
        for firewall in rows(result, "huawei"):
            scope = text(firewall.get("fw_instance_id"))
            places.append({"cloud": "huawei", "scope": scope, "entries": len(rows(firewall, "entries")), "alerts": 0})
            about += [
                _before("huawei", scope, row) for row in rows(firewall, "entries") if text(row.get("target")) in wanted
            ]
        yield {"run_id": run_id, "taken_at": text(result.get("taken_at")), "places": places, "about": about}


def _before(cloud: str, scope: str, row: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        "cloud": cloud, "scope": scope, "target": text(row.get("target")), "action": text(row.get("action")),
        "note": text(row.get("comment") or row.get("description")), "expires": text(row.get("expires")),
        "expired": bool(row.get("expired")),
    }  # fmt: skip
    directions = _texts(row.get("directions")) or ([text(row["direction"])] if row.get("direction") else [])
    if cloud == "huawei" and (row.get("protocol", "any") != "any" or row.get("port")):
        # Of a part of the traffic only: undo has nothing to do with it.
        directions = []
    return {**known, "directions": directions}


def _releases(runs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What runs lifted, and how many of the blocks came before: undo must not put back what was there before that."""
    blocks = 0
    for run in runs:
        for step in ("block", "unblock"):
            result = run["results"].get(step)
            if not result or result.get("planned"):
                continue
            blocks += step == "block"
            for row in rows(result, "targets") if step == "unblock" and not run.get("planned") else []:
                if row.get("result") in RELEASED:
                    known = {key: text(row.get(key)) for key in ("cloud", "scope", "target", "result")}
                    yield {**known, "run_id": text(run["run_id"]), "blocks": blocks}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _quota(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("total", "used", "left", "needed")
    return [
        {
            "cloud": text(row.get("cloud")),
            "scope": text(row.get("scope")),
            **{key: _whole(row.get(key)) for key in names},
            "unread": text(row.get("unread")),
        }
        for row in rows(_last(runs, "guard"), "quota")
    ]


def _run(run: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run_id": text(run["run_id"]),
        "this": run["run_id"] == record["run_id"],
        "file": text(run["file"]),
        "sha256": text(run["sha256"]),
        "started_at": text(run.get("started_at")),
        "written_at": text(run.get("written_at")),
        "complete": bool(run.get("complete")),
        "planned": bool(run.get("planned")),
        "stage": text(run.get("stage")),
        "steps": [step for step in runs_.STEPS if run["results"].get(step)],
        "failure": text(run.get("failure")),
        # Here they stay, also when a later run was let pass.
        "refused": [
            {key: text(row.get(key)) for key in ("target", "cloud", "scope", "code", "reason")}
            for row in rows(run["results"].get("guard"), "refused")
        ],
    }


# --- short forms ---


def summary(found: Mapping[str, Any], written: bool) -> dict[str, Any]:
    """What `set_stats` carries to AWX and to later workflow nodes: below 100 kB, whatever the report holds."""
    short = {
        "schema_version": found["schema_version"],
        "case_id": found["case_id"],
        "run_id": found["run_id"],
        "planned": found["planned"],
        "outcome": found["outcome"],
        "headline": found["headline"],
        "failed": found["failed"],
        "failure": found["failure"][:2000],
        "generated_at": found["generated_at"],
        "report": {
            "written": written,
            **found["paths"],
            "sha256": hashlib.sha256(runs_.json_text(found).encode("ascii")).hexdigest() if written else "",
            "integrity": found["integrity"]["sha256"],
        },
        "counts": {
            name: len(found[name]) for name in ("in_force", "not_contained", "refused", "released", "plan", "problems")
        },
        "commands": {row["name"]: row["line"] for row in found["commands"]},
        "message": message(found, written),
    }
    lists = {
        "not_contained": ("target", "cloud", "scope", "firewall", "state", "reason"),
        "refused": ("target", "cloud", "scope", "reason"),
        "in_force": ("target", "cloud", "scope", "firewall", "until", "enforcement"),
        "deadlines": ("at", "what"),
        "plan": ("action", "target", "cloud", "scope"),
        "problems": ("step", "cloud", "scope", "message"),
    }
    short.update({name: [] for name in lists})
    short["truncated"] = {}
    left = SUMMARY_BYTES - len(json.dumps(short)) - 60 * len(lists)
    # The lists share the room: a long one does not push out those behind it.
    for number, (name, keys) in enumerate(lists.items()):
        room = left // (len(lists) - number)
        for row in found[name][:_STATS_ROWS]:
            kept = {key: text(row[key])[:300] for key in keys}
            room -= len(json.dumps(kept)) + 2
            if room < 0:
                break
            left -= len(json.dumps(kept)) + 2
            short[name].append(kept)
        if len(short[name]) < len(found[name]):
            short["truncated"][name] = {"shown": len(short[name]), "of": len(found[name])}
    return short


def message(found: Mapping[str, Any], written: bool) -> list[str]:
    """The few lines at the end of a play: what holds, what does not, where the report is, what to do next."""
    said = [f"{'PLAN ' if found['planned'] else ''}{found['case_id']}: {found['headline']}"]
    for row in found["in_force"][:_LINES]:
        until = row["until"] if row["until"] else "not known"
        whose = "" if row["token"] else f", by another's entry, as of {row['as_of'] or 'an unknown time'}"
        said.append(f"in force: {row['target']} at {_where(row)} until {until}{whose}")
    said += _more(found["in_force"], "in force")
    for row in found["plan"][:_LINES]:
        said.append(f"planned: {row['action']} {row['target']} at {_where(row)}")
    said += _more(found["plan"], "planned")
    for row in found["not_contained"][:_LINES]:
        said.append(f"NOT contained: {row['target']} at {_where(row)}: {row['state']}: {visible(row['reason'], 200)}")
    said += _more(found["not_contained"], "not contained")
    for row in found["refused"][:_LINES]:
        said.append(f"refused, on purpose not blocked: {row['target']}: {visible(row['reason'], 200)}")
    said += _more(found["refused"], "refused")
    errors = [row for row in found["problems"] if row["error"]]
    said += [f"failed: {row['step']}: {visible(row['message'], 300)}" for row in errors[:_LINES]]
    said += _more(errors, "failed")
    if written:
        said.append(f"report: {found['paths']['html']}")
    elif found["planned"]:
        said.append("report: nothing was written, as this is check mode")
    else:
        said.append("report: could NOT be written, keep this output")
    known = {row["name"]: row["line"] for row in found["commands"]}
    name = "retry" if "retry" in known else "status"
    line = known[name]
    said.append(f"next: {line if len(line) <= 1000 else 'see the commands in the report'}")
    return said


_LINES = 8


def _where(row: Mapping[str, Any]) -> str:
    return visible(place(row["cloud"], row["scope"], row["firewall"]), 80)


def _more(listed: Sequence[Any], what: str) -> list[str]:
    return [f"{what}: {len(listed) - _LINES:,} more, see the report"] if len(listed) > _LINES else []
