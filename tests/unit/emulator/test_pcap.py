# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capture files are real: another reader finds the packets with right checksums."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from emulator.pcap import capture_file


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize(
    ("source", "destination", "protocol", "expected"),
    [
        ("198.51.100.7", "203.0.113.0/24", 6, 6),
        ("198.51.100.7", "203.0.113.9", 17, 17),
        ("198.51.100.7", "203.0.113.9", 1, 1),
        ("198.51.100.7", "203.0.113.9", -1, 6),
        ("2001:db8::7", "2001:db8::9", 6, 6),
        ("2001:db8::7", "2001:db8::9", 17, 17),
        ("2001:db8::7", "2001:db8::9", 58, 58),
    ],
)
def test_packets(source: str, destination: str, protocol: int, expected: int) -> None:
    data = capture_file(source, destination, protocol, "", "8443-9000", 1_800_000_000.5, 3)
    magic, major, minor, _zone, _sigfigs, snaplen, link = struct.unpack("<IHHiIII", data[:24])
    assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 1)
    near = ipaddress.ip_address(source)
    far = ipaddress.ip_network(destination).network_address
    at = 24
    for number in range(3):
        seconds, micros, length, original = struct.unpack("<IIII", data[at : at + 16])
        frame = data[at + 16 : at + 16 + length]
        at += 16 + length
        assert length == original == len(frame) < snaplen
        assert seconds + micros / 1e6 == pytest.approx(1_800_000_000.5 + number / 100)
        packet = frame[14:]
        if near.version == 4:
            assert frame[12:14] == b"\x08\x00"
            assert checksum(packet[:20]) == 0xFFFF
            assert int.from_bytes(packet[2:4], "big") == len(packet)
            kind, addresses, segment = packet[9], packet[12:20], packet[20:]
            pseudo = addresses + struct.pack("!BBH", 0, kind, len(segment))
        else:
            assert frame[12:14] == b"\x86\xdd"
            kind, addresses, segment = packet[6], packet[8:40], packet[40:]
            assert int.from_bytes(packet[4:6], "big") == len(segment)
            pseudo = addresses + struct.pack("!II", len(segment), kind)
        ends = (near.packed, far.packed) if number % 2 == 0 else (far.packed, near.packed)
        assert (kind, addresses) == (expected, b"".join(ends))
        assert checksum((b"" if kind == 1 else pseudo) + segment) == 0xFFFF
        if kind in (6, 17):
            ports = struct.unpack("!HH", segment[:4])
            assert ports == ((40000, 8443) if number % 2 == 0 else (8443, 40000))
    assert at == len(data)


def test_same_task_same_bytes() -> None:
    arguments = ("198.51.100.7", "203.0.113.9", 6, "1024", "443", 1_800_000_000.0, 5)
    assert capture_file(*arguments) == capture_file(*arguments)
