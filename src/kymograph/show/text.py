# SPDX-License-Identifier: MIT
"""Events as lines of text, byte for byte as babeltrace2's `sink.text.pretty` prints them."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kymograph.native.extension import extension, faults

NAMES = frozenset({"header", "scope", "context", "payload"})
"""What can have its names shown."""

FIELDS = frozenset(
    {"trace", "trace:hostname", "trace:domain", "trace:procname", "trace:vpid", "loglevel", "emf"}
)
"""What can be shown before the name of an event."""

_TERMINALS = ("xterm", "rxvt", "konsole", "gnome", "screen", "tmux", "putty")


@dataclass(frozen=True)
class TextOptions:
    """How events are shown. The defaults are babeltrace2's.

    `begin` and `end` are `YYYY-MM-DD[ hh:mm[:ss[.n]]]`, `hh:mm[:ss[.n]]` of the trace's first day, or
    seconds from the clock's origin.
    """

    clock: Literal["wall", "date", "seconds"] = "wall"
    cycles: bool = False
    gmt: bool = False
    delta: bool = True
    names: frozenset[str] = frozenset({"context", "payload"})
    fields: frozenset[str] = frozenset({"trace:hostname", "trace:procname", "trace:vpid"})
    color: Literal["auto", "never", "always"] = "auto"
    begin: str | None = None
    end: str | None = None


def write_text(paths: Sequence[str], options: TextOptions, output: int = 1, warnings: int = 2) -> int:
    """Write the events of the traces at or below `paths` to a file descriptor; return how many.

    What precedes a fault is written before the fault is raised. Raises `NO_TRACE`, `BAD_METADATA`,
    `BAD_TRACE`, `BAD_VALUE` (a time that is none) and `BrokenPipeError`.
    """
    supported = _colors_supported()
    settings: extension.TextSettings = {
        "clock": options.clock,
        "cycles": options.cycles,
        "gmt": options.gmt,
        "delta": options.delta,
        "names": sorted(options.names),
        "fields": sorted(options.fields),
        "color": options.color == "always" or (options.color == "auto" and output == 1 and supported),
        "color_warnings": options.color != "never" and supported,
        "bright": _bright_is_a_color(),
        "begin": options.begin,
        "end": options.end,
    }
    with faults():
        return extension.write_text(paths, output, warnings, settings)


def _colors_supported() -> bool:
    """Tell whether both outputs are a terminal with colours, or `BABELTRACE_TERM_COLOR` says so."""
    forced = os.environ.get("BABELTRACE_TERM_COLOR", "").lower()
    if forced in ("always", "never"):
        return forced == "always"
    if not os.environ.get("TERM", "").startswith(_TERMINALS):
        return False
    return all(os.isatty(fd) and stat.S_ISCHR(os.fstat(fd).st_mode) for fd in (1, 2))


def _bright_is_a_color() -> bool:
    """Tell whether the terminal shows bright colours by codes of their own, not by bold type."""
    bold = os.environ.get("BABELTRACE_TERM_COLOR_BRIGHT_MEANS_BOLD")
    return bold == "0" if bold is not None else os.environ.get("TERM") == "xterm-kitty"
