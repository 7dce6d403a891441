# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the steps of a plan, and believes only what it reads back.

One target goes first: should the service take CreateAlertCenterRule's HandleType the other way round, one address is on the wrong
list for a moment, and is taken off it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_address
from ansible_collections.secops.cfw.plugins.module_utils._context import Context, poll
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import IGNORE_REASONS, AlertRequest
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.reading import Reader
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    BORDER,
    HANDLE_TIMES,
    OPPOSITE,
    Entry,
    Lists,
    Step,
    plan,
)

HANDLE_TYPES = {("alert_ids", "block"): 1, ("alert_ids", "allow"): 2, ("ips", "allow"): 3, ("ips", "block"): 4}
"""HandleType by what is given and the action. The page's second example has 3 for a block; its table and newer pages have 4."""
ALERT_DIRECTIONS = {"outbound": 0, "inbound": 1}
_HANDLE_DIRECTIONS = {"inbound": "1", "outbound": "0", "both": "0,1", "intranet": "3"}
_UNRESOLVED_LOOK = 5.0
"""Seconds to look for what an alert id of unknown address brought about."""
FAILURES = ("refused", "failed", "unknown")


@dataclass
class Track:
    """What became of one step. `result` is empty until that is known."""

    step: Step
    result: str = ""
    reason: str = ""
    after: Entry | None = None
    opposite_removed: bool = False
    misplaced: bool = False
    """It was on the wrong list, if only for a moment."""
    unread: bool = False
    """It was sent, perhaps with success, and the lists could not be read since."""
    sent: bool = False
    error: CfwError | None = None
    """The service's word against the last write, where there was one."""

    def close(self, result: str, reason: str = "") -> None:
        self.result, self.reason = result, reason

    @property
    def open(self) -> bool:
        return not self.result

    @property
    def undone(self) -> bool:
        """Whether the service says that it did not do it; it may have been there before."""
        return isinstance(self.error, _Undone) or self.refused

    @property
    def refused(self) -> bool:
        return isinstance(self.error, ApiError) and self.error.outcome is not Outcome.UNKNOWN


class _Undone(CfwError):
    """CreateAlertCenterRule answered that it did not do it, below the layer of errors."""

    def __init__(self, described: str) -> None:
        super().__init__("left_undone", f"CreateAlertCenterRule answered {described}")


