# SPDX-License-Identifier: MIT
"""`record`: one command for all of it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

from control.house import House, babeltrace

_SUMMARY = re.compile(
    r"Recorded ([\d,]+) events, 0 discarded, [\d.]+ \w+ in \d+\.\d{3} s\n"
    r"(/\S+/lttng-traces/record-\d{8}-\d{6}-\d+)\n"
    r"Read it: kymo view\n"
)


def test_it_records_while_the_command_runs(house: House) -> None:
    program = house.root / "recorded"
    program.symlink_to("/bin/echo")
    result = house.kymo(
        "record", "-e", "sched_process_exec", "-e", "syscall:write", "--", str(program), "hello"
    )
    assert (result.returncode, result.stdout) == (0, "hello\n")
    said = _SUMMARY.fullmatch(result.stderr)
    assert said
    lines = babeltrace(Path(said[2]))
    assert len(lines) == int(said[1].replace(",", ""))
    mine = [line for line in lines if f'filename = "{program}"' in line]
    assert len(mine) == 1
    assert any("syscall_entry_write" in line and "count = 6" in line for line in lines)
    assert house.ok("view").splitlines() == lines
    assert house.json("list")["sessions"] == []


def test_the_exit_status_is_the_commands(house: House) -> None:
    for script, status in (("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
        assert house.kymo("record", "-e", "sched_switch", "--", "sh", "-c", script).returncode == status
    line = house.fails(127, "record", "-e", "sched_switch", "--", "no-such-program")
    assert line == "Error: command 'no-such-program' not found (check its name)"
    plain = house.root / "plain"
    plain.write_text("text")
    result = house.kymo("record", "-e", "sched_switch", "--", str(plain))
    assert result.returncode == 126
    assert "Permission denied" in result.stderr
    assert house.json("list")["sessions"] == []


def test_nothing_is_left_of_a_recording_that_cannot_be(house: House) -> None:
    line = house.fails(
        1, "record", "-e", "sched_switch,no_such_event", "--", "touch", str(house.root / "ran")
    )
    assert line.startswith("Error: Event no_such_event: ")
    assert not (house.root / "ran").exists()
    assert house.traces() == []
    assert house.json("list")["sessions"] == []


def test_output_sizes_and_json(house: House) -> None:
    out = house.root / "deep" / "out"
    document = house.json(
        "record", "-e", "sched_switch", "-o", str(out), "--subbuf-size=64k", "--overwrite", "true"
    )
    assert document["trace"] == str(out)
    assert document["exit_status"] == 0
    assert document["events"] == len(babeltrace(out))
    assert {entry.stat().st_size % 4096 for entry in out.glob("kernel/channel0_*")} == {0}


def test_it_does_not_change_the_current_session(house: House) -> None:
    house.ok("create", "s")
    house.kymo("record", "-e", "sched_switch", "true")
    assert house.ok("status").startswith("Recording session s: ")
    assert house.ok("view")
    house.ok("set-session", "s")
    assert "never started" in house.fails(1, "view")


def test_a_terminals_interrupt_goes_to_the_command_and_the_recording_ends_well(house: House) -> None:
    house.ok("list")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(house.env)
        script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.01; done"
        command = ["record", "-e", "sched_switch", "--", "sh", "-c", script]
        os.execv(sys.executable, [sys.executable, "-m", "kymograph.cli.main", *command])
    said = b""
    try:
        while b"ready" not in said:
            said += os.read(terminal, 1000)
        os.write(terminal, b"\x03")
        while b"kymo view" not in said:
            said += os.read(terminal, 1000)
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
    assert os.WEXITSTATUS(status) == 5
    assert b"caught" in said
    assert b"Recorded" in said
    assert house.json("list")["sessions"] == []


def test_a_signal_to_us_alone_is_passed_on(house: House) -> None:
    house.ok("list")
    script = "trap 'exit 6' TERM; echo ready; while :; do sleep 0.01; done"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "kymograph.cli.main",
            "record",
            "-e",
            "sched_switch",
            "--",
            "sh",
            "-c",
            script,
        ],
        env=house.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 6
    assert errors.startswith("Recorded ")


def test_a_killed_recording_leaves_no_session(house: House) -> None:
    house.ok("list")
    command = ["record", "-e", "sched_switch", "--", "sh", "-c", "echo ready; exec sleep 1000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "kymograph.cli.main", *command],
        env=house.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    (trace,) = house.traces()
    assert len(house.json("list")["sessions"]) == 1
    process.kill()
    process.wait()
    while house.json("list")["sessions"]:
        pass
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    assert any('"sleep"' in line for line in babeltrace(trace))
