# SPDX-License-Identifier: MIT
"""Who may command the session daemon: root, the daemon's own user, and members of a group (`tracing`)."""

from __future__ import annotations

import array
import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError

_UCRED = struct.Struct("3i")
_SO_PEERGROUPS = 59
"""Linux kernel commit 28b5ba2aa0f5 "net: introduce SO_PEERGROUPS getsockopt" (in v4.13)."""
_GROUPS_SIZE = 1024
"""Bytes of group numbers; `getsockopt` takes no more."""


@dataclass(frozen=True)
class Peer:
    """Who is at the other end of a connection, as the kernel knows it since the time of `connect`."""

    uid: int
    gids: frozenset[int]


def peer_of(sock: socket.socket) -> Peer:
    """Return who connected: `SO_PEERCRED`, and the supplementary groups."""
    _, uid, gid = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    try:
        groups = array.array("I", sock.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_SIZE))
    except OSError:
        # More groups than fit; the account's memberships are looked up all the same.
        groups = array.array("I")
    return Peer(uid, frozenset([gid, *groups]))


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
    if gid is not None and (gid in peer.gids or _is_member(peer.uid, group, gid)):
        return
    raise KymoError(
        ErrorCode.NO_PERMISSION,
        f"user {_user_name(peer.uid)} may not trace the kernel",
        f"run the command as root, or join the group: usermod -aG {group} {_user_name(peer.uid)}",
    )


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
