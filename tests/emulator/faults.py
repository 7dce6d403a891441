# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by request number: which request of which call goes wrong, and how. Arguments with their defaults:

    delay               seconds 1.0, after_commit false: the right answer, late
    drop_before_commit  connection broken, nothing done
    drop_after_commit   connection broken, carried out
    late_commit         seconds 0, calls 0: connection broken; carried out once that much time of the service clock has
                        passed and that many list calls were answered
    throttle            retry_after, code, message: 429 APIGW.0308 or RequestLimitExceeded, nothing done
    status              status 500, code, message, commit false: that HTTP status, in the vendor's shape with a code
    error               code, message, status, commit false: the vendor's error shape
    html                status 502, commit false: an HTML page
    truncated_json      commit true, cut "body": half of the right body; cut "connection": and then a broken connection
    content_type        content_type "text/html; charset=utf-8": carried out, the right body labelled wrongly
    not_json_200        commit true: 200 with a body that is no JSON
    empty_200           commit true: 200 without a body
    skew                seconds 3600: as if the service's clock were that far off, Date included
    redirect            location "https://redirect.invalid/", status 302, commit false: to another host
    huge                bytes 2 ** 30, commit false: a body that does not end
    slow_body           seconds 1.0: carried out, the right body, one byte each `seconds`
    cut_file            after -1, clean false: a download breaks after so many bytes (-1: half of them); clean: sent
                        without a length, so that it seems to be all
    wrong_length        by 1: a download's Content-Length is off by so many bytes, then the connection ends; with less
                        than the file it seems to be all
    changed_file        grow 0: a download of other bytes, so many longer
    lockout             401, the key is locked for five minutes; nothing done

`commit` says whether the request is carried out although the answer goes wrong. After a skew its clock stays valid
beside the right one, so that a caller who corrected itself by Date gets in.

`nth` counts the requests of that call (of any call for "*") since the last reset or log clear, `times` says how many
from there on; 0 means all of them. The first fault that fits wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_COMMIT_ON_REQUEST = {"commit": False}
KINDS: dict[str, dict[str, Any]] = {
    "delay": {"seconds": 1.0, "after_commit": False},
    "drop_before_commit": {},
    "drop_after_commit": {},
    "late_commit": {"seconds": 0.0, "calls": 0},
    "throttle": {"retry_after": None, "code": None, "message": None},
    "status": {"status": 500, "code": None, "message": None, **_COMMIT_ON_REQUEST},
    "error": {"code": None, "message": None, "status": None, **_COMMIT_ON_REQUEST},
    "html": {"status": 502, **_COMMIT_ON_REQUEST},
    "truncated_json": {"commit": True, "cut": "body"},
    "content_type": {"content_type": "text/html; charset=utf-8"},
    "not_json_200": {"commit": True},
    "empty_200": {"commit": True},
    "skew": {"seconds": 3600.0},
    "redirect": {"location": "https://redirect.invalid/", "status": 302, **_COMMIT_ON_REQUEST},
    "huge": {"bytes": 2**30, **_COMMIT_ON_REQUEST},
    "slow_body": {"seconds": 1.0},
    "cut_file": {"after": -1, "clean": False},
    "wrong_length": {"by": 1},
    "changed_file": {"grow": 0},
    "lockout": {},
}
_ALWAYS_COMMITTED = frozenset(
    {"delay", "drop_after_commit", "content_type", "skew", "slow_body", "cut_file", "wrong_length", "changed_file"}
)
_COMMON = frozenset({"call", "nth", "kind", "times"})


class FaultError(ValueError):
    """A fault that the emulator does not know how to inject."""


@dataclass(frozen=True)
class Fault:
    call: str
    kind: str
    nth: int = 1
    times: int = 1
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def commits(self) -> bool:
        """Whether the request is carried out although the answer goes wrong."""
        return self.kind in _ALWAYS_COMMITTED or bool(self.args.get("commit", False))

    def hits(self, number: int) -> bool:
        return number >= self.nth and (self.times == 0 or number < self.nth + self.times)


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def parse_fault(values: Mapping[str, Any]) -> Fault:
    """A fault from its JSON form; FaultError names what is wrong with it."""
    kind, call = values.get("kind"), values.get("call")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError(f"There is no fault kind {kind!r}. Known ones: {', '.join(sorted(KINDS))}.")
    if not isinstance(call, str) or not call:
        raise FaultError(f"A fault needs a call name, or '*' for any call, not {call!r}.")
    nth, times = values.get("nth", 1), values.get("times", 1)
    if not _is_count(nth, 1) or not _is_count(times, 0):
        raise FaultError(f"nth must be 1 or more and times 0 or more, not {nth!r} and {times!r}.")
    given = {name: value for name, value in values.items() if name not in _COMMON}
    unknown = sorted(set(given) - set(KINDS[kind]))
    if unknown:
        known = ", ".join(sorted(KINDS[kind])) or "none"
        raise FaultError(f"Fault kind {kind!r} has no argument {unknown[0]!r}. Known ones: {known}.")
    if kind == "error" and not given.get("code"):
        raise FaultError("Fault kind 'error' needs a code.")
    if given.get("cut", "body") not in ("body", "connection"):
        raise FaultError(f"cut must be 'body' or 'connection', not {given['cut']!r}.")
    for name, value in given.items():
        _check_argument(name, value, KINDS[kind][name])
    return Fault(call, kind, nth, times, {**KINDS[kind], **given})


def _check_argument(name: str, value: Any, default: Any) -> None:
    if default is None or value is None:
        return
    wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise FaultError(f"Fault argument {name!r} must be of type {type(default).__name__}, not {value!r}.")


class Faults:
    """The faults in force, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults = []

    def match(self, call: str, number: int, overall: int) -> Fault | None:
        for fault in self._faults:
            if fault.call in (call, "*") and fault.hits(overall if fault.call == "*" else number):
                return fault
        return None
