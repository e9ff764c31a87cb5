# SPDX-License-Identifier: MIT
"""Just enough of C's preprocessor to read declarations from headers, and the writing of the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any


def plain(text: str) -> str:
    """Take comments and string literals away and join continued lines."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).replace("\\\n", " ")
    return re.sub(r'"(?:\\.|[^"\n])*"', '""', text)


def conditional(text: str, undefined: Collection[str]) -> str:
    """Keep the lines of a plain text that are compiled when only the macros `undefined` are not defined.

    `#ifndef` guards (of headers and overrides) and `#if` conditions on versions count as true.
    """
    kept, taken = [], [True]
    for line in text.splitlines():
        match = re.match(r"\s*#\s*(ifdef|ifndef|if|else|elif|endif)\b\s*(\w*)", line)
        if not match:
            kept += [line] if all(taken) else []
        elif match[1] == "ifdef":
            taken.append(match[2] not in undefined)
        elif match[1] in ("ifndef", "if"):
            taken.append(True)
        elif match[1] in ("else", "elif"):
            taken[-1] = not taken[-1]
        else:
            taken.pop()
    return "\n".join(kept)


def split_arguments(text: str) -> list[str]:
    """Split at the commas that are not in parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def arguments_at(text: str, start: int) -> tuple[list[str], int]:
    """Return a macro's arguments, whose opening parenthesis ends at `start`, and where they end."""
    depth, end = 1, start
    while depth and end < len(text):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return split_arguments(text[start : end - 1]), end


def write_table(path: Path, table: Mapping[str, Any]) -> None:
    """Write a JSON object, one line an entry."""
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in table.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
