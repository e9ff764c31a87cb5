# SPDX-License-Identifier: MIT
"""One daemon for a run directory: locks, and life without a terminal."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError


@contextmanager
def starting(directory: Path) -> Iterator[None]:
    """Make `directory` and keep others from starting or ending a daemon in it meanwhile.

    The lock is on the directory itself, so nothing is left of it.
    """
    while True:
        try:
            with suppress(FileExistsError):
                directory.mkdir(parents=True)
                directory.chmod(0o755)
            fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise KymoError(ErrorCode.NO_PERMISSION, f"cannot use '{directory}': {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # A daemon that ended may have removed the directory while we waited.
            if _same(fd, directory):
                yield
                return
        finally:
            os.close(fd)


def _same(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


class LifeLock:
    """A file that a daemon holds locked while it lives, with its process number in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def acquire(self) -> bool:
        """Return whether we are the only one now. Call within `starting`."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def wait(self) -> None:
        """Return when the daemon that has the lock has ended. Call outside of `starting`, which it needs."""
        with suppress(FileNotFoundError):
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_SH)
            finally:
                os.close(fd)

    def sign(self) -> None:
        """Write our process number."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def is_ours(self) -> bool:
        """Tell whether the file is still there, and not another daemon's since somebody removed ours."""
        return _same(self._fd, self._path)

    def release(self) -> None:
        """Remove the file, if it is ours. Call within `starting`."""
        if self.is_ours():
            self._path.unlink()
        os.close(self._fd)


def detach(log: Path) -> int:
    """Go into the background: a new session without terminal, standard error to `log`.

    Returns in the background process, with a descriptor: the command that started us waits until a byte is
    written there (we are ready) or it closes (we are not), and then exits with status 0 or 1.
    """
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        os._exit(0 if os.read(read_end, 1) else 1)
    os.close(read_end)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    for fd, target in ((null, 0), (null, 1), (errors, 2)):
        os.dup2(fd, target)
    os.close(null)
    os.close(errors)
    return write_end
