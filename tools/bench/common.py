# SPDX-License-Identifier: MIT
"""What the benches share: a private daemon, the load, tables."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support import load  # noqa: E402 - the path above is needed first

CPU = max(os.sched_getaffinity(0))
CALLS = 1_000_000

_folder = Path(tempfile.mkdtemp(prefix="kymo-bench-"))
_environment = {
    **os.environ,
    "KYMO_RUNDIR": str(_folder / "run"),
    "LTTNG_HOME": str(_folder),
    "HOME": str(_folder),
}


def require(*programs: str) -> None:
    """Say which peers are missing and stop, rather than leave them out of a table."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise SystemExit(f"bench: install {', '.join(missing)} first (make bench does)")


def kymo(*words: str) -> float:
    """Run a command of ours; return its wall time in milliseconds."""
    begin = time.perf_counter()
    result = subprocess.run(
        [Path(sys.executable).with_name("kymo"), *words],
        env=_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(f"kymo {' '.join(words)}: {result.stderr or result.stdout}")
    return (time.perf_counter() - begin) * 1000


@contextlib.contextmanager
def session(*event: str, channel: Sequence[str] = ()) -> Iterator[str]:
    """A session that records an event; destroyed, and its trace removed, at the end."""
    output = _folder / "trace"
    kymo("create", "bench", "--output", str(output))
    try:
        if channel:
            kymo("enable-channel", "-k", "channel0", *channel)
        kymo("enable-event", "-k", *event)
        yield "bench"
    finally:
        kymo("destroy", "bench")
        shutil.rmtree(output)


def trace_path() -> Path:
    """Where `session` writes."""
    return _folder / "trace"


def load_command(calls: int = CALLS) -> list[str]:
    """The load as a command: `getppid()` on the last CPU."""
    return [str(load.program()), str(CPU), str(calls), "getppid"]


def getppid(calls: int = CALLS) -> float:
    """Return the nanoseconds of one `getppid()`."""
    return float(subprocess.run(load_command(calls), check=True, capture_output=True, text=True).stdout)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the first to the left."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(f"{x:<{w}}" if i == 0 else f"{x:>{w}}" for i, (x, w) in enumerate(zip(line, widths))))


@atexit.register
def _stop_daemon() -> None:
    pid = _folder / "run" / "sessiond.pid"
    if pid.exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), 15)
    shutil.rmtree(_folder, ignore_errors=True)
