# SPDX-License-Identifier: MIT
"""The `babeltrace2 [convert]` command line: traces to text, or to counts."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Literal, NoReturn

from kymograph import __version__
from kymograph.base.errors import ErrorCode, KymoError
from kymograph.show.counter import print_counts
from kymograph.show.text import FIELDS, NAMES, TextOptions, write_text

_NAME_ALIASES = {"arg": "payload", "args": "payload", "ctx": "context"}
_SINKS = {
    "sink.text.pretty": "text",
    "sink.utils.counter": "counter",
    "sink.utils.dummy": "dummy",
}


def main(argv: Sequence[str]) -> int:
    """Read the traces named in `argv` and return 0. Raise `KymoError` for what is wrong."""
    arguments = list(argv)
    if arguments[:1] == ["convert"]:
        del arguments[0]
    options = _parser().parse_args(arguments)
    sink = _sink(options)
    text = _text_options(options)
    if not options.paths:
        raise KymoError(ErrorCode.USAGE, "no trace given", "babeltrace2 PATH…")
    sys.stdout.flush()
    if sink != "text":
        print_counts(options.paths, None if sink == "dummy" else sys.stdout)
    elif options.output is None:
        write_text(options.paths, text)
    else:
        _write_file(options.paths, text, options.output)
    return 0


def _write_file(paths: Sequence[str], text: TextOptions, path: str) -> None:
    try:
        output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise KymoError(ErrorCode.OUTPUT, f"cannot write '{path}': {error.strerror}") from error
    try:
        write_text(paths, text, output)
    finally:
        os.close(output)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise KymoError(ErrorCode.USAGE, message, "see `babeltrace2 --help`")


def _parser() -> _Parser:
    parser = _Parser(
        prog="babeltrace2",
        description="Print the events of LTTng and other CTF traces as text.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-V", "--version", action="version", version=f"Kymograph {__version__}")
    add("paths", nargs="*", metavar="PATH", help="a trace, or a directory with traces below it")
    add("-c", "--component", metavar="SINK", help="where events go: " + ", ".join(_SINKS))
    add("-o", "--output-format", choices=["text", "dummy"], help="`dummy` reads everything, prints nothing")
    add("-i", "--input-format", choices=["ctf"], help=argparse.SUPPRESS)
    add("-w", "--output", metavar="PATH", help="write the text to PATH")
    add("-b", "--begin", metavar="TIME", help="leave out what is before TIME: [YYYY-MM-DD [hh:mm:]]ss[.n]")
    add("-e", "--end", metavar="TIME", help="leave out what is after TIME")
    add("-t", "--timerange", metavar="BEGIN,END", help="both at once; may stand in brackets")
    add("--clock-cycles", action="store_true", help="times in cycles of the clock")
    add("--clock-date", action="store_true", help="times with the date")
    add("--clock-gmt", action="store_true", help="times in UTC, not in local time")
    add("--clock-seconds", action="store_true", help="times in seconds")
    add("--no-delta", action="store_true", help="do not print the time since the event before")
    add("-f", "--fields", metavar="FIELD,…", help="before the event: all, " + ", ".join(sorted(FIELDS)))
    add("-n", "--names", metavar="NAME,…", help="names of: all, none, " + ", ".join(sorted(NAMES)))
    add("--color", metavar="WHEN", default="auto", help="never, auto (on a terminal) or always")
    return parser


def _sink(options: argparse.Namespace) -> str:
    """Return `text`, `counter` or `dummy`."""
    if options.component is None:
        return options.output_format or "text"
    kind = options.component.rpartition(":")[2]
    if kind not in _SINKS:
        raise KymoError(ErrorCode.USAGE, f"unknown component '{kind}'", "known: " + ", ".join(_SINKS))
    return _SINKS[kind]


def _text_options(options: argparse.Namespace) -> TextOptions:
    clock: Literal["wall", "date", "seconds"] = "wall"
    if options.clock_seconds:
        clock = "seconds"
    elif options.clock_date:
        clock = "date"
    if options.color not in ("never", "auto", "always"):
        raise KymoError(ErrorCode.BAD_VALUE, f"--color: '{options.color}' is not never, auto or always")
    begin, end = _range(options)
    default = TextOptions()
    return TextOptions(
        clock=clock,
        cycles=options.clock_cycles,
        gmt=options.clock_gmt,
        delta=not options.no_delta,
        names=default.names if options.names is None else _names(options.names),
        fields=default.fields if options.fields is None else _fields(options.fields),
        color=options.color,
        begin=begin,
        end=end,
    )


def _names(text: str) -> frozenset[str]:
    given = {_NAME_ALIASES.get(name, name) for name in _items(text)}
    _known("--names", given - {"all", "none"}, NAMES)
    return NAMES if "all" in given else frozenset(given - {"none"})


def _fields(text: str) -> frozenset[str]:
    given = set(_items(text))
    _known("--fields", given - {"all"}, FIELDS | {"callsite"})
    return FIELDS if "all" in given else frozenset(given - {"callsite"})


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",")]


def _known(option: str, given: set[str], known: frozenset[str]) -> None:
    for item in sorted(given - known):
        raise KymoError(
            ErrorCode.BAD_VALUE, f"{option}: unknown '{item}'", "known: " + ", ".join(sorted(known))
        )


def _range(options: argparse.Namespace) -> tuple[str | None, str | None]:
    """Return begin and end, from their own options or from `--timerange`."""
    if options.timerange is None:
        return options.begin, options.end
    if options.begin is not None or options.end is not None:
        raise KymoError(ErrorCode.USAGE, "--timerange does not go with --begin or --end")
    text = options.timerange
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    begin, comma, end = text.partition(",")
    if not (begin and comma and end):
        raise KymoError(ErrorCode.BAD_VALUE, f"--timerange: '{options.timerange}' is not BEGIN,END")
    return begin.strip(), end.strip()
