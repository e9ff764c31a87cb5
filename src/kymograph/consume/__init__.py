# SPDX-License-Identifier: MIT
"""The consumer daemon: rings to packets to files."""
