"""What a watch query is once read: a tree of small frozen values.

A query is made of *leaves* (`Term`, `Wild`, `Phrase`, `Hashtag`, `Handle`, `Field`) under `And`, `Or`,
`Not` and `Near`. Words are folded as `models.text` folds them; `surface` is what the user wrote and
counts neither for equality nor for matching. `str(node)` is a query that parses to an equal node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MIN_PREFIX: Final = 2
MAX_DISTANCE: Final = 100

# Bare words which are refused, with the operator they were perhaps meant to be. In capitals:
# AND, OR, NOT are the operators themselves; the others are how people of two languages spell them.
IN_ANY_CASE: Final = {"AND": "AND", "OR": "OR", "NOT": "NOT", "NEAR": "NEAR/5", "ET": "AND", "OU": "OR"}
IN_CAPITALS: Final = {"SAUF": "NOT", "NON": "NOT", "PAS": "NOT", "PRES": "NEAR/5", "PRÈS": "NEAR/5"}


class FieldName(StrEnum):
    """What can be asked of a post besides its words."""

    LANG = "lang"
    PLATFORM = "platform"
    AUTHOR = "author"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Term:
    """One word."""

    word: str
    surface: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f'"{self.word}"' if self.word.upper() in IN_ANY_CASE else self.word


@dataclass(frozen=True, slots=True)
class Wild:
    """Every word that begins with `prefix`."""

    prefix: str
    surface: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.prefix}*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more words in a row; a word that ends in `*` is a beginning."""

    words: tuple[str, ...]
    surface: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f'"{" ".join(self.words)}"'


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag, without `#`. A name that ends in `*` is a beginning."""

    name: str

    def __str__(self) -> str:
        return f"#{self.name}"


@dataclass(frozen=True, slots=True)
class Handle:
    """A mention of an account in the text, without `@`: `name` at any host, or `name@host`."""

    name: str

    def __str__(self) -> str:
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """A fact of the post: its language, platform, author, or the host of an address in it."""

    name: FieldName
    value: str

    def __str__(self) -> str:
        bare = self.value and not any(c.isspace() or c in '()"“”„«»' for c in self.value)
        return f"{self.name}:{self.value}" if bare else f'{self.name}:"{self.value}"'


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides within `distance` words of each other, in either order; neighbours are at 1.

    A side is a word, a beginning, a phrase, or an `Or` of these.
    """

    left: Node
    right: Node
    distance: int

    def __str__(self) -> str:
        return f"{_within(self.left)} NEAR/{self.distance} {_within(self.right)}"


@dataclass(frozen=True, slots=True)
class Not:
    """What the post must not be."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_within(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(_within(part) if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(_within(part) if isinstance(part, And) else str(part) for part in self.parts)


Leaf = Term | Wild | Phrase | Hashtag | Handle | Field
Node = Leaf | Near | Not | And | Or


def _within(node: Node) -> str:
    """`node` as an operand: in parentheses where its operator would not hold it together."""
    return f"({node})" if isinstance(node, And | Or | Not | Near) else str(node)


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf below `node`, from left to right, also those under `Not`."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Near(left, right):
            yield from leaves(left)
            yield from leaves(right)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def pattern_of(leaf: Leaf) -> tuple[str, ...] | None:
    """The words to look for, as `models.phrases` takes them; None for a `Field`."""
    match leaf:
        case Term(word):
            return (word,)
        case Wild(prefix):
            return (f"{prefix}*",)
        case Phrase(words):
            return words
        case Hashtag(name):
            return (f"#{name}",)
        case Handle(name):
            return (f"@{name}",)
        case Field():
            return None
