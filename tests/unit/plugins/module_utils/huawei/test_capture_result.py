# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a capture task: both answers of the service, and what is in the directory afterwards."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._download import Fetcher
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from emulator import Emulator
from emulator.files import LargeFile
from support.captured import BUDGET, DOWNLOAD, LIST, RESULT, Capture

MEGABYTE = 1_000_000


@pytest.fixture
def capture(emu: Emulator, tmp_path: Path) -> Capture:
    return Capture(emu, tmp_path)


@pytest.fixture
def large(capture: Capture) -> Capture:
    """The file has more than a megabyte."""
    capture.emu.switch(capture_file_bytes=MEGABYTE)
    return capture


def content(number: int = 0, size: int = MEGABYTE) -> bytes:
    file = LargeFile(f"done_{number}.pcap", size)
    return b"".join(file.read(0, file.size))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# Fetching


def test_check_real_again(capture: Capture) -> None:
    planned = capture.fetch(check=True)
    assert not capture.dest.exists()
    assert capture.calls() == BUDGET
    done = capture.fetch()
    assert capture.calls() == BUDGET
    (row,) = done["files"]
    data = capture.file().read_bytes()
    assert row == {
        "file_name": "done_0.pcap",
        "result": "fetched",
        "path": str(capture.file()),
        "size": len(data),
        "sha256": sha256(data),
    }
    assert planned["changed"]
    assert done["changed"]
    assert planned["files"] == [{**row, "sha256": None}]
    for key in ("files", "diff", "api_calls", "clock"):
        del planned[key]
    assert planned == {key: done[key] for key in planned}
    assert done["diff"] == {
        "before": {"files": []},
        "after": {"files": [{"path": str(capture.file()), "size": len(data), "sha256": sha256(data)}]},
    }
    assert (done["result_type"], done["evidence"], done["directory"]) == ("files", "complete", str(capture.dest))
    assert done["task"]["task_id"] == "done"
    assert capture.dest.stat().st_mode & 0o777 == 0o700
    for check in (False, True):
        before = capture.snapshot()
        again = capture.fetch(check)
        assert capture.calls() == BUDGET
        assert not again["changed"]
        assert again["files"] == [{**row, "result": "unchanged"}]
        assert again["diff"]["before"] == again["diff"]["after"] == done["diff"]["after"]
        assert capture.snapshot() == before


def test_what_is_asked_of_the_object_store(capture: Capture) -> None:
    capture.fetch()
    row = next(row for row in capture.emu.log if row["call"] == DOWNLOAD)
    assert row["headers"]["Host"] == "cfw-capture-emulator.obs.cn-north-4.myhuaweicloud.com"
    assert set(row["headers"]) <= {"Host", "User-Agent", "Accept", "Accept-Encoding", "Range", "Connection"}
    assert row["headers"]["Accept-Encoding"] == "identity"


def test_several_files(large: Capture) -> None:
    large.emu.switch(capture_files=3)
    done = large.fetch()
    assert [row["sha256"] for row in done["files"]] == [sha256(content(number)) for number in range(3)]
    assert [large.file(number).read_bytes() for number in range(3)] == [content(number) for number in range(3)]
    large.file(1).unlink()
    again = large.fetch()
    assert [row["result"] for row in again["files"]] == ["unchanged", "fetched", "unchanged"]
    assert again["changed"]
    assert large.left() == []


def test_by_name(capture: Capture) -> None:
    assert capture.fetch(task_id=None, name="INC-1")["task"]["task_id"] == "done"


def test_without_dest_the_files_are_listed(capture: Capture) -> None:
    result = capture.run()
    assert capture.calls() == {LIST: 1, RESULT: 1}
    assert result["files"] == [
        {"file_name": "done_0.pcap", "result": "listed", "path": None, "size": None, "sha256": None}
    ]
    assert not result["changed"]
    assert result["directory"] is None


