# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Tencent Cloud gateway's and the firewall's answers mean.

Codes: common error code page (tencentcloud.com/document/api/1160/51391) and the calls' own lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Response

_NOT_EXECUTED = (
    "AuthFailure",
    "UnauthorizedOperation",
    "InvalidParameter",
    "InvalidParameterValue",
    "MissingParameter",
    "UnknownParameter",
)
_REFUSED = (
    "ActionOffline",
    "InvalidAction",
    "InvalidRequest",
    "IpInBlacklist",
    "IpNotInWhitelist",
    "LimitExceeded",
    "NoSuchProduct",
    "NoSuchVersion",
    "OperationDenied",
    "RequestSizeLimitExceeded",
    "UnsupportedOperation",
    "UnsupportedProtocol",
    "UnsupportedRegion",
)
_REPEATABLE = ("InternalError", "ServiceUnavailable", "ResourceUnavailable", "ResourceInUse")

_HINTS = {
    "AuthFailure.InvalidSecretId": "The secret id is no API key: check it",
    "AuthFailure.SecretIdNotFound": "The secret id is deleted, disabled, or has blanks around it: check it",
    "AuthFailure.SignatureExpire": "The controller's clock is more than five minutes off: set it",
    "AuthFailure.SignatureFailure": "Check that secret_key belongs to secret_id",
    "AuthFailure.TokenFailure": "The temporary token is wrong or expired, or a stale token variable is set beside a permanent key",
    "InvalidAction": "This host does not offer the call: check site and endpoint",
    "LimitExceeded": "The account's quota of rules is used up: remove rules that are no longer needed, or extend the quota",
    "RequestLimitExceeded": "Too many requests: wait a minute, or raise retries",
    "UnauthorizedOperation": "Allow the call in the account's access policies; its resource must be *",
}


def judge(response: Response) -> ApiError | None:
    """The error in an answer, or None. ReturnCode and Status are left to whoever knows what the call was for."""
    body = _response(response)
    error = body.get("Error") if body else None
    if not error:
        return _without_envelope(response) if body is None or response.status != 200 else None
    error = error if isinstance(error, Mapping) else {"Message": str(error)}
    code = str(error.get("Code") or "UnknownError")
    throttled = response.status == 429 or _matches(code, ("RequestLimitExceeded",))
    return ApiError(
        code,
        f"{code}: {error.get('Message') or 'no explanation was given'}",
        outcome=_outcome(code, throttled),
        status=response.status,
        request_id=request_id_of(response),
        throttled=throttled,
        transient=response.status >= 500 or _matches(code, _REPEATABLE),
        clock_skew=code == "AuthFailure.SignatureExpire",
        hint=_HINTS.get(code) or _HINTS.get(code.partition(".")[0], ""),
    )


def _outcome(code: str, throttled: bool) -> Outcome:
    if throttled or _matches(code, _NOT_EXECUTED):
        return Outcome.NOT_EXECUTED
    return Outcome.REFUSED if _matches(code, _REFUSED) else Outcome.UNKNOWN


def _matches(code: str, families: tuple[str, ...]) -> bool:
    return code.partition(".")[0] in families


def _without_envelope(response: Response) -> ApiError:
    throttled = response.status == 429
    refused = throttled or response.status in (401, 403)
    return ApiError(
        f"http_{response.status}" if response.status != 200 else "unreadable_answer",
        f"The answer (HTTP {response.status}) is not the JSON object that the API returns",
        outcome=Outcome.NOT_EXECUTED if refused else Outcome.UNKNOWN,
        status=response.status,
        throttled=throttled,
        transient=not refused,
        hint="Something between the controller and the cloud may have answered instead: check endpoint and proxy",
    )


def _response(response: Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    inner = body.get("Response") if isinstance(body, Mapping) else None
    return inner if isinstance(inner, Mapping) else None


def content(response: Response) -> Mapping[str, Any]:
    """The object inside the envelope of an answer that `judge` found good."""
    return _response(response) or {}


def request_id_of(response: Response) -> str:
    return str((_response(response) or {}).get("RequestId") or "")
