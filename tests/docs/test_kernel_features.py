# SPDX-License-Identifier: MIT
"""The page of kernel features and the sources name the same commits and versions, and files that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "kymograph"
PAGE = (ROOT / "docs" / "kernel-features.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "`" in line
]
_CITED = re.compile(r'commit ([0-9a-f]{12}) "[^"]+"\s+\(in\s+v(\d+\.\d+)\)')


def test_what_the_sources_cite_is_in_the_page() -> None:
    page = {row[2].strip("`"): row[1] for row in ROWS}
    cited = {
        commit: f"v{version}"
        for path in SOURCES.rglob("*.py")
        for commit, version in _CITED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(cited) >= 8
    assert cited.items() <= page.items()


def test_typed_events() -> None:
    catalogue = (SOURCES / "instrument" / "catalogue" / "typed").glob("*.json")
    typed = {name for file in catalogue for name in json.loads(file.read_text(encoding="utf-8"))}
    (listed,) = re.findall(r"\* \*\*Typed\*\*: all system calls, and (.*?)\. The program", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed)) == typed


def test_files_exist() -> None:
    named = [name for row in ROWS for name in re.findall(r"`(\w+/\w+\.py)`", row[3])]
    assert len(named) > 20
    for name in named:
        assert (SOURCES / name).exists(), name


def test_no_version_is_asked_for() -> None:
    for path in SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert (
            not re.search(r"\b(?:system|uname\(\)|platform)\.release\b", text)
            or path.name == "environment.py"
        )
