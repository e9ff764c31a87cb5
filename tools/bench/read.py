# SPDX-License-Identifier: MIT
"""How fast we and babeltrace2 read the same trace: events a second, to text and counted, in one run.

Without --path, reads a forged trace in LTTng's kernel layout: four CPUs, packets of 256 KiB, context
switches and system calls with strings. Each figure is the median of several runs of one process,
start-up included; the readers take turns so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

UUID = bytes.fromhex("1a8d5a6c83d24f45a7cbed88c0398971")
PACKET_SIZE = 256 * 1024
CPUS = 4

_METADATA = """/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
typealias integer { size = 5; align = 1; signed = false; } := uint5_t;
trace {
    major = 1; minor = 8; uuid = "1a8d5a6c-83d2-4f45-a7cb-ed88c0398971"; byte_order = le;
    packet.header := struct {
        uint32_t magic; uint8_t uuid[16]; uint32_t stream_id; uint64_t stream_instance_id;
    };
};
env { hostname = "bench"; domain = "kernel"; tracer_name = "lttng-modules"; tracer_major = 2;
      tracer_minor = 13; tracer_patchlevel = 9; };
clock { name = "monotonic"; freq = 1000000000; offset = 1795463469536639760; };
typealias integer { size = 27; align = 1; signed = false; map = clock.monotonic.value; } := stamp27_t;
typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } := stamp64_t;
stream {
    id = 0;
    event.header := struct {
        enum : uint5_t { compact = 0 ... 30, extended = 31 } id;
        variant <id> {
            struct { stamp27_t timestamp; } compact;
            struct { uint32_t id; stamp64_t timestamp; } extended;
        } v;
    } align(8);
    packet.context := struct {
        stamp64_t timestamp_begin; stamp64_t timestamp_end; uint64_t content_size;
        uint64_t packet_size; uint64_t packet_seq_num; uint64_t events_discarded; uint32_t cpu_id;
    };
};
"""
_INT = "integer { size = %d; align = 8; signed = %d; encoding = none; base = %d; }"
_CHARS = "integer { size = 8; align = 8; signed = 1; encoding = UTF8; base = 10; }"
_EVENTS = {
    "sched_switch": [
        (_CHARS, "_prev_comm[16]"),
        (_INT % (32, 1, 10), "_prev_tid"),
        (_INT % (32, 1, 10), "_prev_prio"),
        (_INT % (64, 1, 10), "_prev_state"),
        (_CHARS, "_next_comm[16]"),
        (_INT % (32, 1, 10), "_next_tid"),
        (_INT % (32, 1, 10), "_next_prio"),
    ],
    "syscall_entry_openat": [
        (_INT % (32, 1, 10), "_dfd"),
        ("string", "_filename"),
        (_INT % (32, 1, 10), "_flags"),
        (_INT % (16, 0, 8), "_mode"),
    ],
    "syscall_exit_openat": [(_INT % (64, 1, 10), "_ret")],
    "syscall_entry_write": [
        (_INT % (32, 0, 10), "_fd"),
        (_INT % (64, 0, 16), "_buf"),
        (_INT % (64, 0, 10), "_count"),
    ],
}


def main() -> None:
    """Forge or take a trace and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, help="read this trace instead of a forged one")
    parser.add_argument("--events", type=int, default=4_000_000, help="events to forge")
    parser.add_argument("--runs", type=int, default=5, help="runs of each reader")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.path or forge(Path(scratch) / "trace", options.events)
        report(path, options.runs)


def report(path: Path, runs: int) -> None:
    """Measure both readers and print a line for each kind of work."""
    ours = [sys.executable, "-c", "import sys; from kymograph.cli.convert import main; main(sys.argv[1:])"]
    for work, arguments in (("text", []), ("count", ["-c", "sink.utils.counter"])):
        times: dict[str, list[float]] = {"kymograph": [], "babeltrace2": []}
        for _ in range(runs):
            for name, command in (("kymograph", ours), ("babeltrace2", ["babeltrace2"])):
                times[name].append(seconds([*command, *arguments, str(path)]))
        events = count(path)
        rates = {name: events / statistics.median(taken) for name, taken in times.items()}
        print(
            f"{work:6} {rates['kymograph']:12,.0f} events/s, babeltrace2 {rates['babeltrace2']:10,.0f}:"
            f" {rates['kymograph'] / rates['babeltrace2']:.1f} times as fast"
        )


