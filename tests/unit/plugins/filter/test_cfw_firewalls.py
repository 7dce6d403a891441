# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.filter.cfw_firewalls import FilterModule

cfw_firewalls = FilterModule().filters()["cfw_firewalls"]


def test_ids_become_dictionaries() -> None:
    assert cfw_firewalls("one, two") == [{"fw_instance_id": "one"}, {"fw_instance_id": "two"}]


def test_an_error_names_all_that_is_wrong() -> None:
    with pytest.raises(AnsibleFilterError, match=r"firewalls\[0\].*firewalls\[1\]"):
        cfw_firewalls(["a/b", {}])
