# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controls the emulator: each option of the task is sent as the body of the control call of its name, in this order.

ansible.builtin.uri could send them as well, but takes a process of its own for each.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

METHODS = {"reset": "POST", "switches": "PATCH", "state": "POST", "faults": "POST", "clock": "POST", "log": "DELETE"}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible's classes have no types
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = self._task.args
        unknown = sorted(set(given) - set(METHODS))
        if unknown:
            raise AnsibleError(f"The emulator has no control {unknown[0]}; there are {', '.join(METHODS)}.")
        for control in [name for name in METHODS if name in given]:
            result[control] = self._send(
                f"{(task_vars or {})['emulator_url']}/_emulator/{control}", control, given[control]
            )
        return result

    def _send(self, url: str, control: str, body: Any) -> Any:
        # The emulator is on this machine, and no proxy's business.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(url, json.dumps(body).encode(), method=METHODS[control])
        try:
            with opener.open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AnsibleError(f"The emulator refuses {control}: {error.read().decode()}") from error
