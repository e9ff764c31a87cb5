# SPDX-License-Identifier: MIT
"""Random types and values, forged, read by us and by babeltrace2: the texts are equal."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from forge import BODY, Bits, Packet, event, head, write
from kinds import Maker, alignment, fill_all
from oracle import assert_same_text, babeltrace2

from kymograph import read
from kymograph.cli.convert import main

EVENTS_A_CLASS = 6


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("seed", range(60))
def test_random_fields(seed: int, big: bool, tmp_path: Path) -> None:
    trace, values = forge(tmp_path / "trace", seed, big)
    assert [event.payload for event in read.open(trace)] == values
    output = tmp_path / "text"
    for options in (["--clock-gmt"], ["--names=none", "--clock-seconds"]):
        assert main([*options, "-w", str(output), str(trace)]) == 0
        judged = babeltrace2(*options, trace)
        assert judged.status == 0
        assert_same_text(output.read_bytes(), judged.text)


def forge(directory: Path, seed: int, big: bool) -> tuple[Path, list[dict[str, Any]]]:
    """Write a trace of three event classes with random fields; return it and the events' payloads."""
    maker = Maker(seed)
    classes = [maker.members(3, maker.dice.randrange(1, 6)) for _ in range(3)]
    metadata = head("be" if big else "le")
    metadata += "".join(event(i, f"e{i}", maker.spell(members)) for i, members in enumerate(classes))
    bits = Bits(big, BODY)
    dice = random.Random(seed)
    values = []
    for _ in range(EVENTS_A_CLASS):
        for number, members in enumerate(classes):
            bits.align(8).integer(number, 16).integer(10 * len(values), 64)
            bits.align(max(alignment(member.kind) for member in members))
            values.append(fill_all(members, bits, dice))
    packet = Packet(body=bits, begin=0, end=10 * len(values), padding=3)
    return write(directory, metadata, {"stream": [packet]}, big), values
