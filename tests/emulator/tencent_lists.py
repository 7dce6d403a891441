# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The block list and the allow list: rows, merging of directions, quota, search, paging.

A row is one RuleType and Ioc. Directions: 0 outbound, 1 inbound, 3 intranet (CreateAlertCenterRule), 5 and 6 intranet
source and destination. Invented: that a filter on direction 3 finds 5 and 6 as well, Source and the other descriptive
fields, that `common` looks into the comment.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .accounts import TENCENT_APP_ID
from .clock import PERMANENT, ServiceClock, parse_tencent, tencent_text
from .lag import LaggingList
from .spelling import spell
from .switches import Switches
from .wire import ApiError

BLOCK, ALLOW_IP, ALLOW_DOMAIN = 1, 2, 3
BLOCKLIST, WHITELIST = "blocklist", "whitelist"
_TYPES_COUNTED = 7
_DIRECTION_FILTERS = {"": frozenset("013456"), "0": frozenset("0"), "1": frozenset("1"), "3": frozenset("356")}


@dataclass(frozen=True)
class Row:
    """One entry; `start`, `end` in unix seconds, `directions` without repeats and sorted."""

    rule_type: int
    ioc: str
    directions: tuple[str, ...]
    start: float
    end: float
    number: int
    comment: str = ""
    ignore_reason: str = "0"
    source: str = "手动添加"
    match_times: int = 0
    fw_type: int = 15
    custom_rule: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Query:
    """What a list call asks for, apart from the page. `search` has pairs of a field and a part of its text."""

    name: str
    direction: str
    order: str
    by: str
    search: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _View:
    """The answer to a query before it is cut into pages; each row comes with its single Direction."""

    rows: list[tuple[Row, str]]
    counts: list[int]
    sources: list[str]


Key = tuple[int, str]
_NEW_FIELDS = frozenset({"DirectionList", "Comment", "LastHitTime", "CustomRule", "FwType"})


def list_name(rule_type: int) -> str:
    return BLOCKLIST if rule_type == BLOCK else WHITELIST


def join_directions(directions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(directions)))


