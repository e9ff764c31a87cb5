# SPDX-License-Identifier: MIT
"""Who may command the session daemon: root, the daemon's own user, and members of a group (`tracing`)."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from kymograph.base.errors import ErrorCode, KymoError

_UCRED = struct.Struct("3i")


@dataclass(frozen=True)
class Peer:
    """The process at the other end of a connection, as the kernel knows it."""

    pid: int
    uid: int
    gid: int


def peer_of(sock: socket.socket) -> Peer:
    """Return who connected (`SO_PEERCRED`): the credentials at the time of `connect`."""
    return Peer(*_UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)))


def group_id(name: str) -> int | None:
    """Return a group's number, or None when there is no such group."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def check_access(peer: Peer, group: str) -> None:
    """Raise `NO_PERMISSION` unless `peer` may command us."""
    if peer.uid in (0, os.geteuid()):
        return
    gid = group_id(group)
    if gid is not None and (
        peer.gid == gid or gid in _supplementary(peer.pid) or _is_member(peer.uid, group, gid)
    ):
        return
    raise KymoError(
        ErrorCode.NO_PERMISSION,
        f"user {_user_name(peer.uid)} may not trace the kernel",
        f"run the command as root, or join the group: usermod -aG {group} {_user_name(peer.uid)}",
    )


def _supplementary(pid: int) -> list[int]:
    """Return the supplementary groups of a process (which is waiting for our answer, so it is there)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return []
    line = next((line for line in status.splitlines() if line.startswith("Groups:")), "Groups:")
    return [int(number) for number in line.split()[1:]]


def _is_member(uid: int, group: str, gid: int) -> bool:
    """Tell whether the account is in the group, also when the process began before it joined."""
    try:
        account = pwd.getpwuid(uid)
        return account.pw_gid == gid or account.pw_name in grp.getgrnam(group).gr_mem
    except KeyError:
        return False


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
