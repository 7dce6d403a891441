# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The black (4) and white (5) lists of each protected object, and the quota of a firewall.

Documented codes: 00400011 repeated entry, 00400012 private address, 00400013 more than 2000 entries, 00200022 whole
address space. Harsh where unknown: an entry takes one address or a prefix without host bits, TCP and UDP need a port
and nothing else takes one, unknown fields are refused. Invented: the order (newest first), that an entry is repeated
when direction, address, protocol and port are the same, and what a quota counts.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .clock import ServiceClock
from .huawei_firewalls import INTERNET, MISSING, VPC, Directory, ProtectedObject
from .huawei_input import ADDRESS_TYPE, BAD_ADDRESS, EMPTY, WRONG_TYPE, read_body, read_query
from .huawei_paging import Pager, checked, in_range, limit_and_offset, one_of
from .lag import LaggingList
from .spelling import spell
from .switches import Switches
from .wire import ApiError, WireRequest

BLACK, WHITE = 4, 5
REPEATED, PRIVATE, FULL, EVERYTHING, NO_IPV6 = (
    "CFW.00400011",
    "CFW.00400012",
    "CFW.00400013",
    "CFW.00200022",
    "CFW.00200032",
)
QUOTA_TYPES = (
    *("ACL", "DNS_DOMAIN_SET", "DOMAIN", "DOMAIN_DEVICE", "DNS_DOMAIN_SET_PARSE_IP", "APPLICATION_DOMAIN_SET"),
    *("APPLICATION_DOMAIN_SET_ITEM", "APPLICATION_DOMAIN_SET_ITEM_DEVICE", "ADDR_SET", "ADDR_SET_ITEM"),
    *("ADDR_SET_ITEM_DEVICE", "SERV_SET", "SERV_SET_ITEM", "SERV_SET_ITEM_DEVICE", "BLACKLIST", "WHITELIST"),
    "PRIVATE_NETWORK_SEGMENT",
)
_OF_A_SET = ("DOMAIN", "APPLICATION_DOMAIN_SET_ITEM", "ADDR_SET_ITEM", "SERV_SET_ITEM")
_WITH_PORT, _ICMP, _ICMPV6, _PROTOCOLS = (6, 17, 132), 1, 58, (-1, 1, 6, 17, 58, 132)
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_DOMAIN = re.compile(r"(?=.{4,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10"),
    )
)
_WHERE = ("enterprise_project_id", "fw_instance_id")
_ITEM = {"direction": "int", "address": "str", "protocol": "int"}
_ITEM_OPTIONS = {"address_type": "int", "port": "str", "description": "str"}
_SEEDED = frozenset(
    {"list_id", "object_id", "list_type", "address", *_ITEM, *_ITEM_OPTIONS, "created_date", "modified_date"}
)
Key = tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """`created` and `modified` are unix seconds of the service clock."""

    list_id: str
    object_id: str
    list_type: int
    direction: int
    address_type: int
    address: str
    protocol: int
    port: str
    description: str
    created: float
    modified: float

    @property
    def key(self) -> Key:
        return self.object_id, self.list_type

    @property
    def place(self) -> tuple[int, str]:
        return self.direction, canonical(self.address)


@lru_cache(maxsize=200_000)
def canonical(address: str) -> str:
    """One spelling for each value: a prefix in its short form, a domain in small letters."""
    with contextlib.suppress(OSError):  # the fast way for most of a large list
        socket.inet_pton(socket.AF_INET, address)
        return f"{address}/32"
    try:
        return str(ipaddress.ip_network(address, strict=False))
    except ValueError:
        return address.lower()


