# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which tests steer the emulator: in process, over HTTP, and as a program of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator import HUAWEI_FIREWALL, Emulator, FaultError, SwitchError
from emulator.client import CAPTURES, RawClient, alert_rule_body, capture_body

TESTS = Path(__file__).parents[2]


def control(emu: Emulator, method: str, name: str, body: Any = None) -> tuple[int, Any]:
    response = requests.request(method, f"{emu.url}/_emulator/{name}", json=body, timeout=10)
    return response.status_code, response.json()


def test_environment_lets_a_client_in(emu: Emulator) -> None:
    assert emu.environ == {
        "HUAWEICLOUD_CFW_ENDPOINT": emu.url,
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": emu.url,
        "TENCENTCLOUD_CFW_ENDPOINT": emu.url,
        "HUAWEICLOUD_SDK_AK": "EMULATORAK0000000001",
        "HUAWEICLOUD_SDK_SK": "emulator-sk-not-a-secret-0000000000000001",
        "HUAWEICLOUD_SDK_PROJECT_ID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "HW_REGION_NAME": "cn-north-4",
        "TENCENTCLOUD_SECRET_ID": "AKIDemulator000000000000000000000001",
        "TENCENTCLOUD_SECRET_KEY": "emulator-key-not-a-secret-0000001",
    }
    assert emu.url.startswith("http://127.0.0.1:")


def test_two_emulators_are_apart() -> None:
    with Emulator() as one, Emulator() as other:
        one.seed(tencent={"blocklist": ["203.0.113.9"]})
        assert len(one.state()["tencent"]["blocklist"]) == 1
        assert other.state()["tencent"]["blocklist"] == []


def test_stopped_emulator_answers_no_more() -> None:
    with Emulator() as emulator:
        url = emulator.url
        assert requests.get(f"{url}/_emulator/health", timeout=10).json() == {"ok": True}
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_emulator/health", timeout=10)


def test_log_rows(emu: Emulator, client: RawClient) -> None:
    emu.advance(3600)
    client.create("evidence")
    client.call("DescribeBlockIgnoreList", {"Limit": 0})
    first, second = emu.log
    assert first == {
        "n": 1,
        "cloud": "huawei",
        "call": "CreateCaptureTask",
        "method": "POST",
        "path": CAPTURES,
        "query": {"fw_instance_id": HUAWEI_FIREWALL},
        "body": capture_body("evidence"),
        "raw_body": json.dumps(capture_body("evidence")),
        "headers": first["headers"],
        "write": True,
        "status": 200,
        "error": None,
        "committed": True,
        "at": pytest.approx(emu.now(), abs=30),
    }
    assert (second["cloud"], second["write"], second["committed"]) == ("tencent", False, False)
    assert (second["status"], second["error"]) == (200, "MissingParameter")
    assert emu.calls() == {"CreateCaptureTask": 1, "DescribeBlockIgnoreList": 1}
    assert emu.writes() == 1


def test_log_hides_secrets(emu: Emulator, client: RawClient) -> None:
    client.huawei("GET", CAPTURES, headers={"X-Security-Token": "hush", "X-Auth-Token": "quiet"})
    client.tencent("DescribeLogs", {}, headers={"X-TC-Token": "still"})
    shown = json.dumps([row["headers"] for row in emu.log])
    for secret in ("hush", "quiet", "still"):
        assert secret not in shown
    assert shown.count("Signature=***") == 2


def test_clear_log_restarts_counters(emu: Emulator, client: RawClient) -> None:
    client.create()
    emu.clear_log()
    assert (emu.log, emu.calls(), emu.writes()) == ([], {}, 0)
    emu.fault("ListCaptureTask", nth=1, kind="status", status=503)
    assert client.huawei("GET", CAPTURES).status_code == 503


def test_reset_takes_everything_back(emu: Emulator, client: RawClient) -> None:
    emu.switch(create_id="task", list_lag_calls=5)
    emu.advance(1e6)
    emu.tick_per_request(60)
    emu.fault("*", kind="status", times=0)
    emu.seed(huawei={"tasks": [{}]}, tencent={"blocklist": ["203.0.113.9"], "alerts": [{"src_ip": "1", "dst_ip": "2"}]})
    client.create()
    fresh = emu.state()["switches"]
    emu.reset(capture_scope="account")
    state = emu.state()
    assert state["huawei"]["tasks"] == []
    assert (state["tencent"]["blocklist"], state["tencent"]["alerts"]) == ([], [])
    assert state["switches"] == {**fresh, "create_id": "firewall", "list_lag_calls": 0, "capture_scope": "account"}
    assert emu.log == []
    assert client.create().status_code == 200
    assert emu.now() == pytest.approx(time.time(), abs=30)


