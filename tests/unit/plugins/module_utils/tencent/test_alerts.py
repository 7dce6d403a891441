# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an alert's id to the attacker's address, and never to one that is not certain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alerts import resolve_alerts
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw

ATTACKER, VICTIM = "203.0.113.7", "198.51.100.9"


class Service:
    """Answers with these rows whatever is asked for, and notes what it was asked for."""

    def __init__(
        self, logs: Sequence[Mapping[str, Any]] = (), alerts: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
    ) -> None:
        self.logs = logs
        self.known = alerts or {}
        self.asked: list[str | list[str]] = []

    def call(self, action: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        assert (body["StartTime"], body["EndTime"]) == ("1970-01-01 08:16:40", "1970-01-01 08:33:20")
        if action == "DescribeLogs":
            self.asked.append(body["Filters"][0]["Values"])
            return {"Data": json.dumps(self.logs), "Total": len(self.logs)}
        self.asked.append(body["EventId"])
        known = self.known.get(body["EventId"], ())
        return {"Data": json.dumps({"alerts": known, "total": len(known)})}


def resolved(service: Service, *ids: str, direction: str = "inbound") -> tuple[dict[str, str], tuple[str, ...]]:
    """The address by id, and the ids that nothing was found for."""
    found = resolve_alerts(cast(TencentCfw, service), ids or ("a",), direction, 1000.0, 2000.0)
    return {alert_id: address.text for address, alert_id in found.found}, found.unresolved


def log(**fields: Any) -> dict[str, Any]:
    return {"log_id": "a", "SourceIp": ATTACKER, "TargetIp": VICTIM, "Direction": "1", **fields}


def alert(**fields: Any) -> dict[str, Any]:
    return {"event_id": "a", "src_ip_list": [ATTACKER], "dst_ip_list": [VICTIM], "direction": "inbound", **fields}


def test_a_log_names_the_attacker() -> None:
    service = Service([log()])
    assert resolved(service) == ({"a": ATTACKER}, ())
    assert service.asked == [["a"]], "no second question once it is found"


def test_an_alert_names_the_attacker() -> None:
    service = Service(alerts={"a": [alert()]})
    assert resolved(service) == ({"a": ATTACKER}, ())
    assert service.asked == [["a"], "a"]


@pytest.mark.parametrize(
    "row",
    [
        {"log_id": "a", "SourceIp": ATTACKER, "TargetIp": VICTIM},
        {"log_id": "a", "src_ip": ATTACKER, "dst_ip": VICTIM, "direction": 0},
        {"LogId": "a", "SrcIp": ATTACKER, "DstIp": VICTIM, "Direction": "0"},
        {"log_id": "a", "SrcIP": ATTACKER, "DstIP": VICTIM, "direction": "out"},
        {"event_id": "a", "src_ip_list": ATTACKER, "dst_ip_list": f"{VICTIM},"},
        {"EventId": "a", "SrcIpList": [ATTACKER], "DstIpList": [VICTIM, ""], "direction": ""},
        {
            "current_event_id": "a",
            "src_ip": ATTACKER,
            "dst_ip": VICTIM,
            "dst_ip_list": [VICTIM],
            "direction": "OUTBOUND",
        },
        {"log_id": "a", "SourceIp": ATTACKER, "TargetIp": VICTIM, "direction": "sideways"},
    ],
)
def test_an_outbound_alert_is_about_its_destination_whatever_its_fields_are_called(row: dict[str, Any]) -> None:
    assert resolved(Service([row]), direction="outbound") == ({"a": VICTIM}, ())


def test_ids_keep_their_order_and_what_is_not_found_is_told() -> None:
    service = Service([log(log_id="c", SourceIp="203.0.113.9")], {"a": [alert()]})
    assert resolved(service, "a", "b", "c") == ({"a": ATTACKER, "c": "203.0.113.9"}, ("b",))
    assert service.asked == [["a", "b", "c"], "a", "b"]


def test_many_ids_are_looked_up_in_batches() -> None:
    service = Service()
    ids = [f"id{number}" for number in range(120)]
    assert resolved(service, *ids)[1] == tuple(ids)
    assert [asked for asked in service.asked if isinstance(asked, list)] == [ids[:50], ids[50:100], ids[100:]]


def test_rows_of_other_alerts_do_not_count() -> None:
    """Should the service ignore the filter, its newest alert is not the one that was asked for."""
    service = Service([log(log_id="other")], {"a": [alert(event_id="other", current_event_id="another")]})
    assert resolved(service) == ({}, ("a",))


def test_an_alert_is_found_by_its_id_from_before_it_was_aggregated_anew() -> None:
    service = Service(alerts={"a": [alert(current_event_id="b")], "b": [alert(current_event_id="b")]})
    assert resolved(service, "a", "b") == ({"a": ATTACKER, "b": ATTACKER}, ())


def failure(service: Service, direction: str = "inbound") -> CfwError:
    with pytest.raises(CfwError) as caught:
        resolved(service, direction=direction)
    return caught.value


@pytest.mark.parametrize(
    ("service", "problem"),
    [
        (Service([log(SourceIp=None)]), "names 0 addresses (none)"),
        (Service([log(src_ip="203.0.113.8")]), "names 2 addresses (203.0.113.7, 203.0.113.8)"),
        (
            Service(alerts={"a": [alert(src_ip_list=[ATTACKER, "203.0.113.8"])]}),
            "names 2 addresses (203.0.113.7, 203.0.113.8)",
        ),
        (Service(alerts={"a": [alert(), alert(src_ip_list=["203.0.113.8"])]}), "stands for 2 alerts"),
        (Service([log(), log(SourceIp="203.0.113.8")]), "names several addresses (203.0.113.7, 203.0.113.8)"),
    ],
)
def test_an_alert_that_could_mean_several_addresses_is_refused(service: Service, problem: str) -> None:
    error = failure(service)
    assert error.code == "alert_ambiguous"
    assert error.message == f"Alert a {problem}, so that it is not certain what a rule for it would hit"
    assert error.hint == "Give the addresses to act on as ips instead"


def test_several_logs_of_the_same_attacker_are_not_ambiguous() -> None:
    assert resolved(Service([log(), log(SourceIp=f"{ATTACKER}/32")])) == ({"a": ATTACKER}, ())


@pytest.mark.parametrize(
    ("actual", "stated", "way_out"),
    [
        ("outbound", "inbound", "set alert_direction: outbound"),
        ("inbound", "outbound", "set alert_direction: inbound"),
        ("lateral", "inbound", "give its addresses as ips with direction: intranet"),
        ("3", "outbound", "give its addresses as ips with direction: intranet"),
    ],
)
def test_an_alert_of_another_direction_is_refused(actual: str, stated: str, way_out: str) -> None:
    error = failure(Service(alerts={"a": [alert(direction=actual)]}), stated)
    assert error.code == "alert_direction"
    word = {"3": "lateral"}.get(actual, actual)
    assert error.message == f"Alert a is {word}, but alert_direction is {stated}: the rule would hit the wrong side"
    assert error.hint == f"For this alert {way_out}"


def test_an_alert_about_a_host_name_is_refused() -> None:
    error = failure(Service([log(SourceIp="evil.example")]))
    assert error.code == "alert_without_address"
    assert error.message.startswith("alert a: 'evil.example' is a host name, not an IP address")
    assert error.hint == "Look at the alert in the console and give an address as ips"
