# SPDX-License-Identifier: MIT
"""Where things live: run directory, sockets, a user's traces and current session."""

from __future__ import annotations

import os
from pathlib import Path


def run_dir() -> Path:
    """Return the daemons' run directory: `$KYMO_RUNDIR`, or `/run/kymo` for root, else the user's."""
    override = os.environ.get("KYMO_RUNDIR")
    if override:
        return Path(override)
    if os.geteuid() == 0:
        return Path("/run/kymo")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "kymo" if runtime else Path(f"/tmp/kymo-{os.geteuid()}")


def root_run_dir() -> Path:
    """Return where root's session daemon listens, which members of group `tracing` may reach."""
    return Path(os.environ.get("KYMO_RUNDIR") or "/run/kymo")


def session_socket(directory: Path) -> Path:
    """Return the session daemon's control socket in `directory`."""
    return directory / "sessiond.sock"


def home() -> Path:
    """Return the home that traces and the current session live in: `$LTTNG_HOME` or the user's."""
    return Path(os.environ.get("LTTNG_HOME") or os.environ.get("HOME") or "/")


def traces_dir() -> Path:
    """Return the folder that sessions without `--output` write to, LTTng's own."""
    return home() / "lttng-traces"


def current_session_file() -> Path:
    """Return the file that remembers the current session's name."""
    return home() / ".kymorc"
