# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of Huawei Cloud, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils import _connection
from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._connection import COMMON, text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._credentials import Credential
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, parse_endpoint
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

HUAWEI = OptionSpec(
    options={
        "access_key": {"type": "str", "no_log": True},
        "secret_key": {"type": "str", "no_log": True},
        "security_token": {"type": "str", "no_log": True},
        "auth_token": {"type": "str", "no_log": True},
        "region": {"type": "str"},
        "project_id": {"type": "str"},
        "enterprise_project_id": {"type": "str"},
        "iam_endpoint": {"type": "str"},
    },
).merge(COMMON)

REGION_VARIABLE = "HW_REGION_NAME"
ENTERPRISE_PROJECT_VARIABLE = "HW_ENTERPRISE_PROJECT_ID"
ENDPOINT_VARIABLE = "HUAWEICLOUD_CFW_ENDPOINT"
IAM_ENDPOINT_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"

EUROPE = "eu-west-101"
"""The region of the European site, whose hosts end in .eu (huaweicloudsdkcfw region table; SDK manual for IAM)."""
WITH_IAM = (
    *("af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
    *("cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5", "cn-north-4", "cn-north-9", "cn-north-12"),
    *("cn-south-1", "cn-south-2", "cn-southwest-2", "la-north-2", "la-south-2", "me-east-1"),
    *("my-kualalumpur-1", "ru-moscow-1", "sa-brazil-1", "tr-west-1"),
)
"""The firewall's regions that have an IAM host of their own (tables of the SDK 3.1.219); the other six have none."""
IAM_FALLBACK = "iam.myhuaweicloud.com"
# An unknown region is let through, for the cloud grows; but the text becomes part of a host name.
_REGION = re.compile(r"[a-z]+(-[a-z0-9]+)+")
_LONGEST_REGION = 40
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def region(params: Mapping[str, Any], context: Context) -> str:
    """The region's id, or '' if none is given. Raises InputError for what can't be one."""
    given, where = text(params, "region"), "region"
    if not given:
        given, where = context.env(REGION_VARIABLE), REGION_VARIABLE
    if given and not (_REGION.fullmatch(given) and len(given) <= _LONGEST_REGION):
        raise InputError(f"{where} {shown(given)} is not a region id; one looks like cn-north-4 or ap-southeast-3")
    return given


def endpoint(params: Mapping[str, Any], context: Context) -> Endpoint:
    """The firewall service's address: given, or the region's. Raises InputError."""
    given = _connection.endpoint(params, context, "endpoint", ENDPOINT_VARIABLE)
    if given:
        return given
    where = region(params, context)
    if not where:
        raise InputError(f"region is missing; set the option region or {REGION_VARIABLE}, such as cn-north-4")
    return parse_endpoint(f"cfw.{where}.myhuaweicloud.{'eu' if where == EUROPE else 'com'}", "region")


def iam_endpoint(params: Mapping[str, Any], context: Context) -> Endpoint:
    """The address of IAM, which knows the project of a region: given, or the region's, or the general one."""
    given = _connection.endpoint(params, context, "iam_endpoint", IAM_ENDPOINT_VARIABLE)
    if given:
        return given
    where = region(params, context)
    if where == EUROPE:
        return parse_endpoint(f"iam.{where}.myhuaweicloud.eu", "region")
    return parse_endpoint(f"iam.{where}.myhuaweicloud.com" if where in WITH_IAM else IAM_FALLBACK, "region")


def project_id(params: Mapping[str, Any], credential: Credential) -> str | None:
    """The project: the option's, else the one that belongs to the credential; None if IAM has to be asked."""
    return text(params, "project_id") or credential.project_id or None


def enterprise_project_id(params: Mapping[str, Any], context: Context) -> str | None:
    """The enterprise project of the firewall, or None. Raises InputError."""
    given, where = text(params, "enterprise_project_id"), "enterprise_project_id"
    if not given:
        given, where = context.env(ENTERPRISE_PROJECT_VARIABLE), ENTERPRISE_PROJECT_VARIABLE
    if given and not _ID.fullmatch(given):
        raise InputError(f"{where} {shown(given)} is no id; give the one that the console shows, or 0 for the default")
    return given or None


def http_settings(params: Mapping[str, Any]) -> HttpSettings:
    """Settings of the HTTP layer; the gateway's limit is not published, so nothing is paced. Raises InputError."""
    return _connection.http_settings(params)
