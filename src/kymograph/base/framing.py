# SPDX-License-Identifier: MIT
"""Varlink's framing on a stream socket: messages that end in a NUL, with file descriptors beside them.

A message is bytes without NUL (JSON is), closed by one NUL. Descriptors travel as `SCM_RIGHTS` with the
bytes of the message that speaks of them, never after; `take_fds` hands them out in the order sent.
https://varlink.org/Service.html
"""

from __future__ import annotations

import array
import os
import socket
from collections.abc import Sequence

from kymograph.base.errors import ErrorCode, KymoError

MAX_MESSAGE = 16 << 20
_FDS_A_PIECE = 200
"""The kernel refuses more than 253 (`SCM_MAX_FD`) in one `sendmsg`."""


class Framing:
    """One end of a connection: `send` and `receive` whole messages. Not safe for threads by itself."""

    def __init__(self, sock: socket.socket, limit: int = MAX_MESSAGE) -> None:
        self.sock = sock
        self._limit = limit
        self._buffer = bytearray()
        self._fds: list[int] = []

    def send(self, message: bytes, fds: Sequence[int] = ()) -> None:
        """Send one message and descriptors; raise `OSError` when the peer is gone."""
        data = memoryview(message + b"\0")
        for start in range(0, len(fds), _FDS_A_PIECE):
            rights = array.array("i", fds[start : start + _FDS_A_PIECE])
            piece = 1 if start + _FDS_A_PIECE < len(fds) else len(data)
            sent = self.sock.sendmsg([data[:piece]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            data = data[sent:]
        self.sock.sendall(data)

    def receive(self) -> bytes | None:
        """Return the next message, or None when the peer has closed.

        Raises `PROTOCOL` when a message grows beyond the limit or ends in the middle.
        """
        searched = 0
        while (end := self._buffer.find(0, searched)) < 0:
            searched = len(self._buffer)
            if searched > self._limit:
                raise KymoError(ErrorCode.PROTOCOL, f"a message is longer than {self._limit} bytes")
            data, fds, _, _ = _recv(self.sock)
            self._fds += fds
            if not data:
                if self._buffer:
                    raise KymoError(ErrorCode.PROTOCOL, "the peer closed in the middle of a message")
                return None
            self._buffer += data
        message = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return message

    def take_fds(self, count: int) -> list[int]:
        """Return `count` received descriptors, which the caller then owns. Raise `PROTOCOL` if fewer came."""
        if count > len(self._fds):
            raise KymoError(ErrorCode.PROTOCOL, f"{count} descriptors expected, {len(self._fds)} received")
        taken, self._fds = self._fds[:count], self._fds[count:]
        return taken

    def drop_fds(self) -> None:
        """Close descriptors that came with a message but that nobody asked for."""
        for fd in self.take_fds(len(self._fds)):
            os.close(fd)

    def close(self) -> None:
        """Close the socket and whatever was received and not taken."""
        self.drop_fds()
        self.sock.close()


def _recv(sock: socket.socket) -> tuple[bytes, list[int], int, object]:
    """As `socket.recv_fds` (Python 3.9), with close-on-exec set as the descriptors arrive."""
    rights = array.array("i")
    data, ancillary, flags, address = sock.recvmsg(
        1 << 16, socket.CMSG_SPACE(_FDS_A_PIECE * rights.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            rights.frombytes(content[: len(content) - len(content) % rights.itemsize])
    return data, list(rights), flags, address
