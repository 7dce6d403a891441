# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport, against raw sockets on loopback: what is on the wire, and what a failure says about it."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Union
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils import _http
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import (
    Headers,
    HttpSettings,
    Response,
    Transport,
    choose_proxy,
)
from ansible_collections.secops.cfw.plugins.module_utils._signing import (
    Endpoint,
    Request,
    encode_path,
    parse_endpoint,
    sign_huawei,
    sign_tencent,
)

REMOTE = "cfw.example.invalid"
"""A name that no name service knows: only a proxy reaches it."""
PASSWORD = "hunter2-of-the-proxy"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Step = Union[bytes, None, Callable[[socket.socket], None]]


class Wire:
    """A server on loopback. It reads whole requests, keeps their bytes, and follows a script.

    The script has a list of steps per connection, one step per request: bytes to answer, None to say nothing, or
    something to do with the socket. After its last step a connection is closed; after the last list none is accepted.
    """

    def __init__(self, *connections: Sequence[Step], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._script = connections
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_exc: object) -> None:
        # Wakes accept().
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("https" if self._tls else "http", "127.0.0.1", self.port)

    def _serve(self) -> None:
        for steps in self._script:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            # The client may hang up at any time: it is the client that is under test.
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                with connection:
                    self._talk(connection, steps)

    def _talk(self, connection: socket.socket, steps: Sequence[Step]) -> None:
        for number, step in enumerate(steps, 1):
            request = read_request(connection)
            if not request:
                return
            self.requests.append(request)
            if callable(step):
                step(connection)
            elif step is not None:
                last = number == len(steps) and step.startswith(b"HTTP/1.1 ")
                # Or else the client may send the next request on this connection while it is being closed.
                connection.sendall(step.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if last else step)


def read_request(connection: socket.socket) -> bytes:
    """One request with its body; b"" if the other side hangs up."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _unused, body = data.partition(b"\r\n\r\n")
    length = int(next((line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b"0"))
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Seen:
    """A request as it was on the wire."""

    def __init__(self, data: bytes) -> None:
        head, _unused, self.body = data.partition(b"\r\n\r\n")
        line, *fields = head.decode("ascii").split("\r\n")
        self.method, self.target, self.version = line.split(" ")
        self.headers = Headers({name: value for name, _unused, value in (field.partition(": ") for field in fields)})
        assert len(self.headers) == len(fields), "a header twice"


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Ticking:
    """A monotonic clock that moves with each look at it."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def make_context(environ: dict[str, str] | None = None, **more: Any) -> Context:
    return Context(environ=environ or {}, home="/nowhere", **more)


@contextlib.contextmanager
def transport(environ: dict[str, str] | None = None, monotonic: Any = None, **more: Any) -> Iterator[Transport]:
    context = make_context(environ, **({"monotonic": monotonic} if monotonic else {}))
    made = Transport(HttpSettings(**{"timeout": 5.0, **more}), context, "secops.cfw/test")
    try:
        yield made
    finally:
        made.close()


def failure(request: Request, environ: dict[str, str] | None = None, monotonic: Any = None, **more: Any) -> ApiError:
    with transport(environ, monotonic, **more) as sender, pytest.raises(ApiError) as caught:
        sender.send(request)
    assert caught.value.sentence().count("\n") == 0
    return caught.value


def get(endpoint: Endpoint) -> Request:
    return Request("GET", endpoint, "/v1")


def post(endpoint: Endpoint) -> Request:
    return Request("POST", endpoint, "/v1", body=b'{"a": 1}')


# --- certificates ------------------------------------------------------------------------------------------------


class Authority:
    """A certificate authority for one test run."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = str(folder / f"{name}.pem")
        certificate = self._certificate(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        Path(self.path).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _certificate(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, key is self._key, False, False, False), critical=True
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, hashes.SHA256())

    def server(self, *names: str) -> ssl.SSLContext:
        """What a server with these names needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._certificate(subject, key, x509.SubjectAlternativeName(alternatives))
        path = self._folder / f"{'-'.join(names)}.pem".replace(":", "_")
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


# --- what is signed is what is sent ------------------------------------------------------------------------------

SIGNED_REQUESTS = [
    ("GET", "/v1/0a1b/capture-task", (("offset", "0"), ("limit", "1024"), ("fw_instance_id", "a b/c~d+é%20&=?#")), b""),
    ("GET", encode_path("v1", "ä ö%41", "~.-_"), (("b", ""), ("a", "*'()!$,;:@/"), ("a", "%7E")), b""),
    ("POST", "/v1/0a1b/capture-task", (("fw_instance_id", "1"),), '{"name": "Übung"}'.encode()),
    ("POST", "/", (), b'{"Limit": 1}'),
    ("POST", "/v1/empty", (), b""),
    ("DELETE", "/v1/0a1b/items/", (), b'{"ids": ["1"]}'),
]


