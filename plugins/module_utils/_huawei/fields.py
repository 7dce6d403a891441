# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields of the service's records as plain values: what is missing or odd is passed on rather than refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST_LOG_LIST = 50_000
"""Logs that a result may hold."""


def as_text(value: Any) -> str:
    return "" if value is None else str(value)


def as_number(value: Any) -> int | None:
    """A whole number, None for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def as_word(words: Mapping[int, str], value: Any) -> str:
    """The word for a number of the service; a number that has none is shown as it is."""
    number = as_number(value)
    return as_text(value) if number is None else words.get(number, as_text(value))
