# SPDX-License-Identifier: MIT
"""`set-session`: which session the commands are about."""

from __future__ import annotations

import argparse

from kymograph.cli.context import Context
from kymograph.cli.current import set_current_session

DESCRIPTION = "Make a session the current one: commands that name no session are about it."

EXAMPLES = """
  {program} set-session my-session
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("session", metavar="NAME", help="the session's name")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Set the current session."""
    session = context.call("GetSession", session=options.session)["session"]
    set_current_session(options.session)
    context.say(f"Session set to {options.session}")
    return {"session": session}
