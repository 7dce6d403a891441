# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical
from ansible_collections.secops.cfw.plugins.plugin_utils._alert_events import (
    LEVELS,
    Alert,
    Event,
    Options,
    Pace,
    case_id,
    cleaned,
    events,
    read_generic,
    read_huawei,
    read_tencent,
)

NOW = 1795248000.0  # 2026-11-21T08:00:00Z
Reader = Callable[[Any], Iterable[Alert]]

TENCENT = {
    "event_id": "evt-1",
    "current_event_id": "evt-9",
    "occurrence_count": 138,
    "direction": "inbound",
    "level": "middle",
    "event_name": "SQL injection",
    "src_ip_list": ["203.0.113.7"],
    "dst_ip_list": ["198.51.100.20"],
    "start_time": "2026-11-21 15:00:00",
    "end_time": "2026-11-21 15:30:00",
}
HUAWEI = {
    "log_id": "1792",
    "event_time": 1795246200000,
    "src_ip": "203.0.113.7",
    "src_port": 50123,
    "dst_ip": "198.51.100.20",
    "dst_port": 443,
    "protocol": "TCP",
    "direction": "out2in",
    "level": "MEDIUM",
    "attack_type": "Web Attack",
    "attack_rule": "SQL injection",
    "attack_rule_id": "336150",
    "action": "permit",
    "real_ip": "",
    "packet": "R0VUIC8=",
}
PATHS = {
    "alerts": "",
    "sources": "sources",
    "destinations": "destinations",
    "direction": "direction",
    "level": "level",
    "name": "name",
    "event_time": "event_time",
    "alert_id": "id",
}
GENERIC = {
    "id": 17,
    "sources": "203.0.113.7",
    "destinations": ["198.51.100.20"],
    "direction": "in",
    "level": "Medium",
    "name": "SQL injection",
    "event_time": "2026-11-21T07:30:00Z",
}
READERS: dict[str, Reader] = {
    "tencent": read_tencent,
    "huawei": read_huawei,
    "other": read_generic(PATHS),
}
ROWS: dict[str, dict[str, Any]] = {"tencent": TENCENT, "huawei": HUAWEI, "other": GENERIC}


def made(vendor: str, payload: Any, **options: Any) -> list[dict[str, Any]]:
    """What comes out of a filter for a payload of the webhook: the value of `cfw` in each event."""
    out = events(
        {"payload": payload, "meta": {"endpoint": ""}}, Options(vendor, **options), READERS[vendor], NOW, Pace()
    )
    found = out if isinstance(out, list) else [out]
    assert all(set(event) == {"cfw"} for event in found)
    return [event["cfw"] for event in found]


def one(vendor: str, payload: Any, **options: Any) -> dict[str, Any]:
    (found,) = made(vendor, payload, **options)
    return found


@pytest.mark.parametrize(("vendor", "ids"), [("tencent", ["evt-9", "evt-1"]), ("huawei", ["1792"]), ("other", ["17"])])
def test_alerts_of_all_senders_become_the_same_event(vendor: str, ids: list[str]) -> None:
    assert one(vendor, ROWS[vendor]) == {
        "vendor": vendor,
        "ok": True,
        "problem": "",
        "key": "inbound 203.0.113.7",
        "case_id": "ev261121-203.0.113.7",
        "targets": ["203.0.113.7"],
        "victims": ["198.51.100.20"],
        "direction": "inbound",
        "level": "medium",
        "at_least": ["low", "medium"],
        "name": "SQL injection",
        "event_time": "2026-11-21T07:30:00Z",
        "alerts": 1,
        "alert_ids": ids,
    }


TENCENT_MODULE = {
    "event_id": "evt-1",
    "current_event_id": "evt-1",
    "name": "SQL injection",
    "level": "middle",
    "direction": "inbound",
    "source_ips": ["203.0.113.7"],
    "destination_ips": ["198.51.100.20"],
    "attackers": ["203.0.113.7"],
    "first_seen": "2026-11-21T15:00:00+08:00",
    "last_seen": "2026-11-21T15:30:00+08:00",
    "raw": {},
}
TENCENT_LOG = {
    "log_id": "evt-1",
    "SourceIp": "203.0.113.7",
    "TargetIp": "198.51.100.20",
    "Direction": "1",
    "Level": "Middle",
    "EventName": "SQL injection",
    "BeginTime": "2026-11-21 15:00:00",
    "EndTime": "2026-11-21 15:30:00",
}
HUAWEI_MODULE = {
    "log_id": "1792",
    "type": "attack",
    "time": "2026-11-21T07:30:00.000+00:00",
    "source": {"address": "203.0.113.7", "address_type": "ipv4"},
    "destination": {"address": "198.51.100.20", "address_type": "ipv4"},
    "direction": "inbound",
    "level": "medium",
    "rule": "SQL injection",
    "real_ip": "203.0.113.7",
    "raw": HUAWEI,
}


