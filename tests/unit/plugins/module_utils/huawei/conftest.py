# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account that the operation works in."""

from __future__ import annotations

import pytest

from emulator import Emulator
from support.huawei import Cloud


@pytest.fixture
def cloud(emu: Emulator) -> Cloud:
    """An account with three firewalls and no task."""
    return Cloud(emu)
