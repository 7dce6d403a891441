# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers may answer to the request for a file, and what becomes of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.secops.cfw.plugins.module_utils import _evidence
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._download import Fetcher, same_version
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._evidence import Part, Store
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings, Transport, parse_link
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from unit.plugins.module_utils.test_http import Seen, Step, Wire, answer

DATA = b"0123456789" * 20
LARGE = 10**9


def part_of(data: bytes, *headers: str, start: int = 0, cut: int | None = None, total: int | None = None) -> bytes:
    """An answer with `data` from `start` on; `cut` ends it early."""
    size = len(data) if total is None else total
    body = data[start:]
    return answer(
        body[:cut],
        f"Content-Range: bytes {start}-{len(data) - 1}/{size}",
        *headers,
        status="206 Partial Content",
        length=len(body),
    )


class Disk:
    """A directory to fetch to, and runs on one file in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.slept: list[float] = []
        self.ranges: list[str | None] = []

    def store(self) -> Store:
        return Store(str(self.directory), "record", {"source": "test"})

    def fetch(self, *steps: Step, retries: int = 3, connections: Sequence[Sequence[Step]] = ()) -> bytes:
        """The file's content after a run, each step on a connection of its own."""
        context = Context(environ={}, home="/nowhere", sleep=self.slept.append, jitter=lambda: 1.0)
        transport = Transport(HttpSettings(timeout=5), context, "secops.cfw/test")
        with Wire(*(connections or [[step] for step in steps])) as wire:
            fetcher = Fetcher(transport, context, CallLog(), retries, "Download")
            part = Part(self.store(), "file")
            try:
                fetcher.fetch(parse_link(f"{wire.endpoint.url}/file", "the link"), part, LARGE)
                part.publish(str(self.directory / "file"))
            finally:
                part.close()
                transport.close()
                self.ranges = [Seen(data).headers.get("Range") for data in wire.requests]
        return (self.directory / "file").read_bytes()

    def fails(self, *steps: Step, retries: int = 0) -> str:
        with pytest.raises(CfwError) as caught:
            self.fetch(*steps, retries=retries)
        assert not (self.directory / "file").exists()
        return caught.value.code


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_whole(disk: Disk) -> None:
    assert disk.fetch(part_of(DATA)) == DATA
    assert disk.ranges == ["bytes=0-"]
    assert [path.name for path in disk.directory.iterdir()] == ["file"]


def test_an_empty_file(disk: Disk) -> None:
    refused = answer(b"", "Content-Range: bytes */0", status="416 Range Not Satisfiable")
    assert disk.fetch(refused, answer(b"")) == b""
    assert disk.ranges == ["bytes=0-", None]


@pytest.mark.parametrize("server", ["ranges", "none"])
def test_broken_off(disk: Disk, server: str) -> None:
    if server == "ranges":
        steps = [part_of(DATA, cut=150), part_of(DATA, cut=160), part_of(DATA)]
    else:
        steps = [answer(DATA[:150], length=200), answer(DATA[:160], length=200), answer(DATA)]
    assert disk.fetch(*steps) == DATA
    assert disk.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    "wrong",
    [
        answer(DATA, status="206 Partial Content"),
        answer(DATA, "Content-Range: bytes 0-199/*", status="206 Partial Content"),
        answer(DATA, "Content-Range: bytes 1-199/200", status="206 Partial Content"),
        answer(DATA, "Content-Range: bytes 0-198/200", status="206 Partial Content"),
        answer(DATA, "Content-Range: bytes 0-200/200", status="206 Partial Content"),
        answer(DATA, "Content-Range: items 0-199/200", status="206 Partial Content"),
        answer(DATA[:-1], "Content-Range: bytes 0-199/200", status="206 Partial Content"),
        answer(DATA, "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n\r\n" + DATA,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" + DATA + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-199/200\r\n\r\n" + DATA + b"more",
    ],
)
def test_sizes_that_prove_nothing(disk: Disk, wrong: bytes) -> None:
    assert disk.fails(wrong) == "size_mismatch"
    assert disk.fetch(wrong, part_of(DATA)) == DATA


def test_the_size_in_the_range_is_enough(disk: Disk) -> None:
    start = b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-199/200\r\n\r\n"
    assert disk.fetch(start + DATA[:-1], part_of(DATA)) == DATA
    assert disk.ranges == ["bytes=0-", "bytes=0-"]


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_another_version(disk: Disk, header: str) -> None:
    first, second = part_of(DATA, f"{header}: one", cut=150), part_of(DATA, f"{header}: two")
    assert disk.fails(first, second, retries=1) == "file_changed"
    assert disk.fails(first) == "connection_lost"
    assert disk.fetch(second, second) == DATA


def test_the_bytes_that_come_again_are_compared(disk: Disk) -> None:
    other = b"x" + DATA[1:]
    assert disk.fails(part_of(DATA, cut=150), part_of(other), retries=1) == "file_changed"
    assert disk.fails(part_of(DATA, cut=150)) == "connection_lost"
    assert disk.fetch(part_of(other), part_of(other)) == other


def test_only_the_end_comes_again(disk: Disk) -> None:
    data = bytes(range(256)) * 1000
    first, rest = part_of(data, cut=200_000), part_of(data, start=200_000 - 65536)
    assert disk.fetch(first, rest) == data
    assert disk.ranges == ["bytes=0-", f"bytes={200_000 - 65536}-"]


def test_a_killed_run_loses_no_more_than_since_the_last_checkpoint(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(range(256)) * 1000
    append = Part.append

    def killed(part: Part, block: bytes) -> None:
        if part.size >= 190_000:
            raise KeyboardInterrupt
        append(part, block)

    monkeypatch.setattr(_evidence, "_CHECKPOINT", 100_000)
    with monkeypatch.context() as patch:
        patch.setattr(Part, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            disk.fetch(part_of(data))
    assert disk.fetch(part_of(data, start=65536)) == data
    assert disk.ranges == ["bytes=65536-"]


@pytest.mark.parametrize(
    ("status", "code"), [("403 No", "download_refused"), ("404 No", "http_404"), ("500 No", "http_500")]
)
def test_refused(disk: Disk, status: str, code: str) -> None:
    assert disk.fails(answer(b"<Error><Code>AccessDenied</Code></Error>", status=status)) == code


def test_retry_after(disk: Disk) -> None:
    assert disk.fetch(answer(b"", "Retry-After: 7", status="429 Slow down"), part_of(DATA)) == DATA
    assert disk.slept == [8.0]
    (disk.directory / "file").unlink()
    assert disk.fails(answer(b"", "Retry-After: 3600", status="503 Later"), part_of(DATA), retries=3) == "http_503"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", ""], ["", "b"], True),
        (["a", "b"], ["a", ""], True),
        (["a", "b"], ["a", "c"], False),
        (["a", ""], ["b", ""], False),
        ([], ["a", "b"], True),
    ],
)
def test_same_version(one: list[str], other: list[str], same: bool) -> None:
    assert same_version(one, other) is same
