# SPDX-License-Identifier: MIT
"""`record`: create, enable, start, run a command, stop, destroy, and say what came of it."""

from __future__ import annotations

import argparse
import os
import sys
import time

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.create import create_session
from kymograph.cli.current import set_last_trace
from kymograph.cli.destroy import destroy_session
from kymograph.cli.enable_channel import add_sizes, sizes
from kymograph.cli.output import timestamp
from kymograph.cli.parser import take_rest
from kymograph.cli.running import check_command, run_command
from kymograph.cli.summary import summarise, summary_text

DEFAULT_CHANNEL = "channel0"

DESCRIPTION = """
Record the whole system while a command runs, then say how much was recorded and where it is. The exit status
is the command's. `{program} view` shows the trace.

EVENT is a tracepoint, `syscall:NAME` for a system call, or `syscall:*` for all of them; * stands for any
characters. Events are lost when the buffers are full; the summary says how many, and larger buffers help.
"""

EXAMPLES = """
  {program} record -e sched_switch -- sleep 1
  {program} record -e 'sched_*' -e syscall:openat -o /tmp/my-trace -- make
  {program} record -e 'syscall:*' --subbuf-size=4M -- ls -R /usr
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "-e",
        "--event",
        action="append",
        required=True,
        metavar="EVENT[,EVENT]...",
        help="record EVENT (repeatable)",
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="write the trace to DIR")
    add_sizes(parser)
    loss = parser.add_mutually_exclusive_group()
    loss.add_argument("--discard", action="store_true", help="buffers full: lose new events (default)")
    loss.add_argument("--overwrite", action="store_true", help="buffers full: lose the oldest ones")
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="[--] COMMAND", help="the command to run"
    )
    take_rest(parser)


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Record while the command runs."""
    command = [*options.command, *(["--"] if options.command and options.rest else []), *options.rest]
    if not command:
        hint = f"{context.program} record -e EVENT -- COMMAND"
        raise KymoError(ErrorCode.USAGE, "Missing command to run", hint)
    rules = [_rule(name) for names in options.event for name in names.split(",")]
    channel = {**sizes(options), "loss_mode": "overwrite" if options.overwrite else "discard"}
    check_command(command)
    name = f"record-{timestamp()}-{os.getpid()}"
    create_session(context, name, options.output, name, transient=True)
    try:
        context.call("EnableChannel", **channel, session=name, name=DEFAULT_CHANNEL)
        for rule in rules:
            _enable(context, name, rule)
        context.call("StartSession", session=name)
        begin = time.monotonic()
        status = run_command(command)
        duration = time.monotonic() - begin
        context.call("StopSession", session=name)
        session = context.call("GetSession", session=name)["session"]
    finally:
        destroy_session(context, name)
    set_last_trace(session["output"])
    summary = summarise(session, duration, status)
    if not (context.quiet or context.json):
        print(summary_text(context.program, summary), file=sys.stderr)
    context.exit_status = status
    return summary


def _enable(context: Context, session: str, rule: dict[str, str]) -> None:
    try:
        context.call("EnableEvent", session=session, rule=rule, channel=DEFAULT_CHANNEL)
    except KymoError as error:
        if error.code is not ErrorCode.EVENT_ENABLED:
            raise
        context.report(error)


def _rule(event: str) -> dict[str, str]:
    kind, separator, name = event.partition(":")
    if separator and kind == "syscall":
        return {"kind": "syscall", "pattern": name}
    return {"kind": "tracepoint", "pattern": event}
