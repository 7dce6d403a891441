# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_rule with alert_ids: the attacker is found, protected and judged like an address."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.tencent import Tencent
from support.tencent import (
    ALERTS,
    CENTER,
    DAY,
    DELETE,
    HOUR,
    LIST,
    LOGS,
    UPSERT,
    Call,
    Cloud,
    Instead,
    assert_same,
    rule,
    words,
)

ATTACKER, OTHER, VICTIM = "203.0.113.7", "203.0.113.8", "198.51.100.9"
LOG, EVENT, CURRENT = "a67d60bb5ede9b962ac19ad24b28be54", "event-1", "event-2"
BY_ID: dict[str, Any] = {"action": "block", "alert_ids": LOG, "duration": "7d"}


def alert(**fields: Any) -> dict[str, Any]:
    return {
        "log_id": LOG,
        "event_id": EVENT,
        "current_event_id": CURRENT,
        "src_ip": ATTACKER,
        "dst_ip": VICTIM,
        **fields,
    }


def status(cloud: Cloud) -> list[str]:
    return [row["action_status"] for row in cloud.emu.state()["tencent"]["alerts"]]


def calls(cloud: Cloud) -> list[str]:
    return [call for call, _body in cloud.writes()]


def thrice(cloud: Cloud, **given: Any) -> dict[str, Any]:
    """As Cloud.thrice, but the ids are looked up each time."""
    planned = cloud.run(check=True, **given)
    done = cloud.run(**given)
    assert_same(planned, done)
    writes = cloud.emu.writes()
    again = cloud.run(**given)
    assert (again["changed"], set(again["counts"])) == (False, {"unchanged"})
    assert cloud.emu.writes() == writes
    return done


@pytest.mark.parametrize("fields", ["camel", "snake"])
@pytest.mark.parametrize(("action", "handle_type"), [("block", 1), ("allow", 2)])
def test_an_alert_by_its_log_id(cloud: Cloud, fields: str, action: str, handle_type: int) -> None:
    cloud.emu.switch(log_fields=fields)
    cloud.seed(alerts=[alert()])
    done = thrice(cloud, **{**BY_ID, "action": action})
    row = rule(done)
    assert (row["target"], row["alert_id"], row["result"]) == (ATTACKER, LOG, "created")
    assert cloud.writes() == [
        (
            CENTER,
            {
                "HandleTime": 7,
                "HandleType": handle_type,
                "AlertDirection": 1,
                "HandleDirection": "1",
                "HandleIdList": [LOG],
            },
        )
    ]
    assert status(cloud) == ["blocked" if action == "block" else "passed"]


def test_an_unchanged_alert_takes_three_calls(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert()], blocklist=[ATTACKER])
    assert cloud.run(**BY_ID)["changed"] is False
    assert cloud.emu.calls() == {LOGS: 1, LIST: 2}


@pytest.mark.parametrize("alert_id", [EVENT, CURRENT])
def test_an_alert_by_its_event_id(cloud: Cloud, alert_id: str) -> None:
    cloud.seed(alerts=[alert()])
    done = thrice(cloud, **{**BY_ID, "alert_ids": alert_id})
    assert (rule(done)["target"], rule(done)["alert_id"]) == (ATTACKER, alert_id)
    assert cloud.writes()[0][1]["HandleIdList"] == [alert_id]


def test_an_event_id_that_the_alert_centre_does_not_take_is_blocked_by_address(cloud: Cloud) -> None:
    cloud.emu.switch(alert_center_ids="log")
    cloud.seed(alerts=[alert()])
    done = thrice(cloud, **{**BY_ID, "alert_ids": EVENT})
    assert words(done) == {ATTACKER: "created"}
    assert calls(cloud) == [CENTER, UPSERT]


