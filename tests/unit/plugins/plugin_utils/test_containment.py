# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles block, unblock and status do to both clouds, and what they say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import seconds, utc
from emulator import HUAWEI_FIREWALL, HUAWEI_FIREWALL_2, HUAWEI_OBJECT, HUAWEI_PROJECT_ID, Emulator
from support.containment import CASE, Roles, report_of, reported, row_of, words

ONE, TWO, THREE, NET = "8.8.4.4", "8.8.8.8", "9.9.9.9", "9.9.8.0/24"
DAY = 86400
EVIL = "{{ lookup('pipe','id') }} <b>"


@pytest.fixture
def roles(emu: Emulator) -> Roles:
    return Roles(emu)


def huawei(emu: Emulator, *rows: dict[str, Any]) -> None:
    emu.seed(huawei={"black_white": list(rows)})


# Blocking


def test_the_plan_is_what_is_done_and_again_nothing_is_to_be_done(roles: Roles) -> None:
    asked: dict[str, Any] = {"targets": f"{ONE}, {TWO}/32\n{ONE}", "direction": "both"}
    planned = roles.block(check=True, **asked)
    assert planned["planned"] is True
    assert roles.emu.writes() == 0
    done = roles.block(**asked)
    assert done["planned"] is False
    assert words(done) == dict.fromkeys(
        (f"{cloud} {ip}" for ip in (ONE, TWO) for cloud in ("tencent", "huawei")), "blocked"
    )
    assert words(planned) == words(done)
    assert planned.keys() == done.keys()
    assert [row.keys() for row in planned["targets"]] == [row.keys() for row in done["targets"]]
    for before, row in zip(planned["targets"], done["targets"]):
        assert (before["before"], row["before"]) == (None, None)
        assert row["after"]["directions"] == before["after"]["directions"] == ["inbound", "outbound"]
        assert (row["changed"], row["listed"], row["token"]) == (True, True, True)
        assert row["row_id"]
        assert abs((seconds(row["until"]) or 0) - roles.emu.now() - DAY) < 60
    assert done["failure"] == ""
    assert done["accounts"]["tencent"] == "1250000000"
    assert done["accounts"]["huawei"][0]["fw_instance_id"] == HUAWEI_FIREWALL
    assert {row["call"] for row in done["request_ids"]} == {"CreateAlertCenterRule", "BatchCreateBlackWhiteList"}
    assert set(roles.blocked().values()) == {f"ir:{CASE};"}
    assert set(roles.listed().values()) == {f"ir:{CASE};until={done['until']};"}
    written = roles.emu.writes()
    again = roles.block(**asked)
    assert set(words(again).values()) == {"already"}
    assert not any(row["changed"] for row in again["targets"])
    assert all(row["token"] for row in again["targets"])
    assert roles.emu.writes() == written


def test_check_mode_at_a_task_is_noticed_too(roles: Roles) -> None:
    asked: dict[str, Any] = {"targets": [ONE], "direction": "both"}
    planned = roles.block(check=True, **asked, planned=False)
    assert planned["planned"] is True
    assert set(words(planned).values()) == {"blocked"}
    done = roles.block(**asked)
    assert done["planned"] is False
    lifted = roles.unblock(check=True, report=report_of(done), planned=False)
    assert lifted["planned"] is True
    assert set(words(lifted).values()) == {"removed"}


def test_one_cloud_fails_and_the_other_is_told_of(roles: Roles) -> None:
    roles.emu.fault(call="CreateAlertCenterRule", kind="error", code="UnauthorizedOperation", message="no", times=9)
    done = roles.block(targets=[ONE])
    assert words(done) == {f"tencent {ONE}": "failed", f"huawei {ONE}": "blocked"}
    assert done["failure"].startswith(f"1 of 2 blocks are not in force: {ONE} at tencent failed: ")
    assert [error["code"] for error in done["errors"]] == ["UnauthorizedOperation"]
    assert roles.listed()[ONE].startswith(f"ir:{CASE};")


@pytest.mark.parametrize(("call", "cloud"), [("DescribeBlockIgnoreList", "tencent"), ("ListBlackWhiteLists", "huawei")])
def test_nothing_is_sent_to_a_list_that_can_not_be_read(roles: Roles, call: str, cloud: str) -> None:
    roles.emu.fault(call=call, kind="status", status=500, times=99)
    done = roles.block(targets=[ONE])
    other = {"tencent": "huawei", "huawei": "tencent"}[cloud]
    assert words(done) == {f"{cloud} {ONE}": "failed", f"{other} {ONE}": "blocked"}
    assert "nothing was sent, because the list" in row_of(done, ONE, cloud)["reason"]


def test_one_firewall_fails_and_the_other_is_told_of(roles: Roles) -> None:
    done = roles.block(targets=[ONE], clouds="huawei", firewalls=[HUAWEI_FIREWALL, "no-such-firewall"])
    assert [row["result"] for row in done["targets"]] == ["blocked", "failed"]
    assert "no-such-firewall" in done["failure"]


def test_a_prefix_goes_to_huawei_only(roles: Roles) -> None:
    done = roles.block(targets=[NET])
    assert words(done) == {f"tencent {NET}": "refused", f"huawei {NET}": "blocked"}
    assert "single addresses only" in row_of(done, NET)["reason"]
    assert done["failure"] == ""
    only = roles.block(targets=[NET], clouds=["tencent"])
    assert NET in only["failure"]


