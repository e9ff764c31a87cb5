# SPDX-License-Identifier: MIT
"""What this kernel can show: its events by LTTng's names, each with the best way to record it."""

from __future__ import annotations

from functools import cached_property

from kymograph.instrument.registers import Registers
from kymograph.instrument.source import Source
from kymograph.instrument.typed import TypedEvents
from kymograph.model.session import EventRule
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
    def typed(self) -> TypedEvents:
        """Events with typed arguments."""
        return TypedEvents(self.btf)

    @cached_property
    def registers(self) -> Registers:
        """Where system calls' arguments are."""
        return Registers(self.btf)

    def find(self, rule: EventRule) -> list[Source]:
        """Return what `rule` names."""
        source = self.typed.source(rule.pattern, rule.pattern.replace("irq_softirq", "softirq"))
        return [source] if source else []
