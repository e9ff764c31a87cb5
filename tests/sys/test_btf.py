# SPDX-License-Identifier: MIT
"""BTF: this kernel's types as bpftool reads them, a made-up module's, and damaged files."""

from __future__ import annotations

import json
import random
import struct
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.sys.btf import VMLINUX, Btf, Kind, Member

Types = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def btf() -> Btf:
    return Btf.load()


@pytest.fixture(scope="module")
def bpftool() -> Types:
    command = ["/usr/sbin/bpftool", "-j", "btf", "dump", "file", str(VMLINUX)]
    dump = subprocess.run(command, capture_output=True, check=True).stdout
    return {item["id"]: item for item in json.loads(dump)["types"]}


class Builder:
    """Writes small BTF files."""

    def __init__(self, first_id: int = 1, first_string: int = 0) -> None:
        self.next_id = first_id
        self.first_string = first_string
        self.strings = b"" if first_string else b"\0"
        self.types = b""

    def string(self, text: str) -> int:
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return self.first_string + len(self.strings) - len(text) - 1

    def add(
        self,
        kind: Kind,
        name: str = "",
        third: int = 0,
        words: Sequence[int] = (),
        count: int = 0,
        flag: int = 0,
    ) -> int:
        info = flag << 31 | kind << 24 | count
        self.types += struct.pack(f"={3 + len(words)}I", self.string(name), info, third, *words)
        self.next_id += 1
        return self.next_id - 1

    def integer(self, name: str, size: int, signed: bool = False) -> int:
        return self.add(Kind.INT, name, size, [signed << 24 | size * 8])

    def structure(self, name: str, size: int, members: list[tuple[str, int, int]], flag: int = 0) -> int:
        words = [word for label, kind, bits in members for word in (self.string(label), kind, bits)]
        return self.add(Kind.STRUCT, name, size, words, len(members), flag)

    def image(self) -> bytes:
        sizes = (0, len(self.types), len(self.types), len(self.strings))
        return struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, *sizes) + self.types + self.strings


def sample() -> Builder:
    made = Builder()
    i32 = made.integer("int", 4, signed=True)
    u8 = made.integer("u8", 1)
    alias = made.add(Kind.TYPEDEF, "alias_t", made.add(Kind.CONST, "", i32))
    row = made.add(Kind.ARRAY, "", 0, [u8, i32, 6])
    inner = made.structure("", 8, [("deep", alias, 0), ("flag", i32, 3 << 24 | 35)], flag=1)
    made.structure(
        "outer", 32, [("first", i32, 0), ("", inner, 64), ("row", row, 128), ("next", inner + 3, 192)]
    )
    made.add(Kind.PTR, "", made.add(Kind.FWD, "later"))
    made.structure("later", 4, [("x", i32, 0)])
    made.add(Kind.ENUM, "colours", 4, [made.string("RED"), 1, made.string("NONE"), 0xFFFFFFFF], 2, flag=1)
    made.add(Kind.ENUM64, "wide", 8, [made.string("HUGE"), 1, 2], 1)
    proto = made.add(Kind.FUNC_PROTO, "", 0, [0, i32, 0, alias, 0, u8], 3)
    made.add(Kind.TYPEDEF, "btf_trace_made", made.add(Kind.PTR, "", proto))
    return made


def exercise(types: Btf) -> None:
    """Call everything on every type: each call answers or raises `KymoError`."""
    names = ["outer", "later", "made", "RED", "HUGE"]
    calls: list[Callable[[], object]] = []
    for name in names:
        calls += [partial(types.tracepoint, name), partial(types.enum_value, name)]
        calls += [partial(types.member, name, path) for path in ("deep", "flag", "row[2]", "next.x")]
    methods = (types.kind, types.name, types.size, types.resolve, types.signed, types.describe)
    for type_id in range(types.type_count + 1):
        calls += [partial(method, type_id) for method in (*methods, types.pointee, types.element)]
        calls.append(partial(types.member, type_id, "deep", "x"))
    for call in calls:
        try:
            call()
        except KymoError as error:
            assert error.code in (ErrorCode.NO_BTF, ErrorCode.EVENT_UNSUPPORTED)


def test_all_types_as_bpftool_reads_them(btf: Btf, bpftool: Types) -> None:
    assert btf.type_count == len(bpftool) + 1
    for type_id, item in bpftool.items():
        assert btf.kind(type_id).name == item["kind"]
        assert (btf.name(type_id) or "(anon)") == item["name"]
        if "size" in item:
            assert btf.size(type_id) == item["size"]


def test_find_is_the_first_of_its_kind(btf: Btf, bpftool: Types) -> None:
    wanted = {"task_struct": "STRUCT", "pid_t": "TYPEDEF", "bpf_map_type": "ENUM", "sigval": "UNION"}
    wanted |= {"schedule": "FUNC", "char": "INT"}
    for name, kind in wanted.items():
        first = min(i for i, item in bpftool.items() if item["name"] == name and item["kind"] == kind)
        assert btf.find(name, Kind[kind]) == first
    assert btf.find("task_struct", Kind.UNION) is None
    assert btf.find("no_such_type", Kind.STRUCT) is None


def test_named_members_as_bpftool_reads_them(btf: Btf, bpftool: Types) -> None:
    structs = [i for i, item in bpftool.items() if item["kind"] in ("STRUCT", "UNION") and item["members"]]
    bit_fields = 0
    for type_id in random.Random(7).sample(structs, 1500):
        names = [member["name"] for member in bpftool[type_id]["members"]]
        for member in bpftool[type_id]["members"]:
            if member["name"] == "(anon)" or names.count(member["name"]) > 1:
                continue
            found = btf.member(type_id, member["name"])
            bits = member.get("bitfield_size", 0)
            bit_fields += bool(bits)
            assert 8 * found.offset + found.bit_shift == member["bits_offset"]
            assert found.bit_size == bits <= 8 * found.size
            assert found.type_id == btf.resolve(member["type_id"])
            assert bits or found.size == btf.size(member["type_id"])
    assert bit_fields > 50


