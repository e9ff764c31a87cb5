# SPDX-License-Identifier: MIT
"""Flushing: closes the packet that each CPU is writing, on that CPU."""

from __future__ import annotations

import errno

from kymograph.ring import layout as at
from kymograph.ring.layout import RingLayout
from kymograph.ring.memory import Control
from kymograph.sys import bpf


def flush(layout: RingLayout, flusher: int) -> None:
    """Close each CPU's open packet; that of a CPU which is offline, from here."""
    for cpu in range(layout.cpus):
        argument = cpu.to_bytes(8, "little")
        try:
            bpf.program_test_run(flusher, argument, cpu)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            bpf.program_test_run(flusher, argument)


def deactivate(layout: RingLayout, control: Control) -> None:
    """Record no more, and wait for writers under way: after that the ring is at rest."""
    for cpu in range(layout.cpus):
        control.store(cpu, at.ACTIVE, 0)
    bpf.wait_for_programs()
