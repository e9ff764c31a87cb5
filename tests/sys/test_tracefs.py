# SPDX-License-Identifier: MIT
"""tracefs: every format of this kernel and a selection of Linux 6.1's, and the errors."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.sys import tracefs
from kymograph.sys.tracefs import FormatField, Tracefs, parse_format

FORMATS = Path(__file__).parent / "formats"
HEAD = "name: made_up\nID: 7\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"


def field(declaration: str, size: int = 4, signed: int = 0) -> FormatField:
    line = f"\tfield:{declaration};\toffset:8;\tsize:{size};\tsigned:{signed};\n"
    return parse_format(HEAD + line + '\nprint fmt: "x"\n', "made").fields[0]


def test_sched_switch() -> None:
    switch = tracefs.find().format("sched", "sched_switch")
    assert (switch.name, switch.subsystem) == ("sched_switch", "sched")
    by_name = {item.name: item for item in switch.fields}
    assert list(by_name) == [
        *("prev_comm", "prev_pid", "prev_prio", "prev_state"),
        *("next_comm", "next_pid", "next_prio"),
    ]
    assert (by_name["prev_comm"].ctype, by_name["prev_comm"].array_length) == ("char", 16)
    pid = by_name["prev_pid"]
    assert (pid.ctype, pid.size, pid.signed, pid.offset % 4) == ("pid_t", 4, True, 0)


def test_every_format_of_this_kernel() -> None:
    mounted = tracefs.find()
    events = mounted.events()
    assert ("sched", "sched_switch") in events and len(events) > 500
    assert len(set(events)) == len(events)
    for subsystem, event in events:
        text = (mounted.root / "events" / subsystem / event / "format").read_text()
        common, _, own = text.partition("\n\n")
        form = mounted.format(subsystem, event)
        assert (form.name, form.subsystem) == (event, subsystem)
        assert int((mounted.root / "events" / subsystem / event / "id").read_text()) == form.id
        assert len(form.fields) == own.count("\tfield:") == text.count("\tfield:") - common.count("\tfield:")
        for item in form.fields:
            assert re.fullmatch(r"\w+", item.name)
            assert f"offset:{item.offset};\tsize:{item.size};" in own
            assert item.dynamic is None or item.size == 4
            assert not item.array_length or item.size % item.array_length == 0


@pytest.mark.parametrize("path", sorted(FORMATS.glob("*.format")), ids=lambda path: path.stem)
def test_formats_of_linux_6_1(path: Path) -> None:
    subsystem, _, event = path.stem.partition(".")
    form = parse_format(path.read_text(), subsystem)
    assert form.name == event
    assert len(form.fields) == path.read_text().count("\tfield:") - 4


@pytest.mark.parametrize(
    ("declaration", "size", "expected"),
    [
        ("int error", 4, ("error", "int", None, None)),
        ("const char * msg", 8, ("msg", "const char *", None, None)),
        ("const void* ip", 8, ("ip", "const void*", None, None)),
        ("const void *const rule_attr", 8, ("rule_attr", "const void *const", None, None)),
        ("void __seg_gs * ptr", 8, ("ptr", "void __seg_gs *", None, None)),
        ("struct robust_list_head * * head", 8, ("head", "struct robust_list_head * *", None, None)),
        ("__u8 saddr[28]", 28, ("saddr", "__u8", 28, None)),
        ("u16 grid[2][3]", 12, ("grid", "u16", 6, None)),
        ("u32 buf[]", 0, ("buf", "u32", 0, None)),
        ("char comm[TASK_COMM_LEN]", 16, ("comm", "char", 16, None)),
        ("unsigned long a[MAX + (1 << 2)]", 64, ("a", "unsigned long", 8, None)),
        ("__u8 saddr[sizeof(struct sockaddr_in6)]", 28, ("saddr", "__u8", 28, None)),
        ("__data_loc char[] name", 4, ("name", "char", None, "data_loc")),
        ("__rel_loc unsigned char[] line", 4, ("line", "unsigned char", None, "rel_loc")),
        ("__data_loc cpumask_t cpumask", 4, ("cpumask", "cpumask_t", None, "data_loc")),
        ("int (*call)(int a, void * b)", 8, ("b", "int (*call)(int a, void * b)", None, None)),
    ],
)
def test_declarations(declaration: str, size: int, expected: tuple[object, ...]) -> None:
    item = field(declaration, size)
    assert (item.name, item.ctype, item.array_length, item.dynamic) == expected
    assert (item.offset, item.size) == (8, size)


def test_sizes_of_elements() -> None:
    sizes = {
        "char": 1,
        "u16": 2,
        "unsigned int": 4,
        "u64": 8,
        "unsigned long": 8,
        "const u64": 8,
        "void *": 8,
    }
    assert {ctype: tracefs.size_of(ctype) for ctype in sizes} == sizes
    assert tracefs.size_of("struct page") is None


def test_an_event_without_fields() -> None:
    assert parse_format(HEAD + '\nprint fmt: "x"\n', "made").fields == ()


@given(st.text() | st.text().map(lambda text: HEAD + text))
def test_any_text_is_a_format_or_refused(text: str) -> None:
    try:
        assert parse_format(text, "made").id == 7
    except KymoError as error:
        assert error.code is ErrorCode.EVENT_UNSUPPORTED


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(KymoError) as missing:
        tracefs.find().format("sched", "sched_swish")
    assert missing.value.code is ErrorCode.NO_EVENT and "sched:sched_swish" in missing.value.message
    with pytest.raises(KymoError) as no_tracefs:
        Tracefs(tmp_path).events()
    assert no_tracefs.value.code is ErrorCode.NO_TRACEFS and "mount" in no_tracefs.value.hint
    assert Tracefs(tmp_path).dynamic_events() == frozenset()


def test_dynamic_events(tmp_path: Path) -> None:
    listed = (
        "p:kprobes/mine do_sys_openat2\nr16:kretprobes/back f\np:g/u /bin/true:0x40\ns:made int a\nu:own\n"
    )
    (tmp_path / "dynamic_events").write_text(listed)
    assert Tracefs(tmp_path).dynamic_events() == {
        *(("kprobes", "mine"), ("kretprobes", "back"), ("g", "u")),
        *(("synthetic", "made"), ("user_events", "own")),
    }


def in_mount_namespace(prepare: str, code: str) -> str:
    """Run Python `code` in a mount namespace of its own, after the shell commands `prepare`."""
    script = f'{prepare}; exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


UNMOUNT = "umount -l /sys/kernel/debug 2>/dev/null; umount -l /sys/kernel/tracing 2>/dev/null"


def test_root_mounts_it() -> None:
    code = "from kymograph.sys import tracefs; t = tracefs.find(); print(t.root, len(t.events()) > 500)"
    assert in_mount_namespace(UNMOUNT, code) == "/sys/kernel/tracing True\n"


FIND_CODE = """
import os
from kymograph.base.errors import KymoError
from kymograph.sys import tracefs
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    tracefs.find()
except KymoError as error:
    print(error.code.value, error.hint)
"""


def test_others_are_told_what_to_do() -> None:
    assert in_mount_namespace(UNMOUNT, FIND_CODE).startswith("no-tracefs as root: mount -t tracefs")
    assert in_mount_namespace("true", FIND_CODE).startswith("no-permission trace the kernel as root")
