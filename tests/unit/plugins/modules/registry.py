# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks of every module need to know of each: valid options, and runs that show everything it returns.

It is gathered here, and not in `harness`, because the files that it comes from need the harness themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import Emulator
from unit.plugins.modules import harness, huawei_info, huawei_lists, huawei_result, tencent_info
from unit.plugins.modules.harness import MODULES, Host, Outcome

VALID: dict[str, dict[str, Any]] = {
    **harness.VALID,
    **huawei_info.VALID,
    **huawei_lists.VALID,
    **huawei_result.VALID,
    **tencent_info.VALID,
}
"""Options of every module that work as they are, after `prepare`."""
SCENARIOS: dict[str, Callable[[Host, Emulator], Iterator[Outcome]]] = {
    **huawei_info.SCENARIOS,
    **huawei_lists.SCENARIOS,
    **huawei_result.SCENARIOS,
    **tencent_info.SCENARIOS,
}
"""The runs of the modules that have a file of their own."""
UNCHANGED = {huawei_result.RESULT, *(module for module in MODULES if module.endswith("_info"))}
"""Modules that change nothing with the options in `VALID`: they read; files are written to where `dest` says."""


def prepare(emu: Emulator, module: str) -> None:
    """Puts into the emulator what the options in `VALID` name, where it is not there from the beginning."""
    if module == huawei_result.RESULT:
        huawei_result.start(emu)
