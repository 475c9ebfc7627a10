"""Many watch queries over many posts.

All words of all queries stand in one `PhraseIndex`. Of each query a small set of words is chosen of
which a matching post must have one; only where such a word was seen is the query looked at. So a post
pays for its own words and for the watches it comes near to, not for the number of watches.

Matching has two phases, because the language of a post costs more to find than its words:
`candidates` judges by the words alone, taking every field (`lang:`, `author:` ...) as possible, and
`confirm` decides with the post's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.phrases import PhraseIndex
from models.query_compile import NO_FACTS, Compiler, PostFacts, Seen
from models.query_tree import Node, leaves, pattern_of
from models.text import NormalText, normalise


@dataclass(frozen=True, slots=True)
class Candidates:
    """The watches that one text could match, by their position. False where there surely are none;
    the text is then not kept.

    `sure` match whatever the facts are; `open` wait for them.
    """

    text: NormalText
    found: Collection[int] = ()
    sure: tuple[int, ...] = ()
    open: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sure or self.open)


_NOBODY: Final = Candidates(normalise(""))


class Matcher:
    """Compiled queries, made by `compile_queries`. One instance may serve for the life of a process."""

    def __init__(self, trees: Mapping[str, Node], author_token: Callable[[str], str]) -> None:
        self.names: Final = tuple(trees)
        numbers: dict[tuple[str, ...], int] = {}
        for tree in trees.values():
            for leaf in leaves(tree):
                pattern = pattern_of(leaf)
                if pattern is not None:
                    numbers.setdefault(pattern, len(numbers))
        self._index = PhraseIndex(list(numbers))
        compiler = Compiler(numbers, author_token)
        self._compiled = [compiler.compile(tree) for tree in trees.values()]
        self._always: list[int] = []
        waiting: list[list[int]] = [[] for _ in numbers]
        for watch, compiled in enumerate(self._compiled):
            if compiled.needed is None:
                self._always.append(watch)
            else:
                for number in compiled.needed:
                    waiting[number].append(watch)
        self._waiting = tuple(map(tuple, waiting))

    def candidates(self, texts: Sequence[NormalText]) -> list[Candidates]:
        """For each text the watches that its words allow."""
        return [self._candidates(text) for text in texts]

    def _candidates(self, text: NormalText) -> Candidates:
        found = self._index.find(text)
        watches: Sequence[int] = self._always
        if found:
            near = set(watches)
            for number in found:
                near.update(self._waiting[number])
            watches = sorted(near)
        if not watches:
            return _NOBODY
        sure: list[int] = []
        still_open: list[int] = []
        seen = Seen(found, text, NO_FACTS)
        for watch in watches:
            compiled = self._compiled[watch]
            if compiled.possible(seen):
                (still_open if compiled.asks_facts else sure).append(watch)
        if not (sure or still_open):
            return _NOBODY
        return Candidates(text, found, tuple(sure), tuple(still_open))

    def confirm(self, candidates: Candidates, facts: PostFacts) -> tuple[str, ...]:
        """The names of the watches that match, in the order they were compiled in."""
        if not candidates:
            return ()
        watches = list(candidates.sure)
        if candidates.open:
            seen = Seen(candidates.found, candidates.text, facts)
            watches += [watch for watch in candidates.open if self._compiled[watch].exact(seen)]
            watches.sort()
        return tuple([self.names[watch] for watch in watches])

    def match(self, texts: Sequence[NormalText], facts: Sequence[PostFacts]) -> list[tuple[str, ...]]:
        """Both phases at once, for whoever knows the facts already; one entry of `facts` a text."""
        return [
            self.confirm(candidates, known)
            for candidates, known in zip(self.candidates(texts), facts, strict=True)
        ]
