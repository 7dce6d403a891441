# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What our modules that read send is what the vendor's own SDK sends: method, path, query and body of each call."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkcfw.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from ansible_collections.secops.cfw.plugins.module_utils._huawei import eip_info, firewall_info, log_info
from emulator import (
    HUAWEI_AK,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_3,
    HUAWEI_OBJECT,
    HUAWEI_OBJECT_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_SK,
    Emulator,
)
from support.reader import Reader

NOW = 1_795_227_450
PROJECTS = pytest.mark.parametrize(
    ("firewall", "object_id", "project"),
    [(HUAWEI_FIREWALL, HUAWEI_OBJECT, None), (HUAWEI_FIREWALL_3, HUAWEI_OBJECT_3, HUAWEI_ENTERPRISE_PROJECT_ID)],
    ids=["default project", "enterprise project"],
)


@pytest.fixture
def client(emu: Emulator) -> Any:
    credentials = BasicCredentials(HUAWEI_AK, HUAWEI_SK, HUAWEI_PROJECT_ID)
    return sdk.CfwClient.new_builder().with_credentials(credentials).with_endpoint(emu.url).build()


def requests(emu: Emulator) -> list[tuple[Any, ...]]:
    """The requests so far: call, method, path, query, body and what kind of body it is."""
    rows = [
        (row["call"], row["method"], row["path"], row["query"], row["body"], row["headers"]["Content-Type"])
        for row in emu.log
    ]
    emu.clear_log()
    return rows


@PROJECTS
def test_firewalls(emu: Emulator, client: Any, firewall: str, object_id: str, project: str | None) -> None:
    where = {"enterprise_project_id": project} if project else {}
    body = sdk.QueryFireWallInstanceDto(limit=1024, offset=0, key_word=firewall)
    client.list_firewall_list(sdk.ListFirewallListRequest(body=body, **where))
    (listed,) = requests(emu)
    # Ours names the project that the list shows, of the default one too.
    where = {"enterprise_project_id": project or "0"}
    client.list_firewall_detail(
        sdk.ListFirewallDetailRequest(offset=0, limit=1024, service_type=0, fw_instance_id=firewall, **where)
    )
    (detail,) = requests(emu)
    found = Reader(emu, firewall_info.FIREWALL_INFO, firewall_info.run, enterprise_project_id=project).run(
        fw_instance_id=firewall
    )
    assert requests(emu) == [listed, detail]
    assert found["firewalls"][0]["protected_objects"][0]["object_id"] == object_id


@PROJECTS
def test_eips(emu: Emulator, client: Any, firewall: str, object_id: str, project: str | None) -> None:
    where = {"enterprise_project_id": project} if project else {}
    client.list_firewall_detail(
        sdk.ListFirewallDetailRequest(offset=0, limit=1024, service_type=0, fw_instance_id=firewall, **where)
    )
    where.update(object_id=object_id, fw_instance_id=firewall)
    client.list_eips(sdk.ListEipsRequest(limit=1, offset=0, sync=1, **where))
    client.list_eips(sdk.ListEipsRequest(limit=1024, offset=0, sync=0, status="1", key_word="198.51.100.2", **where))
    theirs = requests(emu)
    Reader(emu, eip_info.EIP_INFO, eip_info.run, enterprise_project_id=project).run(
        fw_instance_id=firewall, status="unprotected", ips="198.51.100.2"
    )
    assert requests(emu) == theirs


@PROJECTS
@pytest.mark.parametrize(
    ("kind", "sent", "time"),
    [("attack", "attack", "event_time"), ("access_control", "acl", "hit_time"), ("flow", "flow", "end_time")],
)
def test_logs(
    emu: Emulator, client: Any, firewall: str, object_id: str, project: str | None, kind: str, sent: str, time: str
) -> None:
    assert object_id
    window = {"start_time": (NOW - 1800) * 1000, "end_time": NOW * 1000}
    rows = [{"fw_instance_id": firewall, "src_ip": "192.0.2.1", time: window["end_time"] - at} for at in range(1030)]
    emu.seed(huawei={"logs": {sent: rows}})
    body = {
        "type": sent,
        "log_type": "internet",
        "limit": 1024,
        **window,
        "filters": [sdk.Filter(field="src_ip", operator="equal", values=["192.0.2.1"])],
    }

    def read(**cursor: Any) -> Any:
        request = sdk.ListLogsRequest(fw_instance_id=firewall, body=sdk.ListLogsRequestBody(**body, **cursor))
        return client.list_logs(request).data

    first = read()
    assert (first.total, len(first.records)) == (1030, 1024)
    last = first.records[-1]
    assert len(read(offset=1024, log_id=last.log_id, next_date=getattr(last, time)).records) == 6
    theirs = requests(emu)
    result = Reader(emu, log_info.LOG_INFO, log_info.run, enterprise_project_id=project).run(
        fw_instance_id=firewall, type=kind, start=str(NOW - 1800), end=str(NOW), ips="192.0.2.1"
    )
    assert result["total"] == 1030
    assert requests(emu)[:2] == theirs
