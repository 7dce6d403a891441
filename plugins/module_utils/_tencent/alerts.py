# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the id of an alert to the address that a rule for it would hit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address, parse_address
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_search import (
    alerts_between,
    logs_between,
    whole,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw

_IDS = (*fields.LOG_ID, *fields.EVENT_ID, *fields.CURRENT_EVENT_ID)
_BATCH = 50


@dataclass(frozen=True)
class Resolution:
    """What became of the ids: the address of each, and those that nothing was found for."""

    found: tuple[tuple[Address, str], ...]
    unresolved: tuple[str, ...]


def resolve_alerts(client: TencentCfw, ids: Sequence[str], direction: str, start: float, end: float) -> Resolution:
    """Looks the ids up, as log ids first, then as event ids. Two different records of one id are not folded: they may differ
    in the address.

    Raises CfwError: alert_ambiguous (an alert of several addresses, or of none), alert_direction (not the stated one).
    """
    found: dict[str, Address] = {}
    for at in range(0, len(ids), _BATCH):
        wanted = ids[at : at + _BATCH]
        for row in logs_between(client, start, end, [_log_filter(wanted)], whole):
            for alert_id in _named(row, wanted):
                address = _address(row, alert_id, direction)
                if found.setdefault(alert_id, address) != address:
                    raise _ambiguous(alert_id, f"names several addresses ({found[alert_id].text}, {address.text})")
    for alert_id in ids:
        if alert_id not in found:
            rows = [
                row
                for row in alerts_between(client, start, end, {"EventId": alert_id}, whole)
                if any(_named(row, [alert_id]))
            ]
            if len(rows) > 1:
                raise _ambiguous(alert_id, f"stands for {len(rows)} alerts")
            if rows:
                found[alert_id] = _address(rows[0], alert_id, direction)
    return Resolution(
        tuple((found[alert_id], alert_id) for alert_id in ids if alert_id in found),
        tuple(alert_id for alert_id in ids if alert_id not in found),
    )


def _log_filter(log_ids: Sequence[str]) -> dict[str, Any]:
    return {"Name": "log_id", "OperatorType": 1, "Values": list(log_ids)}


def _named(row: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    """Which of the wanted ids the row bears; a service that filters loosely returns others too."""
    return (alert_id for alert_id in {str(row.get(key)) for key in _IDS} if alert_id in wanted)


def _address(row: Mapping[str, Any], alert_id: str, direction: str) -> Address:
    """The attacker: where an inbound alert comes from, where an outbound one goes to."""
    actual = fields.direction(row)
    if actual in fields.DIRECTIONS and actual != direction:
        way = (
            "give its addresses as ips with direction: intranet"
            if actual == "lateral"
            else f"set alert_direction: {actual}"
        )
        raise CfwError(
            "alert_direction",
            f"Alert {alert_id} is {actual}, but alert_direction is {direction}: the rule would hit the wrong side",
            hint=f"For this alert {way}",
        )
    texts = fields.addresses(row, fields.SOURCES if direction == "inbound" else fields.DESTINATIONS)
    if len(texts) != 1:
        listed = ", ".join(sorted(texts)[:10]) or "none"
        raise _ambiguous(alert_id, f"names {len(texts)} addresses ({listed})")
    try:
        return parse_address(texts[0], f"alert {alert_id}")
    except InputError as error:
        raise CfwError(
            "alert_without_address", error.message, hint="Look at the alert in the console and give an address as ips"
        ) from error


def _ambiguous(alert_id: str, what: str) -> CfwError:
    return CfwError(
        "alert_ambiguous",
        f"Alert {alert_id} {what}, so that it is not certain what a rule for it would hit",
        hint="Give the addresses to act on as ips instead",
    )
