# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logs of a firewall, read completely.

There are two generations of calls: ListAttackLogs, ListAccessControlLogs and ListFlowLogs, and the newer ListLogs for all
of them. The newer one is used: it has one shape for every type, it tells the address of a client behind a web
application firewall (`real_ip`), and the cursor that its page describes exists in its records, while the older pages
continue access control logs at a `start_time` that those don't have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import canonical
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import ADDRESS_TYPES, PROTOCOLS
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import as_number, as_text
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, READINGS, Record, page
from ansible_collections.secops.cfw.plugins.module_utils._moments import shown_moment
from ansible_collections.secops.cfw.plugins.module_utils._sharing import Sharing


@dataclass(frozen=True)
class LogType:
    """A type of log in the service's words. `time` is the key of a record's moment, in milliseconds."""

    sent: str
    permission: str
    time: str
    cursors: tuple[str, ...]
    """What `next_date` repeats of the last record, the newer page's word first; '' continues by `offset` alone."""
    addresses: tuple[str, ...] = ("src_ip", "dst_ip")


REAL_IP = "real_ip"
"""The client's address when a web application firewall stands in between."""

# The last way to continue, by offset alone, is how the Terraform provider reads these logs.
TYPES = {
    "attack": LogType("attack", "cfw:attackLog:list", "event_time", ("event_time", ""), ("src_ip", "dst_ip", REAL_IP)),
    "access_control": LogType("acl", "cfw:accessControlLog:list", "hit_time", ("hit_time", "")),
    "flow": LogType("flow", "cfw:flowLog:list", "start_time", ("end_time", "start_time", "")),
}
SCOPES = ("internet", "nat", "vpc", "vgw")

_ACTIONS = {"permit": "allow", "allow": "allow", "0": "allow", "deny": "block", "block": "block", "1": "block"}
_DIRECTIONS = {"out2in": "inbound", "in2out": "outbound"}
_PROTOCOLS = {text: word for word, number in PROTOCOLS.items() for text in (word, str(number))}
_WITHOUT_PORTS = frozenset({"icmp", "icmpv6"})


@dataclass(frozen=True)
class Window:
    """What to read: from `start` to `end`, in Unix seconds."""

    fw_instance_id: str
    type: LogType
    scope: str
    start: float
    end: float


@dataclass
class Reading:
    """The logs that one query found. `totals` are the service's counts, one for each page."""

    kept: list[Record] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    totals: list[int] = field(default_factory=list)
    truncated: bool = False

    @property
    def complete(self) -> bool:
        """Everything that was there when the reading began is in it.

        Logs that arrive in between only make the total grow: a cursor does not lose a row to a new one.
        """
        return self.truncated or len(self.ids) >= max(self.totals) or self.missed > 0

    @property
    def missed(self) -> int:
        """How many logs arrived while they were read and are not in it."""
        there = not self.truncated and self.totals[0] <= len(self.ids)
        return max(0, self.totals[-1] - len(self.ids)) if there else 0


def read_logs(
    client: HuaweiCfw,
    window: Window,
    keep: Callable[[Record], bool],
    limit: int,
    address: tuple[str, str] | None = None,
) -> Reading:
    """The logs in `window` that `keep` wants, each once, at most `limit`; with `address`, a key and its value, only those.

    The API pages disagree about the cursor. Each way to continue is tried until the unique logs are as many as the service
    counts. Raises ApiError: list_incomplete when none is, unreadable_answer and others.
    """
    ways = (window.type.cursors * READINGS)[:READINGS]
    reading = Reading()
    for attempt, time_key in enumerate(ways):
        try:
            reading = _read(client, window, keep, limit, address, time_key)
        except ApiError as error:
            # A way that the service does not know must not hide that the ways before it did not add up.
            if attempt == 0 or error.status != 400:
                raise
            continue
        if reading.complete:
            return reading
    raise ApiError(
        "list_incomplete",
        f"The logs of firewall {window.fw_instance_id} show {len(reading.ids)} records but count {max(reading.totals)}, "
        f"{READINGS} times in a row",
        outcome=Outcome.NOT_EXECUTED,
        transient=True,
        hint="Narrow the window with start and end, or end it some minutes ago, when no more logs arrive for it",
    )


