# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Tencent Cloud Firewall's calls, with typed errors and complete lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Caller, Transport
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._signing import Request, sign_tencent
from ansible_collections.secops.cfw.plugins.module_utils._tencent import answers, options
from ansible_collections.secops.cfw.plugins.module_utils._tencent.credentials import resolve
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Page, Pager, Row, page_of
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import RULE_TYPES, SHOW_TYPES, Entry
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import sent_time
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT

API_VERSION = "2019-09-04"
PAGE = 100
"""Rows asked for at once; the largest Limit is not documented, and larger ones were refused elsewhere."""

_OTHER_API = ("MissingParameter", "UnknownParameter")
"""What an endpoint answers that has another edition of the API."""


@dataclass(frozen=True)
class Answer:
    """The second and third layer of an answer to CreateAlertCenterRule, below Error."""

    return_code: int
    return_message: str
    status: int

    @property
    def done(self) -> bool:
        """Whether the service says that it did it. It is believed only once it is read back."""
        return self.return_code == 0 and self.status == 0

    def described(self) -> str:
        meaning = {-1: " (general error)", -3: " (duplicate)"}.get(self.status, "")
        return f"ReturnCode {self.return_code} ({self.return_message or 'no message'}), Status {self.status}{meaning}"


class TencentCfw:
    """One account. Every method raises ApiError."""

    def __init__(self, params: Mapping[str, Any], context: Context, calls: CallLog) -> None:
        """Reads options and credential; raises InputError. Nothing is sent."""
        self._context = context
        self._deprecated: set[str] = set()
        self._endpoint = options.endpoint(params, context)
        self._language: str = params["language"]
        self._site = options.site(params, context)
        settings = options.http_settings(params)
        self._credential = resolve(params, context)
        self._caller = Caller(
            Transport(settings, context, USER_AGENT),
            self._sign,
            answers.judge,
            settings,
            context,
            calls,
            request_id_of=answers.request_id_of,
        )

    def now(self) -> float:
        """The service's time in Unix seconds, as far as known; rules expire by it, not by the controller's clock."""
        known = self._caller.service_time()
        return self._context.time() if known is None else known

    def _sign(self, request: Request, timestamp: float) -> Request:
        credential = self._credential
        return request.with_headers(
            sign_tencent(request, credential.key_id, credential.secret, timestamp, token=credential.token)
        )

    def call(self, action: str, body: Mapping[str, Any], *, write: bool = False) -> Mapping[str, Any]:
        headers = {
            "Content-Type": "application/json",
            "X-TC-Action": action,
            "X-TC-Version": API_VERSION,
            "X-TC-Language": self._language,
        }
        request = Request("POST", self._endpoint, headers=headers, body=json.dumps(body).encode())
        try:
            response = self._caller.call(action, request, permission=f"cfw:{action}", write=write)
        except ApiError as error:
            if error.code.partition(".")[0] in _OTHER_API:
                error.hint = f"The service does not know this call as it was sent: check site, which is {self._site}, and endpoint"
            raise
        content = answers.content(response)
        if content.get("DeprecatedWarning") and action not in self._deprecated:
            self._deprecated.add(action)
            self._context.warn(f"{action} is deprecated: {content['DeprecatedWarning']}")
        if not write and content.get("ReturnCode"):
            raise ApiError(
                f"ReturnCode.{content['ReturnCode']}",
                f"{action} answered ReturnCode {content['ReturnCode']}: {content.get('ReturnMsg') or 'no message'}",
                outcome=Outcome.NOT_EXECUTED,
                transient=True,
                request_id=answers.request_id_of(response),
                hint="Nothing was decided on it; run it again",
            )
        return content

    def rule_page(self, action: str, offset: int = 0, search: str = "", limit: int = PAGE) -> Page:
        """A page of the block or allow list in all directions, oldest rows first, and the service's total."""
        content = self.call(
            "DescribeBlockIgnoreList",
            {
                "Limit": limit,
                "Offset": offset,
                "Direction": "",
                # New rows come last, so that pages do not shift while they are read.
                "Order": "asc",
                "By": "StartTime",
                "ShowType": SHOW_TYPES[action],
                "SearchValue": json.dumps({"common": search}) if search else "{}",
            },
        )
        return page_of(content, "DescribeBlockIgnoreList", content.get("Data"), content.get("Total"))

    def rules(self, action: str, search: str = "", first: Page | None = None) -> list[Row]:
        """All rows of a list, or all that a fuzzy search finds; `first` is its first page where that was read already.

        Raises ApiError (list_incomplete) when the rows do not add up to the service's total, several times in a row.
        """
        return Pager(PAGE).read_all(
            lambda limit, offset: self.rule_page(action, offset, search, limit), rule_identity, f"{action} rules", first
        )

    def handle_alert(self, body: Mapping[str, Any]) -> Answer:
        """CreateAlertCenterRule: blocks or allows addresses or alerts, as `body` says."""
        content = self.call("CreateAlertCenterRule", body, write=True)
        return Answer(
            _number(content.get("ReturnCode")), str(content.get("ReturnMsg") or ""), _number(content.get("Status"))
        )

    def upsert(self, action: str, entries: Sequence[Entry]) -> None:
        """CreateBlockIgnoreRuleNew: adds rules, or renews those that exist, whose directions are merged.

        The answer says nothing about single rules: read them back.
        """
        self.call(
            "CreateBlockIgnoreRuleNew",
            {
                "RuleType": RULE_TYPES[action],
                "Rules": [
                    {
                        "Ioc": entry.ioc,
                        "DirectionList": entry.direction_list,
                        "EndTime": sent_time(entry.expires or 0),
                        "Comment": entry.comment,
                    }
                    for entry in entries
                ],
            },
            write=True,
        )

    def delete(self, action: str, entries: Sequence[Entry]) -> None:
        """DeleteBlockIgnoreRuleNew: removes these rules, all of one rule type, and never a whole list (DeleteAll: 0)."""
        self.call(
            "DeleteBlockIgnoreRuleNew",
            {
                "DeleteAll": 0,
                "ShowType": SHOW_TYPES[action],
                "Rules": [
                    {"Ioc": entry.ioc, "RuleType": entry.rule_type, "DirectionList": entry.direction_list}
                    for entry in entries
                ],
            },
            write=True,
        )


def rule_identity(row: Row) -> str:
    """What tells a row from others: its id, or all of it where it has none."""
    return str(row.get("UniqueId") or "") or json.dumps(row, sort_keys=True, default=str)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
