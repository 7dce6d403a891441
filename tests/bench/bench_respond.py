# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long the playbook respond takes over many firewalls in one job, and how many requests it makes of them.

Its tasks loop over the firewalls one after the other, whatever the number of forks is: it is one play on one host. Run it
with the collection tree and its tests folder on PYTHONPATH: python tests/bench/bench_respond.py [firewalls ...]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from emulator import Emulator

VICTIM = "198.51.100.20"


def respond(emu: Emulator, count: int, folder: Path) -> None:
    ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"edge-{number}")) for number in range(count)]
    emu.reset(rate_limit=0, result_mode="files", stopping_calls=0)
    emu.seed(huawei={"firewalls": [{"fw_instance_id": one, "fw_instance_name": one[:8]} for one in ids]})
    emu.seed(huawei={"eips": [{"id": f"eip-{one}", "public_ip": VICTIM, "fw_instance_id": one} for one in ids]})
    variables = {
        "cfw_case_id": f"INC-{count}",
        "cfw_targets": "203.0.113.7, 203.0.113.8",
        "cfw_duration": "24h",
        "cfw_victims": VICTIM,
        "cfw_firewalls": ids,
        "cfw_protected": ["198.51.100.0/24"],
        "cfw_pre_block_window": 0,
        "cfw_post_block_window": 0,
        "cfw_capture_interval": 1,
        "cfw_hunt": False,
        "cfw_dir": str(folder),
    }
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["ansible-playbook", "secops.cfw.respond", "-e", json.dumps(variables)],
        env={**os.environ, **emu.environ, "ANSIBLE_LOCALHOST_WARNING": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout[-3000:])
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    requests = len(emu.log)
    blocked = len(emu.state()["huawei"]["black_white"])
    print(
        f"respond at {count:3} firewalls {seconds:7.1f} s, {used:6.1f} s of CPU, {requests:5} requests, {blocked} blocks"
    )


def main(counts: list[str]) -> None:
    with Emulator() as emu, tempfile.TemporaryDirectory() as folder:
        for count in counts or ["1", "10", "50"]:
            respond(emu, int(count), Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
