# SPDX-License-Identifier: MIT
"""The ring's generated programs under random interleavings: nested interrupts, preempted tasks, a
consumer.
"""

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kymograph.instrument.source import RecordTracepoint, Source
from kymograph.instrument.values import Argument, LocatedString
from kymograph.model.fields import Field, Integer, String
from kymograph.model.schema import RecordSchema
from kymograph.model.session import LossMode
from kymograph.ring import layout as at
from kymograph.ring.code import RingCode
from kymograph.ring.drain import StreamDrain
from kymograph.ring.layout import RingLayout
from kymograph.ring.memory import Control
from kymograph.ring.payload import SCRATCH_SIZE
from kymograph.ring.primitives import RingMaps
from kymograph.ring.record import program
from ring.machine import Machine
from ring.records import parse

CONTROL, DATA, WAKE, SCRATCH = 11, 12, 13, 14
NUMBER = Source(
    RecordSchema("number", (Field("value", Integer(64)),)), (Argument(0, 8),), RecordTracepoint("number", 1)
)
STRING = Source(
    RecordSchema("string", (Field("text", String()),)), (LocatedString(0),), RecordTracepoint("string", 2)
)


class Words(Control):
    """The control blocks of a machine instead of a map's."""

    def __init__(self, content, stride):
        self._content, self._stride = content, stride

    def load(self, cpu, offset):
        return struct.unpack_from("<Q", self._content, cpu * self._stride + offset)[0]

    def store(self, cpu, offset, value):
        struct.pack_into("<Q", self._content, cpu * self._stride + offset, value)


class Bench:
    """One CPU's buffer with its programs in a machine, and what is expected of it."""

    def __init__(self, loss_mode, count):
        self.layout = RingLayout(at.PAGE, count, 1)
        self.machine = Machine()
        control = self.machine.add_map(CONTROL, self.layout.control_size, 1)
        data = self.machine.add_map(DATA, self.layout.element, self.layout.elements)
        self.machine.add_map(SCRATCH, SCRATCH_SIZE, 1)
        for slot in range(count):
            struct.pack_into("<I", data, slot * self.layout.element, at.MAGIC_NUMBER)
        self.words = Words(control, self.layout.control_stride)
        self.words.store(0, at.ACTIVE, 1)
        code = RingCode(self.layout, loss_mode, RingMaps(CONTROL, DATA, WAKE))
        self.programs = [
            program(code, SCRATCH, source.values, i, source.attachment).code
            for i, source in enumerate((NUMBER, STRING))
        ]
        self.flusher = code.flusher()
        self.drain = StreamDrain(self.layout, loss_mode, self.words, data, 0)
        self.packets = []
        self.made = 0

    def writer(self, random):
        """One record by one of the programs."""
        self.made += 1
        if random.random() < 0.7:
            return self.machine.run(self.programs[0], struct.pack("<Q", self.made), 0)
        text = b"x" * random.randrange(300) + b"\0"
        return self.machine.run(self.programs[1], struct.pack("<HH", 4, len(text)) + text, 0)

    def flush(self):
        return self.machine.run(self.flusher, struct.pack("<Q", 0), 0)

    def consume(self):
        packet = self.drain.next()
        if packet:
            self.packets.append(bytes(packet.data))
            self.drain.release(packet)

    def finish(self):
        """Close what is open and take the rest."""
        for _ in range(2):
            for _ in self.flush():
                pass
            for _ in range(2 * self.layout.count):
                self.consume()

    def check(self):
        sizes = {0: 8, 1: lambda data, offset: data.index(0, offset) - offset + 1}
        return parse(self.packets, sizes)


def interleave(bench, rounds, random, consumer_chance):
    """Two tasks that preempt each other anywhere, either interrupted anywhere by up to three nested
    writers.
    """
    tasks = [[], []]
    while rounds or any(tasks):
        stack = random.choice(tasks)
        if rounds and (not stack or (len(stack) < 4 and random.random() < 0.02)):
            stack.append(bench.flush() if random.random() < 0.05 else bench.writer(random))
            rounds -= 1
        if not stack:
            continue
        for _ in range(random.randrange(1, 60)):
            try:
                next(stack[-1])
            except StopIteration:
                stack.pop()
                break
        if random.random() < consumer_chance:
            bench.consume()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([2, 4, 8]), st.sampled_from([0.0, 0.01, 0.3]))
def test_discard_mode_accounts_for_every_record(seed, count, consumer_chance):
    bench = Bench(LossMode.DISCARD, count)
    interleave(bench, 400, random.Random(seed), consumer_chance)
    bench.finish()
    stream = bench.check()
    lost = bench.words.load(0, at.DISCARDED)
    assert stream.records + lost == bench.made
    assert stream.sequences == list(range(len(stream.sequences)))
    assert stream.discarded == lost, "the trace itself must tell of every discarded record"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([2, 4]), st.sampled_from([0.0, 0.01, 0.2]))
def test_overwrite_mode_never_shows_torn_data(seed, count, consumer_chance):
    bench = Bench(LossMode.OVERWRITE, count)
    interleave(bench, 400, random.Random(seed), consumer_chance)
    bench.finish()
    stream = bench.check()
    gaps = stream.sequences[-1] + 1 - len(stream.sequences)
    assert gaps == bench.drain.lost_packets
    if not gaps:
        assert stream.records + bench.words.load(0, at.DISCARDED) == bench.made


def test_overwrite_mode_without_a_reader_leaves_the_newest_run():
    bench = Bench(LossMode.OVERWRITE, 4)
    values = []
    for value in range(2000):
        for _ in bench.machine.run(bench.programs[0], struct.pack("<Q", value), 0):
            pass
    bench.finish()
    parse(bench.packets, {0: 8}, each=lambda _, __, payload: values.append(struct.unpack("<Q", payload)[0]))
    assert values == list(range(values[0], 2000))
    assert len(values) > 3 * (at.PAGE - at.PACKET_HEADER - 14) // 14
    assert bench.drain.lost_packets > 0


def test_a_gap_of_2_to_the_32_nanoseconds_begins_a_new_packet():
    bench = Bench(LossMode.DISCARD, 4)
    stamps = []
    for step in (0, (1 << 32) - 10, 1 << 32, 5):
        bench.machine.now += step
        for _ in bench.machine.run(bench.programs[0], struct.pack("<Q", 1), 0):
            pass
        stamps.append(bench.machine.now)
    bench.finish()
    seen = []
    stream = parse(bench.packets, {0: 8}, each=lambda _, stamp, __: seen.append(stamp))
    assert len(seen) == 4
    assert all(abs(a - b) < 4 for a, b in zip(seen, stamps))
    assert stream.packets == 2


@pytest.mark.parametrize("length", [at.PAGE, at.PAGE - at.PACKET_HEADER - 6, 3000])
def test_a_record_that_can_never_fit_is_discarded_and_does_not_hang(length):
    bench = Bench(LossMode.DISCARD, 2)
    text = b"y" * (length - 1) + b"\0"
    for _ in bench.machine.run(bench.programs[1], struct.pack("<HH", 4, len(text)) + text, 0):
        pass
    bench.finish()
    fits = at.PACKET_HEADER + 6 + length < at.PAGE
    assert bench.check().records == int(fits)
    assert bench.words.load(0, at.DISCARDED) == int(not fits)
