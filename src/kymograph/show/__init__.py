# SPDX-License-Identifier: MIT
"""Events to text."""
