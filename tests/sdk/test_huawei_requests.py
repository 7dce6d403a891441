# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our requests are those of the vendor's own SDK: method, path, query and body of each call, as the emulator got them.

And the SDK finds the emulator to be the service that it was made for.
"""

from __future__ import annotations

from typing import Any

import huaweicloudsdkcfw.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from emulator import (
    HUAWEI_AK,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_SK,
    Emulator,
)
from support.huawei import CREATE, DELETE, LIST, STOP, Cloud


@pytest.fixture
def client(emu: Emulator) -> Any:
    credentials = BasicCredentials(HUAWEI_AK, HUAWEI_SK, HUAWEI_PROJECT_ID)
    return sdk.CfwClient.new_builder().with_credentials(credentials).with_endpoint(emu.url).build()


class Vendor:
    """The SDK's client with the intents of a user."""

    def __init__(self, client: Any, firewall: str, enterprise_project: str | None) -> None:
        self._client = client
        # The SDK leaves out of the query what is None.
        self._where = {"fw_instance_id": firewall, "enterprise_project_id": enterprise_project}

    def create(self, name: str, source: str, destination: str, service: dict[str, Any]) -> Any:
        version = 1 if ":" in source else 0
        body = sdk.CaptureTaskDto(
            name=name,
            duration=5,
            max_packets=1000,
            source=sdk.CaptureRuleAddressDto(address=source, address_type=version, type=0),
            destination=sdk.CaptureRuleAddressDto(address=destination, address_type=version, type=0),
            service=sdk.CaptureServiceDto(**service),
        )
        return self._client.create_capture_task(sdk.CreateCaptureTaskRequest(body=body, **self._where))

    def tasks(self) -> list[Any]:
        request = sdk.ListCaptureTaskRequest(limit=1024, offset=0, **self._where)
        return list(self._client.list_capture_task(request).data.records)

    def stop(self, task_id: str) -> Any:
        body = sdk.CancelCaptureTaskDto(task_id=task_id)
        return self._client.cancel_capture_task(sdk.CancelCaptureTaskRequest(body=body, **self._where))

    def result(self, task_id: str) -> Any:
        request = sdk.ListCaptureResultRequest(task_id=task_id, **self._where)
        return self._client.list_capture_result(request).data

    def delete(self, task_id: str) -> Any:
        body = sdk.DeleteCaptureTaskDto(task_ids=[task_id])
        return self._client.delete_capture_task(sdk.DeleteCaptureTaskRequest(body=body, **self._where))


def request_of(emu: Emulator, call: str) -> tuple[Any, ...]:
    """The first request of a call: method, path, query, body and what kind of body it is."""
    row = next(row for row in emu.log if row["call"] == call)
    return row["method"], row["path"], row["query"], row["body"], row["headers"]["Content-Type"]


INTENTS = [
    (
        {"source": {"address": "198.51.100.7"}, "destination": {"address": "203.0.113.9"}, "service": None},
        ("198.51.100.7", "203.0.113.9", {"protocol": -1, "source_port": "", "dest_port": ""}),
    ),
    (
        {"service": {"protocol": "tcp", "source_port": "1024-65535", "dest_port": "443"}},
        ("198.51.100.7", "203.0.113.9", {"protocol": 6, "source_port": "1024-65535", "dest_port": "443"}),
    ),
    (
        {"service": {"protocol": "icmp"}},
        ("198.51.100.7", "203.0.113.9", {"protocol": 1, "source_port": "", "dest_port": ""}),
    ),
    (
        {
            "source": {"address": "2001:DB8::7"},
            "destination": {"address": "2001:db8::9"},
            "service": {"protocol": "udp", "dest_port": "53"},
        },
        ("2001:db8::7", "2001:db8::9", {"protocol": 17, "source_port": "", "dest_port": "53"}),
    ),
]


@pytest.mark.parametrize(("options", "arguments"), INTENTS, ids=["any", "tcp", "icmp", "ipv6"])
@pytest.mark.parametrize(
    ("firewall", "enterprise_project"),
    [(HUAWEI_FIREWALL, None), (HUAWEI_FIREWALL_3, HUAWEI_ENTERPRISE_PROJECT_ID)],
    ids=["default project", "enterprise project"],
)
def test_our_requests_are_those_of_the_sdk(
    emu: Emulator,
    client: Any,
    options: dict[str, Any],
    arguments: tuple[Any, ...],
    firewall: str,
    enterprise_project: str | None,
) -> None:
    calls = (LIST, CREATE, STOP, DELETE)
    name = "INC-2041 \u8bc1\u636e"
    vendor = Vendor(client, firewall, enterprise_project)
    vendor.create(name, *arguments)
    task = vendor.tasks()[0]
    vendor.stop(task.task_id)
    vendor.tasks()
    vendor.delete(task.task_id)
    theirs = {call: request_of(emu, call) for call in calls}

    # The same id, so that the bodies can be compared.
    cloud = Cloud(emu)
    cloud.reset()
    where: dict[str, Any] = {"fw_instance_id": firewall, "enterprise_project_id": enterprise_project, "name": name}
    cloud.run(**where, **options)
    created = {call: request_of(emu, call) for call in (LIST, CREATE)}
    cloud.reset()
    cloud.seed(task_id=task.task_id, name=name, firewall_id=firewall)
    cloud.run(**where, state="absent")
    ours = {**created, **{call: request_of(emu, call) for call in (STOP, DELETE)}}
    assert ours == theirs


def test_the_sdk_leads_a_capture_through_its_life(emu: Emulator, client: Any) -> None:
    vendor = Vendor(client, HUAWEI_FIREWALL, None)
    answer = vendor.create(
        "evidence", "198.51.100.7", "203.0.113.9", {"protocol": 6, "source_port": "", "dest_port": "443"}
    )
    assert (answer.status_code, answer.data.id) == (200, HUAWEI_FIREWALL)
    (task,) = vendor.tasks()
    assert (task.name, task.status, task.dest_port, task.is_deleted) == ("evidence", 2, "443", 0)
    with pytest.raises(ClientRequestException) as refused:
        vendor.delete(task.task_id)
    assert refused.value.error_code == "CFW.00200016"
    vendor.stop(task.task_id)
    assert [row.status for row in vendor.tasks()] == [5]
    assert [row.status for row in vendor.tasks()] == [4]
    result = vendor.result(task.task_id)
    assert len(result.captcha) == 6
    assert result.url.startswith(f"{emu.url}/obs/share/")
    vendor.delete(task.task_id)
    assert vendor.tasks() == []


def test_we_and_the_sdk_see_the_same_task(emu: Emulator, client: Any) -> None:
    Vendor(client, HUAWEI_FIREWALL, None).create(
        "INC-2041", "198.51.100.7", "203.0.113.9", {"protocol": 6, "source_port": "", "dest_port": "443"}
    )
    cloud = Cloud(emu)
    assert cloud.run()["changed"] is False
    assert cloud.run(state="stopped", name="INC-2041")["changed"]
    (task,) = Vendor(client, HUAWEI_FIREWALL, None).tasks()
    assert task.status == 4
