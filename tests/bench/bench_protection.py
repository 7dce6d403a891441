# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long it takes to bring addresses to their canonical form and to judge targets.

Run it with the collection tree on PYTHONPATH: python tests/bench/bench_protection.py
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    address_text,
    canonical,
    network_of,
    parse_targets,
)
from ansible_collections.secops.cfw.plugins.module_utils._protection import Protected, ProtectedEntry, judge

RUNS = 5


def measure(what: str, run: Callable[[], object]) -> None:
    """Prints the shortest of several runs, in seconds."""
    times = []
    for _unused in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(f"{what:62} {min(times):7.3f} s")


def entries(count: int) -> tuple[ProtectedEntry, ...]:
    chance = random.Random(count)
    networks = [network_of(4, chance.getrandbits(32), chance.randint(16, 32)) for _unused in range(count // 2)]
    networks += [network_of(6, chance.getrandbits(128), chance.randint(32, 128)) for _unused in range(count // 2)]
    return tuple(ProtectedEntry(network, "protected", "protected") for network in networks)


def measure_texts(name: str, texts: Sequence[str]) -> None:
    measure(f"canonical: {len(texts):,} {name}", lambda: [canonical(text) for text in texts])


def measure_targets(name: str, texts: Sequence[str]) -> None:
    targets = parse_targets(texts, "ips")
    measure(f"parse_targets: {len(texts):,} {name} targets", lambda: parse_targets(texts, "ips"))
    for count in (1_000, 100_000):
        rows = entries(count)
        what = f"judge: {len(texts):,} {name} targets, {count:,} protected entries"
        measure(what, lambda rows=rows: judge(targets, Protected(rows)))  # type: ignore[misc]


def main() -> None:
    chance = random.Random(7)
    ipv4 = [address_text(4, chance.getrandbits(32)) for _unused in range(100_000)]
    ipv6 = [address_text(6, 0x2001 << 112 | chance.getrandbits(96)) for _unused in range(100_000)]
    measure_texts("IPv4 addresses", ipv4)
    measure_texts("IPv6 addresses", ipv6)
    measure_texts("host names", [f"host{number}.example" for number in range(100_000)])
    measure_targets("IPv4", ipv4[:10_000])
    measure_targets("IPv6", ipv6[:10_000])
    measure_targets("IPv4-mapped", [f"::ffff:{text}" for text in ipv4[:10_000]])


if __name__ == "__main__":
    main()
