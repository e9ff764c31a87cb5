# SPDX-License-Identifier: MIT
"""Reads a command's arguments, with LTTng's words and statuses for what is wrong with them."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import NoReturn, Protocol, cast

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.verbs import VERBS


class Parser(argparse.ArgumentParser):
    """argparse without its own exits: what is wrong is raised as `USAGE` or `UNDEFINED_OPTION`."""

    def __init__(self, program: str, verb: str, description: str, examples: str) -> None:
        super().__init__(
            prog=f"{program} {verb}",
            description=description.format(program=program).strip(),
            epilog="examples:\n" + examples.format(program=program).rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self._verb = verb
        self.add_argument("--json", action="store_true", help="print one JSON document")

    def error(self, message: str) -> NoReturn:
        """Raise the error that `message` describes."""
        unknown = message.removeprefix("unrecognized arguments: ")
        hint = f"see '{self.prog} --help'"
        if unknown != message:
            first = unknown.split()[0]
            if first.startswith("-"):
                raise KymoError(
                    ErrorCode.UNDEFINED_OPTION,
                    f"Unrecognized argument '{first}' used with '{self._verb}' command",
                    hint,
                )
            raise KymoError(ErrorCode.USAGE, f"Unknown argument: {unknown}", hint)
        raise KymoError(ErrorCode.USAGE, message, hint)


class VerbModule(Protocol):
    """What the module of a verb has. `{program}` in the texts is what we were called as."""

    DESCRIPTION: str
    EXAMPLES: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""

    def run(self, context: Context, options: argparse.Namespace) -> dict[str, object]:
        """Carry the verb out and return the document that `--json` prints."""


def verb_module(name: str) -> VerbModule:
    """Import the module of verb `name`."""
    return cast(VerbModule, import_module(f"kymograph.cli.{VERBS[name].module}"))


def verb_parser(program: str, name: str) -> Parser:
    """Return the parser of verb `name`."""
    module = verb_module(name)
    parser = Parser(program, name, module.DESCRIPTION, module.EXAMPLES)
    module.configure(parser)
    return parser


def add_session(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the optional positional argument SESSION."""
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help=f"{what} (default: the current session)"
    )


def add_domain(parser: argparse.ArgumentParser) -> None:
    """Add the tracing domain."""
    parser.add_argument("-k", "--kernel", action="store_true", help="the Linux kernel")


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a session and a channel."""
    parser.add_argument("-s", "--session", metavar="SESSION", help="the session (default: the current one)")
    parser.add_argument("-c", "--channel", metavar="CHANNEL", help="the channel (default: channel0)")


def check_domain(kernel: bool) -> None:
    """Raise `USAGE` unless a domain was given."""
    if not kernel:
        raise KymoError(ErrorCode.USAGE, "Please specify a domain (--kernel)", "add -k")
