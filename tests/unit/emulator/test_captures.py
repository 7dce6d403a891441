# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's captures: what is refused, how a task goes through its states, quotas, lists and results."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from emulator import HUAWEI_FIREWALL, HUAWEI_FIREWALL_2, Emulator
from emulator.client import CAPTURES, RawClient, capture_body

IPV6: dict[str, Any] = {
    "source": {"address": "2001:DB8::7", "address_type": 1, "type": 0},
    "destination": {"address": "2001:db8::/32", "address_type": 1, "type": 0},
}
FIREWALL = [("fw_instance_id", HUAWEI_FIREWALL)]


def code(response: requests.Response) -> str | None:
    """The error code of a 400, None of a 200."""
    found: str | None = response.json().get("error_code")
    assert response.status_code == (400 if found else 200)
    return found


def statuses(client: RawClient) -> list[int]:
    return [record["status"] for record in client.captures()["records"]]


def task_ids(client: RawClient) -> list[str]:
    return [record["task_id"] for record in client.captures()["records"]]


# Input


def side(**changes: Any) -> dict[str, Any]:
    return {"address": "198.51.100.7", "address_type": 0, "type": 0, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, "CFW.00200001"),
        ({"name": " "}, "CFW.00200001"),
        ({"name": 7}, "CFW.00200010"),
        ({"duration": None}, "CFW.00200001"),
        ({"duration": 0}, "CFW.00200010"),
        ({"duration": "5"}, "CFW.00200010"),
        ({"duration": True}, "CFW.00200010"),
        ({"duration": 1.5}, "CFW.00200010"),
        ({"max_packets": 0}, "CFW.00200010"),
        ({"max_packets": 1_000_001}, "CFW.00200010"),
        ({"max_packets": None}, "CFW.00200001"),
        ({"source": None}, "CFW.00200001"),
        ({"service": None}, "CFW.00200001"),
        ({"comment": "x"}, "CFW.00200010"),
        ({"source": "198.51.100.7"}, "CFW.00200010"),
        ({"source": side(type=1)}, "CFW.00200010"),
        ({"source": {"address": "198.51.100.7", "address_type": 0}}, "CFW.00200001"),
        ({"source": side(address_type=2)}, "CFW.00200030"),
        ({"source": side(address_type="0")}, "CFW.00200010"),
        ({"source": side(address_type=1)}, "CFW.00200030"),
        ({"source": side(address="2001:db8::7")}, "CFW.00200030"),
        ({"source": side(address="")}, "CFW.00200041"),
        ({"source": side(address="attacker.example")}, "CFW.00200027"),
        ({"source": side(address="198.51.100.7/24")}, "CFW.00200027"),
        ({"source": side(address="fe80::1%eth0", address_type=1)}, "CFW.00200027"),
        ({"source": IPV6["source"]}, "CFW.00200028"),
        ({"service": {}}, "CFW.00200001"),
        ({"service": {"protocol": 132}}, "CFW.00200010"),
        ({"service": {"protocol": "6"}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "type": 0}}, "CFW.00200010"),
        ({"service": {"protocol": 58}}, "CFW.00200010"),
        ({**IPV6, "service": {"protocol": 1}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "dest_port": 443}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "dest_port": "0"}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "dest_port": "65536"}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "dest_port": "9-3"}}, "CFW.00200010"),
        ({"service": {"protocol": 6, "source_port": "80,443"}}, "CFW.00200010"),
        ({"service": {"protocol": 1, "dest_port": "80"}}, "CFW.00200010"),
        ({"service": {"protocol": -1, "dest_port": "80"}}, "CFW.00200010"),
    ],
)
def test_create_refuses(emu: Emulator, client: RawClient, changes: dict[str, Any], expected: str) -> None:
    assert code(client.create(**changes)) == expected
    assert emu.state()["huawei"]["tasks"] == []
    assert emu.log[0]["committed"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"service": {"protocol": -1}},
        {"service": {"protocol": -1, "source_port": "", "dest_port": ""}},
        {"service": {"protocol": 1, "source_port": "", "dest_port": ""}},
        {"service": {"protocol": 17, "source_port": "1-65535", "dest_port": "53"}},
        {"source": side(address="198.51.100.0/24")},
        {"max_packets": 1_000_000},
        {**IPV6, "service": {"protocol": 58}},
    ],
)
def test_create_accepts(client: RawClient, changes: dict[str, Any]) -> None:
    assert code(client.create(**changes)) is None


