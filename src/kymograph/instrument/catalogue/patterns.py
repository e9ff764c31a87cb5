# SPDX-License-Identifier: MIT
"""Names and patterns of events, as LTTng's users write them, and what was meant by a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_TOKEN = re.compile(r"\\(.)|(\*)|([^*])", re.DOTALL)


def is_pattern(text: str) -> bool:
    r"""Tell whether `text` has a `*` that is not escaped, as in `\*`."""
    return any(star for _, star, _ in _TOKEN.findall(text))


def literal(text: str) -> str:
    r"""Return the name that a text without stars stands for: `a\*b` is `a*b`."""
    return "".join(escaped or star or other for escaped, star, other in _TOKEN.findall(text))


def compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a glob for `fullmatch`: `*` is any text and `\` takes the next character literally.

    No other character is special. This is LTTng's `strutils_star_glob_match`.
    """
    segments = [""]
    for escaped, star, other in _TOKEN.findall(pattern):
        if star:
            segments.append("")
        else:
            segments[-1] += re.escape(escaped or other)
    if len(segments) == 1:
        return re.compile(segments[0])
    first, *middle, last = segments
    # A segment between stars is best found where it first occurs: looking ahead and then repeating what was
    # found keeps the matcher from trying later places, which would take time without bound.
    found = [f"(?=(?P<s{i}>.*?{segment}))(?P=s{i})" for i, segment in enumerate(filter(None, middle))]
    return re.compile("".join([first, *found, ".*", last]), re.DOTALL)


def near(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return up to `most` known names that `name` may have meant, the nearest first."""
    names = list(known)
    found = get_close_matches(name, names, most, 0.75)
    if not found and len(name) > 3:
        found = sorted((item for item in names if name in item), key=len)[:most]
    return found
