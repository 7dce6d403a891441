# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how long it takes, and how much memory, to return long lists: seconds of the processor without the service's, and
the most memory of the whole module process, which is a new one for each line.

Run it with the collection tree on PYTHONPATH: python tests/bench/bench_lists.py [name ...]
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest import mock

from ansible.module_utils import basic

from ansible_collections.secops.cfw.plugins.module_utils import _module
from ansible_collections.secops.cfw.plugins.module_utils._addresses import address_text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._http import Response
from ansible_collections.secops.cfw.plugins.module_utils._huawei import (
    black_white_list,
    capture_task_info,
    eip_info,
    log_info,
)
from ansible_collections.secops.cfw.plugins.module_utils._huawei import client as huawei_client
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._signing import Request
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import (
    alert_info,
    alert_request,
    alert_rule,
    alert_rule_info,
    assets,
)
from ansible_collections.secops.cfw.plugins.module_utils._tencent import client as tencent_client

COUNTS = (12_500, 25_000, 50_000)
NOW = 1_900_000_000
FIREWALL = "546af3f8-88e9-47f2-a205-2346d7090925"
BORDER = "ae42418e-f077-41a0-9d3b-5b2f5ad9102b"
Row = dict[str, Any]


# Rows with the fields that the services send. What differs between rows in a real list differs here.


def address(number: int) -> str:
    """A public address, another one for each number."""
    return address_text(4, 0x0B000000 + number * 2_654_435_761 % 0x40000000)


def own(number: int) -> str:
    return f"203.0.113.{number % 250 + 1}"


def port(number: int) -> int:
    return 1024 + number * 7919 % 60_000


def identity(number: int) -> str:
    return str(uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))


def date(number: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW - number))


def task(number: int) -> Row:
    return {
        "task_id": identity(number),
        "name": f"INC-{number}",
        "status": number % 6,
        "source_address": address(number),
        "source_address_type": 0,
        "source_port": "1-65535",
        "dest_address": own(number),
        "dest_address_type": 0,
        "dest_port": str(port(number)),
        "protocol": 6,
        "duration": 5 + number % 100,
        "max_packets": 1000 * (number % 900 + 1),
        "capture_size": f"{number % 5000}.25KB",
        "remaining_days": number % 7,
        "is_deleted": 0,
        "created_date": date(number),
        "modified_date": date(number - 300),
    }


_PLACES = tuple(
    f"{end}_{kind}_{part}"
    for end in ("src", "dst")
    for kind in ("region", "province", "city")
    for part in ("id", "name")
)
_EMPTY = (
    *("sctp_verification_tag", "sctp_is_handshake_flow", "qos_rule_id", "qos_rule_name", "qos_rule_type"),
    *("qos_channel_id", "qos_channel_name", "qos_channel_type", "qos_drop_packets", "qos_drop_bytes"),
)


def flow(number: int) -> Row:
    end = (NOW - 60) * 1000 - number
    return {
        "log_id": identity(number),
        "src_ip": address(number),
        "src_port": port(number),
        "dst_ip": own(number),
        "dst_port": (443, 80, 22, 53)[number % 4],
        "protocol": "TCP",
        "app": ("HTTPS", "HTTP", "SSH", "DNS")[number % 4],
        **{name: f"{name} {number % 40}" for name in _PLACES},
        "direction": "out2in",
        "bytes": 1500.5 + number,
        "packets": 300 + number % 9000,
        "start_time": end - 1000,
        "end_time": end,
        "dst_host": "",
        "vgw_id": "",
        **dict.fromkeys(_EMPTY),
    }


def listed(number: int) -> Row:
    return {
        "list_id": identity(number),
        "direction": 0,
        "address_type": 0,
        "address": address(number),
        "protocol": 6,
        "port": str(port(number)),
        "description": f"incident {number // 100}",
        "created_date": (NOW - number) * 1000,
        "modified_date": (NOW - number) * 1000,
    }


def eip(number: int) -> Row:
    return {
        "id": identity(number),
        "public_ip": address(number),
        "status": number % 2,
        "public_ipv6": None,
        "enterprise_project_id": "0",
        "device_id": identity(-number),
        "device_name": f"web-{number}",
        "device_owner": "compute:eu-west-101a",
        "associate_instance_type": "PORT",
        "fw_instance_id": FIREWALL,
        "fw_instance_name": "border",
        "fw_enterprise_project_id": "0",
        "object_id": BORDER,
        "fw_domain_id": "0503dda878000fed0f78c00909158a4d",
        "tags": f"key{number % 50}=value",
        "domain_id": "0503dda878000fed0f78c00909158a4d",
        "bypass_status": 0,
    }


