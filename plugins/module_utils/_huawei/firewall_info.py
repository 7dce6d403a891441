# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_firewall_info: the firewalls, and what each of them protects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei import firewalls, options
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import checked_id, checked_name
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import Firewall
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

FIREWALL_INFO = options.HUAWEI.merge(
    OptionSpec(
        options={
            "name": {"type": "str"},
            "fw_instance_id": {"type": "str"},
            "status": {
                "type": "list",
                "elements": "str",
                "choices": [*firewalls.STATUS_WORDS.values(), firewalls.UNKNOWN_STATUS],
            },
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `firewalls` and `total`. Raises InputError before any request, ApiError (list_incomplete among others)."""
    firewall_id = checked_id(params["fw_instance_id"], "fw_instance_id") if text(params, "fw_instance_id") else ""
    name = checked_name(params["name"]) if text(params, "name") else ""
    status = params["status"] or ()
    client = HuaweiCfw(params, context, calls)

    def wanted(firewall: Firewall) -> bool:
        # The service looks for a part of the id or name.
        return (
            firewall_id in ("", firewall.fw_instance_id)
            and name in ("", firewall.name)
            and (not status or firewall.status in status)
        )

    found = [firewall for firewall in firewalls.list_firewalls(client, firewall_id or name) if wanted(firewall)]
    detailed = [firewalls.with_details(client, firewall) for firewall in found]
    bare = [
        firewall.fw_instance_id for firewall in detailed if firewall.detail is None and firewall.status == "running"
    ]
    if bare:
        context.warn(
            f"The service lists these firewalls but has no details of them, so that their protected_objects are not known: "
            f"{', '.join(bare)}. Set enterprise_project_id if they belong to another enterprise project."
        )
    region = options.region(params, context)
    return {"firewalls": [firewall.shown(region) for firewall in detailed], "total": len(detailed)}
