# SPDX-License-Identifier: MIT
"""Opening traces and iterating over their events in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any, Literal, cast

from kymograph.native.extension import extension, faults
from kymograph.read.events import Event, Fields, Gap

_NOTHING: Fields = {}


@dataclass(frozen=True)
class Trace:
    """A trace: where it is and what its metadata says."""

    path: str
    name: str
    """Host name and path below the directory that was opened."""
    uuid: str | None
    environment: Mapping[str, int | str]
    description: Mapping[str, Any] = field(repr=False)
    """The whole metadata as plain objects that JSON can hold."""


@dataclass(frozen=True)
class Stream:
    """A data stream of a trace."""

    trace: Trace
    id: int
    class_id: int
    name: str
    """The path of its first file."""
    classes: tuple[tuple[int, str], ...] = field(repr=False)
    """Id and name of each of its event classes."""


class Traces:
    """Traces that are read together. Iterating yields their events, earliest first.

    Each iteration starts anew. Faults are raised where they are met, after all that precedes them:
    `BAD_TRACE` names the file, the packet and the byte.
    """

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        with faults():
            reader = extension.Reader(paths)
            described = reader.traces()
            streams = reader.streams()
            self.warnings = reader.warnings
        self._reader: extension.Reader | None = reader
        self.traces = tuple(
            Trace(
                trace["path"],
                trace["name"],
                trace["class"]["uuid"],
                trace["class"]["environment"],
                trace["class"],
            )
            for trace in described
        )
        self.streams = tuple(self._stream(stream) for stream in streams)

    def _stream(self, row: Mapping[str, Any]) -> Stream:
        trace = self.traces[row["trace"]]
        class_ = trace.description["streams"][row["class"]]
        classes = tuple((event["id"], event["name"]) for event in class_["events"])
        return Stream(trace, row["id"], class_["id"], row["name"], classes)

    def __iter__(self) -> Iterator[Event]:
        return (message for message in self.messages() if isinstance(message, Event))

    def messages(self) -> Iterator[Event | Gap]:
        """Yield events, and gaps where something was lost."""
        with faults():
            reader, self._reader = self._reader or extension.Reader(self._paths), None
        while True:
            with faults():
                row = next(reader, None)
            if row is None:
                return
            yield self._message(row)

    def _message(self, row: tuple[Any, ...]) -> Event | Gap:
        stream = self.streams[row[0]]
        if len(row) == 5:
            _, _, lost, count, bounds = row
            begin, end = bounds or (None, None)
            return Gap(cast(Literal["events", "packets"], lost), count, begin, end, stream)
        _, time, cycles, number, packet_context, header, context, own_context, payload = row
        class_id, name = stream.classes[number]
        return Event(
            name,
            time,
            payload or _NOTHING,
            stream,
            class_id,
            cycles,
            packet_context or _NOTHING,
            context or _NOTHING,
            own_context or _NOTHING,
            header or _NOTHING,
        )


def open(*paths: str | PathLike[str]) -> Traces:
    """Open every trace at or below `paths`. Raise `NO_TRACE`, `BAD_METADATA` or `BAD_TRACE`."""
    return Traces([fspath(path) for path in paths])
