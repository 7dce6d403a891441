# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_black_white_list: read, plan, act, verify, and tell what became of every entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Network, is_one_line, shown, split_list
from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import (
    ALLOW,
    BLOCK,
    CAPACITY,
    DIRECTIONS,
    DOMAIN,
    PROTOCOLS,
    Entry,
    Room,
    Step,
    plan,
    room_for,
    wanted_entry,
)
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import Border, border_in
from ansible_collections.secops.cfw.plugins.module_utils._huawei.list_writing import FAILURES, Track, Writer
from ansible_collections.secops.cfw.plugins.module_utils._huawei.lists import BlackWhiteList
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._protection import (
    PROTECTION,
    Protected,
    Verdict,
    judge,
    read_protected,
)
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

_SHARED: dict[str, dict[str, Any]] = {
    "direction": {"type": "str", "choices": list(DIRECTIONS)},
    "protocol": {"type": "str", "choices": list(PROTOCOLS)},
    "port": {"type": "str"},
    "description": {"type": "str"},
}

BLACK_WHITE_LIST = HUAWEI.merge(PROTECTION).merge(
    OptionSpec(
        options={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "action": {"type": "str", "choices": [BLOCK, ALLOW], "required": True},
            "fw_instance_id": {"type": "str"},
            "object_id": {"type": "str"},
            "ips": {"type": "list", "elements": "str"},
            **_SHARED,
            "entries": {
                "type": "list",
                "elements": "dict",
                "options": {"address": {"type": "str", "required": True}, **_SHARED},
            },
            "exclusive": {"type": "bool", "default": False},
            "batch_size": {"type": "int", "default": 100},
        }
    )
)

_MOST_BATCHED = 1000
_LISTED = 10


