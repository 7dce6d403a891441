# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of a report: what was asked of the playbooks, and lines to copy that ask for the same. Pure."""

from __future__ import annotations

import ipaddress
import json
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_inputs import STORE_KEYS
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import KEYS, read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._report_state import Standing, rows, until_permanent
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import PERMANENT, beijing, plural, text, utc
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import RELEASED
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import split_items

# A longer line does not go through a chat or a terminal: its variables go into a file beside the report.
LONGEST_LINE = 3000
_ENDED = ("finished", "stopped", "abnormal")
# Which of the playbooks ran; it is no variable of theirs.
PLAYBOOK = "cfw_playbook"
_READS = ("cfw_clouds", "cfw_firewalls")
_BLOCK = (
    *_READS, "cfw_duration", "cfw_direction", "cfw_reason", "cfw_victims", "cfw_replace_opposite", "cfw_protected",
    "cfw_protected_file", "cfw_empty_protected_reason", "cfw_allow_list", "cfw_controller_addresses", "cfw_sensitive",
    "cfw_acknowledged", "cfw_override", "cfw_override_reason", "cfw_max_targets", "cfw_min_prefix_ipv4", "cfw_min_prefix_ipv6", "cfw_online",
    "cfw_online_skip_reason", "cfw_own_clouds", "cfw_dir", "cfw_look_for_hits", "cfw_block_timeout", "cfw_block_retries",
)  # fmt: skip
_RESPOND = (
    *_BLOCK, "cfw_event_time", "cfw_order", "cfw_pre_block_window", "cfw_post_block_window", "cfw_capture_deadline",
    "cfw_capture_duration", "cfw_capture_interval", "cfw_capture_max_packets", "cfw_capture_pair", "cfw_capture_protocol",
    "cfw_capture_required", "cfw_log_margin", "cfw_log_limit", "cfw_hunt", "cfw_first_timeout", "cfw_first_retries",
    "cfw_dir_is_durable", "cfw_store",
)  # fmt: skip
UNDERSTOOD = {"block": _BLOCK, "respond": _RESPOND, "unblock": (*_READS, "cfw_dir"), "status": _READS}
UNDERSTOOD["collect"] = (
    "cfw_firewalls", "cfw_victims", "cfw_event_time", "cfw_log_margin", "cfw_log_limit",
    "cfw_dir", "cfw_dir_is_durable", "cfw_store",
)  # fmt: skip
"""The variables that a command of each playbook carries. None of them is ever a secret: they are printed."""
_KNOWN = frozenset(_RESPOND)
_CLOUDS = ("tencent", "huawei")
# The playbooks that have nothing to do at the other cloud
_AT_HUAWEI = ("capture", "collect", "unblock_expired")
_SIDES = {"inbound": {"inbound"}, "outbound": {"outbound"}, "both": {"inbound", "outbound"}}
_AGAIN = ("failed", "unknown", "gone", "expired", "not_attempted")
_MOST_TARGETS = 100


def asked(given: Mapping[str, Any], playbook: str, more: Any = None) -> dict[str, Any]:
    """What was given to a playbook, as `report_variables` takes it: nothing empty, and files by their whole paths.

    `more`: variables that all commands carry besides. What can't be read is left out: the steps have complained of it.
    """
    kept = {name: value for name, value in given.items() if name in _KNOWN and value not in (None, "", [], {})}
    if "cfw_clouds" in kept:
        kept["cfw_clouds"] = [one for one in _CLOUDS if one in split_items(kept["cfw_clouds"])]
    if "cfw_firewalls" in kept:
        try:
            kept["cfw_firewalls"] = read_firewalls(kept["cfw_firewalls"])
        except InputError:
            kept["cfw_firewalls"] = []
    if "cfw_store" in kept:
        # What else stands in there may be a key, put there by mistake, and these are printed.
        store = kept["cfw_store"] if isinstance(kept["cfw_store"], Mapping) else {}
        kept["cfw_store"] = {key: store[key] for key in STORE_KEYS if key in store} or []
    for name in ("cfw_dir", "cfw_protected_file"):
        if name in kept:
            # The line may be copied into a shell that stands elsewhere.
            kept[name] = os.path.abspath(os.path.expanduser(os.path.expandvars(str(kept[name]))))
    kept = {name: value for name, value in kept.items() if value != []}
    return {**kept, PLAYBOOK: playbook, **(more if isinstance(more, Mapping) else {})}


