# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role brings along, held against AWX's rules and against what the collection reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei import credentials as huawei
from ansible_collections.secops.cfw.plugins.module_utils._tencent import credentials as tencent
from ansible_collections.secops.cfw.plugins.module_utils._tencent import options
from ansible_collections.secops.cfw.plugins.plugin_utils._controller import plan
from support import awx_rules as rules
from support.awx_role import PROJECT, ROOT, SETTINGS, TEMPLATES, wrappers

Data = dict[str, Any]
KEYS = [f"{cloud}_{what}" for cloud in ("huawei", "tencent") for what in ("read", "write")]


def types(data: Data) -> dict[str, Data]:
    return {row["key"]: {**row, "kind": "cloud"} for row in data["credential_types"]}


def variables(playbook: str) -> set[str]:
    """The variables cfw_* that a playbook of the collection looks at."""
    path = ROOT / "playbooks" / playbook
    text = path.read_text(encoding="utf-8")
    for part in re.findall(r"tasks/\w+\.yml", text):
        text += (path.parent / part).read_text(encoding="utf-8")
    return set(re.findall(r"\bcfw_\w+", text))


def imported(wrapper: Path) -> str:
    """The playbook of the collection that a file of the project imports."""
    (play,) = yaml.safe_load(wrapper.read_text(encoding="utf-8"))
    return str(play["ansible.builtin.import_playbook"]).removeprefix("secops.cfw.") + ".yml"


@pytest.mark.parametrize("key", KEYS)
def test_a_credential_type_is_one_that_awx_takes(data: Data, key: str) -> None:
    assert list(types(data)) == KEYS
    assert rules.wrong_credential_type(types(data)[key]) == []


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_is_a_key_is_secret(data: Data, key: str) -> None:
    # AWX shows the others in the environment of a job.
    for field in types(data)[key]["inputs"]["fields"]:
        assert field.get("secret", False) is bool(re.search("key|token|secret", field["id"])), field["id"]


@pytest.mark.parametrize("key", KEYS)
def test_an_input_reaches_a_variable_that_the_collection_reads(data: Data, key: str) -> None:
    body = types(data)[key]
    read = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "module_utils").rglob("*.py"))

    for field in body["inputs"]["fields"]:
        value = (field.get("choices") or [f"the {field['id']}"])[-1]
        injected = rules.injected(body, {field["id"]: value})
        changed = {name for name, text in injected.items() if text}
        assert len(changed) == 1, field["id"]
        assert f'"{changed.pop()}"' in read


@pytest.mark.parametrize("cloud", ["huawei", "tencent"])
def test_the_collection_finds_the_keys_that_are_injected(data: Data, cloud: str) -> None:
    body = types(data)[f"{cloud}_write"]
    key_id, secret, token = [field["id"] for field in body["inputs"]["fields"] if field.get("secret")]
    given = {key_id: "an-id", secret: "a-secret"}
    resolve = {"huawei": huawei.resolve, "tencent": tencent.resolve}[cloud]

    # The token is left empty, as are all other inputs.
    found = resolve({}, Context(environ=rules.injected(body, given), home="/nowhere"))
    assert (found.key_id, found.secret, found.token) == ("an-id", "a-secret", "")

    found = resolve({}, Context(environ=rules.injected(body, {**given, token: "a-token"}), home="/nowhere"))
    assert found.token == "a-token"


@pytest.mark.parametrize(("inputs", "site"), [({}, "china"), ({"site": "international"}, "international")])
def test_the_site_of_a_credential_is_the_modules_site(data: Data, inputs: dict[str, str], site: str) -> None:
    injected = rules.injected(types(data)["tencent_write"], inputs)

    assert options.site({"site": None}, Context(environ=injected, home="/nowhere")) == site


def test_both_types_of_a_cloud_take_the_same(data: Data) -> None:
    for cloud in ("huawei", "tencent"):
        read, write = (types(data)[f"{cloud}_{what}"] for what in ("read", "write"))
        assert (read["inputs"], read["injectors"]) == (write["inputs"], write["injectors"])
        assert read["name"] != write["name"]


# Job templates and surveys


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_survey_is_one_that_awx_takes(data: Data, key: str) -> None:
    made = {row["key"]: row for row in plan(SETTINGS, data, awx=True)["job_templates"]}

    assert tuple(made) == TEMPLATES
    assert rules.wrong_survey(made[key]["survey_spec"]) == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_only_case_and_attackers_are_required(data: Data, key: str) -> None:
    (made,) = (row for row in plan(SETTINGS, data, awx=True)["job_templates"] if row["key"] == key)
    required = {question["variable"] for question in made["survey_spec"]["spec"] if question["required"]}

    assert required <= {"cfw_case_id", "cfw_targets"}
    answers = dict.fromkeys(required, "INC-1")
    assert rules.launched(made["survey_spec"], answers)[1] == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_the_playbook_looks_at_what_is_asked(data: Data, key: str) -> None:
    (made,) = (row for row in plan(SETTINGS, data, awx=True)["job_templates"] if row["key"] == key)
    playbook = imported(PROJECT / made["playbook"])
    asked = {question["variable"] for question in made["survey_spec"]["spec"]}

    assert asked <= variables(playbook)


def test_the_workflow_asks_what_its_parts_ask(data: Data) -> None:
    made = plan(SETTINGS, data, awx=True)
    survey = made["workflow"]["survey_spec"]
    parts = [row for row in made["job_templates"] if row["key"] in ("capture", "block")]
    asked = {question["variable"] for row in parts for question in row["survey_spec"]["spec"]}

    assert rules.wrong_survey(survey) == []
    # A workflow goes through once; a second capture of the case is for the job template.
    assert {question["variable"] for question in survey["spec"]} == asked - {"cfw_capture_again"}


def test_every_playbook_of_an_incident_has_a_file_in_the_project(data: Data) -> None:
    # AWX takes a file of the project, and no name of a playbook in a collection.
    found = {path.name: imported(path) for path in wrappers()}
    shipped = {path.name for path in (ROOT / "playbooks").glob("*.yml") if not path.name.startswith("controller")}

    assert set(found.values()) == shipped
    assert found == {name: name for name in found}
    assert {row["playbook"] for row in data["job_templates"]} == set(found)


@pytest.mark.parametrize("key", ["plan", "verify", "status", "report"])
def test_what_only_reads_gets_keys_that_only_read(data: Data, key: str) -> None:
    (row,) = (row for row in data["job_templates"] if row["key"] == key)

    assert not [name for name in row["credentials"] if name.endswith("write")]


def test_a_template_gets_one_credential_of_a_type(data: Data) -> None:
    for row in plan({**SETTINGS, "store": {"type": "s3", "bucket": "b"}, "store_credential": "S3"}, data, awx=True)[
        "job_templates"
    ]:
        assert len(set(row["credentials"])) == len(row["credentials"])
        clouds = [name.partition(",")[0] for name in row["credentials"]]
        assert len(set(clouds)) == len(clouds)


def test_a_dry_run_is_offered_wherever_it_is_not_one_already(data: Data) -> None:
    offered = {
        row["key"]: (row["job_type"], row["ask_job_type_on_launch"])
        for row in plan(SETTINGS, data, awx=True)["job_templates"]
    }

    assert offered.pop("plan") == ("check", False)
    assert set(offered.values()) == {("run", True)}
