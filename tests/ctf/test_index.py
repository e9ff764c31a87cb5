# SPDX-License-Identifier: MIT
"""Index files."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from kymograph.ctf import index

_U64 = st.integers(0, 2**64 - 1)


def test_the_header_is_lttngs() -> None:
    assert index.HEADER.hex() == "c1f1dcc1000000010000000100000048"


@given(st.lists(_U64, min_size=9, max_size=9))
def test_an_entry_is_nine_big_endian_numbers_and_reads_back(numbers: list[int]) -> None:
    data = index.pack_entry(*numbers)
    assert len(data) == index.ENTRY_SIZE == 72
    assert list(struct.unpack(">9Q", data)) == numbers
    entry = index.IndexEntry.unpack(data)
    assert (entry.offset, entry.packet_bits, entry.content_bits) == tuple(numbers[:3])
    assert (entry.begin, entry.end, entry.discarded) == tuple(numbers[3:6])
    assert (entry.stream_id, entry.stream_instance_id, entry.sequence) == tuple(numbers[6:])
