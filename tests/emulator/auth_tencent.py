# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's API 3.0 gateway: TC3-HMAC-SHA256 checked with the signing code of tencentcloud-sdk-python-common.

The list in SignedHeaders rules what is signed; content-type and host must be in it. For exactly these two the SDK's
whole canonical request is used, otherwise only its key derivation and HMAC. Codes are those of the common error
table. Invented: that a token sent with a permanent key is a TokenFailure, and the code for a request without
Authorization.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.sign import Sign

from .accounts import TENCENT_KEYS, Principal
from .clock import ServiceClock
from .switches import Switches
from .wire import ApiError, WireRequest

WINDOW = 5 * 60
SERVICE = "cfw"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]*)/([^/,]+)/([^/,]+)/tc3_request, ?"
    r"SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True)
class TencentScope:
    """What a signature covers: UTC day, X-TC-Timestamp, the names in SignedHeaders, and their values as signed."""

    date: str
    timestamp: str
    names: list[str]
    headers: dict[str, str]


class TencentGateway:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._skews: set[float] = {0.0}

    def authenticate(self, request: WireRequest, skew: float = 0.0) -> Principal:
        """Who sent this; ApiError AuthFailure.* otherwise. `skew`: how far off the gateway's clock is."""
        match = _AUTHORIZATION.fullmatch(request.header("Authorization") or "")
        if match is None:
            raise ApiError("AuthFailure.InvalidAuthorization", "The Authorization header is missing or malformed.")
        identity, date, service, names, signature = match.groups()
        timestamp = request.header("X-TC-Timestamp") or ""
        if not re.fullmatch(r"\d{1,12}", timestamp):
            raise ApiError("MissingParameter", "X-TC-Timestamp must be given in unix seconds.")
        self._check_time(int(timestamp), skew)
        key = TENCENT_KEYS.get(identity)
        if key is None:
            raise ApiError("AuthFailure.SecretIdNotFound", "The SecretId does not exist.")
        day = datetime.fromtimestamp(int(timestamp), timezone.utc).strftime("%Y-%m-%d")
        if service != SERVICE or date != day:
            raise ApiError("AuthFailure.SignatureFailure", "The credential scope does not fit the service or the time.")
        expected = expected_signature(request, key.secret, _scope(request, date, timestamp, names.split(";")))
        if not hmac.compare_digest(expected, signature):
            raise ApiError("AuthFailure.SignatureFailure", "The provided credentials could not be validated.")
        if (request.header("X-TC-Token") or None) != key.token:
            raise ApiError("AuthFailure.TokenFailure", "The token does not belong to the SecretId.")
        return Principal(identity, key.writes)

    def _check_time(self, signed_at: int, skew: float) -> None:
        reference = self._clock.now() if self._switches.signature_clock == "service" else self._clock.wall()
        if skew:
            self._skews.add(skew)
        if not any(abs(reference + off - signed_at) <= WINDOW for off in ({skew} if skew else self._skews)):
            raise ApiError("AuthFailure.SignatureExpire", "The timestamp is more than five minutes off.")


def _scope(request: WireRequest, date: str, timestamp: str, names: list[str]) -> TencentScope:
    sent = all(request.header(name) is not None for name in names)
    required = {"content-type", "host"} <= set(names)
    if names != sorted(set(names)) or not sent or not required:
        raise ApiError(
            "AuthFailure.SignatureFailure", "SignedHeaders must be sorted, sent, and name content-type and host."
        )
    # The published algorithm signs values lower-cased and trimmed.
    headers = {name: str(request.header(name)).strip().lower() for name in names}
    return TencentScope(date, timestamp, names, headers)


def expected_signature(request: WireRequest, secret: str, scope: TencentScope) -> str:
    """What the vendor's code makes of this request."""
    if scope.names == ["content-type", "host"]:
        sdk_request = RequestInternal(scope.headers["host"], request.method, "/", data=request.body)
        sdk_request.header = {
            "Content-Type": scope.headers["content-type"],
            "Host": scope.headers["host"],
            "X-TC-Timestamp": scope.timestamp,
            "X-TC-Content-SHA256": request.header("X-TC-Content-SHA256"),
        }
        return str(AbstractClient._get_tc3_signature(None, None, sdk_request, scope.date, SERVICE, secret))
    unsigned = request.header("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else request.body
    lines = [request.method, "/", request.query_string]
    lines += [f"{name}:{scope.headers[name]}" for name in scope.names]
    lines += ["", ";".join(scope.names), hashlib.sha256(payload).hexdigest()]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{scope.timestamp}\n{scope.date}/{SERVICE}/tc3_request\n{digest}"
    return str(Sign.sign_tc3(secret, scope.date, SERVICE, text))
