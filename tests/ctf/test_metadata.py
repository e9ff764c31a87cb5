# SPDX-License-Identifier: MIT
"""The metadata, as the ring lays packets out and as babeltrace2 understands it."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ctf.trace_by_hand as by_hand
from kymograph.ctf.metadata import metadata_text
from kymograph.model.fields import Array, Enumeration, Field, FieldClass, Integer, Sequence, String, Text
from kymograph.model.schema import RecordSchema
from kymograph.ring import layout

_SIZES = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "unsigned long": 8}


def _offsets(text: str, opening: str, start: int) -> dict[str, int]:
    """Lay out the members of the structure that begins with `opening`, packed."""
    body = text.split(opening, 1)[1].split("}", 1)[0]
    offsets = {}
    for kind, name, length in re.findall(r"^\s*([a-z_0-9 ]+?)\s+(\w+)(?:\[(\d+)\])?;", body, re.MULTILINE):
        size = _SIZES[re.sub(r"(uint\d+)_clock_monotonic_t", r"\1_t", kind)]
        offsets[name] = start
        start += size * int(length or 1)
    offsets["END"] = start
    return offsets


def test_packet_header_and_context_lie_where_the_ring_writes_them() -> None:
    text = metadata_text(by_hand.trace_class([]))
    header = _offsets(text, "packet.header := struct {", 0)
    context = _offsets(text, "struct packet_context {", header["END"])
    record = _offsets(text, "struct event_header {", 0)
    assert header == {
        "magic": layout.MAGIC,
        "uuid": layout.UUID,
        "stream_id": layout.STREAM_ID,
        "stream_instance_id": layout.STREAM_INSTANCE,
        "END": layout.TIMESTAMP_BEGIN,
    }
    assert context == {
        "timestamp_begin": layout.TIMESTAMP_BEGIN,
        "timestamp_end": layout.TIMESTAMP_END,
        "content_size": layout.CONTENT_SIZE,
        "packet_size": layout.PACKET_SIZE,
        "packet_seq_num": layout.SEQUENCE,
        "events_discarded": layout.EVENTS_DISCARDED,
        "cpu_id": layout.CPU_ID,
        "END": layout.PACKET_HEADER,
    }
    assert record == {"id": 0, "timestamp": 2, "END": layout.RECORD_HEADER}


def test_text_begins_as_tools_expect() -> None:
    assert metadata_text(by_hand.trace_class([])).startswith("/* CTF 1.8 */")


def test_babeltrace_reads_every_field_class(tmp_path: Path) -> None:
    colour = Enumeration(Integer(8), (("red", 1, 1), ("blue", 2, 5)))
    schema = RecordSchema(
        "every-kind",
        (
            Field("small", Integer(8, signed=True)),
            Field("address", Integer(64, base=16)),
            Field("comm", Text(16)),
            Field("name", String()),
            Field("pair", Array(Integer(32, signed=True), 2)),
            Field("bytes", Sequence(Integer(8))),
            Field("colour", colour),
            Field("plain", Enumeration(Integer(16), ())),
            Field("struct", Integer(16)),
        ),
    )
    row = [-3, 0xFFFF8000DEADBEEF, "swapper/0", 'a "name"', [-1, 7], [1, 2, 3], 4, 9, 12]
    by_hand.write(tmp_path / "trace", [schema], [row])
    (line,) = by_hand.babeltrace(tmp_path / "trace", "--clock-cycles", "--no-delta")
    assert line.split("{ cpu_id = 0 }, ")[1] == (
        '{ small = -3, address = 0xFFFF8000DEADBEEF, comm = "swapper/0", name = "a \\"name\\"", '
        "pair = [ [0] = -1, [1] = 7 ], _bytes_length = 3, bytes = [ [0] = 1, [1] = 2, [2] = 3 ], "
        'colour = ( "blue" : container = 4 ), plain = 9, struct = 12 }'
    )


_integers = st.builds(
    Integer, st.sampled_from([8, 16, 32, 64]), st.booleans(), st.sampled_from([2, 8, 10, 16])
)
_words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
_names = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=1, max_size=8)


@st.composite
def _field_and_value(draw: st.DrawFn) -> tuple[FieldClass, object]:
    integer = draw(_integers)
    low = -(1 << integer.bits - 1) if integer.signed else 0
    values = st.integers(low, low + (1 << integer.bits) - 1)
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return integer, draw(values)
    if kind == 1:
        value = draw(values)
        return Enumeration(integer, ((draw(_words), value, value),)), value
    if kind == 2:
        items = draw(st.lists(values, min_size=1, max_size=4))
        return Array(integer, len(items)), items
    if kind == 3:
        return Sequence(integer), draw(st.lists(values, max_size=4))
    word = draw(_words)
    return (String() if kind == 4 else Text(max(1, len(word)))), word


@st.composite
def _schemas_and_rows(draw: st.DrawFn) -> tuple[list[RecordSchema], list[list[object]]]:
    schemas, rows = [], []
    for number in range(draw(st.integers(1, 6))):
        pairs = draw(st.lists(_field_and_value(), max_size=6))
        fields = tuple(Field(draw(_names), kind) for kind, _ in pairs)
        schemas.append(RecordSchema(f"event {number} {draw(_words)}", fields))
        rows.append([value for _, value in pairs])
    return schemas, rows


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(_schemas_and_rows())
def test_babeltrace_reads_any_schema_to_the_last_byte(
    drawn: tuple[list[RecordSchema], list[list[object]]],
) -> None:
    schemas, rows = drawn
    root = Path(tempfile.mkdtemp())
    try:
        by_hand.write(root / "trace", schemas, rows)
        lines = by_hand.babeltrace(root / "trace", "--clock-cycles", "--no-delta")
    finally:
        shutil.rmtree(root)
    assert [int(re.match(r"\[0*(\d+)\]", line)[1]) for line in lines] == [  # type: ignore[index]
        1000 * (number + 1) for number in range(len(schemas))
    ]
