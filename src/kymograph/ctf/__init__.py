# SPDX-License-Identifier: MIT
"""Writes CTF: metadata, packet layout, index files."""