@pytest.mark.parametrize("known", [{"alert_ids_in_logs": False}, {"alert_ids_in_alerts": False}])
def test_it_is_enough_if_one_of_both_calls_knows_the_alert(cloud: Cloud, known: dict[str, bool]) -> None:
    cloud.emu.switch(**known)
    cloud.seed(alerts=[alert(log_id=LOG, event_id=LOG)])
    assert words(thrice(cloud, **BY_ID)) == {ATTACKER: "created"}


def test_an_outbound_alert_is_about_its_destination(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert(direction="outbound", src_ip=VICTIM, dst_ip=ATTACKER)])
    done = thrice(cloud, **BY_ID, alert_direction="outbound")
    assert (rule(done)["target"], rule(done)["after"]["directions"]) == (ATTACKER, ["outbound"])
    body = cloud.writes()[0][1]
    assert (body["AlertDirection"], body["HandleDirection"]) == (0, "0")


def test_several_alerts_of_one_attacker_need_one_rule(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert(), alert(log_id="b1", event_id="b2"), alert(log_id="c1", event_id="c2", src_ip=OTHER)])
    done = thrice(cloud, **{**BY_ID, "alert_ids": [LOG, "b1", "c1"]})
    assert {row["alert_id"]: row["target"] for row in done["rules"]} == {LOG: ATTACKER, "c1": OTHER}
    assert [body["HandleIdList"] for _call, body in cloud.writes()] == [[LOG], ["c1"]]


def test_an_attacker_with_a_rule_goes_by_the_list_call(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert()], blocklist=[{"Ioc": ATTACKER, "DirectionList": "0"}])
    done = thrice(cloud, **BY_ID)
    assert (words(done), calls(cloud), cloud.blocked()) == ({ATTACKER: "updated"}, [UPSERT], {ATTACKER: "0,1"})


def test_an_attacker_on_the_other_list_is_refused_or_moved(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert()], whitelist=[ATTACKER])
    failure = cloud.fails(**BY_ID)
    assert (words(failure), failure["changed"]) == ({ATTACKER: "refused"}, False)
    assert words(cloud.run(**BY_ID, replace_opposite=True)) == {ATTACKER: "created"}
    assert calls(cloud) == [DELETE, CENTER]


# What is not sent


def test_a_protected_address_behind_an_alert_is_refused(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert(), alert(log_id="c1", event_id="c2", src_ip=OTHER)])
    for check in (True, False):
        failure = cloud.fails(check, **{**BY_ID, "alert_ids": ["c1", LOG]}, protected=[ATTACKER])
        assert (failure["error"]["code"], failure["changed"]) == ("protected_target", False)
        assert ATTACKER in failure["msg"]
    assert cloud.emu.calls() == {LOGS: 2}


def test_an_alert_from_inside_the_network_is_refused(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert(src_ip="10.0.0.5")])
    assert cloud.fails(**BY_ID)["error"]["code"] == "protected_target"
    assert cloud.emu.writes() == 0


@pytest.mark.parametrize(
    ("seeded", "given", "code"),
    [
        ({"direction": "outbound"}, {}, "alert_direction"),
        ({"direction": "lateral"}, {}, "alert_direction"),
        ({}, {"alert_direction": "outbound"}, "alert_direction"),
        ({"src_ip": "evil.example"}, {}, "alert_without_address"),
        ({"src_ip": f"{ATTACKER},{OTHER}"}, {}, "alert_ambiguous"),
    ],
)
def test_an_alert_that_is_not_what_the_task_says_is_refused(
    cloud: Cloud, seeded: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    cloud.seed(alerts=[alert(**seeded)])
    for check in (True, False):
        failure = cloud.fails(check, **BY_ID, **given)
        assert (failure["error"]["code"], failure["changed"]) == (code, False)
    assert cloud.emu.writes() == 0


def test_an_event_id_of_several_alerts_is_refused_by_the_service(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert(), alert(log_id="c1", src_ip=OTHER)])
    failure = cloud.fails(**{**BY_ID, "alert_ids": EVENT})
    assert failure["error"]["message"] == "FailedOperation: The event id is ambiguous."
    assert cloud.emu.writes() == 0


