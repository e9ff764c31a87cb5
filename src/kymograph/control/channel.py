# SPDX-License-Identifier: MIT
"""A channel of a session: its ring, and the event rules it was given."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.model.schema import StreamClass
from kymograph.model.session import ChannelSpec, EventRule
from kymograph.ring.channel import ChannelRing


@dataclass(frozen=True)
class RuleState:
    """An event rule of a channel."""

    rule: EventRule
    enabled: bool = True


class Channel:
    """A channel. Only its session calls what changes it, under the session's lock; `describe` needs none."""

    def __init__(self, spec: ChannelSpec, ring: ChannelRing) -> None:
        self.spec = spec
        self.ring = ring
        self.rules: tuple[RuleState, ...] = ()
        self.adopted = False
        self._counting = threading.Lock()
        self._closed = False
        self._discarded = 0

    @property
    def stream(self) -> StreamClass:
        """The event classes so far."""
        return self.ring.stream

    def enable(self, rule: EventRule) -> None:
        """Add a rule, or enable one that was disabled. Raise `EVENT_ENABLED` when it is enabled already."""
        state = self._find(rule)
        if state is not None and state.enabled:
            raise KymoError(
                ErrorCode.EVENT_ENABLED,
                f"Kernel event {rule.pattern} already enabled (channel {self.spec.name})",
            )
        self.ring.enable(rule)
        self.rules = (*(other for other in self.rules if other is not state), RuleState(rule))

    def disable(self, rule: EventRule) -> None:
        """Disable a rule. Raise `NO_EVENT` when the channel has no such rule."""
        state = self._find(rule)
        if state is None:
            known = ", ".join(other.rule.pattern for other in self.rules) or "none"
            raise KymoError(
                ErrorCode.NO_EVENT,
                f"channel {self.spec.name} has no event rule {rule.pattern}",
                f"its rules: {known}",
            )
        self.ring.disable(rule)
        self.rules = tuple(RuleState(rule, False) if other is state else other for other in self.rules)
        for other in self.rules:
            # What another rule names too is still wanted.
            if other.enabled:
                self.ring.enable(other.rule)

    def _find(self, rule: EventRule) -> RuleState | None:
        return next((state for state in self.rules if state.rule == rule), None)

    def discarded(self) -> int:
        """Return records lost so far."""
        with self._counting:
            if not self._closed:
                self._discarded = self.ring.discarded()
            return self._discarded

    def close(self) -> None:
        """Free the ring and its programs."""
        with self._counting:
            self._closed = True
            self.ring.close()

    def describe(self, lost_packets: int) -> dict[str, Any]:
        """Return what `status` and `list` show, ready for JSON."""
        rules = [
            {"kind": state.rule.kind.value, "pattern": state.rule.pattern, "enabled": state.enabled}
            for state in self.rules
        ]
        return {
            **asdict(self.spec),
            "loss_mode": self.spec.loss_mode.value,
            "discarded_events": self.discarded(),
            "nested_events": self.ring.missed,
            "lost_packets": lost_packets,
            "rules": rules,
            "skipped": [error.as_dict() for error in self.ring.skipped],
        }