def test_an_address_on_the_allow_lists_is_refused_unless_that_is_said(roles: Roles) -> None:
    roles.emu.seed(tencent={"whitelist": [ONE]})
    huawei(roles.emu, {"address": ONE, "list_type": 5})
    for check in (True, False):
        done = roles.block(check=check, targets=[ONE, TWO])
        assert words(done) == {
            f"tencent {ONE}": "refused",
            f"tencent {TWO}": "blocked",
            f"huawei {ONE}": "refused",
            f"huawei {TWO}": "blocked",
        }
        assert "block_replace_opposite" in row_of(done, ONE, "huawei")["reason"]
    done = roles.block(targets=[ONE, TWO], replace_opposite="yes")
    assert done["failure"] == ""
    assert words(done)[f"tencent {ONE}"] == words(done)[f"huawei {ONE}"] == "blocked"
    assert row_of(done, ONE)["opposite_removed"]["action"] == "allow"
    assert row_of(done, ONE, "huawei")["opposite_removed"]["action"] == "allow"
    assert roles.listed(5) == {}
    assert roles.emu.state()["tencent"]["whitelist"] == []
    lifted = roles.unblock(report=report_of(done))
    assert "is not put back" in row_of(lifted, ONE)["reason"]
    assert "is not put back" in row_of(lifted, ONE, "huawei")["reason"]


def test_no_room_at_tencent(roles: Roles) -> None:
    roles.emu.switch(block_quota=1)
    done = roles.block(targets=[ONE, TWO])
    assert words(done) == {
        f"tencent {ONE}": "refused",
        f"tencent {TWO}": "refused",
        f"huawei {ONE}": "blocked",
        f"huawei {TWO}": "blocked",
    }
    assert done["failure"]
    assert done["quota"]["left"] == 1


def test_protected_targets_are_refused_and_what_was_there_stays(roles: Roles) -> None:
    huawei(roles.emu, {"address": ONE, "description": "ir:INC-1;until=2026-01-01T00:00:00Z;"})
    done = roles.block(targets=[ONE, TWO], protected=[ONE])
    assert set(words(done).values()) == {"refused"}
    assert roles.emu.writes() == 0
    assert "others were refused" in row_of(done, TWO)["reason"]


def test_somebody_elses_block_is_left_alone(roles: Roles) -> None:
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "Comment": EVIL}]})
    huawei(roles.emu, {"address": ONE, "description": EVIL})
    done = roles.block(targets=[ONE])
    assert set(words(done).values()) == {"already"}
    assert not any(row["token"] for row in done["targets"])
    assert roles.emu.writes() == 0
    assert row_of(done, ONE)["before"]["comment"] == EVIL
    lifted = roles.unblock(report=report_of(done))
    assert set(words(lifted).values()) == {"kept"}
    assert lifted["failure"] == ""
    assert roles.blocked() == {ONE: EVIL}
    assert roles.listed() == {ONE: EVIL}


def test_a_short_block_is_made_longer_only_if_that_is_said(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="2h")
    done = roles.block(targets=[ONE], duration="24h")
    assert set(words(done).values()) == {"already"}
    assert "block_extend" in row_of(done, ONE)["reason"]
    assert "block_extend" in row_of(done, ONE, "huawei")["reason"]
    planned = roles.block(check=True, targets=[ONE], duration="24h", extend=True)
    longer = roles.block(targets=[ONE], duration="24h", extend=True)
    assert words(planned) == words(longer)
    assert set(words(longer).values()) == {"blocked"}
    for row in longer["targets"]:
        assert (seconds(row["until"]) or 0) > roles.emu.now() + 23 * 3600
    assert roles.blocked() == {ONE: f"ir:{CASE};"}
    written = roles.emu.writes()
    assert set(words(roles.block(targets=[ONE], duration="24h", extend=True)).values()) == {"already"}
    assert roles.emu.writes() == written


def test_what_was_not_made_longer_is_told_of(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="2h", clouds="huawei")
    before = roles.listed()
    roles.emu.clear_log()
    roles.emu.fault(call="BatchCreateBlackWhiteList", kind="error", code="CFW.00200001", message="no", times=9)
    done = roles.block(targets=[ONE, TWO], clouds="huawei", extend=True)
    assert words(done) == {f"huawei {ONE}": "failed", f"huawei {TWO}": "failed"}
    assert "not made to last longer" in row_of(done, ONE, "huawei")["reason"]
    assert row_of(done, ONE, "huawei")["listed"] is True
    assert roles.listed() == before


def test_an_entry_that_is_lost_while_it_is_written_anew_is_told_of(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="2h", clouds="huawei")
    roles.emu.clear_log()
    roles.emu.fault(call="BatchCreateBlackWhiteList", kind="error", code="CFW.00200001", message="no", times=9)
    done = roles.block(targets=[ONE], clouds="huawei", extend=True)
    assert words(done) == {f"huawei {ONE}": "failed"}
    assert "NOT BLOCKED NOW: its earlier entry was taken off, and could not be put back" in done["failure"]
    assert roles.listed() == {}


CREATE = "BatchCreateBlackWhiteList"
REFUSED: dict[str, Any] = {"kind": "error", "code": "CFW.00200001", "message": "no"}


@pytest.mark.parametrize(
    "fault",
    [REFUSED, {"kind": "drop_before_commit"}, {"kind": "drop_after_commit"}, {"kind": "late_commit", "seconds": 30}],
)
def test_an_entry_that_is_lost_while_it_is_written_anew_is_put_back(roles: Roles, fault: dict[str, Any]) -> None:
    roles.block(targets=[ONE, TWO], duration="2h", clouds="huawei")
    roles.emu.clear_log()
    roles.emu.fault(call=CREATE, times=1, **fault)
    done = roles.block(targets=[ONE, TWO], clouds="huawei", extend=True)
    assert set(words(done).values()) == {"blocked"}
    assert done["failure"] == ""
    assert done["errors"] == []
    assert set(roles.listed().values()) == {f"ir:{CASE};until={done['until']};"}
    assert set(roles.listed()) == {ONE, TWO}
    assert len(roles.emu.state()["huawei"]["black_white"]) == 2
    written = roles.emu.writes()
    assert set(words(roles.block(targets=[ONE, TWO], clouds="huawei", extend=True)).values()) == {"already"}
    assert roles.emu.writes() == written


