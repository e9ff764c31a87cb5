# SPDX-License-Identifier: MIT
"""Sessions, channels and event rules as a user describes them, with LTTng's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class LossMode(str, Enum):
    """What happens when no sub-buffer is free: the new event is lost, or the oldest sub-buffer."""

    DISCARD = "discard"
    OVERWRITE = "overwrite"


class RuleKind(str, Enum):
    """What an event rule watches."""

    TRACEPOINT = "tracepoint"
    SYSCALL = "syscall"


DEFAULT_CHANNEL = "channel0"


@dataclass(frozen=True)
class ChannelSpec:
    """A channel. Sizes in bytes, timers in microseconds (0: inactive).

    `sub_buffer_size` and `sub_buffer_count` are powers of two, the size at least a page.
    """

    name: str = DEFAULT_CHANNEL
    loss_mode: LossMode = LossMode.DISCARD
    sub_buffer_size: int = 1 << 20
    sub_buffer_count: int = 4
    switch_timer: int = 0
    read_timer: int = 200_000
    monitor_timer: int = 1_000_000


@dataclass(frozen=True)
class EventRule:
    """Which events a channel records: a kind, and a name or glob pattern."""

    kind: RuleKind
    pattern: str
