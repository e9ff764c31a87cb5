# SPDX-License-Identifier: MIT
"""Makes `catalogue/tracepoint-names.json`: LTTng's names of kernel tracepoints that are not the kernel's.

    apt-get download lttng-modules-dkms && dpkg -x lttng-modules-dkms_*.deb modules
    python tools/catalogue/tracepoint_names.py modules/usr/src/lttng-modules-*/include/instrumentation/events

LTTng declares a probe by a macro, `LTTNG_TRACEPOINT_EVENT[_INSTANCE][_CODE][_MAP]([template,] kernel's
name, [LTTng's name,] …)`, directly or through a macro of its header; the table holds facts taken from them,
no code.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cpp import arguments_at, plain, split_arguments, write_table

OUTPUT = Path("src/kymograph/instrument/catalogue/tracepoint-names.json")
LATER = {"hrtimer_setup": "timer_hrtimer_setup"}
"""Tracepoints that the kernel has renamed since: Linux 6.15 has hrtimer_setup for hrtimer_init."""
PROBE = re.compile(r"\bLTTNG_TRACEPOINT_EVENT((?:_[A-Z]+)*)\(")
WRAPPER = re.compile(r"^#define (\w+)\(([^)]*)\)\s+(.*LTTNG_TRACEPOINT_EVENT.*)$", re.MULTILINE)


def expand(text: str) -> str:
    """Replace the header's own macros that declare probes by what they stand for."""
    wrappers = {name: (split_arguments(names), body) for name, names, body in WRAPPER.findall(text)}
    text = re.sub(r"^#define.*$", "", text, flags=re.MULTILINE)
    for _ in range(3):
        for name, (parameters, body) in wrappers.items():
            use = re.compile(rf"\b{name}\(")
            match = use.search(text)
            while match:
                values, end = arguments_at(text, match.end())
                expansion = body
                for parameter, value in zip(parameters, values):
                    expansion = re.sub(rf"\b{parameter}\b", value.replace("\\", ""), expansion)
                expansion = re.sub(r"\s*##\s*", "", expansion)
                text = text[: match.start()] + expansion + text[end:]
                match = use.search(text)
    return text


def renames(header: str) -> dict[str, str]:
    """Return kernel's name → LTTng's for the probes of a header whose names differ."""
    found = {}
    text = expand(plain(header))
    for match in PROBE.finditer(text):
        if "CLASS" in match[1]:
            continue
        names = [name.replace(" ", "") for name in arguments_at(text, match.end())[0]]
        if "INSTANCE" in match[1]:
            names = names[1:]
        if "MAP" in match[1] and names[0] != names[1]:
            found[names[0]] = names[1]
    return found


def main() -> None:
    """Read every header below the folder given, and write the table."""
    table: dict[str, str] = {}
    for header in sorted(Path(sys.argv[1]).rglob("*.h")):
        table.update(renames(header.read_text()))
    table.update(LATER)
    write_table(OUTPUT, table)
    print(f"{OUTPUT}: {len(table)} names")


main()
