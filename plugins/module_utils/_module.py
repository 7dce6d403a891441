# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that knows AnsibleModule: runs an operation as a module."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._http import REQUESTS_IMPORT_ERROR
from ansible_collections.secops.cfw.plugins.module_utils._params import STUMBLES, complaint, completed
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

_LONG = 1000
"""Rows of a list from which on it is worth while to spare memory."""

Operation = Callable[[Mapping[str, Any], Context, CallLog], dict[str, Any]]


def run_module(spec: OptionSpec, operation: Operation) -> None:
    """Validates the options, runs `operation` and exits as Ansible wants it.

    An operation returns its result, with `diff` where it has one, or raises a CfwError.
    """
    module = _module(spec)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(
            msg=missing_required_lib("requests", url="https://requests.readthedocs.io/"),
            exception=REQUESTS_IMPORT_ERROR,
        )
    context = Context(
        environ=os.environ,
        home=os.path.expanduser("~"),
        check_mode=module.check_mode,
        warn=lambda message: module.warn(context.redactor.text(message)),
        progress=module.debug,
    )
    # A blank counts as not set; as a secret, ansible-core would replace every blank of the result.
    module.no_log_values.difference_update([value for value in module.no_log_values if not str(value).strip()])
    context.redactor.add(*module.no_log_values)
    result = carried_out(spec, operation, module.params, context)
    # Outside of the except clause: in there, ansible-core may add the traceback, which nobody redacted.
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def carried_out(spec: OptionSpec, operation: Operation, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The result of an operation, with `failed` if it failed. Its secrets, those of options included, have to be known."""
    calls = CallLog()
    try:
        return succeeded(operation(completed(spec, params), context, calls), calls, context.redactor)
    except CfwError as error:
        return {**failed(error, calls, context.redactor), "failed": True}


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > _LONG


def _module(spec: OptionSpec) -> AnsibleModule:
    """The module with its options checked by ansible-core; what it stumbles over is refused in a sentence."""

    class Module(AnsibleModule):  # type: ignore[misc]  # ansible-core ships no types
        def fail_json(self, msg: str, **result: Any) -> Any:
            """While the options are checked, in a sentence that names the option where ansible-core's does not."""
            said = "" if "error" in result else complaint(spec, getattr(self, "params", None) or {})
            return super().fail_json(said or msg, **result)

        def _return_formatted(self, kwargs: dict[str, Any]) -> None:
            """Long lists go out row by row behind the rest: ansible-core would copy them, and hold them as text too."""
            rows = {key: kwargs.pop(key) for key, value in list(kwargs.items()) if _is_long(value)}
            if not rows:
                super()._return_formatted(kwargs)
                return
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                super()._return_formatted(kwargs)
            sys.stdout.write(printed.getvalue().rstrip()[:-1])
            for key, items in rows.items():
                sys.stdout.write(f", {json.dumps(key)}: [")
                for index, item in enumerate(items):
                    sys.stdout.write(f"{', ' if index else ''}{json.dumps(item)}")
                sys.stdout.write("]")
            sys.stdout.write("}\n")

    try:
        return Module(supports_check_mode=True, **spec.to_kwargs())
    except STUMBLES:
        lenient = {name: {"type": "raw", "no_log": bool(row.get("no_log"))} for name, row in spec.options.items()}
        module = AnsibleModule(argument_spec=lenient, supports_check_mode=True)
        said = complaint(spec, module.params)
        if not said:
            raise
    return module.fail_json(msg=said)  # which ends the process
