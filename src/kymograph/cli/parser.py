# SPDX-License-Identifier: MIT
"""Reads a command's arguments, with LTTng's words and statuses for what is wrong with them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from importlib import import_module
from typing import NoReturn, Protocol, cast

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.verbs import VERBS


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help with titles like those of the overview."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=100)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """Begin with a capital, as the overview does."""
        super().add_usage(usage, actions, groups, prefix or "Usage: ")

    def start_section(self, heading: str | None) -> None:
        """Say what LTTng's users know."""
        titles = {"positional arguments": "Arguments", "options": "Options", "optional arguments": "Options"}
        super().start_section(titles.get(heading or "", heading))


class Parser(argparse.ArgumentParser):
    """argparse without its own exits: what is wrong is raised as `USAGE` or `UNDEFINED_OPTION`."""

    def __init__(self, program: str, verb: str, module: VerbModule) -> None:
        super().__init__(
            prog=f"{program} {verb}",
            description=module.DESCRIPTION.format(program=program).strip(),
            epilog="Examples:\n  " + module.EXAMPLES.format(program=program).strip(),
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        self._verb = verb
        module.configure(self)
        self.add_argument("--json", action="store_true", help="print one JSON document")

    def parse(self, arguments: list[str]) -> argparse.Namespace:
        """Read a verb's arguments. What stands behind `--` is in `rest`, for verbs that hand it on."""
        own, rest = arguments, []
        if "--" in arguments:
            at = arguments.index("--")
            own, rest = arguments[:at], arguments[at + 1 :]
        options = self.parse_args(own)
        if rest and not getattr(options, "takes_rest", False):
            self.error(f"unrecognized arguments: {rest[0]}")
        options.rest = rest
        return options

    def error(self, message: str) -> NoReturn:
        """Raise the error that `message` describes."""
        unknown = message.removeprefix("unrecognized arguments: ")
        hint = f"see '{self.prog} --help'"
        if unknown == message:
            raise KymoError(ErrorCode.USAGE, message, hint)
        if unknown.startswith("-"):
            said = f"Unrecognized argument '{unknown.split()[0]}' used with '{self._verb}' command"
            raise KymoError(ErrorCode.UNDEFINED_OPTION, said, hint)
        raise KymoError(ErrorCode.USAGE, f"Unknown argument: {unknown}", hint)


def take_rest(parser: argparse.ArgumentParser) -> None:
    """Let a verb have what stands behind `--`."""
    parser.set_defaults(takes_rest=True)


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
    return Parser(program, name, verb_module(name))


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
