"""From the tree of one query to functions that judge a post.

Negation is brought down to the leaves first: then a leaf nobody can judge yet may simply count as true,
and what comes out is never false for a post that could still match.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from models.query_near import spans, within
from models.query_tree import And, Field, FieldName, Leaf, Near, Node, Not, Or, leaves, pattern_of
from models.text import NormalText

Pattern = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a query can ask of a post besides its words.

    `lang` is a code such as `fr` or `fr-CA`, None where nobody knows: then no `lang:` term is true.
    `authors` are the post's author as `author_token` gives it, in each form it has (id and handle).
    `domains` come on top of those in the text and are as `models.text.domain_of` gives them.
    """

    lang: str | None = None
    platform: str = ""
    authors: Collection[str] = ()
    domains: Collection[str] = ()


NO_FACTS: Final = PostFacts()


class Seen(NamedTuple):
    """What is known of one post: the numbers of the patterns that stand in its text, and the rest."""

    found: Collection[int]
    text: NormalText
    facts: PostFacts


Check = Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Compiled:
    """`possible` judges by words alone and is never wrongly false; `exact` judges with the facts.

    `needed` are patterns of which every matching text has at least one; None where there are none such.
    """

    possible: Check
    exact: Check
    asks_facts: bool
    needed: frozenset[int] | None


class Compiler:
    """Compiles trees whose patterns are all in `numbers`, see `models.query_tree.pattern_of`."""

    def __init__(self, numbers: Mapping[Pattern, int], author_token: Callable[[str], str]) -> None:
        self._needed = _Needed(numbers)
        self._exact = _Checks(numbers, author_token, with_facts=True)
        self._possible = _Checks(numbers, author_token, with_facts=False)

    def compile(self, tree: Node) -> Compiled:
        needed = self._needed.of(tree, negated=False)
        exact = self._exact.of(tree, negated=False)
        if not any(isinstance(leaf, Field) for leaf in leaves(tree)):
            return Compiled(exact, exact, asks_facts=False, needed=needed)
        possible = self._possible.of(tree, negated=False)
        return Compiled(possible, exact, asks_facts=True, needed=needed)


class _Needed:
    """Chooses, of all sets of patterns without which a tree cannot be true, the rarest."""

    def __init__(self, numbers: Mapping[Pattern, int]) -> None:
        self._numbers = numbers
        # Without counts of words, length has to do: long words are rare, and so are phrases.
        self._commonness = [2.0 ** -min(60, sum(map(len, pattern))) for pattern in numbers]

    def of(self, node: Node, *, negated: bool) -> frozenset[int] | None:
        match node:
            case Not(part):
                return self.of(part, negated=not negated)
            case And(parts) | Or(parts):
                sets = [self.of(part, negated=negated) for part in parts]
                known = [needed for needed in sets if needed is not None]
                if isinstance(node, And) != negated:
                    return min(known, key=self._total, default=None)
                return frozenset[int]().union(*known) if len(known) == len(sets) else None
            case Near(left, right):
                return None if negated else self.of(And((left, right)), negated=False)
            case _:
                pattern = None if negated else pattern_of(node)
                return None if pattern is None else frozenset({self._numbers[pattern]})

    def _total(self, numbers: frozenset[int]) -> float:
        return sum(self._commonness[number] for number in numbers)


def _true(seen: Seen) -> bool:  # noqa: ARG001
    return True


class _Checks:
    def __init__(
        self, numbers: Mapping[Pattern, int], author_token: Callable[[str], str], *, with_facts: bool
    ) -> None:
        self._numbers = numbers
        self._author_token = author_token
        self._with_facts = with_facts

    def of(self, node: Node, *, negated: bool) -> Check:
        match node:
            case Not(part):
                return self.of(part, negated=not negated)
            case And(parts) | Or(parts):
                check = self._joined(parts, conjunction=isinstance(node, And) != negated, negated=negated)
            case Near():
                check = _negated(self._near(node)) if negated else self._near(node)
            case Field():
                if not self._with_facts:
                    return _true
                check = _negated(self._field(node)) if negated else self._field(node)
            case _:
                check = _one_word(self._number(node), negated=negated)
        return check

    def _number(self, leaf: Leaf) -> int:
        pattern = pattern_of(leaf)
        assert pattern is not None, "a field is no pattern"
        return self._numbers[pattern]

    def _joined(self, parts: Sequence[Node], *, conjunction: bool, negated: bool) -> Check:
        """All or one of `parts`; the plain words among them become one comparison of sets."""
        compound = [part for part in parts if isinstance(part, And | Or | Not | Near | Field)]
        words = frozenset(
            self._number(part) for part in parts if not isinstance(part, And | Or | Not | Near | Field)
        )
        checks = [self.of(part, negated=negated) for part in compound]
        if words:
            checks.insert(0, _words(words, conjunction=conjunction, negated=negated))
        if not conjunction and _true in checks:
            return _true
        checks = [check for check in checks if check is not _true]
        if not checks:
            return _true
        if len(checks) == 1:
            return checks[0]
        return _all(tuple(checks)) if conjunction else _any(tuple(checks))

    def _field(self, field: Field) -> Check:
        value = field.value
        match field.name:
            case FieldName.LANG:
                return lambda seen: (seen.facts.lang or "").partition("-")[0].lower() == value
            case FieldName.PLATFORM:
                return lambda seen: seen.facts.platform.lower() == value
            case FieldName.AUTHOR:
                token = self._author_token(value)
                return lambda seen: token in seen.facts.authors
            case FieldName.DOMAIN:
                below = f".{value}"
                return lambda seen: any(
                    host == value or host.endswith(below)
                    for hosts in (seen.text.domains, seen.facts.domains)
                    for host in hosts
                )

    def _near(self, near: Near) -> Check:
        left, right = self._side(near.left), self._side(near.right)
        distance = near.distance

        def check(seen: Seen) -> bool:
            here = [pattern for number, pattern in left if number in seen.found]
            there = [pattern for number, pattern in right if number in seen.found]
            if not here or not there:
                return False
            words = seen.text.padded.split()
            return within(spans(here, words), spans(there, words), distance)

        return check

    def _side(self, node: Node) -> list[tuple[int, Pattern]]:
        patterns = [pattern for leaf in leaves(node) if (pattern := pattern_of(leaf)) is not None]
        return [(self._numbers[pattern], pattern) for pattern in patterns]


def _negated(check: Check) -> Check:
    return lambda seen: not check(seen)


def _one_word(number: int, *, negated: bool) -> Check:
    if negated:
        return lambda seen: number not in seen.found
    return lambda seen: number in seen.found


def _words(numbers: frozenset[int], *, conjunction: bool, negated: bool) -> Check:
    if len(numbers) == 1:
        return _one_word(min(numbers), negated=negated)
    if negated:
        if conjunction:
            return lambda seen: numbers.isdisjoint(seen.found)
        return lambda seen: not numbers.issubset(seen.found)
    if conjunction:
        return lambda seen: numbers.issubset(seen.found)
    return lambda seen: not numbers.isdisjoint(seen.found)


def _all(checks: tuple[Check, ...]) -> Check:
    def check(seen: Seen) -> bool:
        for part in checks:  # noqa: SIM110 - a generator costs more than these few calls
            if not part(seen):
                return False
        return True

    return check


def _any(checks: tuple[Check, ...]) -> Check:
    def check(seen: Seen) -> bool:
        for part in checks:  # noqa: SIM110 - a generator costs more than these few calls
            if part(seen):
                return True
        return False

    return check
