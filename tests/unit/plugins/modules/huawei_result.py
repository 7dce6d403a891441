# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks of every module need to know of the one that fetches: valid options, and runs that show everything
that it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import HUAWEI_FIREWALL, Emulator
from unit.plugins.modules.harness import Host, Outcome

RESULT = "huawei_cfw_capture_result"
VALID: dict[str, dict[str, Any]] = {RESULT: {"fw_instance_id": HUAWEI_FIREWALL, "task_id": "done"}}

Runs = Iterator[Outcome]


def start(emu: Emulator, **switches: Any) -> None:
    emu.reset(**{"result_mode": "files", **switches})
    emu.seed(huawei={"tasks": [{"task_id": "done", "status": 1}, {"task_id": "busy", "status": 2}]})


def capture_result_runs(host: Host, emu: Emulator) -> Runs:
    options = {**VALID[RESULT], "retries": 0}
    fetch = {**options, "dest": str(host.home / "evidence")}
    start(emu)
    yield host.run(RESULT, options)
    yield host.run(RESULT, {**options, "return_link": True})
    yield host.run(RESULT, {**fetch, "max_file_bytes": 1})
    yield host.run(RESULT, fetch, check=True, diff=True)
    yield host.run(RESULT, fetch, diff=True)
    yield host.run(RESULT, fetch, diff=True)
    (host.home / "evidence" / "done_0.pcap").write_text("altered", encoding="utf-8")
    yield host.run(RESULT, fetch)
    yield host.run(RESULT, {**options, "task_id": "busy"})
    yield host.run(RESULT, {**options, "task_id": "nobody"})
    yield host.run(RESULT, {**options, "allowed_ips": "10.0.0.1"})
    yield host.run(RESULT, {**fetch, "dest": str(host.home / "other"), "allowed_ips": "192.88.99.1"})
    yield host.run(RESULT, {**options, "access_key": "half"})
    yield host.run(RESULT, options, environ={"HUAWEICLOUD_SDK_SK": "wrong-key-0000000000"})
    yield host.run(RESULT, options, environ={"HUAWEICLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    start(emu, result_mode="link")
    yield host.run(RESULT, options)
    yield host.run(RESULT, {**options, "return_link": True})
    yield host.run(RESULT, fetch)
    emu.advance(8 * 86400)
    yield host.run(RESULT, options)
    start(emu)
    emu.fault(call="ListCaptureResult", kind="not_json_200", times=0)
    yield host.run(RESULT, options)
    start(emu)


SCENARIOS: dict[str, Callable[[Host, Emulator], Runs]] = {RESULT: capture_result_runs}
