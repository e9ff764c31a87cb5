# SPDX-License-Identifier: MIT
"""Random field classes: how the metadata spells them, and values of them as bits."""

from __future__ import annotations

import math
import random
import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from forge import Bits

WORDS = ["alpha", "héllo", 'say "hi"', "tab\there", "back\\slash", "what?", "it's", "\x01\x7f\x1b", ""]


@dataclass
class Kind:
    """A field class as spelled: `before NAME after`."""

    before: str
    after: str = ""


class Plain(Kind, ABC):
    """A kind whose values need nothing but the dice; a sequence and a variant need another member's value."""

    @abstractmethod
    def fill(self, bits: Bits, dice: random.Random) -> object:
        """Append a random value and return it."""


@dataclass
class Integer(Plain):
    size: int = 8
    align: int = 8
    signed: bool = False
    big: bool | None = None

    def fill(self, bits: Bits, dice: random.Random) -> int:
        value = dice.choice([0, 1, -1, 1 << (self.size - 1), dice.getrandbits(self.size)]) % (1 << self.size)
        bits.integer(value, self.size, self.align, self.big)
        return value - (1 << self.size) if self.signed and value >> (self.size - 1) else value


@dataclass
class Real(Plain):
    size: int = 32
    align: int = 8

    def fill(self, bits: Bits, dice: random.Random) -> float:
        value = dice.choice(
            [0.0, -0.0, 1.5, 1e6, 123456.5, 1e-5, math.inf, -math.inf, dice.uniform(-1e9, 1e9)]
        )
        bits.real(value, self.size, self.align)
        return struct.unpack("<f", struct.pack("<f", value))[0] if self.size == 32 else value


@dataclass
class Text(Plain):
    def fill(self, bits: Bits, dice: random.Random) -> str:
        word = dice.choice(WORDS)
        bits.align(8).text(word.encode())
        return word


@dataclass
class Chars(Plain):
    length: int = 1

    def fill(self, bits: Bits, dice: random.Random) -> str:
        return fill_chars(self.length, bits, dice)


@dataclass
class Enumeration(Plain):
    size: int = 8
    align: int = 8
    signed: bool = False

    def fill(self, bits: Bits, dice: random.Random) -> int:
        value = dice.choice([0, 1, 2, 3, 5, 7, 8, *((-1, -3) if self.signed else ())])
        bits.integer(value, self.size, self.align)
        return value


@dataclass
class Structure(Plain):
    members: list[Member] = field(default_factory=list)
    align: int = 1

    def fill(self, bits: Bits, dice: random.Random) -> dict[str, object]:
        bits.align(alignment(self))
        return fill_all(self.members, bits, dice)


@dataclass
class Array(Plain):
    element: Kind = field(default_factory=lambda: Text("string"))
    length: int = 0

    def fill(self, bits: Bits, dice: random.Random) -> list[object]:
        bits.align(alignment(self.element))
        return [self.element.fill(bits, dice) for _ in range(self.length)]


@dataclass
class Sequence(Kind):
    """A sequence, or text without `element`. The member before it, of kind `length`, says how long."""

    length: Integer = field(default_factory=lambda: Integer(""))
    element: Kind | None = None

    def fill_after(self, count: int, bits: Bits, dice: random.Random) -> object:
        if self.element is None:
            return fill_chars(count, bits, dice)
        return Array("", "", self.element, count).fill(bits, dice)


@dataclass
class Variant(Kind):
    """A variant; the member before it is its tag, an enumeration of bytes."""

    options: list[Kind] = field(default_factory=list)


@dataclass
class Member:
    name: str
    kind: Kind

    @property
    def shown(self) -> str:
        return self.name.removeprefix("_")


def fill_chars(count: int, bits: Bits, dice: random.Random) -> str:
    raw = dice.choice(WORDS).encode()[:count]
    bits.align(8).raw(raw.ljust(count, b"\0"))
    return raw.decode(errors="replace")


def alignment(kind: Kind) -> int:
    """Return a kind's alignment in bits, that of the member before it included."""
    if isinstance(kind, Structure):
        return max([kind.align, *(alignment(member.kind) for member in kind.members)])
    if isinstance(kind, Sequence):
        return max(kind.length.align, 8 if kind.element is None else alignment(kind.element))
    if isinstance(kind, Array):
        return alignment(kind.element)
    if isinstance(kind, Variant):
        return 8
    return getattr(kind, "align", 8)


def fill_all(members: list[Member], bits: Bits, dice: random.Random) -> dict[str, object]:
    """Append a value of each member; return them by the names they are shown by."""
    out: dict[str, object] = {}
    for member in members:
        kind = member.kind
        if isinstance(kind, Sequence):
            count = dice.randrange(5)
            bits.integer(count, kind.length.size, kind.length.align, kind.length.big)
            out[f"{member.shown}_len"] = count
            out[member.shown] = kind.fill_after(count, bits, dice)
        elif isinstance(kind, Variant):
            choice = dice.randrange(len(kind.options))
            tag = choice * 3 + dice.randrange(3)
            bits.integer(tag, 8)
            out[f"{member.shown}_tag"] = tag
            out[member.shown] = kind.options[choice].fill(bits, dice)
        else:
            out[member.shown] = kind.fill(bits, dice)
    return out


