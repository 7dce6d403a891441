# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks of every module need to know of those that read at Tencent Cloud: valid options, and runs that show
everything that they return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import Emulator
from unit.plugins.modules.harness import Host, Outcome

ALERTS = "tencent_cfw_alert_info"
ASSETS = "tencent_cfw_asset_info"
RULES = "tencent_cfw_alert_rule_info"
VALID: dict[str, dict[str, Any]] = {ALERTS: {}, ASSETS: {}, RULES: {}}

Runs = Iterator[Outcome]


def failures(host: Host, emu: Emulator, module: str, call: str) -> Runs:
    """A run for each way in which any of these modules fails."""
    options = {**VALID[module], "retries": 0}
    yield host.run(module, {**options, "ips": ["nobody"]})
    yield host.run(module, {**options, "secret_id": "half"})
    yield host.run(module, options, environ={"TENCENTCLOUD_SECRET_KEY": "wrong-key-0000000000"})
    yield host.run(module, options, environ={"TENCENTCLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    for fault in ("html", "not_json_200", "drop_before_commit"):
        emu.fault(call=call, nth=1, kind=fault, times=0)
        yield host.run(module, options)
        emu.reset()
    emu.fault(call=call, nth=1, kind="error", code="UnauthorizedOperation", message="no", times=0)
    yield host.run(module, options)
    emu.reset()


def alert_info_runs(host: Host, emu: Emulator) -> Runs:
    emu.seed(tencent={"alerts": [{"src_ip": "192.88.99.7", "dst_ip": "198.51.100.1"}] * 2})
    yield host.run(ALERTS, {"logs": True}, check=True, diff=True)
    yield host.run(ALERTS, {"logs": True, "ips": "192.88.99.7"})
    yield host.run(ALERTS, {"level": "low"})
    yield from failures(host, emu, ALERTS, "DescribeCfwAlerts")


def asset_info_runs(host: Host, emu: Emulator) -> Runs:
    emu.seed(tencent={"assets": [{"instance_id": "ins-1", "public_ips": ["192.88.99.7"], "private_ips": ["10.0.0.7"]}]})
    yield host.run(ASSETS, {}, check=True, diff=True)
    yield host.run(ASSETS, {"type": "vpc"})
    yield from failures(host, emu, ASSETS, "DescribeCfwAssets")


def alert_rule_info_runs(host: Host, emu: Emulator) -> Runs:
    row = {"Ioc": "192.88.99.7", "LastHitTime": "2026-11-21 18:31:02"}
    emu.seed(tencent={"blocklist": [row, {**row, "Ioc": "192.88.99.8", "EndTime": 0}], "whitelist": [row]})
    yield host.run(RULES, {}, check=True, diff=True)
    yield host.run(RULES, {"ips": "192.88.99.7"})
    emu.reset(pagination_total="wrong")
    yield host.run(RULES, {})
    emu.reset()
    yield from failures(host, emu, RULES, "DescribeBlockIgnoreList")


SCENARIOS: dict[str, Callable[[Host, Emulator], Runs]] = {
    ALERTS: alert_info_runs,
    ASSETS: asset_info_runs,
    RULES: alert_rule_info_runs,
}