def test_what_could_not_be_put_back_and_not_be_read_may_not_be_blocked(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="2h", clouds="huawei")
    roles.emu.clear_log()
    roles.emu.fault(call=CREATE, times=99, **REFUSED)
    # All reads after those of the block's beginning
    roles.emu.fault(call="ListBlackWhiteLists", nth=5, kind="status", status=500, times=99)
    done = roles.block(targets=[ONE], clouds="huawei", extend=True)
    assert done["failure"].count("BLOCKED NOW: ") == 1


def test_an_entry_that_is_to_be_restored_is_put_back(roles: Roles) -> None:
    end = "2099-01-01T00:00:00Z"
    huawei(roles.emu, {"address": ONE, "description": f"ir:INC-7;until={end};"})
    done = roles.block(targets=[ONE], duration="permanent", clouds="huawei")
    roles.emu.clear_log()
    roles.emu.fault(call=CREATE, times=1, **REFUSED)
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"huawei {ONE}": "restored"}
    assert lifted["failure"] == ""
    assert roles.listed() == {ONE: f"ir:INC-7;until={end};"}


@pytest.mark.parametrize("text", ["of\nours", "\u202eours", "no\u200bwhere"])
def test_an_entry_that_the_module_would_not_put_back_is_not_taken_off(roles: Roles, text: str) -> None:
    huawei(roles.emu, {"address": ONE, "description": f"ir:INC-7;until=2099-01-01T00:00:00Z;{text}"})
    done = roles.block(targets=[ONE], duration="permanent", clouds="huawei")
    lifted = roles.unblock(report=report_of(done))
    row = row_of(lifted, ONE, "huawei")
    assert (row["result"], roles.listed()) == ("kept", {ONE: f"ir:{CASE};until=permanent;over;"})
    assert "can't be put back, for its description 'ir:INC-7;" in row["reason"]
    assert row["todo"]
    assert text not in lifted["failure"]


def test_an_entry_that_could_not_be_restored_is_told_of_first(roles: Roles) -> None:
    huawei(roles.emu, {"address": TWO, "description": "ir:INC-7;until=2099-01-01T00:00:00Z;"})
    roles.block(targets=[ONE], clouds="huawei")
    done = roles.block(targets=[ONE, TWO], duration="permanent", clouds="huawei")
    report = report_of(done)
    roles.emu.clear_log()
    roles.emu.fault(call=CREATE, times=99, **REFUSED)
    lifted = roles.unblock(report=report)
    row = row_of(lifted, TWO, "huawei")
    assert (row["result"], row["after"]) == ("failed", None)
    assert row["reason"].startswith("NOT BLOCKED NOW: ")
    assert f": {TWO} at huawei" in lifted["failure"].split(";")[0]


def test_an_hour_is_made_longer_too(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="1h")
    roles.emu.advance(1800)
    done = roles.block(targets=[ONE], duration="1h", extend=True)
    assert set(words(done).values()) == {"blocked"}
    for row in done["targets"]:
        assert (seconds(row["until"]) or 0) > roles.emu.now() + 3500


def test_permanent_has_to_be_said(roles: Roles) -> None:
    done = roles.block(targets=[ONE], duration="permanent")
    assert done["until"] == "permanent"
    assert {row["until"] for row in done["targets"]} == {"permanent"}
    assert roles.listed() == {ONE: f"ir:{CASE};until=permanent;"}


def test_an_overdue_entry_counts_as_gone(roles: Roles) -> None:
    huawei(roles.emu, {"address": ONE, "description": "ir:INC-1;until=2026-01-01T00:00:00Z;"})
    done = roles.block(targets=[ONE], clouds="huawei")
    assert words(done) == {f"huawei {ONE}": "blocked"}
    assert roles.listed() == {ONE: f"ir:{CASE};until={done['until']};"}


def test_where_a_block_acts_on_nothing(roles: Roles) -> None:
    roles.emu.seed(
        huawei={
            "firewalls": [{"fw_instance_id": HUAWEI_FIREWALL_2, "status": 3}],
            "eips": [
                {"public_ip": "198.51.100.20", "status": 0, "fw_instance_id": HUAWEI_FIREWALL},
                {"public_ip": "198.51.100.21", "status": 1},
            ],
        }
    )
    asked: dict[str, Any] = {"targets": [ONE], "clouds": "huawei", "firewalls": [HUAWEI_FIREWALL, HUAWEI_FIREWALL_2]}
    done = roles.block(**asked, victims="198.51.100.20, 198.51.100.21")
    assert [row["enforcement"] for row in done["targets"]] == ["unknown", "not_in_path"]
    said = {(row["scope"], row["address"]): row["reason"] for row in done["not_in_path"]}
    assert "not protected" in said[HUAWEI_FIREWALL, "198.51.100.21"]
    assert "not running" in said[HUAWEI_FIREWALL_2, ""]
    assert (HUAWEI_FIREWALL, "198.51.100.20") not in said
    away = roles.block(**asked, victims="198.51.100.21")
    assert [row["enforcement"] for row in away["targets"]] == ["not_in_path", "not_in_path"]


@pytest.mark.parametrize("duplicate", ["status_-3", "merge"])
def test_two_runs_that_block_the_same_at_the_same_time(roles: Roles, duplicate: str) -> None:
    """Such as slices of one job: both have read that nothing is there."""
    roles.emu.switch(duplicate_alert_rule=duplicate)
    other: list[dict[str, Any]] = []
    roles.before_write = lambda: other.append(roles.block(targets=[ONE, TWO], clouds="tencent"))
    mine = roles.block(targets=[ONE, TWO], clouds="tencent")
    for done in (*other, mine):
        assert set(words(done).values()) <= {"blocked", "already"}
        assert (done["failure"], done["errors"]) == ("", [])
        assert all(row["token"] for row in done["targets"])
    rows = [row["Ioc"] for row in roles.emu.state()["tencent"]["blocklist"]]
    assert sorted(rows) == sorted([ONE, TWO])


