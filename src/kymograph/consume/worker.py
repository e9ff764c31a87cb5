# SPDX-License-Identifier: MIT
"""One thread a session: waits for deliveries and writes them. A slow disk delays its own session only."""

from __future__ import annotations

import queue
import select
import socket
import threading
from typing import Callable

from kymograph.base.errors import KymoError
from kymograph.consume.channel import ChannelWriter
from kymograph.consume.output import as_output_error

Command = Callable[[], None]


class SessionWorker:
    """Drains the channels of one session. Methods may be called from any thread; they do not wait.

    `failed` is called, from the worker's thread, when the trace can no longer be written. The worker then
    rests until `resume`; what it has not written stays in the rings.
    """

    def __init__(self, name: str, failed: Callable[[KymoError], None]) -> None:
        self._failed = failed
        self._channels: dict[str, ChannelWriter] = {}
        self._timeout_ms: dict[str, int] = {}
        self.error: KymoError | None = None
        """What keeps us from writing, if anything does."""
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        self._poll = select.epoll()
        self._poll.register(self._ear, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, name=f"drain {name}", daemon=True)
        self._thread.start()

    def submit(self, command: Command | None) -> None:
        """Run `command` in the worker's thread; None ends it."""
        self._commands.put(command)
        self._bell.send(b"!")

    def join(self) -> None:
        """Wait until the worker has ended."""
        self._thread.join()

    # What follows runs in the worker's thread, as commands.

    def add(self, channel: str, writer: ChannelWriter, read_timer_us: int) -> None:
        """Begin to drain a channel; look at it every `read_timer_us` even when nobody wakes us (0: never)."""
        self._channels[channel] = writer
        if read_timer_us:
            self._timeout_ms[channel] = max(1, read_timer_us // 1000)
        self._poll.register(writer.wake_fd, self._interest)

    def drain(self) -> None:
        """Write everything delivered so far, unless an error keeps us from writing."""
        if self.error is None:
            try:
                for writer in self._channels.values():
                    writer.drain()
            except Exception as error:
                # Whatever it is, the thread must live on to answer.
                self._fail(as_output_error(error))

    def finish(self) -> None:
        """End every channel's recording and write what is left: the session daemon is gone."""
        for writer in self._channels.values():
            writer.finish()
        self.drain()

    def resume(self) -> None:
        """Forget an error and try again."""
        self.error = None
        self._listen()

    def lost_packets(self) -> dict[str, int]:
        """For each channel, packets that were overwritten before we could read them. From any thread."""
        return {name: writer.lost_packets for name, writer in list(self._channels.items())}

    def _fail(self, error: KymoError) -> None:
        self.error = error
        self._listen()
        self._failed(error)

    @property
    def _interest(self) -> int:
        """What to wait for: deliveries, unless an error keeps us from taking them."""
        return select.EPOLLIN if self.error is None else 0

    def _listen(self) -> None:
        for writer in self._channels.values():
            self._poll.modify(writer.wake_fd, self._interest)

    def _run(self) -> None:
        while True:
            idle = self.error is not None or not self._timeout_ms
            ready = self._poll.poll(None if idle else min(self._timeout_ms.values()) / 1000)
            if any(fd == self._ear.fileno() for fd, _ in ready):
                self._ear.recv(4096)
                if not self._obey():
                    break
            self.drain()
        self._close()

    def _obey(self) -> bool:
        """Run what was submitted; return False at the end."""
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return True
            if command is None:
                self.drain()
                return False
            command()

    def _close(self) -> None:
        for writer in self._channels.values():
            writer.close()
        self._poll.close()
        self._bell.close()
        self._ear.close()
