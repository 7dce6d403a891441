# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contents of files that the emulator offers, small ones and ones that are made while they are sent."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .wire import Reply

BLOCK = 65536
_PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, BLOCK, 1)


class Content:
    """The bytes of a file."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, in blocks."""
        for position in range(start, stop, BLOCK):
            yield self.data[position : min(stop, position + BLOCK)]

    def changed(self, grow: int) -> Content:
        """Other bytes, `grow` longer."""
        return Content(bytes(byte ^ 0xFF for byte in self.data) + b"\0" * grow)


class LargeFile(Content):
    """A capture file of at least `size` bytes that is made while it is sent, the same bytes for the same name.

    Each packet is as long as a block and different from the others, so that a block in the wrong place shows.
    """

    def __init__(self, name: str, size: int) -> None:
        super().__init__()
        self._name = name
        self._packets = max(1, -(-(size - len(_PCAP_HEADER)) // BLOCK))
        self.size = len(_PCAP_HEADER) + self._packets * BLOCK
        self._filling = hashlib.sha256(name.encode()).digest() * (BLOCK // 32 - 1) + b"\0" * 8

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        if start < len(_PCAP_HEADER):
            yield _PCAP_HEADER[start:stop]
            start = len(_PCAP_HEADER)
        for number in range((start - len(_PCAP_HEADER)) // BLOCK, self._packets):
            begin = len(_PCAP_HEADER) + number * BLOCK
            if begin >= stop:
                return
            yield self._packet(number)[max(0, start - begin) : stop - begin]

    def changed(self, grow: int) -> Content:
        return LargeFile(f"{self._name}, changed", self.size + grow)

    def _packet(self, number: int) -> bytes:
        length = BLOCK - 16
        return struct.pack("<IIII", number, 0, length, length) + struct.pack(">Q", number) + self._filling


@dataclass
class FileReply(Reply):
    """An answer with a file instead of a payload."""

    content: Content = field(default_factory=Content)

    def body(self) -> bytes:
        return b"".join(self.content.read(0, self.content.size))
