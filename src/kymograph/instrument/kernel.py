# SPDX-License-Identifier: MIT
"""What this kernel can show: its events by LTTng's names, each with the best way to record it."""

from __future__ import annotations

from functools import cached_property

from kymograph.instrument.calls import CallSources
from kymograph.instrument.records import record_source
from kymograph.instrument.registers import Registers
from kymograph.instrument.source import Source, SystemCall, TypedTracepoint
from kymograph.instrument.syscalls import Syscalls
from kymograph.instrument.tracepoints import Tracepoint, Tracepoints
from kymograph.instrument.typed import TypedEvents
from kymograph.instrument.values import Value
from kymograph.model.session import EventRule, RuleKind
from kymograph.sys import tracefs
from kymograph.sys.btf import Btf
from kymograph.sys.cpus import present_cpus


class Kernel:
    """The running kernel; everything is looked up when first asked for and kept."""

    def __init__(self) -> None:
        self.cpus = present_cpus()

    @cached_property
    def btf(self) -> Btf:
        """The kernel's types. Raise `NO_BTF`."""
        return Btf.load()

    @cached_property
    def tracefs(self) -> tracefs.Tracefs:
        """The kernel's tracing files. Raise `NO_TRACEFS`."""
        return tracefs.find()

    @cached_property
    def registers(self) -> Registers:
        """Where system calls' arguments are."""
        return Registers(self.btf)

    @cached_property
    def _typed(self) -> TypedEvents:
        return TypedEvents(self.btf)

    @cached_property
    def _tracepoints(self) -> Tracepoints:
        return Tracepoints.of(self.tracefs)

    @cached_property
    def _syscalls(self) -> Syscalls:
        return Syscalls()

    @cached_property
    def _calls(self) -> CallSources:
        return CallSources(self.btf, self.registers)

    def call_shapes(self, tracepoint: TypedTracepoint) -> list[tuple[Value, ...]]:
        """List the different value lists that this kernel's system calls have at a tracepoint."""
        sources = self.find(EventRule(RuleKind.SYSCALL, "*"))
        at = [
            s.values
            for s in sources
            if isinstance(s.attachment, SystemCall) and s.attachment.tracepoint == tracepoint
        ]
        return list(dict.fromkeys(at))

    def names(self, kind: RuleKind) -> list[str]:
        """List what event rules of `kind` can name."""
        if kind is RuleKind.SYSCALL:
            return list(self._syscalls.names)
        return [event.name for event in self._tracepoints]

    def find(self, rule: EventRule) -> list[Source]:
        """Return the records that `rule` names; a system call has two. Raise `NO_EVENT` with near matches."""
        if rule.kind is RuleKind.TRACEPOINT:
            return [self._tracepoint(event) for event in self._tracepoints.match(rule.pattern)]
        return [source for call in self._syscalls.match(rule.pattern) for source in self._calls.of(call)]

    def _tracepoint(self, event: Tracepoint) -> Source:
        typed = self._typed.source(event.name, event.event)
        return typed or record_source(event, self.tracefs.format(event.subsystem, event.event))
