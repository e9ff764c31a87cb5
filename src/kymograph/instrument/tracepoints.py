# SPDX-License-Identifier: MIT
"""Tracepoints: which ones this kernel has, under which names, and what a record of each holds.

Names are LTTng's where LTTng has a probe for the tracepoint, and otherwise the kernel's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.catalogue import patterns, read
from kymograph.model.fields import Array, Field, FieldClass, Integer, Sequence, String, Text
from kymograph.model.schema import RecordSchema
from kymograph.sys.tracefs import Format, FormatField, Tracefs, size_of

NOT_TRACEPOINTS = frozenset({"syscalls", "raw_syscalls", "ftrace"})
"""Subsystems of tracefs left out: system calls have a listing of their own, and no program can watch the
function tracer's internal records."""


SourceKind = Literal["integer", "text", "array", "string_loc", "sequence_loc"]

_CHARACTERS = frozenset({"char", "const char"})
_BYTES = frozenset({"u8", "__u8", "uint8_t", "unsigned char"})
_MASKS = frozenset({"cpumask_t"})
_ADDRESSES = re.compile(
    r".*\*.*|.*_fn_t|.*func_t|initcall_t|fl_owner_t|xfs_failaddr_t"
    r"|(?:dma|phys)_addr_t|resource_size_t|gpa_t|gva_t|(?:pte|pmd|pud|p4d|pgd)val_t"
)


@dataclass(frozen=True)
class FormatSource:
    """Where a field's value is in the kernel's record: `size` bytes at `offset`.

    For `string_loc` and `sequence_loc` these 4 bytes locate the data: its length in the high 16 bits, its
    offset in the low ones, to which `origin` is to be added.
    """

    offset: int
    size: int
    kind: SourceKind
    origin: int = 0


@dataclass(frozen=True)
class Tracepoint:
    """A tracepoint: our `name`, tracefs' `subsystem` and `event`, and other names that find it."""

    name: str
    subsystem: str
    event: str
    aliases: tuple[str, ...] = ()

    def schema_of(self, layout: Format) -> tuple[RecordSchema, tuple[FormatSource, ...]]:
        """Return the record of this event and where each of its fields lies in the kernel's own record."""
        fields, sources = _record_of(layout)
        return RecordSchema(self.name, fields), sources


class Tracepoints:
    """All tracepoints of a kernel, sorted by subsystem."""

    def __init__(self, events: Iterable[tuple[str, str]], names: Mapping[str, str]) -> None:
        """Name the (subsystem, event) pairs; `names` has LTTng's name for a kernel's.

        Of several events with one name the first keeps it, and the others are called `subsystem_event`.
        """
        chosen = [pair for pair in events if pair[0] not in NOT_TRACEPOINTS]
        chosen.sort(key=lambda pair: pair[0])
        self._by_name: dict[str, Tracepoint] = {}
        # LTTng's own names win, so the events that have one come first.
        named: dict[tuple[str, str], Tracepoint] = {}
        for pair in sorted(chosen, key=lambda pair: pair[1] not in names):
            named[pair] = self._add(*pair, names.get(pair[1], pair[1]))
        self._all = tuple(named[pair] for pair in chosen)
        self._by_alias: dict[str, Tracepoint] = {}
        for item in self._all:
            for alias in item.aliases:
                self._by_alias.setdefault(alias, item)

    @classmethod
    def of(cls, tracefs: Tracefs) -> Tracepoints:
        """List the tracepoints of the running kernel; events that other tools made are none."""
        made = tracefs.dynamic_events()
        events = [pair for pair in tracefs.events() if pair not in made]
        return cls(events, read("tracepoint-names.json"))

    def __iter__(self) -> Iterator[Tracepoint]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, name: str) -> Tracepoint:
        """Return the tracepoint of that name, kernel's name or `subsystem:event`. Raise `NO_EVENT`."""
        found = self._by_name.get(name) or self._by_alias.get(name)
        if found:
            return found
        meant = patterns.near(name, [*self._by_name, *self._by_alias])
        names = dict.fromkeys(self._by_alias[item].name if item in self._by_alias else item for item in meant)
        hint = f"did you mean {' or '.join(names)}?" if names else "see: kymo list --kernel"
        raise KymoError(ErrorCode.NO_EVENT, f"this kernel has no event '{name}'", hint)

    def match(self, pattern: str) -> tuple[Tracepoint, ...]:
        r"""Return what a name or glob finds: a glob maybe nothing, an unknown name raises `NO_EVENT`.

        A glob with a colon is matched against `subsystem:event`, any other against the names.
        """
        if not patterns.is_pattern(pattern):
            return (self.find(patterns.literal(pattern)),)
        glob = patterns.compiled(pattern)
        if ":" in pattern:
            return tuple(item for item in self._all if glob.fullmatch(f"{item.subsystem}:{item.event}"))
        return tuple(item for item in self._all if glob.fullmatch(item.name))

    def _add(self, subsystem: str, event: str, name: str) -> Tracepoint:
        while name in self._by_name:
            name = f"{subsystem}_{name}"
        aliases = (event, f"{subsystem}:{event}") if name != event else (f"{subsystem}:{event}",)
        self._by_name[name] = Tracepoint(name, subsystem, event, aliases)
        return self._by_name[name]


