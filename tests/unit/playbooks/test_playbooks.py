# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles offer, the playbooks offer, and both say it in the words of those who use them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.plugin_utils._filters import as_filter
from ansible_collections.secops.cfw.plugins.plugin_utils._names import IN_PLAYBOOKS, speaking, spoken

ROOT = Path(__file__).parents[3]
# Those that act at the clouds; those that configure AWX have variables of their own.
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml") if not path.stem.startswith("controller"))
ROLES = ("guard", "capture", "block", "unblock", "status", "report", "respond")
# Options of roles that no playbook takes from its user, and why.
FOR_ROLES = {
    "capture_started": "the entry point start hands it over",
    "capture_event_time_unknown": "respond says when it began",
    "report_failure": "the playbooks know what failed",
    "report_planned": "check mode decides",
    "report_variables": "made of what the playbook was given",
    "respond_variables": "made of what the playbook was given",
    "block_allow_protected": "what the guard was told to override",
    **{
        f"report_{step}": "what the roles set"
        for step in ("guard", "snapshot", "hunt", "capture", "block", "unblock", "status")
    },
}
# Where a playbook decides for its user.
DECIDED = {
    ("block", "block_targets"): "those that the guard let pass",
    ("unblock", "report_case_id"): "a report names its case",
}
# What respond decides itself, or what has no use there.
NOT_AT_RESPOND = {
    "capture_label": "by the order of captures and block",
    "capture_wait": "captures end after the windows",
    "capture_stop_after": "captures end after the windows",
    "capture_when_busy": "the block must not wait for another capture",
    "capture_busy_timeout": "the block must not wait for another capture",
    "capture_timeout": "respond_first_timeout",
    "capture_retries": "respond_first_retries",
    "block_timeout": "respond_first_timeout",
    "block_retries": "respond_first_retries",
    "status_addresses": "the targets",
    "status_strict": "what can't be read is in the report",
    "report_run_id": "each run has its own, which its journal begins with",
}
_VARIABLE = re.compile(r"\bcfw_[a-z0-9_]+")
_NAME = re.compile(rf"(?<![\w/.])(?:{'|'.join(ROLES)})_[a-z0-9_]+")
# Spoken where they are used, or the beginning of what is raised
_SPOKEN_LATER = ("_HINTS", "where")
# Calls after which the name is said in the words of whoever asked: those whose errors go through the filters' gate.
_GATED = {
    "spoken", "_called", "InputError", "parse_targets", "parse_moment", "parse_network", "parse_address", "read_firewalls",
    "read_duration", "checked_case", "clouds", "flag", "choice", "AnsibleFilterError",
}  # fmt: skip


def _loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _options(role: str) -> dict[str, set[str]]:
    specs = _loaded(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    return {entry: set(spec.get("options") or ()) for entry, spec in specs.items()}


OPTIONS = {role: _options(role) for role in ROLES}
ALL = {name for entries in OPTIONS.values() for names in entries.values() for name in names}


def _tasks(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part) or [])
        for action in ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks"):
            if action in task:
                for inner in _tasks(_loaded(ROOT / "playbooks" / task[action])):
                    yield {**inner, "vars": {**(task.get("vars") or {}), **(inner.get("vars") or {})}}
        yield task


def _play(playbook: str) -> dict[str, Any]:
    (play,) = _loaded(ROOT / "playbooks" / f"{playbook}.yml")
    return dict(play)


def _runs(playbook: str) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """The roles that a playbook runs: role, entry point, the variables that it gets, and all that these may refer to."""
    play = _play(playbook)
    for task in _tasks(play["tasks"]):
        included = task.get("ansible.builtin.include_role")
        if included:
            entry = included.get("tasks_from", "main").replace("{{ cfw_part }}", play["vars"].get("cfw_part", ""))
            yield included["name"].rpartition(".")[2], entry, task["vars"], {**play["vars"], **task["vars"]}


