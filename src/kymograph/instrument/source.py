# SPDX-License-Identifier: MIT
"""A source: one kind of record this kernel can give, how to read its values and where to attach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from kymograph.instrument.values import Value
from kymograph.model.schema import RecordSchema


@dataclass(frozen=True)
class TypedTracepoint:
    """A raw tracepoint with arguments typed by BTF (`btf_id` of its `btf_trace_…` typedef).

    Linux kernel commit ac4414b5ca47 "bpf: Attach raw_tp program with BTF via type name" (in v5.5).
    """

    name: str
    btf_id: int


@dataclass(frozen=True)
class RecordTracepoint:
    """A tracepoint whose tracefs record the program reads; `id` is tracefs' own."""

    name: str
    id: int


@dataclass(frozen=True)
class SystemCall:
    """The entry or exit of one system call, told from the others at `tracepoint` by its number."""

    tracepoint: TypedTracepoint
    number: int


Attachment = Union[TypedTracepoint, RecordTracepoint, SystemCall]


@dataclass(frozen=True)
class Source:
    """A record's schema, the value of each of its fields in order, and where they come from."""

    schema: RecordSchema
    values: tuple[Value, ...]
    attachment: Attachment
