# SPDX-License-Identifier: MIT
"""What packets tell about themselves, without reading their events."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath

from kymograph.native.extension import extension, faults
from kymograph.read.events import Fields


@dataclass(frozen=True)
class Packet:
    """A packet of a data stream file. Sizes are in bits, times in nanoseconds since the clock's origin."""

    path: str
    number: int
    offset: int
    """Where it begins in its file, in bytes."""
    size: int
    content: int
    """Its size without padding."""
    stream_class: int
    stream: int | None
    begin: int | None
    end: int | None
    sequence: int | None
    discarded: int | None
    """How many events the stream had lost when the packet ended."""
    context: Fields

    @property
    def cpu(self) -> int | None:
        """The CPU whose buffer it comes from, if it tells."""
        return self.context.get("cpu_id")


def packets(*paths: str | PathLike[str]) -> list[Packet]:
    """List the packets of the traces at or below `paths`, file by file.

    Raises `NO_TRACE`, `BAD_METADATA` or `BAD_TRACE`.
    """
    with faults():
        rows = extension.packets([fspath(path) for path in paths])
    return [Packet(**{**row, "context": row["context"] or {}}) for row in rows]
