# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.filter import guard_offline, guard_online

offline = guard_offline.FilterModule().filters()["guard_offline"]
online = guard_online.FilterModule().filters()["guard_online"]
OPTIONS: dict[str, Any] = {
    "case_id": "INC-2041",
    "targets": "9.9.9.9",
    "protected": "8.8.8.0/24",
    "clouds": "tencent",
    "online": False,
    "online_skip_reason": "a test",
}


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CLIENT", "SSH_CONNECTION", "SECOPS_CFW_PROTECTED"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_of_the_process_protects(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offline(OPTIONS)["result"]["ok"]
    monkeypatch.setenv("SSH_CLIENT", "9.9.9.9 50022 22")
    assert [row["code"] for row in offline(OPTIONS)["result"]["refused"]] == ["controller"]


def test_the_second_half_goes_on_from_the_first() -> None:
    plan = offline(OPTIONS)

    assert online(plan) == plan["result"]
    assert [row["code"] for row in online({**plan, "go_online": True, "own_tencent": True})["refused"]] == [
        "read_failed"
    ]


def test_what_is_no_dictionary_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="is not a dictionary of the role's variables"):
        offline("9.9.9.9")
    with pytest.raises(AnsibleFilterError, match=r"is not what the filter secops\.cfw\.guard_offline returns"):
        online({"result": {}})