def in_smn(message: Any) -> dict[str, Any]:
    return {
        "signature": "c2ln",
        "topic_urn": "urn:smn:cn-north-4:0a1b:cfw",
        "message_id": "d84b",
        "signature_version": "v1",
        "type": "Notification",
        "subject": "CFW",
        "message": message,
        "timestamp": "2026-11-21T07:31:00Z",
    }


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("tencent", [TENCENT]),
        ("tencent", {"alerts": [TENCENT], "total": 1}),
        (
            "tencent",
            {"Response": {"Data": json.dumps({"total": 1, "returned": 1, "alerts": [TENCENT]}), "RequestId": "r"}},
        ),
        ("tencent", {"Data": json.dumps([TENCENT_LOG]), "ReturnCode": 0}),
        ("tencent", json.dumps(TENCENT)),
        ("tencent", TENCENT_LOG),
        ("tencent", TENCENT_MODULE),
        ("tencent", {"alerts": [TENCENT_MODULE], "total": 1, "changed": False}),
        ("huawei", [HUAWEI]),
        ("huawei", {"data": {"records": [HUAWEI], "total": 1}}),
        ("huawei", in_smn(json.dumps(HUAWEI))),
        ("huawei", in_smn(json.dumps({"data": {"records": [HUAWEI]}}))),
        ("huawei", HUAWEI_MODULE),
        ("huawei", {"logs": [HUAWEI_MODULE], "total": 1}),
        ("other", [GENERIC]),
        ("other", json.dumps(GENERIC)),
    ],
)
def test_an_alert_is_found_in_what_it_comes_in(vendor: str, payload: Any) -> None:
    found = one(vendor, payload)

    assert (found["problem"], found["targets"], found["victims"]) == ("", ["203.0.113.7"], ["198.51.100.20"])
    assert (found["level"], found["name"], found["event_time"]) == ("medium", "SQL injection", "2026-11-21T07:30:00Z")


@pytest.mark.parametrize("vendor", list(READERS))
def test_the_attacker_of_an_outbound_alert_is_where_it_goes(vendor: str) -> None:
    found = one(vendor, {**ROWS[vendor], "direction": "in2out" if vendor == "huawei" else "outbound"})

    assert (found["targets"], found["victims"]) == (["198.51.100.20"], ["203.0.113.7"])
    assert (found["key"], found["case_id"]) == ("outbound 198.51.100.20", "ev261121-198.51.100.20")


@pytest.mark.parametrize(
    ("given", "level"),
    [("low", "low"), ("MIDDLE", "medium"), ("Medium", "medium"), (" High ", "high"), ("critical", "critical")],
)
def test_levels_have_the_same_words_and_an_order(given: str, level: str) -> None:
    found = one("tencent", {**TENCENT, "level": given})

    assert found["level"] == level
    assert found["at_least"] == list(LEVELS[: LEVELS.index(level) + 1])


def test_alerts_of_one_attacker_become_one_event_and_others_their_own() -> None:
    alerts = [
        {**TENCENT, "end_time": "2026-11-21 15:10:00"},
        {**TENCENT, "src_ip_list": ["2001:DB8::7", "::ffff:203.0.113.7"], "level": "high", "event_name": "Worse"},
        {
            **TENCENT,
            "src_ip_list": "203.0.113.7/32, 203.0.113.8",
            "event_id": "evt-2",
            "dst_ip_list": ["198.51.100.21"],
        },
    ]

    found = {cfw["key"]: cfw for cfw in made("tencent", alerts)}

    assert list(found) == ["inbound 203.0.113.7", "inbound 2001:db8::7", "inbound 203.0.113.8"]
    assert [(cfw["level"], cfw["name"], cfw["alerts"]) for cfw in found.values()] == [
        ("high", "Worse", 3),
        ("high", "Worse", 1),
        ("medium", "SQL injection", 1),
    ]
    first = found["inbound 203.0.113.7"]
    assert first["victims"] == ["198.51.100.20", "198.51.100.21"]
    assert first["alert_ids"] == ["evt-9", "evt-1", "evt-2"]
    assert first["event_time"] == "2026-11-21T07:30:00Z"


