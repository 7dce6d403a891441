# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, endpoints and signatures: the published vectors, and the vendors' own signers as the judges."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import example, given
from hypothesis import strategies as st
from tencentcloud.common.abstract_client import AbstractClient

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._signing import (
    Endpoint,
    Request,
    check_headers,
    encode_path,
    encode_query,
    huawei_canonical_request,
    huawei_date,
    parse_endpoint,
    sign_huawei,
    sign_tencent,
    tencent_canonical_request,
    tencent_signature,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=6)
SEGMENTS = st.lists(
    TEXT.map(lambda text: text.replace("/", "")).filter(lambda text: text not in ("", ".", "..")),
    min_size=1,
    max_size=4,
)
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
# Years 1970 to 2100.
TIMES = st.floats(0, 4102444800)
ENDPOINTS = st.sampled_from(
    [
        Endpoint("https", "cfw.cn-north-4.myhuaweicloud.com", 443),
        Endpoint("https", "cfw.example.com", 8443),
        Endpoint("http", "127.0.0.1", 8080),
        Endpoint("http", "::1", 80),
        Endpoint("https", "2001:db8::1", 8443),
    ]
)
REQUESTS = st.builds(
    lambda method, endpoint, segments, query, body: Request(
        method, endpoint, encode_path(*segments), tuple(query), body=body
    ),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    ENDPOINTS,
    SEGMENTS,
    PAIRS,
    st.binary(max_size=50),
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def signature_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].rsplit("Signature=", 1)[1]


# --- Huawei: published vectors -----------------------------------------------------------------------------------


