# SPDX-License-Identifier: MIT
"""`start`: begin to record."""

from __future__ import annotations

import argparse

from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.parser import add_session

DESCRIPTION = """
Start recording. A session that was stopped goes on in the same trace, also with events enabled since.
"""

EXAMPLES = """
  {program} start
  {program} start my-session
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_session(parser, "the session to start")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Start the session."""
    name = options.session or current_session(context.program)
    context.call("StartSession", session=name)
    context.say(f"Tracing started for session {name}")
    return {"session": name}
