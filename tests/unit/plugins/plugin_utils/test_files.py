# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an incident: whole or not at all, for their owner only, and never over what must stay."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import stat
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils import _files
from ansible_collections.secops.cfw.plugins.plugin_utils._files import carry_out, read_request

TEXT = "what was found: {{ 7 * 7 }} ✓\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
SIZE = len(TEXT.encode())


def run(check: bool = False, **options: Any) -> dict[str, Any]:
    return carry_out(read_request(options), check=check)


def one(path: Path, content: str = TEXT, check: bool = False, **more: Any) -> dict[str, Any]:
    """The row of a single file."""
    (row,) = run(check, files=[{"path": str(path), "content": content, **more}])["files"]
    return dict(row)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def tree(folder: Path) -> dict[str, Any]:
    """Everything below a folder: what it is, its mode, and its content."""
    return {
        str(path.relative_to(folder)): (mode(path), path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    }


@pytest.fixture
def _umask() -> Any:
    before = os.umask(0)
    yield
    os.umask(before)


# Writing


@pytest.mark.usefixtures("_umask")
def test_files_and_the_folders_above_them_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "case" / "runs" / "a.json"
    result = run(directories=[str(tmp_path / "x" / "y")], files=[{"path": str(path), "content": TEXT}])
    assert result == {
        "changed": True,
        "directories": [{"path": str(tmp_path / "x" / "y"), "result": "made", "reason": ""}],
        "files": [{"path": str(path), "result": "written", "size": SIZE, "sha256": DIGEST, "reason": ""}],
        "hashes": [],
    }
    assert path.read_text(encoding="utf-8") == TEXT
    assert mode(path) == 0o600
    assert {mode(folder) for folder in (*path.parents[:2], tmp_path / "x", tmp_path / "x" / "y")} == {0o700}


def test_a_folder_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir(mode=0o750)
    result = run(directories=[str(folder), f"{folder}/"])
    assert [row["result"] for row in result["directories"]] == ["unchanged", "unchanged"]
    assert not result["changed"]
    assert mode(folder) == 0o750


def test_the_same_content_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert one(path)["result"] == "written"
    inode = path.stat().st_ino
    again = run(files=[{"path": str(path), "content": TEXT}])
    assert (again["changed"], again["files"][0]["result"]) == (False, "unchanged")
    assert path.stat().st_ino == inode
    assert one(path, "other, of any length")["result"] == "written"
    assert one(path, "other, of some length"[:20])["result"] == "written"
    assert path.read_text(encoding="utf-8") == "other, of some lengt"
    assert os.listdir(tmp_path) == ["a"]


def test_an_exclusive_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert one(path, exclusive=True)["result"] == "written"
    assert (mode(path), path.stat().st_nlink) == (0o600, 1)
    assert one(path, exclusive="yes")["result"] == "unchanged"
    for content in ("other", TEXT.replace("7", "8")):
        result = run(files=[{"path": str(path), "content": content, "exclusive": True}])
        assert result["files"][0]["result"] == "refused"
        assert result["failed"]
        assert "another file is in its place, and is not replaced" in result["msg"]
    assert path.read_text(encoding="utf-8") == TEXT
    assert os.listdir(tmp_path) == ["a"]


def appear(path: Path, monkeypatch: pytest.MonkeyPatch, number: int = 0) -> None:
    """Another run's file appears at `path` after it was looked at; with a number, links fail with this error."""
    link = os.link

    def late(source: str, place: str) -> None:
        if number:
            raise OSError(number, os.strerror(number))
        path.write_text("of another run", encoding="utf-8")
        link(source, place)

    monkeypatch.setattr(os, "link", late)


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    appear(path, monkeypatch)
    assert one(path, exclusive=True)["result"] == "refused"
    assert path.read_text(encoding="utf-8") == "of another run"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(("number", "result"), [(errno.EPERM, "written"), (errno.EIO, "failed")])
def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, result: str) -> None:
    path = tmp_path / "a"
    appear(path, monkeypatch, number)
    row = one(path, exclusive=True)
    assert row["result"] == result
    assert path.exists() == (result == "written")
    assert row["reason"] == ("" if result == "written" else os.strerror(number))
    assert [name for name in os.listdir(tmp_path) if name != "a"] == []


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("check", [True, False])
def test_what_is_no_file_is_neither_followed_nor_replaced(tmp_path: Path, exclusive: bool, check: bool) -> None:
    (tmp_path / "target").write_text("kept", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "broken", "folder", "pipe"):
        row = one(tmp_path / name, check=check, exclusive=exclusive)
        assert row["result"] == "refused", name
        assert row["reason"].startswith("a link, a directory or a device is in its place")
    assert (tmp_path / "target").read_text(encoding="utf-8") == "kept"
    assert sorted(os.listdir(tmp_path)) == ["broken", "folder", "link", "pipe", "target"]


