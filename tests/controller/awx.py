# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX in memory, as far as the modules of awx.awx look at one: it keeps what they send, and refuses what AWX refuses."""

from __future__ import annotations

import asyncio
import base64
import copy
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from support import awx_rules as rules

Item = dict[str, Any]

USER, PASSWORD, TOKEN = "admin", "awx-Passw0rd-of-nobody", "awx-t0ken-of-nobody"
ENCRYPTED = "$encrypted$"

ROLES = {
    "credentials": ("admin", "use", "read"),
    "inventories": ("admin", "use", "update", "adhoc", "read"),
    "job_templates": ("admin", "execute", "read"),
    "organizations": ("admin", "member", "read"),
    "projects": ("admin", "use", "update", "read"),
    "teams": ("admin", "member", "read"),
    "workflow_job_templates": ("admin", "execute", "read", "approval"),
}
TYPES = {
    "credential_types": "credential_type",
    "credentials": "credential",
    "execution_environments": "execution_environment",
    "hosts": "host",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "job_templates": "job_template",
    "notification_templates": "notification_template",
    "organizations": "organization",
    "projects": "project",
    "schedules": "schedule",
    "teams": "team",
    "workflow_approval_templates": "workflow_approval_template",
    "workflow_job_template_nodes": "workflow_job_template_node",
    "workflow_job_templates": "workflow_job_template",
}
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
# What is in what, and goes with it: the page and the field that names the owner.
OF_ORGANIZATIONS = (
    "credentials",
    "inventories",
    "job_templates",
    "notification_templates",
    "projects",
    "teams",
    "workflow_job_templates",
)
OWNERS = {
    "hosts": ("inventories", "inventory"),
    "inventory_sources": ("inventories", "inventory"),
    "schedules": ("", "unified_job_template"),
    "workflow_job_template_nodes": ("workflow_job_templates", "workflow_job_template"),
    **dict.fromkeys(OF_ORGANIZATIONS, ("organizations", "organization")),
}


class Refused(Exception):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