def carried(_playbook: Any = None) -> list[str]:
    """The variables of the playbooks that one or another of the commands carries."""
    return sorted(_KNOWN)


class _Asked:
    """A run that was to block: what it was asked, and where it acted."""

    def __init__(self, run: Mapping[str, Any], order: int = 0) -> None:
        given = run.get("variables")
        self.variables: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
        self.playbook = text(self.variables.pop(PLAYBOOK, ""))
        self.order = order
        block = run["results"].get("block") or {}
        self.blocked = bool(block) and not (block.get("planned") or run.get("planned"))
        guard = run["results"].get("guard") or {}
        self.blocks = self.playbook in ("block", "respond") or bool(not self.playbook and (block or guard))
        self.rows = rows(block, "targets")
        passed = guard.get("targets")
        # Where this run saw its block: what failed was not blocked in its direction.
        listed = [row for row in self.rows if row.get("listed") or row.get("result") in ("blocked", "already")]
        self.held = {text(row.get("target")) for row in listed}
        self.places = {(text(row.get("cloud")), text(row.get("scope"))) for row in listed}
        self.targets = {text(row.get("target")) for row in self.rows}
        self.targets |= {text(one) for one in passed} if isinstance(passed, list) else set()
        direction = text(block.get("direction")) or text(self.variables.get("cfw_direction"))
        self.direction = direction if direction in _SIDES else "inbound"
        self.duration = text(self.variables.get("cfw_duration")) or text(block.get("duration"))
        self.firewalls = _by_id(self.variables.get("cfw_firewalls"))
        for row in rows(block.get("accounts"), "huawei"):
            _merge(self.firewalls, row)
        self.clouds = {one for one in _CLOUDS if one in (self.variables.get("cfw_clouds") or ())}
        acted = {text(row.get("cloud")) for row in self.rows} & set(_CLOUDS)
        if not self.clouds:
            # The playbooks' own default, where one of them ran.
            self.clouds = {"huawei"} if self.playbook in _AT_HUAWEI else set(_CLOUDS) if self.playbook else set(acted)
        self.clouds |= acted
        for row in self.rows:
            if row.get("cloud") == "huawei" and row.get("scope"):
                _merge(self.firewalls, {"fw_instance_id": row["scope"]})


def _by_id(given: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in given if isinstance(given, list) else ():
        if isinstance(row, Mapping):
            _merge(found, row)
    return found


def _merge(firewalls: dict[str, dict[str, str]], row: Mapping[str, Any]) -> None:
    known = {key: text(row.get(key)) for key in KEYS if row.get(key)}
    if known.get("fw_instance_id"):
        firewalls[known["fw_instance_id"]] = {**firewalls.get(known["fw_instance_id"], {}), **known}


def commands(
    found: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], standing: Standing, awx: bool
) -> list[dict[str, Any]]:
    """The report's commands, the most urgent first. `found`: the report so far. Every line works in a POSIX shell."""
    every = [_Asked(run, order) for order, run in enumerate(runs)]
    blocking = [one for one in every if one.blocks]
    firewalls: dict[str, dict[str, str]] = {}
    for one in every:
        for row in one.firewalls.values():
            _merge(firewalls, row)
    clouds = set().union(*(one.clouds for one in blocking or every))
    for entry in [*standing.entries.values(), *standing.plan]:
        clouds.add(entry["cloud"])
        if entry["cloud"] == "huawei" and entry["scope"]:
            _merge(firewalls, {"fw_instance_id": entry["scope"]})
    last = (blocking or every)[-1].variables
    made = _Commands(found, firewalls, awx)
    made.extend([one for one in blocking if one.blocked], runs)
    extends = len(made.rows)
    if not found["planned"]:
        made.retry(blocking)
    if any(row["token"] for row in found["targets"]) or found["plan"]:
        made.undo(last, clouds)
        made.rows.insert(extends, made.rows.pop())
    made.collect(last)
    made.add("status", "See what is in force now (reads only)", "status", last, clouds, firewalls)
    return made.rows


