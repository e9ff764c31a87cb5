# SPDX-License-Identifier: MIT
"""Metadata described as plain objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from forge import event, head
from kinds import (
    Array,
    Chars,
    Enumeration,
    Integer,
    Kind,
    Maker,
    Member,
    Real,
    Sequence,
    Structure,
    Text,
    Variant,
)

from kymograph.native.extension import extension

TRACES = Path(__file__).parent.parent / "traces"


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("seed", range(100))
def test_random_types_are_described_as_they_were_meant(seed: int, big: bool) -> None:
    maker = Maker(seed)
    members = maker.members(3, 5)
    text = head("be" if big else "le") + event(0, "e", maker.spell(members))
    described = extension.describe(text.encode())
    json.dumps(described)
    payload = described["streams"][0]["events"][0]["payload"]
    check_members(payload["members"], members, big)


def check_members(found: list[dict[str, Any]], members: list[Member], big: bool) -> None:
    rest = iter(found)
    for member in members:
        if isinstance(member.kind, Sequence):
            length = next(rest)
            assert length["spelling"] == f"{member.name}_len"
            check(length["field"], member.kind.length, big)
        elif isinstance(member.kind, Variant):
            assert next(rest)["field"]["labels"].keys() == {
                f"{member.name}_o{i}" for i in range(len(member.kind.options))
            }
        one = next(rest)
        assert (one["spelling"], one["name"]) == (member.name, member.shown)
        check(one["field"], member.kind, big, member.name)
    assert next(rest, None) is None


def check(found: dict[str, Any], kind: Kind, big: bool, name: str = "") -> None:
    assert found["visible"]
    if isinstance(kind, Integer):
        assert (found["kind"], found["size"], found["align"]) == ("integer", kind.size, kind.align)
        assert (found["signed"], found["order"]) == (
            kind.signed,
            "be" if (kind.big is None and big) or kind.big else "le",
        )
    elif isinstance(kind, Real):
        assert (found["kind"], found["size"], found["align"]) == ("real", kind.size, kind.align)
    elif isinstance(kind, Text):
        assert found["kind"] == "string"
    elif isinstance(kind, Chars):
        assert (found["kind"], found["text"], found["length"]) == ("array", True, kind.length)
    elif isinstance(kind, Enumeration):
        assert (found["kind"], found["size"], found["signed"]) == ("enumeration", kind.size, kind.signed)
        assert found["labels"]["C"] == [(5, 8)]
        assert ("NEG" in found["labels"]) == kind.signed
    elif isinstance(kind, Structure):
        assert found["kind"] == "structure"
        check_members(found["members"], kind.members, big)
    elif isinstance(kind, Array):
        assert (found["kind"], found["length"]) == ("array", kind.length)
        check(found["element"], kind.element, big)
    elif isinstance(kind, Sequence):
        assert (found["kind"], found["length"], found["text"]) == (
            "sequence",
            f"{name}_len",
            kind.element is None,
        )
    elif isinstance(kind, Variant):
        assert (found["kind"], found["tag"]) == ("variant", f"{name}_tag")
        for option, meant in zip(found["options"], kind.options):
            check(option["field"], meant, big)


def test_lttng_metadata() -> None:
    path = TRACES / "kernel-sched-switch/trace/metadata"
    described = extension.describe_file(path)
    assert described == extension.describe(path.read_bytes())
    assert described == extension.describe(b"/* CTF 1.8 */" + extension.metadata_text(path).encode())
    assert described["environment"]["tracer_minor"] == 13
    (clock,) = described["clocks"]
    assert (clock["name"], clock["frequency"], clock["epoch"]) == ("monotonic", 1_000_000_000, True)
    assert clock["offset_seconds"] * 1_000_000_000 + clock["offset_cycles"] == 1795463469536639760
    (stream,) = described["streams"]
    roles = {m["name"]: m["field"]["role"] for m in stream["packet_context"]["members"]}
    assert roles == {
        "timestamp_begin": "timestamp_begin",
        "timestamp_end": "timestamp_end",
        "content_size": "content_size",
        "packet_size": "packet_size",
        "packet_seq_num": "packet_seq_num",
        "events_discarded": "events_discarded",
        "cpu_id": None,
    }
    (sched_switch,) = stream["events"]
    assert [m["name"] for m in sched_switch["payload"]["members"]][:2] == ["prev_comm", "prev_tid"]
