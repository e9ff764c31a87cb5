# SPDX-License-Identifier: MIT
"""A kernel that cannot, or will not: the error says what is missing and what to do, and nothing is left
behind.

Each of these runs the real commands, in a mount namespace where something is hidden, or without capabilities.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from control.house import House

pytestmark = pytest.mark.live

KYMO = f"{sys.executable} -m kymograph.cli.main"
SESSION = f"{KYMO} create s && {KYMO} enable-event -k sched_switch; echo status $?; {KYMO} destroy s"


def within(house: House, *prefix: str, prepare: str = ":") -> subprocess.CompletedProcess[str]:
    """Run a session in a shell below `prefix`; its daemon goes with it."""
    stop = 'kill "$(cat "$KYMO_RUNDIR/sessiond.pid")"'
    return subprocess.run(
        [*prefix, "sh", "-c", f"{prepare}; {SESSION}; {stop}"],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def error_of(result):
    """Return the one error line of a session whose `enable-event` failed."""
    assert "status 1" in result.stdout
    assert "Session s destroyed" in result.stdout
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return errors[0]


def test_without_btf(house: House):
    result = within(house, "unshare", "-m", prepare="mount -t tmpfs none /sys/kernel/btf")
    error = error_of(result)
    assert "/sys/kernel/btf/vmlinux" in error
    assert "CONFIG_DEBUG_INFO_BTF" in error


def test_without_tracefs(house: House):
    hide = "umount /sys/kernel/tracing; mount -t tmpfs none /sys/kernel/tracing"
    drop = ("setpriv", "--bounding-set", "-sys_admin")
    result = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{hide}; exec {' '.join(drop)} sh -c '{SESSION}'"],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    subprocess.run(["sh", "-c", 'kill "$(cat "$KYMO_RUNDIR/sessiond.pid")"'], env=house.env, check=True)
    error = error_of(result)
    assert "tracefs" in error
    assert "mount" in error


def test_with_bpf_refused(house: House):
    capabilities = "-sys_admin,-bpf,-perfmon"
    result = within(house, "setpriv", "--bounding-set", capabilities)
    error = error_of(result)
    assert "refused BPF" in error
    assert "CAP_BPF" in error


def test_a_refused_session_leaves_no_files(house: House):
    within(house, "setpriv", "--bounding-set", "-sys_admin,-bpf,-perfmon")
    assert not list(house.home.glob("lttng-traces/*"))