def test_create_needs_json(client: RawClient) -> None:
    assert code(client.huawei("POST", CAPTURES, FIREWALL, b"{")) == "CFW.00300001"
    assert code(client.huawei("POST", CAPTURES, FIREWALL, b"")) == "CFW.00300001"
    form = client.huawei(
        "POST",
        CAPTURES,
        FIREWALL,
        capture_body("x"),
        headers={"Content-Type": "application/xml"},
        signed=("host", "x-sdk-date"),
    )
    assert code(form) == "APIGW.0201"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, None),
        ({"limit": 1024}, None),
        ({"limit": 0}, "CFW.00200010"),
        ({"limit": 1025}, "CFW.00200010"),
        ({"limit": None}, "CFW.00200001"),
        ({"offset": None}, "CFW.00200001"),
        ({"offset": -1}, "CFW.00200010"),
        ({"offset": "one"}, "CFW.00200010"),
        ({"fw_instance_id": None}, "CFW.00200001"),
        ({"fw_instance_id": ""}, "CFW.00200001"),
        ({"status": 2}, "CFW.00200010"),
    ],
)
def test_list_query(client: RawClient, query: dict[str, Any], expected: str | None) -> None:
    whole = {"fw_instance_id": HUAWEI_FIREWALL, "limit": 10, "offset": 0, **query}
    pairs = [(name, value) for name, value in whole.items() if value is not None]
    assert code(client.huawei("GET", CAPTURES, pairs)) == expected


def test_query_parameter_twice(client: RawClient) -> None:
    pairs = [*FIREWALL, *FIREWALL, ("limit", 1), ("offset", 0)]
    assert code(client.huawei("GET", CAPTURES, pairs)) == "CFW.00200010"


# States


def test_record_of_a_new_task(emu: Emulator, client: RawClient) -> None:
    emu.advance(1_800_000_000 - emu.now())
    client.create("evidence")
    assert client.captures(limit=5) == {
        "limit": 5,
        "offset": 0,
        "total": 1,
        "records": [
            {
                "task_id": task_ids(client)[0],
                "name": "evidence",
                "status": 2,
                "source_address": "198.51.100.7",
                "source_address_type": 0,
                "source_port": "",
                "dest_address": "203.0.113.9",
                "dest_address_type": 0,
                "dest_port": "443",
                "protocol": 6,
                "duration": 5,
                "max_packets": 1000,
                "capture_size": "1kb",
                "remaining_days": 7,
                "is_deleted": 0,
                "created_date": client.captures()["records"][0]["created_date"],
                "modified_date": client.captures()["records"][0]["modified_date"],
            }
        ],
    }
    assert client.captures()["records"][0]["created_date"].startswith("2027/01/15 16:00:0")


def test_a_task_finishes_after_its_duration(emu: Emulator, client: RawClient) -> None:
    client.create(duration=5)
    emu.advance(299)
    assert statuses(client) == [2]
    emu.advance(2)
    assert statuses(client) == [1]
    assert code(client.delete(*task_ids(client))) is None
    assert client.captures()["total"] == 0


def test_stop_and_delete(emu: Emulator, client: RawClient) -> None:
    client.create()
    (task_id,) = task_ids(client)
    assert code(client.delete(task_id)) == "CFW.00200016"
    emu.advance(60)
    answer = client.stop(task_id)
    assert answer.json() == {"data": {"id": HUAWEI_FIREWALL, "name": "cfw-edge"}}
    assert code(client.delete(task_id)) == "CFW.00200016"
    assert [statuses(client), statuses(client)] == [[5], [4]]
    assert code(client.delete(task_id, "none")) == "CFW.00200005"
    assert statuses(client) == [4]
    assert client.delete(task_id).json() == {"data": {"id": HUAWEI_FIREWALL, "name": "cfw-edge"}}
    for gone in (client.stop(task_id), client.delete(task_id), client.result(task_id)):
        assert code(gone) == "CFW.00200005"


def test_stop_and_delete_input(client: RawClient) -> None:
    assert code(client.huawei("POST", f"{CAPTURES}/stop", FIREWALL, {})) == "CFW.00200001"
    assert code(client.huawei("POST", f"{CAPTURES}/stop", FIREWALL, {"task_id": 1})) == "CFW.00200010"
    assert code(client.huawei("POST", f"{CAPTURES}/batch-delete", FIREWALL, {"task_ids": []})) == "CFW.00200001"
    assert code(client.huawei("POST", f"{CAPTURES}/batch-delete", FIREWALL, {"task_ids": [1]})) == "CFW.00200010"
    assert code(client.huawei("POST", f"{CAPTURES}/batch-delete", FIREWALL, {"task_ids": "a"})) == "CFW.00200010"


