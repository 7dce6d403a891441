# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete lists of the Tencent Cloud Firewall: page by page, none missing, none twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing
from ansible_collections.secops.cfw.plugins.module_utils._tencent.fields import whole

READINGS = 3
"""How often a list that does not add up is read before giving up."""
_TOO_LARGE = ("FailedOperation.ResponseTooLarge", "ResponseSizeLimitExceeded")

Row = Mapping[str, Any]
Page = tuple[Sequence[Row], int]
"""The rows of a page, and the number of all rows."""


class Pager:
    """Reads lists in pages of at most `limit` rows, in smaller ones once the service finds an answer too large."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def first(self, read: Callable[[int, int], Page]) -> Page:
        """The page at offset 0."""
        return self._page(read, 0)

    def read_all(
        self, read: Callable[[int, int], Page], identity: Callable[[Row], str], what: str, first: Page | None = None
    ) -> list[Row]:
        """All rows of a list, in the service's order. `read` fetches a page by limit and offset; `what` names the list.

        Raises ApiError: list_incomplete when the unique rows are not as many as every page counts, several times in a row.
        """
        for _reading in range(READINGS):
            seen: dict[str, Row] = {}
            sharing = Sharing()
            rows, total = first or self._page(read, 0)
            first = None
            totals = {total}
            offset = 0
            while rows:
                before = len(seen)
                seen.update((identity(row), sharing.record(row)) for row in rows)
                offset += len(rows)
                # A page without anything new ends it too: a service that ignores the offset would go on for ever.
                if offset >= total or len(seen) == before:
                    break
                rows, total = self._page(read, offset)
                totals.add(total)
            if totals == {len(seen)}:
                return list(seen.values())
        counted = " and ".join(map(str, sorted(totals)))
        raise incomplete(
            f"The list of {what} shows {len(seen)} records but counts {counted}, {READINGS} times in a row"
        )

    def _page(self, read: Callable[[int, int], Page], offset: int) -> Page:
        while True:
            try:
                return read(self.limit, offset)
            except ApiError as error:
                if error.code not in _TOO_LARGE or self.limit == 1:
                    raise
                self.limit = max(1, self.limit // 2)


def incomplete(message: str, hint: str = "") -> ApiError:
    return ApiError(
        "list_incomplete",
        message,
        outcome=Outcome.NOT_EXECUTED,
        transient=True,
        hint=hint or "Nothing was decided on an incomplete list; run it again in a minute",
    )


def data_of(content: Row, action: str) -> Any:
    """`Data` of the calls that send it as JSON inside a string. Raises ApiError (unreadable_answer)."""
    data = content.get("Data")
    try:
        return (json.loads(data) if data.strip() else None) if isinstance(data, str) else data
    except ValueError:
        raise unreadable(content, action) from None


def page_of(content: Row, action: str, rows: Any, total: Any) -> Page:
    """Rows and total of an answer, checked; another shape must not read as an empty list (unreadable_answer)."""
    total = whole(total)
    if rows is None and total == 0:
        rows = []
    if not isinstance(rows, list) or total is None or not all(isinstance(row, Mapping) for row in rows):
        raise unreadable(content, action)
    return rows, total


def unreadable(content: Row, action: str) -> ApiError:
    return ApiError(
        "unreadable_answer",
        f"The answer to {action} has a shape that the API page does not know",
        outcome=Outcome.UNKNOWN,
        transient=True,
        request_id=str(content.get("RequestId") or ""),
        hint="Nothing was decided on it; check endpoint and proxy, and run it again",
    )
