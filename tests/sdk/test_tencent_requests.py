# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to Tencent Cloud is what the vendor's own SDK sends for the same intent: method, path and JSON body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tencentcloud.cfw.v20190904 import models
from tencentcloud.cfw.v20190904.cfw_client import CfwClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_search import alerts_between, logs_between
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from emulator import TENCENT_SECRET_ID, TENCENT_SECRET_KEY, Emulator
from support.tencent import ALERTS, BEIJING, CENTER, DELETE, LIST, LOGS, PERMANENT, UPSERT, Cloud, options

ATTACKER, OTHER, SCANNER = "203.0.113.7", "203.0.113.8", "198.51.100.9"
ALERT = "a67d60bb5ede9b962ac19ad24b28be54"
START, END = datetime(2026, 11, 20, 8, tzinfo=BEIJING), datetime(2026, 11, 21, 9, tzinfo=BEIJING)


@pytest.fixture
def cloud(emu: Emulator) -> Iterator[Cloud]:
    emu.reset(rate_limit=0)
    yield Cloud(emu)
    assert emu.state()["violations"] == []


def sdk(emu: Emulator) -> CfwClient:
    http = HttpProfile(protocol="http", endpoint=emu.url.removeprefix("http://"))
    return CfwClient(Credential(TENCENT_SECRET_ID, TENCENT_SECRET_KEY), "", ClientProfile(httpProfile=http))


def ours(cloud: Cloud) -> TencentCfw:
    return TencentCfw(
        options(action="block", state="absent"), Context(environ=cloud.environ, home="/nonexistent"), CallLog()
    )


def sent(cloud: Cloud, call: str, nth: int = 0) -> dict[str, Any]:
    """What identifies a request: nth of this call since the log was cleared."""
    row = [row for row in cloud.emu.log if row["call"] == call][nth]
    headers = {name.lower(): value for name, value in row["headers"].items()}
    same = ("content-type", "x-tc-action", "x-tc-version")
    return {name: row[name] for name in ("method", "path", "query", "body")} | {name: headers[name] for name in same}


def sent_by_sdk(cloud: Cloud, call: str, **fields: Any) -> dict[str, Any]:
    """The request that the SDK makes of a request object with these fields."""
    request = getattr(models, f"{call}Request")()
    for name, value in fields.items():
        assert hasattr(request, name), f"the SDK's {call}Request has no {name}"
        setattr(request, name, value)
    cloud.emu.clear_log()
    getattr(sdk(cloud.emu), call)(request)
    return sent(cloud, call)


def model(name: str, **fields: Any) -> Any:
    found = getattr(models, name)()
    for field, value in fields.items():
        assert hasattr(found, field)
        setattr(found, field, value)
    return found


def test_addresses_are_blocked_by_the_same_request(cloud: Cloud) -> None:
    cloud.run(action="block", ips=[ATTACKER], duration="7d", direction="both", comment="ir:INC-2041;")
    own = sent(cloud, CENTER)
    cloud.emu.reset()
    assert own == sent_by_sdk(
        cloud,
        CENTER,
        HandleTime=7,
        HandleType=4,
        AlertDirection=1,
        HandleDirection="0,1",
        HandleIpList=[ATTACKER],
        HandleComment="ir:INC-2041;",
    )


def test_addresses_are_allowed_by_the_same_request(cloud: Cloud) -> None:
    cloud.run(
        action="allow",
        ips=[SCANNER],
        duration="permanent",
        alert_direction="outbound",
        ignore_reason="false_positive",
        block_domain="reserved",
    )
    own = sent(cloud, CENTER)
    cloud.emu.reset()
    assert own == sent_by_sdk(
        cloud,
        CENTER,
        HandleTime=-2,
        HandleType=3,
        AlertDirection=0,
        HandleDirection="0",
        HandleIpList=[SCANNER],
        IgnoreReason=2,
        BlockDomain="reserved",
    )


