# SPDX-License-Identifier: MIT
"""System calls: numbers as this kernel counts, arguments as it declares them, names and fields as LTTng's."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.syscalls import Syscall, SyscallField, Syscalls
from kymograph.model.fields import Enumeration, Field, Integer, String
from kymograph.sys import tracefs

S32, S64, U64, ADDRESS = Integer(32, True), Integer(64, True), Integer(64), Integer(64, base=16)
RET = SyscallField(Field("ret", S64), "ret")

HARMLESS = (
    *("getpid", "openat", "newstat", "newfstatat", "newuname", "sendfile64", "umount", "mq_open", "statx"),
    *("openat2", "faccessat2", "epoll_pwait2", "mount_setattr", "quotactl_fd", "process_mrelease"),
    *("set_mempolicy_home_node", "cachestat", "fchmodat2", "statmount", "listmount", "lsm_list_modules"),
    *("setxattrat", "getxattrat", "listxattrat", "removexattrat", "open_tree_attr", "file_getattr"),
    *("file_setattr", "getppid"),
)
"""Calls that do nothing when each of their arguments is -1."""


@pytest.fixture(scope="module")
def calls() -> Syscalls:
    return Syscalls()


@pytest.fixture
def traced() -> Iterator[Path]:
    """A tracefs instance that records the entry of every system call."""
    instance = tracefs.find().root / "instances" / f"kymo-test-{os.getpid()}"
    instance.mkdir()
    switch = instance / "events" / "syscalls" / "enable"
    try:
        switch.write_text("1")
        yield instance
    finally:
        switch.write_text("0")
        instance.rmdir()


def kernels_arguments(call: Syscall) -> list[str] | None:
    """Name the arguments of a call as this kernel does, or return None when it does not have the call."""
    try:
        layout = tracefs.find().format("syscalls", f"sys_enter_{call.name}")
    except KymoError:
        return None
    return [field.name for field in layout.fields if field.name != "__syscall_nr"]


def test_numbers_are_this_kernels(calls: Syscalls, traced: Path) -> None:
    wanted = [call for call in map(calls.find, HARMLESS) if kernels_arguments(call) is not None]
    assert len(wanted) > 10
    libc = ctypes.CDLL(None)
    minus = [ctypes.c_long(-1)] * 6
    child = os.fork()
    if not child:
        for call in wanted:
            libc.syscall(ctypes.c_long(call.number), *minus)
        os._exit(0)
    os.waitpid(child, 0)
    (traced / "events" / "syscalls" / "enable").write_text("0")
    made = re.findall(rf"-{child}\s.*?: sys_(\w+)\(", (traced / "trace").read_text())
    # The interpreter may make calls of its own between ours.
    rest = iter(made)
    assert [call.name for call in wanted if call.name not in rest] == []


def test_every_call_of_this_kernel_is_known(calls: Syscalls) -> None:
    events = {event for subsystem, event in tracefs.find().events() if subsystem == "syscalls"}
    here = {event.removeprefix("sys_enter_") for event in events if event.startswith("sys_enter_")}
    assert len(here) > 250 and here <= set(calls.names)


def test_arguments_are_those_of_the_kernels_declaration(calls: Syscalls) -> None:
    compared = 0
    for call in calls:
        declared = kernels_arguments(call)
        for item in (*call.entry, *call.exit):
            assert item.source == "ret" or declared is None or item.argument < len(declared)
            if declared and item.source != "ret" and item.field.name in declared:
                assert declared[item.argument] == item.field.name, call.name
                compared += 1
    assert compared > 600


def test_numbers_and_order(calls: Syscalls) -> None:
    numbers = [call.number for call in calls]
    assert numbers == sorted(set(numbers)) and len(numbers) == len(calls)
    arm = Syscalls("aarch64")
    assert (arm.find("openat").number, arm.find("mmap").number, arm.find("statx").number) == (56, 222, 291)
    x86 = Syscalls("x86_64")
    assert x86.names[:5] == ("read", "write", "open", "close", "newstat")
    assert x86.find("file_setattr").number == arm.find("file_setattr").number == 469


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_call_has_well_formed_records(machine: str) -> None:
    for call in Syscalls(machine):
        for record in (call.entry, call.exit):
            names = [item.field.name for item in record]
            assert len(set(names)) == len(names)
            assert all(0 <= item.argument <= 5 for item in record)
        assert call.exit[0].source == "ret" and call.exit[0].field.name == "ret"
        assert all(item.source != "ret" for item in (*call.entry, *call.exit[1:]))
        assert call.entry_schema().name == f"syscall_entry_{call.name}"


def test_fields_as_lttng_has_them() -> None:
    calls = Syscalls("x86_64")
    openat = calls.find("openat")
    assert openat.entry == (
        SyscallField(Field("dfd", S32), "argument", 0),
        SyscallField(Field("filename", String()), "user_string", 1),
        SyscallField(Field("flags", S32), "argument", 2),
        SyscallField(Field("mode", Integer(16)), "argument", 3),
    )
    assert openat.exit == (RET,)
    assert [field.name for field in openat.entry_schema().fields] == ["dfd", "filename", "flags", "mode"]
    read = calls.find("read")
    assert [(item.field.name, item.argument) for item in read.entry] == [("fd", 0), ("count", 2)]
    assert read.exit == (RET, SyscallField(Field("buf", U64), "argument", 1))
    mmap = calls.find("mmap")
    assert mmap.entry[5] == SyscallField(Field("offset", S64), "argument", 5)
    assert mmap.exit == (SyscallField(Field("ret", ADDRESS), "ret"),)
    assert calls.find("getpid").entry == ()
    operation = calls.find("epoll_ctl").entry[1]
    labels = (("EPOLL_CTL_ADD", 1, 1), ("EPOLL_CTL_DEL", 2, 2), ("EPOLL_CTL_MOD", 3, 3))
    assert operation == SyscallField(Field("op_enum", Enumeration(S32, labels)), "argument", 1)
    assert calls.find("pipe2").exit == (RET, SyscallField(Field("fildes", ADDRESS), "argument", 0))


def test_arm64_passes_clones_arguments_in_another_order() -> None:
    arguments = [item.argument for item in Syscalls("aarch64").find("clone").entry]
    assert arguments == [0, 1, 2, 4]
    assert [item.argument for item in Syscalls("x86_64").find("clone").entry] == [0, 1, 2, 3]


def test_users_names_and_globs(calls: Syscalls) -> None:
    assert calls.find("fstat") == calls.find("newfstat")
    assert calls.find("newuname").alias == "uname"
    assert [call.name for call in calls.match("*_module")] == ["init_module", "delete_module", "finit_module"]
    assert [call.name for call in calls.match("uname")] == ["newuname"]
    assert len(calls.match("*")) == len(calls) and calls.match("nothing*") == ()


def test_unknown_calls_and_machines(calls: Syscalls) -> None:
    with pytest.raises(KymoError) as unknown:
        calls.match("opennat")
    assert unknown.value.code is ErrorCode.NO_EVENT and "did you mean openat" in unknown.value.hint
    with pytest.raises(KymoError) as machine:
        Syscalls("pdp11")
    assert machine.value.code is ErrorCode.EVENT_UNSUPPORTED
