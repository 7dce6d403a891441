# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP addresses, networks and ports as users write them: one canonical form, or one sentence that says what is wrong.

The canonical form of an address is that of RFC 5952: lower case, the longest run of zero groups compressed,
IPv4-mapped addresses dotted (``::ffff:203.0.113.7``). It does not depend on Python's version or the platform.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

BITS = {4: 32, 6: 128}
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_is_ipv4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}").fullmatch
_ZEROS = bytes(12)
_SHOWN = 60
_LONGEST_PATH = 4096
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff"
    # Line separators, and what draws nothing or turns the line around, so that a reader sees another text than is there.
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_PORT_RANGE = re.compile(r"([0-9]+)(?:\s*-\s*([0-9]+))?")

_WANTED_ADDRESS = "give a single IPv4 or IPv6 address such as 203.0.113.7"
_WANTED_NETWORK = "give an IPv4 or IPv6 address or prefix such as 203.0.113.7 or 203.0.113.0/24"
_WANTED_PORT = "give one port such as 443 or a range such as 8000-8010, or leave it empty for all ports"


@dataclass(frozen=True)
class Network:
    """A prefix: all addresses from `first` to `last`, both as integers. `version` is 4 or 6."""

    version: int
    first: int
    prefix: int
    text: str = field(compare=False)

    @property
    def last(self) -> int:
        return self.first | _host_mask(self.version, self.prefix)


@dataclass(frozen=True)
class Address:
    """A single address: its canonical form, `version` 4 or 6, and its value as an integer."""

    text: str
    version: int
    value: int

    @property
    def network(self) -> Network:
        """The prefix that holds this address only; its text has no ``/32``."""
        return Network(self.version, self.value, BITS[self.version], self.text)


def canonical(text: str) -> str | None:
    """The canonical form of a single address (``/32`` and ``/128`` are taken off), or None if it is none.

    Made for long lists: about 0.1 s for 100,000 IPv4 addresses, 0.2 s for IPv6.
    """
    if _is_ipv4(text):
        return text  # without leading zeros there is only one spelling
    if ":" in text:
        packed = _pack_ipv6(text)
        if packed is not None:
            return _ipv6_text(packed)
    base, slash, prefix = text.strip().partition("/")
    if base in (text, "") or base != base.strip() or (slash and prefix != ("128" if ":" in base else "32")):
        return None
    return canonical(base)


def parse_address(text: str, where: str) -> Address:
    """A single address; InputError in one sentence, beginning with `where`, for anything else."""
    found = canonical(text)
    if found is None:
        raise InputError(f"{where}: {shown(text)} {_complaint(text.strip(), single=True)}; {_WANTED_ADDRESS}")
    return _address(found)


def parse_targets(values: Sequence[str], where: str) -> tuple[Address, ...]:
    """The addresses of a list option, in order and each once; `where` is the option's name."""
    found = (parse_address(value, f"{where}[{index}]") for index, value in enumerate(values))
    return tuple(dict.fromkeys(found))


def parse_network(text: str, where: str) -> Network:
    """An address or a prefix without host bits; InputError in one sentence, beginning with `where`, otherwise."""
    base, slash, length = text.strip().partition("/")
    address = canonical(base) if base == base.strip() and "/" not in length else None
    if address is None or (slash and not _is_prefix_length(length, ":" in address)):
        raise InputError(f"{where}: {shown(text)} {_complaint(text.strip(), single=False)}; {_WANTED_NETWORK}")
    found = _address(address)
    if not slash:
        return found.network
    meant = network_of(found.version, found.value, int(length))
    if meant.first != found.value:
        raise InputError(
            f"{where}: {shown(text)} has host bits set; "
            f"write {meant.text} for the network or {found.text} for the address"
        )
    return meant


def network_of(version: int, value: int, prefix: int) -> Network:
    """The network of `prefix` bits that holds the address `value`."""
    first = value & ~_host_mask(version, prefix)
    text = address_text(version, first)
    return Network(version, first, prefix, text if prefix == BITS[version] else f"{text}/{prefix}")


def address_text(version: int, value: int) -> str:
    """The canonical form of an address given as an integer."""
    if version == 4:
        return socket.inet_ntoa(value.to_bytes(4, "big"))
    return _ipv6_text(value.to_bytes(16, "big"))


