# SPDX-License-Identifier: MIT
"""Names as TSDL allows them: LTTng's leading underscore, and nothing but letters, digits and `_`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOT_NAME = re.compile(r"[^A-Za-z0-9_]")


def member_name(name: str) -> str:
    """Return the metadata's name of field `name`: `_name`, other characters replaced by `_`.

    The underscore keeps a field clear of TSDL's keywords; readers strip one (lttng-modules
    `print_escaped_ctf_string`, babeltrace2 `ctf-meta-translate`).
    """
    return "_" + _NOT_NAME.sub("_", name)


def member_names(names: Iterable[str]) -> list[str]:
    """Return the metadata's names of the fields of one structure, all different.

    Fields whose names differ only in characters that TSDL lacks would collide: the later one is numbered. So
    is one whose name is another's without the underscore, as babeltrace2 2.0 takes those for the same.
    """
    taken: set[str] = set()
    result = []
    for name in names:
        base = unique = member_name(name)
        number = 2
        while not taken.isdisjoint((unique, unique[1:])):
            unique, number = f"{base}_{number}", number + 1
        taken.update((unique, unique[1:]))
        result.append(unique)
    return result


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Return `text` as a TSDL string literal. Other control characters become spaces."""
    escaped = (_ESCAPES.get(char, char if char.isprintable() else " ") for char in text)
    return '"' + "".join(escaped) + '"'
