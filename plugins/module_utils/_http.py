# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that touches the network. It knows no cloud.

Transport sends one request, exactly as it was signed, and says of a failure whether the request may have been carried
out. Caller signs, paces, repeats what may be repeated, and corrects a wrong clock once.
"""

from __future__ import annotations

import base64
import contextlib
import email.utils
import http.client
import io
import ipaddress
import json
import os
import re
import socket
import ssl
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from typing import Any, TypeVar, Union
from urllib.parse import unquote, urlsplit

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._signing import (
    Endpoint,
    Request,
    check_headers,
    parse_endpoint,
)

REQUESTS_IMPORT_ERROR: str | None = None
"""The traceback, if the Python library requests can't be imported."""

try:
    import requests
    import urllib3
    import urllib3.connection
    import urllib3.connectionpool
    import urllib3.exceptions
    from requests.adapters import HTTPAdapter
    from requests.structures import CaseInsensitiveDict
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

LONGEST_WAIT = 60.0
"""The longest Retry-After, in seconds, that a call waits for."""
_ANSWER_TIMEOUTS = 4
"""A whole answer may take this many times `timeout`, however steadily it trickles."""
_SMALLEST_SKEW = 60.0
"""Seconds. Both clouds accept more, so a smaller difference is not why a signature was refused."""
_LONGEST_BACKOFF = 30.0
_CHUNK = 64 * 1024
_CONNECT_REFUSED = re.compile(r": ([1-5][0-9][0-9])\b")


@dataclass(frozen=True)
class HttpSettings:
    """How to send. `timeout`: seconds to connect, and to wait for data; `rate`: requests per second and call name."""

    timeout: float = 30.0
    retries: int = 3
    validate_certs: bool = True
    ca_path: str | None = None
    rate: float | None = None
    max_response_bytes: int = 32 * 1024 * 1024
    use_proxies: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.timeout < 86400:
            raise InputError(f"timeout is {self.timeout:g} seconds; it must be more than 0 and less than a day")
        if self.retries < 0:
            raise InputError(f"retries is {self.retries}; it must be 0 or more")


class Headers(Mapping[str, str]):
    """A response's headers, whatever the case of their names."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _http_date(text: str) -> float | None:
    """An HTTP date as Unix seconds."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


@dataclass(frozen=True)
class Response:
    """An answer, read completely; `body` is decoded from gzip."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", Headers(self.headers))

    def json(self) -> Any:
        """The body as JSON; ValueError if it is none."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @property
    def date(self) -> float | None:
        """The service's time, from the Date header, in Unix seconds."""
        return _http_date(self.headers.get("Date", ""))

    def retry_after(self, now: float) -> float | None:
        """The seconds that Retry-After asks to wait: a number, or a date (compared with Date, else with `now`)."""
        text = self.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"[0-9]+", text):
            return float(text[:12])
        moment = _http_date(text)
        return None if moment is None else max(0.0, moment - (now if self.date is None else self.date))