def test_hits_are_told_of(roles: Roles) -> None:
    done = roles.block(targets=[ONE])
    assert row_of(done, ONE)["enforcement"] == "no_hits_yet"
    assert row_of(done, ONE, "huawei")["enforcement"] == "unknown"
    assert "not proven" in done["established_sessions"]
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "Comment": f"ir:{CASE};", "MatchTimes": 3}]})
    seen = roles.block(targets=[ONE], look_for_hits=True)
    assert row_of(seen, ONE)["enforcement"] == "hits_seen"
    assert row_of(seen, ONE, "huawei")["enforcement"] == "no_hits_yet"


def test_an_ipv6_target_at_a_firewall_without(roles: Roles) -> None:
    done = roles.block(targets=["2001:4860::8", ONE], clouds="huawei", firewalls=[HUAWEI_FIREWALL_2])
    assert words(done) == {"huawei 2001:4860::8": "refused", f"huawei {ONE}": "blocked"}


@pytest.mark.parametrize(
    "switches",
    [
        {"rows_per_ioc": "per_direction", "direction_list_order": "0,1", "shifting_pages": True},
        {"duplicate_alert_rule": "merge", "expired_rows": "gone", "list_lag_calls": 1},
        {"batch_duplicates": "failed", "host_entries": "with_mask", "ipv6_form": "exploded"},
    ],
)
def test_whatever_the_services_do(roles: Roles, switches: dict[str, Any]) -> None:
    roles.emu.switch(**switches)
    asked: dict[str, Any] = {"targets": [ONE, "2001:4860::8"], "direction": "both"}
    done = roles.block(**asked)
    assert set(words(done).values()) == {"blocked"}
    roles.emu.switch(list_lag_calls=0)
    assert set(words(roles.block(**asked)).values()) == {"already"}
    lifted = roles.unblock(report=report_of(done))
    assert set(words(lifted).values()) == {"removed"}
    assert roles.blocked() == roles.listed() == {}


def test_the_international_site_records_no_token(roles: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    roles.emu.switch(international=True)
    run = roles._run

    def international(module: str, check: bool = False, **given: Any) -> dict[str, Any]:
        return run(module, check, **given, **({"site": "international"} if module.startswith("tencent") else {}))

    monkeypatch.setattr(roles, "_run", international)
    done = roles.block(targets=[ONE], clouds="tencent")
    assert words(done) == {f"tencent {ONE}": "blocked"}
    assert row_of(done, ONE)["token"] is False
    assert "records no comments" in row_of(done, ONE)["reason"]
    assert words(roles.unblock(clouds="tencent")) == {}
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "removed"}
    assert roles.blocked() == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"case_id": ""}, "block_case_id is ''"),
        ({"targets": " \n"}, "block_targets is empty"),
        ({"targets": ["8.8.8.8", "nonsense"]}, "block_targets.1.: 'nonsense'"),
        ({"duration": ""}, "block_duration is missing"),
        ({"duration": "31d"}, "block_duration is '31d'; give hours or days from 1h to 30d"),
        ({"duration": "forever"}, "or permanent"),
        ({"clouds": "aws"}, "block_clouds holds 'aws'"),
        ({"clouds": 7}, "block_clouds is '7'"),
        ({"firewalls": ""}, "block_firewalls is empty"),
        ({"direction": "up"}, "block_direction is 'up'; give one of inbound, outbound, both"),
        ({"extend": "perhaps"}, "block_extend is 'perhaps'; give true or false"),
        ({"victims": "198.51.100.0/24"}, "block_victims holds the prefix"),
        ({"reason": "a\nb"}, "block_reason .* line breaks"),
        ({"reason": "a\u202eb"}, r"block_reason 'a\\u202eb' has line breaks or control characters"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(roles: Roles, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        roles.block(**{"targets": [ONE], **given})
    assert roles.emu.log == []


# Unblocking


def test_a_report_is_lifted_and_then_gone(roles: Roles, tmp_path: Path) -> None:
    done = roles.block(targets=[ONE, TWO, NET], direction="both")
    report = tmp_path / "report.json"
    report.write_text(json.dumps(report_of(done)), encoding="utf-8")
    planned = roles.unblock(check=True, report=str(report))
    assert planned["planned"] is True
    lifted = roles.unblock(report=str(report))
    assert words(planned) == words(lifted)
    assert words(lifted)[f"tencent {NET}"] == "gone"
    assert [word for key, word in words(lifted).items() if key != f"tencent {NET}"] == ["removed"] * 5
    assert lifted["failure"] == ""
    assert roles.blocked() == roles.listed() == {}
    again = roles.unblock(report=str(report))
    assert set(words(again).values()) == {"gone"}
    assert again["failure"] == ""


def test_a_case_is_lifted_by_its_exact_token(roles: Roles) -> None:
    roles.block(targets=[ONE])
    roles.block(targets=[TWO], case_id=f"{CASE}0")
    lifted = roles.unblock()
    assert words(lifted) == {f"tencent {ONE}": "removed", f"huawei {ONE}": "removed"}
    assert set(roles.blocked()) == set(roles.listed()) == {TWO}
    again = roles.unblock()
    assert words(again) == {}
    assert again["failure"] == ""


def test_what_belongs_to_another_case_now_is_refused(roles: Roles) -> None:
    done = roles.block(targets=[ONE, TWO])
    roles.unblock()
    roles.block(targets=[ONE], case_id="INC-7")
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {
        f"tencent {ONE}": "refused",
        f"huawei {ONE}": "refused",
        f"tencent {TWO}": "gone",
        f"huawei {TWO}": "gone",
    }
    assert "INC-7" in lifted["failure"]
    assert set(roles.blocked()) == set(roles.listed()) == {ONE}


def test_what_was_changed_since_is_kept(roles: Roles) -> None:
    done = roles.block(targets=[ONE])
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "Comment": f"ir:{CASE};", "DirectionList": "0,1"}]})
    huawei_row = roles.emu.state()["huawei"]["black_white"][0]
    lifted = roles.unblock(report=report_of(done), clouds="tencent")
    assert words(lifted) == {f"tencent {ONE}": "kept"}
    assert "directions" in row_of(lifted, ONE)["reason"]
    assert "tencent_cfw_alert_rule" in lifted["failure"]
    assert huawei_row["address"] == ONE


