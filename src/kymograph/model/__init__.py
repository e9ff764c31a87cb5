# SPDX-License-Identifier: MIT
"""Frozen descriptions, no I/O: field classes, record schemas, sessions, channels, event rules."""
