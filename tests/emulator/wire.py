# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What arrives and what is answered, as plain values between the HTTP server and the two clouds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class WireRequest:
    """One request exactly as it arrived: `path` and `query_string` are not decoded."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    @property
    def query(self) -> list[tuple[str, str]]:
        """Decoded pairs. A `+` stays a `+`: both clouds sign `%20` for a blank."""
        pairs = []
        for part in self.query_string.split("&"):
            if part:
                name, _sign, value = part.partition("=")
                pairs.append((unquote(name), unquote(value)))
        return pairs

    def json(self) -> Any:
        """The parsed body; ValueError when it is not JSON."""
        return json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)

    def header(self, name: str) -> str | None:
        return self.headers.get(name)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


@dataclass
class Reply:
    """An answer. `payload` is sent as JSON unless `raw` is given."""

    status: int = 200
    payload: Any = None
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    committed: bool = False

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()


class ApiError(Exception):
    """A refusal by code, to be put into the vendor's own error shape by its cloud."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
