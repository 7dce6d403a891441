# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's own SDK drives every call beside the captures: firewalls, EIPs, black and white lists, quota and logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import (
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_FIREWALL_3,
    HUAWEI_OBJECT,
    HUAWEI_OBJECT_2,
    HUAWEI_READONLY_AK,
    HUAWEI_READONLY_SK,
    HUAWEI_VPC_OBJECT,
    Emulator,
)

# The SDK signs with datetime.utcnow, which Python 3.12 deprecates, and leaves its sessions to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
BLACK, WHITE = 4, 5


@pytest.fixture
def sdk() -> Any:
    import huaweicloudsdkcfw.v1

    return huaweicloudsdkcfw.v1


@pytest.fixture
def client(huawei_client: Callable[..., Any]) -> Any:
    return huawei_client()


def refused(function: Callable[..., Any], request: Any) -> str:
    """The code of a refusal with HTTP status 400."""
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

    with pytest.raises(ClientRequestException) as caught:
        function(request)
    assert caught.value.status_code == 400
    code: str = caught.value.error_code
    return code


# Firewalls


def test_firewall_list(client: Any, sdk: Any) -> None:
    def firewalls(**changes: Any) -> Any:
        body = sdk.QueryFireWallInstanceDto(**{"limit": 1024, "offset": 0, **changes})
        return client.list_firewall_list(sdk.ListFirewallListRequest(body=body)).data

    data = firewalls()
    assert (data.total, data.limit, data.offset) == (2, 1024, 0)
    assert [row.fw_instance_name for row in data.records] == ["cfw-edge", "cfw-ipv4-only"]
    row = data.records[0]
    assert (row.fw_instance_id, row.resource_id, row.status) == (HUAWEI_FIREWALL, HUAWEI_FIREWALL, 2)
    assert row.name.isdigit()
    assert row.flavor.eip_count == 50
    assert [row.fw_instance_id for row in firewalls(key_word="ipv4").records] == [HUAWEI_FIREWALL_2]
    (other,) = firewalls(enterprise_project_id=HUAWEI_ENTERPRISE_PROJECT_ID).records
    assert other.fw_instance_id == HUAWEI_FIREWALL_3
    assert firewalls(limit=1, offset=1).records[0].fw_instance_id == HUAWEI_FIREWALL_2


def test_firewall_list_by_tags(emu: Emulator, client: Any, sdk: Any) -> None:
    emu.seed(huawei={"firewalls": [{"fw_instance_id": "tagged", "tags": {"stage": "prod"}, "status": 3}]})
    body = sdk.QueryFireWallInstanceDto(limit=10, offset=0, tags=[sdk.TagInfo(key="stage", values=["prod", "test"])])
    (row,) = client.list_firewall_list(sdk.ListFirewallListRequest(body=body)).data.records
    assert (row.fw_instance_id, row.status, row.tags) == ("tagged", 3, '{"stage": "prod"}')


def test_firewall_detail(client: Any, sdk: Any) -> None:
    def details(**changes: Any) -> Any:
        request = sdk.ListFirewallDetailRequest(limit=10, offset=0, service_type=0, **changes)
        return client.list_firewall_detail(request).data.records

    (row,) = details(fw_instance_id=HUAWEI_FIREWALL_2)
    assert (row.name, row.status, row.support_ipv6, row.is_available_obs) == ("cfw-ipv4-only", 2, False, True)
    (row,) = details()
    assert [(item.object_id, item.type) for item in row.protect_objects] == [(HUAWEI_OBJECT, 0), (HUAWEI_VPC_OBJECT, 1)]
    assert [row.fw_instance_id for row in details(name="cfw-ipv4-only")] == [HUAWEI_FIREWALL_2]
    (row,) = details(fw_instance_id=HUAWEI_FIREWALL_3, enterprise_project_id=HUAWEI_ENTERPRISE_PROJECT_ID)
    assert row.enterprise_project_id == HUAWEI_ENTERPRISE_PROJECT_ID
    request = sdk.ListFirewallDetailRequest(limit=10, offset=0, service_type=0, fw_instance_id="none")
    assert refused(client.list_firewall_detail, request) == "CFW.00200005"


# EIPs