class Writer:
    """Writes for one request. `stopped` tells why nothing more is sent; `lists` are the last ones read.

    `unseen`: how many alerts of unknown address were sent that nothing could be read back of.
    """

    def __init__(
        self, client: TencentCfw, context: Context, reader: Reader, request: AlertRequest, lists: Lists
    ) -> None:
        self.client = client
        self.context = context
        self.reader = reader
        self.request = request
        self.wanted = request.wanted
        self.lists = lists
        self.stopped: CfwError | None = None
        self.unseen = 0
        self._center_used = False
        self._center_proven = False
        """CreateAlertCenterRule was seen to put an address on the right list."""

    def carry_out(self, tracks: Sequence[Track]) -> None:
        """Brings every track to a result."""
        for track in tracks:
            if not (track.step.how or track.step.opposite):
                track.after = track.step.after
                track.close(track.step.result, track.step.reason)
        todo = [track for track in tracks if track.open]
        # The call that could be misunderstood goes first, with one target.
        todo.sort(key=lambda track: track.step.how != "alert_center")
        first = todo[:1] if self.wanted.present else []
        self._round(first)
        if first and first[0].result in FAILURES and not self.stopped:
            self.stopped = CfwError(
                "first_write_unconfirmed",
                f"The first rule could not be confirmed: {first[0].step.target.text}: {first[0].reason}",
                hint="Nothing more was sent; run it again, which looks first",
            )
        self._round(todo[len(first) :])

    def _round(self, tracks: Sequence[Track]) -> None:
        """Clears the other list, writes, reads back. What CreateAlertCenterRule left undone goes to the list call, once."""
        self._remove([track for track in tracks if track.step.opposite], opposite=True)
        for track in tracks:
            if track.open and not track.step.how:
                track.after = track.step.after
                track.close(track.step.result)
        self._remove([track for track in tracks if track.open and track.step.how == "remove"])
        self._by_alert_center([track for track in tracks if track.open and track.step.how == "alert_center"])
        self._by_list([track for track in tracks if track.open and track.step.how == "upsert"])

    # Sending

    def _send(self, tracks: Sequence[Track], call: Callable[[Sequence[Track]], CfwError | None]) -> None:
        """Sends in batches. A definite refusal ends all sending: what is true of one batch is true of the next."""
        size = self.request.batch_size
        for at in range(0, len(tracks), size):
            batch = tracks[at : at + size]
            if self.stopped:
                for track in batch:
                    track.after = track.step.before
                    track.close("failed", f"not tried after: {self.stopped.message}")
                continue
            try:
                error = call(batch)
            except ApiError as failure:
                error = failure
                if failure.outcome is not Outcome.UNKNOWN:
                    self.stopped = failure
            for track in batch:
                track.sent, track.error = True, error

    def _settle(self, tracks: Sequence[Track], done: Callable[[Track], bool]) -> bool:
        """Reads the lists until all that was sent is done, within settle_timeout. False if they could not be read at all.

        There is one look, and no waiting, for what was certainly not done.
        """
        waiting = [track for track in tracks if track.open and track.sent]
        promised = [track for track in waiting if not track.undone]
        readable = False

        def look() -> bool | None:
            nonlocal readable
            try:
                self.lists = self.reader.read()
            except ApiError as error:
                # What was written has to be reported in any case: a list that fails is a reason to look again.
                for track in waiting:
                    track.reason = f"it could not be read back: {error.message}"
                return False if error.hopeless else None
            readable = True
            for track in waiting:
                track.reason = ""
            return True if all(done(track) for track in promised) else None

        if waiting:
            poll(self.context, look, self.request.settle_timeout if promised else 0.0)
        return readable

    def _give_up(self, track: Track, readable: bool, seen: str) -> None:
        """The end of a track that could not be confirmed: failed if the service refused it, else unknown."""
        track.after = self._entry(track) if readable else track.step.before
        track.unread = not readable and not track.refused
        said = f"; the service had answered: {track.error.message}" if track.error else ""
        if track.refused and track.error:
            track.close("failed", track.error.message)
        else:
            track.close("unknown", (track.reason or seen) + said)

    # Removing

    def _remove(self, tracks: Sequence[Track], opposite: bool = False) -> None:
        """Removes the tracks' entries, or those on the opposite list that are in their way."""

        def entry(track: Track) -> Entry:
            return cast(Entry, track.step.opposite if opposite else track.step.before)

        def call(batch: Sequence[Track]) -> None:
            self.client.delete(entry(batch[0]).action, [entry(track) for track in batch])

        def gone(track: Track) -> bool:
            return self._live(entry(track).action, track) is None

        for rule_type in sorted({entry(track).rule_type for track in tracks}):
            # One rule type a request: the service's engine goes by the last one.
            self._send([track for track in tracks if entry(track).rule_type == rule_type], call)
        readable = self._settle(tracks, gone)
        for track in tracks:
            if not track.open:
                continue
            if not (readable and gone(track)):
                self._give_up(track, readable, f"the {entry(track).action} rule is still listed")
            elif opposite:
                track.opposite_removed = True
            else:
                track.close("removed")

    # Writing

    def _by_alert_center(self, tracks: Sequence[Track]) -> None:
        """CreateAlertCenterRule; what it leaves undone is handed over to the list call."""
        border = bool(self.wanted.directions and self.wanted.directions <= BORDER)
        if border and not self._center_proven and self._center_used and not self.stopped:
            # The first target did not come out by this call: the unambiguous one serves the rest.
            self._hand_over(tracks)
            return
        self._center_used = self._center_used or bool(tracks)
        self._send(tracks, self._handle)
        readable = self._settle(tracks, self._arrived)
        for track in tracks:
            if not track.open:
                continue
            if readable and self._misplaced(track):
                self._put_right(track)
            elif readable and self._satisfied(track):
                self._center_proven = self._center_proven or not track.undone
                self._succeed(track)
            elif track.refused or not border or track.reason:
                self._give_up(track, readable, "no list shows it")
        self._hand_over([track for track in tracks if track.open])

    def _hand_over(self, tracks: Sequence[Track]) -> None:
        """Plans again for the list call, which overwrites: what has appeared meanwhile must not be shortened."""
        again = plan(self.wanted, [(track.step.target, track.step.alert_id) for track in tracks], self.lists)
        for track, step in zip(tracks, again):
            if step.asked:
                track.step = replace(track.step, how="upsert", asked=step.asked, after=step.after)
            else:
                track.after = step.after
                track.close(track.step.result if step.result == "unchanged" else step.result, step.reason)

    def _handle(self, batch: Sequence[Track]) -> CfwError | None:
        ids = [track.step.alert_id for track in batch if track.step.alert_id]
        answer = self.client.handle_alert(self._alert_body(ids, [track.step.target.text for track in batch]))
        return None if answer.done else _Undone(answer.described())

    def _alert_body(self, ids: Sequence[str], ips: Sequence[str]) -> Mapping[str, Any]:
        request = self.request
        kind, listed = ("alert_ids", ids) if ids else ("ips", ips)
        body: dict[str, Any] = {
            "HandleTime": HANDLE_TIMES[self.wanted.seconds],
            "HandleType": HANDLE_TYPES[kind, self.wanted.action],
            "AlertDirection": ALERT_DIRECTIONS[request.alert_direction],
            "HandleDirection": _HANDLE_DIRECTIONS[request.direction],
            "HandleIdList" if ids else "HandleIpList": list(listed),
        }
        if self.wanted.comment is not None:
            body["HandleComment"] = self.wanted.comment
        if request.ignore_reason:
            body["IgnoreReason"] = IGNORE_REASONS[request.ignore_reason]
        if request.block_domain:
            body["BlockDomain"] = request.block_domain
        return body

    def _by_list(self, tracks: Sequence[Track]) -> None:
        """CreateBlockIgnoreRuleNew, once for each track."""

        def call(batch: Sequence[Track]) -> None:
            self.client.upsert(self.wanted.action, [self._sendable(track.step) for track in batch])

        self._send(tracks, call)
        readable = self._settle(tracks, self._arrived)
        for track in tracks:
            if not track.open:
                continue
            if readable and self._misplaced(track):
                self._put_right(track)
            elif readable and self._satisfied(track):
                self._succeed(track)
            else:
                self._give_up(track, readable, f"the {self.wanted.action} list does not show it as asked")

    @staticmethod
    def _sendable(step: Step) -> Entry:
        asked = cast(Entry, step.asked)
        return replace(asked, direction_list=",".join(sorted(asked.directions & BORDER, reverse=True)))

    # Judging what was read

    def _entry(self, track: Track) -> Entry | None:
        return self.lists.of(self.wanted.action).entry(track.step.target.text, self.lists.now)

    def _live(self, action: str, track: Track) -> Entry | None:
        return self.lists.of(action).live(track.step.target.text, self.lists.now)

    def _satisfied(self, track: Track) -> bool:
        return track.step.satisfied(self._entry(track))

    def _misplaced(self, track: Track) -> Entry | None:
        """An entry on the opposite list; before the write there was none, or it was removed."""
        return self._live(OPPOSITE[self.wanted.action], track)

    def _arrived(self, track: Track) -> bool:
        return self._satisfied(track) or self._misplaced(track) is not None

    def _succeed(self, track: Track) -> None:
        track.after = self._entry(track)
        track.close(track.step.result)

    def _put_right(self, track: Track) -> None:
        """Takes an address off the wrong list, and stops all sending."""
        wrong = cast(Entry, self._misplaced(track))
        removal = Track(Step(track.step.target, "removed", how="remove", before=wrong))
        self.stopped = None
        self._remove([removal])
        removed = removal.result == "removed"
        target = track.step.target.text
        self.stopped = CfwError(
            "wrong_list",
            f"The service put {target} on the {wrong.action} list although a rule to {self.wanted.action} it was asked for; "
            + ("it was removed from there" if removed else "that it was removed from there could not be confirmed"),
            hint=("" if removed else f"Remove {target} from the {wrong.action} list in the console now. ")
            + "Nothing more was sent; look at both lists before the next run",
        )
        track.misplaced = True
        track.after = self._entry(track) if removed else wrong
        track.close("failed", self.stopped.message)

    # Alerts of unknown address

    def send_unresolved(self, alert_id: str) -> Track | str:
        """Sends an id whose address is not known, alone. Returns what appeared on the lists, or why nothing is known.

        Somebody else may have written in the same moment: what appeared is named, and never removed.
        """
        if self.stopped:
            return f"not tried after: {self.stopped.message}"
        before = self.lists
        said = ""
        try:
            answer = self.client.handle_alert(self._alert_body([alert_id], []))
        except ApiError as failure:
            if failure.outcome is not Outcome.UNKNOWN:
                self.stopped = failure
                return failure.message
            said = f"; {failure.message}"
        else:
            if not answer.done:
                self.unseen += 1
                return _Undone(answer.described()).message

        def appeared(action: str) -> list[str]:
            return sorted(self.lists.of(action).addresses() - before.of(action).addresses())

        def look() -> bool | None:
            try:
                self.lists = self.reader.read()
            except ApiError as error:
                return False if error.hopeless else None
            return True if appeared(self.wanted.action) or appeared(OPPOSITE[self.wanted.action]) else None

        poll(self.context, look, min(_UNRESOLVED_LOOK, self.request.settle_timeout))
        right, wrong = appeared(self.wanted.action), appeared(OPPOSITE[self.wanted.action])
        # What appears late may belong to an earlier alert.
        if len(right) + len(wrong) != 1 or self.unseen:
            self.unseen += 1
            return "nothing could be read back that is certainly its rule" + said
        address = parse_address((right or wrong)[0], "Ioc")
        track = Track(Step(address, "created", how="alert_center", alert_id=alert_id))
        if right:
            self._succeed(track)
            refused = self.request.judge([address]).refused
            if refused:
                self._halt(
                    track,
                    "protected_target",
                    f"Alert {alert_id} led to a rule for {address.text}, which is protected: {refused[0]['reason']}",
                    f"Remove it now, if it is not what you want: state: absent with ips: {address.text}",
                )
        else:
            track.misplaced = True
            track.after = self._misplaced(track)
            self._halt(
                track,
                "wrong_list",
                f"After alert {alert_id} was sent, {address.text} appeared on the {OPPOSITE[self.wanted.action]} list, "
                f"although a rule to {self.wanted.action} was asked for",
                f"Look at {address.text} in the console; it may be somebody else's, so that it was not removed",
            )
        return track

    def _halt(self, track: Track, code: str, message: str, hint: str) -> None:
        """Ends all sending because of what was read of one target."""
        self.stopped = CfwError(code, message, hint=hint)
        track.close("failed", message)
