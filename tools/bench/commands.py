# SPDX-License-Identifier: MIT
"""How long a command takes at the terminal, the daemon running: wall time of the whole process."""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections import defaultdict

from common import kymo, table, trace_path

BAR_MS, BAR_ALL_MS = 80, 3000


def main() -> int:
    """Print the table; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    kymo("create", "warm", "--output", str(trace_path()))
    kymo("enable-event", "-k", "sched_switch")
    kymo("destroy", "warm")
    shutil.rmtree(trace_path())
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.rounds):
        times["create"].append(kymo("create", "bench", "--output", str(trace_path())))
        times["enable-event"].append(kymo("enable-event", "-k", "sched_switch"))
        times["start"].append(kymo("start"))
        times["stop"].append(kymo("stop"))
        times["destroy"].append(kymo("destroy"))
        shutil.rmtree(trace_path())
    kymo("create", "bench", "--output", str(trace_path()))
    every = [kymo("enable-event", "-k", "--all"), kymo("start")]
    stopped, destroyed = kymo("stop"), kymo("destroy")
    print(f"wall time in ms, {options.rounds} rounds (medians), one sched_switch session")
    rows = [[verb, f"{statistics.median(t):.0f}", f"{max(t):.0f}"] for verb, t in times.items()]
    table(["command", "median", "max"], rows)
    print("\nall tracepoints and system calls, once")
    table(
        ["command", "ms"],
        [
            ["enable-event -k --all", f"{every[0]:.0f}"],
            ["start", f"{every[1]:.0f}"],
            ["stop", f"{stopped:.0f}"],
            ["destroy", f"{destroyed:.0f}"],
        ],
    )
    slow = [verb for verb, t in times.items() if statistics.median(t) > BAR_MS]
    print(f"bar: each at most {BAR_MS} ms: {'missed by ' + ', '.join(slow) if slow else 'met'}")
    print(f"bar: --all and start at most {BAR_ALL_MS} ms: {'met' if sum(every) <= BAR_ALL_MS else 'missed'}")
    return bool(slow or sum(every) > BAR_ALL_MS)


if __name__ == "__main__":
    raise SystemExit(main())
