# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Huawei Cloud connection options mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._credentials import Credential
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings
from ansible_collections.secops.cfw.plugins.module_utils._huawei import options

# The firewall's regions (the vendor's table, 2026-08), with an IAM host of their own and without.
WITH_IAM = (
    *("af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "cn-east-2", "cn-east-3"),
    *("cn-east-4", "cn-east-5", "cn-north-4", "cn-north-9", "cn-north-12", "cn-south-1", "cn-south-2"),
    *("cn-southwest-2", "la-north-2", "la-south-2", "me-east-1", "my-kualalumpur-1", "ru-moscow-1", "sa-brazil-1"),
    "tr-west-1",
)
WITHOUT_IAM = ("af-north-1", "ap-southeast-5", "cn-north-11", "cn-south-4", "cn-southwest-3")


def context(**environ: str) -> Context:
    return Context(environ=environ, home="/nonexistent")


def params(**given: Any) -> dict[str, Any]:
    """Options as a module gets them: validated, with their defaults."""
    result = ArgumentSpecValidator(**options.HUAWEI.to_kwargs()).validate(given)
    assert result.error_messages == []
    return dict(result.validated_parameters)


def test_the_defaults() -> None:
    found = params()
    assert {name: value for name, value in found.items() if value is not None} == {
        "instance_metadata": False,
        "timeout": 30.0,
        "retries": 3,
        "settle_timeout": 60.0,
        "validate_certs": True,
    }
    assert options.http_settings(found) == HttpSettings(
        timeout=30.0, retries=3, validate_certs=True, ca_path=None, rate=None
    )


def test_every_secret_is_kept_out_of_logs() -> None:
    spec = options.HUAWEI.to_kwargs()["argument_spec"]
    hidden = {name for name, option in spec.items() if option.get("no_log")}
    assert hidden == {"access_key", "secret_key", "security_token", "auth_token"}


def test_the_regions_are_counted_once() -> None:
    assert len({*WITH_IAM, *WITHOUT_IAM, "eu-west-101"}) == 28


@pytest.mark.parametrize(
    ("region", "cfw", "iam"),
    [
        *[
            (name, f"https://cfw.{name}.myhuaweicloud.com", f"https://iam.{name}.myhuaweicloud.com")
            for name in WITH_IAM
        ],
        *[(name, f"https://cfw.{name}.myhuaweicloud.com", "https://iam.myhuaweicloud.com") for name in WITHOUT_IAM],
        ("eu-west-101", "https://cfw.eu-west-101.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu"),
        # A region that is newer than this collection.
        ("xx-newland-12", "https://cfw.xx-newland-12.myhuaweicloud.com", "https://iam.myhuaweicloud.com"),
        ("xx-" + "y" * 37, f"https://cfw.xx-{'y' * 37}.myhuaweicloud.com", "https://iam.myhuaweicloud.com"),
    ],
)
def test_a_region_chooses_the_hosts(region: str, cfw: str, iam: str) -> None:
    for given, surroundings in ((params(region=region), context()), (params(), context(HW_REGION_NAME=region))):
        assert options.region(given, surroundings) == region
        assert options.endpoint(given, surroundings).url == cfw
        assert options.iam_endpoint(given, surroundings).url == iam


@pytest.mark.parametrize(
    "region",
    [
        "cn",
        "CN-NORTH-4",
        "cn-north-4/",
        "cn.north-4",
        " cn-north-4",
        "cn-north-4\n",
        "cn_north_4",
        "cn-north-4@evil",
        "-north-4",
        "cn--4",
        "cn-north-",
        "cn-\u00e9st-1",
        "xx-" + "y" * 38,
    ],
)
def test_a_malformed_region_is_refused(region: str) -> None:
    calls = (options.region, options.endpoint, options.iam_endpoint)
    for call in calls:
        with pytest.raises(InputError) as caught:
            call(params(region=region), context())
        assert caught.value.message == (
            f"region {region!r} is not a region id; one looks like cn-north-4 or ap-southeast-3"
        )
        with pytest.raises(InputError, match=r"^HW_REGION_NAME "):
            call(params(region=""), context(HW_REGION_NAME=region))


@pytest.mark.parametrize("blank", [None, "", " \t"])
def test_without_a_region(blank: str | None) -> None:
    given, surroundings = params(region=blank), context(HW_REGION_NAME=blank or "")
    assert options.region(given, surroundings) == ""
    assert options.iam_endpoint(given, surroundings).url == "https://iam.myhuaweicloud.com"
    with pytest.raises(
        InputError, match=r"^region is missing; set the option region or HW_REGION_NAME, such as cn-north-4$"
    ):
        options.endpoint(given, surroundings)


ENDPOINTS = [
    (options.endpoint, "endpoint", "HUAWEICLOUD_CFW_ENDPOINT", "https://cfw.cn-north-4.myhuaweicloud.com"),
    (options.iam_endpoint, "iam_endpoint", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.cn-north-4.myhuaweicloud.com"),
]


@pytest.mark.parametrize(("call", "option", "variable", "default"), ENDPOINTS)
def test_the_option_comes_before_the_variable_and_the_variable_before_the_region(
    call: Any, option: str, variable: str, default: str
) -> None:
    surroundings = context(**{variable: "http://127.0.0.1:8080"})
    given = params(**{option: "gateway.example.com:8443"}, region="cn-north-4")
    assert call(given, surroundings).url == "https://gateway.example.com:8443"
    assert call(params(**{option: " "}, region="cn-north-4"), surroundings).url == "http://127.0.0.1:8080"
    assert call(params(region="cn-north-4"), context(**{variable: ""})).url == default
    # With an address given, no region is needed.
    assert call(params(), surroundings).url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(("call", "option", "variable", "default"), ENDPOINTS)
def test_a_wrong_address_is_refused_by_the_name_of_its_source(
    call: Any, option: str, variable: str, default: str
) -> None:
    with pytest.raises(InputError, match=f"^{option} is plain http to cfw.example.com"):
        call(params(**{option: "http://cfw.example.com"}, region="cn-north-4"), context())
    with pytest.raises(InputError, match=f"^{variable} contains a path"):
        call(params(region="cn-north-4"), context(**{variable: f"{default}/v1"}))


@pytest.mark.parametrize(
    ("option", "of_the_credential", "expected"),
    [("p1", "p2", "p1"), (None, "p2", "p2"), (" ", "p2", "p2"), (None, "", None), ("", "", None)],
)
def test_the_project(option: str | None, of_the_credential: str, expected: str | None) -> None:
    assert options.project_id(params(project_id=option), Credential(project_id=of_the_credential)) == expected


@pytest.mark.parametrize(
    ("option", "variable", "expected"),
    [("e1", "e2", "e1"), (None, "e2", "e2"), ("", "0", "0"), (" ", " ", None), (None, "", None)],
)
def test_the_enterprise_project(option: str | None, variable: str, expected: str | None) -> None:
    surroundings = context(HW_ENTERPRISE_PROJECT_ID=variable)
    assert options.enterprise_project_id(params(enterprise_project_id=option), surroundings) == expected


def test_a_padded_enterprise_project_is_refused() -> None:
    with pytest.raises(
        InputError,
        match=r"^enterprise_project_id ' 0' is no id; give the one that the console shows, or 0 for the default$",
    ):
        options.enterprise_project_id(params(enterprise_project_id=" 0"), context())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"timeout": 0}, "timeout is 0 seconds"),
        ({"timeout": -1}, "timeout is -1 seconds"),
        ({"timeout": float("nan")}, "timeout is nan seconds"),
        ({"timeout": float("inf")}, "timeout is inf seconds"),
        ({"retries": -1}, "retries is -1; it has to be from 0 to 10"),
        ({"retries": 11}, "retries is 11; it has to be from 0 to 10"),
        ({"settle_timeout": -0.5}, "settle_timeout is -0.5; give seconds, 0 or more, and at most a year"),
        ({"settle_timeout": 1e300}, "settle_timeout is 1e+300; give seconds, 0 or more, and at most a year"),
        ({"settle_timeout": float("nan")}, "settle_timeout is nan"),
        ({"settle_timeout": float("inf")}, "settle_timeout is inf"),
    ],
)
def test_numbers_out_of_range_are_refused(given: dict[str, float], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        options.http_settings(params(**given))
    assert caught.value.message.startswith(expected)


@pytest.mark.parametrize("given", [{"timeout": 0.5}, {"retries": 0}, {"retries": 10}])
def test_numbers_at_the_edge_are_taken(given: dict[str, float]) -> None:
    settings = options.http_settings(params(**given))
    assert {name: getattr(settings, name) for name in given} == given


def test_settling_may_be_switched_off() -> None:
    assert options.http_settings(params(settle_timeout=0)).timeout == 30.0


def test_the_ca_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("certificates")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert options.http_settings(params(ca_path="~/ca.pem")).ca_path == str(bundle)
    assert options.http_settings(params(ca_path=str(tmp_path))).ca_path == str(tmp_path)
    assert options.http_settings(params(ca_path="")).ca_path is None
    assert options.http_settings(params(ca_path="", validate_certs=False)).validate_certs is False


def test_a_ca_bundle_that_is_of_no_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "missing.pem"
    with pytest.raises(InputError) as caught:
        options.http_settings(params(ca_path=str(missing)))
    assert caught.value.message == f"ca_path {missing} does not exist; give a file with CA certificates in PEM form"
    missing.write_text("")
    with pytest.raises(InputError) as caught:
        options.http_settings(params(ca_path=str(missing), validate_certs=False))
    assert caught.value.message == (
        "ca_path is given but validate_certs is false, so that it would not be used; "
        "drop ca_path, or leave validate_certs at true"
    )
    # Root, as whom tests may run, may read everything.
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    with pytest.raises(InputError) as caught:
        options.http_settings(params(ca_path=str(missing)))
    assert caught.value.message == (
        f"ca_path {missing} can't be read by the user who runs this task; give a file with CA certificates in PEM form"
    )