def _record_of(layout: Format) -> tuple[tuple[Field, ...], tuple[FormatSource, ...]]:
    """Return a record's fields and, for each, its source. Fields of no size (`buf[]`) are left out."""
    present = [item for item in layout.fields if item.size]
    names = _names([item.name for item in present])
    pairs = [_mapped(item) for item in present]
    fields = tuple(Field(name, kind) for name, (kind, _) in zip(names, pairs))
    return fields, tuple(source for _, source in pairs)


def _names(given: list[str]) -> list[str]:
    """Make the names C identifiers, and the second of two like ones `name_2`."""
    names: list[str] = []
    for item in given:
        base = re.sub(r"[^A-Za-z0-9_]", "_", item)
        base = f"_{base}" if not base or base[0].isdigit() else base
        name, number = base, 1
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


def _mapped(item: FormatField) -> tuple[FieldClass, FormatSource]:
    if item.dynamic:
        return _located(item)
    if item.array_length and item.ctype in _CHARACTERS and item.array_length == item.size:
        return Text(item.size), FormatSource(item.offset, item.size, "text")
    if item.array_length is None and item.size in (1, 2, 4, 8):
        base = 16 if _ADDRESSES.fullmatch(item.ctype) else 10
        return Integer(8 * item.size, item.signed, base), FormatSource(item.offset, item.size, "integer")
    width = item.size // (item.array_length or 1)
    if item.array_length and width in (1, 2, 4, 8) and width * item.array_length == item.size:
        element = _element(item, width)
    else:  # a structure: its bytes
        width, element = 1, Integer(8, base=16)
    return Array(element, item.size // width), FormatSource(item.offset, item.size, "array")


def _located(item: FormatField) -> tuple[FieldClass, FormatSource]:
    origin = item.offset + item.size if item.dynamic == "rel_loc" else 0
    if item.ctype in _CHARACTERS:
        return String(), FormatSource(item.offset, item.size, "string_loc", origin)
    width = size_of(item.ctype)
    element = _element(item, width) if width else Integer(8, base=16)
    return Sequence(element), FormatSource(item.offset, item.size, "sequence_loc", origin)


def _element(item: FormatField, width: int) -> Integer:
    """Raw bytes, masks and addresses are read in base 16; the rest as the numbers they are."""
    plain = item.ctype not in _BYTES and item.ctype not in _MASKS and not _ADDRESSES.fullmatch(item.ctype)
    return Integer(8 * width, item.signed, 10 if plain else 16)
