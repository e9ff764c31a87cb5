# SPDX-License-Identifier: MIT
"""The control socket, spoken to by hand: what is no call is refused, and hurts nobody."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from control.house import House
from kymograph.base.framing import Framing


@pytest.fixture
def line(house: House) -> Any:
    house.ok("list")
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(20)
    sock.connect(str(house.run / "sessiond.sock"))
    framing = Framing(sock)
    yield framing
    framing.close()


def _ask(line: Framing, message: bytes, fds: tuple[int, ...] = ()) -> dict[str, Any]:
    line.send(message, fds)
    answer = line.receive()
    assert answer is not None
    reply: dict[str, Any] = json.loads(answer)
    return reply


def _call(method: str, **parameters: object) -> bytes:
    return json.dumps({"method": f"org.kymograph.{method}", "parameters": parameters}).encode()


def _descriptors(house: House) -> int:
    return sum(1 for _ in Path(f"/proc/{house.daemon}/fd").iterdir())


def test_a_call_without_parameters(line: Framing) -> None:
    assert _ask(line, b'{"method": "org.kymograph.ListSessions"}') == {"parameters": {"sessions": []}}


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[",
        b"42",
        b"\xff\xfe",
        b'{"parameters": {}}',
        b'{"method": 1}',
        _call("NoSuchMethod"),
        b'{"method": "ListSessions.", "parameters": {}}',
        _call("GetSession"),
        _call("GetSession", session=7),
        _call("GetSession", session="x" * 2000),
        _call("ListSessions", extra=1),
        _call("StartSession", session=None),
        _call("EnableChannel", session="s", name="c", sub_buffer_size=-1),
        _call("EnableChannel", session="s", name="c", sub_buffer_size=1 << 70),
        _call("EnableChannel", session="s", name="c", switch_timer=1.5),
        _call("EnableChannel", session="s", name="c", loss_mode="maybe"),
        _call("EnableEvent", session="s", rule={"kind": "wish", "pattern": "x"}),
        _call("EnableEvent", session="s", rule="x"),
        b'{"method": "org.kymograph.GetSession", "parameters": {"session": ' + b"[" * 5000 + b"}}",
        _call("CreateSession", name="s", output="/tmp/x"),
    ],
)
def test_what_is_no_call_is_refused_and_the_next_call_answered(line: Framing, message: bytes) -> None:
    reply = _ask(line, message)
    assert reply["error"] == "org.kymograph.Error"
    assert reply["parameters"]["code"] == "protocol"
    assert _ask(line, _call("ListSessions"))["parameters"] == {"sessions": []}


def test_a_message_without_end_is_cut_off(line: Framing) -> None:
    with pytest.raises(OSError):
        for _ in range(400):
            line.sock.sendall(b"x" * 65536)


def test_a_client_that_vanishes_in_the_middle(line: Framing, house: House) -> None:
    line.sock.sendall(b'{"method"')
    line.close()
    assert house.ok("list")


def test_descriptors_nobody_asked_for_are_closed(line: Framing, house: House) -> None:
    _ask(line, _call("ListSessions"))
    before = _descriptors(house)
    with (house.root / "file").open("w") as file:
        for _ in range(5):
            _ask(line, _call("ListSessions"), (file.fileno(), file.fileno()))
    assert _descriptors(house) <= before


def test_a_trace_directory_must_be_an_empty_directory(line: Framing, house: House) -> None:
    _ask(line, _call("ListSessions"))
    before = _descriptors(house)
    full = house.root / "full"
    full.mkdir()
    (full / "something").touch()
    for path in (full, full / "something"):
        fd = os.open(path, os.O_RDONLY)
        reply = _ask(line, _call("CreateSession", name="s", output=str(path)), (fd,))
        os.close(fd)
        assert reply["parameters"]["code"] == "output"
    assert _descriptors(house) <= before
    assert house.json("list")["sessions"] == []


def test_many_connections(house: House) -> None:
    house.ok("list")
    socks = []
    try:
        for _ in range(150):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(str(house.run / "sessiond.sock"))
            socks.append(sock)
        assert house.ok("list")
    finally:
        for sock in socks:
            sock.close()
