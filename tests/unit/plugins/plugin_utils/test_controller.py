# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role controller decides to make, before it asks an AWX."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._controller import missing, plan
from support.awx_role import SETTINGS, read_data

Data = dict[str, Any]
TEMPLATES = 10


@pytest.fixture(scope="module")
def data() -> Data:
    return read_data()


def test_what_is_said_for_all_incidents_is_not_asked(data: Data) -> None:
    # The survey's default, were it only an empty one, would go before it.
    made = plan(
        {**SETTINGS, "extra_vars": {"cfw_duration": "12h", "cfw_protected": ["198.51.100.0/24"]}}, data, awx=True
    )

    for row in [*made["job_templates"], made["workflow"]]:
        assert "cfw_duration" not in {question["variable"] for question in row["survey_spec"]["spec"]}
    assert made["job_templates"][0]["extra_vars"] == {
        "cfw_duration": "12h",
        "cfw_protected": ["198.51.100.0/24"],
        "cfw_dir": "/evidence",
        "cfw_dir_is_durable": True,
    }


def test_one_cloud_leaves_out_what_is_of_no_use(data: Data) -> None:
    made = plan({**SETTINGS, "clouds": "tencent"}, data, awx=True)

    assert [row["key"] for row in made["credential_types"]] == ["tencent_read", "tencent_write"]
    assert [row["key"] for row in made["job_templates"]] == ["plan", "respond", "block", "unblock", "status", "report"]
    assert made["job_templates"][1]["credentials"] == ["CFW Tencent Cloud, write"]
    assert made["job_templates"][1]["extra_vars"]["cfw_clouds"] == ["tencent"]
    assert (made["schedule"], made["unscheduled"], made["inventory_source"]) == ({}, "", {})
    assert "huawei" not in str(made["needed"]).lower()


@pytest.mark.parametrize(("cloud", "other"), [("tencent", "Huawei Cloud"), ("huawei", "Tencent Cloud")])
def test_one_cloud_alone_is_asked_for_the_own_addresses(data: Data, cloud: str, other: str) -> None:
    made = plan({**SETTINGS, "clouds": cloud}, data, awx=True)["job_templates"][0]["extra_vars"]

    assert (made["cfw_own_clouds"], made["cfw_online_skip_reason"]) == ([cloud], f"{other} is not in use")


def test_what_the_user_says_of_the_own_addresses_stays(data: Data) -> None:
    given = {"cfw_own_clouds": ["huawei"], "cfw_online_skip_reason": "we know them"}
    made = plan({**SETTINGS, "clouds": "tencent", "extra_vars": given}, data, awx=True)
    # Who does not ask at all has to say why.
    offline = plan({**SETTINGS, "clouds": "tencent", "extra_vars": {"cfw_online": False}}, data, awx=True)

    assert given.items() <= made["job_templates"][0]["extra_vars"].items()
    assert "cfw_online_skip_reason" not in offline["job_templates"][0]["extra_vars"]


def test_without_a_capture_there_is_an_approval_all_the_same(data: Data) -> None:
    made = plan({**SETTINGS, "clouds": "tencent"}, data, awx=True)
    approval, block = made["workflow"]["nodes"]
    asked = {question["variable"] for question in made["workflow"]["survey_spec"]["spec"]}

    assert made["needed"]["workflow_job_templates"] == [made["workflow"]["name"]] == ["CFW approve and block"]
    assert approval["related"] == {"success_nodes": [{"identifier": "block"}]}
    assert "capture" not in approval["unified_job_template"]["description"]
    assert block["unified_job_template"]["name"] == "CFW block"
    assert not asked & {"cfw_capture_duration", "cfw_firewalls", "cfw_clouds"}
    # Alerts start it too, and say when they were.
    assert asked >= {"cfw_case_id", "cfw_targets", "cfw_victims", "cfw_direction", "cfw_event_time", "cfw_reason"}