def test_an_unknown_id_ends_the_task_before_any_write(cloud: Cloud) -> None:
    cloud.seed(alerts=[alert()])
    for check in (True, False):
        failure = cloud.fails(check, **{**BY_ID, "alert_ids": ["nobody", LOG, "noone"]})
        assert (failure["error"]["code"], failure["changed"]) == ("alert_unresolved", False)
        assert failure["error"]["message"] == (
            "No alert of the last 24 hours has the id nobody, noone; nothing was sent"
        )
    assert cloud.emu.calls() == {LOGS: 2, ALERTS: 4}


@pytest.mark.parametrize(("window", "found"), [("24h", False), ("49h", True), ("3d", True)])
def test_alerts_are_looked_for_within_alert_window(cloud: Cloud, window: str, found: bool) -> None:
    cloud.seed(alerts=[alert(at=cloud.emu.now() - 2 * DAY)])
    given = {**BY_ID, "alert_window": window}
    if found:
        assert words(cloud.run(**given)) == {ATTACKER: "created"}
    else:
        assert cloud.fails(**given)["error"]["code"] == "alert_unresolved"


def test_an_alert_of_this_moment_is_found_by_a_clock_that_is_minutes_late(cloud: Cloud) -> None:
    cloud.emu.advance(240)
    cloud.seed(alerts=[alert(at=cloud.emu.now() - 5)])
    assert words(cloud.run(**BY_ID)) == {ATTACKER: "created"}
    assert cloud.emu.calls()[LOGS] == 1


@pytest.mark.parametrize("hours", [-500, 500])
@pytest.mark.parametrize("allow_unresolved", [True, False])
def test_with_a_wrong_clock_alerts_are_looked_for_at_the_service_s_time(
    cloud: Cloud, hours: int, allow_unresolved: bool
) -> None:
    """Else allow_unresolved would send the id of a protected address."""
    cloud.emu.switch(signature_clock="service")
    cloud.emu.advance(hours * HOUR)
    cloud.seed(alerts=[alert()])
    failure = cloud.fails(**BY_ID, protected=[ATTACKER], allow_unresolved=allow_unresolved)
    assert failure["error"]["code"] == "protected_target"
    assert words(cloud.run(**BY_ID, allow_unresolved=allow_unresolved)) == {ATTACKER: "created"}


# Alerts of unknown address


UNKNOWN: dict[str, Any] = {**BY_ID, "allow_unresolved": True}


def hidden(cloud: Cloud, *alerts: dict[str, Any], **switches: Any) -> None:
    """Alerts that the alert centre knows, but no call shows."""
    cloud.emu.switch(alert_ids_in_logs=False, alert_ids_in_alerts=False, **switches)
    cloud.seed(alerts=list(alerts))


def test_an_unknown_alert_is_sent_if_that_is_allowed_and_what_appears_is_its_rule(cloud: Cloud) -> None:
    hidden(cloud, alert())
    planned = cloud.run(True, **UNKNOWN)
    assert (planned["changed"], rule(planned)["result"]) == (True, "unknown")
    assert rule(planned)["reason"] == "its address is not known before it is sent"
    done = cloud.run(**UNKNOWN)
    row = rule(done)
    assert (row["target"], row["alert_id"], row["result"]) == (ATTACKER, LOG, "created")
    assert (row["before"], row["after"]["directions"]) == (None, ["inbound"])
    assert (done["changed"], done["counts"]) == (True, {"created": 1})
    assert cloud.writes()[0][1]["HandleIdList"] == [LOG]


