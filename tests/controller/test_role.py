# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role against an AWX in memory, with the modules of awx.awx themselves.

They take a second each, and there are thirty of them in a run, so that all tests look at one story: two threads tell it.
What takes a run more is left to the variable CFW_ALL.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from ansible_collections.secops.cfw.plugins.plugin_utils._controller import plan
from controller.awx import PASSWORD, TOKEN, USER, Awx
from controller.play import Answer, Play
from support import awx_rules as rules
from support.awx_role import SETTINGS, TEMPLATES, wrappers
from support.scope import takes_long

PLAYBOOK = "secops.cfw.controller"
KEY, SECRET = "AKIDofnobody", "SKofnobody-s3cret"
HOOK, HEADER = "hook-path-of-nobody", "hook-token-of-nobody"
SECRETS = (KEY, SECRET, HOOK, HEADER, TOKEN, PASSWORD)

VARIABLES: dict[str, Any] = {
    "cfw_controller_image": "registry.example.com/cfw-ee:latest",
    "cfw_controller_scm_url": "https://git.example.com/cfw.git",
    "cfw_controller_inventory_source": True,
    "cfw_controller_dir": "/evidence",
    "cfw_controller_extra_vars": {"cfw_protected": ["198.51.100.0/24"]},
    "cfw_controller_credentials": {
        "huawei_write": {"access_key": KEY, "secret_key": SECRET, "region": "cn-north-4"},
        "tencent_write": {"secret_id": KEY, "secret_key": SECRET, "site": "international"},
    },
    "cfw_controller_hook_url": f"https://chat.example.com/{HOOK}",
    "cfw_controller_hook_headers": {"Authorization": f"Bearer {HEADER}"},
}
ABSENT = {"cfw_controller_state": "absent"}
TYPES = [
    "CFW Huawei Cloud, read only",
    "CFW Huawei Cloud, write",
    "CFW Tencent Cloud, read only",
    "CFW Tencent Cloud, write",
]
NAMES = [key.replace("_", " ") for key in TEMPLATES]
MADE = {
    "credential_types": TYPES,
    "credentials": TYPES,
    "execution_environments": ["CFW execution environment"],
    "inventories": ["CFW inventory"],
    "job_templates": [f"CFW {name}" for name in NAMES],
    "notification_templates": ["CFW hook"],
    "organizations": ["Default"],
    "projects": ["CFW project"],
    "teams": ["CFW on-call", "CFW approvers"],
    "workflow_job_templates": ["CFW capture and block"],
}


class Story(NamedTuple):
    made: Awx
    first: Answer
    sent: list[tuple[str, str, Any]]
    after_first: Any
    second: Answer
    removed: Awx
    absent: Answer
    strangers: Any


def add_strangers(awx: Awx) -> None:
    """What others have, some of it with names like ours."""
    other = awx.add("organizations", {"name": "Other"})["id"]
    default = awx.named("organizations")["Default"]["id"]
    awx.add("teams", {"name": "CFW on-call", "organization": other})
    awx.add("teams", {"name": "CFW readers", "organization": default})
    awx.add("job_templates", {"name": "CFW respond", "organization": other, "playbook": "respond.yml"})
    awx.add("job_templates", {"name": "respond", "organization": default, "playbook": "respond.yml"})
    awx.add("credential_types", {"name": "Huawei Cloud, write", "kind": "cloud", "inputs": {}, "injectors": {}})


@pytest.fixture(scope="module")
def story(play: Play) -> Iterator[Story]:
    files = tuple(path.name for path in wrappers())
    with Awx(files) as made, Awx(files) as removed, ThreadPoolExecutor() as pool:
        first = play(PLAYBOOK, VARIABLES, "-vvvv", **by_token(made))
        sent, after_first = list(made.sent), made.everything()
        second = pool.submit(play, PLAYBOOK, VARIABLES, **by_token(made))
        add_strangers(removed)
        strangers = removed.everything()
        removed.load(after_first)
        add_strangers(removed)
        absent = play(PLAYBOOK, ABSENT, "-vvvv", **by_password(removed))
        yield Story(made, first, sent, after_first, second.result(), removed, absent, strangers)


def by_token(awx: Awx) -> dict[str, str]:
    return {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}


def by_password(awx: Awx) -> dict[str, str]:
    return {"CONTROLLER_HOST": awx.url, "CONTROLLER_USERNAME": USER, "CONTROLLER_PASSWORD": PASSWORD}


def names(everything: Any, kind: str) -> list[str]:
    return [str(item["name"]) for item in everything[0][kind].values()]


# The first run


def test_the_first_run_makes_everything(story: Story) -> None:
    assert story.first.code == 0, story.first.text
    assert {kind: names(story.after_first, kind) for kind in MADE} == MADE


