# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of the international site: the calls that exist there, with the same results.

Its SDK and pages have DescribeBlockIgnoreList, with RuleType instead of ShowType and with Order and By exchanged, and for writing
ModifyBlockIgnoreList (page 1160/51351): single directions, times, no comment. They have no CreateAlertCenterRule, no
*BlockIgnoreRuleNew, no alerts, no assets and no quota.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._tencent import options
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import AlertRequest
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import PAGE, TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Page, Row, page_of
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    BORDER,
    RULE_TYPES,
    Entry,
    Step,
    digits_of,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import sent_time

_MOST_ITEMS = 100
"""Items of one request; the API does not document a limit."""
_ORDERS = ({"Order": "asc", "By": "StartTime"}, {"Order": "StartTime", "By": "asc"})


def is_international(params: Mapping[str, Any], context: Context) -> bool:
    return options.site(params, context) == "international"


def client_of(params: Mapping[str, Any], context: Context, calls: CallLog) -> TencentCfw:
    """The client for the site that the account belongs to."""
    return (InternationalCfw if is_international(params, context) else TencentCfw)(params, context, calls)


def check_china(params: Mapping[str, Any], context: Context, call: str) -> None:
    """Raises InputError on the international site, whose API does not have this call."""
    if is_international(params, context):
        raise InputError(f"site: international is not possible here: the API of that site has no {call}")


def restricted(request: AlertRequest, context: Context) -> AlertRequest:
    """The request as far as the site can carry it out. Raises InputError for what it has no call for."""
    missing = [
        (request.alert_ids, "alert_ids", "give the addresses as ips"),
        (request.direction == "intranet", "direction: intranet", "use inbound, outbound or both"),
        (request.ignore_reason, "ignore_reason", "leave it out"),
        (request.block_domain, "block_domain", "leave it out"),
    ]
    for given, option, way_out in missing:
        if given:
            raise InputError(
                f"{option} is not possible with site: international, whose API has no CreateAlertCenterRule; {way_out}"
            )
    if request.wanted.present and request.wanted.comment is not None:
        context.warn("comment can't be recorded: the API of the international site takes none.")
    return replace(request, wanted=replace(request.wanted, comment=None))


def adapted(step: Step) -> Step:
    """A step of the plan as this site does it: there is one call for all rules, and it can't touch intranet rules."""
    removed = [entry for entry in (step.before if step.how == "remove" else None, step.opposite) if entry]
    if any(not entry.directions <= BORDER for entry in removed):
        return replace(
            step,
            result="refused",
            how="",
            after=step.before,
            asked=None,
            opposite=None,
            reason="the API of the international site can't remove rules for the intranet; remove it in the console",
        )
    return replace(step, how="upsert") if step.how == "alert_center" else step


class InternationalCfw(TencentCfw):
    """The same lists by the calls of the international site."""

    def __init__(self, params: Mapping[str, Any], context: Context, calls: CallLog) -> None:
        super().__init__(params, context, calls)
        self._order = 0
        self._listed: dict[str, dict[str, frozenset[str]]] = {action: {} for action in RULE_TYPES}
        """The directions of each address when its list was last read: they are edited, others are added."""

    def rule_page(self, action: str, offset: int = 0, search: str = "", limit: int = PAGE) -> Page:
        """As on the other site. Should the service take Order and By as the English page has them, so they are sent."""
        body = {
            "Limit": limit,
            "Offset": offset,
            "Direction": "",
            "RuleType": RULE_TYPES[action],
            "SearchValue": json.dumps({"common": search}) if search else "{}",
        }
        try:
            content = self.call("DescribeBlockIgnoreList", {**body, **_ORDERS[self._order]})
        except ApiError as error:
            if self._order or not error.code.startswith("InvalidParameter"):
                raise
            content = self.call("DescribeBlockIgnoreList", {**body, **_ORDERS[1]})
            self._order = 1
        return page_of(content, "DescribeBlockIgnoreList", content.get("Data"), content.get("Total"))

    def rules(self, action: str, search: str = "", first: Page | None = None) -> list[Row]:
        rows = super().rules(action, search, first)
        listed = self._listed[action]
        if search:
            listed.pop(search, None)
        else:
            listed.clear()
        for row in rows:
            address = canonical(str(row.get("Ioc") or row.get("IP") or "").strip())
            if address is not None and row.get("RuleType") in (1, 2):
                directions = digits_of(row.get("DirectionList")) or digits_of(row.get("Direction"))
                listed[address] = listed.get(address, frozenset()) | directions
        return rows

    def upsert(self, action: str, entries: Sequence[Entry]) -> None:
        """ModifyBlockIgnoreList: edits the directions that are listed, adds those that are not."""
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for entry in entries:
            listed = self._listed[action].get(canonical(entry.ioc) or entry.ioc, frozenset())
            for direction in sorted(entry.directions & BORDER, reverse=True):
                ioc_action = "edit" if direction in listed else "add"
                end = sent_time(entry.expires or 0)
                groups.setdefault((ioc_action, end), []).append({"IP": entry.ioc, "Direction": int(direction)})
        for (ioc_action, end), items in groups.items():
            self._modify(action, ioc_action, items, {"StartTime": sent_time(self.now()), "EndTime": end})

    def delete(self, action: str, entries: Sequence[Entry]) -> None:
        """ModifyBlockIgnoreList: removes the rules in each of their directions."""
        items = [
            {"IP": entry.ioc, "Direction": int(direction)}
            for entry in entries
            for direction in sorted((digits_of(entry.direction_list) or entry.directions) & BORDER, reverse=True)
        ]
        self._modify(action, "delete", items, {})

    def _modify(
        self, action: str, ioc_action: str, items: Sequence[Mapping[str, Any]], times: Mapping[str, str]
    ) -> None:
        for at in range(0, len(items), _MOST_ITEMS):
            self._send(
                {
                    "RuleType": RULE_TYPES[action],
                    "IOC": list(items[at : at + _MOST_ITEMS]),
                    "IocAction": ioc_action,
                    **times,
                }
            )

    def _send(self, body: Mapping[str, Any]) -> None:
        content = self.call("ModifyBlockIgnoreList", body, write=True)
        if content.get("ReturnCode"):
            raise ApiError(
                f"ReturnCode.{content['ReturnCode']}",
                f"ModifyBlockIgnoreList answered ReturnCode {content['ReturnCode']}: {content.get('ReturnMsg') or 'no message'}",
                outcome=Outcome.REFUSED,
                request_id=str(content.get("RequestId") or ""),
                hint="Run it again, which reads the lists anew",
            )
