# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Block and allow rules of the Tencent Cloud Firewall as plain values, and the decisions about them.

Nothing here does I/O. Fields and numbers: API pages CreateAlertCenterRule, DescribeBlockIgnoreList, CreateBlockIgnoreRuleNew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address, Network, canonical, parse_network
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import is_private
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import PERMANENT, parse_time, shown_time

BLOCK, ALLOW = "block", "allow"
OPPOSITE = {BLOCK: ALLOW, ALLOW: BLOCK}
RULE_TYPES = {BLOCK: 1, ALLOW: 2}
SHOW_TYPES = {BLOCK: "blocklist", ALLOW: "whitelist"}
_ADDRESS_RULE_TYPES = {BLOCK: frozenset({1}), ALLOW: frozenset({2, 8})}

DIRECTIONS = {
    "inbound": frozenset("1"),
    "outbound": frozenset("0"),
    "both": frozenset("01"),
    "intranet": frozenset("3"),
}
_DIRECTION_WORDS = {
    "0": "outbound",
    "1": "inbound",
    "3": "intranet",
    "5": "intranet_source",
    "6": "intranet_destination",
}
BORDER = frozenset("01")
"""The directions that CreateBlockIgnoreRuleNew takes for a public address."""
_TOLERANCE = 120.0
"""Seconds by which an expiry read back may fall short of the one asked for."""


def direction_words(directions: Iterable[str]) -> list[str]:
    return [_DIRECTION_WORDS.get(direction, direction) for direction in sorted(directions, reverse=True)]