class Awx:
    """`items` are the objects by page and id, `surveys` and `links` what hangs on them, `sent` what was written."""

    def __init__(self, playbooks: tuple[str, ...]) -> None:
        self._playbooks = playbooks
        self.reset()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def reset(self) -> None:
        self._ids = itertools.count(1)
        self.items: dict[str, dict[int, Item]] = {kind: {} for kind in TYPES}
        self.surveys: dict[tuple[str, int], Item] = {}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.roles: dict[int, dict[str, list[int]]] = {}
        self.sent: list[tuple[str, str, Any]] = []
        self.asked: list[str] = []
        self.add("organizations", {"name": "Default"})

    # For tests

    def add(self, kind: str, body: Mapping[str, Any]) -> Item:
        number = next(self._ids)
        url = f"/api/v2/{kind}/{number}/"
        item: Item = {"id": number, "type": TYPES[kind], "url": url, "related": {}, "summary_fields": {}, **body}
        if kind in ("job_templates", "workflow_job_templates"):
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        if kind in ROLES:
            named = {f"{name}_role": {"id": next(self._ids)} for name in ROLES[kind]}
            item["summary_fields"]["object_roles"] = named
            self.roles.update({role["id"]: {"teams": [], "users": []} for role in named.values()})
        self.items[kind][number] = item
        return item

    def named(self, kind: str) -> dict[str, Item]:
        return {str(item["name"]): item for item in self.items[kind].values()}

    def survey(self, kind: str, name: str) -> Item:
        return self.surveys[kind, self.named(kind)[name]["id"]]

    def linked(self, kind: str, name: str, link: str, to: str) -> list[str]:
        """The names of what is associated with an object."""
        numbers = self.links.get((kind, self.named(kind)[name]["id"], link), [])
        return [str(self.items[to][number]["name"]) for number in numbers]

    def granted(self, kind: str, name: str, role: str) -> list[str]:
        number = self.named(kind)[name]["summary_fields"]["object_roles"][f"{role}_role"]["id"]
        return [str(self.items["teams"][team]["name"]) for team in self.roles[number]["teams"]]

    def everything(self) -> Any:
        """All that is there, to be compared with later, or for `load`."""
        return copy.deepcopy([self.items, self.surveys, self.links, self.roles])

    def load(self, everything: Any) -> None:
        self.items, self.surveys, self.links, self.roles = copy.deepcopy(everything)
        self._ids = itertools.count(
            1 + max([*self.roles, *(number for items in self.items.values() for number in items)])
        )

    # The server

    def __enter__(self) -> Awx:
        self._thread.start()
        if not self._started.wait(20):
            raise RuntimeError("the AWX in memory did not start")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/api/v2/{path:.*}", self._handle)
        runner = web.AppRunner(application)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
        parts = [part for part in request.match_info["path"].split("/") if part]
        try:
            body = json.loads(await request.text() or "null")
            status, answer = self._answer(request, parts, body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        if answer is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(answer, status=status, headers=headers)

    def _answer(self, request: web.Request, parts: list[str], body: Any) -> tuple[int, Any]:
        given = request.headers.get("Authorization", "")
        if parts[0] == "tokens":
            if given != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
                raise Refused(401, {"detail": "Authentication credentials were not provided."})
            return (201, {"id": 1, "token": TOKEN}) if request.method == "POST" else (204, None)
        if given != f"Bearer {TOKEN}":
            raise Refused(401, {"detail": "Authentication credentials were not provided."})
        if request.method == "GET":
            self.asked.append(request.path_qs)
        else:
            self.sent.append((request.method, request.path, copy.deepcopy(body)))
        if parts[0] == "roles":
            return self._link(self.roles[int(parts[1])].setdefault(parts[2], []), parts[2], request.method, body)
        if parts[0] == "project_updates":
            return 200, {"id": int(parts[1]), "status": "successful", "failed": False, "finished": "now"}
        if len(parts) == 1:
            return self._page(request, parts[0], body)
        if parts[0] not in self.items or int(parts[1]) not in self.items[parts[0]]:
            raise Refused(404, {"detail": "Not found."})
        item = self.items[parts[0]][int(parts[1])]
        if len(parts) == 2:
            return self._detail(request.method, parts[0], item, body)
        return self._below(request.method, parts[0], item, parts[2], body)

    def _page(self, request: web.Request, kind: str, body: Any) -> tuple[int, Any]:
        if kind == "unified_job_templates":
            rows = [item for page in UNIFIED for item in self.items[page].values()]
        elif kind in self.items:
            rows = list(self.items[kind].values())
        else:
            raise Refused(404, {"detail": "Not found."})
        if request.method == "POST":
            return 201, self._shown(kind, self._create(kind, body))
        for key, value in request.query.items():
            if key not in ("page", "page_size"):
                rows = [item for item in rows if self._fits(item, key, value)]
        # Small pages, so that somebody who reads only the first is found out.
        page, size = int(request.query.get("page", 1)), 5
        after = request.path if page * size < len(rows) else None
        if after:
            query = {**request.query, "page": str(page + 1)}
            after = str(request.rel_url.with_query(query))
        shown = [self._shown(kind, item) for item in rows[(page - 1) * size : page * size]]
        return 200, {"count": len(rows), "next": after, "previous": None, "results": shown}

    def _fits(self, item: Item, key: str, value: str) -> bool:
        field, _dots, how = key.partition("__")
        if field == "organization" and how == "name":
            owner = self.items["organizations"].get(item.get("organization") or 0, {})
            return owner.get("name") == value
        if how == "startswith":
            return str(item.get(field, "")).startswith(value)
        if how:
            raise Refused(400, {"detail": f"{key} is not known here"})
        return str(item.get(field)) == value

    def _create(self, kind: str, body: Item) -> Item:
        body = self._checked(kind, {}, body)
        for other in self.items[kind].values():
            if "name" in body and all(
                other.get(field) == body.get(field)
                for field in ("name", "organization", "credential_type", "inventory")
            ):
                raise Refused(400, {"__all__": ["The name is taken."]})
        item = self.add(kind, body)
        if kind == "projects":
            # The first update begins by itself.
            item["scm_revision"] = ""
            item["summary_fields"]["current_update"] = {"id": item["id"], "status": "pending"}
        return item

    def _detail(self, method: str, kind: str, item: Item, body: Any) -> tuple[int, Any]:
        if method == "PATCH":
            # Fields that an object does not have are passed over.
            item.update({name: value for name, value in self._checked(kind, item, body).items() if name in item})
        elif method == "DELETE":
            self._delete(kind, item)
            return (202 if kind == "inventories" else 204), None
        return 200, self._shown(kind, item)

    def _delete(self, kind: str, item: Item) -> None:
        number = item["id"]
        if kind == "credential_types" and any(
            one["credential_type"] == number for one in self.items["credentials"].values()
        ):
            raise Refused(403, {"detail": "Credential types that are in use cannot be deleted"})
        for other, (owner, field) in OWNERS.items():
            for one in list(self.items[other].values()):
                if one.get(field) == number and (owner == kind or (not owner and kind in UNIFIED)):
                    self._delete(other, one)
        del self.items[kind][number]
        self.surveys.pop((kind, number), None)
        self.links = {key: numbers for key, numbers in self.links.items() if key[:2] != (kind, number)}
        for numbers in self.links.values():
            if number in numbers:
                numbers.remove(number)
        for role in item["summary_fields"].get("object_roles", {}).values():
            del self.roles[role["id"]]
        for role in self.roles.values():
            if kind == "teams" and number in role["teams"]:
                role["teams"].remove(number)
        if kind == "workflow_job_template_nodes":
            self.items["workflow_approval_templates"].pop(item.get("unified_job_template") or 0, None)

    def _below(self, method: str, kind: str, item: Item, name: str, body: Any) -> tuple[int, Any]:
        key = (kind, item["id"])
        if name == "survey_spec":
            if method == "POST":
                wrong = rules.wrong_survey(body)
                if wrong:
                    raise Refused(400, {"error": "; ".join(wrong)})
                self.surveys[key] = body
            return 200, self.surveys.get(key, {})
        if name == "create_approval_template":
            approval = self.add(
                "workflow_approval_templates", {field: body.get(field) for field in ("name", "timeout")}
            )
            approval["description"] = body.get("description", "")
            item["unified_job_template"] = approval["id"]
            item["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        to = (
            "credentials"
            if name == "credentials"
            else "notification_templates"
            if name.startswith("notification_templates_")
            else "workflow_job_template_nodes"
            if name in ("always_nodes", "success_nodes", "failure_nodes")
            else ""
        )
        if not to:
            raise Refused(404, {"detail": "Not found."})
        return self._link(self.links.setdefault((*key, name), []), to, method, body, self._one_of_a_type)

    def _link(
        self,
        numbers: list[int],
        to: str,
        method: str,
        body: Any,
        check: Callable[[list[int], str, int], None] | None = None,
    ) -> tuple[int, Any]:
        if method == "GET":
            rows = [self._shown(to, self.items[to][number]) for number in numbers]
            return 200, {"count": len(rows), "next": None, "previous": None, "results": rows}
        if body.get("disassociate"):
            numbers.remove(body["id"])
        else:
            if check:
                check(numbers, to, body["id"])
            numbers.append(body["id"])
        return 204, None

    def _one_of_a_type(self, numbers: list[int], to: str, number: int) -> None:
        if to != "credentials":
            return
        types = [self.items[to][one]["credential_type"] for one in [*numbers, number]]
        if len(set(types)) < len(types):
            raise Refused(400, {"detail": "Cannot assign multiple credentials of one type."})

    def _checked(self, kind: str, before: Item, body: Item) -> Item:
        """The body as AWX stores it."""
        body = dict(body)
        whole = {**before, **body}
        wrong: list[str] = []
        if kind == "credential_types":
            wrong = rules.wrong_credential_type(whole)
        elif kind == "credentials":
            fields = self.items["credential_types"][whole["credential_type"]]["inputs"]["fields"]
            wrong = [f"{name} is no input" for name in whole.get("inputs", {}) if name not in [f["id"] for f in fields]]
            kept: Item = before.get("inputs") or {}
            given: Item = body.get("inputs") or kept
            body["inputs"] = {name: kept.get(name) if value == ENCRYPTED else value for name, value in given.items()}
        elif kind == "job_templates":
            if whole["playbook"] not in self._playbooks:
                wrong.append("Playbook not found for project.")
            json.loads(whole.get("extra_vars", "{}"))
        elif kind == "inventories":
            body.update(kind=body.get("kind") or "", host_filter=body.get("host_filter"))
        elif kind == "notification_templates":
            wanted = {"url", "headers", "http_method", "disable_ssl_verification", "username", "password"}
            wrong = [f"{name} is missing" for name in sorted(wanted - set(whole["notification_configuration"]))]
        if wrong:
            raise Refused(400, {"__all__": wrong})
        return body

    def _shown(self, kind: str, item: Item) -> Item:
        if kind != "credentials":
            return item
        kept = self.items["credential_types"][item["credential_type"]]["inputs"]["fields"]
        secret = {field["id"] for field in kept if field.get("secret")}
        inputs = {name: ENCRYPTED if name in secret else value for name, value in item.get("inputs", {}).items()}
        return {**item, "inputs": inputs}
