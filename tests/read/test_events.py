# SPDX-License-Identifier: MIT
"""Traces as Python objects."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cases import CASES, head, pair
from forge import UUID, Packet, event, write

from kymograph import read
from kymograph.base.errors import ErrorCode, KymoError

TRACES = Path(__file__).parent.parent / "traces"

BT2 = """
import bt2, json, sys
def plain(field):
    if isinstance(field, bt2._StructureFieldConst):
        return {name: plain(member) for name, member in field.items()}
    if isinstance(field, bt2._ArrayFieldConst):
        return [plain(element) for element in field]
    if isinstance(field, bt2._StringFieldConst):
        return str(field)
    return float(field) if isinstance(field, bt2._RealFieldConst) else int(field)
for message in bt2.TraceCollectionMessageIterator(sys.argv[1]):
    if type(message) is bt2._EventMessageConst:
        event = message.event
        scopes = (event.packet.context_field, event.common_context_field, event.payload_field)
        row = [event.name, message.default_clock_snapshot.ns_from_origin]
        print(json.dumps(row + [None if scope is None else plain(scope) for scope in scopes]))
"""


@pytest.mark.parametrize(
    "case", ["kernel-sched-switch", "kernel-syscall-chroot", "kernel-kretprobe", "ust-types"]
)
def test_values_equal_those_of_bt2(case: str) -> None:
    """Debian's python3-bt2 belongs to the system's Python."""
    trace = TRACES / case / "trace"
    done = subprocess.run(["/usr/bin/python3", "-c", BT2, trace], capture_output=True, check=True)
    judged = [json.loads(line) for line in done.stdout.splitlines()]
    found = [
        [e.name, e.time, dict(e.packet_context), dict(e.context) or None, dict(e.payload)]
        for e in read.open(trace)
    ]
    assert len(found) == len(judged)
    for mine, theirs in zip(found, judged):
        for fields in (mine[4], theirs[4]):
            # It shows an earlier event's text where there is none, and cannot show a cut character.
            if fields.get("_seqtext_length", 9) < 3:
                del fields["seqtext"]
            if case == "ust-types":
                del fields["arrtext"]
                fields.pop("seqtext", None)
        assert mine == theirs


def test_an_event() -> None:
    trace = read.open(TRACES / "kernel-sched-switch/trace")
    first = next(iter(trace))
    assert first.name == "sched_switch"
    assert first.time == 1795463525360284575
    assert first.cpu == 0
    assert first["next_comm"] == "lttng-consumerd"
    assert first["cpu_id"] == 0
    assert first.header == {"id": 31, "v": {"id": 0, "timestamp": first.cycles}}
    with pytest.raises(KeyError):
        first["nothing"]
    assert first.stream.trace.uuid == UUID
    assert first.stream.trace.environment["tracer_name"] == "lttng-modules"
    assert first.stream.name.endswith("trace/channel0_0")


def test_iterating_again_starts_anew() -> None:
    trace = read.open(TRACES / "kernel-syscall-chroot/trace")
    assert [event.name for event in trace] == [event.name for event in trace]
    assert len(list(trace)) == 4


def test_times_never_go_back(tmp_path: Path) -> None:
    CASES["equal_times"](tmp_path)
    times = [event.time for event in read.open(tmp_path)]
    assert times == sorted(times)


def test_gaps_are_messages_too(tmp_path: Path) -> None:
    CASES["gaps"](tmp_path)
    gaps = [message for message in read.open(tmp_path).messages() if isinstance(message, read.Gap)]
    base = 1_700_000_000_000_000_000
    assert [(gap.lost, gap.count, gap.begin, gap.end) for gap in gaps[:3]] == [
        ("events", None, base + 95, base + 120),
        ("events", 1, base + 170, base + 370),
        ("packets", 2, base + 220, base + 295),
    ]


def test_packets(tmp_path: Path) -> None:
    write(tmp_path, head() + event(0, "e", "uint32_t _x;"), {"a": [pair(100), pair(200, sequence=1, cpu=3)]})
    first, second = read.packets(tmp_path)
    assert (first.number, first.offset, first.sequence, first.cpu) == (0, 0, 0, 0)
    assert (second.number, second.offset, second.sequence, second.cpu) == (1, first.size // 8, 1, 3)
    assert second.begin == 1_700_000_000_000_000_200
    assert second.content == second.size
    assert second.path == str(tmp_path / "a")


def test_a_clock_is_not_needed(tmp_path: Path) -> None:
    CASES["no_packets_and_no_clock"](tmp_path)
    first = next(iter(read.open(tmp_path)))
    assert (first.time, first.cycles, first.payload) == (None, None, {"a": 3, "s": "x"})


def test_what_precedes_a_fault_is_yielded(tmp_path: Path) -> None:
    packets = [pair(100), Packet([(9, 200, b"")])]
    write(tmp_path, head() + event(0, "e", "uint32_t _x;"), {"a": packets})
    seen = []
    with pytest.raises(KymoError) as caught:
        seen += [event["x"] for event in read.open(tmp_path)]
        for one in read.open(tmp_path):
            seen.append(one["x"])
    assert caught.value.code is ErrorCode.BAD_TRACE
    iterator = iter(read.open(tmp_path))
    assert [next(iterator)["x"], next(iterator)["x"]] == [100, 101]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_no_trace(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KymoError) as caught:
        read.open(tmp_path / name)
    assert caught.value.code is ErrorCode.NO_TRACE
    assert name in caught.value.message
