# SPDX-License-Identifier: MIT
"""The Rust extension, as Python sees it. Import it through `kymograph.native` only."""

from collections.abc import Sequence
from os import PathLike
from typing import Literal, TypedDict

class NativeError(Exception):
    """A fault of a trace. `args` is its kind and its message.

    Kinds: `metadata`, `data`, `clash` (traces that have no common time), `no-trace`, `io`, `option`.
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

def write_text(
    paths: Sequence[str | PathLike[str]],
    output: int,
    warnings: int,
    *,
    clock: Literal["wall", "date", "seconds"],
    cycles: bool,
    gmt: bool,
    delta: bool,
    names: Sequence[str],
    fields: Sequence[str],
    color: bool,
    color_warnings: bool,
    bright: bool,
    begin: str | None = None,
    end: str | None = None,
) -> int:
    """Write the events of the traces at or below `paths` to file descriptor `output`.

    Warnings go to file descriptor `warnings`. Returns the number of events written. Raises
    `BrokenPipeError` when nobody reads the output any more.
    """
