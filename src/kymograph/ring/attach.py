# SPDX-License-Identifier: MIT
"""Attaches programs, and lets go of them without making anyone wait.

A typed tracepoint is attached and detached in a fraction of a millisecond. Detaching from a perf
event's tracepoint waits for RCU grace periods inside the kernel, some 70 ms for each: `Reaper` does
that behind our back, many at a time, after the channel was told not to record.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.source import RecordTracepoint, TypedTracepoint
from kymograph.sys import bpf, perf


@dataclass(frozen=True)
class Attached:
    """The descriptors that keep a program attached: closing the link ends it, then the event may go."""

    link: int
    event: int = -1


def attach(program: int, to: TypedTracepoint | RecordTracepoint) -> Attached:
    """Attach a loaded program. Raise `EVENT_UNSUPPORTED` when the kernel refuses."""
    try:
        if isinstance(to, TypedTracepoint):
            return Attached(bpf.raw_tracepoint_open(program))
        event = perf.open_tracepoint(to.id)
    except OSError as error:
        raise _refused(to.name, error) from None
    try:
        return Attached(bpf.link_create_perf_event(program, event), event)
    except OSError as error:
        os.close(event)
        raise _refused(to.name, error) from None


def _refused(name: str, error: OSError) -> KymoError:
    return KymoError(
        ErrorCode.EVENT_UNSUPPORTED,
        f"the kernel does not let a program attach to {name}: {error.strerror}",
        "see `kymo list -k` for the events of this kernel",
    )


class Reaper:
    """Detaches in the background. One for a daemon."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="reaper")
        self._pending: set[Future[None]] = set()
        self._lock = threading.Lock()

    def detach(self, attached: Sequence[Attached], programs: Sequence[int] = ()) -> None:
        """Close links, events, and then the programs; those that are quick at once, the others later."""
        slow = []
        for item in attached:
            if item.event < 0:
                os.close(item.link)
            else:
                slow.append(item)
        if not slow:
            _close(programs)
            return
        future = self._pool.submit(self._detach_slow, slow, list(programs))
        with self._lock:
            self._pending = {f for f in self._pending if not f.done()} | {future}

    def _detach_slow(self, slow: Sequence[Attached], programs: Sequence[int]) -> None:
        """Links in parallel, as grace periods are shared; events one by one, as the kernel holds a
        mutex there.
        """
        wait([self._pool.submit(os.close, item.link) for item in slow[1:]])
        os.close(slow[0].link)
        _close(programs)
        for item in slow:
            os.close(item.event)

    def wait(self) -> None:
        """Return when everything given so far is detached."""
        with self._lock:
            pending = list(self._pending)
        wait(pending)


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
