# SPDX-License-Identifier: MIT
"""How many CPUs there can be."""

from __future__ import annotations

from pathlib import Path


def present_cpus() -> int:
    """Return one more than the highest number of a CPU that is present, online or not.

    Source: the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu, `present`: `0-3,6`.
    """
    text = Path("/sys/devices/system/cpu/present").read_text().strip()
    return int(text.replace("-", ",").rsplit(",", 1)[-1]) + 1
