# SPDX-License-Identifier: MIT
"""The one importer of the Rust extension `kymograph._native`."""