def test_a_renewed_rule_gets_what_it_was(roles: Roles) -> None:
    end = roles.emu.now() + 5 * 3600
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "Comment": EVIL, "EndTime": end, "DirectionList": "1"}]})
    huawei(roles.emu, {"address": ONE, "description": "ir:INC-7;until=2099-01-01T00:00:00Z;"})
    done = roles.block(targets=[ONE], duration="7d", direction="both", extend=True)
    assert set(words(done).values()) == {"blocked"}
    assert roles.blocked() == {ONE: f"ir:{CASE};over;"}
    by_case = roles.unblock(clouds="tencent")
    assert words(by_case) == {f"tencent {ONE}": "kept"}
    assert "only the report knows" in by_case["failure"]
    planned = roles.unblock(check=True, report=report_of(done))
    lifted = roles.unblock(report=report_of(done))
    assert words(planned) == words(lifted) == {f"tencent {ONE}": "restored", f"huawei {ONE}": "removed"}
    assert lifted["failure"] == ""
    assert roles.blocked() == {ONE: EVIL}
    row = row_of(lifted, ONE)["after"]
    assert row["directions"] == ["inbound"]
    assert 0 <= (seconds(row["expires"]) or 0) - end <= 3600 + 60
    assert roles.listed() == {ONE: "ir:INC-7;until=2099-01-01T00:00:00Z;"}


def test_an_entry_taken_over_at_huawei_gets_what_it_was(roles: Roles) -> None:
    end = "2099-01-01T00:00:00Z"
    huawei(roles.emu, {"address": ONE, "description": f"ir:INC-7;until={end};"})
    done = roles.block(targets=[ONE], duration="permanent", clouds="huawei")
    assert roles.listed() == {ONE: f"ir:{CASE};until=permanent;over;"}
    by_case = roles.unblock(clouds="huawei")
    assert words(by_case) == {f"huawei {ONE}": "kept"}
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"huawei {ONE}": "restored"}
    assert roles.listed() == {ONE: f"ir:INC-7;until={end};"}


def both(roles: Roles, tencent: str, description: str, **rule: Any) -> None:
    """A block of others at both clouds."""
    roles.emu.seed(
        tencent={"blocklist": [{"Ioc": ONE, "Comment": tencent, **rule}]},
        huawei={"black_white": [{"address": ONE, "description": description}]},
    )


@pytest.mark.parametrize("lifted_by_us", [True, False])
def test_a_block_that_others_made_after_ours_is_theirs(roles: Roles, lifted_by_us: bool) -> None:
    runs = [{"block": roles.block(targets=[ONE])}]
    if lifted_by_us:
        runs.append({"unblock": roles.unblock(report=reported(*runs))})
    else:
        roles.emu.reset()
    both(roles, "colleague, keep", "colleague, keep")
    runs.append({"block": roles.block(targets=[ONE])})
    assert set(words(runs[-1]["block"]).values()) == {"already"}
    lifted = roles.unblock(report=reported(*runs))
    assert set(words(lifted).values()) == {"kept"}
    assert lifted["failure"] == ""
    assert roles.blocked() == roles.listed() == {ONE: "colleague, keep"}


def test_a_block_of_others_that_we_make_longer_after_ours_is_put_back(roles: Roles) -> None:
    runs = [{"block": roles.block(targets=[ONE])}]
    roles.emu.reset()
    both(roles, "colleague", "ir:INC-7;until=2099-01-01T00:00:00Z;", EndTime=roles.emu.now() + 7200)
    runs.append({"block": roles.block(targets=[ONE], duration="permanent", extend=True)})
    lifted = roles.unblock(report=reported(*runs))
    assert set(words(lifted).values()) == {"restored"}
    assert roles.blocked() == {ONE: "colleague"}
    assert roles.listed() == {ONE: "ir:INC-7;until=2099-01-01T00:00:00Z;"}


@pytest.mark.parametrize("lifted_by_us", [True, False])
def test_what_was_there_before_an_earlier_block_is_not_put_back_after_a_later_one(
    roles: Roles, lifted_by_us: bool
) -> None:
    both(roles, "colleague", "ir:INC-7;until=2099-01-01T00:00:00Z;", EndTime=roles.emu.now() + 7200)
    runs = [{"block": roles.block(targets=[ONE], duration="permanent", extend=True)}]
    if lifted_by_us:
        runs.append({"unblock": roles.unblock(report=reported(*runs))})
        assert set(words(runs[-1]["unblock"]).values()) == {"restored"}
    roles.emu.reset()
    runs.append({"block": roles.block(targets=[ONE])})
    assert set(words(runs[-1]["block"]).values()) == {"blocked"}
    lifted = roles.unblock(report=reported(*runs))
    assert set(words(lifted).values()) == {"removed"}
    assert roles.blocked() == roles.listed() == {}
    # The same report says no more than that it is gone.
    again = roles.unblock(report=reported(*runs, {"unblock": lifted}))
    assert set(words(again).values()) == {"gone"}
    assert again["failure"] == ""


