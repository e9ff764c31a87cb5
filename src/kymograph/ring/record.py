# SPDX-License-Identifier: MIT
"""Programs that record one event: its values, between the ring's reservation and its commit."""

from __future__ import annotations

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Reg
from kymograph.bpf.loader import ProgramCode
from kymograph.instrument.source import RecordTracepoint, TypedTracepoint
from kymograph.instrument.values import Value
from kymograph.ring import payload
from kymograph.ring.code import RingCode
from kymograph.ring.layout import MAX_RECORD
from kymograph.sys.bpf import AttachType, ProgramType


def program(
    ring: RingCode,
    scratch: int,
    values: tuple[Value, ...],
    event_id: int,
    target: TypedTracepoint | RecordTracepoint,
) -> ProgramCode:
    """Generate the program at `target` that records `values` as `event_id`; `scratch` is a map's
    descriptor.
    """
    a = Assembler()
    a.mov(Reg.R6, Reg.R1)
    fixed = payload.fixed_values(values)
    length = payload.fixed_length(values) if fixed is not None else None
    if payload.fixed_length(values) > MAX_RECORD:
        raise KymoError(ErrorCode.EVENT_UNSUPPORTED, f"its record exceeds {MAX_RECORD} bytes")
    if fixed is not None:
        ring.enter(a)
        ring.reserve(a, event_id, length)
        payload.write_fixed(a, fixed)
    else:
        payload.prepare(a)
        ring.enter(a)
        payload.claim(a, scratch, "")
        payload.assemble(a, values, "")
        payload.reserve_and_copy(a, ring, event_id, "")
    ring.commit(a, length)
    a.label("out")
    if fixed is None:
        payload.release(a)
    a.mov(Reg.R0, 0)
    a.exit()
    ring.slow_path(a, length)
    ring.subprograms(a)
    return program_at(target, a.assemble())


def program_at(target: TypedTracepoint | RecordTracepoint, code: bytes) -> ProgramCode:
    """Say what kind of program `code` is, given where it will be attached."""
    name = target.name.rpartition(":")[2]
    if isinstance(target, TypedTracepoint):
        return ProgramCode(ProgramType.TRACING, name, code, AttachType.TRACE_RAW_TP, target.btf_id)
    return ProgramCode(ProgramType.TRACEPOINT, name, code)