def test_a_task_of_another_firewall_is_unknown(client: RawClient) -> None:
    client.create()
    assert code(client.stop(task_ids(client)[0], HUAWEI_FIREWALL_2)) == "CFW.00200005"


def test_firewall_without_ipv6(client: RawClient) -> None:
    body: dict[str, Any] = {**IPV6, "service": {"protocol": -1}}
    assert code(client.create(firewall=HUAWEI_FIREWALL_2, **body)) == "CFW.00200032"
    assert code(client.create(**body)) is None


def test_pages(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"name": f"t{number}"} for number in range(5)]})
    pages = [client.captures(limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [[record["name"] for record in page["records"]] for page in pages] == [
        ["t4", "t3"],
        ["t2", "t1"],
        ["t0"],
        [],
    ]
    assert {page["total"] for page in pages} == {5}


def test_dates_follow_the_service_clock(emu: Emulator, client: RawClient) -> None:
    emu.advance(86400 * 365)
    date = parsedate_to_datetime(client.create().headers["Date"]).timestamp()
    assert date == pytest.approx(emu.now(), abs=5)


def test_results_expire_after_seven_days(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "old"}]})
    emu.advance(6.9 * 86400)
    assert client.captures()["records"][0]["remaining_days"] == 1
    assert code(client.result("old")) is None
    emu.advance(86400)
    assert client.captures()["records"][0]["remaining_days"] == 0
    assert code(client.result("old")) == "CFW.00200005"


def test_seeded_statuses(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"status": status} for status in (0, 1, 2, 3, 4, 5, 9)]})
    assert statuses(client) == [9, 5, 4, 3, 2, 1, 0]
    emu.advance(3600)
    assert statuses(client) == [9, 4, 4, 3, 1, 1, 0]


# Switches


def test_switch_unique_names(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"name": "evidence"}]})
    assert code(client.create("evidence")) == "CFW.00200007"
    assert code(client.create("evidence", HUAWEI_FIREWALL_2)) is None
    emu.switch(unique_names=False)
    assert code(client.create("evidence")) is None
    assert [record["name"] for record in client.captures()["records"]] == ["evidence", "evidence"]


def test_switch_create_id(emu: Emulator, client: RawClient) -> None:
    assert client.create("one").json() == {"data": {"id": HUAWEI_FIREWALL, "name": "cfw-edge"}}
    emu.reset(create_id="task")
    assert client.create("one").json() == {"data": {"id": task_ids(client)[0], "name": "one"}}


def test_switch_busy_code(emu: Emulator, client: RawClient) -> None:
    client.create("one")
    assert code(client.create("two")) == "CFW.00200016"
    emu.switch(busy_code="CFW.00200023")
    assert code(client.create("two")) == "CFW.00200023"


@pytest.mark.parametrize("status", [2, 3, 5, 9])
def test_a_task_that_is_not_final_occupies(emu: Emulator, client: RawClient, status: int) -> None:
    emu.seed(huawei={"tasks": [{"status": status}]})
    assert code(client.create()) == "CFW.00200016"


def test_switches_captures_per_day_and_quota_code(emu: Emulator, client: RawClient) -> None:
    emu.switch(captures_per_day=2)
    for name in ("one", "two"):
        assert code(client.create(name)) is None
        emu.advance(3600)
    assert code(client.create("three")) == "CFW.00200024"
    assert code(client.create("three", HUAWEI_FIREWALL_2)) is None
    emu.switch(quota_code="CFW.00200023")
    client.delete(*task_ids(client))
    assert code(client.create("three")) == "CFW.00200023"
    emu.advance(86400 - 2 * 3600)
    assert code(client.create("three")) is None


def test_twenty_a_day_by_default(emu: Emulator, client: RawClient) -> None:
    for number in range(20):
        assert code(client.create(f"n{number}")) is None
        emu.advance(301)
    assert code(client.create("n20")) == "CFW.00200024"


def test_switch_capture_scope(emu: Emulator, client: RawClient) -> None:
    client.create("one")
    assert code(client.create("two", HUAWEI_FIREWALL_2)) is None
    emu.reset(capture_scope="account", captures_per_day=1)
    client.create("one")
    assert code(client.create("two", HUAWEI_FIREWALL_2)) == "CFW.00200016"
    emu.advance(3600)
    assert code(client.create("two", HUAWEI_FIREWALL_2)) == "CFW.00200024"