def test_an_existing_directory_keeps_its_mode_and_its_files(capture: Capture) -> None:
    capture.dest.mkdir(mode=0o750)
    other = capture.dest / "notes.txt"
    other.write_text("mine")
    other.chmod(0o600)
    capture.fetch()
    assert capture.dest.stat().st_mode & 0o777 == 0o750
    assert other.read_text() == "mine"


@pytest.mark.parametrize("ranges", ["supported", "ignored", "refused"])
def test_servers_with_and_without_ranges(large: Capture, ranges: str) -> None:
    large.emu.switch(file_ranges=ranges)
    assert large.fetch(check=True)["files"][0]["size"] == len(content())
    assert large.fetch()["files"][0]["sha256"] == sha256(content())
    assert not large.fetch()["changed"]


# Breaks


@pytest.mark.parametrize("ranges", ["supported", "ignored", "refused"])
@pytest.mark.parametrize("clean", [False, True])
def test_a_broken_download_is_completed(large: Capture, ranges: str, clean: bool) -> None:
    large.emu.switch(file_ranges=ranges)
    large.emu.fault(DOWNLOAD, nth=1, kind="cut_file", times=2, clean=clean)
    assert large.fetch()["files"][0]["sha256"] == sha256(content())
    assert large.left() == []
    if ranges == "supported":
        assert large.ranges()[0] == "bytes=0-"
        assert all(0 < int(text[6:-1]) < len(content()) for text in large.ranges()[1:])


@pytest.mark.parametrize("after", [0, 1, 100, 70_000, MEGABYTE])
def test_wherever_it_breaks(large: Capture, after: int) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=after)
    assert large.fetch()["files"][0]["sha256"] == sha256(content())


def test_the_next_run_goes_on(large: Capture) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=600_000, times=1)
    assert "gone on with" in large.fetch_fails("connection_lost", retries=0)
    assert not large.file().exists()
    assert len(large.left()) == 1
    done = large.fetch()
    assert done["files"][0]["sha256"] == sha256(content())
    assert 500_000 < int(large.ranges()[-1][6:-1]) < 600_000
    assert large.left() == []


@pytest.mark.parametrize("harm", ["content", "size", "record", "none_left"])
def test_the_next_run_begins_anew_when_what_is_left_is_not_as_recorded(large: Capture, harm: str) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=600_000)
    large.fetch_fails("connection_lost", retries=0)
    part = large.dest / large.left()[0]
    record = large.dest / ".huawei_cfw_capture_done.json"
    if harm == "content":
        data = bytearray(part.read_bytes())
        data[1000] ^= 1
        part.write_bytes(data)
    elif harm == "size":
        os.truncate(part, 1000)
    elif harm == "record":
        record.write_text("{")
    else:
        part.unlink()
    assert large.fetch()["files"][0]["sha256"] == sha256(content())
    assert large.ranges()[-1] == "bytes=0-"
    assert bool(large.warnings) == (harm == "record")


def test_more_than_was_recorded_is_cut_off(large: Capture) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=600_000)
    large.fetch_fails("connection_lost", retries=0)
    with (large.dest / large.left()[0]).open("ab") as file:
        file.write(b"after a crash")
    assert large.fetch()["files"][0]["sha256"] == sha256(content())
    assert large.ranges()[-1] != "bytes=0-"


@pytest.mark.parametrize(("fault", "code"), [("drop_before_commit", "connection_lost"), ("status", "http_500")])
def test_it_gives_up_after_the_retries(capture: Capture, fault: str, code: str) -> None:
    capture.emu.fault(DOWNLOAD, kind=fault, times=0)
    capture.fetch_fails(code, retries=2)
    assert capture.calls()[DOWNLOAD] == 3
    assert capture.left() == []


@pytest.mark.parametrize("fault", ["drop_before_commit", "throttle", "status", "html"])
def test_what_is_transient_is_repeated(capture: Capture, fault: str) -> None:
    capture.emu.fault(DOWNLOAD, kind=fault)
    assert capture.fetch()["changed"]
    assert capture.calls() == {**BUDGET, DOWNLOAD: 2}