def covers(directions: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether a rule in `directions` acts in the `wanted` ones; intranet is also written as source and destination."""
    return wanted <= directions or (wanted == DIRECTIONS["intranet"] and {"5", "6"} <= directions)


def beyond(directions: frozenset[str], wanted: frozenset[str]) -> frozenset[str]:
    """The directions that a rule acts in although they are not `wanted`."""
    return directions - (wanted | {"5", "6"} if "3" in wanted else wanted)


@dataclass(frozen=True)
class Entry:
    """What one list holds for one address; `expires` in Unix seconds, None when unreadable."""

    action: str
    ioc: str
    directions: frozenset[str]
    expires: float | None
    comment: str
    expired: bool = False
    latest: float | None = None
    """When the last of its directions ends, which a renewal must not shorten; `expires` is when the first does."""
    direction_list: str = ""
    """As read: a deletion has to repeat it."""
    rule_type: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "directions": direction_words(self.directions),
            "expires": shown_time(self.expires),
            "expired": self.expired,
            "comment": self.comment,
        }


class RuleList:
    """One complete list (or all of it that concerns the targets), by address. Entries are made on demand: lists are long."""

    def __init__(self, action: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.action = action
        self._by_address: dict[str, list[Mapping[str, Any]]] = {}
        self._prefixes: list[tuple[Network, Mapping[str, Any]]] = []
        types = _ADDRESS_RULE_TYPES[action]
        for row in rows:
            if row.get("RuleType") not in types:
                continue
            ioc = str(row.get("Ioc") or row.get("IP") or "").strip()
            address = canonical(ioc)
            if address is not None:
                self._by_address.setdefault(address, []).append(row)
            elif "/" in ioc:
                network = _network(ioc)
                if network is not None:
                    self._prefixes.append((network, row))

    def addresses(self) -> set[str]:
        return set(self._by_address)

    def entry(self, address: str, now: float) -> Entry | None:
        """The entry of exactly this address (in its canonical spelling), expired ones included."""
        rows = self._by_address.get(address)
        return _entry(self.action, rows, now) if rows else None

    def live(self, address: str, now: float) -> Entry | None:
        entry = self.entry(address, now)
        return None if entry is None or entry.expired else entry

    def covering(self, target: Address, now: float) -> list[str]:
        """The unexpired entries that act on `target`: its own, and prefixes around it."""
        own = self.live(target.text, now)
        around = [
            str(row.get("Ioc"))
            for network, row in self._prefixes
            if network.version == target.version
            and network.first <= target.value <= network.last
            and not _expired(_end(row), now)
        ]
        return ([own.ioc] if own else []) + sorted(around)


def _network(text: str) -> Network | None:
    try:
        return parse_network(text, "Ioc")
    except InputError:
        return None


def _end(row: Mapping[str, Any]) -> float | None:
    return parse_time(str(row.get("EndTime") or ""))


def _expired(end: float | None, now: float) -> bool:
    return end is not None and end <= now


def _digits(value: Any) -> frozenset[str]:
    return _parsed_digits("" if value is None else str(value))


@lru_cache(maxsize=64)
def _parsed_digits(text: str) -> frozenset[str]:
    digits = {part.strip() for part in text.split(",")} - {""}
    return frozenset((digits - {"2"}) | (BORDER if "2" in digits else frozenset()))


def _entry(action: str, rows: Sequence[Mapping[str, Any]], now: float) -> Entry:
    """Several rows of one address are one entry: the directions that are in force, until the first of them ends."""
    live = [row for row in rows if not _expired(_end(row), now)]
    used = live or rows
    directions: frozenset[str] = frozenset()
    for row in used:
        own = _digits(row.get("Direction")) if len(rows) > 1 else frozenset()
        own = own or _digits(row.get("DirectionList")) or _digits(row.get("Direction"))
        # Most rules have one row, and the same directions as others: a set of its own would be most of an entry.
        directions = directions | own if directions else own
    ends = [_end(row) for row in used]
    known = [end for end in ends if end is not None]
    listed = list(dict.fromkeys(str(row.get("DirectionList") or "") for row in rows))
    every = frozenset().union(*(_digits(row.get("DirectionList")) for row in rows), directions)
    whole = listed[0] if len(listed) == 1 and listed[0] else ",".join(sorted(every, reverse=True))
    return Entry(
        action=action,
        ioc=str(used[0].get("Ioc") or used[0].get("IP")),
        directions=directions,
        expires=None if len(known) < len(ends) else (min(known) if live else max(known)),
        comment=str(used[0].get("Comment") or ""),
        expired=not live,
        latest=max(known, default=None),
        direction_list=whole,
        rule_type=int(used[0]["RuleType"]),
    )


def entry_of(action: str, rows: Sequence[Mapping[str, Any]], now: float) -> Entry:
    """The entry that these rows of one rule are, one or several of them."""
    return _entry(action, rows, now)


def digits_of(value: Any) -> frozenset[str]:
    """The directions in a Direction or DirectionList of the service."""
    return _digits(value)


@dataclass(frozen=True)
class Lists:
    """Both lists and the service's time when they were read."""

    block: RuleList
    allow: RuleList
    now: float

    def of(self, action: str) -> RuleList:
        return self.block if action == BLOCK else self.allow


@dataclass(frozen=True)
class Wanted:
    """What the task asks for, the same for all its targets. `seconds` is the duration; PERMANENT is one."""

    action: str
    present: bool
    directions: frozenset[str] | None
    seconds: float = 0.0
    renew_within: float | None = None
    replace_opposite: bool = False
    comment: str | None = None

    @property
    def by_alert_center(self) -> bool:
        """Whether CreateAlertCenterRule can say this duration: one day, seven days, permanent."""
        return self.seconds in HANDLE_TIMES


HANDLE_TIMES = {86400.0: 1, 7 * 86400.0: 7, PERMANENT: -2}


@dataclass(frozen=True)
class Step:
    """The decision about one target: what is there, what to do, what will be there.

    `how` is the call: '' (nothing), 'alert_center', 'upsert', 'remove'. `result` is the word that the user sees once it is done.
    """

    target: Address
    result: str
    how: str = ""
    before: Entry | None = None
    after: Entry | None = None
    asked: Entry | None = None
    """What the service is asked for; `after` may have more directions, those of the rule that is there."""
    opposite: Entry | None = None
    """An entry on the other list, to be removed first."""
    reason: str = ""
    alert_id: str = ""

    def satisfied(self, entry: Entry | None) -> bool:
        """Whether an entry that was read back is what the service was asked for."""
        asked = self.asked
        if entry is None or entry.expired or asked is None or not covers(entry.directions, asked.directions):
            return False
        return entry.expires is not None and entry.expires >= (asked.expires or 0) - _TOLERANCE


def plan(wanted: Wanted, targets: Sequence[tuple[Address, str]], lists: Lists) -> list[Step]:
    """One step for each target (with the alert id that named it, or ''), from what both lists hold. Pure."""
    decide = _plan_present if wanted.present else _plan_absent
    return [replace(decide(wanted, target, lists), alert_id=alert_id) for target, alert_id in targets]


def _plan_absent(wanted: Wanted, target: Address, lists: Lists) -> Step:
    entry = lists.of(wanted.action).entry(target.text, lists.now)
    if entry is None or entry.expired:
        return Step(target, "unchanged", before=entry, after=entry)
    if wanted.directions is not None and beyond(entry.directions, wanted.directions):
        return Step(
            target,
            "refused",
            before=entry,
            after=entry,
            reason=f"the rule acts {' and '.join(direction_words(entry.directions))}, and one direction of it can't be removed alone; "
            "leave direction out to remove the whole rule",
        )
    return Step(target, "removed", how="remove", before=entry)


def _plan_present(wanted: Wanted, target: Address, lists: Lists) -> Step:
    directions = wanted.directions or frozenset()
    entry = lists.of(wanted.action).entry(target.text, lists.now)
    opposite = lists.of(OPPOSITE[wanted.action]).live(target.text, lists.now)
    if opposite and not wanted.replace_opposite:
        return Step(
            target,
            "refused",
            before=entry,
            after=entry,
            reason=f"it is on the {opposite.action} list ({', '.join(direction_words(opposite.directions))}, "
            f"expires: {shown_time(opposite.expires)}); set replace_opposite: true to remove it there first",
        )
    end = PERMANENT if wanted.seconds == PERMANENT else lists.now + wanted.seconds
    fresh = Entry(
        action=wanted.action,
        ioc=entry.ioc if entry else target.text,
        directions=directions,
        expires=end,
        comment=wanted.comment if wanted.comment is not None else (entry.comment if entry else ""),
    )
    if entry is None:
        if not wanted.by_alert_center:
            return _upsert(Step(target, "created", after=fresh, asked=fresh, opposite=opposite), directions)
        return Step(
            target,
            "created",
            how="alert_center",
            after=fresh,
            asked=fresh,
            opposite=opposite,
        )
    if entry.expired:
        merged = replace(fresh, directions=entry.directions | directions)
        return _upsert(Step(target, "renewed", before=entry, after=merged, asked=fresh, opposite=opposite), directions)
    later = replace(
        fresh,
        directions=entry.directions | directions,
        expires=end if entry.latest is None else max(end, entry.latest),
    )
    if not covers(entry.directions, directions):
        return _upsert(Step(target, "updated", before=entry, after=later, asked=later, opposite=opposite), directions)
    due = (
        wanted.renew_within is not None
        and entry.expires is not None
        and entry.expires - lists.now < wanted.renew_within
    )
    if due or (end == PERMANENT and entry.expires != PERMANENT):
        later = replace(later, directions=entry.directions)
        return _upsert(Step(target, "renewed", before=entry, after=later, asked=later, opposite=opposite), directions)
    if opposite:
        return Step(target, "updated", before=entry, after=entry, opposite=opposite)
    return Step(target, "unchanged", before=entry, after=entry)


def _upsert(step: Step, directions: frozenset[str]) -> Step:
    """CreateBlockIgnoreRuleNew knows no intranet direction for a block: what it can't say is refused here."""
    private = step.after is not None and step.after.action == ALLOW and is_private(step.target)
    if directions <= BORDER and not private:
        return replace(step, how="upsert")
    if private:
        return _refused(
            step,
            "the API takes an allow rule for a private address with duration 1d, 7d or permanent only, and can't renew it",
        )
    expired = step.before is not None and step.before.expired
    return _refused(
        step,
        "the API can't renew a rule for the intranet or extend one to it; "
        + ("delete the expired rule in the console" if expired else "remove the rule with state: absent first"),
    )


def _refused(step: Step, reason: str) -> Step:
    return replace(step, result="refused", after=step.before, asked=None, opposite=None, reason=reason)


def changed_steps(steps: Iterable[Step]) -> Iterator[Step]:
    """Those that write something."""
    return (step for step in steps if step.how or step.opposite)