class Maker:
    """Makes random kinds from a seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.names = 0

    def name(self) -> str:
        self.names += 1
        return f"{self.dice.choice(['_', '_', ''])}f{self.names}"

    def integer(self, aligned: bool = False) -> Integer:
        dice = self.dice
        size = dice.choice(
            [8, 16, 32, 64] if aligned else [1, 3, 5, 7, 8, 13, 16, 24, 27, 32, 33, 56, 63, 64]
        )
        align = dice.choice([8, 8, 16, 32] if size % 8 == 0 else [1, 1, 1, 2, 8])
        big = dice.choice([None, None, True, False]) if size % 8 == 0 and align % 8 == 0 else None
        signed = not aligned and dice.random() < 0.5
        # babeltrace2 2.0.4 shifts by 64 where it masks hexadecimal integers of 61 to 63 bits, and shows 0.
        base = 10 if aligned else dice.choice([10, 10, 2, 8, *((16,) if size != 63 else ())])
        order = "" if big is None else f" byte_order = {'be' if big else 'le'};"
        text = f"integer {{ size = {size}; align = {align}; signed = {int(signed)}; base = {base};{order} }}"
        return Integer(text, "", size, align, signed, big)

    def leaf(self) -> Kind:
        dice = self.dice
        which = dice.randrange(6)
        if which == 0:
            size = dice.choice([32, 64])
            align = dice.choice([8, 32])
            digits = "exp_dig = 8; mant_dig = 24" if size == 32 else "exp_dig = 11; mant_dig = 53"
            return Real(f"floating_point {{ {digits}; align = {align}; }}", "", size, align)
        if which == 1:
            return Text("string")
        if which == 2:
            length = dice.randrange(1, 9)
            return Chars("integer { size = 8; align = 8; encoding = UTF8; }", f"[{length}]", length)
        if which == 3:
            size, signed = dice.choice([5, 8, 16]), dice.random() < 0.5
            align = 8 if size % 8 == 0 else 1
            low = "NEG = -3 ... -1, " if signed else ""
            labels = f'{low}ZERO = 0, "two words" = 1, B, C = 5 ... 8, D = 7'
            container = f"integer {{ size = {size}; align = {align}; signed = {int(signed)}; }}"
            return Enumeration(f"enum : {container} {{ {labels} }}", "", size, align, signed)
        return self.integer()

    def kind(self, depth: int) -> Kind:
        which = self.dice.randrange(12)
        if depth == 0 or which < 6:
            return self.leaf()
        if which == 6:
            return self.structure(depth - 1)
        if which == 7:
            element = self.element(depth - 1)
            length = self.dice.randrange(4)
            return Array(element.before, f"[{length}]{element.after}", element, length)
        if which in (8, 9):
            length = self.integer(aligned=True)
            if which == 8:
                return Sequence("integer { size = 8; align = 8; encoding = ASCII; }", "", length)
            element = self.element(depth - 1)
            return Sequence(element.before, element.after, length, element)
        options = [self.element(depth - 1) for _ in range(self.dice.randrange(1, 4))]
        return Variant("", "", options)

    def element(self, depth: int) -> Kind:
        """Make a kind that needs no member before it."""
        while True:
            kind = self.kind(depth)
            if not isinstance(kind, (Sequence, Variant)):
                return kind

    def structure(self, depth: int) -> Structure:
        members = self.members(depth, self.dice.randrange(4))
        align = self.dice.choice([1, 1, 8, 32])
        return Structure(f"struct {{ {self.spell(members)} }} align({align})", "", members, align)

    def members(self, depth: int, count: int) -> list[Member]:
        return [Member(self.name(), self.kind(depth)) for _ in range(count)]

    def spell(self, members: list[Member]) -> str:
        """Spell members, with what lengths and tags need."""
        return " ".join(spell(member.name, member.kind) for member in members)


def spell(name: str, kind: Kind) -> str:
    if isinstance(kind, Sequence):
        return f"{kind.length.before} {name}_len; {kind.before} {name}[{name}_len]{kind.after};"
    if isinstance(kind, Variant):
        labels = ", ".join(f"{name}_o{i} = {i * 3} ... {i * 3 + 2}" for i in range(len(kind.options)))
        options = " ".join(
            f"{option.before} {name}_o{i}{option.after};" for i, option in enumerate(kind.options)
        )
        tag = f"enum : integer {{ size = 8; }} {{ {labels} }} {name}_tag;"
        return f"{tag} variant <{name}_tag> {{ {options} }} {name};"
    return f"{kind.before} {name}{kind.after};"
