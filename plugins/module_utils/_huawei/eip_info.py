# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_eip_info: the public addresses behind a firewall, and whether they are protected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_targets, split_list
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei import eips
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import border_in
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

EIP_INFO = HUAWEI.merge(
    OptionSpec(
        options={
            "fw_instance_id": {"type": "str"},
            "object_id": {"type": "str"},
            "status": {"type": "str", "choices": list(eips.STATUS_NUMBERS)},
            "ips": {"type": "list", "elements": "str"},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `eips`, `total`, `object_id`. Raises InputError before any request, CfwError (firewall_not_found and others)."""
    border = border_in(params)
    targets = parse_targets(split_list(params["ips"]), "ips")
    status = params["status"] or ""
    client = HuaweiCfw(params, context, calls)
    object_id = border.looked_up(client)
    # Whether the service looks through IPv6 addresses too is not documented.
    single = targets[0].text if len(targets) == 1 and targets[0].version == 4 else ""
    records = eips.list_eips(client, object_id, fw_instance_id=border.fw_instance_id, status=status, key_word=single)
    sought = {target.text for target in targets}
    found = [
        eips.shown_eip(record)
        for record in records
        if (not status or eips.status_of(record) == status) and (not sought or sought & eips.addresses_of(record))
    ]
    return {"eips": found, "total": len(found), "object_id": object_id}
