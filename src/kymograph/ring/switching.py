# SPDX-License-Identifier: MIT
"""Switching sub-buffers: one packet is closed and the next opened, when one is full or flushed."""

from __future__ import annotations

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Atomic, Helper, Jump, Reg
from kymograph.ring.frame import ATTEMPT, CPU, LENGTH, LOST, NOW, TIME_TO
from kymograph.ring.layout import (
    ATTEMPTS,
    BEGIN,
    CONTENT_SIZE,
    DISCARDED,
    EVENTS_DISCARDED,
    PACKET_HEADER,
    PACKET_SIZE,
    PAGE,
    REPORTED,
    SEQUENCE,
    SLOTS,
    TIMESTAMP_BEGIN,
    TIMESTAMP_END,
    WRITE,
)
from kymograph.ring.primitives import RingParts

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg


class SwitchingCode(RingParts):
    """Emits the subprograms behind a reservation that finds no room, and the program that flushes."""

    def _reserve_slow(self, a: Assembler) -> None:
        """Subprogram (control, length, address of now, cpu) → position of the record, or -1.

        Switches sub-buffers where one is full, or where 32 bits of time no longer reach its beginning.
        """
        layout = self._layout
        a.label("reserve_slow")
        a.mov(R7, R1)
        a.mov(R6, R2)
        a.store(8, FP, LENGTH, R2)
        a.store(8, FP, TIME_TO, R3)
        a.store(4, FP, CPU, R4)
        a.jump_if(Jump.GE, R2, layout.size - PACKET_HEADER, "lost")
        self._attempts(a, "lost")
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
        a.load(8, R3, FP, TIME_TO)
        a.store(8, R3, 0, R8)
        a.mov(R0, R9)
        a.exit()
        self._switch(a)
        a.label("lost")
        a.mov(R1, 1)
        a.atomic(Atomic.ADD, R7, DISCARDED, R1)
        a.mov(R0, -1)
        a.exit()

    @staticmethod
    def _attempts(a: Assembler, exhausted: str) -> None:
        """Begin a loop; its next turn is at `try`. R9 = position, R0 = R8 = time; elsewhere after K turns."""
        a.store(8, FP, ATTEMPT, 0)
        a.label("try")
        a.load(8, R1, FP, ATTEMPT)
        a.add(R1, 1)
        a.store(8, FP, ATTEMPT, R1)
        a.jump_if(Jump.GT, R1, ATTEMPTS, exhausted)
        a.load(8, R9, R7, WRITE)
        a.call(Helper.KTIME_GET_NS)
        a.mov(R8, R0)

    def _switch(self, a: Assembler) -> None:
        """Continue `reserve_slow`: take the next sub-buffer's header and the record's room in one swap."""
        a.label("switch")
        self._next_start(a, R1)
        self._check_free(a, "lost")
        a.load(8, R3, R7, DISCARDED)
        a.store(8, FP, LOST, R3)
        a.mov(R3, R1)
        a.add(R3, PACKET_HEADER)
        a.add(R3, R6)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R3)
        a.jump_if(Jump.NE, R0, R9, "try")
        a.load(8, R3, FP, TIME_TO)
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

    @staticmethod
    def _call_packet(a: Assembler, name: str, position: Reg) -> None:
        """Call `open` or `close`; the latter takes the count of discarded records from the cell `LOST`.

        The count is read before the swap that makes a packet ours to close: whoever closes a later
        packet swaps after us and so reads a count that is no smaller, also when it interrupts us before
        we have written ours.
        """
        a.mov(R1, R7)
        a.mov(R2, position)
        a.mov(R3, R8)
        a.load(4, R4, FP, CPU)
        if name == "close":
            a.load(8, R5, FP, LOST)
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
        a.store(8, FP, LOST, R5)
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
        a.load(8, R2, FP, LOST)
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
        self._attempts(a, "busy")
        self._next_start(a, R1)
        a.jump_if(Jump.EQ, R1, R9, "boundary")
        a.load(8, R3, R7, DISCARDED)
        a.store(8, FP, LOST, R3)
        a.mov(R0, R9)
        a.atomic(Atomic.CMPXCHG, R7, WRITE, R1)
        a.jump_if(Jump.NE, R0, R9, "try")
        a.jump("finish")

        a.label("boundary")
        a.load(8, R2, R7, DISCARDED)
        a.load(8, R3, R7, REPORTED)
        a.store(8, FP, LOST, R2)
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