T = TypeVar("T")
_LINK = re.compile(r"(?P<endpoint>https?://[^/?#]*)(?P<target>/[\x21\x22\x24-\x7e]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """An address that is fetched exactly as it stands, with nothing of a credential.

    A presigned address is itself a secret: `target`, its path and query in the very spelling of the service, is not
    shown.
    """

    endpoint: Endpoint
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = field(default="GET", init=False)
    body: bytes = field(default=b"", init=False)

    @property
    def url(self) -> str:
        return self.endpoint.url + self.target

    def with_headers(self, headers: Mapping[str, str]) -> Link:
        """The same link with these headers besides its own."""
        return Link(self.endpoint, self.target, {**self.headers, **headers})


def parse_link(url: str, where: str, host: str = "") -> Link:
    """The link that `url` is, with `host` as its Host header; https, or plain http to loopback. Raises InputError.

    `where` says where it comes from. The address itself is not repeated.
    """
    parts = _LINK.fullmatch(url)
    if not parts:
        raise InputError(f"{where} is no https address in plain ASCII")
    return Link(parse_endpoint(parts["endpoint"], where), parts["target"], {"Host": host} if host else {})


class Download:
    """An answer whose body is read block by block. `length` is the body's announced size in bytes, None if unknown."""

    def __init__(self, status: int, headers: Mapping[str, str], read: Callable[[], bytes]) -> None:
        self.status = status
        self.headers = Headers(headers)
        announced = self.headers.get("Content-Length", "")
        sized = re.fullmatch(r"[0-9]{1,18}", announced) and "Transfer-Encoding" not in self.headers
        self.length = int(announced) if sized else None
        self._read = read

    def blocks(self) -> Iterator[bytes]:
        """The body, a block at a time. Raises ApiError when it ends early or breaks."""
        while True:
            block = self._read()
            if not block:
                return
            yield block


_Sendable = Union[Request, Link]


class _Watch:
    """What is noted during one exchange: whether any of the request was written, and until when it may last."""

    def __init__(self, context: Context, timeout: float) -> None:
        self._monotonic = context.monotonic
        self.timeout = timeout
        self.start()

    def start(self, target: str = "") -> None:
        self.written = False
        self.target = target
        self.renew()

    def renew(self) -> None:
        """A download may last; each of its blocks may not."""
        self._deadline = self._monotonic() + _ANSWER_TIMEOUTS * self.timeout

    def patience(self) -> float:
        """Seconds to wait for the next bytes; raises socket.timeout when the exchange has lasted too long."""
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise socket.timeout("the answer took too long")
        return min(self.timeout, left)


class _PatientReader(io.RawIOBase):
    """The reading side of a socket, under the exchange's deadline: one timeout per read would never stop a trickle."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, watch: _Watch) -> None:
        self._raw = raw
        self._sock = sock
        self._watch = watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._watch.patience())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _adapter(watch: _Watch) -> HTTPAdapter:
    """The adapter of requests, with connections that tell `watch` when they begin to write a request.

    The exceptions of requests and urllib3 do not tell that: theirs for a broken TLS record or a proxy may stand for
    either side of it. An adapter is used without a Session, which would read the whole body of a redirect, follow
    ~/.netrc, and keep cookies.
    """

    class Answer(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            buffered: Any = self.fp
            self.fp = io.BufferedReader(_PatientReader(buffered.detach(), sock, watch))

    class Watched:
        response_class: Any = Answer
        sock: Any
        _connecting = False

        def connect(self) -> None:
            self._connecting = True
            try:
                super().connect()  # type: ignore[misc]
            finally:
                self._connecting = False

        def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            # urllib3 has spelled a link anew by now, and its signature may hold for the first spelling only.
            return super().putrequest(method, watch.target or url, *args, **kwargs)  # type: ignore[misc]

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            if not self._connecting:  # else it is the CONNECT for a proxy
                watch.written = True
            super().send(data)  # type: ignore[misc]

    class HttpConnection(Watched, urllib3.connection.HTTPConnection):
        pass

    class HttpsConnection(Watched, urllib3.connection.HTTPSConnection):
        pass

    class HttpPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = HttpConnection

    class HttpsPool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = HttpsConnection

    pools = {"http": HttpPool, "https": HttpsPool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return Adapter(pool_connections=4, pool_maxsize=1, max_retries=0)


@dataclass(frozen=True)
class Proxy:
    """A proxy: `url` may hold a password, `shown` doesn't; `source` is the environment variable."""

    url: str
    shown: str
    source: str


def choose_proxy(endpoint: Endpoint, context: Context) -> Proxy | None:
    """The proxy that the usual environment variables name for `endpoint`; none for loopback. Registers its password."""
    if endpoint.is_loopback or _bypassed(endpoint, context.env("no_proxy") or context.env("NO_PROXY")):
        return None
    names = (f"{endpoint.scheme}_proxy", "all_proxy")
    source = next((name for low in names for name in (low, low.upper()) if context.env(name)), "")
    if not source:
        return None
    text = context.env(source).strip()
    wrong = InputError(
        f"The environment variable {source} names no usable proxy; give it as http://host:port, with user:password@ "
        "before the host where the proxy asks for it and special characters in them as %XX (SOCKS is not supported)"
    )
    if re.search(r"[^\x21-\x7e]", text):
        raise wrong
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        credential = base64.b64encode(f"{user}:{password}".encode("latin-1")).decode()
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not host or port == 0 or re.search(r"[\r\n]", user + password):
        raise wrong
    context.redactor.add(parts.password, password, credential if password else None)
    shown = f"[{host}]" if ":" in host else host
    return Proxy(url, f"{parts.scheme}://{shown}" + (f":{port}" if port else ""), source)


def _bypassed(endpoint: Endpoint, rules: str) -> bool:
    """Whether no_proxy excludes the endpoint: *, names and all below them, addresses, networks, with ports."""
    try:
        address = ipaddress.ip_address(endpoint.host)
    except ValueError:
        address = None
    for rule in re.split(r"[\s,]+", rules.lower()):
        with_port = re.fullmatch(r"(\[[^\]]*\]|[^:]*):([0-9]+)", rule)
        host, port = with_port.groups() if with_port else (rule, "")
        if not host or (port and int(port) != endpoint.port):
            continue
        if host == "*":
            return True
        host = host.strip("[]")
        if address is None:
            host = host.lstrip("*").lstrip(".")
            if host and (endpoint.host == host or endpoint.host.endswith("." + host)):
                return True
            continue
        try:
            if address in ipaddress.ip_network(host, strict=False):
                return True
        except ValueError:
            continue
    return False


def _verification(settings: HttpSettings, context: Context) -> bool | str:
    """What requests calls `verify`: False, the CA bundle's path, or True for the bundle that requests brings along."""
    if not settings.validate_certs:
        return False
    source, path = "ca_path", settings.ca_path or ""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if not path:
            source, path = f"The environment variable {name}", context.env(name)
    if path and not os.path.exists(path):
        raise InputError(f"{source} names {path}, which doesn't exist; give a file of CA certificates in PEM format")
    return path or True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and everything it was made from: requests and urllib3 wrap in attributes and arguments, too."""
    waiting: list[Any] = [error]
    seen: list[BaseException] = []
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, BaseException) and not any(found is known for known in seen):
            seen.append(found)
            yield found
            waiting += [getattr(found, "reason", None), getattr(found, "original_error", None), *found.args]
            waiting += [found.__cause__, found.__context__]


def _reason(causes: list[BaseException]) -> str:
    """The innermost system's words for it, such as "Connection refused"."""
    for error in causes:
        if isinstance(error, ssl.SSLError):
            # Those that urllib3 makes itself lack these attributes.
            return str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or error)
    for error in causes:
        if isinstance(error, socket.timeout):
            return "timed out"
        if isinstance(error, OSError) and error.strerror and error.errno is not None:
            return error.strerror
    last = causes[-1]
    # It may hold whatever the other side sent.
    return " ".join(str(last).split())[:200] or type(last).__name__


