# SPDX-License-Identifier: MIT
"""The BPF that writes the ring: reserve, commit, switch sub-buffers, deliver, flush (DESIGN section 2).

Register discipline of a recording program: R6 context, R7 control block until a reservation succeeds
and then the slot, R8 the time and then the record's address, R9 the position. The frame's first cells
are the ring's; what a record's writer keeps for itself lies below `FRAME`.

Invariants: a record never ends exactly on a sub-buffer's boundary, so that the next writer finds either
room or an open packet to close. The clock is read after `write` and before the swap, so positions and
times of a buffer have one order. A slot is entered only when everything reserved in it on the earlier
lap is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Atomic, Helper, Jump, Reg
from kymograph.model.session import LossMode
from kymograph.ring.layout import (
    ACTIVE,
    ATTEMPTS,
    BEGIN,
    COMMITTED,
    CONSUMED,
    CONTENT_SIZE,
    DISCARDED,
    EVENTS_DISCARDED,
    PACKET_HEADER,
    PACKET_SIZE,
    PAGE,
    REPORTED,
    SEQUENCE,
    SLOT_SIZE,
    SLOTS,
    TIMESTAMP_BEGIN,
    TIMESTAMP_END,
    WRITE,
    RingLayout,
)

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg

CPU, KEY, NOW, LENGTH, ENTRY = -4, -8, -16, -24, -32
FRAME = -32
_TIME_TO, _ATTEMPT, _LOST = -32, -40, -48
"""Cells of the slow path and the flusher: where the caller wants the time, tries so far, discarded
records.
"""

Length = Union[int, None]
"""A record's length in bytes if it is always the same, else None: it then stands in the cell `LENGTH`."""
Ident = Union[int, None]
"""A record's event id if the program has one only, else None: it is then the low 16 bits of the cell
`ENTRY`.
"""


@dataclass(frozen=True)
class RingMaps:
    """Descriptors of the maps that a ring's programs use."""

    control: int
    data: int
    wake: int


