# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Downloads of capture results: ranges, large files, links for certain addresses, and what goes wrong on the way."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest
import requests

from emulator import Emulator
from emulator.client import RawClient
from emulator.files import BLOCK, Content, LargeFile

CALL = "DownloadCaptureFile"


def links(emu: Emulator, client: RawClient, *more: tuple[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The addresses of the files of a finished task, and the headers to ask for them with."""
    emu.switch(result_mode="files")
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    data = client.result("done", *more).json()["data"]
    return [file["url"] for file in data["file_list"]], data["request_header"]


@pytest.fixture
def link(emu: Emulator, client: RawClient) -> tuple[str, dict[str, str]]:
    (url,), headers = links(emu, client)
    return url, headers


def get(link: tuple[str, dict[str, str]], wanted: str | None = None, **more: Any) -> requests.Response:
    url, headers = link
    return requests.get(url, headers={**headers, **({"Range": wanted} if wanted else {})}, timeout=10, **more)


def test_ranges(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link)
    data = whole.content
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert int(whole.headers["Content-Length"]) == len(data) > 100
    assert "ETag" not in whole.headers
    for wanted, expected in (
        ("bytes=10-", data[10:]),
        ("bytes=10-19", data[10:20]),
        ("bytes=-7", data[-7:]),
        ("bytes=0-999999", data),
    ):
        part = get(link, wanted)
        start = len(data) - 7 if wanted == "bytes=-7" else int(wanted[6:].partition("-")[0])
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(data)}"
    beyond = get(link, f"bytes={len(data)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert (get(link, "bytes=0-1,3-4").status_code, get(link, "lines=1-").content) == (200, data)
    assert [row["status"] for row in emu.log if row["call"] == CALL][-3:] == [416, 200, 200]


def test_switch_file_ranges(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link).content
    emu.switch(file_ranges="ignored")
    ignored = get(link, "bytes=10-")
    assert (ignored.status_code, ignored.content) == (200, whole)
    assert "Accept-Ranges" not in ignored.headers
    emu.switch(file_ranges="refused")
    assert get(link, "bytes=10-").status_code == 416
    assert get(link).content == whole


def test_switch_capture_files(emu: Emulator, client: RawClient) -> None:
    emu.switch(capture_files=3)
    urls, headers = links(emu, client)
    names = [url.partition("?")[0].rpartition("/")[2] for url in urls]
    assert names == ["done_0.pcap", "done_1.pcap", "done_2.pcap"]
    assert len({get((url, headers)).content for url in urls}) == 3


def test_switch_capture_file_bytes(emu: Emulator, client: RawClient) -> None:
    emu.switch(capture_file_bytes=5_000_000)
    (url,), headers = links(emu, client)
    file = LargeFile("done_0.pcap", 5_000_000)
    expected = b"".join(file.read(0, file.size))
    assert 5_000_000 <= len(expected) == file.size < 5_000_000 + BLOCK
    assert get((url, headers)).content == expected
    assert get((url, headers), "bytes=100000-3000000").content == expected[100_000:3_000_001]
    position, packets = 24, 0
    while position < len(expected):
        position += 16 + struct.unpack_from("<I", expected, position + 8)[0]
        packets += 1
    assert (position, packets) == (len(expected), 77)


def test_a_large_file_is_streamed(emu: Emulator, client: RawClient) -> None:
    emu.switch(capture_file_bytes=20_000_000)
    (url,), headers = links(emu, client)
    with get((url, headers), stream=True) as answer:
        digest = hashlib.sha256()
        for block in answer.iter_content(BLOCK):
            digest.update(block)
    file = LargeFile("done_0.pcap", 20_000_000)
    assert digest.hexdigest() == hashlib.sha256(b"".join(file.read(0, file.size))).hexdigest()


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (20, 30), (24, 25), (0, 3 * BLOCK), (BLOCK + 24, BLOCK + 25)])
def test_parts_of_a_large_file(start: int, stop: int) -> None:
    file = LargeFile("name", 200_000)
    whole = b"".join(file.read(0, file.size))
    assert b"".join(file.read(start, stop)) == whole[start:stop]
    assert b"".join(Content(whole).read(start, stop)) == whole[start:stop]


# Faults


def test_cut_file(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link).content
    emu.fault(CALL, nth=2, kind="cut_file", times=2)
    for wanted in (None, "bytes=100-"):
        with get(link, wanted, stream=True) as answer, pytest.raises(requests.exceptions.RequestException):
            assert answer.content
    assert get(link).content == whole
    emu.fault(CALL, nth=5, kind="cut_file", after=33)
    with get(link, stream=True) as answer:
        assert answer.raw.read(33) == whole[:33]
        with pytest.raises(Exception, match="IncompleteRead"):
            answer.raw.read(1)


def test_cut_file_that_seems_whole(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link).content
    emu.fault(CALL, nth=2, kind="cut_file", after=50, clean=True)
    answer = get(link)
    assert (answer.status_code, answer.content) == (200, whole[:50])
    assert "Content-Length" not in answer.headers


def test_wrong_length(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link).content
    emu.fault(CALL, nth=2, kind="wrong_length", by=-10)
    assert get(link).content == whole[:-10]
    emu.fault(CALL, nth=3, kind="wrong_length")
    with get(link, stream=True) as answer:
        assert int(answer.headers["Content-Length"]) == len(whole) + 1
        with pytest.raises(requests.exceptions.RequestException):
            assert answer.content


def test_changed_file(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    whole = get(link).content
    emu.fault(CALL, nth=2, kind="changed_file", times=2)
    changed = get(link).content
    assert len(changed) == len(whole)
    assert changed != whole
    assert get(link, "bytes=50-").content == changed[50:]
    emu.fault(CALL, nth=4, kind="changed_file", grow=5)
    assert get(link, "bytes=50-").headers["Content-Range"].endswith(f"/{len(whole) + 5}")
    emu.switch(capture_file_bytes=BLOCK)
    emu.fault(CALL, nth=6, kind="changed_file", times=2)
    assert get(link).content != get(link).content


def test_other_faults_hit_downloads_too(link: tuple[str, dict[str, str]], emu: Emulator) -> None:
    emu.fault(CALL, kind="status", status=503)
    assert get(link).status_code == 503
    emu.fault(CALL, nth=2, kind="truncated_json", cut="connection")
    with get(link, stream=True) as answer, pytest.raises(requests.exceptions.RequestException):
        assert answer.content
    emu.fault(CALL, nth=3, kind="delay", seconds=0.01)
    assert get(link).status_code == 200


def test_file_faults_leave_other_answers_alone(emu: Emulator, client: RawClient) -> None:
    emu.fault("ListCaptureTask", kind="cut_file")
    assert client.captures()["total"] == 0


# Links for certain addresses


@pytest.mark.parametrize("mode", ["link", "files"])
def test_switch_client_address(emu: Emulator, client: RawClient, mode: str) -> None:
    (_url,), headers = links(emu, client)
    emu.switch(result_mode=mode)

    def status(*ips: str) -> int:
        more = [("type", 1), *(("ip", ip) for ip in ips)] if ips else []
        data = client.result("done", *more).json()["data"]
        url = f"{data['url']}&captcha={data['captcha']}" if mode == "link" else data["file_list"][0]["url"]
        return requests.get(url, headers=headers, timeout=10).status_code

    assert (status(), status("203.0.113.200"), status("192.0.2.1", "203.0.113.0/24")) == (200, 200, 200)
    emu.switch(client_address="192.0.2.7")
    assert (status(), status("203.0.113.200")) == (200, 403)


def test_an_altered_address_is_noticed(emu: Emulator, client: RawClient) -> None:
    (url,), headers = links(emu, client, ("type", 1), ("ip", "192.0.2.1"))
    assert get((url, headers)).status_code == 403
    assert get((url.replace("192.0.2.1", "203.0.113.200"), headers)).status_code == 403


def test_switch_result_addresses(emu: Emulator, client: RawClient) -> None:
    emu.switch(result_addresses="refused")
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    assert client.result("done", ("type", 1), ("ip", "203.0.113.200")).json()["error_code"] == "CFW.00200010"
    assert client.result("done", ("type", 0)).status_code == 200
