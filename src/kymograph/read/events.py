# SPDX-License-Identifier: MIT
"""An event, and what was lost between events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kymograph.read.traces import Stream

Fields = Mapping[str, Any]
"""Names to values: integers, floats, strings, and lists and dictionaries of them."""


@dataclass(frozen=True)
class Event:
    """One event record.

    `event["next_tid"]` looks in the payload first, then in the contexts.
    """

    name: str
    time: int | None
    """Nanoseconds since the clock's origin, which is the Epoch in LTTng's traces; None without a clock."""
    payload: Fields
    stream: Stream
    class_id: int
    cycles: int | None
    """What the clock read."""
    packet_context: Fields
    context: Fields
    """The context that all events of the stream have."""
    own_context: Fields
    """The context that only events of this name have."""
    header: Fields

    @property
    def cpu(self) -> int | None:
        """The CPU it happened on, if the trace tells."""
        return self.packet_context.get("cpu_id")

    def __getitem__(self, name: str) -> Any:
        for fields in (self.payload, self.own_context, self.context, self.packet_context):
            if name in fields:
                return fields[name]
        raise KeyError(name)


@dataclass(frozen=True)
class Gap:
    """Events or packets that the tracer lost."""

    lost: Literal["events", "packets"]
    count: int | None
    """How many; None when nobody knows."""
    begin: int | None
    end: int | None
    """Between which times, in nanoseconds since the clock's origin."""
    stream: Stream