def test_a_link_to_a_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cases").symlink_to(tmp_path / "real")
    assert one(tmp_path / "cases" / "INC-1" / "a")["result"] == "written"
    assert (tmp_path / "real" / "INC-1" / "a").is_file()


def test_one_that_fails_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("", encoding="utf-8")
    rows = [
        {"path": str(tmp_path / "plain" / "a"), "content": TEXT},
        {"path": str(tmp_path / "b"), "content": "half of a pair: \ud83d"},
        {"path": str(tmp_path / "c"), "content": TEXT},
    ]
    result = run(directories=[str(tmp_path / "plain" / "x"), str(tmp_path / "y")], files=rows, hash=[rows[2]["path"]])
    assert [row["result"] for row in result["directories"]] == ["failed", "made"]
    assert [row["result"] for row in result["files"]] == ["failed", "failed", "written"]
    assert result["hashes"][0]["sha256"] == DIGEST
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith(
        f"3 of 5 files and directories could not be written: {tmp_path}/plain/x and 1 more ("
    )
    assert f"({tmp_path}/plain: there is something else than a directory); {tmp_path}/b (its content " in result["msg"]
    assert "surrogate" in result["files"][1]["reason"]


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("before", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = run(files=[{"path": str(path), "content": TEXT}])
    assert result["files"][0]["reason"] == "No space left on device"
    assert result["msg"] == f"1 of 1 files and directories could not be written: {path} (No space left on device)."
    assert not result["changed"]
    assert tree(tmp_path) == {"a": (mode(path), b"before")}


def test_many_failures_are_one_message(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}").write_text("", encoding="utf-8")
    result = run(
        files=[{"path": f"{tmp_path}/{number}/a\n{twice}", "content": ""} for number in range(9) for twice in "ab"]
    )
    assert len(result["files"]) == 18
    assert result["msg"].count(" and 1 more (") == 5
    assert result["msg"].endswith("; and others.")
    assert "\n" not in result["msg"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text(TEXT, encoding="utf-8")

    def denied(place: str) -> tuple[int, str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)

    monkeypatch.setattr(_files, "digest_of", denied)
    assert one(path, exclusive=True)["result"] == "failed"
    (row,) = run(hash=[str(path)])["hashes"]
    assert row == {
        "path": str(path),
        "exists": True,
        "is_file": True,
        "size": SIZE,
        "sha256": "",
        "reason": "Permission denied",
    }
    assert one(path)["result"] == "written"


def test_a_folder_that_another_run_makes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = os.mkdir

    def late(path: str, mode: int) -> None:
        mkdir(path, mode)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)

    monkeypatch.setattr(os, "mkdir", late)
    assert one(tmp_path / "x" / "a")["result"] == "written"

    def other(path: str, mode: int) -> None:
        Path(path).write_text("", encoding="utf-8")
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)

    monkeypatch.setattr(os, "mkdir", other)
    assert one(tmp_path / "y" / "a")["reason"] == f"{tmp_path}/y: File exists"


# Hashing


