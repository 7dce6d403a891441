# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An incident at both clouds' emulator, answered with the collection's playbooks as a user would run them.

python demo.py DIRECTORY      reports and evidence go to DIRECTORY
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from emulator import HUAWEI_FIREWALL, Emulator

INCIDENT = Path(__file__).parent / "vars" / "incident.yml"
CASE = "INC-2041"
VICTIM = "198.51.100.20"
ATTACKERS = ("203.0.113.7", "203.0.113.8", "203.0.113.9")


def main() -> int:
    directory = Path(sys.argv[1]).resolve()
    started = time.monotonic()
    with Emulator() as emulator:
        prepare(emulator)
        environment = {
            **os.environ,
            **emulator.environ,
            "SECOPS_CFW_REPORT_DIR": str(directory),
            # Only what changed, failed or says something.
            "ANSIBLE_DISPLAY_OK_HOSTS": "false",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
        }

        def playbook(name: str, **variables: Any) -> int:
            options = ["-e", f"@{INCIDENT}", *(["-e", json.dumps(variables)] if variables else [])]
            line = ["ansible-playbook", f"secops.cfw.{name}", *options]
            return subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, check=False).returncode

        heading("1. Answer the alert, with one of our own addresses among the targets by mistake")
        code = playbook("respond", cfw_targets=f"{', '.join(ATTACKERS)}, {VICTIM}")
        expect(code != 0 and emulator.writes() == 0, "It had to be refused before anything was written")
        result("Refused, and nothing was written.")

        heading("2. Answer it with the three attackers, of whom one is blocked already")
        expect(playbook("respond") == 0, "The incident could not be answered")
        writes = emulator.writes()
        expect(blocked(emulator) == set(ATTACKERS), "Not all attackers are blocked")
        show(directory)

        heading("3. Answer it again, as a colleague would who does not know")
        expect(playbook("respond") == 0, "The second run failed")
        expect(emulator.writes() == writes, "The second run wrote something")
        result(f"The first run made {writes} requests that write, the second none.")

        heading("4. Lift the blocks of this incident, and only those")
        expect(
            playbook("unblock", cfw_report=str(directory / CASE / "report.json")) == 0, "The blocks could not be lifted"
        )
        expect(
            blocked(emulator) == {ATTACKERS[0]}, "Something else than this incident's blocks is gone, or not all of it"
        )
        result(f"{ATTACKERS[0]}, which somebody else had blocked before, is still blocked.")

    heading("The report")
    print(f"  {directory / CASE / 'report.html'}")
    print(f"\nThat took {time.monotonic() - started:.0f} seconds.")
    return 0


def prepare(emulator: Emulator) -> None:
    """The company, and what the attackers have done until now."""
    now = int(emulator.now() * 1000)
    emulator.reset(rate_limit=0, result_mode="files")
    emulator.seed(
        huawei={
            "firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "fw_instance_name": "edge"}],
            "eips": [{"id": "eip-web", "public_ip": VICTIM, "device_name": "web-1"}],
            "logs": {
                "attack": [
                    {"src_ip": ATTACKERS[0], "dst_ip": VICTIM, "event_time": now - minutes * 60_000}
                    for minutes in (9, 5, 2)
                ],
                "flow": [
                    {
                        "src_ip": ATTACKERS[1],
                        "dst_ip": "198.51.100.21",
                        "start_time": now - 240_000,
                        "end_time": now - 200_000,
                    }
                ],
            },
        },
        tencent={
            "alerts": [{"event_id": f"evt-{n}", "src_ip": ip, "dst_ip": VICTIM} for n, ip in enumerate(ATTACKERS)],
            "assets": [{"instance_id": "ins-web", "name": "web-1", "public_ips": ["198.51.100.30"]}],
            "blocklist": [{"Ioc": ATTACKERS[0], "Comment": "blocked by a colleague"}],
        },
    )


def blocked(emulator: Emulator) -> set[str]:
    return {row["Ioc"] for row in emulator.state()["tencent"]["blocklist"]}


def show(directory: Path) -> None:
    """The first lines of the report, as a colleague reads them who takes over."""
    text = (directory / CASE / "report.md").read_text(encoding="utf-8")
    print("\n".join(f"  {line}" for line in text.splitlines()[:40]))


def heading(text: str) -> None:
    print(f"\n=== {text}\n", flush=True)


def result(text: str) -> None:
    print(f"\n--> {text}", flush=True)


def expect(true: bool, otherwise: str) -> None:
    if not true:
        sys.exit(f"\nThe demonstration failed: {otherwise}.")


if __name__ == "__main__":
    sys.exit(main())
