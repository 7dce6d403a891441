# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What our module sends to ask for a result is what the vendor's own SDK sends."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkcfw.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from ansible_collections.secops.cfw.plugins.module_utils._huawei import capture_result
from emulator import (
    HUAWEI_AK,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_SK,
    Emulator,
)
from support.reader import Reader


def requests(emu: Emulator) -> list[tuple[Any, ...]]:
    """The requests so far that ask for a result."""
    rows = [
        (row["method"], row["path"], row["query"], row["body"], row["headers"]["Content-Type"])
        for row in emu.log
        if row["call"] == "ListCaptureResult"
    ]
    emu.clear_log()
    return rows


@pytest.mark.parametrize(
    ("firewall", "project"),
    [(HUAWEI_FIREWALL, None), (HUAWEI_FIREWALL_3, HUAWEI_ENTERPRISE_PROJECT_ID)],
    ids=["default project", "enterprise project"],
)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"address_restriction": "any"}, {"type": 0}),
        ({"allowed_ips": "192.88.99.1"}, {"type": 1, "ip": ["192.88.99.1"]}),
        (
            {"allowed_ips": ["192.88.99.1", "192.88.99.8/29"], "address_restriction": "listed"},
            {"type": 1, "ip": ["192.88.99.1", "192.88.99.8/29"]},
        ),
    ],
)
def test_result(
    emu: Emulator, firewall: str, project: str | None, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "done", "status": 1, "firewall_id": firewall}]})
    credentials = BasicCredentials(HUAWEI_AK, HUAWEI_SK, HUAWEI_PROJECT_ID)
    client = sdk.CfwClient.new_builder().with_credentials(credentials).with_endpoint(emu.url).build()
    where = {"enterprise_project_id": project} if project else {}
    answer = client.list_capture_result(
        sdk.ListCaptureResultRequest(fw_instance_id=firewall, task_id="done", **where, **theirs)
    )
    expected = requests(emu)
    assert len(expected) == 1
    reader = Reader(emu, capture_result.CAPTURE_RESULT, capture_result.run, enterprise_project_id=project)
    link = reader.run(fw_instance_id=firewall, task_id="done", return_link=True, **ours)["link"]
    assert requests(emu) == expected
    assert link["extraction_code"]
    assert len(link["extraction_code"]) == len(answer.data.captcha)