@pytest.mark.parametrize("duplicates", ["status_-3", "merge"])
def test_an_unknown_alert_whose_attacker_is_blocked_already_is_unknown(cloud: Cloud, duplicates: str) -> None:
    hidden(cloud, alert(), duplicate_alert_rule=duplicates)
    cloud.seed(blocklist=[ATTACKER])
    done = cloud.run(**UNKNOWN)
    row = rule(done)
    assert (row["target"], row["alert_id"], row["result"]) == (None, LOG, "unknown")
    assert row["reason"] == (
        "nothing could be read back that is certainly its rule"
        if duplicates == "merge"
        else "CreateAlertCenterRule answered ReturnCode 0 (success), Status -3 (duplicate)"
    )
    assert done["changed"] is True, "it can't be compared: it counts as a change"
    # It is not looked for as long as a known one, and not at all if the service says that it did nothing.
    assert cloud.waited == pytest.approx(5 if duplicates == "merge" else 0, abs=0.5)


def test_an_id_that_nobody_knows(cloud: Cloud) -> None:
    done = cloud.run(**UNKNOWN)
    assert rule(done)["result"] == "unknown"
    assert "Status -1 (general error)" in rule(done)["reason"]
    assert cloud.blocked() == {}


def test_known_and_unknown_alerts_together(cloud: Cloud) -> None:
    cloud.emu.switch(alert_ids_in_alerts=False)
    cloud.seed(alerts=[alert(), alert(log_id="z9", src_ip=OTHER, event_id="z8")])
    done = cloud.run(**{**UNKNOWN, "alert_ids": ["z8", LOG]})
    assert {row["alert_id"]: (row["target"], row["result"]) for row in done["rules"]} == {
        LOG: (ATTACKER, "created"),
        "z8": (OTHER, "created"),
    }
    assert [body["HandleIdList"] for _call, body in cloud.writes()] == [[LOG], ["z8"]]


def test_unknown_alerts_are_sent_one_by_one(cloud: Cloud) -> None:
    hidden(cloud, alert(), alert(log_id="b1", src_ip=OTHER))
    done = cloud.run(**{**UNKNOWN, "alert_ids": [LOG, "b1"]})
    assert {row["alert_id"]: row["target"] for row in done["rules"]} == {LOG: ATTACKER, "b1": OTHER}


def test_what_appears_late_is_not_taken_for_the_rule_of_the_next_alert(cloud: Cloud) -> None:
    hidden(cloud, alert(), alert(log_id="b1", src_ip=OTHER))
    cloud.emu.fault(CENTER, kind="late_commit", seconds=7.0)
    done = cloud.run(**{**UNKNOWN, "alert_ids": [LOG, "b1"]})
    assert {row["alert_id"]: row["target"] for row in done["rules"]} == {LOG: None, "b1": None}
    assert OTHER in cloud.blocked()
    assert done["changed"] is True


def test_an_alert_that_the_service_did_not_act_on_takes_nobodys_rule_for_its_own(
    cloud: Cloud, instead: Instead
) -> None:
    """A colleague allows an address in the very moment: it stays allowed, and is not reported."""

    def colleague(tencent: Tencent, _body: dict[str, Any], call: Call) -> dict[str, Any]:
        tencent.seed({"whitelist": ["8.8.8.8"]})
        return call()

    instead(CENTER, colleague)
    done = cloud.run(**UNKNOWN)
    assert words(done) == {LOG: "unknown"}
    assert calls(cloud) == [CENTER]
    assert [row["Ioc"] for row in cloud.emu.state()["tencent"]["whitelist"]] == ["8.8.8.8"]


def test_an_unknown_alert_of_a_protected_address_fails_once_it_is_seen(cloud: Cloud) -> None:
    hidden(cloud, alert())
    failure = cloud.fails(**UNKNOWN, protected=[ATTACKER])
    assert (failure["error"]["code"], failure["changed"]) == ("protected_target", True)
    assert rule(failure)["result"] == "failed"
    assert f"state: absent with ips: {ATTACKER}" in failure["msg"]


@pytest.mark.parametrize("kind", ["drop_after_commit", "not_json_200"])
def test_an_unknown_alert_whose_answer_is_lost(cloud: Cloud, kind: str) -> None:
    hidden(cloud, alert())
    cloud.emu.fault(CENTER, kind=kind)
    assert words(cloud.run(**UNKNOWN)) == {ATTACKER: "created"}


