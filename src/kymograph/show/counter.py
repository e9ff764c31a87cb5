# SPDX-License-Identifier: MIT
"""How many messages of each kind a trace has, as babeltrace2's `sink.utils.counter` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from kymograph.native.extension import extension, faults


def print_counts(paths: Sequence[str], output: TextIO | None) -> int:
    """Read the traces at or below `paths` whole and print counts, if there is an output.

    Returns the number of events. Raises `NO_TRACE`, `BAD_METADATA` and `BAD_TRACE`.
    """
    with faults():
        counts = extension.count(paths)
    rows = [
        (counts["events"], "Event"),
        (counts["streams"], "Stream beginning"),
        (counts["streams"], "Stream end"),
        (counts["packets"], "Packet beginning"),
        (counts["packets"], "Packet end"),
        (counts["discarded_events"], "Discarded event"),
        (counts["discarded_packets"], "Discarded packet"),
        (0, "Message iterator inactivity"),
    ]
    if output is not None:
        for count, kind in rows:
            print(f"{count:15} {kind} message{'' if count == 1 else 's'}", file=output)
        total = sum(count for count, _ in rows)
        print(f"{total:15} message{'' if total == 1 else 's'} (TOTAL)", file=output)
    return counts["events"]
