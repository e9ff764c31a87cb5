# SPDX-License-Identifier: MIT
"""The consumer's end: delivered sub-buffers, in order, as packets.

Copying comes before freeing: a packet's bytes stay valid until `release`. In overwrite mode the writer
does not wait, so there a packet is copied first and dropped if the writer came within reach meanwhile;
the gap shows in `packet_seq_num`. Torn data is never returned.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, replace

from kymograph.model.session import LossMode
from kymograph.ring import layout as at
from kymograph.ring.flush import deactivate, flush
from kymograph.ring.layout import RingLayout
from kymograph.ring.memory import Control, map_data

_CONTEXT = struct.Struct("=6Q")


@dataclass(frozen=True)
class Packet:
    """A delivered packet. `data` is what belongs into the file: content and padding to a whole page.

    Times are nanoseconds of the monotonic clock, sizes bits, as CTF counts them.
    """

    data: memoryview
    sequence: int
    begin: int
    end: int
    content_bits: int
    packet_bits: int
    discarded: int


class StreamDrain:
    """One CPU's buffer, read."""

    def __init__(
        self, layout: RingLayout, loss_mode: LossMode, control: Control, data: mmap.mmap, cpu: int
    ) -> None:
        self.cpu = cpu
        self.lost_packets = 0
        self._layout = layout
        self._overwrite = loss_mode is LossMode.OVERWRITE
        self._control = control
        self._view = memoryview(data)
        self._next = control.load(cpu, at.CONSUMED) >> layout.shift

    @property
    def next_sequence(self) -> int:
        """Number of the packet that comes next."""
        return self._next

    def resume(self, sequence: int) -> None:
        """Go on with packet `sequence`, if we are not beyond it: all before are known to be stored."""
        if sequence > self._next:
            self._next = sequence
            self._control.store(self.cpu, at.CONSUMED, sequence << self._layout.shift)

    def next(self) -> Packet | None:
        """Return the oldest packet that is delivered and not yet released, or None."""
        if self._overwrite:
            return self._next_overwritten()
        return self._packet(self._next) if self._delivered(self._next) else None

    def release(self, packet: Packet) -> None:
        """Give the packet's sub-buffer back to the writer."""
        packet.data.release()
        self._next = packet.sequence + 1
        self._control.store(self.cpu, at.CONSUMED, self._next << self._layout.shift)

    def _delivered(self, sequence: int) -> bool:
        slot, lap = sequence % self._layout.count, sequence // self._layout.count
        committed = self._control.load(self.cpu, at.SLOTS + slot * at.SLOT_SIZE + at.COMMITTED)
        return committed == (lap + 1) << self._layout.shift

    def _packet(self, sequence: int) -> Packet:
        start = (self.cpu * self._layout.count + sequence % self._layout.count) * self._layout.element
        begin, end, content, size, number, discarded = _CONTEXT.unpack_from(
            self._view, start + at.TIMESTAMP_BEGIN
        )
        return Packet(self._view[start : start + size // 8], number, begin, end, content, size, discarded)

    def _next_overwritten(self) -> Packet | None:
        """Copy, then see whether the writer has entered the slot again meanwhile."""
        while True:
            oldest = self._oldest()
            if oldest > self._next:
                self.lost_packets += oldest - self._next
                self._next = oldest
            if not self._delivered(self._next):
                if self._oldest() > self._next:
                    continue
                return None
            packet = self._packet(self._next)
            copied = replace(packet, data=memoryview(bytes(packet.data)))
            if self._oldest() <= self._next:
                return copied

    def _oldest(self) -> int:
        """Return the number of the oldest packet that the writer has not begun to overwrite."""
        write = self._control.load(self.cpu, at.WRITE)
        return max(0, (write + self._layout.size - 1 >> self._layout.shift) - self._layout.count)


class ChannelDrain:
    """All buffers of a channel, and what tells that one has something."""

    def __init__(
        self, layout: RingLayout, loss_mode: LossMode, control: int, data: int, wake: int, flusher: int
    ) -> None:
        self.wake_fd = wake
        self._layout = layout
        self._flusher = flusher
        self._control = Control(layout, control)
        self._data = map_data(layout, data)
        self._consumer = mmap.mmap(wake, mmap.PAGESIZE)
        self._producer = mmap.mmap(wake, mmap.PAGESIZE, mmap.MAP_SHARED, mmap.PROT_READ, offset=mmap.PAGESIZE)
        self.streams = [
            StreamDrain(layout, loss_mode, self._control, self._data, cpu) for cpu in range(layout.cpus)
        ]

    @classmethod
    def adopt(cls, description: dict[str, object], descriptors: list[int]) -> ChannelDrain:
        """Open what `ChannelRing.handover` gave; the descriptors stay the caller's, `wake_fd` among them."""
        size, count, cpus = (int(str(description[key])) for key in ("size", "count", "cpus"))
        control, data, wake, flusher = descriptors
        loss_mode = LossMode(str(description["loss_mode"]))
        return cls(RingLayout(size, count, cpus), loss_mode, control, data, wake, flusher)

    def clear_wake(self) -> None:
        """Forget the deliveries told so far; call before looking for packets, so that none is missed."""
        self._consumer[:8] = self._producer[:8]

    def finish(self) -> None:
        """Stop the recording ourselves: who wrote the ring is gone, and what it holds shall not be lost."""
        deactivate(self._layout, self._control)
        flush(self._layout, self._flusher)

    def close(self) -> None:
        """Unmap everything."""
        self.streams.clear()
        self._control.close()
        self._consumer.close()
        self._producer.close()