def test_an_unknown_alert_whose_write_is_lost(cloud: Cloud) -> None:
    hidden(cloud, alert())
    cloud.emu.fault(CENTER, kind="drop_before_commit")
    done = cloud.run(**UNKNOWN)
    assert (words(done), done["changed"], calls(cloud)) == ({LOG: "unknown"}, True, [CENTER])


def test_an_unknown_alert_that_can_not_be_read_back(cloud: Cloud) -> None:
    hidden(cloud, alert())
    cloud.emu.fault(LIST, nth=3, times=0, kind="error", code="UnauthorizedOperation")
    done = cloud.run(**UNKNOWN)
    assert (words(done), done["changed"]) == ({LOG: "unknown"}, True)


def test_an_unknown_alert_that_lands_on_the_wrong_list_ends_the_run(cloud: Cloud, instead: Instead) -> None:
    def mistaken(_tencent: Tencent, body: dict[str, Any], call: Call) -> dict[str, Any]:
        body["HandleType"] = 2
        return call()

    instead(CENTER, mistaken)
    hidden(cloud, alert(), alert(log_id="b1", src_ip=OTHER))
    failure = cloud.fails(**{**UNKNOWN, "alert_ids": [LOG, "b1"]})
    assert (failure["error"]["code"], failure["changed"]) == ("wrong_list", True)
    assert words(failure) == {ATTACKER: "failed", "b1": "unknown"}
    assert next(row["reason"] for row in failure["rules"] if row["alert_id"] == "b1").startswith("not tried after: ")
    # It could be somebody else's, so that it is named and left.
    assert (calls(cloud), list(cloud.allowed())) == ([CENTER], [ATTACKER])
    assert f"Look at {ATTACKER} in the console" in failure["msg"]


def test_a_refusal_of_an_unknown_alert_fails_the_task(cloud: Cloud) -> None:
    hidden(cloud, alert())
    cloud.emu.fault(CENTER, kind="error", code="UnauthorizedOperation", message="No.")
    failure = cloud.fails(**{**UNKNOWN, "alert_ids": [LOG, "b1"]})
    assert (failure["error"]["code"], failure["changed"]) == ("UnauthorizedOperation", False)
    assert [row["reason"] for row in failure["rules"]] == [
        "UnauthorizedOperation: No.",
        "not tried after: UnauthorizedOperation: No.",
    ]
    assert calls(cloud) == [CENTER]


def test_a_refusal_after_an_alert_that_may_have_been_handled_is_a_change(cloud: Cloud) -> None:
    hidden(cloud, alert())
    cloud.seed(blocklist=[ATTACKER])
    cloud.emu.fault(CENTER, nth=2, kind="error", code="LimitExceeded")
    failure = cloud.fails(**{**UNKNOWN, "alert_ids": [LOG, "b1"]})
    assert (failure["error"]["code"], failure["changed"]) == ("LimitExceeded", True)


def test_the_whole_lists_are_read_for_an_unknown_alert(cloud: Cloud) -> None:
    hidden(cloud, alert())
    cloud.seed(blocklist=[f"198.51.100.{number}" for number in range(150)])
    assert words(cloud.run(**UNKNOWN)) == {ATTACKER: "created"}
    assert cloud.emu.calls()[LIST] == 6


@pytest.mark.parametrize("mode", ["status_-1", "trust_request", "trust_alert"])
def test_an_unknown_alert_of_another_direction_hits_what_the_service_says(cloud: Cloud, mode: str) -> None:
    """Nothing can be checked here; what it hit is told."""
    hidden(cloud, alert(direction="outbound", src_ip=VICTIM, dst_ip=ATTACKER), alert_direction_mismatch=mode)
    done = cloud.run(**UNKNOWN)
    wanted = {"status_-1": None, "trust_request": VICTIM, "trust_alert": ATTACKER}[mode]
    assert rule(done)["target"] == wanted
    assert list(cloud.blocked()) == ([wanted] if wanted else [])
