# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator for all tests: one server for the session, reset for each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from support.scope import ALL

if TYPE_CHECKING:
    from emulator import Emulator

# Time is no matter of tests: a busy machine would fail them. What failed is printed so that it can be repeated.
EXAMPLES = 100 if ALL else 25
settings.register_profile("gate", deadline=None, max_examples=EXAMPLES, print_blob=True)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def emulator_server() -> Iterator[Emulator]:
    """Started once; imported here, so that tests without it do not pay for it."""
    from emulator import Emulator

    with Emulator() as server:
        yield server


@pytest.fixture
def emu(emulator_server: Emulator) -> Emulator:
    """The emulator in its first state: default switches, no objects but the firewalls, empty log."""
    emulator_server.reset()
    return emulator_server
