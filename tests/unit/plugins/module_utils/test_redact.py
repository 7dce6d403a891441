# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that is shown holds a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._redact import HIDDEN, Redactor
from ansible_collections.secops.cfw.plugins.module_utils._signing import (
    Endpoint,
    Request,
    huawei_canonical_request,
    sign_huawei,
    sign_tencent,
)

ENDPOINT = Endpoint("https", "cfw.example.com", 443)
SECRET = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40).filter(
    lambda secret: secret not in HIDDEN
)


def test_the_echo_of_the_huawei_gateway() -> None:
    """With a wrong key the gateway answers with everything that was signed."""
    request = Request("GET", ENDPOINT, "/v1/0a1b/capture-task", headers={"X-Security-Token": "T0KEN-T0KEN"})
    headers = sign_huawei(request, "AKEXAMPLE", "SKEXAMPLE", 0, signed=["host", "x-sdk-date", "x-security-token"])
    echo = huawei_canonical_request(request, headers, ["host", "x-sdk-date", "x-security-token"])
    for introduction in ("canonicalRequest:", "CanonicalRequest is", "canonical request ", "stringToSign: "):
        message = f"Incorrect IAM authentication information: verify aksk signature fail, {introduction}{echo}"
        shown = Redactor().text(message)
        assert shown.startswith("Incorrect IAM authentication information: verify aksk signature fail, ")
        for part in ("T0KEN", "0a1b", "x-sdk-date", "cfw.example.com"):
            assert part not in shown


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: {}",
        "authorization={}",
        '{{"Authorization": "{}"}}',
        "{{'authorization': '{}', 'x': 1}}",
        "bad request\r\nAuthorization: {}\r\nHost: cfw.example.com",
    ],
)
def test_authorization_headers(text: str) -> None:
    request = Request("POST", ENDPOINT)
    for headers in (sign_huawei(request, "KEYID", "SECRET", 0), sign_tencent(request, "KEYID", "SECRET", 0)):
        value = headers["Authorization"]
        shown = Redactor().text(text.format(value))
        assert "KEYID" not in shown
        assert value.rsplit("=", 1)[1] not in shown


@pytest.mark.parametrize(
    "name",
    ["X-Security-Token", "x-auth-token", "X-Subject-Token", "X-TC-Token", "Proxy-Authorization", "AUTHORIZATION"],
)
def test_token_headers(name: str) -> None:
    shown = Redactor().text(f'sent {{"{name}": "T0KEN+/=", "Host": "cfw.example.com"}}')
    assert "T0KEN" not in shown
    assert name in shown
    assert "cfw.example.com" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cannot connect to proxy http://user:pass@proxy:3128", f"Cannot connect to proxy http://{HIDDEN}@proxy:3128"),
        ("https://user@host/path?a=b", f"https://{HIDDEN}@host/path?a=b"),
        ("socks5h://u:p@h:1, then http://v:q@i", f"socks5h://{HIDDEN}@h:1, then http://{HIDDEN}@i"),
        ("https://cfw.example.com/a@b", "https://cfw.example.com/a@b"),
        ("mail to ops@example.com", "mail to ops@example.com"),
    ],
)
def test_user_names_and_passwords_in_addresses(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_a_password_with_an_at_sign_in_an_address() -> None:
    assert "word" not in Redactor().text("Cannot connect to proxy http://user:pass@word@proxy:3128")


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_registered_secrets_disappear(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    text = before + secret + after
    assert secret not in redactor.text(text)
    assert secret not in redactor.data(text)


@pytest.mark.parametrize("secret", ['head"tail-tail', "head,tail-tail", "head@tail-tail"])
def test_a_secret_with_punctuation_disappears_whole_in_headers_and_addresses(secret: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    assert "tail" not in redactor.text(f"X-Auth-Token: {secret}\nhttp://user:{secret}@proxy:3128/")


def test_a_secret_that_contains_another_disappears_whole() -> None:
    redactor = Redactor()
    redactor.add("abcd", "abcdefgh")
    assert redactor.text("xabcdefghx abcd") == f"x{HIDDEN}x {HIDDEN}"


def test_blank_and_very_short_values_are_no_secrets() -> None:
    redactor = Redactor()
    redactor.add(None, "", "a", "abc")
    assert redactor.secrets == frozenset()
    assert redactor.text("abc a") == "abc a"


def test_data_of_any_depth() -> None:
    redactor = Redactor()
    redactor.add("SECRET")
    data = {"a": ["SECRET", ("x SECRET y", {"SECRET": 1})], "n": None, "i": 7, "b": True, "f": 1.5}
    assert redactor.data(data) == {
        "a": [HIDDEN, [f"x {HIDDEN} y", {HIDDEN: 1}]],
        "n": None,
        "i": 7,
        "b": True,
        "f": 1.5,
    }


def test_results_are_not_rewritten_where_there_is_no_secret() -> None:
    """A comment may well speak of a canonical request or hold an address."""
    data = {"comment": "canonical request at https://user@host", "Signature": "Signature=" + "0" * 64}
    assert Redactor().data(data) == data


def test_ordinary_text_stays() -> None:
    text = "No connection to https://cfw.example.com:8443: Connection refused. Request id: 0a1b2c."
    assert Redactor().text(text) == text


def test_what_follows_a_removed_echo_stays_when_it_is_redacted_again() -> None:
    once = Redactor().text("APIGW.0301: bad signature, canonicalRequest: GET|/v1/x|host:y")
    assert Redactor().text(f"{once}. Request id: r-1. Check the keys.") == (
        "APIGW.0301: bad signature, canonicalRequest [removed]. Request id: r-1. Check the keys."
    )
