# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation may use of the world around it: environment, clock, sleep, warnings, secrets.

Operations get it from whoever runs them (a module, an action plugin, a test), so that they need neither
AnsibleModule nor os.environ, and a test can move the clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic, sleep, time
from typing import TypeVar

from ansible_collections.secops.cfw.plugins.module_utils._redact import Redactor

T = TypeVar("T")


def _ignore(_message: str) -> None:
    """The default for messages that nobody listens to."""


@dataclass(frozen=True)
class Context:
    """The surroundings of one run. Times are Unix seconds, durations seconds."""

    environ: Mapping[str, str]
    home: str
    check_mode: bool = False
    warn: Callable[[str], None] = _ignore
    progress: Callable[[str], None] = _ignore
    time: Callable[[], float] = time
    monotonic: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep
    jitter: Callable[[], float] = random.random
    redactor: Redactor = field(default_factory=Redactor)

    def env(self, name: str) -> str:
        """An environment variable's value; an empty or blank one counts as unset ('')."""
        value = self.environ.get(name, "")
        return value if value.strip() else ""


def growing(first: float = 1.0, factor: float = 1.5, most: float = 10.0) -> Iterator[float]:
    """Intervals in seconds that grow up to `most`."""
    interval = first
    while True:
        yield interval
        interval = min(interval * factor, most)


def poll(
    context: Context, probe: Callable[[], T | None], timeout: float, intervals: Iterator[float] | None = None
) -> T | None:
    """Calls `probe` until it returns something or `timeout` seconds have passed; at least once, and once at the end."""
    deadline = context.monotonic() + timeout
    for interval in intervals or growing():
        found = probe()
        if found is not None:
            return found
        left = deadline - context.monotonic()
        if left <= 0:
            return None
        context.sleep(min(interval, left))
    return None
