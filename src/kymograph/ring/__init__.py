# SPDX-License-Identifier: MIT
"""The ring: its layout, the BPF that writes it, the code that drains it."""
