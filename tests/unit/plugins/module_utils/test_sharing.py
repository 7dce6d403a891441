# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of long lists are what the service sent, however much of them is kept once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing, consumed

SCALARS = (
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, -0.0, "", "1", "True", "[1]", "{}"])
)
NESTED = st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["a", "1", "[1]"]), SCALARS, max_size=2)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["a", "1", "[1]"]), SCALARS | NESTED), max_size=20)


@given(records=RECORDS, most=st.integers(0, 3))
def test_nothing_of_a_record_changes(records: list[dict[str, Any]], most: int) -> None:
    sent = json.dumps(records)
    sharing = Sharing(most)
    assert json.dumps([sharing.record(record) for record in records]) == sent
    assert json.dumps(records) == sent


def test_equal_parts_are_kept_once() -> None:
    records = json.loads('[{"rule": {"name": "probe 7"}}, {"rule": {"name": "probe 7"}}]')
    sharing = Sharing()
    one, other = (sharing.record(record)["rule"] for record in records)
    assert one is other


def test_what_is_different_in_every_record_is_forgotten() -> None:
    sharing = Sharing(most=2)
    first, *_others, last = (sharing.value([number % 4]) for number in range(5))
    assert first == last == [0]
    assert first is not last


@given(items=st.lists(st.integers()))
def test_consumed_items_come_in_their_order(items: list[int]) -> None:
    left = list(items)
    assert list(consumed(left)) == items
    assert left == []
