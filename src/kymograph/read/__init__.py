# SPDX-License-Identifier: MIT
"""Traces to events."""