def test_unknown_switch_is_refused_and_changes_nothing(emu: Emulator) -> None:
    with pytest.raises(SwitchError, match="There is no switch 'handle_types_swapped'"):
        emu.switch(create_id="task", handle_types_swapped=True)
    assert emu.state()["switches"]["create_id"] == "firewall"
    assert control(emu, "PATCH", "switches", {"nonsense": 1})[0] == 400
    assert control(emu, "POST", "reset", {"switches": {"create_id": "both"}})[0] == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("create_id", "both"),
        ("unique_names", 1),
        ("start_status", True),
        ("captures_per_day", "20"),
        ("captures_per_day", -1),
        ("captures_per_day", 1.5),
        ("list_lag", "1"),
        ("busy_code", ""),
        ("alert_center_status", "-1"),
        ("search", "exact"),
    ],
)
def test_wrong_switch_value_is_refused(emu: Emulator, name: str, value: Any) -> None:
    with pytest.raises(SwitchError, match=name):
        emu.switch(**{name: value})


@pytest.mark.parametrize(
    "fault",
    [
        {"call": "*", "kind": "gremlin"},
        {"call": "", "kind": "html"},
        {"call": "*", "kind": "html", "nth": 0},
        {"call": "*", "kind": "html", "times": -1},
        {"call": "*", "kind": "html", "colour": "red"},
        {"call": "*", "kind": "delay", "seconds": "1"},
        {"call": "*", "kind": "html", "commit": 1},
        {"call": "*", "kind": "error"},
        {"call": "*", "kind": "truncated_json", "cut": "here"},
    ],
)
def test_impossible_fault_is_refused(emu: Emulator, fault: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        emu.fault(**fault)
    status, answer = control(emu, "POST", "faults", fault)
    assert status == 400
    assert answer["error"]


def test_control_over_http(emu: Emulator, client: RawClient) -> None:
    assert control(emu, "GET", "health") == (200, {"ok": True})
    assert control(emu, "POST", "reset", {"switches": {"create_id": "task"}})[0] == 200
    assert control(emu, "GET", "switches")[1]["create_id"] == "task"
    assert control(emu, "PATCH", "switches", {"create_id": "firewall"})[1]["create_id"] == "firewall"
    assert "unpublished" in control(emu, "GET", "switches?why")[1]["busy_code"]
    assert control(emu, "POST", "state", {"tencent": {"blocklist": ["203.0.113.9"]}})[0] == 200
    assert control(emu, "GET", "state")[1]["tencent"]["blocklist"][0]["Ioc"] == "203.0.113.9"
    assert control(emu, "POST", "faults", {"call": "ListCaptureTask", "nth": 1, "kind": "status"})[0] == 200
    assert client.huawei("GET", CAPTURES).status_code == 500
    status, log = control(emu, "GET", "log")
    assert (status, log["calls"], log["writes"], len(log["requests"])) == (200, {"ListCaptureTask": 1}, 0, 1)
    assert control(emu, "DELETE", "log")[0] == 200
    assert control(emu, "GET", "log")[1]["requests"] == []
    assert control(emu, "DELETE", "faults")[0] == 200
    assert client.captures()["total"] == 0


def test_clock_over_http(emu: Emulator, client: RawClient) -> None:
    assert control(emu, "POST", "clock", {"set": 1_800_000_000})[1]["now"] == pytest.approx(1_800_000_000, abs=5)
    assert control(emu, "POST", "clock", {"advance": 3600})[1]["now"] == pytest.approx(1_800_003_600, abs=5)
    control(emu, "POST", "clock", {"per_request": 1000})
    client.captures()
    assert control(emu, "GET", "clock")[1]["now"] == pytest.approx(1_800_004_600, abs=5)
    date = parsedate_to_datetime(client.huawei("GET", CAPTURES).headers["Date"]).timestamp()
    assert date == pytest.approx(1_800_005_600, abs=5)


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("GET", "nonsense", None, 404),
        ("DELETE", "state", None, 404),
        ("POST", "clock", {"forward": 1}, 400),
        ("POST", "clock", {"advance": "1"}, 400),
        ("POST", "reset", {"switch": {}}, 400),
        ("POST", "reset", [1], 400),
        ("POST", "state", {"azure": {}}, 400),
        ("POST", "state", {"huawei": {"task": []}}, 400),
        ("POST", "state", {"huawei": {"tasks": [{"firewall_id": "none"}]}}, 400),
        ("POST", "state", {"huawei": {"firewalls": [{"name": "x"}]}}, 400),
        ("POST", "state", {"tencent": {"rules": []}}, 400),
        ("POST", "state", {"tencent": {"blocklist": [{"Ioc": "203.0.113.9", "RuleType": 2}]}}, 400),
        ("POST", "state", {"tencent": {"blocklist": [{}]}}, 400),
        ("POST", "state", {"tencent": {"alerts": [{"src_ip": "1"}]}}, 400),
        ("POST", "state", {"tencent": {"alerts": [{"src_ip": "1", "dst_ip": "2", "direction": "up"}]}}, 400),
    ],
)
def test_control_refuses_nonsense(emu: Emulator, method: str, name: str, body: Any, status: int) -> None:
    found, answer = control(emu, method, name, body)
    assert found == status
    assert answer["error"]


