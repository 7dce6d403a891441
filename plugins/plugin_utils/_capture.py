# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role capture up to the start of captures: which firewall, which pair, which name, and what came of it.

Every step takes the state of the step before, the results of looped module tasks, and the time, and returns the state
after it. A module task of the role never fails by itself; what failed is judged here, and the rest goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import day_after, moment, seconds_of
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._token import belongs

State = dict[str, Any]
Row = dict[str, Any]
Result = Mapping[str, Any]

FINAL = ("finished", "stopped", "abnormal")
_LONGEST_MESSAGE = 1000
CAPTURED = ("started", "adopted")
LEAST_START = 10
"""Seconds for which captures are started at one firewall after the other, even if nobody waits until they run."""


# What modules said


def said(result: Result) -> str:
    """The message of a module that failed, as one line."""
    text = str(result.get("msg") or "the module gave no reason")
    return " ".join(text.split())[:_LONGEST_MESSAGE]


def request_ids(result: Result) -> list[str]:
    return [str(name) for row in result.get("api_calls") or () for name in row.get("request_ids") or ()]


def ran(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if not result.get("skipped")]


def by_task(results: Iterable[Result]) -> dict[tuple[str, str], Result]:
    """Results by firewall and task of their items; the last one counts."""
    return {
        (item["fw_instance_id"], str(item.get("task_id") or "")): one for one in ran(results) for item in [one["item"]]
    }


def seen_at(result: Result, now: float) -> str:
    """When the controller had the answer. Without a clock in it, it is now, which is never too early."""
    return moment(min(seconds_of((result.get("clock") or {}).get("controller")) or now, now))


def noted(state: State, *groups: Iterable[Result]) -> None:
    """Takes the clock's difference and the ids of requests from results."""
    for result in ran(one for group in groups for one in group):
        difference = (result.get("clock") or {}).get("difference")
        if state.get("clock_difference") is None and difference is not None:
            state["clock_difference"] = difference


def add_error(state: State, scope: str, message: str) -> None:
    row = {"scope": scope, "message": message}
    if row not in state["errors"]:
        state["errors"].append(row)


def happened(state: State, at: str, step: str, row: Mapping[str, Any], result: str, detail: str = "") -> None:
    """Adds a row to the timeline."""
    ids = row.get("request_ids") or [""]
    state["timeline"].append(
        {
            "at": at,
            "step": step,
            "target": row.get("firewall", ""),
            "result": result,
            "detail": detail,
            "request_id": ids[-1] if step == "capture_started" else "",
            "cloud": "huawei",
        }
    )


def _begun(state: Mapping[str, Any]) -> State:
    return {
        "rows": [],
        "errors": [],
        "timeline": [],
        "files": [],
        "clock_difference": None,
        **state,
    }


def copied(state: Mapping[str, Any]) -> State:
    """A state that can be changed without changing the one that it came from."""
    begun = _begun(state)
    return {
        **begun,
        "rows": [dict(row) for row in begun["rows"]],
        **{key: list(begun[key]) for key in ("errors", "timeline", "files")},
    }


# Start: which firewall, which name, which pair


def new_row(state: State, firewall: Mapping[str, Any], **values: Any) -> Row:
    return {
        "case_id": state["case_id"],
        "fw_instance_id": firewall["fw_instance_id"],
        "firewall": firewall["title"],
        "region": firewall.get("region", ""),
        "name": "",
        "task_id": "",
        "status": "",
        "label": state["label"],
        "pair": None,
        "others": [],
        "protocol": state["protocol"],
        "duration": state["duration"],
        "max_packets": state["max_packets"],
        "started_at": None,
        "seen_running_at": None,
        "ended_at": None,
        "evidence": "none",
        "result": "planned",
        "reason": "",
        "remaining_days": None,
        "delete_on": None,
        "request_ids": [],
        **values,
    }


def number_of(name: Any, case_id: str) -> int:
    """The number at the end of a name that this role gave a capture of the case, else 0."""
    match = re.fullmatch(rf"ir-{re.escape(case_id)}-([0-9]{{1,6}})", str(name))
    return int(match[1]) if match else 0


