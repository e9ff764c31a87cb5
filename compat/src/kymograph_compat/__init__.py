# SPDX-License-Identifier: MIT
"""The commands of LTTng and Babeltrace, each another name for one of ours. Imports wait: each starts fast."""

from __future__ import annotations

import os
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
    from kymograph.base.errors import KymoError
    from kymograph.cli.context import Context
    from kymograph.cli.convert import main

    context = Context("babeltrace2")
    try:
        context.exit_status = main(sys.argv[1:])
        sys.stdout.flush()
    except KymoError as error:
        context.report(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `| head` has seen enough; keep Python from trying again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    return context.exit_status
