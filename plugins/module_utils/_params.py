# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-core's own check of the options lets through, or stumbles over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

_TYPES = {"dict": "a dictionary", "int": "a whole number", "float": "a number"}
# ansible-core raises these, instead of reporting an error, for a number where suboptions belong and for infinity.
STUMBLES = (TypeError, OverflowError)


def completed(spec: OptionSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The options, where null, which an empty value in YAML is, counts as not given. Raises InputError.

    ansible-core takes it for a value where there is no default, even of an option that the state requires.
    """
    checked = ArgumentSpecValidator(**spec.to_kwargs()).validate(_without_nulls(params))
    if checked.error_messages:
        raise InputError(checked.error_messages[0])
    found: dict[str, Any] = checked.validated_parameters
    for name, option in spec.options.items():
        if option["type"] == "int" and isinstance(found[name], bool):
            raise InputError(f"{name} is {str(found[name]).lower()}; give a whole number")
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _is_no_dictionary(value: Any) -> bool:
    """Of such a text ansible-core says that it is no dictionary, but not where it stands."""
    return isinstance(value, str) and bool(
        ArgumentSpecValidator({"_": {"type": "dict"}}).validate({"_": value}).error_messages
    )


def complaint(spec: OptionSpec, params: Mapping[str, Any]) -> str:
    """One sentence about the option that ansible-core stumbles over; '' if there is none."""
    options = spec.to_kwargs()["argument_spec"]
    for name, value in params.items():
        if name not in options:
            continue
        try:
            ArgumentSpecValidator({name: options[name]}).validate({name: value})
            wrong = options[name]["type"] == "dict" and _is_no_dictionary(value)
        except STUMBLES:
            wrong = True
        if wrong:
            wanted = _TYPES.get(options[name]["type"], "another value")
            inside = options[name].get("options")
            return f"{name} is {shown(str(value))}; give {wanted}" + (f" with {', '.join(inside)}" if inside else "")
    return ""
