# SPDX-License-Identifier: MIT
"""`view`: a trace as text."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.current import current_session, last_trace
from kymograph.cli.parser import add_session, take_rest

DESCRIPTION = """
Print a trace's events as babeltrace2 prints them: of a session, of what `{program} record` recorded last, or
of the trace at a PATH. Arguments after -- go to the reader (`-- --help` shows what it takes).
"""

EXAMPLES = """
  {program} view
  {program} view | grep sleep
  {program} view my-session -- --clock-gmt
  {program} view --trace-path=/tmp/my-trace
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_session(parser, "the session to read")
    parser.add_argument("-t", "--trace-path", metavar="PATH", help="read the trace at PATH instead")
    parser.add_argument("-e", "--viewer", metavar="READER", help="run this reader instead of our own")
    take_rest(parser)


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Read the trace."""
    path = options.trace_path or _trace_path(context, options.session)
    if not Path(path).exists():
        raise KymoError(ErrorCode.NO_TRACE, f"there is no trace at '{path}'", "was it moved or removed?")
    if context.json:
        return {"trace": path}
    if options.viewer:
        command = [*shlex.split(options.viewer), *options.rest, path]
        try:
            os.execvp(command[0], command)
        except OSError as error:
            raise KymoError(ErrorCode.USAGE, f"cannot run '{command[0]}': {error.strerror}") from error
    from kymograph.cli import convert

    context.exit_status = convert.main([*options.rest, path])
    return {}


def _trace_path(context: Context, name: str | None) -> str:
    """Return where the trace to read is. Raise `SESSION_ACTIVE` or `NO_TRACE`."""
    if name is None:
        recorded = last_trace()
        if recorded is not None:
            return recorded
        name = current_session(context.program)
    session = context.call("GetSession", session=name)["session"]
    if session["active"]:
        raise KymoError(
            ErrorCode.SESSION_ACTIVE,
            f"Session {name} is running. Please stop it before reading it",
            f"{context.program} stop",
        )
    if not session["has_trace"]:
        raise KymoError(
            ErrorCode.NO_TRACE,
            f"Session {name} was never started: there is no trace to read",
            f"{context.program} start",
        )
    return str(session["output"])
