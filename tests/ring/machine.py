# SPDX-License-Identifier: MIT
"""A small BPF machine that runs the ring's real programs, instruction by instruction, in any interleaving.

Addresses are numbers; memory is a list of regions. Each context (a program on a CPU) is a generator
that yields before every instruction, so that a scheduler can put an interrupt, another task or the
consumer between any two.
"""

from __future__ import annotations

import struct

from kymograph.bpf.instructions import (
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    Alu,
    Atomic,
    Helper,
    Jump,
    decode,
)

MASK = (1 << 64) - 1
SIZES = {0x00: "<I", 0x08: "<H", 0x10: "<B", 0x18: "<Q"}


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


class Memory:
    """Named regions at numeric addresses; an access outside any is a failed test."""

    def __init__(self) -> None:
        self.regions: list[tuple[int, bytearray]] = []
        self._next = 1 << 32

    def region(self, content: bytearray) -> int:
        base = self._next
        self.regions.append((base, content))
        self._next += (len(content) | 0xFFFFF) + 1
        return base

    def forget(self, base: int) -> None:
        self.regions = [r for r in self.regions if r[0] != base]

    def find(self, address: int, size: int) -> tuple[bytearray, int]:
        for base, content in reversed(self.regions):
            if base <= address and address + size <= base + len(content):
                return content, address - base
        raise AssertionError(f"access of {size} bytes at {address:#x}")

    def load(self, form: str, address: int) -> int:
        content, offset = self.find(address, struct.calcsize(form))
        return struct.unpack_from(form, content, offset)[0]

    def store(self, form: str, address: int, value: int) -> None:
        size = struct.calcsize(form)
        content, offset = self.find(address, size)
        struct.pack_into(form, content, offset, value & (1 << 8 * size) - 1)


class Machine:
    """Maps by descriptor (element size, base address), a clock that ticks, and the helpers the ring calls."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.maps: dict[int, tuple[int, int, int]] = {}
        self.now = 1_000
        self.wakes = 0

    def add_map(self, descriptor: int, element: int, entries: int) -> bytearray:
        content = bytearray(element * entries)
        self.maps[descriptor] = (element, entries, self.memory.region(content))
        return content

    def run(self, code: bytes, argument: bytes, cpu: int):
        """Yield before each instruction; return R0."""
        slots = {}
        position = 0
        for instruction in decode(code):
            slots[position] = instruction
            position += 2 if instruction.opcode == LD_IMM64 else 1
        context = self.memory.region(bytearray(argument))
        result = yield from self._function(slots, 0, [0, context, 0, 0, 0, 0, 0, 0, 0, 0, 0], cpu)
        self.memory.forget(context)
        return result

    def _function(self, slots, pc, registers, cpu):
        stack = self.memory.region(bytearray(512))
        registers[10] = stack + 512
        while True:
            i = slots[pc]
            yield
            pc += 2 if i.opcode == LD_IMM64 else 1
            kind = i.opcode & 7
            if i.opcode == LD_IMM64:
                registers[i.dst] = self._immediate(i)
            elif kind == 7:
                self._alu(i, registers)
            elif i.opcode == 0x95:
                self.memory.forget(stack)
                return registers[0]
            elif i.opcode == 0x85 and i.src == PSEUDO_CALL:
                inner = [0, *registers[1:6], 0, 0, 0, 0, 0]
                registers[0] = yield from self._function(slots, pc + i.immediate, inner, cpu)
            elif i.opcode == 0x85:
                registers[0] = self._help(Helper(i.immediate), registers, cpu)
            elif kind == 5:
                pc += i.offset if self._holds(i, registers) else 0
            else:
                self._memory(i, registers)

    def _immediate(self, i):
        if i.src == PSEUDO_MAP_FD:
            return i.immediate & 0xFFFFFFFF
        if i.src == PSEUDO_MAP_VALUE:
            return self.maps[i.immediate & 0xFFFFFFFF][2] + (i.immediate >> 32)
        return i.immediate

    @staticmethod
    def _alu(i, r):
        value = r[i.src] if i.opcode & 8 else i.immediate & MASK
        operation = Alu(i.opcode & 0xF0)
        r[i.dst] = {
            Alu.ADD: lambda a, b: a + b,
            Alu.SUB: lambda a, b: a - b,
            Alu.MUL: lambda a, b: a * b,
            Alu.OR: lambda a, b: a | b,
            Alu.AND: lambda a, b: a & b,
            Alu.LSH: lambda a, b: a << (b & 63),
            Alu.RSH: lambda a, b: a >> (b & 63),
            Alu.XOR: lambda a, b: a ^ b,
            Alu.MOV: lambda a, b: b,
        }[operation](r[i.dst], value) & MASK

    @staticmethod
    def _holds(i, r):
        operation = Jump(i.opcode & 0xF0)
        if operation is Jump.ALWAYS:
            return True
        left, right = r[i.dst], r[i.src] if i.opcode & 8 else i.immediate & MASK
        if operation in (Jump.SGT, Jump.SGE, Jump.SLT, Jump.SLE):
            left, right = signed(left), signed(right)
        return {
            Jump.EQ: left == right,
            Jump.NE: left != right,
            Jump.GT: left > right,
            Jump.SGT: left > right,
            Jump.GE: left >= right,
            Jump.SGE: left >= right,
            Jump.LT: left < right,
            Jump.SLT: left < right,
            Jump.LE: left <= right,
            Jump.SLE: left <= right,
            Jump.SET: bool(left & right),
        }[operation]

    def _memory(self, i, r):
        form, kind, mode = SIZES[i.opcode & 0x18], i.opcode & 7, i.opcode & 0xE0
        if kind == 1:
            r[i.dst] = self.memory.load(form, r[i.src] + i.offset)
        elif mode == 0xC0:
            self._atomic(i, r)
        else:
            self.memory.store(form, r[i.dst] + i.offset, r[i.src] if kind == 3 else i.immediate)

    def _atomic(self, i, r):
        address = r[i.dst] + i.offset
        old = self.memory.load("<Q", address)
        operation = Atomic(i.immediate)
        if operation is Atomic.CMPXCHG:
            if old == r[0]:
                self.memory.store("<Q", address, r[i.src])
            r[0] = old
            return
        new = {
            Atomic.ADD: old + r[i.src],
            Atomic.FETCH_ADD: old + r[i.src],
            Atomic.XOR: old ^ r[i.src],
        }[operation]
        self.memory.store("<Q", address, new)
        if operation is Atomic.FETCH_ADD:
            r[i.src] = old

    def _help(self, helper, r, cpu):
        if helper is Helper.KTIME_GET_NS:
            self.now += 1
            return self.now
        if helper is Helper.GET_SMP_PROCESSOR_ID:
            return cpu
        if helper is Helper.MAP_LOOKUP_ELEM:
            element, entries, base = self.maps[r[1]]
            key = self.memory.load("<I", r[2])
            return base + key * element if key < entries else 0
        if helper is Helper.RINGBUF_OUTPUT:
            self.memory.find(r[2], r[3])
            self.wakes += 1
            return 0
        if helper in (Helper.PROBE_READ_KERNEL, Helper.PROBE_READ_KERNEL_STR):
            return self._probe_read(helper, r)
        raise AssertionError(helper)

    def _probe_read(self, helper, r):
        source, at = self.memory.find(r[3], 1)
        size = r[2]
        if helper is Helper.PROBE_READ_KERNEL_STR:
            size = min(size, source.index(0, at) - at + 1)
        target, to = self.memory.find(r[1], size)
        target[to : to + size] = source[at : at + size]
        return 0 if helper is Helper.PROBE_READ_KERNEL else size
