# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook respond, killed at its steps and run again.

One point is tried; with the variable CFW_ALL set to anything, all of them. Each takes two runs of the playbook.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from emulator import HUAWEI_FIREWALL
from support.processes import descendants
from support.scope import ALL

if TYPE_CHECKING:
    from emulator import Emulator

CASE = "INC-2041"
ATTACKERS = ("203.0.113.7", "203.0.113.8")
VICTIM = "198.51.100.20"
VARIABLES = {
    "cfw_case_id": CASE,
    "cfw_targets": ", ".join(ATTACKERS),
    "cfw_duration": "24h",
    "cfw_firewalls": HUAWEI_FIREWALL,
    "cfw_victims": VICTIM,
    "cfw_protected": ["198.51.100.0/24"],
    "cfw_pre_block_window": 1,
    "cfw_post_block_window": 0,
    "cfw_capture_interval": 1,
}
POINTS = (
    # The service has it, and nobody on this side has read the answer.
    ("CreateAlertCenterRule", 1),
    ("CreateCaptureTask", 1),
    ("BatchCreateBlackWhiteList", 1),
    # The second one is the hunt's.
    ("ListFirewallList", 2),
    ("CancelCaptureTask", 1),
    ("ListCaptureResult", 1),
    ("DownloadCaptureFile", 1),
)
CHOSEN = POINTS if ALL else POINTS[1:2]
MOST_SECONDS = 900.0


@pytest.fixture
def incident(emu: Emulator, tmp_path: Path) -> Iterator[Incident]:
    emu.reset(rate_limit=0, result_mode="files")
    emu.seed(
        huawei={
            "firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "fw_instance_name": "edge"}],
            "eips": [{"id": "eip-web", "public_ip": VICTIM, "device_name": "web-1"}],
        },
        tencent={"alerts": [{"event_id": "evt-1", "src_ip": ATTACKERS[0], "dst_ip": VICTIM}]},
    )
    started = Incident(emu, tmp_path)
    yield started
    started.kill()


class Incident:
    """Runs of the playbook on one case."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self._emulator = emulator
        self._folder = folder
        self._run: subprocess.Popen[bytes] | None = None
        self.output = folder / "output.txt"

    def start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        program = shutil.which("ansible-playbook", path=path)
        assert program, "ansible-playbook is not installed beside this Python"
        environment = {
            **os.environ,
            **self._emulator.environ,
            "PATH": path,
            "SECOPS_CFW_REPORT_DIR": str(self._folder / "cases"),
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCAL_TEMP": str(self._folder / "tmp"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }
        line = [program, "secops.cfw.respond", "-e", json.dumps(VARIABLES)]
        with self.output.open("wb") as output:
            self._run = self._popen(line, environment, output)
        return self._run

    def _popen(self, line: list[str], environment: dict[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            line,
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run_until(self, call: str, times: int) -> None:
        """Starts a run and kills it once the service has had the call."""
        run = self.start()
        deadline = time.monotonic() + MOST_SECONDS
        while self._emulator.calls().get(call, 0) < times:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(timeout=0.02)
                pytest.fail(f"The run ended before {call} was seen:\n{self.said()}")
            assert time.monotonic() < deadline, f"{call} was not seen in time:\n{self.said()}"
        self.kill()

    def run(self) -> int:
        return self.start().wait(timeout=MOST_SECONDS)

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        # Since ansible-core 2.19, workers are in sessions of their own, and would go on.
        family = [run.pid, *descendants(run.pid)]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        run.wait(timeout=MOST_SECONDS)

    def committed(self) -> Counter[tuple[str, str]]:
        """How often each write was made: (call, what was written)."""
        found: Counter[tuple[str, str]] = Counter()
        for row in self._emulator.log:
            if row["write"] and row["committed"]:
                for subject in subjects(row["call"], row["body"]):
                    found[row["call"], subject] += 1
        return found

    def reported(self) -> bool:
        return (self._folder / "cases" / CASE / "report.json").exists()

    def report(self) -> dict[str, Any]:
        document = json.loads((self._folder / "cases" / CASE / "report.json").read_text(encoding="utf-8"))
        assert isinstance(document, dict)
        return document

    def blocked(self) -> tuple[set[str], set[str]]:
        state = self._emulator.state()
        return (
            {row["Ioc"] for row in state["tencent"]["blocklist"]},
            {row["address"] for row in state["huawei"]["black_white"]},
        )


def subjects(call: str, body: Any) -> list[str]:
    """What a request wrote: the addresses of a block, else the request as a whole."""
    if call == "CreateAlertCenterRule":
        return [str(address) for address in body["HandleIpList"]]
    if call == "BatchCreateBlackWhiteList":
        return [str(item["address"]) for item in body["list_items"]]
    return [json.dumps(body, sort_keys=True)]


@pytest.mark.parametrize(("call", "times"), CHOSEN, ids=[f"{call}-{times}" for call, times in CHOSEN])
def test_a_run_that_was_killed_is_finished_by_the_next(incident: Incident, call: str, times: int) -> None:
    incident.run_until(call, times)
    assert not incident.reported(), "it was killed before its report"

    assert incident.run() == 0, incident.said()

    assert incident.blocked() == (set(ATTACKERS), set(ATTACKERS))
    written = incident.committed()
    assert {write: number for write, number in written.items() if number > 1} == {}
    calls = Counter(call for call, _subject in written)
    assert calls["CreateCaptureTask"] == 1
    assert calls["CreateAlertCenterRule"] == calls["BatchCreateBlackWhiteList"] == len(ATTACKERS)
    report = incident.report()
    assert [run["complete"] for run in report["runs"]] == [False, True]
    assert {(row["target"], row["cloud"]) for row in report["in_force"]} == {
        (attacker, cloud) for attacker in ATTACKERS for cloud in ("tencent", "huawei")
    }
    assert [file["kind"] for file in report["evidence"]["files"]].count("capture") == 1
