# SPDX-License-Identifier: MIT
"""Writes a trace's metadata as TSDL text (CTF 1.8), in the shape of LTTng 2.13's kernel tracer.

The packet header and context are those that `ring` writes. The event header is plainly a 16-bit number and
the low 32 bits of the time: the ring opens a new packet before 32 bits could run out, and 65535 events are
enough for any kernel, so LTTng's `compact` and `extended` variants are not needed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from kymograph.ctf.names import member_names, quoted
from kymograph.model.fields import Array, Enumeration, Field, Integer, Sequence, String, Text
from kymograph.model.schema import Clock, EventClass, StreamClass, TraceClass

_CHARACTER = Integer(8, signed=True)

_PREAMBLE = """\
/* CTF 1.8 */

typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 16; align = 8; signed = false; } := uint16_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
typealias integer { size = 64; align = 8; signed = false; } := unsigned long;

trace {
	major = 1;
	minor = 8;
	uuid = "%(uuid)s";
	byte_order = %(byte_order)s;
	packet.header := struct {
		uint32_t magic;
		uint8_t  uuid[16];
		uint32_t stream_id;
		uint64_t stream_instance_id;
	};
};
"""

_CLOCK = """\
clock {
	name = %(name)s;
	uuid = "%(uuid)s";
	description = %(description)s;
	freq = 1000000000; /* Frequency, in Hz */
	/* clock value offset from Epoch is: offset * (1/freq) */
	offset = %(offset)d;
};

typealias integer {
	size = 32; align = 8; signed = false;
	map = clock.%(plain)s.value;
} := uint32_clock_%(plain)s_t;

typealias integer {
	size = 64; align = 8; signed = false;
	map = clock.%(plain)s.value;
} := uint64_clock_%(plain)s_t;

struct packet_context {
	uint64_clock_%(plain)s_t timestamp_begin;
	uint64_clock_%(plain)s_t timestamp_end;
	uint64_t content_size;
	uint64_t packet_size;
	uint64_t packet_seq_num;
	unsigned long events_discarded;
	uint32_t cpu_id;
};

struct event_header {
	uint16_t id;
	uint32_clock_%(plain)s_t timestamp;
} align(8);
"""

_STREAM = """\
stream {
	id = %d;
	event.header := struct event_header;
	packet.context := struct packet_context;
};
"""


def metadata_text(trace: TraceClass) -> str:
    """Return the whole metadata of `trace`."""
    parts = [
        _PREAMBLE
        % {"uuid": uuid.UUID(bytes=trace.uuid), "byte_order": "le" if trace.little_endian else "be"},
        _environment(trace),
        _clock(trace.clock),
    ]
    for stream in trace.streams:
        parts.append(_STREAM % stream.id)
        parts += [_event(stream, event) for event in stream.events]
    return "\n".join(parts)


def _environment(trace: TraceClass) -> str:
    lines = (
        f"\t{name} = {quoted(value) if isinstance(value, str) else value};\n"
        for name, value in trace.environment
    )
    return "env {\n" + "".join(lines) + "};\n"


def _clock(clock: Clock) -> str:
    return _CLOCK % {
        "name": quoted(clock.name),
        "plain": clock.name,
        "uuid": clock.uuid,
        "description": quoted(clock.description),
        "offset": clock.offset_ns,
    }


def _event(stream: StreamClass, event: EventClass) -> str:
    lines = "".join(f"\t\t{line}\n" for line in _members(event.schema.fields))
    return (
        f"event {{\n\tname = {quoted(event.schema.name)};\n\tid = {event.id};\n\tstream_id = {stream.id};\n"
        f"\tfields := struct {{\n{lines}\t}};\n}};\n"
    )


def _members(fields: Iterable[Field]) -> Iterator[str]:
    """Yield the declarations of a structure; a sequence is two, its count first."""
    fields = tuple(fields)
    names = iter(member_names(name for field in fields for name in _names_of(field)))
    for field in fields:
        kind = field.type
        if isinstance(kind, Sequence):
            count = next(names)
            yield f"{_integer(kind.count)} {count};"
            yield f"{_integer(kind.element)} {next(names)}[ {count} ];"
        elif isinstance(kind, Array):
            yield f"{_integer(kind.element)} {next(names)}[{kind.length}];"
        elif isinstance(kind, Text):
            yield f"{_integer(_CHARACTER, 'UTF8')} {next(names)}[{kind.length}];"
        elif isinstance(kind, String):
            yield f"string {next(names)};"
        elif isinstance(kind, Enumeration) and kind.mappings:
            yield f"{_enumeration(kind)} {next(names)};"
        elif isinstance(kind, Enumeration):
            # TSDL has no enumeration without labels.
            yield f"{_integer(kind.container)} {next(names)};"
        else:
            yield f"{_integer(kind)} {next(names)};"


def _names_of(field: Field) -> tuple[str, ...]:
    return (f"_{field.name}_length", field.name) if isinstance(field.type, Sequence) else (field.name,)


def _integer(kind: Integer, encoding: str = "none") -> str:
    return (
        f"integer {{ size = {kind.bits}; align = 8; signed = {kind.signed:d}; "
        f"encoding = {encoding}; base = {kind.base}; }}"
    )


def _enumeration(kind: Enumeration) -> str:
    labels = (
        f"{quoted(label)} = {low}, " if low == high else f"{quoted(label)} = {low} ... {high}, "
        for label, low, high in kind.mappings
    )
    return f"enum : {_integer(kind.container)} {{ {''.join(labels)}}}"
