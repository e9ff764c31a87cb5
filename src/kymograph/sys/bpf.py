# SPDX-License-Identifier: MIT
"""bpf(2): maps, programs, links, test runs. Layouts from include/uapi/linux/bpf.h, `union bpf_attr`.

Every function raises `OSError`; who calls knows what the refusal means and turns it into a `KymoError`.
"""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass
from enum import IntEnum

from kymograph.sys.calls import syscall

MAP_CREATE, MAP_UPDATE, PROG_LOAD, PROG_TEST_RUN = 0, 2, 5, 10
OBJ_GET_INFO, RAW_TRACEPOINT_OPEN, LINK_CREATE = 15, 17, 28

F_MMAPABLE = 1 << 10
"""Linux kernel commit fc9702273e2e "bpf: Add mmap() support for BPF_MAP_TYPE_ARRAY" (in v5.5)."""
F_TEST_RUN_ON_CPU = 1 << 0
"""Linux kernel commit 1b4d60ec162f "bpf: Enable BPF_PROG_TEST_RUN for raw_tracepoint" (in v5.10)."""

_ATTR_SIZE = 152
_LOG_SIZE = 1 << 20


class MapType(IntEnum):
    """`enum bpf_map_type`, those we use."""

    ARRAY = 2
    ARRAY_OF_MAPS = 12
    RINGBUF = 27


class ProgramType(IntEnum):
    """`enum bpf_prog_type`, those we use."""

    TRACEPOINT = 5
    RAW_TRACEPOINT = 17
    TRACING = 26


class AttachType(IntEnum):
    """`enum bpf_attach_type`, those we use."""

    NONE = 0
    TRACE_RAW_TP = 23
    PERF_EVENT = 41


@dataclass(frozen=True)
class ProgramInfo:
    """What the kernel says of a loaded program."""

    id: int
    verified_instructions: int
    recursion_misses: int


def _name(name: str) -> bytes:
    """Shorten to what the kernel takes: 15 characters of [A-Za-z0-9_.]."""
    return "".join(c if c.isalnum() or c in "_." else "_" for c in name)[:15].encode()


def _call(command: int, attr: bytes) -> int:
    return syscall("bpf", command, ctypes.create_string_buffer(attr.ljust(_ATTR_SIZE, b"\0")), _ATTR_SIZE)


def map_create(
    kind: MapType,
    key_size: int,
    value_size: int,
    entries: int,
    flags: int = 0,
    name: str = "",
    inner: int = 0,
) -> int:
    """Create a map and return its descriptor. Sizes in bytes; `inner`: a map like those in it."""
    attr = struct.pack("7I16s", kind, key_size, value_size, entries, flags, inner, 0, _name(name))
    return _call(MAP_CREATE, attr)


def wait_for_programs() -> None:
    """Wait until every program that runs now on any CPU has ended.

    That is what a change of a map of maps does before it returns: Linux kernel commit 1ae80cf31938
    "bpf: wait for running BPF programs when updating map-in-map" (in v4.20).
    """
    descriptors = [map_create(MapType.ARRAY, 4, 4, 1, name="kymo_wait")]
    try:
        descriptors.append(map_create(MapType.ARRAY_OF_MAPS, 4, 4, 1, name="kymo_wait", inner=descriptors[0]))
        key = ctypes.create_string_buffer(4)
        value = ctypes.create_string_buffer(struct.pack("I", descriptors[0]), 4)
        attr = struct.pack("IxxxxQQQ", descriptors[1], ctypes.addressof(key), ctypes.addressof(value), 0)
        _call(MAP_UPDATE, attr)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def program_load(
    kind: ProgramType,
    code: bytes,
    name: str = "",
    attach_type: AttachType = AttachType.NONE,
    attach_btf_id: int = 0,
) -> int:
    """Load a program and return its descriptor.

    Raise `VerifierError` when refused: the load is then repeated with a log, as asking always is slow.
    """
    c = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"Dual MIT/GPL")

    def attr(level: int, log: int, size: int) -> bytes:
        return struct.pack(
            "IIQQIIQII16sIIIIQIIQII",
            kind,
            len(code) // 8,
            ctypes.addressof(c),
            ctypes.addressof(licence),
            level,
            size,
            log,
            0,
            0,
            _name(name),
            0,
            attach_type,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            attach_btf_id,
        )

    try:
        return _call(PROG_LOAD, attr(0, 0, 0))
    except OSError as refused:
        log = ctypes.create_string_buffer(_LOG_SIZE)
        try:
            return _call(PROG_LOAD, attr(1, ctypes.addressof(log), _LOG_SIZE))
        except OSError as again:
            text = log.value.decode(errors="replace")
            raise VerifierError(again.errno or refused.errno or 0, text) from None


class VerifierError(OSError):
    """A program was refused; `log` is what the verifier said (empty when it was never asked)."""

    def __init__(self, errno: int, log: str) -> None:
        super().__init__(errno, "program refused")
        self.log = log


def raw_tracepoint_open(program: int, name: str = "") -> int:
    """Attach to a raw tracepoint by name (empty for a typed program, which knows its own)."""
    text = ctypes.create_string_buffer(name.encode()) if name else None
    return _call(
        RAW_TRACEPOINT_OPEN, struct.pack("QIIQ", ctypes.addressof(text) if text else 0, program, 0, 0)
    )


def link_create_perf_event(program: int, event: int) -> int:
    """Link a tracepoint program to a perf event.

    Linux kernel commit b89fbfbb854c "bpf: Implement minimal BPF perf link" (in v5.15).
    """
    return _call(LINK_CREATE, struct.pack("IIIIQ", program, event, AttachType.PERF_EVENT, 0, 0))


def program_test_run(program: int, context: bytes = b"", cpu: int = -1) -> int:
    """Run a raw tracepoint program once with `context` as its arguments; return its value.

    It runs on `cpu`, or where we are if that is negative; ENXIO when the CPU is offline.
    """
    ctx = ctypes.create_string_buffer(context, len(context)) if context else None
    attr = ctypes.create_string_buffer(
        struct.pack(
            "4IQQ4IQQII",
            program,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            len(context),
            0,
            ctypes.addressof(ctx) if ctx else 0,
            0,
            F_TEST_RUN_ON_CPU if cpu >= 0 else 0,
            max(cpu, 0),
        ).ljust(_ATTR_SIZE, b"\0"),
        _ATTR_SIZE,
    )
    syscall("bpf", PROG_TEST_RUN, attr, _ATTR_SIZE)
    return int(struct.unpack_from("I", attr.raw, 4)[0])


def program_info(program: int) -> ProgramInfo:
    """Ask about a loaded program; fields that an older kernel does not know are 0.

    `recursion_misses`: commit 9ed9e9ba2337 "bpf: Count the number of times recursion was prevented"
    (in v5.12); `verified_insns`: commit aba64c7da983 "bpf: Add verified_insns to bpf_prog_info" (in v5.16).
    """
    info = ctypes.create_string_buffer(256)
    _call(OBJ_GET_INFO, struct.pack("IIQ", program, len(info), ctypes.addressof(info)))
    (ident,) = struct.unpack_from("I", info.raw, 4)
    (misses,) = struct.unpack_from("Q", info.raw, 208)
    (verified,) = struct.unpack_from("I", info.raw, 216)
    return ProgramInfo(ident, verified, misses)
