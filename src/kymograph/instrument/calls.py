# SPDX-License-Identifier: MIT
"""System calls as sources: their arguments from the registers, at entry and at exit."""

from __future__ import annotations

from functools import cached_property

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.registers import Registers
from kymograph.instrument.source import Source, SystemCall, TypedTracepoint
from kymograph.instrument.syscalls import Syscall, SyscallField
from kymograph.instrument.values import Argument, Register, UserString, Value
from kymograph.model.fields import Enumeration, Integer
from kymograph.sys.btf import Btf

_RETURNED = 1
"""The argument of `sys_exit` that is what the call returned."""


class CallSources:
    """Makes sources of this kernel's system calls."""

    def __init__(self, btf: Btf, registers: Registers) -> None:
        self._btf = btf
        self._registers = registers

    @cached_property
    def _entry(self) -> TypedTracepoint:
        return self._tracepoint("sys_enter")

    @cached_property
    def _exit(self) -> TypedTracepoint:
        return self._tracepoint("sys_exit")

    def _tracepoint(self, name: str) -> TypedTracepoint:
        prototype = self._btf.tracepoint(name)
        if not prototype:
            raise KymoError(
                ErrorCode.EVENT_UNSUPPORTED,
                f"this kernel has no tracepoint '{name}'",
                "system calls need a kernel built with CONFIG_HAVE_SYSCALL_TRACEPOINTS=y",
            )
        return TypedTracepoint(name, prototype.typedef_id)

    def of(self, call: Syscall) -> list[Source]:
        """Return a call's entry and exit."""
        return [
            Source(
                call.entry_schema(),
                tuple(self._value(item) for item in call.entry),
                SystemCall(self._entry, call.number),
            ),
            Source(
                call.exit_schema(),
                tuple(self._value(item) for item in call.exit),
                SystemCall(self._exit, call.number),
            ),
        ]

    def _value(self, item: SyscallField) -> Value:
        if item.source == "ret":
            return Argument(_RETURNED, 8)
        place = self._registers.arguments[item.argument]
        kind = item.field.type
        if isinstance(kind, (Integer, Enumeration)):
            return Register(place, kind.size)
        return UserString(place)
