# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option specifications: immutable, put together from parts, one per module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Names = tuple[str, ...]


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class OptionSpec:
    """A module's options and the rules between them, in the words of ansible-core's argument specification."""

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mutually_exclusive: tuple[Names, ...] = ()
    required_together: tuple[Names, ...] = ()
    required_one_of: tuple[Names, ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = ()
    required_by: Mapping[str, Names] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", _frozen(self.options))
        object.__setattr__(self, "required_by", _frozen(self.required_by))

    def merge(self, other: OptionSpec) -> OptionSpec:
        """Both together; an option that both define is a mistake (ValueError)."""
        twice = sorted(set(self.options) & set(other.options))
        if twice:
            raise ValueError(f"defined twice: {', '.join(twice)}")
        return OptionSpec(
            options={**self.options, **other.options},
            mutually_exclusive=self.mutually_exclusive + other.mutually_exclusive,
            required_together=self.required_together + other.required_together,
            required_one_of=self.required_one_of + other.required_one_of,
            required_if=self.required_if + other.required_if,
            required_by={**self.required_by, **other.required_by},
        )

    def to_kwargs(self) -> dict[str, Any]:
        """Fresh, mutable arguments for AnsibleModule or ArgumentSpecValidator."""
        return {
            "argument_spec": _thawed(self.options),
            "mutually_exclusive": _thawed(self.mutually_exclusive),
            "required_together": _thawed(self.required_together),
            "required_one_of": _thawed(self.required_one_of),
            "required_if": _thawed(self.required_if),
            "required_by": _thawed(self.required_by),
        }
