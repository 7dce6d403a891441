# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts (DescribeCfwAlerts) and logs of the intrusion defence (DescribeLogs), all of a time window.

The service filters by one value of each kind at a time; what it leaves in is compared once more, as far as a record shows the
value at all. Limits: API pages DescribeCfwAlerts (50 rows) and DescribeLogs (1000 rows, up to offset 60000).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import (
    Page,
    Pager,
    Row,
    data_of,
    incomplete,
    page_of,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent.times import sent_time

ALERT_PAGE = 50
LOG_PAGE = 1000
LAST_OFFSET = 60000
"""Rows that DescribeLogs can reach in one window; a window with more is halved."""
_MOST_SEARCHED = 5
"""Up to so many addresses the service is asked for each of them, and for more the whole window is read."""


Identity = Callable[[Row], str]


@dataclass(frozen=True)
class Search:
    """What is looked for. Times in whole Unix seconds; nothing in a tuple means anything."""

    start: int
    end: int
    ids: tuple[str, ...] = ()
    ips: tuple[Address, ...] = ()
    levels: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether a shown alert or log is one of those looked for; a value that it does not show fits."""
        wanted = ((self.levels, "level"), (self.directions, "direction"), (self.statuses, "status"))
        if any(words and row.get(key) and row[key] not in words for words, key in wanted):
            return False
        seen = {*row["source_ips"], *row["destination_ips"]}
        return not self.ips or any(ip.text in seen for ip in self.ips)


def find_alerts(client: TencentCfw, search: Search) -> list[dict[str, Any]]:
    """The alerts, the earliest first, each once."""
    found: dict[str, dict[str, Any]] = {}
    for query in _queries(search):
        for raw in alerts_between(client, search.start, search.end, query):
            row = _alert(raw)
            if search.fits(row) and (not search.ids or _named(row, search.ids)):
                found.setdefault(alert_identity(raw), row)
    return sorted(found.values(), key=_moment_of)


def whole(row: Row) -> str:
    """All of a record, as what tells it from others."""
    return json.dumps(row, sort_keys=True, default=str)


def alert_identity(row: Row) -> str:
    """What tells an alert from others: its present id, or all of it where it has none."""
    return fields.text(row, (*fields.CURRENT_EVENT_ID, *fields.EVENT_ID)) or whole(row)


def log_identity(row: Row) -> str:
    return fields.text(row, fields.LOG_ID) or whole(row)


def alerts_between(
    client: TencentCfw, start: float, end: float, query: Mapping[str, Any], identity: Identity = alert_identity
) -> list[Row]:
    """The records of all alerts of a time that the service's filters in `query` let through."""
    body = {**query, "StartTime": sent_time(start), "EndTime": sent_time(end)}
    # New alerts come last, so that pages do not shift while they are read.
    body.update(OrderBy="StartTime", Order="asc")

    def read(limit: int, offset: int) -> Page:
        content = client.call("DescribeCfwAlerts", {**body, "Limit": limit, "Offset": offset})
        data = data_of(content, "DescribeCfwAlerts")
        known = data if isinstance(data, Mapping) else {}
        return page_of(content, "DescribeCfwAlerts", known.get("alerts"), known.get("total"))

    return Pager(ALERT_PAGE).read_all(read, identity, "alerts")


def _queries(search: Search) -> Iterator[dict[str, str]]:
    """What to ask for: each id, or each address on either side, with what else can be said in one word."""
    common = {
        name: words[0]
        for name, words in (
            ("Level", search.levels),
            ("Direction", search.directions),
            ("ActionStatus", search.statuses),
        )
        if len(words) == 1
    }
    # The service compares text, and an IPv6 address has many spellings.
    if search.ids:
        yield from ({**common, "EventId": event_id} for event_id in search.ids)
    elif 0 < len(search.ips) <= _MOST_SEARCHED and all(ip.version == 4 for ip in search.ips):
        yield from ({**common, side: ip.text} for ip in search.ips for side in ("SrcIp", "DstIp"))
    else:
        yield common


def find_logs(client: TencentCfw, search: Search, alerts: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """The logs, the earliest first. With ids those that bear one, or the id of one of the alerts found for them."""
    wanted = {*search.ids, *(alert[key] for alert in alerts for key in ("event_id", "current_event_id"))}
    found: dict[str, dict[str, Any]] = {}
    for raw in logs_between(client, search.start, search.end):
        row = _log(raw)
        if search.fits(row) and (not search.ids or wanted & {row["log_id"], row["event_id"]} - {""}):
            found.setdefault(log_identity(raw), row)
    return sorted(found.values(), key=_moment_of)


def logs_between(
    client: TencentCfw,
    start: float,
    end: float,
    filters: Sequence[Mapping[str, Any]] = (),
    identity: Identity = log_identity,
) -> list[Row]:
    """The records of the intrusion defence's logs that `filters` let through.

    The window is halved as often as needed for the last offset to reach all.
    """
    return list(_logs_between(client, Pager(LOG_PAGE), math.floor(start), math.ceil(end), filters, identity))


def _logs_between(
    client: TencentCfw, pager: Pager, start: int, end: int, filters: Sequence[Mapping[str, Any]], identity: Identity
) -> Iterable[Row]:
    body: dict[str, Any] = {
        "Index": "rule_threatinfo",
        "StartTime": sent_time(start),
        "EndTime": sent_time(end),
        **({"Filters": list(filters)} if filters else {}),
    }

    def read(limit: int, offset: int) -> Page:
        content = client.call("DescribeLogs", {**body, "Limit": limit, "Offset": offset})
        data = data_of(content, "DescribeLogs")
        # The form of Data is not published.
        rows = data.get("logs") if isinstance(data, Mapping) else data
        return page_of(content, "DescribeLogs", rows, content.get("Total"))

    page = pager.first(read)
    if page[1] <= LAST_OFFSET + len(page[0]):
        return pager.read_all(read, identity, "logs", page)
    if end - start <= 1:
        raise incomplete(
            f"There are {page[1]} logs in one second ({sent_time(start)}), and the service shows {LAST_OFFSET} at most",
            hint="Use a log topic of CLS for so many logs",
        )
    middle = (start + end) // 2
    # Both halves have the second in the middle, so that nothing is lost between two whole seconds.
    halves = ((start, middle), (middle, end))
    return [row for first, last in halves for row in _logs_between(client, pager, first, last, filters, identity)]


def _named(row: Mapping[str, Any], ids: Sequence[str]) -> bool:
    return row["event_id"] in ids or row["current_event_id"] in ids


def _moment_of(row: Mapping[str, Any]) -> str:
    # All are in one zone and one form, so that their order as text is that of time.
    return str(row["first_seen"] or "")


def _common(row: Row) -> dict[str, Any]:
    way = fields.direction(row)
    sources, destinations = fields.addresses(row, fields.SOURCES), fields.addresses(row, fields.DESTINATIONS)
    return {
        "event_id": fields.text(row, fields.EVENT_ID),
        "name": fields.text(row, fields.NAME),
        "level": fields.level(row),
        "direction": way,
        "source_ips": sources,
        "destination_ips": destinations,
        "attackers": fields.attackers(way, sources, destinations),
        "first_seen": fields.shown(fields.first(row, fields.FIRST)),
        "last_seen": fields.shown(fields.first(row, fields.LAST)),
        # Not copied: there can be many of them.
        "raw": row,
    }


def _alert(row: Row) -> dict[str, Any]:
    common = _common(row)
    return {
        **common,
        "current_event_id": fields.text(row, fields.CURRENT_EVENT_ID) or common["event_id"],
        "status": fields.word(row, fields.STATUS, {}),
        "count": fields.whole(fields.first(row, fields.COUNT)),
    }


def _log(row: Row) -> dict[str, Any]:
    return {
        "log_id": fields.text(row, fields.LOG_ID),
        **_common(row),
        "source_port": fields.whole(fields.first(row, fields.SOURCE_PORT)),
        "destination_port": fields.whole(fields.first(row, fields.DESTINATION_PORT)),
    }
