# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that reach the user: each says what is wrong, and what to do next."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any


class Outcome(enum.Enum):
    """What a failed request did at the service."""

    NOT_EXECUTED = "not_executed"
    """Certainly nothing: no connection was made, or the service said so by a code from a closed list."""
    REFUSED = "refused"
    """The service named a state that forbids it; a look at the state tells whether that is the whole truth."""
    UNKNOWN = "unknown"
    """Perhaps it was carried out, perhaps not: only reading tells."""


class CfwError(Exception):
    """A failure with a stable code; `result` holds what was done and seen before it."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        request_id: str = "",
        result: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.request_id = request_id
        self.result: dict[str, Any] = dict(result or {})

    def sentence(self) -> str:
        """The failure as one line: message, the service's request id, what to do."""
        parts = [self.message.rstrip(".") + "."]
        if self.request_id:
            parts.append(f"Request id: {self.request_id}.")
        if self.hint:
            parts.append(self.hint.rstrip(".") + ".")
        return " ".join(parts)

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "request_id": self.request_id, "hint": self.hint}


class InputError(CfwError):
    """Something that the user gave is wrong; nothing was sent."""

    def __init__(self, message: str, *, hint: str = "", code: str = "invalid_input") -> None:
        super().__init__(code, message, hint=hint)


class ApiError(CfwError):
    """A call that failed: the service's own code and message, and what the failure means for a write.

    `throttled`: sent too often, not executed. `transient`: a read may be repeated.
    `clock_skew`: refused because of the time in the signature; `retry_after`: seconds that the service asked for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        outcome: Outcome,
        status: int = 0,
        hint: str = "",
        request_id: str = "",
        throttled: bool = False,
        transient: bool = False,
        clock_skew: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint, request_id=request_id)
        self.outcome = outcome
        self.status = status
        self.throttled = throttled
        self.transient = transient
        self.clock_skew = clock_skew
        self.retry_after = retry_after
        self.call = ""

    @property
    def hopeless(self) -> bool:
        """Asking again would get the same answer, or lock the key: a refusal that is about the request itself."""
        return self.outcome is Outcome.NOT_EXECUTED and not (self.throttled or self.transient)
