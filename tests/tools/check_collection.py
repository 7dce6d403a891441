# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what no other tool checks: that the action groups hold exactly their modules, and the modules say so.

A name misspelt in meta/runtime.yml silently takes `module_defaults` from a module. A module belongs to the group
that its name begins with; its documentation, with all fragments, must name that group and no other.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

COLLECTION = "secops.cfw"


def documentation(modules: list[str]) -> dict[str, Any]:
    """What ansible-doc knows of the modules, doc fragments included."""
    names = [f"{COLLECTION}.{module}" for module in modules]
    ansible_doc = Path(sys.executable).with_name("ansible-doc")
    answer = subprocess.run([ansible_doc, "--json", *names], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return {module: found.get(name, {}).get("doc", {}) for module, name in zip(modules, names)}


def wrong_groups(groups: dict[str, list[str]], modules: list[str], docs: dict[str, Any]) -> list[str]:
    """One sentence for everything that is wrong with the action groups."""
    wrong = []
    for module in modules:
        belongs = [group for group in groups if module.startswith(f"{group}_")]
        member = [group for group, members in groups.items() if module in members]
        if belongs != member:
            wrong.append(f"{module} belongs to the groups {belongs}, meta/runtime.yml has it in {member}")
        said = docs[module].get("attributes", {}).get("action_group", {}).get("membership", [])
        wanted = [f"{COLLECTION}.{group}" for group in belongs]
        if said != wanted:
            wrong.append(f"{module} documents membership of {said} (attribute action_group), it should be {wanted}")
    for group, members in groups.items():
        wrong += [f"meta/runtime.yml: {name} in {group} is no module" for name in members if name not in modules]
    return wrong


def wrong_version() -> list[str]:
    """The version of the User-Agent must be the collection's."""
    galaxy = yaml.safe_load(Path("galaxy.yml").read_text(encoding="utf-8"))["version"]
    source = Path("plugins/module_utils/_version.py").read_text(encoding="utf-8")
    said = re.findall(r'^VERSION = "(.*)"$', source, re.MULTILINE)
    return [] if said == [galaxy] else [f"galaxy.yml has version {galaxy}, plugins/module_utils/_version.py {said}"]


def main() -> int:
    modules = sorted(path.stem for path in Path("plugins/modules").glob("*.py"))
    groups = yaml.safe_load(Path("meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    wrong = [*wrong_groups(groups, modules, documentation(modules)), *wrong_version()]
    print("\n".join(wrong) or f"{len(modules)} modules in {len(groups)} action groups")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
