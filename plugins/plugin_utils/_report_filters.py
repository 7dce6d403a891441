# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role report."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._report import document, summary
from ansible_collections.secops.cfw.plugins.plugin_utils._report_html import html
from ansible_collections.secops.cfw.plugins.plugin_utils._report_markdown import markdown
from ansible_collections.secops.cfw.plugins.plugin_utils._report_runs import (
    SCHEMA_VERSION,
    json_text,
    known_addresses,
    read_runs,
    run_record,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import text
from ansible_collections.secops.cfw.plugins.plugin_utils._token import CASE


def whole(report: Any, name: str) -> Mapping[str, Any]:
    """The report that a filter was given, or one sentence. A report read from a file may be another's."""
    version = text(report.get("schema_version")) if isinstance(report, Mapping) else ""
    if (
        version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]
        or report.get("kind") == "run"
        or "outcome" not in report
    ):
        raise InputError(f"{name} takes a report as secops.cfw.report_document makes it, or as report.json holds it")
    return dict(report)


def report_addresses(folder: Any, case_id: Any) -> list[str]:
    """What the runs of a case on file tell of: its targets, and at Huawei what others block. In the order of the runs."""
    case = text(case_id).strip()
    if not CASE.fullmatch(case):
        return []
    runs = [row["record"] for row in read_runs(os.path.join(os.path.expanduser(text(folder)), case, "runs"))]
    found: dict[str, None] = {}
    for run in runs:
        if run.get("case_id") == case and not run.get("planned"):
            found.update(dict.fromkeys(known_addresses(run["results"])))
    return list(found)


def report_document(given: Any, places: Any) -> dict[str, Any]:
    return document(run_record(given), read_runs(places["runs"]), places)


def report_files(report: Any, given: Any, places: Any) -> list[dict[str, str]]:
    """All files of a report, the run's own first, which the others can be made of. A plan leaves no run."""
    shown = whole(report, "report_files")
    run = run_record(given)
    texts = {} if run["planned"] else {os.path.join(places["runs"], f"{run['run_id']}.json"): json_text(run)}
    texts[places["json"]] = json_text(shown)
    texts[places["markdown"]] = markdown(shown)
    texts[places["html"]] = html(shown)
    for command in shown["commands"]:
        if command["file"]:
            texts[os.path.join(places["directory"], command["file"])] = json.dumps(command["variables"])
    return [{"path": path, "content": content} for path, content in texts.items()]


def report_html(report: Any) -> str:
    return html(whole(report, "report_html"))


def report_json(report: Any) -> str:
    return json_text(whole(report, "report_json"))


def report_markdown(report: Any) -> str:
    return markdown(whole(report, "report_markdown"))


def report_run(given: Any) -> str:
    return json_text(run_record(given))


def report_summary(report: Any, written: bool = True) -> dict[str, Any]:
    return summary(whole(report, "report_summary"), written)
