# SPDX-License-Identifier: MIT
"""Starts the session daemon for the first command that needs it."""

from __future__ import annotations

import os
import subprocess
import sys

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.paths import root_run_dir
from kymograph.control.access import group_id
from kymograph.control.client import not_permitted


def launch_daemon(group: str) -> None:
    """Start a session daemon and return when it answers; also when another command started it meanwhile.

    Raises `NO_PERMISSION` for anybody but root, and `NO_DAEMON` with what the daemon said.
    """
    if os.geteuid() != 0:
        if group_id(group) in (os.getegid(), *os.getgroups()):
            hint = "as root: kymo-sessiond --daemonize"
            raise KymoError(
                ErrorCode.NO_DAEMON, "root's session daemon is not running, and only root starts it", hint
            )
        raise not_permitted(group)
    result = subprocess.run(
        [sys.executable, "-m", "kymograph.control.main", "--daemonize", "--group", group],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        said = result.stderr.strip().splitlines()
        raise KymoError(
            ErrorCode.NO_DAEMON,
            f"cannot start the session daemon: {said[-1] if said else 'it ended without a word'}",
            f"see {root_run_dir() / 'sessiond.log'}, if it is there",
        )
