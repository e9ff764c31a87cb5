# SPDX-License-Identifier: MIT
"""Raises the resource limits that tracing needs above what a login shell gives."""

from __future__ import annotations

import resource
from contextlib import suppress


def raise_limits() -> None:
    """Allow this process as many descriptors and as much locked memory as it may have.

    A session with every event holds some five thousand descriptors; before Linux 5.11 BPF maps count as
    locked memory (commit 97306be45fbe "bpf: Switch to memcg-based memory accounting"). What is refused
    stays as it was.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
