# SPDX-License-Identifier: MIT
"""Damaged traces: no crash, no hang, an error that says where, and all that precedes the damage."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from oracle import HUNG, assert_same_text, babeltrace2
from test_fields import forge

from kymograph import read
from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.convert import main
from kymograph.native.extension import extension

TRACES = Path(__file__).parent.parent / "traces"
STREAMS = [
    ("kernel-sched-switch", "channel0_1"),
    ("kernel-syscall-chroot", "channel0_0"),
    ("ust-types", "ust/uid/0/64-bit/c_0"),
]
HEADERS = 130
"""The first bytes of these files are packet headers and contexts, where damage does most."""

WHERE = {
    ErrorCode.BAD_TRACE: re.compile(r"^/.*: packet \d+, byte \d+: .+"),
    ErrorCode.BAD_METADATA: re.compile(r"^/.*/metadata:\d+:\d+: .+"),
    ErrorCode.NO_TRACE: re.compile(r".+"),
}
PASSES_THE_END = ("pass the end of the packet", "longer than the packet", "does not end before the packet")
"""An event is too long for its packet: babeltrace2 shows it, reading on in the padding, then stops."""


@pytest.fixture
def damaged(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A copy of a trace, and the file in it to damage."""
    case, file = request.param
    copy = tmp_path / "trace"
    shutil.copytree(TRACES / case / "trace", copy)
    return copy, copy / file


def ours(trace: Path, output: Path) -> tuple[bytes, KymoError | None]:
    """Return our text and what we found wrong, which must say where."""
    output.write_bytes(b"")
    error = None
    try:
        main(["--clock-seconds", "--output", str(output), str(trace)])
    except KymoError as raised:
        error = raised
        assert WHERE[error.code].search(error.message), error.message
    return output.read_bytes(), error


def damages(size: int, seed: int, count: int) -> Iterator[tuple[int, int | None]]:
    """Yield places and bits to flip, or None where to cut; many in the headers."""
    dice = random.Random(seed)
    for number in range(count):
        at = dice.randrange(HEADERS if number % 2 else size)
        yield at, (dice.randrange(8) if number % 4 else None)


def damage(original: bytes, at: int, bit: int | None) -> bytes:
    if bit is None:
        return original[:at]
    return original[:at] + bytes([original[at] ^ 1 << bit]) + original[at + 1 :]


@pytest.mark.parametrize("damaged", STREAMS, indirect=True, ids=lambda p: p[0])
def test_streams_as_babeltrace2_reads_them(damaged: tuple[Path, Path], tmp_path: Path) -> None:
    trace, file = damaged
    original = file.read_bytes()
    for at, bit in damages(len(original), 1, 60):
        file.write_bytes(damage(original, at, bit))
        text, error = ours(trace, tmp_path / "text")
        judged = babeltrace2("--clock-seconds", trace, patience=2)
        if judged.status == HUNG or judged.status < 0 or b"last-returned-ts" in judged.warnings:
            # It hung, crashed or gave up where time goes back. We went on.
            continue
        if error is not None and "UUID" in error.message:
            # It does not compare packets' UUIDs with the trace's.
            continue
        if error is not None and any(words in error.message for words in PASSES_THE_END):
            assert_same_text(text, judged.text[: len(text)])
            assert judged.text.count(b"\n") <= text.count(b"\n") + 1
            continue
        assert (error is None) <= (judged.status == 0), (at, bit)
        assert_same_text(text[: len(judged.text)], judged.text)


@pytest.mark.parametrize("damaged", STREAMS, indirect=True, ids=lambda p: p[0])
def test_streams_damaged_anywhere(damaged: tuple[Path, Path], tmp_path: Path) -> None:
    trace, file = damaged
    original = file.read_bytes()
    for at, bit in damages(len(original), 2, 1500):
        file.write_bytes(damage(original, at, bit))
        text, error = ours(trace, tmp_path / "text")
        try:
            assert sum(1 for _ in read.open(trace)) == text.count(b"\n")
            assert error is None
        except KymoError as raised:
            assert error is not None
            assert raised.message == error.message
        try:
            extension.count([str(trace)])
            assert error is None
        except extension.NativeError:
            assert error is not None


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("seed", range(25))
def test_every_field_class_damaged(seed: int, big: bool, tmp_path: Path) -> None:
    trace, _ = forge(tmp_path / "trace", seed, big)
    file = trace / "stream"
    original = file.read_bytes()
    dice = random.Random(seed)
    for _ in range(60):
        file.write_bytes(damage(original, dice.randrange(len(original)), dice.randrange(8)))
        text, error = ours(trace, tmp_path / "text")
        try:
            assert extension.count([str(trace)])["events"] == text.count(b"\n")
            assert error is None
        except extension.NativeError as fault:
            assert error is not None
            # The place may be that of a run of fields, which differs with what is wanted of them.
            assert fault.args[1].partition(", byte")[0] == error.message.partition(", byte")[0]


@pytest.mark.parametrize("damaged", STREAMS, indirect=True, ids=lambda p: p[0])
def test_a_cut_file_gives_what_it_has(damaged: tuple[Path, Path], tmp_path: Path) -> None:
    trace, file = damaged
    original = file.read_bytes()
    whole, _ = ours(trace, tmp_path / "text")
    for size in range(HEADERS, len(original) - 1, 97):
        file.write_bytes(original[:size])
        text, error = ours(trace, tmp_path / "text")
        assert error is not None
        assert f"packet of {len(original)} bytes, {size} left in the file" in error.message
        assert_same_text(text, whole[: len(text)])


@pytest.mark.parametrize("case", ["kernel-sched-switch", "ust-types"])
@pytest.mark.parametrize("plain", [False, True], ids=["packets", "plain"])
def test_metadata_damaged_anywhere(case: str, plain: bool, tmp_path: Path) -> None:
    path = next((TRACES / case).rglob("metadata"))
    original = extension.metadata_text(path).encode() if plain else path.read_bytes()
    copy = tmp_path / "metadata"
    dice = random.Random(3)
    for number in range(1500):
        at = dice.randrange(len(original))
        copy.write_bytes(damage(original, at, dice.randrange(8) if number % 4 else None))
        try:
            extension.describe_file(copy)
        except extension.NativeError as error:
            kind, message = error.args
            assert kind == "metadata"
            assert WHERE[ErrorCode.BAD_METADATA].search(message)


def test_an_index_that_lies_is_not_believed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    shutil.copytree(TRACES / "kernel-kretprobe/trace", trace)
    whole, _ = ours(trace, tmp_path / "text")
    index = trace / "index/channel0_0.idx"
    original = index.read_bytes()
    for at in range(len(original)):
        index.write_bytes(damage(original, at, at % 8))
        assert ours(trace, tmp_path / "text") == (whole, None)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    shutil.copytree(TRACES / "kernel-kretprobe/trace", trace)
    events = iter(read.open(trace))
    seen = [next(events)]
    for file in trace.glob("channel*"):
        file.write_bytes(b"")
    try:
        seen += events
    except KymoError as error:
        assert error.code is ErrorCode.BAD_TRACE
    assert len(seen) >= 1
