# SPDX-License-Identifier: MIT
"""Sizes and durations as people write them, both ways.

The grammar is LTTng's: a size is digits with an optional `k`, `M` or `G` (powers of 1024); a duration is
digits with an optional `us`, `ms`, `s`, `m` or `h` (microseconds when bare).
"""

from __future__ import annotations

import re

from kymograph.base.errors import ErrorCode, KymoError

_SIZE_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIME_UNITS = {"": 1, "us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
_LIMIT = 1 << 63


def parse_size(text: str) -> int:
    """Return the bytes that `text` names: `4096`, `64k`, `1M`, `2G`, `0x1000`. Raise `BAD_VALUE`."""
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[0-9]+)([kKmMgG]?)", text.strip())
    if not match:
        raise KymoError(ErrorCode.BAD_VALUE, f"'{text}' is not a size", "write 4096, 64k, 1M or 2G")
    value = int(match[1], 0 if match[1][:2] in ("0x", "0X") else 10) * _SIZE_UNITS[match[2].lower()]
    if value >= _LIMIT:
        raise KymoError(ErrorCode.BAD_VALUE, f"the size {text} is too large", "it must be below 8 EiB")
    return value


def format_size(size: int) -> str:
    """Write `size` bytes so that `parse_size` reads the same number back."""
    for unit in ("G", "M", "k"):
        factor = _SIZE_UNITS[unit.lower()]
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def parse_duration(text: str) -> int:
    """Return the microseconds that `text` names: `200000`, `200ms`, `1s`. Raise `BAD_VALUE`."""
    match = re.fullmatch(r"([0-9]+)(us|ms|s|m|h|)", text.strip())
    if not match:
        raise KymoError(ErrorCode.BAD_VALUE, f"'{text}' is not a duration", "write 200000, 200ms or 1s")
    value = int(match[1]) * _TIME_UNITS[match[2]]
    if value >= _LIMIT:
        raise KymoError(ErrorCode.BAD_VALUE, f"the duration {text} is too long", "it must fit 63 bits")
    return value


def format_duration(microseconds: int) -> str:
    """Write a duration so that `parse_duration` reads the same number back."""
    for unit in ("h", "m", "s", "ms"):
        if microseconds and microseconds % _TIME_UNITS[unit] == 0:
            return f"{microseconds // _TIME_UNITS[unit]}{unit}"
    return f"{microseconds}us"


def human_size(size: int) -> str:
    """Write `size` bytes for a reader's eye, two or three digits: `1.5 MiB`."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"


def is_power_of_two(value: int) -> bool:
    """Tell whether `value` is 1, 2, 4, 8, …"""
    return value > 0 and value & (value - 1) == 0