def parse_ports(text: str, where: str) -> str:
    """Ports as the firewalls write them: ``""`` for all, ``"80"`` or ``"80-90"``."""
    stripped = text.strip()
    if not stripped:
        return ""
    match = _PORT_RANGE.fullmatch(stripped)
    if match is None:
        raise InputError(f"{where}: {shown(text)} is not a port; {_WANTED_PORT}")
    numbers = [part for part in match.groups() if part is not None]
    for number in numbers:
        if number.startswith("0") and number.strip("0"):
            raise InputError(f"{where}: {shown(text)} has leading zeros; {_WANTED_PORT}")
        if len(number) > 5 or not 1 <= int(number) <= 65535:
            raise InputError(f"{where}: {shown(text)} is out of range; ports go from 1 to 65535")
    low, high = int(numbers[0]), int(numbers[-1])
    if low > high:
        raise InputError(f"{where}: {shown(text)} runs backwards; write {high}-{low}")
    return str(low) if low == high else f"{low}-{high}"


def split_list(value: Any) -> list[str]:
    """The items of a YAML list or of a comma-separated string, stripped, without the blank ones."""
    if value is None:
        return []
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    stripped = (str(item).strip() for item in items if item is not None)
    return [item for item in stripped if item]


def shown(text: str) -> str:
    """A user's text for a message: quoted, control characters escaped, shortened."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def is_one_line(text: str) -> bool:
    """Whether a user's text has no control character, line break, or broken character (half of a pair) in it.

    Control characters are those of bidirectional text too, and those of no width.
    """
    return _CONTROL.search(text) is None


def is_file_name(text: str) -> bool:
    """Whether a user's text can name a file at all; if not, a message shows only part of it."""
    return is_one_line(text) and len(text) <= _LONGEST_PATH


def _host_mask(version: int, prefix: int) -> int:
    return (1 << (BITS[version] - prefix)) - 1


def _address(canonical_text: str) -> Address:
    if ":" in canonical_text:
        packed = socket.inet_pton(socket.AF_INET6, canonical_text)
        return Address(canonical_text, 6, int.from_bytes(packed, "big"))
    return Address(canonical_text, 4, int.from_bytes(socket.inet_aton(canonical_text), "big"))


def _pack_ipv6(text: str) -> bytes | None:
    try:
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):  # ValueError: a NUL or a lone surrogate
        return None


def _ipv6_text(packed: bytes) -> str:
    if packed[:12] == _ZEROS:  # C libraries write these dotted, as if they were IPv4-compatible addresses
        high, low = int.from_bytes(packed[12:14], "big"), int.from_bytes(packed[14:], "big")
        return f"::{high:x}:{low:x}" if high else f"::{low:x}" if low else "::"
    return socket.inet_ntop(socket.AF_INET6, packed)


def _is_prefix_length(text: str, ipv6: bool) -> bool:
    return re.fullmatch("0|[1-9][0-9]{0,2}", text) is not None and int(text) <= BITS[6 if ipv6 else 4]


def _complaint(text: str, single: bool) -> str:
    """What is wrong with a text that is not the address (`single`) or network that it should be."""
    if not text:
        return "is empty"
    if any(not (char.isprintable() and char != " ") for char in text):
        return "has blanks or control characters inside"
    for pattern, complaint in _COMPLAINTS:
        if pattern.fullmatch(text):
            return complaint
    base, slash, length = text.partition("/")
    if slash:
        return _prefix_complaint(base, length, single)
    low, dash, high = text.partition("-")
    if dash and canonical(low) and (canonical(high) or high.isdigit()):
        return "is a range of addresses"
    if re.fullmatch("[0-9.]+", text):
        return _ipv4_complaint(text)
    if ":" in text:
        host = text.rpartition(":")[0]
        return "has a port attached" if "." in host and ":" not in host else "is not an IP address"
    return "is a host name, not an IP address" if _HOST_NAME.fullmatch(text) else "is not an IP address"


def _prefix_complaint(base: str, length: str, single: bool) -> str:
    address = canonical(base)
    if address is None:
        return _complaint(base, single) if base else "is not an IP address"
    if not _is_prefix_length(length, ":" in address):
        return f"has no prefix length from 0 to {128 if ':' in address else 32} after the slash"
    found = _address(address)
    if network_of(found.version, found.value, int(length)).first != found.value:
        return "is a prefix with host bits set, and single addresses only are taken"
    return "is a prefix, and single addresses only are taken"


def _ipv4_complaint(text: str) -> str:
    parts = text.split(".")
    if len(parts) != 4 or not all(parts):
        return "is not an IP address: IPv4 has four numbers with dots between them"
    if any(len(part) > 1 and part.startswith("0") for part in parts):
        return "has leading zeros, which some programs read as octal"
    return "is not an IP address: its numbers go from 0 to 255"


_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_COMPLAINTS = (
    (re.compile(r".*://.*"), "is a URL, not an IP address"),
    (re.compile(r".*[,;].*"), "holds more than one item"),
    (re.compile(r".*%.*"), "has a zone id"),
    (re.compile(r"\[.*\]"), "has brackets"),
    (re.compile(r"\[.*\]:[0-9]*"), "has brackets and a port attached"),
)
