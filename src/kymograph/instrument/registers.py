# SPDX-License-Identifier: MIT
"""Where a system call's number and arguments are in `pt_regs`, by the kernel's types."""

from __future__ import annotations

import platform
from collections.abc import Callable

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

    def emit_number(self, tracepoint: str) -> Callable[[Assembler], None]:
        """Return what puts the number of a call made by a 64-bit program into R1, at `sys_enter` or
        `sys_exit`.

        A 32-bit program's numbers are other calls: they get a number that no call has. R6 is the context.
        """

        def emit(a: Assembler) -> None:
            a.call(Helper.GET_CURRENT_TASK_BTF)
            a.load(4, R0, R0, self._status)
            a.mov(R1, -1)
            a.jump_if(Jump.SET, R0, _TS_COMPAT, "compat")
            if tracepoint == "sys_enter":
                a.load(8, R1, R6, 8)
            else:
                a.load(8, R1, R6, 0)
                a.load(8, R1, R1, self._number)
            a.label("compat")

        return emit
