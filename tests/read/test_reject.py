# SPDX-License-Identifier: MIT
"""What a strict reader refuses, and the place it names. The rows are CTF 1.8.3's."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from forge import BODY, Bits, Packet, event, head, write

from kymograph import read
from kymograph.base.errors import ErrorCode, KymoError
from kymograph.native.extension import extension

TRACE = "trace { major = 1; minor = 8; byte_order = le; };"
U8 = "typealias integer { size = 8; } := u8;"
PLAIN = f"/* CTF 1.8 */ {TRACE} {U8} "
EVENT = 'event { name = "e"; };'


def fields(text: str) -> str:
    """Metadata whose only event has the members `text`."""
    return f'{PLAIN} event {{ name = "e"; fields := struct {{ {text} }}; }};'


def stream(text: str) -> str:
    return f"{PLAIN} stream {{ {text} }}; {EVENT}"


METADATA = {
    # Syntax
    "trace { major = 1;": "expected an attribute's name, found the end",
    '/* CTF 1.8 */ trace { x = "a': "this string never ends",
    "/* CTF 1.8 */ /* trace": "this comment never ends",
    '/* CTF 1.8 */ trace { x = "\\q"; };': "unknown escape sequence",
    "/* CTF 1.8 */ trace { x = 1 }; ": "expected `;` after the value",
    PLAIN + "event { fields := struct { u8 a }; };": "expected `;` after the member",
    PLAIN + "event { fields := struct { u8 event; }; };": "expected a member's name, found `event`",
    fields("u8 a : 3;"): "bit-field declarators are not supported",
    fields("struct { " * 70): "nested more than 64 deep",
    PLAIN + "enum e : " * 70: "nested more than 64 deep",
    # Blocks
    "/* CTF 1.8 */ " + EVENT: "expected a `trace` block",
    PLAIN + TRACE: "a second `trace` block",
    PLAIN + "env { a = 1; }; env { };": "a second `env` block",
    "/* CTF 1.8 */ trace { major = 1; minor = 8; };": "trace without `byte_order`",
    "/* CTF 1.8 */ trace { major = 1; minor = 8; byte_order = native; };": "cannot be `native`",
    "/* CTF 1.8 */ trace { major = 1; minor = 9; byte_order = le; };": "minor = 8",
    "/* CTF 1.8 */ trace { major = 2; minor = 8; byte_order = le; };": "major = 1",
    "/* CTF 1.8 */ trace { minor = 8; minor = 8; byte_order = le; };": "duplicate attribute `minor`",
    "/* CTF 1.8 */ trace { minor = 8; byte_order = le; };": "trace without `major`",
    '/* CTF 1.8 */ trace { major = 1; minor = 8; byte_order = le; uuid = "x"; };': "expected a UUID",
    PLAIN: "expected a `stream` block",
    PLAIN + "event { id = 1; };": "event without `name`",
    PLAIN + EVENT + 'event { name = "f"; };': "several events of a stream without `id`",
    stream("event.header := struct { u8 id; };") + EVENT: "without `id`",
    stream("event.header := struct { u8 id; };")
    + 'event { name = "f"; id = 0; };': "a second event with id 0",
    stream("id = 1;") + "stream { id = 1; };": "a second stream with id 1",
    stream("id = 1;") + "stream { };": "one of several streams without `id`",
    PLAIN
    + 'stream { id = 1; }; event { name = "e"; stream_id = 2; };': "belongs to stream 2, which is unknown",
    PLAIN + 'stream { id = 1; }; stream { id = 2; }; event { name = "e"; stream_id = 1; };': "no `stream_id`",
    PLAIN + 'event { name = "e"; id = 0; }; event { name = "f"; id = 1; };': "event headers have no `id`",
    stream("event.header := u8;"): "expected a structure",
    # Types
    fields("unknown a;"): "unknown type `unknown`",
    fields("struct nope a;"): "unknown type `struct nope`",
    fields("u8 a; u8 a;"): "duplicate member `a`",
    fields("integer { size = 0; } a;"): "size of 1 to 64 bits",
    fields("integer { size = 65; } a;"): "size of 1 to 64 bits",
    fields("integer { align = 8; } a;"): "integer without `size`",
    fields("integer { size = 8; size = 8; } a;"): "duplicate attribute `size`",
    fields("integer { size = 8; align = 3; } a;"): "a power of two",
    fields("integer { size = 8; align = 0; } a;"): "a power of two",
    fields("integer { size = 8; base = 7; } a;"): "expected a base",
    fields("integer { size = 8; encoding = EBCDIC; } a;"): "expected an encoding",
    fields("integer { size = 8; byte_order = me; } a;"): "expected a byte order",
    fields("integer { size = 8; signed = maybe; } a;"): "expected `true` or `false`",
    fields("integer { size = 8; map = clock.x.value; } a;"): "unknown clock `x`",
    fields("integer { size = 8; map = x; } a;"): "expected `clock.NAME.value`",
    fields("floating_point { exp_dig = 5; mant_dig = 11; } a;"): "expected exp_dig 8",
    fields("struct { } align(5) a;"): "a power of two",
    fields("u8 a[-1];"): "expected a length",
    fields("u8 a[env.x];"): "`env.x` is not an integer",
    fields('u8 a["x"];'): "expected a length",
    fields("enum { A } a;"): "unknown type `int`",
    fields("typedef string text; enum : text { A } a;"): "must be an integer",
    fields("enum : u8 { A = 3 ... 2 } a;"): "begins after its end",
    fields("enum : u8 { A = 18446744073709551616 } a;"): "fits in 64 bits",
    fields("enum : u8 { A = 18446744073709551615, B } a;"): "does not fit in 64 bits",
    fields("u8 *a;"): "unknown type `u8 *`",
    U8.join(["/* CTF 1.8 */ " + TRACE, U8]): "`u8` is already a type",
    PLAIN + "struct a { u8 x; }; struct a { u8 x; };": "`a` is already a type",
    PLAIN
    + "".join(f"typedef struct {{ t{i} a[1], b[1], c[1], d[1]; }} t{i + 1};" for i in range(20)).replace(
        "t0", "u8"
    ): ("more than 1048576 fields"),
    # References
    fields("u8 a[n];"): "`n` names no field before this one",
    fields("u8 a[n]; u8 n;"): "`n` names no field before this one",
    fields("u8 a[event.fields.n]; u8 n;"): "names no field before this one",
    fields("string n; u8 a[n];"): "`n` is not an unsigned integer",
    fields("integer { size = 8; signed = true; } n; u8 a[n];"): "`n` is not an unsigned integer",
    fields("struct { u8 n; } s; u8 a[s];"): "`s` is not an unsigned integer",
    fields("struct { u8 n; } s[2]; u8 a[s.n];"): "`s.n` names no field before this one",
    fields("u8 t; variant <t> { u8 A; } v;"): "`t` is not an enumeration",
    fields("enum : u8 { A } t; variant v { u8 A; }; variant v x;"): "this variant needs a tag",
    fields("enum : u8 { A } t; variant <t> { } v;"): "a variant without options",
    fields("enum : u8 { A, B = 0 } t; variant <t> { u8 A; string B; } v;"): "selects both `A` and `B`",
    fields("u8 a[stream.event.context.n];"): "names no field before this one",
    stream("event.header := struct { u8 a[event.fields.n]; };"): "names no field before this one",
    # Clocks and special members
    PLAIN + "clock { freq = 1; };": "clock without `name`",
    PLAIN + "clock { name = a; }; clock { name = a; };": "a second clock `a`",
    PLAIN + "clock { name = a; freq = 0; };": "a frequency of at least 1",
    PLAIN + "clock { name = a; offset_s = 9223372036854775807; };": "does not fit in 64 bits",
    PLAIN + "clock { name = a; freq = 1; offset = 18446744073709551615; };": "overflows",
    PLAIN + "clock { name = a; }; clock { name = b; }; "
    "stream { event.header := struct { u8 timestamp; }; };"
    + EVENT: "mapped to no clock, and there are several",
    PLAIN + "clock { name = a; }; clock { name = b; }; stream { event.header := struct { "
    "integer { size = 8; map = clock.a.value; } x; integer { size = 8; map = clock.b.value; } y; }; };"
    + EVENT: "uses more than one clock",
    PLAIN.replace(
        "le; }", "le; packet.header := struct { integer { size = 32; } x; integer { size = 32; } magic; }; }"
    )
    + EVENT: "`magic` must be the packet header's first member",
    PLAIN.replace("le; }", "le; packet.header := struct { integer { size = 16; } magic; }; }")
    + EVENT: "`magic` must be",
    PLAIN.replace("le; }", "le; packet.header := struct { integer { size = 8; } uuid[15]; }; }") + EVENT: (
        "array of 16 unsigned bytes"
    ),
    PLAIN.replace("le; }", "le; packet.header := struct { integer { size = 8; } uuid[16]; }; }") + EVENT: (
        "the trace has none"
    ),
    stream("packet.context := struct { integer { size = 8; signed = 1; } packet_size; };"): "is signed",
    stream("event.header := struct { integer { size = 8; signed = 1; } id; };"): "is signed",
}


@pytest.mark.parametrize("text", METADATA, ids=lambda text: METADATA[text][:40])
def test_metadata(text: str) -> None:
    with pytest.raises(extension.NativeError) as caught:
        extension.describe(text.encode(), "metadata")
    kind, message = caught.value.args
    assert kind == "metadata"
    assert METADATA[text] in message
    assert message.startswith("metadata:1:")


def test_the_place_is_named() -> None:
    text = f"/* CTF 1.8 */\n{TRACE}\n{U8}\nevent {{\n\tname = x;\n\tfields := struct {{ u9 a; }};\n}};\n"
    with pytest.raises(extension.NativeError) as caught:
        extension.describe(text.encode(), "metadata")
    assert caught.value.args[1] == (
        "metadata:6:21: unknown type `u9`\n 6 |  fields := struct { u9 a; };\n   |                     ^"
    )


def test_what_is_only_odd_is_a_warning(tmp_path: Path) -> None:
    text = head().replace("/* CTF 1.8 */", "").replace("env {", "env { odd = name;")
    text += event(0, "e", "integer { size = 8; colour = 3; } x;", "loglevel = 99; more = 1;")
    write(tmp_path, text, {"a": [Packet([(0, 1, b"\1")])]})
    warnings = read.open(tmp_path).warnings
    for part in (
        "begin with `/* CTF 1.8`",
        "`odd` is neither",
        "`colour` of integer",
        "from 0 to 14",
        "`more` of event",
    ):
        assert any(part in warning for warning in warnings), part


def packet(**changes: int) -> bytes:
    """A packet of one event whose header fields can be overwritten by offset name."""
    raw = bytearray(Packet([(0, 5, b"\1\0\0\0")], padding=4).to_bytes())
    places = {"magic": 0, "uuid": 4, "stream_id": 20, "content": 48, "size": 56, "event": BODY}
    for name, value in changes.items():
        form = "<H" if name == "event" else "<Q" if name in ("content", "size") else "<I"
        struct.pack_into(form, raw, places[name], value)
    return bytes(raw)


WHOLE = len(packet()) * 8
USED = WHOLE - 32

DATA = {
    "magic": (packet(magic=1), 4, "magic number 0x1, expected 0xC1FC1FC1"),
    "uuid": (packet(uuid=1), 20, "the packet's UUID is not the trace's"),
    "stream": (packet(stream_id=7), 32, "unknown stream class 7"),
    "event": (packet(event=7), BODY, "unknown event class 7"),
    "odd size": (packet(size=WHOLE + 1), BODY, f"packet of {WHOLE + 1} bits, expected whole bytes"),
    "content above size": (packet(size=USED - 8), BODY, f"content of {USED} bits in a packet of {USED - 8}"),
    "content in header": (
        packet(content=8),
        BODY,
        "packet or content of 8 bits ends within the packet's header",
    ),
    "nothing": (
        packet(content=0, size=0),
        BODY,
        "packet or content of 0 bits ends within the packet's header",
    ),
    "short content": (packet(content=USED - 8), BODY + 10, "32 bits of fields pass the end"),
    "remainder": (packet() + b"\xc1\x1f", WHOLE // 8, "256 bits of fields pass the end"),
    "second magic": (packet() + packet(magic=3), WHOLE // 8 + 4, "magic number 0x3"),
}


@pytest.mark.parametrize("name", DATA)
def test_data(name: str, tmp_path: Path) -> None:
    raw, offset, message = DATA[name]
    write(tmp_path, head() + event(0, "e", "uint32_t _x;"), {"a": raw})
    with pytest.raises(KymoError) as caught:
        list(read.open(tmp_path))
    assert caught.value.code is ErrorCode.BAD_TRACE
    number = 1 if offset >= WHOLE // 8 else 0
    assert caught.value.message.startswith(f"{tmp_path}/a: packet {number}, byte {offset}: {message}")


def one_event(tmp_path: Path, text: str, bits: Bits, big: bool = False) -> str:
    """Return the message about an event with these members and bits."""
    write(tmp_path, head("be" if big else "le") + event(0, "e", text), {"a": [Packet(body=bits)]}, big)
    with pytest.raises(KymoError) as caught:
        list(read.open(tmp_path))
    return caught.value.message


def start() -> Bits:
    return Bits(before=BODY).integer(0, 16).integer(5, 64)


def test_a_tag_without_option(tmp_path: Path) -> None:
    text = "enum : uint8_t { A = 1, B = 2 } t; variant <t> { uint8_t A; } v;"
    assert "the tag's value 2 selects no option" in one_event(
        tmp_path, text, start().integer(2, 8).integer(0, 8)
    )


def test_a_byte_order_that_changes_within_a_byte(tmp_path: Path) -> None:
    text = "integer { size = 4; } a; integer { size = 4; byte_order = be; } b;"
    assert "the byte order changes within a byte" in one_event(tmp_path, text, start().integer(0, 8))


def test_a_string_without_end(tmp_path: Path) -> None:
    assert "a string does not end" in one_event(tmp_path, "string s;", start().raw(b"abc"))


@pytest.mark.parametrize("element", ["uint8_t", "string", "struct { uint32_t a; string b; }", "struct { }"])
def test_an_array_longer_than_anything(element: str, tmp_path: Path) -> None:
    text = f"uint64_t n; {element} a[n];"
    message = one_event(tmp_path, text, start().integer((1 << 64) - 1, 64).integer(0, 64))
    assert f"an array of {(1 << 64) - 1} elements is longer than the packet" in message


def test_arrays_of_arrays_of_nothing(tmp_path: Path) -> None:
    """A few bits must not make us work for years."""
    text = "uint8_t x; struct { } a[1048576][1048576];"
    assert "longer than the packet" in one_event(tmp_path, text, start().integer(1, 8))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "env { " + "".join(f"a{i} = {i}; " for i in range(100_000)) + "};",
        "".join(f"stream {{ id = {i}; }}; " for i in range(50_000)),
        "".join(f"event {{ name = e; id = {i}; }}; " for i in range(50_000)),
        fields("enum : u8 { " + ", ".join(f"L{i} = {i % 256}" for i in range(60_000)) + " } e;")[
            len(PLAIN) :
        ],
        "struct s { " + "".join(f"u8 n{i}; u8 a{i}[n{i}]; " for i in range(8_000)) + "};",
        "struct s { " + "".join(f"u8 n{i}; " for i in range(20_000)) + "};",
        "typedef enum : u8 { " + ", ".join(f"L{i}" for i in range(256)) + " } e; " + "typedef e f[3]; " * 9,
        "(" * 100_000,
        "/*" * 100_000,
        "typealias u8 := " + "a " * 100_000 + ";",
    ],
    ids=lambda text: text[:24],
)
def test_much_metadata_is_read_or_refused_at_once(text: str) -> None:
    try:
        extension.describe((PLAIN + text).encode())
    except extension.NativeError as error:
        assert error.args[0] == "metadata"


def test_links_that_lead_back(tmp_path: Path) -> None:
    write(tmp_path / "t", head() + event(0, "e", "uint32_t _x;"), {"a": packet()})
    for name in ("one", "two"):
        (tmp_path / name).symlink_to(tmp_path)
    assert len(list(read.open(tmp_path))) == 1


def test_an_event_of_nothing(tmp_path: Path) -> None:
    text = f"/* CTF 1.8 */ {TRACE} event {{ name = e; fields := struct {{ }}; }};"
    write(tmp_path, text, {"a": b"x"})
    with pytest.raises(KymoError, match="an event of no bits"):
        list(read.open(tmp_path))


def test_a_time_beyond_64_bits(tmp_path: Path) -> None:
    bits = Bits(before=BODY).integer(0, 16).integer((1 << 64) - 1, 64).integer(0, 8)
    assert "does not fit in 64 bits of nanoseconds" in one_event(tmp_path, "uint8_t a;", bits)


def test_streams_in_one_file(tmp_path: Path) -> None:
    packets = [Packet([(0, 5, b"\0\0\0\0")]), Packet([(0, 6, b"\0\0\0\0")], stream=1)]
    write(tmp_path, head() + event(0, "e", "uint32_t _x;"), {"a": packets})
    with pytest.raises(KymoError, match=r"packet 1, byte \d+: the packet belongs to another stream"):
        list(read.open(tmp_path))


def test_clocks_that_cannot_be_compared(tmp_path: Path) -> None:
    text = head() + event(0, "e", "uint32_t _x;")
    lttng = text.replace('hostname = "host";', 'tracer_name = "lttng-modules";')
    write(tmp_path / "a", text, {"a": [Packet([(0, 5, b"\0\0\0\0")])]})
    write(tmp_path / "b", lttng.replace("1a8d5a6c", "2a8d5a6c"), {})
    (tmp_path / "b/s").write_bytes(packet().replace(b"\x1a\x8d", b"\x2a\x8d"))
    with pytest.raises(KymoError, match="cannot order events"):
        read.open(tmp_path)
