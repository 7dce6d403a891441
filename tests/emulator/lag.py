# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that show an old state for a while after a write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass
class _Hidden(Generic[Key, Value]):
    before: dict[Key, Value]
    until: float
    calls: int


class LaggingList(Generic[Key, Value]):
    """Remembers what a list looked like before each write that it must not show yet. Values must be immutable."""

    def __init__(self) -> None:
        self._hidden: list[_Hidden[Key, Value]] = []

    def before_write(self, rows: dict[Key, Value], now: float, seconds: float, calls: int) -> None:
        if seconds > 0 or calls > 0:
            self._hidden.append(_Hidden(dict(rows), now + seconds, calls))

    def visible(self, rows: dict[Key, Value], now: float) -> dict[Key, Value]:
        """What one list call shows; counts that call."""
        self._hidden = [item for item in self._hidden if item.calls > 0 or now < item.until]
        if not self._hidden:
            return rows
        shown = self._hidden[0].before
        for item in self._hidden:
            item.calls -= 1
        return shown
