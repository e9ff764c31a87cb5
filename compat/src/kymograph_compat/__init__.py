# SPDX-License-Identifier: MIT
"""The commands of LTTng and Babeltrace, each another name for one of ours. Imports wait: each starts fast."""

from __future__ import annotations

import sys


def lttng() -> int:
    """Run `lttng`, which is `kymo`."""
    from kymograph.cli.main import main

    return main()


def lttng_sessiond() -> int:
    """Run `lttng-sessiond`, the session daemon."""
    from kymograph.control.main import main

    return main()


def babeltrace() -> int:
    """Run `babeltrace` or `babeltrace2`: the reader, which takes the options both have."""
    from kymograph.cli.convert import main

    return main(sys.argv[1:])
