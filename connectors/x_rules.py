"""Watch queries as rules of X's filtered stream, as far as its language goes.

docs.x.com, "Build a rule". A rule may match too much, since every post is matched again here; where it
must match less than the query (X knows no beginnings of words, and cannot be asked for everything),
a note says what is not heard.

    a b -> both      a OR b -> either      -a -> not      "a b" -> in a row      lang:fr -> beside a word
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from models.query import (
    And,
    Field,
    FieldName,
    Handle,
    Hashtag,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Term,
    Wild,
)

# Endings of French and English under which the commonest words that begin alike are asked for.
ENDINGS: Final = ("", "s", "e", "es", "é", "ée", "és", "ées", "er", "ed", "ing")
TAG: Final = "vigie:"


@dataclass(frozen=True, slots=True)
class Rule:
    value: str
    tag: str


@dataclass(frozen=True, slots=True)
class Unheard:
    """What X cannot be asked of a query, and why: a key of `WHY`, filled with `detail`."""

    why: str
    about: str = ""
    detail: str = ""

    def said(self, language: str) -> str:
        reason = WHY[self.why][language].format(self.detail)
        return f"{self.about}: {reason}" if self.about else reason


WHY: Final[Mapping[str, Mapping[str, str]]] = {
    "alone": {
        "en": "X must be asked for a word, a hashtag or an account",
        "fr": "à X, il faut demander un mot, un mot-dièse ou un compte",
    },
    "long": {"en": "longer than {} characters", "fr": "plus de {} caractères"},
    "endings": {"en": "other endings than {}", "fr": "d'autres terminaisons que {}"},
    "hashtag": {
        "en": "X knows no beginnings of hashtags",
        "fr": "X ne connaît pas les débuts de mots-dièse",
    },
    "rules": {"en": "{} rules more than X allows", "fr": "{} règles de trop pour X"},
}


@dataclass(frozen=True, slots=True)
class Translation:
    """The rules of one watch. `here` is what is filtered here instead, `unheard` what X cannot be asked."""

    rules: tuple[Rule, ...]
    here: tuple[str, ...]
    unheard: tuple[Unheard, ...]


@dataclass(frozen=True, slots=True)
class _Some:
    """A piece of a rule: `alone` may stand without another beside it, `loose` is an "either"."""

    text: str
    alone: bool = True
    loose: bool = False
    several: bool = False

    def __str__(self) -> str:
        return f"({self.text})" if self.loose else self.text


class _Notes:
    def __init__(self) -> None:
        self.here: dict[str, None] = {}
        self.unheard: dict[Unheard, None] = {}


def translate(name: str, query: Query, *, max_chars: int) -> Translation:
    """The rules for one watch; none where it cannot concern X, or cannot be asked of it."""
    notes = _Notes()
    rules = _rules(query.root, notes, max_chars)
    return Translation(
        tuple(Rule(value, f"{TAG}{name}") for value in dict.fromkeys(rules)),
        tuple(notes.here),
        tuple(notes.unheard),
    )


def translate_all(queries: Mapping[str, Query], *, max_chars: int, max_rules: int) -> dict[str, Translation]:
    """Every watch's rules; those beyond `max_rules` are left out, and noted as not heard."""
    out: dict[str, Translation] = {}
    left = max_rules
    for name, query in queries.items():
        found = translate(name, query, max_chars=max_chars)
        if len(found.rules) > left:
            unheard = (*found.unheard, Unheard("rules", detail=str(len(found.rules) - left)))
            found = Translation(found.rules[:left], found.here, unheard)
        left -= len(found.rules)
        out[name] = found
    return out


def _rules(root: Node, notes: _Notes, max_chars: int) -> list[str]:
    found = _ask(root, notes)
    if found is False:
        return []
    if found is True or not found.alone:
        notes.unheard[Unheard("alone", str(root))] = None
        return []
    if len(found.text) <= max_chars:
        return [found.text]
    halves = _halves(root)
    if halves is None:
        notes.unheard[Unheard("long", f"{str(root)[:60]}…", str(max_chars))] = None
        return []
    return [rule for half in halves for rule in _rules(half, notes, max_chars)]


def _halves(node: Node) -> tuple[Node, Node] | None:
    """Two nodes which together match what `node` does, by cutting its longest `Or`."""
    match node:
        case Or(parts):
            middle = len(parts) // 2
            return _or(parts[:middle]), _or(parts[middle:])
        case And(parts):
            splits = [(i, _halves(part)) for i, part in enumerate(parts)]
            cut = max(
                ((i, halves) for i, halves in splits if halves is not None),
                key=lambda found: len(str(parts[found[0]])),
                default=None,
            )
            if cut is None:
                return None
            i, (left, right) = cut
            return And((*parts[:i], left, *parts[i + 1 :])), And((*parts[:i], right, *parts[i + 1 :]))
        case _:
            return None


