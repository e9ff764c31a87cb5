# SPDX-License-Identifier: MIT
"""On the real kernel, at load: what was made is what was recorded and what was counted as lost, to the
last record.
"""

from __future__ import annotations

import struct

import pytest

from kymograph.bpf.instructions import Atomic, Helper, Jump, Reg
from kymograph.model.fields import FieldClass, Integer, Sequence, String
from kymograph.model.session import ChannelSpec, EventRule, LossMode, RuleKind
from kymograph.ring import channel as channel_module
from kymograph.ring import memory
from kymograph.ring.code import RingCode
from kymograph.ring.frame import CPU
from kymograph.sys import bpf
from ring.conftest import Consumer
from ring.records import parse
from support import load

pytestmark = pytest.mark.live

CALLS = 5_000_000
SYSCALL = EventRule(RuleKind.SYSCALL, load.CALL)
SIZES = {0: 4, 1: 8}
"""Payload of the call's entry (`policy`) and exit (`ret`)."""

SMALL = ChannelSpec(sub_buffer_size=4096, sub_buffer_count=2)
DEFAULT = ChannelSpec()


@pytest.mark.parametrize("spec", [SMALL, DEFAULT], ids=["small buffers", "default buffers"])
def test_discard_mode_accounts_for_every_call(channel, spec):
    ring = channel(spec)
    ring.enable(SYSCALL)
    with Consumer(ring) as consumer:
        ring.start()
        load.finish(load.start(CALLS))
        ring.stop()
        consumer.finish()
    streams = [parse(packets, SIZES) for packets in consumer.packets.values()]
    made = 2 * CALLS * len(streams)
    assert sum(stream.records for stream in streams) + ring.discarded() == made
    assert sum(stream.discarded for stream in streams) == ring.discarded()
    for stream in streams:
        assert stream.sequences == list(range(stream.packets))


def test_overwrite_mode_leaves_one_unbroken_newest_run(channel):
    """Nobody reads until the end: of each CPU the newest sub-buffers are left, without a gap in them."""
    ring = channel(ChannelSpec(loss_mode=LossMode.OVERWRITE, sub_buffer_size=65536, sub_buffer_count=4))
    ring.enable(SYSCALL)
    consumer = Consumer(ring)
    ring.start()
    load.finish(load.start(CALLS))
    ring.stop()
    consumer.sweep()
    assert ring.discarded() == 0
    for cpu, packets in consumer.packets.items():
        kinds = []
        stream = parse(packets, SIZES, each=lambda ident, *_, kinds=kinds: kinds.append(ident))
        assert stream.sequences == list(range(stream.sequences[0], stream.sequences[0] + stream.packets))
        assert stream.sequences[0] == consumer.lost_packets[cpu] > 0
        assert stream.packets in (3, 4)
        assert all(a != b for a, b in zip(kinds, kinds[1:])), "entry and exit must alternate"
        assert kinds[-1] == 1, "the last exit must be there"
        assert len(kinds) > 2 * 65536 // 12


def test_overwrite_mode_under_a_reader_loses_whole_packets_only(channel):
    ring = channel(ChannelSpec(loss_mode=LossMode.OVERWRITE, sub_buffer_size=4096, sub_buffer_count=2))
    ring.enable(SYSCALL)
    with Consumer(ring) as consumer:
        ring.start()
        load.finish(load.start(CALLS // 10))
        ring.stop()
        consumer.finish()
    for cpu, packets in consumer.packets.items():
        stream = parse(packets, SIZES)
        assert stream.sequences[-1] + 1 - stream.packets == consumer.lost_packets[cpu]


class CountingRing(RingCode):
    """The ring's code, counting what was asked of it."""

    made: int

    def enter(self, a):
        super().enter(a)
        a.load_map(Reg.R1, self.made)
        a.mov(Reg.R2, Reg.R10)
        a.add(Reg.R2, CPU)
        a.call(Helper.MAP_LOOKUP_ELEM)
        a.jump_if(Jump.EQ, Reg.R0, 0, "out")
        a.mov(Reg.R1, 1)
        a.atomic(Atomic.ADD, Reg.R0, 0, Reg.R1)


STORM = [
    SYSCALL,
    *(EventRule(RuleKind.SYSCALL, name) for name in ("mmap", "munmap", "sched_yield", "openat", "read")),
    *(
        EventRule(RuleKind.TRACEPOINT, name)
        for name in (
            "sched_*",
            "timer_*",
            "irq_softirq_*",
            "irq_handler_*",
            "x86_irq_vectors_local_timer_*",
            "kmem_*",
            "mm_page_*",
            "rcu_utilization",
            "workqueue_*",
        )
    ),
]


@pytest.mark.parametrize("spec", [SMALL, ChannelSpec(sub_buffer_count=8)], ids=["small", "large"])
def test_a_storm_of_nested_contexts_is_accounted_for(channel, monkeypatch, spec):
    """Calls, scheduler, timers, soft and hard interrupts and allocations in one ring, every record parsed."""
    CountingRing.made = bpf.map_create(bpf.MapType.ARRAY, 4, 4096, 64, bpf.F_MMAPABLE)
    monkeypatch.setattr(channel_module, "RingCode", CountingRing)
    ring = channel(spec)
    for rule in STORM:
        ring.enable(rule)
    with Consumer(ring) as consumer:
        ring.start()
        load.finish(load.start(CALLS // 10, "alloc"))
        ring.stop()
        consumer.finish()
    sizes = {event.id: payload(event.schema.fields) for event in ring.stream.events}
    streams = {cpu: parse(packets, sizes) for cpu, packets in consumer.packets.items()}
    made = counters(CountingRing.made, streams)
    assert sum(s.records for s in streams.values()) + ring.discarded() - ring.missed == sum(made.values())
    assert sum(s.discarded for s in streams.values()) == ring.discarded()
    kinds = set().union(*(s.counts for s in streams.values()))
    assert len(kinds) > 15, "a storm has many kinds of records"


def counters(descriptor, streams):
    control = memory.mmap.mmap(descriptor, 4096 * 64)
    made = {cpu: struct.unpack_from("<Q", control, 4096 * cpu)[0] for cpu in streams}
    control.close()
    memory.close_all([descriptor])
    return made


def payload(fields):
    """Return a function of (data, offset) that measures a record's payload."""
    kinds: list[FieldClass] = [field.type for field in fields]
    if all(hasattr(kind, "size") for kind in kinds):
        return sum(kind.size for kind in kinds)

    def measure(data, start):
        offset = start
        for kind in kinds:
            if isinstance(kind, String):
                offset = data.index(0, offset) + 1
            elif isinstance(kind, Sequence):
                count = kind.count.size
                number = int.from_bytes(data[offset : offset + count], "little")
                offset += count + number * kind.element.size
            else:
                offset += kind.size
        return offset - start

    return measure


def test_the_fields_of_the_load_are_right(channel):
    """The values in the records are those that the program passed and got."""
    ring = channel()
    ring.enable(SYSCALL)
    with Consumer(ring) as consumer:
        ring.start()
        load.finish(load.start(1000))
        ring.stop()
        consumer.finish()
    entry, leave = ring.stream.events
    assert [f.name for f in entry.schema.fields] == ["policy"]
    assert entry.schema.fields[0].type == Integer(32, signed=True)
    values = {0: set(), 1: set()}
    for packets in consumer.packets.values():
        parse(packets, SIZES, each=lambda ident, _, data: values[ident].add(data))
    assert values == {0: {(1).to_bytes(4, "little")}, 1: {(99).to_bytes(8, "little")}}
    assert leave.schema.name == f"syscall_exit_{load.CALL}"
