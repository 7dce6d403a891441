# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the rulebooks share: a real ansible-rulebook, and somebody who sends signed alerts to it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from support.processes import descendants

SECRET = "1234567890123456"  # reads as a number, which must not matter
OLDEST_JAVA = 17
MOST_SECONDS = 900.0


@pytest.fixture(scope="session")
def java_home() -> str:
    """Where a Java is that ansible-rulebook takes."""
    seen = []
    for home in _java_homes():
        version = _java_version(home)
        if version >= OLDEST_JAVA:
            return str(home)
        seen.append(f"{home} ({version or 'does not run'})")
    pytest.skip(f"ansible-rulebook needs Java {OLDEST_JAVA} or newer; found: {', '.join(seen) or 'none'}")


def _java_homes() -> Iterator[Path]:
    given = os.environ.get("JAVA_HOME")
    if given:
        yield Path(given)
    yield from sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    program = shutil.which("java")
    if program:
        yield Path(program).resolve().parent.parent


def _java_version(home: Path) -> int:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        said = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=False, timeout=60
        ).stderr
        found = re.search(r'version "(?:1\.)?(\d+)', said)
        return int(found[1]) if found else 0
    return 0


class Rulebook:
    """An ansible-rulebook at work on a rulebook of this collection."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], variables: Mapping[str, Any]) -> None:
        self.port = free_port()
        self.output = folder / f"{name}.txt"
        program = Path(sys.executable).with_name("ansible-rulebook")
        assert program.exists(), "ansible-rulebook is not installed beside this Python"
        (folder / "event.yml").write_text(yaml.safe_dump({**variables, "cfw_event_port": self.port}), encoding="utf-8")
        line = [
            str(program),
            "--rulebook",
            f"secops.cfw.{name}",
            "--vars",
            "event.yml",
            "--env-vars",
            "CFW_EVENT_SECRET",
        ]
        if (folder / "inventory.yml").exists():
            line += ["--inventory", "inventory.yml"]
        # Its Java, and the runs of the playbook, are in the session that begins here.
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*line, "--shutdown-delay", "1"],
                env={**os.environ, "CFW_EVENT_SECRET": SECRET, **environment},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        text = self.output.read_text(encoding="utf-8", errors="replace")
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    def listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def until(self, condition: Callable[[], bool], what: str, seconds: float = MOST_SECONDS) -> None:
        """Waits for something to happen, as long as the rulebook is at work."""
        deadline = time.monotonic() + seconds
        while not condition():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.1)
                pytest.fail(f"ansible-rulebook ended before this: {what}\n{self.said()}")
            if time.monotonic() > deadline:
                pytest.fail(f"did not happen in {seconds:.0f} s: {what}\n{self.said()}")

    def until_said(self, text: str) -> None:
        self.until(lambda: text in self.said(), f"it says {text!r}")

    def send(self, path: str, alert: Any, secret: str = SECRET) -> requests.Response:
        """Posts an alert as a signed one; bytes are sent as they are."""
        body = alert if isinstance(alert, bytes) else json.dumps(alert).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return requests.post(
            f"http://127.0.0.1:{self.port}/{path}",
            data=body,
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"},
            timeout=MOST_SECONDS,
        )

    def wait(self) -> int:
        """Its exit code, when it has ended by itself."""
        return self.process.wait(timeout=MOST_SECONDS)

    def end(self) -> None:
        """Ends it with everything that it started: nothing may begin anew in between, so all are stopped at first."""
        family: list[int] = []
        while family != (family := sorted([self.process.pid, *descendants(self.process.pid)])):
            send_signal(family, signal.SIGSTOP)
        send_signal(family, signal.SIGKILL)
        self.wait()


Start = Callable[..., Rulebook]


@pytest.fixture(scope="module")
def start_rulebook(java_home: str) -> Iterator[Start]:
    """Starts rulebooks, which are ended with the module's tests, whatever becomes of these."""
    started: list[Rulebook] = []

    def start(
        name: str, folder: Path, variables: Mapping[str, Any], environment: Mapping[str, str] | None = None
    ) -> Rulebook:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        fixed = {
            "PATH": path,
            "JAVA_HOME": java_home,
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_PIPELINING": "true",
            "PYTHONUNBUFFERED": "1",
            # No variable tells it where the collections are but the one that users set.
            "PYTHONPATH": "",
            "no_proxy": "127.0.0.1",
        }
        started.append(Rulebook(name, folder, {**fixed, **(environment or {})}, variables))
        return started[-1]

    try:
        yield start
    finally:
        for rulebook in started:
            rulebook.end()


def send_signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
