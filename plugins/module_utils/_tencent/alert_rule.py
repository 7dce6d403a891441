# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind tencent_cfw_alert_rule: read, plan, act, verify, and tell what became of every target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._protection import Verdict
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import AlertRequest, validated
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alerts import Resolution, resolve_alerts
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.international import (
    adapted,
    client_of,
    is_international,
    restricted,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.quota import Room, room_for
from ansible_collections.secops.cfw.plugins.module_utils._tencent.reading import Reader
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    ALLOW,
    BLOCK,
    Entry,
    Lists,
    beyond,
    direction_words,
    plan,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import shown_time
from ansible_collections.secops.cfw.plugins.module_utils._tencent.writing import FAILURES, Track, Writer

_CLOCK_DIFFERENCE = 3600.0
"""Seconds by which the controller's clock may be behind the service's before alerts of this moment are missed."""
_LISTED = 10


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Blocks or allows the targets, or removes such rules.

    Returns `changed`, `rules`, `counts`, `protection`, `diff`. Raises InputError before any request; CfwError, with the state
    of every target in its result, if a target was refused, failed, or is in an unknown state.
    """
    request = validated(params, context)
    international = is_international(params, context)
    if international:
        request = restricted(request, context)
    client = client_of(params, context, calls)
    targets: list[tuple[Address, str]] = [(target, "") for target in request.targets]
    unresolved: tuple[str, ...] = ()
    if targets:
        verdict = _judged(request, request.targets, context)
    else:
        targets, unresolved = _resolved(client, request)
        verdict = _judged(request, [target for target, _alert_id in targets], context)
    # What an unresolved alert leads to can only be seen in the whole lists.
    reader = Reader(client, context, [] if unresolved else [target for target, _alert_id in targets])
    lists = reader.read()
    steps = plan(request.wanted, targets, lists)
    tracks = [Track(adapted(step) if international else step) for step in steps]
    _warn_of_unsendable(request, tracks, context)
    unknown: list[tuple[str, str]] = []
    room = room_for(
        client, context, request.wanted.action, [track.step for track in tracks], available=not international
    )
    if room.error:
        _refuse(tracks, room)
        unknown = [(alert_id, "nothing was sent") for alert_id in unresolved]
        return _Report(request, tracks, unknown, lists, verdict, room.error, room.shown).finish(False)
    unseen = len(unresolved)
    stopped: CfwError | None = None
    if context.check_mode:
        for track in tracks:
            track.after, track.opposite_removed = track.step.after, track.step.opposite is not None
            track.close(track.step.result, track.step.reason)
        unknown = [(alert_id, "its address is not known before it is sent") for alert_id in unresolved]
    else:
        writer = Writer(client, context, reader, request, lists)
        writer.carry_out(tracks)
        for alert_id in unresolved:
            outcome = writer.send_unresolved(alert_id)
            if isinstance(outcome, Track):
                tracks.append(outcome)
            else:
                unknown.append((alert_id, outcome))
        lists, stopped, unseen = writer.lists, writer.stopped, writer.unseen
    return _Report(request, tracks, unknown, lists, verdict, stopped, room.shown).finish(unseen > 0)


def _judged(request: AlertRequest, targets: Sequence[Address], context: Context) -> Verdict:
    verdict = request.judge(targets)
    verdict.check("for addresses inside your network use direction: intranet")
    for warning in verdict.warnings:
        context.warn(warning)
    return verdict


def _resolved(client: TencentCfw, request: AlertRequest) -> tuple[list[tuple[Address, str]], tuple[str, ...]]:
    """The addresses that the alerts stand for, and the ids that nothing was found for."""
    now = client.now()
    resolution = _looked_up(client, request, now)
    if resolution.unresolved and abs(client.now() - now) > _CLOCK_DIFFERENCE:
        # This machine's clock is wrong: the answers told the time to look at.
        resolution = _looked_up(client, request, client.now())
    if resolution.unresolved and not request.allow_unresolved:
        raise CfwError(
            "alert_unresolved",
            f"No alert of the last {request.window / 3600:g} hours has the id {', '.join(resolution.unresolved)}; nothing was sent",
            hint="Check the ids, raise alert_window, give the addresses as ips, or set allow_unresolved: true to send ids whose "
            "addresses can't be checked",
        )
    first: dict[str, tuple[Address, str]] = {}
    for address, alert_id in resolution.found:
        # Two alerts of one attacker need one rule.
        first.setdefault(address.text, (address, alert_id))
    return list(first.values()), resolution.unresolved


def _looked_up(client: TencentCfw, request: AlertRequest, now: float) -> Resolution:
    return resolve_alerts(
        client, request.alert_ids, request.alert_direction, now - request.window, now + _CLOCK_DIFFERENCE
    )


def _warn_of_unsendable(request: AlertRequest, tracks: Sequence[Track], context: Context) -> None:
    """Warns of options that the call for an existing rule can't carry."""
    given = [option for option in ("ignore_reason", "block_domain") if getattr(request, option)]
    if given and any(track.step.how == "upsert" for track in tracks):
        context.warn(
            f"{' and '.join(given)} can't be recorded for a rule that exists already: the API takes it for new rules only."
        )


def _refuse(tracks: Sequence[Track], room: Room) -> None:
    """Closes all tracks without a write: there is no room for some of them."""
    misfits = {step.target.text for step in room.misfits}
    for track in tracks:
        track.after = track.step.before
        if not (track.step.how or track.step.opposite):
            track.close(track.step.result, track.step.reason)
        elif track.step.target.text in misfits:
            track.close("refused", "the block list has no room left for it")
        else:
            track.close("refused", "nothing was sent, because there is no room for others")


class _Report:
    """The result: one row for each target, and a failure if one of them is not as asked."""

    def __init__(
        self,
        request: AlertRequest,
        tracks: Sequence[Track],
        unknown: Sequence[tuple[str, str]],
        lists: Lists,
        verdict: Verdict,
        stopped: CfwError | None,
        quota: Mapping[str, Any] | None,
    ) -> None:
        self.quota = quota
        self.request = request
        self.tracks = tracks
        self.unknown = unknown
        self.lists = lists
        self.verdict = verdict
        self.stopped = stopped
        self._sharing = Sharing()

    def finish(self, unseen: bool) -> dict[str, Any]:
        """The result. An alert of which nothing can be read back (`unseen`) counts as a change, as the docs say."""
        rows = [self._row(track) for track in self.tracks] + [self._unknown_row(*pair) for pair in self.unknown]
        touched = [track for track in self.tracks if _changed(track)]
        result = {
            "changed": bool(touched) or unseen,
            "rules": [row for row in rows if self.request.return_all or row["result"] != "unchanged"],
            "counts": dict(Counter(row["result"] for row in rows)),
            "protection": self.verdict.as_dict(),
            "quota": dict(self.quota) if self.quota else None,
            "diff": {
                "before": {
                    track.step.target.text: _listed(track.step.before, track.step.opposite) for track in touched
                },
                "after": {
                    track.step.target.text: _listed(
                        track.after, None if track.opposite_removed else track.step.opposite
                    )
                    for track in touched
                },
            },
        }
        failures = [
            row for row in rows if row["result"] in FAILURES and not (row["target"] is None and not self.stopped)
        ]
        if failures:
            raise self._failure(failures, len(rows), result)
        return result

    def _row(self, track: Track) -> dict[str, Any]:
        wanted, after = self.request.wanted, track.after
        in_force = after is not None and not after.expired and wanted.present and track.result not in FAILURES
        wider = beyond(after.directions, wanted.directions or frozenset()) if after and in_force else frozenset()
        return {
            "target": track.step.target.text,
            "alert_id": track.step.alert_id or None,
            "result": track.result,
            "before": self._shown(track.step.before),
            "after": self._shown(after),
            "wider_than_requested": direction_words(wider),
            "shadowed_by": self._shadows(track),
            "reason": track.reason + self._lost(track),
        }

    def _shown(self, entry: Entry | None) -> Any:
        # It does not name the address, so that most targets of a long list show the same.
        return self._sharing.value(entry.shown()) if entry else None

    @staticmethod
    def _lost(track: Track) -> str:
        """What a failure must not hide: the opposite rule that was removed to make room."""
        entry = track.step.opposite
        if entry is None or not track.opposite_removed or track.result not in FAILURES:
            return ""
        shown = f"{', '.join(direction_words(entry.directions))}, expires: {shown_time(entry.expires)}"
        return f"; its {entry.action} rule ({shown}) had been removed before, so that it is on neither list now"

    @staticmethod
    def _unknown_row(alert_id: str, reason: str) -> dict[str, Any]:
        return {
            "target": None,
            "alert_id": alert_id,
            "result": "unknown",
            "before": None,
            "after": None,
            "wider_than_requested": [],
            "shadowed_by": [],
            "reason": reason,
        }

    def _shadows(self, track: Track) -> list[str]:
        """Allow entries that let a blocked target through."""
        if self.request.wanted.action != BLOCK or not self.request.wanted.present:
            return []
        removed = track.step.opposite.ioc if track.step.opposite and track.opposite_removed else None
        covering = self.lists.of(ALLOW).covering(track.step.target, self.lists.now)
        return [ioc for ioc in covering if ioc != removed]

    def _failure(self, failures: Sequence[Mapping[str, Any]], count: int, result: Mapping[str, Any]) -> CfwError:
        listed = "; ".join(
            f"{row['target'] or row['alert_id']} {row['result']}: {row['reason']}" for row in failures[:_LISTED]
        )
        more = f"; and {len(failures) - _LISTED} more, see rules" if len(failures) > _LISTED else ""
        cause = self.stopped or CfwError(
            f"targets_{failures[0]['result']}",
            "",
            hint="rules has the state of every target; run it again to go on from there",
        )
        said = cause.message if cause.code == "quota_exceeded" else ""
        return CfwError(
            cause.code,
            said or f"{len(failures)} of {count} targets did not come out as asked: {listed}{more}",
            hint=cause.hint,
            request_id=cause.request_id,
            result=result,
        )


def _changed(track: Track) -> bool:
    """Whether something was different afterwards, if only for a moment, of what failed too; what can't be compared counts."""
    if track.result in FAILURES:
        return track.opposite_removed or track.misplaced or track.unread or _differ(track)
    return track.result != "unchanged"


def _differ(track: Track) -> bool:
    before = track.step.before.shown() if track.step.before else None
    return (track.after.shown() if track.after else None) != before


def _listed(entry: Entry | None, opposite: Entry | None) -> dict[str, Any]:
    return {found.action: found.shown() for found in (entry, opposite) if found}
