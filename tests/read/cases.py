# SPDX-License-Identifier: MIT
"""Forged traces, one for each question about order, loss, clocks, names and contexts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from forge import BODY, UUID, Bits, Packet, event, head, write

CASES: dict[str, Callable[[Path], object]] = {}
OTHER_UUID = "2a8d5a6c-83d2-4f45-a7cb-ed88c0398971"
X = event(0, "e", "uint32_t _x;")
F = event(1, "f", "uint32_t _x;")


def case(make: Callable[[Path], object]) -> Callable[[Path], object]:
    CASES[make.__name__] = make
    return make


def u32(value: int) -> bytes:
    return struct.pack("<I", value % (1 << 32))


def pair(time: int, **about: int) -> Packet:
    """Make a packet of two events, 10 cycles apart."""
    return Packet([(0, time, u32(time)), (0, time + 10, u32(time + 1))], **about)  # type: ignore[arg-type]


def gap(time: int, sequence: int, discarded: int, stream: int = 0) -> Packet:
    about = {"begin": time - 5, "end": time + 20, "sequence": sequence, "discarded": discarded}
    return pair(time, stream=stream, cpu=stream, **about)


@case
def gaps(root: Path) -> None:
    """Lost events and packets, before the first packet too."""
    a = [gap(100, 5, 3), gap(200, 6, 3), gap(300, 9, 3), gap(400, 10, 7), gap(500, 12, 8)]
    b = [gap(150, 0, 0, 1), gap(350, 1, 1, 1), gap(450, 3, 1, 1)]
    write(root / "t", head() + X, {"a": a, "b": b})


@case
def counters_wrap(root: Path) -> None:
    """Counters of all 64 bits that pass zero."""
    # All ones mean «unknown» to babeltrace2.
    top = (1 << 64) - 2
    write(root / "t", head() + X, {"a": [gap(100, top, top), gap(200, 0, 1), gap(300, 4, 1)]})


def _clock(root: Path, frequency: int) -> None:
    text = head().replace("freq = 1000000000;", f"freq = {frequency};")
    text = text.replace("offset = 1700000000000000000", f"offset_s = 1700000000; offset = {frequency // 2}")
    write(root / "t", text + X, {"a": [pair(123456), pair(999999999)]})


@case
def clock_of_1_hz(root: Path) -> None:
    _clock(root, 1)


@case
def clock_of_3_hz(root: Path) -> None:
    _clock(root, 3)


@case
def clock_of_odd_frequency(root: Path) -> None:
    _clock(root, 7777777)


@case
def clock_faster_than_nanoseconds(root: Path) -> None:
    _clock(root, 2400000000)


@case
def clock_of_its_own(root: Path) -> None:
    """A clock that does not count from the Epoch, with a negative offset: times before zero."""
    text = head().replace('"monotonic"', '"mine"').replace("clock.monotonic", "clock.mine")
    text = text.replace("offset = 1700000000000000000", "offset_s = -5")
    write(root / "t", text + X, {"a": [pair(123456), pair(4999999990), pair(6999999990)]})


@case
def rotated_files(root: Path) -> None:
    """A stream in three files, which are not in the order of their names."""
    streams = {
        "a_2": [pair(300, sequence=2)],
        "a_0": [pair(500, sequence=4)],
        "a_1": [pair(100), pair(200, sequence=1)],
        "b": [pair(250, stream=1)],
    }
    write(root / "t", head() + X, streams)


@case
def equal_times(root: Path) -> None:
    """Events of several streams at the same time."""
    streams = {}
    for name, number in (("z", 3), ("a", 7), ("m", 1), ("q", 2)):
        first = 0 if number % 2 else 1
        events = [(first, 100, u32(number)), (0, 100, u32(number + 100)), (1, 105, u32(number + 200))]
        streams[name] = [Packet(events, stream=number)]
    write(root / "t", head() + X + F, streams)


@case
def equal_times_of_traces(root: Path) -> None:
    """Events of several traces at the same time, with and without a UUID."""
    events = [[(0, 100, u32(n)), (0, 200, u32(n + 10))] for n in range(4)]
    write(root / "b", head(uuid=OTHER_UUID) + X, {"z": [Packet(events[0], uuid=OTHER_UUID)]})
    write(root / "c", head() + X, {"z": [Packet(events[1])]})
    nameless = head().replace(f'uuid = "{UUID}"; byte', "byte").replace("uint8_t uuid[16];", "")
    for name, some in (("a", events[2]), ("d/e", events[3])):
        raw = bytearray(Packet(some).to_bytes())
        content, size = struct.unpack_from("<QQ", raw, 48)
        struct.pack_into("<QQ", raw, 48, content - 128, size - 128)
        write(root / name, nameless + X, {"z": bytes(raw[:4] + raw[20:])})


@case
def chunks_of_one_trace(root: Path) -> None:
    """Two directories of one UUID: rotation's chunks, the later one with more event classes."""
    write(root / "x/one", head() + X, {"a": [pair(100)], "b": [pair(150, stream=1)]})
    late = [pair(200, sequence=1), Packet([(1, 230, u32(9))], sequence=2)]
    write(root / "y/two", head() + X + F, {"a": late, "c": [pair(120, stream=2)]})


