# SPDX-License-Identifier: MIT
"""A small writer of CTF 1.8 traces, bit by bit, independent of everything under test."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

BODY = 4 + 16 + 4 + 8 + 6 * 8 + 4
"""Where events begin in a packet, in bytes."""

UUID = "1a8d5a6c-83d2-4f45-a7cb-ed88c0398971"

HEAD = """/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 16; align = 8; signed = false; } := uint16_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
trace {
    major = 1; minor = 8; uuid = "%(uuid)s"; byte_order = %(order)s;
    packet.header := struct {
        uint32_t magic; uint8_t uuid[16]; uint32_t stream_id; uint64_t stream_instance_id;
    };
};
env { hostname = "host"; };
clock { name = "monotonic"; uuid = "75f49c0a-7d3c-4ca3-a902-243f06c6cd05"; freq = 1000000000;
        offset = 1700000000000000000; };
typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } := stamp_t;
stream {
    id = 0;
    packet.context := struct {
        stamp_t timestamp_begin; stamp_t timestamp_end; uint64_t content_size; uint64_t packet_size;
        uint64_t packet_seq_num; uint64_t events_discarded; uint32_t cpu_id;
    };
    event.header := struct { uint16_t id; stamp_t timestamp; };
};
"""


class Bits:
    """Bits in the order CTF lays them, `before` bytes into a packet."""

    def __init__(self, big: bool = False, before: int = 0) -> None:
        self.big = big
        self.before = 8 * before
        self.bits: list[int] = []

    def align(self, to: int) -> Bits:
        self.bits += [0] * (-(self.before + len(self.bits)) % to)
        return self

    def integer(self, value: int, size: int, align: int | None = None, big: bool | None = None) -> Bits:
        """Append the `size` lowest bits of `value`; the default alignment is CTF's."""
        self.align(align or (8 if size % 8 == 0 else 1))
        order = self.big if big is None else big
        if order != self.big:
            # Only whole bytes at a byte's boundary can have the other order.
            value = int.from_bytes((value % (1 << size)).to_bytes(size // 8, "little"), "big")
        bits = [value >> i & 1 for i in range(size)]
        self.bits += reversed(bits) if self.big else bits
        return self

    def real(self, value: float, size: int, align: int = 8, big: bool | None = None) -> Bits:
        raw = struct.pack("<f" if size == 32 else "<d", value)
        return self.integer(int.from_bytes(raw, "little"), size, align, big)

    def text(self, value: bytes) -> Bits:
        """Append a string and its NUL."""
        return self.raw(value + b"\0")

    def raw(self, value: bytes) -> Bits:
        for byte in value:
            self.integer(byte, 8)
        return self

    def to_bytes(self) -> bytes:
        """Pack the bits: in bytes of big-endian traces the first bit is the most significant."""
        bits = self.bits + [0] * (-len(self.bits) % 8)
        out = bytearray()
        for at in range(0, len(bits), 8):
            byte = bits[at : at + 8]
            if self.big:
                byte = byte[::-1]
            out.append(sum(bit << i for i, bit in enumerate(byte)))
        return bytes(out)


@dataclass
class Packet:
    """A packet of the stream class in `HEAD`."""

    events: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Id, time and what follows the header, which must begin at a byte's boundary."""
    begin: int | None = None
    end: int | None = None
    sequence: int = 0
    discarded: int = 0
    cpu: int = 0
    stream: int = 0
    stream_class: int = 0
    padding: int = 0
    uuid: str = UUID
    body: Bits | None = None
    """The events as bits instead."""

    def to_bytes(self, big: bool = False) -> bytes:
        mark = ">" if big else "<"
        body = b"".join(struct.pack(mark + "HQ", number, time) + rest for number, time, rest in self.events)
        content = 8 * (BODY + len(body))
        if self.body is not None:
            body = self.body.to_bytes()
            content = 8 * BODY + len(self.body.bits)
        times = [time for _, time, _ in self.events] or [0]
        begin = times[0] if self.begin is None else self.begin
        end = times[-1] if self.end is None else self.end
        size = 8 * (BODY + len(body) + self.padding)
        return (
            struct.pack(mark + "I", 0xC1FC1FC1)
            + bytes.fromhex(self.uuid.replace("-", ""))
            + struct.pack(mark + "IQ", self.stream_class, self.stream)
            + struct.pack(mark + "QQQQ", begin, end, content, size)
            + struct.pack(mark + "QQI", self.sequence, self.discarded, self.cpu)
            + body
            + bytes(self.padding)
        )


def head(order: str = "le", uuid: str = UUID) -> str:
    """Return the metadata's beginning: everything but events."""
    return HEAD % {"order": order, "uuid": uuid}


def event(number: int, name: str, fields: str, extra: str = "") -> str:
    """Return an event's block of the metadata."""
    ids = f'name = "{name}"; id = {number}; stream_id = 0;'
    return f"event {{ {ids} {extra} fields := struct {{ {fields} }}; }};\n"


def write(
    directory: Path, metadata: str, streams: dict[str, bytes | list[Packet]], big: bool = False
) -> Path:
    """Write a trace directory and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "metadata").write_text(metadata)
    for name, content in streams.items():
        data = content if isinstance(content, bytes) else b"".join(packet.to_bytes(big) for packet in content)
        (directory / name).write_bytes(data)
    return directory
