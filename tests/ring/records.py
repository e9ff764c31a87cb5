# SPDX-License-Identifier: MIT
"""Reads packets as the ring's tests need them, with nothing of the product: order, shape, accounting."""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER = struct.Struct("<I16sIQ6QI")


@dataclass
class Stream:
    """What a CPU's packets held."""

    counts: dict[int, int]
    packets: int
    sequences: list[int]
    discarded: int
    first: int
    last: int

    @property
    def records(self) -> int:
        return sum(self.counts.values())


def parse(packets, sizes, stream_id=0, each=None):
    """Check every packet and record; `sizes` maps an event id to its payload's bytes or a function of
    them.
    """
    counts: dict[int, int] = {}
    sequences, last, discarded, first = [], 0, 0, 0
    for data in packets:
        magic, _, stream, instance, begin, end, content, size, sequence, lost, cpu = HEADER.unpack_from(data)
        assert (magic, stream, instance) == (0xC1FC1FC1, stream_id, cpu)
        assert last <= begin <= end
        assert content <= size == len(data) * 8
        assert lost >= discarded
        assert not sequences or sequence > sequences[-1]
        first = first or begin
        sequences.append(sequence)
        offset, clock = HEADER.size, begin
        while offset < content // 8:
            ident, low = struct.unpack_from("<HI", data, offset)
            stamp = clock & ~0xFFFFFFFF | low
            stamp += (stamp < clock) << 32
            assert clock <= stamp <= end, (clock, stamp, end)
            clock = stamp
            payload = sizes[ident]
            length = payload(data, offset + 6) if callable(payload) else payload
            if each:
                each(ident, stamp, data[offset + 6 : offset + 6 + length])
            offset += 6 + length
            counts[ident] = counts.get(ident, 0) + 1
        assert offset == content // 8
        last, discarded = end, lost
    return Stream(counts, len(sequences), sequences, discarded, first, last)
