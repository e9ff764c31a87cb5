# SPDX-License-Identifier: MIT
"""Attaches programs, and lets go of them without making anyone wait.

A typed tracepoint is attached and detached in a fraction of a millisecond. One of tracefs is reached
through a perf event, and there the kernel waits for RCU grace periods: some 35 ms for closing the
program's link, and as much for closing the event, one event at a time on the whole machine, while nobody
else can open one. So a channel is told not to record, and the links are closed in the background, many
together; events without a program, which cost a tracepoint next to nothing, are kept for the next
session and closed when nobody has wanted them for a while.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.source import RecordTracepoint, TypedTracepoint
from kymograph.sys import bpf, perf

_PARALLEL = 64
"""Links closed at the same time: they share a grace period."""


@dataclass(frozen=True)
class Attached:
    """The descriptors that keep a program attached; `event` of `tracepoint` is -1 for a typed one."""

    link: int
    event: int = -1
    tracepoint: int = -1


class Attachments:
    """All attachments of a daemon. `idle_seconds` is how long an unused perf event is kept."""

    def __init__(self, idle_seconds: float = 60.0) -> None:
        self._idle_seconds = idle_seconds
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="detach")
        self._pending: list[threading.Thread] = []
        self._idle: dict[int, list[int]] = {}
        self._used = 0.0
        self._changed = threading.Condition()
        self._closer = threading.Thread(target=self._close_idle, daemon=True, name="close-idle")
        self._closer.start()

    def attach(self, program: int, to: TypedTracepoint | RecordTracepoint) -> Attached:
        """Attach a loaded program. Raise `EVENT_UNSUPPORTED` when the kernel refuses."""
        try:
            if isinstance(to, TypedTracepoint):
                return Attached(bpf.raw_tracepoint_open(program))
            event = self._take(to.id)
        except OSError as error:
            raise _refused(to.name, error) from None
        try:
            return Attached(bpf.link_create_perf_event(program, event), event, to.id)
        except OSError as error:
            os.close(event)
            raise _refused(to.name, error) from None

    def detach(self, attached: Sequence[Attached], programs: Sequence[int] = ()) -> None:
        """Close links and then programs: at once where that is quick, else in the background."""
        slow = [item for item in attached if item.event >= 0]
        for item in attached:
            if item.event < 0:
                os.close(item.link)
        if not slow:
            _close(programs)
            return
        thread = threading.Thread(target=self._detach_slow, args=(slow, list(programs)), name="detach")
        thread.start()
        self._pending = [*(t for t in self._pending if t.is_alive()), thread]

    def settle(self) -> None:
        """Return when the links given so far are closed: no program is attached any more."""
        for thread in self._pending:
            thread.join()

    def close(self) -> None:
        """Let go of everything without waiting for it, at the daemon's end.

        Idle events are left to a process that does nothing but end: the kernel then closes them in its stead.
        """
        self.settle()
        with self._changed:
            events = [event for held in self._idle.values() for event in held]
            self._idle.clear()
        if not events:
            return
        heir = subprocess.Popen(
            ["kymo-closing-events", "-c", "import sys; sys.stdin.read()"],
            executable=sys.executable,
            stdin=subprocess.PIPE,
            pass_fds=events,
            start_new_session=True,
        )
        _close(events)
        if heir.stdin:
            heir.stdin.close()

    def _take(self, tracepoint: int) -> int:
        """Return a perf event of `tracepoint`: an idle one, or a new one."""
        with self._changed:
            self._used = time.monotonic()
            if self._idle.get(tracepoint):
                return self._idle[tracepoint].pop()
        return perf.open_tracepoint(tracepoint)

    def _detach_slow(self, slow: Sequence[Attached], programs: Sequence[int]) -> None:
        list(self._pool.map(os.close, [item.link for item in slow]))
        _close(programs)
        with self._changed:
            self._used = time.monotonic()
            for item in slow:
                self._idle.setdefault(item.tracepoint, []).append(item.event)
            self._changed.notify()

    def _close_idle(self) -> None:
        """Close one idle event after the other, and none while others are in demand."""
        while True:
            with self._changed:
                while not self._idle:
                    self._changed.wait()
                rest = self._used + self._idle_seconds - time.monotonic()
                if rest > 0:
                    self._changed.wait(rest)
                    continue
                tracepoint, events = self._idle.popitem()
                event = events.pop() if events else -1
                if events:
                    self._idle[tracepoint] = events
            if event >= 0:
                begin = time.monotonic()
                os.close(event)
                # The kernel's mutex was ours for that long: now it is others' turn.
                time.sleep(time.monotonic() - begin)


def _refused(name: str, error: OSError) -> KymoError:
    return KymoError(
        ErrorCode.EVENT_UNSUPPORTED,
        f"the kernel does not let a program attach to {name}: {error.strerror}",
        "see `kymo list -k` for the events of this kernel",
    )


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