def test_eips(emu: Emulator, client: Any, sdk: Any) -> None:
    emu.seed(
        huawei={
            "eips": [
                {"public_ip": "203.0.113.1", "device_name": "web"},
                {"public_ip": "203.0.113.10", "status": 1},
                {"public_ipv6": "2001:db8::1", "fw_instance_id": HUAWEI_FIREWALL_2},
                {"public_ip": "203.0.113.3", "synced": False},
            ]
        }
    )

    def eips(**changes: Any) -> Any:
        fields = {"object_id": HUAWEI_OBJECT, "limit": 1024, "offset": 0, **changes}
        return client.list_eips(sdk.ListEipsRequest(**fields)).data

    data = eips()
    assert data.total == 3
    first, second, third = data.records
    assert (first.public_ip, first.status, first.object_id, first.fw_instance_name) == (
        "203.0.113.1",
        0,
        HUAWEI_OBJECT,
        "cfw-edge",
    )
    assert (second.status, second.fw_instance_id) == (1, None)
    assert (third.public_ipv6, third.fw_instance_id) == ("2001:db8::1", HUAWEI_FIREWALL_2)
    assert [row.public_ip for row in eips(key_word="203.0.113.1").records] == ["203.0.113.1", "203.0.113.10"]
    assert [row.public_ip for row in eips(status="1").records] == ["203.0.113.10"]
    assert [row.public_ip for row in eips(device_key="we").records] == ["203.0.113.1"]
    assert [row.public_ipv6 for row in eips(address_type=1).records] == ["2001:db8::1"]
    assert [row.public_ipv6 for row in eips(fw_key_word="ipv4").records] == ["2001:db8::1"]
    assert eips(eps_id="other").records == []
    assert (eips(sync=1).total, eips().total) == (3, 4)
    assert refused(client.list_eips, sdk.ListEipsRequest(object_id=HUAWEI_VPC_OBJECT, limit=1, offset=0)) == (
        "CFW.00200010"
    )
    other = sdk.ListEipsRequest(object_id=HUAWEI_OBJECT, fw_instance_id=HUAWEI_FIREWALL_2, limit=1, offset=0)
    assert refused(client.list_eips, other) == "CFW.00400008"


# Black and white lists


def entry(sdk: Any, address: str, **changes: Any) -> Any:
    fields = {
        "object_id": HUAWEI_OBJECT,
        "list_type": BLACK,
        "direction": 0,
        "address_type": int(":" in address),
        "address": address,
        "protocol": 6,
        "port": "443",
        **changes,
    }
    return sdk.AddBlackWhiteListRequest(body=sdk.AddBlackWhiteListDto(**fields))


def entries(sdk: Any, client: Any, **changes: Any) -> list[Any]:
    fields = {"object_id": HUAWEI_OBJECT, "list_type": BLACK, "limit": 1024, "offset": 0, **changes}
    data = client.list_black_white_lists(sdk.ListBlackWhiteListsRequest(**fields)).data
    assert data.total >= len(data.records)
    found: list[Any] = data.records
    return found


def test_life_of_an_entry(emu: Emulator, client: Any, sdk: Any) -> None:
    created = client.add_black_white_list(entry(sdk, "198.51.100.7", description="INC-2041")).data
    assert created.name == "198.51.100.7"
    (row,) = entries(sdk, client)
    assert (row.list_id, row.address, row.address_type, row.protocol) == (created.id, "198.51.100.7", 0, 6)
    assert (row.port, row.direction, row.description) == ("443", 0, "INC-2041")
    assert row.created_date == pytest.approx(emu.now() * 1000, abs=60_000)
    assert entries(sdk, client, list_type=WHITE) == entries(sdk, client, object_id=HUAWEI_VPC_OBJECT) == []
    body = sdk.UpdateBlackWhiteListDto(address="198.51.100.8", protocol=17, port="53")
    updated = client.update_black_white_list(sdk.UpdateBlackWhiteListRequest(list_id=created.id, body=body)).data
    assert (updated.id, updated.name) == (created.id, "198.51.100.8")
    (row,) = entries(sdk, client)
    assert (row.address, row.protocol, row.port, row.description) == ("198.51.100.8", 17, "53", "INC-2041")
    request = sdk.DeleteBlackWhiteListRequest(list_id=created.id, fw_instance_id=HUAWEI_FIREWALL)
    assert client.delete_black_white_list(request).data.id == created.id
    assert entries(sdk, client) == []
    assert refused(client.delete_black_white_list, request) == "CFW.00200005"
    assert emu.writes() == 4


