# SPDX-License-Identifier: MIT
"""tracefs: where it is mounted, which trace events it lists, and the layout of their records.

The `format` files are described in the kernel's Documentation/trace/events.rst.
"""

from __future__ import annotations

import ctypes
import os
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal, cast

from kymograph.base.errors import ErrorCode, KymoError

MOUNT_POINT = Path("/sys/kernel/tracing")
CANDIDATES = (MOUNT_POINT, Path("/sys/kernel/debug/tracing"))
MOUNT_REMEDY = f"as root: mount -t tracefs tracefs {MOUNT_POINT}; it needs a kernel with CONFIG_FTRACE"

Dynamic = Literal["data_loc", "rel_loc"]

_FIELD = re.compile(r"\tfield:(.*);\toffset:(\d+);\tsize:(\d+);(?:\tsigned:([01]);)?")
_DECLARATION = re.compile(r"(?:__(data_loc|rel_loc)\s+)?(.*[\s*\]])?(\w+)((?:\[[^\]]*\])*)")
_DYNAMIC_GROUPS = {"s": "synthetic", "u": "user_events"}
_HEADER = re.compile(r"name: (.*)\nID: (\d+)\nformat:\n")

_WORD = ctypes.sizeof(ctypes.c_void_p)
_TYPES_BY_SIZE = (
    (1, "char|signed char|unsigned char|u8|s8|__u8|__s8|uint8_t|int8_t|bool|_Bool"),
    (2, "short|short int|unsigned short|u16|s16|__u16|__s16|uint16_t|int16_t|__le16|__be16|umode_t"),
    (4, "int|signed int|unsigned|unsigned int|uint|u32|s32|__u32|__s32|uint32_t|int32_t|__le32|__be32|dev_t"),
    (8, "long long|unsigned long long|u64|s64|__u64|__s64|uint64_t|int64_t|__le64|__be64|sector_t|loff_t"),
    (_WORD, "long|unsigned long|long int|unsigned long int|size_t|ssize_t|uintptr_t|cpumask_t"),
)
_SIZES: dict[str, int] = {}
for _size, _names in _TYPES_BY_SIZE:
    _SIZES.update(dict.fromkeys(_names.split("|"), _size))


@dataclass(frozen=True)
class FormatField:
    """One member of a trace event's record.

    `offset` and `size` are bytes in the record. A `dynamic` member holds, in 4 bytes, where its
    data is: length in the high 16 bits, offset in the low ones, counted from the record's beginning
    (`data_loc`) or from the end of the member (`rel_loc`); `ctype` is then the type of an element.
    `array_length` counts the elements, of type `ctype`, of a fixed array.
    """

    name: str
    ctype: str
    offset: int
    size: int
    signed: bool
    array_length: int | None = None
    dynamic: Dynamic | None = None


@dataclass(frozen=True)
class Format:
    """The layout of a trace event's record, without the fields that all records have in common."""

    id: int
    name: str
    subsystem: str
    fields: tuple[FormatField, ...]


def size_of(ctype: str) -> int | None:
    """Return the bytes of an element of C type `ctype` on this machine, or None when it is not a known one.

    A CPU mask is a row of `unsigned long`.
    """
    if ctype.endswith("*"):
        return _WORD
    return _SIZES.get(ctype.removeprefix("const "))


def parse_format(text: str, subsystem: str) -> Format:
    """Parse a `format` file. Raise `EVENT_UNSUPPORTED` when it is none."""
    header = _HEADER.match(text)
    if not header:
        raise KymoError(
            ErrorCode.EVENT_UNSUPPORTED, f"the format of an event of '{subsystem}' is not readable"
        )
    # The common fields end at the first empty line; the event's own follow up to the next.
    own = text.partition("\n\n")[2].partition("\n\n")[0]
    fields = tuple(_field(*match) for match in _FIELD.findall(own))
    return Format(int(header[2]), header[1], subsystem, fields)


