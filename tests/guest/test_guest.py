# SPDX-License-Identifier: MIT
"""The guest is what the tests in it take for granted: probes, BTF, LTTng's modules, oracles, our wheel."""

import shutil
import subprocess
from pathlib import Path

import pytest

import kymograph


def test_our_package_comes_from_the_wheel() -> None:
    assert "/site-packages/" in kymograph.__file__
    assert Path(kymograph.__file__).parent.joinpath("_native.abi3.so").exists()


@pytest.mark.parametrize(
    "oracle", ["babeltrace2", "bpftool", "perf", "trace-cmd", "strace", "lttng", "lttng-relayd", "gcc"]
)
def test_oracle_is_there(oracle: str) -> None:
    assert shutil.which(oracle)


def test_kernel_has_every_kind_of_probe() -> None:
    tracing = Path("/sys/kernel/tracing")
    available = tracing.joinpath("available_filter_functions").read_text()
    assert "\nvfs_open\n" in available
    assert tracing.joinpath("kprobe_events").exists()
    assert tracing.joinpath("uprobe_events").exists()
    assert Path("/sys/kernel/btf/vmlinux").stat().st_size > 1_000_000


def test_lttng_modules_load() -> None:
    subprocess.run(["modprobe", "lttng-tracer"], check=True)
    assert "lttng_tracer" in Path("/proc/modules").read_text()
