# SPDX-License-Identifier: MIT
"""Shared by all tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

_LIVE = ("cli", "control", "instrument", "flow")
"""Folders whose tests ask the running kernel, which needs root."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in _LIVE or item.path.name == "test_tracefs.py":
            item.add_marker(pytest.mark.live)
