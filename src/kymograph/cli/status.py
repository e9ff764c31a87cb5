# SPDX-License-Identifier: MIT
"""`status`: the current session."""

from __future__ import annotations

import argparse

from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.describe import session_text

DESCRIPTION = """
Show the current recording session: whether it records, where the trace goes, its channels and event rules,
how many records were lost because no sub-buffer was free, and what went wrong, if anything did.
"""

EXAMPLES = """
  {program} status
  {program} status --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:  # noqa: ARG001
    """Show the session."""
    session = context.call("GetSession", session=current_session(context.program))["session"]
    context.show(session_text(session))
    return {"session": session}