def seconds(command: list[str]) -> float:
    """Run a command with its output thrown away; return how long it took."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def count(path: Path) -> int:
    """Count the events of a trace by our own reader."""
    from kymograph.show.counter import print_counts

    return print_counts([str(path)], None)


def forge(directory: Path, events: int) -> Path:
    """Write a trace of `events` events and return its directory."""
    directory.mkdir()
    (directory / "metadata").write_text(_METADATA + "".join(_event_blocks()), encoding="utf-8")
    for cpu in range(CPUS):
        with (directory / f"channel0_{cpu}").open("wb") as file:
            for packet in _packets(cpu, events // CPUS):
                file.write(packet)
    return directory


def _event_blocks() -> Iterator[str]:
    for number, (name, fields) in enumerate(_EVENTS.items()):
        members = " ".join(f"{kind} {member};" for kind, member in fields)
        ids = f'name = "{name}"; id = {number}; stream_id = 0;'
        yield f"event {{ {ids} fields := struct {{ {members} }}; }};\n"


def _bodies(dice: random.Random) -> list[tuple[int, bytes]]:
    """Return a few hundred payloads in the proportions of a busy machine."""
    names = [b"swapper/0", b"lttng-consumerd", b"kworker/1:1", b"postgres", b"rcu_preempt", b"bash"]
    files = [b"/etc/ld.so.cache", b"/lib/x86_64-linux-gnu/libc.so.6", b"/proc/self/status", b"/tmp/x"]
    bodies = []
    for _ in range(400):
        kind = dice.choices(range(4), (4, 2, 2, 2))[0]
        if kind == 0:
            before, after = dice.choice(names), dice.choice(names)
            tids = dice.randrange(1, 90000), dice.randrange(1, 90000)
            body = struct.pack(
                "<16siiq16sii", before, tids[0], 20, dice.choice([0, 1, 2, 256]), after, tids[1], 20
            )
        elif kind == 1:
            body = struct.pack("<i", -100) + dice.choice(files) + b"\0" + struct.pack("<iH", 0o2000000, 0)
        elif kind == 2:
            body = struct.pack("<q", dice.randrange(-3, 60))
        else:
            body = struct.pack("<IQQ", dice.randrange(20), dice.randrange(1 << 47), dice.randrange(5000))
        bodies.append((kind, body))
    return bodies


def _packets(cpu: int, events: int) -> Iterator[bytes]:
    dice = random.Random(cpu)
    bodies = _bodies(dice)
    clock = 60_000_000_000 + cpu * 331
    sequence = 0
    parts: list[bytes] = []
    header_size = 4 + 16 + 4 + 8 + 6 * 8 + 4
    size, begin = header_size, clock
    for number in range(events):
        kind, body = bodies[dice.randrange(400)]
        if size + 4 + len(body) > PACKET_SIZE:
            yield _packet(cpu, sequence, begin, clock, parts)
            sequence, parts, size, begin = sequence + 1, [], header_size, clock
        clock += 700 + (number * 7919) % 3000
        parts.append(struct.pack("<I", kind | (clock & 0x7FFFFFF) << 5) + body)
        size += 4 + len(body)
    yield _packet(cpu, sequence, begin, clock, parts)


def _packet(cpu: int, sequence: int, begin: int, end: int, parts: list[bytes]) -> bytes:
    body = b"".join(parts)
    header = struct.pack("<I16sIQ", 0xC1FC1FC1, UUID, 0, cpu)
    content = len(header) + 52 + len(body)
    size = -(-content // 4096) * 4096
    header += struct.pack("<QQQQQQI", begin, end, content * 8, size * 8, sequence, 0, cpu)
    return (header + body).ljust(size, b"\0")


if __name__ == "__main__":
    main()