@pytest.mark.parametrize("again", ["24h", "7d"])
def test_a_takeover_of_a_run_that_broke_off_is_undone_by_its_snapshot(roles: Roles, again: str) -> None:
    description = f"ir:INC-7;until={utc(roles.emu.now() + 7200)};"
    both(roles, "colleague", description, EndTime=roles.emu.now() + 7200)
    runs: list[dict[str, Any]] = [{"snapshot": roles.snapshot()}]
    roles.block(targets=[ONE], extend=True, crash="huawei")
    runs.append({"snapshot": roles.snapshot(), "block": roles.block(targets=[ONE], duration=again, extend=True)})
    assert all(text.endswith("over;") for text in (*roles.blocked().values(), *roles.listed().values()))
    lifted = roles.unblock(report=reported(*runs))
    assert words(lifted) == {f"tencent {ONE}": "restored", f"huawei {ONE}": "restored"}
    assert lifted["failure"] == ""
    assert roles.blocked() == {ONE: "colleague"}
    assert roles.listed() == {ONE: description}


def test_a_takeover_of_a_run_that_broke_off_is_still_to_do_where_nothing_tells_what_was_there(roles: Roles) -> None:
    description = f"ir:INC-7;until={utc(roles.emu.now() + 7200)};"
    both(roles, "colleague", description, EndTime=roles.emu.now() + 7200)
    early = {"snapshot": roles.snapshot()}
    released = [{"target": ONE, "cloud": "tencent", "scope": "", "result": "removed"}]
    released.append({**released[0], "cloud": "huawei", "scope": HUAWEI_FIREWALL})
    roles.block(targets=[ONE], extend=True, crash="huawei")
    block = roles.block(targets=[ONE], extend=True)
    # A snapshot from before the case lifted its block says nothing of what came later.
    for report in (reported({"block": block}), reported({**early, "unblock": {"targets": released}}, {"block": block})):
        lifted = roles.unblock(report=report)
        assert words(lifted) == {f"tencent {ONE}": "kept", f"huawei {ONE}": "kept"}
        assert lifted["failure"].startswith("2 of 2 blocks are not lifted")
        assert lifted["failure"].count("on no record") == 2
    assert set(roles.blocked()) == set(roles.listed()) == {ONE}


def test_what_would_have_ended_is_not_put_back(roles: Roles) -> None:
    end = roles.emu.now() + 5 * 3600
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "EndTime": end}]})
    done = roles.block(targets=[ONE], duration="7d", clouds="tencent", extend=True)
    roles.emu.advance(6 * 3600)
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "removed"}
    assert roles.blocked() == {}


def test_what_can_not_be_put_back_is_kept_with_the_step_to_take(roles: Roles) -> None:
    end = roles.emu.now() + 5 * 3600
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "EndTime": end, "Comment": "two\nlines"}]})
    done = roles.block(targets=[ONE], duration="7d", clouds="tencent", extend=True)
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "kept"}
    assert "in the console" in row_of(lifted, ONE)["todo"]
    assert "\n" not in lifted["failure"]
    assert set(roles.blocked()) == {ONE}


def test_a_rule_that_could_not_be_put_back_is_told_of(roles: Roles) -> None:
    end = roles.emu.now() + 5 * 3600
    roles.emu.seed(tencent={"blocklist": [{"Ioc": ONE, "EndTime": end, "Comment": "it's ours"}]})
    done = roles.block(targets=[ONE], duration="7d", clouds="tencent", extend=True)
    roles.emu.clear_log()
    roles.emu.fault(call="CreateBlockIgnoreRuleNew", kind="error", code="FailedOperation", message="no", times=9)
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "failed"}
    assert "could not be put back" in lifted["failure"]
    assert "ansible localhost -m secops.cfw.tencent_cfw_alert_rule" in row_of(lifted, ONE)["todo"]


def test_a_crash_after_any_step_is_made_good_and_lifted(roles: Roles) -> None:
    for crash in ("tencent", "huawei"):
        roles.emu.reset()
        roles.block(targets=[ONE, TWO], crash=crash)
        done = roles.block(targets=[ONE, TWO])
        assert set(words(done).values()) <= {"already", "blocked"}
        assert done["failure"] == ""
        assert all(row["token"] for row in done["targets"])
        lifted = roles.unblock(report=report_of(done))
        assert set(words(lifted).values()) == {"removed"}
        assert roles.blocked() == roles.listed() == {}


def test_both_halves_of_two_runs_are_lifted(roles: Roles) -> None:
    first = roles.block(targets=[ONE], duration="2h")
    second = roles.block(targets=[ONE, TWO], duration="24h", extend=True)
    lifted = roles.unblock(report=report_of(first, second))
    assert set(words(lifted).values()) == {"removed"}
    assert len(lifted["targets"]) == 4
    assert roles.blocked() == roles.listed() == {}