def test_switch_stop_final(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "final"}]})
    assert code(client.stop("final")) == "CFW.00400002"
    emu.switch(stop_final="CFW.00200016")
    assert code(client.stop("final")) == "CFW.00200016"
    emu.switch(stop_final="ok")
    assert code(client.stop("final")) is None
    assert statuses(client) == [1]


def test_switch_delete_running(emu: Emulator, client: RawClient) -> None:
    client.create()
    emu.switch(delete_running="CFW.00200004")
    assert code(client.delete(*task_ids(client))) == "CFW.00200004"


def test_switch_missing_code(emu: Emulator, client: RawClient) -> None:
    emu.switch(missing_code="CFW.00400008")
    assert [code(client.stop("none")), code(client.delete("none")), code(client.result("none"))] == ["CFW.00400008"] * 3


def test_switch_stopping_calls(emu: Emulator, client: RawClient) -> None:
    emu.switch(stopping_calls=3)
    client.create()
    client.stop(task_ids(client)[0])
    assert [statuses(client)[0] for _number in range(4)] == [5, 5, 5, 4]
    emu.reset(stopping_calls=0)
    client.create()
    client.stop(task_ids(client)[0])
    assert statuses(client) == [4]


def test_switch_stopping_seconds(emu: Emulator, client: RawClient) -> None:
    emu.switch(stopping_seconds=60)
    client.create()
    client.stop(task_ids(client)[0])
    assert [statuses(client)[0] for _number in range(3)] == [5, 5, 5]
    emu.advance(61)
    assert statuses(client) == [4]


def test_switches_start_status_and_start_calls(emu: Emulator, client: RawClient) -> None:
    emu.switch(start_status=3, start_calls=2)
    client.create()
    assert [statuses(client)[0] for _number in range(3)] == [3, 3, 2]
    emu.advance(301)
    assert statuses(client) == [1]


def test_a_pending_task_can_be_stopped(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "waits", "status": 3}]})
    assert code(client.stop("waits")) is None
    assert [statuses(client), statuses(client)] == [[5], [4]]


def test_switch_finish_status(emu: Emulator, client: RawClient) -> None:
    emu.switch(finish_status=0)
    client.create()
    emu.advance(301)
    assert statuses(client) == [0]


def test_switch_abnormal_result(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "broken", "status": 0}]})
    assert code(client.result("broken")) == "CFW.00200005"
    assert client.captures()["records"][0]["capture_size"] == "0kb"
    emu.switch(abnormal_result="partial")
    assert code(client.result("broken")) is None
    assert client.captures()["records"][0]["capture_size"] != "0kb"


def test_switches_deleted_records_and_deleted_in_total(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "old"}, {"task_id": "new"}]})
    client.delete("old")
    assert (task_ids(client), client.captures()["total"]) == (["new"], 1)
    emu.switch(deleted_records="listed")
    page = client.captures()
    assert [(record["task_id"], record["is_deleted"]) for record in page["records"]] == [("new", 0), ("old", 1)]
    assert page["total"] == 2
    emu.switch(deleted_in_total=False)
    assert client.captures()["total"] == 1


def test_switch_empty_port_listed(emu: Emulator, client: RawClient) -> None:
    client.create(service={"protocol": -1})
    found = []
    for form in ("empty", "range", "null"):
        emu.switch(empty_port_listed=form)
        found.append(client.captures()["records"][0]["dest_port"])
    assert found == ["", "1-65535", None]


def test_switch_ports_with_any(emu: Emulator, client: RawClient) -> None:
    emu.switch(ports_with_any="accepted")
    assert code(client.create(service={"protocol": -1, "dest_port": "443"})) is None


def test_switch_ipv6_form(emu: Emulator, client: RawClient) -> None:
    client.create(**IPV6, service={"protocol": -1})
    found = []
    for form in ("as_sent", "compressed", "exploded"):
        emu.switch(ipv6_form=form)
        record = client.captures()["records"][0]
        found.append((record["source_address"], record["dest_address"]))
    assert found == [
        ("2001:DB8::7", "2001:db8::/32"),
        ("2001:db8::7", "2001:db8::/32"),
        ("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:0db8:0000:0000:0000:0000:0000:0000/32"),
    ]