def check_signature(data: bytes, host: str) -> Seen:
    """Signs what was received with the vendor's SDK, and compares."""
    seen = Seen(data)
    assert seen.headers["Host"] == host
    path, _unused, query = seen.target.partition("?")
    theirs = SdkRequest(
        method=seen.method,
        host=seen.headers["Host"],
        resource_path=path,
        query_params=parse_qsl(query, keep_blank_values=True),
        header_params={"X-Sdk-Date": seen.headers["X-Sdk-Date"], "Content-Type": seen.headers["Content-Type"]},
        body=seen.body,
    )

    class Credentials:
        ak, sk = "AK", "SK"

    Signer(Credentials()).sign(theirs)
    assert theirs.header_params["Authorization"] == seen.headers["Authorization"]
    assert theirs.uri == seen.target
    return seen


def signed(request: Request) -> Request:
    return request.with_headers(sign_huawei(request, "AK", "SK", 1725070650, "T0KEN"))


@pytest.mark.parametrize(("method", "path", "query", "body"), SIGNED_REQUESTS)
def test_sent_as_signed_to_a_custom_port(
    method: str, path: str, query: tuple[tuple[str, str], ...], body: bytes
) -> None:
    with Wire([OK]) as wire, transport() as sender:
        request = Request(method, parse_endpoint(wire.endpoint.url, "endpoint"), path, query, body=body)
        assert sender.send(signed(request)).status == 200
    (data,) = wire.requests
    seen = check_signature(data, f"127.0.0.1:{wire.port}")
    assert (seen.method, seen.target, seen.body) == (method, request.target, body)
    assert seen.headers["User-Agent"] == "secops.cfw/test"
    assert seen.headers["Accept-Encoding"] == "gzip"
    assert seen.headers["X-Security-Token"] == "T0KEN"
    assert seen.headers.get("Content-Length") == (None if method == "GET" else str(len(body)))
    assert "Transfer-Encoding" not in seen.headers


@pytest.mark.parametrize(("method", "path", "query", "body"), SIGNED_REQUESTS)
def test_sent_as_signed_through_a_proxy_for_http(
    method: str, path: str, query: tuple[tuple[str, str], ...], body: bytes
) -> None:
    with Wire([OK]) as proxy:
        environ = {"http_proxy": f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"}
        request = Request(method, Endpoint("http", REMOTE, 8080), path, query, body=body)
        with transport(environ) as sender:
            assert sender.send(signed(request)).body == b"{}"
    (data,) = proxy.requests
    prefix = f"http://{REMOTE}:8080".encode()
    assert data.startswith(method.encode() + b" " + prefix + b"/")
    seen = check_signature(data.replace(prefix, b"", 1), f"{REMOTE}:8080")
    assert (seen.method, seen.target, seen.body) == (method, request.target, body)
    assert seen.headers["Proxy-Authorization"].startswith("Basic ")


def relay(port: int) -> Callable[[socket.socket], None]:
    """What a proxy does after CONNECT: carry bytes to and fro, here to `port` whatever was asked for."""

    def carry(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as server:
            others = {client: server, server: client}
            while True:
                readable, _unused, _unused = select.select(list(others), [], [], 10)
                for source in readable:
                    data = source.recv(65536)
                    if not data:
                        return
                    others[source].sendall(data)

    return carry


@pytest.mark.parametrize("port", [443, 8443])
@pytest.mark.parametrize(("method", "path", "query", "body"), SIGNED_REQUESTS)
def test_sent_as_signed_through_a_proxy_for_https(
    authority: Authority, port: int, method: str, path: str, query: tuple[tuple[str, str], ...], body: bytes
) -> None:
    """The proxy sees the host's name and nothing of the request; the certificate is checked for that name."""
    with Wire([OK], tls=authority.server(REMOTE)) as wire, Wire([relay(wire.port)]) as proxy:
        environ = {"HTTPS_PROXY": f"user:{PASSWORD}@127.0.0.1:{proxy.port}", "SSL_CERT_FILE": authority.path}
        request = Request(method, Endpoint("https", REMOTE, port), path, query, body=body)
        with transport(environ) as sender:
            assert sender.send(signed(request)).body == b"{}"
    (asked,) = proxy.requests
    assert asked.startswith(f"CONNECT {REMOTE}:{port} HTTP/1.".encode())
    assert b"AK" not in asked
    (data,) = wire.requests
    seen = check_signature(data, REMOTE if port == 443 else f"{REMOTE}:8443")
    assert (seen.method, seen.target, seen.body) == (method, request.target, body)
    assert "Proxy-Authorization" not in seen.headers


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[Wire, Transport]]:
    with Wire(*([OK] * 2000 for _unused in range(3))) as wire, transport() as sender:
        yield wire, sender


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    segments=st.lists(
        TEXT.map(lambda text: text.replace("/", "")).filter(lambda text: text not in ("", ".", "..")), min_size=1
    ),
    query=st.lists(st.tuples(TEXT, TEXT), max_size=5),
    body=st.binary(max_size=200),
)
def test_whatever_is_sent_is_sent_as_signed(
    echo: tuple[Wire, Transport], segments: list[str], query: list[tuple[str, str]], body: bytes
) -> None:
    wire, sender = echo
    request = Request("POST", wire.endpoint, encode_path(*segments), tuple(query), body=body)
    sender.send(signed(request))
    seen = check_signature(wire.requests[-1], f"127.0.0.1:{wire.port}")
    assert (seen.target, seen.body) == (request.target, body)


