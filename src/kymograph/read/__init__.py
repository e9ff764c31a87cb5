# SPDX-License-Identifier: MIT
"""Traces to events: `kymograph.read.open(PATH)` and iterate."""

from kymograph.read.events import Event, Gap
from kymograph.read.packets import Packet, packets
from kymograph.read.traces import Stream, Trace, Traces, open

__all__ = ["Event", "Gap", "Packet", "Stream", "Trace", "Traces", "open", "packets"]