def _read(
    client: HuaweiCfw,
    window: Window,
    keep: Callable[[Record], bool],
    limit: int,
    address: tuple[str, str] | None,
    time_key: str,
) -> Reading:
    """One reading that continues after each page by `time_key` (see LogType.cursors)."""
    reading = Reading()
    size = min(PAGE, limit + 1)  # one more tells whether there are more
    cursor: dict[str, Any] = {}
    sharing = Sharing()
    read = 0
    while True:
        records, total = page(_ask(client, window, size, address, cursor), "log_id", "the list of logs")
        reading.totals.append(total)
        before = len(reading.ids)
        for record in records:
            log_id = str(record["log_id"])
            if log_id not in reading.ids:
                reading.ids.add(log_id)
                if keep(record):
                    reading.kept.append(sharing.record(record))
        if len(reading.kept) > limit:
            del reading.kept[limit:]
            reading.truncated = True
            return reading
        # Without anything new the cursor does not move, and the service would answer the same for ever. A full page is
        # followed by another even if the total is reached: a search engine may stop counting at 10,000.
        if len(reading.ids) == before or (len(reading.ids) >= total and len(records) < size):
            return reading
        read += len(records)
        cursor = {"offset": read}
        if time_key:
            cursor.update(log_id=records[-1]["log_id"], next_date=records[-1].get(time_key))


def _ask(
    client: HuaweiCfw, window: Window, size: int, address: tuple[str, str] | None, cursor: Mapping[str, Any]
) -> Any:
    body: dict[str, Any] = {
        "type": window.type.sent,
        "log_type": window.scope,
        "start_time": int(window.start * 1000),
        "end_time": int(window.end * 1000),
        "limit": size,
        **{key: value for key, value in cursor.items() if value is not None},
    }
    if address:
        key, value = address
        # What a web application firewall reports may be a list of addresses.
        operator = "contain" if key == REAL_IP else "equal"
        body["filters"] = [{"field": key, "operator": operator, "values": [value]}]
    # The newer page has no enterprise project: the firewall is in the path.
    return client.call(
        "ListLogs", "POST", f"cfw/{window.fw_instance_id}/logs", window.type.permission, body=body, scoped=False
    )


def has_address(record: Record, keys: tuple[str, ...], sought: frozenset[str]) -> bool:
    """Whether one of the record's addresses is among `sought`, which are in canonical spelling."""
    return any(_canonical(part) in sought for key in keys for part in as_text(record.get(key)).split(","))


def moment_of(record: Record, kind: LogType) -> float:
    """Unix seconds of a record; 0 for one without a time."""
    return (as_number(record.get(kind.time)) or 0) / 1000


def shown_log(record: Record, name: str, sharing: Sharing) -> dict[str, Any]:
    """A record as a result shows it; `source`, `destination` and `service` as huawei_cfw_capture_task takes them.

    These have much in common with those of other logs, which `sharing` finds.
    """
    kind = TYPES[name]
    protocol = _protocol(record.get("protocol"))
    return {
        "log_id": as_text(record.get("log_id")),
        "type": name,
        "time": _time(record.get(kind.time)),
        "end_time": _time(record.get("end_time")) if name == "flow" else None,
        "source": sharing.value(_side(record.get("src_ip"))),
        "destination": sharing.value(_side(record.get("dst_ip"))),
        "service": sharing.value(
            {
                "protocol": protocol,
                "source_port": _port(record.get("src_port"), protocol),
                "dest_port": _port(record.get("dst_port"), protocol),
            }
        ),
        "direction": _word(_DIRECTIONS, record.get("direction")),
        "action": _word(_ACTIONS, record.get("action")),
        "application": as_text(record.get("app")),
        "level": as_text(record.get("level")).lower(),
        "attack_type": as_text(record.get("attack_type")),
        "rule": as_text(record.get("attack_rule" if name == "attack" else "rule_name")),
        "rule_id": as_text(record.get("attack_rule_id" if name == "attack" else "rule_id")),
        "real_ip": as_text(record.get("real_ip")),
        "bytes": as_number(record.get("bytes")),
        "packets": as_number(record.get("packets")),
        "raw": record,
    }


def _canonical(text: str) -> str:
    stripped = text.strip()
    return canonical(stripped) or stripped


def _side(value: Any) -> dict[str, str]:
    address = _canonical(as_text(value))
    known = canonical(address)
    family = tuple(ADDRESS_TYPES)[":" in address] if known else ""
    return {"address": address, "address_type": family}


def _protocol(value: Any) -> str:
    text = as_text(value).strip().lower()
    return _PROTOCOLS.get(text, text)


def _port(value: Any, protocol: str) -> str:
    # For ICMP, some firewalls log its type and code as if they were ports.
    return "" if protocol in _WITHOUT_PORTS else as_text(value)


def _word(words: Mapping[str, str], value: Any) -> str:
    text = as_text(value)
    return words.get(text.lower(), text)


def _time(value: Any) -> str | None:
    number = as_number(value)
    return None if number is None else shown_moment(number / 1000)
