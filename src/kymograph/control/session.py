# SPDX-License-Identifier: MIT
"""A recording session: its channels, and the states it goes through.

    inactive --start--> active --stop--> inactive --destroy--> gone
                        active --the trace cannot be written--> inactive, with an error

Commands on one session exclude each other; `describe` waits for none of them, so that a session whose disk
is stuck can still be looked at.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import Enum
from typing import Any

from kymograph.base.clocks import boot_id, monotonic_offset_ns
from kymograph.base.errors import ErrorCode, KymoError, context
from kymograph.consume.protocol import Adopt
from kymograph.control.channel import Channel
from kymograph.control.consumer import Consumer
from kymograph.control.kernel import SharedKernel
from kymograph.control.names import check_channel_name
from kymograph.control.output import TraceOutput
from kymograph.control.timer import Periodic
from kymograph.ctf.environment import kernel_environment
from kymograph.ctf.metadata import metadata_text
from kymograph.model.schema import Clock, TraceClass
from kymograph.model.session import DEFAULT_CHANNEL, ChannelSpec, EventRule, LossMode
from kymograph.ring.channel import ChannelRing


class State(str, Enum):
    """What a session is doing."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    GONE = "gone"


class Session:
    """A session. Takes over `output` and closes it in `destroy`."""

    def __init__(self, name: str, output: TraceOutput, kernel: SharedKernel, consumer: Consumer) -> None:
        self.name = name
        self._output = output
        self._kernel = kernel
        self._consumer = consumer
        self._lock = threading.Lock()
        self._state = State.INACTIVE
        self._error: KymoError | None = None
        self._channels: tuple[Channel, ...] = ()
        self._timers: dict[Channel, Periodic] = {}
        self._trace = TraceClass(
            uuid=uuid.uuid4().bytes,
            clock=Clock("monotonic", boot_id(), monotonic_offset_ns()),
            little_endian=sys.byteorder == "little",
            environment=kernel_environment(name, time.time_ns()),
        )

    # Configuring

    def add_channel(self, spec: ChannelSpec) -> None:
        """Create a channel. Raise `CHANNEL_EXISTS`, `CHANNEL_NAME`, `BUFFER_SIZE`."""
        with self._alive(), context(f"Channel {spec.name}"):
            if self._find(spec.name) is not None:
                raise KymoError(
                    ErrorCode.CHANNEL_EXISTS, f"Kernel channel already exists (session {self.name})"
                )
            self._adopt_channel(self._new_channel(spec))

    def enable(self, channel_name: str | None, rule: EventRule) -> str:
        """Add an event rule to a channel, made if need be; return the channel's name.

        Raises `NO_EVENT` and what else kept the event from being recorded; nothing has changed then.
        """
        with self._alive(), context(f"Event {rule.pattern}"):
            name = self._choose(channel_name)
            channel = self._find(name)
            if channel is not None:
                with self._kernel.borrow():
                    channel.enable(rule)
                self._adopt_channel(channel)
                return name
            channel = self._new_channel(ChannelSpec(name))
            try:
                with self._kernel.borrow():
                    channel.enable(rule)
            except BaseException:
                channel.close()
                raise
            self._adopt_channel(channel)
            return name

    def disable(self, channel_name: str | None, rule: EventRule | None) -> str:
        """Disable an event rule of a channel, or all of them; return the channel's name."""
        with self._alive(), context(f"Event {rule.pattern}" if rule else "Events"):
            name = self._choose(channel_name)
            channel = self._find(name)
            if channel is None:
                raise KymoError(ErrorCode.NO_CHANNEL, f"session {self.name} has no channel {name}")
            rules = [rule] if rule else [state.rule for state in channel.rules if state.enabled]
            with self._kernel.borrow():
                for each in rules:
                    channel.disable(each)
            if self._state is State.ACTIVE:
                channel.ring.start()
            return name

    # Running

    def start(self) -> None:
        """Begin to record. Raise `SESSION_ACTIVE` when it does, `SESSION_EMPTY` without a channel."""
        with self._alive():
            if self._state is State.ACTIVE:
                raise KymoError(ErrorCode.SESSION_ACTIVE, f"Tracing already started for session {self.name}")
            if not self._channels:
                hint = "enable an event first, for example: enable-event -k sched_switch"
                raise KymoError(ErrorCode.SESSION_EMPTY, f"No channel found in session {self.name}", hint)
            if self._error is not None:
                self._consumer.resume(self.name)
                self._error = None
            self._write_metadata()
            self._state = State.ACTIVE
            try:
                for channel in self._channels:
                    self._activate(channel)
            except BaseException:
                self._deactivate()
                raise

    def stop(self) -> None:
        """Stop recording; return when everything is on the disk, or raise what kept it from that."""
        with self._alive():
            if self._state is not State.ACTIVE:
                raise KymoError(
                    ErrorCode.SESSION_INACTIVE, f"Tracing already stopped for session {self.name}"
                )
            self._stop()

    def fail(self, error: KymoError) -> None:
        """Stop recording because the trace cannot be written. What is on the disk stays readable."""
        with self._lock:
            if self._state is not State.GONE:
                self._error = error
            if self._state is State.ACTIVE:
                self._deactivate()

    def destroy(self) -> None:
        """Stop, free everything, and be gone, also when it raises what kept records from the disk."""
        with self._alive():
            try:
                if self._state is State.ACTIVE:
                    with suppress(KymoError):
                        self._stop()
                # If that failed, this raises the same.
                self._consumer.close_session(self.name)
            finally:
                self._state = State.GONE
                for channel in self._channels:
                    channel.close()
                self._output.close()

    # Looking

    def describe(self) -> dict[str, Any]:
        """Return what `status` and `list` show, ready for JSON. Waits for no command under way."""
        error, channels = self._error, self._channels
        overwriting = any(channel.spec.loss_mode is LossMode.OVERWRITE for channel in channels)
        lost: dict[str, int] = {}
        if overwriting:
            with suppress(KymoError):
                lost = self._consumer.lost_packets(self.name)
        return {
            "name": self.name,
            "active": self._state is State.ACTIVE,
            "output": self._output.path,
            "has_trace": self._output.written,
            "error": error.as_dict() if error else None,
            "channels": [channel.describe(lost.get(channel.spec.name, 0)) for channel in channels],
        }

    # Inside; all of it with the lock held

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """Hold the lock; raise `NO_SESSION` when another command destroyed the session meanwhile."""
        with self._lock:
            if self._state is State.GONE:
                raise KymoError(ErrorCode.NO_SESSION, f"Session '{self.name}' not found")
            yield

    def _find(self, name: str) -> Channel | None:
        return next((channel for channel in self._channels if channel.spec.name == name), None)

    def _choose(self, name: str | None) -> str:
        """Return the channel an event goes to when `name` does not say, as LTTng does."""
        if name is not None:
            return name
        if self._channels and self._find(DEFAULT_CHANNEL) is None:
            names = ", ".join(channel.spec.name for channel in self._channels)
            raise KymoError(
                ErrorCode.NO_CHANNEL,
                "Non-default channel exists within session: channel name needs to be specified with "
                f"'-c name' (session {self.name})",
                f"its channels: {names}",
            )
        return DEFAULT_CHANNEL

    def _new_channel(self, spec: ChannelSpec) -> Channel:
        check_channel_name(spec.name)
        with self._kernel.borrow() as kernel:
            stream_id = len(self._channels)
            ring = ChannelRing.create(kernel, self._kernel.attachments, spec, stream_id, self._trace.uuid)
            return Channel(spec, ring)

    def _adopt_channel(self, channel: Channel) -> None:
        """Make a new or changed channel part of the session. Metadata goes before the first record."""
        if channel not in self._channels:
            self._channels = (*self._channels, channel)
        if self._output.written:
            self._write_metadata()
        if self._state is State.ACTIVE:
            self._activate(channel)

    def _write_metadata(self) -> None:
        streams = tuple(channel.stream for channel in self._channels)
        self._output.write_metadata(metadata_text(replace(self._trace, streams=streams)))

    def _activate(self, channel: Channel) -> None:
        if not channel.adopted:
            ring, fds = channel.ring.handover()
            directory = self._output.directory
            self._consumer.adopt(
                Adopt(
                    session=self.name,
                    channel=channel.spec.name,
                    stream_id=channel.stream.id,
                    read_timer=channel.spec.read_timer,
                    uid=directory.uid,
                    gid=directory.gid,
                    ring=ring,
                    fds=len(fds) + 1,
                ),
                [directory.fd, *fds],
            )
            channel.adopted = True
        channel.ring.start()
        if channel.spec.switch_timer and channel not in self._timers:
            self._timers[channel] = Periodic(channel.spec.switch_timer, channel.ring.flush)

    def _deactivate(self) -> None:
        self._state = State.INACTIVE
        for timer in self._timers.values():
            timer.stop()
        self._timers.clear()
        for channel in self._channels:
            channel.ring.stop()

    def _stop(self) -> None:
        self._deactivate()
        try:
            self._consumer.drain(self.name)
            # A full ring had no room to say what it lost last; now it has.
            if not all(channel.ring.settled for channel in self._channels):
                for channel in self._channels:
                    channel.ring.flush()
                self._consumer.drain(self.name)
        except KymoError as error:
            self._error = error
            raise
