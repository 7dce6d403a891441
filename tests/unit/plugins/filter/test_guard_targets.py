# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.filter.guard_targets import FilterModule

guard_targets = FilterModule().filters()["guard_targets"]


def test_targets_come_back_canonical() -> None:
    assert guard_targets("203.0.113.7/32\n2001:DB8::7, 203.0.113.7") == ["203.0.113.7", "2001:db8::7"]


def test_an_error_names_all_that_is_wrong() -> None:
    with pytest.raises(AnsibleFilterError, match=r"targets\[0\].*'evil.example'.*targets\[1\].*'10.0.0.1/8'"):
        guard_targets(["evil.example", "10.0.0.1/8"])
