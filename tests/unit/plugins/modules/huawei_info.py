# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks of every module need to know of those that read at Huawei Cloud: valid options, and runs that show
everything that they return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, Emulator
from unit.plugins.modules.harness import Host, Outcome

CAPTURES = "huawei_cfw_capture_task_info"
FIREWALLS = "huawei_cfw_firewall_info"
EIPS = "huawei_cfw_eip_info"
LISTS = "huawei_cfw_black_white_list_info"
LOGS = "huawei_cfw_log_info"
VALID: dict[str, dict[str, Any]] = {
    CAPTURES: {"fw_instance_id": HUAWEI_FIREWALL},
    FIREWALLS: {},
    EIPS: {"object_id": HUAWEI_OBJECT},
    LISTS: {"fw_instance_id": HUAWEI_FIREWALL},
    LOGS: {"fw_instance_id": HUAWEI_FIREWALL, "type": "attack"},
}

Runs = Iterator[Outcome]


def failures(host: Host, emu: Emulator, module: str, call: str, wrong: dict[str, Any]) -> Runs:
    """A run for each way in which any of these modules fails."""
    options = {**VALID[module], "retries": 0}
    yield host.run(module, {**options, **wrong})
    yield host.run(module, {**options, "access_key": "half"})
    yield host.run(module, options, environ={"HUAWEICLOUD_SDK_SK": "wrong-key-0000000000"})
    yield host.run(module, options, environ={"HUAWEICLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    for fault in ("html", "not_json_200", "drop_before_commit"):
        emu.fault(call=call, nth=1, kind=fault, times=0)
        yield host.run(module, options)
        emu.reset()
    emu.fault(call=call, nth=1, kind="error", code="CFW.00200001", message="empty", times=0)
    yield host.run(module, options)
    emu.reset()


def capture_task_info_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[CAPTURES]
    emu.seed(huawei={"tasks": [{"task_id": "a", "name": "INC-1", "status": 1}, {"task_id": "b", "name": "INC-2"}]})
    yield host.run(CAPTURES, options, check=True, diff=True)
    yield host.run(CAPTURES, options)
    yield host.run(CAPTURES, {**options, "name": "INC-1"})
    yield from failures(host, emu, CAPTURES, "ListCaptureTask", {"fw_instance_id": "no id"})


def firewall_info_runs(host: Host, emu: Emulator) -> Runs:
    emu.seed(huawei={"firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "tags": {"team": "web"}}]})
    yield host.run(FIREWALLS, {}, check=True, diff=True)
    yield host.run(FIREWALLS, {"name": "nobody"})
    emu.fault(call="ListFirewallDetail", nth=1, kind="error", code="CFW.00200005", message="gone", status=400, times=0)
    yield host.run(FIREWALLS, {})
    emu.reset(pagination_total="wrong")
    yield host.run(FIREWALLS, {})
    emu.reset()
    yield from failures(host, emu, FIREWALLS, "ListFirewallList", {"fw_instance_id": "no id"})


def eip_info_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[EIPS]
    emu.seed(huawei={"eips": [{"public_ip": "192.88.99.7"}, {"public_ip": "192.88.99.8", "status": 1}]})
    yield host.run(EIPS, options, check=True, diff=True)
    yield host.run(EIPS, {"fw_instance_id": HUAWEI_FIREWALL, "ips": ["192.88.99.7"]})
    yield host.run(EIPS, {"fw_instance_id": "nobody"})
    for objects in ([], [{"object_id": name, "object_name": name, "type": 0} for name in "ab"]):
        emu.seed(huawei={"firewalls": [{"fw_instance_id": "odd", "name": "odd", "protect_objects": objects}]})
        yield host.run(EIPS, {"fw_instance_id": "odd"})
    emu.reset(pagination_total="wrong")
    yield host.run(EIPS, options)
    emu.reset()
    yield from failures(host, emu, EIPS, "ListEips", {"ips": ["nobody"]})


def black_white_list_info_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[LISTS]
    emu.seed(huawei={"black_white": [{"address": "192.88.99.7", "description": "ir:INC-2041;"}]})
    yield host.run(LISTS, options, check=True, diff=True)
    yield host.run(LISTS, {"object_id": HUAWEI_OBJECT, "action": "block", "ips": ["192.88.99.7"]})
    yield host.run(LISTS, {"fw_instance_id": "nobody"})
    for objects in ([], [{"object_id": name, "object_name": name, "type": 0} for name in "ab"]):
        emu.seed(huawei={"firewalls": [{"fw_instance_id": "odd", "name": "odd", "protect_objects": objects}]})
        yield host.run(LISTS, {"fw_instance_id": "odd"})
    emu.reset(pagination_total="wrong")
    yield host.run(LISTS, options)
    emu.reset()
    yield from failures(host, emu, LISTS, "ListBlackWhiteLists", {"ips": ["no address"]})


def log_info_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[LOGS]
    emu.seed(huawei={"logs": {kind: [{}, {}] for kind in ("attack", "acl", "flow")}})
    yield host.run(LOGS, options, check=True, diff=True)
    yield host.run(LOGS, {**options, "type": "flow"})
    yield host.run(LOGS, {**options, "type": "access_control", "limit": 1})
    emu.reset(pagination_total="wrong")
    yield host.run(LOGS, options)
    emu.reset()
    yield from failures(host, emu, LOGS, "ListLogs", {"start": "soon"})


SCENARIOS: dict[str, Callable[[Host, Emulator], Runs]] = {
    CAPTURES: capture_task_info_runs,
    FIREWALLS: firewall_info_runs,
    EIPS: eip_info_runs,
    LISTS: black_white_list_info_runs,
    LOGS: log_info_runs,
}
