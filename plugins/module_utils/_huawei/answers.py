# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Huawei gateway's and the firewall's answers mean.

Codes: CFW error code page, API gateway error code page (devg-apisign/api-sign-errorcode).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Response

SIGNATURE_WINDOW = 15 * 60
"""Seconds that X-Sdk-Date may be off (devg-apisign/api-sign-0001)."""

_THROTTLED = frozenset({"APIGW.0308", "APIG.0308"})
_NO_SUCH_API = frozenset({"APIGW.0101", "APIGW.0103", "APIG.0101", "APIG.0103"})
_BAD_PARAMETERS = frozenset(
    {
        "CFW.00200001",
        "CFW.00200010",
        "CFW.00200013",
        "CFW.00200022",
        "CFW.00200027",
        "CFW.00200028",
        "CFW.00200030",
        "CFW.00200032",
        "CFW.00200041",
    }
)
MISSING = frozenset({"CFW.00200005"})
# Refusals that name a state; some samples print CFW.00200016 with a digit less.
_REFUSED = MISSING | {
    "CFW.00200007",
    "CFW.00200009",
    "CFW.00200016",
    "CFW.0020016",
    "CFW.00200023",
    "CFW.00200024",
    "CFW.00400002",
    "CFW.00400004",
    "CFW.00400008",
    "CFW.00400011",
    "CFW.00400012",
    "CFW.00400013",
}
_REPEATABLE = frozenset({"CFW.00109003", "CFW.00109004", "CFW.00300001"})

_HINTS = {
    "APIGW.0101": "Check region and endpoint: this host does not offer the call",
    "APIGW.0103": "Check region and endpoint: this host does not offer the call",
    "APIGW.0301": "Check the keys or the token, and the controller's clock, before the next run: five failures lock a key for five minutes",
    "APIGW.0308": "Too many requests: wait a minute, or raise retries",
    "CFW.00200005": "Check fw_instance_id, region and enterprise_project_id",
    "CFW.00200007": "The name is taken: choose another",
    "CFW.00200010": "Check the options against the documentation; some firewalls take ports for tcp and udp only",
    "CFW.00200016": "The firewall or the task is in a state that forbids this; look at the firewall's tasks",
    "CFW.00200022": "The whole address space is not allowed: narrow the address",
    "CFW.00200024": "The firewall's limit is reached: 20 captures a day, one at a time; remove old tasks or wait for the next day",
    "CFW.00200027": "The service does not take this address; give a single address",
    "CFW.00200028": "Give source and destination of the same address family",
    "CFW.00200032": "This firewall does not inspect IPv6; capture at another firewall or give IPv4 addresses",
    "CFW.00400008": "Check object_id, region and project_id; huawei_cfw_firewall_info lists the protected objects",
    "CFW.00400011": "The service has an entry like one of these already; look at the list in the console",
    "CFW.00400012": "Private addresses go on the list of a VPC border; give its object_id",
    "CFW.00400013": "The list is full; remove entries, or put several addresses together as a prefix",
}


def judge(response: Response, now: float) -> ApiError | None:
    """The error in an answer, or None. `now` is the controller's time, to tell a wrong clock from a wrong key."""
    request_id = request_id_of(response)
    try:
        body = response.json()
    except ValueError:
        body = None
    if 200 <= response.status < 300:
        if isinstance(body, Mapping) and not (_find(body, _CODE_KEYS) and body.get("data") is None):
            return None
        if not isinstance(body, Mapping):
            return ApiError(
                "unreadable_answer",
                f"The answer (HTTP {response.status}) is not the JSON object that this call returns",
                outcome=Outcome.UNKNOWN,
                status=response.status,
                request_id=request_id,
                transient=True,
                hint="Something between the controller and the cloud may have answered instead: check endpoint and proxy",
            )
    code = str(_find(body, _CODE_KEYS) or "") or f"http_{response.status}"
    message = str(_find(body, _MESSAGE_KEYS) or "") or _plain(response)
    skewed = response.status == 401 and response.date is not None and abs(response.date - now) > SIGNATURE_WINDOW - 30
    throttled = response.status == 429 or code in _THROTTLED
    hint = _HINTS.get(code, "")
    if not hint and response.status in (401, 403):
        hint = "Check the credential and that its policies allow the call named here"
    return ApiError(
        code,
        f"{code}: {message} (HTTP {response.status})",
        outcome=_outcome(response.status, code, throttled),
        status=response.status,
        request_id=request_id or str(_find(body, ("request_id",)) or ""),
        throttled=throttled,
        transient=response.status >= 500 or code in _REPEATABLE,
        clock_skew=skewed,
        hint=hint,
    )


def _outcome(status: int, code: str, throttled: bool) -> Outcome:
    if throttled or status in (401, 403) or code in _NO_SUCH_API or code in _BAD_PARAMETERS:
        return Outcome.NOT_EXECUTED
    return Outcome.REFUSED if code in _REFUSED else Outcome.UNKNOWN


def request_id_of(response: Response) -> str:
    return response.headers.get("X-Request-Id") or response.headers.get("X-IAM-Trace-Id") or ""


_CODE_KEYS = ("error_code", "errorCode", "code")
_MESSAGE_KEYS = ("error_msg", "errorMsg", "message")


def _find(body: Any, keys: tuple[str, ...]) -> Any:
    """The first of `keys` with a value, at any depth: IAM and some services nest their errors."""
    if not isinstance(body, Mapping):
        return None
    for key in keys:
        if isinstance(body.get(key), (str, int)) and body[key] != "":
            return body[key]
    for value in body.values():
        found = _find(value, keys)
        if found is not None:
            return found
    return None


def _plain(response: Response) -> str:
    text = " ".join(response.body[:2000].decode("utf-8", "replace").split())
    return text[:200] or "no explanation was given"
