# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts to run modules on."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator import Emulator
from unit.plugins.modules.harness import Host


@pytest.fixture
def bare(tmp_path: Path) -> Host:
    """A host without any credential, and without a way to a cloud."""
    home = tmp_path / "home"
    home.mkdir()
    return Host(home)


@pytest.fixture
def host(bare: Host, emu: Emulator) -> Host:
    """A host whose environment leads to the emulator, with keys for both clouds."""
    bare.environ = dict(emu.environ)
    # Nobody sleeps here to stay below the limit.
    emu.switch(rate_limit=0)
    return bare
