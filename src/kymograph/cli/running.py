# SPDX-License-Identifier: MIT
"""Runs a command and stands by: what a terminal sends goes to the command, and we outlive it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kymograph.base.errors import ErrorCode, KymoError

_TERMINAL = (signal.SIGINT, signal.SIGQUIT)
"""The terminal sends these to the command too, which decides what to make of them."""

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP)
"""These come to us alone, and are meant for the command."""


def check_command(command: list[str]) -> None:
    """Raise `COMMAND_NOT_FOUND` unless there is such a program."""
    if shutil.which(command[0], os.F_OK) is None:
        raise KymoError(ErrorCode.COMMAND_NOT_FOUND, f"command '{command[0]}' not found", "check its name")


def run_command(command: list[str]) -> int:
    """Run `command` with our terminal; return its exit status as a shell would: 128 + N for signal N.

    Raises `COMMAND_NOT_RUNNABLE`.
    """
    with _standing_by() as passing:
        try:
            process = subprocess.Popen(command)
        except OSError as error:
            what = f"cannot run '{command[0]}': {error.strerror}"
            raise KymoError(ErrorCode.COMMAND_NOT_RUNNABLE, what, "check its permissions") from error
        passing.to(process)
        status = process.wait()
    return status if status >= 0 else 128 - status


class _Passing:
    """Passes signals on to a process; those that come before there is one, as soon as there is."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """Say which process the signals are for."""
        self._process = process
        for number in self._early:
            process.send_signal(number)


@contextmanager
def _standing_by() -> Iterator[_Passing]:
    """Let signals pass us by; the command, which begins with the usual handlers, gets them."""
    passing = _Passing()
    old = {number: signal.signal(number, lambda *_: None) for number in _TERMINAL}
    old.update({number: signal.signal(number, passing) for number in _PASSED_ON})
    try:
        yield passing
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
