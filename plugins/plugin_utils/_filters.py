# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the pure functions of the roles become filters."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from jinja2 import pass_context
from jinja2.runtime import Context

from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.plugin_utils._names import PLAYBOOK, RESPOND, speaking, spoken
from ansible_collections.secops.cfw.plugins.plugin_utils._plain import plain
from ansible_collections.secops.cfw.plugins.plugin_utils._untrusted import untrusted

_PACKAGE = __name__.rpartition(".")[0]


def as_filter(path: str, *, clock: bool = False, dictionaries: bool = False) -> Callable[..., Any]:
    """The function `module.name` of this package as a filter: its CfwError is one sentence, its texts are no templates.

    In a play, what it says of variables is said with the names that the play's user knows (`_names`).

    It is imported when it is used: ansible-core loads all filters of a collection, without cached bytecode, in the process of
    every task that uses one. With `clock`, the function gets the time, in Unix seconds, as its last argument; with
    `dictionaries`, other input is refused.
    """
    module, _dot, name = path.partition(".")

    @pass_context
    def called(*values: Any, **options: Any) -> Any:
        asking: Mapping[str, Any] | Context = {}
        if values and isinstance(values[0], Context):
            asking, values = values[0], values[1:]
        if dictionaries and not all(isinstance(value, Mapping) for value in values):
            wrong = next(value for value in values if not isinstance(value, Mapping))
            raise AnsibleFilterError(f"The filter takes dictionaries, not {type(wrong).__name__}")
        function = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name)
        given = [plain(value) for value in values] + ([time.time()] if clock else [])
        with speaking(asking.get(PLAYBOOK), asking.get(RESPOND)):
            try:
                return untrusted(function(*given, **{key: plain(value) for key, value in options.items()}))
            except CfwError as error:
                # Without the cause, which ansible-core would say as well.
                raise AnsibleFilterError(spoken(error.sentence())) from None

    called.__name__ = name
    return called