def test_a_redirect_is_refused(capture: Capture) -> None:
    capture.emu.fault(DOWNLOAD, kind="redirect")
    assert "redirect.invalid" in capture.fetch_fails("redirected")
    assert capture.calls() == BUDGET


# Sizes and changes


def test_a_length_that_does_not_fit_is_noticed(large: Capture) -> None:
    large.emu.fault(DOWNLOAD, kind="wrong_length", by=-10)
    assert large.fetch()["files"][0]["sha256"] == sha256(content())
    assert large.calls() == {**BUDGET, DOWNLOAD: 2}


def test_it_never_passes_for_complete(large: Capture) -> None:
    large.emu.fault(DOWNLOAD, kind="wrong_length", by=-10, times=0)
    assert "Content-Length" in large.fetch_fails("size_mismatch")
    assert not large.file().exists()
    large.emu.reset(result_mode="files", file_ranges="ignored", capture_file_bytes=MEGABYTE)
    large.emu.seed(huawei={"tasks": [{"task_id": "done", "name": "INC-1", "status": 1}]})
    large.emu.fault(DOWNLOAD, kind="cut_file", clean=True, times=0)
    assert "without its size" in large.fetch_fails("size_mismatch")
    assert not large.file().exists()


@pytest.mark.parametrize("grow", [0, 5])
def test_a_file_that_changes_between_two_attempts(large: Capture, grow: int) -> None:
    large.emu.fault(DOWNLOAD, nth=1, kind="cut_file", after=600_000)
    large.emu.fault(DOWNLOAD, nth=2, kind="changed_file", times=0, grow=grow)
    assert "Run it again" in large.fetch_fails("file_changed")
    assert not large.file().exists()
    assert large.left() == []


@pytest.mark.parametrize("grow", [0, 5])
def test_a_file_that_changed_since_an_earlier_run_was_broken_off(large: Capture, grow: int) -> None:
    large.emu.fault(DOWNLOAD, nth=1, kind="cut_file", after=600_000)
    large.emu.fault(DOWNLOAD, nth=2, kind="changed_file", times=0, grow=grow)
    large.fetch_fails("connection_lost", retries=0)
    done = large.fetch()
    assert large.ranges()[-1] == "bytes=0-"
    assert done["files"][0]["sha256"] not in (sha256(content()), "")


def test_a_file_that_changed_since_it_was_fetched(large: Capture) -> None:
    large.fetch()
    before = large.snapshot()
    large.emu.fault(DOWNLOAD, nth=2, kind="changed_file", times=0, grow=5)
    for check in (True, False):
        assert "another dest" in large.fetch_fails("file_changed", check=check)
        assert large.snapshot() == before
    large.file().unlink()
    assert "SHA-256" in large.fetch_fails("file_changed")
    assert large.left() == []


def test_a_file_that_was_altered_on_disk(capture: Capture) -> None:
    capture.fetch()
    data = capture.file().read_bytes()
    capture.file().write_bytes(data[:-1] + b"x")
    for check in (True, False):
        capture.calls()
        assert "Move it away" in capture.fetch_fails("file_altered", check=check)
        assert DOWNLOAD not in capture.calls()
    capture.file().rename(capture.dest / "altered.pcap")
    assert capture.fetch()["changed"]
    assert capture.file().read_bytes() == data


def test_without_its_record_a_file_is_compared(capture: Capture) -> None:
    capture.fetch()
    (capture.dest / ".huawei_cfw_capture_done.json").unlink()
    inode = capture.file().stat().st_ino
    assert not capture.fetch(check=True)["changed"]
    assert "size only" in capture.warnings[0]
    again = capture.fetch()
    assert (again["changed"], again["files"][0]["result"]) == (False, "unchanged")
    assert capture.file().stat().st_ino == inode
    capture.calls()
    capture.fetch()
    assert capture.calls() == BUDGET