def _mentioned(value: Any, known: dict[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    found = set(_VARIABLE.findall(str(value)))
    for name in found & set(known) - seen:
        found |= _mentioned(known[name], known, seen | {name})
    return found


def _users_variables() -> set[str]:
    """All that a user of the playbooks can set."""
    found: set[str] = set()
    own: set[str] = set()
    for path in (
        *(ROOT / "playbooks" / f"{name}.yml" for name in PLAYBOOKS),
        *(ROOT / "playbooks/tasks").glob("*.yml"),
    ):
        content = _loaded(path)
        own |= {
            one
            for pair in re.findall(r"^ +(cfw_\w+):|loop_var: (cfw_\w+)", path.read_text("utf-8"), re.M)
            for one in pair
        }
        found |= set(_VARIABLE.findall(str(content)))
    return found - own


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_takes_what_its_roles_take(playbook: str) -> None:
    ran = list(_runs(playbook))
    assert ran
    missing = []
    for role, entry, given, known in ran:
        for option in OPTIONS[role][entry] - set(FOR_ROLES):
            wanted = IN_PLAYBOOKS.get(option)
            value = given.get(option, known.get(option))
            if (playbook, option) not in DECIDED and wanted not in _mentioned(value, known):
                missing.append(f"{option}: {wanted}")
    assert missing == []


@pytest.mark.parametrize(("playbook", "entries"), [("controller", "main absent"), ("controller_project", "project")])
def test_what_configures_awx_takes_all_too(playbook: str, entries: str) -> None:
    (task,) = (one for one in _play(playbook)["tasks"] if "ansible.builtin.include_role" in one)
    options = _options("controller")
    wanted = {
        name: f"cfw_{name.replace('controller_project', 'project')}"
        for entry in entries.split()
        for name in options[entry]
    }
    assert {name: _VARIABLE.findall(value)[:1] for name, value in task["vars"].items()} == {
        name: [variable] for name, variable in wanted.items()
    }


def test_every_option_has_one_name_in_all_playbooks() -> None:
    assert set(IN_PLAYBOOKS) - {"block_allow_protected"} <= ALL
    assert ALL - set(IN_PLAYBOOKS) <= set(FOR_ROLES)
    # No name means two things, except where a role of that name does what another one does under it.
    for name, in_playbook in IN_PLAYBOOKS.items():
        assert name.partition("_")[2] in (in_playbook[4:], in_playbook[4:].partition("_")[2]) or name in (
            "block_allow_protected",
            "block_allow_protected_reason",
        )


def test_respond_takes_what_its_roles_take() -> None:
    missing = {
        option
        for role in ("guard", "capture", "block", "status", "report")
        for option in ALL - set(FOR_ROLES)
        if option.startswith(f"{role}_") and IN_PLAYBOOKS[option].replace("cfw_", "respond_", 1) not in ALL
    }
    assert missing == set(NOT_AT_RESPOND)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_each_playbook_says_that_it_speaks(playbook: str) -> None:
    assert _play(playbook)["vars"]["cfw_playbook"] == playbook


def _said(tree: ast.AST, gated: bool = False) -> Iterator[tuple[str, bool]]:
    """All texts of a module but its docstrings, and whether the names in them are said in the user's words."""
    for node in ast.iter_child_nodes(tree):
        inside = gated
        if isinstance(node, ast.Assign):
            inside = gated or any(name in ast.unparse(node.targets[0]) for name in _SPOKEN_LATER)
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            inside = gated or name in _GATED
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, gated
        yield from _said(node, inside)


def test_no_message_names_what_its_reader_does_not_know() -> None:
    unknown, unspoken = [], []
    for path in sorted((ROOT / "plugins" / "plugin_utils").glob("_*.py")):
        if path.name == "_names.py":
            continue
        for text, gated in _said(ast.parse(path.read_text("utf-8"))):
            for name in _NAME.findall(text):
                if name in ALL and gated and name not in IN_PLAYBOOKS:
                    unknown.append(f"{path.name}: {text}")
                # A sentence, or the beginning of one
                if name in ALL and " " in text.strip() and not gated:
                    unspoken.append(f"{path.name}: {text}")
    assert (unknown, unspoken) == ([], [])


def test_sentences_are_said_in_the_words_of_who_asked() -> None:
    sentence = "guard_online is false; say why in guard_online_skip_reason. capture_store.type, see block_result.targets, report_html"
    foreign = "unblock_report '/srv/capture_dir/x' and secops.cfw.guard_online"
    assert spoken(sentence) == sentence
    with speaking("block", None):
        assert spoken(sentence) == (
            "cfw_online is false; say why in cfw_online_skip_reason. cfw_store.type, see the report, report_html"
        )
        assert spoken(foreign) == "cfw_report '/srv/capture_dir/x' and secops.cfw.guard_online"
    with speaking(None, True):
        assert spoken("guard_online, capture_dir, block_timeout") == "respond_online, respond_dir, block_timeout"
    assert spoken(sentence) == sentence


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "status_case_id is ''"),
        ({"cfw_playbook": "status"}, "cfw_case_id is ''"),
        ({"respond_speaks": True}, "respond_case_id is ''"),
    ],
)
def test_a_filter_knows_who_asks(given: dict[str, Any], said: str) -> None:
    environment = jinja2.Environment(autoescape=True)
    environment.filters["asked"] = as_filter("_status.read_request", dictionaries=True)
    with pytest.raises(AnsibleFilterError, match=said):
        environment.from_string("{{ {'case_id': ''} | asked }}").render(given)


def test_the_guide_has_every_variable_in_its_table() -> None:
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_playbook.rst").read_text("utf-8")
    listed = re.findall(r"^   \* - ``(cfw_[a-z0-9_]+)``$", guide, re.M)
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == _users_variables()
    assert set(IN_PLAYBOOKS.values()) <= set(listed)


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_a_value_that_was_cut_off_is_refused_before_anything_else(path: Path) -> None:
    (play,) = _loaded(path)
    first = play["tasks"][0]
    assert first["ansible.builtin.import_tasks"] == "tasks/whole.yml"
    (refusal,) = _loaded(ROOT / "playbooks/tasks/whole.yml")
    assert refusal["when"] == "_raw_params is defined"
    template = jinja2.Environment(autoescape=False).from_string(refusal["ansible.builtin.fail"]["msg"])
    said = template.render(_raw_params="203.0.113.8")
    assert "203.0.113.8 is of no variable" in said
    assert """-e '{"cfw_targets": "203.0.113.7, 203.0.113.8"}'""" in said
