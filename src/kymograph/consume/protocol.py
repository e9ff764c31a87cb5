# SPDX-License-Identifier: MIT
"""The messages between session daemon and consumer: JSON in NUL-terminated frames, with descriptors."""

from __future__ import annotations

from typing import Any, Optional, Union

import msgspec


class Adopt(msgspec.Struct, tag="adopt"):
    """Drain a channel's ring from now on.

    `fds` descriptors come with it: the trace's directory, then those of `ring`, a ring's handover. `uid` and
    `gid` own the files. `read_timer` is in microseconds.
    """

    session: str
    channel: str
    stream_id: int
    read_timer: int
    uid: int
    gid: int
    ring: dict[str, Any]
    fds: int


class Count(msgspec.Struct, tag="count"):
    """Reply at once with the packets lost so far."""

    session: str


class Drain(msgspec.Struct, tag="drain"):
    """Reply when everything delivered by now is on the disk."""

    session: str


class Resume(msgspec.Struct, tag="resume"):
    """Try again to write, after an error."""

    session: str


class Close(msgspec.Struct, tag="close"):
    """Drain a session's channels for the last time, close its files and let go of its rings."""

    session: str


class Request(msgspec.Struct):
    """What the session daemon asks; the reply bears the same `id`."""

    id: int
    parameters: Union[Adopt, Count, Drain, Resume, Close]  # noqa: UP007 - msgspec evaluates it, on Python 3.9 too


class Reply(msgspec.Struct, tag="reply"):
    """Done, or why not. `lost_packets` counts for each channel."""

    id: int
    error: Optional[dict[str, Any]] = None  # noqa: UP045 - as above
    lost_packets: dict[str, int] = {}


class Failed(msgspec.Struct, tag="failed"):
    """Nobody asked, but the session's trace can no longer be written."""

    session: str
    error: dict[str, Any]


FromConsumer = Union[Reply, Failed]
