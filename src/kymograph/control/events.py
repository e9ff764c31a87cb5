# SPDX-License-Identifier: MIT
"""What a listing of the kernel's events shows of a record schema."""

from __future__ import annotations

from typing import Any

from kymograph.base.errors import KymoError
from kymograph.instrument.kernel import Kernel
from kymograph.model.fields import Array, Enumeration, FieldClass, Integer, Sequence, String
from kymograph.model.session import EventRule, RuleKind


def list_events(kernel: Kernel, kind: RuleKind, fields: bool) -> list[dict[str, Any]]:
    """Return the names that event rules of `kind` can have, on demand with their records, ready for JSON."""
    names = kernel.names(kind)
    if not fields:
        return [{"name": name} for name in names]
    return [{"name": name, "records": _records(kernel, EventRule(kind, name))} for name in names]


def _records(kernel: Kernel, rule: EventRule) -> list[dict[str, Any]]:
    try:
        schemas = [source.schema for source in kernel.find(rule)]
    except KymoError:
        # Some formats cannot be read; that is said when the event is enabled.
        return []
    return [
        {"name": schema.name, "fields": [[field.name, type_name(field.type)] for field in schema.fields]}
        for schema in schemas
    ]


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
