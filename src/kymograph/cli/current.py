# SPDX-License-Identifier: MIT
"""What commands are about when they name nothing: the current session, and the last recorded trace."""

from __future__ import annotations

import os
from contextlib import suppress

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.paths import current_session_file


def current_session(program: str) -> str:
    """Return the current session's name. Raise `NO_CURRENT_SESSION` when there is none."""
    name = _read().get("session")
    if name is None:
        raise no_current_session(program)
    return name


def no_current_session(program: str) -> KymoError:
    """Return the error for a user without a current session."""
    return KymoError(
        ErrorCode.NO_CURRENT_SESSION,
        "There is no current session",
        f"create one: {program} create; or choose one: {program} set-session NAME",
    )


def set_current_session(name: str) -> None:
    """Make `name` the current session; the last recorded trace is forgotten."""
    _write({"session": name})


def forget_session(name: str) -> None:
    """Have no current session, if it was `name`."""
    settings = _read()
    if settings.get("session") == name:
        del settings["session"]
        _write(settings)


def last_trace() -> str | None:
    """Return the path of the trace that was recorded since the current session was set, if any."""
    return _read().get("trace")


def set_last_trace(path: str) -> None:
    """Remember the trace that `view` shows next."""
    _write({**_read(), "trace": path})


def _read() -> dict[str, str]:
    try:
        lines = current_session_file().read_text(errors="surrogateescape").splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _write(settings: dict[str, str]) -> None:
    path = current_session_file()
    try:
        if not settings:
            with suppress(FileNotFoundError):
                path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(
            "".join(f"{key}={value}\n" for key, value in settings.items()), errors="surrogateescape"
        )
        new.replace(path)
    except OSError as error:
        raise KymoError(
            ErrorCode.OUTPUT,
            f"cannot write '{path}': {error.strerror}",
            "set LTTNG_HOME to a directory of yours",
        ) from error
