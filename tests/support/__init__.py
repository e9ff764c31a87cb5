# SPDX-License-Identifier: MIT
"""What tests and benches share."""