def _or(parts: tuple[Node, ...]) -> Node:
    return parts[0] if len(parts) == 1 else Or(parts)


def _ask(node: Node, notes: _Notes) -> _Some | bool:
    """What to ask for so that no post that matches is missed; True is every post, False is none."""
    match node:
        case And(parts):
            return _all([_ask(part, notes) for part in parts])
        case Or(parts):
            return _any([_ask(part, notes) for part in parts], node, notes)
        case Near(left, right, _):
            notes.here[str(node)] = None
            return _all([_ask(left, notes), _ask(right, notes)])
        case Not(part):
            return _exclude(part, notes)
        case Wild(prefix, surface):
            stem = surface.rstrip("*") or prefix
            others = ", ".join(filter(None, ENDINGS))
            notes.unheard[Unheard("endings", str(node), others)] = None
            return _either(base + ending for base in (prefix, stem.lower()) for ending in ENDINGS)
        case _:
            return _leaf(node, notes)


def _leaf(node: Node, notes: _Notes) -> _Some | bool:
    match node:
        case Phrase(words) if any(word.endswith("*") for word in words):
            notes.here[str(node)] = None
            return _all([_Some(_word(word)) for word in words if not word.endswith("*")])
        case Term() | Phrase():
            return _either(_spellings(node))
        case Hashtag(name) if name.endswith("*"):
            notes.unheard[Unheard("hashtag", str(node))] = None
            return _Some(f"#{name.rstrip('*')}")
        case Hashtag(name):
            return _Some(f"#{name}")
        case Handle(name):
            return False if "@" in name else _Some(f"@{name}")
        case Field(FieldName.LANG, value):
            return _Some(f"lang:{value}", alone=False)
        case Field(FieldName.PLATFORM, value):
            return value.lower() == "x"
        case Field(FieldName.AUTHOR, value):
            platform, _, account = value.partition(":")
            return (
                _Some(f"from:{account.removeprefix('@')}") if platform.lower() == "x" and account else False
            )
        case Field(FieldName.DOMAIN, value):
            return _Some(f'url:"{value}"')
        case _:
            return True


def _spellings(leaf: Term | Phrase) -> list[str]:
    """X takes accents as they are written, and we take them away: it is asked for both."""
    plain = leaf.word if isinstance(leaf, Term) else " ".join(leaf.words)
    return [plain, leaf.surface.strip('"“”«» ').lower()]


def _exclude(part: Node, notes: _Notes) -> _Some | bool:
    """X wants no group negated: of an `Or` each part is, and the rest is left to us."""
    match part:
        case Or(parts):
            return _all([_exclude(inner, notes) for inner in parts])
        case Term() | Phrase():
            exact = not any(word.endswith("*") for word in str(part).strip('"').split())
            words = dict.fromkeys(_word(form) for form in _spellings(part) if form)
            if exact:
                return _Some(" ".join(f"-{word}" for word in words), alone=False)
        case Hashtag() | Handle() | Field() if not str(part).endswith("*"):
            found = _leaf(part, notes)
            return not found if isinstance(found, bool) else _Some(f"-{found.text}", alone=False)
        case _:
            pass
    notes.here[f"NOT {part}"] = None
    return True


def _all(parts: list[_Some | bool]) -> _Some | bool:
    if any(part is False for part in parts):
        return False
    some = [part for part in parts if isinstance(part, _Some)]
    if len(some) <= 1:
        return some[0] if some else True
    return _Some(" ".join(map(str, some)), alone=any(part.alone for part in some), several=True)


def _any(parts: list[_Some | bool], node: Node, notes: _Notes) -> _Some | bool:
    if any(part is True for part in parts):
        return True
    some = [part for part in parts if isinstance(part, _Some)]
    if len(some) <= 1:
        return some[0] if some else False
    if any(not part.alone for part in some) and any(part.text.startswith("-") for part in some):
        # An excluded word alone on one side would ask for nearly everything.
        notes.here[str(node)] = None
        return True
    alone = all(part.alone for part in some)
    # What is itself an "either" needs no parentheses in another.
    text = " OR ".join(f"({part.text})" if part.several else part.text for part in some)
    return _Some(text, alone=alone, loose=True)


def _either(forms: Iterable[str]) -> _Some:
    words = dict.fromkeys(_word(form) for form in forms if form)
    return _Some(" OR ".join(words), loose=len(words) > 1)


def _word(text: str) -> str:
    """A word as it is; in quotation marks where it has blanks or signs that X would read otherwise."""
    text = text.replace('"', " ").strip()
    return text if text.isalnum() and text not in {"or", "and"} else f'"{text}"'
