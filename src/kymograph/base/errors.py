# SPDX-License-Identifier: MIT
"""The one error family: a stable code, a message, a remedy, and the contexts it came through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class ErrorCode(str, Enum):
    """Stable, enumerable names of everything that can go wrong. Scripts may match on them."""

    UNDEFINED_COMMAND = "undefined-command"
    UNDEFINED_OPTION = "undefined-option"
    USAGE = "usage"
    COMMAND_NOT_FOUND = "command-not-found"
    COMMAND_NOT_RUNNABLE = "command-not-runnable"
    NO_DAEMON = "no-daemon"
    NO_PERMISSION = "no-permission"
    PROTOCOL = "protocol"
    DAEMON_DIED = "daemon-died"
    SESSION_EXISTS = "session-exists"
    SESSION_NAME = "session-name"
    NO_SESSION = "no-session"
    NO_CURRENT_SESSION = "no-current-session"
    SESSION_ACTIVE = "session-active"
    SESSION_INACTIVE = "session-inactive"
    SESSION_EMPTY = "session-empty"
    CHANNEL_EXISTS = "channel-exists"
    CHANNEL_NAME = "channel-name"
    CHANNEL_LIMIT = "channel-limit"
    NO_CHANNEL = "no-channel"
    BUFFER_SIZE = "buffer-size"
    EVENT_ENABLED = "event-enabled"
    NO_EVENT = "no-event"
    EVENT_UNSUPPORTED = "event-unsupported"
    NO_BTF = "no-btf"
    NO_TRACEFS = "no-tracefs"
    BPF_REFUSED = "bpf-refused"
    BPF_REJECTED = "bpf-rejected"
    NO_SPACE = "no-space"
    OUTPUT = "output"
    NO_TRACE = "no-trace"
    BAD_METADATA = "bad-metadata"
    BAD_TRACE = "bad-trace"
    BAD_VALUE = "bad-value"
    NO_EXTENSION = "no-extension"
    INTERNAL = "internal"


WARNINGS = frozenset(
    {
        ErrorCode.SESSION_ACTIVE,
        ErrorCode.SESSION_INACTIVE,
        ErrorCode.CHANNEL_EXISTS,
        ErrorCode.EVENT_ENABLED,
    }
)
"""Codes for «that is so already»: a warning, exit status 4, as LTTng's."""

UNDEFINED = frozenset({ErrorCode.UNDEFINED_COMMAND, ErrorCode.UNDEFINED_OPTION})
"""Codes for a command or option that does not exist: exit status 2."""

COMMAND_STATUS = {ErrorCode.COMMAND_NOT_FOUND: 127, ErrorCode.COMMAND_NOT_RUNNABLE: 126}
"""What a shell's exit status is when it cannot run a command."""

FATAL = frozenset({ErrorCode.INTERNAL, ErrorCode.NO_EXTENSION})


class KymoError(Exception):
    """Something a person can act on.

    `message` says what is wrong in one line, `hint` what to do about it, and `context` where it
    happened, innermost first.
    """

    def __init__(self, code: ErrorCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.context: list[str] = []

    @property
    def exit_status(self) -> int:
        """LTTng's exit statuses: 1 command error, 2 undefined command, 3 fatal, 4 warning; and a shell's."""
        if self.code in UNDEFINED:
            return 2
        if self.code in FATAL:
            return 3
        if self.code in COMMAND_STATUS:
            return COMMAND_STATUS[self.code]
        return 4 if self.code in WARNINGS else 1

    def line(self) -> str:
        """Render as the one line a person reads: contexts outermost first, message, remedy."""
        text = ": ".join([*reversed(self.context), self.message])
        return f"{text} ({self.hint})" if self.hint else text

    def as_dict(self) -> dict[str, object]:
        """Render for `--json` and for the control protocol; `from_dict` is the inverse."""
        return {
            "code": self.code.value,
            "message": self.message,
            "hint": self.hint,
            "context": list(self.context),
        }

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> KymoError:
        """Rebuild an error from `as_dict`; an unknown code (a newer peer's) becomes `INTERNAL`."""
        try:
            code = ErrorCode(str(data.get("code")))
        except ValueError:
            code = ErrorCode.INTERNAL
        error = cls(code, str(data.get("message", "")), str(data.get("hint", "")))
        context = data.get("context")
        if isinstance(context, list):
            error.context = [str(item) for item in context]
        return error


@contextmanager
def context(what: str) -> Iterator[None]:
    """Name what is being done, so that an error raised inside says so."""
    try:
        yield
    except KymoError as error:
        error.context.append(what)
        raise
