# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API under /_emulator/: JSON in and out, 400 with {"error": ...} for what makes no sense, never logged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .faults import parse_fault
from .service import Service, switch_documentation
from .wire import Reply, WireRequest

PREFIX = "/_emulator/"


def handle(service: Service, request: WireRequest) -> Reply:
    """One control request."""
    try:
        body = request.json() if request.body else {}
        if not isinstance(body, dict):
            raise ValueError("The body must be a JSON object.")
        answer = _dispatch(service, request.method, request.path.removeprefix(PREFIX), dict(request.query), body)
    except ValueError as error:
        return Reply(400, {"error": str(error)})
    if answer is None:
        return Reply(404, {"error": f"There is no {request.method} {request.path}."})
    return Reply(200, answer)


def _dispatch(service: Service, method: str, name: str, query: Mapping[str, str], body: dict[str, Any]) -> Any:
    if (method, name) == ("GET", "health"):
        return {"ok": True}
    if (method, name) == ("POST", "reset"):
        _only(body, "switches")
        service.reset(body.get("switches") or {})
        return {"ok": True}
    if name == "switches" and method in ("GET", "PATCH"):
        service.switches.apply(body)
        return switch_documentation() if "why" in query else service.switches.as_dict()
    if name == "clock" and method in ("GET", "POST"):
        return _clock(service, body)
    if (method, name) == ("POST", "faults"):
        service.faults.add(parse_fault(body))
        return {"ok": True}
    if (method, name) == ("DELETE", "faults"):
        service.faults.clear()
        return {"ok": True}
    if (method, name) == ("GET", "log"):
        return {"requests": service.log.rows, "calls": service.log.calls(), "writes": service.log.writes()}
    if (method, name) == ("DELETE", "log"):
        service.clear_log()
        return {"ok": True}
    if (method, name) == ("GET", "state"):
        return service.state()
    if (method, name) == ("POST", "state"):
        _only(body, "huawei", "tencent")
        service.seed(body.get("huawei"), body.get("tencent"))
        return {"ok": True}
    return None


def _clock(service: Service, body: Mapping[str, Any]) -> dict[str, float]:
    _only(body, "advance", "set", "per_request")
    for name, value in body.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{name} must be a number of seconds, not {json.dumps(value)}.")
    if "set" in body:
        service.clock.set(body["set"])
    service.clock.advance(body.get("advance", 0))
    service.run_late_commits()
    service.clock.per_request = body.get("per_request", service.clock.per_request)
    return {"now": service.clock.now(), "offset": service.clock.offset, "per_request": service.clock.per_request}


def _only(body: Mapping[str, Any], *names: str) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise ValueError(f"Unknown field {unknown[0]!r}; known ones: {', '.join(names)}.")
