# SPDX-License-Identifier: MIT
"""Programs that record: a source's values, between the ring's reservation and its commit.

A record of constant size is written in place. One with strings or sequences is first put together in
per-CPU *scratch*, so that what is reserved is what is needed, and then copied: scratch has a few cells,
since a task that writes one may be interrupted, or preempted, by another that does the same.
"""

from __future__ import annotations

from collections.abc import Callable

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Alu, Atomic, Helper, Jump, Reg
from kymograph.bpf.loader import ProgramCode
from kymograph.instrument.source import Source, SystemCall, TypedTracepoint
from kymograph.instrument.values import SCRATCH, DynamicValue, FixedValue
from kymograph.ring.code import CPU, FRAME, LENGTH, RingCode
from kymograph.ring.layout import DISCARDED, MAX_RECORD, RECORD_HEADER
from kymograph.sys.bpf import AttachType, ProgramType

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg

SCRATCH_CELLS = 4
SCRATCH_HEADER = 64
SCRATCH_SIZE = SCRATCH_HEADER + SCRATCH_CELLS * MAX_RECORD
"""Bytes of one CPU's scratch: a word whose bits claim cells, then the cells."""
STRING_ROOM = 4096
"""Longest string in a record, its NUL included: PATH_MAX."""

_CLAIM, _BLOCK, _STAGE = FRAME - 8, FRAME - 16, FRAME - 24
assert _STAGE > SCRATCH


def program(ring: RingCode, scratch: int, source: Source, event_id: int) -> ProgramCode:
    """Generate the program that records `source` as `event_id`; `scratch` is a map's descriptor."""
    a = Assembler()
    fixed = [value for value in source.values if isinstance(value, FixedValue)]
    length = RECORD_HEADER + sum(value.size for value in fixed)
    if length > MAX_RECORD:
        raise _too_large(source)
    if len(fixed) == len(source.values):
        _fixed(a, ring, fixed, length, event_id)
    else:
        _dynamic(a, ring, scratch, source, event_id)
    return _finish(source, a.assemble())


def _too_large(source: Source) -> KymoError:
    return KymoError(
        ErrorCode.EVENT_UNSUPPORTED, f"a record of {source.schema.name} can exceed {MAX_RECORD} bytes"
    )


def _fixed(a: Assembler, ring: RingCode, values: list[FixedValue], length: int, event_id: int) -> None:
    ring.enter(a)
    ring.reserve(a, event_id, length)
    offset = RECORD_HEADER
    for value in values:
        value.emit(a, R8, offset)
        offset += value.size
    ring.commit(a, length)
    a.label("out")
    a.mov(R0, 0)
    a.exit()
    ring.slow_path(a, length)


def _dynamic(a: Assembler, ring: RingCode, scratch: int, source: Source, event_id: int) -> None:
    a.store(8, FP, _CLAIM, 0)
    ring.enter(a)
    _claim(a, scratch)
    _assemble_payload(a, source)
    a.sub(R9, R8)
    a.and_(R9, MAX_RECORD - 1)
    a.add(R9, RECORD_HEADER)
    a.store(8, FP, LENGTH, R9)
    a.store(8, FP, _STAGE, R8)
    ring.reserve(a, event_id, None)
    a.mov(R1, R8)
    a.add(R1, RECORD_HEADER)
    a.load(8, R2, FP, LENGTH)
    a.sub(R2, RECORD_HEADER)
    a.and_(R2, MAX_RECORD - 1)
    a.load(8, R3, FP, _STAGE)
    a.call(Helper.PROBE_READ_KERNEL)
    ring.commit(a, None)
    a.label("out")
    _release(a)
    a.mov(R0, 0)
    a.exit()
    a.label("no_scratch")
    a.mov(R1, 1)
    a.atomic(Atomic.ADD, R7, DISCARDED, R1)
    a.jump("out")
    ring.slow_path(a, None)


