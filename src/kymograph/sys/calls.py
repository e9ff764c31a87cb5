# SPDX-License-Identifier: MIT
"""The choke point: every raw system call of the project goes through `syscall`.

A test replaces `syscall` here to see what would be asked of the kernel, or to answer as a kernel would.
"""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Union

NUMBERS = {
    "x86_64": {"bpf": 321, "perf_event_open": 298},
    "aarch64": {"bpf": 280, "perf_event_open": 241},
    "riscv64": {"bpf": 280, "perf_event_open": 241},
}
"""By machine; from arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h."""

Argument = Union[int, ctypes.Array[ctypes.c_char]]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def syscall(name: str, *arguments: Argument) -> int:
    """Make system call `name`; integers go as 64-bit values, buffers by address. Raise `OSError`."""
    number = NUMBERS.get(platform.machine(), NUMBERS["x86_64"])[name]
    converted = [ctypes.c_long(a) if isinstance(a, int) else ctypes.byref(a) for a in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *converted))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result