@case
def overlapping_snapshots(root: Path) -> None:
    """Packets that are in two directories."""
    packets = [pair(100 * n, sequence=n) for n in range(1, 6)]
    write(root / "one", head() + X, {"a": packets[:3]})
    write(root / "two", head() + X, {"a": packets[1:]})


@case
def environment_without_host(root: Path) -> None:
    text = head().replace('hostname = "host";', 'vpid = 77; procname = "proc"; domain = "ust"; other = 3;')
    write(root / "sub/t", text + X, {"a": [pair(100)]})


MINIMAL = """/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
trace { major = 1; minor = 8; byte_order = le; };
%s event { name = "m"; %s fields := struct { uint8_t a; string s; }; };
"""


@case
def no_packets_and_no_clock(root: Path) -> None:
    """Neither header nor context: each file is one packet."""
    write(root / "t", MINIMAL % ("", ""), {"s1": b"\1ab\0\2cd\0", "s0": b"\3x\0"})


@case
def packets_without_clock(root: Path) -> None:
    context = (
        "stream { packet.context := struct { uint8_t packet_size; uint8_t content_size; uint8_t cpu_id; }; };"
    )
    first = bytes([64, 48, 1]) + b"\1b\0\0\0" + bytes([72, 72, 2]) + b"\1y\0\2x\0"
    write(root / "t", MINIMAL % (context, ""), {"s": first, "t": bytes([24, 24, 5])})


@case
def headers_without_clock(root: Path) -> None:
    header = "stream { event.header := struct { integer { size = 16; align = 8; } id; }; };"
    write(root / "t", MINIMAL % (header, "id = 5;"), {"s": b"\5\0\1b\0\5\0\2c\0"})


@case
def contexts_and_attributes(root: Path) -> None:
    context = "event.context := struct { uint32_t _vtid; struct { uint8_t a; } _s; }; event.header :="
    text = head().replace("event.header :=", context)
    extra = 'context := struct { uint8_t _c; }; loglevel = 13; model.emf.uri = "http://x";'
    text += event(0, "e", "uint32_t _x;", extra)
    text += event(1, "no payload", "").replace("fields := struct {  };", "") + event(2, "empty", "")
    events = [(0, 1, u32(1) + b"\2\3" + u32(4)), (1, 2, u32(5) + b"\6"), (2, 3, u32(7) + b"\x08")]
    write(root / "t", text, {"a": [Packet(events)]})


@case
def members_that_serve_decoding(root: Path) -> None:
    """Clock readings among fields: hidden, unless a length or a tag depends on them."""
    fields = "stamp_t _t; uint8_t n; stamp_t _u[n]; struct { stamp_t z; } only; stamp8_t len; uint8_t v[len];"
    text = head() + "typealias integer { size = 8; map = clock.monotonic.value; } := stamp8_t;"
    text += event(0, "e", fields) + event(1, "f", "struct { } nothing; stamp_t t; uint8_t x;")
    stamps = [struct.pack("<QB", time, 1) + struct.pack("<QQ", time, time) + b"\1\7" for time in (300, 600)]
    events = [(0, 256, stamps[0]), (1, 512, struct.pack("<QB", 520, 3)), (0, 550, stamps[1])]
    write(root / "t", text, {"a": [Packet(events, end=2000)]})


