# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event filters as files, as ansible-rulebook finds and runs them."""

from __future__ import annotations

import inspect
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[4] / "extensions/eda/plugins/event_filter"
FILTERS = ("cfw_alert", "huawei_cfw_alert", "tencent_cfw_alert")
TYPES = {"str": str, "int": int, "bool": bool}


def test_these_are_all() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == list(FILTERS)
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    assert all(f"secops.cfw.{name}" in readme for name in FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_the_documentation_tells_every_option_and_its_default(name: str) -> None:
    module = runpy.run_path(str(FOLDER / f"{name}.py"))
    documented = yaml.safe_load(module["DOCUMENTATION"])
    parameters = dict(inspect.signature(module["main"]).parameters)
    del parameters["event"]

    assert {key: option["default"] for key, option in documented["options"].items()} == {
        key: parameter.default for key, parameter in parameters.items()
    }
    for option in documented["options"].values():
        assert type(option["default"]) in (TYPES[option["type"]],)
        assert all(isinstance(line, str) for line in option["description"])


@pytest.mark.parametrize("name", FILTERS)
def test_the_example_uses_options_that_exist(name: str) -> None:
    module = runpy.run_path(str(FOLDER / f"{name}.py"))
    (source,) = yaml.safe_load(module["EXAMPLES"])
    (used,) = source["filters"]
    (called, options), *_none = used.items()

    assert called == f"secops.cfw.{name}"
    inspect.signature(module["main"]).bind({}, **options)


@pytest.mark.parametrize("name", FILTERS)
def test_it_runs_where_nothing_knows_the_collection_or_ansible(name: str, tmp_path: Path) -> None:
    alert: dict[str, Any] = {
        "direction": "inbound",
        "level": "high",
        "src_ip": "203.0.113.7",
        "dst_ip": "198.51.100.20",
        "sources": "203.0.113.7",
    }
    code = (
        "import json, runpy, sys; before = list(sys.path);"
        "module = runpy.run_path(sys.argv[1]);"
        "assert sys.path == before; assert 'ansible' not in sys.modules and 'requests' not in sys.modules;"
        "print(json.dumps(module['main']({'payload': json.loads(sys.argv[2]), 'meta': {}})))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(FOLDER / f"{name}.py"), json.dumps(alert)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["cfw"]["targets"] == ["203.0.113.7"]
