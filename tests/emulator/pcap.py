# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small, valid capture files (classic pcap, Ethernet), the same bytes for the same task every time."""

from __future__ import annotations

import ipaddress
import struct

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
_ETHERNET = bytes.fromhex("020000000002020000000001")
_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def capture_file(
    source: str, destination: str, protocol: int, source_port: str, dest_port: str, start: float, packets: int
) -> bytes:
    """`packets` frames between two addresses (of a prefix the first), one each 10 ms from `start` (unix seconds)."""
    near, far = _first_address(source), _first_address(destination)
    ports = (_first_port(source_port, 40000), _first_port(dest_port, 443))
    kind = TCP if protocol == -1 else protocol
    parts = [_HEADER]
    for number in range(packets):
        forth = number % 2 == 0
        ends = (near, far) if forth else (far, near)
        frame = _frame(*ends, kind, ports if forth else ports[::-1], number)
        moment = int(start * 100) + number
        parts.append(struct.pack("<IIII", moment // 100, moment % 100 * 10_000, len(frame), len(frame)) + frame)
    return b"".join(parts)


def _first_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_network(text, strict=False).network_address


def _first_port(text: str, default: int) -> int:
    return int(text.partition("-")[0]) if text else default


def _frame(
    source: ipaddress.IPv4Address | ipaddress.IPv6Address,
    destination: ipaddress.IPv4Address | ipaddress.IPv6Address,
    kind: int,
    ports: tuple[int, int],
    number: int,
) -> bytes:
    pseudo_end = struct.pack("!I", kind) if source.version == 6 else struct.pack("!BB", 0, kind)
    payload = b"emulated packet %d" % number

    def checked(segment: bytes, at: int, pseudo: bool = True) -> bytes:
        size = struct.pack("!I" if source.version == 6 else "!H", len(segment))
        middle = size + pseudo_end if source.version == 6 else pseudo_end + size
        head = source.packed + destination.packed + middle if pseudo else b""
        return segment[:at] + struct.pack("!H", _checksum(head + segment)) + segment[at + 2 :]

    if kind == TCP:
        segment = checked(struct.pack("!HHIIBBHHH", *ports, number, 0, 5 << 4, 0x18, 65535, 0, 0) + payload, 16)
    elif kind == UDP:
        segment = checked(struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload, 6)
    elif kind == ICMPV6:
        segment = checked(struct.pack("!BBHHH", 128, 0, 0, 1, number) + payload, 2)
    else:
        segment = checked(struct.pack("!BBHHH", 8, 0, 0, 1, number) + payload, 2, pseudo=False)
    if source.version == 6:
        packet = struct.pack("!IHBB", 6 << 28, len(segment), kind, 64) + source.packed + destination.packed + segment
        return _ETHERNET + b"\x86\xdd" + packet
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), number & 0xFFFF, 0, 64, kind, 0)
    header += source.packed + destination.packed
    header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    return _ETHERNET + b"\x08\x00" + header + segment


def _checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
