# SPDX-License-Identifier: MIT
"""The console blocks of a page, as commands with what they print, and whether a machine prints that too.

In a fenced block of language `console` a line that begins with `$ ` or `# ` is a command; what follows is its
output, standard error included. A `python` block whose first line is `# NAME.py` is a file of that name.

A machine prints other times, numbers and names than the page, so some things stand for their kind: times,
dates, the host, CPUs, threads, the numbers and the `comm` of an event's fields, sizes, seconds, and counts
other than 0. `...` stands for anything, and on a line of its own for any lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.py)\n")
_PROMPT = re.compile(r"[$#] (.+)")

_COUNTED = r"events?\b|discarded\b|packets?\b|messages?\b|Event message|Discarded event"
_KINDS = (
    r"(?P<any>\.\.\.)",
    r"(?P<time>(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{9})",
    r"(?P<host>(?<=[])] )[\w.-]+(?= \w+: \{))",
    r"(?P<delta>\(\+[?.\d]+\))",
    r"(?P<date>\d{8}-\d{6}(?:-\d+)*)",
    r'(?P<comm>(?<=comm = )"[^"]*")',
    r"(?P<field>(?<= = )-?(?:0x[0-9A-F]+|\d+)(?=[, ]))",
    r"(?P<size>\d[\d.]* (?:[KMG]i)?B\b)",
    r"(?P<seconds>\d+\.\d{3} m?s\b)",
    r"(?P<number>\d{19}|(?<=CPU )\d+|(?<=thread )\d+)",
    r"(?P<noun>(?<=\d )(?:event|packet)s?\b)",
    rf"(?P<count> *[1-9][\d,]*(?= (?:{_COUNTED}))|(?<=Discarded events: )[1-9]\d*"
    r"|(?<=Lost packets:     )[1-9]\d*)",
)
_SHAPES = re.compile("|".join(_KINDS))
_PATTERNS = {
    "any": ".*",
    "time": r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{9}",
    "host": r"[\w.-]+",
    "delta": r"\(\+[?.\d]+\)",
    "date": r"\d{8}-\d{6}(?:-\d+)*",
    "comm": '"[^"]*"',
    "field": "-?(?:0x[0-9A-F]+|[0-9]+)",
    "size": r"\d[\d.]* (?:[KMG]i)?B",
    "seconds": r"\d+\.\d{3} m?s",
    "number": r"\d+",
    "noun": r"\w+",
    "count": r" *[1-9][\d,]*",
}


@dataclass(frozen=True)
class Command:
    """A command of a page, and the lines it says the command prints."""

    text: str
    output: tuple[str, ...]

    @property
    def statuses(self) -> frozenset[int]:
        """Which exit statuses the output allows: an error, maybe a warning, or success."""
        if any(line.startswith("Error: ") for line in self.output):
            return frozenset(range(1, 256))
        return (
            frozenset({0, 4}) if any(line.startswith("Warning: ") for line in self.output) else frozenset({0})
        )

    def prints(self, actual: str) -> bool:
        """Tell whether `actual` is output as the page shows it."""
        return re.fullmatch("".join(map(_pattern, self.output)), actual) is not None


@dataclass(frozen=True)
class File:
    """A file that a page tells to write."""

    name: str
    text: str


def steps(page: Path) -> Iterator[Command | File]:
    """Yield what a page tells to do, in its order."""
    for language, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            yield from _commands(text)
        elif match := _FILE.match(text):
            yield File(match[1], text)


def _commands(text: str) -> Iterator[Command]:
    command = ""
    output: list[str] = []
    for line in text.splitlines():
        if match := _PROMPT.fullmatch(line):
            if command:
                yield Command(command, tuple(output))
            command, output = match[1], []
        else:
            output.append(line)
    yield Command(command, tuple(output))


def _pattern(line: str) -> str:
    if line == "...":
        return r"(?:.*\n)*?"
    pattern, end = "", 0
    for match in _SHAPES.finditer(line):
        pattern += re.escape(line[end : match.start()]) + _PATTERNS[str(match.lastgroup)]
        end = match.end()
    return pattern + re.escape(line[end:]) + r"\n"
