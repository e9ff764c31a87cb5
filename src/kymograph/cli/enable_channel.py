# SPDX-License-Identifier: MIT
"""`enable-channel`: how much memory a session's events go through, and what happens when it is full."""

from __future__ import annotations

import argparse

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.quantities import parse_duration, parse_size
from kymograph.cli.context import Context
from kymograph.cli.current import current_session
from kymograph.cli.parser import add_domain, check_domain

_LONGEST_TIMER = (1 << 32) - 1
"""Microseconds, as the session daemon takes them: some 71 minutes."""

DESCRIPTION = """
Create a channel: a ring of sub-buffers on each CPU. Use it to choose other sizes than channel0 has, or to
record events of one kind apart from those of another.

SIZE is a number of bytes, with k, M or G for powers of 1024; it and COUNT must be powers of two. USEC is a
number of microseconds; 100ms and 1s are understood too.
"""

EXAMPLES = """
  {program} enable-channel --kernel big --subbuf-size=4M --num-subbuf=8
  {program} enable-channel -k last-moments --overwrite --subbuf-size=64k
  {program} enable-channel -k prompt --switch-timer=100ms
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="?", metavar="NAME[,NAME]...", help="the channels' names")
    add_domain(parser)
    parser.add_argument("-s", "--session", metavar="SESSION", help="the session (default: the current one)")
    loss = parser.add_mutually_exclusive_group()
    loss.add_argument(
        "--discard", action="store_true", help="no sub-buffer is free: lose new events (default)"
    )
    loss.add_argument("--overwrite", action="store_true", help="none is free: lose the oldest sub-buffer")
    add_sizes(parser)
    parser.add_argument(
        "--switch-timer",
        metavar="USEC",
        help="how often to write what is partly filled (default: 0, never)",
    )
    parser.add_argument(
        "--read-timer", metavar="USEC", help="how often to look for full ones at least (default: 200000)"
    )
    parser.add_argument(
        "--monitor-timer", metavar="USEC", help="how often to measure the usage (default: 1000000)"
    )
    parser.add_argument("--output", choices=("mmap", "splice"), help="accepted: it is always mmap")
    parser.add_argument("--buffers-global", action="store_true", help="accepted: they always are")


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the options for the ring's size."""
    parser.add_argument("--subbuf-size", metavar="SIZE", help="size of a sub-buffer (default: 1M)")
    parser.add_argument("--num-subbuf", metavar="COUNT", help="sub-buffers on each CPU (default: 4)")


def sizes(options: argparse.Namespace) -> dict[str, object]:
    """Return the parameters for the ring's size."""
    given: dict[str, object] = {}
    if options.subbuf_size is not None:
        given["sub_buffer_size"] = _positive("--subbuf-size", parse_size(options.subbuf_size))
    if options.num_subbuf is not None:
        given["sub_buffer_count"] = _positive("--num-subbuf", parse_size(options.num_subbuf))
    return given


def run(context: Context, options: argparse.Namespace) -> dict[str, object]:
    """Create each channel."""
    check_domain(options.kernel)
    names = (options.names or "").split(",")
    if not all(names):
        raise KymoError(ErrorCode.USAGE, "Missing channel name", "name the channel")
    parameters = sizes(options)
    parameters["loss_mode"] = "overwrite" if options.overwrite else "discard"
    for timer in ("switch_timer", "read_timer", "monitor_timer"):
        text = getattr(options, timer)
        if text is not None:
            parameters[timer] = _timer(text)
    session = options.session or current_session(context.program)
    created = []
    for name in names:
        try:
            context.call("EnableChannel", **parameters, session=session, name=name)
        except KymoError as error:
            context.report(error)
            continue
        created.append(name)
        context.say(f"kernel channel {name} enabled for session {session}")
    return {"session": session, "channels": created}


def _positive(option: str, value: int) -> int:
    if value <= 0:
        raise KymoError(
            ErrorCode.BUFFER_SIZE, f"{option} must be more than 0", "leave it out for the default"
        )
    return value


def _timer(text: str) -> int:
    """Return a timer's microseconds. Raise `BAD_VALUE` for what 32 bits do not hold."""
    microseconds = parse_duration(text)
    if microseconds > _LONGEST_TIMER:
        raise KymoError(ErrorCode.BAD_VALUE, f"the timer {text} is too long", "the longest is 71m")
    return microseconds
