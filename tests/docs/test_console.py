# SPDX-License-Identifier: MIT
"""A page's output is compared by its shape, and a wrong one is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.console import Command, File, steps

EVENT = (
    "[13:53:23.278672041] (+0.001249216) luna sched_switch: { cpu_id = 0 }, "
    '{ prev_comm = "sleep", prev_tid = 10935, prev_state = 1 }'
)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (EVENT, EVENT.replace("luna", "host-2").replace("10935", "7").replace('"sleep"', '"swapper/0"')),
        (EVENT, EVENT.replace("+0.001249216", "+?.?????????")),
        ("Session s-20261124-125040 created", "Session s-20270101-000000 created"),
        (
            "Recorded 1,204 events, 0 discarded, 1.5 MiB in 0.126 s",
            "Recorded 7 events, 0 discarded, 9 B in 12.000 s",
        ),
        ("a ... b", "a long way to b"),
    ],
)
def test_what_stands_for_its_kind(shown: str, printed: str) -> None:
    assert Command("true", (shown,)).prints(printed + "\n")


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (EVENT, EVENT.replace("prev_tid", "prev_pid")),
        (EVENT, EVENT.replace("sched_switch", "sched_wakeup")),
        ('{ filename = "/etc/hostname" }', '{ filename = "/etc/passwd" }'),
        ("Recorded 12 events, 0 discarded", "Recorded 12 events, 3 discarded"),
        ("Recorded 12 events, 3 discarded", "Recorded 12 events, 0 discarded"),
        ("Sub-buffer count: 4", "Sub-buffer count: 8"),
    ],
)
def test_what_does_not(shown: str, printed: str) -> None:
    assert not Command("true", (shown,)).prints(printed + "\n")


def test_lines_between() -> None:
    command = Command("true", ("first", "...", "last"))
    assert command.prints("first\nlast\n")
    assert command.prints("first\n1\n2\nlast\n")
    assert not command.prints("first\n1\n2\n")


def test_the_steps_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    console = "```console\n# one\n1\n2\n$ two\nError: no\n```\n"
    page.write_text(f"```sh\nnot this\n```\n{console}```python\n# a.py\nx = 1\n```\n")
    one, two, file = steps(page)
    assert (one, two) == (Command("one", ("1", "2")), Command("two", ("Error: no",)))
    assert file == File("a.py", "# a.py\nx = 1\n")
    assert isinstance(two, Command)
    assert 0 not in two.statuses