def test_a_case_is_an_attacker_and_a_day_in_utc() -> None:
    assert case_id("203.113.113.207", NOW) == "ev261121-203.113.113.207"
    assert case_id("203.113.113.207", NOW + 86400) == "ev261122-203.113.113.207"
    six = case_id("2001:db8::7", NOW)
    assert re.fullmatch("ev261121-[0-9a-f]{15}", six)
    assert six != case_id("2001:db8::8", NOW)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-11-21 16:00:00", "2026-11-21T08:00:00Z"),
        ("2026-11-21T09:00:00+01:00", "2026-11-21T08:00:00Z"),
        (1795248000, "2026-11-21T08:00:00Z"),
        (1795248000.5, "2026-11-21T08:00:00Z"),
        ("1795248000000", "2026-11-21T08:00:00Z"),
        # A clock that is ahead of ours: it is now.
        (NOW + 45, "2026-11-21T08:00:00Z"),
        (NOW + 3600, "2026-11-21T08:00:00Z"),
        # Nothing, no time, or none that can be true: then it is now, and the playbook is told no time.
        ("", ""),
        ("yesterday", ""),
        ("3000-01-01 00:00:00", ""),
        ("2026-09-01 00:00:00", ""),
        (1e300, ""),
        (10**400, ""),
        ("9" * 39, ""),
        (["2026-11-21 16:00:00"], ""),
    ],
)
def test_times_of_all_kinds(given: Any, shown: str) -> None:
    found = one("other", {**GENERIC, "event_time": given})

    assert (found["event_time"], found["case_id"]) == (shown, "ev261121-203.0.113.7")


