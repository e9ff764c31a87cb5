# SPDX-License-Identifier: MIT
"""The metadata we write, read by our reader, describes the model it was written from."""

from __future__ import annotations

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from kymograph.ctf.metadata import metadata_text
from kymograph.model.fields import Array, Enumeration, Field, Integer, Sequence, String, Text
from kymograph.model.schema import Clock, EventClass, RecordSchema, StreamClass, TraceClass
from kymograph.native.extension import extension

names = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,12}\Z")
texts = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=20)
integers = st.builds(
    Integer, st.sampled_from([8, 16, 32, 64]), st.booleans(), st.sampled_from([2, 8, 10, 16])
)
counts = st.builds(Integer, st.sampled_from([8, 16, 32]))


@st.composite
def enumerations(draw):
    container = draw(integers)
    low, high = (
        (-(1 << container.bits - 1), (1 << container.bits - 1) - 1)
        if container.signed
        else (0, (1 << container.bits) - 1)
    )
    values = st.integers(low, high)
    ranges = draw(st.lists(st.tuples(values, values).map(sorted), min_size=1, max_size=4))
    labels = sorted(draw(names) for _ in ranges)
    return Enumeration(container, tuple((label, *ends) for label, ends in zip(labels, ranges)))


classes = st.one_of(
    integers,
    enumerations(),
    st.builds(Text, st.integers(1, 300)),
    st.just(String()),
    st.builds(Array, integers, st.integers(1, 300)),
    st.builds(Sequence, integers, counts),
)


@st.composite
def schemas(draw, name):
    members = draw(st.lists(names, max_size=6, unique_by=lambda n: n.lower().strip("_")))
    return RecordSchema(name, tuple(Field(member, draw(classes)) for member in members))


@st.composite
def traces(draw):
    streams = []
    for ident in range(draw(st.integers(1, 3))):
        numbers = draw(st.lists(st.integers(0, 65534), max_size=4, unique=True))
        events = [EventClass(n, draw(schemas(f"event{n}"))) for n in numbers]
        streams.append(StreamClass(ident, tuple(events)))
    keys = draw(st.lists(names, max_size=4, unique=True))
    values = st.one_of(st.integers(0, 1 << 62), texts)
    return TraceClass(
        uuid=draw(st.binary(min_size=16, max_size=16)),
        clock=Clock(
            "monotonic",
            str(uuid.UUID(int=draw(st.integers(0, (1 << 128) - 1)))),
            draw(st.integers(0, 1 << 62)),
        ),
        little_endian=draw(st.booleans()),
        environment=tuple((key, draw(values)) for key in keys),
        streams=tuple(streams),
    )


def model_of(description, little_endian):
    """Rebuild the model from what the reader says; everything that it says must fit."""
    clock = description["clocks"][0]
    return TraceClass(
        uuid=uuid.UUID(description["uuid"]).bytes,
        clock=Clock(
            clock["name"],
            clock["uuid"],
            clock["offset_seconds"] * 1_000_000_000 + clock["offset_cycles"],
            clock["description"],
        ),
        little_endian=little_endian,
        environment=tuple(description["environment"].items()),
        streams=tuple(
            StreamClass(stream["id"], tuple(event_of(event) for event in stream["events"]))
            for stream in description["streams"]
        ),
    )


def event_of(event):
    members = event["payload"]["members"] if event["payload"] else []
    fields, lengths = [], {}
    for member in members:
        name, field = member["name"], member["field"]
        if field["kind"] == "sequence":
            count = lengths.pop(f"_{name}_length")
            fields.remove(Field(f"_{name}_length", count))
            fields.append(Field(name, Sequence(class_of(field["element"]), count)))
        else:
            fields.append(Field(name, class_of(field)))
            lengths[name] = fields[-1].type
    return EventClass(event["id"], RecordSchema(event["name"], tuple(fields)))


def class_of(field):
    assert field["align"] in (8, 1) or field["kind"] == "array"
    kind = field["kind"]
    if kind == "integer":
        return Integer(field["size"], field["signed"], field["base"])
    if kind == "enumeration":
        labels = sorted(field["labels"].items())
        mappings = [(label, low, high) for label, ranges in labels for low, high in ranges]
        return Enumeration(Integer(field["size"], field["signed"], field["base"]), tuple(mappings))
    if kind == "array":
        return Text(field["length"]) if field["text"] else Array(class_of(field["element"]), field["length"])
    assert kind == "string"
    return String()


@settings(max_examples=200, deadline=None)
@given(traces())
def test_the_model_comes_back(trace):
    description = extension.describe(metadata_text(trace).encode())
    order = description["packet_header"]["members"][0]["field"]["order"]
    assert order == ("le" if trace.little_endian else "be")
    assert model_of(description, order == "le") == trace
