# SPDX-License-Identifier: MIT
"""The ring's maps, and their memory as this process sees it."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct

from kymograph.bpf.loader import refused
from kymograph.ring.layout import (
    CPU_ID,
    MAGIC,
    MAGIC_NUMBER,
    PACKET_HEADER,
    STREAM_ID,
    STREAM_INSTANCE,
    UUID,
    RingLayout,
)
from kymograph.sys import bpf

_WAKE_SIZE = 4096


def create_control(layout: RingLayout) -> int:
    """Create the map of control blocks: one element, so that programs address it without a look-up."""
    return _create(bpf.MapType.ARRAY, 4, layout.control_size, 1, bpf.F_MMAPABLE, "kymo_control")


def create_data(layout: RingLayout) -> int:
    """Create the map whose elements are sub-buffers with their slack."""
    return _create(bpf.MapType.ARRAY, 4, layout.element, layout.elements, bpf.F_MMAPABLE, "kymo_data")


def create_wake() -> int:
    """Create the ring buffer whose only use is to wake the consumer.

    Linux kernel commit 457f44363a88 "bpf: Implement BPF ring buffer and verifier support for it" (in v5.8).
    """
    return _create(bpf.MapType.RINGBUF, 0, 0, _WAKE_SIZE, 0, "kymo_wake")


def create_scratch(cpus: int, size: int) -> int:
    """Create per-CPU scratch of `size` bytes."""
    return _create(bpf.MapType.ARRAY, 4, size, cpus, 0, "kymo_scratch")


def create_call_table(entries: int) -> int:
    """Create a table of 64-bit words, one element that programs address without a look-up."""
    return _create(bpf.MapType.ARRAY, 4, 8 * entries, 1, bpf.F_MMAPABLE, "kymo_calls")


def _create(kind: bpf.MapType, key: int, value: int, entries: int, flags: int, name: str) -> int:
    try:
        return bpf.map_create(kind, key, value, entries, flags, name)
    except OSError as error:
        raise refused(error) from None


class Control:
    """The control blocks as 64-bit words. Each access is one aligned load or store of eight bytes."""

    def __init__(self, layout: RingLayout, descriptor: int) -> None:
        self._stride = layout.control_stride
        self._map = mmap.mmap(descriptor, layout.control_size)
        self._words = (ctypes.c_uint64 * (layout.control_size // 8)).from_buffer(self._map)

    def load(self, cpu: int, offset: int) -> int:
        """Read the word at `offset` of a CPU's block."""
        return self._words[(cpu * self._stride + offset) >> 3]

    def store(self, cpu: int, offset: int, value: int) -> None:
        """Write the word at `offset` of a CPU's block."""
        self._words[(cpu * self._stride + offset) >> 3] = value

    def close(self) -> None:
        """Unmap."""
        del self._words
        self._map.close()


def map_data(layout: RingLayout, descriptor: int) -> mmap.mmap:
    """Map all sub-buffers for reading and writing."""
    size = layout.element * layout.elements
    return mmap.mmap(descriptor, -(-size // mmap.PAGESIZE) * mmap.PAGESIZE)


def write_constant_headers(layout: RingLayout, descriptor: int, uuid: bytes, stream_id: int) -> None:
    """Put what never changes of a packet's header into every sub-buffer: programs write only the rest."""
    data = map_data(layout, descriptor)
    for index in range(layout.elements):
        cpu = index // layout.count
        header = bytearray(PACKET_HEADER)
        struct.pack_into("=I", header, MAGIC, MAGIC_NUMBER)
        header[UUID : UUID + 16] = uuid
        struct.pack_into("=I", header, STREAM_ID, stream_id)
        struct.pack_into("=Q", header, STREAM_INSTANCE, cpu)
        struct.pack_into("=I", header, CPU_ID, cpu)
        start = index * layout.element
        data[start : start + PACKET_HEADER] = bytes(header)
    data.close()


def close_all(descriptors: list[int]) -> None:
    """Close descriptors; what is closed already does not matter at the end."""
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except OSError:
            continue