@pytest.mark.parametrize(
    ("vendor", "payload", "problem"),
    [
        ("tencent", None, "the payload is empty, not an object or a list of them"),
        ("tencent", 7, "the payload is a number, not an object or a list of them"),
        ("tencent", True, "the payload is a boolean, not an object or a list of them"),
        ("tencent", "{", "the payload holds text where JSON was expected"),
        ("tencent", [], "the payload has no alert in it"),
        ("tencent", {"alerts": []}, "the payload has no alert in it"),
        ("tencent", ["x"], "an alert is not an object"),
        (
            "tencent",
            {"Response": {"Response": {"Response": {"Response": {"Data": {"Data": {}}}}}}},
            "nested too deeply",
        ),
        (
            "tencent",
            {**TENCENT, "direction": "lateral"},
            "the alert evt-9 has 'lateral', and only inbound and outbound",
        ),
        ("tencent", {**TENCENT, "direction": None}, "has no direction"),
        ("tencent", {**TENCENT, "level": ""}, "has no level, which is none of low, medium, high, critical"),
        ("tencent", {**TENCENT, "level": "{{ x }}"}, "has '(( x ))'"),
        ("tencent", {**TENCENT, "src_ip_list": []}, "names no attacker: the source is empty"),
        (
            "tencent",
            {**TENCENT, "src_ip_list": ["evil.example"]},
            "names 'evil.example' as an attacker, which is no IP address",
        ),
        ("tencent", {**TENCENT, "src_ip_list": [{"ip": "203.0.113.7"}]}, "names 'dict' as an attacker"),
        ("tencent", {**TENCENT, "src_ip_list": ["203.0.113.0/24"]}, "no IP address"),
        ("tencent", {**TENCENT, "src_ip_list": ["010.0.0.1"]}, "no IP address"),
        ("tencent", {**TENCENT, "src_ip_list": ["fe80::1%eth0"]}, "no IP address"),
        (
            "huawei",
            {"type": "SubscriptionConfirmation", "message_id": "1", "message": "x"},
            "confirmation of a subscription",
        ),
        (
            "huawei",
            {"type": "UnsubscribeConfirmation", "topic_urn": "u", "message": "x"},
            "subscription that was ended",
        ),
        ("huawei", in_smn("Dear customer, an attack was seen."), "text and not JSON"),
        ("huawei", [7], "an alert is not an object"),
        ("huawei", {**HUAWEI, "real_ip": "203.0.113.99"}, "came through a web application firewall or a proxy"),
        ("other", [None], "an alert is not an object"),
        ("other", [], "the payload has no alert in it"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(vendor: str, payload: Any, problem: str) -> None:
    found = one(vendor, payload)

    assert problem in found["problem"]
    assert (found["ok"], found["targets"], found["case_id"], found["key"]) == (False, [], "", "")


def test_what_is_good_is_acted_on_and_what_is_bad_is_told() -> None:
    found = made("tencent", [TENCENT, {}, {**TENCENT, "src_ip_list": ["203.0.113.8", "evil.example"]}])

    assert [(cfw["ok"], cfw["targets"]) for cfw in found] == [
        (True, ["203.0.113.7"]),
        (True, ["203.0.113.8"]),
        (False, []),
        (False, []),
    ]


def test_of_many_problems_the_first_ones_are_told() -> None:
    found = made("tencent", [{}] * 500)

    assert len(found) == 11
    assert found[-1]["problem"] == "490 more problems of the same payload"


def test_too_many_attackers_at_once_are_for_a_person() -> None:
    alerts = [{**TENCENT, "src_ip_list": [f"203.0.113.{number}"]} for number in range(1, 22)]

    assert len(made("tencent", alerts[:20])) == 20
    found = one("tencent", alerts)
    assert not found["ok"]
    assert "names 21 attackers, more than 20 (max_attackers)" in found["problem"]
    assert len(made("tencent", alerts, max_attackers=21)) == 21


def test_too_many_attackers_in_an_hour_are_for_a_person() -> None:
    pace, options = Pace(), Options("tencent", max_attackers_per_hour=2)

    def ok(number: int, now: float = NOW, level: str = "high") -> bool:
        event = {"payload": {**TENCENT, "src_ip_list": [f"203.0.113.{number}"], "level": level}}
        found = events(event, options, read_tencent, now, pace)
        assert isinstance(found, Event)
        assert (
            found["cfw"]["ok"]
            or "203.0.113.3 is left to a person: 2 others of the level high" in found["cfw"]["problem"]
        )
        return bool(found["cfw"]["ok"])

    assert [ok(number) for number in (1, 2, 1, 3, 2, 1)] == [True, True, True, False, True, True]
    assert ok(3, level="critical")
    assert not ok(3, NOW + 3599)
    assert ok(3, NOW + 3600)


def test_too_many_alerts_at_once_are_for_a_person() -> None:
    found = one("tencent", [TENCENT] * 6, max_alerts=5)

    assert (found["ok"], found["problem"]) == (False, "the payload has more than 5 alerts (max_alerts)")


def test_lists_stay_short() -> None:
    found = one(
        "tencent",
        [
            {
                **TENCENT,
                "event_id": f"evt-{number}",
                "dst_ip_list": [f"198.51.100.{number}"],
                "event_name": "A" * 5000,
            }
            for number in range(100)
        ],
    )

    assert (len(found["victims"]), len(found["alert_ids"]), len(found["name"])) == (10, 20, 100)


def test_an_id_that_is_none_is_left_out() -> None:
    assert one("other", {**GENERIC, "id": "{{ x }}"})["alert_ids"] == []
    assert one("other", {**GENERIC, "id": "a" * 200})["alert_ids"] == []


def test_options_say_what_the_alerts_do_not() -> None:
    alert = {"sources": "203.0.113.7"}

    assert not one("other", alert)["ok"]
    found = one("other", alert, default_direction="inbound", default_level="critical")
    assert (found["ok"], found["level"], found["event_time"]) == (True, "critical", "")


def test_paths_lead_to_the_fields_of_any_alert() -> None:
    paths = {**PATHS, "alerts": "body.hits", "sources": "net.peers.1.ip", "level": "severity", "direction": "none.0"}
    payload = {"body": {"hits": [{"net": {"peers": [{}, {"ip": "203.0.113.7"}]}, "severity": "high"}]}}

    found = events({"payload": payload}, Options("other", default_direction="inbound"), read_generic(paths), NOW)

    assert isinstance(found, Event)
    assert found["cfw"]["targets"] == ["203.0.113.7"]


def test_an_option_that_is_wrong_is_told_like_an_alert_that_is() -> None:
    alert = {"sources": "203.0.113.7", "level": "high"}

    assert "an alert has 'inwards', and only inbound" in one("other", alert, default_direction="inwards")["problem"]
    assert (
        "has 'top', which is none of low"
        in one("other", {**alert, "direction": "in", "level": ""}, default_level="top")["problem"]
    )


def test_events_of_another_path_and_those_that_are_made_go_on_as_they_are() -> None:
    event = {"payload": TENCENT, "meta": {"endpoint": "/huawei/"}}
    assert events(event, Options("tencent", endpoint="tencent"), read_tencent, NOW) is event

    done = events(event, Options("tencent", endpoint="huawei"), read_tencent, NOW)
    assert isinstance(done, Event)
    assert events(done, Options("other"), READERS["other"], NOW) is done


def test_an_event_that_somebody_sent_in_the_shape_of_ours_is_not_taken_for_one() -> None:
    forged = {"cfw": {"ok": True, "targets": ["203.0.113.7"], "case_id": "x"}, "payload": {}}

    made_of_it = events(forged, Options("other"), READERS["other"], NOW)

    assert isinstance(made_of_it, Event)
    assert made_of_it["cfw"]["ok"] is False


def test_the_payload_is_kept_when_asked() -> None:
    event = {"payload": TENCENT, "meta": {"headers": {"X-Secret": "s"}}}

    found = events(event, Options("tencent", keep_payload=True), read_tencent, NOW)

    assert isinstance(found, Event)
    assert found["payload"] is TENCENT
    assert "meta" not in found


def test_the_payload_may_be_elsewhere() -> None:
    for event, path in (({"body": {"inner": TENCENT}}, "body.inner"), (TENCENT, "")):
        found = events(event, Options("tencent", payload=path), read_tencent, NOW)
        assert isinstance(found, Event)
        assert found["cfw"]["targets"] == ["203.0.113.7"]


def test_an_error_in_a_reader_becomes_an_event() -> None:
    def broken(_payload: Any) -> Iterable[Alert]:
        raise RuntimeError("secret detail")

    found = events({}, Options("tencent"), broken, NOW)

    assert isinstance(found, Event)
    assert found["cfw"]["problem"] == "the payload could not be read (RuntimeError)"


@given(st.text())
@example("{{ lookup('env', 'HOME') }}")
@example("{% for x in y %}")
@example("$ANSIBLE_VAULT;1.1;AES256")
@example("a\u202eb\u2028c\ud800")
def test_text_of_others_is_tamed(text: str) -> None:
    found = cleaned(text)

    assert not set(found) & set('{}%#$\\"`')
    assert found.isprintable()
    assert len(found) <= 100
    assert cleaned(found) == found


_KEYS = sorted(
    {*TENCENT, *TENCENT_LOG, *TENCENT_MODULE, *HUAWEI, *HUAWEI_MODULE, *GENERIC, *in_smn(""), "alerts", "data"}
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["203.0.113.7", "2001:db8::7", "inbound", "out2in", "high", "2026-11-21 15:00:00", "[]", '{"a":1}']
    ),
)
_JUNK = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=30,
)


@pytest.mark.parametrize("vendor", list(READERS))
@given(payload=_JUNK)
def test_junk_never_raises_and_never_yields_anything_but_addresses(vendor: str, payload: Any) -> None:
    for cfw in made(vendor, payload):
        assert cfw["ok"] is not bool(cfw["problem"])
        assert "could not be read" not in cfw["problem"]
        assert [canonical(target) for target in (*cfw["targets"], *cfw["victims"])] == [
            *cfw["targets"],
            *cfw["victims"],
        ]
        if cfw["ok"]:
            assert re.fullmatch("[A-Za-z0-9._-]{1,24}", cfw["case_id"])
            assert cfw["direction"] in ("inbound", "outbound")
        assert not set(json.dumps([cfw[key] for key in ("name", "problem", "key", "level")])) & set("{}%#$`")


def test_deep_junk_does_not_raise() -> None:
    deep: Any = "x"
    for _level in range(100_000):
        deep = [deep]
    text = "[" * 100_000

    for vendor in READERS:
        for payload in (deep, {"alerts": deep}, {"data": deep}, text, {"message": text, "message_id": "1"}):
            assert not one(vendor, payload)["ok"]
