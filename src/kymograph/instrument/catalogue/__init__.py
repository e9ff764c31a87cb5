# SPDX-License-Identifier: MIT
"""What is known of the kernel's events beforehand, as data: one line an event, read when asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read(name: str) -> Any:
    """Return the contents of the catalogue's file `name`.

    * `tracepoint-names.json`: LTTng's name of each kernel tracepoint that it calls otherwise than the
      kernel does. Made by `tools/catalogue/tracepoint_names.py` from the headers of lttng-modules 2.13.
    * `syscall-numbers.json`: the number of each system call on each machine, and its users' name where the
      kernel's function has another. Made by `tools/catalogue/syscall_numbers.py` from the kernel's headers.
    * `syscalls.json`: the fields of each call's entry and exit, each as `name type [argument [labels]]`;
      `call@machine` where a machine differs. Made by `tools/catalogue/syscall_fields.py` from the metadata of
      an LTTng trace, lttng-modules' declarations, and for newer calls the formats of Linux 6.18.
    """
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
