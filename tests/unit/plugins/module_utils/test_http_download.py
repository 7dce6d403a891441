# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links, on the wire: sent in the spelling of the service, without anything of a credential, and read block by
block."""

from __future__ import annotations

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._http import Link, Transport, parse_link
from unit.plugins.module_utils.test_http import (
    OK,
    REMOTE,
    Authority,
    Seen,
    Ticking,
    Wire,
    answer,
    endless,
    get,
    relay,
    transport,
)

TARGETS = [
    "/a/b.pcap?Signature=ab%2bcd%3D&Expires=1&AccessKeyId=X",
    "/a%2fb/%7eme?z=1&a=2&a=1&empty=&flag",
    "/?b=%c3%a4&a=+%20+",
    "/a//b/../c;d=1?x='\"<>^`{|}[]\\:@!$()*,;",
    "/%zz?100%",
    "/",
]


def read(sender: Transport, link: Link) -> bytes:
    with sender.download(link) as download:
        return b"".join(download.blocks())


@pytest.mark.parametrize("target", TARGETS)
def test_sent_as_it_stands(target: str) -> None:
    with Wire([OK]) as wire, transport() as sender:
        link = parse_link(wire.endpoint.url + target, "the link", "files.example.com")
        assert read(sender, link) == b"{}"
    seen = Seen(wire.requests[0])
    assert (seen.method, seen.target) == ("GET", target)
    assert dict(seen.headers) == {
        "host": "files.example.com",
        "user-agent": "secops.cfw/test",
        "accept": "*/*",
        "accept-encoding": "identity",
    }


@pytest.mark.parametrize("target", TARGETS)
def test_sent_as_it_stands_through_a_proxy(authority: Authority, target: str) -> None:
    with Wire([OK], tls=authority.server(REMOTE)) as wire, Wire([relay(wire.port)]) as proxy:
        environ = {"https_proxy": f"127.0.0.1:{proxy.port}", "SSL_CERT_FILE": authority.path}
        with transport(environ) as sender:
            assert read(sender, parse_link(f"https://{REMOTE}{target}", "the link")) == b"{}"
    assert b"Signature" not in proxy.requests[0]
    seen = Seen(wire.requests[0])
    assert (seen.target, seen.headers["Host"]) == (target, REMOTE)


def test_a_link_does_not_change_how_the_next_request_is_spelled() -> None:
    with Wire([OK, OK]) as wire, transport() as sender:
        link = parse_link(f"{wire.endpoint.url}/a%2fb", "the link")
        read(sender, link)
        with pytest.raises(ApiError):
            read(sender, parse_link("http://127.0.0.1:1/other", "the link"))
        assert sender.send(get(wire.endpoint)).status == 200
    assert [Seen(data).target for data in wire.requests] == ["/a%2fb", "/v1"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a/b",
        "/a",
        "//host/a",
        "ftp://host/a",
        "http://files.example.com/a",
        "https://files.example.com",
        "https://files.example.com?a=1",
        "https://files.example.com/a#b",
        "https://files.example.com/a b",
        "https://files.example.com/a\tb",
        "https://files.example.com/a\r\nHost: b",
        "https://files.example.com/ä",
        "https://user:hunter22@files.example.com/a",
        "https://files.example.com:99999/a",
        "https://files.example.com\\@other.example.com/a",
    ],
)
def test_what_is_no_link(url: str) -> None:
    with pytest.raises(InputError, match="the link") as caught:
        parse_link(url, "the link")
    assert "hunter22" not in caught.value.message


def test_a_link_shows_nothing_of_its_secret() -> None:
    assert "secret" not in repr(parse_link("https://files.example.com/a?Signature=secret", "the link"))


def test_redirects_are_not_followed() -> None:
    gone = answer(b"", "Location: https://other.example.com/?token=secret", status="302 Found")
    with Wire([gone]) as wire, transport() as sender, pytest.raises(ApiError) as caught:
        read(sender, parse_link(f"{wire.endpoint.url}/a?Signature=secret", "the link"))
    assert (caught.value.code, caught.value.status) == ("redirected", 302)
    assert "secret" not in caught.value.sentence()


@pytest.mark.parametrize("length", [100, 3_000_000])
def test_a_body_that_ends_early(length: int) -> None:
    with Wire([answer(b"x" * 50, length=length)]) as wire, transport() as sender, pytest.raises(ApiError) as caught:
        read(sender, parse_link(f"{wire.endpoint.url}/a", "the link"))
    assert (caught.value.code, caught.value.transient) == ("connection_lost", True)


def test_no_length() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    closed = b"HTTP/1.1 200 OK\r\n\r\nab"
    with Wire([chunked], [closed]) as wire, transport() as sender:
        for _unused in range(2):
            with sender.download(parse_link(f"{wire.endpoint.url}/a", "the link")) as download:
                assert download.length is None
                assert b"".join(download.blocks()) == b"ab"
            sender.close()


def test_a_body_may_be_left_unread() -> None:
    with Wire([endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536)], [OK]) as wire, transport() as sender:
        link = parse_link(f"{wire.endpoint.url}/a", "the link")
        with sender.download(link) as download:
            assert download.status == 200
        assert read(sender, link) == b"{}"


def test_a_body_may_last_but_a_block_may_not() -> None:
    """The clock moves by a second with each look at it; a whole answer has 20."""
    body = b"x" * 64 * 1024 * 100
    with Wire([answer(body)]) as wire, transport(monotonic=Ticking(0.5)) as sender:
        assert read(sender, parse_link(f"{wire.endpoint.url}/a", "the link")) == body
    trickle = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a")
    with Wire([trickle]) as wire, transport(monotonic=Ticking(2)) as sender, pytest.raises(ApiError) as caught:
        read(sender, parse_link(f"{wire.endpoint.url}/a", "the link"))
    assert (caught.value.code, caught.value.outcome) == ("timeout", Outcome.UNKNOWN)


def test_no_connection() -> None:
    with transport() as sender, pytest.raises(ApiError) as caught:
        read(sender, parse_link("http://127.0.0.1:1/a?Signature=secret", "the link"))
    assert (caught.value.code, caught.value.transient) == ("connection_failed", True)
    assert "secret" not in caught.value.sentence()


def test_the_certificate_is_checked(authority: Authority) -> None:
    with (
        Wire([OK], tls=authority.server("127.0.0.1")) as wire,
        transport() as sender,
        pytest.raises(ApiError) as caught,
    ):
        read(sender, parse_link(f"https://127.0.0.1:{wire.port}/a", "the link"))
    assert caught.value.code == "tls_failed"
