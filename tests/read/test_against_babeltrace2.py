# SPDX-License-Identifier: MIT
"""Our text, warnings and counts against babeltrace2's, on forged traces and on LTTng's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cases import CASES
from oracle import assert_same_text, babeltrace2

from kymograph.cli.convert import main

TRACES = Path(__file__).parent.parent / "traces"
OPTIONS = [
    "",
    "--clock-gmt --clock-date",
    "--clock-seconds",
    "--clock-cycles",
    "--clock-cycles --clock-date --no-delta",
    "--no-delta --names=all --fields=all",
    "--names=none",
    "--names=header",
    "--names=scope,context --fields=trace",
    "--names=payload --fields=loglevel,emf",
    "--fields=trace:domain,trace:procname",
    "--names=none --fields=trace:vpid,trace",
    "--color=always --clock-gmt",
    "--color=always --names=all --fields=all --clock-cycles",
    "-c sink.utils.counter",
]


def read(options: str, *paths: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[bytes, bytes]:
    """Return our text and warnings."""
    capfdbinary.readouterr()
    assert main([*options.split(), *map(str, paths)]) == 0
    return capfdbinary.readouterr()


def judge(options: str, *paths: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Compare with babeltrace2."""
    text, warnings = read(options, *paths, capfdbinary=capfdbinary)
    judged = babeltrace2(*options.split(), *paths)
    assert judged.status == 0
    assert_same_text(text, judged.text)
    assert warnings == judged.warnings


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def colors(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let both readers believe in a terminal where colours are asked for."""
    if "--color=always" in request.node.callspec.params["options"]:
        monkeypatch.setenv("BABELTRACE_TERM_COLOR", "always")
    else:
        monkeypatch.delenv("BABELTRACE_TERM_COLOR", raising=False)


@pytest.mark.usefixtures("colors")
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", CASES)
def test_forged(name: str, options: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    CASES[name](tmp_path)
    judge(options, tmp_path, capfdbinary=capfdbinary)


@pytest.mark.usefixtures("colors")
@pytest.mark.parametrize("options", OPTIONS)
def test_lttng(options: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    judge(options, TRACES, capfdbinary=capfdbinary)
    judge(options, TRACES / "ust-types/trace/ust", TRACES / "kernel-kretprobe/trace", capfdbinary=capfdbinary)


def test_a_trace_given_twice_is_read_once(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    trace = TRACES / "kernel-syscall-chroot/trace"
    judge("--fields=trace", trace, trace / "../trace", capfdbinary=capfdbinary)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "EST5EDT"])
def test_local_time(
    zone: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    text, _ = read("--clock-date", TRACES / "kernel-kretprobe", capfdbinary=capfdbinary)
    assert text == babeltrace2("--clock-date", TRACES / "kernel-kretprobe", TZ=zone).text


RANGES = [
    "-b 1700000000.000000210",
    "-b 1700000000.000000330",
    "-e 1700000000.000000330",
    "-e 1700000000.000000400",
    "-b 1700000000.000000155 -e 1700000000.000000450",
    "-b 1700000000.000000370",
    "-b 1700000000.000000371",
    "-e 1700000000.000000095",
    "-e 1700000000.000000094",
    "-b 22:13:20.000000300",
    "-b 22:13:20.0000003 -e 22:13:21",
    "--timerange=22:13:20.000000300,22:13:20.000000410",
    "--timerange=[2023-11-14,2023-11-15]",
    "-b 2023-11-15",
    "-b -5",
    "-b 1700000001",
]


@pytest.mark.parametrize("options", RANGES)
@pytest.mark.parametrize("name", ["gaps", "rotated_files", "packets_without_events"])
def test_time_ranges(
    name: str, options: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    CASES[name](tmp_path)
    judge(f"--clock-gmt {options}", tmp_path, capfdbinary=capfdbinary)
    judge(f"--clock-gmt --clock-cycles {options}", tmp_path, capfdbinary=capfdbinary)


def test_a_range_begins_within_an_indexed_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    judge("--clock-gmt -b 19:52:29 -e 19:52:30", TRACES / "kernel-kretprobe", capfdbinary=capfdbinary)
