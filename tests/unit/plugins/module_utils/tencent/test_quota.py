# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The block list's quota: looked at before the first write, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._tencent import quota
from support.tencent import CENTER, LIST, QUOTA, UPSERT, Cloud, rule, words

A, B, C = "192.88.99.1", "192.88.99.2", "192.88.99.3"


def test_the_quota_is_read_once_before_the_first_write(cloud: Cloud) -> None:
    cloud.seed(blocklist=[C])
    done = cloud.thrice(action="block", ips=[A, B], duration="7d", direction="both")
    assert done["quota"] == {
        "total": 1000,
        "used_inbound": 1,
        "used_outbound": 0,
        "left": 999,
        "needed_inbound": 2,
        "needed_outbound": 2,
        "not_fitting": [],
    }
    cloud.emu.clear_log()
    cloud.run(action="block", ips=[f"192.88.98.{n}" for n in range(60)], duration="7d")
    called = [row["call"] for row in cloud.emu.log]
    assert called.count(QUOTA) == 1
    assert called.index(QUOTA) < called.index(CENTER)


@pytest.mark.parametrize(
    "given",
    [
        {"action": "allow", "ips": A, "duration": "7d"},
        {"action": "block", "ips": B, "state": "absent"},
        {"action": "block", "ips": B, "duration": "7d"},
        {"action": "block", "ips": B, "duration": "permanent"},
    ],
)
def test_what_adds_nothing_to_the_block_list_needs_no_quota(cloud: Cloud, given: dict[str, Any]) -> None:
    cloud.seed(blocklist=[{"Ioc": B, "EndTime": cloud.at(3 * 86400)}])
    assert cloud.run(**given)["quota"] is None
    assert QUOTA not in cloud.emu.calls()


@pytest.mark.parametrize("check", [False, True])
def test_too_little_room_refuses_before_the_first_write(cloud: Cloud, check: bool) -> None:
    cloud.emu.switch(block_quota=4)
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "0,1"}])
    failure = cloud.fails(check=check, action="block", ips=[A, B, C], duration="7d", direction="both")
    assert failure["error"]["code"] == "quota_exceeded"
    assert failure["changed"] is False
    assert f"{C} (inbound and outbound) would not fit" in failure["msg"]
    assert B not in failure["msg"]
    assert "room for 2 more entries (1 inbound and 1 outbound of 4 are used)" in failure["msg"]
    assert "2 inbound and 2 outbound are needed" in failure["msg"]
    assert words(failure) == {A: "unchanged", B: "refused", C: "refused"}
    assert [row["reason"] for row in failure["rules"]] == [
        "",
        "nothing was sent, because there is no room for others",
        "the block list has no room left for it",
    ]
    assert (failure["quota"]["left"], failure["quota"]["needed_inbound"]) == (2, 2)
    assert failure["quota"]["not_fitting"] == [C]
    assert cloud.emu.writes() == 0
    assert cloud.emu.calls() == {LIST: 2, QUOTA: 1}


def test_just_enough_room(cloud: Cloud) -> None:
    cloud.emu.switch(block_quota=4)
    cloud.seed(blocklist=[{"Ioc": A, "DirectionList": "1"}])
    done = cloud.run(action="block", ips=[A, B], duration="7d", direction="both")
    assert words(done) == {A: "updated", B: "created"}
    assert (done["quota"]["left"], done["quota"]["needed_inbound"], done["quota"]["needed_outbound"]) == (3, 1, 2)


def test_many_that_do_not_fit_are_counted(cloud: Cloud) -> None:
    cloud.emu.switch(block_quota=1)
    failure = cloud.fails(action="block", ips=[f"192.88.99.{n}" for n in range(30)], duration="7d")
    assert "192.88.99.10 (inbound) and 19 more would not fit" in failure["msg"]


@pytest.mark.parametrize("shape", ["counts", "full"])
def test_either_block_of_counters_will_do(cloud: Cloud, shape: str) -> None:
    cloud.emu.switch(quota_answer=shape)
    assert cloud.run(action="block", ips=A, duration="7d")["quota"]["left"] == 1000
    assert cloud.warnings == []


@pytest.mark.parametrize(
    ("shape", "said"),
    [("mismatch", "do not add up"), ("empty", "no counters of the block list"), ("fail", "ReturnCode -1")],
)
def test_a_quota_that_can_not_be_read_is_said_and_stops_nothing(cloud: Cloud, shape: str, said: str) -> None:
    cloud.emu.switch(quota_answer=shape)
    done = cloud.run(action="block", ips=A, duration="7d")
    assert rule(done)["result"] == "created"
    assert done["quota"] is None
    (warning,) = [text for text in cloud.warnings if "room for the new rules is not known" in text]
    assert said in warning


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("InvalidAction", "InvalidAction"), ("UnauthorizedOperation", "UnauthorizedOperation"), ("InternalError", "Int")],
)
def test_a_call_that_is_missing_or_not_permitted_is_said(cloud: Cloud, code: str, outcome: str) -> None:
    cloud.emu.fault(call=QUOTA, kind="error", code=code, times=9)
    assert rule(cloud.run(action="block", ips=A, duration="25h"))["result"] == "created"
    assert outcome in " ".join(cloud.warnings)
    assert cloud.emu.calls()[UPSERT] == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        {"Detail": 7},
        {"Detail": {"QuotaDetail": {"BlockListQuota": None}}},
        {
            "Detail": {
                "QuotaDetail": {"BlockListQuota": {"TotalCnt": -1, "UsedCnt": 0, "InUsedCnt": 0, "OutUsedCnt": 0}}
            }
        },
        {"Detail": {"QuotaDetail": {"BlockListQuota": {"TotalCnt": 0, "UsedCnt": 0, "InUsedCnt": 0, "OutUsedCnt": 0}}}},
        {"Detail": {"QuotaDetail": {"BlockListQuota": {"TotalCnt": 9, "UsedCnt": True}}}},
    ],
)
def test_counters_of_another_shape_are_no_counters(data: Any) -> None:
    class Client:
        def call(self, _action: str, _body: Any) -> dict[str, Any]:
            return {"Data": data}

    assert "no counters" in str(quota._read(Client()))  # type: ignore[arg-type]


def test_a_quota_used_beyond_its_total_leaves_nothing() -> None:
    assert quota.Headroom(total=5, used=7, inbound=7, outbound=0).left == 0


def test_the_service_s_own_refusal_is_still_told(cloud: Cloud) -> None:
    cloud.emu.switch(quota_answer="empty", block_quota=1)
    failure = cloud.fails(action="block", ips=[A, B], duration="7d")
    assert failure["error"]["code"] == "LimitExceeded"
    assert words(failure) == {A: "created", B: "failed"}
