# SPDX-License-Identifier: MIT
"""Record schemas, and the classes of a trace that they make up (CTF's terms)."""

from __future__ import annotations

from dataclasses import dataclass

from kymograph.model.fields import Field


@dataclass(frozen=True)
class RecordSchema:
    """What one kind of record is called and which fields it has, in their order in the bytes."""

    name: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class EventClass:
    """A schema with its number in a stream class (0 … 65534)."""

    id: int
    schema: RecordSchema


@dataclass(frozen=True)
class StreamClass:
    """All event classes of a channel; `id` is unique in the trace."""

    id: int
    events: tuple[EventClass, ...] = ()


@dataclass(frozen=True)
class Clock:
    """A clock with nanosecond ticks; `offset_ns` is from the Epoch to its zero."""

    name: str
    uuid: str
    offset_ns: int
    description: str = "Monotonic Clock"


@dataclass(frozen=True)
class TraceClass:
    """A trace: identity, environment, clock and stream classes. `uuid` is 16 bytes."""

    uuid: bytes
    clock: Clock
    little_endian: bool = True
    environment: tuple[tuple[str, int | str], ...] = ()
    streams: tuple[StreamClass, ...] = ()
