# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebooks as files: against ansible-rulebook's schema, and what must be in each of them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "extensions/eda/rulebooks"
ACTIONS = {"respond": "run_playbook", "respond_awx": "run_workflow_template"}


def rulebook(name: str) -> list[dict[str, Any]]:
    found = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def test_these_are_all() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(ACTIONS)
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"`secops.cfw.{name}`" in readme for name in ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_it_is_valid(name: str) -> None:
    schema = resources.files("ansible_rulebook").joinpath("schema/ruleset_schema.json").read_text(encoding="utf-8")

    wrong = [error.message for error in jsonschema.Draft202012Validator(json.loads(schema)).iter_errors(rulebook(name))]
    assert wrong == []


def test_both_listen_fold_and_tell_alike() -> None:
    """They differ in their first rule's action, and in what they ask for before they listen."""
    (first,), (second,) = (rulebook(name) for name in ACTIONS)

    for ruleset in (first, second):
        (source,) = ruleset["sources"]
        assert source["eda.builtin.webhook"].pop("host").startswith("{{ cfw_event_host | default('127.0.0.1', true)")
        assert source["eda.builtin.webhook"].pop("port").startswith("{{ cfw_event_port | default(5000, true)")
        ruleset["rules"][0].pop("action")
        ruleset.pop("name")
    assert first == second


@pytest.mark.parametrize(("name", "action"), ACTIONS.items())
def test_one_attacker_is_answered_once_at_a_time(name: str, action: str) -> None:
    (ruleset,) = rulebook(name)

    assert ruleset["execution_strategy"] == "parallel", "or else there are no locks"
    assert ruleset["rules"][0]["action"][action]["lock"] == "{{ event.cfw.targets[0] }}"


def test_the_filters_are_told_to_galaxy() -> None:
    extensions = yaml.safe_load((FOLDER.parents[2] / "meta/extensions.yml").read_text(encoding="utf-8"))["extensions"]

    assert [item["args"]["ext_dir"] for item in extensions] == ["eda/plugins/event_filter"]
