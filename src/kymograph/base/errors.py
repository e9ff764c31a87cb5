# SPDX-License-Identifier: MIT
"""The one error family: a stable code, a message, a remedy, and the contexts it came through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class ErrorCode(str, Enum):
    """Stable, enumerable names of everything that can go wrong. Scripts may match on them."""

    UNDEFINED_COMMAND = "undefined-command"
    """There is no command of that name. Remedy: use one that the message proposes; `kymo help` lists all."""
    UNDEFINED_OPTION = "undefined-option"
    """The command has no such option. Remedy: see `kymo help COMMAND`."""
    USAGE = "usage"
    """An argument is missing, is one too many, or does not go with another. Remedy: see `kymo help COMMAND`.
    """
    COMMAND_NOT_FOUND = "command-not-found"
    """The command that `record` should run is in no directory of `PATH`. Remedy: check its name, or give its
    path.
    """
    COMMAND_NOT_RUNNABLE = "command-not-runnable"
    """The command that `record` should run is there, but the kernel does not run it. Remedy: check its
    permissions.
    """
    NO_DAEMON = "no-daemon"
    """No session daemon answers, and none was or could be started. Remedy: as root, `kymo-sessiond
    --daemonize`, or any command without `-n`; see `sessiond.log` in its directory.
    """
    NO_PERMISSION = "no-permission"
    """This user may not trace the kernel, or a directory or file that is needed is not this user's. Remedy:
    run the command as root, or join the group `tracing`.
    """
    PROTOCOL = "protocol"
    """What came over the control socket is no message of our protocol. Remedy: use a client of the daemon's
    own version.
    """
    DAEMON_DIED = "daemon-died"
    """The session daemon ended before it answered, or its consumer keeps dying. Remedy: try again;
    `sessiond.log` in the daemon's directory says what happened.
    """
    SESSION_EXISTS = "session-exists"
    """There is a session of that name. Remedy: choose another name, or destroy that one."""
    SESSION_NAME = "session-name"
    """A session cannot have that name: it becomes part of a directory's. Remedy: use at most 230 bytes of
    letters, digits, `-`, `_` and `.`, and neither `-` nor `.` first.
    """
    NO_SESSION = "no-session"
    """There is no session of that name, or it was destroyed meanwhile. Remedy: `kymo list` shows the sessions
    there are.
    """
    NO_CURRENT_SESSION = "no-current-session"
    """The command names no session, and none is the current one. Remedy: name one, create one, or choose one
    with `kymo set-session`.
    """
    SESSION_ACTIVE = "session-active"
    """The session is recording already; or it is to be read and still records. Remedy: to read it, stop it
    first.
    """
    SESSION_INACTIVE = "session-inactive"
    """The session is stopped already."""
    SESSION_EMPTY = "session-empty"
    """The session has no channel, so there is nothing to record. Remedy: enable an event first."""
    CHANNEL_EXISTS = "channel-exists"
    """The session has a channel of that name. Remedy: use it, or choose another name; a channel's sizes
    cannot be changed.
    """
    CHANNEL_NAME = "channel-name"
    """A channel cannot have that name: it becomes part of files' names. Remedy: as for sessions; `metadata`
    and `index` are taken.
    """
    NO_CHANNEL = "no-channel"
    """The session has no such channel, or it is not clear which one is meant. Remedy: name one of those in
    the message with `-c`.
    """
    BUFFER_SIZE = "buffer-size"
    """The sub-buffers' size or number is not possible. Remedy: use powers of two: a size of at least 4096, a
    number of at least 2, both together at most 1 GiB.
    """
    EVENT_ENABLED = "event-enabled"
    """The channel has that event rule already."""
    NO_EVENT = "no-event"
    """This kernel has no event of that name, or the channel has no such rule. Remedy: use one that the
    message proposes; `kymo list -k` shows all, with `--syscall` the system calls.
    """
    EVENT_UNSUPPORTED = "event-unsupported"
    """The event is there, but cannot be recorded on this machine; the message says why. Remedy: record
    another; a rule with `*` leaves such events out, and `kymo status` names them.
    """
    NO_BTF = "no-btf"
    """The kernel does not describe its types, or not as it should. Remedy: use a kernel built with
    `CONFIG_DEBUG_INFO_BTF=y`.
    """
    NO_TRACEFS = "no-tracefs"
    """tracefs is not mounted and cannot be mounted. Remedy: as root, `mount -t tracefs tracefs
    /sys/kernel/tracing`.
    """
    BPF_REFUSED = "bpf-refused"
    """The kernel does not let the session daemon use BPF, or has no memory for it. Remedy: run the daemon as
    root, or with `CAP_BPF` and `CAP_PERFMON`, without kernel lockdown; or use smaller sub-buffers.
    """
    BPF_REJECTED = "bpf-rejected"
    """The kernel's verifier does not accept a program of ours: a fault of ours. Remedy: report it with the
    message and the kernel's version.
    """
    NO_SPACE = "no-space"
    """The disk is full: the session stopped, and what is written stays readable. Remedy: free some space,
    then start the session again.
    """
    OUTPUT = "output"
    """A trace or another file cannot be written where it should. Remedy: choose another `--output`, or mend
    what the message names.
    """
    NO_TRACE = "no-trace"
    """There is no trace at that path, or a file of it cannot be read. Remedy: check the path; a session that
    was never started has no trace.
    """
    BAD_METADATA = "bad-metadata"
    """A trace's metadata is not CTF 1.8, or contradicts itself; the message names the place. Remedy: report
    it if another reader accepts the trace.
    """
    BAD_TRACE = "bad-trace"
    """A trace's data contradicts its metadata or itself; the message names file, packet and byte. Remedy:
    what precedes the fault can be read; record anew for the rest.
    """
    BAD_VALUE = "bad-value"
    """A size, a duration, a time or another value is not one. Remedy: write it as the message shows."""
    NO_EXTENSION = "no-extension"
    """The installation lacks the Rust extension that reads traces. Remedy: install the wheel again, or build
    it: `make build`.
    """
    INTERNAL = "internal"
    """Something happened that should not have: a fault of ours. Remedy: report it with the message and the
    output of `kymo -v …`.
    """


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
