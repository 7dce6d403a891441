# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Tencent Cloud connection options mean."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings
from ansible_collections.secops.cfw.plugins.module_utils._tencent import options


def context(**environ: str) -> Context:
    return Context(environ=environ, home="/nonexistent")


def params(**given: Any) -> dict[str, Any]:
    """Options as a module gets them: validated, with their defaults."""
    result = ArgumentSpecValidator(**options.TENCENT.to_kwargs()).validate(given)
    assert result.error_messages == []
    return dict(result.validated_parameters)


def test_the_defaults() -> None:
    found = params()
    assert {name: value for name, value in found.items() if value is not None} == {
        "instance_metadata": False,
        "language": "en-US",
        "timeout": 30.0,
        "retries": 3,
        "settle_timeout": 60.0,
        "validate_certs": True,
    }
    # The service allows 20 requests a second and call.
    assert options.http_settings(found) == HttpSettings(
        timeout=30.0, retries=3, validate_certs=True, ca_path=None, rate=15.0
    )


def test_every_secret_is_kept_out_of_logs() -> None:
    spec = options.TENCENT.to_kwargs()["argument_spec"]
    assert {name for name, option in spec.items() if option.get("no_log")} == {"secret_id", "secret_key", "token"}


@pytest.mark.parametrize(
    ("site", "url"),
    [("china", "https://cfw.tencentcloudapi.com"), ("international", "https://cfw.intl.tencentcloudapi.com")],
)
def test_the_site_chooses_the_host(site: str, url: str) -> None:
    assert options.endpoint(params(site=site), context()).url == url


def test_the_site_comes_from_the_option_and_then_from_the_environment() -> None:
    surroundings = context(TENCENTCLOUD_CFW_SITE=" international ")
    assert options.site(params(), surroundings) == "international"
    assert options.site(params(site="china"), surroundings) == "china"
    assert options.site(params(), context(TENCENTCLOUD_CFW_SITE="")) == "china"
    with pytest.raises(InputError, match=r"^TENCENTCLOUD_CFW_SITE is 'intl'; it has to be china or international$"):
        options.site(params(), context(TENCENTCLOUD_CFW_SITE="intl"))


@pytest.mark.parametrize(("name", "value"), [("site", "intl"), ("language", "de-DE")])
def test_other_choices_are_refused(name: str, value: str) -> None:
    result = ArgumentSpecValidator(**options.TENCENT.to_kwargs()).validate({name: value})
    assert len(result.error_messages) == 1
    assert name in result.error_messages[0]


def test_the_option_comes_before_the_variable_and_the_variable_before_the_site() -> None:
    surroundings = context(TENCENTCLOUD_CFW_ENDPOINT="http://127.0.0.1:8080")
    given = params(endpoint="cfw.internal.example.com", site="international")
    assert options.endpoint(given, surroundings).url == "https://cfw.internal.example.com"
    assert options.endpoint(params(endpoint=" ", site="international"), surroundings).url == "http://127.0.0.1:8080"
    assert options.endpoint(params(), context(TENCENTCLOUD_CFW_ENDPOINT=" ")).url == "https://cfw.tencentcloudapi.com"


def test_a_wrong_address_is_refused_by_the_name_of_its_source() -> None:
    with pytest.raises(InputError, match=r"^endpoint is plain http to cfw.example.com"):
        options.endpoint(params(endpoint="http://cfw.example.com"), context())
    with pytest.raises(InputError, match=r"^TENCENTCLOUD_CFW_ENDPOINT contains a user name or password"):
        options.endpoint(params(), context(TENCENTCLOUD_CFW_ENDPOINT="https://user:password@cfw.example.com"))


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match=r"^retries is 11; it has to be from 0 to 10$"):
        options.http_settings(params(retries=11))
