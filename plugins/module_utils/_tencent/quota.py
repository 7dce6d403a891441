# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the block list has room for what would be written to it.

Counters: API page DescribeOverviewResourceQuota (BlockListQuota, BlockListQuotaDetail). It has used inbound and outbound
entries counted separately, and one total: each direction of a rule takes one. What contradicts that is said, and not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.fields import whole
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import BLOCK, BORDER, Step, direction_words

_CALL = "DescribeOverviewResourceQuota"
_LISTED = 10


@dataclass(frozen=True)
class Headroom:
    """What the block list holds and can hold, in entries; one is one direction of one rule."""

    total: int
    used: int
    inbound: int
    outbound: int

    @property
    def left(self) -> int:
        return max(self.total - self.used, 0)


@dataclass(frozen=True)
class Room:
    """The answer for a plan: `shown` for the result (None when nothing is needed or known), and what does not fit."""

    shown: dict[str, Any] | None = None
    misfits: tuple[Step, ...] = ()
    error: CfwError | None = None


def room_for(
    client: TencentCfw, context: Context, action: str, steps: Sequence[Step], *, available: bool = True
) -> Room:
    """Compares what the steps add to the block list with what is left. Reads only if they add something.

    A quota that can't be read is a warning: the service itself then says when it is used up. `available`: whether the
    site has the call at all.
    """
    needed = [(step, new_directions(step)) for step in steps if action == BLOCK]
    needed = [(step, directions) for step, directions in needed if directions]
    if not needed:
        return Room()
    if not available:
        _warn(context, f"the API of the international site has no {_CALL}")
        return Room()
    try:
        found = _read(client)
    except ApiError as error:
        _warn(context, error.message.rstrip("."))
        return Room()
    if isinstance(found, str):
        _warn(context, found)
        return Room()
    inbound, outbound = (sum(digit in directions for _step, directions in needed) for digit in "10")
    misfits = tuple(_misfits(needed, found.left))
    shown = {
        "total": found.total,
        "used_inbound": found.inbound,
        "used_outbound": found.outbound,
        "left": found.left,
        "needed_inbound": inbound,
        "needed_outbound": outbound,
        "not_fitting": [step.target.text for step in misfits],
    }
    if not misfits:
        return Room(shown)
    listed = ", ".join(
        f"{step.target.text} ({' and '.join(direction_words(new_directions(step)))})" for step in misfits[:_LISTED]
    )
    more = f" and {len(misfits) - _LISTED} more" if len(misfits) > _LISTED else ""
    refusal = CfwError(
        "quota_exceeded",
        f"The block list has room for {found.left} more entries ({found.inbound} inbound and {found.outbound} outbound of "
        f"{found.total} are used), but {inbound} inbound and {outbound} outbound are needed; {listed}{more} would not fit",
        hint="Nothing was sent. Remove rules that are no longer needed, block in one direction only, or extend the quota",
    )
    return Room(shown, misfits, refusal)


def new_directions(step: Step) -> frozenset[str]:
    """The directions that a step adds to the list; what is listed already, if expired, is not counted again."""
    if step.how not in ("alert_center", "upsert") or step.asked is None:
        return frozenset()
    return (step.asked.directions - (step.before.directions if step.before else frozenset())) & BORDER


def _misfits(needed: Iterable[tuple[Step, frozenset[str]]], left: int) -> Iterable[Step]:
    """In the order of the targets, those that there is no room for once the ones before them are in."""
    for step, directions in needed:
        if len(directions) > left:
            yield step
        left -= min(len(directions), left)


def _read(client: TencentCfw) -> Headroom | str:
    """The counters, or why they can't be used."""
    content = client.call(_CALL, {})
    found: Any = content
    for key in ("Data", "Detail", "QuotaDetail"):
        found = found.get(key) if isinstance(found, Mapping) else None
    counts = found.get("BlockListQuota") if isinstance(found, Mapping) else None
    names = ("TotalCnt", "UsedCnt", "InUsedCnt", "OutUsedCnt")
    numbers = [whole(counts.get(name)) if isinstance(counts, Mapping) else None for name in names]
    total, used, inbound, outbound = numbers
    if total is None or used is None or inbound is None or outbound is None or total == 0:
        return f"the answer to {_CALL} has no counters of the block list in it"
    detail = found.get("BlockListQuotaDetail")
    remain = whole(detail.get("RemainCnt")) if isinstance(detail, Mapping) else None
    if used != inbound + outbound or (remain is not None and remain != max(total - used, 0)):
        said = f", RemainCnt {remain}" if remain is not None else ""
        return f"its counters do not add up (TotalCnt {total}, UsedCnt {used}, InUsedCnt {inbound}, OutUsedCnt {outbound}{said})"
    return Headroom(total, used, inbound, outbound)


def _warn(context: Context, why: str) -> None:
    context.warn(f"Whether the block list has room for the new rules is not known: {why}.")
