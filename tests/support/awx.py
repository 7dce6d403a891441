# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX makes them: its private data directory, its variables, its inventory, its way to call ansible-runner."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

JOB_ID = 2041
LOCALHOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class _Unsafe(yaml.SafeDumper):
    """What people typed is never taken as a template: AWX tags every text so."""


_Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style="'"))


@dataclass
class Job:
    """A job of a job template: the playbook of a project, with what credentials inject and a survey yields."""

    folder: Path
    playbook: str
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    inventory: Mapping[str, Any] | None = None
    check: bool = False
    verbosity: int = 0
    number: int = JOB_ID
    workflow: int = 0
    project: Mapping[str, str] | Path = field(default_factory=dict)

    @property
    def ident(self) -> str:
        return str(self.number)

    def make(self) -> Path:
        """The private data directory."""
        root = self.folder / f"awx_{self.number}"
        project = root / "project"
        if isinstance(self.project, Path):
            shutil.copytree(self.project, project)
        else:
            project.mkdir(parents=True)
            for name, text in self.project.items():
                (project / name).write_text(text, encoding="utf-8")
        (root / "inventory").mkdir()
        script = root / "inventory" / "hosts"
        shown = json.dumps(self.inventory or inventory({"localhost": LOCALHOST}, {}))
        script.write_text(f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({shown!r})\n", encoding="utf-8")
        script.chmod(0o500)
        (root / "env").mkdir()
        variables = yaml.dump({**self.extra_vars, **self.said_by_awx()}, Dumper=_Unsafe, default_flow_style=False)
        (root / "env" / "extravars").write_text(variables, encoding="utf-8")
        options = ["--check"] if self.check else []
        if self.verbosity:
            options.append("-" + "v" * self.verbosity)
        (root / "env" / "cmdline").write_text(" ".join(options), encoding="utf-8")
        settings = {"idle_timeout": 300, "job_timeout": 300}
        (root / "env" / "settings").write_text(json.dumps(settings), encoding="utf-8")
        return root

    def said_by_awx(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for prefix in ("awx", "tower"):
            found |= {
                f"{prefix}_job_id": self.number,
                f"{prefix}_job_launch_type": "workflow" if self.workflow else "manual",
                f"{prefix}_job_template_id": 7,
                f"{prefix}_job_template_name": "secops.cfw",
                f"{prefix}_inventory_id": 3,
                f"{prefix}_inventory_name": "Firewalls",
                f"{prefix}_execution_node": "node-1",
                f"{prefix}_project_revision": "0" * 40,
                f"{prefix}_user_id": 5,
                f"{prefix}_user_name": "oncall",
                f"{prefix}_user_email": "oncall@example.com",
                f"{prefix}_user_first_name": "",
                f"{prefix}_user_last_name": "",
            }
            if self.workflow:
                found |= {
                    f"{prefix}_workflow_job_id": self.workflow,
                    f"{prefix}_workflow_job_name": "secops.cfw",
                    f"{prefix}_workflow_job_launch_type": "manual",
                }
        return found

    def environment(self, root: Path) -> dict[str, str]:
        """AWX's own variables, and those of the credentials, which have never anything of the shell of this test."""
        return {
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "AWX_HOST": "https://awx.example.com",
            "AWX_PRIVATE_DATA_DIR": str(root),
            "INVENTORY_ID": "3",
            "JOB_ID": self.ident,
            "MAX_EVENT_RES": "700000",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PROJECT_REVISION": "0" * 40,
            **self.environ,
        }

    def run(self) -> Done:
        """In one step, as ansible-runner does it for itself."""
        root = self.make()
        # As AWX has it: nothing of the environment is kept in env/.
        run = ansible_runner.run(
            private_data_dir=str(root),
            playbook=self.playbook,
            ident=self.ident,
            envvars=self.environment(root),
            suppress_env_files=True,
            quiet=True,
        )
        return Done(root, root / "artifacts" / self.ident, str(run.status), int(run.rc))

    def run_elsewhere(self) -> Done:
        """As AWX runs it: transmitted, run on an execution node, and what came of it taken in here."""
        root = self.make()
        node = self.folder / f"node_{self.number}"
        back = self.folder / f"back_{self.number}"
        node.mkdir()
        with tempfile.TemporaryFile() as sent, tempfile.TemporaryFile() as answered:
            ansible_runner.interface.run(
                streamer="transmit",
                _output=sent,
                private_data_dir=str(root),
                playbook=self.playbook,
                ident=self.ident,
                envvars=self.environment(node),
                suppress_env_files=True,
            )
            sent.seek(0)
            ansible_runner.interface.run(streamer="worker", _input=sent, _output=answered, private_data_dir=str(node))
            answered.seek(0)
            run = ansible_runner.interface.run(
                streamer="process", _input=answered, private_data_dir=str(back), ident=self.ident, quiet=True
            )
        artifacts = back / "artifacts" / self.ident
        return Done(back, artifacts, str(run.status), int((artifacts / "rc").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Done:
    """What is left of a job."""

    root: Path
    artifacts: Path
    status: str
    rc: int

    def events(self) -> list[dict[str, Any]]:
        folder = self.artifacts / "job_events"
        paths = sorted(folder.glob("*-*.json"), key=lambda path: int(path.name.partition("-")[0]))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def stats(self) -> dict[str, Any]:
        """What AWX keeps as the job's artifacts, and hands on to later nodes of a workflow."""
        found = [event["event_data"] for event in self.events() if event["event"] == "playbook_on_stats"]
        assert len(found) == 1, self.said()
        data = found[0].get("artifact_data", {})
        assert isinstance(data, dict)
        return data

    def incident(self) -> dict[str, Any]:
        found = self.stats().get("cfw_incident")
        assert isinstance(found, dict), self.said()
        return found

    def actions(self) -> set[str]:
        """The modules that ended well, by their names."""
        return {str(event["event_data"]["task_action"]) for event in self.events() if event["event"] == "runner_on_ok"}

    def results(self, action: str) -> Iterator[dict[str, Any]]:
        for event in self.events():
            data = event.get("event_data", {})
            if event["event"] in ("runner_on_ok", "runner_on_failed") and data.get("task_action") == action:
                yield data["res"]

    def said(self) -> str:
        path = self.artifacts / "stdout"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "nothing was said"

    def own_files(self) -> Iterator[tuple[Path, bytes]]:
        """What is kept of the job, without the one place where the engine itself keeps what a job gets.

        ansible-runner writes the whole environment of a job into artifacts/<ident>/command, whoever asks for what. AWX
        does without that file: it has command and environment from a status event, and masks the secret fields of
        credentials before it stores them. All else of the file is kept here.
        """
        for path in sorted(self.artifacts.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                if path.name == "command" and path.parent == self.artifacts:
                    command = json.loads(content)
                    del command["env"]
                    content = json.dumps(command).encode()
                yield path, content


def inventory(hosts: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What AWX hands to a job as its inventory."""
    grouped = {name for names in groups.values() for name in names}
    enabled = {"remote_tower_enabled": "true", "remote_tower_id": 1}
    return {
        "all": {"hosts": [name for name in hosts if name not in grouped], "children": sorted(groups)},
        **{group: {"hosts": list(names), "children": []} for group, names in groups.items()},
        "_meta": {"hostvars": {name: {**variables, **enabled} for name, variables in hosts.items()}},
    }


def sliced(whole: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """The inventory of one slice: every count-th host by name, from the number-th (from 1) on, and groups of these."""
    variables = whole["_meta"]["hostvars"]
    kept = sorted(variables)[number - 1 :: count]
    groups = {
        name: [host for host in group.get("hosts", ()) if host in kept]
        for name, group in whole.items()
        if name not in ("_meta", "all")
    }
    return inventory({name: variables[name] for name in kept}, groups)