def test_huawei_documentation_vector() -> None:
    """The worked example of Huawei's API signing guide."""
    request = Request(
        "GET",
        Endpoint("https", "service.region.example.com", 443),
        "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
        (("limit", "2"), ("marker", "13551d6b-755d-4757-b956-536f674975c0")),
        {"content-type": "application/json"},
    )
    moment = 1573789015  # 20191115T033655Z
    headers = sign_huawei(request, "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", moment)
    canonical = huawei_canonical_request(request, headers, ["host", "content-type", "x-sdk-date"])
    assert sha256(canonical) == "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"
    assert headers["X-Sdk-Date"] == "20191115T033655Z"
    assert headers["Authorization"] == (
        "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


@pytest.mark.parametrize(
    ("method", "body", "signature"),
    [
        ("GET", b"", "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842"),
        ("POST", b'{"name":"test","id":1}', "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f"),
    ],
)
def test_huawei_sdk_test_vectors(method: str, body: bytes, signature: str) -> None:
    """The vectors of the Python SDK's own tests: a header with an underscore is sent, and not signed."""
    endpoint = Endpoint("https", "service.endpoint.myhuaweicloud.com", 443)
    request = Request(method, endpoint, "/resources", (("size", "1"),), {"TEST_UNDERSCORE": "TEST_VALUE"}, body)
    moment = 1591583940  # 20200608T023900Z
    headers = sign_huawei(request, "AccessKey", "SecretKey", moment, signed=["host", "x-sdk-date"])
    assert headers["X-Sdk-Date"] == "20200608T023900Z"
    assert headers["TEST_UNDERSCORE"] == "TEST_VALUE"
    assert signature_of(headers) == signature


PROJECT = "09bb24e6fe80d23d2fa2c010b53b418c"
FIREWALL = "ebf891cd-2163-48a0-9963-6309f99dd3c4"


@pytest.mark.parametrize(
    ("method", "query", "token", "body", "sent", "signature"),
    [
        pytest.param(
            "GET",
            (("offset", "0"), ("limit", "1024"), ("fw_instance_id", FIREWALL)),
            "",
            b"",
            f"fw_instance_id={FIREWALL}&limit=1024&offset=0",
            "d2316659e3ede11f7c4b7ff180526a402e1eed60ca73467682dd964be5db369f",
            id="list",
        ),
        pytest.param(
            "POST",
            (("fw_instance_id", FIREWALL),),
            "",
            b'{"name": "x"}',
            f"fw_instance_id={FIREWALL}",
            "d3eb355ac412bbcbdb061b9d34e3f4d109e2c10d0bb0b1bce6e596f35b9ccc13",
            id="body",
        ),
        pytest.param(
            "GET",
            (("fw_instance_id", "a b/c~d+é"), ("enterprise_project_id", ""), ("limit", "10")),
            "TOKEN==",
            b"",
            "enterprise_project_id=&fw_instance_id=a%20b%2Fc~d%2B%C3%A9&limit=10",
            "a1d62bb4447374a8794a73a4f44dcad97bef5e3331abca0711d66d03ac0abcae",
            id="every kind of character, token signed",
        ),
    ],
)
def test_huawei_vectors_made_with_the_sdk(
    method: str, query: tuple[tuple[str, str], ...], token: str, body: bytes, sent: str, signature: str
) -> None:
    """The SDK signs each header that it sets: the project id, and the token, too."""
    request = Request(
        method,
        Endpoint("https", "cfw.cn-north-4.myhuaweicloud.com", 443),
        f"/v1/{PROJECT}/capture-task",
        query,
        {"X-Project-Id": PROJECT},
        body,
    )
    signed = ["content-type", "host", "x-project-id", "x-sdk-date", *(["x-security-token"] if token else [])]
    key, secret = "AKEXAMPLE0000000000", "SKexample0000000000000000000000000000000"
    headers = sign_huawei(request, key, secret, 1725070650, token, signed)
    assert headers["X-Sdk-Date"] == "20240831T021730Z"
    assert request.query_string == sent
    assert signature_of(headers) == signature


# --- Huawei: properties ------------------------------------------------------------------------------------------


def test_huawei_token_is_sent_but_not_signed() -> None:
    """The gateway's answer to a bad signature repeats what is signed."""
    request = Request("GET", Endpoint("https", "cfw.example.com", 443))
    without = sign_huawei(request, "AK", "SK", 0)
    headers = sign_huawei(request, "AK", "SK", 0, "T0KEN")
    assert headers.pop("X-Security-Token") == "T0KEN"
    assert headers == without
    assert "x-security-token" not in headers["Authorization"]


def test_huawei_headers_of_the_request_are_kept_once() -> None:
    """Host and date are ours, in whatever case the request has them; the rest travels along, trimmed."""
    own = {"host": "elsewhere", "x-sdk-date": "19700101T000000Z", "content-type": "text/plain", "X-Language": " en-us "}
    request = Request("GET", Endpoint("https", "cfw.example.com", 8443), headers=own)
    headers = sign_huawei(request, "AK", "SK", 1725070650)
    authorization = headers.pop("Authorization")
    assert headers == {
        "Host": "cfw.example.com:8443",
        "X-Sdk-Date": "20240831T021730Z",
        "content-type": "text/plain",
        "X-Language": "en-us",
    }
    assert "SignedHeaders=content-type;host;x-sdk-date," in authorization


@given(request=REQUESTS, key=KEYS, secret=KEYS, moment=TIMES)
@example(
    request=Request("GET", Endpoint("https", "h", 443), "/", (("a", "2"), ("a", "1"), ("A", "-"), ("ä", "~"))),
    key="k",
    secret="s",
    moment=0.9,
)
def test_huawei_agrees_with_the_sdk(request: Request, key: str, secret: str, moment: float) -> None:
    class Credentials:
        ak, sk = key, secret

    theirs = SdkRequest(
        method=request.method,
        schema=request.endpoint.scheme,
        host=request.endpoint.authority,
        resource_path=request.path,
        query_params=list(request.query),
        header_params={"X-Sdk-Date": huawei_date(moment), "Content-Type": "application/json"},
        body=request.body,
    )
    Signer(Credentials()).sign(theirs)
    ours = sign_huawei(request, key, secret, moment)
    assert ours == theirs.header_params
    assert request.target == theirs.uri


def test_huawei_signs_trimmed_values() -> None:
    request = Request("GET", Endpoint("https", "h", 443))
    canonical = huawei_canonical_request(request, {"HOST": " h ", "X-Sdk-Date": "d\t"}, ["x-sdk-date", "host"])
    assert canonical.split("\n")[3:7] == ["host:h", "x-sdk-date:d", "", "host;x-sdk-date"]


def test_huawei_signature_depends_on_everything() -> None:
    base: dict[str, Any] = {"method": "POST", "endpoint": Endpoint("https", "h", 443), "path": "/a", "body": b"x"}
    others: list[dict[str, Any]] = [
        {"method": "PUT"},
        {"endpoint": Endpoint("https", "h", 444)},
        {"path": "/b"},
        {"query": (("a", "1"),)},
        {"headers": {"Content-Type": "text/plain"}},
        {"body": b"y"},
    ]
    seen = {signature_of(sign_huawei(Request(**{**base, **other}), "AK", "SK", 0)) for other in ({}, *others)}
    seen.add(signature_of(sign_huawei(Request(**base), "AK", "SK", 1)))
    seen.add(signature_of(sign_huawei(Request(**base), "AK", "sk", 0)))
    assert len(seen) == len(others) + 3


# --- Tencent -----------------------------------------------------------------------------------------------------

TENCENT_REQUEST = Request(
    "POST",
    Endpoint("https", "cvm.tencentcloudapi.com", 443),
    headers={"Content-Type": "application/json; charset=utf-8", "X-TC-Action": "DescribeInstances"},
    body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
)


@pytest.mark.parametrize(
    ("key", "signed", "canonical", "signature"),
    [
        pytest.param(
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            ["host", "content-type"],
            "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031",
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
            id="two headers",
        ),
        pytest.param(
            "*" * 32,
            ["x-tc-action", "host", "content-type"],
            "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84",
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
            id="the action too, in lower case",
        ),
    ],
)
def test_tencent_documentation_vectors(key: str, signed: list[str], canonical: str, signature: str) -> None:
    """The worked examples of the signature v3 page; the key of the second really is 32 asterisks."""
    moment = 1551113065
    assert hashlib.sha256(TENCENT_REQUEST.body).hexdigest() == (
        "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
    )
    headers = sign_tencent(TENCENT_REQUEST, "AKIDEXAMPLE", key, moment, "cvm", signed=signed)
    text = tencent_canonical_request(TENCENT_REQUEST, headers, signed)
    assert sha256(text) == canonical
    assert tencent_signature(text, moment, "cvm", key) == signature
    assert headers["X-TC-Timestamp"] == "1551113065"
    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"
    )


