# SPDX-License-Identifier: MIT
"""A new trace's directories. The client makes them, by its own rights, and gives the daemon one, open."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.paths import traces_dir

_MODE = 0o770


def timestamp() -> str:
    """Return the local time as LTTng writes it into names: `20151119-134747`."""
    return time.strftime("%Y%m%d-%H%M%S")


class NewTrace:
    """The directory `path` and `path/kernel` in it, made now; `fd` is the latter, open."""

    def __init__(self, path: Path, made: list[Path]) -> None:
        self.path = path
        self._made = made
        try:
            kernel = path / "kernel"
            kernel.mkdir(_MODE)
            made.append(kernel)
            self.fd = os.open(kernel, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            self.remove()
            raise _as_error(path, error) from error

    @classmethod
    def at(cls, path: Path) -> NewTrace:
        """Make a trace at `path`, which may exist without a trace in it. Raise `OUTPUT`."""
        path = Path.cwd() / path
        made: list[Path] = []
        for directory in [*reversed(path.parents), path]:
            try:
                directory.mkdir(_MODE)
                made.append(directory)
            except FileExistsError:
                continue
            except OSError as error:
                if directory.is_dir():
                    continue
                _remove(made)
                raise _as_error(path, error) from error
        return cls(path, made)

    @classmethod
    def in_traces(cls, name: str) -> NewTrace:
        """Make a trace at LTTng's place, `~/lttng-traces/NAME`, or `NAME-1` … when that is taken."""
        first = traces_dir() / name
        for number in range(2, 1000):
            path = first if number == 2 else first.with_name(f"{first.name}-{number - 1}")
            if not path.exists():
                return cls.at(path)
        raise KymoError(ErrorCode.OUTPUT, f"'{first}' is taken, and so are many like it", "use --output")

    def remove(self) -> None:
        """Remove what was made, since the session did not come about."""
        _remove(self._made)


def remove_empty(path: str) -> None:
    """Remove the directories of a trace that was never written. One that the user named stays."""
    ours = Path(path).parent == traces_dir()
    _remove([*([Path(path)] if ours else []), Path(path, "kernel")])


def _remove(made: list[Path]) -> None:
    for directory in reversed(made):
        with suppress(OSError):
            directory.rmdir()


def _as_error(path: Path, error: OSError) -> KymoError:
    if isinstance(error, FileExistsError):
        return KymoError(ErrorCode.OUTPUT, f"'{path}' already holds a trace", "choose another --output")
    return KymoError(ErrorCode.OUTPUT, f"cannot make '{path}': {error.strerror}", "choose another --output")