def test_sent_as_signed_to_an_ipv6_address() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    received: list[bytes] = []

    def serve() -> None:
        connection, _address = server.accept()
        with connection:
            received.append(read_request(connection))
            connection.sendall(OK)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = server.getsockname()[1]
    with server, transport() as sender:
        sender.send(signed(get(parse_endpoint(f"http://[::1]:{port}", "endpoint"))))
        thread.join(10)
    check_signature(received[0], f"[::1]:{port}")


def test_tencent_content_type_and_host_are_sent_as_signed() -> None:
    with Wire([OK]) as wire, transport() as sender:
        request = Request("POST", wire.endpoint, headers={"Content-Type": "application/json"}, body=b"{}")
        headers = sign_tencent(request, "ID", "KEY", 1551113065)
        sender.send(request.with_headers(headers))
    seen = Seen(wire.requests[0])
    for name in ("Content-Type", "Host", "Authorization", "X-TC-Timestamp"):
        assert seen.headers[name] == headers[name]


def test_netrc_does_not_replace_the_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with Wire([OK, OK]) as wire, transport() as sender:
        request = signed(get(wire.endpoint))
        sender.send(request)
        sender.send(get(wire.endpoint))
    assert Seen(wire.requests[0]).headers["Authorization"] == request.headers["Authorization"]
    assert "Authorization" not in Seen(wire.requests[1]).headers


def test_cookies_are_not_kept() -> None:
    with Wire([answer(b"", "Set-Cookie: session=1; Path=/"), OK]) as wire, transport() as sender:
        sender.send(get(wire.endpoint))
        sender.send(get(wire.endpoint))
    assert "Cookie" not in Seen(wire.requests[1]).headers


@pytest.mark.parametrize(
    "headers", [{"X-Auth-Token": "a\r\nX-Evil: 1"}, {"X-Security-Token": "tökén"}, {"X-Bad": "a\x00"}, {"X Y": "1"}]
)
def test_a_header_that_cannot_travel_is_refused_before_anything_is_sent(headers: dict[str, str]) -> None:
    with Wire([OK]) as wire, transport() as sender, pytest.raises(InputError) as caught:
        sender.send(get(wire.endpoint).with_headers(headers))
    assert wire.connections == 0
    assert next(iter(headers)) in caught.value.message


# --- no connection was made: certainly not executed --------------------------------------------------------------


def check_not_executed(error: ApiError, code: str) -> None:
    assert (error.code, error.outcome, error.status) == (code, Outcome.NOT_EXECUTED, 0)
    assert error.hint


def test_unknown_host() -> None:
    error = failure(post(Endpoint("https", REMOTE, 443)))
    check_not_executed(error, "connection_failed")
    assert error.transient
    assert f"https://{REMOTE}" in error.message
    assert "Max retries" not in error.message


def test_connection_refused() -> None:
    with Wire() as wire:
        endpoint = wire.endpoint
    error = failure(post(endpoint))
    check_not_executed(error, "connection_failed")
    assert error.transient
    assert error.message == f"No connection to {endpoint.url}: Connection refused"


def test_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        # A full queue of connections: the next one is not answered at all.
        for _unused in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        error = failure(post(Endpoint("http", "127.0.0.1", server.getsockname()[1])), timeout=0.2)
    check_not_executed(error, "connection_failed")
    assert error.transient
    assert "timed out" in error.message


def test_certificate_of_an_unknown_authority(authority: Authority) -> None:
    with Wire([OK], tls=authority.server("127.0.0.1")) as wire:
        error = failure(post(wire.endpoint))
    check_not_executed(error, "tls_failed")
    assert not error.transient
    assert "unable to get local issuer certificate" in error.message
    assert "ca_path" in error.hint
    assert wire.requests == []


