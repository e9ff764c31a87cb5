# SPDX-License-Identifier: MIT
"""The commands, one verb a file."""
