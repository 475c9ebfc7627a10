"""The pieces of a query's text: operators, parentheses, and leaves read whole.

ValueError
 └─ QueryError      the query is refused; shown to whoever wrote it, with its column
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from models.phrases import WILD, phrase_words
from models.query_tree import (
    IN_ANY_CASE,
    IN_CAPITALS,
    MAX_DISTANCE,
    MIN_PREFIX,
    Field,
    FieldName,
    Handle,
    Hashtag,
    Leaf,
    Phrase,
    Term,
    Wild,
)
from models.text import HASHTAG_NAME, domain_of, fold_name

MAX_LEAVES: Final = 2_000

_CLOSING: Final = {'"': '"', "“": "”", "„": "“”", "«": "»"}
_BARE = re.compile(r'[^\s()"“”„«»]+')
_FIELD = re.compile(r"([^\W\d_]+):")
_NEAR = re.compile(r"near(?:/?(.*))?\Z", re.IGNORECASE | re.DOTALL)
_HASHTAG = re.compile(HASHTAG_NAME + r"\*?\Z")
_HANDLE = re.compile(r"\w+(?:[.-]+\w+)*(?:@(?:[\w-]+\.)+[\w-]+)?\Z")
_LANG = re.compile(r"[a-z]{2,3}\Z")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9_.-]*\Z")
_FIELD_MEANT: Final = {
    "from": "author",
    "user": "author",
    "auteur": "author",
    "compte": "author",
    "site": "domain",
    "url": "domain",
    "link": "domain",
    "domaine": "domain",
    "source": "platform",
    "plateforme": "platform",
    "language": "lang",
    "langue": "lang",
    "lg": "lang",
}
_SIGNS: Final = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT"}


class QueryError(ValueError):
    """A query that is refused. `column` counts characters of `query` from 1."""

    def __init__(self, message: str, column: int, query: str = "") -> None:
        self.message = message
        self.column = column
        self.query = query
        super().__init__(f"{message}, at column {column}")

    def pointer(self, width: int = 72) -> str:
        """Two lines: the part of the query around the column, and a caret under it."""
        first = max(0, min(self.column - 1 - width // 2, len(self.query) - width))
        shown = re.sub(r"\s|[^\x20-\U0010ffff]", " ", self.query[first : first + width])
        return f"{shown}\n{' ' * (self.column - 1 - first)}^"


class Kind(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()
    LEAF = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Lexeme:
    kind: Kind
    at: int
    text: str = ""
    leaf: Leaf | None = None
    distance: int = 0


class Lexer:
    def __init__(self, query: str) -> None:
        self._query = query

    def lexemes(self) -> list[Lexeme]:
        found: list[Lexeme] = []
        at = 0
        while at < len(self._query):
            sign = self._query[at]
            if sign.isspace():
                at += 1
            elif sign in "()":
                found.append(Lexeme(Kind.OPEN if sign == "(" else Kind.CLOSE, at, sign))
                at += 1
            elif sign in _CLOSING:
                end = self._end_of_quote(at)
                found.append(Lexeme(Kind.LEAF, at, self._query[at:end], self._quoted(at, end)))
                at = end
            else:
                lexeme, at = self._bare(at)
                found.append(lexeme)
        excess = [lexeme for lexeme in found if lexeme.kind is Kind.LEAF][MAX_LEAVES:]
        if excess:
            raise self._error(
                f"the query has more than {MAX_LEAVES} terms: make several watches of it", excess[0].at
            )
        found.append(Lexeme(Kind.END, len(self._query)))
        return found

    def _error(self, message: str, at: int) -> QueryError:
        return QueryError(message, at + 1, self._query)

    def _end_of_quote(self, at: int) -> int:
        closing = _CLOSING[self._query[at]]
        for end in range(at + 1, len(self._query)):
            if self._query[end] in closing:
                return end + 1
        raise self._error(f"this quotation mark is never closed: a {closing[-1]} is missing", at)

    def _bare(self, at: int) -> tuple[Lexeme, int]:
        """What begins at `at` without quotation mark or parenthesis, and where it ends."""
        match = _BARE.match(self._query, at)
        if match is None:
            raise self._error("this quotation mark closes nothing: none was opened before it", at)
        text, end = match[0], match.end()
        field = _FIELD.match(text)
        if field is not None and not text[field.end() :].startswith("//"):
            value_at = at + field.end()
            value = text[field.end() :]
            if not value and self._query[end : end + 1] in _CLOSING:
                quote_end = self._end_of_quote(end)
                value, value_at, end = self._query[end + 1 : quote_end - 1].strip(), end, quote_end
            leaf = self._field(field[1], value, at, value_at, after=self._query[end : end + 1])
            return Lexeme(Kind.LEAF, at, self._query[at:end], leaf), end
        if text in {"AND", "OR", "NOT"}:
            return Lexeme(Kind[text], at, text), end
        near = _NEAR.match(text)
        if near is not None and (text.startswith("NEAR") or "/" in text or text.upper() == "NEAR"):
            distance = self._distance(text, near[1], at)
            return Lexeme(Kind.NEAR, at, text, distance=distance), end
        self._refuse_operators(text, at)
        return Lexeme(Kind.LEAF, at, text, self._word(text, at)), end

    def _distance(self, text: str, number: str, at: int) -> int:
        if text.startswith("NEAR/") and number.isascii() and number.isdigit() and len(number) <= 4:
            distance = int(number)
            if 1 <= distance <= MAX_DISTANCE:
                return distance
        raise self._error(
            f"write NEAR/ with a number of words from 1 to {MAX_DISTANCE}, such as: digue NEAR/5 rupture "
            f'(for the word itself: "{text}")',
            at,
        )

    def _refuse_operators(self, text: str, at: int) -> None:
        meant = _SIGNS.get(text) or IN_ANY_CASE.get(text.upper()) or IN_CAPITALS.get(text)
        if meant is not None:
            quoted = "" if text in _SIGNS else f', or for the word itself: "{text}"'
            raise self._error(f"{text} is no operator here: write {meant}{quoted}", at)
        if text[0] in "-+!" and len(text) > 1 and not text[1].isdigit():
            meant = "AND " if text[0] == "+" else "NOT "
            raise self._error(f"{text[0]} is no operator here: write {meant}{text[1:]}", at)
        if text[0] in "'‘’`":
            raise self._error('a phrase stands in double quotation marks: "rupture de digue"', at)
        for i, sign in enumerate(text):
            if sign in "~^?|[]{}<>=\\":
                raise self._error(
                    f"{sign} has no meaning in a query: of all signs only * at the end of a word stands for "
                    f'what may follow; for the text itself: "{text}"',
                    at + i,
                )

    def _word(self, text: str, at: int) -> Leaf:
        if "://" in text:
            raise self._error(
                "addresses on the web are no words; for posts that link to a host write domain:example.org",
                at,
            )
        if text[0] in "#＃":
            return self._hashtag(text[1:], at)
        if text[0] in "@＠":
            if not _HANDLE.match(text[1:]):
                raise self._error("write an account as @name or @name@host", at)
            return Handle(fold_name(text[1:]))
        return self._words(text, text, at)

    def _hashtag(self, name: str, at: int) -> Leaf:
        bare = name.removesuffix(WILD)
        key = fold_name(bare)
        if not _HASHTAG.match(name) or bare.isdigit() or not key.strip("_"):
            raise self._error("write a hashtag as #name, of letters, digits and _, not of digits alone", at)
        if bare != name:
            self._refuse_short(key, at)
        return Hashtag(key + name[len(bare) :])

    def _quoted(self, at: int, end: int) -> Leaf:
        return self._words(self._query[at + 1 : end - 1], self._query[at + 1 : end - 1].strip(), at)

    def _words(self, text: str, surface: str, at: int) -> Leaf:
        """A term, a beginning or a phrase, by the number of words in `text`."""
        for star in re.finditer(r"\*", text):
            before = text[star.start() - 1 : star.start()]
            after = text[star.end() : star.end() + 1]
            # Only a letter or digit before, and nothing of a word after: `cr*e`, `*crue`, `a * b`.
            if not before or before.isspace() or before == WILD or (after and not after.isspace()):
                where = at + star.start() + (self._query[at] in _CLOSING)
                raise self._error(
                    "* stands only at the end of a word, for whatever may follow: crue* finds crues; "
                    "for words between two others use NEAR/n",
                    where,
                )
        words = tuple(word for piece in text.split() for word in phrase_words(piece.lstrip("#@＃＠")))
        if not words:
            raise self._error("here is no letter, digit or emoji to look for", at)
        if len(words) > 1:
            return Phrase(words, surface)
        if words[0].endswith(WILD):
            self._refuse_short(words[0][:-1], at)
            return Wild(words[0][:-1], surface)
        if WILD in text:
            raise self._error("* stands only at the end of a word: crue* finds crues", at)
        return Term(words[0], surface)

    def _refuse_short(self, prefix: str, at: int) -> None:
        if len(prefix) < MIN_PREFIX:
            raise self._error(f"* wants at least {MIN_PREFIX} letters before it", at)

    def _field(self, name: str, value: str, at: int, value_at: int, *, after: str) -> Leaf:
        try:
            field = FieldName(name.lower())
        except ValueError:
            known = [str(field) for field in FieldName]
            close = difflib.get_close_matches(name.lower(), known, n=1)
            meant = _FIELD_MEANT.get(name.lower()) or (close[0] if close else None)
            hint = f"did you mean {meant}:? There are" if meant else "there are"
            raise self._error(
                f"no field is called {name}: {hint} {', '.join(f'{k}:' for k in known)} "
                "(a colon in a text wants quotation marks)",
                at,
            ) from None
        if not value:
            hint = f"({field}:a OR {field}:b)" if after == "(" else f"{field}:value, without a space"
            raise self._error(f"{field}: wants its value right behind it: write {hint}", at)
        return Field(field, self._value(field, value, value_at))

    def _value(self, field: FieldName, value: str, at: int) -> str:
        folded = value.casefold()
        match field:
            case FieldName.LANG:
                if not _LANG.match(folded):
                    raise self._error("a language is a code of two or three letters: lang:fr, lang:en", at)
                return folded
            case FieldName.PLATFORM:
                if not _PLATFORM.match(folded):
                    raise self._error("a platform is named in one word: platform:mastodon", at)
                return folded
            case FieldName.DOMAIN:
                domain = domain_of(value) if re.fullmatch(r"[\w.-]+", value) else None
                if domain is None:
                    raise self._error(
                        "a domain is the name of a host, with all that lies below it: domain:example.org", at
                    )
                return domain
            case FieldName.AUTHOR:
                if '"' in value:
                    raise self._error("an author's name has no quotation mark", at)
                return value
