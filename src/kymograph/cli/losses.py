# SPDX-License-Identifier: MIT
"""What a session lost, said when it stops: a loss must not be found out only when the trace is read."""

from __future__ import annotations

from typing import Any

from kymograph.cli.context import Context

_NESTED = (
    "they happened inside the recording of another, where the kernel runs no program: enable fewer events"
)


def warn_of_losses(context: Context, session: dict[str, Any]) -> None:
    """Say for each channel how much was lost, and which options would have helped."""
    for channel in session["channels"]:
        name, size, count = channel["name"], channel["sub_buffer_size"], channel["sub_buffer_count"]
        remedy = (
            f"larger or more sub-buffers lose less than {count} of {size} bytes: --subbuf-size, --num-subbuf"
        )
        nested = channel["nested_events"]
        full = channel["discarded_events"] - nested
        if full:
            context.warn(f"{_were(full, 'event')} discarded in channel {name} ({remedy})")
        if nested:
            context.warn(f"{_were(nested, 'event')} not recorded in channel {name} ({_NESTED})")
        if channel["lost_packets"]:
            packets = _were(channel["lost_packets"], "packet")
            context.warn(f"{packets} overwritten in channel {name} ({remedy})")


def _were(count: int, what: str) -> str:
    return f"1 {what} was" if count == 1 else f"{count} {what}s were"


def losses(session: dict[str, Any]) -> list[dict[str, object]]:
    """Return the same for a program to read."""
    keys = ("name", "discarded_events", "nested_events", "lost_packets")
    return [{key: channel[key] for key in keys} for channel in session["channels"]]
