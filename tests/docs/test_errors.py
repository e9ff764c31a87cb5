# SPDX-License-Identifier: MIT
"""The page of errors is what the code says, and every code of it is used."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from kymograph.base.errors import ErrorCode

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "docs" / "errors.py"))["page"]()
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == made, "run tools/docs/errors.py"


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_can_be_met(code: ErrorCode) -> None:
    sources = (ROOT / "src" / "kymograph").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources if path.name != "errors.py")
    assert f"ErrorCode.{code.name}" in text
