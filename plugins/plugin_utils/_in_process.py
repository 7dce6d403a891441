# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules of this collection in the worker process of the controller, instead of in a process of their own.

Each module is shipped to its target as a compressed archive and compiled there, which takes a second, and an incident takes
thirty of them. Where the target is the controller itself, the operation behind the module can run at once.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import REQUESTS_IMPORT_ERROR
from ansible_collections.secops.cfw.plugins.module_utils._module import Operation, carried_out
from ansible_collections.secops.cfw.plugins.module_utils._params import STUMBLES, complaint
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.plugin_utils._plain import plain

VARIABLE = "cfw_in_process"
"""The variable that asks for it; the playbooks of this collection set it."""
_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_TRUE = ("true", "yes", "on", "1")


class CfwAction(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """The action behind a module: `spec` and `operation` are those of the module."""

    spec: OptionSpec
    operation: Operation
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if self._is_at_hand(task_vars or {}):
            result.update(self._in_process(_invocation_is_shown(task_vars or {})))
            return dict(result)
        wrapped = self._task.async_val and not self._connection.has_native_async
        result = merge_hash(result, self._execute_module(task_vars=task_vars, wrap_async=wrapped))
        if not wrapped:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return dict(result)

    def _is_at_hand(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether it is asked for, and what the module would do elsewhere is the same here."""
        asked = str(self._templar.template(task_vars.get(VARIABLE, ""))).strip().lower() in _TRUE
        elsewhere = self._connection.transport != "local" or self._task.async_val or self._play_context.become
        return asked and not elsewhere and REQUESTS_IMPORT_ERROR is None

    def _in_process(self, with_invocation: bool) -> dict[str, Any]:
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        warnings: list[str] = []
        context = Context(
            environ={**os.environ, **{str(key): str(value) for key, value in plain(environment).items()}},
            home=os.path.expanduser("~"),
            check_mode=bool(self._task.check_mode),
            warn=lambda message: warnings.append(context.redactor.text(message)),
            progress=Display().debug,
        )
        given = plain(self._task.args)
        secrets = {name for name, option in self.spec.options.items() if option.get("no_log")}
        context.redactor.add(*(str(given[name]) for name in secrets & set(given) if str(given[name] or "").strip()))
        try:
            result = carried_out(self.spec, type(self).operation, given, context)
        except STUMBLES:
            said = complaint(self.spec, given)
            if not said:
                raise
            result = {**failed(InputError(said), CallLog(), context.redactor), "failed": True}
        if with_invocation:
            shown = {name: _MASK if name in secrets and value else value for name, value in given.items()}
            result["invocation"] = {"module_args": context.redactor.data(shown)}
        if warnings:
            result["warnings"] = warnings
        return result


def _invocation_is_shown(task_vars: Mapping[str, Any]) -> bool:
    """ansible-core 2.21 leaves the options out of results unless it is told not to; before, they were always there."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


def action_of(module: str) -> type[CfwAction]:
    """The action plugin of a module of this collection."""
    source = importlib.import_module(f"{__name__.rpartition('.plugin_utils.')[0]}.modules.{module}")
    (spec,) = (value for value in vars(source).values() if isinstance(value, OptionSpec))
    return type("ActionModule", (CfwAction,), {"spec": spec, "operation": staticmethod(source.run)})
