# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's gateway: signatures checked with the signer of huaweicloudsdkcore, tokens, lockout and permissions.

Documented: APIGW.0301 with status 401 whose message echoes the canonical request, 15 minutes of clock tolerance, five
failures lock a key for five minutes, X-Security-Token is required with a temporary key. Invented: the wording of the
other 401 messages, APIGW.0302 for a 403, that a static key with a token is refused, that the lock is timed by the
service clock.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from .accounts import HUAWEI_KEYS, HUAWEI_TOKENS, Key, Principal
from .clock import ServiceClock
from .switches import Switches
from .wire import ApiError, WireRequest

WINDOW = 15 * 60
LOCK_AFTER = 5
LOCK_SECONDS = 5 * 60
_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})")
_PREFIX = "Incorrect IAM authentication information: "


@dataclass
class _Record:
    failures: int = 0
    locked_until: float = 0.0


class _VendorSigner(Signer):  # type: ignore[misc, unused-ignore]
    """The SDK's signer, which also hands out its canonical request for the echo in a 401."""

    canonical = ""

    def _process_canonical_request(self, request: SdkRequest, signed_headers: list[str]) -> str:
        self.canonical = str(super()._process_canonical_request(request, signed_headers))
        return self.canonical


@dataclass(frozen=True)
class _SignerKey:
    ak: str
    sk: str


class HuaweiGateway:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._records: dict[str, _Record] = {}
        self._skews: set[float] = {0.0}

    def authenticate(self, request: WireRequest, skew: float = 0.0) -> Principal:
        """Who sent this; ApiError with 401 for anybody unknown. `skew`: how far off the gateway's clock is."""
        authorization = request.header("Authorization")
        if authorization is None:
            return self._by_token(request)
        match = _AUTHORIZATION.fullmatch(authorization)
        if match is None:
            raise _unauthorized("the Authorization header is malformed")
        identity, signed_names, signature = match.groups()
        record = self._records.setdefault(identity, _Record())
        if self._clock.now() < record.locked_until:
            raise _unauthorized("AK access failed to reach the limit")
        try:
            principal = self._by_signature(request, identity, signed_names.split(";"), signature, skew)
        except ApiError:
            record.failures += 1
            if record.failures >= LOCK_AFTER:
                self._lock(record)
            raise
        record.failures = 0
        return principal

    def lock(self, request: WireRequest) -> None:
        """Lock the key that signed this request, whether its signature is right or not."""
        match = _AUTHORIZATION.fullmatch(request.header("Authorization") or "")
        if match:
            self._lock(self._records.setdefault(match.group(1), _Record()))
        raise _unauthorized("AK access failed to reach the limit")

    def locked(self) -> list[str]:
        return [name for name, record in self._records.items() if self._clock.now() < record.locked_until]

    def _lock(self, record: _Record) -> None:
        record.failures = 0
        record.locked_until = self._clock.now() + LOCK_SECONDS

    def _by_token(self, request: WireRequest) -> Principal:
        token = request.header("X-Auth-Token")
        if not token:
            raise _unauthorized("neither a signature nor X-Auth-Token was sent")
        if token not in HUAWEI_TOKENS:
            raise _unauthorized("decrypt token fail")
        return Principal("token", HUAWEI_TOKENS[token])

    def _by_signature(
        self, request: WireRequest, identity: str, signed_names: list[str], signature: str, skew: float
    ) -> Principal:
        key = HUAWEI_KEYS.get(identity)
        if key is None:
            raise _unauthorized("the access key is unknown")
        headers = _signed_headers(request, signed_names)
        expected, canonical = expected_signature(request, headers, key)
        if not hmac.compare_digest(expected, signature):
            raise _unauthorized("verify aksk signature fail, canonicalRequest:" + canonical.replace("\n", "|"))
        self._check_time(headers["x-sdk-date"], skew)
        if (request.header("X-Security-Token") or None) != key.token:
            raise _unauthorized("X-Security-Token does not belong to the access key")
        return Principal(identity, key.writes)

    def _check_time(self, text: str, skew: float) -> None:
        signed_at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
        service = self._switches.signature_clock == "service"
        reference = self._clock.now() if service else self._clock.wall()
        # After a skewed answer its clock stays valid, so that a caller who corrected itself by it gets in.
        if skew:
            self._skews.add(skew)
        if not any(abs(reference + off - signed_at) <= WINDOW for off in ({skew} if skew else self._skews)):
            raise _unauthorized("the signature has expired, X-Sdk-Date is not within 15 minutes")


def _signed_headers(request: WireRequest, names: list[str]) -> dict[str, str]:
    if names != sorted(names) or any(name != name.lower() for name in names):
        raise _unauthorized("SignedHeaders is not sorted or not lower case")
    missing = [name for name in ("host", "x-sdk-date") if name not in names]
    missing += [name for name in names if request.header(name) is None]
    if missing:
        raise _unauthorized(f"header {missing[0]} is not signed or was not sent")
    headers = {name: str(request.header(name)) for name in names}
    try:
        datetime.strptime(headers["x-sdk-date"], "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise _unauthorized("X-Sdk-Date is malformed") from None
    return headers


def expected_signature(request: WireRequest, headers: dict[str, str], key: Key) -> tuple[str, str]:
    """What the vendor's signer makes of this request, and its canonical form."""
    signer = _VendorSigner(_SignerKey(key.identity, key.secret))
    sdk_request = SdkRequest(
        method=request.method,
        schema="http",
        host=request.header("Host"),
        resource_path=request.path,
        query_params=list(request.query),
        header_params=dict(headers),
        body=request.body,
    )
    signer.sign(sdk_request)
    authorization = str(sdk_request.header_params["Authorization"])
    return authorization.rpartition("Signature=")[2], signer.canonical


def _unauthorized(reason: str) -> ApiError:
    return ApiError("APIGW.0301", _PREFIX + reason, 401)
