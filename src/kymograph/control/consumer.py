# SPDX-License-Identifier: MIT
"""The session daemon's hold on its consumer: starts it, asks it, and starts it again when it dies.

Whoever asks never notices a death: the new consumer is given every ring again, takes up where the files end,
and then gets the requests that were unanswered. All requests can be repeated.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable, Union

import msgspec

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.framing import Framing
from kymograph.consume.protocol import (
    Adopt,
    Close,
    Count,
    Drain,
    Failed,
    FromConsumer,
    Reply,
    Request,
    Resume,
)

_DEATHS, _WITHIN_SECONDS = 5, 10.0
"""More deaths than that in that time, and we stop starting consumers."""

Parameters = Union[Adopt, Count, Drain, Resume, Close]
FailureHandler = Callable[[str, KymoError], None]


@dataclass
class _Pending:
    """A request under way."""

    id: int
    message: bytes
    fds: list[int]
    done: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None


class Consumer:
    """A consumer process. `failed(session, error)` is called when it cannot write a session's trace."""

    def __init__(self, failed: FailureHandler) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._framing: Framing | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._number = 0
        self._pending: dict[int, _Pending] = {}
        self._adopted: dict[tuple[str, str], _Pending] = {}
        self._deaths: list[float] = []
        self._closing = False

    def adopt(self, adopt: Adopt, fds: list[int]) -> None:
        """Hand over a ring. The descriptors stay the caller's and must stay open until `close_session`."""
        key = adopt.session, adopt.channel
        with self._lock:
            pending = self._adopted[key] = self._begin(adopt, fds)
        try:
            self._await(pending)
        except KymoError:
            with self._lock:
                self._adopted.pop(key, None)
            raise

    def drain(self, session: str) -> None:
        """Return when all that was delivered is on the disk. Raises what kept it from that."""
        self._ask(Drain(session))

    def lost_packets(self, session: str) -> dict[str, int]:
        """Return each channel's packets overwritten before they could be read. Waits for no disk."""
        return self._ask(Count(session)).lost_packets

    def resume(self, session: str) -> None:
        """Let the consumer try again after an error."""
        self._ask(Resume(session))

    def close_session(self, session: str) -> None:
        """Have a session's files closed; its rings may be freed then. Raises what kept records from them."""
        with self._lock:
            for key in [key for key in self._adopted if key[0] == session]:
                del self._adopted[key]
        self._ask(Close(session))

    def close(self) -> None:
        """Let the consumer write what there is and end; return when it has."""
        with self._lock:
            self._closing = True
            framing, process, reader = self._framing, self._process, self._reader
        if framing is not None and process is not None and reader is not None:
            framing.sock.shutdown(socket.SHUT_WR)
            process.wait()
            reader.join()

    def _ask(self, parameters: Parameters) -> Reply:
        with self._lock:
            pending = self._begin(parameters, [])
        return self._await(pending)

    def _begin(self, parameters: Parameters, fds: list[int]) -> _Pending:
        """Send a request. With the lock held."""
        if self._framing is None:
            self._spawn()
        self._number += 1
        message = msgspec.json.encode(Request(self._number, parameters))
        pending = self._pending[self._number] = _Pending(self._number, message, fds)
        self._send(pending)
        return pending

    @staticmethod
    def _await(pending: _Pending) -> Reply:
        """Return the reply. Raises the error in it, and `DAEMON_DIED`."""
        pending.done.wait()
        if pending.reply is None:
            raise _hopeless()
        if pending.reply.error is not None:
            raise KymoError.from_dict(pending.reply.error)
        return pending.reply

    def _send(self, pending: _Pending) -> None:
        """Send a request; when the consumer is dead the reader will notice and send it again."""
        assert self._framing is not None
        with suppress(OSError):
            self._framing.send(pending.message, pending.fds)

    def _spawn(self) -> None:
        """Start a consumer and give it every ring. With the lock held."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kymograph.consume.main"], stdin=theirs.fileno(), cwd="/"
            )
        self._framing = Framing(ours)
        self._reader = threading.Thread(
            target=self._read, args=(self._framing, self._process), name="consumer", daemon=True
        )
        self._reader.start()
        for adopted in self._adopted.values():
            self._send(adopted)

    def _read(self, framing: Framing, process: subprocess.Popen[bytes]) -> None:
        decoder = msgspec.json.Decoder(FromConsumer)
        while (message := _receive(framing)) is not None:
            self._receive(decoder.decode(message))
        framing.close()
        process.wait()
        if not self._closing:
            self._revive()

    def _receive(self, message: Reply | Failed) -> None:
        if isinstance(message, Failed):
            self._report(message.session, KymoError.from_dict(message.error))
            return
        with self._lock:
            pending = self._pending.pop(message.id, None)
            replayed = [key for key, adopted in self._adopted.items() if adopted.id == message.id]
        if pending is not None:
            pending.reply = message
            pending.done.set()
        elif replayed and message.error:
            self._report(replayed[0][0], KymoError.from_dict(message.error))

    def _report(self, session: str, error: KymoError) -> None:
        """Tell of a failure in a thread of its own: it will ask us again, and ours brings the answers."""
        threading.Thread(target=self._failed, args=(session, error), daemon=True).start()

    def _revive(self) -> None:
        """Start another consumer and repeat what was not answered; give up when it happens too often."""
        now = time.monotonic()
        with self._lock:
            self._deaths = [then for then in self._deaths if now - then < _WITHIN_SECONDS] + [now]
            if len(self._deaths) <= _DEATHS:
                self._spawn()
                adopted = {pending.id for pending in self._adopted.values()}
                for pending in self._pending.values():
                    if pending.id not in adopted:
                        self._send(pending)
                return
            self._framing = None
            unanswered, self._pending = list(self._pending.values()), {}
            sessions = {session for session, _ in self._adopted}
        for pending in unanswered:
            pending.done.set()
        for session in sessions:
            self._report(session, _hopeless())


def _hopeless() -> KymoError:
    return KymoError(
        ErrorCode.DAEMON_DIED, "the consumer daemon dies again and again", "see the session daemon's log"
    )


def _receive(framing: Framing) -> bytes | None:
    try:
        return framing.receive()
    except (OSError, KymoError):
        return None
