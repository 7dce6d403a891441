# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long whole runs against the emulator take, with long lists at both clouds, and how many calls they make.

Run it with the collection tree and its tests folder on PYTHONPATH: python tests/bench/bench_runs.py
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._addresses import address_text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei import capture_task
from ansible_collections.secops.cfw.plugins.module_utils._module import Operation
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import alert_rule
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import ALERT_RULE
from emulator import HUAWEI_FIREWALL, Emulator

TASKS = 1_000
ROWS = 5_000
FIRST = int.from_bytes(bytes((203, 0, 0, 0)), "big")


def run(emu: Emulator, what: str, spec: OptionSpec, operation: Operation, options: Mapping[str, Any]) -> None:
    """Prints the seconds and the calls of one run; pacing below the service's limit is part of it."""
    params = ArgumentSpecValidator(**spec.to_kwargs()).validate(options).validated_parameters
    calls = CallLog()
    start = time.perf_counter()
    result = operation(params, Context(environ=emu.environ, home="/nonexistent"), calls)
    seconds = time.perf_counter() - start
    made = ", ".join(f"{row['count']} {row['call']}" for row in calls.rows())
    print(f"{what:48} {seconds:7.2f} s  {'changed' if result['changed'] else 'unchanged':9} {made}")


def captures(emu: Emulator) -> None:
    def capture(what: str, **options: Any) -> None:
        given = {"fw_instance_id": HUAWEI_FIREWALL, **options}
        run(emu, f"Huawei, {TASKS:,} tasks: {what}", capture_task.CAPTURE_TASK, capture_task.run, given)

    emu.seed(huawei={"tasks": [{"name": f"evidence-{number}"} for number in range(TASKS)]})
    wanted = {
        "name": "INC-2041",
        "source": {"address": "198.51.100.7"},
        "destination": {"address": "203.0.113.9"},
        "duration": 5,
        "max_packets": 1000,
    }
    capture("create", **wanted)
    capture("again", **wanted)
    capture("stop", name="INC-2041", state="stopped", wait_interval=0.01)
    capture("remove", name="INC-2041", state="absent")


def rules(emu: Emulator) -> None:
    listed = [address_text(4, FIRST + number) for number in range(ROWS)]

    def rule(what: str, **options: Any) -> None:
        run(emu, f"Tencent, {ROWS:,} rows: {what}", ALERT_RULE, alert_rule.run, {"action": "block", **options})

    emu.seed(tencent={"blocklist": listed})
    rule("one target, unchanged", ips=listed[0], duration="7d")
    rule("100 targets, unchanged", ips=listed[:100], duration="7d")
    rule(f"{ROWS:,} targets, unchanged", ips=listed, duration="7d")
    rule("remove 100 targets", ips=listed[:100], state="absent")
    emu.reset(block_quota=100_000)
    emu.seed(tencent={"blocklist": listed[1000:]})
    rule("block 1,000 targets", ips=listed[:1000], duration="7d", batch_size=100)


def main() -> None:
    with Emulator() as emu:
        captures(emu)
        rules(emu)


if __name__ == "__main__":
    main()