def test_what_it_sends_keeps_to_the_rules(story: Story) -> None:
    types = [body for method, path, body in story.sent if (method, path) == ("POST", "/api/v2/credential_types/")]
    surveys = [body for _method, path, body in story.sent if path.endswith("/survey_spec/")]

    assert (len(types), len(surveys)) == (4, 11)
    assert [text for body in types for text in rules.wrong_credential_type(body)] == []
    assert [text for body in surveys for text in rules.wrong_survey(body)] == []


def test_the_templates_of_the_injectors_arrive_as_they_are(story: Story, data: dict[str, Any]) -> None:
    for row in data["credential_types"]:
        arrived = story.made.named("credential_types")[f"CFW {row['name']}"]
        assert (arrived["inputs"], arrived["injectors"]) == (row["inputs"], row["injectors"])


def test_keys_that_are_given_arrive_and_the_others_are_left_to_be_filled_in(story: Story) -> None:
    made = story.made.named("credentials")

    assert made["CFW Huawei Cloud, write"]["inputs"] == VARIABLES["cfw_controller_credentials"]["huawei_write"]
    assert made["CFW Huawei Cloud, read only"]["inputs"] == {}


def test_a_job_template_has_what_it_needs(story: Story) -> None:
    made = story.made.named("job_templates")["CFW respond"]

    assert (made["playbook"], made["job_type"]) == ("respond.yml", "run")
    assert (made["ask_job_type_on_launch"], made["survey_enabled"], made["allow_simultaneous"]) == (True, True, True)
    assert json.loads(made["extra_vars"]) == {
        "cfw_protected": ["198.51.100.0/24"],
        "cfw_dir": "/evidence",
        "cfw_dir_is_durable": True,
    }
    for field, kind in (
        ("project", "projects"),
        ("inventory", "inventories"),
        ("execution_environment", "execution_environments"),
    ):
        assert story.made.items[kind][made[field]]["name"] == MADE[kind][0]
    linked = story.made.linked("job_templates", "CFW respond", "credentials", "credentials")
    assert sorted(linked) == ["CFW Huawei Cloud, write", "CFW Tencent Cloud, write"]


def test_a_plan_can_only_be_a_dry_run_with_keys_that_read(story: Story) -> None:
    made = story.made.named("job_templates")["CFW plan"]

    assert (made["job_type"], made["ask_job_type_on_launch"]) == ("check", False)
    linked = story.made.linked("job_templates", "CFW plan", "credentials", "credentials")
    assert sorted(linked) == ["CFW Huawei Cloud, read only", "CFW Tencent Cloud, read only"]


def test_the_host_is_the_execution_environment_itself(story: Story) -> None:
    (host,) = story.made.items["hosts"].values()

    assert host["name"] == "localhost"
    assert json.loads(host["variables"]) == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }


def test_the_firewalls_are_read_with_keys_that_read(story: Story) -> None:
    (source,) = story.made.items["inventory_sources"].values()

    assert (source["source"], source["source_path"]) == ("scm", "firewalls.huawei_cfw.yml")
    assert story.made.items["credentials"][source["credential"]]["name"] == "CFW Huawei Cloud, read only"


def test_the_workflow_blocks_only_what_was_approved(story: Story) -> None:
    nodes = {item["identifier"]: item for item in story.made.items["workflow_job_template_nodes"].values()}
    links = {
        (one["identifier"], link): [story.made.items["workflow_job_template_nodes"][to]["identifier"] for to in numbers]
        for one in nodes.values()
        for (kind, number, link), numbers in story.made.links.items()
        if kind == "workflow_job_template_nodes" and number == one["id"] and numbers
    }
    (approval,) = story.made.items["workflow_approval_templates"].values()

    assert links == {("capture", "always_nodes"): ["approval"], ("approval", "success_nodes"): ["block"]}
    assert nodes["approval"]["unified_job_template"] == approval["id"]
    assert approval["timeout"] == 900
    templates = story.made.named("job_templates")
    assert nodes["capture"]["unified_job_template"] == templates["CFW capture"]["id"]
    assert nodes["block"]["unified_job_template"] == templates["CFW block"]["id"]
    # A second incident does not wait until somebody decided on the first.
    assert story.made.named("workflow_job_templates")["CFW capture and block"]["allow_simultaneous"] is True


def test_the_hook_is_told_of_failures_of_changes_and_of_approvals(story: Story) -> None:
    def told(kind: str, name: str) -> list[str]:
        return [
            what
            for what in ("error", "success", "approvals", "started")
            if story.made.linked(kind, name, f"notification_templates_{what}", "notification_templates") == ["CFW hook"]
        ]

    assert told("workflow_job_templates", "CFW capture and block") == ["error", "success", "approvals"]
    assert told("job_templates", "CFW block") == ["error", "success"]
    assert told("job_templates", "CFW unblock expired") == ["error"]
    (hook,) = story.made.items["notification_templates"].values()
    assert hook["notification_configuration"]["headers"]["Authorization"] == f"Bearer {HEADER}"


