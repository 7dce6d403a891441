# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._token import (
    Token,
    belongs,
    checked_case,
    marked,
    parse,
    token,
)

CASES = st.from_regex(r"[A-Za-z0-9._-]{1,24}", fullmatch=True)


@given(case=CASES, until=st.sampled_from(["", "permanent", "2026-11-22T10:00:00Z"]), over=st.booleans(), tail=st.text())
def test_what_is_written_is_read_back_whatever_follows_a_complete_token(
    case: str, until: str, over: bool, tail: str
) -> None:
    text = marked(case, until=until, over=over)
    assert parse(text) == Token(case, until, over)
    assert text.startswith(token(case))
    assert belongs(text + " " + tail, case)


@given(one=CASES, other=CASES)
def test_no_case_has_the_token_of_another(one: str, other: str) -> None:
    assert belongs(marked(one), other) == (one == other)


def test_a_comment_fits_into_what_tencent_takes() -> None:
    assert len(marked("x" * 24, over=True)) <= 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "INC-1",
        "ir:INC-1",
        " ir:INC-1;",
        "IR:INC-1;",
        "ir:;",
        "ir:{{ x }};",
        "ir:a b;",
        "ir:" + "x" * 25 + ";",
    ],
)
def test_what_is_no_token(text: str | None) -> None:
    assert parse(text) is None


def test_an_end_that_can_not_be_read_is_none() -> None:
    assert parse("ir:INC-1;until=tomorrow;") == Token("INC-1")


@pytest.mark.parametrize("case", [None, "", "INC 1", "x" * 25, "INC-1\n2", "ir:1;", "../../etc"])
def test_a_case_id_that_is_none(case: str | None) -> None:
    with pytest.raises(InputError, match=r"block_case_id is .* give 1 to 24 letters"):
        checked_case(case, "block_case_id")


def test_a_case_id_may_be_a_number() -> None:
    assert checked_case(2041, "block_case_id") == "2041"
