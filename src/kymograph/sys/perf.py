# SPDX-License-Identifier: MIT
"""perf_event_open(2) for tracepoints. Layout: include/uapi/linux/perf_event.h."""

from __future__ import annotations

import ctypes
import struct

from kymograph.sys.calls import syscall

_TYPE_TRACEPOINT = 2
_ATTR_SIZE = 128
_FLAG_FD_CLOEXEC = 8


def open_tracepoint(tracepoint_id: int) -> int:
    """Register with the tracepoint of tracefs' `id`; a BPF program linked to it runs on every CPU.

    The event itself stays disabled on one CPU: only its registration is wanted. Closing the last event of a
    tracepoint waits for several RCU grace periods (some 40 ms) inside the kernel.
    """
    attr = struct.pack("IIQQQQ", _TYPE_TRACEPOINT, _ATTR_SIZE, tracepoint_id, 1, 0, 0)
    buffer = ctypes.create_string_buffer(attr.ljust(_ATTR_SIZE, b"\0"), _ATTR_SIZE)
    return syscall("perf_event_open", buffer, -1, 0, -1, _FLAG_FD_CLOEXEC)
