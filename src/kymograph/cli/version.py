# SPDX-License-Identifier: MIT
"""`version`: what this is."""

from __future__ import annotations

import argparse

import kymograph
from kymograph.cli.context import Context

DESCRIPTION = "Show the version."

EXAMPLES = """
  {program} version
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:  # noqa: ARG001
    """Show the version."""
    context.show(f"{context.program} version {kymograph.__version__} - Kymograph")
    context.show("")
    context.show("LTTng's commands and traces without kernel modules: it records with eBPF. MIT licence.")
    return {"name": "kymograph", "version": kymograph.__version__}