def test_what_came_into_force_after_the_report_is_lifted(roles: Roles) -> None:
    roles.emu.fault(call="ListBlackWhiteLists", kind="status", status=500, times=99)
    done = roles.block(targets=[ONE])
    roles.emu.reset()
    roles.block(targets=[ONE], clouds="huawei")
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "gone", f"huawei {ONE}": "removed"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"planned": True}, "is a plan"),
        ({"schema_version": "2.0"}, "schema version '2.0'"),
        ({"case_id": "{{ x }}"}, "the report's case_id is"),
        ({"blocks": [{"targets": [7]}]}, "no report of this collection"),
        ({"blocks": [{"targets": [{"cloud": "aws", "target": ONE}]}]}, "no cloud or target"),
    ],
)
def test_reports_that_are_refused(roles: Roles, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        roles.unblock(report=report_of(**changed))
    assert roles.emu.log == []


def test_a_report_that_was_tampered_with_is_refused(roles: Roles, tmp_path: Path) -> None:
    done = roles.block(targets=[ONE])
    report = report_of(done)
    report["blocks"][0]["targets"][0]["target"] = TWO
    with pytest.raises(InputError, match="was changed after it was written"):
        roles.unblock(report=report)
    with pytest.raises(InputError, match=r"no integrity\.sha256"):
        roles.unblock(report={"planned": False})
    with pytest.raises(InputError, match="can't be read: No such file"):
        roles.unblock(report=str(tmp_path / "missing.json"))
    (tmp_path / "report.md").write_text("# Report", encoding="utf-8")
    with pytest.raises(InputError, match="is no JSON"):
        roles.unblock(report=str(tmp_path / "report.md"))
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="holds no object"):
        roles.unblock(report=str(tmp_path / "list.json"))
    with pytest.raises(InputError, match="is no file name"):
        roles.unblock(report="a\nb")
    with pytest.raises(InputError, match=r"is of case INC-2041, but unblock_case_id is 'INC-1'"):
        roles.unblock(report=report_of(done), case_id="INC-1")


def test_a_report_of_another_account_is_refused(roles: Roles) -> None:
    done = roles.block(targets=[ONE])
    accounts = {"tencent": "1259999999", "huawei": []}
    blocks = json.loads(json.dumps(done).replace(HUAWEI_FIREWALL, "another-firewall"))
    lifted = roles.unblock(report=report_of(blocks, accounts=accounts))
    assert set(words(lifted).values()) == {"refused"}
    assert "1259999999" in row_of(lifted, ONE)["reason"]
    assert "not in this account" in row_of(lifted, ONE, "huawei")["reason"]
    assert set(roles.blocked()) == set(roles.listed()) == {ONE}


def test_a_report_of_another_project_is_refused_by_its_id(roles: Roles) -> None:
    done = roles.block(targets=[ONE], clouds="huawei")
    assert done["accounts"]["huawei"] == [
        {
            "project_id": HUAWEI_PROJECT_ID,
            "project_given": False,
            "fw_instance_id": HUAWEI_FIREWALL,
            "region": done["accounts"]["huawei"][0]["region"],
        }
    ]
    other = {**done["accounts"]["huawei"][0], "project_id": "f" * 32}
    for switched in ({}, {"missing": True}):
        if switched:
            # The firewall is not there either, which is what else tells.
            roles.emu.fault(call="ListFirewallDetail", kind="error", code="CFW.00200005", message="no", times=99)
        lifted = roles.unblock(report=report_of(done, accounts={"tencent": "", "huawei": [other]}))
        row = row_of(lifted, ONE, "huawei")
        assert row["result"] == "refused"
        assert f"of the project {'f' * 32}, and this is the project {HUAWEI_PROJECT_ID}" in row["reason"]
    assert set(roles.listed()) == {ONE}


def test_what_is_gone_in_another_account_is_not_done(roles: Roles) -> None:
    done = roles.block(targets=[ONE, TWO])
    report = report_of(done, accounts={"tencent": "1259999999", "huawei": done["accounts"]["huawei"]})
    roles.emu.reset(rate_limit=0)
    roles.emu.seed(tencent={"blocklist": ["192.0.2.200"]})
    lifted = roles.unblock(report=report)
    assert {row["result"] for row in lifted["targets"] if row["cloud"] == "tencent"} == {"refused"}
    roles.emu.reset(rate_limit=0)
    lifted = roles.unblock(report=report)
    assert row_of(lifted, ONE)["result"] == "gone"
    assert "an empty list does not tell" in row_of(lifted, ONE)["reason"]


def test_an_allow_entry_around_a_target_is_told(roles: Roles) -> None:
    around = ONE.rpartition(".")[0] + ".0/24"
    roles.emu.seed(huawei={"black_white": [{"address": around, "list_type": 5}]})
    done = roles.block(targets=[ONE])
    row = row_of(done, ONE, "huawei")
    assert (row["result"], row["shadowed_by"]) == ("blocked", [around])
    assert f"{around} around it, which may let it through" in row["reason"]
    assert row_of(done, ONE)["shadowed_by"] == []


def test_what_is_listed_already_and_allowed_around_it_is_told(roles: Roles) -> None:
    around = ONE.rpartition(".")[0] + ".0/24"
    roles.block(targets=[ONE, TWO])
    roles.emu.seed(
        huawei={"black_white": [{"address": around, "list_type": 5}]},
        tencent={"whitelist": [{"Ioc": around, "RuleType": 8}]},
    )
    # With nothing to send, and with something to send and lists that are read again
    for targets in ([ONE, TWO], [ONE, TWO, THREE]):
        done = roles.block(targets=targets)
        for cloud in ("tencent", "huawei"):
            row = row_of(done, ONE, cloud)
            assert (row["result"], row["shadowed_by"]) == ("already", [around])
            assert f"{around}" in row["reason"]
            assert "may let it through" in row["reason"]
            assert row_of(done, TWO, cloud)["shadowed_by"] == []
    roles.emu.seed(tencent={"whitelist": [{"Ioc": NET, "RuleType": 8}]})
    fresh = row_of(roles.block(targets=["9.9.8.7"], clouds="tencent"), "9.9.8.7")
    assert (fresh["result"], fresh["shadowed_by"]) == ("blocked", [NET])


