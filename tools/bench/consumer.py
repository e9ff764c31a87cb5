# SPDX-License-Identifier: MIT
"""Does the consumer keep up? Every CPU makes system calls in a loop, all of them recorded."""

from __future__ import annotations

import argparse
import os
import subprocess

from common import kymo, load, require, session, table, trace_path


def main() -> int:
    """Print what was recorded and lost; exit 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5_000_000, help="calls on each CPU")
    options = parser.parse_args()
    require("gcc", "babeltrace2")
    with session("--syscall", load.CALL) as name:
        kymo("start", name)
        processes = load.start(options.calls)
        nanoseconds = load.finish(processes)
        stopped = kymo("stop", name)
        size = sum(file.stat().st_size for file in trace_path().rglob("channel0_*") if file.suffix != ".idx")
        count = count_events()
    made = 2 * options.calls * len(processes)
    print(f"{len(processes)} CPUs, {options.calls} calls on each, default buffers (4 x 1 MiB a CPU)")
    seconds = max(nanoseconds) * options.calls / 1e9
    rows = [
        ["events made", f"{made}"],
        ["events in the trace, counted by babeltrace2", f"{count}"],
        ["lost", f"{made - count}"],
        ["events/s made", f"{made / seconds / 1e6:.1f} M"],
        ["MB/s written", f"{size / seconds / 1e6:.0f}"],
        ["stop, everything on disk (ms)", f"{stopped:.0f}"],
    ]
    table(["", ""], rows)
    print(f"bar: nothing lost: {'met' if made == count else 'missed'}")
    return int(made != count)


def count_events() -> int:
    """Ask the oracle."""
    output = subprocess.run(
        ["babeltrace2", str(trace_path()), "-c", "sink.utils.counter"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    return int(
        [line for line in output.splitlines() if "Event message" in line][-1].split()[0].replace(",", "")
    )


if __name__ == "__main__":
    raise SystemExit(main())
