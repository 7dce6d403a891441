# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that a process has started, so that none outlives its test."""

from __future__ import annotations

import contextlib
from pathlib import Path


def descendants(parent: int) -> list[int]:
    """All of them, by /proc: ansible-core's workers are in sessions of their own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name in parentheses, which may hold anything, come the state and the parent.
            above = int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(above, []).append(int(stat.parent.name))
    found, look = [], [parent]
    while look:
        found += (below := children.get(look.pop(), []))
        look += below
    return found
