# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a command while the emulator runs, with the emulator's environment; its exit code is the command's.

    python with_emulator.py [--integration-config FILE] COMMAND...

ansible-test passes no environment on to the targets, so FILE gets the same in YAML:
`emulator_url`, and `emulator_environment` for `environment:` of a task.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from emulator import Emulator


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--integration-config", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with Emulator(port=0) as emulator:
        if options.integration_config:
            interpreter = os.environ.get("CFW_TARGET_PYTHON")
            variables = {
                "emulator_url": emulator.url,
                "emulator_environment": dict(emulator.environ),
                # Whether to take all steps, also those that only differ from others in what takes long.
                "emulator_all": bool(os.environ.get("CFW_ALL")),
                # Where a target has run its module as a process of its own, the rest of its steps can do without.
                "emulator_in_process": not (interpreter or os.environ.get("CFW_ALL")),
            }
            if interpreter:
                variables["ansible_python_interpreter"] = interpreter
            options.integration_config.write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")
        environment = {**os.environ, **emulator.environ, "CFW_EMULATOR_URL": emulator.url}
        return subprocess.run(options.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
