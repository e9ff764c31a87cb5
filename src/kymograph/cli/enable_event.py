# SPDX-License-Identifier: MIT
"""`enable-event`: what a session records."""

from __future__ import annotations

import argparse

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.parser import add_domain, add_target, check_domain

DESCRIPTION = """
Enable kernel events: the session records them from its next start, or at once when it is active.

An event is a tracepoint (`{program} list --kernel`) or, with --syscall, the entry and exit of a system call
(`{program} list --kernel --syscall`). In a NAME, * stands for any characters. Without --channel the events go
to channel0, which is made when the session has no channel yet.
"""

EXAMPLES = """
  {program} enable-event --kernel sched_switch
  {program} enable-event -k sched_switch,sched_wakeup
  {program} enable-event -k 'irq_*' --channel=interrupts
  {program} enable-event -k --syscall openat,close
  {program} enable-event -k --all
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="?", metavar="NAME[,NAME]...", help="the events' names")
    add_domain(parser)
    parser.add_argument("-a", "--all", action="store_true", help="all events, or all of the given type")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--tracepoint", action="store_true", help="NAME is a tracepoint (default)")
    kind.add_argument("--syscall", action="store_true", help="NAME is a system call")
    add_target(parser)


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Enable each event; one that fails does not keep the others from being enabled."""
    check_domain(options.kernel)
    names = (options.names or "").split(",")
    if options.all:
        names = ["*"]
    elif not all(names):
        raise KymoError(
            ErrorCode.USAGE,
            "Missing event name(s)",
            f"for example: {context.program} enable-event -k sched_switch",
        )
    session = options.session or current_session(context.program)
    kinds = ["syscall"] if options.syscall else ["tracepoint"]
    if options.all and not options.syscall and not options.tracepoint:
        kinds = ["tracepoint", "syscall"]
    enabled = []
    for name in names:
        channels = [enable(context, session, options.channel, kind, name) for kind in kinds]
        enabled += [
            {"kind": kind, "pattern": name, "channel": channel}
            for kind, channel in zip(kinds, channels)
            if channel
        ]
        if all(channels):
            context.say(_sentence(options, name, str(channels[-1])))
    return {"session": session, "enabled": enabled}


def enable(context: Context, session: str, channel: str | None, kind: str, pattern: str) -> str | None:
    """Enable one event rule; return its channel, or None after reporting why not."""
    try:
        reply = context.call(
            "EnableEvent", session=session, channel=channel, rule={"kind": kind, "pattern": pattern}
        )
    except KymoError as error:
        if error.code in (ErrorCode.NO_SESSION, ErrorCode.DAEMON_DIED):
            raise
        context.report(error)
        return None
    return str(reply["channel"])


def _sentence(options: argparse.Namespace, name: str, channel: str) -> str:
    if not options.all:
        return f"Kernel event {name} created in channel {channel}"
    what = "system calls" if options.syscall else "tracepoints" if options.tracepoint else "events"
    return f"All kernel {what} are enabled in channel {channel}"