def test_certificate_of_another_host(authority: Authority) -> None:
    with Wire([OK], tls=authority.server("cfw.example.com")) as wire:
        error = failure(post(wire.endpoint), ca_path=authority.path)
    check_not_executed(error, "tls_failed")
    assert "127.0.0.1" in error.message
    assert wire.requests == []


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


class Silent:
    """A listener that says `greeting`, reads nothing and closes, or stays silent."""

    def __init__(self, greeting: bytes | None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.endpoint = Endpoint("https", "127.0.0.1", self._socket.getsockname()[1])
        self._greeting = greeting
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Silent:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._done.set()
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        connection, _address = self._socket.accept()
        with connection:
            if self._greeting is None:
                self._done.wait(10)
                return
            # The client may be gone as soon as it has read the greeting.
            with contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(self._greeting)
                # Read to the end, so that what was sent arrives before any reset.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass


@pytest.mark.parametrize(
    ("greeting", "code", "transient"),
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls_failed", False, id="no TLS"),
        pytest.param(b"", "tls_failed", True, id="closed"),
        pytest.param(None, "connection_failed", True, id="silent"),
    ],
)
def test_a_handshake_that_fails(greeting: bytes | None, code: str, transient: bool) -> None:
    with Silent(greeting) as server:
        error = failure(post(server.endpoint), timeout=0.3 if greeting is None else 10)
    check_not_executed(error, code)
    assert error.transient is transient


