# SPDX-License-Identifier: MIT
"""Carries out the methods of the control protocol."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Callable

import msgspec

import kymograph
from kymograph.base.errors import ErrorCode, KymoError
from kymograph.control import protocol
from kymograph.control.access import Peer
from kymograph.control.events import list_events
from kymograph.control.kernel import SharedKernel
from kymograph.control.output import TraceOutput
from kymograph.control.session import Session
from kymograph.control.sessions import Sessions
from kymograph.model.session import ChannelSpec, EventRule, LossMode, RuleKind

Reply = dict[str, Any]


@dataclass
class Caller:
    """A client for as long as its connection lasts."""

    peer: Peer
    take_fds: Callable[[int], list[int]]
    """Hands out descriptors that came with the call."""
    transient: list[Session] = field(default_factory=list)
    """Sessions that end with the connection."""


_OTHER_VERSION = (
    "if the session daemon is of another version, end kymo-sessiond: the next command starts its own"
)


class Service:
    """The daemon as its clients see it. `call` is safe for threads."""

    def __init__(self, kernel: SharedKernel, sessions: Sessions) -> None:
        self._kernel = kernel
        self._sessions = sessions
        self._decoders: dict[str, tuple[msgspec.json.Decoder[Any], Callable[..., Reply]]] = {
            name: (msgspec.json.Decoder(parameters), handler)
            for name, parameters, handler in (
                ("GetInfo", protocol.GetInfo, self._info),
                ("ListEvents", protocol.ListEvents, self._list_events),
                ("ListSessions", protocol.ListSessions, self._list_sessions),
                ("GetSession", protocol.SessionParameters, self._get),
                ("CreateSession", protocol.CreateSession, self._create),
                ("EnableChannel", protocol.EnableChannel, self._enable_channel),
                ("EnableEvent", protocol.EnableEvent, self._enable_event),
                ("DisableEvent", protocol.DisableEvent, self._disable_event),
                ("StartSession", protocol.SessionParameters, self._start),
                ("StopSession", protocol.SessionParameters, self._stop),
                ("DestroySession", protocol.SessionParameters, self._destroy),
            )
        }
        self._call = msgspec.json.Decoder(protocol.Call)

    def call(self, message: bytes, caller: Caller) -> Reply:
        """Carry out one call. Raises `PROTOCOL` for what is no call, and each method's own errors."""
        try:
            call = self._call.decode(message)
            name = call.method
            if name.startswith(protocol.INTERFACE):
                name = name[len(protocol.INTERFACE) :]
            if name not in self._decoders:
                raise KymoError(
                    ErrorCode.PROTOCOL, f"there is no method '{call.method[:100]}'", _OTHER_VERSION
                )
            decoder, handler = self._decoders[name]
            parameters = decoder.decode(call.parameters)
        except (msgspec.DecodeError, RecursionError) as error:
            raise KymoError(ErrorCode.PROTOCOL, f"the call is not valid: {error}", _OTHER_VERSION) from error
        return handler(parameters, caller)

    def hang_up(self, caller: Caller) -> None:
        """Destroy the sessions that were to end with the connection and have not ended before."""
        for session in caller.transient:
            with suppress(KymoError):
                self._sessions.destroy(session)

    def _info(self, _: protocol.GetInfo, __: Caller) -> Reply:
        return {"version": kymograph.__version__, "pid": os.getpid()}

    def _list_events(self, parameters: protocol.ListEvents, _: Caller) -> Reply:
        with self._kernel.borrow() as kernel:
            kind = RuleKind.SYSCALL if parameters.syscalls else RuleKind.TRACEPOINT
            return {"events": list_events(kernel, kind, parameters.fields)}

    def _list_sessions(self, _: protocol.ListSessions, __: Caller) -> Reply:
        return {"sessions": [session.describe() for session in self._sessions.all()]}

    def _get(self, parameters: protocol.SessionParameters, _: Caller) -> Reply:
        return {"session": self._sessions.get(parameters.session).describe()}

    def _create(self, parameters: protocol.CreateSession, caller: Caller) -> Reply:
        (fd,) = caller.take_fds(1)
        output = TraceOutput(parameters.output, fd, caller.peer.uid)
        try:
            session = self._sessions.create(parameters.name, output)
        except BaseException:
            output.close()
            raise
        if parameters.transient:
            caller.transient.append(session)
        return {"session": session.describe()}

    def _enable_channel(self, parameters: protocol.EnableChannel, _: Caller) -> Reply:
        fields = msgspec.structs.asdict(parameters)
        session = self._sessions.get(fields.pop("session"))
        session.add_channel(ChannelSpec(**{**fields, "loss_mode": LossMode(parameters.loss_mode)}))
        return {}

    def _enable_event(self, parameters: protocol.EnableEvent, _: Caller) -> Reply:
        session = self._sessions.get(parameters.session)
        return {"channel": session.enable(parameters.channel, _rule(parameters.rule))}

    def _disable_event(self, parameters: protocol.DisableEvent, _: Caller) -> Reply:
        session = self._sessions.get(parameters.session)
        rule = _rule(parameters.rule) if parameters.rule else None
        return {"channel": session.disable(parameters.channel, rule)}

    def _start(self, parameters: protocol.SessionParameters, _: Caller) -> Reply:
        self._sessions.get(parameters.session).start()
        return {}

    def _stop(self, parameters: protocol.SessionParameters, _: Caller) -> Reply:
        session = self._sessions.get(parameters.session)
        session.stop()
        return {"session": session.describe()}

    def _destroy(self, parameters: protocol.SessionParameters, _: Caller) -> Reply:
        """Destroy; a session that could not be written whole is gone all the same, with a word about it."""
        session = self._sessions.get(parameters.session)
        incomplete = None
        try:
            self._sessions.destroy(session)
        except KymoError as error:
            if error.code is ErrorCode.NO_SESSION:
                raise
            incomplete = error.as_dict()
        described = session.describe()
        return {"output": described["output"], "has_trace": described["has_trace"], "incomplete": incomplete}


def _rule(rule: protocol.Rule) -> EventRule:
    return EventRule(RuleKind(rule.kind), rule.pattern)
