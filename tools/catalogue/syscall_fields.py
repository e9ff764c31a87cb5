# SPDX-License-Identifier: MIT
"""Makes `catalogue/syscalls.json`: the fields of each system call's entry and exit records.

    apt-get download lttng-modules-dkms && dpkg -x lttng-modules-dkms_*.deb modules
    python tools/catalogue/syscall_fields.py METADATA HEADERS [FORMATS]

METADATA is the metadata (plain or gzip) of an LTTng 2.13 trace of x86-64 with every system call enabled: it
has names, types, bases and order. HEADERS is `include/instrumentation/syscalls/headers` of lttng-modules,
whose declarations say which argument a field shows. Calls that LTTng 2.13 does not know are taken from the
`format` files of the running kernel, then from those in FORMATS (each after a line `#### subsystem/event`).
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cpp import arguments_at, conditional, plain, split_arguments, write_table

OUTPUT = Path("src/kymograph/instrument/catalogue/syscalls.json")
TRACING = Path("/sys/kernel/tracing/events/syscalls")

Record = list[str]
Call = tuple[Record, Record]

UNDEFINED = ("CONFIG_LTTNG_EXPERIMENTAL_BITWISE_ENUM", "CREATE_SYSCALL_TABLE")

POINTERS = {
    ("accept", "entry"): ["upeer_addrlen 2"],
    ("accept", "exit"): ["upeer_addrlen 2"],
    ("accept4", "entry"): ["upeer_addrlen 2"],
    ("accept4", "exit"): ["upeer_addrlen 2"],
    ("connect", "entry"): [],
    ("epoll_ctl", "entry"): ["event 3"],
    ("epoll_pwait", "exit"): ["events 1"],
    ("epoll_wait", "exit"): ["events 1"],
    ("pipe", "exit"): ["fildes 0"],
    ("pipe2", "exit"): ["fildes 0"],
    ("poll", "entry"): ["ufds 0"],
    ("poll", "exit"): ["ufds 0"],
    ("ppoll", "entry"): ["ufds 0"],
    ("ppoll", "exit"): ["ufds 0"],
    ("pselect6", "entry"): ["inp 1", "outp 2", "exp 3"],
    ("pselect6", "exit"): ["inp 1", "outp 2", "exp 3"],
    ("select", "entry"): ["inp 1", "outp 2", "exp 3"],
    ("select", "exit"): ["inp 1", "outp 2", "exp 3"],
    ("socketpair", "exit"): ["usockvec 3"],
}
"""Where LTTng decodes a structure in user memory: the pointers shown in its place."""

OTHER_MACHINES = {
    "clone@aarch64": (
        ["flags u64x 0", "newsp u64x 1", "parent_tid u64x 2", "child_tid u64x 4"],
        ["ret s64"],
    ),
    "fadvise64_64": (["fd s32 0", "offset s64 1", "len s64 2", "advice s32 3"], ["ret s64"]),
    "map_shadow_stack": (["addr u64x 0", "size u64 1", "flags u32 2"], ["ret u64x"]),
}
"""What no input has. arm64 passes clone's TLS before its child_tid (CONFIG_CLONE_BACKWARDS)."""

STRINGS = frozenset(
    (
        *("filename", "pathname", "path", "oldname", "newname", "oldpath", "newpath", "name"),
        *("from_pathname", "to_pathname", "_fs_name", "_key", "uname"),
    )
)
"""Names of `const char *` arguments that are texts, in calls that LTTng does not know."""

OUTPUTS = {
    "cachestat": {"cstat": "out"},
    "capget": {"header": "inout", "dataptr": "out"},
    "copy_file_range": {"off_in": "inout", "off_out": "inout"},
    "epoll_pwait2": {"events": "out"},
    "file_getattr": {"ufattr": "out"},
    "getrandom": {"ubuf": "out"},
    "getxattrat": {"uargs": "inout"},
    "io_pgetevents": {"events": "out"},
    "io_uring_setup": {"params": "inout"},
    "listmount": {"mnt_ids": "out"},
    "listxattrat": {"list": "out"},
    "lsm_get_self_attr": {"ctx": "inout", "size": "inout"},
    "lsm_list_modules": {"ids": "out", "size": "inout"},
    "modify_ldt": {"ptr": "inout"},
    "preadv2": {"vec": "inout"},
    "quotactl_fd": {"addr": "inout"},
    "sched_getattr": {"uattr": "out"},
    "statmount": {"buf": "out"},
    "statx": {"buffer": "out"},
}
"""Arguments through which calls that LTTng does not know give something back."""

TYPES = {
    **dict.fromkeys(["char", "__s8"], "s8"),
    **dict.fromkeys(["umode_t", "__u16"], "u16"),
    **dict.fromkeys(["int", "pid_t", "key_serial_t", "clockid_t", "rwf_t", "__s32"], "s32"),
    **dict.fromkeys(["unsigned int", "unsigned", "u32", "__u32", "uid_t", "gid_t", "qid_t"], "u32"),
    **dict.fromkeys(["enum landlock_rule_type"], "u32"),
    **dict.fromkeys(["unsigned long", "size_t", "__u64", "u64", "aio_context_t"], "u64"),
    **dict.fromkeys(["long", "loff_t", "off_t"], "s64"),
    **dict.fromkeys(["cap_user_header_t", "cap_user_data_t"], "u64x"),
}


