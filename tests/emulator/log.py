# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of API requests, and the counters that fault injection goes by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .wire import WireRequest

_SECRET_HEADERS = frozenset({"x-auth-token", "x-security-token", "x-tc-token", "cookie", "proxy-authorization"})
_SIGNATURE = re.compile(r"(?i)(signature=)[^,\s]+")
HIDDEN = "***"


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """All headers with tokens and signatures hidden."""
    shown = {}
    for name, value in headers.items():
        if name.lower() in _SECRET_HEADERS:
            value = HIDDEN
        elif name.lower() == "authorization":
            value = _SIGNATURE.sub(r"\g<1>" + HIDDEN, value)
        shown[name] = value
    return shown


class RequestLog:
    """Rows in order of arrival since the last reset or clear."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._calls: Counter[str] = Counter()
        self._writes = 0

    def add(self, request: WireRequest, cloud: str, call: str, write: bool, moment: float) -> dict[str, Any]:
        self._calls[call] += 1
        self._writes += write
        query: dict[str, Any] = {}
        for name, value in request.query:
            query[name] = value if name not in query else [*_as_list(query[name]), value]
        try:
            body = request.json() if request.body else None
        except ValueError:
            body = None
        row: dict[str, Any] = {
            "n": len(self.rows) + 1,
            "cloud": cloud,
            "call": call,
            "method": request.method,
            "path": request.path,
            "query": query,
            "body": body,
            "raw_body": request.body.decode("utf-8", "replace"),
            "headers": shown_headers(request.headers),
            "write": write,
            "status": None,
            "error": None,
            "committed": False,
            "at": moment,
        }
        self.rows.append(row)
        return row

    def count(self, call: str) -> int:
        """How many requests of this call, or of all calls for "*", there were so far."""
        return len(self.rows) if call == "*" else self._calls[call]

    def calls(self) -> dict[str, int]:
        return dict(self._calls)

    def writes(self) -> int:
        return self._writes

    def clear(self) -> None:
        self.rows = []
        self._calls = Counter()
        self._writes = 0


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
