# SPDX-License-Identifier: MIT
"""A client of the session daemon. Imports little, since it is part of every command's start-up."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.framing import Framing
from kymograph.base.paths import root_run_dir, session_socket


class Client:
    """A connection to root's session daemon, which traces the kernel."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing

    @classmethod
    def connect(cls, group: str = "tracing", launch: bool = True) -> Client:
        """Connect; with `launch`, start the daemon if there is none. Raise `NO_DAEMON`, `NO_PERMISSION`."""
        try:
            return cls(_connect(group))
        except FileNotFoundError:
            if not launch:
                raise KymoError(
                    ErrorCode.NO_DAEMON,
                    "No session daemon is available",
                    "start one: kymo-sessiond --daemonize",
                ) from None
        from kymograph.control.launch import launch_daemon

        launch_daemon(group)
        try:
            return cls(_connect(group))
        except FileNotFoundError:
            raise KymoError(
                ErrorCode.NO_DAEMON, "the session daemon ended as soon as it was started"
            ) from None

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method and return its reply. Raises the daemon's errors, and `DAEMON_DIED`."""
        return self.call_with_fds(method, (), parameters)

    def call_with_fds(
        self, method: str, fds: tuple[int, ...], parameters: dict[str, object]
    ) -> dict[str, Any]:
        """Call a method that takes file descriptors too."""
        message = {"method": f"org.kymograph.{method}", "parameters": parameters}
        try:
            self._framing.send(json.dumps(message).encode(errors="replace"), fds)
            answer = self._framing.receive()
        except OSError:
            answer = None
        if answer is None:
            raise KymoError(ErrorCode.DAEMON_DIED, "the session daemon closed the connection", "try again")
        reply: dict[str, Any] = json.loads(answer)
        result: dict[str, Any] = reply["parameters"]
        if "error" in reply:
            raise KymoError.from_dict(result)
        return result

    def close(self) -> None:
        """Close the connection."""
        self._framing.close()


def _connect(group: str) -> Framing:
    """Return a connection; raise `FileNotFoundError` when nobody listens."""
    sock = socket.socket(socket.AF_UNIX)
    path = session_socket(root_run_dir())
    try:
        sock.connect(str(path))
    except ConnectionRefusedError:
        sock.close()
        raise FileNotFoundError(path) from None
    except PermissionError:
        sock.close()
        raise not_permitted(group) from None
    except FileNotFoundError:
        sock.close()
        raise
    except OSError as error:
        sock.close()
        raise KymoError(
            ErrorCode.NO_DAEMON, f"cannot reach the session daemon at '{path}': {error}"
        ) from None
    return Framing(sock)


def not_permitted(group: str) -> KymoError:
    """Return the error for a user who may not trace the kernel."""
    return KymoError(
        ErrorCode.NO_PERMISSION,
        f"user {os.environ.get('USER') or os.geteuid()} may not trace the kernel",
        f"run the command as root, or join the group: usermod -aG {group} USER, then log in again",
    )
