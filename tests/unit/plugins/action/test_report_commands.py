# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a report, copied into a shell as they are printed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from ansible_collections.secops.cfw.plugins.plugin_utils import _report
from emulator import HUAWEI_FIREWALL, Emulator
from support.scope import takes_long

CASE, ATTACKER = "INC-7", "203.0.113.7"
ASKED = {
    "cfw_case_id": CASE,
    "cfw_targets": ATTACKER,
    "cfw_firewalls": HUAWEI_FIREWALL,
    "cfw_direction": "outbound",
    "cfw_duration": "24h",
    "cfw_protected": ["198.51.100.0/24"],
}


def shell(line: str, emu: Emulator, place: Path) -> tuple[int, str]:
    """The exit code, and what was printed, in a shell that stands where nothing of the case is."""
    elsewhere = place / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SECOPS_"))}
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=elsewhere,
        env={
            **kept,
            **emu.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(Path(str(_report.__file__)).parents[5]),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_NOCOLOR": "1",
            "HOME": str(place),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def blocks(emu: Emulator) -> dict[str, list[tuple[str, str, str]]]:
    """What stands on the clouds' block lists: address, directions as the cloud says them, and until when."""
    state = emu.state()
    huawei = [row for row in state["huawei"]["black_white"] if row["list_type"] == 4]
    return {
        "huawei": [(row["address"], str(row["direction"]), row["description"]) for row in huawei],
        "tencent": [(row["Ioc"], row["DirectionList"], row["EndTime"]) for row in state["tencent"]["blocklist"]],
    }


def outbound_only(emu: Emulator) -> bool:
    return {cloud: [row[:2] for row in found] for cloud, found in blocks(emu).items()} == {
        "huawei": [(ATTACKER, "1")],
        "tencent": [(ATTACKER, "0")],
    }


def begin(emu: Emulator, place: Path) -> tuple[int, dict[str, str]]:
    """The exit code of secops.cfw.block, and the lines of its report."""
    given = json.dumps({**ASKED, "cfw_dir": str(place / "cases")})
    code, _printed = shell(shlex.join(["ansible-playbook", "secops.cfw.block", "-e", given]), emu, place)
    report = json.loads((place / "cases" / CASE / "report.json").read_text(encoding="utf-8"))
    return code, {row["name"]: row["line"] for row in report["commands"]}


def test_the_printed_lines_do_what_they_say(emu: Emulator, tmp_path: Path) -> None:
    code, lines = begin(emu, tmp_path)
    assert code == 0
    assert set(lines) == {"extend", "undo", "status"}
    assert outbound_only(emu)
    before = blocks(emu)
    emu.advance(2 * 3600)
    code, printed = shell(lines["status"], emu, tmp_path)
    assert code == 0, printed
    code, printed = shell(lines["extend"], emu, tmp_path)
    assert code == 0, printed
    assert outbound_only(emu)
    for cloud, rows in blocks(emu).items():
        assert rows[0][2] > before[cloud][0][2], cloud
    code, printed = shell(lines["undo"], emu, tmp_path)
    assert code == 0, printed
    assert blocks(emu) == {"huawei": [], "tencent": []}
    # All of it is in one folder of the case, wherever the shell stands.
    assert not list((tmp_path / "elsewhere").iterdir())


@takes_long
def test_what_was_refused_is_tried_again_as_it_was_asked(emu: Emulator, tmp_path: Path) -> None:
    emu.fault("*", kind="status", status=403, times=0)
    code, lines = begin(emu, tmp_path)
    assert code != 0
    emu.reset()
    code, printed = shell(lines["retry"], emu, tmp_path)
    assert code == 0, printed
    assert outbound_only(emu)
