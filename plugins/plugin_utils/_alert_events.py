# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts as event filters hand them to a rulebook: one event for each attacker, of one shape, whoever sent the alert.

What arrives is written by others, and what an attacker sent may be quoted in it. So an event has addresses in their
canonical form, words of this collection, times, and texts that no template language takes for its own; everything else
of the alert stays behind. Whatever can't be read becomes an event that says so: nothing here raises for a payload.

It runs in the process of ansible-rulebook, which need not have ansible-core: nothing of it is imported.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical, shown, split_list
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields

LEVELS = ("low", "medium", "high", "critical")
INBOUND, OUTBOUND = "inbound", "outbound"
MAX_ATTACKERS = 20
MAX_ALERTS = 1000
MAX_PER_HOUR = 100
_MAX_VICTIMS = 10
_MAX_IDS = 20
_MAX_PROBLEMS = 10
_MAX_ADDRESSES = 1000
_LONGEST_TEXT = 100
_DEEPEST = 6
_HOUR = 3600.0
_DAY = 86400.0
_OLDEST = 30 * _DAY
_LEVEL_WORDS = {
    **{word: word for word in LEVELS},
    "mid": "medium",
    "middle": "medium",
    "severe": "critical",
    "serious": "critical",
    "fatal": "critical",
}
_DIRECTION_WORDS = {
    "0": OUTBOUND,
    "1": INBOUND,
    "in": INBOUND,
    "in2out": OUTBOUND,
    "inbound": INBOUND,
    "ingress": INBOUND,
    "out": OUTBOUND,
    "out2in": INBOUND,
    "outbound": OUTBOUND,
    "egress": OUTBOUND,
}
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# The signs that begin or end something in Jinja, and the quotes and backslashes that could end a text.
_TAMED = str.maketrans({"{": "(", "}": ")", "%": "/", "#": "/", "\\": "/", '"': "'", "`": "'", "$": "/"})

Row = Mapping[str, Any]


class Event(dict[str, Any]):
    """An event that a filter of this collection made. Its type tells it from one that somebody sent in this shape."""


@dataclass(frozen=True)
class Options:
    """What the filters have in common, see their documentation."""

    vendor: str
    payload: str = "payload"
    endpoint: str = ""
    default_direction: str = ""
    default_level: str = ""
    max_attackers: int = MAX_ATTACKERS
    max_alerts: int = MAX_ALERTS
    max_attackers_per_hour: int = MAX_PER_HOUR
    keep_payload: bool = False


@dataclass(frozen=True)
class Alert:
    """What was read of one alert, nothing judged yet. `moment` is in Unix seconds."""

    sources: Sequence[Any] = ()
    destinations: Sequence[Any] = ()
    direction: Any = ""
    level: Any = ""
    name: Any = ""
    moment: float | None = None
    ids: Sequence[Any] = ()
    problem: str = ""


@dataclass
class _Attack:
    """What is known of one attacker in one direction."""

    target: str
    direction: str
    level: str
    name: str
    moment: float | None
    alerts: int = 0
    victims: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.direction} {self.target}"


