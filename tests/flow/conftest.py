# SPDX-License-Identifier: MIT
"""Tests of the whole way: commands, kernel, disk, and readers as judges."""

from control.conftest import house

__all__ = ["house"]
