# SPDX-License-Identifier: MIT
"""The index beside each stream file: one big-endian entry a packet, LTTng's format 1.1.

Layout: lttng-tools `src/common/index/ctf-index.h`. Sizes are in bits but the offset, which is in bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER = struct.Struct(">4I")
_ENTRY = struct.Struct(">9Q")
_MAGIC, _MAJOR, _MINOR = 0xC1F1DCC1, 1, 1

HEADER_SIZE = _HEADER.size
ENTRY_SIZE = _ENTRY.size
HEADER = _HEADER.pack(_MAGIC, _MAJOR, _MINOR, ENTRY_SIZE)


@dataclass(frozen=True)
class IndexEntry:
    """Where a packet lies and what it spans; times in clock ticks, `sequence` is `packet_seq_num`."""

    offset: int
    packet_bits: int
    content_bits: int
    begin: int
    end: int
    discarded: int
    stream_id: int
    stream_instance_id: int
    sequence: int

    @property
    def end_offset(self) -> int:
        """Bytes from the file's beginning to the packet's end."""
        return self.offset + self.packet_bits // 8

    @classmethod
    def unpack(cls, data: bytes) -> IndexEntry:
        """Read the entry that `data` (ENTRY_SIZE bytes) is."""
        return cls(*_ENTRY.unpack(data))


pack_entry = _ENTRY.pack
"""Write an entry's nine numbers in their order; without an `IndexEntry`, as this runs for every packet."""
