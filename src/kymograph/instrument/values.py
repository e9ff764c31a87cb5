# SPDX-License-Identifier: MIT
"""How a value gets from a probe's context into a record, as BPF.

Every value knows its bytes in the record. A *fixed* value writes `size` bytes at `base + offset`; a
*dynamic* one writes at most `room` bytes there and leaves in R0 how many, between 1 and `room`. R6 is
the context; values may use R0-R5 and the frame below `SCRATCH`, and keep the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Union

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Alu, Helper, Jump, Reg

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = Reg

SCRATCH = -72
"""Frame offset below which values may keep what they need; what is above is the ring's."""


class FixedValue(ABC):
    """A value whose bytes in the record, `size`, are always as many."""

    size: int

    @abstractmethod
    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Write the value."""


class DynamicValue(ABC):
    """A value whose bytes, at the least `least`, are counted when the probe runs."""

    least: int

    @abstractmethod
    def emit_dynamic(self, a: Assembler, base: Reg, offset: int, room: int, tag: str) -> None:
        """Write at most `room` bytes; `tag` makes labels unique."""


Value = Union[FixedValue, DynamicValue]


def copy(a: Assembler, base: Reg, offset: int, source: Reg, start: int, size: int) -> None:
    """Copy `size` bytes from `source + start`, by the largest aligned steps; uses R1."""
    done = 0
    while done < size:
        step = next(s for s in (8, 4, 2, 1) if done + s <= size and (start + done) % s == 0)
        a.load(step, R1, source, start + done)
        a.store(step, base, offset + done, R1)
        done += step


@dataclass(frozen=True)
class ContextBytes(FixedValue):
    """Bytes of the context itself: an integer, a text or an array of a tracefs record."""

    start: int
    size: int

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Copy aligned parts directly; the verifier wants each load of a context aligned."""
        copy(a, base, offset, R6, self.start, self.size)


@dataclass(frozen=True)
class Argument(FixedValue):
    """The low `size` bytes of a raw tracepoint's argument number `index`."""

    index: int
    size: int

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """One load and one store."""
        a.load(8, R1, R6, 8 * self.index)
        a.store(self.size, base, offset, R1)


@dataclass(frozen=True)
class Path(FixedValue):
    """A member reached from a typed argument: `argument -> steps[0] -> … -> last`.

    `steps` are the offsets of the pointers followed, `offset` and `loaded` where the member is and how wide,
    `minus` is subtracted from it; `size` is its width in the record.
    """

    argument: int
    steps: tuple[int, ...]
    offset: int
    loaded: int
    signed: bool
    size: int
    minus: int = 0

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Load through the kernel's types; a null on the way reads as 0."""
        self.follow(a)
        a.load(self.loaded, R1, R1, self.offset)
        if self.signed and self.loaded < self.size:
            bits = 64 - 8 * self.loaded
            a.lsh(R1, bits)
            a.alu(Alu.ARSH, R1, bits)
        if self.minus:
            a.sub(R1, self.minus)
        a.store(self.size, base, offset, R1)

    def follow(self, a: Assembler) -> None:
        """R1 = the last pointer of the way."""
        a.load(8, R1, R6, 8 * self.argument)
        for step in self.steps:
            a.load(8, R1, R1, step)


