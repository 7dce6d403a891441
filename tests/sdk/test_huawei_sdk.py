# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's own SDK goes through the life of a capture at the emulator, errors included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator import (
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_READONLY_AK,
    HUAWEI_READONLY_SK,
    HUAWEI_TEMP_AK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
    Emulator,
)

# The SDK signs with datetime.utcnow, which Python 3.12 deprecates, and leaves its sessions to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def sdk() -> Any:
    import huaweicloudsdkcfw.v1

    return huaweicloudsdkcfw.v1


def create(sdk: Any, client: Any, name: str = "evidence", **changes: Any) -> Any:
    address = sdk.CaptureRuleAddressDto
    fields: dict[str, Any] = {
        "name": name,
        "duration": 5,
        "max_packets": 100000,
        "source": address(address="198.51.100.7", address_type=0, type=0),
        "destination": address(address="203.0.113.9", address_type=0, type=0),
        "service": sdk.CaptureServiceDto(protocol=6, source_port="80", dest_port="1024-65535"),
        **changes,
    }
    body = sdk.CaptureTaskDto(**fields)
    return client.create_capture_task(sdk.CreateCaptureTaskRequest(fw_instance_id=HUAWEI_FIREWALL, body=body))


def records(sdk: Any, client: Any) -> list[Any]:
    request = sdk.ListCaptureTaskRequest(fw_instance_id=HUAWEI_FIREWALL, limit=1024, offset=0)
    found: list[Any] = client.list_capture_task(request).data.records
    return found


def result(sdk: Any, client: Any, task_id: str) -> Any:
    return client.list_capture_result(
        sdk.ListCaptureResultRequest(fw_instance_id=HUAWEI_FIREWALL, task_id=task_id)
    ).data


def stop(sdk: Any, client: Any, task_id: str) -> Any:
    body = sdk.CancelCaptureTaskDto(task_id=task_id)
    return client.cancel_capture_task(sdk.CancelCaptureTaskRequest(fw_instance_id=HUAWEI_FIREWALL, body=body))


def delete(sdk: Any, client: Any, task_id: str) -> Any:
    body = sdk.DeleteCaptureTaskDto(task_ids=[task_id])
    return client.delete_capture_task(sdk.DeleteCaptureTaskRequest(fw_instance_id=HUAWEI_FIREWALL, body=body))


