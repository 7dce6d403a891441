# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our requests for black and white lists are those of the vendor's own SDK, as the emulator got them."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkcfw.v1 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

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
from support.black_white import ADD, DETAIL, LIST, REMOVE, Lists


class Vendor:
    """The SDK's client with the intents of a user."""

    def __init__(
        self,
        emu: Emulator,
        firewall: str = HUAWEI_FIREWALL,
        object_id: str = HUAWEI_OBJECT,
        enterprise_project: str | None = None,
    ) -> None:
        self._firewall = firewall
        self._object_id = object_id
        # The SDK leaves out of the query what is None.
        self._project = enterprise_project
        credentials = BasicCredentials(HUAWEI_AK, HUAWEI_SK, HUAWEI_PROJECT_ID)
        self._client = sdk.CfwClient.new_builder().with_credentials(credentials).with_endpoint(emu.url).build()

    def border(self) -> str:
        request = sdk.ListFirewallDetailRequest(
            fw_instance_id=self._firewall,
            enterprise_project_id=self._project,
            service_type=0,
            limit=1024,
            offset=0,
        )
        (record,) = self._client.list_firewall_detail(request).data.records
        return next(str(item.object_id) for item in record.protect_objects if item.type == 0)

    def entries(self, list_type: int, **more: Any) -> list[Any]:
        request = sdk.ListBlackWhiteListsRequest(
            object_id=self._object_id,
            enterprise_project_id=self._project,
            list_type=list_type,
            limit=1024,
            offset=0,
            **more,
        )
        return list(self._client.list_black_white_lists(request).data.records)

    def add(self, list_type: int, *items: dict[str, Any]) -> Any:
        infos = [sdk.BlackWhiteInfo(**item) for item in items]
        body = sdk.AddBlackWhiteBatchDto(object_id=self._object_id, list_type=list_type, list_items=infos)
        request = sdk.BatchCreateBlackWhiteListRequest(body=body)
        return self._client.batch_create_black_white_list(request).data

    def remove(self, list_type: int, *ids: str) -> Any:
        body = sdk.DeleteBlackWhiteDto(object_id=self._object_id, list_type=list_type, list_ids=list(ids))
        request = sdk.BatchDeleteBlackWhiteListsRequest(body=body)
        return self._client.batch_delete_black_white_lists(request).data


def requests_of(emu: Emulator, *calls: str) -> dict[str, tuple[Any, ...]]:
    """The first request of each call: method, path, query, body and what kind of body it is."""
    found: dict[str, tuple[Any, ...]] = {}
    for row in emu.log:
        if row["call"] in calls:
            shown = row["method"], row["path"], row["query"], row["body"], row["headers"]["Content-Type"]
            found.setdefault(row["call"], shown)
    return found


INTENTS = [
    (
        "block",
        {"ips": ["8.8.4.4", "8.8.8.0/24"], "description": "INC-2041 \u5c01\u7981"},
        [
            {
                "direction": 0,
                "address_type": 0,
                "address": address,
                "protocol": -1,
                "description": "INC-2041 \u5c01\u7981",
            }
            for address in ("8.8.4.4", "8.8.8.0/24")
        ],
    ),
    (
        "allow",
        {
            "entries": [
                {"address": "2001:4860::8", "direction": "destination", "protocol": "tcp", "port": "443"},
                {"address": "updates.example.com", "protocol": "udp", "port": "8000-8010"},
            ]
        },
        [
            {"direction": 1, "address_type": 1, "address": "2001:4860::8", "protocol": 6, "port": "443"},
            {
                "direction": 1,
                "address_type": 2,
                "address": "updates.example.com",
                "protocol": 17,
                "port": "8000-8010",
            },
        ],
    ),
]


@pytest.mark.parametrize(("action", "options", "items"), INTENTS, ids=["block", "allow"])
def test_our_requests_are_those_of_the_sdk(
    emu: Emulator, action: str, options: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    list_type = {"block": 4, "allow": 5}[action]
    vendor = Vendor(emu)
    vendor.entries(list_type)
    answer = vendor.add(list_type, *items)
    assert len(answer.success_list) == len(items)
    ids = [row.list_id for row in reversed(vendor.entries(list_type))]
    vendor.remove(list_type, *ids)
    theirs = requests_of(emu, LIST, ADD, REMOVE)
    assert len(theirs) == 3

    # The same ids, so that the bodies can be compared.
    emu.reset()
    lists = Lists(emu)
    lists.run(action=action, **options)
    ours = requests_of(emu, LIST, ADD)
    emu.reset()
    lists.seed(*({**item, "list_id": list_id} for item, list_id in zip(items, ids)), list_type=list_type)
    lists.run(action=action, state="absent", **options)
    assert {**ours, **requests_of(emu, REMOVE)} == theirs


@pytest.mark.parametrize(
    ("firewall", "object_id", "project"),
    [(HUAWEI_FIREWALL, HUAWEI_OBJECT, None), (HUAWEI_FIREWALL_3, HUAWEI_OBJECT_3, HUAWEI_ENTERPRISE_PROJECT_ID)],
    ids=["default project", "enterprise project"],
)
def test_by_firewall(emu: Emulator, firewall: str, object_id: str, project: str | None) -> None:
    vendor = Vendor(emu, firewall, object_id, project)
    assert vendor.border() == object_id
    vendor.entries(4, fw_instance_id=firewall)
    vendor.add(4, {"direction": 0, "address_type": 0, "address": "8.8.4.4", "protocol": -1})
    theirs = requests_of(emu, DETAIL, LIST, ADD)
    emu.reset()
    lists = Lists(emu)
    lists.run(object_id=None, fw_instance_id=firewall, enterprise_project_id=project, ips="8.8.4.4")
    assert requests_of(emu, DETAIL, LIST, ADD) == theirs


def test_we_and_the_sdk_see_the_same_entries(emu: Emulator) -> None:
    vendor = Vendor(emu)
    vendor.add(4, {"direction": 0, "address_type": 0, "address": "8.8.4.4", "protocol": 6, "port": "443"})
    lists = Lists(emu)
    options: dict[str, Any] = {"ips": "8.8.4.4", "protocol": "tcp", "port": "443"}
    assert lists.run(**options)["changed"] is False
    assert lists.run(**{**options, "port": "80"})["changed"] is True
    assert [row.port for row in vendor.entries(4)] == ["80", "443"]
    lists.run(**options, state="absent")
    assert [row.port for row in vendor.entries(4)] == ["80"]