def test_batches(emu: Emulator, client: Any, sdk: Any) -> None:
    client.add_black_white_list(entry(sdk, "198.51.100.7"))
    item = sdk.BlackWhiteInfo

    def add(*items: Any) -> Any:
        body = sdk.AddBlackWhiteBatchDto(object_id=HUAWEI_OBJECT, list_type=BLACK, list_items=list(items))
        return client.batch_create_black_white_list(sdk.BatchCreateBlackWhiteListRequest(body=body)).data

    answer = add(
        item(address="198.51.100.7", direction=0, protocol=6, port="443"),
        item(address="198.51.100.0/24", direction=0, protocol=-1, description="net"),
        item(address="2001:db8::/32", address_type=1, direction=1, protocol=58),
        item(address="10.0.0.1", direction=0, protocol=-1),
    )
    assert [row.address for row in answer.duplicated_list] == ["198.51.100.7"]
    assert [row.address for row in answer.success_list] == ["198.51.100.0/24", "2001:db8::/32"]
    assert [row.address for row in answer.failed_list] == ["10.0.0.1"]
    rows = entries(sdk, client)
    assert [row.address for row in rows] == ["2001:db8::/32", "198.51.100.0/24", "198.51.100.7"]
    assert [row.address for row in entries(sdk, client, address_type=1)] == ["2001:db8::/32"]
    assert [row.address for row in entries(sdk, client, address="198.51.100.0")] == ["198.51.100.0/24"]
    assert [row.address for row in entries(sdk, client, port="443")] == ["198.51.100.7"]
    ids = [row.list_id for row in rows[:2]]
    body = sdk.DeleteBlackWhiteDto(object_id=HUAWEI_OBJECT, list_type=BLACK, list_ids=ids)
    request = sdk.BatchDeleteBlackWhiteListsRequest(body=body)
    assert client.batch_delete_black_white_lists(request).data == ids
    assert [row.address for row in entries(sdk, client)] == ["198.51.100.7"]
    assert emu.log[-2]["body"] == {"object_id": HUAWEI_OBJECT, "list_type": BLACK, "list_ids": ids}
    assert refused(client.batch_delete_black_white_lists, request) == "CFW.00200005"


def test_refused_entries(emu: Emulator, client: Any, sdk: Any) -> None:
    add = client.add_black_white_list
    add(entry(sdk, "2001:db8::1"))
    assert refused(add, entry(sdk, "2001:DB8:0::1")) == "CFW.00400011"
    assert refused(add, entry(sdk, "192.168.7.1")) == "CFW.00400012"
    assert refused(add, entry(sdk, "0.0.0.0/0")) == "CFW.00200022"
    assert refused(add, entry(sdk, "198.51.100.7/24")) == "CFW.00200027"
    assert refused(add, entry(sdk, "198.51.100.7", address_type=1)) == "CFW.00200030"
    assert refused(add, entry(sdk, "198.51.100.7", object_id="none")) == "CFW.00400008"
    assert refused(add, entry(sdk, "198.51.100.7", list_type=6)) == "CFW.00200010"
    assert refused(add, entry(sdk, "2001:db8::1", object_id=HUAWEI_OBJECT_2)) == "CFW.00200032"
    add(entry(sdk, "192.168.7.1", object_id=HUAWEI_VPC_OBJECT))
    emu.switch(black_white_capacity=1)
    assert refused(add, entry(sdk, "198.51.100.7")) == "CFW.00400013"


def test_read_only_key_writes_no_entry(huawei_client: Callable[..., Any], sdk: Any) -> None:
    from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

    client = huawei_client(HUAWEI_READONLY_AK, HUAWEI_READONLY_SK)
    assert entries(sdk, client) == []
    with pytest.raises(ServiceResponseException) as caught:
        client.add_black_white_list(entry(sdk, "198.51.100.7"))
    assert (caught.value.status_code, caught.value.error_code) == (403, "APIGW.0302")


def test_quota(client: Any, sdk: Any) -> None:
    def quota(kind: str, **changes: Any) -> tuple[int, int]:
        request = sdk.ShowConfigQuotaRequest(fw_instance_id=HUAWEI_FIREWALL, config_type=kind, **changes)
        data = client.show_config_quota(request).data
        assert data.quota_type == kind
        return data.used_quota, data.max_quota

    client.add_black_white_list(entry(sdk, "198.51.100.7"))
    assert quota("BLACKLIST") == (1, 2000)
    assert quota("WHITELIST") == (0, 2000)
    assert quota("ADDR_SET_ITEM", set_id="set")[0] == 0
    request = sdk.ShowConfigQuotaRequest(fw_instance_id="none", config_type="BLACKLIST")
    assert refused(client.show_config_quota, request) == "CFW.00200005"


# Logs

TIMES = [1_718_936_272_000 + second * 1000 for second in (1, 2, 2, 3, 4)]
WINDOW = {"start_time": TIMES[0], "end_time": TIMES[-1], "fw_instance_id": HUAWEI_FIREWALL}