def test_what_is_removed_is_what_was_made_for_both_clouds(data: Data) -> None:
    removed = plan(
        {
            "organization": "Default",
            "prefix": "CFW",
            "clouds": "tencent",
            "approval_timeout": 900,
            "expired_minutes": 0,
        },
        data,
        remove=True,
        awx=True,
    )

    assert len(removed["needed"]["credential_types"]) == 4
    assert len(removed["needed"]["job_templates"]) == TEMPLATES
    assert removed["needed"]["workflow_job_templates"] == ["CFW capture and block", "CFW approve and block"]


def test_no_secret_is_in_the_plan(data: Data) -> None:
    secret = {"huawei_write": {"access_key": "AK-of-nobody", "secret_key": "SK-of-nobody"}}

    assert "of-nobody" not in str(plan({**SETTINGS, "credentials": secret}, data, awx=True))


def test_the_first_part_of_a_name_is_the_prefix(data: Data) -> None:
    made = plan({**SETTINGS, "prefix": "Test"}, data, awx=True)
    names = [name for kind, names in made["needed"].items() if kind != "organizations" for name in names]

    assert names
    assert all(name.startswith("Test ") for name in names)


def test_the_on_call_team_starts_what_it_may_and_sees_the_rest(data: Data) -> None:
    on_call, sees, approvers, approval = plan(SETTINGS, data, awx=True)["grants"]

    assert (on_call["team"], on_call["role"]) == ("CFW on-call", "execute")
    assert on_call["job_templates"] == ["CFW plan", "CFW status"]
    assert on_call["workflows"] == ["CFW capture and block"]
    assert (sees["team"], sees["role"], len(sees["job_templates"])) == ("CFW on-call", "read", TEMPLATES - 2)
    assert (approvers["team"], approvers["role"], len(approvers["job_templates"])) == (
        "CFW approvers",
        "execute",
        TEMPLATES,
    )
    assert approval == {
        "team": "CFW approvers",
        "role": "approval",
        "job_templates": [],
        "workflows": ["CFW capture and block"],
    }


def test_blocking_waits_for_approval_and_capturing_does_not_stop_it(data: Data) -> None:
    capture, approval, block = plan({**SETTINGS, "approval_timeout": "60"}, data, awx=True)["workflow"]["nodes"]

    assert capture["related"] == {"always_nodes": [{"identifier": "approval"}]}
    assert approval["unified_job_template"]["timeout"] == 60
    assert approval["related"] == {"success_nodes": [{"identifier": "block"}]}
    assert block["unified_job_template"]["name"] == "CFW block"


def test_a_hook_that_is_not_wanted_is_not_used(data: Data) -> None:
    made = plan({**SETTINGS, "hook": ""}, data, awx=True)

    assert made["needed"]["notification_templates"] == []
    assert all(row["error"] == row["success"] == [] for row in made["job_templates"])
    assert made["workflow"]["hook"] == []


def test_a_store_does_instead_of_a_directory(data: Data) -> None:
    store = {"type": "s3", "bucket": "evidence"}
    made = plan({**SETTINGS, "dir": "", "store": store, "store_credential": "The bucket"}, data, awx=True)

    assert made["job_templates"][1]["extra_vars"] == {"cfw_store": store}
    # Its keys may write.
    given = [row["key"] for row in made["job_templates"] if "The bucket" in row["credentials"]]
    assert given == ["respond", "capture", "collect"]


def test_never_takes_the_schedule_away(data: Data) -> None:
    never = plan({**SETTINGS, "expired_minutes": "0"}, data, awx=True)
    often = plan({**SETTINGS, "expired_minutes": "30"}, data, awx=True)

    assert (never["schedule"]["state"], never["unscheduled"]) == ("absent", "")
    assert (often["schedule"]["state"], often["unscheduled"]) == ("present", "")
    assert often["schedule"]["rrule"].endswith("INTERVAL=30")
    assert never["schedule"]["name"] == often["schedule"]["name"]


