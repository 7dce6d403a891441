# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is tried: what adds little to other tests for the time that it takes is left to `make test-all`."""

from __future__ import annotations

import os

import pytest

# Set by `make test-all`, or by hand.
ALL = bool(os.environ.get("CFW_ALL"))

takes_long = pytest.mark.skipif(not ALL, reason="takes long: make test-all, or the variable CFW_ALL")
