# SPDX-License-Identifier: MIT
"""Tracepoints: their names, aliases and globs, and the records of this kernel's formats and Linux 6.1's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.instrument import catalogue
from kymograph.instrument.tracepoints import FormatSource, Tracepoint, Tracepoints
from kymograph.model.fields import Array, FieldClass, Integer, Sequence, String, Text
from kymograph.sys import tracefs
from kymograph.sys.tracefs import Format, FormatField, parse_format

FORMATS = Path(__file__).parents[1] / "sys" / "formats"
NAMES = {"softirq_entry": "irq_softirq_entry", "netif_rx": "net_if_rx"}


@pytest.fixture(scope="module")
def here() -> Tracepoints:
    return Tracepoints.of(tracefs.find())


def check_record(layout: Format) -> None:
    """Every field has a name of its own, and its source is its own part of the kernel's record."""
    schema, sources = Tracepoint("made", layout.subsystem, layout.name).schema_of(layout)
    assert schema.name == "made"
    names = [field.name for field in schema.fields]
    assert len(set(names)) == len(names) == len(sources) == len(layout.fields)
    for field, source, item in zip(schema.fields, sources, layout.fields):
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", field.name)
        assert (source.offset, source.size) == (item.offset, item.size)
        if source.kind in ("integer", "text", "array"):
            assert isinstance(field.type, (Integer, Text, Array)) and field.type.size == source.size
        else:
            assert isinstance(field.type, (String, Sequence)) and source.size == 4
        # A program may load only aligned parts of the kernel's record.
        assert source.kind in ("text", "array") or source.offset % source.size == 0


def test_records_of_this_kernel(here: Tracepoints) -> None:
    mounted = tracefs.find()
    assert len(here) > 500
    for item in here:
        check_record(mounted.format(item.subsystem, item.event))


@pytest.mark.parametrize("path", sorted(FORMATS.glob("*.format")), ids=lambda path: path.stem)
def test_records_of_linux_6_1(path: Path) -> None:
    check_record(parse_format(path.read_text(), path.stem.partition(".")[0]))


BYTE, WORD = Integer(8, base=16), Integer(64)


@pytest.mark.parametrize(
    ("item", "kind", "source"),
    [
        (("pid", "pid_t", 8, 4, True), Integer(32, True), "integer"),
        (("flag", "bool", 8, 1, False), Integer(8), "integer"),
        (("type", "enum zone_type", 8, 4, False), Integer(32), "integer"),
        (("msg", "const char *", 8, 8, False), Integer(64, base=16), "integer"),
        (("fn", "initcall_t", 8, 8, False), Integer(64, base=16), "integer"),
        (("comm", "char", 8, 16, False, 16), Text(16), "text"),
        (("caller", "unsigned long", 8, 64, False, 8), Array(WORD, 8), "array"),
        (("daddr", "__u8", 8, 28, False, 28), Array(BYTE, 28), "array"),
        (("prio", "s16", 8, 6, True, 3), Array(Integer(16, True), 3), "array"),
        (("id", "guid_t", 8, 16, False), Array(BYTE, 16), "array"),
        (("data", "struct cper_mem_err_compact", 8, 55, False), Array(BYTE, 55), "array"),
        (("odd", "struct three", 8, 6, False, 2), Array(BYTE, 6), "array"),
        (("name", "char", 8, 4, True, None, "data_loc"), String(), "string_loc"),
        (("buf", "u8", 8, 4, False, None, "data_loc"), Sequence(BYTE), "sequence_loc"),
        (("ids", "u64", 8, 4, False, None, "data_loc"), Sequence(WORD), "sequence_loc"),
        (
            ("cpus", "cpumask_t", 8, 4, False, None, "data_loc"),
            Sequence(Integer(64, base=16)),
            "sequence_loc",
        ),
        (("what", "struct unknown", 8, 4, False, None, "data_loc"), Sequence(BYTE), "sequence_loc"),
    ],
)
def test_field_classes(item: tuple[object, ...], kind: FieldClass, source: str) -> None:
    given = FormatField(*item)  # type: ignore[arg-type]
    schema, sources = Tracepoint("made", "x", "made").schema_of(Format(1, "made", "x", (given,)))
    assert schema.fields[0].type == kind
    assert sources == (FormatSource(8, given.size, source),)  # type: ignore[arg-type]


