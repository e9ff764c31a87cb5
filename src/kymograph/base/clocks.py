# SPDX-License-Identifier: MIT
"""The clocks of a trace: the kernel's monotonic clock, and how far it is from the Epoch."""

from __future__ import annotations

import time
from pathlib import Path


def monotonic_offset_ns() -> int:
    """Return nanoseconds from the Epoch to the monotonic clock's zero: `realtime - monotonic`.

    Reads monotonic, realtime, monotonic several times and keeps the narrowest pair, as LTTng does
    (lttng-modules `measure_clock_offset`), since an interruption between the two reads would shift
    every wall-clock time of the trace.
    """
    best_width, best = 1 << 63, 0
    for _ in range(10):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if after - before < best_width:
            best_width, best = after - before, real - (before + after) // 2
    return best


def boot_id() -> str:
    """Return this boot's UUID text: two traces of one boot share their monotonic clock."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
