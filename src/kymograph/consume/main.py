# SPDX-License-Identifier: MIT
"""kymo-consumerd: the process that moves sub-buffers to the disk for one session daemon.

It is told what to do by messages on a socket (its standard input) and ends when the other side closes it,
after writing what there is to write: a session daemon that dies takes no record with it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Callable

import msgspec

from kymograph.base.errors import KymoError
from kymograph.base.framing import Framing
from kymograph.consume.channel import ChannelWriter
from kymograph.consume.output import OutputDirectory, as_output_error
from kymograph.consume.protocol import Adopt, Count, Drain, Failed, Reply, Request, Resume
from kymograph.consume.worker import SessionWorker
from kymograph.ring.drain import ChannelDrain
from kymograph.ring.memory import close_all

_NICE = -5
"""Somewhat before ordinary programs: two busy CPUs must not keep us from emptying their buffers."""


class Consumer:
    """Answers the session daemon's requests; each session's work is done in its own thread."""

    def __init__(self, sock: socket.socket) -> None:
        self._framing = Framing(sock)
        self._sending = threading.Lock()
        self._sessions: dict[str, SessionWorker] = {}

    def run(self) -> None:
        """Serve until the session daemon closes the socket; then write everything and return."""
        decoder = msgspec.json.Decoder(Request)
        while (message := self._receive()) is not None:
            self._serve(decoder.decode(message))
        for worker in self._sessions.values():
            worker.submit(worker.finish)
            worker.submit(None)
        for worker in self._sessions.values():
            worker.join()

    def _receive(self) -> bytes | None:
        try:
            return self._framing.receive()
        except (OSError, KymoError):
            return None

    def _serve(self, request: Request) -> None:
        """Put a request before its session's worker, which replies: this thread never waits for a disk."""
        parameters = request.parameters
        worker = self._sessions.get(parameters.session)
        if isinstance(parameters, Adopt):
            fds = self._framing.take_fds(parameters.fds)
            if worker is None:
                worker = self._new_worker(parameters.session)
            self._submit(worker, request, partial(_adopt, worker, parameters, fds))
        elif worker is None:
            self._reply(request)
        elif isinstance(parameters, Count):
            self._reply(request, worker)
        elif isinstance(parameters, Drain):
            self._submit(worker, request, worker.drain)
        elif isinstance(parameters, Resume):
            self._submit(worker, request, worker.resume)
        else:
            self._submit(worker, request, worker.drain)
            worker.submit(None)
            del self._sessions[parameters.session]

    def _new_worker(self, session: str) -> SessionWorker:
        worker = SessionWorker(session, lambda error: self._notify(session, error))
        self._sessions[session] = worker
        return worker

    def _submit(self, worker: SessionWorker, request: Request, action: Callable[[], object]) -> None:
        def command() -> None:
            try:
                action()
            except Exception as error:
                self._reply(request, error=as_output_error(error))
            else:
                self._reply(request, worker, worker.error)

        worker.submit(command)

    def _reply(
        self, request: Request, worker: SessionWorker | None = None, error: KymoError | None = None
    ) -> None:
        reply = Reply(request.id, error.as_dict() if error else None)
        if worker is not None:
            reply.lost_packets = worker.lost_packets()
        self._send(reply)

    def _notify(self, session: str, error: KymoError) -> None:
        self._send(Failed(session=session, error=error.as_dict()))

    def _send(self, message: msgspec.Struct) -> None:
        with self._sending, suppress(OSError):
            self._framing.send(msgspec.json.encode(message))


def _adopt(worker: SessionWorker, adopt: Adopt, fds: list[int]) -> None:
    """Open a channel's files and begin to drain its ring."""
    directory = OutputDirectory(fds[0], adopt.uid, adopt.gid)
    try:
        drain = ChannelDrain.adopt(adopt.ring, fds[1:])
        writer = ChannelWriter(drain, fds[1:], directory, adopt.channel, adopt.stream_id)
    except BaseException:
        close_all(fds[1:])
        raise
    finally:
        directory.close()
    worker.add(adopt.channel, writer, adopt.read_timer)


def main() -> int:
    """Run the consumer on the socket that is standard input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The session daemon decides when we end; a signal to the whole process group must not cost records.
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/comm").write_text("kymo-consumerd")
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    Consumer(socket.socket(fileno=os.dup(0))).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
