# SPDX-License-Identifier: MIT
"""What recording a system call costs in instructions, beside LTTng's own modules.

It runs in the guest, on one CPU whose clock counts instructions:
`ICOUNT=1 tools/guest -t 900 -- python tools/bench/instructions.py`.

A figure includes all that happens on that CPU, so both tracers' consumers are inside.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
from collections.abc import Callable, Iterator

from common import getppid, kymo, require, session, table

CALLS, RUNS = 5000, 5
BAR = 300
BUFFERS = ("--subbuf-size=4M", "--num-subbuf=8")


def instructions() -> float:
    """Return the instructions of one `getppid()`: a guest nanosecond is one."""
    return statistics.median(getppid(CALLS) for _ in range(RUNS))


@contextlib.contextmanager
def lttng(*event: str) -> Iterator[None]:
    """A session of LTTng's, recording."""

    def run(*words: str) -> None:
        subprocess.run(["lttng", "-n", *words], check=True, capture_output=True)

    run("create", "bench", "--output=/tmp/lttng")
    try:
        run("enable-channel", "--kernel", "channel0", *BUFFERS)
        run("enable-event", "--kernel", "--channel=channel0", *event)
        run("start")
        yield
        run("stop")
    finally:
        run("destroy", "bench")


@contextlib.contextmanager
def ours(*event: str) -> Iterator[None]:
    """A session of ours, recording."""
    with session(*event, channel=BUFFERS) as name:
        kymo("start", name)
        yield


def main() -> int:
    """Print the table; exit 1 when the bar is missed."""
    require("lttng", "gcc")
    subprocess.run(["lttng-sessiond", "--daemonize"], check=True)
    base = instructions()
    events = {"all system calls": ("--syscall", "--all"), "only chroot enabled": ("--syscall", "chroot")}
    tracers: dict[str, Callable[..., contextlib.AbstractContextManager[None]]] = {
        "lttng": lttng,
        "kymograph": ours,
    }
    added: dict[tuple[str, str], float] = {}
    for what, event in events.items():
        for name, tracer in tracers.items():
            with tracer(*event):
                added[what, name] = (instructions() - base) / 2
    print(f"getppid() untraced: {base:.0f} instructions; added by tracing, an event (a call has two):")
    rows = [
        [
            what,
            f"{added[what, 'lttng']:.0f}",
            f"{added[what, 'kymograph']:.0f}",
            f"{added[what, 'kymograph'] / added[what, 'lttng']:.2f}",
        ]
        for what in events
    ]
    table(["", "LTTng", "kymograph", "ours / LTTng's"], rows)
    met = added["all system calls", "kymograph"] <= BAR
    print(f"bar: at most {BAR} instructions an event: {'met' if met else 'missed'}")
    return int(not met)


if __name__ == "__main__":
    raise SystemExit(main())
