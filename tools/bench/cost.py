# SPDX-License-Identifier: MIT
"""What tracing adds to a system call: `getppid()` with entry and exit recorded, beside its peers, in one run.

Every round measures every tracer once, so that a machine whose speed drifts treats them alike; figures are
medians.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from common import CPU, getppid, kymo, load_command, require, session, table

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Helper, Reg
from kymograph.bpf.loader import ProgramCode, load
from kymograph.sys import bpf

BAR_FTRACE, BAR_PERF = 0.75, 0.25


def nothing() -> float:
    """No tracer."""
    return getppid()


def empty_programs() -> float:
    """A BPF program that returns at once, at entry and at exit."""
    return with_programs(lambda _: None)


def clock_programs() -> float:
    """A BPF program that reads the clock and returns: nothing that stamps time in BPF can cost less."""
    return with_programs(lambda a: a.call(Helper.KTIME_GET_NS))


def with_programs(body: Callable[[Assembler], None]) -> float:
    """Measure with a program at entry and at exit that does `body`."""
    a = Assembler()
    body(a)
    a.mov(Reg.R0, 0)
    a.exit()
    program = load(ProgramCode(bpf.ProgramType.RAW_TRACEPOINT, "bench", a.assemble()))
    links = [bpf.raw_tracepoint_open(program, name) for name in ("sys_enter", "sys_exit")]
    try:
        return getppid()
    finally:
        for descriptor in (*links, program):
            os.close(descriptor)


def kymograph() -> float:
    """A session with default buffers, its consumer at work."""
    with session("--syscall", "getppid") as name:
        kymo("start", name)
        return getppid()


def ftrace() -> float:
    """The kernel's own ring, overwriting, with nobody reading it and its own clock: a tracefs instance."""
    with ftrace_instance("local"):
        return getppid()


def ftrace_monotonic() -> float:
    """The same with the clock that LTTng and we record: CLOCK_MONOTONIC."""
    with ftrace_instance("mono"):
        return getppid()


@contextlib.contextmanager
def ftrace_instance(clock: str) -> Iterator[None]:
    """Record system calls into a tracefs instance; remove it at the end."""
    instance = Path("/sys/kernel/tracing/instances/kymo-bench")
    instance.mkdir()
    try:
        (instance / "trace_clock").write_text(clock)
        (instance / "events/raw_syscalls/enable").write_text("1")
        yield
    finally:
        (instance / "events/enable").write_text("0")
        instance.rmdir()


def perf_record() -> float:
    """`perf record` of the same two tracepoints on all CPUs."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.run(
            [
                *("perf", "record", "-q", "-m", "8M", "-a"),
                *("-e", "raw_syscalls:sys_enter,raw_syscalls:sys_exit"),
                *("-o", f"{folder}/perf.data", "--", *load_command()),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    return float(process.stdout.split()[0])


def main() -> int:
    """Print the table; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    require("perf", "gcc")
    cases: dict[str, Callable[[], float]] = {
        "nothing": nothing,
        "two empty BPF programs": empty_programs,
        "two BPF programs that read the clock": clock_programs,
        "kymograph, recorded and consumed": kymograph,
        "ftrace ring, no reader": ftrace,
        "ftrace ring, no reader, monotonic clock": ftrace_monotonic,
        "perf record": perf_record,
    }
    rounds = [{name: case() for name, case in cases.items()} for _ in range(options.rounds)]
    medians = {name: statistics.median(r[name] for r in rounds) for name in cases}
    base = medians["nothing"]
    added = {name: value - base for name, value in medians.items()}
    ours = added["kymograph, recorded and consumed"]
    rows = [
        [
            name,
            f"{medians[name]:.0f}",
            f"{added[name]:.0f}",
            f"{ours / added[name]:.2f}" if added[name] > 0 else "",
        ]
        for name in cases
    ]
    print(f"getppid() on CPU {CPU}, entry and exit recorded, {options.rounds} rounds, medians, nanoseconds")
    table(["tracer", "a call", "added", "ours / it"], rows)
    against = {"ftrace ring, no reader": BAR_FTRACE, "perf record": BAR_PERF}
    missed = [name for name, bar in against.items() if ours / added[name] > bar]
    for name, bar in against.items():
        print(f"bar: at most {bar} x {name}: {'missed' if name in missed else 'met'}")
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
