# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firewalls as people give them to roles: ids, or dictionaries where they are in several regions or projects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_one_line, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import split_items

KEYS = ("fw_instance_id", "name", "region", "project_id", "enterprise_project_id", "object_id")
HOST_PREFIX = "huawei_cfw_"
"""Before these keys in the variables of a host of the inventory."""
_EXAMPLE = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def read_firewalls(value: Any, where: str = "firewalls") -> list[dict[str, str]]:
    """The firewalls in order, each once, as dictionaries that hold `KEYS` as far as they were given.

    A firewall that is given twice has what both say of it. InputError names everything that is wrong.
    """
    found: dict[str, dict[str, str]] = {}
    wrong: list[str] = []
    # One dictionary is a list of one.
    value = of_hosts(value)
    items = [value] if isinstance(value, Mapping) else split_items(value)
    for index, item in enumerate(items):
        place = f"{where}[{index}]"
        try:
            firewall = _firewall(item, place)
            before = found.setdefault(firewall["fw_instance_id"], {})
            for key, text in firewall.items():
                if before.setdefault(key, text) != text:
                    raise InputError(
                        f"{place}: the firewall {firewall['fw_instance_id']} is given twice, with {key} "
                        f"{shown(before[key])} and {shown(text)}; give it once"
                    )
        except InputError as error:
            wrong.append(error.message)
    if wrong:
        raise InputError("; ".join(wrong), code="bad_firewalls")
    return list(found.values())


def of_hosts(value: Any) -> Any:
    """The value with each host, the variables of one that the inventory huawei_cfw made, as its firewall's dictionary.

    Nothing else of a host is looked at: there may be secrets, and templates that can't be resolved here.
    """
    if isinstance(value, Mapping):
        if f"{HOST_PREFIX}fw_instance_id" not in value:
            return value
        firewall = {key: value[HOST_PREFIX + key] for key in KEYS if HOST_PREFIX + key in value}
        # It comes from the cloud, where any name goes.
        name = str(firewall.pop("name", None) or "")
        return {**firewall, "name": "".join(char if is_one_line(char) else " " for char in name)}
    if value is None or isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return value
    return [of_hosts(item) for item in value]


def _firewall(item: Any, place: str) -> dict[str, str]:
    if isinstance(item, str):
        item = {"fw_instance_id": item}
    if not isinstance(item, Mapping):
        raise InputError(f"{place}: {shown(str(item))} is neither an id such as {_EXAMPLE} nor a dictionary with one")
    unknown = [str(key) for key in item if key not in KEYS]
    if unknown:
        raise InputError(
            f"{place}: {shown(unknown[0])} is nothing that a firewall has here; a dictionary takes {', '.join(KEYS)}"
        )
    firewall = {key: _text(item[key], f"{place}.{key}") for key in KEYS if key in item}
    firewall = {key: text for key, text in firewall.items() if text}
    if "fw_instance_id" not in firewall:
        raise InputError(f"{place}: fw_instance_id is missing; give an id such as {_EXAMPLE}")
    for key in ("fw_instance_id", "object_id", "project_id", "region", "enterprise_project_id"):
        if not _ID.fullmatch(firewall.get(key, "0")):
            raise InputError(f"{place}.{key}: {shown(firewall[key])} is no id; give one such as {_EXAMPLE}")
    return firewall


def _text(value: Any, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int)):
        raise InputError(f"{place}: {shown(str(value))} is not text")
    text = str(value).strip()
    if not is_one_line(text):
        raise InputError(f"{place}: {shown(text)} has line breaks or control characters in it; write one line")
    return text
