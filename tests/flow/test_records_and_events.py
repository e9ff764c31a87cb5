# SPDX-License-Identifier: MIT
"""What generated programs write into the ring is what readers read: random schemas, random values, the
real kernel.

A program is run by BPF_PROG_TEST_RUN with a context of our making, 96 bytes of it; the packets go through the
consumer's end of the ring into files, and babeltrace2 and our reader tell the values.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kymograph.bpf.loader import load
from kymograph.ctf.metadata import metadata_text
from kymograph.instrument.kernel import Kernel
from kymograph.instrument.source import RecordTracepoint
from kymograph.instrument.values import ContextBytes, LocatedSequence, LocatedString, Value
from kymograph.model.fields import Array, Field, Integer, Sequence, String, Text
from kymograph.model.schema import Clock, EventClass, RecordSchema, StreamClass, TraceClass
from kymograph.model.session import ChannelSpec
from kymograph.read import open as open_traces
from kymograph.ring.attach import Attachments
from kymograph.ring.channel import ChannelRing
from kymograph.ring.record import program
from kymograph.sys import bpf
from ring.conftest import UUID, Consumer

pytestmark = pytest.mark.live

CONTEXT = 96
"""Bytes of a raw tracepoint's context: twelve arguments."""
CODES = {8: "b", 16: "h", 32: "i", 64: "q"}


@dataclass
class Case:
    """A field class, how its value is found, the value, and the bytes it takes in the context."""

    type: Any
    value: Any
    fixed: bytes
    tail: bytes = b""

    @property
    def dynamic(self):
        return isinstance(self.type, (String, Sequence))


def packed(integer, values):
    code = CODES[integer.bits] if integer.signed else CODES[integer.bits].upper()
    return struct.pack(f"={len(values)}{code}", *values)


@st.composite
def integers(draw):
    return Integer(
        draw(st.sampled_from([8, 16, 32, 64])), draw(st.booleans()), draw(st.sampled_from([2, 8, 10, 16]))
    )


def numbers(kind, count):
    low = -(1 << kind.bits - 1) if kind.signed else 0
    return st.lists(st.integers(low, low + (1 << kind.bits) - 1), min_size=count, max_size=count)


letters = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=12)


@st.composite
def cases(draw):
    kind = draw(st.sampled_from(["integer", "integer", "text", "array", "string", "sequence"]))
    if kind == "integer":
        integer = draw(integers())
        (value,) = draw(numbers(integer, 1))
        return Case(integer, value, packed(integer, [value]))
    if kind == "text":
        length = draw(st.integers(1, 20))
        value = draw(letters)[:length]
        return Case(Text(length), value, value.encode().ljust(length, b"\0"))
    if kind == "string":
        value = draw(letters)
        return Case(String(), value, b"\0" * 4, value.encode() + b"\0")
    element = draw(integers())
    count = draw(st.integers(1 if kind == "array" else 0, 3))
    values = draw(numbers(element, count))
    if kind == "array":
        return Case(Array(element, count), values, packed(element, values))
    return Case(Sequence(element), values, b"\0" * 4, packed(element, values))


def laid_out(chosen):
    """Place cases in a context as far as they fit; return the fields, their values' places, the context."""
    context, kept, values, cursor = bytearray(CONTEXT), [], [], 0
    end = CONTEXT
    for case in chosen:
        unit = (
            4
            if case.dynamic
            else min(8, case.type.element.size if isinstance(case.type, Array) else len(case.fixed))
        )
        start = -(-cursor // unit) * unit
        if start + len(case.fixed) + len(case.tail) > end:
            continue
        cursor = start + len(case.fixed)
        context[start:cursor] = case.fixed
        if case.dynamic:
            end -= len(case.tail)
            context[end : end + len(case.tail)] = case.tail
            struct.pack_into("=HH", context, start, end, len(case.tail))
        kept.append(case)
        values.append(place(case, start))
    return kept, values, bytes(context)


def place(case, start) -> Value:
    if isinstance(case.type, String):
        return LocatedString(start)
    if isinstance(case.type, Sequence):
        return LocatedSequence(start, case.type.element.size)
    return ContextBytes(start, len(case.fixed))


@settings(max_examples=60, deadline=None)
@given(st.lists(cases(), max_size=8), st.integers(1, 300))
def test_values_survive_the_way(chosen, repetitions):
    kept, values, context = laid_out(chosen)
    fields = tuple(Field(f"f{i}", case.type) for i, case in enumerate(kept))
    event = EventClass(7, RecordSchema("probe", fields))
    packets = recorded(event, tuple(values), context, repetitions)
    with tempfile.TemporaryDirectory() as folder:
        write_trace(Path(folder), event, packets)
        events = [item for item in open_traces(folder) if hasattr(item, "payload")]
        assert len(events) == repetitions
        expected = {f"f{i}": case.value for i, case in enumerate(kept)}
        for item in events:
            assert item.name == "probe"
            shown = {name: value for name, value in item.payload.items() if not name.endswith("_length")}
            assert shown == expected
            for i, case in enumerate(kept):
                if isinstance(case.type, Sequence):
                    assert item.payload[f"_f{i}_length"] == len(case.value)
        agree(folder)


def recorded(event, values, context, repetitions):
    """Run the program that many times on one CPU; return that CPU's packets."""
    with contextlib.ExitStack() as stack:
        attachments = Attachments()
        spec = ChannelSpec(sub_buffer_size=4096, sub_buffer_count=64)
        ring = ChannelRing.create(Kernel(), attachments, spec, 0, UUID)
        stack.callback(ring.close)
        code = program(ring._code, ring._scratch, values, event.id, RecordTracepoint("probe", 0))
        descriptor = load(replace(code, kind=bpf.ProgramType.RAW_TRACEPOINT))
        stack.callback(os.close, descriptor)
        consumer = stack.enter_context(Consumer(ring))
        ring.start()
        for _ in range(repetitions):
            bpf.program_test_run(descriptor, context, 0)
        ring.stop()
        consumer.finish()
        assert ring.discarded() == 0
        return consumer.packets[0]


def write_trace(folder, event, packets):
    trace = TraceClass(
        UUID,
        Clock("monotonic", "00000000-0000-0000-0000-000000000000", 0),
        sys.byteorder == "little",
        (),
        (StreamClass(0, (event,)),),
    )
    (folder / "metadata").write_text(metadata_text(trace))
    (folder / "channel0_0").write_bytes(b"".join(packets))


def agree(folder):
    """babeltrace2's text and ours are the same, byte for byte."""
    theirs = subprocess.run(["babeltrace2", folder], capture_output=True, check=True)
    ours = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from kymograph.cli.convert import main; sys.exit(main(sys.argv[1:]))",
            folder,
        ],
        capture_output=True,
        check=True,
    )
    assert theirs.stderr == ours.stderr == b""
    assert theirs.stdout == ours.stdout
