# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the steps of a plan for a black or white list, and believes only what it reads back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.secops.cfw.plugins.module_utils._context import Context, poll
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers
from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import Entry, EntryList, Step
from ansible_collections.secops.cfw.plugins.module_utils._huawei.lists import BlackWhiteList

FAILURES = ("refused", "failed", "unknown")


@dataclass
class Track:
    """What became of one step. `result` is empty until that is known."""

    step: Step
    result: str = ""
    reason: str = ""
    after: Entry | None = None
    ids: tuple[str, ...] = ()
    """What a removal sends: fewer than the step's once some of them are gone."""
    sent: bool = False
    verdict: str = ""
    """The service's word in the answer to a batch: added, duplicated, failed."""
    error: ApiError | None = None

    def close(self, result: str, after: Entry | None, reason: str = "") -> None:
        self.result, self.after, self.reason = result, after, reason

    @property
    def refused(self) -> bool:
        """Whether the service says that it did not do it; it may have been there before."""
        return self.verdict == "failed" or (self.error is not None and self.error.outcome is not Outcome.UNKNOWN)


class Writer:
    """Writes to one list. `stopped` tells why nothing more is sent; `listed` is the list as last read."""

    def __init__(
        self, target: BlackWhiteList, context: Context, listed: EntryList, batch_size: int, settle_timeout: float
    ) -> None:
        self.listed = listed
        self.stopped: ApiError | None = None
        self._list = target
        self._context = context
        self._batch_size = batch_size
        self._settle_timeout = settle_timeout

    def carry_out(self, tracks: Sequence[Track], *, remove_first: bool) -> None:
        """Brings every track to a result. Additions go first, so that nothing is uncovered for a while, if they fit."""
        for track in tracks:
            if not track.step.how:
                track.close(track.step.result, track.step.after)
        adding = [track for track in tracks if track.step.how == "add"]
        removing = [track for track in tracks if track.step.how == "remove"]
        if remove_first:
            self._remove(removing)
            self._add(adding)
            return
        self._add(adding)
        removing = self._make_way(adding, removing)
        if any(track.result in FAILURES for track in adding):
            # What was to be replaced stays while it is not certain that the replacement is there.
            for track in removing:
                track.close("failed", track.step.before, "not tried, because not all additions could be confirmed")
        else:
            self._remove(removing)

    def _make_way(self, adding: Sequence[Track], removing: Sequence[Track]) -> list[Track]:
        """Removes what the service takes for the same as a wanted entry and is surplus, and adds that entry once more.

        Some services tell entries apart by direction and address alone. Returns the removals that are left.
        """
        retried = []
        obstacles = set()
        for track in adding:
            other = self.listed.in_the_way(track.step.entry) if track.result == "failed" and not track.error else None
            if other:
                retried.append(track)
                obstacles.add(other.key)
        first = [track for track in removing if track.step.entry.key in obstacles]
        if not first or self.stopped:
            return list(removing)
        self._remove(first)
        if all(track.result == "removed" for track in first):
            for track in retried:
                track.sent, track.verdict, track.result = False, "", ""
            self._add(retried)
        return [track for track in removing if track not in first]

    # Adding

    def _add(self, tracks: Sequence[Track]) -> None:
        self._send(tracks, self._add_batch)
        unread = self._settle(tracks, self._arrived)
        for track in tracks:
            found = None if unread else self.listed.entry(track.step.entry.key)
            if found:
                track.close("created", found)
            else:
                self._give_up(track, unread or self._why_not(track))

    def _add_batch(self, batch: Sequence[Track]) -> None:
        verdicts = self._list.add([track.step.entry for track in batch])
        for track in batch:
            track.verdict = verdicts.get(track.step.entry.key, "")

    def _arrived(self, track: Track) -> bool:
        entry = track.step.entry
        if self.listed.entry(entry.key):
            return True
        return track.verdict == "duplicated" and self.listed.in_the_way(entry) is not None

    def _why_not(self, track: Track) -> str:
        other = self.listed.in_the_way(track.step.entry)
        there = f"; an entry of this address and direction is on the list for {other.service()}" if other else ""
        said = {
            "failed": "the service did not take it and gave no reason",
            "duplicated": "the service says that it is on the list already, but the list does not show it",
            "added": "the service says that it was added, but the list does not show it",
        }
        return said.get(track.verdict, "the list does not show it") + there

    # Removing

    def _remove(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            track.ids = track.step.ids
        unstopped = self.stopped is None
        unread = self._remove_round(tracks)
        left = [track for track in tracks if not track.result]
        if left and unstopped and not unread and self.stopped and self.stopped.code in answers.MISSING:
            # One id that is gone already makes the service refuse a whole batch: the others are sent once more.
            self.stopped = None
            for track in left:
                track.sent, track.error = False, None
                track.ids = self.listed.ids(track.step.entry.key)
            unread = self._remove_round(left)
        for track in left:
            if not track.result:
                self._give_up(track, unread or "the list still shows it")

    def _remove_round(self, tracks: Sequence[Track]) -> str:
        """Sends the ids and closes the tracks whose entries are gone. Why the list could not be read, or ''."""
        self._send(tracks, lambda batch: self._list.remove([list_id for track in batch for list_id in track.ids]))
        unread = self._settle(tracks, self._gone)
        for track in tracks:
            if not unread and self._gone(track):
                track.close("removed", None)
        return unread

    def _gone(self, track: Track) -> bool:
        return self.listed.entry(track.step.entry.key) is None

    # Both

    def _send(self, tracks: Sequence[Track], call: Callable[[Sequence[Track]], None]) -> None:
        """Sends in batches. A definite refusal ends all sending: what is true of one batch is true of the next."""
        for at in range(0, len(tracks), self._batch_size):
            if self.stopped:
                return
            batch = tracks[at : at + self._batch_size]
            for track in batch:
                track.sent = True
            try:
                call(batch)
            except ApiError as error:
                for track in batch:
                    track.error = error
                if error.outcome is not Outcome.UNKNOWN:
                    self.stopped = error

    def _settle(self, tracks: Sequence[Track], done: Callable[[Track], bool]) -> str:
        """Reads the list until all that was sent is done, within settle_timeout. Why it could not be read, or ''.

        There is one look, and no waiting, for what was certainly not done.
        """
        waiting = [track for track in tracks if track.sent]
        promised = [track for track in waiting if not track.refused]
        unread: list[str] = []

        def look() -> bool | None:
            try:
                self.listed = self._list.read()
            except ApiError as error:
                # What was written has to be reported in any case: a list that fails is a reason to look again.
                unread[:] = [f"it could not be read back: {error.message}"]
                return None
            unread.clear()
            return True if all(done(track) for track in promised) else None

        if waiting:
            poll(self._context, look, self._settle_timeout if promised else 0.0)
        return "".join(unread)

    def _give_up(self, track: Track, seen: str) -> None:
        """The end of a track that could not be confirmed: failed if the service refused it, else unknown."""
        before = track.step.before
        if not track.sent:
            said = self.stopped.message if self.stopped else seen
            track.close("failed", before, f"not tried after: {said}")
        elif track.error and track.refused:
            track.close("failed", before, track.error.message)
        elif track.refused or track.verdict == "duplicated":
            track.close("failed", before, seen)
        else:
            said = f"; the service had answered: {track.error.message}" if track.error else ""
            track.close("unknown", before, seen + said)
