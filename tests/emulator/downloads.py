# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as the object store sends them: in blocks, with ranges, without an ETag, and with the faults of a download.

Switch `file_ranges` says what becomes of a Range header. Fault kinds cut_file, wrong_length and changed_file are for
these answers alone; any other answer is sent as if they were not set.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .files import Content, FileReply
from .switches import Switches

KINDS = ("cut_file", "wrong_length", "changed_file")
_RANGE = re.compile(r"bytes=(?!-$)(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Plan:
    """What is sent of a content: from `start` to before `stop`, announced with `length` (None: with none)."""

    content: Content
    start: int
    stop: int
    length: int | None

    @property
    def broken(self) -> bool:
        return self.length is not None and self.start + self.length != self.stop


def plan(reply: FileReply, wanted: str | None, switches: Switches, kind: str, args: Mapping[str, Any]) -> Plan:
    """What a request with this Range header gets, with the fault of this kind; sets the status and the headers."""
    wanted = wanted if _RANGE.fullmatch(wanted or "") else None  # anything but one range is not looked at
    content = reply.content.changed(args["grow"]) if kind == "changed_file" else reply.content
    span = _span(wanted, content.size, switches.file_ranges)
    if switches.file_ranges != "ignored":
        reply.headers["Accept-Ranges"] = "bytes"
    if span is None:
        reply.status = 416
        reply.headers["Content-Range"] = f"bytes */{content.size}"
        return Plan(Content(), 0, 0, 0)
    start, stop = span
    if wanted and switches.file_ranges != "ignored":
        reply.status = 206
        reply.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    length: int | None = stop - start
    if kind == "wrong_length":
        length = max(0, stop - start + args["by"])
        stop = min(stop, start + length)
    elif kind == "cut_file":
        length = None if args["clean"] else length
        stop = start + min(stop - start, (stop - start) // 2 if args["after"] < 0 else args["after"])
    return Plan(content, start, stop, length)


async def send(http: web.BaseRequest, reply: FileReply, plan: Plan) -> web.StreamResponse:
    stream = web.StreamResponse(status=reply.status, headers={**reply.headers, "Content-Type": reply.content_type})
    stream.content_length = plan.length
    with contextlib.suppress(ConnectionError):  # the client has seen enough
        await stream.prepare(http)
        for block in plan.content.read(plan.start, plan.stop):
            await stream.write(block)
        if not plan.broken:
            await stream.write_eof()
    if plan.broken and http.transport is not None:
        # What was written still goes out before the connection ends.
        http.transport.close()
    return stream


def _span(header: str | None, size: int, ranges: str) -> tuple[int, int] | None:
    """The bytes to send, None when there are none."""
    match = _RANGE.fullmatch(header or "")
    if ranges == "ignored" or match is None:
        return 0, size
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    return None if ranges == "refused" or start >= stop else (start, stop)