class _Commands:
    def __init__(self, found: Mapping[str, Any], firewalls: dict[str, dict[str, str]], awx: bool) -> None:
        self.found = found
        self.firewalls = firewalls
        self.awx = awx
        self.rows: list[dict[str, Any]] = []

    def extend(self, blocking: Sequence[_Asked], runs: Sequence[Mapping[str, Any]]) -> None:
        """One command for each direction, as a longer block must not be a wider one."""
        # What is listed runs out too where the traffic does not pass, or where the list could not be read again.
        listed = [row for row in self.found["not_contained"] if row["state"] in ("shadowed", "not_in_path", "unread")]
        listed = [*self.found["in_force"], *(row for row in listed if row["listed"])]
        own = [row for row in listed if row["token"] and not until_permanent(row)]
        released = _released(runs)
        lengths = [one.duration for one in blocking if one.duration and one.duration != PERMANENT]
        for direction, named in self._directions(own, blocking, released).items():
            fitting = [one for one in blocking if one.direction == direction]
            run = fitting[-1] if fitting else _Asked({"results": {}})
            duration = next((one.duration for one in reversed(fitting) if one.duration not in ("", PERMANENT)), "")
            duration = duration or (lengths[-1] if lengths else "24h")
            # Only where a run of this direction was: elsewhere it would be a block that nobody asked for.
            places = set().union(*(one.places for one in fitting))
            held = [
                row for row in own if row["target"] in named and (not places or (row["cloud"], row["scope"]) in places)
            ]
            targets = _addresses(held)
            if not targets:
                continue
            more = {"cfw_targets": targets, "cfw_duration": duration, "cfw_direction": direction, "cfw_extend": True}
            if len(targets) > _number(run.variables.get("cfw_max_targets")):
                more["cfw_max_targets"] = len(targets)
            title = f"Extend to {duration} from when it runs ({plural(len(targets), 'target')})"
            scopes = {row["scope"]: self.firewalls[row["scope"]] for row in held if row["scope"] in self.firewalls}
            self._directed("extend", title, direction, "block", run, {row["cloud"] for row in held}, scopes, more)

    def _directions(
        self, own: Sequence[Mapping[str, Any]], blocking: Sequence[_Asked], released: Mapping[str, int]
    ) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for target in _addresses(own):
            named = [
                one.direction for one in blocking if one.order > released.get(target, -1) and target in one.held
            ] or [blocking[-1].direction if blocking else "inbound"]
            wanted = ["both"] if "both" in named else list(dict.fromkeys(named))
            for direction in wanted:
                found.setdefault(direction, set()).add(target)
        return found

    def retry(self, blocking: Sequence[_Asked]) -> None:
        """The playbook of the last run that was asked for the target, with what it was given."""
        groups: dict[str, tuple[_Asked, list[str]]] = {}
        missing = [row for row in self.found["not_contained"] if row["state"] in _AGAIN]
        for target in _addresses(missing):
            asking = [one for one in blocking if target in one.targets] or list(blocking) or [_Asked({"results": {}})]
            run = asking[-1]
            before, targets = groups.get(run.direction, (run, []))
            targets.append(target)
            groups[run.direction] = (max(before, run, key=lambda one: one.order), targets)
        for direction, (run, targets) in groups.items():
            rest: dict[str, Any] = {"cfw_targets": targets, "cfw_direction": direction}
            rest["cfw_duration"] = run.duration or "24h"
            clouds = run.clouds or {row["cloud"] for row in missing} - {""}
            title = f"Try again what is not contained ({plural(len(targets), 'target')})"
            if "huawei" in clouds and not (run.firewalls or self.firewalls):
                title += ", at Tencent alone as no firewall was named" if "tencent" in clouds else ""
            places = {key: self.firewalls.get(key, row) for key, row in run.firewalls.items()} or self.firewalls
            playbook = "respond" if run.playbook == "respond" else "block"
            self._directed("retry", title, direction, playbook, run, clouds, places, rest)

    def _directed(
        self, name: str, title: str, direction: str, playbook: str, run: _Asked, clouds: set[str],
        firewalls: Mapping[str, Mapping[str, str]], more: Mapping[str, Any],
    ) -> None:  # fmt: skip
        if any(row["name"] == name for row in self.rows):
            name = f"{name}_{direction}"
        title = (
            title if direction == "inbound" else f"{title}, {direction if direction != 'both' else 'both directions'}"
        )
        self.add(name, title, playbook, run.variables, clouds, firewalls, more)

    def undo(self, given: Mapping[str, Any], clouds: set[str]) -> None:
        title = "Undo all blocks of this case"
        if self.awx or self.found["planned"]:
            self.add("undo", title, "unblock", given, clouds, self.firewalls)
            return
        # A report restores what was there before; where it vanishes with the job, the case id alone finds the entries.
        # It names its firewalls, but not all that is needed to reach them.
        special = {
            key: row for key, row in self.firewalls.items() if row.get("object_id") or row.get("enterprise_project_id")
        }
        more = {"cfw_report": self.found["paths"]["json"]}
        self.add("undo", title, "unblock", given, set(), special, more)

    def collect(self, given: Mapping[str, Any]) -> None:
        """What was still to come when the logs were read, and what else is left of the evidence."""
        evidence = self.found["evidence"]
        left = [row for row in evidence["logs"] if not row["complete"]]
        unsaved = [
            row
            for row in evidence["captures"]
            if row["task_id"]
            and row["result"] not in ("planned", "failed", "skipped")
            # What has ended and captured nothing, or is deleted by now, can't be fetched.
            and (row["evidence"] != "none" or row["status"] not in _ENDED)
            and not "" < row["delete_on"] < self.found["generated_at"][:10]
            and not is_saved(row, evidence)
        ]
        if not left and not unsaved:
            return
        windows = left or evidence["logs"]
        last = windows[-1] if windows else {}
        scopes = [row["fw_instance_id"] for row in left if row["event_time"] == last["event_time"]]
        scopes += [row["fw_instance_id"] for row in unsaved]
        firewalls = {scope: self.firewalls.get(scope) or {"fw_instance_id": scope} for scope in scopes}
        if last:
            ends = {key: _addresses({"target": one} for one in last[key]) for key in ("attackers", "victims")}
        else:
            pair = evidence["pair"]
            named = {"attackers": [pair.get("source", "")], "victims": [pair.get("destination", "")]}
            ends = {key: _addresses({"target": one} for one in found) for key, found in named.items()}
        more: dict[str, Any] = {"cfw_targets": ends["attackers"]}
        if last:
            more["cfw_event_time"] = last["event_time"]
        if ends["victims"]:
            more["cfw_victims"] = ends["victims"]
        captures = plural(len(unsaved), "capture")
        title = f"Fetch what was captured and is not saved ({captures})"
        if left:
            over = last["end"] <= self.found["generated_at"]
            when = "now" if over else f"after {utc(last['end'])} ({beijing(last['end'])})"
            title = f"Collect the rest of the logs, {when}"
            title += f"; it fetches {captures} not saved yet too, and may be run before for that" if unsaved else ""
        self.add("collect", title, "collect", given, {"huawei"}, firewalls, more)

    def add(
        self, name: str, title: str, playbook: str, given: Mapping[str, Any], clouds: Iterable[str],
        firewalls: Mapping[str, Mapping[str, str]], more: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        # The case is the first that one reads. What no playbook of this collection knows was given for all commands.
        carried = {key: value for key, value in given.items() if key in UNDERSTOOD[playbook] or key not in _KNOWN}
        variables: dict[str, Any] = {"cfw_case_id": "", **carried}
        variables["cfw_case_id"] = self.found["case_id"]
        for key in ("cfw_clouds", "cfw_firewalls", PLAYBOOK):
            variables.pop(key, None)
        where = [one for one in _CLOUDS if one in clouds]
        if "cfw_report" not in (more or {}):
            where = where or list(_CLOUDS)
            # Without a firewall, nothing can be asked of Huawei.
            where = where if firewalls else [one for one in where if one != "huawei"] or where
            if playbook in ("status", "unblock") and not firewalls:
                where = ["tencent"]
            variables["cfw_clouds"] = where
        if firewalls and (not where or "huawei" in where):
            variables["cfw_firewalls"] = [dict(row) for row in firewalls.values()]
        folder = os.path.dirname(self.found["paths"]["directory"])
        if folder and not self.awx and "cfw_dir" in UNDERSTOOD[playbook]:
            # Another directory would begin the case anew.
            variables["cfw_dir"] = folder
        if "cfw_clouds" not in UNDERSTOOD[playbook]:
            variables.pop("cfw_clouds", None)
        variables.update(more or {})
        # Variables of a command line are templates: nothing that somebody else wrote may be one.
        variables = {key: value for key, value in variables.items() if not _is_template([key, value])}
        self.rows.append(_command(name, title, playbook, variables, self.found["paths"]["directory"]))


def is_saved(capture: Mapping[str, Any], evidence: Mapping[str, Any]) -> bool:
    """Whether a file of this very capture is at hand."""
    scope = capture["fw_instance_id"]
    files = [row for row in evidence["files"] if row["kind"] == "capture" and row["fw_instance_id"] == scope]
    if any(row["task_id"] == capture["task_id"] for row in files if row["task_id"]):
        return True
    # Older records don't say of which capture a file is: that is certain only where there was one.
    count = sum(1 for row in evidence["captures"] if row["fw_instance_id"] == scope and row["task_id"])
    return count < 2 and any(not row["task_id"] for row in files)


def _released(runs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The last run that took a target's block back: what was asked before it counts no more."""
    return {
        text(row.get("target")): order
        for order, run in enumerate(runs)
        if not run.get("planned")
        for row in rows(run["results"].get("unblock"), "targets")
        if row.get("result") in RELEASED
    }


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return _MOST_TARGETS


def _is_template(value: Any) -> bool:
    return any(mark in one for one in _texts(value) for mark in ("{{", "{%", "{#"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [one for pair in value.items() for item in pair for one in _texts(item)]
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in _texts(item)]
    return [value] if isinstance(value, str) else []


def _addresses(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """What may stand in a command: addresses and networks, and nothing else that claims to be a target."""
    found: dict[str, None] = {}
    for entry in entries:
        try:
            ipaddress.ip_network(entry["target"])
        except ValueError:
            continue
        found[entry["target"]] = None
    return list(found)


def _command(name: str, title: str, playbook: str, variables: dict[str, Any], directory: str) -> dict[str, Any]:
    start = ["ansible-playbook", f"secops.cfw.{playbook}", "-e"]
    file = ""
    line = shlex.join([*start, json.dumps(variables, ensure_ascii=True)])
    if len(line) > LONGEST_LINE:
        file = f"{name}.json"
        line = shlex.join([*start, f"@{directory}/{file}"])
    return {"name": name, "title": title, "line": line, "file": file, "variables": variables}