def rule(number: int) -> Row:
    ioc = address(number)
    return {
        "RuleType": 1,
        "Ioc": ioc,
        "IocName": "",
        "IocInfo": "",
        "Domain": "",
        "IP": ioc,
        "Level": "",
        "EventName": "",
        "Direction": 1,
        "DirectionList": "1,0",
        "Protocol": "",
        "Address": "",
        "Country": "",
        "Action": 1,
        "StartTime": date(number),
        "EndTime": "3000-01-01 00:00:00",
        "IgnoreReason": 0,
        "Source": "API",
        "UniqueId": f"1250000000-{ioc}-1-1",
        "MatchTimes": number,
        "Comment": f"incident {number // 100}",
        "LastHitTime": date(-number),
        "CustomRule": {"SrcIP": "", "DstIP": "", "IdsRuleName": "", "IdsRuleId": ""},
        "FwType": ["ew", "nat", "border"],
    }


def alert(number: int) -> Row:
    return {
        "event_id": identity(number).replace("-", ""),
        "current_event_id": identity(number).replace("-", ""),
        "event_name": f"probe {number % 300}",
        "level": ("low", "middle", "high")[number % 3],
        "direction": "inbound",
        "src_ip_list": [address(number)],
        "dst_ip_list": [own(number)],
        "occurrence_count": number,
        "action_status": "unhandled",
        "kill_chain": "recon",
        "attack_result": "attempt",
        "strategy": "observe",
        "instance_id": f"ins-{number % 1000:08x}",
        "start_time": date(number),
        "end_time": date(number - 30),
    }


