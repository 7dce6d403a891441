# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_log_info: the logs of a firewall in a window of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_targets, split_list
from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import logs
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import checked_id
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import LONGEST_LOG_LIST
from ansible_collections.secops.cfw.plugins.module_utils._huawei.logs import Reading, Window
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import Record
from ansible_collections.secops.cfw.plugins.module_utils._moments import parse_moment, shown_moment
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

LOG_INFO = HUAWEI.merge(
    OptionSpec(
        options={
            "fw_instance_id": {"type": "str", "required": True},
            "type": {"type": "str", "required": True, "choices": list(logs.TYPES)},
            "log_type": {"type": "str", "choices": list(logs.SCOPES), "default": "internet"},
            "start": {"type": "str", "default": "30m"},
            "end": {"type": "str", "default": "now"},
            "ips": {"type": "list", "elements": "str"},
            "limit": {"type": "int", "default": 10_000},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Returns `logs`, `total`, `truncated` and `window`. Raises InputError before any request, ApiError (list_incomplete)."""
    wanted = _validated(params, context)
    client = HuaweiCfw(params, context, calls)
    found, truncated = _found(client, wanted, context)
    window = wanted.window
    if truncated:
        context.warn(
            f"More than {wanted.limit} logs match: only the first {wanted.limit} that the service sent are returned. "
            "Narrow start, end or ips, or raise limit."
        )
    found.sort(key=lambda record: (logs.moment_of(record, window.type), str(record["log_id"])))
    sharing = Sharing()
    rows = [logs.shown_log(record, params["type"], sharing) for record in found]
    return {
        "logs": rows,
        "total": len(rows),
        "truncated": truncated,
        "window": {"start": shown_moment(window.start), "end": shown_moment(window.end)},
    }


@dataclass(frozen=True)
class _Wanted:
    window: Window
    ips: tuple[str, ...]
    limit: int


def _validated(params: Mapping[str, Any], context: Context) -> _Wanted:
    firewall = checked_id(params["fw_instance_id"], "fw_instance_id")
    # A whole second, so that the window reads well; rounded up, so that it lacks nothing.
    now = float(math.ceil(context.time()))
    start, end = (
        parse_moment(text(params, option) or default, option, now)
        for option, default in (("start", "30m"), ("end", "now"))
    )
    if start >= end:
        raise InputError(
            f"start {shown_moment(start)} is not before end {shown_moment(end)}; give a start that is earlier than end"
        )
    if start < 0:
        raise InputError(f"start {params['start']} is before 1970; the service keeps logs for days")
    if not 1 <= params["limit"] <= LONGEST_LOG_LIST:
        raise InputError(f"limit is {params['limit']}; give 1 to {LONGEST_LOG_LIST}")
    ips = tuple(target.text for target in parse_targets(split_list(params["ips"]), "ips"))
    window = Window(firewall, logs.TYPES[params["type"]], params["log_type"], start, end)
    return _Wanted(window, ips, params["limit"])


def _found(client: HuaweiCfw, wanted: _Wanted, context: Context) -> tuple[list[Record], bool]:
    """The records, each once, and whether there are more than the limit."""
    window = wanted.window
    sought = frozenset(wanted.ips)

    def keep(record: Record) -> bool:
        # Exact, whatever the service takes for equal.
        return not sought or logs.has_address(record, window.type.addresses, sought)

    found: dict[str, Record] = {}
    missed = 0
    for reading in _readings(client, wanted, keep, context):
        found.update((str(record["log_id"]), record) for record in reading.kept)
        if reading.truncated or len(found) > wanted.limit:
            return list(found.values())[: wanted.limit], True
        missed += reading.missed
    if missed:
        context.warn(
            f"{missed} logs arrived while they were read and may be missing. For a complete list, end the window some "
            "minutes ago, or read it again later."
        )
    return list(found.values()), False


def _readings(
    client: HuaweiCfw, wanted: _Wanted, keep: Callable[[Record], bool], context: Context
) -> Iterator[Reading]:
    """One reading of everything; with IPv4 addresses, one for each address and each field that may hold it.

    How the service joins several values or filters is not documented. It compares text, and an IPv6 address has many
    spellings.
    """
    searched = wanted.ips if not any(":" in address for address in wanted.ips) else ()
    if not searched:
        yield logs.read_logs(client, wanted.window, keep, wanted.limit)
    for key in wanted.window.type.addresses if searched else ():
        for address in searched:
            try:
                yield logs.read_logs(client, wanted.window, keep, wanted.limit, (key, address))
            except ApiError as error:
                if key != logs.REAL_IP or error.status != 400:
                    raise
                context.warn(
                    f"The service does not look through {key} ({error.message}): attacks that came through a web "
                    "application firewall are found only by the address of that firewall."
                )
                break
