# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account that the operation works in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Emulator
from emulator.tencent import Tencent
from support.tencent import Cloud, Instead


@pytest.fixture
def cloud(emu: Emulator) -> Iterator[Cloud]:
    """An empty account. However a test ends, a whole list was never deleted."""
    # The rate is counted by the wall clock, which does not wait here.
    emu.reset(rate_limit=0)
    yield Cloud(emu)
    assert emu.state()["violations"] == []
    assert {row["body"]["DeleteAll"] for row in emu.log if row["call"] == "DeleteBlockIgnoreRuleNew"} <= {0}


@pytest.fixture
def instead(emu: Emulator, monkeypatch: pytest.MonkeyPatch) -> Instead:
    """Puts a function in the place of one of the emulator's calls, whose original it is given; the account is empty then."""

    def put(call: str, function: Callable[[Tencent, dict[str, Any], Callable[[], dict[str, Any]]], Any]) -> None:
        name = {
            "CreateAlertCenterRule": "_create_alert_center_rule",
            "CreateBlockIgnoreRuleNew": "_create_rules",
            "DescribeBlockIgnoreList": "_describe_list",
        }[call]
        original = getattr(Tencent, name)

        def changed(self: Tencent, body: dict[str, Any]) -> Any:
            return function(self, body, lambda: original(self, body))

        monkeypatch.setattr(Tencent, name, changed)
        emu.reset(rate_limit=0)

    return put
