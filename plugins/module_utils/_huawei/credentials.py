# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a Huawei Cloud credential may come from."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._credentials import (
    Credential,
    FetchMetadata,
    File,
    Metadata,
    Names,
    Table,
    find,
)
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint

CLOUD = "Huawei Cloud"
METADATA = Endpoint("http", "169.254.169.254", 80)
_LIFETIME = "21600"  # seconds
# Servers whose metadata service knows no tokens answer one of these (huaweicloudsdkcore does the same).
_WITHOUT_TOKEN = (404, 405, 503)

TABLE = Table(
    cloud=CLOUD,
    options=Names("access_key", "secret_key", ("security_token",), "auth_token"),
    families=(
        # huaweicloudsdkcore; then Terraform and hcloud; then the samples of the API pages; then a token (Terraform).
        Names(
            "HUAWEICLOUD_SDK_AK",
            "HUAWEICLOUD_SDK_SK",
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
            project_id="HUAWEICLOUD_SDK_PROJECT_ID",
        ),
        Names("HW_ACCESS_KEY", "HW_SECRET_KEY", ("HW_SECURITY_TOKEN",), project_id="HW_PROJECT_ID"),
        Names("CLOUD_SDK_AK", "CLOUD_SDK_SK"),
        Names("", "", (), "HW_AUTH_TOKEN", "HW_PROJECT_ID"),
    ),
    files=(
        # The file of huaweicloudsdkcore, whose only section is [basic].
        File(
            path=".huaweicloud/credentials",
            ini=True,
            default_profile="basic",
            names=Names("ak", "sk", ("security_token",), project_id="project_id"),
        ),
    ),
)


def fetch_metadata(context: Context, endpoint: Endpoint = METADATA) -> Credential:
    """The temporary keys of the agency of the ECS server this runs on. Raises InputError."""
    service = Metadata(context, CLOUD, endpoint)
    answer = service.ask("PUT", "/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": _LIFETIME})
    headers = {}
    if answer.status == 200:
        token = service.text(answer)
        context.redactor.add(token)
        headers["X-Metadata-Token"] = token
    elif answer.status not in _WITHOUT_TOKEN:
        raise service.failure(f"refused a token (HTTP {answer.status})")
    answer = service.ask("GET", "/openstack/latest/securitykey", headers)
    if answer.status != 200:
        raise service.failure(f"has no keys (HTTP {answer.status})")
    entries = service.document(answer).get("credential")
    entries = entries if isinstance(entries, Mapping) else {}
    expires = _instant(entries.get("expires_at"))
    return service.credential(entries, Names("access", "secret", ("securitytoken",)), expires, context.time())


def _instant(text: object) -> float | None:
    """Unix seconds of a time such as 2026-01-02T03:04:05.678000Z (UTC), or None if it is none."""
    match = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(text))
    try:
        return float(calendar.timegm(time.strptime(match.group(), "%Y-%m-%dT%H:%M:%S"))) if match else None
    except ValueError:
        return None


def resolve(params: Mapping[str, Any], context: Context, fetch_metadata: FetchMetadata = fetch_metadata) -> Credential:
    """The credential to use, its secrets registered with the redactor. Raises InputError."""
    return find(TABLE, params, context, fetch_metadata)
