# SPDX-License-Identifier: MIT
"""What the pages tell to type works, and prints what they show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from control.house import House
from docs.console import Command, File, steps

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, house: House, request: pytest.FixtureRequest) -> None:
    paths = [str(Path(sys.executable).parent), house.env["PATH"]]
    environment = {**house.env, "HOME": str(house.home)}
    if "<!-- needs: compat -->" in page.read_text(encoding="utf-8"):
        prefix: Path = request.getfixturevalue("compat")
        paths.insert(0, str(prefix / "bin"))
        environment["PYTHONPATH"] += f":{next(prefix.glob('lib/python*/site-packages'))}"
    environment["PATH"] = ":".join(paths)
    folder = house.root / "work"
    folder.mkdir()
    for step in steps(page):
        if isinstance(step, File):
            (folder / step.name).write_text(step.text, encoding="utf-8")
        else:
            run(step, folder, environment, house)


def run(command: Command, folder: Path, environment: dict[str, str], house: House) -> None:
    done = subprocess.run(
        ["bash", "-c", command.text],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    # The pages are written as if root's home were the house's.
    output = done.stdout.replace(str(house.home), "/root").replace(str(folder), "/root")
    shown = "\n".join(command.output)
    assert command.prints(output), f"$ {command.text}\n{output}\nbut the page shows:\n{shown}"
    assert done.returncode in command.statuses, f"$ {command.text}\n{output}"
