# SPDX-License-Identifier: MIT
"""The general options, which stand before the verb. Read by hand, as argparse would not stop at the verb."""

from __future__ import annotations

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context


def take_general_options(context: Context, arguments: list[str]) -> list[str]:
    """Take the options that stand before the verb; return the rest, the verb first."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        value = None
        if option.startswith("--") and "=" in option:
            option, value = option.split("=", 1)
        if option in ("-h", "--help"):
            return ["help", *rest]
        if option in ("-V", "--version"):
            return ["version"]
        if option == "--list-commands":
            return ["help", "--list"]
        if option in ("-q", "--quiet"):
            context.quiet = True
        elif option == "--verbose" or (option.startswith("-v") and set(option[1:]) == {"v"}):
            context.verbosity += max(1, option.count("v")) if option != "--verbose" else 1
        elif option in ("-n", "--no-sessiond"):
            context.launch = False
        elif option == "--json":
            context.json = True
        elif option in ("-g", "--group"):
            if value is None and not rest:
                raise KymoError(ErrorCode.USAGE, f"option {option} needs a group's name")
            context.group = rest.pop(0) if value is None else value
        else:
            raise KymoError(
                ErrorCode.UNDEFINED_OPTION,
                f"Unrecognized option '{option}'",
                f"see '{context.program} --help'",
            )
    return rest
