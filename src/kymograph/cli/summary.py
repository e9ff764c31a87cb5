# SPDX-License-Identifier: MIT
"""What a recording came to: events, losses, size, duration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kymograph.base.errors import KymoError
from kymograph.base.quantities import human_size
from kymograph.show.counter import print_counts


def summarise(session: dict[str, Any], duration: float, status: int) -> dict[str, object]:
    """Count what is in a stopped session's trace. `duration` is in seconds, `status` the command's."""
    path = session["output"]
    return {
        "trace": path,
        "events": _count_events(path),
        "discarded_events": sum(channel["discarded_events"] for channel in session["channels"]),
        "nested_events": sum(channel["nested_events"] for channel in session["channels"]),
        "lost_packets": sum(channel["lost_packets"] for channel in session["channels"]),
        "size": _size(path),
        "duration": round(duration, 6),
        "exit_status": status,
    }


def summary_text(program: str, summary: dict[str, Any]) -> str:
    """Return the lines a person reads."""
    events = "Recorded " + ("events" if summary["events"] is None else f"{summary['events']:,} events")
    lost = f"{summary['discarded_events']:,} discarded"
    if summary["lost_packets"]:
        lost += f", {summary['lost_packets']:,} packets overwritten"
    full = summary["discarded_events"] - summary["nested_events"]
    hint = "\nLarger buffers lose less: --subbuf-size, --num-subbuf" if full else ""
    return (
        f"{events}, {lost}, {human_size(summary['size'])} in {summary['duration']:.3f} s{hint}\n"
        f"{summary['trace']}\nRead it: {program} view"
    )


def _count_events(path: str) -> int | None:
    """Count by reading; None when the trace cannot be read, which `view` will explain."""
    try:
        return print_counts([path], None)
    except KymoError:
        return None


def _size(path: str) -> int:
    """Bytes of all files beneath `path`."""
    return sum(entry.stat().st_size for entry in Path(path).rglob("*") if entry.is_file())
