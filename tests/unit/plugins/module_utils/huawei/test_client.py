# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Huawei client: complete lists, the project's id, credentials, and a clock that is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._http import Response, Transport
from ansible_collections.secops.cfw.plugins.module_utils._signing import Request
from emulator import (
    HUAWEI_AK,
    HUAWEI_AUTH_TOKEN,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_SK,
    HUAWEI_TEMP_AK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
)
from support.huawei import CAPTURE, CREATE, FINISHED, LIST, RECORD, RUNNING, Cloud

NAME = CAPTURE["name"]
PROJECTS = "KeystoneListProjects"


# paging


def seed_many(cloud: Cloud, number: int, **record: Any) -> None:
    """Finished tasks, the oldest first; the list shows the newest first."""
    tasks = [{"name": f"old-{index}", "status": FINISHED, **record} for index in range(number)]
    cloud.emu.seed(huawei={"tasks": tasks})


@pytest.mark.parametrize(("number", "calls"), [(0, 1), (1023, 1), (1024, 2), (2047, 2), (2048, 3)])
def test_every_page_is_read_and_none_too_many(cloud: Cloud, number: int, calls: int) -> None:
    cloud.seed()  # on the last page, and the last of it
    seed_many(cloud, number)
    assert cloud.run()["changed"] is False
    assert [(row["query"]["limit"], row["query"]["offset"]) for row in cloud.emu.log] == [
        ("1024", str(1024 * page)) for page in range(calls)
    ]


@pytest.mark.parametrize("in_total", [True, False])
@pytest.mark.parametrize(("deleted", "calls"), [(3, 1), (1022, 1), (1024, 2), (2500, 3)])
def test_deleted_records_are_read_past(cloud: Cloud, in_total: bool, deleted: int, calls: int) -> None:
    """They may be listed without being counted; the one that exists comes after them."""
    cloud.emu.switch(deleted_records="listed", deleted_in_total=in_total)
    cloud.seed()
    seed_many(cloud, deleted, is_deleted=1)
    assert cloud.run()["changed"] is False
    assert cloud.calls() == {LIST: calls}


def record(task_id: str, **changes: Any) -> dict[str, Any]:
    return {"task_id": task_id, "name": task_id, "status": 1, **changes}


def page(records: Sequence[Any] | None, total: Any) -> dict[str, Any]:
    return {"data": {"limit": 1024, "offset": 0, "total": total, "records": records}}


class Script:
    """Answers every request with the next line of a script; the last line goes on for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any] | Response) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)

        def send(_transport: Transport, request: Request, **_options: Any) -> Response:
            self.requests.append(request)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            return answer if isinstance(answer, Response) else Response(200, {}, json.dumps(answer).encode())

        monkeypatch.setattr(Transport, "send", send)


GONE: dict[str, Any] = {"state": "absent", "name": "nothing"}


@pytest.mark.parametrize(
    "answers",
    [
        [page([record("a"), record("b")], 2)],
        [page([], 0)],
        [page(None, 0)],
        [{"data": [page([record("a")], 1)["data"]]}],
        # Shorter pages than asked for.
        [page([record("a")], 2), page([record("b")], 2)],
        # Deleted ones counted, and not.
        [page([record("a"), record("b", is_deleted=1)], 2)],
        [page([record("a"), record("b", is_deleted=1)], 1)],
        [page([record("a"), record("b", is_deleted="1")], 1)],
        [page([record("a", is_deleted=0), record("b", is_deleted=True), record("c", is_deleted="0")], 2)],
    ],
    ids=str,
)
def test_a_list_that_adds_up_is_read_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, answers: list[Any]) -> None:
    script = Script(monkeypatch, *answers)
    assert cloud.run(**GONE)["changed"] is False
    assert len(script.requests) == len(answers)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param([page([record("a")], 2), page([], 2)], id="fewer than counted"),
        pytest.param([page([record("a"), record("b")], 1)], id="more than counted"),
        pytest.param([page([record("a")], 2), page([record("a")], 2)], id="the same twice"),
        pytest.param([page([record("a")], 3), page([record("b")], 2)], id="one vanished between two pages"),
        pytest.param([page([record("a")], 2), page([record("b")], 3), page([], 3)], id="one came between two pages"),
        pytest.param([page([record("a")], 2), page([record("b"), record("c")], 3)], id="one came and is seen"),
    ],
)
def test_a_list_that_does_not_add_up_is_read_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, odd: list[Any]
) -> None:
    script = Script(monkeypatch, *odd, page([record("a"), record("b")], 2))
    assert cloud.run(**GONE)["changed"] is False
    assert len(script.requests) == len(odd) + 1


@pytest.mark.parametrize("state", ["present", "stopped", "absent"])
def test_nothing_is_decided_on_a_list_that_never_adds_up(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    script = Script(monkeypatch, page([record("a")], 2), page([record("a")], 3), page([record("a")], 2))
    result = cloud.fails(state=state, name="a")
    assert result["error"]["code"] == "list_incomplete"
    assert (
        "shows 1 records but counts 2, 3 times in a row. Nothing was decided on an incomplete list; " in result["msg"]
    )
    assert {request.method for request in script.requests} == {"GET"}
    assert len(script.requests) == 6


def test_a_total_that_changes_all_the_time_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, *3 * [page([record("a")], 3), page([record("b")], 2)])
    assert "shows 2 records but counts 2 and 3, 3 times in a row" in cloud.fails(**GONE)["msg"]


def test_a_service_that_knows_no_offset_is_not_asked_for_ever(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    full = page([record(f"t-{number}", is_deleted=1) for number in range(1024)], 3000)
    script = Script(monkeypatch, full)
    assert cloud.fails(**GONE)["error"]["code"] == "list_incomplete"
    assert len(script.requests) == 6


def test_what_the_list_showed_before_as_deleted_is_not_taken_for_the_new_task(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists are answered by more than one server, and one of them may be behind."""
    shown = {**RECORD, "status": RUNNING, "source_address_type": 0, "dest_address_type": 0}
    deleted, behind = record("old", **{**shown, "is_deleted": 1}), record("old", **shown)
    script = Script(
        monkeypatch,
        page([deleted], 1),
        {"data": {}},
        page([behind], 1),
        page([deleted, record("new", **shown)], 2),
    )
    result = cloud.run()
    assert [request.method for request in script.requests] == ["GET", "POST", "GET", "GET"]
    assert (result["changed"], result["task"]["task_id"], result["duplicates"]) == (True, "new", [])


