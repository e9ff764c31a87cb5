# SPDX-License-Identifier: MIT
"""The session daemon and its protocol."""
