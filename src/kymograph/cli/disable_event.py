# SPDX-License-Identifier: MIT
"""`disable-event`: what a session no longer records."""

from __future__ import annotations

import argparse

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.parser import add_domain, add_target, check_domain

DESCRIPTION = """
Disable event rules, by the names they were enabled with. They can be enabled again.
"""

EXAMPLES = """
  {program} disable-event --kernel sched_switch
  {program} disable-event -k --syscall openat
  {program} disable-event -k --all-events --channel=interrupts
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="?", metavar="NAME[,NAME]...", help="the event rules' names")
    add_domain(parser)
    parser.add_argument("-a", "--all-events", "--all", action="store_true", help="disable all event rules")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--tracepoint", action="store_true", help="NAME is a tracepoint (default)")
    kind.add_argument("--syscall", action="store_true", help="NAME is a system call")
    add_target(parser)


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Disable each event rule."""
    check_domain(options.kernel)
    session = options.session or current_session(context.program)
    if options.all_events:
        channel = context.call("DisableEvent", session=session, channel=options.channel)["channel"]
        context.say(f"All kernel events of type any disabled in channel {channel} for session {session}")
        return {"session": session, "disabled": "all"}
    names = (options.names or "").split(",")
    if not all(names):
        raise KymoError(ErrorCode.USAGE, "Missing event name(s)", "name the events, or use --all-events")
    kind = "syscall" if options.syscall else "tracepoint"
    disabled = []
    for name in names:
        rule = {"kind": kind, "pattern": name}
        try:
            reply = context.call("DisableEvent", session=session, channel=options.channel, rule=rule)
        except KymoError as error:
            if error.code is not ErrorCode.NO_EVENT:
                raise
            context.report(error)
            continue
        disabled.append({**rule, "channel": reply["channel"]})
        context.say(
            f"kernel {name} of type {kind} disabled in channel {reply['channel']} for session {session}"
        )
    return {"session": session, "disabled": disabled}
