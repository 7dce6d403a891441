# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete lists, whatever the service's pages look like."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, READINGS, read_all

Read = Callable[[int], Response]


def answer(data: Any, request_id: str = "") -> Response:
    return Response(200, {"X-Request-Id": request_id}, json.dumps({"data": data}).encode())


class Service:
    """A list of rows; the offsets that were asked for."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], limit: int = PAGE) -> None:
        self.rows = list(rows)
        self.limit = limit
        self.asked: list[int] = []

    def __call__(self, offset: int) -> Response:
        self.asked.append(offset)
        return answer({"total": len(self.rows), "records": self.rows[offset : offset + self.limit]})


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": f"row-{number}"} for number in range(count)]


def pages(*data: Any) -> Read:
    """One answer after the other, whatever is asked."""
    left = iter(data)
    return lambda _offset: answer(next(left))


@given(count=st.integers(0, 60), limit=st.integers(1, 25))
def test_every_row_once(count: int, limit: int) -> None:
    service = Service(rows(count), limit)
    assert read_all(service, "id", "the list") == rows(count)
    assert service.asked == list(range(0, max(count, 1), limit))


def test_a_full_page_takes_one_request() -> None:
    service = Service(rows(PAGE))
    assert len(read_all(service, "id", "the list")) == PAGE
    assert service.asked == [0]


def test_a_row_that_shows_up_again_is_one_row() -> None:
    first, second, third = rows(3)
    shifted = pages(
        {"total": 3, "records": [first, second]},
        {"total": 3, "records": [second]},
        {"total": 3, "records": [first, second]},
        {"total": 3, "records": [third]},
    )
    assert read_all(shifted, "id", "the list") == [first, second, third]


def test_a_total_that_changes_between_pages_is_read_again() -> None:
    first, second = rows(2)
    moved = pages(
        {"total": 2, "records": [first]},
        {"total": 1, "records": [second]},
        {"total": 2, "records": [first, second]},
    )
    assert read_all(moved, "id", "the list") == [first, second]


def test_a_list_that_never_adds_up_fails_after_three_readings() -> None:
    asked = []

    def read(offset: int) -> Response:
        asked.append(offset)
        return answer({"total": 3, "records": rows(2)[offset:]})

    with pytest.raises(ApiError) as caught:
        read_all(read, "id", "the list of firewalls")
    assert caught.value.code == "list_incomplete"
    assert caught.value.message == "The list of firewalls shows 2 records but counts 3, 3 times in a row"
    assert asked == [0, 2] * READINGS


def test_a_service_that_ignores_the_offset_does_not_go_on_for_ever() -> None:
    with pytest.raises(ApiError) as caught:
        read_all(lambda _offset: answer({"total": 9, "records": rows(4)}), "id", "the list")
    assert caught.value.code == "list_incomplete"


@pytest.mark.parametrize("records", [None, []])
def test_nothing(records: Any) -> None:
    assert read_all(pages({"total": 0, "records": records}), "id", "the list") == []


def test_the_object_in_an_array() -> None:
    assert read_all(pages([{"total": 1, "records": rows(1)}]), "id", "the list") == rows(1)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"records": []},
        {"total": 1},
        {"total": 1, "records": None},
        {"total": "1", "records": []},
        {"total": True, "records": []},
        {"total": 1, "records": {}},
        {"total": 1, "records": ["row"]},
        {"total": 1, "records": [{}]},
        {"total": 1, "records": [{"id": ""}]},
        {"total": 1, "records": [{"id": None}]},
    ],
)
def test_another_shape_is_no_empty_list(data: Any) -> None:
    with pytest.raises(ApiError) as caught:
        read_all(lambda _offset: answer(data, "request-7"), "id", "the list")
    assert caught.value.code == "unreadable_answer"
    assert caught.value.request_id == "request-7"
    assert caught.value.transient


def test_memory_and_requests_of_a_long_list() -> None:
    service = Service(rows(50_000))
    tracemalloc.start()
    try:
        found = read_all(service, "id", "the list")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 50_000
    assert len(service.asked) == 49
    assert most < 60 * 2**20
