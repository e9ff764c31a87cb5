# SPDX-License-Identifier: MIT
"""The tables of docs/formats.md: the code's constants, what the metadata declares, a real trace's bytes."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from control.house import House
from ctf.trace_by_hand import trace_class
from kymograph.ctf import index
from kymograph.ctf.metadata import metadata_text
from kymograph.read import packets
from kymograph.ring import layout

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
_ROW = re.compile(r"\| (\d+) \| ([^|]+) \| `(\w+)` \| (.*) \|")
Row = tuple[int, str, str, str]


def tables(heading: str) -> list[list[Row]]:
    """Return the tables of offsets under a heading: offset, bytes, name, content."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: list[list[Row]] = []
    for block in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        rows = [(int(m[1]), m[2], m[3], m[4]) for m in map(_ROW.match, block.splitlines()) if m]
        if rows:
            found.append(rows)
    return found


def spans(rows: list[Row]) -> int:
    """Check that each field begins where the one before ends; return the end."""
    end = 0
    for offset, size, name, _ in rows:
        assert offset == end, name
        end += int(size)
    return end


(PACKET,) = tables("Packet")
(RECORD,) = tables("Record")
INDEX_HEADER, INDEX_ENTRY = tables("Index")
CONTROL, SLOT = tables("The ring in memory")

RING_NAMES = {
    "stream_instance_id": "STREAM_INSTANCE",
    "packet_seq_num": "SEQUENCE",
}


def test_packet_header() -> None:
    assert spans(PACKET) == layout.PACKET_HEADER
    for offset, _, name, _ in PACKET:
        assert getattr(layout, RING_NAMES.get(name, name.upper())) == offset
    assert int(PACKET[0][3], 16) == layout.MAGIC_NUMBER


def test_record_header() -> None:
    assert spans(RECORD) == layout.RECORD_HEADER


def test_control_block() -> None:
    for offset, _, name, _ in CONTROL + SLOT:
        assert getattr(layout, name) == offset
    assert spans(SLOT) == layout.SLOT_SIZE


def test_constants() -> None:
    values = re.findall(r"\| `([A-Z_]+)` \| (\d+) \| ", PAGE)
    assert len(values) == 7
    for name, value in values:
        assert getattr(layout, name) == int(value)


def test_index() -> None:
    assert spans(INDEX_HEADER) == index.HEADER_SIZE
    assert spans(INDEX_ENTRY) == index.ENTRY_SIZE
    written = [int.from_bytes(index.HEADER[at : at + int(size)], "big") for at, size, _, _ in INDEX_HEADER]
    assert written == [int(content, 0) for *_, content in INDEX_HEADER]
    names = [field.name for field in fields(index.IndexEntry)]
    said = {"packet_bits": "packet_size", "content_bits": "content_size", "begin": "timestamp_begin"}
    said |= {"end": "timestamp_end", "discarded": "events_discarded", "sequence": "packet_seq_num"}
    assert [said.get(name, name) for name in names] == [name for _, _, name, _ in INDEX_ENTRY]


def test_metadata_declares_the_same() -> None:
    """Each declaration's size follows from its type's name, as in `uint64_clock_monotonic_t`."""
    text = metadata_text(trace_class([]))
    declared = [
        (name, int(bits or 64) // 8 * int(length or 1))
        for block in ("packet.header := struct", "struct packet_context", "struct event_header")
        for bits, name, length in re.findall(
            r"(?:uint(\d+)\w*|unsigned long)\s+(\w+)(?:\[(\d+)\])?;",
            text.split(f"{block} {{")[1].split("}")[0],
        )
    ]
    assert declared == [(name, int(size)) for _, size, name, _ in PACKET + RECORD]


@pytest.mark.live
def test_a_real_trace(house: House) -> None:
    trace = house.root / "trace"
    done = house.kymo("record", "-e", "sched_switch", "-o", str(trace), "--", "sleep", "0.2")
    assert done.returncode == 0
    found = packets(str(trace))
    assert found
    for packet in found:
        data = Path(packet.path).read_bytes()[packet.offset :]
        value = {n: int.from_bytes(data[at : at + int(size)], "little") for at, size, n, _ in PACKET}
        assert value["magic"] == layout.MAGIC_NUMBER
        assert value["content_size"] == packet.content
        assert value["packet_size"] == packet.size
        assert value["packet_size"] % (8 * layout.PAGE) == 0
        assert value["packet_seq_num"] == packet.sequence
        assert value["events_discarded"] == packet.discarded
        assert value["cpu_id"] == value["stream_instance_id"] == packet.cpu
        at = layout.PACKET_HEADER
        first = {n: int.from_bytes(data[at + o : at + o + int(s)], "little") for o, s, n, _ in RECORD}
        assert first["timestamp"] == value["timestamp_begin"] & 0xFFFFFFFF
        entry = Path(packet.path).parent.joinpath("index", Path(packet.path).name + ".idx").read_bytes()
        entry = entry[index.HEADER_SIZE + packet.number * index.ENTRY_SIZE :]
        told = {n: int.from_bytes(entry[o : o + int(s)], "big") for o, s, n, _ in INDEX_ENTRY}
        assert told.pop("offset") == packet.offset
        assert told == {name: value[name] for name in told}
