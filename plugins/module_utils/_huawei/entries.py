# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a black or white list as plain values, and the decisions about them. Nothing here does I/O.

Fields and numbers: API pages BatchCreateBlackWhiteList and ListBlackWhiteLists; domains (address type 2) are from older
editions of AddBlackWhiteList. An entry is identified by its direction, address, protocol and port.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    Network,
    canonical,
    parse_network,
    parse_ports,
    shown,
)
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import captures
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import as_text, as_word
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import Record

BLOCK, ALLOW = "block", "allow"
LIST_TYPES = {BLOCK: 4, ALLOW: 5}
DIRECTIONS = {"source": 0, "destination": 1}
PROTOCOLS = {**captures.PROTOCOLS, "sctp": 132}
DOMAIN = "domain"
ADDRESS_TYPES = {"ipv4": 0, "ipv6": 1, DOMAIN: 2}
CAPACITY = 2000
"""Entries that one list takes (error code CFW.00400013)."""

_WITH_PORT = frozenset({"tcp", "udp", "sctp"})
_WRONG_FAMILY = {"icmp": "ipv6", "icmpv6": "ipv4"}
_DIRECTION_WORDS = {number: word for word, number in DIRECTIONS.items()}
_PROTOCOL_WORDS = {number: word for word, number in PROTOCOLS.items()}
_ADDRESS_TYPE_WORDS = {number: word for word, number in ADDRESS_TYPES.items()}
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_is_domain = re.compile(rf"(?=.{{4,253}}$)(\*\.)?({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])").fullmatch

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Entry:
    """One entry, in the words of the options; `address` is in its canonical form."""

    address: str
    address_type: str
    direction: str
    protocol: str
    port: str
    description: str = ""

    @property
    def key(self) -> Key:
        """What tells entries of one list apart."""
        return self.direction, self.address, self.protocol, self.port

    @property
    def network(self) -> Network | None:
        """None for a domain, and for what a list has instead of an address."""
        with contextlib.suppress(InputError):
            return None if self.address_type == DOMAIN else parse_network(self.address, "address")
        return None

    @property
    def place(self) -> tuple[str, str]:
        return self.direction, self.address

    def described(self) -> str:
        return f"{self.address} ({self.direction}, {self.service()})"

    def service(self) -> str:
        return f"{self.protocol} {self.port}".strip()

    def networks(self) -> tuple[Network, ...]:
        """What the entry covers, in spellings too that this collection would not write; nothing if it can't be told."""
        network = self.network
        return (network,) if network else _loosely_read(self.address)

    def shown(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "address_type": self.address_type,
            "direction": self.direction,
            "protocol": self.protocol,
            "port": self.port,
            "description": self.description,
        }

    def sent(self) -> dict[str, Any]:
        """The element of a batch (BlackWhiteInfo)."""
        sent: dict[str, Any] = {
            "direction": DIRECTIONS[self.direction],
            "address_type": ADDRESS_TYPES[self.address_type],
            "address": self.address,
            "protocol": PROTOCOLS[self.protocol],
        }
        if self.port:
            sent["port"] = self.port
        if self.description:
            sent["description"] = self.description
        return sent


def _loosely_read(text: str) -> tuple[Network, ...]:
    """The networks of an address with host bits, a netmask, leading zeros, or of a range."""
    plain = re.sub(r"(?<![0-9a-f:.])0+(?=[0-9]+\.)|(?<=\.)0+(?=[0-9])", "", text.strip())
    first, dash, last = (part.strip() for part in plain.partition("-"))
    try:
        if dash:
            ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
            found: list[Any] = list(ipaddress.summarize_address_range(*ends))
        else:
            found = [ipaddress.ip_network(plain, strict=False)]
    except (ValueError, TypeError):
        return ()
    return tuple(parse_network(str(network), "address") for network in found)


def wanted_entry(address: str, options: Mapping[str, Any], where: str, ports: str) -> Entry:
    """An entry from options; `where` names the option of the address in messages, `ports` that of the port.

    Raises InputError.
    """
    domain = address.strip().lower()
    if _is_domain(domain):
        text, address_type = domain, DOMAIN
    else:
        network = parse_network(address, where)
        text, address_type = network.text, f"ipv{network.version}"
    protocol = options.get("protocol") or "any"
    port = parse_ports(options.get("port") or "", ports)
    if protocol in _WITH_PORT and not port:
        raise InputError(f"{ports} is missing, which protocol {protocol} needs; give one, or 1-65535 for all of them")
    if port and protocol not in _WITH_PORT:
        raise InputError(
            f"{ports} is {port}, but protocol {protocol} has no ports; use tcp, udp or sctp, or leave it out"
        )
    if _WRONG_FAMILY.get(protocol) == address_type:
        raise InputError(
            f"{where}: {shown(text)} does not go with protocol {protocol}, which is that of the other family"
        )
    return Entry(
        address=text,
        address_type=address_type,
        direction=options.get("direction") or ("destination" if address_type == DOMAIN else "source"),
        protocol=protocol,
        port=port,
        description=(options.get("description") or "").strip(),
    )


