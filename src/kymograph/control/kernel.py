# SPDX-License-Identifier: MIT
"""The one `instrument.kernel.Kernel` of a daemon: made at first use, used by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kymograph.instrument.kernel import Kernel
from kymograph.ring.attach import Attachments


class SharedKernel:
    """Lends the kernel's description. Reading BTF and tracefs takes a while and is done once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kernel: Kernel | None = None
        self.attachments = Attachments()

    @contextmanager
    def borrow(self) -> Iterator[Kernel]:
        """Have the kernel for oneself. Raises `NO_BTF`, `NO_TRACEFS`, `NO_PERMISSION`."""
        with self._lock:
            if self._kernel is None:
                self._kernel = Kernel()
            yield self._kernel
