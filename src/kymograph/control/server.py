# SPDX-License-Identifier: MIT
"""Answers clients on the control socket, each connection in a thread of its own."""

from __future__ import annotations

import os
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.framing import Framing
from kymograph.control import protocol
from kymograph.control.access import check_access, group_id, peer_of
from kymograph.control.service import Caller, Service

_MESSAGE_LIMIT = 1 << 20
_CONNECTIONS = 200
"""Clients served at a time; more are turned away."""


def listen(path: Path, group: str) -> socket.socket:
    """Return the listening socket at `path`: root's and `group`'s, or its owner's alone without the group."""
    sock = socket.socket(socket.AF_UNIX)
    with suppress(FileNotFoundError):
        path.unlink()
    old = os.umask(0o177)
    try:
        sock.bind(str(path))
    except OSError as error:
        raise KymoError(ErrorCode.NO_DAEMON, f"cannot listen at '{path}': {error}") from error
    finally:
        os.umask(old)
    gid = group_id(group)
    if os.geteuid() == 0 and gid is not None:
        os.chown(path, 0, gid)
        path.chmod(0o660)
    sock.listen(128)
    return sock


class Server:
    """Serves `service` on a listening socket to whoever may command it."""

    def __init__(self, sock: socket.socket, service: Service, group: str) -> None:
        self._sock = sock
        self._service = service
        self._group = group
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)

    def accept(self) -> None:
        """Take one connection and serve it in a thread."""
        with suppress(OSError):
            connection, _ = self._sock.accept()
            if not self._slots.acquire(blocking=False):
                connection.close()
                return
            connection.setblocking(True)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        framing = Framing(connection, _MESSAGE_LIMIT)
        try:
            self._converse(framing)
        except OSError:
            pass
        finally:
            framing.close()
            self._slots.release()

    def _converse(self, framing: Framing) -> None:
        """Answer calls until the client closes or breaks the protocol."""
        caller = Caller(peer_of(framing.sock), framing.take_fds)
        try:
            check_access(caller.peer, self._group)
            while (message := framing.receive()) is not None:
                reply = self._answer(message, caller)
                framing.drop_fds()
                framing.send(reply)
        except KymoError as error:
            framing.send(protocol.encode_error(error.as_dict()))
        finally:
            self._service.hang_up(caller)

    def _answer(self, message: bytes, caller: Caller) -> bytes:
        try:
            return protocol.encode_reply(self._service.call(message, caller))
        except KymoError as error:
            return protocol.encode_error(error.as_dict())
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            internal = KymoError(ErrorCode.INTERNAL, f"the session daemon failed: {error!r}")
            return protocol.encode_error(internal.as_dict())
