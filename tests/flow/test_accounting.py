# SPDX-License-Identifier: MIT
"""Through all rooms, at load: calls made = events that babeltrace2 reads + events it says were discarded."""

from __future__ import annotations

import os
import re
import signal
import subprocess

import pytest

from control.house import House, babeltrace
from support import load

pytestmark = pytest.mark.live

CALLS = 5_000_000


def counted(trace):
    """Return the events, and the messages that events were discarded, that babeltrace2 counts."""
    totals = {"Event": 0, "Discarded event": 0}
    for line in babeltrace(trace, "-c", "sink.utils.counter"):
        match = re.fullmatch(r"\s*(\d+) (.+) messages?", line)
        if match:
            totals[match[2]] = int(match[1])
    return totals["Event"], totals["Discarded event"]


def discarded(trace):
    """Return how many events babeltrace2 says were discarded."""
    result = subprocess.run(
        ["babeltrace2", trace], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    found = re.findall(rb"WARNING: Tracer discarded (\d+) events? between", result.stderr)
    assert result.stderr.count(b"\n") == len(found), "and it warns of nothing else"
    return sum(int(number) for number in found)


@pytest.mark.parametrize(
    "buffers", [(), ("--subbuf-size=4k", "--num-subbuf=2")], ids=["default buffers", "small buffers"]
)
def test_every_call_is_read_or_counted(house: House, buffers):
    trace = house.root / "trace"
    house.ok("create", "load", "--output", str(trace))
    house.ok("enable-channel", "-k", "c", *buffers)
    house.ok("enable-event", "-k", "-c", "c", "--syscall", load.CALL)
    house.ok("start")
    processes = load.start(CALLS)
    load.finish(processes)
    house.kymo("stop")
    (channel,) = house.json("list", "load")["session"]["channels"]
    house.kymo("destroy")
    made = 2 * CALLS * len(processes)
    events, losses = counted(trace)
    lost = discarded(trace) if losses else 0
    assert lost == channel["discarded_events"]
    assert events + lost == made
    assert lost or not buffers, "the smallest buffers cannot keep up"


def test_overwrite_leaves_the_newest_run_of_each_cpu(house: House):
    """The consumer is held until the end: what it then finds is the newest, without a gap."""
    trace = house.root / "trace"
    house.ok("create", "load", "--output", str(trace))
    house.ok("enable-channel", "-k", "c", "--overwrite", "--subbuf-size=64k", "--num-subbuf=4")
    house.ok("enable-event", "-k", "-c", "c", "--syscall", load.CALL)
    house.ok("start")
    consumer = house.consumer
    os.kill(consumer, signal.SIGSTOP)
    try:
        load.finish(load.start(CALLS // 10))
    finally:
        os.kill(consumer, signal.SIGCONT)
    house.kymo("stop")
    house.kymo("destroy")
    result = subprocess.run(["babeltrace2", trace], capture_output=True, text=True, check=True)
    by_cpu: dict[str, list[str]] = {}
    for line in result.stdout.splitlines():
        match = re.search(r"syscall_(entry|exit)_\w+: \{ cpu_id = (\d+) \}", line)
        by_cpu.setdefault(match[2], []).append(match[1])
    assert len(by_cpu) == len(os.sched_getaffinity(0))
    for kinds in by_cpu.values():
        assert len(kinds) > 3 * 65536 // 14
        assert all(a != b for a, b in zip(kinds, kinds[1:])), "an unbroken run alternates"
        assert kinds[-1] == "exit"