class _TooLarge(Exception):
    """The answer exceeds the limit."""


class Transport:
    """Sends single requests. Connections are kept open; redirects are not followed."""

    def __init__(self, settings: HttpSettings, context: Context, user_agent: str) -> None:
        """Raises InputError for a CA bundle that doesn't exist."""
        if REQUESTS_IMPORT_ERROR:
            raise CfwError(
                "missing_library",
                "The Python library requests is missing on this host",
                hint="Install it for the Python that runs the module",
            )
        self._settings = settings
        self._context = context
        self._user_agent = user_agent
        self._verify = _verification(settings, context)
        self._watch = _Watch(context, settings.timeout)
        self._adapter = _adapter(self._watch)

    def close(self) -> None:
        """Closes the connections."""
        self._adapter.close()

    def send(self, request: Request, *, fresh_connection: bool = False) -> Response:
        """The answer, whatever its status, unless it is a redirect.

        Raises ApiError, with outcome NOT_EXECUTED exactly if nothing of the request was written: connection_failed,
        tls_failed, proxy_failed. Else UNKNOWN: timeout, connection_lost, response_too_large, response_unreadable,
        redirected. Raises InputError for headers that can't be sent and for an unusable proxy variable.
        With `fresh_connection` no connection is reused: one that the service has just closed would lose the answer.
        """
        headers = self._headers(request)
        check_headers(headers)
        proxy = choose_proxy(request.endpoint, self._context) if self._settings.use_proxies else None
        if fresh_connection:
            self._adapter.close()
        self._watch.start()
        answer: requests.Response | None = None
        failure: ApiError | None
        try:
            answer = self._exchange(request, headers, proxy)
            failure = self._redirected(request, answer)
            if not failure:
                return Response(answer.status_code, dict(answer.headers), self._body(answer))
        except _TooLarge:
            failure = self._too_large(request)
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError, zlib.error) as error:
            failure = self._broken(request, error) if self._watch.written else self._unconnected(request, proxy, error)
        if answer is not None:
            failure.status = answer.status_code
            answer.close()
        failure.message = self._context.redactor.text(failure.message)
        failure.args = (failure.message,)
        # Raised out here it has no __context__, whose text could show what is hidden.
        raise failure

    @contextlib.contextmanager
    def download(self, link: Link) -> Iterator[Download]:
        """The answer to a link, whatever its status, unless it is a redirect; the body is read by the caller.

        Nothing is signed or decompressed, and the body's size has no limit here: a block has to arrive within the
        time of a whole answer. Raises ApiError as send does.
        """
        link = link.with_headers({"Accept-Encoding": "identity"})
        headers = self._headers(link)
        check_headers(headers)
        proxy = choose_proxy(link.endpoint, self._context) if self._settings.use_proxies else None
        self._watch.start(link.target)
        answer = self._guarded(link, proxy, lambda: self._exchange(link, headers, proxy))
        try:
            failure = self._redirected(link, answer)
            if failure:
                failure.status = answer.status_code
                raise failure
            received = 0

            def read() -> bytes:
                nonlocal received
                self._watch.renew()
                block: bytes = answer.raw.read(_CHUNK, decode_content=False)
                received += len(block)
                if not block and download.length is not None and received < download.length:
                    raise http.client.IncompleteRead(b"", download.length - received)
                return block

            download = Download(answer.status_code, dict(answer.headers), lambda: self._guarded(link, proxy, read))
            yield download
        finally:
            answer.close()

    def _guarded(self, request: _Sendable, proxy: Proxy | None, act: Callable[[], T]) -> T:
        """What `act` returns; whatever breaks is raised as an ApiError."""
        try:
            return act()
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError, zlib.error) as error:
            failure = self._broken(request, error) if self._watch.written else self._unconnected(request, proxy, error)
        failure.message = self._context.redactor.text(failure.message)
        failure.args = (failure.message,)
        # Raised out here it has no __context__, whose text could show what is hidden.
        raise failure

    def _headers(self, request: _Sendable) -> dict[str, str]:
        own = {
            "Host": request.endpoint.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            # One compression only, that can be undone under a size limit.
            "Accept-Encoding": "gzip",
        }
        if request.body or request.method not in ("GET", "HEAD"):
            own["Content-Length"] = str(len(request.body))
        given = {name.lower() for name in request.headers}
        return {**request.headers, **{name: value for name, value in own.items() if name.lower() not in given}}

    def _exchange(self, request: _Sendable, headers: Mapping[str, str], proxy: Proxy | None) -> requests.Response:
        prepared = requests.PreparedRequest()
        # Not by prepare(), which would spell the address anew.
        prepared.method = request.method
        prepared.url = request.url
        prepared.headers = CaseInsensitiveDict(headers)
        prepared.body = request.body or None
        with warnings.catch_warnings():
            # validate_certs: false was asked for, no need to say so with each request.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            return self._adapter.send(
                prepared,
                stream=True,
                timeout=(self._settings.timeout, self._settings.timeout),
                verify=self._verify,
                proxies={request.endpoint.scheme: proxy.url} if proxy else {},
            )

    def _body(self, answer: requests.Response) -> bytes:
        """The whole body without its compression, never more than the limit of either."""
        most = self._settings.max_response_bytes
        length = answer.headers.get("Content-Length", "")
        expected = int(length) if re.fullmatch(r"[0-9]{1,15}", length) and answer.status_code != 204 else None
        if "Transfer-Encoding" in answer.headers:
            expected = None
        if expected is not None and expected > most:
            raise _TooLarge
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise zlib.error(f"unknown compression {encoding}")
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in encoding else None
        body = bytearray()
        received = 0
        while True:
            chunk = answer.raw.read(_CHUNK, decode_content=False)
            if not chunk:
                break
            received += len(chunk)
            body += unzip.decompress(chunk, most + 1 - len(body)) if unzip else chunk
            if max(received, len(body)) > most:
                raise _TooLarge
        # Older versions of urllib3 take a body that ends too early for complete.
        if (expected is not None and received < expected) or (unzip and received and not unzip.eof):
            raise http.client.IncompleteRead(b"", (expected or received) - received)
        return bytes(body)

    def _redirected(self, request: _Sendable, answer: requests.Response) -> ApiError | None:
        if not 300 <= answer.status_code < 400:
            return None
        try:
            target = urlsplit(answer.headers.get("Location", ""))
            host = target.hostname or request.endpoint.host
            place = f"{target.scheme or request.endpoint.scheme}://{host}" + (f":{target.port}" if target.port else "")
        except ValueError:
            place = "an unreadable address"
        return ApiError(
            "redirected",
            f"{request.endpoint.url} redirects to {place} (HTTP {answer.status_code}), which is not followed",
            outcome=Outcome.UNKNOWN,
            hint="A signature holds for one host: check the endpoint, and whether a proxy wants a login",
        )

    def _too_large(self, request: _Sendable) -> ApiError:
        return ApiError(
            "response_too_large",
            f"The answer of {request.endpoint.url} is larger than {self._settings.max_response_bytes} bytes",
            outcome=Outcome.UNKNOWN,
            hint="Ask for less at once",
        )

    def _broken(self, request: _Sendable, error: Exception) -> ApiError:
        """The request was written, at least in part."""
        url = request.endpoint.url
        causes = list(_causes(error))
        if any(isinstance(cause, zlib.error) for cause in causes):
            code, message = "response_unreadable", f"The answer of {url} is damaged or in an unknown compression"
        elif any(isinstance(cause, (socket.timeout, urllib3.exceptions.TimeoutError)) for cause in causes):
            code, message = "timeout", f"{url} did not answer in time (timeout: {self._settings.timeout:g} seconds)"
        else:
            code, message = "connection_lost", f"The connection to {url} broke before the answer was complete"
            message += f": {_reason(causes)}"
        return ApiError(code, message, outcome=Outcome.UNKNOWN, transient=True)

    def _unconnected(self, request: _Sendable, proxy: Proxy | None, error: Exception) -> ApiError:
        """Nothing of the request was written."""
        url = request.endpoint.url
        causes = list(_causes(error))
        reason = _reason(causes)
        # A certificate for another name is not in every version an ssl.SSLError.
        tls = any(isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)) for cause in causes)
        at_proxy = any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
        code, hint, transient = "connection_failed", "Check endpoint, region, name service and firewall", True
        message = f"No connection to {url}: {reason}"
        if proxy and (at_proxy or not tls):
            # The proxy's own refusal comes as a bare OSError, with the status in its text.
            refused = next(
                (_CONNECT_REFUSED.search(str(cause)) for cause in causes if cause.__class__ is OSError), None
            )
            code, transient = "proxy_failed", refused is None or refused[1].startswith("5")
            message = f"No connection to {url} through the proxy {proxy.shown}: {reason}"
            hint = f"Check the environment variable {proxy.source}, or exclude the host with no_proxy"
        elif tls:
            hung_up = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
            code, transient = "tls_failed", any(isinstance(cause, hung_up) for cause in causes)
            message = f"No TLS connection to {url}: {reason}"
            hint = "Check the endpoint; for a private certificate authority give its certificate with ca_path"
        return ApiError(code, message, outcome=Outcome.NOT_EXECUTED, transient=transient, hint=hint)


