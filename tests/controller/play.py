# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks of the collection, run as a user runs them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Answer(NamedTuple):
    code: int
    text: str

    def changed(self) -> list[str]:
        """The tasks that changed something, each once."""
        found, task = [], ""
        for line in self.text.splitlines():
            if line.startswith("TASK ["):
                task = line.partition(" : ")[2].partition("]")[0]
            elif line.startswith("changed: ") and task not in found:
                found.append(task)
        return found


class Play:
    """Runs a playbook in a folder of its own, with the variables in a file, as secrets belong there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    def __call__(self, playbook: str, variables: Mapping[str, Any], *options: str, **environment: str) -> Answer:
        file = self.folder / f"variables-{next(self._numbers)}.json"
        file.write_text(json.dumps(variables), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("ansible-playbook")), playbook, "-e", f"@{file}", *options]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONTROLLER_", "TOWER_"))}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={
                **kept,
                "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
                "ANSIBLE_LOCALHOST_WARNING": "False",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_PIPELINING": "True",
                "HOME": str(self.folder),
                "NO_PROXY": "127.0.0.1",
                "PWD": str(self.folder),
                "no_proxy": "127.0.0.1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=900,
        )
        return Answer(done.returncode, done.stdout)
