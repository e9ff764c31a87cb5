# SPDX-License-Identifier: MIT
"""The Rust extension, as Python sees it. Import it through `kymograph.native` only."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, TypedDict

class NativeError(Exception):
    """A fault of a trace. `args` is its kind and its message.

    Kinds: `metadata`, `data`, `clash` (traces that have no common time), `no-trace`, `io`, `option`,
    `output`.
    """

    args: tuple[str, str]

class Counts(TypedDict):
    """What `count` counts."""

    events: int
    streams: int
    packets: int
    discarded_events: int
    discarded_packets: int

def count(paths: Sequence[str | PathLike[str]]) -> Counts:
    """Count the events, streams, packets and gaps of the traces at or below `paths`."""

class TextSettings(TypedDict):
    """How `write_text` writes."""

    clock: Literal["wall", "date", "seconds"]
    cycles: bool
    gmt: bool
    delta: bool
    names: Sequence[str]
    fields: Sequence[str]
    color: bool
    color_warnings: bool
    bright: bool
    begin: str | None
    end: str | None

def write_text(
    paths: Sequence[str | PathLike[str]], output: int, warnings: int, settings: TextSettings
) -> int:
    """Write the events of the traces at or below `paths` to file descriptor `output`.

    Warnings go to file descriptor `warnings`. Returns the number of events written. Raises
    `BrokenPipeError` when nobody reads the output any more.
    """

def describe(content: bytes, name: str = "metadata") -> dict[str, Any]:
    """Describe metadata, plain or packetised, as objects that JSON can hold."""

def describe_file(path: str | PathLike[str]) -> dict[str, Any]:
    """Describe the metadata in a file."""

def metadata_text(path: str | PathLike[str]) -> str:
    """Return the metadata in a file as plain text."""

def packets(paths: Sequence[str | PathLike[str]]) -> list[dict[str, Any]]:
    """List what the packets of the traces at or below `paths` tell about themselves."""

class Reader:
    """Iterates over the events and gaps of traces, in order of time.

    An event is `(stream, time, cycles, event class, packet context, header, event context, own
    context, payload)`, a gap `(stream, time, "events" or "packets", count, (begin, end))`. Streams
    and event classes are indexes.
    """

    def __init__(self, paths: Sequence[str | PathLike[str]]) -> None: ...
    @property
    def warnings(self) -> list[str]:
        """What in the metadata deserves a warning."""

    def traces(self) -> list[dict[str, Any]]:
        """Describe the traces: path, name, class."""

    def streams(self) -> list[dict[str, Any]]:
        """Describe the streams: trace, class, id, name."""

    def __iter__(self) -> Reader: ...
    def __next__(self) -> tuple[Any, ...]: ...
