# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The capture tasks of a firewall."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_task_info import CAPTURE_TASK_INFO, run
from emulator import HUAWEI_FIREWALL, HUAWEI_FIREWALL_2, Emulator
from support.huawei import ABNORMAL, FINISHED, LIST, PENDING, RECORD, RUNNING, STOPPED, Cloud
from support.reader import Reader


@pytest.fixture
def reader(emu: Emulator) -> Reader:
    return Reader(emu, CAPTURE_TASK_INFO, run, fw_instance_id=HUAWEI_FIREWALL)


def ids(result: dict[str, Any]) -> list[str]:
    return [row["task_id"] for row in result["tasks"]]


@pytest.mark.parametrize("check", [False, True])
def test_a_task_as_the_other_module_shows_it(reader: Reader, cloud: Cloud, check: bool) -> None:
    task_id = cloud.seed(status=RUNNING)
    reader.calls()
    result = reader.run(check)
    assert reader.calls() == {LIST: 1}
    (row,) = result["tasks"]
    assert result["total"] == 1
    raw = row.pop("raw")
    assert raw["task_id"] == task_id
    assert (raw["dest_address"], raw["protocol"]) == (RECORD["dest_address"], RECORD["protocol"])
    assert row.pop("evidence") == "none"
    # Of a task that runs it moves with the service's clock.
    first = row.pop("modified_date")
    shown = cloud.run()["task"]
    assert row["created_date"] <= first <= shown.pop("modified_date")
    assert row == shown


@pytest.fixture
def tasks(cloud: Cloud) -> None:
    cloud.seed(task_id="a", name="INC-1", status=FINISHED)
    cloud.seed(task_id="b", name="INC-1", status=RUNNING)
    cloud.seed(task_id="c", name="INC-10", status=STOPPED, capture_size="5kb")
    cloud.seed(task_id="d", name="INC-2", status=ABNORMAL, capture_size="0kb")
    cloud.seed(task_id="e", name="INC-2", status=PENDING)
    cloud.seed(task_id="f", name="INC-2", status=9)


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "abcdef"),
        ({"name": "INC-1"}, "ab"),
        ({"name": "inc-1"}, ""),
        ({"task_id": "c"}, "c"),
        ({"status": ["running", "pending"]}, "be"),
        ({"status": "unknown"}, "f"),
        ({"name": "INC-1", "status": ["finished"]}, "a"),
        ({"name": "INC-1", "task_id": "c"}, ""),
        ({"name": " ", "task_id": "", "status": []}, "abcdef"),
    ],
)
def test_filters(reader: Reader, filters: dict[str, Any], found: str) -> None:
    result = reader.run(**filters)
    assert sorted(ids(result)) == list(found)
    assert result["total"] == len(found)


@pytest.mark.usefixtures("tasks")
def test_evidence(reader: Reader) -> None:
    evidence = {row["task_id"]: row["evidence"] for row in reader.run()["tasks"]}
    assert evidence == {"a": "complete", "b": "none", "c": "partial", "d": "none", "e": "none", "f": "none"}


@pytest.mark.usefixtures("tasks")
def test_another_firewall_has_none(reader: Reader) -> None:
    assert reader.run(fw_instance_id=HUAWEI_FIREWALL_2)["tasks"] == []


def test_all_pages(reader: Reader, emu: Emulator) -> None:
    rows = [{**RECORD, "status": FINISHED, "task_id": f"t{number}", "name": f"n{number}"} for number in range(1030)]
    emu.seed(huawei={"tasks": rows})
    result = reader.run()
    assert len(set(ids(result))) == result["total"] == 1030
    assert reader.calls() == {LIST: 2}


def test_failures(reader: Reader, emu: Emulator) -> None:
    assert reader.fails(fw_instance_id="no-such-firewall")["error"]["code"] == "CFW.00200005"
    emu.fault(call=LIST, nth=1, kind="html", times=9)
    reader.emu.clear_log()
    assert reader.fails()["error"]["code"] == "http_502"


def test_bad_input(reader: Reader) -> None:
    assert "fw_instance_id" in reader.refuses(fw_instance_id="")
    assert "fw_instance_id" in reader.refuses(fw_instance_id=None)
    assert "task_id" in reader.refuses(task_id="a b")
    assert "name" in reader.refuses(name="a\nb")
    assert "status" in reader.refuses(status=["done"])
