# SPDX-License-Identifier: MIT
"""Field classes: how a record's values lie in its bytes.

All fields are packed (8-bit alignment) and little or big endian as the trace is, as LTTng's kernel
tracer lays them out. From one description come the BPF that writes a value and the metadata that
describes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Integer:
    """An integer of `bits` (8, 16, 32 or 64), shown in `base` (2, 8, 10 or 16)."""

    bits: int
    signed: bool = False
    base: int = 10

    @property
    def size(self) -> int:
        """Bytes."""
        return self.bits // 8


@dataclass(frozen=True)
class Enumeration:
    """An integer whose values have labels: `(label, lowest, highest)`, labels may repeat."""

    container: Integer
    mappings: tuple[tuple[str, int, int], ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.container.size


@dataclass(frozen=True)
class Text:
    """A fixed array of `length` characters, ended early by a NUL."""

    length: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.length


@dataclass(frozen=True)
class String:
    """Characters up to and including a NUL."""


@dataclass(frozen=True)
class Array:
    """`length` elements, one after the other."""

    element: Integer
    length: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.element.size * self.length


@dataclass(frozen=True)
class Sequence:
    """A count, then that many elements. The count is a field of its own: `_NAME_length`."""

    element: Integer
    count: Integer = Integer(32)


FixedClass = Union[Integer, Enumeration, Text, Array]
FieldClass = Union[Integer, Enumeration, Text, Array, String, Sequence]


@dataclass(frozen=True)
class Field:
    """A named member of a record."""

    name: str
    type: FieldClass
