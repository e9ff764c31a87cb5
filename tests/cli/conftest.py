# SPDX-License-Identifier: MIT
"""Each test has a house of its own."""

from collections.abc import Iterator

import pytest

from control.house import House


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()
