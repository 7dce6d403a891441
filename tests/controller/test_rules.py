# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the rules refuse what AWX refuses: each broken example is one thing away from what passes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from support import awx_rules as rules

Body = dict[str, Any]

TYPE: Body = {
    "name": "A cloud",
    "kind": "cloud",
    "inputs": {
        "fields": [
            {"id": "key", "label": "Key", "type": "string", "secret": True},
            {"id": "site", "label": "Site", "type": "string", "choices": ["one", "two"]},
            {"id": "insecure", "label": "Do not check certificates", "type": "boolean"},
        ],
        "required": ["key"],
    },
    "injectors": {
        "env": {"CLOUD_KEY": "{{ key }}", "CLOUD_SITE": "{{ site }}", "CLOUD_INSECURE": "{{ insecure }}"},
        "file": {"template.conf": "{{ key }}"},
        "extra_vars": {"cloud": {"conf": "{{ tower.filename.conf }}"}},
    },
}
SURVEY: Body = {
    "name": "",
    "description": "",
    "spec": [
        {"type": "text", "question_name": "Case", "variable": "case", "required": True, "max": 24},
        {"type": "integer", "question_name": "Hours", "variable": "hours", "required": False, "default": 1, "min": 1},
        {
            "type": "multiplechoice",
            "question_name": "Way",
            "variable": "way",
            "required": False,
            "choices": ["in", "out"],
            "default": "in",
        },
        {
            "type": "multiselect",
            "question_name": "Clouds",
            "variable": "clouds",
            "required": False,
            "choices": ["one", "two"],
            "default": "one\ntwo",
        },
    ],
}


def change(body: Body, path: str, value: Any) -> Body:
    """A copy with one value changed, or added; None removes it."""
    body = copy.deepcopy(body)
    *way, last = (int(part) if part.isdigit() else part for part in path.split("/"))
    place: Any = body
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return body


def test_what_is_right_passes() -> None:
    assert rules.wrong_credential_type(TYPE) == []
    assert rules.wrong_survey(SURVEY) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kind", "ssh", "kind"),
        ("inputs/more", [], "more"),
        ("inputs/fields/0/label", None, "label"),
        ("inputs/fields/0/hint", "x", "hint"),
        ("inputs/fields/0/type", "integer", "integer"),
        ("inputs/fields/0/format", "email", "email"),
        ("inputs/fields/0/id", "tower", "tower"),
        ("inputs/fields/0/id", "1key", "1key"),
        ("inputs/fields/0/id", "a-key", "a-key"),
        ("inputs/fields/1/id", "key", "more than once"),
        ("inputs/fields/1/choices", [], "choices"),
        ("inputs/fields/1/choices", ["one", "one"], "choices"),
        ("inputs/fields/1/default", "three", "none of its choices"),
        ("inputs/fields/1/default", "one", "only a form has"),
        ("inputs/fields/1/default", True, "default"),
        ("inputs/fields/2/choices", ["one"], "choices"),
        ("inputs/fields/2/multiline", True, "multiline"),
        ("inputs/fields/2/format", "url", "format"),
        ("inputs/fields/2/secret", True, "secret"),
        ("inputs/fields/2/default", "yes", "default"),
        ("inputs/fields/2/default", True, "only a form has"),
        ("inputs/required/1", "token", "token is required and not defined"),
        ("injectors/vars", {}, "vars"),
        ("injectors/env/CLOUD-KEY", "x", "CLOUD-KEY"),
        ("injectors/env/ANSIBLE_CONFIG", "x", "ANSIBLE_CONFIG"),
        ("injectors/env/JOB_ID", "x", "JOB_ID"),
        ("injectors/env/PATH", "x", "PATH"),
        ("injectors/env/CLOUD_KEY", "schlüssel", "CLOUD_KEY"),
        ("injectors/env/CLOUD_KEY", "{{ token }}", "token"),
        ("injectors/env/CLOUD_KEY", "{{ key", "key"),
        ("injectors/file/template", "{{ key }}", "template and template.x"),
        ("injectors/file/other", "{{ key }}", "other"),
        ("injectors/extra_vars/cloud/conf", "{{ tower.filename.other }}", "other"),
    ],
)
def test_a_broken_credential_type_is_refused(path: str, value: Any, said: str) -> None:
    wrong = rules.wrong_credential_type(change(TYPE, path, value))

    assert wrong
    assert said in "; ".join(wrong)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("name", None, "name"),
        ("description", None, "description"),
        ("spec", [], "spec"),
        ("spec/0/type", "boolean", "boolean"),
        ("spec/0/question_name", None, "question_name"),
        ("spec/0/variable", None, "variable"),
        ("spec/0/variable", "a case", "a case"),
        ("spec/0/required", None, "required"),
        ("spec/0/required", "true", "true"),
        ("spec/0/required", False, "has no default"),
        ("spec/0/default", "INC-1", "is required and has a default"),
        ("spec/0/help", "x", "help"),
        ("spec/1/default", "1", "'1'"),
        ("spec/1/default", 0, "not between min and max"),
        ("spec/1/min", "1", "'1'"),
        ("spec/1/variable", "case", "more than once"),
        ("spec/2/choices", None, "choices"),
        ("spec/2/choices", "in\nout", "choices"),
        ("spec/2/default", "i", "none of the choices"),
        ("spec/3/default", ["one", "two"], "default"),
        ("spec/3/default", "one,two", "none of the choices"),
    ],
)
def test_a_broken_survey_is_refused(path: str, value: Any, said: str) -> None:
    wrong = rules.wrong_survey(change(SURVEY, path, value))

    assert wrong
    assert said in "; ".join(wrong)


def test_an_input_left_empty_is_an_empty_variable() -> None:
    assert rules.injected(TYPE, {"key": "k"}) == {"CLOUD_KEY": "k", "CLOUD_SITE": "", "CLOUD_INSECURE": "False"}


def test_a_launch_by_the_api_gets_the_defaults_of_what_is_not_required() -> None:
    variables, wrong = rules.launched(SURVEY, {"case": "INC-1"})

    # Those of a multiselect are dropped.
    assert (variables, wrong) == ({"case": "INC-1", "hours": 1, "way": "in"}, [])


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "'case' value missing"),
        ({"case": "x" * 25}, "too large"),
        ({"case": ["INC-1"]}, "another type"),
        ({"case": "INC-1", "hours": "1"}, "another type"),
        ({"case": "INC-1", "hours": 0}, "too small"),
        ({"case": "INC-1", "way": ""}, "one of"),
        ({"case": "INC-1", "clouds": "one"}, "another type"),
        ({"case": "INC-1", "clouds": ["three"]}, "one of"),
        ({"case": "INC-1", "other": "x"}, "not allowed"),
    ],
)
def test_a_launch_is_refused(answers: Body, said: str) -> None:
    _variables, wrong = rules.launched(SURVEY, answers)

    assert said in "; ".join(wrong)
