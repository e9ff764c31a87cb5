# SPDX-License-Identifier: MIT
"""Sizes and durations, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.base.quantities import (
    format_duration,
    format_size,
    human_size,
    is_power_of_two,
    parse_duration,
    parse_size,
)

amounts = st.one_of(
    st.integers(0, (1 << 63) - 1),
    st.integers(0, 1 << 20).map(lambda n: n << 10),
    st.integers(0, 1 << 20).map(lambda n: n * 60_000_000),
)


@given(amounts)
def test_a_size_reads_back(size):
    assert parse_size(format_size(size)) == size


@given(amounts)
def test_a_duration_reads_back(duration):
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "size"),
    [("4096", 4096), ("64k", 65536), ("64K", 65536), ("1M", 1 << 20), ("2G", 2 << 30), ("0x1000", 4096)],
)
def test_sizes_as_lttng_writes_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "duration"),
    [("200000", 200_000), ("200ms", 200_000), ("1s", 1_000_000), ("5us", 5), ("2m", 120_000_000)],
)
def test_durations_as_lttng_writes_them(text, duration):
    assert parse_duration(text) == duration


@given(st.text(max_size=12))
def test_any_text_is_a_value_or_refused(text):
    for parse in (parse_size, parse_duration):
        try:
            assert parse(text) >= 0
        except KymoError as error:
            assert error.code is ErrorCode.BAD_VALUE
            assert error.hint


@pytest.mark.parametrize("text", ["", "-1", "1T", "1.5M", "M", "0x", "1 M", "９", "99999999999999999999"])
def test_what_is_no_size(text):
    with pytest.raises(KymoError):
        parse_size(text)


def test_a_size_for_the_eye():
    assert [human_size(n) for n in (0, 1023, 1536, 5 << 20, 3 << 40)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "5.0 MiB",
        "3.0 TiB",
    ]


@given(st.integers(0, 62))
def test_powers_of_two(exponent):
    assert is_power_of_two(1 << exponent)
    assert not is_power_of_two((1 << exponent) + (1 << exponent + 1))
    assert not is_power_of_two(0)