def test_tencent_signs_for_the_firewall_unless_told_otherwise() -> None:
    headers = sign_tencent(TENCENT_REQUEST, "ID", "KEY", 1551113065.9)
    assert "/2019-02-25/cfw/tc3_request" in headers["Authorization"]
    assert headers["X-TC-Timestamp"] == "1551113065"
    assert headers["X-TC-Action"] == "DescribeInstances"


def test_tencent_token_is_sent_but_not_signed() -> None:
    without = sign_tencent(TENCENT_REQUEST, "ID", "KEY", 0)
    headers = sign_tencent(TENCENT_REQUEST, "ID", "KEY", 0, token="T0KEN")
    assert headers.pop("X-TC-Token") == "T0KEN"
    assert headers == without


@pytest.mark.parametrize(
    ("moment", "date"),
    [(1551139199, "2019-02-25"), (1551139200, "2019-02-26"), (1551110400 - 1, "2019-02-25")],
)
def test_tencent_date_is_that_of_utc(moment: int, date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Beijing it is the next day already for eight hours of each day."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert f"Credential=ID/{date}/cfw/" in sign_tencent(TENCENT_REQUEST, "ID", "KEY", moment)["Authorization"]


@given(endpoint=ENDPOINTS, query=PAIRS, body=st.binary(max_size=50), key=KEYS, secret=KEYS, moment=TIMES)
def test_tencent_agrees_with_the_sdk(
    endpoint: Endpoint, query: list[tuple[str, str]], body: bytes, key: str, secret: str, moment: float
) -> None:
    method = "GET" if query else "POST"
    request = Request(method, endpoint, query=tuple(query), body=b"" if query else body)
    ours = sign_tencent(request, key, secret, moment, "cfw")

    theirs = SimpleNamespace(
        method=method,
        uri="/",
        header={"Content-Type": "application/json", "Host": endpoint.authority, "X-TC-Timestamp": str(int(moment))},
        data=request.query_string if query else request.body,
    )
    date = ours["Authorization"].split("Credential=" + key + "/", 1)[1][:10]
    assert signature_of(ours) == AbstractClient._get_tc3_signature(None, {}, theirs, date, "cfw", secret)


# --- requests ----------------------------------------------------------------------------------------------------


@given(PAIRS)
@example([("b", "1"), ("a", "2"), ("a", "1")])
def test_query_is_sorted_and_decodes_to_what_it_was(pairs: list[tuple[str, str]]) -> None:
    text = encode_query(pairs)
    assert parse_qsl(text, keep_blank_values=True, strict_parsing=bool(pairs)) == sorted(pairs)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%=&")


@given(SEGMENTS)
def test_every_encoded_path_makes_a_request(segments: list[str]) -> None:
    path = encode_path(*segments)
    assert Request("GET", Endpoint("https", "h", 443), path).target == path
    assert path.count("/") == len(segments)


@pytest.mark.parametrize("segment", ["", ".", "..", "a/b", "\udcff"])
def test_a_segment_that_would_change_the_path_is_refused(segment: str) -> None:
    with pytest.raises(InputError):
        encode_path("v1", segment, "capture-task")


def test_a_query_of_undecodable_bytes_is_refused() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        encode_query([("name", "\udcff")])


@pytest.mark.parametrize(
    "path",
    ["", "v1", "//v1", "/a//b", "/a/../b", "/a/./b", "/..", "/a b", "/a%2fb", "/a%2Fb", "/%7Ea", "/é", "/a?b", "/a#b"],
)
def test_a_path_that_would_be_respelled_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Request("GET", Endpoint("https", "h", 443), path)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v3/projects", "/a%20b", "/~a", "/..a"])
def test_a_path_in_its_one_spelling_is_taken(path: str) -> None:
    assert Request("GET", Endpoint("https", "h", 443), path).url == f"https://h{path}"


@pytest.mark.parametrize("method", ["get", "", "GET ", "GE\nT"])
def test_a_strange_method_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="method"):
        Request(method, Endpoint("https", "h", 443))