@case
def short_stamps_that_wrap(root: Path) -> None:
    """LTTng's compact header: 27 bits of time that wrap, and the long form after long silence."""
    header = """struct { enum : integer { size = 5; align = 1; } { compact = 0 ... 30, extended = 31 } id;
        variant <id> {
            struct { integer { size = 27; align = 1; map = clock.monotonic.value; } timestamp; } compact;
            struct { uint32_t id; stamp_t timestamp; } extended;
        } v; } align(8)"""
    text = head().replace("struct { uint16_t id; stamp_t timestamp; }", header) + X
    bits = Bits(before=BODY)
    top = 1 << 27
    for time in (top - 5, top + 1, 2 * top + 1, 3 * top, 3 * top):
        bits.align(8).integer(0, 5).integer(time % top, 27).integer(time, 32)
    bits.align(8).integer(31, 5).integer(0, 32).integer(9 * top, 64).integer(6, 32)
    bits.align(8).integer(0, 5).integer(3, 27).integer(7, 32)
    write(root / "t", text, {"a": [Packet(body=bits, begin=top - 10, end=10 * top)]})


@case
def short_stamps_over_packets(root: Path) -> None:
    """No packet says when it begins: the clock goes on from the packet before."""
    header = "event.header := struct { integer { size = 8; map = clock.c.value; } timestamp; };"
    context = "packet.context := struct { uint8_t packet_size; uint8_t content_size; uint8_t n; };"
    text = MINIMAL % (f"clock {{ name = c; freq = 1000; }}; stream {{ {context} {header} }};", "")
    packets = [bytes([72, 72, n, 250, n]) + b"\0" + bytes([3, n]) + b"\0" for n in range(5)]
    write(root / "t", text, {"s": b"".join(packets)})


@case
def references(root: Path) -> None:
    """Lengths and tags in other scopes, absolute and relative, and from the environment."""
    context = "event.context := struct { uint8_t n; struct { uint8_t m; } deep; }; event.header :="
    text = (
        head().replace("event.header :=", context).replace('hostname = "host";', 'hostname = "h"; three = 3;')
    )
    fields = """uint8_t a[stream.event.context.n]; uint8_t b[stream.event.context.deep.m];
        uint8_t c[env.three]; struct { uint8_t n; uint8_t d[n]; struct { uint8_t e[n]; } in; } s;
        uint8_t f[event.fields.s.n];
        enum : uint8_t { x = 0, y = 1 } t; struct { variant <t> { uint8_t x; string y; } v; } u[2];
        uint8_t g[stream.event.header.id];"""
    text += event(0, "e", fields) + event(2, "g", fields)
    body = b"\1\2" + b"\x0a" + b"\x0b\x0c" + b"\1\2\3" + b"\2\4\5\6\7" + b"\x08\x09"
    events = [(0, 1, body + b"\0\x21\x22"), (2, 2, body + b"\1ab\0c\0" + b"\x31\x32")]
    write(root / "t", text, {"a": [Packet(events)]})


@case
def packets_without_events(root: Path) -> None:
    empty = [Packet(begin=10 * n, end=10 * n + 5, sequence=n) for n in range(4)]
    write(
        root / "t",
        head() + X,
        {"a": [*empty, pair(100, sequence=4)], "b": [Packet(stream=1, begin=7, end=9)]},
    )


@case
def directories_around(root: Path) -> None:
    """Hidden files, empty files, directories in a trace and traces below one are no part of it."""
    trace = write(root / "t", head() + X, {"a": [pair(100)], ".hidden": b"junk", "empty": b""})
    write(trace / "below", head() + X, {"a": [pair(200)]})
    (root / "not-a-trace").mkdir()
    (root / "not-a-trace/file").write_text("junk")
