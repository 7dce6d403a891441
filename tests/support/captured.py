# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""huawei_cfw_capture_result as a user meets it: a finished task in the emulator, and a directory to fetch to."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_result import CAPTURE_RESULT, run
from emulator import HUAWEI_FIREWALL, Emulator
from support.reader import Reader

LIST, RESULT, DOWNLOAD = "ListCaptureTask", "ListCaptureResult", "DownloadCaptureFile"
BUDGET = {LIST: 1, RESULT: 1, DOWNLOAD: 1}


class Capture(Reader):
    """Runs of the module on the task "done", which has one file. Nothing that opens the result is ever shown."""

    def __init__(self, emu: Emulator, directory: Path) -> None:
        super().__init__(emu, CAPTURE_RESULT, run, fw_instance_id=HUAWEI_FIREWALL, task_id="done")
        self.dest = directory / "evidence"
        emu.switch(result_mode="files")
        emu.seed(huawei={"tasks": [{"task_id": "done", "name": "INC-1", "status": 1}]})

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        result = self._quiet(check, given)
        assert "error" not in result, result["msg"]
        return result

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        result = self._quiet(check, given)
        assert "error" in result, f"it did not fail: {result}"
        assert result["error"]["hint"] or result["error"]["code"] == "invalid_input"
        return result

    def fetch(self, check: bool = False, **given: Any) -> dict[str, Any]:
        return self.run(check, dest=str(self.dest), **given)

    def fetch_fails(self, code: str, **given: Any) -> str:
        """The message of a run that fails with this code."""
        result = self.fails(dest=str(self.dest), **given)
        assert result["error"]["code"] == code, result["msg"]
        return str(result["msg"])

    def _quiet(self, check: bool, given: Mapping[str, Any]) -> dict[str, Any]:
        before = self.snapshot()
        result = self._result(check, given)
        said = json.dumps([result, self.warnings])
        if not given.get("return_link"):
            assert not [word for word in ("Signature=", "/obs/", "captcha") if word in said]
            assert "link" not in result
        if check:
            assert self.snapshot() == before, "check mode wrote"
        for path in self.dest.rglob("*"):
            # What this run did not make is not this run's to change.
            assert path in before or stat.S_IMODE(path.lstat().st_mode) == 0o600, path
        return result

    def snapshot(self) -> dict[Path, Any]:
        """Everything in dest: what it is, and what a rewritten file would change."""
        if not self.dest.exists():
            return {}
        found = {}
        for path in [self.dest, *self.dest.rglob("*")]:
            seen = path.lstat()
            content = path.read_bytes() if stat.S_ISREG(seen.st_mode) else None
            found[path] = (seen.st_mode, seen.st_ino, seen.st_mtime_ns, content)
        return found

    def file(self, number: int = 0) -> Path:
        return self.dest / f"done_{number}.pcap"

    def left(self) -> list[str]:
        """The hidden files, without the record."""
        return sorted(path.name for path in self.dest.glob(".*") if path.name != ".huawei_cfw_capture_done.json")

    def ranges(self) -> list[str]:
        """The Range header of every download so far."""
        return [row["headers"].get("Range", "") for row in self.emu.log if row["call"] == DOWNLOAD]