def test_with_headers_changes_nothing_else() -> None:
    request = Request("POST", Endpoint("https", "h", 443), "/a", (("b", "c"),), {"X": "1"}, b"d")
    other = request.with_headers({"Y": "2"})
    assert other.headers == {"Y": "2"}
    assert other.with_headers({"X": "1"}) == request


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX-Other: b", "a\x00b", "tökén", "\udcff"])
def test_a_header_value_that_cannot_travel_is_refused_unseen(value: str) -> None:
    with pytest.raises(InputError) as caught:
        check_headers({"X-Security-Token": value})
    assert "X-Security-Token" in caught.value.message
    assert value not in caught.value.message


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\n"])
def test_a_header_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_headers({name: "value"})


def test_ordinary_headers_pass() -> None:
    check_headers({"Content-Type": "application/json; charset=utf-8", "X-Tab": "a\tb", "X-Empty": ""})


# --- endpoints ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "endpoint", "url"),
    [
        ("cfw.tencentcloudapi.com", Endpoint("https", "cfw.tencentcloudapi.com", 443), None),
        ("https://CFW.Example.COM", Endpoint("https", "cfw.example.com", 443), "https://cfw.example.com"),
        ("HTTPS://cfw.example.com:443/", Endpoint("https", "cfw.example.com", 443), "https://cfw.example.com"),
        (" cfw.example.com:8443\n", Endpoint("https", "cfw.example.com", 8443), "https://cfw.example.com:8443"),
        ("https://cfw.example.com:80", Endpoint("https", "cfw.example.com", 80), "https://cfw.example.com:80"),
        ("https://192.0.2.1:65535", Endpoint("https", "192.0.2.1", 65535), "https://192.0.2.1:65535"),
        ("https://[2001:DB8:0::1]:8443", Endpoint("https", "2001:db8::1", 8443), "https://[2001:db8::1]:8443"),
        ("[2001:db8::1]", Endpoint("https", "2001:db8::1", 443), "https://[2001:db8::1]"),
        ("http://127.0.0.1:41234", Endpoint("http", "127.0.0.1", 41234), "http://127.0.0.1:41234"),
        ("http://127.1.2.3", Endpoint("http", "127.1.2.3", 80), "http://127.1.2.3"),
        ("http://localhost:80", Endpoint("http", "localhost", 80), "http://localhost"),
        ("http://[::1]:8080", Endpoint("http", "::1", 8080), "http://[::1]:8080"),
        ("1cloud.example.com", Endpoint("https", "1cloud.example.com", 443), None),
    ],
)
def test_endpoints(text: str, endpoint: Endpoint, url: str | None) -> None:
    parsed = parse_endpoint(text, "endpoint")
    assert parsed == endpoint
    assert parsed.url == (url or f"https://{text}")
    assert parse_endpoint(parsed.url, "endpoint") == parsed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no host"),
        ("  ", "no host"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("ftp://cfw.example.com", "scheme ftp"),
        ("socks5://cfw.example.com", "scheme socks5"),
        ("https://user:hunter2@cfw.example.com", "user name"),
        ("hunter2@cfw.example.com", "user name"),
        ("https://cfw.example.com/v1", "path"),
        ("https://cfw.example.com//", "path"),
        ("https://cfw.example.com?token=hunter2", "query"),
        ("https://cfw.example.com#hunter2", "fragment"),
        ("https://cfw.example.com\\@evil.example.com", "path"),
        ("https://cfw.example.com:", "port"),
        ("https://cfw.example.com:0", "port"),
        ("https://cfw.example.com:70000", "port"),
        ("https://cfw.example.com:65536", "port"),
        ("https://cfw.example.com:443443", "port"),
        ("https://cfw.example.com:http", "port"),
        ("https://cfw.example.com:-1", "port"),
        ("https://cfw.example.com:8443:1", "brackets"),
        ("https://2001:db8::1", "brackets"),
        ("https://[2001:db8::1", "brackets"),
        ("https://[fe80::1%25eth0]", "valid host"),
        ("https://[]", "valid host"),
        ("https://[1.2.3.4]", "valid host"),
        ("https://:8443", "valid host"),
        ("https://cfw..example.com", "valid host"),
        ("https://-cfw.example.com", "valid host"),
        ("https://cfw example.com", "valid host"),
        ("https://cfw\n.example.com", "valid host"),
        ("https://cfw%2eexample.com", "valid host"),
        ("https://bücher.example.com", "valid host"),
        ("https://" + "a" * 64 + ".example.com", "valid host"),
        ("https://" + ".".join(["a" * 60] * 5), "valid host"),
        ("https://256.1.1.1", "valid host"),
        ("https://127.1", "valid host"),
        ("https://0x7f.0x1", "valid host"),
        ("https://010.0.0.1", "valid host"),
    ],
)
def test_what_is_no_endpoint_is_refused_in_one_sentence(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        parse_endpoint(text, "HUAWEICLOUD_CFW_ENDPOINT")
    assert caught.value.message.startswith("HUAWEICLOUD_CFW_ENDPOINT ")
    assert "https://cfw.example.com" in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "http://cfw.example.com",
        "http://10.0.0.1:8080",
        "http://128.0.0.1",
        "http://[::2]",
        "http://[::ffff:127.0.0.1]",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
    ],
)
def test_plain_http_leaves_this_machine_never(text: str) -> None:
    with pytest.raises(InputError, match="loopback"):
        parse_endpoint(text, "endpoint")


@given(st.text(max_size=40))
def test_any_text_is_an_endpoint_or_a_clear_refusal(text: str) -> None:
    try:
        endpoint = parse_endpoint(text, "endpoint")
    except InputError as error:
        refusal = error.message
    else:
        refusal = "endpoint is fine"
        assert endpoint.scheme == "https" or endpoint.is_loopback
        assert parse_endpoint(endpoint.url, "endpoint") == endpoint
    assert refusal.startswith("endpoint ")


def test_signing_needs_the_standard_library_only() -> None:
    code = (
        "import sys; import ansible_collections.secops.cfw.plugins.module_utils._signing; "
        "print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['__main__', 'ansible_collections']"
