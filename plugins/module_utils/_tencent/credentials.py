# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a Tencent Cloud credential may come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._credentials import (
    Credential,
    Entries,
    FetchMetadata,
    File,
    Metadata,
    Names,
    Table,
    find,
)
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, encode_path

CLOUD = "Tencent Cloud"
# The address behind metadata.tencentyun.com, fixed: a name could be answered by anybody's resolver.
METADATA = Endpoint("http", "169.254.0.23", 80)
METADATA_HOST = "metadata.tencentyun.com"
_ROLES = ("latest", "meta-data", "cam", "security-credentials")


def _refusal(entries: Entries) -> str:
    """Why a tccli profile can't be used: its keys, if any, are not the ones that tccli itself would sign with."""
    kind = entries.get("type")
    if kind == "cvm-role":
        return "is of type cvm-role; set instance_metadata: true to use the server's role"
    if kind in ("oauth", "sso"):
        return f"is of type {kind}, which only tccli can refresh; give a key pair, or temporary keys with their token"
    if str(entries.get("role-arn") or "").strip():
        return "names a role to assume (role-arn); give the temporary keys of the role, which tccli can fetch"
    return ""


TABLE = Table(
    cloud=CLOUD,
    options=Names("secret_id", "secret_key", ("token",)),
    families=(
        # The token's name is tccli's in the first place and Terraform's in the second.
        Names(
            "TENCENTCLOUD_SECRET_ID",
            "TENCENTCLOUD_SECRET_KEY",
            ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"),
        ),
    ),
    files=(
        File(
            path=".tccli/{profile}.credential",
            ini=False,
            default_profile="default",
            names=Names("secretId", "secretKey", ("token",)),
            refusal=_refusal,
        ),
        # The file of the SDKs.
        File(
            path=".tencentcloud/credentials",
            ini=True,
            default_profile="default",
            names=Names("secret_id", "secret_key", ("token",)),
        ),
    ),
)


def fetch_metadata(context: Context, endpoint: Endpoint = METADATA) -> Credential:
    """The temporary keys of the role of the CVM server this runs on. Raises InputError."""
    service = Metadata(context, CLOUD, endpoint, METADATA_HOST)
    answer = service.ask("GET", encode_path(*_ROLES) + "/")
    if answer.status != 200:
        raise service.failure(f"knows no role (HTTP {answer.status})")
    role = service.text(answer)
    answer = service.ask("GET", encode_path(*_ROLES, role))
    if answer.status != 200:
        raise service.failure(f"has no keys for role {role} (HTTP {answer.status})")
    entries = service.document(answer)
    if entries.get("Code") != "Success":
        raise service.failure(f"has no keys for role {role} (its Code is not Success)")
    expires = entries.get("ExpiredTime")
    return service.credential(
        entries,
        Names("TmpSecretId", "TmpSecretKey", ("Token",)),
        float(expires) if isinstance(expires, (int, float)) else None,
        context.time(),
    )


def resolve(params: Mapping[str, Any], context: Context, fetch_metadata: FetchMetadata = fetch_metadata) -> Credential:
    """The credential to use, its secrets registered with the redactor. Raises InputError."""
    return find(TABLE, params, context, fetch_metadata)
