"""A query in words, for the people who have to answer for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from models.query_tree import And, Field, FieldName, Handle, Hashtag, Near, Node, Not, Or, Phrase, Term, Wild

Language = Literal["en", "fr"]


@dataclass(frozen=True, slots=True)
class _Wording:
    """Sentences of one language; `{}` takes what was found."""

    sentence: str
    it: str
    conj: str
    disj: str
    has: str
    lacks: str
    lacks_each: str
    nor: str
    term: str
    wild: str
    phrase: str
    hashtag: str
    handle: str
    near: str
    fields: dict[FieldName, tuple[str, str]]


_WORDINGS: Final[dict[Language, _Wording]] = {
    "en": _Wording(
        sentence="A post matches if {}.",
        it="it ",
        conj=" and ",
        disj=" or ",
        has="contains {}",
        lacks="does not contain {}",
        lacks_each="contains neither {}",
        nor=" nor ",
        term='"{}"',
        wild='a word beginning with "{}"',
        phrase='the phrase "{}"',
        hashtag="the hashtag #{}",
        handle="a mention of @{}",
        near="{} at most {} words away from {}",
        fields={
            FieldName.LANG: ("is in the language {}", "is not in the language {}"),
            FieldName.PLATFORM: ("comes from {}", "does not come from {}"),
            FieldName.AUTHOR: ("is by {}", "is not by {}"),
            FieldName.DOMAIN: ("links to {}", "does not link to {}"),
        },
    ),
    "fr": _Wording(
        sentence="Une publication est retenue si {}.",
        it="elle ",
        conj=" et ",
        disj=" ou ",
        has="contient {}",
        lacks="ne contient pas {}",
        lacks_each="ne contient ni {}",
        nor=" ni ",
        term="« {} »",
        wild="un mot commençant par « {} »",
        phrase="l'expression « {} »",
        hashtag="le mot-dièse #{}",
        handle="une mention de @{}",
        near="{} à {} mots au plus de {}",
        fields={
            FieldName.LANG: ("est en langue {}", "n'est pas en langue {}"),
            FieldName.PLATFORM: ("vient de {}", "ne vient pas de {}"),
            FieldName.AUTHOR: ("est de {}", "n'est pas de {}"),
            FieldName.DOMAIN: ("renvoie vers {}", "ne renvoie pas vers {}"),
        },
    ),
}


def in_words(node: Node, language: Language) -> str:
    """One sentence that says what `node` matches."""
    speaker = _Speaker(_WORDINGS[language])
    return speaker.wording.sentence.format(speaker.clause(node, negated=False))


class _Speaker:
    def __init__(self, wording: _Wording) -> None:
        self.wording = wording

    def clause(self, node: Node, *, negated: bool) -> str:
        """`node` (or its contrary) as one or more predicates, negation brought down to the words."""
        wording = self.wording
        match node:
            case Not(part):
                return self.clause(part, negated=not negated)
            case And(parts) | Or(parts):
                return self._joined(parts, conjunction=isinstance(node, And) != negated, negated=negated)
            case Field(name, value):
                return wording.it + wording.fields[name][negated].format(value)
            case _:
                return wording.it + (wording.lacks if negated else wording.has).format(self._noun(node))

    def _joined(self, parts: Sequence[Node], *, conjunction: bool, negated: bool) -> str:
        """Words of the same sign share their verb; what is itself joined stands in parentheses."""
        wording = self.wording
        link = wording.conj if conjunction else wording.disj
        has: list[str] = []
        lacks: list[str] = []
        clauses: list[str] = []
        for part in parts:
            bare, sign = part, negated
            while isinstance(bare, Not):
                bare, sign = bare.part, not sign
            if isinstance(bare, And | Or):
                same = (isinstance(bare, And) != sign) == conjunction
                clause = self.clause(bare, negated=sign)
                clauses.append(clause if same else f"({clause})")
            elif isinstance(bare, Field):
                clauses.append(self.clause(bare, negated=sign))
            else:
                (lacks if sign else has).append(self._noun(bare))
        if has:
            clauses.insert(0, wording.it + wording.has.format(link.join(has)))
        if len(lacks) > 1 and conjunction:
            clauses.append(wording.it + wording.lacks_each.format(wording.nor.join(lacks)))
        else:
            clauses += [wording.it + wording.lacks.format(noun) for noun in lacks]
        return link.join(clauses)

    def _noun(self, node: Node) -> str:
        wording = self.wording
        match node:
            case Term(word, surface):
                return wording.term.format(surface or word)
            case Wild(prefix, surface):
                return wording.wild.format(surface.removesuffix("*") or prefix)
            case Phrase(words, surface):
                return wording.phrase.format(surface or " ".join(words))
            case Hashtag(name):
                return wording.hashtag.format(name)
            case Handle(name):
                return wording.handle.format(name)
            case Near(left, right, distance):
                return wording.near.format(self._side(left), distance, self._side(right))
            case Or(parts):
                return wording.disj.join(map(self._noun, parts))
            case _:
                raise AssertionError(f"{type(node).__name__} is no noun")

    def _side(self, node: Node) -> str:
        noun = self._noun(node)
        return f"({noun})" if isinstance(node, Or) else noun
