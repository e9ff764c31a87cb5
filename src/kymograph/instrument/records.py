# SPDX-License-Identifier: MIT
"""Tracepoints without a typed form: their values from the record that the kernel makes for tracefs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

from kymograph.instrument.source import RecordTracepoint, Source
from kymograph.instrument.tracepoints import FormatSource, Tracepoint
from kymograph.instrument.values import ContextBytes, LocatedSequence, LocatedString, Value
from kymograph.model.fields import FieldClass, Sequence
from kymograph.sys.tracefs import Format


def record_source(event: Tracepoint, layout: Format) -> Source:
    """Return how to record `event` from its tracefs record, laid out as `layout` says."""
    schema, places = event.schema_of(layout)
    values = tuple(_VALUES[place.kind](place, field.type) for field, place in zip(schema.fields, places))
    return Source(schema, values, RecordTracepoint(f"{event.subsystem}:{event.event}", layout.id))


def _bytes(place: FormatSource, _: FieldClass) -> Value:
    return ContextBytes(place.offset, place.size)


def _string(place: FormatSource, _: FieldClass) -> Value:
    return LocatedString(place.offset, place.origin)


def _sequence(place: FormatSource, kind: FieldClass) -> Value:
    element = kind.element.size if isinstance(kind, Sequence) else 1
    return LocatedSequence(place.offset, element, place.origin)


_VALUES: Mapping[str, Callable[[FormatSource, FieldClass], Value]] = {
    "integer": _bytes,
    "text": _bytes,
    "array": _bytes,
    "string_loc": _string,
    "sequence_loc": _sequence,
}
