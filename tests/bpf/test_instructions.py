# SPDX-License-Identifier: MIT
"""Assembler, decoder and disassembler agree with each other, and with bpftool."""

import os
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.assembler import Assembler
from kymograph.bpf.disassembler import disassemble
from kymograph.bpf.instructions import LD_IMM64, Alu, Atomic, Helper, Instruction, Jump, Reg, decode
from kymograph.bpf.loader import ProgramCode, load
from kymograph.sys.bpf import MapType, ProgramType, map_create, program_info

registers = st.integers(0, 10)
opcodes = st.integers(0, 255).filter(lambda op: op != LD_IMM64)
instructions = st.one_of(
    st.builds(
        Instruction,
        opcodes,
        registers,
        registers,
        st.integers(-(1 << 15), (1 << 15) - 1),
        st.integers(-(1 << 31), (1 << 31) - 1),
    ),
    st.builds(
        Instruction, st.just(LD_IMM64), registers, registers, st.just(0), st.integers(0, (1 << 64) - 1)
    ),
)


@given(st.lists(instructions, max_size=20))
def test_what_is_encoded_is_decoded(program):
    assert decode(b"".join(i.encode() for i in program)) == program


@given(st.binary(max_size=64))
def test_any_bytes_are_decoded_or_refused_and_never_crash_the_disassembler(code):
    try:
        assert len(disassemble(code)) == len(decode(code))
    except KymoError as error:
        assert error.code is ErrorCode.BAD_VALUE


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=30), st.randoms())
def test_labels_resolve_to_their_places(targets, random):
    a = Assembler()
    places = {name: random.randrange(len(targets) + 1) for name in "abc"}
    for index, target in enumerate(targets):
        for name in "abc":
            if places[name] == index:
                a.label(name)
        a.jump_if(Jump.EQ, Reg.R1, 0, target)
    for name in "abc":
        if places[name] == len(targets):
            a.label(name)
    for index, (instruction, target) in enumerate(zip(decode(a.assemble()), targets)):
        assert index + 1 + instruction.offset == places[target]


@pytest.mark.live
def test_the_disassembler_writes_what_bpftool_writes():
    """Every form the ring uses, loaded, and dumped by the kernel's own tool."""
    table = map_create(MapType.ARRAY, 4, 64, 1, name="kymo_test")
    a = Assembler()
    a.mov(Reg.R6, Reg.R1)
    a.load_map_value(Reg.R7, table, 8)
    a.load(8, Reg.R1, Reg.R7, 0)
    a.alu(Alu.XOR, Reg.R1, -1)
    a.lsh(Reg.R1, 3)
    a.rsh(Reg.R1, Reg.R1)
    a.store(4, Reg.R10, -8, 7)
    a.store(1, Reg.R7, 4, Reg.R1)
    a.mov(Reg.R0, 1)
    a.atomic(Atomic.FETCH_ADD, Reg.R7, 0, Reg.R0)
    a.atomic(Atomic.CMPXCHG, Reg.R7, 8, Reg.R1)
    a.jump_if(Jump.SGE, Reg.R0, 5, "end")
    a.call(Helper.KTIME_GET_NS)
    a.label("end")
    a.mov(Reg.R0, 0)
    a.exit()
    code = a.assemble()
    program = load(ProgramCode(ProgramType.RAW_TRACEPOINT, "kymo_test", code))
    try:
        dump = subprocess.run(
            ["bpftool", "prog", "dump", "xlated", "id", str(program_info(program).id)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    finally:
        os.close(program)
        os.close(table)
    theirs = [re.sub(r"^\s*(\d+): \(..\) ", r"\1: ", line).strip() for line in dump.splitlines()]
    ours = disassemble(code)
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs):
        if "map[" in our or "call" in our:  # they print the map's id, and a helper's kernel name
            continue
        assert _spelling(our) == _spelling(their)


def _spelling(line):
    """Bring both to one spelling: bpftool writes atomics as C calls or operators, we name the operation."""
    line = re.sub(r"lock .*", "atomic", line)
    line = re.sub(r"r\d+ = atomic.*", "atomic", line)
    return line.replace(" +0)", " +0)")


@pytest.mark.parametrize("operand", [Reg.R3, 5])
def test_both_operand_forms(operand):
    a = Assembler()
    a.add(Reg.R1, operand)
    (instruction,) = decode(a.assemble())
    assert (instruction.src, instruction.immediate) == ((3, 0) if operand is Reg.R3 else (0, 5))


@pytest.mark.live
def test_a_rejected_program_says_where_and_why():
    a = Assembler()
    a.load(8, Reg.R0, Reg.R5, 0)
    a.exit()
    with pytest.raises(KymoError) as caught:
        load(ProgramCode(ProgramType.RAW_TRACEPOINT, "broken", a.assemble()))
    assert caught.value.code is ErrorCode.BPF_REJECTED
    assert "broken" in caught.value.line()
    assert "R5" in caught.value.line()
    assert "0: r0 = *(u64 *)(r5 +0)" in caught.value.line()
