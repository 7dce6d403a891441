# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that the playbooks use themselves."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.secops.cfw.plugins.filter import (
    report_addresses,
    report_asked,
    report_carried,
    unblock_by_case,
)

addresses = report_addresses.FilterModule().filters()["report_addresses"]
asked = report_asked.FilterModule().filters()["report_asked"]
carried = report_carried.FilterModule().filters()["report_carried"]
by_case = unblock_by_case.FilterModule().filters()["unblock_by_case"]


def test_the_runs_of_a_case_name_its_addresses(tmp_path: Path) -> None:
    runs = tmp_path / "INC-1" / "runs"
    runs.mkdir(parents=True)
    others = [
        {"target": "198.51.100.9", "cloud": "huawei"},
        {"target": "198.51.100.10", "cloud": "tencent"},
        {"target": "no address", "cloud": "huawei"},
    ]
    record = {"kind": "run", "schema_version": "1.0", "case_id": "INC-1", "planned": False}
    told = {"guard": {"targets": ["203.0.113.7"]}, "status": {"others": others}}
    planned = {"guard": {"targets": ["203.0.113.99"]}}
    (runs / "1.json").write_text(json.dumps({**record, "results": told}))
    (runs / "2.json").write_text(json.dumps({**record, "results": planned, "planned": True}))
    (runs / "3.json").write_text(json.dumps({**record, "results": planned, "case_id": "INC-2"}))
    (runs / "4.json").write_text("half")
    assert addresses(str(tmp_path), "INC-1") == ["203.0.113.7", "198.51.100.9"]
    assert addresses(str(tmp_path), "INC-9") == addresses(str(tmp_path), "..") == addresses(str(tmp_path), "") == []


def test_commands_carry_the_store_without_what_may_be_a_key() -> None:
    store = {"type": "s3", "bucket": "evidence", "secret_key": "s3cret"}
    assert asked({"cfw_store": store}, "respond")["cfw_store"] == {"type": "s3", "bucket": "evidence"}
    assert "cfw_store" not in asked({"cfw_store": "s3cret"}, "respond")
    assert {"cfw_store", "cfw_duration", "cfw_capture_pair"} <= set(carried("respond"))


def test_what_was_overdue_is_divided_by_cases() -> None:
    def row(target: str, case: str, result: str = "removed") -> dict[str, object]:
        before = {"entries": [{"description": f"ir:{case};until=2026-01-01T00:00:00Z;"}]}
        return {
            "target": target, "cloud": "huawei", "scope": "edge", "firewall": "", "result": result,
            "reason": "of it", "todo": "", "before": before,
        }  # fmt: skip

    result = {
        "case_id": "",
        "targets": [row("8.8.4.4", "INC-1"), row("8.8.8.8", "INC-7", "failed"), row("9.9.9.9", "INC-7")],
        "counts": {"removed": 2, "failed": 1},
        "errors": [],
        "timeline": [{"target": "8.8.4.4"}, {"target": "9.9.9.9"}],
    }
    first, second = by_case(result)
    assert (first["case_id"], second["case_id"]) == ("INC-1", "INC-7")
    assert [one["target"] for one in second["targets"]] == ["8.8.8.8", "9.9.9.9"]
    assert (first["counts"], second["counts"]) == ({"removed": 1, "failed": 0}, {"removed": 1, "failed": 1})
    assert first["failure"] == ""
    assert "8.8.8.8" in second["failure"]
    assert "8.8.4.4" not in second["failure"]
    assert first["timeline"] == [{"target": "8.8.4.4"}]
    assert by_case({}) == []