@dataclass(frozen=True)
class PathBytes(FixedValue):
    """`size` bytes inside a structure reached from a typed argument: a command's name."""

    path: Path
    size: int

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Copy by words."""
        self.path.follow(a)
        a.mov(R2, R1)
        copy(a, base, offset, R2, self.path.offset, self.size)


def _string(a: Assembler, helper: Helper, base: Reg, offset: int, room: int, tag: str) -> None:
    """R3 = where the characters are. What cannot be read is an empty string."""
    a.mov(R1, base)
    if offset:
        a.add(R1, offset)
    a.mov(R2, room)
    a.call(helper)
    a.jump_if(Jump.SGT, R0, 0, f"read_{tag}")
    a.store(1, base, offset, 0)
    a.mov(R0, 1)
    a.label(f"read_{tag}")


@dataclass(frozen=True)
class KernelString(DynamicValue):
    """A NUL-terminated string that a pointer in a kernel structure points to."""

    path: Path
    least: int = 1

    def emit_dynamic(self, a: Assembler, base: Reg, offset: int, room: int, tag: str) -> None:
        """Read up to the NUL."""
        self.path.follow(a)
        a.load(8, R3, R1, self.path.offset)
        _string(a, Helper.PROBE_READ_KERNEL_STR, base, offset, room, tag)


@dataclass(frozen=True)
class Register(FixedValue):
    """The low `size` bytes of a system call's argument: the word at `place` in the `pt_regs` that is
    argument 0.
    """

    place: int
    size: int

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Load through the typed pointer."""
        a.load(8, R1, R6, 0)
        a.load(8, R1, R1, self.place)
        a.store(self.size, base, offset, R1)


@dataclass(frozen=True)
class UserString(DynamicValue):
    """A NUL-terminated string in user memory: the word at `place` in `pt_regs` is its address.

    The pages must be present: a tracing program cannot wait for them.
    """

    place: int
    least: int = 1

    def emit_dynamic(self, a: Assembler, base: Reg, offset: int, room: int, tag: str) -> None:
        """Read up to the NUL."""
        a.load(8, R3, R6, 0)
        a.load(8, R3, R3, self.place)
        _string(a, Helper.PROBE_READ_USER_STR, base, offset, room, tag)


@dataclass(frozen=True)
class LocatedString(DynamicValue):
    """A `__data_loc` (or `__rel_loc`) string of a tracefs record: 16 bits of offset, 16 of length.

    `origin` is added to the offset: 0, or for `__rel_loc` the end of the locating field.
    """

    start: int
    origin: int = 0
    least: int = 1

    def emit_dynamic(self, a: Assembler, base: Reg, offset: int, room: int, tag: str) -> None:
        """Read up to the NUL that the kernel put there."""
        a.load(4, R3, R6, self.start)
        a.and_(R3, 0xFFFF)
        a.add(R3, self.origin)
        a.add(R3, R6)
        _string(a, Helper.PROBE_READ_KERNEL_STR, base, offset, room, tag)


@dataclass(frozen=True)
class LocatedSequence(DynamicValue):
    """A `__data_loc` (or `__rel_loc`) array: a 32-bit count of elements, then the elements."""

    start: int
    element: int
    origin: int = 0
    least: int = 4

    def emit_dynamic(self, a: Assembler, base: Reg, offset: int, room: int, tag: str) -> None:
        """Copy as many whole elements as fit; nothing when the kernel cannot read them."""
        most = (room - 4) // self.element * self.element
        shift = self.element.bit_length() - 1
        a.load(4, R2, R6, self.start)
        a.mov(R3, R2)
        a.and_(R3, 0xFFFF)
        a.add(R3, self.origin)
        a.add(R3, R6)
        a.rsh(R2, 16)
        a.jump_if(Jump.LE, R2, most, f"fits_{tag}")
        a.mov(R2, most)
        a.label(f"fits_{tag}")
        a.rsh(R2, shift)
        a.lsh(R2, shift)
        a.store(8, FP, SCRATCH - 8, R2)
        a.mov(R1, base)
        a.add(R1, offset + 4)
        a.call(Helper.PROBE_READ_KERNEL)
        a.load(8, R1, FP, SCRATCH - 8)
        a.jump_if(Jump.EQ, R0, 0, f"read_{tag}")
        a.mov(R1, 0)
        a.label(f"read_{tag}")
        a.mov(R0, R1)
        a.rsh(R1, shift)
        a.store(4, base, offset, R1)
        a.add(R0, 4)