@pytest.mark.parametrize(
    ("status", "transient"),
    [("403 Forbidden", False), ("407 Proxy Authentication Required", False), ("503 Service Unavailable", True)],
)
def test_proxy_refuses_to_connect(status: str, transient: bool) -> None:
    with Wire([f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()]) as proxy:
        environ = {"https_proxy": f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"}
        error = failure(post(Endpoint("https", REMOTE, 443)), environ)
    check_not_executed(error, "proxy_failed")
    assert error.transient is transient
    assert status in error.message
    assert f"http://127.0.0.1:{proxy.port}" in error.message
    assert "https_proxy" in error.hint
    (asked,) = proxy.requests
    assert asked.startswith(b"CONNECT ")


@pytest.mark.parametrize("steps", [None, [None], [b"nonsense\r\n\r\n"]])
def test_proxy_is_not_there_or_not_one(steps: list[Step] | None) -> None:
    with Wire(*([steps] if steps else [])) as proxy:
        if steps is None:
            proxy.__exit__()
        error = failure(post(Endpoint("https", REMOTE, 443)), {"https_proxy": f"http://127.0.0.1:{proxy.port}"})
    check_not_executed(error, "proxy_failed")
    assert error.transient


def test_certificate_behind_a_proxy_is_checked(authority: Authority) -> None:
    with Wire([OK], tls=authority.server("other.example.invalid")) as wire, Wire([relay(wire.port)]) as proxy:
        environ = {"https_proxy": f"http://127.0.0.1:{proxy.port}", "REQUESTS_CA_BUNDLE": authority.path}
        error = failure(post(Endpoint("https", REMOTE, 443)), environ)
    check_not_executed(error, "tls_failed")
    assert wire.requests == []


@pytest.mark.parametrize(
    "environ",
    [
        {"https_proxy": f"http://user:{PASSWORD}@127.0.0.1:1"},
        {"https_proxy": f"http://user:{PASSWORD}@"},
        {"https_proxy": f"http://user:{PASSWORD}@127.0.0.1:99999"},
        {"https_proxy": f"http://user:{PASSWORD}/x@127.0.0.1:1"},
        {"https_proxy": f"socks5://user:{PASSWORD}@127.0.0.1:1"},
    ],
)
def test_no_error_shows_the_password_of_the_proxy(environ: dict[str, str]) -> None:
    """Neither the message nor the traceback, which Ansible shows when it is verbose."""
    with transport(environ) as sender, pytest.raises(CfwError) as caught:
        sender.send(get(Endpoint("https", REMOTE, 443)))
    shown = "".join(traceback.format_exception(type(caught.value), caught.value, caught.value.__traceback__))
    assert PASSWORD not in shown + caught.value.sentence() + repr(caught.value)


def test_what_the_other_side_says_is_redacted() -> None:
    with Wire([f"HTTP/1.1 407 Wrong password {PASSWORD}\r\n\r\n".encode()]) as proxy:
        environ = {"https_proxy": f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"}
        error = failure(get(Endpoint("https", REMOTE, 443)), environ)
    assert "407 Wrong password" in error.message
    assert PASSWORD not in error.sentence() + str(error) + repr(error)


# --- lost after the request was written: unknown -----------------------------------------------------------------


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize(
    ("step", "status"),
    [
        pytest.param(None, 0, id="closed"),
        pytest.param(reset, 0, id="reset"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Broken", 200, id="in the headers"),
        pytest.param(b"nonsense\r\n\r\n", 0, id="no HTTP"),
        pytest.param(answer(b"{}", length=3), 200, id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", 200, id="in a chunk"),
        pytest.param(b"HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 502, id="between chunks"),
    ],
)
@pytest.mark.parametrize("make", [get, post])
def test_a_connection_lost_after_the_request(make: Callable[[Endpoint], Request], step: Step, status: int) -> None:
    with Wire([step], [OK]) as wire:
        error = failure(make(wire.endpoint))
    assert (error.code, error.outcome, error.status) == ("connection_lost", Outcome.UNKNOWN, status)
    assert error.transient
    assert len(wire.requests) == 1


def test_a_kept_connection_that_the_service_closes_is_not_replaced_behind_our_back() -> None:
    with Wire([OK, None], [OK]) as wire, transport() as sender:
        sender.send(get(wire.endpoint))
        with pytest.raises(ApiError) as caught:
            sender.send(post(wire.endpoint))
    assert (caught.value.code, caught.value.outcome) == ("connection_lost", Outcome.UNKNOWN)
    assert len(wire.requests) == 2


def test_tls_that_breaks_after_the_request_is_no_failed_handshake(authority: Authority) -> None:
    def garbage(connection: socket.socket) -> None:
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x20" + b"\x00" * 32)

    with Wire([garbage], tls=authority.server("127.0.0.1")) as wire:
        error = failure(post(wire.endpoint), ca_path=authority.path)
    assert (error.code, error.outcome) == ("connection_lost", Outcome.UNKNOWN)
    assert len(wire.requests) == 1


def test_a_proxy_for_http_that_hangs_up_may_have_passed_the_request_on() -> None:
    with Wire([None]) as proxy:
        error = failure(post(Endpoint("http", REMOTE, 80)), {"http_proxy": f"http://127.0.0.1:{proxy.port}"})
    assert (error.code, error.outcome) == ("connection_lost", Outcome.UNKNOWN)


def test_no_answer_in_time() -> None:
    release = threading.Event()

    def wait(_connection: socket.socket) -> None:
        release.wait(10)

    with Wire([wait]) as wire:
        error = failure(post(wire.endpoint), timeout=0.2)
        release.set()
    assert (error.code, error.outcome, error.transient) == ("timeout", Outcome.UNKNOWN, True)
    assert "0.2 seconds" in error.message


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nContent-Encoding: gzip\r\n\r\n", id="gzip"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n", id="chunk"),
    ],
)
def test_an_answer_that_trickles_comes_to_an_end(start: bytes) -> None:
    """Each byte comes in time, the whole doesn't. The clock runs a second per look at it: 20 seconds are 20 reads."""

    def trickle(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(start)
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"a")

    clock = Ticking(1)
    with Wire([trickle]) as wire:
        error = failure(get(wire.endpoint), monotonic=clock)
    assert (error.code, error.outcome) == ("timeout", Outcome.UNKNOWN)
    assert clock.now <= 25


def test_the_last_wait_ends_with_the_whole() -> None:
    """With 0.1 of the 20 seconds left, a silent service is not waited for 5 seconds more."""
    times = iter([0.0, 0.0])
    release = threading.Event()

    def wait(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        release.wait(10)

    started = time.monotonic()
    with Wire([wait]) as wire:
        error = failure(get(wire.endpoint), monotonic=lambda: next(times, 19.9))
        release.set()
    assert error.code == "timeout"
    assert time.monotonic() - started < 3


def test_a_slow_tunnel_comes_to_an_end() -> None:
    def trickle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                connection.sendall(b"a" * 9000 + b"\r\nX: ")

    with Wire([trickle]) as proxy:
        environ = {"https_proxy": f"http://127.0.0.1:{proxy.port}"}
        error = failure(post(Endpoint("https", REMOTE, 443)), environ, monotonic=Ticking(1))
    check_not_executed(error, "proxy_failed")


# --- the size of an answer ---------------------------------------------------------------------------------------


def endless(head: bytes, chunk: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(chunk)

    return send


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(answer(b"", length=1001), id="announced"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n"), id="chunked"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 1000), id="until closed"),
        pytest.param(answer(gzip.compress(b"\x00" * 100_000_000, 9)[:990], "Content-Encoding: gzip"), id="gzip bomb"),
        pytest.param(answer(gzip.compress(b"\x00" * 1001), "Content-Encoding: gzip"), id="a little too large"),
    ],
)
def test_an_answer_above_the_limit_is_not_read(step: Step) -> None:
    with Wire([step]) as wire:
        error = failure(post(wire.endpoint), max_response_bytes=1000)
    assert (error.code, error.outcome, error.status) == ("response_too_large", Outcome.UNKNOWN, 200)
    assert not error.transient
    assert "1000 bytes" in error.message


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(answer(b"a" * 1000), id="announced"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * 1000, id="until closed"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"384\r\n" + b"a" * 900 + b"\r\n64;x=y\r\n" + b"a" * 100 + b"\r\n0\r\nX-Trailer: 1\r\n\r\n",
            id="chunked",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3e8\r\n" + b"a" * 1000 + b"\r\n0\r\n\r\n",
            id="chunked, with a length that does not count",
        ),
        pytest.param(answer(gzip.compress(b"a" * 1000), "Content-Encoding: gzip"), id="gzip"),
        pytest.param(answer(gzip.compress(b"a" * 1000), "Content-Encoding: X-GZIP"), id="x-gzip"),
        pytest.param(answer(b"a" * 1000, "Content-Encoding: identity"), id="identity"),
    ],
)
def test_an_answer_at_the_limit_is_read(step: Step) -> None:
    with Wire([step]) as wire, transport(max_response_bytes=1000) as sender:
        assert sender.send(get(wire.endpoint)).body == b"a" * 1000


def test_a_gzip_bomb_does_not_go_off() -> None:
    """32 MB of zeros in one chunk of 32 kB: not even that chunk is unpacked as a whole."""
    bomb = answer(gzip.compress(bytes(32_000_000)), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with Wire([bomb]) as wire:
            assert failure(get(wire.endpoint), max_response_bytes=100_000).code == "response_too_large"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_short_body_is_noticed_without_the_help_of_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1.26, as requests uses it, does not compare the length."""
    monkeypatch.setattr("urllib3.response.HTTPResponse._init_length", lambda *_args: None)
    # http.client itself compares only reads to the end.
    with Wire([answer(b"{}", length=3)]) as wire:
        assert failure(get(wire.endpoint)).code == "connection_lost"


def test_a_large_answer_arrives_whole() -> None:
    body = bytes(range(256)) * 8192
    with Wire([answer(body), answer(gzip.compress(body), "Content-Encoding: gzip")]) as wire, transport() as sender:
        assert sender.send(get(wire.endpoint)).body == body
        assert sender.send(get(wire.endpoint)).body == body
    assert wire.connections == 1


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (answer(gzip.compress(b"{}")[:-4], "Content-Encoding: gzip"), "connection_lost"),
        (answer(b"no gzip", "Content-Encoding: gzip"), "response_unreadable"),
        (answer(zlib.compress(b"{}"), "Content-Encoding: br"), "response_unreadable"),
        (answer(gzip.compress(gzip.compress(b"{}")), "Content-Encoding: gzip, gzip"), "response_unreadable"),
    ],
)
def test_a_damaged_answer(step: Step, code: str) -> None:
    with Wire([step]) as wire:
        error = failure(post(wire.endpoint))
    assert (error.code, error.outcome, error.transient) == (code, Outcome.UNKNOWN, True)


@pytest.mark.parametrize(
    "step",
    [
        answer(b"", "Content-Encoding: gzip"),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_an_empty_answer(step: Step) -> None:
    with Wire([step]) as wire, transport() as sender:
        response = sender.send(get(wire.endpoint))
    assert response.body == b""
    with pytest.raises(ValueError, match=r"."):
        response.json()


# --- redirects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example.com:8443/path?token=secret", "https://login.example.com:8443 "),
        ("https://user:secret@login.example.com/", "https://login.example.com "),
        ("/other?token=secret", "http://127.0.0.1 "),
        ("//login.example.com/secret", "http://login.example.com "),
        ("http://[secret", "an unreadable address"),
        ("", "http://127.0.0.1 "),
    ],
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(location: str, shown: str, status: str) -> None:
    with Wire([answer(b"", f"Location: {location}", status=status), OK], [OK]) as wire:
        error = failure(post(wire.endpoint))
    assert (error.code, error.outcome, error.transient) == ("redirected", Outcome.UNKNOWN, False)
    assert error.status == int(status[:3])
    assert shown in error.message + " "
    assert "secret" not in error.sentence()
    assert "endpoint" in error.hint
    assert len(wire.requests) == 1


def test_the_body_of_a_redirect_is_not_read() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
    with Wire([endless(head, b"a" * 65536)]) as wire:
        error = failure(get(wire.endpoint), monotonic=Ticking(1))
    assert error.code == "redirected"


# --- connections -------------------------------------------------------------------------------------------------


def test_connections_are_kept_and_a_fresh_one_is_made_on_request() -> None:
    with Wire([OK, OK, OK], [OK, OK]) as wire, transport() as sender:
        sender.send(get(wire.endpoint))
        sender.send(get(wire.endpoint))
        assert wire.connections == 1
        sender.send(post(wire.endpoint), fresh_connection=True)
        assert wire.connections == 2
        sender.send(get(wire.endpoint))
    assert wire.connections == 2
    assert len(wire.requests) == 4


def test_a_connection_is_kept_after_an_error_status() -> None:
    with Wire([answer(b"{}", status="500 Oops"), OK]) as wire, transport() as sender:
        assert sender.send(get(wire.endpoint)).status == 500
        assert sender.send(get(wire.endpoint)).status == 200
    assert wire.connections == 1


def test_after_a_failure_the_next_request_has_a_new_connection() -> None:
    with Wire([answer(b"", length=5000)], [OK]) as wire, transport(max_response_bytes=1000) as sender:
        with pytest.raises(ApiError):
            sender.send(get(wire.endpoint))
        assert sender.send(get(wire.endpoint)).body == b"{}"
    assert wire.connections == 2


# --- TLS settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_usual_variables_name_the_ca_bundle(authority: Authority, name: str) -> None:
    with Wire([OK], tls=authority.server("127.0.0.1")) as wire, transport({name: authority.path}) as sender:
        assert sender.send(get(wire.endpoint)).status == 200


def test_ca_path_goes_before_the_variables(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    environ = {"REQUESTS_CA_BUNDLE": other.path, "SSL_CERT_FILE": " "}
    with (
        Wire([OK], tls=authority.server("127.0.0.1")) as wire,
        transport(environ, ca_path=authority.path) as sender,
    ):
        assert sender.send(get(wire.endpoint)).status == 200


def test_the_process_environment_is_not_looked_at(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.path)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with Wire([OK], tls=authority.server("127.0.0.1")) as wire:
        assert failure(get(wire.endpoint)).code == "tls_failed"
    assert failure(get(Endpoint("https", REMOTE, 443))).code == "connection_failed"


@pytest.mark.parametrize(
    ("environ", "ca_path", "named"),
    [({}, "/nowhere/ca.pem", "ca_path"), ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, None, "SSL_CERT_FILE")],
)
def test_a_missing_ca_bundle(environ: dict[str, str], ca_path: str | None, named: str) -> None:
    with pytest.raises(InputError, match=named) as caught, transport(environ, ca_path=ca_path):
        pass
    assert "/nowhere/ca.pem" in caught.value.message


def test_a_ca_bundle_without_certificates(authority: Authority, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing here\n")
    with Wire([OK], tls=authority.server("127.0.0.1")) as wire:
        error = failure(get(wire.endpoint), ca_path=str(empty))
    check_not_executed(error, "tls_failed")


def test_validate_certs_false_accepts_any_certificate_without_complaint(authority: Authority) -> None:
    with (
        Wire([OK], tls=authority.server("cfw.example.com")) as wire,
        transport(validate_certs=False, ca_path="/nowhere/ca.pem") as sender,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        assert sender.send(get(wire.endpoint)).status == 200
    assert caught == []


# --- proxies from the environment --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "chosen", "source"),
    [
        ({}, None, ""),
        (
            {"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1", "all_proxy": "http://c:1"},
            "http://a:1",
            "https_proxy",
        ),
        ({"https_proxy": " ", "HTTPS_PROXY": "http://b:1"}, "http://b:1", "HTTPS_PROXY"),
        ({"ALL_PROXY": "http://c:1"}, "http://c:1", "ALL_PROXY"),
        ({"http_proxy": "http://d:1"}, None, ""),
        ({"https_proxy": "proxy.example.com:3128"}, "http://proxy.example.com:3128", "https_proxy"),
        ({"https_proxy": "https://u:pass%40word@proxy:1"}, "https://proxy:1", "https_proxy"),
        ({"https_proxy": "http://[2001:db8::1]:3128/"}, "http://[2001:db8::1]:3128", "https_proxy"),
        ({"https_proxy": "http://proxy"}, "http://proxy", "https_proxy"),
    ],
)
def test_choice_of_a_proxy(environ: dict[str, str], chosen: str | None, source: str) -> None:
    proxy = choose_proxy(Endpoint("https", "cfw.example.com", 443), make_context(environ))
    assert (proxy.shown if proxy else None) == chosen
    assert (proxy.source if proxy else "") == source


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http://:3128",
        "http://proxy:0",
        "http://proxy:99999",
        "http://proxy:port",
        "http://user:pass word@proxy:1",
        "http://us\ner:secret@proxy:1",
        "http://user:secret%0Ax@proxy:1",
        "http://user:%E4%BD%A0secret@proxy:1",
        "http://[::1",
        "socks5h://user:secret@proxy:1080",
        "ftp://proxy",
    ],
)
def test_a_proxy_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match="HTTPS_PROXY") as caught:
        choose_proxy(Endpoint("https", "cfw.example.com", 443), make_context({"HTTPS_PROXY": text}))
    assert "secret" not in caught.value.message


def test_the_password_of_a_proxy_is_registered_in_each_form() -> None:
    context = make_context({"https_proxy": "http://user:pass%40word@proxy:1"})
    choose_proxy(Endpoint("https", "cfw.example.com", 443), context)
    assert context.redactor.secrets == {"pass%40word", "pass@word", "dXNlcjpwYXNzQHdvcmQ="}


@pytest.mark.parametrize(
    ("host", "rules", "direct"),
    [
        ("cfw.example.com", "", False),
        ("cfw.example.com", "*", True),
        ("cfw.example.com", "cfw.example.com", True),
        ("cfw.example.com", "other.com, EXAMPLE.com", True),
        ("cfw.example.com", ".example.com", True),
        ("cfw.example.com", "*.example.com", True),
        ("cfw.example.com", "other.com .example.com", True),
        ("example.com", ".example.com", True),
        ("cfw.example.com", "ample.com", False),
        ("cfw.example.com", "com.", False),
        ("cfw.example.com", "example.com:443", True),
        ("cfw.example.com", "example.com:8443", False),
        ("cfw.example.com", "10.0.0.0/8,,.", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:444", False),
        ("10.1.2.3", "2.3, 192.0.2.0/24", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("2001:db8::1", "[2001:db8:0::1]:443", True),
        ("2001:db8::1", "[2001:db8::1]:444", False),
    ],
)
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_no_proxy(host: str, rules: str, direct: bool, name: str) -> None:
    context = make_context({"https_proxy": "http://proxy:1", name: rules})
    assert (choose_proxy(Endpoint("https", host, 443), context) is None) is direct


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_never_a_proxy_for_loopback(host: str) -> None:
    environ = {"http_proxy": "http://proxy:1", "https_proxy": "http://proxy:1", "all_proxy": "http://proxy:1"}
    for scheme in ("http", "https"):
        assert choose_proxy(Endpoint(scheme, host, 8080), make_context(environ)) is None


def test_proxies_can_be_left_out() -> None:
    """For a metadata service, which is no business of a proxy."""
    with Wire([OK]) as proxy:
        environ = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        error = failure(get(Endpoint("http", REMOTE, 80)), environ, use_proxies=False)
    assert error.code == "connection_failed"
    assert proxy.connections == 0


# --- settings, responses, and a missing library ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"timeout": 0}, "timeout"), ({"timeout": -1}, "timeout"), ({"timeout": float("nan")}, "timeout"),
     ({"timeout": 1e9}, "timeout"), ({"retries": -1}, "retries")],
)  # fmt: skip
def test_settings_that_make_no_sense(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        HttpSettings(**wrong)


def test_a_response_has_headers_in_any_case_and_json() -> None:
    response = Response(200, {"X-Request-ID": "1", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, b'{"a": "\xc3\xa9"}')
    assert response.headers["x-request-id"] == "1"
    assert "X-REQUEST-ID" in response.headers
    assert set(response.headers) == {"x-request-id", "date"}
    assert response.json() == {"a": "é"}
    assert response.date == 784111777


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Response(200, {}, body).json()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
        ("Sun, 06 Nov 1994 16:49:37 +0800", 784111777.0),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 784111777.0),
        ("", None),
        ("yesterday", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +99999999", None),
    ],
)
def test_date(text: str, date: float | None) -> None:
    assert Response(200, {"Date": text} if text else {}, b"").date == date


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "5"}, 5.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "9" * 400}, 999999999999.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 27.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:30 GMT"}, 7.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:50:00 GMT"}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert Response(429, headers, b"").retry_after(784111750.0) == seconds


def test_without_requests_the_module_loads_and_says_so() -> None:
    code = f"""
import sys
sys.path[:] = {sys.path!r}
sys.modules["requests"] = None
from ansible_collections.secops.cfw.plugins.module_utils import _http
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
print(_http.REQUESTS_IMPORT_ERROR.splitlines()[-1])
try:
    _http.Transport(_http.HttpSettings(), Context({{}}, "/"), "test")
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(("ImportError", "ModuleNotFoundError"))
    assert "requests" in lines[0]
    assert lines[1].startswith("CfwError The Python library requests is missing")


def test_with_requests_there_is_no_import_error() -> None:
    assert _http.REQUESTS_IMPORT_ERROR is None