class BlackWhiteLists:
    def __init__(self, clock: ServiceClock, switches: Switches, pager: Pager, directory: Directory) -> None:
        self._clock = clock
        self._switches = switches
        self._pager = pager
        self._directory = directory
        self._lists: dict[Key, dict[str, Entry]] = {}
        self._lags: dict[Key, LaggingList[str, Entry]] = {}
        self._keys: dict[str, Key] = {}
        self._places: dict[Key, dict[tuple[int, str], list[str]]] = {}

    # Calls

    def add(self, request: WireRequest) -> dict[str, Any]:
        query = read_query(request, (), _WHERE)
        required = {"object_id": "str", "list_type": "int", "address_type": "int", **_ITEM}
        body = read_body(request, required, {"port": "str", "description": "str"})
        target = self._target(body, query)
        entry = self._entry(target, body["list_type"], body)
        self._check_room(entry.key, 1)
        self._put(entry)
        return {"data": {"id": entry.list_id, "name": entry.address}}

    def add_batch(self, request: WireRequest) -> dict[str, Any]:
        read_query(request, (), ())
        body = read_body(request, {"object_id": "str", "list_type": "int", "list_items": "list[object]"})
        items = [checked(item, "body.list_items", _ITEM, _ITEM_OPTIONS) for item in body["list_items"]]
        if not items:
            raise ApiError(EMPTY, "body.list_items is empty")
        if self._switches.batch_items_max and len(items) > self._switches.batch_items_max:
            raise ApiError("CFW.00200024", "body.list_items has too many elements")
        target, list_type = self._target(body), body["list_type"]
        answer: dict[str, list[dict[str, Any]]] = {"success_list": [], "duplicated_list": [], "failed_list": []}
        if self._switches.batch_over_capacity == "error":
            self._check_room((target.object_id, list_type), self._count_new(target, list_type, items))
        for item in items:
            answer[self._try(target, list_type, item)].append(item)
        return {"data": answer}

    def _try(self, target: ProtectedObject, list_type: int, item: Mapping[str, Any]) -> str:
        """Add one element of a batch; the list of the answer that it goes to."""
        try:
            entry = self._entry(target, list_type, item)
            self._check_room(entry.key, 1)
        except ApiError as error:
            if error.code == REPEATED:
                return "duplicated_list" if self._switches.batch_duplicates == "duplicated" else "failed_list"
            if self._switches.batch_bad_item == "error":
                raise
            return "failed_list"
        self._put(entry)
        return "success_list"

    def _count_new(self, target: ProtectedObject, list_type: int, items: Iterable[Mapping[str, Any]]) -> int:
        new = set()
        for item in items:
            try:
                entry = self._entry(target, list_type, item)
            except ApiError as error:
                if error.code != REPEATED and self._switches.batch_bad_item == "error":
                    raise
                continue
            new.add((*entry.place, entry.protocol, entry.port))
        return len(new)

    def list_entries(self, request: WireRequest) -> dict[str, Any]:
        query = read_query(
            request, ("object_id", "list_type", "limit", "offset"), ("address_type", "address", "port", *_WHERE)
        )
        limit, offset = limit_and_offset(query)
        list_type = int(one_of(query, "list_type", "4", "5") or 0)
        address_type = one_of(query, "address_type", "0", "1", "2")
        target = self._target({"object_id": query["object_id"], "list_type": list_type}, query)
        key = (target.object_id, list_type)
        lag = self._lags.setdefault(key, LaggingList())
        entries: Iterable[Entry] = reversed(lag.visible(self._lists.get(key, {}), self._clock.now()).values())
        if address_type is not None:
            entries = [entry for entry in entries if entry.address_type == int(address_type)]
        if query.get("address"):
            entries = [entry for entry in entries if self._found(entry, query["address"])]
        if query.get("port"):
            entries = [entry for entry in entries if entry.port == query["port"]]
        rows, total = self._pager.page(list(entries), limit, offset)
        records = [self.record(entry) for entry in rows]
        return {"data": {"offset": offset, "limit": limit, "total": total, "records": records}}

    def update(self, request: WireRequest, list_id: str) -> dict[str, Any]:
        old = self._owned(request, list_id)
        optional = {name: kind for name, kind in {**_ITEM, **_ITEM_OPTIONS}.items() if name != "address"}
        body = read_body(request, {"address": "str"}, optional)
        kept = {name: getattr(old, name) for name in ("direction", "protocol", "port", "description")}
        target = self._directory.protected(old.object_id)
        entry = self._entry(target, old.list_type, {**kept, **body}, instead_of=old)
        self._before_write(old.key)
        self._forget(old)
        self._insert(entry)
        return {"data": {"id": entry.list_id, "name": entry.address}}

    def delete(self, request: WireRequest, list_id: str) -> dict[str, Any]:
        entry = self._owned(request, list_id)
        self._before_write(entry.key)
        self._forget(entry)
        del self._lists[entry.key][list_id]
        return {"data": {"id": list_id, "name": entry.address}}

    def delete_batch(self, request: WireRequest) -> dict[str, Any]:
        read_query(request, (), ())
        body = read_body(request, {"object_id": "str", "list_type": "int", "list_ids": "list[str]"})
        target = self._target(body)
        key = (target.object_id, body["list_type"])
        if not body["list_ids"]:
            raise ApiError(EMPTY, "body.list_ids is empty")
        wanted = dict.fromkeys(body["list_ids"])
        known = self._lists.get(key, {})
        if self._switches.batch_delete_missing == "error" and any(list_id not in known for list_id in wanted):
            raise ApiError(MISSING, "an entry does not exist")
        found = [list_id for list_id in wanted if list_id in known]
        self._before_write(key)
        for list_id in found:
            self._forget(known.pop(list_id))
        return {"data": found}

    def quota(self, request: WireRequest, firewall_id: str) -> dict[str, Any]:
        query = read_query(request, ("config_type",), ("set_id",))
        kind = one_of(query, "config_type", *QUOTA_TYPES) or ""
        if kind in _OF_A_SET and not query.get("set_id"):
            raise ApiError(EMPTY, f"query parameter set_id is required for {kind}")
        try:
            objects = self._directory.objects(firewall_id)
        except KeyError:
            raise ApiError(MISSING, "the firewall does not exist") from None
        used = 0
        if kind in ("BLACKLIST", "WHITELIST"):
            list_type = BLACK if kind == "BLACKLIST" else WHITE
            counts = [len(self._lists.get((item.object_id, list_type), ())) for item in objects]
            used = sum(counts) if self._switches.black_white_scope == "firewall" else max(counts, default=0)
        return {"data": {"quota_type": kind, "max_quota": self._switches.black_white_capacity, "used_quota": used}}

    # Checks

    def _target(self, body: Mapping[str, Any], query: Mapping[str, str] | None = None) -> ProtectedObject:
        if body["list_type"] not in (BLACK, WHITE):
            raise ApiError(WRONG_TYPE, "list_type must be 4 or 5")
        if query is None:
            return self._directory.protected(body["object_id"])
        return self._directory.protected(
            body["object_id"], query.get("fw_instance_id"), query.get("enterprise_project_id")
        )

    def _owned(self, request: WireRequest, list_id: str) -> Entry:
        query = read_query(request, (), _WHERE)
        key = self._keys.get(list_id)
        if key is None:
            raise ApiError(MISSING, "the entry does not exist")
        owner = self._directory.protected(key[0]).firewall
        project = query.get("enterprise_project_id")
        if query.get("fw_instance_id") or self._switches.entry_firewall == "first":
            named = self._directory.firewall(query.get("fw_instance_id"), project)
            if named != owner:
                raise ApiError(MISSING, "the entry does not exist on this firewall")
        else:
            self._directory.firewall(owner.firewall_id, project)
        return self._lists[key][list_id]

    def _entry(
        self, target: ProtectedObject, list_type: int, item: Mapping[str, Any], instead_of: Entry | None = None
    ) -> Entry:
        """An entry that may be stored, or ApiError."""
        direction = in_range("direction", item["direction"], 0, 1)
        address_type = self._check_address(target, item)
        protocol, port = item["protocol"], item.get("port", "")
        if protocol not in _PROTOCOLS or protocol == (_ICMPV6, _ICMP, None)[address_type]:
            raise ApiError(WRONG_TYPE, "protocol is unknown, or does not fit the address family")
        if protocol in _WITH_PORT and not port:
            raise ApiError(EMPTY, "port is required for TCP, UDP and SCTP")
        if port and protocol not in _WITH_PORT and not (protocol == -1 and self._switches.ports_with_any == "accepted"):
            raise ApiError(WRONG_TYPE, "port needs protocol TCP, UDP or SCTP")
        _check_port(port)
        now = self._clock.now()
        values = (direction, address_type, item["address"], protocol, port, item.get("description", ""))
        if instead_of:
            names = ("direction", "address_type", "address", "protocol", "port", "description")
            entry = replace(instead_of, **dict(zip(names, values)), modified=now)
        else:
            entry = Entry(uuid.uuid4().hex, target.object_id, list_type, *values, now, now)
        if self._is_repeated(entry):
            raise ApiError(REPEATED, "the entry is on the list")
        return entry

    def _check_address(self, target: ProtectedObject, item: Mapping[str, Any]) -> int:
        address = item["address"]
        if not address:
            raise ApiError("CFW.00200041", "address is empty")
        if item.get("address_type") == 2:
            return self._check_domain(item)
        try:
            if "%" in address:
                raise ValueError("zone id")
            network = ipaddress.ip_network(address)
        except ValueError:
            raise ApiError(BAD_ADDRESS, "address is no address") from None
        address_type = int(network.version == 6)
        if item.get("address_type", address_type) != address_type:
            raise ApiError(ADDRESS_TYPE, "address_type does not fit the address")
        if network.prefixlen == 0:
            raise ApiError(EVERYTHING, "the whole address space can't be entered")
        if address_type == 1 and not target.firewall.support_ipv6:
            raise ApiError(NO_IPV6, "the engine does not support IPv6")
        private = any(network.version == known.version and network.overlaps(known) for known in _PRIVATE)
        if private and not self._takes_private(target):
            raise ApiError(PRIVATE, "a private address needs east-west protection")
        return address_type

    def _takes_private(self, target: ProtectedObject) -> bool:
        if self._switches.private_entries == "vpc_object":
            return target.kind == VPC
        return any(item.kind == VPC for item in self._directory.objects(target.firewall.firewall_id))

    def _check_domain(self, item: Mapping[str, Any]) -> int:
        taken = self._switches.domain_entries
        if taken == "refused" or (taken == "destination" and item["direction"] != 1):
            raise ApiError(ADDRESS_TYPE, "a domain can't be entered here")
        if not _DOMAIN.fullmatch(item["address"]):
            raise ApiError(BAD_ADDRESS, "address is no domain")
        return 2

    def _is_repeated(self, entry: Entry) -> bool:
        entries = self._lists.get(entry.key, {})
        for list_id in self._places.get(entry.key, {}).get(entry.place, ()):
            other = entries[list_id]
            same = self._switches.entry_identity == "address" or (
                (other.protocol, other.port) == (entry.protocol, entry.port)
            )
            if list_id != entry.list_id and same:
                return True
        return False

    def _check_room(self, key: Key, more: int) -> None:
        used = len(self._lists.get(key, ()))
        if self._switches.black_white_scope == "firewall":
            owner = self._directory.protected(key[0]).firewall
            objects = self._directory.objects(owner.firewall_id)
            used = sum(len(self._lists.get((item.object_id, key[1]), ())) for item in objects)
        if more and used + more > self._switches.black_white_capacity:
            raise ApiError(FULL, f"the list takes {self._switches.black_white_capacity} entries")

    def _found(self, entry: Entry, text: str) -> bool:
        shown = self.record(entry)["address"].partition("/")[0]
        return shown == text if self._switches.entry_address_filter == "exact" else text in shown

    # State

    def record(self, entry: Entry) -> dict[str, Any]:
        """An entry as the list shows it; it does not say which list it is on."""
        return {
            "list_id": entry.list_id,
            "direction": entry.direction,
            "address_type": entry.address_type,
            "address": self._spelled(entry),
            "protocol": entry.protocol,
            "port": entry.port,
            "description": entry.description,
            "created_date": int(entry.created * 1000),
            "modified_date": int(entry.modified * 1000),
        }

    def _spelled(self, entry: Entry) -> str:
        if entry.address_type == 2:
            return entry.address
        text, mask, host = spell(entry.address, self._switches.ipv6_form), "/" in entry.address, ("/32", "/128")
        if self._switches.host_entries == "with_mask" and not mask:
            return text + host[entry.address_type]
        if self._switches.host_entries == "without_mask":
            return text.removesuffix(host[entry.address_type])
        return text

    def _put(self, entry: Entry) -> None:
        self._before_write(entry.key)
        self._insert(entry)

    def _insert(self, entry: Entry) -> None:
        self._lists.setdefault(entry.key, {})[entry.list_id] = entry
        self._keys[entry.list_id] = entry.key
        self._places.setdefault(entry.key, {}).setdefault(entry.place, []).append(entry.list_id)

    def _forget(self, entry: Entry) -> None:
        """Take an entry out of the indexes."""
        del self._keys[entry.list_id]
        self._places[entry.key][entry.place].remove(entry.list_id)

    def _before_write(self, key: Key) -> None:
        lag = self._lags.setdefault(key, LaggingList())
        switches = self._switches
        lag.before_write(self._lists.get(key, {}), self._clock.now(), switches.list_lag, switches.list_lag_calls)

    def dump(self) -> list[dict[str, Any]]:
        return [
            {"object_id": entry.object_id, "list_type": entry.list_type, **self.record(entry)}
            for entries in self._lists.values()
            for entry in entries.values()
        ]

    def seed(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add entries in the list's field names, all optional but the address; `object_id` (default: the first
        firewall's internet border) and `list_type` (default 4) say where. Nothing is checked: odd ones can be seeded.
        """
        now, border = self._clock.now(), ""
        for values in rows:
            if "object_id" not in values and not border:
                border = self._first_border()
            address = values["address"]
            created = values.get("created_date", now * 1000) / 1000
            entry = Entry(
                list_id=values.get("list_id") or uuid.uuid4().hex,
                object_id=values.get("object_id", border),
                list_type=values.get("list_type", BLACK),
                direction=values.get("direction", 0),
                address_type=values.get("address_type", _family(address)),
                address=address,
                protocol=values.get("protocol", -1),
                port=values.get("port", ""),
                description=values.get("description", ""),
                created=created,
                modified=values.get("modified_date", created * 1000) / 1000,
            )
            unknown = set(values) - _SEEDED
            if unknown:
                raise ValueError(f"A list entry has no field {min(unknown)!r}.")
            self._insert(entry)

    def _first_border(self) -> str:
        firewall = self._directory.firewall(None, None)
        return next(item.object_id for item in self._directory.objects(firewall.firewall_id) if item.kind == INTERNET)


def _family(address: str) -> int:
    if ":" in address:
        return 1
    return 2 if address.rpartition(".")[2].isalpha() else 0


def _check_port(text: str) -> None:
    match = _PORTS.fullmatch(text)
    if text and (match is None or not 1 <= int(match[1]) <= int(match[2] or match[1]) <= 65535):
        raise ApiError(WRONG_TYPE, "port must be one number or a-b, within 1-65535")
