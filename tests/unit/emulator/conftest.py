# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bare client of the emulator for the tests of the emulator itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator import Emulator
from emulator.client import RawClient


@pytest.fixture
def client(emu: Emulator) -> Iterator[RawClient]:
    raw = RawClient(emu.url)
    yield raw
    raw.close()
