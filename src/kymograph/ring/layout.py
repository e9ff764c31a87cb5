# SPDX-License-Identifier: MIT
"""The ring's layout: control words, slots, packets, records. All offsets and sizes are bytes.

A buffer is one CPU's part of a channel. Its *control block* is a cell of one map, shared with the
consumer; its sub-buffers are elements of another. Positions are free-running byte counts of 64 bits:
`slot = position / size mod count`, `lap = position / (size * count)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.quantities import format_size, is_power_of_two
from kymograph.model.session import ChannelSpec

PAGE = 4096

WRITE = 0
"""Position of the next record; moved by compare-and-swap only."""
ACTIVE = 8
"""Non-zero while the channel records."""
CONSUMED = 64
"""Position before which the consumer is done; on a cache line that only the consumer writes."""
DISCARDED = 128
"""Records lost so far."""
REPORTED = 136
"""What `DISCARDED` was when a packet last carried it to the trace."""
SLOTS = 192
"""First slot: `SLOT_SIZE` bytes each."""

SLOT_SIZE = 16
COMMITTED = 0
"""In a slot: bytes committed, free-running over the laps; header and padding count."""
BEGIN = 8
"""In a slot: time of the packet's opening."""

PACKET_HEADER = 84
"""Packet header and packet context, packed as LTTng packs them; the names below are CTF's."""
MAGIC, UUID, STREAM_ID, STREAM_INSTANCE = 0, 4, 20, 24
TIMESTAMP_BEGIN, TIMESTAMP_END, CONTENT_SIZE, PACKET_SIZE = 32, 40, 48, 56
SEQUENCE, EVENTS_DISCARDED, CPU_ID = 64, 72, 80
MAGIC_NUMBER = 0xC1FC1FC1

RECORD_HEADER = 6
"""A 16-bit event id and the low 32 bits of the time, packed."""

MAX_RECORD = 16 << 10
"""No record's payload is longer."""
SLACK = MAX_RECORD + PAGE
"""Bytes behind each sub-buffer in its element, so that the verifier can add a record's length to any
offset inside the sub-buffer; whole pages, so that sub-buffers begin on a page.
"""

ATTEMPTS = 8
"""How often a reservation is tried before the record counts as discarded."""


@dataclass(frozen=True)
class RingLayout:
    """A buffer of `count` sub-buffers of `size` bytes, both powers of two, on each of `cpus` CPUs."""

    size: int
    count: int
    cpus: int

    @classmethod
    def of(cls, spec: ChannelSpec, cpus: int) -> RingLayout:
        """Return the layout a channel asks for. Raise `BUFFER_SIZE` with the next valid value."""
        size, count = spec.sub_buffer_size, spec.sub_buffer_count
        if not is_power_of_two(size) or size < PAGE:
            valid = format_size(max(PAGE, 1 << max(size - 1, 1).bit_length()))
            raise KymoError(
                ErrorCode.BUFFER_SIZE,
                f"the sub-buffer size {size} is not a power of two of at least {PAGE} bytes",
                f"the next valid size is {valid}",
            )
        if not is_power_of_two(count) or count < 2:
            raise KymoError(
                ErrorCode.BUFFER_SIZE,
                f"the number of sub-buffers {count} is not a power of two of at least 2",
                f"the next valid number is {max(2, 1 << max(count - 1, 1).bit_length())}",
            )
        if size * count > 1 << 30:
            raise KymoError(
                ErrorCode.BUFFER_SIZE,
                f"{count} sub-buffers of {format_size(size)} exceed the 1 GiB that one CPU's buffer may take",
                "use fewer or smaller ones",
            )
        return cls(size, count, cpus)

    @property
    def shift(self) -> int:
        """Bits of a position that lie inside a sub-buffer."""
        return self.size.bit_length() - 1

    @property
    def total(self) -> int:
        """Bytes of a buffer's sub-buffers."""
        return self.size * self.count

    @property
    def control_stride(self) -> int:
        """Distance of two CPUs' control blocks, a power of two of whole pages."""
        return max(PAGE, 1 << (SLOTS + SLOT_SIZE * self.count - 1).bit_length())

    @property
    def control_size(self) -> int:
        """Bytes of all control blocks: a power of two of them, so that a mask bounds a CPU's number."""
        return self.control_stride << (self.cpus - 1).bit_length()

    @property
    def element(self) -> int:
        """Bytes of one sub-buffer's map element, its slack included."""
        return self.size + SLACK

    @property
    def elements(self) -> int:
        """Number of sub-buffers over all CPUs; CPU c's slot s is element `c * count + s`."""
        return self.count * self.cpus
