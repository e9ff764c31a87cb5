# SPDX-License-Identifier: MIT
"""`create`: a new session, which becomes the current one."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.current import set_current_session
from kymograph.cli.output import NewTrace, timestamp
from kymograph.control.names import check_session_name

DESCRIPTION = """
Create a recording session and make it the current one: the commands that follow are about it.

Nothing is recorded before events are enabled (`{program} enable-event`) and the session is started
(`{program} start`). The trace goes to ~/lttng-traces/NAME-DATE-TIME ($LTTNG_HOME instead of ~ when set).
"""

EXAMPLES = """
  {program} create
  {program} create my-session
  {program} create my-session --output=/tmp/my-trace
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("session", nargs="?", metavar="NAME", help="its name (default: auto-DATE-TIME)")
    parser.add_argument("-o", "--output", metavar="DIR", help="write the trace to DIR")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Create the session."""
    now = timestamp()
    name = f"auto-{now}" if options.session is None else options.session
    directory = name if options.session is None else f"{name}-{now}"
    session = create_session(context, name, options.output, directory)
    set_current_session(name)
    context.say(f"Session {name} created.")
    context.say(f"Traces will be written in {session['output']}")
    return {"session": session}


def create_session(
    context: Context, name: str, output: str | None, directory: str, transient: bool = False
) -> dict[str, object]:
    """Make the trace's directories and the session; return its description. Nothing is left when it fails.

    Without `output` the trace goes to `directory` among the user's traces. A transient session ends with us.
    """
    check_session_name(name)
    if output == "":
        raise KymoError(ErrorCode.OUTPUT, "the output directory's name is empty", "name a directory")
    client = context.client
    trace = NewTrace.in_traces(directory) if output is None else NewTrace.at(Path(output))
    try:
        parameters: dict[str, object] = {"name": name, "output": str(trace.path), "transient": transient}
        reply = client.call_with_fds("CreateSession", (trace.fd,), parameters)
    except BaseException:
        trace.remove()
        raise
    finally:
        os.close(trace.fd)
    session: dict[str, object] = reply["session"]
    return session