@pytest.mark.parametrize("same_size", [True, False])
def test_a_file_of_the_same_name_is_not_overwritten(capture: Capture, same_size: bool) -> None:
    capture.fetch()
    (capture.dest / ".huawei_cfw_capture_done.json").unlink()
    other = b"x" * (capture.file().stat().st_size if same_size else 5)
    capture.file().write_bytes(other)
    assert "Move it away" in capture.fetch_fails("file_exists")
    assert capture.file().read_bytes() == other
    assert capture.left() == []


def test_another_task_in_the_same_directory(capture: Capture) -> None:
    capture.emu.seed(huawei={"tasks": [{"task_id": "other", "name": "INC-2", "status": 1}]})
    capture.fetch()
    assert capture.fetch(task_id="other")["files"][0]["file_name"] == "other_0.pcap"
    assert not capture.fetch()["changed"]


def test_max_file_bytes(large: Capture) -> None:
    for check in (True, False):
        assert "max_file_bytes" in large.fetch_fails("file_too_large", check=check, max_file_bytes=MEGABYTE)
    assert large.left() == []


# The directory


@pytest.mark.parametrize("kind", ["directory", "link", "dangling", "fifo"])
def test_what_is_no_regular_file_is_left_alone(capture: Capture, kind: str) -> None:
    capture.dest.mkdir()
    target = capture.dest.parent / "target"
    if kind == "directory":
        capture.file().mkdir()
    elif kind == "fifo":
        os.mkfifo(capture.file(), 0o600)
    else:
        if kind == "link":
            target.write_text("mine")
        capture.file().symlink_to(target)
    assert "in the way" in capture.fails(dest=str(capture.dest))["msg"]
    assert capture.calls() == {LIST: 1, RESULT: 1}
    assert target.exists() == (kind == "link")


@pytest.mark.parametrize("kind", ["link", "directory", "hard_link"])
def test_a_trap_in_place_of_the_incomplete_file(large: Capture, kind: str) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=600_000)
    large.fetch_fails("connection_lost", retries=0)
    part = large.dest / large.left()[0]
    part.unlink()
    target = large.dest.parent / "target"
    target.write_text("mine")
    if kind == "link":
        part.symlink_to(target)
    elif kind == "hard_link":
        target.chmod(0o600)
        part.hardlink_to(target)
    else:
        part.mkdir(mode=0o600)
    large.emu.clear_log()
    assert part.name in large.fetch_fails("write_failed")
    assert target.read_text() == "mine"


def test_a_trap_in_place_of_the_record(capture: Capture) -> None:
    capture.dest.mkdir()
    target = capture.dest.parent / "target"
    target.write_text("{}")
    (capture.dest / ".huawei_cfw_capture_done.json").symlink_to(target)
    result = capture.fails(dest=str(capture.dest))
    assert result["error"]["code"] == "write_failed"
    assert result["changed"]
    assert target.read_text() == "{}"


def test_two_runs_at_once(large: Capture) -> None:
    large.emu.fault(DOWNLOAD, kind="cut_file", after=600_000)
    large.fetch_fails("connection_lost", retries=0)
    part = large.dest / large.left()[0]
    with part.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "another run" in large.fetch_fails("dest_busy")
    assert large.fetch()["changed"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(capture: Capture) -> None:
    link = os.link

    def slow(*args: Any, **more: Any) -> None:
        capture.file().write_text("theirs")
        capture.file().chmod(0o600)
        link(*args, **more)

    with mock.patch("os.link", slow):
        capture.fetch_fails("file_exists")
    assert capture.file().read_text() == "theirs"


def test_a_file_system_without_links(capture: Capture) -> None:
    with mock.patch("os.link", side_effect=PermissionError(1, "Operation not permitted")):
        assert capture.fetch()["changed"]
    assert not capture.fetch()["changed"]
    assert capture.left() == []


def test_a_full_disk(large: Capture) -> None:
    with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=1000)):
        assert "Make room" in large.fetch_fails("no_space")
    assert large.left() == []


# The link


