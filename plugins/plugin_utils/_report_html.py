# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one page of HTML that needs nothing else: no script, no request, everything escaped by jinja2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ansible_collections.secops.cfw.plugins.plugin_utils import _report_timeline, _report_view
from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import (
    SHOWN_LINE,
    beijing,
    plural,
    size,
    utc,
    visible,
)

# The role's own folder: a page is laid out in one place, and people can read it there.
TEMPLATES = Path(__file__).resolve().parents[2] / "roles" / "report" / "templates"


def html(report: Mapping[str, Any]) -> str:
    return _page().render(
        r=report,
        v=_report_view,
        plural=plural,
        panels=_report_timeline.panels(report["timeline"], report["evidence"]["captures"]),
    )


@lru_cache(maxsize=1)
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Whatever is printed is made visible first; autoescape then escapes it.
        finalize=_finalize,
    )
    environment.filters.update(utc=utc, beijing=beijing, size=size)
    return environment.get_template("incident-report.html.j2")


def _finalize(value: Any) -> Any:
    # Markup is what the template itself made: macros.
    if hasattr(value, "__html__") or isinstance(value, (int, float)):
        return value
    return visible(value, SHOWN_LINE)
