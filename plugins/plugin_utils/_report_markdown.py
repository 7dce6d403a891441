# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in Markdown, for tickets and wikis. Whatever came from outside is escaped: it is text, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils import _report_view as view
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import (
    SHOWN_CHARACTERS,
    beijing,
    plural,
    size,
    utc,
    visible,
)

# & < > as entities, so that HTML in Markdown stays text; the other letters that Markdown reads with a backslash.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_MARKS = re.compile(r"[\\`*_{}\[\]#|~$^!]")
# What renderers turn into links by themselves.
_LINKS = re.compile(r"(?i)\bwww(?=\.)|:(?=//)")


def escaped(value: Any, limit: int = SHOWN_CHARACTERS) -> str:
    """Text from outside as text in one line, in a table too."""
    said = "".join(_ENTITIES.get(character, character) for character in visible(value, limit))
    said = _MARKS.sub(lambda found: f"\\{found[0]}", said)
    return _LINKS.sub(lambda found: "&#58;" if found[0] == ":" else f"{found[0][:-1]}&#119;", said)


def code(value: Any) -> str:
    """A code span for addresses, ids and hashes; plain escaped text where it would not hold together."""
    said = visible(value)
    return f"`{said}`" if said and not re.search(r"[`|\\<>]|^\s|\s$", said) else escaped(value)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already: escaped() or code()."""
    made = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return [*made, *(f"| {' | '.join(line)} |" for line in lines), ""]


def markdown(report: Mapping[str, Any]) -> str:
    outcome = view.OUTCOMES[report["outcome"]]
    lines = []
    if report["planned"]:
        lines += ["**planned: true** \u2013 a plan from check mode: nothing was changed at any cloud.", ""]
    lines += [
        f"# {escaped(report['case_id'])}: {outcome[1]} {outcome[2]}",
        "",
        f"{escaped(report['headline'])}",
        "",
        f"Written {_both(report['generated_at'])}, run {code(report['run_id'])}"
        + (f", stage {escaped(report['stage'])}." if report["stage"] else "."),
        "",
    ]
    if report["failure"]:
        lines += [f"**This run failed:** {escaped(report['failure'], 2000)}", ""]
    for part in (_in_force, _open, _deadlines, _commands, _plan, _targets, _timeline, _evidence, _hunt, _who):
        lines += part(report)
    for part in (_overrides, _before, _runs):
        lines += part(report)
    lines += [
        f"SHA-256 of the canonical JSON of report.json without `integrity`: {code(report['integrity']['sha256'])}",
        "",
    ]
    return "\n".join(lines)


def _both(at: str) -> str:
    return f"{escaped(utc(at))} ({beijing(at)})" if beijing(at) else escaped(utc(at))


def _until(row: Mapping[str, Any]) -> str:
    first, second = view.until(row)
    return f"{escaped(first)} ({second})" if second else escaped(first)


def _state(row: Mapping[str, Any]) -> str:
    _kind, sign, word = view.state(row)
    return f"{sign} {escaped(word)}"


def _rest(shown: int, every: int) -> list[str]:
    return [f"{every - shown:,} more in the table of all targets.", ""] if every > shown else []


def _in_force(report: Mapping[str, Any]) -> list[str]:
    found = report["in_force"]
    lines = ["## In force now", ""]
    if not found:
        return [*lines, "No block of this case is in force.", ""]
    most = 2 * view.FIRST_ROWS
    rows = [
        (
            code(row["target"]),
            escaped(view.where(row)),
            _until(row),
            escaped(view.ENFORCEMENT.get(row["enforcement"], row["enforcement"])),
            escaped(utc(row["as_of"]) or "not known"),
            escaped(view.note(row)),
        )
        for row in found[:most]
    ]
    return [*lines, *table(("Address", "Where", "Until", "Seen", "As of", "Remarks"), rows), *_rest(most, len(found))]


def _open(report: Mapping[str, Any]) -> list[str]:
    found = report["not_contained"]
    lines = ["## Not contained or unknown", ""]
    if found:
        most = 2 * view.FIRST_ROWS
        rows = [
            (code(row["target"]), _state(row), escaped(view.where(row)), escaped(row["reason"])) for row in found[:most]
        ]
        lines += [*table(("Address", "State", "Where", "Why"), rows), *_rest(most, len(found))]
    else:
        lines += ["No target is known to be open.", ""]
    if report["refused"]:
        lines += ["### Refused: not blocked, on purpose", ""]
        refused = [(code(row["target"]), _state(row), escaped(row["reason"])) for row in report["refused"]]
        lines += table(("Address", "State", "Why it must not be blocked"), refused)
    errors = view.first_errors(report)
    if errors:
        lines += ["What failed or could not be read:", "", *(_problem(row) for row in errors[:12]), ""]
    lines += [f"- {escaped(sentence)}" for sentence in report["statements"]]
    return [*lines, ""]


def _problem(row: Mapping[str, Any]) -> str:
    at = f" at {view.where(row)}" if row["cloud"] else ""
    hint = f" \u2013 {row['hint']}" if row["hint"] else ""
    sign = "\u2717 " if row["error"] else ""
    return f"- **{sign}{escaped(row['step'] + at)}:** {escaped(row['message'] + hint)}"


def _deadlines(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Who must act, before when", ""]
    rows = []
    for row in report["deadlines"][: 2 * view.FIRST_ROWS]:
        targets = ", ".join(code(target) for target in row["targets"][:4])
        if len(row["targets"]) > 4:
            targets += f" and {len(row['targets']) - 4:,} more"
        before = _both(row["at"]) if row["at"] else "no date"
        before = f"AFTER {before}" if row["kind"] == "logs" else before
        relative = view.relative(row["at"], report["generated_at"])
        rows.append((before, escaped(relative), escaped(row["who"]), f"{escaped(row['what'])} {targets}".strip()))
    return [
        *lines,
        *(table(("Before", "That is", "Who", "What"), rows) if rows else ["Nothing of this case runs out.", ""]),
    ]


def _commands(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Commands", ""]
    for row in report["commands"]:
        # A fence longer than any run of backticks inside can't be closed by what it holds.
        longest = max((len(found) for found in re.findall("`+", row["line"])), default=0)
        fence = "`" * max(3, longest + 1)
        lines += [f"{escaped(row['title'])}:", "", f"{fence}sh", visible(row["line"], 100_000), fence, ""]
    return lines


def _plan(report: Mapping[str, Any]) -> list[str]:
    if not report["plan"]:
        return []
    rows = [
        (
            escaped(row["action"]),
            code(row["target"]),
            escaped(view.where(row)),
            _until(row) if row["until"] else "",
            escaped(row["reason"]),
        )
        for row in report["plan"]
    ]
    return ["## What the real run would do", "", *table(("Action", "Address", "Where", "Until", "Why"), rows)]


def _targets(report: Mapping[str, Any]) -> list[str]:
    rows = [
        (
            code(row["target"]),
            escaped(view.where(row)),
            _state(row),
            escaped(row["result"] + (", changed" if row["changed"] else "")),
            escaped(view.ENFORCEMENT.get(row["enforcement"], row["enforcement"]))
            + ("" if row["hits"] is None else f", {row['hits']} hits"),
            _until(row) if row["until"] else "",
            escaped(view.note(row)),
        )
        for row in report["targets"]
    ]
    head = ("Address", "Where", "State", "Last step", "Enforcement", "Until", "Remarks")
    return ["## Targets", "", *(table(head, rows) if rows else ["No target is on record.", ""])]


def _timeline(report: Mapping[str, Any]) -> list[str]:
    rows = [
        (
            str(row["n"]),
            escaped(utc(row["at"])),
            escaped(row["step"]),
            escaped(view.where({"cloud": row["cloud"], "scope": ""}) if row["cloud"] else ""),
            code(row["target"]),
            escaped(row["result"]),
            escaped(row["detail"]),
            code(row["request_id"]),
        )
        for row in report["timeline"]
    ]
    return ["## Timeline", "", *table(("No.", "At", "Step", "Where", "Address", "Result", "Detail", "Request"), rows)]


def _evidence(report: Mapping[str, Any]) -> list[str]:
    found = report["evidence"]
    lines = ["## Evidence", ""]
    pair = found["pair"]
    if pair:
        source, destination = code(pair.get("source")), code(pair.get("destination"))
        lines += [f"Captured pair: {source} to {destination}. {escaped(pair.get('why'))}", ""]
    if found["others"]:
        lines += ["Not captured, as a firewall has one slot: " + ", ".join(code(one) for one in found["others"]), ""]
    if found["captures"]:
        rows = [
            (
                code(row["name"]),
                escaped(row["firewall"] or row["fw_instance_id"]),
                escaped(f"{row['result']}: {row['reason']}" if row["reason"] else row["result"]),
                escaped(row["label"]),
                escaped(utc(row["seen_running_at"])),
                escaped(utc(row["ended_at"])),
                escaped(row["evidence"] or "not known"),
                escaped(row["delete_on"] or "not known"),
            )
            for row in found["captures"]
        ]
        head = ("Capture", "Firewall", "Result", "When", "Seen running", "Ended", "Evidence", "Cloud deletes it on")
        lines += table(head, rows)
    else:
        lines += ["No capture is on record.", ""]
    if found["files"]:
        files = [
            (code(row["name"] or row["path"]), escaped(row["kind"]), size(row["size"]), code(row["sha256"]))
            for row in found["files"]
        ]
        lines += [f"Files in {code(found['directory'])}, manifest {code(found['manifest'])}:", ""]
        lines += table(("File", "Kind", "Size", "SHA-256"), files)
    for row in found["stored"]:
        lines += [f"Stored at {code(row['uri'])} {code(row['sha256'])}", ""]
    return lines


def _hunt(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Whom else the attackers touched", ""]
    for part in view.parts(report["hunt"]):
        if part["rows"]:
            rows = [[escaped(cell) for cell in row] for row in part["rows"]]
            lines += [f"{escaped(part['name'])}:", "", *table([escaped(name) for name in part["head"]], rows)]
        else:
            lines += [f"{escaped(part['name'])}: {escaped(part['value'])}", ""]
    return lines if report["hunt"] else [*lines, "No hunt is on record.", ""]


def _who(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Who and where", ""]
    lines += [f"- Run {code(row['run_id'])}: {escaped(view.people(row))}" for row in report["people"]]
    accounts = report["accounts"]
    lines += [f"- Tencent account {code(accounts['tencent']) or 'not on record'}"]
    lines += [
        f"- Huawei project {code(row['project_id'])}, region {code(row['region'])}, firewall {code(row['fw_instance_id'])}"
        for row in accounts["huawei"]
    ]
    for row in report["clocks"]:
        name = view.where({"cloud": row["cloud"], "scope": ""})
        lines.append(f"- Clock of {escaped(name)}: {escaped(view.clock(row))} ({row['difference']:+.1f} s)")
    lines += ["- Made by " + escaped(", ".join(f"{key} {value}" for key, value in report["generator"].items())), ""]
    rows = [
        (escaped(row["cloud"]), escaped(row["call"]), code(row["request_id"]), code(row["run_id"]))
        for row in report["request_ids"][:1000]
    ]
    return [*lines, *(table(("Cloud", "Call or step", "Request id", "Run"), rows) if rows else [])]


def _overrides(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Overrides and protection", ""]
    rows = [
        (escaped(row["kind"]), code(row["target"]), escaped(row["because"]), escaped(row["reason"] or "none on record"))
        for row in report["overrides"]
    ]
    lines += table(("What", "Address", "Although", "Reason given"), rows) if rows else ["Nothing was overridden.", ""]
    found = report["protection"]
    if found["known"]:
        sources = ", ".join(f"{key} ({value})" for key, value in found["sources"].items())
        lines.append(
            f"- Protected entries in force: {found['entries']}" + (f", from {escaped(sources)}" if sources else "")
        )
    else:
        lines.append("- Protected entries in force: not on record")
    for row in report["quota"]:
        name = escaped(view.where(row))
        if row["unread"]:
            lines.append(f"- Quota at {name} could not be read: {escaped(row['unread'])}")
        else:
            lines.append(f"- Quota at {name}: {row['used']} of {row['total']} used before, {row['needed']} needed")
    return [*lines, ""]


def _before(report: Mapping[str, Any]) -> list[str]:
    lines = ["## Before: the snapshot of lists and alerts", ""]
    for snapshot in report["snapshots"]:
        lines += [f"Taken {_both(snapshot['taken_at'])}, run {code(snapshot['run_id'])}:", ""]
        for row in snapshot["places"]:
            alerts = f", {plural(row['alerts'], 'alert')}" if row["cloud"] == "tencent" else ""
            lines.append(
                f"- {escaped(view.where(row))}: {plural(row['entries'], 'entry', 'entries')} on the lists{alerts}"
            )
        lines.append("")
        rows = [
            (code(row["target"]), escaped(view.where(row)), escaped(row["action"]), escaped(row["note"]))
            for row in snapshot["about"]
        ]
        lines += table(("Address", "Where", "List", "Text of the entry"), rows) if rows else []
    return lines if report["snapshots"] else [*lines, "No snapshot is on record.", ""]


def _runs(report: Mapping[str, Any]) -> list[str]:
    rows = []
    for row in report["runs"]:
        end = "reported" if row["complete"] else "\u2717 no report: still going, or crashed"
        end = "plan" if row["planned"] else f"\u2717 failed: {row['failure']}" if row["failure"] else end
        rows.append(
            (
                code(row["run_id"]),
                escaped(utc(row["started_at"])),
                escaped(utc(row["written_at"])),
                escaped(", ".join(row["steps"]) or "none"),
                escaped("; ".join(filter(None, (end, view.refusals(row))))),
                code(row["sha256"]),
            )
        )
    lines = [
        "## Runs of this case",
        "",
        *table(("Run", "Began", "Last record", "Steps", "End", "SHA-256 of its file"), rows),
    ]
    remarks = [_problem(row) for row in report["problems"][:500]]
    return [*lines, *(["Failures and remarks:", "", *remarks, ""] if remarks else [])]