def test_the_teams_may_do_what_they_should(story: Story) -> None:
    granted = story.made.granted

    assert granted("job_templates", "CFW plan", "execute") == ["CFW on-call", "CFW approvers"]
    # This would go round the approval.
    assert granted("job_templates", "CFW block", "execute") == ["CFW approvers"]
    assert granted("job_templates", "CFW block", "read") == ["CFW on-call"]
    assert granted("workflow_job_templates", "CFW capture and block", "execute") == ["CFW on-call", "CFW approvers"]
    assert granted("workflow_job_templates", "CFW capture and block", "approval") == ["CFW approvers"]


def test_what_is_overdue_is_lifted_on_a_schedule(story: Story) -> None:
    (schedule,) = story.made.items["schedules"].values()

    assert schedule["unified_job_template"] == story.made.named("job_templates")["CFW unblock expired"]["id"]
    assert schedule["rrule"].endswith("RRULE:FREQ=MINUTELY;INTERVAL=15")


# Later runs


def test_the_second_run_changes_nothing_but_says_so_of_the_workflow(story: Story) -> None:
    assert story.second.code == 0, story.second.text
    assert story.made.everything() == story.after_first
    # awx.awx always sends an approval again.
    assert story.second.changed() == ["Make the workflow"]


@takes_long
def test_a_dry_run_names_everything_and_writes_nothing(play: Play) -> None:
    with Awx(tuple(path.name for path in wrappers())) as awx:
        dry = play(PLAYBOOK, VARIABLES, "--check", **by_token(awx))

    assert dry.code == 0, dry.text
    assert awx.sent == []
    for kind, made in MADE.items():
        for name in made:
            assert (f'"{kind}: {name}"' in dry.text) is (kind != "organizations")
    assert secrets_in(dry) == []


def test_what_was_made_is_removed_and_nothing_else(story: Story) -> None:
    assert story.absent.code == 0, story.absent.text
    for kind, items in story.strangers[0].items():
        assert sorted(names(story.removed.everything(), kind)) == sorted(str(item["name"]) for item in items.values())
    assert story.removed.surveys == {}
    assert story.removed.items["workflow_job_template_nodes"] == {}


@takes_long
def test_removing_again_changes_nothing(story: Story, play: Play) -> None:
    count = len(story.removed.sent)
    again = play(PLAYBOOK, ABSENT, **by_password(story.removed))

    assert again.code == 0, again.text
    assert again.changed() == []
    assert [sent for sent in story.removed.sent[count:] if "/tokens/" not in sent[1]] == []
    assert secrets_in(again) == []


@pytest.mark.parametrize(("changed", "left"), [({"expired_minutes": 0}, 0), ({"inventory_source": False}, 0), ({}, 1)])
def test_a_schedule_that_is_not_wanted_any_more_goes(
    story: Story, play: Play, data: dict[str, Any], changed: dict[str, Any], left: int
) -> None:
    tasks = [{"ansible.builtin.include_role": {"name": "secops.cfw.controller", "tasks_from": "schedule"}}]
    file = play.folder / "schedule.yml"
    file.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    with Awx(tuple(path.name for path in wrappers())) as awx:
        awx.load(story.after_first)
        made = {"controller_plan": plan({**SETTINGS, **changed}, data, awx=True)}
        answer = play(str(file), made, **by_token(awx))

    assert answer.code == 0, answer.text
    assert len(awx.items["schedules"]) == left


def test_a_token_in_the_repository_s_address_is_not_printed(play: Play) -> None:
    url = f"https://oauth2:{SECRET}@git.example.com/cfw.git"
    answer = play(PLAYBOOK, {**VARIABLES, "cfw_controller_scm_url": url}, "-vvvv")

    assert answer.code != 0
    assert "controller_scm_url holds a user or a password" in answer.text
    assert SECRET not in answer.text


def test_no_secret_is_printed(story: Story) -> None:
    for answer in (story.first, story.second, story.absent):
        assert secrets_in(answer) == []


def secrets_in(answer: Answer) -> list[str]:
    return [secret for secret in SECRETS if secret in answer.text]


def test_without_awx_awx_it_says_in_a_sentence_how_to_get_it(play: Play) -> None:
    # The first of the folders has this collection, and the others what it can do without.
    folder = os.environ["ANSIBLE_COLLECTIONS_PATH"].partition(os.pathsep)[0]
    answer = play(PLAYBOOK, VARIABLES, ANSIBLE_COLLECTIONS_PATH=folder)

    assert answer.code != 0
    said = "The role controller needs the collection awx.awx, which is not installed: run ansible-galaxy collection install awx.awx"
    assert f'"msg": "{said}."' in answer.text
