# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all unit tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator import Emulator


@pytest.fixture
def emu(emu: Emulator) -> Emulator:
    """Its clock moves only where the test moves it: nothing depends on the second in which a test runs."""
    emu.stop_clock()
    return emu
