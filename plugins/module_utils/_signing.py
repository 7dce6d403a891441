# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and their signatures, as pure functions: SDK-HMAC-SHA256 (Huawei Cloud) and TC3-HMAC-SHA256 (Tencent Cloud).

A Request can only be made in the one spelling that is both signed and sent: its path is checked, its query is encoded
and sorted by encode_query(), its Host is the endpoint's authority.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_METHOD = re.compile(r"[A-Z]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_URL = re.compile(r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<authority>[^/?#\\]*)(?P<rest>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?P<port>:[^:]*)?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

HUAWEI_ALGORITHM = "SDK-HMAC-SHA256"
TENCENT_ALGORITHM = "TC3-HMAC-SHA256"


@dataclass(frozen=True)
class Endpoint:
    """Where a service listens. `host` is in lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The Host header: with the port unless it is the scheme's own, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def is_loopback(self) -> bool:
        """True for localhost, 127.0.0.0/8 and ::1: what never leaves this machine."""
        if self.host in ("localhost", "::1"):
            return True
        try:
            return ipaddress.IPv4Address(self.host) in _LOOPBACK
        except ValueError:
            return False


def parse_endpoint(text: str, where: str) -> Endpoint:
    """The endpoint that `text` names: "https://host[:port]" or "host[:port]", which means https.

    `where` names the option or variable that it comes from, for the InputError. Plain http is for loopback only.
    What is refused is not repeated: it may hold a password.
    """

    def refused(problem: str) -> InputError:
        example = "https://cfw.example.com or https://cfw.example.com:8443"
        return InputError(f"{where} {problem}; give the service's address as in {example}")

    url = _URL.fullmatch(text.strip())
    if not url or not url["authority"]:
        raise refused("names no host")
    scheme = (url["scheme"] or "https").lower()
    if scheme not in _DEFAULT_PORTS:
        raise refused(f"has the scheme {scheme}, and only https is spoken")
    if "@" in url["authority"]:
        raise refused("contains a user name or password")
    if url["rest"] not in ("", "/"):
        raise refused("contains a path, a query or a fragment")
    authority = _AUTHORITY.fullmatch(url["authority"])
    if not authority:
        raise refused("is no host and port (an IPv6 address needs brackets)")
    host = _host(authority["name"], authority["ipv6"])
    if not host:
        raise refused("names no valid host")
    port = _port(authority["port"], scheme)
    if not port:
        raise refused("has a port that is none (1 to 65535)")
    endpoint = Endpoint(scheme, host, port)
    if scheme == "http" and not endpoint.is_loopback:
        raise InputError(
            f"{where} is plain http to {host}, which would send the credential unprotected; use https "
            "(plain http is accepted for a loopback address only: 127.0.0.0/8, [::1], localhost)"
        )
    return endpoint


def _host(name: str | None, ipv6: str | None) -> str:
    try:
        if name is None:
            return "" if "%" in (ipv6 or "") else str(ipaddress.IPv6Address(ipv6 or ""))
        name = name.lower()
        labels = name.split(".")
        if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
            return ""
        # A name that ends in a number is an address to every resolver, in spellings such as 127.1 too.
        if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
            return str(ipaddress.IPv4Address(name))
        return name
    except ValueError:
        return ""


def _port(text: str | None, scheme: str) -> int:
    if text is None:
        return _DEFAULT_PORTS[scheme]
    port = int(text[1:]) if re.fullmatch(r":[0-9]{1,5}", text) else 0
    return port if port <= 65535 else 0


def _encode(text: str) -> str:
    """RFC 3986: everything but letters, digits and -_.~ as %XX of its UTF-8 bytes."""
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise InputError(f"{text!a} contains characters that are no text; give it in UTF-8") from error


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query string as it is signed and sent: sorted by name, then value, and encoded."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def encode_path(*segments: str) -> str:
    """The path of these segments ("v1", a project id, ...), each as a whole. Raises InputError for what can't be."""
    for segment in segments:
        if segment in ("", ".", "..") or "/" in segment:
            raise InputError(f"{segment!r} can't be part of an address; an id has letters, digits, - and _")
    return "".join(f"/{_encode(segment)}" for segment in segments)


@dataclass(frozen=True)
class Request:
    """One HTTP request, in the spelling that is signed and sent.

    `path` is already encoded, in the one way that encode_path() does it; `query` holds decoded pairs.
    Raises ValueError for anything that HTTP libraries and gateways would respell.
    """

    method: str
    endpoint: Endpoint
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __post_init__(self) -> None:
        if not _METHOD.fullmatch(self.method):
            raise ValueError(f"not a method in capital letters: {self.method!r}")
        if not self.path.startswith("/") or "//" in self.path or {".", ".."} & set(self.path.split("/")):
            raise ValueError(f"not an absolute, normal path: {self.path!r}")
        if quote(unquote(self.path), safe="/") != self.path:
            raise ValueError(f"not a path encoded as it is signed: {self.path!r}")

    @property
    def query_string(self) -> str:
        return encode_query(self.query)

    @property
    def target(self) -> str:
        """Path and query, as they stand in the request line."""
        query = self.query_string
        return f"{self.path}?{query}" if query else self.path

    @property
    def url(self) -> str:
        return self.endpoint.url + self.target

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """The same request with these headers instead of its own."""
        return replace(self, headers=dict(headers))


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises InputError for a header that can't travel as it is; names it, and never shows its value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InputError(f"{name!r} is no name of an HTTP header")
        if not _HEADER_VALUE.fullmatch(value):
            raise InputError(
                f"The header {name} can't be sent: its value contains a line break, a control character or a character "
                "outside ASCII; check the key, token or option that it is made of for stray characters"
            )


