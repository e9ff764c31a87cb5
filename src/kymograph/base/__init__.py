# SPDX-License-Identifier: MIT
"""What every room stands on: errors, sizes, durations, clocks, paths."""