def _unknown(_response: Response) -> str:
    """For services whose answers carry no request id."""
    return ""


@dataclass(frozen=True)
class _Failed:
    """An attempt that failed, and its answer if there was one."""

    error: ApiError
    response: Response | None


class Caller:
    """One client's calls: signed, paced, repeated where that is safe, and noted in the call log."""

    def __init__(
        self,
        transport: Transport,
        sign: Callable[[Request, float], Request],
        judge: Callable[[Response], ApiError | None],
        settings: HttpSettings,
        context: Context,
        calls: CallLog,
        *,
        request_id_of: Callable[[Response], str] = _unknown,
    ) -> None:
        """`sign` returns the request with its headers for a time in Unix seconds; `judge` finds an answer's error."""
        self._transport = transport
        self._sign = sign
        self._judge = judge
        self._settings = settings
        self._context = context
        self._calls = calls
        self._request_id_of = request_id_of
        self._earliest: dict[str, float] = {}
        self._dated: tuple[float, float] | None = None
        self._clock_corrected = False

    def service_time(self) -> float | None:
        """The service's time now, in Unix seconds, by the Date of its last answer; None before an answer had one."""
        if self._dated is None:
            return None
        date, received = self._dated
        return date + self._context.monotonic() - received

    def call(self, name: str, request: Request, *, permission: str = "", write: bool = False) -> Response:
        """The answer to `request`, if `judge` finds no error in it; else raises ApiError, with `call` set.

        A read is repeated after throttling, and after what is transient. A write only if, besides, it was certainly not
        executed; it goes out on a connection of its own. What is refused because of the time is signed again with the
        service's, once per Caller.
        """
        self._calls.called(name, permission)
        repeated = 0
        while True:
            self._pace(name)
            self._calls.attempted(name)
            outcome = self._attempt(request, write)
            if write:
                self._calls.wrote(name, self._request_id(outcome))
            if isinstance(outcome, Response):
                return outcome
            error = outcome.error
            if error.clock_skew and self._correct_clock(outcome.response):
                continue
            delay = self._delay(outcome, repeated) if _repeatable(error, write) else None
            if delay is None or repeated >= self._settings.retries:
                raise self._finished(error, name)
            repeated += 1
            self._context.progress(f"{name}: {error.code}, asking again in {delay:.1f} seconds ({repeated})")
            self._context.sleep(delay)

    def _attempt(self, request: Request, fresh_connection: bool) -> Response | _Failed:
        now = self.service_time() if self._clock_corrected else None
        signed = self._sign(request, self._context.time() if now is None else now)
        try:
            response = self._transport.send(signed, fresh_connection=fresh_connection)
        except ApiError as failure:
            return _Failed(failure, None)
        if response.date is not None:
            self._dated = response.date, self._context.monotonic()
            self._calls.dated(response.date, self._context.time())
        error = self._judge(response)
        return response if error is None else _Failed(error, response)

    def _request_id(self, outcome: Response | _Failed) -> str:
        if isinstance(outcome, Response):
            return self._request_id_of(outcome)
        return outcome.error.request_id or (self._request_id_of(outcome.response) if outcome.response else "")

    def _pace(self, name: str) -> None:
        if not self._settings.rate:
            return
        now = self._context.monotonic()
        start = max(now, self._earliest.get(name, now))
        self._earliest[name] = start + 1 / self._settings.rate
        if start > now:
            self._context.sleep(start - now)

    def _correct_clock(self, response: Response | None) -> bool:
        """Whether to sign again, by the service's clock: at most once, and only if this clock is really wrong."""
        if self._clock_corrected or response is None or response.date is None:
            return False
        ahead = self._context.time() - response.date
        if abs(ahead) < _SMALLEST_SKEW:
            return False
        self._clock_corrected = True
        self._context.warn(
            f"This machine's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the service's; "
            "requests are signed with the service's time instead. Set the clock"
        )
        return True

    def _delay(self, failed: _Failed, repeated: int) -> float | None:
        """Seconds until the next attempt; None if the service wants a longer pause than a run should make."""
        error, asked = failed.error, failed.error.retry_after
        if asked is None and failed.response is not None:
            asked = failed.response.retry_after(self._context.time())
        if asked is not None and asked > LONGEST_WAIT:
            pause = (
                f"The service asks to wait {asked:.0f} seconds and a run waits at most {LONGEST_WAIT:.0f}; run it later"
            )
            error.hint = f"{error.hint.rstrip('.')}. {pause}" if error.hint else pause
            return None
        if asked is not None:
            # A little later, so that hosts refused together don't come back together.
            return asked + self._context.jitter()
        first = 4.0 if error.throttled else 1.0
        return self._context.jitter() * min(_LONGEST_BACKOFF, first * 2.0 ** min(repeated, 8))

    def _finished(self, error: ApiError, name: str) -> ApiError:
        redact = self._context.redactor.text
        error.call = name
        error.hint = error.hint or "Run it again: it looks first, and repeats nothing that was done"
        error.message, error.hint = redact(error.message), redact(error.hint)
        error.args = (error.message,)
        return error


def _repeatable(error: ApiError, write: bool) -> bool:
    return (error.throttled or error.transient) and (not write or error.outcome is Outcome.NOT_EXECUTED)
