# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both clouds behind one door: state, clock, switches, faults and log. No network in here; one thread at a time."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import huawei as huawei_side
from . import tencent as tencent_side
from .clock import ServiceClock, http_date
from .faults import Fault, Faults
from .huawei import Huawei
from .log import RequestLog
from .switches import Switches
from .tencent import Tencent
from .wire import ApiError, Reply, WireRequest

LIST_CALLS = frozenset({"ListCaptureTask", "DescribeBlockIgnoreList", "ListBlackWhiteLists"})


@dataclass
class Ticket:
    """A request between its arrival and its answer."""

    request: WireRequest
    cloud: str
    call: str
    row: dict[str, Any]
    request_id: str
    fault: Fault | None
    clock_skew: float = 0.0


@dataclass
class _LateCommit:
    due: float
    calls: int
    commit: Callable[[], None]


class Service:
    def __init__(self) -> None:
        self.clock = ServiceClock()
        self.log = RequestLog()
        self.faults = Faults()
        self.switches = Switches()
        self._start()

    def _start(self) -> None:
        self.huawei = Huawei(self.clock, self.switches)
        self.tencent = Tencent(self.clock, self.switches)
        self._late: list[_LateCommit] = []

    def reset(self, switches: Mapping[str, Any]) -> None:
        """Everything back to the start, then these switches; nothing happens when one of them is wrong."""
        fresh = Switches()
        fresh.apply(switches)
        self.switches = fresh
        self.clock.reset()
        self.log.clear()
        self.faults.clear()
        self._start()

    def clear_log(self) -> None:
        self.log.clear()

    # Requests

    def begin(self, request: WireRequest) -> Ticket:
        """Log the request and find out what is to go wrong with it."""
        self.clock.tick()
        self.run_late_commits()
        if request.path == "/":
            cloud = "tencent"
            call, write = tencent_side.identify(request)
        else:
            cloud, call, write = huawei_side.identify(request)
        row = self.log.add(request, cloud, call, write, self.clock.now())
        fault = self.faults.match(call, self.log.count(call), self.log.count("*"))
        request_id = str(uuid.uuid4()) if cloud == "tencent" else uuid.uuid4().hex
        return Ticket(request, cloud, call, row, request_id, fault)

    def answer(self, ticket: Ticket) -> Reply:
        """Carry the request out, or not, and say what is answered. Faults of the connection itself come later."""
        fault = ticket.fault
        if fault is None or fault.kind == "skew":
            ticket.clock_skew = float(fault.args["seconds"]) if fault else 0.0
            return self._carried_out(ticket)
        if fault.kind == "late_commit":
            self._commit_later(ticket, fault)
            return Reply()
        reply = self._carried_out(ticket) if fault.commits else None
        return self._faulty(ticket, fault, reply)

    def finish(self, ticket: Ticket, reply: Reply, *, sent: bool = True) -> Reply:
        """Headers and the log row; `sent` is false when the connection breaks instead."""
        moment = self.clock.now()
        if ticket.clock_skew:
            moment = self.clock.wall() + ticket.clock_skew
        reply.headers.setdefault("Date", http_date(moment))
        reply.headers.setdefault("X-Request-Id", ticket.request_id)
        if sent:
            ticket.row["status"] = reply.status
            ticket.row["error"] = reply.error
        return reply

    def run_late_commits(self) -> None:
        """Let those changes appear whose time has come."""
        now = self.clock.now()
        due = [item for item in self._late if now >= item.due and item.calls <= 0]
        self._late = [item for item in self._late if item not in due]
        for item in due:
            item.commit()

    def _carried_out(self, ticket: Ticket) -> Reply:
        try:
            self._authorize(ticket)
            reply = self._operated(ticket)
        except ApiError as error:
            return self._error(ticket, error)
        ticket.row["committed"] = reply.committed
        return reply

    def _authorize(self, ticket: Ticket) -> None:
        side = self.tencent if ticket.cloud == "tencent" else self.huawei
        side.authorize(ticket.request, ticket.clock_skew)

    def _operated(self, ticket: Ticket) -> Reply:
        if ticket.cloud == "tencent":
            reply = self.tencent.operate(ticket.call, ticket.request)
            reply = tencent_side.envelope(reply, ticket.request_id)
        else:
            reply = self.huawei.operate(ticket.call, ticket.request)
        if ticket.call in LIST_CALLS:
            for item in self._late:
                item.calls -= 1
        return reply

    def _error(self, ticket: Ticket, error: ApiError) -> Reply:
        if ticket.cloud == "tencent":
            return tencent_side.error_reply(error, ticket.request_id)
        return huawei_side.error_reply(error, ticket.request_id)

    def _commit_later(self, ticket: Ticket, fault: Fault) -> None:
        try:
            self._authorize(ticket)
        except ApiError:
            return

        def commit() -> None:
            try:
                ticket.row["committed"] = self._operated(ticket).committed
            except ApiError as error:
                ticket.row["error"] = error.code

        self._late.append(_LateCommit(self.clock.now() + fault.args["seconds"], fault.args["calls"], commit))

    def _faulty(self, ticket: Ticket, fault: Fault, reply: Reply | None) -> Reply:
        """The answer that this fault makes of `reply`, which is None when the request was not carried out."""
        args, tencent = fault.args, ticket.cloud == "tencent"
        if fault.kind == "throttle":
            code = args["code"] or ("RequestLimitExceeded" if tencent else "APIGW.0308")
            message = args["message"] or "The throttling threshold has been reached, policy user over ratelimit."
            limited = self._error(ticket, ApiError(code, message, 429))
            if args["retry_after"] is not None:
                limited.headers["Retry-After"] = str(args["retry_after"])
            return limited
        if fault.kind == "lockout":
            return self._locked_out(ticket)
        if fault.kind == "error" or (fault.kind == "status" and args["code"]):
            error = self._error(ticket, ApiError(args["code"], args["message"] or "Injected.", args["status"] or 400))
            if tencent and args["status"]:
                error.status = args["status"]
            return error
        if fault.kind == "status":
            return Reply(args["status"], raw=b"injected", content_type="text/plain", error=str(args["status"]))
        if fault.kind == "html":
            page = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
            return Reply(args["status"], raw=page, content_type="text/html", error=str(args["status"]))
        if fault.kind == "not_json_200":
            return Reply(raw=b"ok", content_type="text/plain")
        if fault.kind == "empty_200":
            return Reply(raw=b"")
        if fault.kind == "redirect":
            return Reply(args["status"], raw=b"", headers={"Location": args["location"]})
        if fault.kind == "huge":
            return Reply(raw=b'{"data":"')
        answer = reply or Reply(payload={})
        if fault.kind == "content_type":
            answer.content_type = args["content_type"]
        elif fault.kind == "truncated_json" and args["cut"] == "body":
            body = answer.body()
            answer.raw = body[: max(1, len(body) // 2)]
        return answer

    def _locked_out(self, ticket: Ticket) -> Reply:
        try:
            if ticket.cloud == "tencent":
                raise ApiError("AuthFailure.UnauthorizedOperation", "The key is locked.")
            self.huawei.gateway.lock(ticket.request)
        except ApiError as error:
            return self._error(ticket, error)
        raise AssertionError("a lockout always refuses")

    # State

    def state(self) -> dict[str, Any]:
        """The true state, whatever the lists show at the moment."""
        self.run_late_commits()
        return {
            "now": self.clock.now(),
            "switches": self.switches.as_dict(),
            "huawei": self.huawei.dump(),
            "tencent": self.tencent.dump(),
            "violations": list(self.tencent.violations),
            "late_commits": len(self._late),
        }

    def seed(self, huawei: Mapping[str, Any] | None, tencent: Mapping[str, Any] | None) -> None:
        """Add objects; ValueError says what is wrong with one."""
        try:
            self.huawei.seed(huawei or {})
            self.tencent.seed(tencent or {})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"This can't be seeded: {error!r}.") from error


def switch_documentation() -> dict[str, str]:
    """Why each switch exists, for `GET /_emulator/switches?why`."""
    return {field.name: field.metadata["why"] for field in dataclasses.fields(Switches)}
