# SPDX-License-Identifier: MIT
"""BTF: the kernel's own description of its types, read without any tool.

The format is described in the kernel's Documentation/bpf/btf.rst. A file is indexed in one pass when it
is loaded; everything else is looked up when asked for. Malformed BTF raises `NO_BTF`, wherever it is met.
"""

from __future__ import annotations

import mmap
import re
import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from kymograph.base.errors import ErrorCode, KymoError

VMLINUX = Path("/sys/kernel/btf/vmlinux")

VOID = 0
"""The id of `void`, which has no record."""


class Kind(IntEnum):
    """The kinds of type records."""

    VOID = 0
    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


# Words that follow a type's three: so many once, and so many for each of its `vlen` parts.
_WORDS_ONCE = (0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0)
_WORDS_EACH = (0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3)
_TRANSPARENT = frozenset(
    {Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG, Kind.VAR, Kind.FUNC}
)
_SIZED = frozenset({Kind.INT, Kind.ENUM, Kind.ENUM64, Kind.STRUCT, Kind.UNION, Kind.FLOAT, Kind.DATASEC})
_DEPTH = 32  # no real type is wrapped or nested deeper: a longer way is a loop
_POINTER_SIZE = struct.calcsize("P")
_STEP = re.compile(r"(\w+)((?:\[\d+\])*)")


@dataclass(frozen=True)
class Member:
    """Where a member lies in its outermost structure, and what it is.

    `offset` and `size` are bytes; `kind` and `type_id` have typedefs and qualifiers resolved. For a
    bit-field, load `size` bytes at `offset`, shift right by `bit_shift` and keep `bit_size` bits;
    `bit_size` is 0 for all other members.
    """

    offset: int
    size: int
    signed: bool
    kind: Kind
    type_id: int
    bit_shift: int = 0
    bit_size: int = 0


@dataclass(frozen=True)
class TracepointPrototype:
    """What a raw tracepoint passes: `typedef_id` names it in bpf(2), `arguments` are type ids.

    The kernel's private first argument, `void *__data`, is left out, as programs do not see it.
    """

    typedef_id: int
    arguments: tuple[int, ...]