def test_the_link_of_a_folder(capture: Capture) -> None:
    capture.emu.switch(result_mode="link")
    result = capture.run()
    assert (result["result_type"], result["files"], result["changed"]) == ("link", [], False)
    assert isinstance(result["expires"], int)
    link = capture.run(return_link=True)["link"]
    assert link["url"].startswith(capture.emu.url)
    assert len(link["extraction_code"]) == 6
    assert (link["files"], link["headers"]) == ([], {})
    assert capture.calls() == {LIST: 2, RESULT: 2}


def test_no_message_holds_the_link(capture: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    url = capture.run(return_link=True)["link"]["files"][0]["url"]

    def broken(self: object, link: object, part: object, most: int) -> None:
        raise CfwError("odd", f"It broke at {url}", hint=f"Look at {url}")

    monkeypatch.setattr(Fetcher, "fetch", broken)
    result = capture.fails(dest=str(capture.dest), return_link=True)
    assert result["error"]["code"] == "odd"
    assert "Signature" not in result["msg"] + str(result["error"])
    assert result["link"]["files"][0]["url"].startswith(url.partition("?")[0])


def test_addresses_of_files(capture: Capture) -> None:
    link = capture.run(return_link=True)["link"]
    assert (link["url"], link["extraction_code"]) == ("", "")
    assert link["files"][0]["file_name"] == "done_0.pcap"
    assert "Signature=" in link["files"][0]["url"]
    assert link["headers"] == {"Host": "cfw-capture-emulator.obs.cn-north-4.myhuaweicloud.com"}


@pytest.mark.parametrize("check", [False, True])
def test_a_folder_can_not_be_fetched(capture: Capture, check: bool) -> None:
    capture.emu.switch(result_mode="link")
    result = capture.fails(check, dest=str(capture.dest))
    assert result["error"]["code"] == "link_only"
    assert "return_link: true" in result["msg"]
    assert not capture.dest.exists()
    assert capture.fails(check, dest=str(capture.dest), return_link=True)["link"]["extraction_code"]


@pytest.mark.parametrize("mode", ["link", "files"])
def test_for_certain_addresses(capture: Capture, mode: str) -> None:
    capture.emu.switch(result_mode=mode)
    capture.run(allowed_ips=["192.88.99.1", "192.88.99.64/26"])
    sent = [row["query"] for row in capture.emu.log if row["call"] == RESULT][-1]
    assert (sent["type"], sent["ip"]) == ("1", ["192.88.99.1", "192.88.99.64/26"])
    capture.run(address_restriction="any")
    sent = [row["query"] for row in capture.emu.log if row["call"] == RESULT][-1]
    assert sent["type"] == "0"
    assert "ip" not in sent
    capture.run(allowed_ips=[" ", ""])
    sent = [row["query"] for row in capture.emu.log if row["call"] == RESULT][-1]
    assert "type" not in sent


def test_not_for_this_host(capture: Capture) -> None:
    assert "allowed_ips" in capture.fetch_fails("download_refused", allowed_ips="192.88.99.1")
    assert capture.calls() == BUDGET
    assert capture.left() == []


def test_a_region_that_can_not_restrict(capture: Capture) -> None:
    capture.emu.switch(result_addresses="refused")
    result = capture.fails(allowed_ips="192.88.99.1")
    assert result["error"]["code"] == "CFW.00200010"
    assert "some regions" in result["error"]["hint"]


# Tasks


@pytest.mark.parametrize("status", [2, 3, 5, 9])
def test_a_task_that_has_not_ended(capture: Capture, status: int) -> None:
    capture.emu.seed(huawei={"tasks": [{"task_id": "busy", "status": status}]})
    result = capture.fails(task_id="busy", dest=str(capture.dest))
    assert result["error"]["code"] == "task_not_finished"
    assert "wait: finished" in result["msg"]
    assert result["task"]["status_code"] == status
    assert capture.calls() == {LIST: 1}


def test_a_stopped_task(capture: Capture) -> None:
    capture.emu.seed(huawei={"tasks": [{"task_id": "cut", "status": 4}]})
    result = capture.fetch(task_id="cut")
    assert (result["evidence"], len(result["files"])) == ("partial", 1)


@pytest.mark.parametrize(("there", "kind"), [("missing", "none"), ("partial", "files")])
def test_an_abnormal_task(capture: Capture, there: str, kind: str) -> None:
    capture.emu.switch(abnormal_result=there)
    capture.emu.seed(huawei={"tasks": [{"task_id": "odd", "status": 0}]})
    result = capture.fetch(task_id="odd")
    assert (result["result_type"], len(result["files"])) == (kind, int(kind == "files"))
    assert "ended abnormally" in capture.warnings[0]


def test_no_result_any_more(capture: Capture) -> None:
    capture.emu.advance(8 * 86400)
    result = capture.fails()
    assert result["error"]["code"] == "result_missing"
    assert "seven days" in result["msg"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("how", ["expired", "removed"])
def test_what_was_fetched_stays_when_the_service_has_it_no_more(capture: Capture, how: str, check: bool) -> None:
    fetched = capture.fetch()
    before = capture.snapshot()
    if how == "expired":
        capture.emu.advance(8 * 86400)
    else:
        capture.emu.reset()
    result = capture.fetch(check=check)
    assert (result["changed"], result["files"]) == (False, [{**fetched["files"][0], "result": "unchanged"}])
    assert "fetched from it before, unchanged" in capture.warnings[0]
    assert capture.snapshot() == before
    capture.file().write_bytes(b"something else")
    capture.fetch_fails("file_altered")
    capture.file().unlink()
    capture.fetch_fails("result_missing" if how == "expired" else "task_not_found")


def test_a_part_of_a_result_is_not_the_result(capture: Capture) -> None:
    capture.emu.switch(capture_files=2)
    capture.emu.fault(call="DownloadCaptureFile", nth=2, kind="drop_before_commit", times=0)
    capture.fetch_fails("connection_lost", retries=0)
    assert capture.file().exists()
    capture.emu.advance(8 * 86400)
    capture.fetch_fails("result_missing")


def test_a_file_that_others_can_read_is_said(capture: Capture) -> None:
    capture.fetch()
    capture.file().chmod(0o644)
    assert capture.fetch()["changed"] is False
    assert "can be read by others" in capture.warnings[0]


def test_no_such_task(capture: Capture) -> None:
    assert capture.fails(task_id="nobody")["error"]["code"] == "task_not_found"
    capture.emu.seed(huawei={"tasks": [{"name": "INC-1", "status": 1}]})
    assert capture.fails(task_id=None, name="INC-1")["error"]["code"] == "ambiguous_name"


# What the service says


Answer = Callable[..., None]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Replaces the data of ListCaptureResult."""

    def replace(change: Callable[[dict[str, Any]], Any]) -> None:
        call = HuaweiCfw.call

        def changed(self: HuaweiCfw, name: str, *args: Any, **more: Any) -> Any:
            response = call(self, name, *args, **more)
            if name != RESULT:
                return response
            data = change(response.json()["data"])
            return type(response)(200, response.headers, json.dumps({"data": data}).encode())

        monkeypatch.setattr(HuaweiCfw, "call", changed)

    return replace


def renamed(name: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda data: {**data, "file_list": [{**data["file_list"][0], "file_name": name}]}


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/evil",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "..",
        ".",
        ".bashrc",
        "-rf",
        "~root",
        "a\nb",
        "a\x00b",
        "a\x1b[2J",
        "a\u202egp.pcap",
        "a\u2028b",
        " a",
        "a ",
        "x" * 256,
        "ü" * 128,
        "\ud800",
    ],
)
def test_names_that_are_refused(capture: Capture, answer: Answer, name: str) -> None:
    answer(renamed(name))
    message = capture.fetch_fails("unsafe_file_name")
    assert message.isprintable()
    assert not capture.dest.exists()
    assert capture.calls() == {LIST: 1, RESULT: 1}


@pytest.mark.parametrize("name", ["x" * 255, "Mitschnitt äöü.pcap", "a b.pcap", "a..b", "$(id).pcap"])
def test_names_that_are_taken(capture: Capture, answer: Answer, name: str) -> None:
    answer(renamed(name))
    assert capture.fetch()["files"][0]["path"] == str(capture.dest / name)
    assert not capture.fetch()["changed"]


def test_two_files_of_one_name(capture: Capture, answer: Answer) -> None:
    answer(lambda data: {**data, "file_list": [{**data["file_list"][0], "file_name": name} for name in ("a", "A")]})
    assert "same name" in capture.fetch_fails("unsafe_file_name")


def readdressed(url: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda data: {**data, "file_list": [{**data["file_list"][0], "url": url}]}


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/a?Signature=secret-signature",
        "ftp://127.0.0.1/a?Signature=secret-signature",
        "file:///etc/passwd",
        "https://user:secret-signature@files.example.com/a",
        "https://files.example.com/a b?Signature=secret-signature",
        "https://files.example.com/a\r\nX-Evil: secret-signature",
        "https://files.example.com\\@evil.example.com/a",
        "//files.example.com/a",
        "https:///a",
    ],
)
def test_addresses_that_are_refused(capture: Capture, answer: Answer, url: str) -> None:
    answer(readdressed(url))
    assert "secret-signature" not in capture.fetch_fails("unusable_link")
    assert not capture.dest.exists()
    assert capture.calls() == {LIST: 1, RESULT: 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: None,
        lambda data: [],
        lambda data: {**data, "file_list": "x"},
        lambda data: {**data, "file_list": ["x"]},
        renamed(""),
        renamed(None),
        readdressed(None),
        lambda data: {**data, "request_header": {"Host": "a\r\nb"}},
        lambda data: {**data, "request_header": {"Host": "a b"}},
    ],
)
def test_answers_of_another_shape(capture: Capture, answer: Answer, change: Any) -> None:
    answer(change)
    assert capture.fetch_fails("unreadable_answer")


@pytest.mark.parametrize("change", [lambda data: {}, lambda data: {"file_list": [], "request_header": {}}])
def test_an_empty_result(capture: Capture, answer: Answer, change: Any) -> None:
    answer(change)
    assert capture.fetch_fails("result_missing")


def test_no_host_header(capture: Capture, answer: Answer) -> None:
    answer(lambda data: {**data, "request_header": None})
    assert capture.fetch_fails("download_refused")
    row = next(row for row in capture.emu.log if row["call"] == DOWNLOAD)
    assert row["headers"]["Host"] == capture.emu.url.removeprefix("http://")


# Options


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"task_id": None}, "neither"),
        ({"name": "INC-1"}, "both"),
        ({"task_id": "a b"}, "task_id"),
        ({"fw_instance_id": ""}, "fw_instance_id"),
        ({"allowed_ips": ["10.0.0.1"]}, "no public address"),
        ({"allowed_ips": ["0.0.0.0/0"]}, "allowed_ips"),
        ({"allowed_ips": ["host.example.com"]}, "allowed_ips"),
        ({"allowed_ips": ["192.88.99.1"] * 4}, "at most 3"),
        ({"allowed_ips": ["192.88.99.1"], "address_restriction": "any"}, "drop one"),
        ({"address_restriction": "listed"}, "allowed_ips"),
        ({"address_restriction": "listed", "allowed_ips": [""]}, "allowed_ips"),
        ({"address_restriction": "1"}, "address_restriction"),
        ({"dest": "/dev/null"}, "no directory"),
        ({"dest": "/dev/null/below"}, "no directory"),
        ({"dest": "/tmp/a\nb"}, "dest"),
        ({"max_file_bytes": 0}, "max_file_bytes"),
    ],
)
def test_bad_input(capture: Capture, given: dict[str, Any], said: str) -> None:
    assert said in capture.refuses(**given)


def test_a_directory_that_may_not_be_written(capture: Capture) -> None:
    with mock.patch("os.access", return_value=False):
        assert "may not write" in capture.refuses(dest=str(capture.dest))
