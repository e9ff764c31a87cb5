# SPDX-License-Identifier: MIT
"""`stop`: no more recording, and all of it on the disk."""

from __future__ import annotations

import argparse

from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.losses import losses, warn_of_losses
from kymograph.cli.parser import add_session

DESCRIPTION = """
Stop recording. When the command returns, everything that was recorded is in the trace.
"""

EXAMPLES = """
  {program} stop
  {program} stop my-session
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_session(parser, "the session to stop")
    parser.add_argument("-n", "--no-wait", action="store_true", help="accepted, and waits all the same")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Stop the session."""
    name = options.session or current_session(context.program)
    client = context.client
    context.say("Waiting for data availability")
    session = client.call("StopSession", session=name)["session"]
    context.say(f"Tracing stopped for session {name}")
    warn_of_losses(context, session)
    return {"session": name, "channels": losses(session)}
