# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks of every module need to know of the one for black and white lists: valid options, and runs that show
everything that it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, Emulator
from unit.plugins.modules.harness import Host, Outcome

LISTS = "huawei_cfw_black_white_list"
VALID: dict[str, dict[str, Any]] = {
    LISTS: {"object_id": HUAWEI_OBJECT, "action": "block", "ips": ["192.88.99.7"]},
}

Runs = Iterator[Outcome]


def black_white_list_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[LISTS]
    path = host.write("protected.txt", "192.88.99.128/25\n")
    protection = {"protected_file": str(path), "allow_protected_reason": "a drill"}
    yield host.run(LISTS, options, check=True, diff=True)
    yield host.run(LISTS, options, diff=True)
    yield host.run(LISTS, options)
    yield host.run(LISTS, {"action": "block", "fw_instance_id": HUAWEI_FIREWALL, "ips": "192.88.99.7"})
    yield host.run(LISTS, {"action": "block", "fw_instance_id": "nobody", "ips": "192.88.99.7"})
    yield host.run(LISTS, {**options, "ips": ["192.88.99.8"], "exclusive": True})
    yield host.run(LISTS, {**options, "ips": ["192.88.99.200"], **protection})
    yield host.run(LISTS, {**options, "ips": ["192.88.99.200"], "allow_protected": "192.88.99.200", **protection})
    yield host.run(LISTS, {**options, "ips": ["0.0.0.0/0", "127.0.0.1", "10.0.0.1"]})
    yield host.run(LISTS, {**options, "state": "absent", "ips": ["192.88.99.8", "192.88.99.9"]})
    yield host.run(LISTS, {**options, "batch_size": 0})
    yield host.run(LISTS, {**options, "access_key": "half"})
    yield host.run(LISTS, options, environ={"HUAWEICLOUD_SDK_SK": "wrong-key-0000000000"})
    yield host.run(LISTS, {**options, "retries": 0}, environ={"HUAWEICLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    for objects in ([], [{"object_id": name, "object_name": name, "type": 0} for name in "ab"]):
        emu.seed(huawei={"firewalls": [{"fw_instance_id": "odd", "name": "odd", "protect_objects": objects}]})
        yield host.run(LISTS, {"action": "block", "fw_instance_id": "odd", "ips": "192.88.99.7"})
    emu.reset(domain_entries="refused")
    yield host.run(LISTS, {**options, "ips": ["192.88.99.7", "evil.example.com"]})
    emu.reset(pagination_total="wrong")
    yield host.run(LISTS, options)
    emu.reset(list_lag_calls=1000)
    yield host.run(LISTS, {**options, "settle_timeout": 0})
    emu.reset()
    emu.seed(huawei={"black_white": [{"address": f"192.88.{number // 250}.{number % 250}"} for number in range(2000)]})
    yield host.run(LISTS, options)
    emu.reset()
    emu.fault(call="ListBlackWhiteLists", kind="html", status=502, times=0)
    yield host.run(LISTS, {**options, "retries": 0})
    emu.reset()


SCENARIOS: dict[str, Callable[[Host, Emulator], Runs]] = {LISTS: black_white_list_runs}
