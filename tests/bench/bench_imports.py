# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long it takes to import each module, against bare Python and what ansible-core and requests need alone.

Run it with the collection tree on PYTHONPATH: python tests/bench/bench_imports.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

RUNS = 7
SOURCES = Path(__file__).parents[2].glob("plugins/modules/*.py")
# Without what is only the documentation of an action plugin.
MODULES = sorted(path.stem for path in SOURCES if "run_module" in path.read_text(encoding="utf-8"))
PACKAGE = "ansible_collections.secops.cfw.plugins.modules"
THIRD_PARTY = """
import sys
bare = set(sys.modules)
import {name}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - bare}} - set(sys.stdlib_module_names)))
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def measure(what: str, code: str) -> None:
    """Prints the shortest of several runs of a whole process, in milliseconds; the first fills the caches."""
    times = []
    for _unused in range(RUNS):
        start = time.perf_counter()
        run(code)
        times.append(time.perf_counter() - start)
    print(f"{what:62} {min(times) * 1000:5.0f} ms")


def main() -> None:
    measure("bare Python", "")
    measure("import ansible.module_utils.basic", "import ansible.module_utils.basic")
    measure("import requests", "import requests")
    for module in MODULES:
        measure(f"import {module}", f"import {PACKAGE}.{module}")
    for module in MODULES:
        print(f"{module} takes along: {run(THIRD_PARTY.format(name=f'{PACKAGE}.{module}'))}")


if __name__ == "__main__":
    main()
