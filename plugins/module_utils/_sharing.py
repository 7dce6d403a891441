# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long lists in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Sharing:
    """Keeps what the records of one list have in common once: most of their texts, and much of what is nested in them.

    A record that it returns is equal to the one given. Its values are those of other records too, and must not be changed.
    """

    def __init__(self, most: int = 10_000) -> None:
        """`most`: values to remember. With more it begins anew: those that all differ would take much and save nothing."""
        self._most = most
        self._texts: dict[str, str] = {}
        self._nested: dict[str, Any] = {}

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        texts = self._texts
        if len(texts) > self._most:
            texts.clear()
        return {
            texts.setdefault(key, key): texts.setdefault(value, value) if isinstance(value, str) else self.value(value)
            for key, value in record.items()
        }

    def value(self, value: Any) -> Any:
        """An equal list or dictionary, if there was one before; other values as they are."""
        if not isinstance(value, (dict, list)):
            return value
        if len(self._nested) > self._most:
            self._nested.clear()
        # Compared as text: 1, 1.0 and True are equal, but not in a result.
        return self._nested.setdefault(repr(value), value)


def consumed(items: list[T]) -> Iterator[T]:
    """The items in their order, each taken out of the list, so that what is made of them takes their place in memory."""
    items.reverse()
    while items:
        yield items.pop()
