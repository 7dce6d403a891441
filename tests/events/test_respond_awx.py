# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook respond_awx, with a real ansible-rulebook, against as much of the API of AWX as it asks for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from ansible_collections.secops.cfw.plugins.plugin_utils._alert_events import case_id
from ansible_collections.secops.cfw.plugins.plugin_utils._controller import plan
from support.awx_role import SETTINGS, read_data

if TYPE_CHECKING:
    from .conftest import Rulebook, Start

TOKEN = "a-token-of-awx-that-nobody-may-see"
# As the role controller makes them.
MADE = plan(SETTINGS, read_data(), awx=True)
WORKFLOW, ORGANIZATION = MADE["workflow"]["name"], MADE["organization"]
ATTACKER, OTHER = "203.0.113.7", "2001:db8::9"
NOW = datetime.now(timezone.utc).replace(microsecond=0)


class Awx:
    """The calls that launching a workflow takes. A launch with a variable that the survey lacks is refused, as AWX does."""

    SURVEY = frozenset(question["variable"] for question in MADE["workflow"]["survey_spec"]["spec"])

    def __init__(self) -> None:
        self.launches: list[dict[str, Any]] = []
        self.labels: dict[int, str] = {}
        self.polls = 0
        self.strangers = 0
        self.url = ""

    def app(self) -> web.Application:
        @web.middleware
        async def only_with_token(request: web.Request, handler: Any) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.strangers += 1
                return web.json_response({"detail": "Authentication credentials were not provided."}, status=401)
            answer: web.StreamResponse = await handler(request)
            return answer

        app = web.Application(middlewares=[only_with_token])
        app.router.add_get("/api/v2/config/", self.config)
        app.router.add_get("/api/v2/unified_job_templates/", self.templates)
        app.router.add_get("/api/v2/organizations/", self.organizations)
        app.router.add_get("/api/v2/labels/", self.find_label)
        app.router.add_post("/api/v2/labels/", self.make_label)
        app.router.add_post("/api/v2/workflow_job_templates/7/launch/", self.launch)
        app.router.add_get("/api/v2/workflow_jobs/", self.jobs)
        return app

    async def config(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": "24.6.1"})

    async def templates(self, request: web.Request) -> web.Response:
        template = {
            "id": 7,
            "type": "workflow_job_template",
            "name": WORKFLOW,
            "summary_fields": {"organization": {"name": ORGANIZATION}},
            "related": {"launch": "/api/v2/workflow_job_templates/7/launch/"},
            "ask_limit_on_launch": False,
            "ask_labels_on_launch": True,
            "ask_inventory_on_launch": False,
            "ask_variables_on_launch": False,
        }
        return page([template] if request.query["name"] == WORKFLOW else [])

    async def organizations(self, _request: web.Request) -> web.Response:
        return page([{"id": 3, "name": ORGANIZATION}])

    async def find_label(self, request: web.Request) -> web.Response:
        return page([{"id": number} for number, name in self.labels.items() if name == request.query["name"]])

    async def make_label(self, request: web.Request) -> web.Response:
        self.labels[len(self.labels) + 1] = (await request.json())["name"]
        return web.json_response({"id": len(self.labels)}, status=201)

    async def launch(self, request: web.Request) -> web.Response:
        body = await request.json()
        unknown = sorted(set(body.get("extra_vars", {})) - self.SURVEY)
        if unknown or not all(isinstance(value, str) for value in body["extra_vars"].values()):
            return web.json_response({"variables_needed_to_start": unknown}, status=400)
        self.launches.append(body)
        number = len(self.launches)
        return web.json_response({"id": number, "url": f"/api/v2/workflow_jobs/{number}/"}, status=201)

    async def jobs(self, request: web.Request) -> web.Response:
        """The first workflow waits for its approval for ever, and those after it were denied."""
        self.polls += 1
        numbers = [int(number) for number in request.query["id__in"].split(",")]
        return page(
            [
                {
                    "id": number,
                    "status": "running" if number == 1 else "failed",
                    "created": NOW.isoformat(),
                    "artifacts": {},
                }
                for number in numbers
            ]
        )


def page(rows: list[dict[str, Any]]) -> web.Response:
    return web.json_response({"count": len(rows), "next": None, "results": rows})


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    api = Awx()
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(api.app())

    async def begin() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()


@pytest.fixture(scope="module")
def rulebook(start_rulebook: Start, awx: Awx, tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    folder: Path = tmp_path_factory.mktemp("awx")
    started = start_rulebook(
        "respond_awx",
        folder,
        {"cfw_event_level": "medium", "cfw_event_workflow": WORKFLOW, "cfw_event_organization": ORGANIZATION},
        {
            "EDA_CONTROLLER_URL": awx.url,
            "EDA_CONTROLLER_TOKEN": TOKEN,
            "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2",
        },
    )
    started.until(started.listening, "it listens")
    return started


def alert(source: str) -> dict[str, Any]:
    return {
        "event_id": "evt-1",
        "direction": "inbound",
        "level": "middle",
        "event_name": "{{ 7 * 191 }}",
        "src_ip_list": [source],
        "dst_ip_list": ["198.51.100.20", "10.0.0.4"],
        "end_time": NOW.astimezone(timezone(timedelta(hours=8))).isoformat(" ").partition("+")[0],
    }


def test_an_alert_launches_the_workflow_once(rulebook: Rulebook, awx: Awx) -> None:
    for _repeat in range(3):
        assert rulebook.send("tencent", alert(ATTACKER)).status_code == 200
    rulebook.until(lambda: bool(awx.launches), "the workflow is launched")
    # The second one does not wait for the approval of the first one; it is denied, and that is final.
    rulebook.send("tencent", alert(OTHER))
    rulebook.until_said("failed (job_id: 2)")

    assert [launch["extra_vars"] for launch in awx.launches] == [
        {
            "cfw_case_id": case_id(target, NOW.timestamp()),
            "cfw_targets": target,
            "cfw_victims": "198.51.100.20, 10.0.0.4",
            "cfw_direction": "inbound",
            "cfw_event_time": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cfw_reason": "Alert of tencent, medium: (( 7 * 191 ))",
        }
        for target in (ATTACKER, OTHER)
    ]
    assert "limit" not in awx.launches[0]
    names = sorted(awx.labels[number] for number in awx.launches[0]["labels"])
    assert [name.partition("-uuid-")[0] for name in names] == [
        "Activated by Event-Driven Ansible",
        "eda-event",
        "secops.cfw",
    ]
    assert awx.strangers == 0


def test_the_token_is_not_in_the_output(rulebook: Rulebook) -> None:
    assert TOKEN not in rulebook.said()