@dataclass(frozen=True)
class _Request:
    """The options, checked and in plain types. `verdict`: of what is known before the list is read."""

    border: Border
    action: str
    present: bool
    exclusive: bool
    wanted: tuple[Entry, ...]
    batch_size: int
    settle_timeout: float
    protected: Protected
    verdict: Verdict


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Adds the entries to the list, or removes them, or makes the list exactly these.

    Returns `changed`, `object_id`, `entries`, `counts`, `protection`, `quota`, `diff`. Raises InputError before any request;
    CfwError, with the state of every entry in its result, if one was refused, failed, or is in an unknown state.
    """
    request = _validated(params, context)
    client = HuaweiCfw(params, context, calls)
    object_id = request.border.looked_up(client)
    target = BlackWhiteList(client, object_id, request.action, request.border.fw_instance_id)
    listed = target.read()
    steps = plan(request.wanted, listed, present=request.present, exclusive=request.exclusive)
    verdict = (
        _judged_surplus(params, request, steps) if request.exclusive and request.action == ALLOW else request.verdict
    )
    for warning in dict.fromkeys((*request.verdict.warnings, *verdict.warnings)):
        context.warn(warning)
    room = room_for(steps, listed)
    tracks = [Track(step) for step in steps]
    stopped: CfwError | None = None
    if room.misfits:
        stopped = _no_room(room)
        _refuse(tracks, room)
    elif context.check_mode:
        for track in tracks:
            track.close(track.step.result, track.step.after)
    else:
        writer = Writer(target, context, listed, request.batch_size, request.settle_timeout)
        writer.carry_out(tracks, remove_first=room.only_after_removal)
        stopped = writer.stopped
    return _report(object_id, tracks, verdict, stopped, room)


def _validated(params: Mapping[str, Any], context: Context) -> _Request:
    border = border_in(params)
    present, action, exclusive = params["state"] == "present", params["action"], params["exclusive"]
    if exclusive and not present:
        raise InputError("exclusive goes with state: present, which then removes all other entries of the list")
    if not 1 <= params["batch_size"] <= _MOST_BATCHED:
        raise InputError(f"batch_size is {params['batch_size']}; give 1 to {_MOST_BATCHED}")
    wanted = tuple(_wanted(params, exclusive))
    protected = read_protected(params["protected"], params["protected_file"], context)
    blocks, later = present and action == BLOCK, exclusive and action == ALLOW
    relevant = blocks or (action == ALLOW and not present)
    verdict = judge(
        _networks(wanted),
        protected if relevant else Protected(),
        # Where removals are judged once the list is read, the exemptions are for them.
        allow_protected=None if later else params["allow_protected"],
        reason=params["allow_protected_reason"],
        only_protected=not blocks,
        removal=not present,
    )
    if later:
        # Exemptions that make no sense are refused before anything is sent all the same.
        _judge_removal((), protected, params)
    verdict.check()
    if relevant and protected.entries:
        _warn_of_domains([entry for entry in wanted if entry.network is None], verdict)
    return _Request(
        border=border,
        action=action,
        present=present,
        exclusive=exclusive,
        wanted=wanted,
        batch_size=params["batch_size"],
        settle_timeout=params["settle_timeout"],
        protected=protected,
        verdict=verdict,
    )


def _wanted(params: Mapping[str, Any], exclusive: bool) -> list[Entry]:
    ips = split_list(params["ips"])
    rows = [row for row in params["entries"] or () if any((value or "").strip() for value in row.values())]
    if bool(ips) == bool(rows):
        raise InputError(
            "Exactly one of ips and entries has to hold something; "
            + ("both do" if ips else "neither does (blank items do not count)")
            + ("; an exclusive list is never made empty" if exclusive and not ips else "")
        )
    if ips:
        _check_line(params, "description")
        return [wanted_entry(ip, params, f"ips[{index}]", "port") for index, ip in enumerate(ips)]
    given = [option for option in _SHARED if text(params, option)]
    if given:
        raise InputError(f"{' and '.join(given)} goes with ips; with entries, say it in each entry")
    found = []
    for index, row in enumerate(rows):
        where = f"entries[{index}]"
        _check_line(row, "description", f"{where}.")
        found.append(wanted_entry(row.get("address") or "", row, f"{where}.address", f"{where}.port"))
    return found


def _check_line(options: Mapping[str, Any], option: str, prefix: str = "") -> None:
    value = options.get(option) or ""
    if not is_one_line(value):
        raise InputError(f"{prefix}{option} {shown(value)} has line breaks or control characters in it; write one line")


def _networks(entries: Iterable[Entry]) -> list[Network]:
    return [network for network in (entry.network for entry in entries) if network]


def _judge_removal(networks: Sequence[Any], protected: Protected, params: Mapping[str, Any]) -> Verdict:
    return judge(
        networks,
        protected,
        allow_protected=params["allow_protected"],
        reason=params["allow_protected_reason"],
        only_protected=True,
        removal=True,
    )


def _judged_surplus(params: Mapping[str, Any], request: _Request, steps: Sequence[Step]) -> Verdict:
    """Judges the removal of the allow entries that nobody named: whom it would expose."""
    surplus = [step.entry for step in steps if step.how == "remove"]
    networks = {entry: entry.networks() for entry in surplus}
    verdict = _judge_removal([network for found in networks.values() for network in found], request.protected, params)
    try:
        verdict.check()
    except InputError as error:
        error.hint = (
            "Keep them on the list by adding them to the entries, or name them in allow_protected and say why in "
            "allow_protected_reason"
        )
        raise
    if request.protected.entries:
        unread = [entry.address for entry, found in networks.items() if not found and entry.address_type != DOMAIN]
        if unread:
            raise InputError(
                f"exclusive would remove {_some(unread)} from the allow list, and whether that exposes what is protected "
                "can't be told; remove or rewrite it in the console first"
            )
        _warn_of_domains([entry for entry in surplus if entry.address_type == DOMAIN], verdict)
    return verdict


def _warn_of_domains(entries: Iterable[Entry], verdict: Verdict) -> None:
    domains = sorted({entry.address for entry in entries})
    if domains:
        verdict.warnings.append(f"Whether these domains lead to protected addresses was not checked: {_some(domains)}")


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more


def _no_room(room: Room) -> CfwError:
    listed = _some([step.entry.described() for step in room.misfits])
    removed = f" and {room.removed} would be removed" if room.removed else ""
    return CfwError(
        "quota_exceeded",
        f"The list takes {CAPACITY} entries and has {room.used}, {room.added} would be added{removed}; "
        f"{listed} would not fit",
        hint="Nothing was sent. Remove entries that are no longer needed, or put several addresses together as a prefix",
    )


def _refuse(tracks: Sequence[Track], room: Room) -> None:
    """Closes all tracks without a write: there is no room for some of them."""
    misfits = {step.entry.key for step in room.misfits}
    for track in tracks:
        if not track.step.how:
            track.close(track.step.result, track.step.after)
            continue
        reason = "nothing was sent, because there is no room for others"
        if track.step.how == "add" and track.step.entry.key in misfits:
            reason = "the list has no room left for it"
        track.close("refused", track.step.before, reason)


def _report(
    object_id: str, tracks: Sequence[Track], verdict: Verdict, stopped: CfwError | None, room: Room
) -> dict[str, Any]:
    """The result: one row for each entry, and a failure if one of them is not as asked."""
    rows = [_row(track) for track in tracks]
    touched = [track for track in tracks if track.result in ("created", "removed")]
    result = {
        "changed": bool(touched),
        "object_id": object_id,
        "entries": rows,
        "counts": dict(Counter(row["result"] for row in rows)),
        "protection": verdict.as_dict(),
        "quota": _quota(room),
        "diff": {
            "before": {track.step.entry.described(): _shown(track.step.before) for track in touched},
            "after": {track.step.entry.described(): _shown(track.after) for track in touched},
        },
    }
    failures = [track for track in tracks if track.result in FAILURES]
    if failures:
        raise _failure(failures, len(rows), stopped, result)
    return result


def _quota(room: Room) -> dict[str, Any]:
    """The room on the list before the first write, in entries."""
    return {
        "total": CAPACITY,
        "used": room.used,
        "left": max(CAPACITY - room.used, 0),
        "needed": room.added,
        "not_fitting": [step.entry.address for step in room.misfits],
    }


def _row(track: Track) -> dict[str, Any]:
    entry, before = track.step.entry, _shown(track.step.before)
    return {
        "target": entry.address,
        "direction": entry.direction,
        "protocol": entry.protocol,
        "port": entry.port,
        "result": track.result,
        "before": before or None,
        # The same object where nothing changed: such rows can be many.
        "after": (before if track.after is track.step.before else _shown(track.after)) or None,
        "reason": track.reason,
    }


def _shown(entry: Entry | None) -> dict[str, Any]:
    return entry.shown() if entry else {}


def _failure(failures: Sequence[Track], count: int, stopped: CfwError | None, result: Mapping[str, Any]) -> CfwError:
    listed = "; ".join(f"{track.step.entry.described()} {track.result}: {track.reason}" for track in failures[:_LISTED])
    more = f"; and {len(failures) - _LISTED} more, see entries" if len(failures) > _LISTED else ""
    cause = stopped or CfwError(
        f"targets_{failures[0].result}",
        "",
        hint="entries has the state of every target; run it again to go on from there",
    )
    said = cause.message if cause.code == "quota_exceeded" else ""
    return CfwError(
        cause.code,
        said or f"{len(failures)} of {count} targets did not come out as asked: {listed}{more}",
        hint=cause.hint,
        request_id=cause.request_id,
        result=result,
    )
