# SPDX-License-Identifier: MIT
"""Each page has a house of its own, and the drop-in names if it needs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from control.conftest import house

__all__ = ["compat", "house"]


@pytest.fixture(scope="module")
def compat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the drop-in names into a folder of their own."""
    prefix = tmp_path_factory.mktemp("compat")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    source = Path(__file__).parents[2] / "compat"
    subprocess.run([*pip, "--no-build-isolation", "--prefix", prefix, source], check=True)
    return prefix
