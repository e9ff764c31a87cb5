# SPDX-License-Identifier: MIT
"""The command line `babeltrace2 [convert]`: options, outputs, endings."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.convert import main

TRACES = Path(__file__).parent.parent / "traces"
CHROOT = str(TRACES / "kernel-syscall-chroot/trace")
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from kymograph.cli.convert import main; sys.exit(main(sys.argv[1:]))",
]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], ErrorCode.USAGE, "no trace given"),
        (["--wrong", CHROOT], ErrorCode.USAGE, "--wrong"),
        (["--color=sometimes", CHROOT], ErrorCode.BAD_VALUE, "sometimes"),
        (["--names=nobody", CHROOT], ErrorCode.BAD_VALUE, "nobody"),
        (["--fields=none", CHROOT], ErrorCode.BAD_VALUE, "none"),
        (["--begin=noon", CHROOT], ErrorCode.BAD_VALUE, "noon"),
        (["--begin=2", "--end=1", CHROOT], ErrorCode.BAD_VALUE, "--end"),
        (["--timerange=1", CHROOT], ErrorCode.BAD_VALUE, "BEGIN,END"),
        (["--timerange=1,2", "--end=1", CHROOT], ErrorCode.USAGE, "--timerange"),
        (["-c", "sink.lttng-utils.wrong", CHROOT], ErrorCode.USAGE, "unknown component"),
        (["--output=/nowhere/text", CHROOT], ErrorCode.OUTPUT, "/nowhere/text"),
        (["/nowhere"], ErrorCode.NO_TRACE, "/nowhere"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: ErrorCode, words: str) -> None:
    with pytest.raises(KymoError) as caught:
        main(arguments)
    assert caught.value.code is code
    assert words in caught.value.line()


def test_the_command_may_be_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", CHROOT]) == 0
    named = capfd.readouterr().out
    assert main([CHROOT]) == 0
    assert capfd.readouterr().out == named
    assert named.count("\n") == 4


def test_output_to_a_file_replaces_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "text"
    output.write_text("x" * 100_000)
    assert main(["-w", str(output), CHROOT]) == 0
    assert output.read_text().count("\n") == 4
    assert capfd.readouterr().out == ""


def test_the_dummy_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", "dummy", CHROOT]) == 0
    assert capfd.readouterr().out == ""


def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(KymoError, match="No space left") as caught:
        main(["-w", "/dev/full", str(TRACES)])
    assert caught.value.code is ErrorCode.OUTPUT


def test_colours_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real terminals: the command's outputs are a pseudo terminal's."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for options, colored in ([], True), (["--color=never"], False), (["--color=always"], True):
        assert (b"\x1b[1m" in on_terminal([*COMMAND, *options, CHROOT])) is colored
    piped = subprocess.run([*COMMAND, CHROOT], capture_output=True, check=True).stdout
    assert b"\x1b" not in piped


def on_terminal(command: list[str]) -> bytes:
    """Run a command whose outputs are a terminal; return what it wrote."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(command, stdout=theirs, stderr=theirs)
    finally:
        os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:
        # The other side is closed.
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0
    return written


def test_a_closed_pipe_ends_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(many_times(tmp_path))], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"[")
        process.stdout.close()
        assert b"BrokenPipeError" in process.stderr.read()
    assert process.returncode == 1


def test_an_interrupt_ends_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(many_times(tmp_path))], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"[")
        process.send_signal(signal.SIGINT)
        # The pipe is full: only reading lets it go on to where it listens.
        rest = process.stdout.read()
        assert rest.count(b"\n") < 1_000_000
    assert process.returncode == -signal.SIGINT


def many_times(directory: Path) -> Path:
    """Write a trace of some million events: one packet, many times over."""
    trace = directory / "trace"
    trace.mkdir()
    source = TRACES / "kernel-sched-switch/trace"
    (trace / "metadata").write_bytes((source / "metadata").read_bytes())
    (trace / "channel0_1").write_bytes((source / "channel0_1").read_bytes() * 20_000)
    return trace


def test_without_the_extension_the_message_says_so() -> None:
    code = (
        "import sys; sys.modules['kymograph._native'] = None\n"
        "from kymograph.base.errors import ErrorCode, KymoError\n"
        "from kymograph.cli.convert import main\n"
        "try: main(['x'])\n"
        "except KymoError as error: assert error.code is ErrorCode.NO_EXTENSION and 'maturin' in error.hint\n"
        "else: raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
