# SPDX-License-Identifier: MIT
"""`destroy`: the end of sessions. Their traces stay."""

from __future__ import annotations

import argparse

from kymograph.base.errors import KymoError
from kymograph.cli.context import Context
from kymograph.cli.current import current_session, forget_session
from kymograph.cli.output import remove_empty
from kymograph.cli.parser import add_session

DESCRIPTION = """
Destroy a recording session: stop it, write what it recorded, free its buffers. The trace stays on the disk.
"""

EXAMPLES = """
  {program} destroy
  {program} destroy my-session
  {program} destroy --all
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_session(parser, "the session to destroy")
    parser.add_argument("-a", "--all", action="store_true", help="destroy all sessions")
    parser.add_argument("-n", "--no-wait", action="store_true", help="accepted, and waits all the same")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Destroy one session or all."""
    if options.all:
        sessions = context.call("ListSessions")["sessions"]
        names = [session["name"] for session in sessions]
        if not names:
            context.say("No session found, nothing to do.")
    else:
        names = [options.session or current_session(context.program)]
    destroyed = []
    for name in names:
        try:
            destroy_session(context, name)
        except KymoError as error:
            context.report(error)
            continue
        context.say(f"Session {name} destroyed")
        destroyed.append(name)
    return {"destroyed": destroyed}


def destroy_session(context: Context, name: str) -> None:
    """Destroy a session, and remove its directories if nothing was ever written there."""
    reply = context.call("DestroySession", session=name)
    forget_session(name)
    if not reply["has_trace"]:
        remove_empty(reply["output"])
    if reply["incomplete"]:
        error = KymoError.from_dict(reply["incomplete"])
        error.context.append(f"Session {name}: the trace is incomplete")
        context.report(error)