def refused(function: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[int, str]:
    """HTTP status and code of the SDK's exception."""
    from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

    with pytest.raises(ServiceResponseException) as caught:
        function(*arguments, **more)
    assert caught.value.request_id
    return caught.value.status_code, caught.value.error_code


def test_life_of_a_capture(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    client = huawei_client()
    created = create(sdk, client)
    assert (created.data.id, created.data.name) == (HUAWEI_FIREWALL, "cfw-edge")
    (record,) = records(sdk, client)
    assert (record.name, record.status, record.source_port, record.dest_port) == ("evidence", 2, "80", "1024-65535")
    assert (record.source_address, record.dest_address, record.protocol) == ("198.51.100.7", "203.0.113.9", 6)
    assert (record.duration, record.max_packets, record.is_deleted) == (5, 100000, 0)
    assert refused(create, sdk, client, "other") == (400, "CFW.00200016")
    assert refused(delete, sdk, client, record.task_id) == (400, "CFW.00200016")
    emu.advance(30)
    assert stop(sdk, client, record.task_id).data.id == HUAWEI_FIREWALL
    assert [records(sdk, client)[0].status for _number in range(2)] == [5, 4]
    assert refused(stop, sdk, client, record.task_id) == (400, "CFW.00400002")
    link = result(sdk, client, record.task_id)
    assert link.file_list is None
    assert link.expires > emu.now()
    file = requests.get(f"{link.url}&captcha={link.captcha}", timeout=10).content
    assert file.startswith(b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00")
    assert delete(sdk, client, record.task_id).data.id == HUAWEI_FIREWALL
    assert records(sdk, client) == []
    assert refused(result, sdk, client, record.task_id) == (400, "CFW.00200005")
    assert emu.calls()["CreateCaptureTask"] == 2
    assert emu.writes() == 6


def test_result_files(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    emu.switch(result_mode="files")
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    data = result(sdk, huawei_client(), "done")
    assert (data.captcha, data.url, data.expires) == (None, None, None)
    (file,) = data.file_list
    answer = requests.get(file.url, headers={"Host": data.request_header.host}, timeout=10)
    assert answer.content.startswith(b"\xd4\xc3\xb2\xa1")


def test_result_for_some_addresses(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    request = sdk.ListCaptureResultRequest(
        fw_instance_id=HUAWEI_FIREWALL, task_id="done", type=1, ip=["203.0.113.1", "203.0.113.2"]
    )
    assert huawei_client().list_capture_result(request).data.captcha


def test_ipv6(huawei_client: Callable[..., Any], sdk: Any) -> None:
    client = huawei_client()
    address = sdk.CaptureRuleAddressDto
    create(
        sdk,
        client,
        source=address(address="2001:db8::7", address_type=1, type=0),
        destination=address(address="2001:db8::9", address_type=1, type=0),
        service=sdk.CaptureServiceDto(protocol=58),
    )
    (record,) = records(sdk, client)
    assert (record.source_address, record.source_address_type, record.source_port) == ("2001:db8::7", 1, "")


def test_bad_input(huawei_client: Callable[..., Any], sdk: Any) -> None:
    client = huawei_client()
    assert refused(create, sdk, client, duration=0) == (400, "CFW.00200010")
    mixed = sdk.CaptureRuleAddressDto(address="2001:db8::7", address_type=1, type=0)
    assert refused(create, sdk, client, source=mixed) == (400, "CFW.00200028")
    request = sdk.ListCaptureTaskRequest(fw_instance_id="none", limit=1, offset=0)
    assert refused(client.list_capture_task, request) == (400, "CFW.00200005")


def test_project_is_looked_up_at_iam(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    # The SDK remembers the project of a key; another key asks anew.
    client = huawei_client(HUAWEI_READONLY_AK, HUAWEI_READONLY_SK, None)
    assert records(sdk, client) == []
    assert emu.calls() == {"KeystoneListProjects": 1, "ListCaptureTask": 1}
    assert emu.log[0]["query"] == {"name": "cn-north-4"}


def test_temporary_key(huawei_client: Callable[..., Any], sdk: Any) -> None:
    assert records(sdk, huawei_client(HUAWEI_TEMP_AK, HUAWEI_TEMP_SK, token=HUAWEI_TEMP_TOKEN)) == []
    assert refused(records, sdk, huawei_client(HUAWEI_TEMP_AK, HUAWEI_TEMP_SK)) == (401, "APIGW.0301")


def test_wrong_key_and_lockout(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    wrong = huawei_client(sk="wrong")
    for _number in range(5):
        assert refused(records, sdk, wrong) == (401, "APIGW.0301")
    assert refused(records, sdk, huawei_client()) == (401, "APIGW.0301")
    emu.advance(301)
    assert records(sdk, huawei_client()) == []


def test_read_only_key(huawei_client: Callable[..., Any], sdk: Any) -> None:
    client = huawei_client(HUAWEI_READONLY_AK, HUAWEI_READONLY_SK)
    assert records(sdk, client) == []
    assert refused(create, sdk, client) == (403, "APIGW.0302")


def test_another_firewall(emu: Emulator, huawei_client: Callable[..., Any], sdk: Any) -> None:
    emu.seed(huawei={"tasks": [{"firewall_id": HUAWEI_FIREWALL_2}]})
    client = huawei_client()
    assert records(sdk, client) == []
    request = sdk.ListCaptureTaskRequest(
        fw_instance_id=HUAWEI_FIREWALL_2, enterprise_project_id="default", limit=1, offset=0
    )
    assert client.list_capture_task(request).data.total == 1


def test_home_of_the_user_is_left_alone(huawei_client: Callable[..., Any], application_id_file: Path) -> None:
    """The SDK wrote its application id into a directory that is gone."""
    huawei_client()
    assert not application_id_file.exists()
    assert not (Path.home() / ".huaweicloud").exists()
