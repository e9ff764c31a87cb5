# SPDX-License-Identifier: MIT
"""What is known of the kernel's events beforehand, as data: one line an event, read when asked for."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def read(name: str) -> Any:
    """Return the contents of the catalogue's file `name`.

    * `tracepoint-names.json`: LTTng's name of each kernel tracepoint that it calls otherwise than the
      kernel does. Made by `tools/catalogue/tracepoint_names.py` from the headers of lttng-modules 2.13.
    """
    return json.loads((resources.files(__name__) / name).read_text(encoding="utf-8"))
