# SPDX-License-Identifier: MIT
"""The drop-in distribution: it builds, installs, and its names answer as the tools they stand in for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctf.trace_by_hand import write
from kymograph import __version__
from kymograph.model.fields import Integer, String
from kymograph.model.schema import Field, RecordSchema

SOURCE = Path(__file__).parents[2] / "compat"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the distribution into a folder of its own, never into the environment of the tests."""
    prefix = tmp_path_factory.mktemp("compat")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--prefix", prefix, SOURCE], check=True)
    return prefix


def run(prefix: Path, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    site = next(prefix.glob("lib/python*/site-packages"))
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [str(prefix / "bin" / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["lttng", "lttng-sessiond"])
def test_name_answers_with_our_version(installed: Path, name: str) -> None:
    done = run(installed, name, "--version")
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout


@pytest.mark.parametrize("name", ["babeltrace", "babeltrace2"])
def test_reader_prints_what_babeltrace2_prints(installed: Path, name: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    schema = RecordSchema("tick", (Field("count", Integer(32)), Field("name", String())))
    write(trace, [schema, schema], [[1, "one"], [2, "two"]])
    oracle = subprocess.run(["/usr/bin/babeltrace2", trace], capture_output=True, text=True, check=True)
    assert len(oracle.stdout.splitlines()) == 2
    assert run(installed, name, str(trace)).stdout == oracle.stdout


def test_reader_says_in_a_line_what_is_wrong(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "babeltrace2", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


def test_lttng_speaks_of_itself_by_that_name(installed: Path) -> None:
    done = run(installed, "lttng", "no-such-command")
    assert done.returncode == 2
    assert "lttng" in done.stderr


def test_only_the_documented_names_are_installed(installed: Path) -> None:
    names = {path.name for path in (installed / "bin").iterdir()}
    assert names == {"lttng", "lttng-sessiond", "babeltrace", "babeltrace2"}
