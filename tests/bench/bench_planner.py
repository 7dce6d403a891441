# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long it takes, and how much memory, to decide on long block and allow lists of the Tencent Cloud Firewall.

Run it with the collection tree on PYTHONPATH: python tests/bench/bench_planner.py
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import address_text, parse_targets
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import (
    ALLOW,
    BLOCK,
    DIRECTIONS,
    Lists,
    RuleList,
    Wanted,
    plan,
)

RUNS = 5
DAY = 86400.0


def measure(what: str, run: Callable[[], object]) -> None:
    """Prints the shortest of several runs, in seconds, and the most memory that one more run took, without the rows."""
    times = []
    for _unused in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    run()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{what:62} {min(times):7.3f} s {peak / 1e6:6.1f} MB")


def rows(texts: Sequence[str], rule_type: int) -> list[dict[str, Any]]:
    """Rows with the fields that the service sends."""
    return [
        {
            "RuleType": rule_type,
            "Ioc": text,
            "IP": text,
            "Direction": 1,
            "DirectionList": "1,0",
            "EndTime": "3000-01-01 00:00:00",
            "Comment": "",
            "UniqueId": f"1250000000-{text}-1-{rule_type}",
        }
        for text in texts
    ]


def decide(
    block: Sequence[Mapping[str, Any]], allow: Sequence[Mapping[str, Any]], texts: Sequence[str], wanted: Wanted
) -> None:
    """All that happens between reading and writing."""
    now = time.time()
    lists = Lists(RuleList(BLOCK, block), RuleList(ALLOW, allow), now)
    plan(wanted, [(target, "") for target in parse_targets(texts, "ips")], lists)


def main() -> None:
    chance = random.Random(7)
    ipv4 = [address_text(4, chance.getrandbits(32)) for _unused in range(100_000)]
    ipv6 = [address_text(6, 0x2001 << 112 | chance.getrandbits(96)) for _unused in range(100_000)]
    block = Wanted(BLOCK, True, DIRECTIONS["both"], 7 * DAY)
    absent = Wanted(BLOCK, False, None)
    for name, texts in (("IPv4", ipv4), ("IPv6", ipv6)):
        blocked, allowed = rows(texts, 1), rows(texts[:1000], 2)
        others = texts[:-100] + [f"198.51.100.{number}" for number in range(100)]
        for count, targets in ((100, others[-100:]), (10_000, texts[:10_000])):
            for word, wanted in (("block", block), ("absent", absent)):
                what = f"{word} {count:,} {name} targets, {len(texts):,} list entries"
                measure(what, lambda b=blocked, a=allowed, t=targets, w=wanted: decide(b, a, t, w))  # type: ignore[misc]


if __name__ == "__main__":
    main()
