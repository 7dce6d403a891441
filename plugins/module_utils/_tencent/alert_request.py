# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of tencent_cfw_alert_rule: their specification, and their check before any request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    Address,
    is_one_line,
    parse_targets,
    shown,
    split_list,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import (
    PROTECTION,
    Protected,
    Verdict,
    judge,
    read_protected,
)
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent.options import TENCENT
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import BLOCK, DIRECTIONS, Wanted
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import parse_duration

IGNORE_REASONS = {"default": 0, "duplicate": 1, "false_positive": 2, "emergency": 3}
_COMMENT = 50
_MOST_BATCHED = 100
_ALERT_ID = re.compile(r"[0-9A-Za-z_.:@#=+/-]{1,128}")
_WINDOW = "24h"

ALERT_RULE = TENCENT.merge(PROTECTION).merge(
    OptionSpec(
        options={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "action": {"type": "str", "choices": ["block", "allow"], "required": True},
            "ips": {"type": "list", "elements": "str"},
            "alert_ids": {"type": "list", "elements": "str"},
            "duration": {"type": "str"},
            "alert_direction": {"type": "str", "choices": ["inbound", "outbound"], "default": "inbound"},
            "direction": {"type": "str", "choices": ["inbound", "outbound", "both", "intranet"]},
            "comment": {"type": "str"},
            "ignore_reason": {"type": "str", "choices": list(IGNORE_REASONS)},
            "block_domain": {"type": "str"},
            "renew_within": {"type": "str"},
            "replace_opposite": {"type": "bool", "default": False},
            "allow_unresolved": {"type": "bool", "default": False},
            "alert_window": {"type": "str", "default": _WINDOW},
            "batch_size": {"type": "int", "default": 50},
            "return_rules": {"type": "str", "choices": ["all", "changed"], "default": "all"},
        },
        required_if=(("state", "present", ("duration",)),),
    )
)


@dataclass(frozen=True)
class AlertRequest:
    """The options, checked and in plain types."""

    wanted: Wanted
    targets: tuple[Address, ...]
    alert_ids: tuple[str, ...]
    alert_direction: str
    direction: str
    window: float
    """How far back alerts are looked for, in seconds."""
    ignore_reason: str
    block_domain: str
    allow_unresolved: bool
    batch_size: int
    settle_timeout: float
    return_all: bool
    judge: Callable[[Sequence[Address]], Verdict]


def validated(params: Mapping[str, Any], context: Context) -> AlertRequest:
    present = params["state"] == "present"
    action = params["action"]
    ips, alert_ids = split_list(params["ips"]), list(dict.fromkeys(split_list(params["alert_ids"])))
    if bool(ips) == bool(alert_ids):
        raise InputError(
            "Exactly one of ips and alert_ids has to hold something; "
            + ("both do" if ips else "neither does (blank items do not count)")
        )
    if alert_ids and not present:
        raise InputError(
            "state: absent with alert_ids is not possible: an alert does not say which rule was made for it; give the addresses as ips"
        )
    for index, alert_id in enumerate(alert_ids):
        if not _ALERT_ID.fullmatch(alert_id):
            raise InputError(
                f"alert_ids[{index}]: {shown(alert_id)} is no alert id; give one such as a67d60bb5ede9b962ac19ad24b28be54"
            )
    targets = parse_targets(ips, "ips")
    for target in targets:
        if not target.value:
            raise InputError(
                f"ips: {target.text} is the unspecified address, which some devices take for all; name one host"
            )
    if params["ignore_reason"] and action == BLOCK:
        raise InputError("ignore_reason goes with action: allow; for a block leave it out and use comment")
    direction = params["direction"] or (params["alert_direction"] if present else "")
    comment = params["comment"] if (params["comment"] or "").strip() else None
    wanted = Wanted(
        action=action,
        present=present,
        directions=DIRECTIONS[direction] if direction else None,
        replace_opposite=params["replace_opposite"],
        comment=comment,
    )
    if present:
        wanted = _with_duration(params, wanted, direction)
    else:
        _check_unused(params)
    if comment is not None and len(comment) > _COMMENT:
        raise InputError(f"comment has {len(comment)} characters; at most {_COMMENT} are possible")
    for option in ("comment", "block_domain"):
        if not is_one_line(params[option] or ""):
            raise InputError(
                f"{option} {shown(params[option])} has line breaks or control characters in it; write one line"
            )
    if not 1 <= params["batch_size"] <= _MOST_BATCHED:
        raise InputError(f"batch_size is {params['batch_size']}; give 1 to {_MOST_BATCHED}")
    window = parse_duration((params["alert_window"] or "").strip() or _WINDOW, "alert_window", permanent=False)
    protected = read_protected(params["protected"], params["protected_file"], context)
    blocks = present and action == BLOCK

    def verdict(addresses: Sequence[Address]) -> Verdict:
        """What a block would cut off; for the removal of an allow entry, whom it would expose; else only what is always refused."""
        return judge(
            addresses,
            protected if blocks or (action != BLOCK and not present) else Protected(),
            intranet=direction == "intranet",
            allow_protected=params["allow_protected"],
            reason=params["allow_protected_reason"],
            only_protected=not blocks,
        )

    # For alerts the targets are not known yet, but what exempts them has to make sense before anything is sent.
    verdict(())
    return AlertRequest(
        wanted=wanted,
        targets=targets,
        alert_ids=tuple(alert_ids),
        alert_direction=params["alert_direction"],
        direction=direction,
        window=window,
        ignore_reason=params["ignore_reason"] or "",
        block_domain=(params["block_domain"] or "").strip(),
        allow_unresolved=params["allow_unresolved"],
        batch_size=params["batch_size"],
        settle_timeout=params["settle_timeout"],
        return_all=params["return_rules"] == "all",
        judge=verdict,
    )


def _check_unused(params: Mapping[str, Any]) -> None:
    """Options that state: absent does not need have to make sense all the same."""
    for option in ("duration", "renew_within"):
        if (params[option] or "").strip():
            parse_duration(params[option].strip(), option, permanent=option == "duration")


def _with_duration(params: Mapping[str, Any], wanted: Wanted, direction: str) -> Wanted:
    seconds = parse_duration((params["duration"] or "").strip(), "duration")
    renew = params["renew_within"] if (params["renew_within"] or "").strip() else None
    within = parse_duration(renew.strip(), "renew_within", permanent=False) if renew else None
    if within is not None and within >= seconds:
        raise InputError(
            f"renew_within {renew} is not shorter than duration {params['duration']}: every run would renew the rule"
        )
    wanted = replace(wanted, seconds=seconds, renew_within=within)
    if not wanted.by_alert_center:
        only = [
            text
            for text, given in (
                ("direction: intranet", direction == "intranet"),
                ("ignore_reason", params["ignore_reason"]),
                ("block_domain", (params["block_domain"] or "").strip()),
                ("alert_ids", split_list(params["alert_ids"])),
            )
            if given
        ]
        if only:
            raise InputError(
                f"{' and '.join(only)} with duration {params['duration']}: the API takes that only for 1d, 7d or permanent; use one of these"
            )
    return wanted
