# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role controller gives to AWX, and what AWX makes of it for a job: injected variables, answers of surveys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from emulator import HUAWEI_REGION, Emulator
from emulator import accounts as keys
from support import awx_rules as rules
from support.awx_role import read_data

_data = lru_cache(maxsize=1)(read_data)


def template(key: str) -> dict[str, Any]:
    (found,) = [one for one in _data()["job_templates"] if one["key"] == key]
    return dict(found)


def templates() -> list[str]:
    return [one["key"] for one in _data()["job_templates"]]


def questions(key: str) -> list[str]:
    """The variables that a template's survey asks for."""
    return [_data()["questions"][name]["variable"] for name in template(key)["questions"]]


def survey(key: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a launch by API: the answers, and the defaults of what was not answered."""
    spec = [_data()["questions"][name] for name in template(key)["questions"]]
    found, refused = rules.launched({"spec": spec}, answers)
    assert not refused, f"AWX would refuse this launch of {key}: {refused}"
    return found


def injected(key: str, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the credentials of a template put into a job's environment; an input that is left empty is empty there."""
    found: dict[str, str] = {}
    for kind in template(key)["credentials"]:
        (body,) = [one for one in _data()["credential_types"] if one["key"] == kind]
        given = inputs[body["cloud"]]
        unknown = set(given) - {field["id"] for field in body["inputs"]["fields"]}
        assert not unknown, f"{kind} has no field for {unknown}"
        found |= rules.injected(body, given)
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