def test_unblock_goes_on_where_one_cloud_fails(roles: Roles) -> None:
    done = roles.block(targets=[ONE])
    roles.emu.fault(call="DeleteBlockIgnoreRuleNew", kind="error", code="UnauthorizedOperation", message="no", times=9)
    lifted = roles.unblock(report=report_of(done))
    assert words(lifted) == {f"tencent {ONE}": "failed", f"huawei {ONE}": "removed"}
    assert lifted["failure"].startswith(f"1 of 2 blocks are not lifted: {ONE} at tencent failed")
    roles.emu.fault(call="DescribeBlockIgnoreList", kind="status", status=500, times=99)
    unread = roles.unblock()
    assert unread["failure"].startswith("Not everything could be read: tencent")


def test_neither_a_case_nor_a_report_is_refused(roles: Roles) -> None:
    with pytest.raises(InputError, match="unblock_case_id is"):
        roles.unblock(case_id="")
    with pytest.raises(InputError, match="unblock_firewalls is empty"):
        roles.unblock(firewalls=[])
    with pytest.raises(InputError, match="unblock_firewalls is empty"):
        roles.expired(firewalls="")


# What is overdue


def test_overdue_entries_are_lifted_the_last_one_too(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="1h", clouds="huawei")
    roles.block(targets=[TWO], duration="2h", clouds="huawei", case_id="INC-7")
    huawei(roles.emu, {"address": THREE, "description": "somebody's"})
    assert words(roles.expired()) == {}
    roles.emu.advance(3700)
    assert words(roles.expired(check=True)) == {f"huawei {ONE}": "removed"}
    assert words(roles.expired()) == {f"huawei {ONE}": "removed"}
    assert set(roles.listed()) == {TWO, THREE}
    assert [row["overdue"] for row in roles.status(case_id="INC-7")["in_force"]] == [False]
    roles.emu.advance(3600)
    assert [row["overdue"] for row in roles.status(case_id="INC-7")["in_force"]] == [True]
    done = roles.expired()
    assert words(done) == {f"huawei {TWO}": "removed"}
    assert "INC-7" in row_of(done, TWO, "huawei")["reason"]
    assert set(roles.listed()) == {THREE}


# Status


def test_status_says_what_is_in_force_until_when(roles: Roles) -> None:
    roles.block(targets=[ONE], duration="24h")
    roles.block(targets=[TWO], case_id=f"{CASE}0")
    roles.emu.seed(huawei={"tasks": [{"name": f"ir-{CASE}-1"}, {"name": f"ir-{CASE}0-1"}, {"name": f"ir-{CASE}-web"}]})
    written = roles.emu.writes()
    found = roles.status()
    assert [(row["cloud"], row["target"]) for row in found["in_force"]] == [("tencent", ONE), ("huawei", ONE)]
    for row in found["in_force"]:
        assert row["until"].endswith("Z")
        assert row["until_beijing"].endswith("+08:00")
        assert (row["expired"], row["overdue"]) == (False, False)
    assert [row["name"] for row in found["captures"]] == [f"ir-{CASE}-1"]
    assert (found["complete"], found["failure"], found["errors"]) == (True, "", [])
    assert roles.emu.writes() == written
    roles.emu.advance(2 * DAY)
    later = roles.status()
    assert [row["target"] for row in later["ended"]] == [ONE]
    assert [(row["cloud"], row["overdue"]) for row in later["in_force"]] == [("huawei", True)]


def test_status_shows_others_entries_apart(roles: Roles) -> None:
    roles.block(targets=[ONE])
    roles.block(targets=[TWO], case_id=f"{CASE}0", duration="2h")
    huawei(roles.emu, {"address": THREE, "description": "somebody's"})
    plain = roles.status()
    assert [(row["cloud"], row["target"]) for row in plain["others"]] == [("tencent", TWO)]
    found = roles.status(addresses=f"{ONE}, {TWO}/32")
    assert [row["target"] for row in found["in_force"]] == [ONE, ONE]
    assert [(row["cloud"], row["scope"], row["target"]) for row in found["others"]] == [
        ("tencent", "", TWO),
        ("huawei", HUAWEI_FIREWALL, TWO),
    ]
    for row in found["others"]:
        assert (row["token"], row["expired"]) == (False, False)
        assert abs((seconds(row["until"]) or 0) - roles.emu.now() - 7200) < 60
    assert found["addresses"] == [ONE, TWO]
    assert found["read"] == [
        {"cloud": "tencent", "scope": "", "whole": True},
        {"cloud": "huawei", "scope": HUAWEI_FIREWALL, "whole": False},
    ]
    roles.unblock(case_id=f"{CASE}0")
    assert roles.status(addresses=[TWO])["others"] == []
    with pytest.raises(InputError, match=r"status_addresses\[0\]"):
        roles.status(addresses=["bad.example"])


def test_status_hands_on_no_endless_list(roles: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.secops.cfw.plugins.plugin_utils._status._MOST_OTHERS", 1)
    roles.block(targets=[ONE, TWO], case_id="INC-7", clouds="tencent")
    assert roles.status(clouds="tencent")["others"] == []
    found = roles.status(clouds="tencent", addresses=[TWO])
    assert [row["target"] for row in found["others"]] == [TWO]
    assert found["read"] == [{"cloud": "tencent", "scope": "", "whole": False}]


def test_status_says_what_could_not_be_read(roles: Roles) -> None:
    roles.block(targets=[ONE])
    roles.emu.fault(call="DescribeBlockIgnoreList", kind="status", status=500, times=99)
    found = roles.status()
    assert found["complete"] is False
    assert [row["cloud"] for row in found["in_force"]] == ["huawei"]
    assert [row["cloud"] for row in found["read"]] == ["huawei"]
    assert "not complete" in found["failure"]
    roles.emu.fault(call="DescribeBlockIgnoreList", kind="status", status=500, times=99)
    calm = roles.status(strict="false")
    assert calm["failure"] == ""
    assert calm["complete"] is False
    with pytest.raises(InputError, match="status_firewalls is empty"):
        roles.status(firewalls="")
    assert HUAWEI_OBJECT
