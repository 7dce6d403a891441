# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One incident at many firewalls, in a sliced job: each slice has some of the firewalls, and all have one case."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from emulator import HUAWEI_REGION, Emulator
from support import awx_data
from support.awx import LOCALHOST, Job, sliced
from support.awx_role import PROJECT
from support.scope import takes_long

CASE = "INC-2041"
ATTACKERS = ("203.0.113.7", "203.0.113.8")
VICTIM = "198.51.100.20"
FIREWALLS = 50
SLICES = 4
AT_ONCE = 2
SOURCE = f"plugin: secops.cfw.huawei_cfw\nsources:\n  - region: {HUAWEI_REGION}\n"


def firewalls() -> list[dict[str, str]]:
    return [
        {
            "fw_instance_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"edge-{number}")),
            "fw_instance_name": f"edge-{number:02}",
        }
        # Two are there from the start.
        for number in range(FIREWALLS - 2)
    ]


def listed(emu: Emulator, folder: Path, environ: dict[str, str]) -> dict[str, Any]:
    """What AWX takes in from the inventory source, with the host that it has besides."""
    source = folder / "firewalls.huawei_cfw.yml"
    source.write_text(SOURCE, encoding="utf-8")
    answer = subprocess.run(
        ["ansible-inventory", "-i", str(source), "--list", "--export"],
        env={**os.environ, **environ, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    whole: dict[str, Any] = json.loads(answer.stdout)
    whole["_meta"]["hostvars"]["localhost"] = LOCALHOST
    return whole


def plain(value: Any) -> str:
    """A text from the cloud is marked as no template where ansible-inventory writes it out."""
    return str(value["__ansible_unsafe"] if isinstance(value, dict) else value)


@pytest.fixture
def region(emu: Emulator) -> list[dict[str, str]]:
    emu.reset(rate_limit=20, result_mode="files", stopping_calls=0)
    found = firewalls()
    emu.seed(huawei={"firewalls": found})
    # Each protects an address of the attacked service.
    known = [row["fw_instance_id"] for row in emu.state()["huawei"]["firewalls"] if row["enterprise_project_id"] == "0"]
    emu.seed(huawei={"eips": [{"id": f"eip-{one}", "public_ip": VICTIM, "fw_instance_id": one} for one in known]})
    return found


@takes_long
def test_slices_of_one_job_make_one_report(emu: Emulator, tmp_path: Path, region: list[dict[str, str]]) -> None:
    cases = tmp_path / "mounted"
    environ = awx_data.injected("respond", awx_data.inputs_of(emu))
    whole = listed(emu, tmp_path, environ)
    hosts = whole["huawei_cfw"]["hosts"]
    answers = {"cfw_case_id": CASE, "cfw_targets": "\n".join(ATTACKERS), "cfw_victims": VICTIM, "cfw_hunt": "no"}
    fixed = {
        "cfw_protected": ["198.51.100.0/24"],
        "cfw_dir": str(cases),
        "cfw_dir_is_durable": True,
        "cfw_pre_block_window": 1,
        "cfw_post_block_window": 0,
        "cfw_capture_interval": 1,
    }
    jobs = [
        Job(
            tmp_path,
            "respond.yml",
            {**fixed, **awx_data.survey("respond", answers)},
            environ,
            inventory=sliced(whole, number, SLICES),
            project=PROJECT,
            number=200 + number,
            workflow=200,
        )
        for number in range(1, SLICES + 1)
    ]

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        done = list(pool.map(Job.run_elsewhere, jobs))

    for one in done:
        assert (one.status, one.rc) == ("successful", 0), one.said()
        assert one.incident()["case_id"] == CASE
    report = json.loads((cases / CASE / "report.json").read_text(encoding="utf-8"))
    assert [run["complete"] for run in report["runs"]] == [True] * SLICES
    assert report["outcome"] == "contained", report["problems"]
    places = [(row["cloud"], row["scope"], row["target"]) for row in report["in_force"]]
    ids = [plain(whole["_meta"]["hostvars"][host]["huawei_cfw_fw_instance_id"]) for host in hosts]
    assert len(ids) == len(set(ids)) == FIREWALLS
    expected = [("huawei", one, target) for one in ids for target in ATTACKERS]
    assert sorted(places) == sorted([*expected, *(("tencent", "", target) for target in ATTACKERS)])
    # Whatever came first, every page is of all of them.
    for name in ("report.md", "report.html"):
        page = (cases / CASE / name).read_text(encoding="utf-8")
        assert [one for one in region if one["fw_instance_name"] not in page] == []
    captures = Counter(row["fw_instance_id"] for row in report["evidence"]["captures"])
    assert captures == Counter(ids)

    manifest = json.loads((cases / CASE / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    assert Counter(row["fw_instance_id"] for row in manifest["captures"]) == Counter(ids)
    assert Counter(row["fw_instance_id"] for row in manifest["files"] if row["kind"] == "capture") == Counter(ids)
    on_disk = {str(path.relative_to(cases / CASE / "evidence")) for path in (cases / CASE / "evidence").glob("*/*")}
    assert {row["path"] for row in manifest["files"]} == {path for path in on_disk if "/." not in path}
    sums = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=cases / CASE / "evidence", check=False)
    assert sums.returncode == 0

    written: Counter[tuple[str, str, str]] = Counter()
    for row in emu.log:
        if row["write"] and row["committed"]:
            for subject in row["body"].get("HandleIpList") or [
                item["address"] for item in row["body"].get("list_items", ())
            ]:
                written[row["call"], str(row["body"].get("object_id", "")), subject] += 1
    at_tencent = {
        subject: count for (call, _list, subject), count in written.items() if call == "CreateAlertCenterRule"
    }
    assert {count for (call, _list, _subject), count in written.items() if call != "CreateAlertCenterRule"} == {1}
    # Slices that come at the same moment may both send it, and end with one rule.
    assert at_tencent.keys() == set(ATTACKERS)
    assert set(at_tencent.values()) <= set(range(1, AT_ONCE + 1))
    assert sorted(row["Ioc"] for row in emu.state()["tencent"]["blocklist"]) == sorted(ATTACKERS)
