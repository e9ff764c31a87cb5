# SPDX-License-Identifier: MIT
"""babeltrace2 2.0.4, the judge of our text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HUNG = -99


@dataclass(frozen=True)
class Result:
    """What a reader wrote."""

    status: int
    text: bytes
    warnings: bytes


def babeltrace2(*arguments: str | Path, patience: float = 60, **environment: str) -> Result:
    """Run babeltrace2. Its absence is a failure: without it nothing is proved.

    A run longer than `patience` seconds ends with the status `HUNG`: some damaged metadata makes it loop.
    """
    program = shutil.which("babeltrace2")
    assert program, "babeltrace2 is not installed"
    try:
        done = subprocess.run(
            [program, *map(str, arguments)],
            capture_output=True,
            check=False,
            timeout=patience,
            env={**os.environ, "TZ": "UTC", **environment},
        )
    except subprocess.TimeoutExpired:
        return Result(HUNG, b"", b"")
    # With colours, the command resets them once more when it ends.
    text = done.stdout.removesuffix(b"\x1b[0m")
    return Result(done.returncode, without_stale_text(text), done.stderr.removesuffix(b"\x1b[0m"))


_COLOR = {b"c": rb"(?:\x1b\[\d+m)*"}
_STALE = re.compile(rb'(_length%(c)s = %(c)s0%(c)s, %(c)s\w+%(c)s = %(c)s)"(?:[^"\\]|\\.)*"' % _COLOR)


_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


def assert_same_text(ours: bytes, judged: bytes) -> None:
    """Compare texts, but for strings that are empty in ours.

    babeltrace2 2.0.4 does not clear a string field that it uses again: an empty string shows what an
    earlier event had there. That the string is empty must be proved by other means.
    """
    if ours == judged:
        return
    assert _QUOTED.sub(b"", ours) == _QUOTED.sub(b"", judged)
    for mine, theirs in zip(_QUOTED.findall(ours), _QUOTED.findall(judged)):
        assert mine in (theirs, b'""')


def without_stale_text(text: bytes) -> bytes:
    """Empty the text sequences of length 0: see `assert_same_text`. Here the length is shown."""
    return _STALE.sub(rb'\1""', text)
