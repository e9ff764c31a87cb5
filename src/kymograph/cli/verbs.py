# SPDX-License-Identifier: MIT
"""The table of commands. A verb's module is imported only when the verb is used."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """A command: its name, its module `kymograph.cli.MODULE`, and what the overview says of it."""

    name: str
    module: str
    summary: str


GROUPS: tuple[tuple[str, tuple[Verb, ...]], ...] = (
    (
        "Recording sessions",
        (
            Verb("record", "record", "Record while a command runs, in one step"),
            Verb("create", "create", "Create a recording session"),
            Verb("destroy", "destroy", "Destroy recording sessions"),
            Verb("set-session", "set_session", "Set the current recording session"),
        ),
    ),
    (
        "Channels",
        (Verb("enable-channel", "enable_channel", "Create a channel"),),
    ),
    (
        "Recording event rules",
        (
            Verb("enable-event", "enable_event", "Create or enable recording event rules"),
            Verb("disable-event", "disable_event", "Disable recording event rules"),
        ),
    ),
    (
        "Status",
        (
            Verb("list", "list_", "List recording sessions and what can be recorded"),
            Verb("status", "status", "Show the current recording session"),
        ),
    ),
    (
        "Control",
        (
            Verb("start", "start", "Start recording"),
            Verb("stop", "stop", "Stop recording"),
        ),
    ),
    (
        "Miscellaneous",
        (
            Verb("view", "view", "Read a trace"),
            Verb("help", "help_", "Show the help of a command"),
            Verb("version", "version", "Show the version"),
        ),
    ),
)

VERBS = {verb.name: verb for _, verbs in GROUPS for verb in verbs}
