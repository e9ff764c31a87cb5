# SPDX-License-Identifier: MIT
"""`help`: the overview, or one command's help."""

from __future__ import annotations

import argparse
import difflib

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.parser import verb_parser
from kymograph.cli.verbs import GROUPS, VERBS

DESCRIPTION = "Show the overview of all commands, or the help of one."

EXAMPLES = """
  {program} help
  {program} help enable-event
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="the command to explain")
    parser.add_argument("--list", action="store_true", help="print the commands' names only")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Print help."""
    if options.list:
        context.show("\n".join(VERBS))
    elif options.command is None:
        context.show(overview(context.program))
    else:
        if options.command not in VERBS:
            raise undefined(context.program, options.command)
        context.show(verb_parser(context.program, options.command).format_help().rstrip())
    return {"commands": {verb.name: verb.summary for verb in VERBS.values()}}


def undefined(program: str, name: str) -> KymoError:
    """Return the error for a verb that does not exist, with near matches."""
    near = difflib.get_close_matches(name, VERBS, 3)
    article = "an" if program[0] in "aeiol" else "a"
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return KymoError(
        ErrorCode.UNDEFINED_COMMAND,
        f"{name} is not {article} {program} command",
        f"{hint}see '{program} --help'",
    )


def overview(program: str) -> str:
    """Return the page that lists all commands."""
    lines = [
        f"Usage: {program} [-q | -v] [--json] [-n] [-g GROUP] COMMAND [COMMAND OPTIONS]",
        "",
        "Record what the Linux kernel does, and read it.",
        "",
        f"  {program} record -e sched_switch -- sleep 1    record while a command runs",
        f"  {program} view                                 read what was recorded",
    ]
    for title, verbs in GROUPS:
        lines += ["", f"{title}:", *(f"  {verb.name:<17} {verb.summary}" for verb in verbs)]
    lines += [
        "",
        "General options:",
        "  -h, --help         Show this page",
        "  -V, --version      Show the version",
        "  -q, --quiet        Print nothing but errors and what was asked for",
        "  -v, --verbose      Print more when something fails inside",
        "  --json             Print one JSON document (also after the command)",
        "  -n, --no-sessiond  Do not start the session daemon",
        "  -g, --group=GROUP  The group that may trace the kernel (default: tracing)",
        "  --list-commands    List the commands",
        "",
        f"Run `{program} help COMMAND` for the help of a command.",
    ]
    return "\n".join(lines)
