# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options that mean the same for every cloud, and how they become settings of the HTTP layer."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_file_name, shown
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, parse_endpoint
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

MOST_RETRIES = 10
LONGEST_WAIT = 366 * 86400
"""Seconds; the clock functions of Python fail on numbers much greater."""

# No mutually_exclusive and no fallback=env_fallback here: a blank value counts as unset, and one source has to supply
# the whole credential, which ansible-core's own rules cannot say. See _credentials.py.
COMMON = OptionSpec(
    options={
        "profile": {"type": "str"},
        "instance_metadata": {"type": "bool", "default": False},
        "endpoint": {"type": "str"},
        "timeout": {"type": "float", "default": 30},
        "retries": {"type": "int", "default": 3},
        "settle_timeout": {"type": "float", "default": 60},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    },
)


def text(params: Mapping[str, Any], name: str) -> str:
    """A text option's value; an absent, empty or blank one counts as unset ('')."""
    value = params.get(name)
    return str(value) if value is not None and str(value).strip() else ""


def endpoint(params: Mapping[str, Any], context: Context, option: str, variable: str) -> Endpoint | None:
    """The address that the option gives, else the environment variable, else None. Raises InputError."""
    given = text(params, option)
    if given:
        return parse_endpoint(given, option)
    given = context.env(variable)
    return parse_endpoint(given, variable) if given else None


def http_settings(params: Mapping[str, Any], rate: float | None = None) -> HttpSettings:
    """The HTTP layer's settings; `rate` is in requests per second and call. Raises InputError.

    Also judges settle_timeout, so that no connection option is left to fail in the middle of a run.
    """
    retries, settle_timeout = params["retries"], params["settle_timeout"]
    if not 0 <= retries <= MOST_RETRIES:
        raise InputError(f"retries is {retries}; it has to be from 0 to {MOST_RETRIES}")
    check_seconds("settle_timeout", settle_timeout)
    return HttpSettings(
        timeout=float(params["timeout"]),
        retries=retries,
        validate_certs=params["validate_certs"],
        ca_path=_ca_path(text(params, "ca_path"), params["validate_certs"]),
        rate=rate,
    )


def check_seconds(option: str, seconds: float, *, positive: bool = False) -> None:
    """Raises InputError for a time that nobody can wait for."""
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_WAIT and (seconds or not positive)):
        least = "more than 0" if positive else "0 or more"
        raise InputError(f"{option} is {seconds:g}; give seconds, {least}, and at most a year")


def _ca_path(path: str, validate_certs: bool) -> str | None:
    if not path:
        return None
    if not validate_certs:
        raise InputError(
            "ca_path is given but validate_certs is false, so that it would not be used; "
            "drop ca_path, or leave validate_certs at true"
        )
    problem = ""
    if not is_file_name(path):
        path, problem = shown(path), "is too long or has control characters in it"
    elif not os.access(path, os.R_OK):
        problem = "can't be read by the user who runs this task" if os.path.lexists(path) else "does not exist"
    if problem:
        raise InputError(f"ca_path {path} {problem}; give a file with CA certificates in PEM form")
    return path