def _claim(a: Assembler, scratch: int) -> None:
    """R8 = R9 = a scratch cell that is ours alone; without a free one the record counts as discarded.

    The lowest clear bit of the word is `~word & (word + 1)`; cells are 1, 2, 4, 8, whose number is
    `(bit >> 1) - (bit >> 3)`. Without branches on the number the verifier sees one path, not one for
    each cell.
    """
    a.load_map(R1, scratch)
    a.mov(R2, FP)
    a.add(R2, CPU)
    a.call(Helper.MAP_LOOKUP_ELEM)
    a.jump_if(Jump.EQ, R0, 0, "out")
    a.mov(R8, R0)
    for attempt in range(2):
        a.label(f"claim{attempt}")
        a.load(8, R1, R8, 0)
        a.mov(R3, R1)
        a.add(R3, 1)
        a.mov(R4, R1)
        a.alu(Alu.XOR, R4, -1)
        a.and_(R3, R4)
        a.and_(R3, (1 << SCRATCH_CELLS) - 1)
        a.jump_if(Jump.EQ, R3, 0, "no_scratch")
        a.mov(R4, R1)
        a.alu(Alu.OR, R4, R3)
        a.mov(R0, R1)
        a.atomic(Atomic.CMPXCHG, R8, 0, R4)
        a.jump_if(Jump.EQ, R0, R1, "claimed")
    a.jump("no_scratch")
    a.label("claimed")
    a.store(8, FP, _CLAIM, R3)
    a.store(8, FP, _BLOCK, R8)
    a.mov(R1, R3)
    a.rsh(R1, 1)
    a.rsh(R3, 3)
    a.sub(R1, R3)
    a.and_(R1, SCRATCH_CELLS - 1)
    a.lsh(R1, MAX_RECORD.bit_length() - 1)
    a.add(R8, R1)
    a.add(R8, SCRATCH_HEADER)
    a.mov(R9, R8)


def _release(a: Assembler) -> None:
    a.load(8, R2, FP, _CLAIM)
    a.jump_if(Jump.EQ, R2, 0, "unclaimed")
    a.load(8, R1, FP, _BLOCK)
    a.atomic(Atomic.XOR, R1, 0, R2)
    a.label("unclaimed")


def _assemble_payload(a: Assembler, source: Source) -> None:
    """Write all values behind R8; R9 ends as the address behind the last."""
    room = _room(source)
    offset = 0
    for index, value in enumerate(source.values):
        if isinstance(value, FixedValue):
            value.emit(a, R9, offset)
            offset += value.size
        else:
            value.emit_dynamic(a, R9, offset, room, str(index))
            a.jump_if(Jump.GT, R0, room, "out")  # cannot be; the verifier must know
            a.add(R9, R0)
            a.add(R9, offset)
            offset = 0
    a.add(R9, offset)


def _room(source: Source) -> int:
    """Share what the fixed values leave of the largest record among the dynamic ones."""
    dynamic = [value for value in source.values if isinstance(value, DynamicValue)]
    fixed = sum(value.size for value in source.values if isinstance(value, FixedValue))
    share = min(STRING_ROOM, (MAX_RECORD - 1 - fixed) // len(dynamic))
    if any(value.least > share for value in dynamic):
        raise _too_large(source)
    return share


def dispatcher(
    tracepoint: TypedTracepoint, programs: int, load_number: Callable[[Assembler], None]
) -> ProgramCode:
    """Generate the program at a system call tracepoint that goes on in the call's own program.

    `load_number` puts the call's number into R3. Linux kernel commit 04fd61ab36ec "bpf: allow bpf programs to
    tail-call other bpf programs" (in v4.2).
    """
    a = Assembler()
    load_number(a)
    a.load_map(R2, programs)
    a.call(Helper.TAIL_CALL)
    a.mov(R0, 0)
    a.exit()
    return ProgramCode(
        ProgramType.TRACING, tracepoint.name, a.assemble(), AttachType.TRACE_RAW_TP, tracepoint.btf_id
    )


def _finish(source: Source, code: bytes) -> ProgramCode:
    attachment = source.attachment
    typed = attachment.tracepoint if isinstance(attachment, SystemCall) else attachment
    if isinstance(typed, TypedTracepoint):
        return ProgramCode(
            ProgramType.TRACING, source.schema.name, code, AttachType.TRACE_RAW_TP, typed.btf_id
        )
    return ProgramCode(ProgramType.TRACEPOINT, source.schema.name, code)
