# SPDX-License-Identifier: MIT
"""Makes `catalogue/syscall-numbers.json`: each system call's number on each machine, and its users' name.

    python tools/catalogue/syscall_numbers.py

Numbers come from the headers of Debian's linux-libc-dev (a gcc for a 64-bit machine is needed to read the
generic ones, which are arm64's); `LATER` has the calls that are newer than these headers, up to Linux 6.18.
A line is `kernel's function: {machine: number, …}`, with `"alias"` where users know the call by another name
(`newstat`: `stat`).
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from cpp import write_table

OUTPUT = Path("src/kymograph/instrument/catalogue/syscall-numbers.json")
X86_64 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")

FUNCTIONS = {
    "_sysctl": "sysctl",
    "fstat": "newfstat",
    "lstat": "newlstat",
    "sendfile": "sendfile64",
    "stat": "newstat",
    "umount2": "umount",
    "uname": "newuname",
}
"""Functions of x86-64 that are not called as the call: arch/x86/entry/syscalls/syscall_64.tbl."""

NONE = frozenset(
    (
        *("create_module", "get_kernel_syms", "query_module", "nfsservctl", "getpmsg", "putpmsg"),
        *("afs_syscall", "tuxcall", "security", "vserver", "epoll_ctl_old", "epoll_wait_old", "uselib"),
        *("set_thread_area", "get_thread_area"),
    )
)
"""Numbers of x86-64 that lead nowhere: sys_ni_syscall."""

LATER = {
    "cachestat": 451,
    "fchmodat2": 452,
    "map_shadow_stack": 453,
    "futex_wake": 454,
    "futex_wait": 455,
    "futex_requeue": 456,
    "statmount": 457,
    "listmount": 458,
    "lsm_get_self_attr": 459,
    "lsm_set_self_attr": 460,
    "lsm_list_modules": 461,
    "mseal": 462,
    "setxattrat": 463,
    "getxattrat": 464,
    "listxattrat": 465,
    "removexattrat": 466,
    "open_tree_attr": 467,
    "file_getattr": 468,
    "file_setattr": 469,
}
"""The same on all machines, as all calls since 424: scripts/syscall.tbl and syscall_64.tbl of Linux 6.18."""

LATER_X86_64 = {"uretprobe": 335, "uprobe": 336}

ARM64 = """
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#define __SYSCALL(number, function) ROW number function
#include <asm-generic/unistd.h>
"""
"""What arch/arm64/include/uapi/asm/unistd.h defines before it includes the generic numbers."""


def x86_64() -> dict[str, tuple[int, str]]:
    """Return function → number and users' name."""
    calls = re.findall(r"#define __NR_(\w+) (\d+)", X86_64.read_text())
    return {FUNCTIONS.get(name, name): (int(number), name) for name, number in calls if name not in NONE}


def aarch64() -> dict[str, tuple[int, str]]:
    """Return function → number and users' name."""
    definitions = preprocess(["-dM"])
    values = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", definitions))
    for name, other in re.findall(r"#define __NR_(\w+) __NR3264_(\w+)", definitions):
        values[name] = values[other]
    names = {int(number): name for name, number in values.items()}
    rows = re.findall(r"ROW (\d+) sys_(\w+)", preprocess([]))
    return {
        function: (int(number), names[int(number)]) for number, function in rows if function != "ni_syscall"
    }


def preprocess(options: list[str]) -> str:
    """Run the generic header through C's preprocessor."""
    command = ["gcc", "-E", "-P", *options, "-"]
    return subprocess.run(command, input=ARM64, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Join the machines' calls and write them in the order of x86-64's numbers."""
    table: dict[str, dict[str, int | str]] = {}
    for machine, calls in (("x86_64", x86_64()), ("aarch64", aarch64())):
        for function, (number, name) in sorted(calls.items(), key=lambda call: call[1][0]):
            line = table.setdefault(function, {})
            line[machine] = number
            if name != function:
                line["alias"] = name
    for name, number in LATER_X86_64.items():
        table[name] = {"x86_64": number}
    for name, number in LATER.items():
        table[name] = {"x86_64": number, "aarch64": number}
    write_table(OUTPUT, table)
    print(f"{OUTPUT}: {len(table)} calls")


main()
