# SPDX-License-Identifier: MIT
"""Trace under load for SOAK_MINUTES (10), round after round: nothing may grow, no record may go uncounted.

A round makes a session with small sub-buffers, lets as many processes as there are CPUs send themselves a
known number of signals, and ends the session. Each must have been recorded, or counted as discarded;
babeltrace2, which is not ours, reads the trace. At the end no more may be held than after the first rounds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KYMO = Path(sys.executable).with_name("kymo")
SIGNALS = 200_000
"""Sent by each process in a round."""
WARM_UP = 3
"""Rounds before the first reading: import caches and allocators settle in these."""
GROWTH_KIB = 2048
"""What the daemons' memory may grow by between the readings: an allocator breathes."""

LOAD = f"""
import os, signal
signal.signal(signal.SIGURG, signal.SIG_IGN)
open("/proc/self/comm", "w").write("soak-load")
for _ in range({SIGNALS}):
    os.kill(os.getpid(), signal.SIGURG)
"""


def kymo(*arguments: str) -> str:
    """Run one command and return what it printed. Raises CalledProcessError when it failed."""
    done = subprocess.run([KYMO, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise subprocess.CalledProcessError(done.returncode, ["kymo", *arguments])
    return done.stdout


def one_round(trace: Path) -> tuple[int, int, int]:
    """Return how many signals were sent, how many of them recorded, and how many records of all discarded."""
    kymo("create", "soak", f"--output={trace}")
    kymo("enable-channel", "-k", "small", "--subbuf-size=64K", "--num-subbuf=4")
    kymo("enable-event", "-k", "-c", "small", "signal_generate,sched_switch")
    kymo("start")
    workers = [subprocess.Popen([sys.executable, "-c", LOAD]) for _ in range(os.cpu_count() or 1)]
    failures = [worker for worker in workers if worker.wait()]
    if failures:
        raise SystemExit("soak: the load failed")
    kymo("stop")
    channel = json.loads(kymo("list", "soak", "--json"))["session"]["channels"][0]
    text = subprocess.run(["babeltrace2", trace], capture_output=True, text=True, check=True).stdout
    kymo("destroy")
    shutil.rmtree(trace)
    recorded = len(re.findall(r' signal_generate: .*comm = "soak-load"', text))
    return SIGNALS * len(workers), recorded, channel["discarded_events"]


def holdings(run_dir: Path) -> dict[str, int]:
    """Return what is held now: by the daemons, and in bpffs. Kernel objects live by descriptors and pins."""
    pid = run_dir.joinpath("sessiond.pid").read_text().strip()
    children = Path("/proc", pid, "task", pid, "children").read_text().split()
    daemons = [Path("/proc", each) for each in (pid, *children)]
    memory = [re.findall(r"VmRSS:\s*(\d+)", daemon.joinpath("status").read_text()) for daemon in daemons]
    return {
        "KiB": sum(int(found[0]) for found in memory),
        "descriptors": sum(len(list(daemon.joinpath("fd").iterdir())) for daemon in daemons),
        "daemons": len(daemons),
        "pins": len(list(Path("/sys/fs/bpf").rglob("*"))),
    }


def main() -> int:
    """Run rounds until the time is over; return 0 when all was well."""
    if os.geteuid() != 0:
        print("soak: tracing the kernel needs root: run 'make soak' as root", file=sys.stderr)
        return 1
    end = time.monotonic() + 60 * float(os.environ.get("SOAK_MINUTES", "10"))
    with tempfile.TemporaryDirectory(prefix="kymo-soak-") as name:
        scratch = Path(name)
        run_dir = scratch / "run"
        os.environ.update(KYMO_RUNDIR=str(run_dir), LTTNG_HOME=name)
        try:
            return rounds(end, scratch / "trace", run_dir)
        finally:
            if run_dir.joinpath("sessiond.pid").exists():
                os.kill(int(run_dir.joinpath("sessiond.pid").read_text()), signal.SIGTERM)


def rounds(end: float, trace: Path, run_dir: Path) -> int:
    """Run rounds and compare what is held after the last with what was held after the warm-up."""
    before: dict[str, int] = {}
    number = total = lost = 0
    while number <= WARM_UP or time.monotonic() < end:
        number += 1
        sent, recorded, discarded = one_round(trace)
        total += sent
        lost += sent - recorded
        print(f"soak: round {number}: sent {sent}, recorded {recorded}, discarded {discarded}", flush=True)
        if not 0 <= sent - recorded <= discarded:
            print(f"soak: {sent - recorded} records are missing, {discarded} were counted", file=sys.stderr)
            return 1
        if number == WARM_UP:
            before = holdings(run_dir)
    after = holdings(run_dir)
    grown = [
        f"soak: from {before[what]} to {count} {what}"
        for what, count in after.items()
        if count > before[what] + (GROWTH_KIB if what == "KiB" else 0)
    ]
    print("\n".join(grown), end="\n" if grown else "", file=sys.stderr)
    print(
        f"soak: {number} rounds, {total} signals sent, {lost} discarded and counted; held at the end: {after}"
    )
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
