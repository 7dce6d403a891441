# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role controller brings along, as it is written there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "controller"
PROJECT = ROLE / "files" / "project"

TEMPLATES = (
    *("plan", "respond", "capture", "collect", "verify", "block"),
    *("unblock", "unblock_expired", "status", "report"),
)
"""The job templates that there have to be, by their keys."""
SETTINGS: dict[str, Any] = {
    "organization": "Default",
    "prefix": "CFW",
    "clouds": "",
    "image": "registry.example.com/cfw-ee:latest",
    "scm_url": "https://git.example.com/cfw.git",
    "dir": "/evidence",
    "approval_timeout": 900,
    "expired_minutes": 15,
    "on_call_team": "on-call",
    "on_call_templates": ["plan", "status"],
    "approver_team": "approvers",
    "hook": True,
    "inventory_source": True,
}
"""The role's variables, without their prefix."""


class _Loader(yaml.SafeLoader):
    """Reads text that Ansible must not take for a template as text."""


_Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))


def read_data() -> dict[str, Any]:
    """The variables of the role, by their names without the prefix."""
    text = (ROLE / "vars" / "main.yml").read_text(encoding="utf-8")
    read = yaml.load(text, Loader=_Loader)
    return {name.removeprefix("controller_"): value for name, value in read.items()}


def wrappers() -> list[Path]:
    """The playbooks of the project."""
    return sorted(path for path in PROJECT.glob("*.yml") if "import_playbook" in path.read_text(encoding="utf-8"))
