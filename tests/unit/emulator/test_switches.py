# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No switch and no fault kind without a reason and a test."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from emulator import Switches
from emulator.faults import KINDS

FIELDS = dataclasses.fields(Switches)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_[!s]*.py"))
VALUES = [(field.name, value) for field in FIELDS for value in field.metadata.get("values", ())]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_listed_values_are_taken(name: str, value: Any) -> None:
    switches = Switches()
    switches.apply({name: value})
    assert switches.as_dict()[name] == value


def test_every_switch_says_why_and_has_a_test() -> None:
    for field in FIELDS:
        assert len(field.metadata["why"]) > 10, field.name
        assert f"{field.name}=" in SOURCES or field.name == "search", field.name


def test_every_fault_kind_has_a_test() -> None:
    for kind in KINDS:
        assert f'kind="{kind}"' in SOURCES or f'("{kind}", ' in SOURCES, kind
