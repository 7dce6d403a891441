# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules in the worker process, through ansible-playbook: the same results as from a process of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.plugin_utils import _in_process
from emulator import HUAWEI_FIREWALL, HUAWEI_SK, TENCENT_SECRET_KEY, Emulator

CAPTURE = {
    "fw_instance_id": HUAWEI_FIREWALL,
    "name": "INC-1",
    "source": {"address": "192.88.99.7"},
    "destination": {"address": "192.88.99.20"},
    "duration": "5",
    "max_packets": 1000,
}
BLOCK = {"action": "block", "ips": "192.88.99.7, 203.0.113.8", "duration": "7d"}
RUNS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "capture": ("huawei_cfw_capture_task", CAPTURE, {"check_mode": True}),
    "block": ("tencent_cfw_alert_rule", {**BLOCK, "protected": ["198.51.100.1"]}, {"check_mode": True}),
    "protected": ("tencent_cfw_alert_rule", {**BLOCK, "protected": ["192.88.99.0/24"]}, {}),
    "wrong_type": ("huawei_cfw_capture_task", {**CAPTURE, "max_packets": "many"}, {}),
    "wrong_key": (
        "huawei_cfw_capture_task_info",
        {"fw_instance_id": HUAWEI_FIREWALL, "retries": 0},
        {"environment": {"HUAWEICLOUD_SDK_SK": "wrong-key-0000000000"}},
    ),
}


def run(emu: Emulator, folder: Path, keywords: Mapping[str, Any], *options: str) -> tuple[dict[str, Any], str]:
    """The results by name, and all that was printed."""
    tasks = [
        {f"secops.cfw.{module}": given, "register": name, "ignore_errors": True, **more}
        for name, (module, given, more) in RUNS.items()
    ]
    told = "{{ dict(names | zip(names | map('extract', vars))) | to_json }}"
    tasks.append({"ansible.builtin.copy": {"content": told, "dest": str(folder / "results.json"), "mode": "0600"}})
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
    play["vars"] = {"ansible_python_interpreter": sys.executable, "names": list(RUNS), **keywords.get("vars", {})}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), *options, str(folder / "play.yml")],
        env={
            **os.environ,
            **emu.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(Path(str(_in_process.__file__)).parents[5]),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_NOCOLOR": "1",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "results.json").read_text(encoding="utf-8")), done.stdout + done.stderr


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without what differs from run to run, and without what ansible-core adds to it."""
    left = ("clock", "invocation", "exception", "deprecations")
    kept = {key: value for key, value in result.items() if key not in left}
    for call in kept.get("api_calls", ()):
        call["request_ids"] = len(call["request_ids"])
    if "error" in kept:
        kept["error"]["request_id"] = bool(kept["error"]["request_id"])
    kept["warnings"] = sorted(str(warning) for warning in kept.get("warnings", ()))
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+|\b[0-9a-f]{32}\b", "X", json.dumps(kept)))  # type: ignore[no-any-return]


def test_the_same_as_in_a_process_of_their_own(emu: Emulator, tmp_path: Path) -> None:
    shipped, _printed = run(emu, tmp_path, {})
    at_once, printed = run(emu, tmp_path, {"vars": {"cfw_in_process": True}}, "-vvvv")
    assert emu.writes() == 0
    assert shipped["capture"]["changed"]
    assert at_once["protected"]["error"]["code"] == "protected_target"
    assert at_once["wrong_type"]["failed"]
    for name, (_module, _given, _more) in RUNS.items():
        ours, theirs = comparable(at_once[name]), comparable(shipped[name])
        if name == "wrong_type":
            # ansible-core says the same of it in other words.
            assert "max_packets" in ours["msg"]
        else:
            assert ours == theirs
        assert ours.get("failed") == theirs.get("failed")
        assert ("invocation" in at_once[name]) is ("invocation" in shipped[name])
    for secret in (HUAWEI_SK, TENCENT_SECRET_KEY, "wrong-key-0000000000"):
        assert secret not in printed
    # Nothing of it was shipped: only the file that the test writes was.
    assert "AnsiballZ_huawei_cfw" not in printed
    assert "AnsiballZ_tencent_cfw" not in printed


@pytest.mark.parametrize("keywords", [{}, {"become": True, "vars": {"cfw_in_process": True}}])
def test_only_where_it_is_asked_for_and_the_same(keywords: dict[str, Any]) -> None:
    class Loose(_in_process.CfwAction):
        def __init__(self, transport: str, become: bool, run_async: int) -> None:
            self._templar = type("Templar", (), {"template": staticmethod(lambda value: value)})()
            self._connection = type("Connection", (), {"transport": transport})()
            self._task = type("Task", (), {"async_val": run_async})()
            self._play_context = type("PlayContext", (), {"become": become})()

    become = bool(keywords.get("become"))
    asked = {"cfw_in_process": "true"}
    assert Loose("local", become, 0)._is_at_hand(asked) is not become
    assert not Loose("local", False, 0)._is_at_hand({})
    assert not Loose("local", False, 0)._is_at_hand({"cfw_in_process": ""})
    assert not Loose("ssh", False, 0)._is_at_hand(asked)
    assert not Loose("local", False, 60)._is_at_hand(asked)
