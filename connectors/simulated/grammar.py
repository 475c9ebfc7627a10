"""From patterns to sentences: `[a|b]` is one of several, `{word}` one of a list.

Patterns are compiled once. What is drawn comes from a function that gives floats in [0, 1), so that a
seed decides every letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Draw = Callable[[], float]

# A piece is said as it stands (str), one of several (list), or part by part (tuple).
Piece = str | list["Piece"] | tuple["Piece", ...]

_TOKEN = re.compile(r"[\[\]|]|\{[^{}]*\}|[^\[\]|{}]+")
_VOWELS: Final = frozenset("aàâeéèêëiîïoôuùûœæ")


class GrammarError(ValueError):
    """A pattern is wrong; `str()` says which and where."""


def with_preposition(preposition: str, noun: str) -> str:
    """French `de` or `à` before a noun: du Mas-Vieux, d'Aubrevielle, aux Aulnes."""
    article, _, bare = noun.partition(" ")
    contracted = {"le": {"de": "du", "à": "au"}, "les": {"de": "des", "à": "aux"}}.get(article)
    if contracted is not None:
        return f"{contracted[preposition]} {bare}"
    if preposition == "de" and noun[0].casefold() in _VOWELS:
        return f"d'{noun}"
    return f"{preposition} {noun}"


def compile_pattern(pattern: str, words: Mapping[str, Sequence[str]]) -> Piece:
    """Read a pattern; `words` are the lists that `{name}`, `{de name}` and `{à name}` draw from.

    Raises:
        GrammarError: brackets do not match, or a list is not there.
    """
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise GrammarError(f"a brace stands alone in {pattern!r}")
    at = 0

    def sequence(inside: bool) -> Piece:
        nonlocal at
        parts: list[Piece] = []
        while at < len(tokens) and not (inside and tokens[at] in "|]"):
            part = tokens[at]
            at += 1
            if part == "[":
                parts.append(alternatives())
            elif part in ("]", "|"):
                raise GrammarError(f"{part!r} without '[' in {pattern!r}")
            elif part[0] == "{":
                parts.append(_listed(part[1:-1], words, pattern))
            else:
                parts.append(part)
        return parts[0] if len(parts) == 1 else tuple(parts) if parts else ""

    def alternatives() -> Piece:
        nonlocal at
        options = [sequence(inside=True)]
        while at < len(tokens) and tokens[at] == "|":
            at += 1
            options.append(sequence(inside=True))
        if at == len(tokens):
            raise GrammarError(f"'[' is not closed in {pattern!r}")
        at += 1
        return options

    return sequence(inside=False)


def _listed(name: str, words: Mapping[str, Sequence[str]], pattern: str) -> Piece:
    preposition, _, listed = name.rpartition(" ")
    if listed not in words or preposition not in ("", "de", "à"):
        raise GrammarError(f"{{{name}}} in {pattern!r} is no list")
    if not preposition:
        return list(words[listed])
    return [with_preposition(preposition, word) for word in words[listed]]


def say(piece: Piece, draw: Draw) -> str:
    """One of the sentences of a compiled pattern."""
    while type(piece) is list:
        piece = piece[int(draw() * len(piece))]
    if type(piece) is str:
        return piece
    return "".join([part if type(part) is str else say(part, draw) for part in piece])
