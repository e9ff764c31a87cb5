# SPDX-License-Identifier: MIT
"""What can be observed on this kernel, and the BPF that observes it."""