def test_hashes_of_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT, encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    found = run(hash=[str(tmp_path / name) for name in ("a", "link", "pipe", "none", "a/below")])
    assert "failed" not in found
    assert not found["changed"]
    assert [(row["exists"], row["is_file"], row["size"], row["sha256"]) for row in found["hashes"]] == [
        (True, True, SIZE, DIGEST),
        (True, False, 0, ""),
        (True, False, 0, ""),
        (False, False, 0, ""),
        (False, False, 0, ""),
    ]


def test_what_became_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT, encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"symbolic links|no file"):
            _files.digest_of(str(tmp_path / name))


def test_a_large_file_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "capture.pcap").open("wb") as file:
        file.truncate(64 * 1024**2)
    tracemalloc.start()
    try:
        (row,) = run(hash=[str(tmp_path / "capture.pcap")])["hashes"]
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert row["size"] == 64 * 1024**2
    assert peak < 8 * 1024**2


# Check mode


def test_a_check_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "same").write_text(TEXT, encoding="utf-8")
    (tmp_path / "other").write_text("other", encoding="utf-8")
    (tmp_path / "plain").write_text("", encoding="utf-8")
    rows: list[dict[str, Any]] = [
        {"path": str(tmp_path / name), "content": TEXT, "exclusive": exclusive}
        for name, exclusive in [
            *(("new/deep/a", False), ("new/deep/b", True), ("same", True), ("other", True), ("plain/a", False)),
            ("c", True),
        ]
    ]
    options: dict[str, Any] = {
        "directories": [str(tmp_path / "new" / "x"), str(tmp_path / "new"), str(tmp_path / "plain")],
        "files": rows,
        "hash": [row["path"] for row in rows] + [str(tmp_path / "new" / "x"), str(tmp_path / "none")],
    }
    before = tree(tmp_path)
    predicted = run(check=True, **options)
    assert tree(tmp_path) == before
    assert predicted == run(**options)
    assert [row["result"] for row in predicted["files"]] == [
        *("written", "written", "unchanged", "refused", "failed", "written")
    ]
    assert [row["result"] for row in predicted["directories"]] == ["made", "unchanged", "failed"]


def test_a_check_sees_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _how: path != str(tmp_path))
    for path in (tmp_path / "a", tmp_path / "new" / "a"):
        row = one(path, check=True)
        assert (row["result"], row["reason"]) == ("failed", f"{tmp_path}: Permission denied")
    assert not run(check=True, files=[{"path": str(tmp_path / "a"), "content": ""}])["changed"]


@given(texts=st.lists(st.text(max_size=20), max_size=4), exclusive=st.booleans(), there=st.text(max_size=3))
def test_any_text_is_predicted_kept_and_never_told(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], exclusive: bool, there: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "0").write_text(there, encoding="utf-8", newline="")
    rows = [
        {"path": f"{folder}/{number}", "content": f"<{text}>", "exclusive": exclusive}
        for number, text in enumerate(texts)
    ]
    predicted = run(check=True, files=rows)
    result = run(files=rows)
    assert predicted == result
    for row, told in zip(rows, result["files"]):
        assert "content" not in told
        if told["result"] in ("written", "unchanged"):
            assert Path(str(row["path"])).read_bytes() == str(row["content"]).encode()
    if exclusive and texts:
        assert (folder / "0").read_bytes().decode() == there


