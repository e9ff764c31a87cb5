# SPDX-License-Identifier: MIT
"""Writes docs/errors.md from `kymograph.base.errors`: run it when an error code is added or changed.

The sources are read as text, because Python keeps no docstrings of an enumeration's members.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kymograph" / "base" / "errors.py"
PAGE = ROOT / "docs" / "errors.md"

_HEAD = """\
# Errors

Made by `tools/docs/errors.py` from `src/kymograph/base/errors.py`; change it there.

An error is one line on standard error: what was being done, what is wrong, and in parentheses what to do.
A warning tells of what is so already: nothing has changed then. With `--json`, standard output has each as
`{"code", "message", "hint", "context"}`. Codes do not change from version to version; messages may.

| exit status | |
|---|---|
| 0 | done |
| 1 | an error |
| 2 | there is no such command or option |
| 3 | a fault of ours |
| 4 | a warning |
| 126, 127 | `record` could not run its command, as a shell says it |

| code | exit status | what it means | what to do |
|---|---|---|---|
"""


def page() -> str:
    """Return the page's text."""
    rows = (
        f"| `{code.value}` | {KymoError(code, '').exit_status} | {meaning} | {remedy} |\n"
        for code, meaning, remedy in codes()
    )
    return _HEAD + "".join(rows)


def codes() -> Iterator[tuple[ErrorCode, str, str]]:
    """Yield each code with its meaning and its remedy, in the order of the source."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ErrorCode")
    documented = dict(_documented(body))
    for code in ErrorCode:
        if code.name not in documented:
            raise SystemExit(f"{SOURCE}: {code.name} has no docstring")
        meaning, _, remedy = documented[code.name].partition(" Remedy: ")
        yield code, meaning, remedy[:1].upper() + remedy[1:]


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for member, text in zip(body, body[1:]):
        if (
            isinstance(member, ast.Assign)
            and isinstance(member.targets[0], ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            yield member.targets[0].id, re.sub(r"\s+", " ", str(text.value.value)).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
