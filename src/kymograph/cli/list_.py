# SPDX-License-Identifier: MIT
"""`list`: the sessions, one session, or what can be recorded."""

from __future__ import annotations

import argparse
from typing import Any

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.describe import LOGLEVEL, session_details, session_heading, session_text

DESCRIPTION = """
List the recording sessions; or, with SESSION, its channels and event rules; or, with --kernel, the events
that this kernel can record.
"""

EXAMPLES = """
  {program} list
  {program} list my-session
  {program} list --kernel
  {program} list --kernel --syscall
  {program} list --kernel --fields
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("session", nargs="?", metavar="SESSION", help="show this session in full")
    parser.add_argument("-k", "--kernel", action="store_true", help="list the kernel's events")
    parser.add_argument("--syscall", action="store_true", help="with --kernel: list the system calls instead")
    parser.add_argument("-f", "--fields", action="store_true", help="with --kernel: show each event's fields")
    parser.add_argument("-c", "--channel", metavar="CHANNEL", help="with SESSION: show this channel only")
    parser.add_argument("-d", "--domain", action="store_true", help="with SESSION: show its tracing domains")


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """List what was asked for."""
    if options.session is not None:
        return _list_session(context, options)
    if options.kernel or options.syscall:
        return _list_events(context, options.syscall, options.fields)
    return _list_sessions(context)


def _list_session(context: Context, options: argparse.Namespace) -> dict[str, object]:
    session = context.call("GetSession", session=options.session)["session"]
    names = [channel["name"] for channel in session["channels"]]
    if options.channel is not None and options.channel not in names:
        hint = f"its channels: {', '.join(names) or 'none'}"
        raise KymoError(
            ErrorCode.NO_CHANNEL, f"Session {options.session} has no channel {options.channel}", hint
        )
    if options.domain:
        context.show("Domains:\n-------------" + ("\n  - Kernel" if names else "\n  None"))
    else:
        context.show(session_text(session, options.channel))
    return {"session": session}


def _list_sessions(context: Context) -> dict[str, object]:
    sessions = context.call("ListSessions")["sessions"]
    if not sessions:
        context.show("Currently no available recording session")
    else:
        lines = ["Available recording sessions:"]
        for number, session in enumerate(sessions, 1):
            lines += [f"  {number}) {session_heading(session)}", *session_details(session), ""]
        context.show("\n".join(lines))
        context.show(f"\nUse {context.program} list <session_name> for more details")
    return {"sessions": sessions}


def _list_events(context: Context, syscalls: bool, fields: bool) -> dict[str, object]:
    events = context.call("ListEvents", syscalls=syscalls, fields=fields)["events"]
    what = "System calls" if syscalls else "Kernel events"
    note = "[64-bit]" if syscalls else LOGLEVEL
    lines = [f"{what}:", "-------------"]
    for event in events:
        lines.append(f"      {event['name']} {note}")
        lines += _fields(event)
    context.show("\n".join([*lines, ""]))
    return {"syscalls" if syscalls else "events": events}


def _fields(event: dict[str, Any]) -> list[str]:
    lines = []
    for record in event.get("records", ()):
        if record["name"] != event["name"]:
            lines.append(f"        {record['name']}")
        lines += [f"        field: {name} ({kind})" for name, kind in record["fields"]]
    return lines
