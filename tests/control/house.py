# SPDX-License-Identifier: MIT
"""A house of one's own for a test: run directory, home, session daemon. Nothing is left of it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parents[2] / "src"


class House:
    """Directories that belong to one test, and the commands run in them."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="kymo-test-"))
        # Other users' tests come through here.
        self.root.chmod(0o755)
        self.run = self.root / "run"
        self.home = self.root / "home"
        self.home.mkdir()
        self.env = {
            **os.environ,
            "PYTHONPATH": str(SOURCES),
            "KYMO_RUNDIR": str(self.run),
            "LTTNG_HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def kymo(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command; return its result, whatever its status is."""
        command = [sys.executable, "-m", "kymograph.cli.main", *arguments]
        return subprocess.run(
            command,
            env={**self.env, **options.pop("env", {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    def ok(self, *arguments: str, **options: Any) -> str:
        """Run a command that must succeed without a word on standard error; return its output."""
        result = self.kymo(*arguments, **options)
        assert (result.returncode, result.stderr) == (0, ""), result
        return result.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json; return the document."""
        document: dict[str, Any] = json.loads(self.kymo("--json", *arguments).stdout)
        return document

    def fails(self, status: int, *arguments: str, **options: Any) -> str:
        """Run a command that must fail with one line on standard error; return that line."""
        result = self.kymo(*arguments, **options)
        lines = result.stderr.splitlines()
        assert (result.returncode, len(lines)) == (status, 1), result
        return lines[0]

    @property
    def daemon(self) -> int:
        """The session daemon's process number."""
        return int((self.run / "sessiond.pid").read_text())

    @property
    def consumer(self) -> int:
        """The consumer's process number."""
        (child,) = children(self.daemon)
        return child

    def traces(self) -> list[Path]:
        """The traces in the home, oldest first."""
        return sorted((self.home / "lttng-traces").glob("*"), key=lambda path: path.stat().st_mtime)

    def close(self) -> None:
        """End the daemon and remove everything."""
        with suppress(OSError, ValueError):
            end(self.daemon)
        shutil.rmtree(self.root, ignore_errors=True)


def children(process: int) -> list[int]:
    """Return the processes that `process` started and that have not ended."""
    return [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def end(process: int, number: int = signal.SIGTERM) -> None:
    """Signal a process and wait until it has ended."""
    with watched(process) as ended:
        os.kill(process, number)
        ended(60)


@contextmanager
def watched(process: int) -> Iterator[Any]:
    """Yield a function that waits, at most so many seconds, until `process` has ended."""
    fd = os.pidfd_open(process)

    def ended(seconds: float) -> None:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        assert poll.poll(seconds * 1000), f"process {process} lives on"

    try:
        yield ended
    finally:
        os.close(fd)


def babeltrace(path: Path, *options: str) -> list[str]:
    """Return what babeltrace2 prints of a trace, which it must read without a warning."""
    result = subprocess.run(
        ["babeltrace2", *options, str(path)], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()
