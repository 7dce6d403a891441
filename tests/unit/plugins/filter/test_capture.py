# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import getpass
import importlib.util
import json
from collections import UserDict
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.filter import capture_evidence, capture_step, capture_wanted
from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import document, sums_of
from ansible_collections.secops.cfw.plugins.plugin_utils._plain import plain

FIREWALL = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
wanted = capture_wanted.FilterModule().filters()["capture_wanted"]
step = capture_step.FilterModule().filters()["capture_step"]
evidence = capture_evidence.FilterModule().filters()["capture_evidence"]


def options(tmp_path: Path, **values: Any) -> dict[str, Any]:
    return {
        "case_id": "INC-1",
        "targets": "203.0.113.7",
        "victims": "198.51.100.20",
        "firewalls": FIREWALL,
        "dir": str(tmp_path),
        "dir_is_durable": True,
        **values,
    }


def test_a_plan_is_made_of_what_was_given_and_read(tmp_path: Path) -> None:
    state = wanted(options(tmp_path))
    plan = step(state, "planned", listed=[{"item": {"fw_instance_id": FIREWALL}, "tasks": []}], logs=[])
    assert [row["name"] for row in plan["rows"]] == ["ir-INC-1-1"]
    assert step(plan, "result")["captures"][0]["result"] == "planned"


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match="capture_targets is empty; give the attackers' addresses"):
        wanted(options(tmp_path, targets=""))
    with pytest.raises(AnsibleFilterError, match="there is no step 'dance'; give one of planned"):
        step({}, "dance")
    with pytest.raises(AnsibleFilterError, match="the step planned was not given what it needs"):
        step({}, "planned")


def test_a_user_without_a_name_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert wanted(options(tmp_path))["who"]["os_user"].isdigit()


def test_a_store_without_its_collection_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(AnsibleFilterError, match=r"amazon\.aws, which is not installed"):
        wanted(options(tmp_path, store={"bucket": "evidence"}))


def test_evidence_is_listed_and_compared(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match="There is no"):
        evidence(str(tmp_path))
    manifest = {"schema": "1.0", "case_id": "INC-1", "files": [], "captures": []}
    text = document(manifest)
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text(sums_of(manifest, text), encoding="utf-8")
    listed = evidence(str(tmp_path), "INC-1")
    assert [row["path"] for row in listed] == [str(tmp_path / name) for name in ("manifest.json", "SHA256SUMS")]
    found = evidence(
        str(tmp_path), "INC-1", hashes=[{"path": row["path"], "exists": False} for row in listed], there=[]
    )
    assert found["missing"] == ["SHA256SUMS", "manifest.json"]
    with pytest.raises(AnsibleFilterError, match="of case 'INC-1', not of INC-2"):
        evidence(str(tmp_path), "INC-2")


def test_values_become_plain() -> None:
    class Marked(str):
        __slots__ = ()

    found = plain(UserDict({Marked("a"): (Marked("b"), 1, 1.5, True, None, Path("/x"))}))
    assert json.dumps(found) == '{"a": ["b", 1, 1.5, true, null, "/x"]}'
    assert not isinstance(found["a"][0], Marked)
