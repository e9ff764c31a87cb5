# SPDX-License-Identifier: MIT
"""Messages and descriptors through a socket."""

from __future__ import annotations

import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import KymoError
from kymograph.base.framing import Framing

_messages = st.binary(max_size=200).map(lambda data: data.replace(b"\0", b" "))


@given(st.lists(_messages, max_size=8), st.integers(1, 50))
def test_messages_arrive_whole_in_whatever_pieces(messages: list[bytes], piece: int) -> None:
    ours, theirs = socket.socketpair()
    stream = b"".join(message + b"\0" for message in messages)
    framing = Framing(theirs)
    with ours:
        for start in range(0, len(stream), piece):
            ours.sendall(stream[start : start + piece])
    received = []
    while (message := framing.receive()) is not None:
        received.append(message)
    framing.close()
    assert received == messages


def test_more_descriptors_than_one_message_can_carry() -> None:
    """With hundreds of CPUs a hand-over has hundreds of descriptors; the order counts."""
    ours, theirs = (Framing(sock) for sock in socket.socketpair())
    files = [os.memfd_create(str(number)) for number in range(450)]
    try:
        sender = threading.Thread(target=ours.send, args=(b"x" * 100_000, files))
        sender.start()
        assert theirs.receive() == b"x" * 100_000
        sender.join()
        taken = theirs.take_fds(450)
        assert [os.fstat(fd).st_ino for fd in taken] == [os.fstat(fd).st_ino for fd in files]
        assert not any(os.get_inheritable(fd) for fd in taken)
        with pytest.raises(KymoError):
            theirs.take_fds(1)
        for fd in taken:
            os.close(fd)
    finally:
        for fd in files:
            os.close(fd)
        ours.close()
        theirs.close()


def test_a_message_in_two_halves_with_an_end_between_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    framing = Framing(theirs)
    with ours:
        ours.sendall(b"half")
    with pytest.raises(KymoError, match="middle"):
        framing.receive()
    framing.close()


def test_a_message_beyond_the_limit_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    framing = Framing(theirs, limit=1000)
    with ours:
        ours.sendall(b"x" * 5000)
        with pytest.raises(KymoError, match="longer than 1000"):
            framing.receive()
    framing.close()
