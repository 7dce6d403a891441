# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The safety gate over all targets of an incident: what can be judged without asking a cloud.

All or nothing: everything that is wrong is collected, and one refusal refuses the whole incident. The online part
(_guard_online) goes on from the plan that is made here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    BITS,
    Network,
    is_one_line,
    parse_network,
    shown,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import (
    VARIABLE,
    Protected,
    ProtectedEntry,
    forms,
    judge,
    read_protected,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import parse_duration
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._names import spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import Target, read_targets, split_items
from ansible_collections.secops.cfw.plugins.plugin_utils._token import CASE

CLOUDS = ("tencent", "huawei")
DIRECTIONS = {"inbound": ("source",), "outbound": ("destination",), "both": ("source", "destination")}
"""The directions of a block, and the sides of the addresses in Huawei's entries for it."""
SHORTEST = {4: 24, 6: 48}
"""Without an override, no prefix is shorter; guard_min_prefix_* can only be stricter."""
SHORTEST_OVERRIDE = {4: 16, 6: 32}
"""With one neither: beyond that, it is no incident but a part of the Internet."""
_MOST_SHOWN = 200

_HINTS = {
    "unparsable": "write every target as an IPv4 or IPv6 address, or as a prefix without host bits",
    "no_targets": "name at least one target in guard_targets",
    "too_many": "split the incident, put neighbours together as a prefix, or raise guard_max_targets knowingly",
    "everything": "no override permits every address",
    "never": "no override permits special ranges; take them out of the targets",
    "private": "take it out of the targets, or name exactly this target in guard_override and say why in guard_override_reason",
    "prefix_too_short": "list longer prefixes or single addresses; an override that names exactly this prefix permits "
    f"down to /{SHORTEST_OVERRIDE[4]} (IPv4) and /{SHORTEST_OVERRIDE[6]} (IPv6)",
    "prefix_at_tencent": "set guard_clouds to huawei, or list the single addresses",
    "sensitive": "block it only if everyone behind it may be hit; then name exactly this target in guard_acknowledged",
    "no_protection": "give the organisation's own addresses in guard_protected, guard_protected_file or "
    f"{VARIABLE}, or say in guard_empty_protected_reason why there are none",
    "bad_entry": "correct the entry: while it can't be understood, nobody knows what it protects",
    "bad_input": "correct the variable",
    "online_unexplained": "say why in guard_online_skip_reason, or leave guard_online at true",
    "read_failed": "mend the access to the cloud and run it again; to go on without it, set guard_online to false and say "
    "why in guard_online_skip_reason",
    "no_room": "remove rules that are no longer needed, extend the quota, or block fewer targets",
    "dry_run_refused": "do what the reason says, or take it out of the targets",
}
for _code in ("protected", "allow_list", "controller", "own_address"):
    _HINTS[_code] = _HINTS["private"]
del _code


def offline(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Judges everything that needs no cloud.

    `options` are the role's variables without ``guard_``; blank ones count as not given. Returns the plan of the online
    part: `result` (the role's result as it is without that part), `go_online`, and what to ask which cloud. Never raises
    for what a user gave: it is refused, with everything else that is wrong.
    """
    return _Judgement(options, context).plan()


def refusal(
    target: str, code: str, reason: str, *, entry: str = "", source: str = "", cloud: str = "", scope: str = ""
) -> dict[str, str]:
    """A row of `refused`. `target` is empty where the refusal is about the whole incident."""
    return {
        "target": target,
        "code": code,
        "reason": reason,
        "entry": entry,
        "source": source,
        "cloud": cloud,
        "scope": scope,
    }


def finished(result: dict[str, Any]) -> dict[str, Any]:
    """The result with `ok` and `message` as the refusals in it say."""
    return {**result, "ok": not result["refused"], "message": _message(result["case_id"], result["refused"])}


def _called(name: str) -> str:
    """The variable, as whoever asked knows it."""
    return spoken(f"guard_{name}")


def _message(case_id: str, refused: Sequence[Mapping[str, str]]) -> str:
    """One message with every refused target, why, and what to do; empty if there is none."""
    if not refused:
        return ""
    said: dict[tuple[str, ...], list[str]] = {}
    for row in refused:
        subject = _subject(row)
        said.setdefault(subject or (row["reason"],), []).append(row["reason"] if subject else "")
    listed = [
        ": ".join(filter(None, [*subject, ", and ".join(filter(None, reasons))])) for subject, reasons in said.items()
    ]
    more = len(listed) - _MOST_SHOWN
    if more > 0:
        listed[_MOST_SHOWN:] = [f"and {more} more, see {spoken('guard_result.refused')}"]
    case = f" of {case_id}" if case_id else ""
    hints = dict.fromkeys(spoken(_HINTS[row["code"]]) for row in refused)
    todo = ". ".join(hint[0].upper() + hint[1:] for hint in hints)
    return f"The guard refuses all targets{case}, and nothing was changed: {'; '.join(listed)}. What to do: {todo}."


def _subject(row: Mapping[str, str]) -> tuple[str, ...]:
    """What a refusal is about: a target, a cloud and its firewall, or both."""
    # The reason of what is no address shows it already, in quotes.
    target = "" if row["code"] == "unparsable" else row["target"]
    place = " ".join(part for part in (row["cloud"], row["scope"]) if part and not target)
    return tuple(part for part in (target, place) if part)


class _Judgement:
    """Collects what is wrong, in the order in which the variables are documented."""

    def __init__(self, options: Mapping[str, Any], context: Context) -> None:
        self._options = options
        self._context = context
        self.refused: list[dict[str, str]] = []
        self.warnings: list[str] = []
        self.overrides: list[dict[str, str]] = []
        self.acknowledged: list[dict[str, str]] = []
        self.case_id = self._case_id()
        self.targets = self._targets()
        self.clouds = self._clouds("clouds", CLOUDS)
        self.firewalls = self._firewalls()
        self.direction = self._choice("direction", "both", tuple(DIRECTIONS))
        self.duration = self._duration()
        self.reason = self._line("override_reason")
        self.override = self._override()
        self.online, self.skip_reason, self.own_clouds = self._how_online()
        self.protected, self.waiver = self._protection()
        self._judge_ranges()
        self._judge_sizes()
        self._judge_sensitive()

    def plan(self) -> dict[str, Any]:
        online = self.online and not self.refused
        skipped = "" if online else self.skip_reason if not self.online else "the offline part refused already"
        texts = [target.text for target in self.targets.found]
        result = {
            "case_id": self.case_id,
            "checked_at": datetime.fromtimestamp(self._context.time(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "targets": texts,
            "folded": [{"given": target.given, "target": target.text} for target in self.targets.folded],
            "refused": self.refused,
            "warnings": self.warnings,
            "overrides": self.overrides,
            "acknowledged": self.acknowledged,
            "protection": {"entries": len(self.protected.entries), "sources": self.protected.sources},
            "waiver": self.waiver,
            "online": {"checked": online, "skipped_because": skipped, "own_addresses": 0},
            "quota": [],
        }
        return {
            "result": finished(result),
            "go_online": online,
            "own_huawei": self.firewalls if online and "huawei" in self.own_clouds else [],
            "own_tencent": online and "tencent" in self.own_clouds,
            "dry_run_huawei": self.firewalls if online and "huawei" in self.clouds else [],
            "dry_run_tencent": online and "tencent" in self.clouds,
            "entries": [
                {"address": text, "direction": side}
                for text in texts
                for side in (DIRECTIONS[self.direction] if online else ())
            ],
            "duration": self.duration,
            "direction": self.direction,
            "override": [network.text for network in self.override],
            "override_reason": self.reason,
        }

    # What the user gave

    def _refuse(self, target: str, code: str, reason: str, **more: str) -> None:
        self.refused.append(refusal(target, code, reason, **more))

    def _text(self, name: str) -> str:
        value = self._options.get(name)
        return "" if value is None else str(value).strip()

    def _line(self, name: str) -> str:
        text = self._text(name)
        if not is_one_line(text):
            self._refuse("", "bad_input", f"{_called(name)} {shown(text)} has line breaks or control characters in it")
            return ""
        return text

    def _case_id(self) -> str:
        text = self._text("case_id")
        if CASE.fullmatch(text):
            return text
        self._refuse(
            "",
            "bad_input",
            f"{spoken('guard_case_id')} {shown(text)} is no case id: 1 to 24 letters, digits, dots, underscores, hyphens",
        )
        return ""

    def _targets(self) -> Any:
        targets = read_targets(self._options.get("targets"), spoken("guard_targets"))
        for item in targets.bad:
            self._refuse(item.given, "unparsable", item.reason)
        if not targets.found and not targets.bad:
            self._refuse("", "no_targets", spoken("guard_targets names no target"))
        most = self._number("max_targets", 100, 1, None)
        if len(targets.found) > most:
            self._refuse(
                "", "too_many", f"there are {len(targets.found)} targets, and {spoken('guard_max_targets')} is {most}"
            )
        return targets

    def _number(self, name: str, default: int, least: int, most: int | None) -> int:
        text = self._text(name)
        if not text:
            return default
        # int() takes more than digits; True is text here.
        number = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
        if number >= least and (most is None or number <= most):
            return number
        allowed = f"from {least} to {most}" if most is not None else f"of {least} or more"
        self._refuse("", "bad_input", f"{_called(name)} is {shown(text)}; give a whole number {allowed}")
        return default

    def _choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        text = self._text(name) or default
        if text in choices:
            return text
        self._refuse("", "bad_input", f"{_called(name)} is {shown(text)}; give {' or '.join(choices)}")
        return default

    def _flag(self, name: str, default: bool) -> bool:
        text = self._text(name)
        if not text:
            return default
        try:
            return bool(boolean(text))
        except TypeError:
            self._refuse("", "bad_input", f"{_called(name)} is {shown(text)}; give true or false")
            return default

    def _clouds(self, name: str, default: Iterable[str]) -> tuple[str, ...]:
        given = [str(item) for item in split_items(self._options.get(name))]
        wrong = [item for item in given if item not in CLOUDS]
        for item in wrong:
            self._refuse("", "bad_input", f"{_called(name)} has {shown(item)} in it; it takes {' and '.join(CLOUDS)}")
        return tuple(dict.fromkeys(item for item in given if item in CLOUDS)) or tuple(default)

    def _firewalls(self) -> list[dict[str, str]]:
        try:
            return read_firewalls(self._options.get("firewalls"), spoken("guard_firewalls"))
        except InputError as error:
            self._refuse("", "bad_input", error.message)
            return []

    def _duration(self) -> str:
        text = self._text("duration") or "24h"
        try:
            parse_duration(text, spoken("guard_duration"))
        except InputError as error:
            self._refuse("", "bad_input", error.message)
        return text

    def _exact(self, name: str) -> list[Network]:
        """Targets that the user names one by one; a warning for what is none of the targets."""
        read = read_targets(self._options.get(name), _called(name))
        for item in read.bad:
            self._refuse("", "bad_input", item.reason)
        targets = {target.network for target in self.targets.found}
        for target in read.found:
            if target.network not in targets:
                self.warnings.append(f"{_called(name)}: {target.text} is none of the targets, so it permits nothing")
        return [target.network for target in read.found if target.network in targets]

    def _override(self) -> list[Network]:
        override = self._exact("override")
        if override and not self.reason:
            self._refuse(
                "", "bad_input", spoken("guard_override names targets, but guard_override_reason does not say why")
            )
            return []
        return override

    def _how_online(self) -> tuple[bool, str, tuple[str, ...]]:
        """Whether to ask the clouds, why not, and whose addresses are asked for."""
        # An own address at one cloud is worth protecting at the other too.
        default = list(CLOUDS)
        online = self._flag("online", True)
        reason = self._line("online_skip_reason")
        own = self._clouds("own_clouds", default)
        if not online:
            if not reason:
                self._refuse(
                    "",
                    "online_unexplained",
                    spoken("guard_online is false, but guard_online_skip_reason does not say why"),
                )
            else:
                self.warnings.append(
                    spoken("Own public addresses and quotas were not looked at (guard_online is false): ") + reason
                )
            return False, reason, own
        left_out = [cloud for cloud in default if cloud not in own]
        if left_out and not reason:
            self._refuse(
                "",
                "online_unexplained",
                spoken(
                    f"guard_own_clouds leaves out {' and '.join(left_out)}, but guard_online_skip_reason does not say why"
                ),
            )
        elif left_out:
            self.warnings.append(f"Own public addresses at {' and '.join(left_out)} were not looked at: {reason}")
        if not split_items(self._options.get("firewalls")) and "huawei" in {*self.clouds, *own}:
            self._refuse(
                "",
                "bad_input",
                spoken(
                    "guard_firewalls names no firewall, but huawei is among the clouds; name its firewalls, or "
                    "set guard_clouds to tencent"
                    if "huawei" in self.clouds
                    else "guard_firewalls names no firewall, so that the own addresses at huawei can't be read; name the "
                    "firewalls, or set guard_own_clouds to tencent and say why in guard_online_skip_reason"
                ),
            )
        return True, "", own

    # Protection

    def _named(self, name: str) -> list[tuple[Network, str, str]]:
        """Networks, each with its name or '' and its place, of a list of texts and of dictionaries with network and name."""
        found = []
        value = self._options.get(name)
        items = [value] if isinstance(value, Mapping) else split_items(value)
        for index, item in enumerate(items):
            place = f"{_called(name)}[{index}]"
            text, label = item, ""
            if isinstance(item, Mapping):
                unknown = [str(key) for key in item if key not in ("network", "name")]
                text, label = item.get("network"), str(item.get("name") or "").strip()
                if unknown or not is_one_line(label):
                    said = shown(unknown[0] if unknown else label)
                    self._bad_entry(said, f"{place}: {said} is not understood; an entry has network and name", name)
                    continue
            try:
                if not isinstance(text, str):
                    raise InputError(f"{place}: {shown(str(text))} is not text; give an address or a prefix")
                found.append((parse_network(text, place), label, place))
            except InputError as error:
                self._bad_entry(str(text), error.message, name)
        return found

    def _bad_entry(self, entry: str, reason: str, name: str) -> None:
        self._refuse("", "bad_entry", reason, entry=entry, source=_called(name))

    def _protection(self) -> tuple[Protected, str]:
        entries = [
            ProtectedEntry(network, _called(name), f"{place}{f' ({label})' if label else ''}")
            for name in ("protected", "allow_list")
            for network, label, place in self._named(name)
        ]
        path = os.path.expanduser(os.path.expandvars(self._text("protected_file")))
        for variable, protected_file in ((VARIABLE, None), (_called("protected_file"), path)):
            # Each by itself, so that what is wrong with one does not hide what is wrong with the other.
            environ = self._context.environ if variable == VARIABLE else {}
            try:
                entries += read_protected(
                    None, protected_file, Context(environ=environ, home=self._context.home)
                ).entries
            except InputError as error:
                self._refuse("", "bad_entry", error.message, source=variable)
        waiver = self._line("empty_protected_reason")
        empty = not entries
        broken = any(row["code"] == "bad_entry" for row in self.refused)
        if empty and not waiver and not broken:
            self._refuse("", "no_protection", "there is no protected entry at all")
        if empty and waiver:
            self.warnings.append(f"No address is protected but those built in and the clouds' own: {waiver}")
        if waiver and not empty:
            self.warnings.append(spoken("guard_empty_protected_reason has no effect: there are protected entries"))
        entries += self._controller()
        return Protected(tuple(entries)), waiver if empty else ""

    def _controller(self) -> list[ProtectedEntry]:
        """The addresses by which this machine is reached and operated."""
        entries = [
            ProtectedEntry(network, _called("controller_addresses"), f"{place}{f' ({label})' if label else ''}")
            for network, label, place in self._named("controller_addresses")
        ]
        # Words of SSH_CLIENT: client, its port, port. Of SSH_CONNECTION: client, its port, this machine, port.
        for variable, place, whose in (
            ("SSH_CLIENT", 0, "where you are logged in from"),
            ("SSH_CONNECTION", 0, "where you are logged in from"),
            ("SSH_CONNECTION", 2, "this machine"),
        ):
            for word in self._context.env(variable).split()[place : place + 1]:
                try:
                    # Whoever is logged in over a link-local address has a zone id there.
                    network = parse_network(word.partition("%")[0], variable)
                except InputError:
                    self.warnings.append(f"{variable}: {shown(word)} is no address, so it protects nothing")
                    continue
                entries.append(ProtectedEntry(network, variable, f"{variable} ({whose})"))
        return entries

    # Judgement

    def _judge_ranges(self) -> None:
        """Special and protected ranges; what the user overrides is recorded."""
        verdict = judge(
            [target.network for target in self.targets.found],
            self.protected,
            allow_protected=[network.text for network in self.override],
            reason=self.reason,
        )
        codes = {_called("allow_list"): "allow_list"}
        codes.update(dict.fromkeys((_called("controller_addresses"), "SSH_CLIENT", "SSH_CONNECTION"), "controller"))
        for row in verdict.refused:
            code = codes.get(row["source"], row["code"]) if row["code"] == "protected" else row["code"]
            self._refuse(row["target"], code, row["reason"], entry=row["entry"], source=row["source"])
        self.overrides += verdict.exempted
        self.warnings += verdict.warnings

    def _judge_sizes(self) -> None:
        least = {
            version: self._number(f"min_prefix_ipv{version}", most, most, BITS[version])
            for version, most in SHORTEST.items()
        }
        for target in self.targets.found:
            too_wide = _too_wide(target, least)
            if too_wide and target.network.prefix:
                reason = f"{too_wide}, and the shortest prefixes are /{least[4]} (IPv4) and /{least[6]} (IPv6)"
                if target.network in self.override and not _too_wide(target, SHORTEST_OVERRIDE):
                    self.overrides.append({"target": target.text, "because": reason, "reason": self.reason})
                else:
                    self._refuse(target.text, "prefix_too_short", reason)
            if "tencent" in self.clouds and target.network.prefix != BITS[target.network.version]:
                self._refuse(
                    target.text,
                    "prefix_at_tencent",
                    "it is a prefix, and Tencent's list takes single addresses only",
                    cloud="tencent",
                )

    def _judge_sensitive(self) -> None:
        rows = self._named("sensitive")
        sensitive = Protected(
            tuple(ProtectedEntry(network, _called("sensitive"), label) for network, label, _place in rows)
        )
        acknowledged = set(self._exact("acknowledged"))
        for target in self.targets.found:
            entry = sensitive.find(target.network)
            if entry is None or not target.network.prefix:
                continue
            name = f" ({entry.place})" if entry.place else ""
            because = f"it is shared with others: {entry.network.text}{name} in {_called('sensitive')}"
            if target.network in acknowledged:
                self.acknowledged.append({"target": target.text, "because": because})
            else:
                self._refuse(target.text, "sensitive", because, entry=entry.network.text, source=_called("sensitive"))


def _too_wide(target: Target, least: Mapping[int, int]) -> str:
    """Which prefix is too short, the target itself or the IPv4 network that its addresses carry; '' if none."""
    for form in forms(target.network):
        if form.network.prefix < least[form.network.version]:
            carried = f"its {form.via} addresses are {form.network.text}, which" if form.via else "it"
            return f"{carried} is wider than allowed"
    return ""
