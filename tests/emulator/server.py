# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP server (aiohttp, loopback only), and the runner that keeps it in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from . import control, downloads
from .accounts import (
    HUAWEI_AK,
    HUAWEI_PROJECT_ID,
    HUAWEI_REGION,
    HUAWEI_SK,
    TENCENT_SECRET_ID,
    TENCENT_SECRET_KEY,
)
from .faults import parse_fault
from .files import FileReply
from .service import Service, Ticket
from .wire import Reply, WireRequest

HOST = "127.0.0.1"
_MAX_BODY = 256 * 1024 * 1024
_CHUNK = b"a" * 65536
_DROPPED = frozenset({"drop_before_commit", "drop_after_commit", "late_commit"})
Result = TypeVar("Result")


def environment(url: str) -> dict[str, str]:
    """What a client needs in its environment to talk to the emulator at `url`."""
    return {
        "HUAWEICLOUD_CFW_ENDPOINT": url,
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": url,
        "TENCENTCLOUD_CFW_ENDPOINT": url,
        "HUAWEICLOUD_SDK_AK": HUAWEI_AK,
        "HUAWEICLOUD_SDK_SK": HUAWEI_SK,
        "HUAWEICLOUD_SDK_PROJECT_ID": HUAWEI_PROJECT_ID,
        "HW_REGION_NAME": HUAWEI_REGION,
        "TENCENTCLOUD_SECRET_ID": TENCENT_SECRET_ID,
        "TENCENTCLOUD_SECRET_KEY": TENCENT_SECRET_KEY,
    }


