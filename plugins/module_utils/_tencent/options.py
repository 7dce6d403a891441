# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of Tencent Cloud, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils import _connection
from ansible_collections.secops.cfw.plugins.module_utils._connection import COMMON
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, parse_endpoint
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

HOSTS = {"china": "cfw.tencentcloudapi.com", "international": "cfw.intl.tencentcloudapi.com"}
"""Site and host (API pages 1132 and 1160/51323)."""
DEFAULT_SITE = "china"
SITE_VARIABLE = "TENCENTCLOUD_CFW_SITE"
ENDPOINT_VARIABLE = "TENCENTCLOUD_CFW_ENDPOINT"
RATE = 15.0
"""Requests per second and call; the service allows 20."""

TENCENT = OptionSpec(
    options={
        "secret_id": {"type": "str", "no_log": True},
        "secret_key": {"type": "str", "no_log": True},
        "token": {"type": "str", "no_log": True},
        "site": {"type": "str", "choices": list(HOSTS)},
        "language": {"type": "str", "choices": ["zh-CN", "en-US"], "default": "en-US"},
    },
).merge(COMMON)


def site(params: Mapping[str, Any], context: Context) -> str:
    """The site that the account belongs to: given, else the environment variable's. Raises InputError."""
    if params["site"]:
        return str(params["site"])
    named = (context.env(SITE_VARIABLE) or DEFAULT_SITE).strip()
    if named not in HOSTS:
        raise InputError(f"{SITE_VARIABLE} is '{named}'; it has to be {' or '.join(HOSTS)}")
    return named


def endpoint(params: Mapping[str, Any], context: Context) -> Endpoint:
    """The firewall service's address: given, or the site's. Raises InputError."""
    return _connection.endpoint(params, context, "endpoint", ENDPOINT_VARIABLE) or parse_endpoint(
        HOSTS[site(params, context)], "site"
    )


def http_settings(params: Mapping[str, Any]) -> HttpSettings:
    """Settings of the HTTP layer, paced below the service's limit. Raises InputError."""
    return _connection.http_settings(params, rate=RATE)