def known_to_lttng(metadata: str, headers: Path) -> dict[str, Call]:
    """Return the calls of a trace's metadata, in the order of its ids, with arguments from the headers."""
    records: dict[tuple[str, str], str] = {}
    event = re.compile(
        r'\tname = "syscall_(entry|exit)_(\w+)";\n.*?fields := struct \{\n(.*?)\t\};\n\};', re.S
    )
    for way, name, fields in event.findall(metadata):
        records[name, way] = fields
    declared = declarations(headers)
    names = [name for name, way in records if way == "entry" and name != "unknown"]
    return {
        name: (
            record(name, "entry", records[name, "entry"], declared.get(name, {})),
            record(name, "exit", records[name, "exit"], declared.get(name, {})),
        )
        for name in names
    }


def declarations(headers: Path) -> dict[str, dict[str, int]]:
    """Return for each declared call the argument number of each field that shows one as it is."""
    found: dict[str, dict[str, int]] = {}
    files = [f"{prefix}syscalls_{kind}{suffix}.h"
             for suffix, prefixes in (("_override", ("x86-64-", "")), ("", ("x86-64-",)))
             for prefix in prefixes for kind in ("integers", "pointers")]  # fmt: skip
    for file in files:
        text = conditional(plain((headers / file).read_text()), UNDEFINED)
        for match in re.finditer(r"SC_LTTNG_TRACEPOINT_EVENT(?:_CODE)?\(", text):
            name, *parts = arguments_at(text, match.end())[0]
            bodies = {part[: part.index("(")]: part[part.index("(") + 1 : -1] for part in parts}
            found.setdefault(name, shown(bodies["TP_PROTO"], bodies["TP_FIELDS"]))
    return found


def shown(prototype: str, fields: str) -> dict[str, int]:
    """Match fields with the arguments that they are expressions of."""
    prototype = re.sub(r"sc_exit\([^)]*\)", "", prototype)
    arguments = [re.findall(r"\w+", item)[-1] for item in split_arguments(prototype) if item]
    result = {}
    for match in re.finditer(r"ctf_(integer|integer_hex|user_string|enum)\(", fields):
        values = arguments_at(fields, match.end())[0]
        name, expression = values[-2:]
        if expression in arguments:
            result[name] = arguments.index(expression)
    return result


def record(name: str, way: str, text: str, arguments: dict[str, int]) -> Record:
    """Translate a record's fields from TSDL; of decoded structures only the pointer is kept."""
    fields: Record = []
    decoded = POINTERS.get((name, way))
    pointers = [f"{item.split()[0]} u64x {item.split()[1]}" for item in decoded or []]
    for field, kind in members(text):
        if field == "ret":
            fields.append(f"ret {kind}")
        elif field in arguments:
            label, _, labels = kind.partition(" ")
            fields.append(" ".join(filter(None, [field, label, str(arguments[field]), labels])))
        elif decoded is None:
            raise SystemExit(f"{name} {way}: no argument is known for '{field}'")
        else:
            fields += pointers
            pointers = []
    return fields + pointers


def members(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and type of a TSDL structure's own members: `decoded` for those that are structures."""
    text = re.sub(r"struct \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "decoded", text)
    for item in re.findall(r"[^;{}]*(?:\{[^{}]*\}[^;{}]*)*;", text):
        name = re.findall(r"\b_(\w+)(?:\[[^\]]*\])?;$", item.strip())[0]
        integer = re.search(r"size = (\d+); align = 8; signed = (\d); encoding = none; base = (\d+)", item)
        labels = "|".join(f"{label}={value}" for label, value in re.findall(r'"(\w+)" = (\d+)', item))
        if item.strip().startswith("string"):
            yield name, "string"
        elif integer and "[" not in item and "byte_order" not in item:
            kind = f"{'us'[int(integer[2])]}{integer[1]}{'x' if integer[3] == '16' else ''}"
            yield name, f"{kind} {labels}" if labels else kind
        else:
            yield name, "decoded"


def from_format(name: str, text: str) -> Call:
    """Describe a call that LTTng does not know by what the kernel says of its arguments."""
    entry: Record = []
    leaving = ["ret s64"]
    arguments = re.findall(r"\tfield:(.*[\s*])(\w+);\toffset:\d+;\tsize:8;", text)
    for index, (declared, field) in enumerate(arguments):
        ctype = declared.strip()
        direction = OUTPUTS.get(name, {}).get(field, "in")
        if "*" in ctype:
            kind = "string" if ctype == "const char *" and field in STRINGS else "u64x"
        else:
            kind = TYPES[ctype.removeprefix("const ")]
        if direction != "out":
            entry.append(f"{field} {kind} {index}")
        if direction != "in":
            leaving.append(f"{field} {kind} {index}")
    return entry, leaving


def formats(dump: str) -> dict[str, str]:
    """Return the `format` text of each call's entry event: this kernel's, then those of the dump."""
    parts = re.findall(r"^#### syscalls/sys_enter_(\w+)\n(.*?)(?=^####|\Z)", dump, re.S | re.M)
    found = dict(parts)
    for path in TRACING.glob("sys_enter_*/format"):
        found[path.parent.name.removeprefix("sys_enter_")] = path.read_text()
    return found


def read(path: str) -> str:
    """Read a text that may be compressed."""
    data = Path(path).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def main() -> None:
    """Read all inputs and write the table, LTTng's calls first."""
    table: dict[str, Call] = dict(sorted(known_to_lttng(read(sys.argv[1]), Path(sys.argv[2])).items()))
    layouts = formats(read(sys.argv[3]) if len(sys.argv) > 3 else "")
    for name, text in sorted(layouts.items()):
        if name not in table:
            table[name] = from_format(name, text)
    table.update(OTHER_MACHINES)
    write_table(OUTPUT, table)
    print(f"{OUTPUT}: {len(table)} calls")


main()
