# SPDX-License-Identifier: MIT
"""The whole product on the guest's kernel, an older one: its verifier, its types, its fields."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from control.house import House, babeltrace
from support import load


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def test_the_article(house: House) -> None:
    trace = house.root / "trace"
    house.ok("create", "s", "--output", str(trace))
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("enable-event", "-k", "--syscall", "chroot")
    house.ok("start")
    subprocess.run(["chroot", "/", "/bin/sleep", "0.2"], check=True)
    house.ok("stop")
    lines = babeltrace(trace)
    assert any("syscall_entry_chroot: { cpu_id = " in line and 'filename = "/"' in line for line in lines)
    assert any("syscall_exit_chroot" in line and "ret = 0" in line for line in lines)
    switches = [line for line in lines if "sched_switch" in line and 'prev_comm = "sleep"' in line]
    assert any("prev_state = 1" in line for line in switches), "it slept"


def test_every_call_is_recorded_or_counted(house: House) -> None:
    calls = 20_000
    trace = house.root / "trace"
    house.ok("create", "s", "--output", str(trace))
    house.ok("enable-event", "-k", "--syscall", load.CALL)
    house.ok("start")
    processes = load.start(calls)
    load.finish(processes)
    house.kymo("stop")
    (channel,) = house.json("list", "s")["session"]["channels"]
    events = sum(bool(re.search(rf"syscall_(entry|exit)_{load.CALL}", line)) for line in babeltrace(trace))
    assert events + channel["discarded_events"] == 2 * calls * len(processes)


def test_the_verifier_takes_every_program(house: House) -> None:
    """All tracepoints and system calls of this kernel load, attach, and record.

    Last of all: the kernel takes a while to let go of every event, which would be in other tests' way.
    """
    trace = str(house.root / "trace")
    house.ok("create", "every", "--output", trace)
    house.ok("enable-event", "-k", "--all")
    house.ok("start")
    subprocess.run(["ls", "/"], check=True, capture_output=True)
    house.kymo("stop")
    (channel,) = house.json("list", "every")["session"]["channels"]
    assert len(channel["skipped"]) <= 2, "the kernel may refuse single events, not programs"
    assert not [error for error in channel["skipped"] if error["code"] == "bpf-rejected"]
    assert "event message" in "\n".join(babeltrace(house.root / "trace", "-c", "sink.utils.counter")).lower()
