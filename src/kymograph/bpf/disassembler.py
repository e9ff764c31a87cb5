# SPDX-License-Identifier: MIT
"""The disassembler: a program's bytes as the kernel's verifier and bpftool write them."""

from __future__ import annotations

from kymograph.bpf.instructions import (
    CALL,
    EXIT,
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    Alu,
    Atomic,
    Helper,
    Instruction,
    Jump,
    decode,
)

_SIZES = {0x00: "u32", 0x08: "u16", 0x10: "u8", 0x18: "u64"}
_ALU = {
    Alu.ADD: "+=",
    Alu.SUB: "-=",
    Alu.MUL: "*=",
    Alu.DIV: "/=",
    Alu.OR: "|=",
    Alu.AND: "&=",
    Alu.LSH: "<<=",
    Alu.RSH: ">>=",
    Alu.MOD: "%=",
    Alu.XOR: "^=",
    Alu.MOV: "=",
    Alu.ARSH: "s>>=",
}
_JUMP = {
    Jump.EQ: "==",
    Jump.GT: ">",
    Jump.GE: ">=",
    Jump.SET: "&",
    Jump.NE: "!=",
    Jump.SGT: "s>",
    Jump.SGE: "s>=",
    Jump.LT: "<",
    Jump.LE: "<=",
    Jump.SLT: "s<",
    Jump.SLE: "s<=",
}
_HELPERS = {int(h): h.name.lower() for h in Helper}


def disassemble(code: bytes) -> list[str]:
    """Return one line for each instruction, `SLOT: TEXT`."""
    lines, slot = [], 0
    for instruction in decode(code):
        lines.append(f"{slot}: {text(instruction)}")
        slot += 2 if instruction.opcode == LD_IMM64 else 1
    return lines


def text(i: Instruction) -> str:
    """Write one instruction."""
    kind = i.opcode & 7
    if i.opcode == LD_IMM64:
        return _load_immediate(i)
    if i.opcode == EXIT:
        return "exit"
    if i.opcode == CALL:
        return f"call pc{i.immediate:+d}" if i.src == PSEUDO_CALL else f"call {_helper(i.immediate)}"
    if kind in (4, 7):
        return _alu(i, "r" if kind == 7 else "w")
    if kind in (5, 6):
        return _jump(i, "r" if kind == 5 else "w")
    return _memory(i)


def _helper(number: int) -> str:
    return f"{_HELPERS.get(number, 'helper')}#{number}"


def _load_immediate(i: Instruction) -> str:
    if i.src == PSEUDO_MAP_FD:
        return f"r{i.dst} = map[fd:{i.immediate & 0xFFFFFFFF}]"
    if i.src == PSEUDO_MAP_VALUE:
        return f"r{i.dst} = map[fd:{i.immediate & 0xFFFFFFFF}][0]+{i.immediate >> 32}"
    return f"r{i.dst} = 0x{i.immediate:x}"


def _alu(i: Instruction, register: str) -> str:
    operation = i.opcode & 0xF0
    if operation == Alu.NEG:
        return f"{register}{i.dst} = -{register}{i.dst}"
    if operation not in _ALU:
        return f"alu_{i.opcode:02x} r{i.dst} r{i.src} {i.offset} {i.immediate}"
    operand = f"{register}{i.src}" if i.opcode & 8 else str(i.immediate)
    return f"{register}{i.dst} {_ALU[Alu(operation)]} {operand}"


def _jump(i: Instruction, register: str) -> str:
    operation = i.opcode & 0xF0
    if operation == Jump.ALWAYS:
        return f"goto pc{i.offset:+d}"
    if operation not in _JUMP:
        return f"jmp_{i.opcode:02x} r{i.dst} r{i.src} {i.offset} {i.immediate}"
    operand = f"{register}{i.src}" if i.opcode & 8 else f"0x{i.immediate & 0xFFFFFFFF:x}"
    return f"if {register}{i.dst} {_JUMP[Jump(operation)]} {operand} goto pc{i.offset:+d}"


def _memory(i: Instruction) -> str:
    size, mode, kind = _SIZES[i.opcode & 0x18], i.opcode & 0xE0, i.opcode & 7
    if mode == 0x60 and kind == 1:
        return f"r{i.dst} = *({size} *)(r{i.src} {i.offset:+d})"
    target = f"*({size} *)(r{i.dst} {i.offset:+d})"
    if mode == 0x60 and kind == 2:
        return f"{target} = {i.immediate}"
    if mode == 0x60 and kind == 3:
        return f"{target} = r{i.src}"
    if mode == 0xC0 and kind == 3 and i.immediate in set(Atomic):
        return f"lock {target} {Atomic(i.immediate).name.lower()} r{i.src}"
    return f"op_{i.opcode:02x} r{i.dst} r{i.src} {i.offset} {i.immediate}"
