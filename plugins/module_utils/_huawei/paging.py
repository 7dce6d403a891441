# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete lists of the Huawei Cloud Firewall, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing

PAGE = 1024
"""The largest `limit` of the lists (the API pages of all of them)."""
READINGS = 3
"""How often a list that does not add up is read before giving up."""

Record = Mapping[str, Any]


def read_all(
    read: Callable[[int], Response],
    identity: str,
    what: str,
    counted: Callable[[Record], bool] = lambda record: True,
) -> list[Record]:
    """All records of a list, each once, in the service's order.

    `read` fetches the page that begins at an offset, counted in records; `identity` is the key of a record's id; `what`
    names the list in messages ("the list of firewalls"). `counted` tells which records the service is sure to count: it
    may count the others, or not. A list whose unique records are not as many as the service counts is read again. Raises
    ApiError: list_incomplete, unreadable_answer, or whatever `read` raises.
    """
    for _reading in range(READINGS):
        seen, totals = _pages(read, identity, what, counted)
        # A total that changes between pages means that rows moved, and one may have slipped through.
        if totals in ({len(seen)}, {_count(seen, counted)}):
            return list(seen.values())
    raise incomplete(what, len(seen), " and ".join(map(str, sorted(totals))))


def _pages(
    read: Callable[[int], Response], identity: str, what: str, counted: Callable[[Record], bool]
) -> tuple[dict[str, Record], set[int]]:
    """Unique records by id, and the totals that the pages state."""
    seen: dict[str, Record] = {}
    totals: set[int] = set()
    sharing = Sharing()
    offset = 0
    while True:
        records, total = page(read(offset), identity, what)
        totals.add(total)
        before = len(seen)
        seen.update((str(record[identity]), sharing.record(record)) for record in records)
        offset += len(records)
        # A page without anything new ends it too: a service that ignores `offset` would go on for ever.
        if len(seen) == before:
            return seen, totals
        # Records may be listed without being counted: then more can follow a full page that reaches the total.
        if offset >= total and (len(records) < PAGE or _count(seen, counted) >= total):
            return seen, totals


def _count(seen: Mapping[str, Record], counted: Callable[[Record], bool]) -> int:
    return sum(map(counted, seen.values()))


def page(response: Response, identity: str, what: str) -> tuple[list[Record], int]:
    """Records and total of one page. Another shape raises ApiError (unreadable_answer): it must not read as empty."""
    data = response.json().get("data")
    if isinstance(data, list) and len(data) == 1:
        # Answers of mid-2024 have the same object, in an array.
        data = data[0]
    records = data.get("records") if isinstance(data, Mapping) else None
    total = data.get("total") if isinstance(data, Mapping) else None
    if records is None and total == 0:
        records = []
    if (
        not isinstance(records, list)
        or not isinstance(total, int)
        or isinstance(total, bool)
        or not all(isinstance(record, Mapping) and record.get(identity) not in (None, "") for record in records)
    ):
        raise unreadable(response, what)
    return records, total


def incomplete(what: str, shown: int, counted: str) -> ApiError:
    """The error for a list that shows `shown` records while the service counts otherwise."""
    return ApiError(
        "list_incomplete",
        f"{what[:1].upper()}{what[1:]} shows {shown} records but counts {counted}, {READINGS} times in a row",
        outcome=Outcome.NOT_EXECUTED,
        transient=True,
        hint="Nothing was decided on an incomplete list; run it again in a minute",
    )


def unreadable(response: Response, what: str) -> ApiError:
    """The error for an answer in a shape that the API page does not know."""
    return ApiError(
        "unreadable_answer",
        f"{what[:1].upper()}{what[1:]} came in a shape that the API page does not know",
        outcome=Outcome.UNKNOWN,
        status=response.status,
        request_id=answers.request_id_of(response),
        transient=True,
        hint="Nothing was decided on it; check endpoint and proxy, and run it again",
    )