def test_control_is_not_logged(emu: Emulator) -> None:
    control(emu, "GET", "state")
    assert emu.log == []


def test_whole_url_as_request_target(emu: Emulator) -> None:
    """Whoever names the emulator as an HTTP proxy sends it whole URLs."""
    answer = requests.get("http://cfw.invalid/_emulator/health", proxies={"http": emu.url}, timeout=10)
    assert answer.json() == {"ok": True}


def test_parallel_connections(emu: Emulator) -> None:
    def block(number: int) -> str:
        client = RawClient(emu.url)
        try:
            return str(client.call("CreateAlertCenterRule", alert_rule_body(f"203.0.113.{number}"))["ReturnMsg"])
        finally:
            client.close()

    emu.switch(rate_limit=0)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(block, range(1, 41))) == {"success"}
    assert len(emu.state()["tencent"]["blocklist"]) == 40
    assert [row["n"] for row in emu.log] == list(range(1, 41))


def test_one_hundred_thousand_rows(emu: Emulator, client: RawClient) -> None:
    emu.seed(tencent={"blocklist": [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(100_000)]})
    answer = client.call("DescribeBlockIgnoreList", {**_page(99_950), "Limit": 100})
    assert (len(answer["Data"]), answer["Total"]) == (50, 100_000)


def _page(offset: int) -> dict[str, Any]:
    return {"Limit": 100, "Offset": offset, "Direction": "", "Order": "asc", "By": "EndTime", "ShowType": "blocklist"}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "emulator", "--port-file", str(tmp_path / "port"), "--stop-after", "60"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    yield process
    process.kill()
    process.communicate()


def _exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    found = {}
    for line in process.stdout:
        if line.startswith("# Stop it"):
            break
        if line.startswith("export "):
            name, _sign, value = shlex.split(line)[1].partition("=")
            found[name] = value
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_program(program: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    exports = _exports(program)
    url = exports["TENCENTCLOUD_CFW_ENDPOINT"]
    assert url == f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
    assert exports["HUAWEICLOUD_SDK_AK"] == "EMULATORAK0000000001"
    client = RawClient(url)
    assert client.create().status_code == 200
    client.close()
    program.send_signal(number)
    assert program.wait(10) == 0


def test_program_stops_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emulator", "--stop-after", "0.1"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert "Stopped after 0.1 seconds" in done.stdout


def test_program_names_a_port_in_use(emu: Emulator) -> None:
    port = emu.url.rpartition(":")[2]
    command = [sys.executable, "-m", "emulator", "--port", port]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert f"Can't listen on 127.0.0.1:{port}" in done.stderr


def test_program_stops_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'emulator', '--stop-with-parent', '--stop-after', '60'],\n"
        "                         stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline(), child.pid, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    url = done.stdout.split("=")[1].split()[0]
    assert any(not _answers(url) for _number in range(100_000))


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_emulator/health", timeout=10).ok
    except requests.ConnectionError:
        return False
