# SPDX-License-Identifier: MIT
"""Channels on the real kernel that never outlive their test."""

from __future__ import annotations

import contextlib
import threading

import pytest

from kymograph.instrument.kernel import Kernel
from kymograph.model.session import ChannelSpec
from kymograph.ring.attach import Attachments
from kymograph.ring.channel import ChannelRing
from kymograph.ring.drain import ChannelDrain

UUID = bytes(range(16))


@pytest.fixture(scope="session")
def kernel():
    return Kernel()


@pytest.fixture(scope="session")
def attachments():
    attachments = Attachments()
    yield attachments
    attachments.settle()


@pytest.fixture
def channel(kernel, attachments):
    """A function that makes channels."""
    with contextlib.ExitStack() as stack:

        def make(spec=None):
            ring = ChannelRing.create(kernel, attachments, spec or ChannelSpec(), 0, UUID)
            stack.callback(ring.close)
            return ring

        yield make


class Consumer:
    """Drains a channel in a thread until told that nothing more comes, keeping each CPU's packets."""

    def __init__(self, ring):
        self._drain = ChannelDrain.adopt(*ring.handover())
        self.packets = {stream.cpu: [] for stream in self._drain.streams}
        self.lost_packets = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.finish()
        self._drain.close()

    def _run(self):
        while not self._done.wait(0.001):
            self.sweep()

    def sweep(self):
        for stream in self._drain.streams:
            while packet := stream.next():
                self.packets[stream.cpu].append(bytes(packet.data))
                stream.release(packet)
            self.lost_packets[stream.cpu] = stream.lost_packets

    def finish(self):
        if not self._done.is_set():
            self._done.set()
            self._thread.join()
            self.sweep()
