# SPDX-License-Identifier: MIT
"""System calls: one program for all of them at each of the two tracepoints, and a table of what is enabled.

A call's number finds its entry: event id, record length, shape; an empty one ends the program at once.
The *shape* is the list of a record's values: many calls share one, and the program has a way for each
shape there is. Enabling a call is a store into the table. (A program array,
with a program for each call, costs a tail call instead: an indirect jump, dear where speculation is
mitigated.)
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Jump, Reg
from kymograph.bpf.loader import ProgramCode
from kymograph.instrument.registers import Registers
from kymograph.instrument.source import Source, TypedTracepoint
from kymograph.instrument.values import FixedValue, Value
from kymograph.ring import memory, payload
from kymograph.ring.code import RingCode
from kymograph.ring.frame import ENTRY, LENGTH
from kymograph.ring.record import program_at

R0, R1, R2, R3, R6, FP = Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R6, Reg.R10

CALLS = 512
"""Entries of a table: more than any architecture has numbers."""
_SHAPE, _ENABLED = 32, 1 << 48
_DYNAMIC = ".dynamic"

Shape = tuple[Value, ...]


class CallTable:
    """Which calls are recorded at one tracepoint. `shapes` are all that its calls can have."""

    def __init__(self, tracepoint: TypedTracepoint, shapes: Sequence[Shape]) -> None:
        self.tracepoint = tracepoint
        self.descriptor = memory.create_call_table(CALLS)
        self._map = mmap.mmap(self.descriptor, mmap.PAGESIZE)
        self._entries = memoryview(self._map).cast("Q")
        fixed = [(shape, values) for shape in shapes if (values := payload.fixed_values(shape)) is not None]
        self._fixed = [values for _, values in fixed]
        self._dynamic = [shape for shape in shapes if payload.fixed_values(shape) is None]
        self._numbers = {s: i for i, s in enumerate([*(shape for shape, _ in fixed), *self._dynamic])}

    def enable(self, number: int, event_id: int, source: Source) -> None:
        """Record call `number` from now on."""
        length = payload.fixed_length(source.values)
        shape = self._numbers[source.values]
        self._entries[number] = event_id | length << 16 | shape << _SHAPE | _ENABLED

    def disable(self, number: int) -> None:
        """Record call `number` no more."""
        self._entries[number] = 0

    def close(self) -> None:
        """Unmap the table; its descriptor is the channel's."""
        self._entries.release()
        self._map.close()

    def program(self, ring: RingCode, scratch: int, registers: Registers) -> ProgramCode:
        """Generate the program; `scratch` is a map's descriptor."""
        a = Assembler()
        a.mov(R6, R1)
        self._look_up(a, registers)
        ring.enter(a)
        if self._dynamic:
            a.load(2, R1, FP, ENTRY + _SHAPE // 8)
            a.jump_if(Jump.GE, R1, len(self._fixed), "dynamic")
        ring.reserve(a, None, None)
        a.load(2, R1, FP, ENTRY + _SHAPE // 8)
        _choose(a, self._fixed, 0, _write_fixed)
        a.label("written")
        ring.commit(a, None)
        a.label("out")
        a.mov(R0, 0)
        a.exit()
        if self._dynamic:
            self._record_dynamic(a, ring, scratch)
            ring.slow_path(a, None, _DYNAMIC)
        ring.slow_path(a, None)
        ring.subprograms(a)
        return program_at(self.tracepoint, a.assemble())

    def _look_up(self, a: Assembler, registers: Registers) -> None:
        """Put the entry into `ENTRY` and its length into `LENGTH`, or leave: first for calls not enabled."""
        registers.load_number(a, self.tracepoint.name)
        a.jump_if(Jump.GE, R1, CALLS, "out")
        a.lsh(R1, 3)
        a.load_map_value(R2, self.descriptor)
        a.add(R2, R1)
        a.load(8, R3, R2, 0)
        a.jump_if(Jump.EQ, R3, 0, "out")
        a.store(8, FP, ENTRY, R3)
        a.lsh(R3, 32)
        a.rsh(R3, 48)
        a.store(8, FP, LENGTH, R3)
        registers.leave_if_compat(a, "out")

    def _record_dynamic(self, a: Assembler, ring: RingCode, scratch: int) -> None:
        a.label("dynamic")
        payload.prepare(a)
        payload.claim(a, scratch, _DYNAMIC)
        a.load(2, R1, FP, ENTRY + _SHAPE // 8)
        a.sub(R1, len(self._fixed))
        _choose(a, self._dynamic, 0, _assemble)
        a.label("assembled")
        payload.reserve_and_copy(a, ring, None, _DYNAMIC)
        ring.commit(a, None, _DYNAMIC)
        a.label(f"out{_DYNAMIC}")
        payload.release(a)
        a.mov(R0, 0)
        a.exit()


def _choose(a: Assembler, shapes: Sequence[Sequence[Value]], first: int, write: Callable[..., None]) -> None:
    """Go by halves to the way of shape number R1."""
    if len(shapes) == 1:
        write(a, shapes[0], first)
        return
    half = len(shapes) // 2
    label = f"from_{write.__name__}_{first + half}"
    a.jump_if(Jump.GE, R1, first + half, label)
    _choose(a, shapes[:half], first, write)
    a.label(label)
    _choose(a, shapes[half:], first + half, write)


def _write_fixed(a: Assembler, values: Sequence[FixedValue], _: int) -> None:
    payload.write_fixed(a, values)
    a.jump("written")


def _assemble(a: Assembler, values: Sequence[Value], number: int) -> None:
    payload.assemble(a, values, f"_{number}")
    a.jump("assembled")
