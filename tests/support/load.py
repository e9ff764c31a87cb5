# SPDX-License-Identifier: MIT
"""The load that tests and benches put on the machine: system calls in known numbers."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

CALL = "sched_get_priority_max"


@functools.lru_cache(maxsize=1)
def program() -> Path:
    """Compile the load once a process."""
    folder = Path(tempfile.mkdtemp(prefix="kymo-load-"))
    source = Path(__file__).with_name("load.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-o", folder / "load", source], check=True)
    return folder / "load"


def start(calls: int, *words: str) -> list[subprocess.Popen[str]]:
    """Begin `calls` calls on each CPU that is online."""
    return [
        subprocess.Popen([program(), str(cpu), str(calls), *words], stdout=subprocess.PIPE, text=True)
        for cpu in sorted(os.sched_getaffinity(0))
    ]


def finish(processes: list[subprocess.Popen[str]]) -> list[float]:
    """Wait for them; return the nanoseconds a call took on each."""
    outputs = [process.communicate()[0] for process in processes]
    assert all(process.returncode == 0 for process in processes)
    return [float(text) for text in outputs]
