# SPDX-License-Identifier: MIT
"""The assembler: instructions by method, jumps and calls by label.

Offsets and sizes are bytes. A second operand that is a `Reg` makes the register form, an `int` the immediate
form; immediates are 32 bits, sign-extended by the machine.
"""

from __future__ import annotations

import struct
from typing import Union

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.instructions import (
    ALU64_K,
    ALU64_X,
    CALL,
    EXIT,
    JMP_K,
    JMP_X,
    LD_IMM64,
    LDX,
    PSEUDO_CALL,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    SIZE_BITS,
    ST,
    STX,
    STX_ATOMIC,
    Alu,
    Atomic,
    Helper,
    Instruction,
    Jump,
    Reg,
)

Operand = Union[Reg, int]

_OFFSET = struct.Struct("<h")
_IMMEDIATE = struct.Struct("<i")


class Assembler:
    """Collects code; `assemble` resolves the labels."""

    def __init__(self) -> None:
        self._code = bytearray()
        self._labels: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []
        self._calls: list[tuple[int, str]] = []

    def __len__(self) -> int:
        """Return the number of eight-byte slots so far."""
        return len(self._code) // 8

    def emit(self, opcode: int, dst: int = 0, src: int = 0, offset: int = 0, immediate: int = 0) -> None:
        """Append one instruction as it is."""
        self._code += Instruction(opcode, dst, src, offset, immediate).encode()

    def label(self, name: str) -> None:
        """Name the place of the next instruction."""
        if name in self._labels:
            raise KymoError(ErrorCode.INTERNAL, f"label {name} is placed twice")
        self._labels[name] = len(self)

    def alu(self, operation: Alu, dst: Reg, value: Operand) -> None:
        """`dst = dst OPERATION value`, 64 bits."""
        if isinstance(value, Reg):
            self.emit(operation | ALU64_X, dst, value)
        else:
            self.emit(operation | ALU64_K, dst, 0, 0, value)

    def mov(self, dst: Reg, value: Operand) -> None:
        """`dst = value`."""
        self.alu(Alu.MOV, dst, value)

    def add(self, dst: Reg, value: Operand) -> None:
        """`dst += value`."""
        self.alu(Alu.ADD, dst, value)

    def sub(self, dst: Reg, value: Operand) -> None:
        """`dst -= value`."""
        self.alu(Alu.SUB, dst, value)

    def and_(self, dst: Reg, value: Operand) -> None:
        """`dst &= value`."""
        self.alu(Alu.AND, dst, value)

    def lsh(self, dst: Reg, value: Operand) -> None:
        """`dst <<= value`."""
        self.alu(Alu.LSH, dst, value)

    def rsh(self, dst: Reg, value: Operand) -> None:
        """`dst >>= value`, zeros coming in."""
        self.alu(Alu.RSH, dst, value)

    def load(self, size: int, dst: Reg, base: Reg, offset: int) -> None:
        """`dst = *(size bytes at base + offset)`, zero-extended."""
        self.emit(LDX | SIZE_BITS[size], dst, base, offset)

    def store(self, size: int, base: Reg, offset: int, value: Operand) -> None:
        """`*(size bytes at base + offset) = value`."""
        if isinstance(value, Reg):
            self.emit(STX | SIZE_BITS[size], base, value, offset)
        else:
            self.emit(ST | SIZE_BITS[size], base, 0, offset, value)

    def atomic(self, operation: Atomic, base: Reg, offset: int, value: Reg) -> None:
        """A 64-bit atomic operation on memory; see `Atomic` for where the old value goes."""
        self.emit(STX_ATOMIC | SIZE_BITS[8], base, value, offset, operation)

    def load_imm64(self, dst: Reg, value: int) -> None:
        """`dst = value`, 64 bits."""
        self.emit(LD_IMM64, dst, 0, 0, value)

    def load_map(self, dst: Reg, descriptor: int) -> None:
        """`dst = the map` (for a helper's argument)."""
        self.emit(LD_IMM64, dst, PSEUDO_MAP_FD, 0, descriptor)

    def load_map_value(self, dst: Reg, descriptor: int, offset: int = 0) -> None:
        """`dst = address inside the only element of an array map`.

        Linux kernel commit d8eca5bbb2be "bpf: implement lookup-free direct value access for maps" (in v5.2).
        """
        self.emit(LD_IMM64, dst, PSEUDO_MAP_VALUE, 0, descriptor | offset << 32)

    def call(self, helper: Helper) -> None:
        """Call a kernel helper."""
        self.emit(CALL, 0, 0, 0, helper)

    def call_local(self, name: str) -> None:
        """Call a function of this program by its label."""
        self._calls.append((len(self), name))
        self.emit(CALL, 0, PSEUDO_CALL)

    def jump(self, name: str) -> None:
        """Go to a label."""
        self._jumps.append((len(self), name))
        self.emit(Jump.ALWAYS | JMP_K)

    def jump_if(self, condition: Jump, left: Reg, right: Operand, name: str) -> None:
        """Go to a label if `left CONDITION right`, 64 bits."""
        self._jumps.append((len(self), name))
        if isinstance(right, Reg):
            self.emit(condition | JMP_X, left, right)
        else:
            self.emit(condition | JMP_K, left, 0, 0, right)

    def exit(self) -> None:
        """Return R0."""
        self.emit(EXIT)

    def assemble(self) -> bytes:
        """Return the program with its labels resolved."""
        code = bytearray(self._code)
        for at, name in self._jumps:
            _OFFSET.pack_into(code, at * 8 + 2, self._labels[name] - at - 1)
        for at, name in self._calls:
            _IMMEDIATE.pack_into(code, at * 8 + 4, self._labels[name] - at - 1)
        return bytes(code)
