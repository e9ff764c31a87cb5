# SPDX-License-Identifier: MIT
"""Sessions as they are used: several, changed while active, stopped and started again."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from control.house import House, babeltrace


def _run(house: House, name: str) -> str:
    """Execute a program of that name; return its path."""
    path = house.root / name
    path.symlink_to("/bin/true")
    subprocess.run([path], check=True)
    return str(path)


def _executed(trace: Path, program: str) -> int:
    return sum(f'filename = "{program}"' in line for line in babeltrace(trace))


def test_stop_change_start(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    before = _run(house, "before")
    house.ok("stop")
    house.ok("enable-event", "-k", "sched_process_exec")
    between = _run(house, "between")
    house.ok("start")
    after = _run(house, "after")
    house.ok("stop")
    (trace,) = house.traces()
    assert [_executed(trace, program) for program in (before, between, after)] == [0, 0, 1]
    names = {line.split()[3] for line in babeltrace(trace)}
    assert names == {"sched_switch:", "sched_process_exec:"}


def test_an_active_session_changes_at_once(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    house.ok("enable-event", "-k", "sched_process_exec")
    first = _run(house, "first")
    house.ok("enable-channel", "-k", "other", "--subbuf-size=16k")
    house.ok("enable-event", "-k", "-c", "other", "--syscall", "execve")
    second = _run(house, "second")
    house.ok("disable-event", "-k", "sched_process_exec")
    third = _run(house, "third")
    house.ok("stop")
    (trace,) = house.traces()
    lines = babeltrace(trace)
    for program, executions, calls in ((first, 1, 0), (second, 1, 1), (third, 0, 1)):
        assert sum("sched_process_exec" in line and program in line for line in lines) == executions
        assert sum("syscall_entry_execve" in line and program in line for line in lines) == calls
    assert sorted(entry.name.rpartition("_")[0] for entry in (trace / "kernel").glob("*_0")) == [
        "channel0",
        "other",
    ]


def test_the_metadata_names_an_event_before_its_first_record_is_written(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-channel", "-k", "c", "--subbuf-size=4k", "--switch-timer=1000")
    house.ok("enable-event", "-k", "-c", "c", "sched_switch")
    house.ok("start")
    (trace,) = house.traces()
    for event in ("sched_wakeup", "sched_waking", "sched_process_exec", "sched_process_exit"):
        house.ok("enable-event", "-k", "-c", "c", event)
        assert f'name = "{event}";' in (trace / "kernel" / "metadata").read_text()
        subprocess.run(["true"], check=True)
        subprocess.run(["babeltrace2", trace], stdout=subprocess.DEVNULL, check=True)
    house.ok("destroy")


def test_several_sessions_record_independently(house: House) -> None:
    for name, event in (("a", "sched_process_exec"), ("b", "sched_process_exec"), ("c", "sched_switch")):
        house.ok("create", name, "-o", str(house.root / name))
        house.ok("enable-event", "-k", event, "-s", name)
    house.ok("start", "a")
    first = _run(house, "first")
    house.ok("start", "b")
    house.ok("start", "c")
    second = _run(house, "second")
    house.ok("stop", "a")
    third = _run(house, "third")
    house.ok("destroy", "--all")
    a, b = house.root / "a", house.root / "b"
    assert [_executed(a, program) for program in (first, second, third)] == [1, 1, 0]
    assert [_executed(b, program) for program in (first, second, third)] == [0, 1, 1]
    assert {line.split()[3] for line in babeltrace(house.root / "c")} == {"sched_switch:"}


def test_commands_on_many_sessions_at_a_time(house: House) -> None:
    house.ok("list")

    def life(number: int) -> None:
        name = f"s{number}"
        house.ok("create", name, env={"LTTNG_HOME": str(house.root / name)})
        house.ok("enable-event", "-k", "sched_switch", "-s", name)
        house.ok("start", name)
        house.ok("list", name)
        house.ok("stop", name)
        house.ok("destroy", name, env={"LTTNG_HOME": str(house.root / name)})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(life, range(12)))
    assert house.json("list")["sessions"] == []
    assert all(babeltrace(house.root / f"s{number}" / "lttng-traces") for number in range(12))


def test_a_switch_timer_writes_what_is_partly_filled(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-channel", "-k", "c", "--switch-timer=2000")
    house.ok("enable-event", "-k", "-c", "c", "sched_process_exec")
    house.ok("start")
    program = _run(house, "program")
    (trace,) = house.traces()
    # Awaited, not slept for: the files grow without a stop.
    for _ in range(2000):
        subprocess.run(["true"], check=True)
        if _executed(trace, program):
            break
    assert _executed(trace, program) == 1
    house.ok("destroy")


def test_overwrite_keeps_the_newest(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-channel", "-k", "c", "--overwrite", "--subbuf-size=4k", "--num-subbuf=2")
    house.ok("enable-event", "-k", "-c", "c", "sched_process_exec")
    house.ok("start")
    last = _run(house, "last")
    house.ok("stop")
    (trace,) = house.traces()
    assert _executed(trace, last) == 1
    assert re.search(r"Lost packets:     \d+", house.ok("status"))


def test_a_stopped_trace_stays_as_it_is_when_the_session_goes_on(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    house.ok("stop")
    (trace,) = house.traces()
    before = babeltrace(trace)
    house.ok("start")
    house.ok("stop")
    after = babeltrace(trace)
    assert after[: len(before)] == before
    assert len(after) > len(before)


def test_files_are_whole_pages_and_named_after_channel_and_cpu(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    house.ok("stop")
    (trace,) = house.traces()
    kernel = trace / "kernel"
    cpus = os.cpu_count() or 1
    names = {"metadata", "index", *(f"channel0_{cpu}" for cpu in range(cpus))}
    assert {entry.name for entry in kernel.iterdir()} == names
    assert {entry.name for entry in (kernel / "index").iterdir()} == {
        f"channel0_{cpu}.idx" for cpu in range(cpus)
    }
    assert all((kernel / f"channel0_{cpu}").stat().st_size % 4096 == 0 for cpu in range(cpus))
