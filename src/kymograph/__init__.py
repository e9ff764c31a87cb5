# SPDX-License-Identifier: MIT
"""Kymograph: LTTng without kernel modules."""

__version__ = "0.1.0"
