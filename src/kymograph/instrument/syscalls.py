# SPDX-License-Identifier: MIT
"""System calls: which ones there are on this machine, and what records of their entry and exit hold.

Names are the kernel's functions (`newstat`), which are LTTng's names, and each call is also found by the
name that its users know (`stat`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.catalogue import patterns, read
from kymograph.model.fields import Enumeration, Field, FieldClass, Integer, String
from kymograph.model.schema import RecordSchema

FieldSource = Literal["argument", "user_string", "ret"]


@dataclass(frozen=True)
class SyscallField:
    """A field and where its value comes from.

    It is the value of argument number `argument` (0 … 5), or the text in user memory that this argument
    points to, or what the call returned.
    """

    field: Field
    source: FieldSource
    argument: int = 0


@dataclass(frozen=True)
class Syscall:
    """A system call: its number on this machine and the fields of its two records."""

    number: int
    name: str
    entry: tuple[SyscallField, ...]
    exit: tuple[SyscallField, ...]
    alias: str = ""

    def entry_schema(self) -> RecordSchema:
        """Return the record of the call's entry."""
        return RecordSchema(f"syscall_entry_{self.name}", tuple(item.field for item in self.entry))

    def exit_schema(self) -> RecordSchema:
        """Return the record of the call's exit."""
        return RecordSchema(f"syscall_exit_{self.name}", tuple(item.field for item in self.exit))


class Syscalls:
    """The system calls of a machine, by their numbers, as LTTng lists them."""

    def __init__(self, machine: str = "") -> None:
        """Know the calls of `machine` (uname(2)'s name), by default this one. Raise `EVENT_UNSUPPORTED`."""
        self.machine = machine or os.uname().machine
        lines = read("syscall-numbers.json").items()
        chosen = [(line[self.machine], name, line) for name, line in lines if self.machine in line]
        if not chosen:
            raise KymoError(
                ErrorCode.EVENT_UNSUPPORTED,
                f"the system calls of '{self.machine}' are not in our catalogue",
                "record tracepoints instead; x86_64 and aarch64 are known",
            )
        self._numbers = {name: number for number, name, _ in sorted(chosen)}
        self._aliases = {line["alias"]: name for _, name, line in chosen if "alias" in line}

    @property
    def names(self) -> tuple[str, ...]:
        """The calls' names, in the order of their numbers."""
        return tuple(self._numbers)

    def __iter__(self) -> Iterator[Syscall]:
        return (self._describe(name) for name in self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, name: str) -> Syscall:
        """Return the call of that name or users' name. Raise `NO_EVENT`."""
        function = name if name in self._numbers else self._aliases.get(name)
        if function is None:
            meant = patterns.near(name, [*self._numbers, *self._aliases])
            hint = f"did you mean {' or '.join(meant)}?" if meant else "see: kymo list --kernel --syscall"
            raise KymoError(ErrorCode.NO_EVENT, f"there is no system call '{name}'", hint)
        return self._describe(function)

    def match(self, pattern: str) -> tuple[Syscall, ...]:
        r"""Return what a name or glob finds: a glob maybe nothing, an unknown name raises `NO_EVENT`."""
        if not patterns.is_pattern(pattern):
            return (self.find(patterns.literal(pattern)),)
        glob = patterns.compiled(pattern)
        return tuple(self._describe(name) for name in self._numbers if glob.fullmatch(name))

    @cached_property
    def _fields(self) -> dict[str, list[list[str]]]:
        table: dict[str, list[list[str]]] = read("syscalls.json")
        return table

    @cached_property
    def _users_names(self) -> dict[str, str]:
        return {function: alias for alias, function in self._aliases.items()}

    def _describe(self, name: str) -> Syscall:
        entry, leaving = self._fields.get(f"{name}@{self.machine}") or self._fields[name]
        return Syscall(
            self._numbers[name],
            name,
            tuple(_field(text) for text in entry),
            tuple(_field(text) for text in leaving),
            self._users_names.get(name, ""),
        )


def _field(text: str) -> SyscallField:
    """Read `name type [argument [label=value|…]]`; a type is `string`, or sign, bits, and `x` for base 16."""
    name, kind, *rest = text.split()
    argument = int(rest[0]) if rest else 0
    if kind == "string":
        return SyscallField(Field(name, String()), "user_string", argument)
    integer = Integer(int(kind[1:].rstrip("x")), kind[0] == "s", 16 if kind.endswith("x") else 10)
    shown: FieldClass = integer
    if rest[1:]:
        labels = re.findall(r"(\w+)=(-?\d+)", rest[1])
        shown = Enumeration(integer, tuple((label, int(value), int(value)) for label, value in labels))
    return SyscallField(Field(name, shown), "argument" if rest else "ret", argument)
