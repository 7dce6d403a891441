# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role controller gives to AWX, and what AWX makes of it for a job: injected variables, answers of surveys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from emulator import HUAWEI_REGION, Emulator
from emulator import accounts as keys

ROLE = Path(__file__).resolve().parents[2] / "roles" / "controller"
PROJECT = ROLE / "files" / "project"


class _Loader(yaml.SafeLoader):
    """Reads `!unsafe` as Ansible does: text that is no template."""


_Loader.add_constructor("!unsafe", lambda _loader, node: str(node.value))


@lru_cache(maxsize=1)
def _data() -> Any:
    return yaml.load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"), _Loader)


def template(key: str) -> dict[str, Any]:
    (found,) = [one for one in _data()["controller_job_templates"] if one["key"] == key]
    return dict(found)


def templates() -> list[str]:
    return [one["key"] for one in _data()["controller_job_templates"]]


def questions(key: str) -> list[str]:
    """The variables that a template's survey asks for."""
    return [_data()["controller_questions"][name]["variable"] for name in template(key)["questions"]]


def survey(key: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a launch by API: the answers, and the defaults of what was not answered."""
    found = {}
    for name in template(key)["questions"]:
        question = _data()["controller_questions"][name]
        variable = question["variable"]
        if variable in answers:
            found[variable] = answers[variable]
        elif question["required"]:
            raise AssertionError(f"AWX would refuse to launch {key} without {variable}")
        elif "default" in question:
            found[variable] = question["default"]
    unknown = set(answers) - set(found)
    assert not unknown, f"AWX would drop {unknown} from a launch of {key}: no question asks for it"
    return found


def injected(key: str, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the credentials of a template put into a job's environment; an input that is left empty is empty there."""
    found: dict[str, str] = {}
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    for kind in template(key)["credentials"]:
        (type_,) = [one for one in _data()["controller_credential_types"] if one["key"] == kind]
        given = inputs[type_["cloud"]]
        fields = {one["id"]: given.get(one["id"], "") for one in type_["inputs"]["fields"]}
        assert set(given) <= set(fields), f"{kind} has no field for {set(given) - set(fields)}"
        assert set(type_["injectors"]) == {"env"}
        for name, text in type_["injectors"]["env"].items():
            found[name] = jinja.from_string(text).render(fields)
    return found


def inputs_of(emu: Emulator, *, temporary: bool = False) -> dict[str, dict[str, str]]:
    """What somebody typed into the credentials' forms; what can be empty is, except with temporary keys."""
    where = {"region": HUAWEI_REGION, "endpoint": emu.url, "iam_endpoint": emu.url}
    if temporary:
        huawei = {
            "access_key": keys.HUAWEI_TEMP_AK,
            "secret_key": keys.HUAWEI_TEMP_SK,
            "security_token": keys.HUAWEI_TEMP_TOKEN,
            "project_id": keys.HUAWEI_PROJECT_ID,
        }
        tencent = {
            "secret_id": keys.TENCENT_TEMP_ID,
            "secret_key": keys.TENCENT_TEMP_KEY,
            "token": keys.TENCENT_TEMP_TOKEN,
        }
    else:
        huawei = {"access_key": keys.HUAWEI_AK, "secret_key": keys.HUAWEI_SK}
        tencent = {"secret_id": keys.TENCENT_SECRET_ID, "secret_key": keys.TENCENT_SECRET_KEY}
    return {"huawei": {**huawei, **where}, "tencent": {**tencent, "endpoint": emu.url}}


SECRETS = (
    *(keys.HUAWEI_AK, keys.HUAWEI_SK, keys.HUAWEI_TEMP_AK, keys.HUAWEI_TEMP_SK, keys.HUAWEI_TEMP_TOKEN),
    *(keys.TENCENT_SECRET_ID, keys.TENCENT_SECRET_KEY),
    *(keys.TENCENT_TEMP_ID, keys.TENCENT_TEMP_KEY, keys.TENCENT_TEMP_TOKEN),
    # What opens a capture that somebody was given the link of
    *("captcha=", '"captcha"', "Signature=", "/obs/"),
)
