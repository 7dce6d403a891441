# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_black_white_list_info: what is on the lists of a border."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import split_list
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import (
    ALLOW,
    BLOCK,
    DIRECTIONS,
    Entry,
    entry_from_record,
    wanted_entry,
)
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import border_in
from ansible_collections.secops.cfw.plugins.module_utils._huawei.lists import BlackWhiteList
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

BLACK_WHITE_LIST_INFO = HUAWEI.merge(
    OptionSpec(
        options={
            "action": {"type": "str", "choices": [BLOCK, ALLOW]},
            "fw_instance_id": {"type": "str"},
            "object_id": {"type": "str"},
            "ips": {"type": "list", "elements": "str"},
            "direction": {"type": "str", "choices": list(DIRECTIONS)},
            "description_prefix": {"type": "str"},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `entries`, `total`, `object_id`, `project_id`. Raises InputError before any request, CfwError
    (firewall_not_found and others), with `project_id` in its result as soon as that is known.
    """
    border = border_in(params)
    wanted = {
        wanted_entry(text, {}, f"ips[{index}]", "port").address for index, text in enumerate(split_list(params["ips"]))
    }
    prefix = (params["description_prefix"] or "").strip()
    client = HuaweiCfw(params, context, calls)

    def fits(entry: Entry) -> bool:
        return (
            (not wanted or entry.address in wanted)
            and params["direction"] in (None, entry.direction)
            and entry.description.startswith(prefix)
        )

    entries = []
    try:
        object_id = border.looked_up(client)
        for action in [params["action"]] if params["action"] else [BLOCK, ALLOW]:
            for record in BlackWhiteList(client, object_id, action, border.fw_instance_id).records():
                entry = entry_from_record(record)
                if fits(entry):
                    shown = {"action": action, **entry.shown(), "list_id": str(record["list_id"]), "raw": record}
                    entries.append({"target": entry.address, **shown})
    except CfwError as error:
        if client.known_project:
            error.result.setdefault("project_id", client.known_project)
        raise
    return {"entries": entries, "total": len(entries), "object_id": object_id, "project_id": client.known_project}