def _recorded(state: Mapping[str, Any], firewall_id: str) -> list[Mapping[str, Any]]:
    captures = state["evidence"]["manifest"].get("captures", ())
    return [row for row in captures if row["fw_instance_id"] == firewall_id]


def next_name(state: Mapping[str, Any], firewall_id: str, tasks: Sequence[Mapping[str, Any]]) -> str:
    """A name that no capture has had there, as far as the list and the manifest know."""
    names = [row["name"] for row in [*tasks, *_recorded(state, firewall_id)]]
    return f"ir-{state['case_id']}-{max([0, *(number_of(name, state['case_id']) for name in names)]) + 1}"


def _fits(state: Mapping[str, Any], source: str, destination: str) -> bool:
    """Whether a capture from source to destination is one that was asked for."""
    if state["pair"]:
        return bool(state["pair"] == {"source": source, "destination": destination})
    attackers, victims = set(state["attackers"]), set(state["victims"])
    ends = ((source, destination), (destination, source))
    return any(one in attackers and (not victims or other in victims) for one, other in ends)


def adoptable(state: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The latest capture of this case and pair, whatever its status."""
    case_id = state["case_id"]
    fitting = [
        task
        for task in tasks
        if number_of(task["name"], case_id) and _fits(state, task["source"]["address"], task["destination"]["address"])
    ]
    return max(fitting, key=lambda task: number_of(task["name"], case_id), default=None)


def _family(text: str) -> int:
    return 6 if ":" in text else 4


def _certain(state: Mapping[str, Any]) -> bool:
    """Whether the pair follows from what was given."""
    return bool(state["pair"]) or (len(state["attackers"]) == 1 and len(state["victims"]) == 1)


def choose_pair(state: Mapping[str, Any], logs: Result | None) -> tuple[dict[str, str] | None, str]:
    """The pair to capture at a firewall, with `why`; or None, and why there is none."""
    if state["pair"]:
        return {**state["pair"], "why": "it was given"}, ""
    attackers, victims = state["attackers"], state["victims"]
    if _certain(state):
        if _family(attackers[0]) != _family(victims[0]):
            return None, f"{attackers[0]} and {victims[0]} are not of one address family, and a capture has one"
        return {
            "source": attackers[0],
            "destination": victims[0],
            "why": "it is the only attacker and the only victim",
        }, ""
    seen: Counter[tuple[str, str]] = Counter()
    for log in (logs or {}).get("logs") or ():
        source, destination = log["source"]["address"], log["destination"]["address"]
        if source and destination and _fits(state, source, destination):
            seen[source, destination] += 1
    if seen:
        (source, destination), times = max(seen.items(), key=lambda one: (one[1], *map(_backwards, one[0])))
        why = f"it is the pair most seen in the attack logs of this firewall ({times} of {sum(seen.values())})"
        return {"source": source, "destination": destination, "why": why}, ""
    unread = f"the attack logs could not be read: {said(logs)}" if logs is not None and "logs" not in logs else ""
    nothing = unread or "the attack logs of this firewall show no attack between them"
    if not victims:
        return None, (
            spoken("no destination is known: capture_victims is empty, and ")
            + (unread or "the attack logs of this firewall show nothing of the attackers")
        )
    for attacker in attackers:
        for victim in victims:
            if _family(attacker) == _family(victim):
                why = f"it is the first attacker with the first victim; {nothing}"
                return {"source": attacker, "destination": victim, "why": why}, ""
    return None, "no attacker and victim are of one address family, and a capture has one"


def _backwards(text: str) -> list[int]:
    """A key by which, among pairs seen equally often, the first in alphabetical order wins."""
    return [-ord(char) for char in text]


def others_of(state: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The attackers in none of the rows."""
    ends = {row["pair"][end] for row in rows if row["pair"] for end in ("source", "destination")}
    return [attacker for attacker in state["attackers"] if attacker not in ends]


def planned(state: Mapping[str, Any], listed: Sequence[Result], logs: Sequence[Result], now: float) -> State:
    """What to do at each firewall. `look` are the firewalls whose attack logs have to be read first."""
    after = {**copied(state), "rows": [], "look": []}
    read = {key[0]: result for key, result in by_task(logs).items()}
    noted(after, listed, logs)
    for firewall, answer in zip(state["firewalls"], ran(listed)):
        firewall_id = firewall["fw_instance_id"]
        if "tasks" not in answer:
            row = new_row(after, firewall, result="failed", reason=said(answer))
            add_error(after, firewall["title"], row["reason"])
            after["rows"].append(row)
            continue
        found = None if state["again"] else adoptable(state, answer["tasks"])
        if found:
            after["rows"].append(adopted_row(after, firewall, found, answer, now))
            continue
        if not _certain(state) and firewall_id not in read:
            after["look"].append({key: firewall[key] for key in ("fw_instance_id", "title", "connection")})
            continue
        pair, why_not = choose_pair(state, read.get(firewall_id))
        if pair is None:
            row = new_row(after, firewall, result="skipped", reason=why_not)
            add_error(after, firewall["title"], f"nothing is captured: {why_not}")
        else:
            row = new_row(after, firewall, pair=pair, name=next_name(state, firewall_id, answer["tasks"]))
        row["connection"] = firewall["connection"]
        row["others"] = others_of(state, [row]) if pair else []
        after["rows"].append(row)
    return after


def adopted_row(state: State, firewall: Mapping[str, Any], task: Mapping[str, Any], answer: Result, now: float) -> Row:
    pair = {
        "source": task["source"]["address"],
        "destination": task["destination"]["address"],
        "why": f"it is what {task['name']} of this case captures",
    }
    row = new_row(state, firewall, pair=pair, result="adopted", connection=firewall["connection"])
    before: Mapping[str, Any] = next(
        (one for one in _recorded(state, firewall["fw_instance_id"]) if one["task_id"] == task["task_id"]), {}
    )
    for key in ("started_at", "seen_running_at", "ended_at", "label", "delete_on", "request_ids"):
        row[key] = before.get(key) or row[key]
    row.update(
        {
            "protocol": task["service"]["protocol"],
            "duration": task["duration"],
            "max_packets": task["max_packets"],
            "reason": f"the capture exists and is {task['status']}; with {spoken('capture_again')} another one is started",
        }
    )
    told(row, task, task.get("evidence"), now)
    if task["status"] == "running":
        row["seen_running_at"] = row["seen_running_at"] or seen_at(answer, now)
    row["others"] = others_of(state, [row])
    happened(state, seen_at(answer, now), "capture_adopted", row, task["status"], task["name"])
    return row


def told(row: Row, task: Mapping[str, Any], evidence: Any, now: float) -> None:
    """Brings a row up to what the service says of the task."""
    row.update(name=task["name"], task_id=task["task_id"], status=task["status"])
    row["evidence"] = str(evidence or "none")
    row["remaining_days"] = task.get("remaining_days")
    row["delete_on"] = row["delete_on"] or day_after(task.get("remaining_days"), now)


def ready(state: Mapping[str, Any], lists: Sequence[Result], now: float) -> State:
    """Right before the starts: the label of what is started, and until when to start and to look whether it runs.

    `lists` are the entries of the case on the firewalls' block lists. Where the caller waits for busy firewalls, they have
    their own time for that.
    """
    after = copied(state)
    noted(after, lists)
    labels = labels_of(after, lists, "captures")
    for row in after["rows"]:
        if row["result"] == "planned":
            row["label"] = labels[row["fw_instance_id"]]
    if state["when_busy"] != "wait":
        after["seen_until"] = now + state["deadline"]
        after["start_until"] = now + max(state["deadline"], LEAST_START)
    return after


def labels_of(state: State, lists: Sequence[Result], what: str) -> dict[str, str]:
    """By firewall, whether the block of the case had been made when its lists were read."""
    read = {one["item"]["fw_instance_id"]: one for one in ran(lists)}
    labels = {}
    for firewall in state["firewalls"]:
        scope = firewall["fw_instance_id"]
        answer = read.get(scope)
        earlier = any(
            row["fw_instance_id"] == scope and str(row["kind"]).endswith("_log") and row.get("label") == "post_block"
            for row in state["evidence"]["manifest"].get("files", ())
        )
        entries = (answer or {}).get("entries") or ()
        listed = any(belongs(str(entry.get("description") or ""), state["case_id"]) for entry in entries)
        # What was blocked once stays so, should the block be lifted by now.
        labels[scope] = "post_block" if earlier or listed else state["label"]
        if answer is not None and "entries" not in answer and not earlier:
            why = f"whether the block has been made is not known, so that the {what} are labelled {labels[scope]} as given"
            add_error(state, firewall["title"], f"{why}: {said(answer)}")
    return labels


def started(state: Mapping[str, Any], answers: Sequence[Result], seen: Sequence[Result], now: float) -> State:
    """What came of starting. `pending` are the captures that were not seen running yet, and `seen_until` how long to look.

    `answers` are what starting said; of a capture that was asked for twice, the later one counts.
    """
    after = copied(state)
    noted(after, answers, seen)
    by_firewall = {key[0]: answer for key, answer in by_task(answers).items()}
    looked = by_task(seen)
    late = {one["item"]["fw_instance_id"] for one in answers if one.get("skipped") and one.get("item")}
    for row in after["rows"]:
        answer = by_firewall.get(row["fw_instance_id"])
        if answer is None and row["result"] == "planned" and row["fw_instance_id"] in late:
            row["result"] = "failed"
            row["reason"] = f"it was not started: the other captures took all the time of {spoken('capture_deadline')}"
            add_error(after, row["firewall"], f"{row['name']}: {row['reason']}")
            happened(after, moment(now), "capture_started", row, row["result"], row["reason"])
        if answer is not None and row["result"] == "planned":
            _judge_start(after, row, answer, now)
        look = looked.get((row["fw_instance_id"], row["task_id"]))
        if look is not None:
            judge_look(after, row, look, now)
            if row["result"] in CAPTURED and not row["seen_running_at"] and row["status"] not in FINAL:
                row["reason"] = f"it was not seen running within {state['deadline']} seconds"
                add_error(after, row["firewall"], f"{row['name']}: {row['reason']}")
    after["seen_until"] = after.get("seen_until") or now + state["deadline"]
    after["pending"] = [
        {key: row[key] for key in ("fw_instance_id", "firewall", "task_id", "name", "connection")}
        for row in after["rows"]
        if row["result"] in CAPTURED and row["task_id"] and row["status"] not in ("running", "stopping", *FINAL)
    ]
    return after


def _judge_start(state: State, row: Row, answer: Result, now: float) -> None:
    at = seen_at(answer, now)
    error = answer.get("error") or {}
    task = answer.get("task") or {}
    row["request_ids"] = request_ids(answer)
    if "error" in answer or not task:
        holder = answer.get("holder") or {}
        row.update(result="busy" if holder else "failed", reason=said(answer))
        if error.get("code") == "create_outcome_unknown":
            row["reason"] += " It may run all the same."
        if holder:
            row["reason"] = (
                f"{holder['name']} ({holder['status']}) holds the firewall, which runs one capture at a time"
            )
            row["holder"] = {key: str(holder.get(key, "")) for key in ("name", "task_id", "status")}
        add_error(state, row["firewall"], row["reason"])
        happened(state, at, "capture_started", row, row["result"], row["reason"])
        return
    if state["check"]:
        row["status"] = "planned"
        return
    # Unchanged: another controller was quicker with the same capture.
    row["result"] = "started" if answer.get("changed") else "adopted"
    row["started_at"] = at
    told(row, task, answer.get("evidence"), now)
    if task["status"] == "running":
        row["seen_running_at"] = at
    happened(state, at, "capture_started", row, row["result"], row["name"])


def judge_look(state: State, row: Row, look: Result, now: float) -> None:
    tasks = look.get("tasks")
    if not tasks:
        why = said(look) if tasks is None else "the list does not show it any more"
        add_error(state, row["firewall"], f"{row['name']}: {why}")
        return
    before = row["status"]
    told(row, tasks[0], tasks[0].get("evidence"), now)
    if row["status"] == "running" and not row["seen_running_at"]:
        row["seen_running_at"] = seen_at(look, now)
        happened(state, row["seen_running_at"], "capture_running", row, "running", row["name"])
    if row["status"] in FINAL and before not in FINAL:
        row["ended_at"] = row["ended_at"] or seen_at(look, now)