def _field(declaration: str, offset: str, size: str, signed: str) -> FormatField:
    match = _DECLARATION.fullmatch(declaration)
    if match:
        dynamic, ctype, name, dimensions = match.groups()
    else:
        # A declarator we do not know, as a function's: its last identifier is the best name.
        words = re.findall(r"\w+", declaration)
        dynamic, ctype, name, dimensions = None, declaration, words[-1] if words else "field", ""
    ctype = (ctype or "").strip()
    if dynamic and ctype.endswith("[]"):
        ctype = ctype[:-2].rstrip()
    length = _array_length(dimensions, ctype, int(size)) if dimensions else None
    return FormatField(
        name, ctype, int(offset), int(size), signed == "1", length, cast("Dynamic | None", dynamic)
    )


def _array_length(dimensions: str, ctype: str, size: int) -> int:
    """Return the number of elements of `[2][3]`; of `[]`, none.

    Old kernels print the C expression, as `[TASK_COMM_LEN]`: then the size tells.
    """
    lengths = re.findall(r"\[([^\]]*)\]", dimensions)
    if all(length.isdecimal() for length in lengths):
        return prod(int(length) for length in lengths)
    return size // (size_of(ctype) or 1)


class Tracefs:
    """A mounted tracefs."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def events(self) -> list[tuple[str, str]]:
        """Return the (subsystem, event) pairs that can be enabled, in the kernel's order."""
        try:
            lines = self._read("available_events").splitlines()
        except FileNotFoundError:
            raise KymoError(ErrorCode.NO_TRACEFS, f"'{self.root}' is no tracefs", MOUNT_REMEDY) from None
        return [(subsystem, event) for subsystem, _, event in (line.partition(":") for line in lines)]

    def dynamic_events(self) -> frozenset[tuple[str, str]]:
        """Return the (subsystem, event) pairs made at run time by other tools: probes and the like."""
        try:
            text = self._read("dynamic_events")
        except FileNotFoundError:  # a kernel before 5.0, or one without any kind of dynamic event
            return frozenset()
        lines = re.findall(r"^([a-z])[0-9]*:(?:([\w-]+)/)?([\w-]+)", text, re.MULTILINE)
        return frozenset((group or _DYNAMIC_GROUPS.get(kind, ""), event) for kind, group, event in lines)

    def format(self, subsystem: str, event: str) -> Format:
        """Read the layout of an event's record. Raise `NO_EVENT` when the kernel has no such event."""
        try:
            text = self._read(f"events/{subsystem}/{event}/format")
        except FileNotFoundError:
            raise KymoError(
                ErrorCode.NO_EVENT,
                f"the kernel has no event '{subsystem}:{event}'",
                "see: kymo list --kernel",
            ) from None
        return parse_format(text, subsystem)

    def _read(self, name: str) -> str:
        path = self.root / name
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            raise
        except PermissionError:
            raise _not_permitted(path) from None
        except OSError as error:
            raise KymoError(ErrorCode.NO_TRACEFS, f"cannot read '{path}': {error.strerror}") from error


def find() -> Tracefs:
    """Return the mounted tracefs, mounting it first when we are root. Raise `NO_TRACEFS`, `NO_PERMISSION`."""
    for root in CANDIDATES:
        if _is_tracefs(root):
            return Tracefs(root)
    reason = _mount(MOUNT_POINT)
    if reason or not _is_tracefs(MOUNT_POINT):
        raise KymoError(
            ErrorCode.NO_TRACEFS,
            f"tracefs is not mounted{': ' + reason if reason else ''}",
            MOUNT_REMEDY,
        )
    return Tracefs(MOUNT_POINT)


def _is_tracefs(root: Path) -> bool:
    try:
        (root / "available_events").stat()
    except PermissionError:
        raise _not_permitted(root) from None
    except OSError:
        return False
    return True


def _mount(target: Path) -> str:
    """Mount tracefs at `target`; return why that failed, or nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tracefs", os.fsencode(target), b"tracefs", ctypes.c_ulong(0), None) == 0:
        return ""
    return os.strerror(ctypes.get_errno())


def _not_permitted(path: Path) -> KymoError:
    return KymoError(
        ErrorCode.NO_PERMISSION,
        f"'{path}' is not ours to read",
        "trace the kernel as root, or as a member of group 'tracing' through root's daemon",
    )
