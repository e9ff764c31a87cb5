# SPDX-License-Identifier: MIT
"""A disk that does not answer holds up its own session, nobody else's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from control.house import House, babeltrace


class Disk:
    """A file system that can be frozen: whoever writes to it then waits."""

    def __init__(self, root: Path) -> None:
        self.path = root / "disk"
        self.path.mkdir()
        self._image = root / "image"
        self._frozen = False
        with self._image.open("wb") as image:
            image.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", self._image], check=True)
        subprocess.run(["mount", "-o", "loop", self._image, self.path], check=True)

    def freeze(self) -> None:
        subprocess.run(["fsfreeze", "-f", self.path], check=True)
        self._frozen = True

    def thaw(self) -> None:
        if self._frozen:
            subprocess.run(["fsfreeze", "-u", self.path], check=True)
            self._frozen = False

    def close(self) -> None:
        self.thaw()
        subprocess.run(["umount", self.path], check=True)


@pytest.fixture
def disk(house: House) -> Iterator[Disk]:
    disk = Disk(house.root)
    try:
        yield disk
    finally:
        disk.thaw()
        house.kymo("destroy", "--all")
        disk.close()


def test_others_go_on_and_nothing_is_lost(house: House, disk: Disk) -> None:
    house.ok("create", "other", "-o", str(house.root / "other"))
    house.ok("enable-event", "-k", "sched_process_exec")
    house.ok("create", "stuck", "-o", str(disk.path / "trace"))
    house.ok("enable-event", "-k", "sched_process_exec")
    house.ok("start", "stuck")
    program = house.root / "counted"
    program.symlink_to("/bin/true")
    for _ in range(20):
        subprocess.run([program], check=True)
    disk.freeze()
    stop = subprocess.Popen(
        [sys.executable, "-m", "kymograph.cli.main", "stop", "stuck"],
        env=house.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stop.stdout
    assert stop.stdout.readline() == "Waiting for data availability\n"
    while house.json("status")["session"]["active"]:
        pass
    house.ok("start", "other")
    subprocess.run([program], check=True)
    house.ok("stop", "other")
    assert "stuck [inactive]" in house.ok("list")
    house.ok("destroy", "other")
    assert stop.poll() is None
    disk.thaw()
    assert stop.communicate(timeout=60)[0] == "Tracing stopped for session stuck\n"
    assert stop.returncode == 0
    for trace, executions in ((house.root / "other", 1), (disk.path / "trace", 20)):
        assert sum(f'filename = "{program}"' in line for line in babeltrace(trace)) == executions
