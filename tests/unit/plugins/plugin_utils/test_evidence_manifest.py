# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import (
    compared,
    day_after,
    digest_of,
    document,
    is_safe_path,
    listed_files,
    moment,
    next_log_path,
    seconds_of,
    sums_of,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._files import carry_out, read_request

NAMES = ["fw/a.pcap", "fw/with blank.pcap", "fw/back\\slash.pcap", "fw/-dash", "fw/中.pcap"]


def collection(tmp_path: Path) -> tuple[dict[str, Any], str, str]:
    """A directory of files with its manifest and its sums."""
    (tmp_path / "fw").mkdir()
    for name in NAMES:
        (tmp_path / name).write_text(name, encoding="utf-8")
    files = [dict(zip(("size", "sha256"), digest_of(str(tmp_path / name))), path=name) for name in NAMES]
    manifest = {"files": files, "captures": []}
    text = document(manifest)
    sums = sums_of(manifest, text)
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return manifest, text, sums


def look(tmp_path: Path, manifest: dict[str, Any], text: str, sums: str) -> dict[str, Any]:
    listed = listed_files(manifest, text, sums)
    paths = [str(tmp_path / row["path"]) for row in listed]
    hashes = {row["path"]: row for row in carry_out(read_request({"hash": paths}))["hashes"]}
    there = [{"path": str(path), "isdir": path.is_dir()} for path in tmp_path.rglob("*")]
    return compared(str(tmp_path), listed, hashes, there)


def test_a_colleague_can_check_it(tmp_path: Path) -> None:
    collection(tmp_path)
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / NAMES[2]).write_text("altered", encoding="utf-8")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_nothing_is_found_where_nothing_happened(tmp_path: Path) -> None:
    found = look(tmp_path, *collection(tmp_path))
    assert found["ok"]
    assert found["checked"] == len(NAMES) + 2


def test_everything_that_was_tampered_with_is_named(tmp_path: Path) -> None:
    made = collection(tmp_path)
    (tmp_path / NAMES[0]).write_text("altered", encoding="utf-8")
    (tmp_path / NAMES[1]).unlink()
    (tmp_path / "fw" / "new\nline").write_text("", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "fw" / ".huawei_cfw_capture_t1.json").write_text("{}", encoding="utf-8")
    found = look(tmp_path, *made)
    assert (found["changed"], found["missing"]) == ([NAMES[0]], [NAMES[1]])
    assert found["unexpected"] == ["fw/new\nline", "other"]
    assert "\n" not in found["message"]


def test_a_link_in_the_place_of_a_file_is_a_change(tmp_path: Path) -> None:
    made = collection(tmp_path)
    (tmp_path / NAMES[0]).rename(tmp_path.parent / "away.pcap")
    (tmp_path / NAMES[0]).symlink_to(tmp_path.parent / "away.pcap")
    assert look(tmp_path, *made)["changed"] == [NAMES[0]]


def test_an_altered_manifest_is_named_and_so_are_altered_sums(tmp_path: Path) -> None:
    manifest, text, sums = collection(tmp_path)
    altered = document({**manifest, "case_id": "other"})
    (tmp_path / "manifest.json").write_text(altered, encoding="utf-8")
    assert look(tmp_path, manifest, altered, sums)["changed"] == ["manifest.json"]
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text(sums.replace("  fw/a.pcap", "  fw/b.pcap"), encoding="utf-8")
    assert look(tmp_path, manifest, text, (tmp_path / "SHA256SUMS").read_text(encoding="utf-8"))["changed"] == [
        "SHA256SUMS"
    ]
    (tmp_path / "SHA256SUMS").unlink()
    assert look(tmp_path, manifest, text, "")["missing"] == ["SHA256SUMS"]


@given(st.text())
def test_no_path_leaves_its_directory(text: str) -> None:
    if is_safe_path(text):
        assert Path("/evidence", text).resolve().is_relative_to("/evidence")
        assert "\n" not in text


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a\nb", 7, None])
def test_unsafe_paths_are_seen(path: Any) -> None:
    assert not is_safe_path(path)


def test_a_log_gets_a_number_that_none_has_had() -> None:
    taken = ["fw/attack_log-1.json", "fw/attack_log-7.json", "other/attack_log-9.json", "fw/flow_log-11.json"]
    assert next_log_path("fw", "attack", taken) == "fw/attack_log-8.json"
    assert next_log_path("new", "access_control", taken) == "new/access_control_log-1.json"


def test_times_and_days() -> None:
    assert moment(0) == "1970-01-01T00:00:00Z"
    assert seconds_of("1970-01-01T00:00:01Z") == 1
    assert seconds_of("1970-01-01T08:00:01.500+08:00") == 1.5
    assert seconds_of(None) is None
    assert day_after(7, 0) == "1970-01-08"
    assert day_after(None, 0) is None
    assert day_after(True, 0) is None
