# SPDX-License-Identifier: MIT
"""What happens to a trace when the disk fails it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from control.house import House, babeltrace


@pytest.fixture
def small_disk(house: House) -> Iterator[Path]:
    """A file system of 600 KiB."""
    path = house.root / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", path], check=True)
    yield path
    house.kymo("destroy", "--all")
    subprocess.run(["umount", path], check=True)


def _switch(times: int) -> None:
    """Make the scheduler switch, `times` times at least."""
    script = 'i=0; while [ $i -lt "$0" ]; do /bin/true; i=$((i+1)); done'
    subprocess.run(["sh", "-c", script, str(times)], check=True)


def _record_until_full(house: House, disk: Path) -> dict[str, object]:
    """Record on the small disk until the session has stopped with an error; return what status says."""
    house.ok("create", "s", "-o", str(disk / "trace"))
    house.ok("enable-channel", "-k", "c", "--subbuf-size=16k", "--num-subbuf=8")
    house.ok("enable-event", "-k", "-c", "c", "sched_switch,sched_wakeup,sched_waking,sched_process_exec")
    house.ok("start")
    for _ in range(200):
        _switch(100)
        session: dict[str, object] = house.json("status")["session"]
        if session["error"]:
            return session
    raise AssertionError("the disk does not fill")


def test_a_full_disk_stops_the_session_with_an_error(house: House, small_disk: Path) -> None:
    session = _record_until_full(house, small_disk)
    assert session["active"] is False
    error = session["error"]
    assert isinstance(error, dict)
    assert error["code"] == "no-space"
    text = house.ok("status")
    assert "Recording session s: [inactive]" in text
    assert "    Error: no space left on the device for 'c_" in text
    assert "(free some space, then start the session again)" in text


def test_what_was_written_before_the_disk_was_full_is_readable(house: House, small_disk: Path) -> None:
    _record_until_full(house, small_disk)
    kernel = small_disk / "trace" / "kernel"
    lines = babeltrace(small_disk / "trace")
    assert len(lines) > 1000
    for index in (kernel / "index").iterdir():
        entries = (index.stat().st_size - 16) // 72
        assert index.stat().st_size == 16 + 72 * entries
        assert (kernel / index.stem).stat().st_size <= entries * 16384


def test_a_session_goes_on_when_there_is_space_again(house: House, small_disk: Path) -> None:
    _record_until_full(house, small_disk)
    before = len(babeltrace(small_disk / "trace"))
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    house.ok("start")
    assert house.json("status")["session"]["error"] is None
    program = house.root / "after-the-flood"
    program.symlink_to("/bin/true")
    subprocess.run([program], check=True)
    house.ok("stop")
    result = subprocess.run(["babeltrace2", small_disk / "trace"], capture_output=True, text=True, check=True)
    lines = result.stdout.splitlines()
    assert len(lines) > before
    assert any(f'filename = "{program}"' in line for line in lines)


def test_destroy_says_that_the_trace_is_incomplete(house: House, small_disk: Path) -> None:
    _record_until_full(house, small_disk)
    result = house.kymo("destroy")
    assert result.returncode == 1
    assert result.stdout == "Session s destroyed\n"
    assert result.stderr.startswith("Error: Session s: the trace is incomplete: no space left on the device")
    assert house.json("list")["sessions"] == []


def test_a_removed_trace_stops_the_session_with_an_error(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    house.ok("start")
    (trace,) = house.traces()
    shutil.rmtree(trace)
    result = house.kymo("stop")
    assert result.returncode == 1
    assert "was removed while it was written" in result.stderr
    assert "was removed while it was written" in house.ok("status")


def test_metadata_that_cannot_be_written_keeps_the_session_from_starting(house: House) -> None:
    house.ok("create", "s")
    house.ok("enable-event", "-k", "sched_switch")
    (trace,) = house.traces()
    shutil.rmtree(trace)
    line = house.fails(1, "start")
    assert line.startswith("Error: cannot write the metadata in")
    assert house.json("status")["session"]["active"] is False


def test_a_session_that_never_ran_leaves_no_directories(house: House) -> None:
    house.ok("create", "s")
    assert len(house.traces()) == 1
    house.ok("destroy")
    assert house.traces() == []


def test_a_refused_session_leaves_no_directories(house: House) -> None:
    house.ok("create", "s", "-o", str(house.root / "one"))
    house.fails(1, "create", "s", "-o", str(house.root / "deep" / "two"))
    assert not (house.root / "deep").exists()


def test_a_directory_with_a_trace_is_refused_and_one_without_is_taken(house: House) -> None:
    place = house.root / "place"
    place.mkdir()
    (place / "notes.txt").touch()
    house.ok("create", "a", "-o", str(place))
    assert "already holds a trace" in house.fails(1, "create", "b", "-o", str(place))
    house.ok("destroy", "a")
    assert [entry.name for entry in place.iterdir()] == ["notes.txt"]