def test_every_write_has_a_connection_of_its_own(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one that the service has just closed its answer would be lost."""
    sent = []
    send = Transport.send

    def noting(transport: Transport, request: Request, *, fresh_connection: bool = False) -> Response:
        sent.append((request.method, fresh_connection))
        return send(transport, request, fresh_connection=fresh_connection)

    monkeypatch.setattr(Transport, "send", noting)
    for state in ("present", "absent"):
        cloud.run(state=state, name=NAME)
    assert set(sent) == {("GET", False), ("POST", True)}
    assert sent.count(("POST", True)) == 3


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": None},
        {"data": "no"},
        {"data": []},
        {"data": [page([], 0)["data"], page([], 0)["data"]]},
        {"data": {"records": []}},
        {"data": {"total": 0, "records": {}}},
        page(None, 1),
        page([], "0"),
        page(["a"], 1),
        page([{"name": "a"}], 1),
        page([record("")], 1),
    ],
    ids=str,
)
def test_nothing_is_decided_on_a_list_of_another_shape(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    Script(monkeypatch, Response(200, {"X-Request-Id": "r-1"}, json.dumps(answer).encode()))
    result = cloud.fails()
    assert result["error"] == {
        "code": "unreadable_answer",
        "message": "The list of capture tasks of firewall ebf891cd-2163-48a0-9963-6309f99dd3c4 came in a shape that the API page does not know",
        "request_id": "r-1",
        "hint": "Nothing was decided on it; check endpoint and proxy, and run it again",
    }


def test_an_error_in_an_answer_of_success_is_an_error(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, {"error_code": "CFW.00200013", "error_msg": "bad URL", "data": None})
    result = cloud.fails()
    assert (result["error"]["code"], result["error"]["message"]) == (
        "CFW.00200013",
        "CFW.00200013: bad URL (HTTP 200)",
    )


@pytest.mark.parametrize("kind", ["html", "drop_before_commit", "not_json_200", "truncated_json", "throttle"])
def test_a_read_is_repeated(cloud: Cloud, kind: str) -> None:
    cloud.emu.fault(LIST, kind=kind, times=3)
    result = cloud.run(**GONE)
    assert result["api_calls"][0]["attempts"] == 4
    assert result["api_calls"][0]["count"] == 1
    cloud.emu.fault(LIST, kind=kind, times=0)
    assert cloud.fails(retries=1, **GONE)["api_calls"][0]["attempts"] == 2


# the firewall


def test_a_firewall_that_does_not_exist(cloud: Cloud) -> None:
    result = cloud.fails(fw_instance_id="00000000-0000-0000-0000-000000000000")
    assert result["error"]["code"] == "CFW.00200005"
    assert result["error"]["hint"] == "Check fw_instance_id, region and enterprise_project_id"
    assert cloud.calls() == {LIST: 1}


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_firewall_in_another_enterprise_project(cloud: Cloud, how: str) -> None:
    given: dict[str, Any] = {"fw_instance_id": HUAWEI_FIREWALL_3}
    assert cloud.fails(**given)["error"]["code"] == "CFW.00200005"
    if how == "option":
        given["enterprise_project_id"] = HUAWEI_ENTERPRISE_PROJECT_ID
    else:
        cloud.environ["HW_ENTERPRISE_PROJECT_ID"] = HUAWEI_ENTERPRISE_PROJECT_ID
    for state in ("present", "stopped", "absent"):
        assert cloud.run(state=state, name=NAME, **given)["changed"]
    rows = [row["query"].get("enterprise_project_id") for row in cloud.emu.log[1:]]
    assert set(rows) == {HUAWEI_ENTERPRISE_PROJECT_ID}


# the project


def test_the_project_is_looked_up_by_region(cloud: Cloud) -> None:
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    result = cloud.run()
    assert cloud.calls() == {PROJECTS: 1, LIST: 2, CREATE: 1}
    assert cloud.emu.log[0]["query"] == {"name": "cn-north-4"}
    assert cloud.emu.log[1]["path"] == f"/v1/{HUAWEI_PROJECT_ID}/capture-task"
    assert result["api_calls"][0] == {
        "call": PROJECTS,
        "count": 1,
        "attempts": 1,
        "request_ids": [],
        "permission": "iam:projects:list",
    }


@pytest.mark.parametrize(
    "given", [{"project_id": HUAWEI_PROJECT_ID}, {"region": "xx-nowhere-1", "project_id": HUAWEI_PROJECT_ID}]
)
def test_a_project_that_is_given_is_not_looked_up(cloud: Cloud, given: dict[str, Any]) -> None:
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    cloud.run(check=True, **given)
    assert cloud.calls() == {LIST: 1}


def test_a_region_without_a_project(cloud: Cloud) -> None:
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    result = cloud.fails(region="cn-north-9")
    assert result["error"]["code"] == "project_not_found"
    assert result["msg"] == (
        "IAM knows 0 projects for region cn-north-9: none. Set project_id; sub-projects are found only that way."
    )
    assert cloud.calls() == {PROJECTS: 1}


def test_a_region_with_several_projects(cloud: Cloud) -> None:
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    cloud.emu.seed(huawei={"projects": [{"id": "f" * 32, "name": "cn-north-4"}]})
    result = cloud.fails()
    assert result["error"]["code"] == "project_ambiguous"
    assert result["msg"].startswith(
        f"IAM knows 2 projects for region cn-north-4: cn-north-4 ({HUAWEI_PROJECT_ID}), cn-north-4 ({'f' * 32}). "
    )


@pytest.mark.parametrize(
    "answer",
    [{}, {"projects": None}, {"projects": 5}, {"projects": {"id": "x"}}, {"projects": ["x", {"name": "cn-north-4"}]}],
    ids=str,
)
def test_an_answer_of_iam_that_names_no_project(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    Script(monkeypatch, answer)
    assert cloud.fails()["error"]["code"] == "project_not_found"


def test_a_project_id_that_is_none(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cloud.fails(project_id="0a1b/../2c")
    assert result["msg"] == (
        "project_id '0a1b/../2c' is no project id; give the 32 hexadecimal digits that the console shows."
    )
    assert cloud.calls() == {}
    del cloud.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
    Script(monkeypatch, {"projects": [{"id": "../x", "name": "cn-north-4"}]})
    assert cloud.fails()["msg"].startswith("project_id '../x' is no project id; ")


def test_neither_project_nor_region(cloud: Cloud) -> None:
    for name in ("HUAWEICLOUD_SDK_PROJECT_ID", "HW_REGION_NAME"):
        del cloud.environ[name]
    result = cloud.fails()
    assert result["msg"] == ("project_id and region are both missing; give project_id, or the region to look it up by.")
    assert cloud.calls() == {}


def test_another_project_is_refused(cloud: Cloud) -> None:
    result = cloud.fails(project_id="f" * 32)
    assert result["error"]["code"] == "APIGW.0302"
    assert cloud.calls() == {LIST: 1}


# credentials


def without_keys(cloud: Cloud) -> None:
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
        del cloud.environ[name]


@pytest.mark.parametrize(
    "given",
    [
        {"access_key": HUAWEI_AK, "secret_key": HUAWEI_SK},
        {"access_key": HUAWEI_TEMP_AK, "secret_key": HUAWEI_TEMP_SK, "security_token": HUAWEI_TEMP_TOKEN},
        {"auth_token": HUAWEI_AUTH_TOKEN},
    ],
    ids=["keys", "temporary keys", "token"],
)
def test_every_kind_of_credential_is_let_in(cloud: Cloud, given: dict[str, Any]) -> None:
    without_keys(cloud)
    given["project_id"] = HUAWEI_PROJECT_ID
    for state in ("present", "stopped", "absent"):
        assert cloud.run(state=state, name=NAME, **given)["changed"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"HUAWEICLOUD_SDK_SK": "wrong-secret-0000000000000000000"}, "verify aksk signature fail, canonicalRequest"),
        ({"HUAWEICLOUD_SDK_AK": "UNKNOWNAK00000000001"}, "the access key is unknown"),
        (
            {"HUAWEICLOUD_SDK_AK": HUAWEI_TEMP_AK, "HUAWEICLOUD_SDK_SK": HUAWEI_TEMP_SK},
            "X-Security-Token does not belong to the access key",
        ),
        (
            {
                "HUAWEICLOUD_SDK_AK": HUAWEI_TEMP_AK,
                "HUAWEICLOUD_SDK_SK": HUAWEI_TEMP_SK,
                "HUAWEICLOUD_SDK_SECURITY_TOKEN": "wrong-security-token-000000",
            },
            "X-Security-Token does not belong to the access key",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_credential_is_tried_once(cloud: Cloud, given: dict[str, str], words: str) -> None:
    """Five failures would lock the key."""
    cloud.environ |= given
    result = cloud.fails()
    assert cloud.calls() == {LIST: 1}
    assert cloud.slept == []
    assert result["error"]["code"] == "APIGW.0301"
    assert words in result["msg"]
    assert "five failures lock a key" in result["error"]["hint"]
    assert not [secret for name, secret in given.items() if secret in str(result) and not name.endswith("_AK")]
    # The gateway's message repeats the whole request.
    assert HUAWEI_PROJECT_ID not in result["msg"]


def test_a_locked_key_is_not_tried_again(cloud: Cloud) -> None:
    cloud.emu.fault(LIST, kind="lockout")
    assert "AK access failed to reach the limit" in cloud.fails()["msg"]
    assert cloud.calls() == {LIST: 1}


# the clock


def ahead(cloud: Cloud) -> None:
    cloud.clock_error = 3600.0


def behind(cloud: Cloud) -> None:
    cloud.clock_error = -3600.0


def service(cloud: Cloud) -> None:
    cloud.emu.switch(signature_clock="service")
    cloud.emu.advance(-7200)


@pytest.mark.parametrize(
    ("skew", "seconds", "words"),
    [(ahead, 3600, "ahead of"), (behind, 3600, "behind"), (service, 7200, "ahead of")],
)
def test_a_wrong_clock_is_corrected_once(cloud: Cloud, skew: Callable[[Cloud], None], seconds: int, words: str) -> None:
    skew(cloud)
    result = cloud.run()
    assert result["changed"]
    assert [(row["call"], row["count"], row["attempts"]) for row in result["api_calls"]] == [
        (LIST, 2, 3),
        (CREATE, 1, 1),
    ]
    assert [row["status"] for row in cloud.emu.log] == [401, 200, 200, 200]
    assert len(cloud.warnings) == 1
    found = re.search(rf"(\d+) seconds {words}", cloud.warnings[0])
    assert found
    assert int(found[1]) == pytest.approx(seconds, abs=60)


def test_a_clock_that_becomes_wrong_before_the_create(cloud: Cloud) -> None:
    """The refusal says that it was not carried out, so that the create may be signed again."""
    cloud.emu.fault(CREATE, kind="skew", seconds=7200.0)
    result = cloud.run()
    assert result["changed"]
    assert result["api_calls"][1]["attempts"] == 2
    assert cloud.names() == {NAME: RUNNING}


def test_a_clock_that_stays_wrong_is_corrected_only_once(cloud: Cloud) -> None:
    cloud.emu.fault(LIST, kind="skew", seconds=7200.0)
    cloud.emu.fault(LIST, nth=2, kind="skew", seconds=90000.0)
    result = cloud.fails()
    assert result["error"]["code"] == "APIGW.0301"
    assert cloud.calls() == {LIST: 2}


def test_a_small_difference_is_not_to_blame(cloud: Cloud) -> None:
    cloud.clock_error = 500.0
    cloud.environ["HUAWEICLOUD_SDK_SK"] = "wrong-secret-0000000000000000000"
    assert cloud.fails()["error"]["code"] == "APIGW.0301"
    assert cloud.calls() == {LIST: 1}