def test_members_of_task_struct(btf: Btf, bpftool: Types) -> None:
    pid = btf.member("task_struct", "pid")
    assert (pid.size, pid.signed, pid.kind, pid.bit_size) == (4, True, Kind.INT, 0)
    comm = btf.member("task_struct", "comm")
    assert (comm.kind, comm.size) == (Kind.ARRAY, 16)
    assert btf.member("task_struct", "comm[3]").offset == comm.offset + 3
    nested = btf.member("task_struct", "se.avg.load_avg")
    assert (
        nested.offset
        == btf.member("task_struct", "se").offset + btf.member("sched_entity", "avg.load_avg").offset
    )
    assert btf.member("task_struct", "state_of_old", "__state") == btf.member("task_struct", "__state")
    signal = btf.pointee(btf.member("task_struct", "signal").type_id)
    assert bpftool[signal]["name"] == "signal_struct"
    with pytest.raises(KymoError) as missing:
        btf.member("task_struct", "nonsense", "comm[16]", "pid.x", "se.*")
    assert missing.value.code is ErrorCode.EVENT_UNSUPPORTED
    assert "'struct task_struct' has no member 'nonsense or comm[16]" in missing.value.message
    with pytest.raises(KymoError):
        btf.member("no_such_struct", "x")


def test_tracepoints(btf: Btf, bpftool: Types) -> None:
    switch = btf.tracepoint("sched_switch")
    assert switch is not None
    assert bpftool[switch.typedef_id]["name"] == "btf_trace_sched_switch"
    proto = bpftool[bpftool[bpftool[switch.typedef_id]["type_id"]]["type_id"]]
    assert list(switch.arguments) == [parameter["type_id"] for parameter in proto["params"]][1:]
    assert [btf.describe(btf.pointee(item)) for item in switch.arguments[1:3]] == ["struct task_struct"] * 2
    assert btf.tracepoint("sched_swish") is None


def test_enumerators_as_bpftool_reads_them(btf: Btf, bpftool: Types) -> None:
    first: dict[str, int] = {}
    for item in bpftool.values():
        # bpftool's JSON sign-extends even the values of unsigned enumerations.
        mask = (1 << 8 * item["size"]) - 1 if item.get("encoding") == "UNSIGNED" else -1
        for value in item.get("values", ()):
            first.setdefault(value["name"], value["val"] & mask)
    assert any(value < 0 for value in first.values())
    for name in random.Random(7).sample(sorted(first), 500):
        assert btf.enum_value(name) == first[name]
    assert btf.enum_value("NO_SUCH_ENUMERATOR") is None


def test_made_up_types() -> None:
    types = Btf(sample().image())
    assert types.member("outer", "deep") == Member(8, 4, True, Kind.INT, 1)
    flag = types.member("outer", "flag")
    assert (flag.size, flag.bit_size, 8 * flag.offset + flag.bit_shift) == (1, 3, 64 + 35)
    assert (types.member("outer", "row").size, types.member("outer", "row[5]").offset) == (6, 21)
    assert types.name(types.pointee(9)) == "later" and types.kind(types.pointee(9)) is Kind.STRUCT
    assert (types.enum_value("RED"), types.enum_value("NONE"), types.enum_value("HUGE")) == (
        1,
        -1,
        1 | 2 << 32,
    )
    made = types.tracepoint("made")
    assert made is not None and [types.name(item) for item in made.arguments] == ["alias_t", "u8"]
    exercise(types)


def test_a_modules_types_continue_the_kernels(btf: Btf) -> None:
    task = btf.find("task_struct", Kind.STRUCT)
    assert task is not None
    module = Builder(btf.type_count, btf.string_end)
    pointer = module.add(Kind.PTR, "", task)
    module.structure("own", 16, [("task", pointer, 64)])
    types = Btf(module.image(), btf)
    found = types.member("own", "task")
    assert (found.offset, types.describe(types.pointee(found.type_id))) == (8, "struct task_struct")
    assert types.member("task_struct", "pid") == btf.member("task_struct", "pid")
    assert types.enum_value("BPF_MAP_TYPE_ARRAY") == 2
    assert types.tracepoint("sched_switch") == btf.tracepoint("sched_switch")


@given(st.data())
def test_damaged_types(data: st.DataObject) -> None:
    raw = bytearray(sample().image())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        types = Btf(bytes(raw))
    except KymoError as error:
        assert error.code is ErrorCode.NO_BTF
    else:
        exercise(types)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    raw = sample().image()
    for length in range(len(raw)):
        (tmp_path / "short").write_bytes(raw[:length])
        with pytest.raises(KymoError) as refused:
            Btf.load(tmp_path / "short")
        assert refused.value.code is ErrorCode.NO_BTF


def test_a_type_that_is_cut_short_or_unknown() -> None:
    for kind, count in ((Kind.STRUCT, 3), (Kind.ARRAY, 0), (31, 0)):
        made = Builder()
        made.types += struct.pack("=3I", 0, kind << 24 | count, 4)
        with pytest.raises(KymoError, match="cut short"):
            Btf(made.image())


def test_a_kernel_without_btf(tmp_path: Path) -> None:
    with pytest.raises(KymoError) as missing:
        Btf.load(tmp_path / "vmlinux")
    assert missing.value.code is ErrorCode.NO_BTF and "CONFIG_DEBUG_INFO_BTF" in missing.value.hint
