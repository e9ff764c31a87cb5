# SPDX-License-Identifier: MIT
"""A channel's event classes: one id for each, whatever was enabled, disabled and enabled again."""

from __future__ import annotations

import pytest

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.model.session import EventRule, RuleKind
from kymograph.ring import channel as channel_module
from ring.conftest import Consumer
from ring.records import parse
from support import load

pytestmark = pytest.mark.live


def rule(name):
    kind = RuleKind.SYSCALL if name.startswith("syscall:") else RuleKind.TRACEPOINT
    return EventRule(kind, name.removeprefix("syscall:"))


def ids(ring):
    return {event.schema.name: event.id for event in ring.stream.events}


def test_ids_are_unique_after_events_come_and_go(channel):
    ring = channel()
    ring.enable(rule("sched_wakeup"))
    first = ids(ring)
    ring.disable(rule("sched_wakeup"))
    ring.enable(rule("sched_*"))
    ring.enable(rule("irq_handler_entry"))
    ring.enable(rule("syscall:openat"))
    now = ids(ring)
    assert now["sched_wakeup"] == first["sched_wakeup"]
    assert len(set(now.values())) == len(now)


def test_ids_are_unique_when_single_events_of_a_pattern_are_refused(channel, monkeypatch):
    """What a pattern matches and the kernel refuses is left out, with the reason."""
    real = channel_module.load

    def refuse(code):
        if code.name == "sched_process_exec":
            raise KymoError(ErrorCode.BPF_REJECTED, "no")
        return real(code)

    monkeypatch.setattr(channel_module, "load", refuse)
    ring = channel()
    ring.enable(rule("sched_process_*"))
    ring.enable(rule("sched_switch"))
    ring.enable(rule("sched_wakeup"))
    now = ids(ring)
    assert "sched_process_exec" not in now
    assert len(set(now.values())) == len(now)
    assert [error.context for error in ring.skipped] == [["sched_process_exec"]]
    with pytest.raises(KymoError):
        ring.enable(rule("sched_process_exec"))


def test_a_disabled_call_is_recorded_no_more_and_again_when_enabled(channel):
    ring = channel()
    call = rule(f"syscall:{load.CALL}")
    ring.enable(call)
    with Consumer(ring) as consumer:
        for enabled in (True, False, True):
            if enabled:
                ring.enable(call)
            else:
                ring.disable(call)
            ring.start()
            load.finish(load.start(100))
            ring.stop()
        consumer.finish()
    numbers = ids(ring)
    sizes = {numbers[f"syscall_entry_{load.CALL}"]: 4, numbers[f"syscall_exit_{load.CALL}"]: 8}
    streams = [parse(packets, sizes) for packets in consumer.packets.values()]
    assert sum(stream.records for stream in streams) == 2 * 2 * 100 * len(streams)