def entry_from_record(record: Record) -> Entry:
    """An entry as the service lists or answers it. Odd values are kept as they are: such an entry equals no wanted one."""
    text = as_text(record.get("address")).strip()
    # The fast way first, for most of a long list.
    address = canonical(text)
    if address is None and "/" in text:
        with contextlib.suppress(InputError):
            address = parse_network(text, "address").text
    if address is None:
        address, address_type = text.lower(), as_word(_ADDRESS_TYPE_WORDS, record.get("address_type"))
    else:
        address_type = "ipv6" if ":" in address else "ipv4"
    protocol = as_word(_PROTOCOL_WORDS, record.get("protocol"))
    return Entry(
        address=address,
        address_type=address_type,
        direction=as_word(_DIRECTION_WORDS, record.get("direction")),
        # The page says that the protocol is empty for some entries.
        protocol=protocol or "any",
        port=_listed_port(protocol, as_text(record.get("port"))),
        description=as_text(record.get("description")),
    )


def _listed_port(protocol: str, port: str) -> str:
    """The canonical port; what has no meaning for the protocol (all of them, 0, null) is none."""
    if not protocol or (protocol in PROTOCOLS and protocol not in _WITH_PORT):
        return ""
    try:
        return parse_ports(port, "port")
    except InputError:
        return port


class EntryList:
    """A complete list, by what tells its entries apart."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._entries: dict[Key, Entry] = {}
        self._ids: dict[Key, list[str]] = {}
        self.total = 0
        for record in records:
            entry = entry_from_record(record)
            key = entry.key
            self.total += 1
            if key not in self._entries:
                self._entries[key] = entry
            self._ids.setdefault(key, []).append(str(record["list_id"]))

    def entry(self, key: Key) -> Entry | None:
        return self._entries.get(key)

    def ids(self, key: Key) -> tuple[str, ...]:
        """The ids of an entry: of all records that say the same."""
        return tuple(self._ids.get(key, ()))

    def entries(self) -> Iterable[Entry]:
        return self._entries.values()

    def in_the_way(self, entry: Entry) -> Entry | None:
        """Another entry of the same address and direction, for another protocol or port."""
        return next((other for other in self._places.get(entry.place, ()) if other.key != entry.key), None)

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[Entry]]:
        """By address and direction. Only what could not be added is looked for in it."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in self._entries.values():
            found.setdefault(entry.place, []).append(entry)
        return found


@dataclass(frozen=True)
class Step:
    """The decision about one entry. `how` is '' (nothing), 'add' or 'remove'; `result` is the word once it is done."""

    entry: Entry
    result: str
    how: str = ""
    before: Entry | None = None
    after: Entry | None = None
    ids: tuple[str, ...] = ()
    """What a removal takes away."""


def plan(wanted: Sequence[Entry], listed: EntryList, *, present: bool, exclusive: bool = False) -> list[Step]:
    """One step for each wanted entry, in order and each once; if `exclusive`, then one for each surplus entry."""
    steps: list[Step] = []
    keys: dict[Key, Entry] = {}
    for entry in wanted:
        keys.setdefault(entry.key, entry)
    for key, entry in keys.items():
        found = listed.entry(key)
        if present and found is None:
            steps.append(Step(entry, "created", how="add", after=entry))
        elif present or found is None:
            # The description alone is no change.
            steps.append(Step(entry, "unchanged", before=found, after=found))
        else:
            steps.append(_removal(found, listed))
    if exclusive:
        steps += [_removal(entry, listed) for entry in listed.entries() if entry.key not in keys]
    return steps


def _removal(entry: Entry, listed: EntryList) -> Step:
    return Step(entry, "removed", how="remove", before=entry, ids=listed.ids(entry.key))


@dataclass(frozen=True)
class Room:
    """Whether the additions fit. `misfits`: those that there is no room for, the last ones."""

    used: int
    added: int
    removed: int
    misfits: tuple[Step, ...] = ()

    @property
    def only_after_removal(self) -> bool:
        return self.removed > 0 and self.used <= CAPACITY < self.used + self.added


def room_for(steps: Sequence[Step], listed: EntryList) -> Room:
    """What the list has room for. One that is longer than documented already shows that the limit is another one."""
    adding = [step for step in steps if step.how == "add"]
    removed = sum(len(step.ids) for step in steps if step.how == "remove")
    over = listed.total - removed + len(adding) - CAPACITY
    misfits = adding[max(len(adding) - over, 0) :] if over > 0 and listed.total <= CAPACITY else []
    return Room(listed.total, len(adding), removed, tuple(misfits))
