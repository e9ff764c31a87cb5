# SPDX-License-Identifier: MIT
"""The session daemon's life: one for a run directory, started by need, ended without a trace."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from control.house import House, babeltrace, children, end, watched


def test_concurrent_first_commands_start_one_daemon(house: House) -> None:
    with ThreadPoolExecutor(6) as pool:
        outputs = list(pool.map(lambda _: house.ok("list"), range(6)))
    assert outputs == ["Currently no available recording session\n"] * 6
    ours = [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _runs_daemon_of(entry, house)
    ]
    assert ours == [str(house.daemon)]


def _runs_daemon_of(process: Path, house: House) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    return b"kymograph.control.main" in command and str(house.run).encode() in environment


def test_it_leaves_the_terminal(house: House) -> None:
    house.ok("list")
    status = Path(f"/proc/{house.daemon}/stat").read_text().rpartition(")")[2].split()
    session, terminal = int(status[3]), int(status[4])
    assert terminal == 0
    assert session not in (0, os.getsid(0))
    assert Path(f"/proc/{house.daemon}/fd/0").readlink() == Path("/dev/null")
    assert Path(f"/proc/{house.daemon}/cwd").readlink() == Path("/")
    os.kill(house.daemon, signal.SIGHUP)
    house.ok("list")


def test_no_sessiond_starts_none(house: House) -> None:
    line = house.fails(1, "-n", "list")
    assert line.startswith("Error: No session daemon is available")
    assert not house.run.exists()


def test_sigterm_writes_what_was_recorded_and_leaves_nothing(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    subprocess.run(["sleep", "0.05"], check=True)
    consumer = house.consumer
    with watched(consumer) as ended:
        end(house.daemon)
        ended(10)
    assert not house.run.exists()
    (trace,) = house.traces()
    assert any('"sleep"' in line for line in babeltrace(trace))
    line = house.fails(1, "status")
    assert line.startswith("Error: Session 's' not found")


def test_a_command_while_the_daemon_ends_gets_the_next_one(house: House) -> None:
    house.ok("list")
    for _ in range(5):
        house.ok("create", "s")
        house.ok("enable-event", "-k", "sched_switch")
        house.ok("start")
        os.kill(house.daemon, signal.SIGTERM)
        while _answers(house):
            pass
        assert house.ok("list") == "Currently no available recording session\n"


def _answers(house: House) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(str(house.run / "sessiond.sock")) == 0


def test_a_daemon_whose_directory_was_removed_leaves_the_next_ones_alone(house: House) -> None:
    house.ok("list")
    old = house.daemon
    shutil.rmtree(house.run)
    house.ok("list")
    end(old)
    assert house.daemon != old
    house.ok("list")


def test_a_dead_daemons_remains_do_not_matter(house: House) -> None:
    house.ok("list")
    end(house.daemon, signal.SIGKILL)
    assert (house.run / "sessiond.sock").exists()
    house.ok("list")


def test_a_second_daemon_in_the_foreground_says_why_not(house: House) -> None:
    house.ok("list")
    result = subprocess.run(
        [sys.executable, "-m", "kymograph.control.main"],
        env=house.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "Error: a session daemon is running already\n")


def test_when_the_daemon_is_killed_the_consumer_writes_what_is_there_and_ends(house: House) -> None:
    """Also what lies in a sub-buffer that is not full."""
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_process_exec")
    house.ok("start")
    program = house.root / "counted"
    program.symlink_to("/bin/true")
    for _ in range(20):
        subprocess.run([program], check=True)
    with watched(house.consumer) as ended:
        end(house.daemon, signal.SIGKILL)
        ended(10)
    (trace,) = house.traces()
    assert sum(f'filename = "{program}"' in line for line in babeltrace(trace)) == 20
    house.ok("create", "s")


def test_a_killed_consumer_costs_nothing(house: House) -> None:
    """Every execution of `true` is an event; the consumer dies twice in between; none is lost or doubled."""
    house.ok("create", "s")
    house.ok("enable-channel", "-k", "c", "--subbuf-size=4k", "--num-subbuf=1024")
    house.ok("enable-event", "-k", "-c", "c", "sched_process_exec")
    house.ok("start")
    program = house.root / "counted"
    program.symlink_to("/bin/true")
    for number in range(300):
        subprocess.run([program], check=True)
        if number in (100, 200):
            end(house.consumer, signal.SIGKILL)
    house.ok("stop")
    assert len(children(house.daemon)) == 1
    (trace,) = house.traces()
    assert sum(f'filename = "{program}"' in line for line in babeltrace(trace)) == 300


def test_consumers_that_die_again_and_again_stop_the_session_until_it_is_started_again(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_process_exec")
    house.ok("start")
    program = house.root / "counted"
    program.symlink_to("/bin/true")
    subprocess.run([program], check=True)
    while not house.json("status")["session"]["error"]:
        for consumer in children(house.daemon):
            end(consumer, signal.SIGKILL)
    session = house.json("status")["session"]
    assert (session["active"], session["error"]["code"]) == (False, "daemon-died")
    house.ok("start")
    subprocess.run([program], check=True)
    house.ok("stop")
    (trace,) = house.traces()
    assert sum(f'filename = "{program}"' in line for line in babeltrace(trace)) == 2


def test_destroy_frees_everything_in_the_kernel(house: House) -> None:
    house.ok("create", "warm")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    house.ok("destroy")
    before = _descriptors(house.daemon), _descriptors(house.consumer)
    for _ in range(3):
        house.ok("create", "s")
        house.ok("enable-event", "-k", "sched_switch,sched_wakeup,sched_process_exec")
        house.ok("enable-event", "-k", "--syscall", "openat,close")
        house.ok("start")
        house.ok("stop")
        house.ok("start")
        house.ok("destroy")
    assert (_descriptors(house.daemon), _descriptors(house.consumer)) == before
    assert not any("bpf" in target for target in before[0] + before[1])


def _descriptors(process: int) -> list[str]:
    """What a process has open, but for sockets' numbers."""
    links = (str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir())
    return sorted(link.split(":[")[0] for link in links)


def test_a_run_directory_that_cannot_be(house: House) -> None:
    house.run.write_text("a file")
    assert "Not a directory" in house.fails(1, "list")
    deep = house.root / ("x" * 150)
    assert "path too long" in house.fails(1, "list", env={"KYMO_RUNDIR": str(deep)})
    assert not deep.exists()
