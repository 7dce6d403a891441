# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.filter.cfw_firewalls import FilterModule

cfw_firewalls = FilterModule().filters()["cfw_firewalls"]


def test_ids_become_dictionaries() -> None:
    assert cfw_firewalls("one, two") == [{"fw_instance_id": "one"}, {"fw_instance_id": "two"}]


def test_an_error_names_all_that_is_wrong() -> None:
    with pytest.raises(AnsibleFilterError, match=r"firewalls\[0\].*firewalls\[1\]"):
        cfw_firewalls(["a/b", {}])


class Host(Mapping[str, str]):
    """The variables of a host, of which one can't be resolved."""

    def __getitem__(self, key: str) -> str:
        if key == "huawei_cfw_fw_instance_id":
            return "one"
        raise KeyError(key) if key.startswith("huawei_cfw_") else RuntimeError(f"{key} is undefined")

    def __contains__(self, key: object) -> bool:
        return key == "huawei_cfw_fw_instance_id"

    def __iter__(self) -> Iterator[str]:
        return iter(("huawei_cfw_fw_instance_id", "somebody_elses"))

    def __len__(self) -> int:
        return 2


def test_of_a_host_nothing_but_its_firewall_is_looked_at() -> None:
    assert cfw_firewalls(iter([Host()])) == [{"fw_instance_id": "one"}]
    assert cfw_firewalls(Host()) == [{"fw_instance_id": "one"}]
