# SPDX-License-Identifier: MIT
"""What a listing of the kernel's events shows of a record schema."""

from __future__ import annotations

from typing import Any

from kymograph.model.fields import Array, Enumeration, FieldClass, Integer, Sequence, String
from kymograph.model.schema import RecordSchema


def describe_event(name: str, schemas: tuple[RecordSchema, ...]) -> dict[str, Any]:
    """Return an event's name and its records' fields, ready for JSON."""
    records = [
        {"name": schema.name, "fields": [[field.name, type_name(field.type)] for field in schema.fields]}
        for schema in schemas
    ]
    return {"name": name, "records": records}


def type_name(kind: FieldClass) -> str:
    """Name a field class as a reader would: `int32`, `uint64[6]`, `string`, `enum int32`."""
    if isinstance(kind, Integer):
        return f"{'' if kind.signed else 'u'}int{kind.bits}"
    if isinstance(kind, Enumeration):
        return f"enum {type_name(kind.container)}"
    if isinstance(kind, Array):
        return f"{type_name(kind.element)}[{kind.length}]"
    if isinstance(kind, Sequence):
        return f"{type_name(kind.element)}[]"
    return "string" if isinstance(kind, String) else f"text[{kind.length}]"
