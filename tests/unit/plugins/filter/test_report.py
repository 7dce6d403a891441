# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's filters: the same as the functions behind them, and one sentence for what is wrong."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from support.incident import PLACES, inputs


def filter_(name: str) -> Any:
    module = importlib.import_module(f"ansible_collections.secops.cfw.plugins.filter.{name}")
    return module.FilterModule().filters()[name]


def test_from_facts_to_all_formats(tmp_path: Path) -> None:
    (tmp_path / "20261121T200000Z-x.json").write_text(
        filter_("report_run")(inputs(run_id="20261121T200000Z-x", complete=False))
    )
    report = filter_("report_document")(inputs(), {**PLACES, "runs": str(tmp_path)})
    assert [run["complete"] for run in report["runs"]] == [False, True]
    assert json.loads(filter_("report_json")(report)) == report
    assert filter_("report_markdown")(report).startswith("# INC-2041")
    assert filter_("report_html")(report).startswith("<!DOCTYPE html>")
    assert filter_("report_summary")(report, written=False)["report"]["sha256"] == ""


def test_all_files_of_a_run_and_of_a_plan(tmp_path: Path) -> None:
    places = {**PLACES, "runs": str(tmp_path)}
    report = filter_("report_document")(inputs(), places)
    report["commands"] = [{**row, "file": f"{row['name']}.json"} for row in report["commands"][:1]]
    files = filter_("report_files")(report, inputs(), places)
    command = report["commands"][0]
    assert [file["path"] for file in files] == [
        f"{tmp_path}/{inputs()['run_id']}.json",
        PLACES["json"],
        PLACES["markdown"],
        PLACES["html"],
        f"{PLACES['directory']}/{command['file']}",
    ]
    assert files[0]["content"] == filter_("report_run")(inputs())
    for file, name in zip(files[1:4], ("report_json", "report_markdown", "report_html")):
        assert file["content"] == filter_(name)(report)
    assert json.loads(files[4]["content"]) == command["variables"]
    planned = filter_("report_document")(inputs(planned=True), places)
    paths = [file["path"] for file in filter_("report_files")(planned, inputs(planned=True), places)]
    assert paths[:3] == [PLACES["json"], PLACES["markdown"], PLACES["html"]]


def test_files_of_what_is_no_report() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"report_files takes a report as secops\.cfw\.report_document makes it"
    ):
        filter_("report_files")({}, inputs(), PLACES)


@pytest.mark.parametrize("name", ["report_json", "report_markdown", "report_html", "report_summary"])
@pytest.mark.parametrize("given", [None, "text", {}, {"schema_version": "2.0", "outcome": "x"}])
def test_what_is_no_report(name: str, given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=f"{name} takes a report as secops.cfw.report_document makes it"):
        filter_(name)(given)


def test_wrong_case_id() -> None:
    with pytest.raises(AnsibleFilterError, match="report_case_id is '\\.\\.'"):
        filter_("report_document")(inputs(case_id=".."), {"runs": "nowhere"})
