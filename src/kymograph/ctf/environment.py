# SPDX-License-Identifier: MIT
"""The environment of a kernel trace, such that readers take it for LTTng's.

Trace Compass and lttng-analyses choose their kernel analyses by `domain` and `tracer_name`, and babeltrace2
its work-arounds by the version, so these name the tracer whose format and events we write.
"""

from __future__ import annotations

import os
import time

import kymograph


def kernel_environment(session: str, created_ns: int) -> tuple[tuple[str, int | str], ...]:
    """Return the environment of a trace of `session`, created at `created_ns` since the Epoch."""
    system = os.uname()
    created = time.strftime("%Y%m%dT%H%M%S+0000", time.gmtime(created_ns // 1_000_000_000))
    return (
        ("hostname", system.nodename),
        ("domain", "kernel"),
        ("sysname", system.sysname),
        ("kernel_release", system.release),
        ("kernel_version", system.version),
        ("tracer_name", "lttng-modules"),
        ("tracer_major", 2),
        ("tracer_minor", 13),
        ("tracer_patchlevel", 0),
        ("trace_buffering_scheme", "global"),
        ("trace_name", session),
        ("trace_creation_datetime", created),
        ("product_name", f"kymograph {kymograph.__version__}"),
    )
