# SPDX-License-Identifier: MIT
"""The frame of a recording program: what its cells hold, as offsets from R10."""

from __future__ import annotations

from typing import Union

CPU, KEY, NOW, LENGTH, ENTRY = -4, -8, -16, -24, -32
"""This CPU's number, an element's number, the time, a record's length, a system call's table entry."""
FRAME = -32
"""Below this a record's writer may keep what it needs."""

TIME_TO, ATTEMPT, LOST = -32, -40, -48
"""In the slow path's and the flusher's own frames: where the caller wants the time, tries so far, discarded
records."""

Length = Union[int, None]
"""A record's length in bytes if it is always the same, else None: it then stands in the cell `LENGTH`."""
Ident = Union[int, None]
"""A record's event id if the program has one only, else None: it is then in the low 16 bits of `ENTRY`."""
