# SPDX-License-Identifier: MIT
"""kymo-sessiond: the process that holds the sessions. The first command that needs it starts it."""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import kymograph
from kymograph.base import paths
from kymograph.base.errors import KymoError
from kymograph.control.daemon import LifeLock, detach, starting
from kymograph.control.kernel import SharedKernel
from kymograph.control.server import Server, listen
from kymograph.control.service import Service
from kymograph.control.sessions import Sessions
from kymograph.sys.limits import raise_limits

_LOG = "sessiond.log"


def main(arguments: list[str] | None = None) -> int:
    """Run the session daemon until SIGTERM or SIGINT. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="kymo-sessiond", description=__doc__)
    parser.add_argument("-V", "--version", action="version", version=kymograph.__version__)
    parser.add_argument(
        "-d", "-b", "--daemonize", "--background", action="store_true", help="return when it is ready"
    )
    parser.add_argument(
        "-g", "--group", default="tracing", help="whose members may command it (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        return _run(paths.run_dir(), options.group, options.daemonize)
    except KymoError as error:
        print(f"Error: {error.line()}", file=sys.stderr)
        return error.exit_status


def _run(directory: Path, group: str, daemonize: bool) -> int:
    os.umask(0o007)
    lock = LifeLock(directory / "sessiond.pid")
    while True:
        with starting(directory):
            if lock.acquire():
                sock, ready = _begin(directory, lock, group, daemonize)
                break
            if _answers(directory):
                # A command started another one at the same time: what was wanted is there.
                if not daemonize:
                    print("Error: a session daemon is running already", file=sys.stderr)
                return 0 if daemonize else 1
        # It is about to end.
        lock.wait()
    if daemonize:
        os.write(ready, b"!")
        os.close(ready)
    with suppress(OSError):
        Path("/proc/self/comm").write_text("kymo-sessiond")
    raise_limits()
    kernel = SharedKernel()
    sessions = Sessions(kernel)
    _serve(sock, Server(sock, Service(kernel, sessions), group))
    sessions.close()
    with starting(directory):
        _leave(directory, lock)
    return 0


def _begin(directory: Path, lock: LifeLock, group: str, daemonize: bool) -> tuple[socket.socket, int]:
    """Listen and go into the background; return the socket, and where to say that we are ready."""
    try:
        sock = listen(paths.session_socket(directory), group)
    except KymoError:
        _leave(directory, lock)
        raise
    ready = detach(directory / _LOG) if daemonize else -1
    lock.sign()
    return sock, ready


def _answers(directory: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(str(paths.session_socket(directory))) == 0


def _leave(directory: Path, lock: LifeLock) -> None:
    """Remove what is ours in the run directory, and that too. Call within `starting`.

    A log with something in it stays: it says what went wrong.
    """
    if lock.is_ours():
        log = directory / _LOG
        with suppress(OSError):
            paths.session_socket(directory).unlink()
        with suppress(OSError):
            if log.stat().st_size == 0:
                log.unlink()
    lock.release()
    with suppress(OSError):
        directory.rmdir()


def _serve(sock: socket.socket, server: Server) -> None:
    """Accept clients until a signal asks us to end. A second signal ends us at once."""
    ear, bell = socket.socketpair()
    bell.setblocking(False)
    signal.set_wakeup_fd(bell.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sock.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ, server.accept)
        selector.register(ear, selectors.EVENT_READ)
        ending = False
        while not ending:
            for key, _ in selector.select():
                if key.data is None:
                    ending = bool({signal.SIGTERM, signal.SIGINT} & set(ear.recv(64)))
                else:
                    key.data()
    sock.close()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
