# SPDX-License-Identifier: MIT
"""The methods of the control protocol: their parameters, checked by their types.

Varlink's messages, https://varlink.org/Service.html, each ended by a NUL byte: a call is
`{"method": "org.kymograph.NAME", "parameters": {…}}`, a reply `{"parameters": {…}}` or
`{"error": "org.kymograph.Error", "parameters": {…}}`, the parameters of an error being `KymoError.as_dict`.
"""

from __future__ import annotations

from typing import Annotated, Any, Optional

import msgspec

INTERFACE = "org.kymograph."
ERROR = INTERFACE + "Error"

Name = Annotated[str, msgspec.Meta(max_length=1024)]
Quantity = Annotated[int, msgspec.Meta(gt=0, lt=1 << 62)]
Microseconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """What a method takes."""


class Call(msgspec.Struct, forbid_unknown_fields=True):
    """A message from a client."""

    method: str
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class Rule(Parameters):
    """An event rule."""

    kind: Annotated[str, msgspec.Meta(pattern="^(tracepoint|syscall)$")]
    pattern: Name


class GetInfo(Parameters):
    """Version and process number of the daemon."""


class ListEvents(Parameters):
    """The events of this kernel, or its system calls."""

    syscalls: bool = False
    fields: bool = False


class ListSessions(Parameters):
    """All sessions."""


class SessionParameters(Parameters):
    """One session: to describe, start, stop, destroy."""

    session: Name


class CreateSession(Parameters):
    """A new session. The trace's open directory, which `output` names, comes as a file descriptor.

    A transient session is destroyed when the connection that it was created on closes.
    """

    name: Name
    output: Annotated[str, msgspec.Meta(max_length=4096)]
    transient: bool = False


class EnableChannel(Parameters):
    """A new channel. Sizes in bytes."""

    session: Name
    name: Name
    loss_mode: Annotated[str, msgspec.Meta(pattern="^(discard|overwrite)$")] = "discard"
    sub_buffer_size: Quantity = 1 << 20
    sub_buffer_count: Quantity = 4
    switch_timer: Microseconds = 0
    read_timer: Microseconds = 200_000
    monitor_timer: Microseconds = 1_000_000


class EnableEvent(Parameters):
    """A new event rule; without a channel it goes to `channel0`."""

    session: Name
    rule: Rule
    channel: Optional[Name] = None  # noqa: UP045 - msgspec evaluates it, on Python 3.9 too


class DisableEvent(Parameters):
    """Disable an event rule, or all rules of a channel."""

    session: Name
    rule: Optional[Rule] = None  # noqa: UP045 - as above
    channel: Optional[Name] = None  # noqa: UP045 - msgspec evaluates it, on Python 3.9 too


def encode_reply(parameters: dict[str, Any]) -> bytes:
    """Write a reply."""
    return msgspec.json.encode({"parameters": parameters})


def encode_error(error: dict[str, Any]) -> bytes:
    """Write an error."""
    return msgspec.json.encode({"error": ERROR, "parameters": error})
