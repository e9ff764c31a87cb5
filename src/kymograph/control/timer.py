# SPDX-License-Identifier: MIT
"""Does something again and again until told to stop: a channel's switch timer."""

from __future__ import annotations

import threading
from typing import Callable


class Periodic:
    """Calls `action` every `period_us` microseconds, in a thread of its own."""

    def __init__(self, period_us: int, action: Callable[[], None]) -> None:
        self._period = period_us / 1e6
        self._action = action
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="switch timer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when no call is under way and none will come."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            self._action()
