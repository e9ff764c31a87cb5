# SPDX-License-Identifier: MIT
"""A record's payload: written in place, or put together in scratch when its size is not known before.

*Scratch* is per CPU. It has a few cells, since a task that fills one may be interrupted, or preempted,
by another that does the same; a cell is claimed by setting its bit in the block's first word.
"""

from __future__ import annotations

from collections.abc import Sequence

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Alu, Atomic, Helper, Jump, Reg
from kymograph.instrument.values import SCRATCH, DynamicValue, FixedValue, Value
from kymograph.ring.code import RingCode
from kymograph.ring.frame import CPU, FRAME, LENGTH, Ident
from kymograph.ring.layout import DISCARDED, MAX_RECORD, RECORD_HEADER

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg

SCRATCH_CELLS = 4
_HEADER = 64
SCRATCH_SIZE = _HEADER + SCRATCH_CELLS * MAX_RECORD
"""Bytes of one CPU's block: the word of claims, then the cells."""
STRING_ROOM = 4096
"""Longest string in a record, its NUL included: PATH_MAX."""

_CLAIM, _BLOCK, _STAGE = FRAME - 8, FRAME - 16, FRAME - 24
assert _STAGE > SCRATCH


def fixed_values(values: Sequence[Value]) -> list[FixedValue] | None:
    """Return the values if all are of constant size, else None."""
    fixed = [value for value in values if isinstance(value, FixedValue)]
    return fixed if len(fixed) == len(values) else None


def fixed_length(values: Sequence[Value]) -> int:
    """Bytes of a record of constant size; of another, those of its header and of its values of constant
    size.
    """
    return RECORD_HEADER + sum(value.size for value in values if isinstance(value, FixedValue))


def write_fixed(a: Assembler, values: Sequence[FixedValue]) -> None:
    """Write values behind the header of the record at R8."""
    offset = RECORD_HEADER
    for value in values:
        value.emit(a, R8, offset)
        offset += value.size


def prepare(a: Assembler) -> None:
    """Begin a program, or a way through one, that may leave by `release`."""
    a.store(8, FP, _CLAIM, 0)


def claim(a: Assembler, scratch: int, tag: str) -> None:
    """R8 = R9 = a scratch cell that is ours alone; without a free one the record counts as discarded.

    The lowest clear bit of the word is `~word & (word + 1)`; cells are 1, 2, 4, 8, whose number is
    `(bit >> 1) - (bit >> 3)`. Without branches on the number the verifier sees one path, not one for
    each cell.
    """
    a.load_map(R1, scratch)
    a.mov(R2, FP)
    a.add(R2, CPU)
    a.call(Helper.MAP_LOOKUP_ELEM)
    a.jump_if(Jump.EQ, R0, 0, f"out{tag}")
    a.mov(R8, R0)
    for _ in range(2):
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
    a.label("no_scratch")
    a.mov(R1, 1)
    a.atomic(Atomic.ADD, R7, DISCARDED, R1)
    a.jump(f"out{tag}")
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
    a.add(R8, _HEADER)
    a.mov(R9, R8)


def release(a: Assembler) -> None:
    """Give a claimed cell back."""
    a.load(8, R2, FP, _CLAIM)
    a.jump_if(Jump.EQ, R2, 0, "unclaimed")
    a.load(8, R1, FP, _BLOCK)
    a.atomic(Atomic.XOR, R1, 0, R2)
    a.label("unclaimed")


def assemble(a: Assembler, values: Sequence[Value], tag: str) -> None:
    """Write values into the cell at R8 = R9, and the length of the whole record into `LENGTH`."""
    room = _room(values)
    offset = 0
    for index, value in enumerate(values):
        if isinstance(value, FixedValue):
            value.emit(a, R9, offset)
            offset += value.size
        else:
            value.emit_dynamic(a, R9, offset, room, f"{tag}_{index}")
            a.jump_if(Jump.GT, R0, room, f"long{tag}_{index}")  # cannot be; the verifier must know
            a.add(R9, R0)
            a.label(f"long{tag}_{index}")
            a.add(R9, offset)
            offset = 0
    a.add(R9, offset)
    a.sub(R9, R8)
    a.and_(R9, MAX_RECORD - 1)
    a.add(R9, RECORD_HEADER)
    a.store(8, FP, LENGTH, R9)


def _room(values: Sequence[Value]) -> int:
    """Share what the values of constant size leave of the largest record among the others."""
    dynamic = [value for value in values if isinstance(value, DynamicValue)]
    share = min(STRING_ROOM, (MAX_RECORD - 1 - fixed_length(values)) // len(dynamic))
    if any(value.least > share for value in dynamic):
        raise KymoError(ErrorCode.EVENT_UNSUPPORTED, f"its record can exceed {MAX_RECORD} bytes")
    return share


def reserve_and_copy(a: Assembler, ring: RingCode, event_id: Ident, tag: str) -> None:
    """Reserve what `assemble` measured, and copy it from the cell at R8 into the record, which R8 then is."""
    a.store(8, FP, _STAGE, R8)
    ring.reserve(a, event_id, None, tag)
    a.mov(R1, R8)
    a.add(R1, RECORD_HEADER)
    a.load(8, R2, FP, LENGTH)
    a.sub(R2, RECORD_HEADER)
    a.and_(R2, MAX_RECORD - 1)
    a.load(8, R3, FP, _STAGE)
    a.call(Helper.PROBE_READ_KERNEL)
