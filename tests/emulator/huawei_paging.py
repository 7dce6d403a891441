# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages by limit and offset as the companion calls answer them, and the helpers that those calls share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .checks import BadField, check_fields
from .huawei_input import EMPTY, LIST_LIMIT, WRONG_TYPE, read_number
from .switches import Switches
from .wire import ApiError


class Pager:
    """Cuts pages; remembers how many of them were shifted (switch `shifted_pages`)."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._shifted = 0

    def page(self, rows: Sequence[Any], limit: int, offset: int) -> tuple[list[Any], int]:
        """The rows of a page and the total."""
        start = offset
        if offset and self._shifted < self._switches.shifted_pages:
            self._shifted += 1
            start -= 1
        wrong = self._switches.pagination_total == "wrong"
        return list(rows[start : start + limit]), len(rows) + int(wrong)


def limit_and_offset(values: Mapping[str, str]) -> tuple[int, int]:
    return read_number(values, "limit", 1, LIST_LIMIT), read_number(values, "offset", 0, None)


def one_of(values: Mapping[str, str], name: str, *known: str) -> str | None:
    """A parameter that takes certain values only; None when it was not given, or empty."""
    value = values.get(name) or None
    if value is not None and value not in known:
        raise ApiError(WRONG_TYPE, f"{name} must be one of {', '.join(known)}")
    return value


def checked(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str]) -> dict[str, Any]:
    """A JSON object with these fields and no others, in Huawei's error codes."""
    try:
        return check_fields(value, where, required, optional)
    except BadField as bad:
        raise ApiError(EMPTY if bad.kind == "missing" else WRONG_TYPE, bad.message) from None


def in_range(where: str, number: int, least: int, most: int | None) -> int:
    if number < least or (most is not None and number > most):
        raise ApiError(WRONG_TYPE, f"{where} is out of range")
    return number
