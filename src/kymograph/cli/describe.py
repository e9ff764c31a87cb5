# SPDX-License-Identifier: MIT
"""Sessions, channels and events as text, in LTTng's shape."""

from __future__ import annotations

from typing import Any

from kymograph.base.errors import KymoError

LOGLEVEL = "(loglevel: TRACE_EMERG (0)) (type: tracepoint)"
"""What LTTng says of every kernel tracepoint; tools look for it."""

_TRACKERS = """\
Tracked process attributes
  Process IDs:          all
  Virtual process IDs:  all
  User IDs:             all
  Virtual user IDs:     all
  Group IDs:            all
  Virtual group IDs:    all
"""


def session_heading(session: dict[str, Any]) -> str:
    """Return a session's name and state: `test_session [active]`."""
    return f"{session['name']} {_state(session)}"


def session_text(session: dict[str, Any], channel_name: str | None = None) -> str:
    """Return all there is to say of a session, or of one channel of it."""
    lines = [f"Recording session {session['name']}: {_state(session)}", *session_details(session), ""]
    if session["channels"]:
        lines += ["=== Domain: Linux kernel ===", "", _TRACKERS, "Channels:", "-------------"]
        for channel in session["channels"]:
            if channel_name in (None, channel["name"]):
                lines.append(_channel(channel))
    return "\n".join(lines)


def session_details(session: dict[str, Any]) -> list[str]:
    """Return the lines under a session's name."""
    lines = [f"    Trace output: {session['output']}"]
    if session["error"]:
        lines.append(f"    Error: {KymoError.from_dict(session['error']).line()}")
    return lines


def _state(session: dict[str, Any]) -> str:
    return "[active]" if session["active"] else "[inactive]"


def _channel(channel: dict[str, Any]) -> str:
    overwrite = channel["loss_mode"] == "overwrite"
    attributes = {
        "Event-loss mode": channel["loss_mode"],
        "Sub-buffer size": f"{channel['sub_buffer_size']} bytes",
        "Sub-buffer count": channel["sub_buffer_count"],
        "Switch timer": _timer(channel["switch_timer"]),
        "Read timer": _timer(channel["read_timer"]),
        "Monitor timer": _timer(channel["monitor_timer"]),
        **({} if overwrite else {"Blocking timeout": "0 us"}),
        "Trace file count": "1 per stream",
        "Trace file size": "unlimited",
        "Output mode": "mmap",
    }
    statistics = {"Discarded events": channel["discarded_events"]}
    if overwrite:
        lost = {"Lost packets": channel["lost_packets"]}
        statistics = {**lost, **statistics} if channel["discarded_events"] else lost
    rules = [f"      {_rule(rule)}" for rule in channel["rules"]] or ["      None"]
    skipped = [f"      {KymoError.from_dict(error).message}" for error in channel["skipped"]]
    return "\n".join(
        [
            f"- {channel['name']}: [enabled]",
            "",
            "    Attributes:",
            *_table(attributes),
            "",
            "    Statistics:",
            *_table(statistics),
            "",
            "    Recording event rules:",
            *rules,
            *(["", "    Not recorded:", *skipped] if skipped else []),
            "",
        ]
    )


def _table(rows: dict[str, Any]) -> list[str]:
    return [f"      {name + ':':<17} {value}" for name, value in rows.items()]


def _timer(microseconds: int) -> str:
    return f"{microseconds} us" if microseconds else "inactive"


def _rule(rule: dict[str, Any]) -> str:
    kind = "(type:syscall)" if rule["kind"] == "syscall" else LOGLEVEL
    return f"{rule['pattern']} {kind} {'[enabled]' if rule['enabled'] else '[disabled]'}"