def test_switch_list_data(emu: Emulator, client: RawClient) -> None:
    emu.switch(list_data="array")
    answer = client.huawei("GET", CAPTURES, [*FIREWALL, ("limit", 1), ("offset", 0)]).json()
    assert answer == {"data": [{"limit": 1, "offset": 0, "total": 0, "records": []}]}


def test_switch_list_lag_calls(emu: Emulator, client: RawClient) -> None:
    emu.switch(list_lag_calls=2)
    client.create()
    assert [client.captures()["total"] for _number in range(3)] == [0, 0, 1]
    (task_id,) = task_ids(client)
    client.stop(task_id)
    assert [statuses(client)[0] for _number in range(4)] == [2, 2, 5, 4]
    client.delete(task_id)
    assert [client.captures()["total"] for _number in range(3)] == [1, 1, 0]


def test_switch_list_lag(emu: Emulator, client: RawClient) -> None:
    emu.switch(list_lag=30)
    client.create()
    assert [client.captures()["total"] for _number in range(3)] == [0, 0, 0]
    emu.advance(31)
    assert client.captures()["total"] == 1


# Results


def test_result_by_link(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    data = client.result("done").json()["data"]
    assert set(data) == {"captcha", "expires", "url"}
    assert data["expires"] == pytest.approx(emu.now() + 86400, abs=5)
    page = requests.get(data["url"], timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert requests.get(f"{data['url']}&captcha=wrong", timeout=10).status_code == 403
    file = requests.get(f"{data['url']}&captcha={data['captcha']}", timeout=10)
    assert file.content[:4] == b"\xd4\xc3\xb2\xa1"
    assert len(file.content) > 1000
    emu.advance(86401)
    assert requests.get(f"{data['url']}&captcha={data['captcha']}", timeout=10).status_code == 403
    assert emu.calls()["OpenSharedFolder"] == 4


def test_forged_links(emu: Emulator, client: RawClient) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    url = client.result("done").json()["data"]["url"]
    for forged in (url.replace("task=done", "task=none"), url + "0"):
        assert requests.get(forged, timeout=10).status_code == 403
    token = url.partition("share/")[2][:32]
    assert requests.get(url.replace(token, "0" * 32), timeout=10).text.count("AccessDenied") == 1
    assert requests.get(f"{emu.url}/obs/capture/none/x.pcap", timeout=10).status_code == 403


def test_switch_result_mode(emu: Emulator, client: RawClient) -> None:
    emu.switch(result_mode="files")
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    data = client.result("done").json()["data"]
    assert set(data) == {"file_list", "request_header"}
    (file,) = data["file_list"]
    assert set(file) == {"file_name", "url", "file_path"}
    assert requests.get(file["url"], timeout=10).status_code == 403
    got = requests.get(file["url"], headers=data["request_header"], timeout=10)
    assert (got.status_code, got.content[:4]) == (200, b"\xd4\xc3\xb2\xa1")
    altered = file["url"].replace("Expires=", "Expires=9")
    assert requests.get(altered, headers=data["request_header"], timeout=10).status_code == 403
    emu.advance(86401)
    assert requests.get(file["url"], headers=data["request_header"], timeout=10).status_code == 403


def test_result_of_a_stopped_task(emu: Emulator, client: RawClient) -> None:
    client.create()
    (task_id,) = task_ids(client)
    assert code(client.result(task_id)) == "CFW.00200016"
    emu.advance(20)
    client.stop(task_id)
    assert [statuses(client), statuses(client)] == [[5], [4]]
    data = client.result(task_id).json()["data"]
    file = requests.get(f"{data['url']}&captcha={data['captcha']}", timeout=10).content
    assert len(file) == len(requests.get(f"{data['url']}&captcha={data['captcha']}", timeout=10).content)
    assert file[:4] == b"\xd4\xc3\xb2\xa1"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([("type", 0)], None),
        ([("type", 1), ("ip", "203.0.113.1"), ("ip", "203.0.113.0/24")], None),
        ([("type", 1)], "CFW.00200010"),
        ([("type", 0), ("ip", "203.0.113.1")], "CFW.00200010"),
        ([("type", 2)], "CFW.00200010"),
        ([("type", 1), *[("ip", f"203.0.113.{n}") for n in range(4)]], "CFW.00200010"),
        ([("type", 1), ("ip", "me")], "CFW.00200027"),
    ],
)
def test_result_for_some_addresses(
    emu: Emulator, client: RawClient, more: list[tuple[str, Any]], expected: str | None
) -> None:
    emu.seed(huawei={"tasks": [{"task_id": "done"}]})
    assert code(client.result("done", *more)) == expected
