# SPDX-License-Identifier: MIT
"""All sessions of a daemon, by name."""

from __future__ import annotations

import difflib
import threading
from contextlib import suppress

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.control.consumer import Consumer
from kymograph.control.kernel import SharedKernel
from kymograph.control.names import check_session_name
from kymograph.control.output import TraceOutput
from kymograph.control.session import Session


class Sessions:
    """Makes, finds and removes sessions. Safe for threads."""

    def __init__(self, kernel: SharedKernel) -> None:
        self._kernel = kernel
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._consumer = Consumer(self._failed)

    def create(self, name: str, output: TraceOutput) -> Session:
        """Add a session, which takes over `output`. Raise `SESSION_EXISTS`, `SESSION_NAME`."""
        check_session_name(name)
        with self._lock:
            if name in self._sessions:
                hint = f"destroy it first: destroy {name}"
                raise KymoError(ErrorCode.SESSION_EXISTS, f"Session name '{name}' already exists", hint)
            session = self._sessions[name] = Session(name, output, self._kernel, self._consumer)
            return session

    def get(self, name: str) -> Session:
        """Return a session. Raise `NO_SESSION` with near matches."""
        with self._lock:
            session = self._sessions.get(name)
            names = list(self._sessions)
        if session is None:
            near = difflib.get_close_matches(name, names, 3)
            hint = f"did you mean {', '.join(near)}?" if near else "list shows the sessions there are"
            raise KymoError(ErrorCode.NO_SESSION, f"Session '{name}' not found", hint)
        return session

    def all(self) -> list[Session]:
        """Return the sessions, oldest first."""
        with self._lock:
            return list(self._sessions.values())

    def destroy(self, session: Session) -> None:
        """Destroy a session. Raises what kept records from the disk; the session is gone all the same."""
        try:
            session.destroy()
        finally:
            with self._lock:
                if self._sessions.get(session.name) is session:
                    del self._sessions[session.name]

    def close(self) -> None:
        """Destroy all sessions and end the consumer."""
        for session in self.all():
            with suppress(KymoError):
                self.destroy(session)
        self._consumer.close()
        self._kernel.attachments.close()

    def _failed(self, name: str, error: KymoError) -> None:
        with suppress(KymoError):
            self.get(name).fail(error)