@pytest.mark.parametrize(("action", "handle_type"), [("block", 1), ("allow", 2)])
def test_alerts_are_handled_by_the_same_request(cloud: Cloud, action: str, handle_type: int) -> None:
    alert = {"log_id": ALERT, "src_ip": ATTACKER, "dst_ip": "192.0.2.1"}
    cloud.seed(alerts=[alert])
    cloud.run(action=action, alert_ids=[ALERT], duration="1d")
    own = sent(cloud, CENTER)
    cloud.emu.reset()
    cloud.seed(alerts=[alert])
    assert own == sent_by_sdk(
        cloud,
        CENTER,
        HandleTime=1,
        HandleType=handle_type,
        AlertDirection=1,
        HandleDirection="1",
        HandleIdList=[ALERT],
    )


def test_rules_are_renewed_by_the_same_request(cloud: Cloud) -> None:
    rows = [{"Ioc": ip, "DirectionList": "1", "EndTime": cloud.at(86400)} for ip in (ATTACKER, OTHER)]
    cloud.seed(blocklist=rows)
    cloud.run(action="block", ips=[ATTACKER, OTHER], duration="permanent", direction="both", comment="kept")
    own = [sent(cloud, UPSERT), sent(cloud, UPSERT, 1)]
    for request, ip in zip(own, (ATTACKER, OTHER)):
        rule = model("BanAndAllowRule", Ioc=ip, DirectionList="1,0", EndTime=PERMANENT, Comment="kept")
        assert request == sent_by_sdk(cloud, UPSERT, RuleType=1, Rules=[rule])


@pytest.mark.parametrize(("action", "rule_type", "show_type"), [("block", 1, "blocklist"), ("allow", 2, "whitelist")])
def test_rules_are_removed_by_the_same_request(cloud: Cloud, action: str, rule_type: int, show_type: str) -> None:
    rows = [{"Ioc": ATTACKER, "DirectionList": "0,1"}, {"Ioc": OTHER, "DirectionList": "0"}]
    cloud.seed(**{show_type: rows})
    cloud.run(action=action, ips=[ATTACKER, OTHER], state="absent")
    own = sent(cloud, DELETE)
    rules = [
        model("BanAndAllowRuleDel", Ioc=ATTACKER, RuleType=rule_type, DirectionList="1,0"),
        model("BanAndAllowRuleDel", Ioc=OTHER, RuleType=rule_type, DirectionList="0"),
    ]
    assert own == sent_by_sdk(cloud, DELETE, DeleteAll=0, ShowType=show_type, Rules=rules)


@pytest.mark.parametrize(("action", "show_type"), [("block", "blocklist"), ("allow", "whitelist")])
@pytest.mark.parametrize("search", ["", ATTACKER])
def test_lists_are_read_by_the_same_request(cloud: Cloud, action: str, show_type: str, search: str) -> None:
    ours(cloud).rule_page(action, offset=100, search=search)
    own = sent(cloud, LIST)
    assert own == sent_by_sdk(
        cloud,
        LIST,
        Limit=100,
        Offset=100,
        Direction="",
        Order="asc",
        By="StartTime",
        ShowType=show_type,
        SearchValue=json.dumps({"common": search}) if search else "{}",
    )


def test_logs_are_searched_by_the_same_request(cloud: Cloud) -> None:
    filters = [{"Name": "log_id", "OperatorType": 1, "Values": [ALERT, "b" * 32]}]
    logs_between(ours(cloud), START.timestamp(), END.timestamp(), filters)
    own = sent(cloud, LOGS)
    condition = model("CommonFilter", Name="log_id", OperatorType=1, Values=[ALERT, "b" * 32])
    assert own == sent_by_sdk(
        cloud,
        LOGS,
        Index="rule_threatinfo",
        Limit=1000,
        Offset=0,
        StartTime="2026-11-20 08:00:00",
        EndTime="2026-11-21 09:00:00",
        Filters=[condition],
    )


def test_an_alert_is_looked_up_by_the_same_request(cloud: Cloud) -> None:
    alerts_between(ours(cloud), START.timestamp(), END.timestamp(), {"EventId": ALERT})
    own = sent(cloud, ALERTS)
    assert own == sent_by_sdk(
        cloud,
        ALERTS,
        EventId=ALERT,
        StartTime="2026-11-20 08:00:00",
        EndTime="2026-11-21 09:00:00",
        OrderBy="StartTime",
        Order="asc",
        Limit=50,
        Offset=0,
    )