class Pace:
    """The attackers of the last hour, each level for itself, so that many small alerts do not hold up a great one."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, float]] = {}

    def allows(self, level: str, key: str, most: int, now: float) -> bool:
        """Whether this attacker may be passed on; counts those that were, each once."""
        seen = {known: at for known, at in self._seen.get(level, {}).items() if at > now - _HOUR}
        self._seen[level] = seen
        if key not in seen and len(seen) >= most:
            return False
        seen.setdefault(key, now)
        return True


PACE = Pace()
"""What all filters of a process count with."""


class Unreadable(Exception):
    """A payload, or a part of it, that says nothing to act on; the message is one sentence."""


# --- from events to events ---


def events(
    event: dict[str, Any], options: Options, read: Callable[[Any], Iterable[Alert]], now: float, pace: Pace = PACE
) -> dict[str, Any] | list[dict[str, Any]]:
    """The event as it goes on: unchanged if it is not for this filter, else one for each attacker and each problem."""
    if isinstance(event, Event) or not _is_for(event, options.endpoint):
        return event
    payload = at_path(event, options.payload)
    try:
        found = _attacks(read(payload), options, now, pace)
    except Unreadable as error:
        found = [_problem(options.vendor, str(error))]
    except Exception as error:  # noqa: BLE001  # a source without a server around it would end with the filter
        found = [_problem(options.vendor, f"the payload could not be read ({type(error).__name__})")]
    made: list[dict[str, Any]] = []
    for cfw in found:
        one = Event(cfw=cfw)
        if options.keep_payload:
            one["payload"] = payload
        made.append(one)
    return made[0] if len(made) == 1 else made


def _is_for(event: Any, endpoint: str) -> bool:
    return not endpoint or text_of(at_path(event, "meta.endpoint")).strip("/") == endpoint.strip("/")


def _attacks(alerts: Iterable[Alert], options: Options, now: float, pace: Pace) -> list[dict[str, Any]]:
    attacks: dict[str, _Attack] = {}
    problems: list[str] = []
    number = 0
    for number, alert in enumerate(alerts, 1):
        if number > options.max_alerts:
            raise Unreadable(f"the payload has more than {options.max_alerts} alerts (max_alerts)")
        try:
            found, bad = _judged(alert, options, now)
        except Unreadable as error:
            problems.append(str(error))
            continue
        problems += bad
        for attack in found:
            _merge(attacks.setdefault(attack.key, attack), attack)
    if not number:
        raise Unreadable("the payload has no alert in it")
    if len(attacks) > options.max_attackers:
        raise Unreadable(
            f"the payload names {len(attacks)} attackers, more than {options.max_attackers} (max_attackers): "
            "that many are not blocked without somebody who looks"
        )
    held = {
        key
        for key, attack in attacks.items()
        if not pace.allows(attack.level, key, options.max_attackers_per_hour, now)
    }
    problems += [
        f"{key} is left to a person: {options.max_attackers_per_hour} others of the level {attacks[key].level} were passed "
        "on in the last hour (max_attackers_per_hour)"
        for key in held
    ]
    if len(problems) > _MAX_PROBLEMS:
        problems[_MAX_PROBLEMS:] = [f"{len(problems) - _MAX_PROBLEMS} more problems of the same payload"]
    return [_cfw(options.vendor, attack, now) for key, attack in attacks.items() if key not in held] + [
        _problem(options.vendor, problem) for problem in problems
    ]


def _judged(alert: Alert, options: Options, now: float) -> tuple[list[_Attack], list[str]]:
    """The attackers of an alert, and what is wrong with it. Unreadable if nothing can be said of the whole."""
    called = _called(alert)
    if alert.problem:
        raise Unreadable(f"{called} {alert.problem}")
    direction = _word(alert.direction, _DIRECTION_WORDS, options.default_direction)
    if direction not in (INBOUND, OUTBOUND):
        raise Unreadable(
            f"{called} has {_said(direction, 'no direction')}, and only inbound and outbound tell who the attacker is"
        )
    level = _word(alert.level, _LEVEL_WORDS, options.default_level)
    if level not in LEVELS:
        raise Unreadable(f"{called} has {_said(level, 'no level')}, which is none of {', '.join(LEVELS)}")
    attackers, victims = (
        (alert.sources, alert.destinations) if direction == INBOUND else (alert.destinations, alert.sources)
    )
    targets, bad = addresses(attackers)
    problems = [f"{called} names {shown(cleaned(item))} as an attacker, which is no IP address" for item in bad]
    if not targets and not problems:
        raise Unreadable(
            f"{called} names no attacker: the {'source' if direction == INBOUND else 'destination'} is empty"
        )
    moment = alert.moment
    # A clock that is ahead of ours must not keep the attacker from being blocked.
    moment = min(moment, now) if moment is not None and now - _OLDEST <= moment <= now + _DAY else None
    others = addresses(victims)[0][:_MAX_VICTIMS]
    ids = [text for text in map(text_of, alert.ids) if _ID.fullmatch(text)]
    name = cleaned(alert.name)
    return [_Attack(target, direction, level, name, moment, 1, list(others), list(ids)) for target in targets], problems


def _called(alert: Alert) -> str:
    ids = [text for text in map(text_of, alert.ids) if _ID.fullmatch(text)]
    return f"the alert {ids[0]}" if ids else "an alert"


def _merge(into: _Attack, other: _Attack) -> None:
    if into is other:
        return
    into.alerts += other.alerts
    if LEVELS.index(other.level) > LEVELS.index(into.level):
        into.level, into.name = other.level, other.name or into.name
    if other.moment is not None and (into.moment is None or other.moment > into.moment):
        into.moment = other.moment
    into.victims = list(dict.fromkeys([*into.victims, *other.victims]))[:_MAX_VICTIMS]
    into.ids = list(dict.fromkeys([*into.ids, *other.ids]))


def _cfw(vendor: str, attack: _Attack, now: float) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "ok": True,
        "problem": "",
        "key": attack.key,
        "case_id": case_id(attack.target, now if attack.moment is None else attack.moment),
        "targets": [attack.target],
        "victims": attack.victims,
        "direction": attack.direction,
        "level": attack.level,
        "at_least": list(LEVELS[: LEVELS.index(attack.level) + 1]),
        "name": attack.name,
        "event_time": "" if attack.moment is None else _utc(attack.moment).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "alerts": attack.alerts,
        "alert_ids": attack.ids[:_MAX_IDS],
    }


def _problem(vendor: str, problem: str) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "ok": False,
        "problem": cleaned(problem, 300),
        "key": "",
        "case_id": "",
        "targets": [],
        "victims": [],
        "direction": "",
        "level": "",
        "at_least": [],
        "name": "",
        "event_time": "",
        "alerts": 0,
        "alert_ids": [],
    }


def case_id(target: str, moment: float) -> str:
    """One case for an attacker and a day in UTC: the day and the address, or a hash of one that does not fit."""
    day = _utc(moment).strftime("%y%m%d")
    if ":" not in target:
        return f"ev{day}-{target}"
    return f"ev{day}-{hashlib.sha256(target.encode()).hexdigest()[:15]}"


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, timezone.utc)


# --- what was sent, tamed ---


def cleaned(value: Any, longest: int = _LONGEST_TEXT) -> str:
    """A text that somebody else wrote, in one line and shortened, that is a template in no language and ends no quotes."""
    text = "".join(char if char.isprintable() else " " for char in text_of(value)[: longest * 4])
    text = " ".join(text.translate(_TAMED).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def text_of(value: Any) -> str:
    """A text or a number as text; anything else is none."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        value = int(value) if abs(value) < 10**18 else ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else ""
    return value.strip() if isinstance(value, str) else ""


