# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind tencent_cfw_alert_info: the alerts of a time, and the logs of the intrusion defence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_targets, shown, split_list
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._moments import parse_moment
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import fields
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_search import Search, find_alerts, find_logs
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.international import check_china
from ansible_collections.secops.cfw.plugins.module_utils._tencent.options import TENCENT

_WINDOW = "24h"
_CLOCK_DIFFERENCE = 60
"""Seconds by which this machine's clock may differ from the service's before "now" is taken from the service."""
_ALERT_ID = re.compile(r"[0-9A-Za-z_.:@#=+/-]{1,128}")


def _words(choices: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "list", "elements": "str", "choices": list(choices)}


ALERT_INFO = TENCENT.merge(
    OptionSpec(
        options={
            "start": {"type": "str", "default": _WINDOW},
            "end": {"type": "str", "default": "now"},
            "alert_ids": {"type": "list", "elements": "str"},
            "ips": {"type": "list", "elements": "str"},
            "level": _words(fields.LEVELS),
            "direction": _words(fields.DIRECTIONS),
            "status": _words(fields.STATUSES),
            "logs": {"type": "bool", "default": False},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `alerts`, `total`, and with `logs` also `logs`.

    Raises InputError before any request, ApiError (list_incomplete among others).
    """
    check_china(params, context, "DescribeCfwAlerts")
    search = _validated(params, context.time())
    client = TencentCfw(params, context, calls)
    alerts = find_alerts(client, search)
    by_service = _validated(params, client.now())
    if abs(by_service.end - search.end) + abs(by_service.start - search.start) > _CLOCK_DIFFERENCE:
        search = by_service
        alerts = find_alerts(client, search)
    result: dict[str, Any] = {"alerts": alerts, "total": len(alerts)}
    if params["logs"]:
        result["logs"] = find_logs(client, search, alerts)
    return result


def _validated(params: Mapping[str, Any], now: float) -> Search:
    start = parse_moment(_text(params, "start") or _WINDOW, "start", now)
    end = parse_moment(_text(params, "end") or "now", "end", now)
    if start >= end:
        raise InputError(f"start {params['start']} is not before end {params['end']}; give a time that is")
    ids = list(dict.fromkeys(split_list(params["alert_ids"])))
    for index, alert_id in enumerate(ids):
        if not _ALERT_ID.fullmatch(alert_id):
            raise InputError(
                f"alert_ids[{index}]: {shown(alert_id)} is no alert id; give one such as a67d60bb5ede9b962ac19ad24b28be54"
            )
    return Search(
        # The service takes whole seconds.
        start=math.floor(start),
        end=math.ceil(end),
        ids=tuple(ids),
        ips=parse_targets(split_list(params["ips"]), "ips"),
        levels=tuple(params["level"] or ()),
        directions=tuple(params["direction"] or ()),
        statuses=tuple(params["status"] or ()),
    )


def _text(params: Mapping[str, Any], option: str) -> str:
    return (params[option] or "").strip()