def test_a_schedule_whose_jobs_would_know_no_firewall_is_not_made(data: Data) -> None:
    settings = {**SETTINGS, "inventory_source": False}
    without = plan(settings, data, awx=True)
    named = plan({**settings, "extra_vars": {"cfw_firewalls": "a-firewall"}}, data, awx=True)

    assert without["schedule"]["state"] == "absent"
    assert "set controller_inventory_source, or put cfw_firewalls" in without["unscheduled"]
    assert (named["schedule"]["state"], named["unscheduled"]) == ("present", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:token-of-nobody@git.example.com/cfw.git",
        "https://token-of-nobody@git.example.com/cfw.git",
        "HTTPS://token-of-nobody@git.example.com/cfw.git",
        "ssh://git:token-of-nobody@git.example.com/cfw.git",
        "git:token-of-nobody@git.example.com/cfw.git",
    ],
)
def test_a_token_in_the_repository_s_address_is_refused_and_not_shown(data: Data, url: str) -> None:
    with pytest.raises(InputError, match="controller_scm_url holds a user or a password") as caught:
        plan({**SETTINGS, "scm_url": url}, data, awx=True)

    assert "of-nobody" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    ["git@git.example.com:cfw.git", "ssh://git@git.example.com/cfw.git", "https://git.example.com:8443/x@y/cfw.git"],
)
def test_an_address_without_a_secret_is_none(data: Data, url: str) -> None:
    assert plan({**SETTINGS, "scm_url": url}, data, awx=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"image": ""}, "controller_image is missing"),
        ({"scm_url": None}, "controller_scm_url is missing"),
        ({"dir": " "}, "controller_dir and controller_store are empty"),
        ({"prefix": ""}, "controller_prefix is empty"),
        ({"organization": ""}, "controller_organization is empty"),
        ({"clouds": "aws"}, "controller_clouds holds 'aws'"),
        ({"store": "s3"}, "controller_store is 'str'; give a dictionary"),
        ({"extra_vars": {"forks": 1}}, "controller_extra_vars has 'forks'"),
        ({"extra_vars": {"cfw_case_id": "INC-1"}}, "cfw_case_id, which is of one incident"),
        ({"credentials": {"aws": {}}}, "controller_credentials has 'aws'"),
        ({"credentials": {"huawei_read": "AK"}}, "controller_credentials.huawei_read is no dictionary"),
        (
            {"credentials": {"huawei_read": {"ak": "AK"}}},
            "controller_credentials.huawei_read has 'ak'; it takes access_key",
        ),
        ({"on_call_templates": ["blok"]}, "controller_on_call_templates has 'blok'"),
        ({"approval_timeout": "soon"}, "controller_approval_timeout is 'soon'"),
        ({"expired_minutes": 1441}, "controller_expired_minutes is '1441'"),
        ({"inventory_source": "perhaps"}, "controller_inventory_source is 'perhaps'"),
    ],
)
def test_what_is_wrong_is_said(data: Data, changed: Data, said: str) -> None:
    with pytest.raises(InputError) as caught:
        plan({**SETTINGS, **changed}, data, awx=True)

    assert said in caught.value.message


def test_everything_that_is_wrong_is_said_at_once(data: Data) -> None:
    with pytest.raises(InputError, match=r"controller_expired_minutes.*controller_image.*controller_scm_url"):
        plan({**SETTINGS, "image": "", "scm_url": "", "expired_minutes": ""}, data, awx=True)


def test_without_awx_awx_it_says_how_to_get_it(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'ansible_collections.awx'")

    monkeypatch.setattr("importlib.util.find_spec", nothing)
    with pytest.raises(InputError, match=r"ansible-galaxy collection install awx\.awx"):
        plan(SETTINGS, data)


def test_what_is_missing_is_named_with_its_page() -> None:
    needed = {"organizations": ["Default"], "teams": ["CFW on-call", "CFW approvers"]}

    assert missing(needed, {"organizations": ["Default"], "teams": ["CFW approvers"]}) == ["teams: CFW on-call"]
    assert missing(needed, {}) == ["organizations: Default", "teams: CFW on-call", "teams: CFW approvers"]
