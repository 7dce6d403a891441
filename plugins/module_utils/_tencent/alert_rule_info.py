# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind tencent_cfw_alert_rule_info: what is on the block and allow lists, one row for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    canonical,
    parse_address,
    parse_targets,
    split_list,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import IGNORE_REASONS
from ansible_collections.secops.cfw.plugins.module_utils._tencent.international import client_of
from ansible_collections.secops.cfw.plugins.module_utils._tencent.options import TENCENT
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Row
from ansible_collections.secops.cfw.plugins.module_utils._tencent.reading import allow_rows, rows_about
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    ALLOW,
    BLOCK,
    DIRECTIONS,
    RuleList,
    covers,
    entry_of,
)

RULE_TYPE_WORDS = {
    1: "ip",
    2: "ip",
    3: "domain",
    4: "intelligence",
    5: "asset",
    6: "custom",
    7: "ips_rule",
    8: "extended_ip",
    9: "extended_custom",
}
"""RuleType (API pages DescribeBlockIgnoreList and DeleteBlockIgnoreRuleNew); 1 is the block list's only one."""
_REASON_WORDS = {str(number): word for word, number in IGNORE_REASONS.items()}

ALERT_RULE_INFO = TENCENT.merge(
    OptionSpec(
        options={
            "action": {"type": "str", "choices": [BLOCK, ALLOW]},
            "ips": {"type": "list", "elements": "str"},
            "direction": {"type": "str", "choices": list(DIRECTIONS)},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `rules` and `total`. Raises InputError before any request, ApiError (list_incomplete among others)."""
    ips = parse_targets(split_list(params["ips"]), "ips")
    wanted = {ip.text for ip in ips}
    direction = DIRECTIONS[params["direction"]] if params["direction"] else None
    client = client_of(params, context, calls)
    rules: list[dict[str, Any]] = []
    read: dict[str, list[Row]] = {}
    warning = ""
    for action in [params["action"]] if params["action"] else [BLOCK, ALLOW]:
        if action == BLOCK or params["action"]:
            read[action] = rows_about(client, action, ips)
        else:
            read[action], warning = allow_rows(client, ips)
    if warning:
        context.warn(warning)
    # One list alone does not tell what lets a blocked address through.
    allowed = None if params["action"] else RuleList(ALLOW, read[ALLOW])
    for action, listed in read.items():
        for target, rows in _by_rule(listed).items():
            if wanted and target[1] not in wanted:
                continue
            entry = entry_of(action, rows, client.now())
            if direction is None or covers(entry.directions, direction):
                shadows = _shadows(action, target[1], allowed, client.now())
                rules.append({"target": target[1], **entry.shown(), **_more(rows), "shadowed_by": shadows})
    return {"rules": rules, "total": len(rules)}


def _shadows(action: str, target: str, allowed: RuleList | None, now: float) -> list[str] | None:
    """Allow entries that let a blocked address through; None if that was not looked at."""
    address = canonical(target)
    if action != BLOCK or address is None:
        return []
    return None if allowed is None else allowed.covering(parse_address(address, "target"), now)


def _by_rule(rows: Iterable[Row]) -> dict[tuple[Any, str], list[Row]]:
    """The rows of each rule type and target: one, or one for each direction."""
    found: dict[tuple[Any, str], list[Row]] = {}
    for row in rows:
        ioc = str(row.get("Ioc") or row.get("IP") or row.get("Domain") or "").strip()
        found.setdefault((row.get("RuleType"), canonical(ioc) or ioc), []).append(row)
    return found


def _more(rows: Sequence[Row]) -> dict[str, Any]:
    """What tencent_cfw_alert_rule does not show of an entry."""
    number = fields.whole(rows[0].get("RuleType"))
    reason = fields.text(rows[0], ("IgnoreReason",))
    starts = [moment for moment in (fields.moment(row.get("StartTime")) for row in rows) if moment is not None]
    hits = [moment for moment in (fields.moment(row.get("LastHitTime")) for row in rows) if moment is not None]
    return {
        "rule_type": RULE_TYPE_WORDS.get(number or 0, fields.text(rows[0], ("RuleType",))),
        "source": fields.text(rows[0], ("Source",)),
        "ignore_reason": None if number == 1 or not reason else _REASON_WORDS.get(reason, reason),
        "start": fields.shown_moment(min(starts, default=None)),
        "last_hit": fields.shown_moment(max(hits, default=None)),
        "matches": sum(fields.whole(row.get("MatchTimes")) or 0 for row in rows),
        # Not copied: there can be 50,000 of them.
        "raw": rows,
    }