def threat(number: int) -> Row:
    return {
        "log_id": identity(number).replace("-", ""),
        "event_id": identity(number // 5).replace("-", ""),
        "Direction": 1,
        "SourceIp": address(number),
        "SourcePort": port(number),
        "TargetIp": own(number),
        "TargetPort": 443,
        "Level": "high",
        "EventName": f"probe {number % 300}",
        "Strategy": "observe",
        "BeginTime": date(number),
        "EndTime": date(number),
        "attack_result": "attempt",
    }


def asset(number: int) -> Row:
    return {
        "instance_id": f"ins-{number:08x}",
        "region": "ap-guangzhou",
        "vpc_id": f"vpc-{number % 50:08x}",
        "subnet_id": f"subnet-{number % 500:08x}",
        "instance_name": f"web-{number}",
        "instance_type": "CVM",
        "public_ip_list": [address(number)],
        "private_ip_list": [address_text(4, 0x0A000000 + number)],
        "fingerprints": [],
    }


# The services


class Service:
    """In place of a Transport: answers with pages of one kind of row, which it makes as they are asked for."""

    count = 0
    case: Case
    spent = 0.0
    """Seconds that went into making answers."""

    def __init__(self, *_settings: Any) -> None:
        pass

    def send(self, request: Request, *, fresh_connection: bool = False) -> Response:
        del fresh_connection
        start = time.process_time()
        action = request.headers.get("X-TC-Action", "")
        body = json.loads(request.body or b"{}")
        payload = self._tencent(action, body) if action else self._huawei(request, body)
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        Service.spent += time.process_time() - start
        return Response(200, {"Content-Type": "application/json"}, text)

    def _rows(self, offset: int, limit: int) -> list[Row]:
        return [self.case.row(number) for number in range(offset, min(offset + limit, self.count))]

    def _huawei(self, request: Request, body: Mapping[str, Any]) -> Any:
        asked = {**dict(request.query), **body}
        offset, limit = int(asked.get("offset", 0)), int(asked["limit"])
        return {"data": {"offset": offset, "limit": limit, "total": self.count, "records": self._rows(offset, limit)}}

    def _tencent(self, action: str, body: Mapping[str, Any]) -> Any:
        answers = {
            "DescribeBlockIgnoreList": self._rules,
            "DescribeCfwAlerts": self._alerts,
            "DescribeLogs": self._logs,
            "DescribeCfwAssets": self._assets,
        }
        return {"Response": {**answers[action](body), "RequestId": str(uuid.uuid4())}}

    def _rules(self, body: Mapping[str, Any]) -> Row:
        blocked = body["ShowType"] == "blocklist"
        rows = self._rows(body["Offset"], body["Limit"]) if blocked else []
        return {"Data": rows, "Total": self.count if blocked else 0, "ReturnCode": 0, "ReturnMsg": "success"}

    def _alerts(self, body: Mapping[str, Any]) -> Row:
        rows = self._rows(body["Offset"], body["Limit"]) if self.case.row is alert else []
        total = self.count if self.case.row is alert else 0
        return {"Data": json.dumps({"alerts": rows, "total": total, "returned": len(rows)})}

    def _logs(self, body: Mapping[str, Any]) -> Row:
        return {"Data": json.dumps(self._rows(body["Offset"], body["Limit"])), "Total": self.count}

    def _assets(self, body: Mapping[str, Any]) -> Row:
        offset = int(body.get("NextToken", 0))
        following = offset + assets.ASSET_PAGE
        data = {
            "asset_type": "host",
            "assets": self._rows(offset, assets.ASSET_PAGE),
            "HasMore": following < self.count,
            "NextToken": str(following),
        }
        return {"Data": json.dumps(data)}


# The runs


@dataclass(frozen=True)
class Case:
    """An operation that reads a list of these rows, and shows as many under `shown`. `targets` makes options from the count."""

    spec: OptionSpec
    operation: _module.Operation
    row: Callable[[int], Row]
    shown: str
    options: Mapping[str, Any] = field(default_factory=dict)
    targets: Callable[[int], Mapping[str, Any]] = lambda _count: {}


def blocked(count: int) -> Row:
    return {"ips": [address(number) for number in range(count)]}


def entries(count: int) -> Row:
    rows = map(listed, range(count))
    return {"entries": [{"address": row["address"], "protocol": "tcp", "port": row["port"]} for row in rows]}


CASES = {
    "capture_task_info": Case(
        capture_task_info.CAPTURE_TASK_INFO, capture_task_info.run, task, "tasks", {"fw_instance_id": FIREWALL}
    ),
    "log_info": Case(
        log_info.LOG_INFO, log_info.run, flow, "logs", {"fw_instance_id": FIREWALL, "type": "flow", "limit": 50_000}
    ),
    "black_white_list": Case(
        black_white_list.BLACK_WHITE_LIST,
        black_white_list.run,
        listed,
        "entries",
        {"object_id": BORDER, "action": "block"},
        entries,
    ),
    "eip_info": Case(eip_info.EIP_INFO, eip_info.run, eip, "eips", {"object_id": BORDER}),
    "alert_rule_info": Case(alert_rule_info.ALERT_RULE_INFO, alert_rule_info.run, rule, "rules", {"action": "block"}),
    "alert_rule": Case(
        alert_request.ALERT_RULE,
        alert_rule.run,
        rule,
        "rules",
        {"action": "block", "direction": "both", "duration": "permanent"},
        blocked,
    ),
    "alert_info, alerts": Case(alert_info.ALERT_INFO, alert_info.run, alert, "alerts"),
    "alert_info, logs": Case(alert_info.ALERT_INFO, alert_info.run, threat, "logs", {"logs": True}),
    "asset_info": Case(assets.ASSET_INFO, assets.run, asset, "assets"),
}
_CREDENTIALS = {
    "HUAWEICLOUD_SDK_AK": "access-key-of-a-benchmark",
    "HUAWEICLOUD_SDK_SK": "secret-key-of-a-benchmark",
    "TENCENTCLOUD_SECRET_ID": "secret-id-of-a-benchmark",
    "TENCENTCLOUD_SECRET_KEY": "secret-key-of-a-benchmark",
}
_HUAWEI = {"project_id": "0503dda897000fed2f78c00909158a4d", "region": "eu-west-101"}


def measure(name: str, count: int) -> None:
    """Runs the operation as a module, from the options to the printed result."""
    case = CASES[name]
    Service.case, Service.count = case, count
    for client in (huawei_client, tencent_client):
        client.Transport = Service  # type: ignore[attr-defined]
    account = {name: value for name, value in _HUAWEI.items() if name in case.spec.options}
    given = {"ANSIBLE_MODULE_ARGS": {**case.options, **case.targets(count), **account}}
    basic._ANSIBLE_ARGS = json.dumps(given).encode()  # pylint: disable=protected-access
    basic._ANSIBLE_PROFILE = "legacy"  # pylint: disable=protected-access
    clock = partial(Context, time=lambda: float(NOW), sleep=lambda _seconds: None)
    found: list[tuple[int, bool]] = []

    def operation(params: Mapping[str, Any], context: Context, calls: CallLog) -> Row:
        result = case.operation(params, context, calls)
        found.append((len(result[case.shown]), bool(result.get("changed"))))
        return result

    start = time.process_time()
    with (
        mock.patch.dict(os.environ, _CREDENTIALS),
        mock.patch.object(_module, "Context", clock),
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.suppress(SystemExit),
    ):
        _module.run_module(case.spec, operation)
    seconds = time.process_time() - start - Service.spent
    if found != [(count, False)]:
        raise SystemExit(f"{name} did not return {count} unchanged rows")
    # In units of 1024 bytes, on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{name:24} {count:7,} rows {seconds:7.2f} s {peak / 1e6:6.0f} MB", flush=True)


def main(names: Iterable[str]) -> None:
    for name in names:
        for count in COUNTS:
            subprocess.run([sys.executable, __file__, name, str(count)], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[2].isdigit():
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main(sys.argv[1:] or CASES)
