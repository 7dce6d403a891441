# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of every run: one shape for success and failure, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._moments import shown_moment
from ansible_collections.secops.cfw.plugins.module_utils._redact import Redactor


@dataclass
class _Row:
    permission: str
    count: int = 0
    attempts: int = 0
    request_ids: list[str] = field(default_factory=list)


class CallLog:
    """What was asked of the clouds: per call how often, with how many attempts, and the request ids of writes."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._clocks: tuple[float, float] | None = None

    def called(self, name: str, permission: str) -> None:
        self._rows.setdefault(name, _Row(permission)).count += 1

    def attempted(self, name: str) -> None:
        self._rows[name].attempts += 1

    def wrote(self, name: str, request_id: str) -> None:
        """Notes the request id of a write, of a failed one too: the vendor's support asks for it."""
        if request_id:
            self._rows[name].request_ids.append(request_id)

    def dated(self, service: float, controller: float) -> None:
        """Notes both clocks at an answer, in Unix seconds; the last one counts."""
        self._clocks = service, controller

    def clock(self) -> dict[str, Any] | None:
        """Both clocks in UTC, and by how many seconds the service's is ahead. None if no answer said its time."""
        if self._clocks is None:
            return None
        service, controller = self._clocks
        return {
            "service": shown_moment(service),
            "controller": shown_moment(controller),
            # The service states whole seconds only.
            "difference": int(service) - int(controller),
        }

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "call": name,
                "count": row.count,
                "attempts": row.attempts,
                "request_ids": list(row.request_ids),
                "permission": row.permission,
            }
            for name, row in self._rows.items()
        ]


def succeeded(result: Mapping[str, Any], calls: CallLog, redactor: Redactor) -> dict[str, Any]:
    """A finished result. `changed` is always there."""
    return {str(key): redactor.data(value) for key, value in _complete(result, calls).items()}


def _complete(result: Mapping[str, Any], calls: CallLog) -> dict[str, Any]:
    return {"changed": False, **result, "api_calls": calls.rows(), "clock": calls.clock()}


def failed(error: CfwError, calls: CallLog, redactor: Redactor) -> dict[str, Any]:
    """A failure as a result: what was done until then, `msg`, and `error` with the service's own code and request id."""
    shown = {key: redactor.text(value) for key, value in error.as_dict().items()}
    return {
        **{str(key): redactor.data(value) for key, value in _complete(error.result, calls).items()},
        "msg": redactor.text(error.sentence()),
        "error": shown,
    }