class Btf:
    """The types of one BTF file; those of a module continue the numbering of the kernel's (`base`)."""

    def __init__(self, data: bytes | mmap.mmap, base: Btf | None = None) -> None:
        self._data = data
        self._base = base
        self._first_id: int = base.type_count if base else 1
        self._first_string: int = base.string_end if base else 0
        types, self._strings, self._strings_end = _sections(data)
        self._words = memoryview(data)[types].cast("I")
        self._starts, self._ids = self._index()

    @classmethod
    def load(cls, path: Path = VMLINUX, base: Btf | None = None) -> Btf:
        """Map and index a BTF file. Raise `NO_BTF` when it is missing or malformed."""
        try:
            data = _map(path)
        except OSError as error:
            raise KymoError(
                ErrorCode.NO_BTF,
                f"this kernel does not describe its types in '{path}': {error.strerror}",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as distributions' kernels since 2020 are",
            ) from error
        return cls(data, base)

    @property
    def type_count(self) -> int:
        """One more than the highest type id."""
        return self._first_id + len(self._starts)

    @property
    def string_end(self) -> int:
        """One more than the highest string offset."""
        return self._first_string + self._strings_end - self._strings

    # -- types by name ------------------------------------------------------------------------------

    def find(self, name: str, kind: Kind) -> int | None:
        """Return the id of the first type of that name and kind, or None."""
        for offset in self._name_offsets(name):
            type_id = self._ids.get(offset << 5 | kind)
            if type_id is not None:
                return type_id
        return self._base.find(name, kind) if self._base else None

    def tracepoint(self, event: str) -> TracepointPrototype | None:
        """Return the arguments of the kernel's tracepoint `event`, or None when it has none of the name."""
        typedef = self.find(f"btf_trace_{event}", Kind.TYPEDEF)
        if typedef is None:
            return None
        prototype = self.pointee(typedef)
        if self.kind(prototype) is not Kind.FUNC_PROTO:
            _malformed(f"btf_trace_{event} is no pointer to a function")
        arguments = [words[1] for words in self._parts(prototype)]
        return TracepointPrototype(typedef, tuple(arguments[1:]))

    def enum_value(self, name: str) -> int | None:
        """Return the value of the enumerator `name`, of whatever enumeration, or None."""
        for offset in self._name_offsets(name):
            if offset in self._enumerators:
                return self._enumerators[offset]
        return self._base.enum_value(name) if self._base else None

    # -- types by id --------------------------------------------------------------------------------

    def kind(self, type_id: int) -> Kind:
        """Return the kind of a type, as it is recorded."""
        if type_id == VOID:
            return Kind.VOID
        words, start = self._at(type_id)
        return Kind(words[start + 1] >> 24 & 31)

    def name(self, type_id: int) -> str:
        """Return the name of a type: empty when it has none."""
        if type_id == VOID:
            return "void"
        words, start = self._at(type_id)
        return self._string(words[start])

    def resolve(self, type_id: int) -> int:
        """Follow typedefs and qualifiers (also variables and functions) to the type they stand for."""
        for _ in range(_DEPTH):
            if self.kind(type_id) not in _TRANSPARENT:
                break
            words, start = self._at(type_id)
            type_id = words[start + 2]
        else:
            _malformed(f"type {type_id} leads back to itself")
        return type_id

    def size(self, type_id: int) -> int:
        """Return the bytes of a value of the type: 0 for `void` and functions."""
        count = 1
        for _ in range(_DEPTH):
            type_id = self.resolve(type_id)
            kind = self.kind(type_id)
            if kind is not Kind.ARRAY:
                break
            type_id, length = self.element(type_id)
            count *= length
        else:
            _malformed(f"type {type_id} is an array of itself")
        if kind is Kind.PTR:
            return count * _POINTER_SIZE
        if kind not in _SIZED:
            return 0
        words, start = self._at(type_id)
        return count * words[start + 2]

    def signed(self, type_id: int) -> bool:
        """Tell whether the type is a signed integer or enumeration."""
        type_id = self.resolve(type_id)
        kind = self.kind(type_id)
        if kind not in (Kind.INT, Kind.ENUM, Kind.ENUM64):
            return False
        words, start = self._at(type_id)
        return bool(words[start + 3] >> 24 & 1 if kind is Kind.INT else words[start + 1] >> 31)

    def pointee(self, type_id: int) -> int:
        """Return the resolved type that a pointer points to; a forward declaration's is its structure."""
        type_id = self.resolve(type_id)
        if self.kind(type_id) is not Kind.PTR:
            raise KymoError(ErrorCode.EVENT_UNSUPPORTED, f"'{self.describe(type_id)}' is no pointer")
        words, start = self._at(type_id)
        return self._defined(self.resolve(words[start + 2]))

    def element(self, type_id: int) -> tuple[int, int]:
        """Return an array's resolved element type and its length."""
        type_id = self.resolve(type_id)
        if self.kind(type_id) is not Kind.ARRAY:
            raise KymoError(ErrorCode.EVENT_UNSUPPORTED, f"'{self.describe(type_id)}' is no array")
        words, start = self._at(type_id)
        return self.resolve(words[start + 3]), words[start + 5]

    def describe(self, type_id: int) -> str:
        """Name a type for a message: `struct task_struct`, `pid_t`."""
        kind = self.kind(type_id)
        prefix = f"{kind.name.lower()} " if kind in (Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.PTR) else ""
        return prefix + (self.name(type_id) or f"#{type_id}")

    # -- members ------------------------------------------------------------------------------------

    def member(self, owner: int | str, *paths: str) -> Member:
        """Return the first of `paths` that exists in a structure or union: kernels differ in their names.

        A path is `member.member[index].member`; members of anonymous structures and unions count as
        their owner's. Pointers are not followed. Raise `EVENT_UNSUPPORTED` when there is none.
        """
        type_id = self._structure(owner) if isinstance(owner, str) else self._defined(self.resolve(owner))
        for path in paths:
            found = self._walk(type_id, path)
            if found:
                return found
        raise KymoError(
            ErrorCode.EVENT_UNSUPPORTED,
            f"this kernel's '{self.describe(type_id)}' has no member '{' or '.join(paths)}'",
        )

    def _structure(self, name: str) -> int:
        for kind in (Kind.STRUCT, Kind.UNION, Kind.TYPEDEF):
            type_id = self.find(name, kind)
            if type_id is not None:
                return self.resolve(type_id)
        raise KymoError(ErrorCode.EVENT_UNSUPPORTED, f"this kernel has no structure '{name}'")

    def _walk(self, type_id: int, path: str) -> Member | None:
        bits = bit_size = 0
        for step in path.split("."):
            match = _STEP.fullmatch(step)
            found = self._direct(type_id, match[1], set()) if match else None
            if not match or not found:
                return None
            type_id, inner, bit_size = found
            bits += inner
            for index in re.findall(r"\d+", match[2]):
                if self.kind(type_id) is not Kind.ARRAY:
                    return None
                type_id, length = self.element(type_id)
                if int(index) >= length:
                    return None
                bits += 8 * self.size(type_id) * int(index)
        kind, signed = self.kind(type_id), self.signed(type_id)
        if not bit_size:
            return Member(bits // 8, self.size(type_id), signed, kind, type_id)
        offset, size, shift = _bit_field(bits, bit_size)
        return Member(offset, size, signed, kind, type_id, shift, bit_size)

    def _direct(self, type_id: int, name: str, seen: set[int]) -> tuple[int, int, int] | None:
        """Find a member by name, also within anonymous members: its type, offset in bits, bit-field size."""
        if type_id in seen or self.kind(type_id) not in (Kind.STRUCT, Kind.UNION):
            return None
        seen.add(type_id)
        words, start = self._at(type_id)
        has_bit_fields = words[start + 1] >> 31
        for name_offset, member_type, place in self._parts(type_id):
            bits, bit_size = (place & 0xFFFFFF, place >> 24) if has_bit_fields else (place, 0)
            inner = self.resolve(member_type)
            if name_offset:
                if self._string(name_offset) == name:
                    return inner, bits, bit_size
            else:
                found = self._direct(inner, name, seen)
                if found:
                    return found[0], bits + found[1], found[2]
        return None

    def _defined(self, type_id: int) -> int:
        """Return the structure or union that a forward declaration announces, when the file has it."""
        if self.kind(type_id) is not Kind.FWD:
            return type_id
        words, start = self._at(type_id)
        kind = Kind.UNION if words[start + 1] >> 31 else Kind.STRUCT
        found = self.find(self.name(type_id), kind)
        return type_id if found is None else found

    # -- the bytes ----------------------------------------------------------------------------------

    def _index(self) -> tuple[array[int], dict[int, int]]:
        """Find where each type begins, and the first type of each (name offset, kind)."""
        words, starts = self._words, array("I")
        ids: dict[int, int] = {}
        position, end, type_id = 0, len(words), self._first_id
        try:
            while position < end:
                info = words[position + 1]
                kind = info >> 24 & 31
                starts.append(position)
                if words[position]:
                    ids.setdefault(words[position] << 5 | kind, type_id)
                position += 3 + _WORDS_ONCE[kind] + _WORDS_EACH[kind] * (info & 0xFFFF)
                type_id += 1
        except IndexError:
            _malformed(f"type {type_id} is cut short or of an unknown kind")
        if position != end:
            _malformed(f"type {type_id - 1} is cut short")
        return starts, ids

    @cached_property
    def _enumerators(self) -> dict[int, int]:
        """The value of the first enumerator of each name offset."""
        values: dict[int, int] = {}
        words = self._words
        for type_id, start in enumerate(self._starts, self._first_id):
            kind = words[start + 1] >> 24 & 31
            if kind not in (Kind.ENUM, Kind.ENUM64):
                continue
            bits = 32 if kind == Kind.ENUM else 64
            signed = words[start + 1] >> 31
            for name_offset, *value_words in self._parts(type_id):
                value = value_words[0] | (value_words[1] << 32 if bits == 64 else 0)
                values.setdefault(name_offset, value - (value >> bits - 1 << bits) if signed else value)
        return values

    def _at(self, type_id: int) -> tuple[memoryview[int], int]:
        """Return the words that hold a type, and where among them it begins."""
        if self._base and type_id < self._first_id:
            return self._base._at(type_id)
        if not self._first_id <= type_id < self.type_count:
            _malformed(f"there is no type {type_id}")
        return self._words, self._starts[type_id - self._first_id]

    def _parts(self, type_id: int) -> Iterator[list[int]]:
        """Yield the words of each member, parameter or enumerator."""
        words, start = self._at(type_id)
        info = words[start + 1]
        kind = info >> 24 & 31
        step = _WORDS_EACH[kind]
        first = start + 3 + _WORDS_ONCE[kind]
        for position in range(first, first + step * (info & 0xFFFF), step):
            yield words[position : position + step].tolist()

    def _string(self, offset: int) -> str:
        if self._base and offset < self._first_string:
            return self._base._string(offset)
        start = self._strings + offset - self._first_string
        if start >= self._strings_end:
            _malformed(f"there is no string at {offset}")
        return self._data[start : self._data.find(b"\0", start)].decode("utf-8", "replace")

    def _name_offsets(self, name: str) -> Iterator[int]:
        """Yield the offsets at which names of this file's types may say `name`."""
        if self._base:
            yield from self._base._name_offsets(name)
        wanted = b"\0" + name.encode() + b"\0"
        # A base's string section begins with the empty string; a module's continues it without one.
        start = self._strings - 1 if self._base else self._strings
        while True:
            start = self._data.find(wanted, start, self._strings_end)
            if start < 0:
                return
            yield start + 1 - self._strings + self._first_string
            start += 1


def _map(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
        except (OSError, ValueError):  # the kernel lets its own be mapped since Linux 6.16
            return file.read()


def _sections(data: bytes | mmap.mmap) -> tuple[slice, int, int]:
    """Check the header; return where the types lie, and where the strings begin and end."""
    if len(data) < 24:
        _malformed("it has no header")
    magic, version, _, header, type_at, type_size, string_at, string_size = struct.unpack_from(
        "=HBBIIIII", data
    )
    if magic != 0xEB9F or version != 1:
        _malformed(f"it does not begin as BTF of {sys.byteorder}-endian version 1 does")
    types, strings = header + type_at, header + string_at
    if header < 24 or type_size % 4 or types + type_size > len(data):
        _malformed("its types end outside the file")
    if not string_size or strings + string_size > len(data) or data[strings + string_size - 1] != 0:
        _malformed("its strings end outside the file")
    return slice(types, types + type_size), strings, strings + string_size


def _bit_field(bits: int, bit_size: int) -> tuple[int, int, int]:
    """Return the aligned unit that holds a bit-field: byte offset, size, and shift to the right."""
    size = 1
    while size < 8 and bits // (8 * size) != (bits + bit_size - 1) // (8 * size):
        size *= 2
    offset = bits // (8 * size) * size
    shift = bits - 8 * offset
    return offset, size, shift if sys.byteorder == "little" else 8 * size - shift - bit_size


def _malformed(what: str) -> NoReturn:
    raise KymoError(ErrorCode.NO_BTF, f"the kernel's type information is malformed: {what}")
