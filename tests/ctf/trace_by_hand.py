# SPDX-License-Identifier: MIT
"""Writes a one-packet trace from schemas and values, without any of the tracer's code but the metadata."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from kymograph.ctf.environment import kernel_environment
from kymograph.ctf.metadata import metadata_text
from kymograph.model.fields import Array, Enumeration, FieldClass, Integer, Sequence, String
from kymograph.model.schema import Clock, EventClass, RecordSchema, StreamClass, TraceClass

UUID = bytes(range(16))
_CODES = {8: "b", 16: "h", 32: "i", 64: "q"}


def trace_class(schemas: list[RecordSchema]) -> TraceClass:
    """Describe a trace with one stream class."""
    events = tuple(EventClass(number, schema) for number, schema in enumerate(schemas))
    return TraceClass(
        UUID,
        Clock("monotonic", "00000000-0000-0000-0000-000000000001", 1_700_000_000_000_000_000),
        environment=kernel_environment("by-hand", 1_700_000_000_000_000_000),
        streams=(StreamClass(0, events),),
    )


def encode(kind: FieldClass, value: object) -> bytes:
    """Write a value as `kind` lies in the bytes."""
    if isinstance(kind, Integer):
        code = _CODES[kind.bits]
        return struct.pack("<" + (code if kind.signed else code.upper()), value)
    if isinstance(kind, Enumeration):
        return encode(kind.container, value)
    if isinstance(kind, Array):
        return b"".join(encode(kind.element, item) for item in value)  # type: ignore[attr-defined]
    if isinstance(kind, Sequence):
        items = list(value)  # type: ignore[call-overload]
        return encode(kind.count, len(items)) + b"".join(encode(kind.element, item) for item in items)
    text = str(value).encode()
    return text + b"\0" if isinstance(kind, String) else text.ljust(kind.length, b"\0")


def write(directory: Path, schemas: list[RecordSchema], values: list[list[object]]) -> None:
    """Write a trace with one record of each schema, 1000 ns apart."""
    directory.mkdir()
    (directory / "metadata").write_text(metadata_text(trace_class(schemas)), encoding="utf-8")
    records = b""
    for number, (schema, row) in enumerate(zip(schemas, values)):
        records += struct.pack("<HI", number, (number + 1) * 1000)
        records += b"".join(encode(field.type, value) for field, value in zip(schema.fields, row))
    end = (len(schemas) + 1) * 1000
    content = 84 + len(records)
    size = -(-content // 4096) * 4096
    header = struct.pack("<I16sIQ", 0xC1FC1FC1, UUID, 0, 0)
    header += struct.pack("<QQQQQQI", 0, end, content * 8, size * 8, 0, 0, 0)
    (directory / "channel0_0").write_bytes((header + records).ljust(size, b"\0"))


def babeltrace(directory: Path, *options: str) -> list[str]:
    """Return what babeltrace2 prints; it must be content."""
    result = subprocess.run(
        ["babeltrace2", *options, str(directory)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()