def addresses(values: Iterable[Any]) -> tuple[list[str], list[str]]:
    """The addresses in canonical form, each once, and what is none. A text may hold several, separated by commas."""
    found: dict[str, None] = {}
    bad: dict[str, None] = {}
    for value in list(values)[:_MAX_ADDRESSES]:
        if value is None:
            continue
        parts = split_list(value) if isinstance(value, str) else [""]
        for part in parts[:_MAX_ADDRESSES]:
            address = canonical(part)
            if address is None:
                bad[part or type(value).__name__] = None
            else:
                found[_unmapped(address)] = None
    return list(found), list(bad)[:_MAX_PROBLEMS]


def _unmapped(address: str) -> str:
    """An IPv4 host is one and the same, also when a log writes it as an IPv6 address."""
    if ":" in address:
        mapped = ipaddress.IPv6Address(address).ipv4_mapped
        if mapped is not None:
            return str(mapped)
    return address


def _word(value: Any, words: Mapping[str, str], default: str) -> str:
    """A word of this collection; one that is not known is passed on in lower case."""
    found = (text_of(value) or text_of(default)).lower()
    return words.get(found, found)


def _said(word: str, nothing: str) -> str:
    return shown(cleaned(word)) if word else nothing


def at_path(value: Any, path: str) -> Any:
    """What is at a path such as `alert.source.0.ip`; None if there is nothing."""
    for name in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def parsed(value: Any) -> Any:
    """What JSON in a text says; the value itself if it is no text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Unreadable("the payload holds text where JSON was expected") from None


def _rows(payload: Any, wrappers: Sequence[str], lists: Sequence[str]) -> list[Any]:
    """The alerts of a payload: a list, what is in one of `lists`, after unpacking `wrappers`; or the payload itself."""
    for _depth in range(_DEEPEST):
        payload = parsed(payload)
        if isinstance(payload, list):
            return payload
        if not isinstance(payload, Mapping):
            raise Unreadable(f"the payload is {_kind(payload)}, not an object or a list of them")
        inner = next((payload[name] for name in (*lists, *wrappers) if payload.get(name) is not None), None)
        if inner is None:
            return [payload]
        payload = inner
    raise Unreadable("the payload is nested too deeply")


def _kind(value: Any) -> str:
    return "empty" if value is None else {"bool": "a boolean", "str": "text"}.get(type(value).__name__, "a number")


# --- the vendors ---

_TENCENT_SOURCES = (*fields.SOURCES, "source_ips")
_TENCENT_DESTINATIONS = (*fields.DESTINATIONS, "destination_ips")
_TENCENT_TIMES = (*fields.LAST, "last_seen", *fields.FIRST, "first_seen")


def read_tencent(payload: Any) -> Iterable[Alert]:
    """Rows as DescribeCfwAlerts and DescribeLogs give them, alone, in a list or in the whole answer; or those of the module
    tencent_cfw_alert_info."""
    for row in _rows(payload, ("Response", "Data"), ("alerts", "logs")):
        if not isinstance(row, Mapping):
            yield Alert(problem="is not an object")
            continue
        yield Alert(
            sources=_all(row, _TENCENT_SOURCES),
            destinations=_all(row, _TENCENT_DESTINATIONS),
            direction=fields.first(row, fields.DIRECTION),
            level=fields.first(row, fields.LEVEL),
            name=fields.first(row, fields.NAME),
            moment=_first_moment(row, _TENCENT_TIMES),
            ids=_all(row, (*fields.CURRENT_EVENT_ID, *fields.EVENT_ID, *fields.LOG_ID)),
        )


_SMN_TYPES = {
    "SubscriptionConfirmation": "is the confirmation of a subscription, which somebody has to open in the browser",
    "UnsubscribeConfirmation": "tells of a subscription that was ended",
}
_HUAWEI_TIMES = ("event_time", "time", "end_time", "start_time", "hit_time")


def read_huawei(payload: Any) -> Iterable[Alert]:
    """Rows of the attack log, alone, in a list or in the whole answer, also as the message of a notification of SMN; or
    those of the module huawei_cfw_log_info."""
    envelope = parsed(payload)
    if (
        isinstance(envelope, Mapping)
        and "message" in envelope
        and ("topic_urn" in envelope or "message_id" in envelope)
    ):
        kind = text_of(envelope.get("type"))
        if kind in _SMN_TYPES:
            raise Unreadable(f"the message of SMN {_SMN_TYPES[kind]}")
        try:
            payload = parsed(envelope["message"])
        except Unreadable:
            raise Unreadable(
                "the notification of SMN holds text and not JSON: what the firewall writes into its own notifications is "
                "not published, so send the rows of the attack log"
            ) from None
    for row in _rows(payload, ("data",), ("records", "logs")):
        if not isinstance(row, Mapping):
            yield Alert(problem="is not an object")
            continue
        alert = Alert(
            sources=_sides(row, "src_ip", "source"),
            destinations=_sides(row, "dst_ip", "destination"),
            direction=fields.first(row, ("direction",)),
            level=fields.first(row, ("level",)),
            name=fields.first(row, ("attack_rule", "rule", "attack_type")),
            moment=_first_moment(row, _HUAWEI_TIMES),
            ids=_all(row, ("log_id",)),
        )
        behind = set(addresses(as_list(row.get("real_ip")))[0]) - set(addresses(alert.sources)[0])
        if behind and _word(alert.direction, _DIRECTION_WORDS, INBOUND) == INBOUND:
            alert = replace(
                alert,
                problem="came through a web application firewall or a proxy (real_ip is another address than src_ip): to "
                "block its address here would block all that comes through it, so block the client there",
            )
        yield alert


def read_generic(paths: Mapping[str, str]) -> Callable[[Any], Iterable[Alert]]:
    """A reader for alerts whose fields are at these paths; `alerts` is where the list of them is."""

    def read(payload: Any) -> Iterable[Alert]:
        whole = parsed(payload)
        rows = as_list(at_path(whole, paths["alerts"]) if paths["alerts"] else whole)
        for row in rows:
            if not isinstance(row, Mapping):
                yield Alert(problem="is not an object")
                continue
            yield Alert(
                sources=as_list(at_path(row, paths["sources"])),
                destinations=as_list(at_path(row, paths["destinations"])),
                direction=at_path(row, paths["direction"]),
                level=at_path(row, paths["level"]),
                name=at_path(row, paths["name"]),
                moment=_moment(at_path(row, paths["event_time"])),
                ids=as_list(at_path(row, paths["alert_id"])),
            )

    return read


def _all(row: Row, names: Sequence[str]) -> list[Any]:
    return [item for name in names for item in as_list(row.get(name)) if item not in (None, "")]


def _sides(row: Row, name: str, side: str) -> list[Any]:
    """A row of the API has the address alone, one of the module has it in a dictionary."""
    given = row.get(side)
    inside = as_list(given.get("address")) if isinstance(given, Mapping) else []
    return [item for item in (*as_list(row.get(name)), *inside) if item not in (None, "")]


def _first_moment(row: Row, names: Sequence[str]) -> float | None:
    return next((found for found in (_moment(row.get(name)) for name in names) if found is not None), None)


def _moment(value: Any) -> float | None:
    text = text_of(value)
    if not 0 < len(text) <= 40:
        return None
    found = fields.moment(text)
    # The year 3000 is how the service says "for ever".
    return found if found is not None and found < 32503680000 else None
