# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_capture_task_info: the capture tasks of a firewall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import (
    STATUS_WORDS,
    Task,
    checked_id,
    checked_name,
)
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._sharing import consumed
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

CAPTURE_TASK_INFO = HUAWEI.merge(
    OptionSpec(
        options={
            "fw_instance_id": {"type": "str", "required": True},
            "name": {"type": "str"},
            "task_id": {"type": "str"},
            "status": {"type": "list", "elements": "str", "choices": [*STATUS_WORDS.values(), "unknown"]},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `tasks` and `total`. Raises InputError before any request, ApiError (list_incomplete among others)."""
    firewall = checked_id(params["fw_instance_id"], "fw_instance_id")
    name = checked_name(params["name"]) if text(params, "name") else None
    task_id = checked_id(params["task_id"], "task_id") if text(params, "task_id") else None
    status = params["status"] or ()

    def wanted(task: Task) -> bool:
        # The service has no filter of its own.
        return name in (None, task.name) and task_id in (None, task.task_id) and (not status or task.status in status)

    listed = HuaweiCfw(params, context, calls).capture_tasks(firewall).tasks
    tasks = [{**task.shown(), "evidence": task.evidence, "raw": task.raw} for task in consumed(listed) if wanted(task)]
    return {"tasks": tasks, "total": len(tasks)}
