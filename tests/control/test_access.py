# SPDX-License-Identifier: MIT
"""Who may command the daemon, tried with real users: root, members of the group, strangers."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from control.house import SOURCES, House, babeltrace

GROUP = "games"
"""A group that every Debian system has and nobody is in; `tracing` may not exist."""

NOBODY = 65534


@pytest.fixture
def account() -> Iterator[str]:
    """An account that is in the group, and is gone afterwards."""
    name = f"kymotest{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--groups", GROUP, name], check=True)
    yield name
    subprocess.run(["userdel", name], check=True)


def _interpreter() -> str:
    """A Python that other users can run too."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        path = Path(candidate).resolve()
        if all(parent.stat().st_mode & 0o001 for parent in path.parents):
            return candidate
    raise AssertionError("no Python that other users can run")


def _sources(house: House) -> Path:
    """Our sources where other users can read them; a checkout may lie in a folder of root's alone."""
    copy = house.root / "sources"
    if not copy.exists():
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(SOURCES / "kymograph", copy / "kymograph", ignore=ignored)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


def _as_user(house: House, uid: int, groups: list[int], *arguments: str) -> subprocess.CompletedProcess[str]:
    home = house.root / f"home-{uid}"
    if not home.exists():
        home.mkdir()
        os.chown(home, uid, uid)
    return subprocess.run(
        [_interpreter(), "-m", "kymograph.cli.main", "-g", GROUP, *arguments],
        env={**house.env, "LTTNG_HOME": str(home), "PYTHONPATH": str(_sources(house)), "USER": str(uid)},
        cwd="/",
        user=uid,
        group=uid,
        extra_groups=groups,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_stranger_is_refused(house: House) -> None:
    house.ok("-g", GROUP, "create", "mine")
    for arguments in (["list"], ["create", "x"], ["destroy", "mine"]):
        result = _as_user(house, NOBODY, [], *arguments)
        assert result.returncode == 1
        assert result.stdout == ""
        assert result.stderr.startswith(
            "Error: user 65534 may not trace the kernel (run the command as root, or join"
        )
        assert len(result.stderr.splitlines()) == 1
    assert house.ok("-g", GROUP, "list", "mine")
    assert not (house.root / "home-65534" / "lttng-traces").exists()


def test_only_root_starts_the_daemon(house: House) -> None:
    result = _as_user(house, NOBODY, [], "list")
    assert (result.returncode, result.stdout) == (1, "")
    assert "may not trace the kernel" in result.stderr
    assert not house.run.exists()


def test_without_the_group_the_socket_is_roots_alone(house: House) -> None:
    house.ok("-g", "no-such-group", "list")
    status = (house.run / "sessiond.sock").stat()
    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o600)


def test_a_member_records_into_files_of_his_own(house: House) -> None:
    house.ok("-g", GROUP, "list")
    status = (house.run / "sessiond.sock").stat()
    gid = grp.getgrnam(GROUP).gr_gid
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, gid, 0o660)
    for arguments in (
        ["create", "s"],
        ["enable-event", "-k", "sched_switch"],
        ["start"],
        ["stop"],
        ["destroy"],
    ):
        result = _as_user(house, NOBODY, [gid], *arguments)
        assert (result.returncode, result.stderr) == (0, ""), result
    (trace,) = (house.root / "home-65534" / "lttng-traces").iterdir()
    entries = [trace, *trace.rglob("*")]
    assert len(entries) > 5
    assert {entry.stat().st_uid for entry in entries} == {NOBODY}
    assert babeltrace(trace)


def test_a_member_by_account_need_not_log_in_again(house: House, account: str) -> None:
    """Where the socket's mode lets him through; `usermod -aG` does not change running shells."""
    house.ok("-g", GROUP, "list")
    uid = int(subprocess.run(["id", "-u", account], capture_output=True, text=True, check=True).stdout)
    (house.run / "sessiond.sock").chmod(0o666)
    assert _as_user(house, uid, [], "list").stdout == "Currently no available recording session\n"
    assert _as_user(house, NOBODY, [], "list").returncode == 1


def test_a_member_cannot_write_where_only_root_may(house: House) -> None:
    gid = grp.getgrnam(GROUP).gr_gid
    house.ok("-g", GROUP, "list")
    secret = house.root / "roots"
    secret.mkdir(mode=0o755)
    result = _as_user(house, NOBODY, [gid], "create", "s", "-o", str(secret / "trace"))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: cannot make '{secret}/trace': Permission denied")
    script = (
        "import json, os, socket, sys; from kymograph.base.framing import Framing\n"
        "sock = socket.socket(socket.AF_UNIX); sock.connect(sys.argv[1]); line = Framing(sock)\n"
        "fd = os.open(sys.argv[2], os.O_RDONLY | os.O_DIRECTORY)\n"
        "parameters = {'name': 's', 'output': sys.argv[2]}\n"
        "call = {'method': 'org.kymograph.CreateSession', 'parameters': parameters}\n"
        "line.send(json.dumps(call).encode(), [fd]); print(line.receive().decode())\n"
    )
    answer = subprocess.run(
        [_interpreter(), "-c", script, str(house.run / "sessiond.sock"), str(secret)],
        env={"PYTHONPATH": str(_sources(house))},
        cwd="/",
        user=NOBODY,
        group=NOBODY,
        extra_groups=[gid],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "is not a directory of yours" in answer
    assert list(secret.iterdir()) == []


def test_a_member_without_daemon_is_told_who_starts_it(house: House) -> None:
    result = _as_user(house, NOBODY, [grp.getgrnam(GROUP).gr_gid], "list")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: root's session daemon is not running, and only root starts it "
        "(as root: kymo-sessiond --daemonize)\n"
    )