# What is wrong with the options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file": []}, "incident_files has no 'file'; it takes directories, files, basis, hash"),
        ({"directories": "/a"}, "directories is of the type str; give a list"),
        ({"directories": ["a"]}, "directories[0] is 'a'; give an absolute path"),
        ({"directories": [{"path": "/a"}]}, "directories[0] is \"{'path': '/a'}\"; give an absolute path"),
        ({"hash": ["/a", ""]}, "hash[1] is ''; give an absolute path"),
        ({"hash": ["/a\0b"]}, "hash[0] is '/a\\x00b'; give an absolute path"),
        ({"files": ["/a"]}, "files[0] is of the type str; give a dictionary with path and content"),
        ({"files": [{"content": "s3cret"}]}, "files[0].path is 'None'; give an absolute path"),
        ({"files": [{"path": "/a", "content": "s3cret", "mode": "0644"}]}, "files[0] has no 'mode'; it takes path,"),
        ({"files": [{"path": "/a/", "content": "s3cret"}]}, "files[0].path is '/a/', which ends like a directory"),
        ({"files": [{"path": "/a"}]}, "files[0].content is of the type NoneType; give text"),
        ({"files": [{"path": "/a", "content": {"a": "s3cret"}}]}, "files[0].content is of the type dict; give text"),
        ({"files": [{"path": "/a", "content": "s3cret", "exclusive": "maybe"}]}, "files[0].exclusive is 'maybe'"),
        (
            {"files": [{"path": "/a/b", "content": "s3cret"}, {"path": "/a//b", "content": ""}]},
            "files names '/a//b' twice; give each path once",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_without_content(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_request(options)
    assert caught.value.message.startswith(said)
    assert "s3cret" not in caught.value.sentence()


def test_nothing_asked_is_nothing_done() -> None:
    nothing = {"changed": False, "directories": [], "files": [], "hashes": []}
    assert run(directories=None, files=[], hash=None) == nothing


def test_the_result_is_json(tmp_path: Path) -> None:
    result = run(files=[{"path": str(tmp_path / "a"), "content": TEXT}], hash=[str(tmp_path / "a")])
    assert json.loads(json.dumps(result)) == result


# Runs at the same time


def test_what_was_overtaken_is_not_written(tmp_path: Path) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.md"
    files = [{"path": str(report), "content": "mine"}, {"path": str(page), "content": "mine"}]
    (before,) = run(hash=[str(report)])["hashes"]
    other = run(files=[{"path": str(report), "content": "another's"}], basis=[before])
    assert (other["overtaken"], other["changed"]) == (False, True)

    mine = run(files=files, basis=[before])
    assert (mine["overtaken"], mine["changed"], mine["files"], "failed" in mine) == (True, False, [], False)
    assert report.read_text(encoding="utf-8") == "another's"
    assert not page.exists()

    (now,) = run(hash=[str(report)])["hashes"]
    assert run(files=files, basis=[now])["overtaken"] is False
    assert report.read_text(encoding="utf-8") == page.read_text(encoding="utf-8") == "mine"


def test_nobody_loses_what_many_add_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "list"

    def add(name: str) -> None:
        while True:
            (before,) = run(hash=[str(path)])["hashes"]
            text = path.read_text(encoding="utf-8") if before["exists"] else ""
            # What was read may be newer than the hash, and is then refused all the same.
            if not run(files=[{"path": str(path), "content": f"{text}{name}\n"}], basis=[before])["overtaken"]:
                return

    names = [str(number) for number in range(24)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(add, names))
    assert sorted(path.read_text(encoding="utf-8").split()) == sorted(names)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refused(*_args: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", refused)
    path = str(tmp_path / "a")
    assert run(files=[{"path": path, "content": TEXT}], basis=[{"path": path}])["overtaken"] is False


def test_a_lock_that_somebody_keeps_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(slept))
    path = str(tmp_path / "a")
    with (tmp_path / _files.LOCK).open("w") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        assert run(files=[{"path": path, "content": TEXT}], basis=[{"path": path}])["files"][0]["result"] == "written"
    assert 60 <= sum(slept) < 61


def test_check_mode_takes_no_turn_and_leaves_no_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    planned = run(check=True, files=[{"path": path, "content": TEXT}], basis=[{"path": path, "sha256": ""}])
    assert planned["files"][0]["result"] == "written"
    assert run(check=True, files=[{"path": path, "content": TEXT}], basis=[{"path": path, "sha256": DIGEST}])[
        "overtaken"
    ]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        (["/a"], "basis[0] is of the type str; give a dictionary with path and sha256"),
        ([{"path": "a"}], "basis[0].path is 'a'; give an absolute path"),
        ([{"path": "/a", "sha256": "12"}], "basis[0].sha256 is '12'; give a SHA-256"),
        ([{"path": "/a", "sum": ""}], "basis[0] has no 'sum'"),
    ],
)
def test_a_basis_that_is_none_is_refused(basis: list[Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_request({"basis": basis})
    assert caught.value.message.startswith(said)