def test_relative_locations_count_from_the_end_of_the_field() -> None:
    given = FormatField("name", "char", 12, 4, False, None, "rel_loc")
    _, sources = Tracepoint("made", "x", "made").schema_of(Format(1, "made", "x", (given,)))
    assert sources == (FormatSource(12, 4, "string_loc", 16),)


def test_names_become_identifiers_of_their_own() -> None:
    names = ("a", "a", "a", "9p", "x-y", "")
    fields = tuple(FormatField(name, "int", 8 + 4 * i, 4, True) for i, name in enumerate(names))
    schema, _ = Tracepoint("made", "x", "made").schema_of(Format(1, "made", "x", fields))
    assert [field.name for field in schema.fields] == ["a", "a_2", "a_3", "_9p", "x_y", "_"]


def test_fields_of_no_size_are_left_out() -> None:
    layout = Format(1, "made", "x", (FormatField("buf", "u32", 8, 0, False, 0),))
    assert Tracepoint("made", "x", "made").schema_of(layout)[1] == ()


def test_lttngs_names(here: Tracepoints) -> None:
    softirq = here.find("irq_softirq_entry")
    assert (softirq.subsystem, softirq.event) == ("irq", "softirq_entry")
    assert here.find("softirq_entry") is here.find("irq:softirq_entry") is softirq
    for name in (
        "timer_hrtimer_start",
        "net_if_rx",
        "skb_kfree",
        "kmem_kmalloc",
        "x86_exceptions_page_fault_user",
    ):
        assert here.find(name).name == name
    assert here.find("sched:sched_switch").name == "sched_switch"


def test_what_is_no_tracepoint_is_not_listed(here: Tracepoints) -> None:
    assert not {item.subsystem for item in here} & {"syscalls", "raw_syscalls", "ftrace"}


def test_names_are_unique(here: Tracepoints) -> None:
    assert len({item.name for item in here}) == len(here)
    events = [
        ("b", "softirq_entry"),
        ("a", "same"),
        ("c", "same"),
        ("a", "irq_softirq_entry"),
        ("d", "c_same"),
    ]
    named = Tracepoints(events, NAMES)
    assert [(item.subsystem, item.name) for item in named] == [
        ("a", "same"),
        ("a", "a_irq_softirq_entry"),
        ("b", "irq_softirq_entry"),
        ("c", "c_same"),
        ("d", "d_c_same"),
    ]
    assert named.find("c:same").name == "c_same"


def test_globs() -> None:
    events = [("sched", "sched_switch"), ("sched", "sched_wakeup"), ("irq", "softirq_entry"), ("odd", "a*b")]
    named = Tracepoints(events, NAMES)

    def found(pattern: str) -> list[str]:
        return [item.name for item in named.match(pattern)]

    assert found("sched_*") == ["sched_switch", "sched_wakeup"]
    assert found("*") == ["irq_softirq_entry", "a*b", "sched_switch", "sched_wakeup"]
    assert found("s*_**w*") == ["sched_switch", "sched_wakeup"]
    assert found("*sw?tch*") == found("soft*") == found("sched_switch*x") == []
    assert found("irq:*") == ["irq_softirq_entry"]
    assert found(r"a\*b") == found(r"*\*b") == ["a*b"]
    assert found("sched_switch") == found(r"sched\_switch") == ["sched_switch"]


def test_an_unknown_name_gets_near_ones(here: Tracepoints) -> None:
    with pytest.raises(KymoError) as unknown:
        here.match("sched_swich")
    assert unknown.value.code is ErrorCode.NO_EVENT
    assert unknown.value.hint.startswith("did you mean sched_switch")
    with pytest.raises(KymoError) as odd:
        here.match("zzqx\n")
    assert "list --kernel" in odd.value.hint


def test_the_table_of_names_is_one_to_one() -> None:
    names = catalogue.read("tracepoint-names.json")
    assert len(set(names.values())) == len(names)
    assert names["kfree_skb"] == "skb_kfree"
