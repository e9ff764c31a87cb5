# SPDX-License-Identifier: MIT
"""The sessions of the article that this project began with, as printed there."""

from __future__ import annotations

import re
import subprocess
import sys

from control.house import House, babeltrace

_DATE = r"\d{8}-\d{6}"
_LINE = re.compile(
    r"\[\d\d:\d\d:\d\d\.\d{9}\] \(\+(?:\d+\.\d{9}|\?\.\?{9})\) \S+ sched_switch: \{ cpu_id = \d+ \}, "
    r'\{ prev_comm = "[^"]*", prev_tid = \d+, prev_prio = -?\d+, prev_state = \d+, '
    r'next_comm = "[^"]*", next_tid = \d+, next_prio = -?\d+ \}'
)


def test_sched_switch_while_sleep_runs(house: House) -> None:
    created = house.ok("create", "test_session").splitlines()
    assert created[0] == "Session test_session created."
    written = re.fullmatch(rf"Traces will be written in (.*/lttng-traces/test_session-{_DATE})", created[1])
    assert written
    trace = written[1]
    enabled = house.ok("enable-event", "-k", "sched_switch")
    assert enabled == "Kernel event sched_switch created in channel channel0\n"
    assert house.ok("start") == "Tracing started for session test_session\n"
    subprocess.run(["sleep", "1"], check=True)
    stopped = house.ok("stop")
    assert stopped == "Waiting for data availability\nTracing stopped for session test_session\n"
    lines = babeltrace(trace)
    assert lines
    assert all(_LINE.fullmatch(line) for line in lines)
    sleeps = [line for line in lines if '"sleep"' in line]
    assert any('next_comm = "sleep"' in line for line in sleeps)
    assert any('prev_comm = "sleep"' in line for line in sleeps)
    assert house.ok("destroy") == "Session test_session destroyed\n"
    assert babeltrace(trace) == lines


def test_chroot_system_call(house: House) -> None:
    created = house.ok("create")
    assert re.match(rf"Session auto-{_DATE} created\.\nTraces will be written in \S*/auto-{_DATE}\n", created)
    assert house.ok("enable-event", "-k", "--syscall", "chroot") == (
        "Kernel event chroot created in channel channel0\n"
    )
    house.ok("start")
    place = house.root / "test"
    place.mkdir()
    subprocess.run([sys.executable, "-c", "import os, sys; os.chroot(sys.argv[1])", place], check=True)
    house.ok("stop")
    (trace,) = house.traces()
    # Other programs on this machine may change their root meanwhile.
    events = [line.split(" ", 3)[3] for line in babeltrace(trace)]
    at = next(number for number, event in enumerate(events) if str(place) in event)
    assert re.fullmatch(
        rf'syscall_entry_chroot: \{{ cpu_id = \d+ \}}, \{{ filename = "{place}" \}}', events[at]
    )
    cpu = events[at].split("}")[0].split("{")[1]
    after = next(event for event in events[at + 1 :] if cpu in event)
    assert after == f"syscall_exit_chroot: {{{cpu}}}, {{ ret = 0 }}"
    house.ok("destroy")


def test_list_kernel(house: House) -> None:
    lines = house.ok("list", "--kernel").splitlines()
    assert lines[0] == "Kernel events:"
    assert "      sched_switch (loglevel: TRACE_EMERG (0)) (type: tracepoint)" in lines
    assert lines == house.ok("list", "-k").splitlines()