def _canonical_headers(headers: Mapping[str, str], signed: Iterable[str]) -> tuple[dict[str, str], str]:
    """The signed headers by lower-case name, sorted and trimmed, and the list of their names."""
    values = {name.lower(): value.strip() for name, value in headers.items()}
    chosen = {name: values[name] for name in sorted(signed)}
    return chosen, ";".join(chosen)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()


def _completed_headers(request: Request, added: Mapping[str, str]) -> dict[str, str]:
    """`added`, and what the request has besides, trimmed; with a Content-Type in any case, since it is signed."""
    taken = {name.lower() for name in added}
    kept = {name: value.strip() for name, value in request.headers.items() if name.lower() not in taken}
    if "content-type" not in (name.lower() for name in kept):
        kept["Content-Type"] = "application/json"
    return {**added, **kept}


def huawei_canonical_request(request: Request, headers: Mapping[str, str], signed: Iterable[str]) -> str:
    """What is signed at Huawei Cloud (support.huaweicloud.com, devg-apisign): `signed` are lower-case header names."""
    chosen, names = _canonical_headers(headers, signed)
    path = quote(unquote(request.path), safe="/")
    lines = [
        request.method,
        # The slash at the end is only signed, never sent.
        path if path.endswith("/") else path + "/",
        request.query_string,
        *(f"{name}:{value}" for name, value in chosen.items()),
        "",
        names,
        _sha256(request.body),
    ]
    return "\n".join(lines)


def huawei_signature(canonical_request: str, date: str, secret_key: str) -> str:
    """The signature, in hex; `date` is the X-Sdk-Date."""
    text = f"{HUAWEI_ALGORITHM}\n{date}\n{_sha256(canonical_request.encode('utf-8'))}"
    return _hmac(secret_key.encode("utf-8"), text).hex()


def huawei_date(timestamp: float) -> str:
    """Unix seconds as X-Sdk-Date: YYYYMMDDTHHMMSSZ, UTC."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(timestamp))


def sign_huawei(
    request: Request,
    access_key: str,
    secret_key: str,
    timestamp: float,
    security_token: str = "",
    signed: Iterable[str] = ("content-type", "host", "x-sdk-date"),
) -> dict[str, str]:
    """All headers to send, signed with SDK-HMAC-SHA256. `timestamp` is in Unix seconds.

    The security token is sent but not signed: the gateway's answer to a bad signature repeats every signed header.
    """
    date = huawei_date(timestamp)
    headers = _completed_headers(request, {"Host": request.endpoint.authority, "X-Sdk-Date": date})
    if security_token:
        headers["X-Security-Token"] = security_token
    names = sorted(signed)
    signature = huawei_signature(huawei_canonical_request(request, headers, names), date, secret_key)
    headers["Authorization"] = (
        f"{HUAWEI_ALGORITHM} Access={access_key}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return headers


def tencent_canonical_request(request: Request, headers: Mapping[str, str], signed: Iterable[str]) -> str:
    """What is signed at Tencent Cloud (TC3, "signature v3"): header values count in lower case."""
    chosen, names = _canonical_headers(headers, signed)
    lines = [
        request.method,
        request.path,
        request.query_string,
        *(f"{name}:{value.lower()}" for name, value in chosen.items()),
        "",
        names,
        _sha256(request.body),
    ]
    return "\n".join(lines)


def tencent_date(timestamp: int) -> str:
    """The date in the credential scope: UTC, of the very second in X-TC-Timestamp."""
    return time.strftime("%Y-%m-%d", time.gmtime(timestamp))


def tencent_signature(canonical_request: str, timestamp: int, service: str, secret_key: str) -> str:
    """The signature, in hex. The key is derived per day and service; `timestamp` is in whole Unix seconds."""
    date = tencent_date(timestamp)
    digest = _sha256(canonical_request.encode("utf-8"))
    text = f"{TENCENT_ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = _hmac(key, part)
    return _hmac(key, text).hex()


def sign_tencent(
    request: Request,
    secret_id: str,
    secret_key: str,
    timestamp: float,
    service: str = "cfw",
    token: str = "",
    signed: Iterable[str] = ("content-type", "host"),
) -> dict[str, str]:
    """All headers to send, signed with TC3-HMAC-SHA256. `timestamp` is in Unix seconds; fractions are dropped."""
    seconds = int(timestamp)
    headers = _completed_headers(request, {"Host": request.endpoint.authority, "X-TC-Timestamp": str(seconds)})
    if token:
        headers["X-TC-Token"] = token
    names = sorted(signed)
    signature = tencent_signature(tencent_canonical_request(request, headers, names), seconds, service, secret_key)
    headers["Authorization"] = (
        f"{TENCENT_ALGORITHM} Credential={secret_id}/{tencent_date(seconds)}/{service}/tc3_request, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return headers
