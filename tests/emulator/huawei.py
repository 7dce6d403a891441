# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei's side: the five capture calls, the project lookup of IAM, and the store that holds capture files. The other
calls of the firewall service are in `huawei_companions`.

Error shapes: the gateway and the firewall service answer {error_code, error_msg}, the gateway with request_id; every
answer has X-Request-Id, IAM's also X-IAM-Trace-Id. IAM knows the projects of all regions, the firewall service takes
those of its own (switch service_region). Invented: the wording, the 403 for another project, for a project of another
region and for a read-only key (APIGW.0302), the share page of the link mode (a page that wants the extraction code as `captcha`),
`expires` in unix seconds, that a file's download insists on the Host that came in request_header, and that the links
carry the addresses they are for (the client's is a switch, because it is always the loopback one here).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .accounts import FIREWALLS, HUAWEI_PROJECT_ID, HUAWEI_REGION, Firewall, Principal
from .auth_huawei import HuaweiGateway
from .clock import ServiceClock
from .files import FileReply
from .huawei_captures import FINAL, Captures, Task
from .huawei_companions import PERMISSIONS as COMPANION_PERMISSIONS
from .huawei_companions import ROUTES as COMPANION_ROUTES
from .huawei_companions import SEEDS as COMPANION_SEEDS
from .huawei_companions import Companions
from .huawei_input import LIST_LIMIT, WRONG_TYPE, check_public_addresses, read_body, read_number, read_query, read_spec
from .switches import Switches
from .wire import ApiError, Reply, WireRequest

LINK_SECONDS = 24 * 3600
OBS_HOST = "cfw-capture-emulator.obs.cn-north-4.myhuaweicloud.com"
PERMISSIONS = {
    "CreateCaptureTask": "cfw:captureTask:create",
    "ListCaptureTask": "cfw:captureTask:list",
    "CancelCaptureTask": "cfw:captureTask:stop",
    "DeleteCaptureTask": "cfw:captureTask:delete",
    "ListCaptureResult": "cfw:captureTask:getResult",
    **COMPANION_PERMISSIONS,
}
WRITES = frozenset({"CreateCaptureTask", "CancelCaptureTask", "DeleteCaptureTask", *COMPANION_PERMISSIONS})
UNKNOWN = "Unknown"


@dataclass(frozen=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    cloud: str
    call: str


def _route(method: str, pattern: str, cloud: str, call: str) -> _Route:
    return _Route(method, re.compile(pattern), cloud, call)


_TASKS = r"/v1/(?P<project>[^/]+)/capture-task"
_ROUTES = (
    _route("POST", _TASKS, "huawei", "CreateCaptureTask"),
    _route("GET", _TASKS, "huawei", "ListCaptureTask"),
    _route("POST", _TASKS + "/stop", "huawei", "CancelCaptureTask"),
    _route("POST", _TASKS + "/batch-delete", "huawei", "DeleteCaptureTask"),
    _route("GET", _TASKS + "/capture-result", "huawei", "ListCaptureResult"),
    *(_route(method, pattern, "huawei", call) for method, pattern, call in COMPANION_ROUTES),
    _route("GET", "/v3/projects", "iam", "KeystoneListProjects"),
    _route("GET", r"/obs/share/(?P<token>[0-9a-f]{32})", "obs", "OpenSharedFolder"),
    _route("GET", r"/obs/capture/(?P<task>[^/]+)/(?P<file>[^/]+)", "obs", "DownloadCaptureFile"),
)


def identify(request: WireRequest) -> tuple[str, str, bool]:
    """Cloud, call name and whether it writes; an unknown call counts as a write unless it is a GET."""
    route = _find(request)
    if route is None:
        return "huawei", UNKNOWN, request.method not in ("GET", "HEAD", "OPTIONS")
    return route.cloud, route.call, route.call in WRITES


def _find(request: WireRequest) -> _Route | None:
    for route in _ROUTES:
        if route.method == request.method and route.pattern.fullmatch(request.path):
            return route
    return None


class Huawei:
    def __init__(self, clock: ServiceClock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self.gateway = HuaweiGateway(clock, switches)
        self.firewalls: dict[str, Firewall] = {firewall.firewall_id: firewall for firewall in FIREWALLS}
        self.projects: list[dict[str, Any]] = [{"id": HUAWEI_PROJECT_ID, "name": HUAWEI_REGION}]
        self.captures = Captures(clock, switches, self.firewalls)
        self.companions = Companions(clock, switches, self.firewalls)

    def authorize(self, request: WireRequest, skew: float = 0.0) -> Principal | None:
        """The gateway: path, signature, project, permission. None for files, whose links carry their own proof."""
        route = _find(request)
        if route is None:
            raise ApiError("APIGW.0101", "The API does not exist or has not been published in the environment", 404)
        if route.cloud == "obs":
            return None
        principal = self.gateway.authenticate(request, skew)
        if route.cloud == "huawei":
            match = route.pattern.fullmatch(request.path)
            self._check_project(match["project"] if match else "")
            if route.call in WRITES and not principal.writes:
                raise ApiError("APIGW.0302", f"Policy doesn't allow {PERMISSIONS[route.call]} to be performed", 403)
        return principal

    def _check_project(self, project_id: str) -> None:
        names = [str(project["name"]) for project in self.projects if project["id"] == project_id]
        if not names:
            raise ApiError("APIGW.0302", "The project does not belong to the account", 403)
        # A sub-project is named after its region too, as in cn-north-4_web.
        region = self._switches.service_region
        if not any(name.partition("_")[0] == region for name in names):
            raise ApiError("APIGW.0302", f"The project does not belong to region {region}", 403)

    def operate(self, call: str, request: WireRequest) -> Reply:
        """What the service behind the gateway does; ApiError for what it refuses."""
        if call == "KeystoneListProjects":
            return self._list_projects(request)
        if call == "OpenSharedFolder":
            return self._open_share(request)
        if call == "DownloadCaptureFile":
            return self._download(request)
        operations = {
            "CreateCaptureTask": self._create,
            "ListCaptureTask": self._list,
            "CancelCaptureTask": self._stop,
            "DeleteCaptureTask": self._delete,
            "ListCaptureResult": self._result,
        }
        if call not in operations:
            route = _find(request)
            match = route.pattern.fullmatch(request.path) if route else None
            return self.companions.operate(call, request, match.groupdict() if match else {})
        return Reply(payload={"data": operations[call](request)}, committed=call in WRITES)

    # Captures

    def _create(self, request: WireRequest) -> dict[str, Any]:
        firewall, _query = self._firewall(request, ())
        fields = {"name": "str", "duration": "int", "max_packets": "int"}
        body = read_body(request, {**fields, "source": "object", "destination": "object", "service": "object"})
        spec = read_spec(body, ports_with_any=self._switches.ports_with_any == "accepted")
        task = self.captures.create(firewall, spec)
        if self._switches.create_id == "task":
            return {"id": task.task_id, "name": spec.name}
        return _firewall_id(firewall)

    def _list(self, request: WireRequest) -> Any:
        firewall, query = self._firewall(request, ("limit", "offset"))
        limit = read_number(query, "limit", 1, LIST_LIMIT)
        page = self.captures.page(firewall, limit, read_number(query, "offset", 0, None))
        return page if self._switches.list_data == "object" else [page]

    def _stop(self, request: WireRequest) -> dict[str, Any]:
        firewall, _query = self._firewall(request, ())
        self.captures.stop(firewall, read_body(request, {"task_id": "str"})["task_id"])
        return _firewall_id(firewall)

    def _delete(self, request: WireRequest) -> dict[str, Any]:
        firewall, _query = self._firewall(request, ())
        task_ids = read_body(request, {"task_ids": "list[str]"})["task_ids"]
        if not task_ids:
            raise ApiError("CFW.00200001", "task_ids is empty")
        self.captures.delete(firewall, task_ids)
        return _firewall_id(firewall)

    def _result(self, request: WireRequest) -> dict[str, Any]:
        firewall, query = self._firewall(request, ("task_id",), ("type", "ip"))
        allowed = [value for name, value in request.query if name == "ip"]
        check_public_addresses(allowed, query.get("type"))
        if query.get("type") == "1" and self._switches.result_addresses == "refused":
            raise ApiError(WRONG_TYPE, "query parameter type must be 0 in this region")
        task = self.captures.find(firewall, query["task_id"])
        if self.captures.status(task) not in FINAL:
            raise ApiError("CFW.00200016", "the capture task is not final")
        if not self.captures.has_result(task):
            raise ApiError(self._switches.missing_code, "there is no result")
        expires = int(self._clock.now()) + LINK_SECONDS
        allow = ",".join(allowed)
        if self._switches.result_mode == "files":
            files = []
            for number in range(self._switches.capture_files):
                name = f"{task.task_id}_{number}.pcap"
                path = f"capture/{task.task_id}/{name}"
                signed = {"Expires": expires, "Allow": allow, "Signature": _proof(path, expires, allow)}
                url = f"{request.base_url}/obs/{path}?{urlencode(signed)}"
                files.append({"file_name": name, "url": url, "file_path": path})
            return {"file_list": files, "request_header": {"Host": OBS_HOST}}
        token, captcha = _share(task, expires, allow)
        more = urlencode({"task": task.task_id, "expires": expires, "allow": allow})
        return {"captcha": captcha, "expires": expires, "url": f"{request.base_url}/obs/share/{token}?{more}"}

    def _firewall(
        self, request: WireRequest, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> tuple[Firewall, dict[str, str]]:
        query = read_query(request, ("fw_instance_id", *required), ("enterprise_project_id", *optional))
        firewall = self.firewalls.get(query["fw_instance_id"])
        project = query.get("enterprise_project_id") or "0"
        # The pages use the word "default" for the project "0".
        if firewall is None or ("0" if project == "default" else project) != firewall.enterprise_project_id:
            raise ApiError("CFW.00200005", "the firewall does not exist")
        return firewall, query

    # IAM and files

    def _list_projects(self, request: WireRequest) -> Reply:
        query = dict(request.query)
        rows = [project for project in self.projects if query.get("name") in (None, project["name"])]
        projects = [
            {
                "domain_id": "emulator",
                "is_domain": False,
                "parent_id": "emulator",
                "enabled": True,
                "description": "",
                **row,
            }
            for row in rows
        ]
        return Reply(
            payload={
                "projects": projects,
                "links": {"self": f"{request.base_url}/v3/projects", "next": None, "previous": None},
            },
            headers={"X-IAM-Trace-Id": uuid.uuid4().hex},
        )

    def _open_share(self, request: WireRequest) -> Reply:
        query = dict(request.query)
        task = self._task(query.get("task", ""))
        expires, allow = query.get("expires", ""), query.get("allow", "")
        if task is None or not expires.isdigit() or self._clock.now() > int(expires):
            return _denied("the link has expired or never existed")
        token, captcha = _share(task, int(expires), allow)
        if request.path != f"/obs/share/{token}":
            return _denied("the link has expired or never existed")
        if not self._let_in(allow):
            return _denied("the link is for other addresses")
        if "captcha" not in query:
            page = b"<!DOCTYPE html><html><body><form>Extraction code: <input name='captcha'></form></body></html>"
            return Reply(raw=page, content_type="text/html; charset=utf-8")
        if query["captcha"] != captcha:
            return _denied("the extraction code is wrong")
        return FileReply(content=self.captures.file(task), content_type="application/octet-stream")

    def _download(self, request: WireRequest) -> Reply:
        query = dict(request.query)
        path = request.path.removeprefix("/obs/")
        task = self._task(path.split("/")[1])
        expires, allow = query.get("Expires", ""), query.get("Allow", "")
        genuine = expires.isdigit() and query.get("Signature") == _proof(path, int(expires), allow)
        if task is None or not genuine or self._clock.now() > int(expires) or request.header("Host") != OBS_HOST:
            return _denied("the link has expired, was altered, or Host is not the one of request_header")
        if not self._let_in(allow):
            return _denied("the link is for other addresses")
        part = int(path.rpartition("_")[2].partition(".")[0])
        return FileReply(content=self.captures.file(task, part), content_type="application/octet-stream")

    def _let_in(self, allow: str) -> bool:
        """Whether a link for these addresses (comma-separated, empty for all) is for the client."""
        client = ipaddress.ip_address(self._switches.client_address)
        return not allow or any(client in ipaddress.ip_network(text) for text in allow.split(","))

    def _task(self, task_id: str) -> Task | None:
        for firewall in self.firewalls.values():
            try:
                return self.captures.find(firewall, task_id)
            except ApiError:
                continue
        return None

    # State

    def dump(self) -> dict[str, Any]:
        return {
            **self.companions.dump(),
            "projects": self.projects,
            "tasks": self.captures.dump(),
            "locked": self.gateway.locked(),
        }

    def seed(self, values: Mapping[str, Any]) -> None:
        """Add `projects` (id, and name, which begins with the region's), `tasks` (see Captures.seed) and what Companions.seed takes."""
        known = {"projects", "tasks", *COMPANION_SEEDS}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"huawei has no {sorted(unknown)[0]!r} to seed; it has {', '.join(sorted(known))}.")
        self.companions.seed(values)
        self.projects += [dict(row) for row in values.get("projects", ())]
        for row in values.get("tasks", ()):
            self.captures.seed(row, FIREWALLS[0].firewall_id)


def error_reply(error: ApiError, request_id: str) -> Reply:
    payload = {"error_code": error.code, "error_msg": error.message}
    if error.code.startswith("APIGW."):
        payload["request_id"] = request_id
    return Reply(error.status, payload, error=error.code)


def _firewall_id(firewall: Firewall) -> dict[str, str]:
    return {"id": firewall.firewall_id, "name": firewall.name}


def _proof(path: str, expires: int, allow: str) -> str:
    return hashlib.sha256(f"emulated link {path} {expires} {allow}".encode()).hexdigest()[:28]


def _share(task: Task, expires: int, allow: str) -> tuple[str, str]:
    digest = hashlib.sha256(f"emulated share {task.task_id} {expires} {allow}".encode()).hexdigest()
    return digest[:32], digest[32:38]


def _denied(message: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>{message}</Message></Error>'
    return Reply(403, raw=text.encode(), content_type="application/xml", error="AccessDenied")
