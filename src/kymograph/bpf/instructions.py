# SPDX-License-Identifier: MIT
"""BPF instructions: registers, opcodes, and their eight bytes, both ways.

Source: RFC 9669 (BPF ISA) and include/uapi/linux/bpf.h.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from kymograph.base.errors import ErrorCode, KymoError


class Reg(IntEnum):
    """The eleven registers: R0 result, R1-R5 arguments (lost in a call), R6-R9 kept, R10 frame."""

    R0 = 0
    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    R5 = 5
    R6 = 6
    R7 = 7
    R8 = 8
    R9 = 9
    R10 = 10


class Alu(IntEnum):
    """Arithmetic operations (64 bits), the high nibble of an opcode."""

    ADD = 0x00
    SUB = 0x10
    MUL = 0x20
    DIV = 0x30
    OR = 0x40
    AND = 0x50
    LSH = 0x60
    RSH = 0x70
    NEG = 0x80
    MOD = 0x90
    XOR = 0xA0
    MOV = 0xB0
    ARSH = 0xC0


class Jump(IntEnum):
    """Conditions, the high nibble of an opcode; S… compare signed."""

    ALWAYS = 0x00
    EQ = 0x10
    GT = 0x20
    GE = 0x30
    SET = 0x40
    NE = 0x50
    SGT = 0x60
    SGE = 0x70
    LT = 0xA0
    LE = 0xB0
    SLT = 0xC0
    SLE = 0xD0


class Atomic(IntEnum):
    """Operations of an atomic instruction, in its immediate. FETCH forms return the old value in the source
    register, CMPXCHG in R0. Linux kernel commit 5ffa25502b5a "bpf: Add instructions for atomic_[cmp]xchg"
    (in v5.12).
    """

    ADD = 0x00
    OR = 0x40
    AND = 0x50
    XOR = 0xA0
    FETCH_ADD = 0x01
    FETCH_OR = 0x41
    FETCH_AND = 0x51
    FETCH_XOR = 0xA1
    XCHG = 0xE1
    CMPXCHG = 0xF1


class Helper(IntEnum):
    """Kernel functions a program may call, by number (include/uapi/linux/bpf.h, `__BPF_FUNC_MAPPER`)."""

    MAP_LOOKUP_ELEM = 1
    KTIME_GET_NS = 5
    GET_SMP_PROCESSOR_ID = 8
    TAIL_CALL = 12
    PROBE_READ_USER = 112
    PROBE_READ_KERNEL = 113
    PROBE_READ_USER_STR = 114
    PROBE_READ_KERNEL_STR = 115
    RINGBUF_OUTPUT = 130
    GET_CURRENT_TASK_BTF = 158


LD_IMM64 = 0x18
CALL = 0x85
EXIT = 0x95
ALU64_K, ALU64_X, JMP_K, JMP_X = 0x07, 0x0F, 0x05, 0x0D
LDX, ST, STX, STX_ATOMIC = 0x61, 0x62, 0x63, 0xC3
SIZE_BITS = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18}

PSEUDO_MAP_FD, PSEUDO_MAP_VALUE, PSEUDO_CALL = 1, 2, 1

_FORMAT = struct.Struct("<BBhi")


class Instruction(NamedTuple):
    """One instruction; `immediate` is 64 bits wide for `LD_IMM64`, which takes two slots, else 32, signed."""

    opcode: int
    dst: int = 0
    src: int = 0
    offset: int = 0
    immediate: int = 0

    def encode(self) -> bytes:
        """Return the eight bytes (sixteen for `LD_IMM64`), little endian."""
        registers = self.src << 4 | self.dst
        if self.opcode != LD_IMM64:
            return _FORMAT.pack(self.opcode, registers, self.offset, self.immediate)
        low, high = struct.unpack("<ii", struct.pack("<Q", self.immediate & (1 << 64) - 1))
        return _FORMAT.pack(self.opcode, registers, self.offset, low) + _FORMAT.pack(0, 0, 0, high)


def decode(code: bytes) -> list[Instruction]:
    """Return the instructions of `code`, the inverse of `encode`. Raise `BAD_VALUE` for a torn program."""
    if len(code) % 8:
        raise KymoError(ErrorCode.BAD_VALUE, f"a BPF program of {len(code)} bytes is not whole instructions")
    out: list[Instruction] = []
    slots = list(_FORMAT.iter_unpack(code))
    position = 0
    while position < len(slots):
        opcode, registers, offset, immediate = slots[position]
        position += 1
        if opcode == LD_IMM64:
            if position == len(slots):
                raise KymoError(ErrorCode.BAD_VALUE, "a BPF program ends inside a 64-bit load")
            immediate = immediate & 0xFFFFFFFF | (slots[position][3] & 0xFFFFFFFF) << 32
            position += 1
        out.append(Instruction(opcode, registers & 15, registers >> 4, offset, immediate))
    return out
