# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strict checking of request bodies: missing, unknown and mistyped fields, for either cloud's codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, type] = {"str": str, "int": int, "list": list, "object": dict}


class BadField(Exception):
    """`kind` is missing, unknown or type; each cloud turns it into its own error code."""

    def __init__(self, kind: str, name: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name
        self.message = message


def check_fields(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str]) -> dict[str, Any]:
    """`value` as a dict whose fields have the types named: str, int, list, object, or list[str] and list[object]."""
    if not isinstance(value, dict):
        raise BadField("type", where, f"{where} must be an object")
    known = {**required, **optional}
    for name in value:
        if name not in known:
            raise BadField("unknown", f"{where}.{name}", f"{where} has no field {name!r}")
    for name in required:
        if value.get(name) is None:
            raise BadField("missing", f"{where}.{name}", f"{where}.{name} is required")
    for name, item in value.items():
        if item is None:
            raise BadField("type", f"{where}.{name}", f"{where}.{name} must not be null")
        _check_type(item, f"{where}.{name}", known[name])
    return value


def _check_type(item: Any, where: str, wanted: str) -> None:
    kind, _bracket, inner = wanted.partition("[")
    # JSON true is an int to Python, not to the services.
    if not isinstance(item, _TYPES[kind]) or isinstance(item, bool):
        raise BadField("type", where, f"{where} must be of type {wanted}")
    elements = list(item) if isinstance(item, list) and inner else []
    for number, element in enumerate(elements):
        _check_type(element, f"{where}[{number}]", inner.rstrip("]"))
