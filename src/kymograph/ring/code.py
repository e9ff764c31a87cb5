# SPDX-License-Identifier: MIT
"""The BPF that writes the ring: enter, reserve, commit, and the way to what rarely runs.

Register discipline of a recording program: R6 context, R7 control block until a reservation succeeds
and then the slot, R8 the time and then the record's address, R9 the position. The frame's first cells
are the ring's (`frame`); what a record's writer keeps for itself lies below them.

Invariants: a record never ends exactly on a sub-buffer's boundary, so that the next writer finds either
room or an open packet to close. The clock is read after `write` and before the swap, so positions and
times of a buffer have one order. A slot is entered only when everything reserved in it on the earlier
lap is committed.
"""

from __future__ import annotations

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Atomic, Helper, Jump, Reg
from kymograph.ring.frame import CPU, ENTRY, LENGTH, NOW, Ident, Length
from kymograph.ring.layout import ACTIVE, BEGIN, SLOTS, WRITE
from kymograph.ring.switching import SwitchingCode

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg


class RingCode(SwitchingCode):
    """Emits the parts of programs that write one ring."""

    def enter(self, a: Assembler) -> None:
        """R7 = this CPU's control block; leave at once when the channel does not record."""
        a.call(Helper.GET_SMP_PROCESSOR_ID)
        self._control(a)
        a.load(8, R1, R7, ACTIVE)
        a.jump_if(Jump.EQ, R1, 0, "out")

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

    def commit(self, a: Assembler, length: Length, tag: str = "") -> None:
        """Commit the record whose slot is R7; the commit that completes a sub-buffer delivers it."""
        if length is None:
            a.load(8, R0, FP, LENGTH)
        else:
            a.mov(R0, length)
        self._commit(a, R7, length, f"out{tag}")

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
