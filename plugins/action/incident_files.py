# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._files import carry_out, read_request
from ansible_collections.secops.cfw.plugins.plugin_utils._plain import plain

# Ansible loads this in its main process, of which each task is a fork. What the filters of the roles work with is compiled
# once here, and not in every task that uses one: a tenth of an incident's time.
for _name in (
    "_block_result",
    "_capture_collect",
    "_guard",
    "_report",
    "_report_html",
    "_unblock_inputs",
    "_unblock_result",
):
    importlib.import_module(f"{read_request.__module__.rpartition('.')[0]}.{_name}")


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Runs in the worker process of the controller: nothing is shipped to a target."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_async = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            result.update(carry_out(read_request(plain(self._task.args)), check=bool(self._task.check_mode)))
        except InputError as error:
            result.update(failed=True, msg=error.sentence())
        return result
