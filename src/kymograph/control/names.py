# SPDX-License-Identifier: MIT
"""Which names sessions and channels may have: both become names of files."""

from __future__ import annotations

from kymograph.base.errors import ErrorCode, KymoError

_LIMIT = 230
"""Bytes. A file name has 255, and `-20261124-114142` or `_127.idx` is added to ours."""


def check_session_name(name: str) -> None:
    """Raise `SESSION_NAME` unless `name` can be a session's."""
    _check(name, ErrorCode.SESSION_NAME, "session name")


def check_channel_name(name: str) -> None:
    """Raise `CHANNEL_NAME` unless `name` can be a channel's."""
    _check(name, ErrorCode.CHANNEL_NAME, "channel name")
    if name in ("metadata", "index"):
        raise KymoError(ErrorCode.CHANNEL_NAME, f"a channel cannot be named '{name}'", "choose another name")


def _check(name: str, code: ErrorCode, what: str) -> None:
    hint = "use letters, digits, '-', '_' and '.'"
    if not name:
        raise KymoError(code, f"The {what} is empty", "give it at least one character")
    if len(name.encode(errors="surrogateescape")) > _LIMIT:
        raise KymoError(code, f"The {what} is too long", f"at most {_LIMIT} bytes")
    if "/" in name or not name.isprintable():
        raise KymoError(code, f"Invalid character found in {what} {name!r}", hint)
    if name.startswith((".", "-")):
        raise KymoError(code, f"The {what} '{name}' begins with '{name[0]}'", hint)
