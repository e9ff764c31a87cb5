# SPDX-License-Identifier: MIT
"""Globs: as a matcher that tries everything matches them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kymograph.instrument.catalogue import patterns

TEXTS = st.text(alphabet="ab_*\\.", max_size=8)
NAMES = st.text(alphabet="ab", max_size=12)


def tries_everything(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(tries_everything(pattern[1:], text[start:]) for start in range(len(text) + 1))
    if pattern[0] == "\\" and len(pattern) > 1:
        pattern = pattern[1:]
    return text[:1] == pattern[0] and tries_everything(pattern[1:], text[1:])


@given(TEXTS, TEXTS | NAMES)
def test_globs_match_as_lttngs(pattern: str, text: str) -> None:
    assert bool(patterns.compiled(pattern).fullmatch(text)) == tries_everything(pattern, text)


@given(TEXTS)
def test_an_escaped_text_is_a_name(text: str) -> None:
    escaped = "".join(f"\\{character}" for character in text)
    assert not patterns.is_pattern(escaped)
    assert patterns.literal(escaped) == text
    assert patterns.compiled(escaped).fullmatch(text)


def test_many_stars_are_quick() -> None:
    assert not patterns.compiled("*" * 60 + "x").fullmatch("a" * 200)
    assert patterns.compiled("a*" * 120 + "x").fullmatch("a" * 200 + "x")
    assert not patterns.compiled("*a" * 20 + "x").fullmatch("a" * 200)


def test_near_names() -> None:
    known = ["sched_switch", "sched_wakeup", "sys_enter_openat"]
    assert patterns.near("sched_swich", known) == ["sched_switch"]
    assert patterns.near("openat", known) == ["sys_enter_openat"]
    assert patterns.near("zzzz", known) == []
