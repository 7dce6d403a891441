# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin in a run of ansible-playbook, as a role uses it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.secops.cfw.plugins.plugin_utils import _files

SECRET = "never-shown-4711"
CONTENT = '{"case": "' + SECRET + '"}\n'
DIGEST = hashlib.sha256(CONTENT.encode()).hexdigest()


def play(folder: Path, options: dict[str, Any], *arguments: str) -> tuple[dict[str, Any], str]:
    """What the task returns, for a host that nobody could connect to, and everything that was printed."""
    task = {"name": "Write", "secops.cfw.incident_files": options, "register": "done", "failed_when": False}
    told = {"name": "Tell", "ansible.builtin.debug": {"msg": "{{ done | to_json }}"}}
    plays = [{"hosts": "nowhere", "gather_facts": False, "become": True, "tasks": [task, told]}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("ansible-playbook")), "-i", "nowhere,", "-vvv", *arguments),
            str(folder / "play.yml"),
        ],
        env={
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(Path(str(_files.__file__)).parents[5]),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith('"msg": ')]
    message = json.loads("{" + lines[-1] + "}")["msg"]
    return (json.loads(message) if isinstance(message, str) else message), done.stdout + done.stderr


def test_a_plan_the_real_run_and_a_file_that_is_in_the_way(tmp_path: Path) -> None:
    place = tmp_path / "cases" / "INC-1"
    options = {
        "directories": [str(place / "runs")],
        "files": [{"path": str(place / "run.json"), "content": CONTENT, "exclusive": True}],
        "hash": [str(place / "run.json")],
    }
    planned, printed = play(tmp_path, options, "--check", "--diff")
    assert SECRET not in printed
    assert not place.exists()
    done, printed = play(tmp_path, options)
    assert SECRET not in printed
    assert (place / "run.json").read_text(encoding="utf-8") == CONTENT
    assert done["changed"] is True
    for key in ("changed", "directories", "files", "hashes"):
        assert planned[key] == done[key]
    assert done["hashes"] == [
        {
            "path": str(place / "run.json"),
            "exists": True,
            "is_file": True,
            "size": len(CONTENT),
            "sha256": DIGEST,
            "reason": "",
        }
    ]
    options["files"] = [
        {"path": str(place / "run.json"), "content": "other", "exclusive": True},
        {"path": str(place / "second.json"), "content": CONTENT},
    ]
    refused, _printed = play(tmp_path, options)
    assert [row["result"] for row in refused["files"]] == ["refused", "written"]
    assert refused["msg"].startswith("1 of 3 files and directories could not be written: ")
    assert (place / "run.json").read_text(encoding="utf-8") == CONTENT


def test_a_wrong_option_is_one_sentence(tmp_path: Path) -> None:
    wrong, printed = play(tmp_path, {"files": [{"path": "run.json", "content": CONTENT}]})
    assert wrong["msg"] == "files[0].path is 'run.json'; give an absolute path."
    assert "files" not in wrong
    assert SECRET not in printed