class RingCode:
    """Emits the parts of programs that write one ring."""

    def __init__(self, layout: RingLayout, loss_mode: LossMode, maps: RingMaps) -> None:
        self._layout = layout
        self._loss_mode = loss_mode
        self._maps = maps

    def enter(self, a: Assembler) -> None:
        """R7 = this CPU's control block; leave at once when the channel does not record."""
        a.call(Helper.GET_SMP_PROCESSOR_ID)
        self._control(a)
        a.load(8, R1, R7, ACTIVE)
        a.jump_if(Jump.EQ, R1, 0, "out")

    def _control(self, a: Assembler) -> None:
        """R7 = control block of CPU R0, which is kept in the cell `CPU`."""
        layout = self._layout
        a.store(4, FP, CPU, R0)
        a.and_(R0, layout.control_size // layout.control_stride - 1)
        a.lsh(R0, layout.control_stride.bit_length() - 1)
        a.load_map_value(R7, self._maps.control)
        a.add(R7, R0)

    def reserve(self, a: Assembler, event_id: Ident, length: Length, tag: str = "") -> None:
        """Take room for a record and write its header: R8 = its address, R7 = its slot.

        Falls through on success; a record that finds no room is counted and the program goes to `out`.
        A program with several reservations tells them apart by `tag`, which its labels end in.
        """
        a.load(8, R9, R7, WRITE)
        a.call(Helper.KTIME_GET_NS)
        a.mov(R8, R0)
        self._check_fit(a, length, f"slow{tag}")
        a.load(8, R3, R2, SLOTS + BEGIN)
        a.sub(R0, R3)
        a.rsh(R0, 32)
        a.jump_if(Jump.NE, R0, 0, f"slow{tag}")
        a.mov(R3, R9)
        self._add_length(a, R3, length)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R3)
        a.jump_if(Jump.NE, R0, R9, f"slow{tag}")
        a.mov(R7, R2)
        a.label(f"reserved{tag}")
        self._address(a, R9, f"out{tag}")
        a.add(R0, R1)
        if event_id is None:
            a.load(2, R1, FP, ENTRY)
            a.store(2, R0, 0, R1)
        else:
            a.store(2, R0, 0, event_id)
        a.store(4, R0, 2, R8)
        a.mov(R8, R0)

    def _check_fit(self, a: Assembler, length: Length, otherwise: str) -> None:
        """R2 = slot of position R9; go elsewhere if a record of `length` does not fit behind it."""
        a.mov(R1, R9)
        a.and_(R1, self._layout.size - 1)
        a.jump_if(Jump.EQ, R1, 0, otherwise)
        self._add_length(a, R1, length)
        a.jump_if(Jump.GE, R1, self._layout.size, otherwise)
        self._slot(a, R2, R9, R7)

    def _add_length(self, a: Assembler, register: Reg, length: Length) -> None:
        if length is not None:
            a.add(register, length)
            return
        a.load(8, R5, FP, LENGTH)
        a.add(register, R5)

    def _slot(self, a: Assembler, register: Reg, position: Reg, control: Reg) -> None:
        """`register` = address 16-byte slot of `position`, less `SLOTS`, which every access adds."""
        a.mov(register, position)
        a.rsh(register, self._layout.shift)
        a.and_(register, self._layout.count - 1)
        a.lsh(register, SLOT_SIZE.bit_length() - 1)
        a.add(register, control)

    def _address(self, a: Assembler, position: Reg, otherwise: str) -> None:
        """R0 = the sub-buffer of `position`, R1 = the offset inside; needs the cell `CPU`."""
        layout = self._layout
        a.load(4, R1, FP, CPU)
        a.lsh(R1, layout.count.bit_length() - 1)
        a.mov(R2, position)
        a.rsh(R2, layout.shift)
        a.and_(R2, layout.count - 1)
        a.add(R1, R2)
        a.store(4, FP, KEY, R1)
        a.load_map(R1, self._maps.data)
        a.mov(R2, FP)
        a.add(R2, KEY)
        a.call(Helper.MAP_LOOKUP_ELEM)
        a.jump_if(Jump.EQ, R0, 0, otherwise)
        a.mov(R1, position)
        a.and_(R1, layout.size - 1)

    def commit(self, a: Assembler, length: Length, tag: str = "") -> None:
        """Commit the record whose slot is R7; the commit that completes a sub-buffer delivers it."""
        if length is None:
            a.load(8, R0, FP, LENGTH)
        else:
            a.mov(R0, length)
        self._commit(a, R7, length, f"out{tag}")

    def _commit(self, a: Assembler, slot: Reg, length: Length, delivered_else: str) -> None:
        """Add R0 to the slot's count; go to `delivered_else` unless that completed the sub-buffer."""
        if length is None:
            a.mov(R1, R0)
        a.atomic(Atomic.FETCH_ADD, slot, SLOTS + COMMITTED, R0)
        a.add(R0, R1 if length is None else length)
        a.and_(R0, self._layout.size - 1)
        a.jump_if(Jump.NE, R0, 0, delivered_else)
        a.load_map(R1, self._maps.wake)
        a.mov(R2, FP)
        a.add(R2, KEY)
        a.mov(R3, 8)
        a.mov(R4, 1 << 1)  # BPF_RB_FORCE_WAKEUP
        a.call(Helper.RINGBUF_OUTPUT)

    def slow_path(self, a: Assembler, length: Length, tag: str = "") -> None:
        """Append what rarely runs, far from the instructions that do: the way from a reservation and back."""
        a.label(f"slow{tag}")
        a.mov(R1, R7)
        if length is None:
            a.load(8, R2, FP, LENGTH)
        else:
            a.mov(R2, length)
        a.mov(R3, FP)
        a.add(R3, NOW)
        a.load(4, R4, FP, CPU)
        a.call_local("reserve_slow")
        a.jump_if(Jump.SLT, R0, 0, f"out{tag}")
        a.mov(R9, R0)
        a.load(8, R8, FP, NOW)
        self._slot(a, R2, R9, R7)
        a.mov(R7, R2)
        a.jump(f"reserved{tag}")

    def subprograms(self, a: Assembler) -> None:
        """Append the functions that `slow_path` calls; once, at the end of a program."""
        self._reserve_slow(a)
        self._open(a)
        self._close(a)

    def _reserve_slow(self, a: Assembler) -> None:
        """Subprogram (control, length, address of now, cpu) → position of the record, or -1.

        Switches sub-buffers where one is full, or where 32 bits of time no longer reach its beginning.
        """
        layout = self._layout
        a.label("reserve_slow")
        a.mov(R7, R1)
        a.mov(R6, R2)
        a.store(8, FP, LENGTH, R2)
        a.store(8, FP, _TIME_TO, R3)
        a.store(4, FP, CPU, R4)
        a.jump_if(Jump.GE, R2, layout.size - PACKET_HEADER, "lost")
        a.store(8, FP, _ATTEMPT, 0)
        a.label("try")
        a.load(8, R1, FP, _ATTEMPT)
        a.add(R1, 1)
        a.store(8, FP, _ATTEMPT, R1)
        a.jump_if(Jump.GT, R1, ATTEMPTS, "lost")
        a.load(8, R9, R7, WRITE)
        a.call(Helper.KTIME_GET_NS)
        a.mov(R8, R0)
        self._check_fit(a, None, "switch")
        a.load(8, R3, R2, SLOTS + BEGIN)
        a.sub(R0, R3)
        a.rsh(R0, 32)
        a.jump_if(Jump.NE, R0, 0, "switch")
        a.mov(R3, R9)
        a.add(R3, R6)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R3)
        a.jump_if(Jump.NE, R0, R9, "try")
        a.load(8, R3, FP, _TIME_TO)
        a.store(8, R3, 0, R8)
        a.mov(R0, R9)
        a.exit()
        self._switch(a)
        a.label("lost")
        a.mov(R1, 1)
        a.atomic(Atomic.ADD, R7, DISCARDED, R1)
        a.mov(R0, -1)
        a.exit()

    def _switch(self, a: Assembler) -> None:
        """Continue `reserve_slow`: take the next sub-buffer's header and the record's room in one swap."""
        a.label("switch")
        self._next_start(a, R1)
        self._check_free(a, "lost")
        a.load(8, R3, R7, DISCARDED)
        a.store(8, FP, _LOST, R3)
        a.mov(R3, R1)
        a.add(R3, PACKET_HEADER)
        a.add(R3, R6)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R3)
        a.jump_if(Jump.NE, R0, R9, "try")
        a.load(8, R3, FP, _TIME_TO)
        a.store(8, R3, 0, R8)
        a.store(8, FP, NOW, R8)
        a.mov(R6, R1)
        a.mov(R1, R9)
        a.and_(R1, self._layout.size - 1)
        a.jump_if(Jump.EQ, R1, 0, "begin")
        self._call_packet(a, "close", R9)
        a.label("begin")
        self._call_packet(a, "open", R6)
        a.mov(R0, R6)
        a.add(R0, PACKET_HEADER)
        a.exit()

    def _next_start(self, a: Assembler, register: Reg) -> None:
        """`register` = start of the first sub-buffer at or behind position R9."""
        a.mov(register, R9)
        a.add(register, self._layout.size - 1)
        a.and_(register, -self._layout.size)

    def _check_free(self, a: Assembler, otherwise: str) -> None:
        """Go elsewhere unless the sub-buffer that starts at R1 may be entered."""
        layout = self._layout
        if self._loss_mode is LossMode.DISCARD:
            a.load(8, R3, R7, CONSUMED)
            a.mov(R4, R1)
            a.sub(R4, R3)
            a.jump_if(Jump.SGE, R4, layout.total, otherwise)
        self._slot(a, R2, R1, R7)
        a.mov(R4, R1)
        a.rsh(R4, layout.total.bit_length() - 1)
        a.lsh(R4, layout.shift)
        a.load(8, R3, R2, SLOTS + COMMITTED)
        a.jump_if(Jump.NE, R3, R4, otherwise)

    @staticmethod
    def _call_packet(a: Assembler, name: str, position: Reg) -> None:
        """Call `open` or `close`; the latter takes the count of discarded records from the cell `_LOST`.

        The count is read before the swap that makes a packet ours to close: whoever closes a later
        packet swaps after us and so reads a count that is no smaller, also when it interrupts us before
        we have written ours.
        """
        a.mov(R1, R7)
        a.mov(R2, position)
        a.mov(R3, R8)
        a.load(4, R4, FP, CPU)
        if name == "close":
            a.load(8, R5, FP, _LOST)
        a.call_local(name)

    def _packet_frame(self, a: Assembler, otherwise: str) -> None:
        """Keep a packet subprogram's arguments (control, position, now, cpu); R0, R1 as `_address`."""
        a.mov(R7, R1)
        a.mov(R9, R2)
        a.mov(R8, R3)
        a.store(4, FP, CPU, R4)
        self._address(a, R9, otherwise)

    def _open(self, a: Assembler) -> None:
        """Subprogram: open the packet that starts at a position; its header counts as committed last.

        An interrupt may record here before `begin` is written: it then sees the earlier lap's time and
        at worst switches once more. The constant part of the header is in place since the ring was
        made.
        """
        a.label("open")
        self._packet_frame(a, "gone")
        self._slot(a, R2, R9, R7)
        a.store(8, R2, SLOTS + BEGIN, R8)
        a.store(8, R0, TIMESTAMP_BEGIN, R8)
        a.mov(R3, R9)
        a.rsh(R3, self._layout.shift)
        a.store(8, R0, SEQUENCE, R3)
        a.mov(R6, R2)
        a.mov(R0, PACKET_HEADER)
        self._commit(a, R6, PACKET_HEADER, "gone")
        a.label("gone")
        a.mov(R0, 0)
        a.exit()

    def _close(self, a: Assembler) -> None:
        """Subprogram: close the packet whose content ends at a position, and commit its padding."""
        a.label("close")
        a.store(8, FP, _LOST, R5)
        self._packet_frame(a, "shut")
        a.store(8, R0, TIMESTAMP_END, R8)
        a.mov(R2, R1)
        a.lsh(R2, 3)
        a.store(8, R0, CONTENT_SIZE, R2)
        a.mov(R2, R1)
        a.add(R2, PAGE - 1)
        a.and_(R2, -PAGE)
        a.lsh(R2, 3)
        a.store(8, R0, PACKET_SIZE, R2)
        a.load(8, R2, FP, _LOST)
        a.store(8, R0, EVENTS_DISCARDED, R2)
        a.store(8, R7, REPORTED, R2)
        self._slot(a, R6, R9, R7)
        a.mov(R0, self._layout.size)
        a.sub(R0, R1)
        self._commit(a, R6, None, "shut")
        a.label("shut")
        a.mov(R0, 0)
        a.exit()

    def flusher(self) -> bytes:
        """Return the program (raw tracepoint, run by BPF_PROG_TEST_RUN; argument: the CPU) that closes the
        packet being written, or, where none is open, delivers an empty one if discarded records are
        not yet told of. It returns 1 when it closed one, 2 when another writer came K times between.
        """
        a = Assembler()
        a.load(8, R0, R1, 0)
        self._control(a)
        a.store(8, FP, _ATTEMPT, 0)
        a.label("try")
        a.load(8, R1, FP, _ATTEMPT)
        a.add(R1, 1)
        a.store(8, FP, _ATTEMPT, R1)
        a.jump_if(Jump.GT, R1, ATTEMPTS, "busy")
        a.load(8, R9, R7, WRITE)
        a.call(Helper.KTIME_GET_NS)
        a.mov(R8, R0)
        self._next_start(a, R1)
        a.jump_if(Jump.EQ, R1, R9, "boundary")
        a.load(8, R3, R7, DISCARDED)
        a.store(8, FP, _LOST, R3)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R1)
        a.jump_if(Jump.NE, R0, R9, "try")
        a.jump("finish")

        a.label("boundary")
        a.load(8, R2, R7, DISCARDED)
        a.load(8, R3, R7, REPORTED)
        a.store(8, FP, _LOST, R2)
        a.mov(R0, 0)
        a.jump_if(Jump.EQ, R2, R3, "done")
        self._check_free(a, "done")
        a.mov(R3, R1)
        a.add(R3, self._layout.size)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R3)
        a.jump_if(Jump.NE, R0, R9, "try")
        self._call_packet(a, "open", R9)
        a.add(R9, PACKET_HEADER)
        a.label("finish")
        self._call_packet(a, "close", R9)
        a.mov(R0, 1)
        a.label("done")
        a.exit()
        a.label("busy")
        a.mov(R0, 2)
        a.exit()
        self._open(a)
        self._close(a)
        return a.assemble()
