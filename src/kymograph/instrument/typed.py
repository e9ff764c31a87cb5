# SPDX-License-Identifier: MIT
"""Typed tracepoints: LTTng's fields from a tracepoint's own arguments, by the kernel's types.

The catalogue's `typed/*.json` says for each event which arguments its tracepoint has and, for each
field, its name, its class and where its value is: `NAME`, `NAME->member->member.member`, either with `
- NUMBER`, or `FUNCTION(NAME…)` for the few that need code (`special`). An event may have several forms;
the first whose arguments are as many as this kernel's is taken.

The verifier trusts a tracepoint's arguments (since Linux 6.2 it neither checks nor allows to check
them): following a null one is a fault in the kernel. So `->` stands only behind arguments that the
kernel's code has used itself before the tracepoint; any other is read by a function that probes, such
as `pid_number`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Any

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument.source import Source, TypedTracepoint
from kymograph.instrument.special import SPECIALS
from kymograph.instrument.values import Argument, KernelString, Path, PathBytes, Value
from kymograph.model.fields import Field, FieldClass, Integer, String, Text
from kymograph.model.fields import Sequence as SequenceClass
from kymograph.model.schema import RecordSchema
from kymograph.sys.btf import Btf

_CLASSES: Mapping[str, FieldClass] = {
    "u8": Integer(8),
    "u32": Integer(32),
    "u64": Integer(64),
    "s32": Integer(32, signed=True),
    "s64": Integer(64, signed=True),
    "comm": Text(16),
    "string": String(),
    "s32[u8]": SequenceClass(Integer(32, signed=True), Integer(8)),
}
_EXPRESSION = re.compile(r"(?P<name>\w+)(?P<path>(?:->[\w.]+)*)(?: - (?P<minus>\d+))?")
_CALL = re.compile(r"(?P<function>\w+)\((?P<arguments>[\w, ]*)\)")


class TypedEvents:
    """The typed forms of this kernel's events."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf

    @cached_property
    def _catalogue(self) -> dict[str, list[dict[str, Any]]]:
        events: dict[str, list[dict[str, Any]]] = {}
        for file in (resources.files("kymograph.instrument") / "catalogue" / "typed").iterdir():
            if file.name.endswith(".json"):
                events.update(json.loads(file.read_text()))
        return events

    def source(self, name: str, tracepoint: str) -> Source | None:
        """Return how to record LTTng's event `name` from the kernel's `tracepoint`, or None when there is no
        typed form for it on this kernel.
        """
        forms = self._catalogue.get(name)
        prototype = self._btf.tracepoint(tracepoint) if forms else None
        if not forms or not prototype:
            return None
        for form in forms:
            if len(form["arguments"]) == len(prototype.arguments):
                try:
                    return self._build(name, tracepoint, form, prototype.typedef_id, prototype.arguments)
                except KymoError as error:
                    if error.code is not ErrorCode.EVENT_UNSUPPORTED:
                        raise
        return None

    def _build(
        self, name: str, tracepoint: str, form: dict[str, Any], typedef: int, types: Sequence[int]
    ) -> Source:
        arguments = {argument: (i, types[i]) for i, argument in enumerate(form["arguments"])}
        fields, values = [], []
        for field, kind, expression in form["fields"]:
            field_class = _CLASSES[kind]
            fields.append(Field(field, field_class))
            values.append(self._value(field_class, expression, arguments))
        schema = RecordSchema(name, tuple(fields))
        return Source(schema, tuple(values), TypedTracepoint(tracepoint, typedef))

    def _value(
        self, field_class: FieldClass, expression: str, arguments: Mapping[str, tuple[int, int]]
    ) -> Value:
        call = _CALL.fullmatch(expression)
        if call:
            indices = [arguments[name][0] for name in re.findall(r"\w+", call["arguments"])]
            return SPECIALS[call["function"]](self._btf, *indices)
        match = _EXPRESSION.fullmatch(expression)
        if not match:
            raise KymoError(ErrorCode.INTERNAL, f"the catalogue's '{expression}' is not understood")
        index, type_id = arguments[match["name"]]
        minus = int(match["minus"] or 0)
        members = match["path"].split("->")[1:]
        if not members:
            size = field_class.size if isinstance(field_class, Integer) else 8
            return Argument(index, size)
        return self._path(field_class, index, type_id, members, minus)

    def _path(
        self, field_class: FieldClass, index: int, type_id: int, members: Sequence[str], minus: int
    ) -> Value:
        steps = []
        owner = self._btf.pointee(type_id)
        for name in members[:-1]:
            member = self._btf.member(owner, name)
            steps.append(member.offset)
            owner = self._btf.pointee(member.type_id)
        last = self._btf.member(owner, members[-1])
        size = field_class.size if isinstance(field_class, Integer) else last.size
        path = Path(index, tuple(steps), last.offset, last.size, last.signed, size, minus)
        if isinstance(field_class, Text):
            return PathBytes(path, field_class.size)
        if isinstance(field_class, String):
            return KernelString(path)
        return path
