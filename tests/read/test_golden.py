# SPDX-License-Identifier: MIT
"""The texts of real traces, which were printed by babeltrace2."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from kymograph.cli.convert import main

TRACES = Path(__file__).parent.parent / "traces"
OPTIONS: dict[str, list[str]] = json.loads((TRACES / "options.json").read_text())
CASES = sorted(path.parent.name for path in TRACES.glob("*/trace"))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("case", CASES)
def test_text(case: str, options: str, tmp_path: Path) -> None:
    output = tmp_path / "text"
    assert main([*OPTIONS[options], "--output", str(output), str(TRACES / case / "trace")]) == 0
    assert output.read_bytes() == expected(case, options)


def expected(case: str, options: str) -> bytes:
    return gzip.decompress((TRACES / case / f"{options}.txt.gz").read_bytes())


def regenerate() -> None:
    """Write every expected text anew."""
    from oracle import babeltrace2

    for case in CASES:
        for name, arguments in OPTIONS.items():
            text = babeltrace2(*arguments, TRACES / case / "trace").text
            (TRACES / case / f"{name}.txt.gz").write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    regenerate()