class RuleLists:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._rows: dict[str, dict[Key, Row]] = {BLOCKLIST: {}, WHITELIST: {}}
        self._lags: dict[str, LaggingList[Key, Row]] = {BLOCKLIST: LaggingList(), WHITELIST: LaggingList()}
        self._numbers = 0
        self._cache: dict[tuple[Any, ...], tuple[float, _View]] = {}
        self._random = random.Random(7)

    # Writing

    def get(self, rule_type: int, ioc: str) -> Row | None:
        """The stored row; an expired one counts unless expired rows vanish."""
        row = self._rows[list_name(rule_type)].get((rule_type, self.stored_form(ioc)))
        return None if row is None or self._vanished(row) else row

    def stored_form(self, ioc: str) -> str:
        try:
            return spell(ioc, self._switches.ipv6_form)
        except ValueError:
            return ioc

    def checked_form(self, ioc: str) -> str:
        """The stored form of an address; ValueError for anything else."""
        ipaddress.ip_address(ioc)
        return spell(ioc, self._switches.ipv6_form)

    def rows(self, name: str) -> list[Row]:
        """The rows of a list that count, whatever it shows at the moment."""
        return [row for row in self._rows[name].values() if not self._vanished(row)]

    def check_quota(self, rule_type: int, wanted: Iterable[tuple[str, Iterable[str]]]) -> None:
        """LimitExceeded if blocking these addresses in these directions needs more than is left."""
        if rule_type != BLOCK:
            return
        additional = 0
        for ioc, directions in wanted:
            old = self.get(rule_type, ioc)
            additional += len(set(directions) - set(old.directions if old else ()))
        used = sum(len(row.directions) for row in self._rows[BLOCKLIST].values() if not self._vanished(row))
        if additional and used + additional > self._switches.block_quota:
            raise ApiError("LimitExceeded", "The quota of the block list is used up.")

    def upsert(
        self,
        rule_type: int,
        ioc: str,
        directions: Iterable[str],
        end: float,
        comment: str,
        **fields: Any,
    ) -> None:
        """Add a row, or merge the directions into the existing one and overwrite the rest."""
        old = self.get(rule_type, ioc)
        wanted = join_directions((*directions, *(old.directions if old else ())))
        self._numbers += 1
        row = Row(rule_type, self.stored_form(ioc), wanted, self._clock.now(), end, self._numbers, comment, **fields)
        if old:
            row = replace(row, start=old.start, number=old.number, match_times=old.match_times, source=old.source)
        self._store(row)

    def remove(self, rule_type: int, ioc: str, directions: Iterable[str] | None = None) -> None:
        """Remove a row, or only some of its directions."""
        rows = self._rows[list_name(rule_type)]
        row = rows.get((rule_type, ioc))
        if row is None:
            return
        left = () if directions is None else tuple(item for item in row.directions if item not in set(directions))
        if left:
            self._store(replace(row, directions=left))
        else:
            self._before_write(list_name(rule_type))
            del rows[(rule_type, ioc)]

    def exact(self, rule_type: int, ioc: str) -> Row | None:
        """The row spelled exactly like this: deletion takes Ioc as the list shows it."""
        row = self._rows[list_name(rule_type)].get((rule_type, ioc))
        return None if row is None or self._vanished(row) else row

    def _store(self, row: Row) -> None:
        name = list_name(row.rule_type)
        self._before_write(name)
        self._rows[name][(row.rule_type, row.ioc)] = row

    def _before_write(self, name: str) -> None:
        self._cache.clear()
        self._lags[name].before_write(
            self._rows[name], self._clock.now(), self._switches.list_lag, self._switches.list_lag_calls
        )

    def _vanished(self, row: Row) -> bool:
        return self._switches.expired_rows == "gone" and row.end <= self._clock.now()

    # Reading

    def page(self, query: Query, limit: int, offset: int) -> dict[str, Any]:
        """One list call, in the fields of DescribeBlockIgnoreList."""
        view = self._view(query)
        return {
            "Data": [self.shown(row, single) for row, single in view.rows[offset : offset + limit]],
            "Total": len(view.rows) + (self._switches.pagination_total == "wrong"),
            "ReturnCode": 0,
            "ReturnMsg": "success",
            "SourceList": view.sources,
            "RuleTypeDataList": view.counts,
        }

    def _view(self, query: Query) -> _View:
        now, switches = self._clock.now(), self._switches
        newest = self._rows[query.name]
        rows = self._lags[query.name].visible(newest, now)
        shifting = switches.shifting_pages
        key = (query, switches.expired_rows, switches.rows_per_ioc, switches.direction_list_order, self._old)
        # A view of the newest rows stays right until a write, or until a row expires that must vanish then.
        usable = rows is newest and not shifting
        if usable and key in self._cache and now < self._cache[key][0]:
            return self._cache[key][1]
        listed = [row for row in rows.values() if not self._vanished(row)]
        wanted = _DIRECTION_FILTERS[query.direction]
        found = [row for row in listed if not wanted.isdisjoint(row.directions) and _matches(row, query.search)]
        if shifting:
            self._random.shuffle(found)
        found.sort(key=_SORT_KEYS[query.by], reverse=query.order == "desc")
        counts = [0] * _TYPES_COUNTED
        for row in found:
            if row.rule_type <= _TYPES_COUNTED:
                counts[row.rule_type - 1] += 1
        view = _View(
            rows=[(row, single) for row in found for single in self._singles(row, query.direction)],
            counts=counts,
            sources=sorted({row.source for row in found}),
        )
        if usable:
            vanishing = [row.end for row in listed] if switches.expired_rows == "gone" else []
            self._cache[key] = (min(vanishing, default=float("inf")), view)
        return view

    def _singles(self, row: Row, direction: str) -> list[str]:
        ordered = self._ordered(row)
        if self._switches.rows_per_ioc == "one" and not self._old:
            return ordered[:1]
        return [single for single in ordered if single in _DIRECTION_FILTERS[direction]]

    def _ordered(self, row: Row) -> list[str]:
        return sorted(row.directions, reverse=self._switches.direction_list_order == "1,0")

    def shown(self, row: Row, single: str) -> dict[str, Any]:
        """A row with every documented field; `single` is its Direction."""
        is_domain = row.rule_type == ALLOW_DOMAIN
        every = {
            "RuleType": row.rule_type,
            "Ioc": row.ioc,
            "IocName": "",
            "IocInfo": "",
            "Domain": row.ioc if is_domain else "",
            "IP": "" if is_domain else row.ioc,
            "Level": "",
            "EventName": "",
            "Direction": int(single),
            "DirectionList": ",".join(self._ordered(row)),
            "Protocol": "",
            "Address": "",
            "Country": "",
            "Action": 1 if row.rule_type == BLOCK else 2,
            "StartTime": tencent_text(row.start),
            "EndTime": tencent_text(row.end),
            "IgnoreReason": row.ignore_reason,
            "Source": row.source,
            "UniqueId": f"{TENCENT_APP_ID}-{row.ioc}-{single}-{row.rule_type}",
            "MatchTimes": row.match_times,
            "Comment": row.comment,
            "LastHitTime": "",
            "CustomRule": dict(row.custom_rule or {"SrcIP": "", "DstIP": "", "IdsRuleName": "", "IdsRuleId": ""}),
            "FwType": row.fw_type,
            **(row.extra or {}),
        }
        return {name: value for name, value in every.items() if not (self._old and name in _NEW_FIELDS)}

    @property
    def _old(self) -> bool:
        return self._switches.international and self._switches.international_rows == "old"

    # State

    def dump(self) -> dict[str, Any]:
        return {
            name: [
                {**self.shown(row, self._ordered(row)[0]), "DirectionList": ",".join(self._ordered(row))}
                for row in rows.values()
            ]
            for name, rows in self._rows.items()
        }

    def seed(self, name: str, values: Mapping[str, Any] | str) -> None:
        """Add a row, or replace it: no quota, no merging.

        An address, or a mapping with `Ioc` and any of RuleType, DirectionList ("1"), StartTime, EndTime (permanent),
        Comment, IgnoreReason, Source, MatchTimes, FwType, CustomRule, and other fields of a listed row.
        """
        row: dict[str, Any] = {"Ioc": values} if isinstance(values, str) else dict(values)
        rule_type = row.pop("RuleType", BLOCK if name == BLOCKLIST else ALLOW_IP)
        if list_name(rule_type) != name:
            raise ValueError(f"RuleType {rule_type} does not belong into the {name}.")
        now = self._clock.now()
        self._numbers += 1
        stored = Row(
            rule_type=rule_type,
            ioc=self.stored_form(row.pop("Ioc")),
            directions=join_directions(str(row.pop("DirectionList", "1")).split(",")),
            start=_moment(row.pop("StartTime", now)),
            end=_moment(row.pop("EndTime", PERMANENT)),
            number=self._numbers,
            comment=row.pop("Comment", ""),
            ignore_reason=str(row.pop("IgnoreReason", "0")),
            source=row.pop("Source", "手动添加"),
            match_times=row.pop("MatchTimes", 0),
            fw_type=row.pop("FwType", 15),
            custom_rule=row.pop("CustomRule", None),
            extra=row or None,
        )
        self._cache.clear()
        self._rows[name][(rule_type, stored.ioc)] = stored


def _moment(value: Any) -> float:
    return parse_tencent(value) if isinstance(value, str) else float(value)


def _by_end(row: Row) -> float:
    return row.end


def _by_start(row: Row) -> float:
    return row.start


def _by_hits(row: Row) -> float:
    return row.match_times


_SORT_KEYS: dict[str, Callable[[Row], float]] = {"EndTime": _by_end, "StartTime": _by_start, "MatchTimes": _by_hits}
SORT_FIELDS = tuple(_SORT_KEYS)


def _matches(row: Row, search: tuple[tuple[str, str], ...]) -> bool:
    extra = row.extra or {}
    for name, wanted in search:
        wanted = wanted.lower()
        if name == "common":
            texts = (row.ioc, row.comment, row.source, *map(str, extra.values()))
        elif name == "domain":
            # The field's documented use is domains; a public provider finds addresses with it as well.
            texts = (row.ioc,)
        elif name == "ignore_reason":
            texts = (row.ignore_reason,)
        elif name == "rule_source":
            texts = (row.source,)
        else:
            texts = (str(extra.get({"level": "Level", "address": "Address"}[name], "")),)
        if not any(wanted in text.lower() for text in texts):
            return False
    return True
