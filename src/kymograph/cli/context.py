# SPDX-License-Identifier: MIT
"""What every command has at hand: the general options, the output, and the session daemon."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kymograph.base.errors import KymoError

if TYPE_CHECKING:
    from kymograph.control.client import Client


class Context:
    """One run of `program`. Sentences go to standard output unless `quiet` or `json`."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.quiet = False
        self.json = False
        self.verbosity = 0
        self.launch = True
        self.group = "tracing"
        self.errors: list[KymoError] = []
        self.exit_status = 0
        self._client: Client | None = None

    def say(self, text: str) -> None:
        """Print what a person wants to read about the progress of a command."""
        if not self.quiet:
            self.show(text)

    def show(self, text: str) -> None:
        """Print what was asked for, also when quiet."""
        if not self.json:
            print(text, flush=True)

    def report(self, error: KymoError) -> None:
        """Print an error or a warning; the first one decides the exit status."""
        self.errors.append(error)
        self.exit_status = self.exit_status or error.exit_status
        warning = error.exit_status == 4
        if not (warning and self.quiet):
            print(f"{'Warning' if warning else 'Error'}: {error.line()}", file=sys.stderr)

    def warn(self, text: str) -> None:
        """Print what a person should know although the command did what it was told."""
        if not self.quiet:
            print(f"Warning: {text}", file=sys.stderr)

    @property
    def client(self) -> Client:
        """The session daemon, connected to (and started, if need be) at first use."""
        if self._client is None:
            from kymograph.control.client import Client

            self._client = Client.connect(self.group, self.launch)
        return self._client

    def close(self) -> None:
        """Hang up, if we were connected."""
        if self._client is not None:
            self._client.close()

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the session daemon."""
        return self.client.call(method, **parameters)
