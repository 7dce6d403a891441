# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a credential comes from, and what is said when there is none or half of one."""

from __future__ import annotations

import errno
import inspect
import json
import os
import socket
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils import _credentials
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._credentials import Credential
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import credentials as huawei
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, parse_endpoint
from ansible_collections.secops.cfw.plugins.module_utils._tencent import credentials as tencent

KEY, SECRET, TOKEN, OTHER = "KEYKEYKEY0001", "secretsecret%02", "tokentoken/03==", "othersecret04"
SECRETS = (KEY, SECRET, TOKEN, OTHER)
NOW = 1_800_000_000.0

HUAWEI_FILE = ".huaweicloud/credentials"
TENCENT_FILE = ".tencentcloud/credentials"
TCCLI_DEFAULT = ".tccli/default.credential"
TCCLI_PROD = ".tccli/prod.credential"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def context(home: Path, environ: Mapping[str, str] | None = None) -> Context:
    return Context(environ=environ or {}, home=str(home), time=lambda: NOW)


def write(home: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def parts(credential: Credential) -> tuple[str, str, str, str, str]:
    return (
        credential.key_id,
        credential.secret,
        credential.token,
        credential.auth_token,
        credential.project_id,
    )


def never(_context: Context) -> Credential:
    raise AssertionError("the metadata service was asked")


def refusal(
    cloud: ModuleType,
    home: Path,
    params: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    fetch: Any = never,
) -> str:
    """What the user reads; no secret may be in it, nor in a traceback."""
    with pytest.raises(InputError) as caught:
        cloud.resolve(params, context(home, environ), fetch)
    shown = "".join(traceback.format_exception(caught.type, caught.value, caught.value.__traceback__))
    for text in (shown, repr(caught.value), caught.value.sentence(), str(caught.value.as_dict())):
        for secret in SECRETS:
            assert secret not in text
    return caught.value.sentence()


# Each source alone: options, environment, files, and the parts that it gives.
SOURCES: list[tuple[str, ModuleType, dict[str, Any], dict[str, str], dict[str, str], tuple[str, ...], str]] = [
    (
        "huawei options",
        huawei,
        {"access_key": KEY, "secret_key": SECRET},
        {},
        {},
        (KEY, SECRET, "", "", ""),
        "options access_key and secret_key",
    ),
    (
        "huawei options with a token",
        huawei,
        {"access_key": KEY, "secret_key": SECRET, "security_token": TOKEN},
        {},
        {},
        (KEY, SECRET, TOKEN, "", ""),
        "options access_key and secret_key",
    ),
    (
        "huawei option auth_token",
        huawei,
        {"auth_token": TOKEN},
        {},
        {},
        ("", "", "", TOKEN, ""),
        "options auth_token",
    ),
    (
        "huawei SDK family",
        huawei,
        {},
        {
            "HUAWEICLOUD_SDK_AK": KEY,
            "HUAWEICLOUD_SDK_SK": SECRET,
            "HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN,
            "HUAWEICLOUD_SDK_PROJECT_ID": "p1",
        },
        {},
        (KEY, SECRET, TOKEN, "", "p1"),
        "environment HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK",
    ),
    (
        "huawei HW family",
        huawei,
        {},
        {"HW_ACCESS_KEY": KEY, "HW_SECRET_KEY": SECRET, "HW_SECURITY_TOKEN": TOKEN, "HW_PROJECT_ID": "p2"},
        {},
        (KEY, SECRET, TOKEN, "", "p2"),
        "environment HW_ACCESS_KEY and HW_SECRET_KEY",
    ),
    (
        "huawei CLOUD_SDK family",
        huawei,
        {},
        {"CLOUD_SDK_AK": KEY, "CLOUD_SDK_SK": SECRET},
        {},
        (KEY, SECRET, "", "", ""),
        "environment CLOUD_SDK_AK and CLOUD_SDK_SK",
    ),
    (
        "huawei token family",
        huawei,
        {},
        {"HW_AUTH_TOKEN": TOKEN, "HW_PROJECT_ID": "p3"},
        {},
        ("", "", "", TOKEN, "p3"),
        "environment HW_AUTH_TOKEN",
    ),
    (
        "huawei profile",
        huawei,
        {"profile": "prod"},
        {},
        {HUAWEI_FILE: f"[basic]\nak = x\n[prod]\nAK={KEY}\nsk : {SECRET}\nsecurity_token={TOKEN}\nproject_id=p4\n"},
        (KEY, SECRET, TOKEN, "", "p4"),
        "section [prod] of HOME/.huaweicloud/credentials: ak and sk",
    ),
    (
        "huawei default file, with the mark that some editors put first",
        huawei,
        {},
        {},
        {HUAWEI_FILE: f"\ufeff[basic]\nak={KEY}\nsk={SECRET}\n"},
        (KEY, SECRET, "", "", ""),
        "section [basic] of HOME/.huaweicloud/credentials: ak and sk",
    ),
    (
        "tencent options",
        tencent,
        {"secret_id": KEY, "secret_key": SECRET, "token": TOKEN},
        {},
        {},
        (KEY, SECRET, TOKEN, "", ""),
        "options secret_id and secret_key",
    ),
    (
        "tencent environment",
        tencent,
        {},
        {"TENCENTCLOUD_SECRET_ID": KEY, "TENCENTCLOUD_SECRET_KEY": SECRET},
        {},
        (KEY, SECRET, "", "", ""),
        "environment TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY",
    ),
    (
        "tencent environment, token of tccli",
        tencent,
        {},
        {"TENCENTCLOUD_SECRET_ID": KEY, "TENCENTCLOUD_SECRET_KEY": SECRET, "TENCENTCLOUD_TOKEN": TOKEN},
        {},
        (KEY, SECRET, TOKEN, "", ""),
        "environment TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY",
    ),
    (
        "tencent environment, token of Terraform",
        tencent,
        {},
        {"TENCENTCLOUD_SECRET_ID": KEY, "TENCENTCLOUD_SECRET_KEY": SECRET, "TENCENTCLOUD_SECURITY_TOKEN": TOKEN},
        {},
        (KEY, SECRET, TOKEN, "", ""),
        "environment TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY",
    ),
    (
        "tencent environment, both tokens alike",
        tencent,
        {},
        {
            "TENCENTCLOUD_SECRET_ID": KEY,
            "TENCENTCLOUD_SECRET_KEY": SECRET,
            "TENCENTCLOUD_TOKEN": TOKEN,
            "TENCENTCLOUD_SECURITY_TOKEN": TOKEN,
        },
        {},
        (KEY, SECRET, TOKEN, "", ""),
        "environment TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY",
    ),
    (
        "tencent profile of tccli",
        tencent,
        {"profile": "prod"},
        {},
        {
            TCCLI_PROD: json.dumps(
                {"secretId": KEY, "secretKey": SECRET, "token": TOKEN, "type": "", "role-arn": None}
            ),
            TENCENT_FILE: "[prod]\nsecret_id=x\nsecret_key=y\n",
        },
        (KEY, SECRET, TOKEN, "", ""),
        "HOME/.tccli/prod.credential: secretId and secretKey",
    ),
    (
        "tencent profile of the SDK",
        tencent,
        {"profile": "prod"},
        {},
        {TENCENT_FILE: f"[prod]\nsecret_id={KEY}\nsecret_key={SECRET}\ntoken={TOKEN}\n"},
        (KEY, SECRET, TOKEN, "", ""),
        "section [prod] of HOME/.tencentcloud/credentials: secret_id and secret_key",
    ),
    (
        "tencent default of tccli",
        tencent,
        {},
        {},
        {
            TCCLI_DEFAULT: json.dumps({"secretId": KEY, "secretKey": SECRET}),
            TENCENT_FILE: "[default]\nsecret_id=x\nsecret_key=y\n",
        },
        (KEY, SECRET, "", "", ""),
        "HOME/.tccli/default.credential: secretId and secretKey",
    ),
    (
        "tencent default of the SDK",
        tencent,
        {},
        {},
        {TENCENT_FILE: f"[default]\nsecret_id={KEY}\nsecret_key={SECRET}\n"},
        (KEY, SECRET, "", "", ""),
        "section [default] of HOME/.tencentcloud/credentials: secret_id and secret_key",
    ),
]


@pytest.mark.parametrize(
    ("cloud", "params", "environ", "files", "expected", "source"),
    [row[1:] for row in SOURCES],
    ids=[row[0] for row in SOURCES],
)
def test_every_source_supplies_its_credential(
    home: Path,
    cloud: ModuleType,
    params: dict[str, Any],
    environ: dict[str, str],
    files: dict[str, str],
    expected: tuple[str, ...],
    source: str,
) -> None:
    write(home, files)
    surroundings = context(home, environ)
    found = cloud.resolve(params, surroundings, never)
    assert parts(found) == expected
    assert found.source == source.replace("HOME", str(home))
    assert {part for part in expected[:4] if part} <= surroundings.redactor.secrets
    for secret in SECRETS:
        assert secret not in repr(found)


HUAWEI_LADDER: list[tuple[str, dict[str, Any], dict[str, str], dict[str, str]]] = [
    ("options", {"access_key": "KEY0", "secret_key": "SECRET0"}, {}, {}),
    ("SDK", {}, {"HUAWEICLOUD_SDK_AK": "KEY1", "HUAWEICLOUD_SDK_SK": "SECRET1"}, {}),
    ("HW", {}, {"HW_ACCESS_KEY": "KEY2", "HW_SECRET_KEY": "SECRET2"}, {}),
    ("CLOUD_SDK", {}, {"CLOUD_SDK_AK": "KEY3", "CLOUD_SDK_SK": "SECRET3"}, {}),
    ("token", {}, {"HW_AUTH_TOKEN": "TOKEN4"}, {}),
    ("file", {}, {}, {HUAWEI_FILE: "[basic]\nak=KEY5\nsk=SECRET5\n"}),
    ("metadata", {"instance_metadata": True}, {}, {}),
]
TENCENT_LADDER: list[tuple[str, dict[str, Any], dict[str, str], dict[str, str]]] = [
    ("options", {"secret_id": "KEY0", "secret_key": "SECRET0"}, {}, {}),
    ("environment", {}, {"TENCENTCLOUD_SECRET_ID": "KEY1", "TENCENTCLOUD_SECRET_KEY": "SECRET1"}, {}),
    ("tccli", {}, {}, {TCCLI_DEFAULT: '{"secretId": "KEY2", "secretKey": "SECRET2"}'}),
    ("file", {}, {}, {TENCENT_FILE: "[default]\nsecret_id=KEY3\nsecret_key=SECRET3\n"}),
    ("metadata", {"instance_metadata": True}, {}, {}),
]


@pytest.mark.parametrize(
    ("cloud", "ladder", "first"),
    [
        pytest.param(cloud, ladder, first, id=f"{cloud.CLOUD} {ladder[first][0]}")
        for cloud, ladder in ((huawei, HUAWEI_LADDER), (tencent, TENCENT_LADDER))
        for first in range(len(ladder))
    ],
)
def test_the_first_source_of_the_order_wins(
    home: Path, cloud: ModuleType, ladder: list[tuple[str, dict[str, Any], dict[str, str], dict[str, str]]], first: int
) -> None:
    params: dict[str, Any] = {}
    environ: dict[str, str] = {}
    for _name, given, variables, files in ladder[first:]:
        params.update(given)
        environ.update(variables)
        write(home, files)
    asked: list[Context] = []

    def fetch(surroundings: Context) -> Credential:
        asked.append(surroundings)
        return Credential("KEYM", "SECRETM", "TOKENM", source="metadata")

    surroundings = context(home, environ)
    found = cloud.resolve(params, surroundings, fetch)
    if ladder[first][0] == "metadata":
        assert asked == [surroundings]
        assert parts(found) == ("KEYM", "SECRETM", "TOKENM", "", "")
        assert {"KEYM", "SECRETM", "TOKENM"} <= surroundings.redactor.secrets
    else:
        assert asked == []
        assert (found.key_id or found.auth_token)[-1] == str(first)


@pytest.mark.parametrize(("cloud", "variables"), [(huawei, "HUAWEICLOUD_SDK_AK"), (tencent, "TENCENTCLOUD_SECRET_ID")])
def test_a_named_profile_comes_before_the_environment(home: Path, cloud: ModuleType, variables: str) -> None:
    write(
        home,
        {HUAWEI_FILE: f"[prod]\nak={KEY}\nsk={SECRET}\n", TCCLI_PROD: f'{{"secretId":"{KEY}","secretKey":"{SECRET}"}}'},
    )
    # Half a pair in the environment does not matter: it is not looked at.
    assert cloud.resolve({"profile": "prod"}, context(home, {variables: OTHER}), never).key_id == KEY


def test_parts_of_another_source_are_never_mixed_in(home: Path) -> None:
    write(home, {HUAWEI_FILE: "[basic]\nak=x\nsk=y\nproject_id=file\n"})
    environ = {
        "HUAWEICLOUD_SDK_PROJECT_ID": "sdk",
        "HW_PROJECT_ID": "hw",
        "CLOUD_SDK_AK": KEY,
        "CLOUD_SDK_SK": SECRET,
        "HW_AUTH_TOKEN": TOKEN,
    }
    assert parts(huawei.resolve({}, context(home, environ), never)) == (KEY, SECRET, "", "", "")
    given = {"access_key": KEY, "secret_key": SECRET}
    stale = {"HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN, "HW_PROJECT_ID": "hw"}
    assert parts(huawei.resolve(given, context(home, stale), never)) == (KEY, SECRET, "", "", "")
    assert parts(
        tencent.resolve({"secret_id": KEY, "secret_key": SECRET}, context(home, {"TENCENTCLOUD_TOKEN": TOKEN}), never)
    ) == (KEY, SECRET, "", "", "")


def test_another_section_gives_nothing_to_a_profile(home: Path) -> None:
    write(home, {HUAWEI_FILE: f"[DEFAULT]\nsecurity_token={TOKEN}\nsk={OTHER}\n[prod]\nak={KEY}\nsk={SECRET}\n"})
    assert parts(huawei.resolve({"profile": "prod"}, context(home), never)) == (KEY, SECRET, "", "", "")


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
def test_blank_values_count_as_not_set(home: Path, blank: str) -> None:
    names = ("access_key", "secret_key", "security_token", "auth_token", "profile")
    environ = {name: blank for family in huawei.TABLE.families for name in (*family.needed, *family.tokens)}
    environ |= {"HW_PROJECT_ID": blank, "CLOUD_SDK_AK": KEY, "CLOUD_SDK_SK": SECRET}
    found = huawei.resolve(dict.fromkeys(names, blank), context(home, environ), never)
    assert parts(found) == (KEY, SECRET, "", "", "")
    environ = {"HW_ACCESS_KEY": KEY, "HW_SECRET_KEY": SECRET, "HW_SECURITY_TOKEN": blank, "HW_PROJECT_ID": blank}
    assert parts(huawei.resolve({}, context(home, environ), never)) == (KEY, SECRET, "", "", "")
    environ = {"TENCENTCLOUD_SECRET_ID": KEY, "TENCENTCLOUD_SECRET_KEY": SECRET, "TENCENTCLOUD_TOKEN": blank}
    found = tencent.resolve({"profile": blank, "token": blank}, context(home, environ), never)
    assert parts(found) == (KEY, SECRET, "", "", "")
    write(home, {TCCLI_PROD: json.dumps({"secretId": KEY, "secretKey": SECRET, "token": blank, "role-arn": blank})})
    assert parts(tencent.resolve({"profile": "prod"}, context(home), never)) == (KEY, SECRET, "", "", "")


def test_nothing_found_names_every_place(home: Path) -> None:
    assert refusal(huawei, home, {"access_key": " "}, {"HW_SECRET_KEY": ""}) == (
        "No credential for Huawei Cloud was found; looked at, in this order: "
        "options access_key (blank), secret_key (not set) and auth_token (not set); "
        "environment HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK (not set); "
        "environment HW_ACCESS_KEY (not set) and HW_SECRET_KEY (blank); "
        "environment CLOUD_SDK_AK and CLOUD_SDK_SK (not set); environment HW_AUTH_TOKEN (not set); "
        f"{home}/.huaweicloud/credentials (no such file); "
        "the server's metadata (not asked for: instance_metadata is false). "
        "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK in the environment, or name a profile with the option profile."
    )
    write(home, {TCCLI_DEFAULT: "{}", TENCENT_FILE: "[prod]\nsecret_id=x\n"})
    assert refusal(tencent, home, {"instance_metadata": False}) == (
        "No credential for Tencent Cloud was found; looked at, in this order: "
        "options secret_id and secret_key (not set); "
        "environment TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (not set); "
        f"{home}/.tccli/default.credential: secretId and secretKey (not set); "
        f"{home}/.tencentcloud/credentials (no section [default]); "
        "the server's metadata (not asked for: instance_metadata is false). "
        "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY in the environment, "
        "or name a profile with the option profile."
    )


def test_a_home_that_is_no_directory_holds_no_files(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")
    assert f"{home}/.huaweicloud/credentials (no such file)" in refusal(huawei, home, {})


def test_the_places_before_half_a_pair_are_named(home: Path) -> None:
    assert refusal(huawei, home, {}, {"HUAWEICLOUD_SDK_AK": " ", "HW_ACCESS_KEY": KEY}) == (
        "HW_ACCESS_KEY is set but HW_SECRET_KEY is not; one source has to supply the whole credential "
        "(looked at before, in this order: options access_key, secret_key and auth_token (not set); "
        "environment HUAWEICLOUD_SDK_AK (blank) and HUAWEICLOUD_SDK_SK (not set))."
    )


HALVES: list[tuple[ModuleType, dict[str, Any], dict[str, str], dict[str, str], str]] = [
    (huawei, {"access_key": KEY}, {}, {}, "access_key is set but secret_key is not"),
    (huawei, {"secret_key": SECRET, "access_key": ""}, {}, {}, "secret_key is set but access_key is blank"),
    (huawei, {"security_token": TOKEN}, {}, {}, "security_token is set but access_key and secret_key are not"),
    (
        huawei,
        {"access_key": KEY, "secret_key": SECRET, "auth_token": TOKEN},
        {},
        {},
        "auth_token and access_key are both set; only one of them can sign",
    ),
    (huawei, {"security_token": OTHER, "auth_token": TOKEN}, {}, {}, "auth_token and security_token are both set"),
    (huawei, {}, {"HUAWEICLOUD_SDK_AK": KEY}, {}, "HUAWEICLOUD_SDK_AK is set but HUAWEICLOUD_SDK_SK is not"),
    (
        huawei,
        {},
        {"HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN, "HW_ACCESS_KEY": KEY, "HW_SECRET_KEY": SECRET},
        {},
        "HUAWEICLOUD_SDK_SECURITY_TOKEN is set but HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not",
    ),
    (
        huawei,
        {},
        {"HW_SECURITY_TOKEN": TOKEN, "HW_ACCESS_KEY": " ", "HW_SECRET_KEY": ""},
        {},
        "HW_SECURITY_TOKEN is set but HW_ACCESS_KEY and HW_SECRET_KEY are blank",
    ),
    (huawei, {}, {"HW_SECRET_KEY": SECRET}, {}, "HW_SECRET_KEY is set but HW_ACCESS_KEY is not"),
    (huawei, {}, {"CLOUD_SDK_SK": SECRET}, {}, "CLOUD_SDK_SK is set but CLOUD_SDK_AK is not"),
    (
        huawei,
        {"profile": "prod"},
        {},
        {HUAWEI_FILE: f"[prod]\nak={KEY}\n"},
        "ak in section [prod] of HOME/.huaweicloud/credentials is set but sk in section [prod] of "
        "HOME/.huaweicloud/credentials is not",
    ),
    (
        huawei,
        {"instance_metadata": True},
        {},
        {HUAWEI_FILE: f"[basic]\nsk={SECRET}\nak=\n"},
        "sk in section [basic] of HOME/.huaweicloud/credentials is set but ak in section [basic] of "
        "HOME/.huaweicloud/credentials is blank",
    ),
    (tencent, {"secret_id": KEY}, {}, {}, "secret_id is set but secret_key is not"),
    (tencent, {"token": TOKEN}, {}, {}, "token is set but secret_id and secret_key are not"),
    (
        tencent,
        {},
        {"TENCENTCLOUD_SECRET_KEY": SECRET},
        {},
        "TENCENTCLOUD_SECRET_KEY is set but TENCENTCLOUD_SECRET_ID is not",
    ),
    (
        tencent,
        {},
        {"TENCENTCLOUD_SECURITY_TOKEN": TOKEN},
        {},
        "TENCENTCLOUD_SECURITY_TOKEN is set but TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not",
    ),
    (
        tencent,
        {},
        {
            "TENCENTCLOUD_SECRET_ID": KEY,
            "TENCENTCLOUD_SECRET_KEY": SECRET,
            "TENCENTCLOUD_TOKEN": TOKEN,
            "TENCENTCLOUD_SECURITY_TOKEN": OTHER,
        },
        {},
        "TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are set and differ; unset the one that is out of date",
    ),
    (
        tencent,
        {"profile": "prod"},
        {},
        {TCCLI_PROD: json.dumps({"secretId": KEY})},
        "secretId in HOME/.tccli/prod.credential is set but secretKey in HOME/.tccli/prod.credential is not",
    ),
    (
        tencent,
        {},
        {},
        {TCCLI_DEFAULT: json.dumps({"secretKey": SECRET}), TENCENT_FILE: "[default]\nsecret_id=x\nsecret_key=y\n"},
        "secretKey in HOME/.tccli/default.credential is set but secretId in HOME/.tccli/default.credential is not",
    ),
]


@pytest.mark.parametrize(("cloud", "params", "environ", "files", "expected"), HALVES)
def test_half_a_credential_is_an_error_and_no_other_source_steps_in(
    home: Path,
    cloud: ModuleType,
    params: dict[str, Any],
    environ: dict[str, str],
    files: dict[str, str],
    expected: str,
) -> None:
    write(home, files)
    sentence = refusal(cloud, home, params, environ)
    assert sentence.startswith(expected.replace("HOME", str(home)))
    assert "one source has to supply the whole credential" in sentence


@pytest.mark.parametrize(
    ("cloud", "given"),
    [
        *[(huawei, name) for name in ("access_key", "secret_key", "security_token", "auth_token")],
        *[(tencent, name) for name in ("secret_id", "secret_key", "token")],
    ],
)
def test_a_profile_together_with_keys_is_refused(home: Path, cloud: ModuleType, given: str) -> None:
    assert refusal(cloud, home, {"profile": "prod", given: KEY}) == (
        f"profile and {given} are both given; give the keys or the name of a profile, not both."
    )


@pytest.mark.parametrize("padded", [f" {KEY}", f"{KEY} ", f"{KEY}\n", f"\t{KEY}", f"{KEY}\u00a0"])
def test_a_padded_key_is_refused_and_not_shown(home: Path, padded: str) -> None:
    sentence = " has blanks or line breaks around its value; remove them."
    assert refusal(huawei, home, {"access_key": padded, "secret_key": SECRET}) == "access_key" + sentence
    assert refusal(huawei, home, {"access_key": OTHER, "secret_key": padded}) == "secret_key" + sentence
    assert refusal(huawei, home, {}, {"HW_AUTH_TOKEN": padded}) == "HW_AUTH_TOKEN" + sentence
    environ = {"TENCENTCLOUD_SECRET_ID": OTHER, "TENCENTCLOUD_SECRET_KEY": SECRET}
    for name in (*environ, "TENCENTCLOUD_TOKEN"):
        assert refusal(tencent, home, {}, environ | {name: padded}) == name + sentence
    environ = {"HW_ACCESS_KEY": OTHER, "HW_SECRET_KEY": SECRET, "HW_PROJECT_ID": padded}
    assert refusal(huawei, home, {}, environ) == "HW_PROJECT_ID" + sentence
    write(home, {TCCLI_PROD: json.dumps({"secretId": padded, "secretKey": SECRET})})
    assert refusal(tencent, home, {"profile": "prod"}) == f"secretId in {home}/.tccli/prod.credential" + sentence


def test_padding_is_hidden_along_with_the_key(home: Path) -> None:
    surroundings = context(home)
    with pytest.raises(InputError):
        huawei.resolve({"access_key": f" {KEY} ", "secret_key": SECRET}, surroundings, never)
    assert KEY in surroundings.redactor.secrets


@pytest.mark.parametrize("strange", ["KEYKEY KEY0001", "KEYKEY\nKEY0001", "KEYKEY\u00e9", "KEYKEY\x7f"])
def test_a_key_with_strange_characters_is_refused(home: Path, strange: str) -> None:
    assert refusal(huawei, home, {"access_key": strange, "secret_key": SECRET}) == (
        "access_key contains a character that can't be right: a blank, a line break, or one outside ASCII."
    )


def test_a_continued_line_of_an_ini_file_is_no_key(home: Path) -> None:
    write(home, {HUAWEI_FILE: f"[basic]\nak={KEY}\nsk={SECRET}\n  more\n"})
    assert refusal(huawei, home, {}) == (
        f"sk in section [basic] of {home}/.huaweicloud/credentials contains a character that can't be right: "
        "a blank, a line break, or one outside ASCII."
    )


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("../prod", "profile ../prod is the name of a profile, not a path: no slash, no bracket and no '..' in it."),
        ("a/b", "profile a/b is the name of a profile, not a path"),
        ("/etc/passwd", "profile /etc/passwd is the name of a profile, not a path"),
        ("a\\b", "profile a\\b is the name of a profile, not a path"),
        ("..", "profile .. is the name of a profile, not a path"),
        ("[prod]", "profile [prod] is the name of a profile, not a path"),
        (" prod", "profile ' prod' has blanks around it or unprintable characters in it; remove them."),
        ("prod\n", "profile 'prod\\n' has blanks around it"),
        ("pr\0od", "profile 'pr\\x00od' has blanks around it or unprintable characters in it"),
    ],
)
@pytest.mark.parametrize("cloud", [huawei, tencent])
def test_a_profile_is_a_name(home: Path, cloud: ModuleType, profile: str, expected: str) -> None:
    assert refusal(cloud, home, {"profile": profile}).startswith(expected)


def test_a_missing_profile_names_the_places(home: Path) -> None:
    environ = {"HW_ACCESS_KEY": KEY, "HW_SECRET_KEY": SECRET}
    assert refusal(huawei, home, {"profile": "prod", "instance_metadata": True}, environ) == (
        f"Profile prod was not found; looked at: {home}/.huaweicloud/credentials (no such file)."
    )
    write(home, {TENCENT_FILE: "[default]\nsecret_id=x\nsecret_key=y\n"})
    assert refusal(tencent, home, {"profile": "prod"}) == (
        f"Profile prod was not found; looked at: {home}/.tccli/prod.credential (no such file); "
        f"{home}/.tencentcloud/credentials (no section [prod])."
    )


def test_a_profile_without_keys_is_refused(home: Path) -> None:
    write(home, {HUAWEI_FILE: "[prod]\nproject_id=p\n", TCCLI_PROD: '{"secretId": null}'})
    assert refusal(huawei, home, {"profile": "prod"}) == (
        f"Profile prod can't be used: section [prod] of {home}/.huaweicloud/credentials has no ak and sk."
    )
    # The SDK's file is not a substitute for tccli's.
    write(home, {TENCENT_FILE: f"[prod]\nsecret_id={KEY}\nsecret_key={SECRET}\n"})
    assert refusal(tencent, home, {"profile": "prod"}) == (
        f"Profile prod can't be used: {home}/.tccli/prod.credential has no secretId and secretKey."
    )


TCCLI_REFUSED = [
    ({"type": "cvm-role"}, "is of type cvm-role; set instance_metadata: true to use the server's role"),
    (
        {"type": "oauth", "secretId": KEY, "secretKey": SECRET, "token": TOKEN},
        "is of type oauth, which only tccli can refresh; give a key pair, or temporary keys with their token",
    ),
    ({"type": "sso", "secretId": KEY, "secretKey": SECRET}, "is of type sso, which only tccli can refresh"),
    (
        {"secretId": KEY, "secretKey": SECRET, "role-arn": "qcs::cam::uin/1:roleName/x"},
        "names a role to assume (role-arn); give the temporary keys of the role, which tccli can fetch",
    ),
]


@pytest.mark.parametrize(("entries", "expected"), TCCLI_REFUSED)
def test_a_tccli_profile_that_tccli_would_not_sign_with_directly(
    home: Path, entries: dict[str, str], expected: str
) -> None:
    write(home, {TCCLI_PROD: json.dumps(entries), TCCLI_DEFAULT: json.dumps(entries)})
    assert refusal(tencent, home, {"profile": "prod"}).startswith(
        f"Profile prod can't be used: {home}/.tccli/prod.credential {expected}"
    )
    # Nobody asked for the default one: it is passed over, and named if nothing else is found.
    assert f"; {home}/.tccli/default.credential ({expected}" in refusal(tencent, home, {})
    write(home, {TENCENT_FILE: f"[default]\nsecret_id={OTHER}\nsecret_key={SECRET}\n"})
    assert tencent.resolve({}, context(home), never).key_id == OTHER


# The file's content, and how it is refused.
BROKEN: list[tuple[ModuleType, str, bytes, str]] = [
    (huawei, HUAWEI_FILE, f"{SECRET}\n".encode(), "can't be read as an INI file: line 1 is malformed"),
    (
        huawei,
        HUAWEI_FILE,
        f"[basic]\nak={KEY}\n{SECRET}\n".encode(),
        "can't be read as an INI file: line 3 is malformed",
    ),
    (huawei, HUAWEI_FILE, f"[basic]\nak={KEY}\nak={SECRET}\n".encode(), "can't be read as an INI file: line 3 is"),
    (huawei, HUAWEI_FILE, f"[basic]\nak={KEY}\n[basic]\n".encode(), "can't be read as an INI file: line 3 is"),
    (huawei, HUAWEI_FILE, f"[basic]\nak={KEY}".encode("utf-16"), "is not text in UTF-8; save it in that encoding"),
    (tencent, TENCENT_FILE, f"secret_id={KEY}".encode(), "can't be read as an INI file: line 1 is malformed"),
    (tencent, TCCLI_DEFAULT, f'{{"secretId":\n"{KEY}"'.encode(), "can't be read as JSON: line 2 is malformed"),
    (tencent, TCCLI_DEFAULT, f'["{KEY}"]'.encode(), "holds no JSON object with a credential in it"),
    (tencent, TCCLI_DEFAULT, b"\xff\xfe\x00", "is not text in UTF-8"),
    (tencent, TCCLI_DEFAULT, b"", "can't be read as JSON: line 1 is malformed"),
    (tencent, TCCLI_DEFAULT, b'{"secretId": 12345}', "is not a text; put it between quotation marks"),
]


@pytest.mark.parametrize(("cloud", "name", "content", "expected"), BROKEN)
def test_a_broken_file_is_an_error_and_not_shown(
    home: Path, cloud: ModuleType, name: str, content: bytes, expected: str
) -> None:
    write(home, {name: ""})
    (home / name).write_bytes(content)
    sentence = refusal(cloud, home, {"instance_metadata": True})
    assert f"{home}/{name} {expected}" in sentence


@pytest.mark.parametrize(("cloud", "name"), [(huawei, HUAWEI_FILE), (tencent, TCCLI_PROD), (tencent, TENCENT_FILE)])
def test_a_directory_in_the_place_of_a_file(home: Path, cloud: ModuleType, name: str) -> None:
    (home / name).mkdir(parents=True)
    assert refusal(cloud, home, {"profile": "prod"}) == f"{home}/{name} can't be read: Is a directory."


def test_a_file_of_somebody_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: str, **_options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    # Root, as whom tests may run, is forbidden nothing.
    monkeypatch.setattr(_credentials, "open", forbidden, raising=False)
    assert refusal(huawei, home, {}) == f"{home}/{HUAWEI_FILE} can't be read: Permission denied."


def test_a_file_that_leads_to_itself(home: Path) -> None:
    write(home, {HUAWEI_FILE: ""})
    (home / HUAWEI_FILE).unlink()
    (home / HUAWEI_FILE).symlink_to(home / HUAWEI_FILE)
    assert refusal(huawei, home, {}) == f"{home}/{HUAWEI_FILE} can't be read: Too many levels of symbolic links."


# The servers' metadata


@dataclass
class Service:
    """A metadata service on loopback: answers by method and path, and what it was asked."""

    answers: dict[str, tuple[int, str]]
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    endpoint: Endpoint = field(default_factory=lambda: Endpoint("http", "127.0.0.1", 80))


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service({})

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.asked.append((f"{self.command} {self.path}", headers, body))
            status, text = state.answers.get(f"{self.command} {self.path}", (404, "not here"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", text)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = answer

        def log_message(self, *_args: object) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.endpoint = parse_endpoint(f"http://127.0.0.1:{server.server_port}", "the test")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


TOKEN_CALL = "PUT /meta-data/latest/api/token"
KEY_CALL = "GET /openstack/latest/securitykey"
ROLES_CALL = "GET /latest/meta-data/cam/security-credentials/"
ROLE_CALL = ROLES_CALL + "incident"


def huawei_keys(**changed: Any) -> str:
    keys = {"access": KEY, "secret": SECRET, "securitytoken": TOKEN, "expires_at": "2027-01-15T08:00:01.000000Z"}
    return json.dumps({"credential": {name: value for name, value in (keys | changed).items() if value is not None}})


def tencent_keys(**changed: Any) -> str:
    keys = {"Code": "Success", "TmpSecretId": KEY, "TmpSecretKey": SECRET, "Token": TOKEN, "ExpiredTime": int(NOW) + 1}
    return json.dumps({name: value for name, value in (keys | changed).items() if value is not None})


def from_metadata(
    cloud: ModuleType, service: Service, home: Path, environ: Mapping[str, str] | None = None
) -> Credential:
    fetch = partial(cloud.fetch_metadata, endpoint=service.endpoint)
    found = cloud.resolve({"instance_metadata": True}, context(home, environ), fetch)
    assert isinstance(found, Credential)
    return found


def no_metadata(cloud: ModuleType, service: Service, home: Path) -> str:
    fetch = partial(cloud.fetch_metadata, endpoint=service.endpoint)
    sentence = refusal(cloud, home, {"instance_metadata": True}, fetch=fetch)
    ending = f"; instance_metadata works only on a server of {cloud.CLOUD} that has a role or agency."
    assert sentence.startswith(f"The metadata service at {service.endpoint.authority} ")
    assert sentence.endswith(ending)
    return sentence.removeprefix(f"The metadata service at {service.endpoint.authority} ").removesuffix(ending)


def test_the_addresses_are_fixed_and_link_local() -> None:
    assert huawei.METADATA.url == "http://169.254.169.254"
    assert tencent.METADATA.url == "http://169.254.0.23"
    for cloud in (huawei, tencent):
        assert inspect.signature(cloud.fetch_metadata).parameters["endpoint"].default is cloud.METADATA
        assert inspect.signature(cloud.resolve).parameters["fetch_metadata"].default is cloud.fetch_metadata
    assert _credentials.METADATA_TIMEOUT == 3.0


def test_huawei_metadata_with_a_session_token(home: Path, service: Service) -> None:
    service.answers = {TOKEN_CALL: (200, OTHER + "\n"), KEY_CALL: (200, huawei_keys())}
    found = from_metadata(huawei, service, home)
    assert parts(found) == (KEY, SECRET, TOKEN, "", "")
    assert found.source == "the metadata of this Huawei Cloud server"
    assert [call for call, _headers, _body in service.asked] == [TOKEN_CALL, KEY_CALL]
    assert service.asked[0][1]["x-metadata-token-ttl-seconds"] == "21600"
    assert service.asked[1][1]["x-metadata-token"] == OTHER
    for _call, headers, body in service.asked:
        assert body == b""
        assert not {"authorization", "x-auth-token", "cookie"} & set(headers)


def test_the_session_token_and_the_keys_are_hidden(home: Path, service: Service) -> None:
    service.answers = {TOKEN_CALL: (200, OTHER), KEY_CALL: (200, huawei_keys())}
    surroundings = context(home)
    huawei.resolve({"instance_metadata": True}, surroundings, partial(huawei.fetch_metadata, endpoint=service.endpoint))
    assert set(SECRETS) <= surroundings.redactor.secrets


@pytest.mark.parametrize("status", [404, 405, 503])
def test_huawei_metadata_of_a_server_without_session_tokens(home: Path, service: Service, status: int) -> None:
    service.answers = {TOKEN_CALL: (status, ""), KEY_CALL: (200, huawei_keys(expires_at="soon"))}
    assert parts(from_metadata(huawei, service, home)) == (KEY, SECRET, TOKEN, "", "")
    assert "x-metadata-token" not in service.asked[1][1]


HUAWEI_METADATA_REFUSED = [
    ((403, ""), (200, huawei_keys()), "refused a token (HTTP 403)"),
    ((200, "two words"), (200, huawei_keys()), "gave an answer that is not understood"),
    ((200, ""), (200, huawei_keys()), "gave an answer that is not understood"),
    ((302, "http://127.0.0.1:1/"), (200, huawei_keys()), "did not answer (redirected)"),
    ((404, ""), (404, ""), "has no keys (HTTP 404)"),
    ((200, OTHER), (401, ""), "has no keys (HTTP 401)"),
    ((200, OTHER), (200, "<html>"), "gave an answer that is not understood"),
    ((200, OTHER), (200, "[]"), "gave an answer that is not understood"),
    ((200, OTHER), (200, "x" * 70_000), "did not answer (response_too_large)"),
    ((200, OTHER), (200, "{}"), "gave a credential that lacks access, secret and securitytoken"),
    ((200, OTHER), (200, '{"credential": [1]}'), "gave a credential that lacks access, secret and securitytoken"),
    (
        (200, OTHER),
        (200, huawei_keys(securitytoken=None)),
        "gave a credential that lacks access, secret and securitytoken",
    ),
    ((200, OTHER), (200, huawei_keys(secret=7)), "gave a credential that lacks access, secret and securitytoken"),
    ((200, OTHER), (200, huawei_keys(access="a b")), "gave a credential that lacks access, secret and securitytoken"),
    (
        (200, OTHER),
        (200, huawei_keys(expires_at="2027-01-15T08:00:00.000000Z")),
        "gave a credential that expired 0 seconds ago by this machine's clock",
    ),
    (
        (200, OTHER),
        (200, huawei_keys(expires_at="2027-01-15T07:00:00Z")),
        "gave a credential that expired 3600 seconds ago by this machine's clock",
    ),
]


@pytest.mark.parametrize(("token", "keys", "expected"), HUAWEI_METADATA_REFUSED)
def test_huawei_metadata_without_usable_keys(
    home: Path, service: Service, token: tuple[int, str], keys: tuple[int, str], expected: str
) -> None:
    service.answers = {TOKEN_CALL: token, KEY_CALL: keys}
    assert no_metadata(huawei, service, home) == expected


@pytest.mark.parametrize("expires_at", ["2027-99-99T00:00:00Z", "", None])
def test_an_expiry_that_is_not_understood_is_left_to_the_service(
    home: Path, service: Service, expires_at: str | None
) -> None:
    service.answers = {KEY_CALL: (200, huawei_keys(expires_at=expires_at))}
    assert from_metadata(huawei, service, home).key_id == KEY


def test_tencent_metadata(home: Path, service: Service) -> None:
    service.answers = {ROLES_CALL: (200, "incident"), ROLE_CALL: (200, tencent_keys())}
    found = from_metadata(tencent, service, home)
    assert parts(found) == (KEY, SECRET, TOKEN, "", "")
    assert found.source == "the metadata of this Tencent Cloud server"
    assert [call for call, _headers, _body in service.asked] == [ROLES_CALL, ROLE_CALL]
    for _call, headers, body in service.asked:
        assert headers["host"] == "metadata.tencentyun.com"
        assert body == b""
        assert "authorization" not in headers


TENCENT_METADATA_REFUSED = [
    ((404, ""), (200, tencent_keys()), "knows no role (HTTP 404)"),
    ((200, "<html> </html>"), (200, tencent_keys()), "gave an answer that is not understood"),
    ((200, "incident"), (500, ""), "has no keys for role incident (HTTP 500)"),
    ((200, "incident"), (200, "none"), "gave an answer that is not understood"),
    ((200, "incident"), (200, tencent_keys(Code="Failed")), "has no keys for role incident (its Code is not Success)"),
    (
        (200, "incident"),
        (200, tencent_keys(Token=None)),
        "gave a credential that lacks TmpSecretId, TmpSecretKey and Token",
    ),
    (
        (200, "incident"),
        (200, tencent_keys(ExpiredTime=int(NOW) - 60)),
        "gave a credential that expired 60 seconds ago by this machine's clock",
    ),
]


@pytest.mark.parametrize(("roles", "keys", "expected"), TENCENT_METADATA_REFUSED)
def test_tencent_metadata_without_usable_keys(
    home: Path, service: Service, roles: tuple[int, str], keys: tuple[int, str], expected: str
) -> None:
    service.answers = {ROLES_CALL: roles, ROLE_CALL: keys}
    assert no_metadata(tencent, service, home) == expected


def test_a_tencent_role_is_a_name_and_no_path(home: Path, service: Service) -> None:
    service.answers = {ROLES_CALL: (200, "../../user-data")}
    with pytest.raises(InputError, match=r"'\.\./\.\./user-data'"):
        from_metadata(tencent, service, home)
    assert [call for call, _headers, _body in service.asked] == [ROLES_CALL]


@pytest.mark.parametrize("expired", [None, "never"])
def test_tencent_keys_without_a_known_expiry(home: Path, service: Service, expired: str | None) -> None:
    service.answers = {ROLES_CALL: (200, "incident"), ROLE_CALL: (200, tencent_keys(ExpiredTime=expired))}
    assert from_metadata(tencent, service, home).key_id == KEY


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody answers: bound, and not listened on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("cloud", [huawei, tencent])
def test_off_the_cloud_nobody_answers(home: Path, cloud: ModuleType, closed_port: int) -> None:
    nowhere = Service({}, endpoint=Endpoint("http", "127.0.0.1", closed_port))
    assert no_metadata(cloud, nowhere, home) == "did not answer (connection_failed)"


def test_metadata_goes_past_the_proxies(
    home: Path, service: Service, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback is never proxied; as a link-local address would be, it must not be either.
    monkeypatch.setattr(Endpoint, "is_loopback", False)
    service.answers = {KEY_CALL: (200, huawei_keys())}
    environ = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), f"http://127.0.0.1:{closed_port}")
    assert from_metadata(huawei, service, home, environ).key_id == KEY
