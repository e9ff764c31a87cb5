# SPDX-License-Identifier: MIT
"""Names in the metadata."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kymograph.ctf.names import member_name, member_names, quoted

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@given(st.lists(st.text(max_size=12)))
def test_member_names_are_different_identifiers_with_an_underscore(names: list[str]) -> None:
    members = member_names(names)
    assert len(members) == len(names) == len(set(members))
    assert all(_IDENTIFIER.fullmatch(member) and member[0] == "_" for member in members)


@given(st.from_regex(_IDENTIFIER, fullmatch=True))
def test_a_reader_gets_the_name_back_by_stripping_one_underscore(name: str) -> None:
    assert member_name(name)[1:] == name


def test_names_that_would_collide_are_numbered() -> None:
    assert member_names(["a-b", "a_b", "a b"]) == ["_a_b", "_a_b_2", "_a_b_3"]


@given(st.text())
def test_a_string_literal_stays_one(text: str) -> None:
    literal = quoted(text)
    inside = re.sub(r'\\[\\"ntr]', "", literal[1:-1])
    assert literal[0] == literal[-1] == '"'
    assert '"' not in inside
    assert "\\" not in inside
    assert inside.isprintable()
