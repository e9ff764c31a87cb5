# SPDX-License-Identifier: MIT
"""A loss is said when the session stops, with the option that would have helped."""

from __future__ import annotations

import re

import pytest

from control.house import House
from support import load

pytestmark = pytest.mark.live


def test_stop_tells_what_was_discarded(house: House):
    house.ok("create", "s", "--output", str(house.root / "trace"))
    house.ok("enable-channel", "-k", "c", "--subbuf-size=4k", "--num-subbuf=2")
    house.ok("enable-event", "-k", "-c", "c", "--syscall", load.CALL)
    house.ok("start")
    load.finish(load.start(200_000))
    result = house.kymo("stop")
    assert result.returncode == 0
    said = re.fullmatch(
        r"Warning: (\d+) events were discarded in channel c \(larger or more sub-buffers lose less than "
        r"2 of 4096 bytes: --subbuf-size, --num-subbuf\)\n",
        result.stderr,
    )
    assert said
    (channel,) = house.json("list", "s")["session"]["channels"]
    assert int(said[1]) == channel["discarded_events"] > 0


def test_stop_says_nothing_when_nothing_was_lost(house: House):
    house.ok("create", "s", "--output", str(house.root / "trace"))
    house.ok("enable-event", "-k", "--syscall", load.CALL)
    house.ok("start")
    load.finish(load.start(100))
    house.ok("stop")


def test_what_the_kernel_keeps_from_us_is_told_apart(house: House):
    """A nested tracepoint's program is not run; that no buffer would have helped, the warning must say."""
    house.ok("create", "s", "--output", str(house.root / "trace"))
    house.ok("enable-channel", "-k", "c", "--num-subbuf=16", "--subbuf-size=4M")
    house.ok("enable-event", "-k", "-c", "c", "kmem_*,timer_*,x86_irq_vectors_*,rcu_*,mm_*")
    nested = 0
    for _ in range(20):
        house.ok("start")
        load.finish(load.start(50_000, "alloc"))
        result = house.kymo("stop")
        (channel,) = house.json("list", "s")["session"]["channels"]
        nested = channel["nested_events"]
        assert channel["discarded_events"] == nested
        if nested:
            break
    were = "1 event was" if nested == 1 else f"{nested} events were"
    assert f"Warning: {were} not recorded in channel c (they happened inside" in result.stderr
    assert "--subbuf-size" not in result.stderr
