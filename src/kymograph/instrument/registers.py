# SPDX-License-Identifier: MIT
"""Where a system call's number and arguments are in `pt_regs`, by the kernel's types."""

from __future__ import annotations

import platform

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Helper, Jump, Reg
from kymograph.sys.btf import Btf

R0, R1, R6 = Reg.R0, Reg.R1, Reg.R6

_ARGUMENTS = {
    "x86_64": ("di", "si", "dx", "r10", "r8", "r9"),
}
_TS_COMPAT = 0x2
"""arch/x86/include/asm/thread_info.h: the system call was made through the 32-bit interface."""


class Registers:
    """`pt_regs` of this machine."""

    def __init__(self, btf: Btf) -> None:
        names = _ARGUMENTS.get(platform.machine())
        if not names:
            raise KymoError(
                ErrorCode.EVENT_UNSUPPORTED,
                f"system calls of {platform.machine()} processors are not known yet",
                "record tracepoints instead",
            )
        self.arguments = tuple(btf.member("pt_regs", name).offset for name in names)
        self._number = btf.member("pt_regs", "orig_ax").offset
        self._status = btf.member("task_struct", "thread_info.status").offset

    def load_number(self, a: Assembler, tracepoint: str) -> None:
        """R1 = the number of the call at `sys_enter` or `sys_exit`; R6 is the context."""
        if tracepoint == "sys_enter":
            a.load(8, R1, R6, 8)
        else:
            a.load(8, R1, R6, 0)
            a.load(8, R1, R1, self._number)

    def leave_if_compat(self, a: Assembler, label: str) -> None:
        """Go to `label` in a call made through the 32-bit interface: its numbers are other calls."""
        a.call(Helper.GET_CURRENT_TASK_BTF)
        a.load(4, R0, R0, self._status)
        a.jump_if(Jump.SET, R0, _TS_COMPAT, label)
