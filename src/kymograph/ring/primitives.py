# SPDX-License-Identifier: MIT
"""What the ring's programs are made of: addressing control blocks, slots and sub-buffers; room; commits."""

from __future__ import annotations

from dataclasses import dataclass

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Atomic, Helper, Jump, Reg
from kymograph.model.session import LossMode
from kymograph.ring.frame import CPU, KEY, LENGTH, Length
from kymograph.ring.layout import COMMITTED, CONSUMED, SLOT_SIZE, SLOTS, RingLayout

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg


@dataclass(frozen=True)
class RingMaps:
    """Descriptors of the maps that a ring's programs use."""

    control: int
    data: int
    wake: int


class RingParts:
    """Emits the small parts; the larger ones are built of them."""

    def __init__(self, layout: RingLayout, loss_mode: LossMode, maps: RingMaps) -> None:
        self._layout = layout
        self._loss_mode = loss_mode
        self._maps = maps

    def _control(self, a: Assembler) -> None:
        """R7 = control block of CPU R0, which is kept in the cell `CPU`."""
        layout = self._layout
        a.store(4, FP, CPU, R0)
        a.and_(R0, layout.control_size // layout.control_stride - 1)
        a.lsh(R0, layout.control_stride.bit_length() - 1)
        a.load_map_value(R7, self._maps.control)
        a.add(R7, R0)

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