class Server:
    """Binds 127.0.0.1:`port` (0: any free port) at once; serves after `start`."""

    def __init__(self, service: Service, port: int) -> None:
        self._service = service
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        server = web.Server(self._handle, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._socket.close()

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        path, _mark, query = _origin_form(http.raw_path).partition("?")
        request = WireRequest(http.method, path, query, http.headers, await http.read(), self.url)
        if path.startswith(control.PREFIX):
            return _response(control.handle(self._service, request))
        ticket = self._service.begin(request)
        fault = ticket.fault
        late = fault is not None and fault.kind == "delay"
        if fault is not None and late and not fault.args["after_commit"]:
            await asyncio.sleep(fault.args["seconds"])
        reply = self._service.answer(ticket)
        if fault is not None and late and fault.args["after_commit"]:
            await asyncio.sleep(fault.args["seconds"])
        return await self._send(http, ticket, reply)

    async def _send(self, http: web.BaseRequest, ticket: Ticket, reply: Reply) -> web.StreamResponse:
        fault = ticket.fault
        kind = fault.kind if fault else ""
        if isinstance(reply, FileReply) and (fault is None or kind in ("delay", *downloads.KINDS)):
            args = fault.args if fault else {}
            plan = downloads.plan(reply, http.headers.get("Range"), self._service.switches, kind, args)
            self._service.finish(ticket, reply)
            return await downloads.send(http, reply, plan)
        if fault is None or kind not in (*_DROPPED, "huge", "slow_body", "truncated_json"):
            return _response(self._service.finish(ticket, reply))
        if kind in _DROPPED:
            self._service.finish(ticket, reply, sent=False)
            return _break(http)
        self._service.finish(ticket, reply)
        if kind == "huge":
            return await _stream(http, reply, fault.args["bytes"])
        if kind == "slow_body":
            return await _drip(http, reply, fault.args["seconds"])
        if fault.args["cut"] == "connection":
            body = reply.body()
            stream = await _prepared(http, reply, len(body))
            await stream.write(body[: len(body) // 2])
            return _break(http)
        return _response(reply)


def _origin_form(target: str) -> str:
    """The path of a request target; whoever uses the emulator as its HTTP proxy sends the whole URL."""
    if not target.startswith("http://"):
        return target
    return "/" + target.removeprefix("http://").partition("/")[2]


def _request(
    message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    # aiohttp's own limit of 1 MB would refuse large seeds before the clouds' own limits are looked at.
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_MAX_BODY)


def _response(reply: Reply) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    return web.Response(status=reply.status, body=reply.body(), headers=headers)


def _break(http: web.BaseRequest) -> web.StreamResponse:
    if http.transport is not None:
        http.transport.abort()
    return web.Response(status=500)


async def _prepared(http: web.BaseRequest, reply: Reply, length: int | None) -> web.StreamResponse:
    stream = web.StreamResponse(status=reply.status, headers={**reply.headers, "Content-Type": reply.content_type})
    stream.content_length = length
    await stream.prepare(http)
    return stream


async def _stream(http: web.BaseRequest, reply: Reply, size: int) -> web.StreamResponse:
    stream = await _prepared(http, reply, None)
    with contextlib.suppress(ConnectionError):  # the client has seen enough
        await stream.write(reply.body())
        for _number in range(size // len(_CHUNK) + 1):
            await stream.write(_CHUNK)
    return stream


async def _drip(http: web.BaseRequest, reply: Reply, seconds: float) -> web.StreamResponse:
    body = reply.body()
    stream = await _prepared(http, reply, len(body))
    with contextlib.suppress(ConnectionError):
        for number in range(len(body)):
            await stream.write(body[number : number + 1])
            await asyncio.sleep(seconds)
    return stream


class Emulator:
    """The emulator in a thread of this process: a context manager, or `start` and `stop`. All methods are thread-safe.

    `seed` takes what the clouds' own `seed` methods document: for huawei the keys projects, tasks, firewalls, eips,
    black_white, logs and remove_firewalls, for tencent blocklist, whitelist, alerts and assets.
    """

    def __init__(self, port: int = 0) -> None:
        self._service = Service()
        self._server = Server(self._service, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="emulator", daemon=True)
        self.url = self._server.url
        self.environ = environment(self.url)

    def start(self) -> Emulator:
        self._thread.start()
        self._run(self._server.start())
        return self

    def stop(self) -> None:
        self._run(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self, **switches: Any) -> None:
        """Everything back to the start, with these switches."""
        self._do(lambda: self._service.reset(switches))

    def switch(self, **switches: Any) -> None:
        self._do(lambda: self._service.switches.apply(switches))

    def advance(self, seconds: float) -> None:
        def advance() -> None:
            self._service.clock.advance(seconds)
            self._service.run_late_commits()

        self._do(advance)

    def stop_clock(self) -> None:
        """Until the next reset the services' clock goes on only by `advance` and `tick_per_request`."""
        self._do(self._service.clock.stop)

    def now(self) -> float:
        return self._do(self._service.clock.now)

    def tick_per_request(self, seconds: float) -> None:
        """Let the service clock move on by this much with each API request."""

        def set_tick() -> None:
            self._service.clock.per_request = seconds

        self._do(set_tick)

    def fault(self, call: str, nth: int = 1, kind: str = "drop_before_commit", times: int = 1, **args: Any) -> None:
        """Inject a fault; see the table in `faults`."""
        fault = parse_fault({"call": call, "nth": nth, "kind": kind, "times": times, **args})
        self._do(lambda: self._service.faults.add(fault))

    def clear_faults(self) -> None:
        self._do(self._service.faults.clear)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The API requests since the last reset or clear, as copies."""
        return self._do(lambda: [dict(row) for row in self._service.log.rows])

    def calls(self) -> dict[str, int]:
        return self._do(self._service.log.calls)

    def writes(self) -> int:
        return self._do(self._service.log.writes)

    def clear_log(self) -> None:
        self._do(self._service.clear_log)

    def seed(self, huawei: Mapping[str, Any] | None = None, tencent: Mapping[str, Any] | None = None) -> None:
        self._do(lambda: self._service.seed(huawei, tencent))

    def state(self) -> dict[str, Any]:
        return self._do(self._service.state)

    def _do(self, function: Callable[[], Result]) -> Result:
        async def run() -> Result:
            return function()

        return self._run(run())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)