def pages(ask: Callable[..., Any], field: str, limit: int = 2) -> list[str]:
    """The log ids of all pages, by the cursor."""
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        data = ask(limit=limit, **cursor)
        assert (data.total, data.limit) == (5, limit)
        if not data.records:
            return found
        found += [row.log_id for row in data.records]
        last = data.records[-1]
        cursor = {"log_id": last.log_id, "next_date": getattr(last, field), "offset": len(found)}


@pytest.mark.parametrize(("kind", "method"), [("attack", "list_attack_logs"), ("acl", "list_access_control_logs")])
def test_older_logs(emu: Emulator, client: Any, sdk: Any, kind: str, method: str) -> None:
    field = {"attack": "event_time", "acl": "hit_time"}[kind]
    rows = [{"log_id": f"log-{number}", field: moment} for number, moment in enumerate(TIMES)]
    emu.seed(huawei={"logs": {kind: [*rows, {"fw_instance_id": HUAWEI_FIREWALL_2, field: TIMES[0]}]}})
    request = {"attack": sdk.ListAttackLogsRequest, "acl": sdk.ListAccessControlLogsRequest}[kind]

    def ask(**more: Any) -> Any:
        return getattr(client, method)(request(**WINDOW, **more)).data

    assert pages(ask, field) == ["log-4", "log-3", "log-2", "log-1", "log-0"]
    row = ask(limit=1).records[0]
    assert (row.src_ip, row.dst_port, row.protocol, row.action) == ("198.51.100.7", 443, "TCP", "deny")
    assert ask(limit=10, src_ip="198.51.100.7", action="deny", src_port=40000).total == 5
    assert ask(limit=10, dst_ip="198.51.100.7").total == 0


def test_older_flow_logs(emu: Emulator, client: Any, sdk: Any) -> None:
    emu.seed(
        huawei={
            "logs": {
                "flow": [
                    {"log_id": f"log-{number}", "start_time": moment, "end_time": moment + 9000 - number * 2000}
                    for number, moment in enumerate(TIMES)
                ]
            }
        }
    )

    def ask(**more: Any) -> Any:
        return client.list_flow_logs(sdk.ListFlowLogsRequest(**WINDOW, **more)).data

    assert pages(ask, "start_time") == ["log-4", "log-3", "log-2", "log-1", "log-0"]
    row = ask(limit=1, direction="out2in", log_type="internet").records[0]
    assert (row.bytes, row.packets, row.start_time, row.end_time) == (1500.5, 3, TIMES[4], TIMES[4] + 1000)
    assert refused(client.list_flow_logs, sdk.ListFlowLogsRequest(**WINDOW, limit=1, log_id="log-4", offset=1)) == (
        "CFW.00200001"
    )
    backwards = sdk.ListFlowLogsRequest(fw_instance_id=HUAWEI_FIREWALL, start_time=2, end_time=1, limit=1)
    assert refused(client.list_flow_logs, backwards) == "CFW.00500002"


@pytest.mark.parametrize(
    ("kind", "field"), [("attack", "event_time"), ("acl", "hit_time"), ("flow", "end_time"), ("url", "hit_time")]
)
def test_newer_logs(emu: Emulator, client: Any, sdk: Any, kind: str, field: str) -> None:
    rows = [{"log_id": f"log-{number}", field: moment, "src_port": number} for number, moment in enumerate(TIMES)]
    emu.seed(huawei={"logs": {kind: [*rows, {field: TIMES[0], "log_type": "vpc"}]}})

    def ask(**more: Any) -> Any:
        times = {name: WINDOW[name] for name in ("start_time", "end_time")}
        body = sdk.ListLogsRequestBody(**{"type": kind, "log_type": "internet", **times, **more})
        return client.list_logs(sdk.ListLogsRequest(fw_instance_id=HUAWEI_FIREWALL, body=body)).data

    def filtered(field: str, operator: str, *values: str) -> list[str]:
        one = sdk.Filter(field=field, operator=operator, values=list(values))
        return [row.log_id for row in ask(limit=10, filters=[one]).records]

    assert pages(ask, field) == ["log-4", "log-3", "log-2", "log-1", "log-0"]
    assert filtered("src_port", "equal", "1", "3") == ["log-3", "log-1"]
    assert filtered("src_port", "not_equal", "1", "3") == ["log-4", "log-2", "log-0"]
    assert filtered("log_id", "contain", "g-2") == ["log-2"]
    assert filtered("src_ip", "starts_with", "203.") == []
    assert ask(limit=1, log_type="vpc").total == 1
