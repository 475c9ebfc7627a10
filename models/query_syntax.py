"""From the text of a query to its tree, or to a sentence that says what is wrong and where.

The grammar stands in docs/query-language.md. `NOT` binds closest, then `NEAR/n`, `AND`, `OR`; two things
side by side are joined by `AND`.

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
    Term,
    Wild,
)
from models.text import HASHTAG_NAME, domain_of, fold_name

MAX_QUERY_CHARS: Final = 20_000
MAX_DEPTH: Final = 50
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


class _Kind(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()
    LEAF = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: _Kind
    at: int
    text: str = ""
    leaf: Node | None = None
    distance: int = 0


def parse_tree(query: str) -> Node:
    """The tree of `query`. Raises QueryError and nothing else."""
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(
            f"the query has {len(query)} characters; the limit is {MAX_QUERY_CHARS}: make several watches",
            MAX_QUERY_CHARS + 1,
            query,
        )
    lexemes = _Lexer(query).lexemes()
    if lexemes[0].kind is _Kind.END:
        raise QueryError("the query is empty: write at least one word", 1, query)
    root = _Parser(query, lexemes).whole()
    if not asks_for_something(root):
        first = next(lexeme for lexeme in lexemes if lexeme.kind is _Kind.NOT)
        raise QueryError(
            "the query would match nearly every post of the world, since NOT alone can satisfy it: "
            "say also what the post must have, such as: crue* AND NOT exercice",
            first.at + 1,
            query,
        )
    return root


def asks_for_something(node: Node, *, negated: bool = False) -> bool:
    """Whether every way to satisfy `node` needs a word or a fact that a post has, not only one it lacks."""
    match node:
        case Not(part):
            return asks_for_something(part, negated=not negated)
        case And(parts) | Or(parts):
            asking = (asks_for_something(part, negated=negated) for part in parts)
            return any(asking) if isinstance(node, And) != negated else all(asking)
        case _:
            return not negated


class _Lexer:
    def __init__(self, query: str) -> None:
        self._query = query

    def lexemes(self) -> list[_Lexeme]:
        found: list[_Lexeme] = []
        at = 0
        while at < len(self._query):
            sign = self._query[at]
            if sign.isspace():
                at += 1
            elif sign in "()":
                found.append(_Lexeme(_Kind.OPEN if sign == "(" else _Kind.CLOSE, at, sign))
                at += 1
            elif sign in _CLOSING:
                end = self._end_of_quote(at)
                found.append(_Lexeme(_Kind.LEAF, at, self._query[at:end], self._quoted(at, end)))
                at = end
            else:
                lexeme, at = self._bare(at)
                found.append(lexeme)
        excess = [lexeme for lexeme in found if lexeme.kind is _Kind.LEAF][MAX_LEAVES:]
        if excess:
            raise self._error(
                f"the query has more than {MAX_LEAVES} terms: make several watches of it", excess[0].at
            )
        found.append(_Lexeme(_Kind.END, len(self._query)))
        return found

    def _error(self, message: str, at: int) -> QueryError:
        return QueryError(message, at + 1, self._query)

    def _end_of_quote(self, at: int) -> int:
        closing = _CLOSING[self._query[at]]
        for end in range(at + 1, len(self._query)):
            if self._query[end] in closing:
                return end + 1
        raise self._error(f"this quotation mark is never closed: a {closing[-1]} is missing", at)

    def _bare(self, at: int) -> tuple[_Lexeme, int]:
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
            return _Lexeme(_Kind.LEAF, at, self._query[at:end], leaf), end
        if text in {"AND", "OR", "NOT"}:
            return _Lexeme(_Kind[text], at, text), end
        near = _NEAR.match(text)
        if near is not None and (text.startswith("NEAR") or "/" in text or text.upper() == "NEAR"):
            distance = self._distance(text, near[1], at)
            return _Lexeme(_Kind.NEAR, at, text, distance=distance), end
        self._refuse_operators(text, at)
        return _Lexeme(_Kind.LEAF, at, text, self._word(text, at)), end

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

    def _word(self, text: str, at: int) -> Node:
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

    def _hashtag(self, name: str, at: int) -> Node:
        bare = name.removesuffix(WILD)
        key = fold_name(bare)
        if not _HASHTAG.match(name) or bare.isdigit() or not key.strip("_"):
            raise self._error("write a hashtag as #name, of letters, digits and _, not of digits alone", at)
        if bare != name:
            self._refuse_short(key, at)
        return Hashtag(key + name[len(bare) :])

    def _quoted(self, at: int, end: int) -> Node:
        return self._words(self._query[at + 1 : end - 1], self._query[at + 1 : end - 1].strip(), at)

    def _words(self, text: str, surface: str, at: int) -> Node:
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

    def _field(self, name: str, value: str, at: int, value_at: int, *, after: str) -> Node:
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


class _Parser:
    """Recursive descent, one method a level of precedence; depth is counted, so the stack is bounded."""

    def __init__(self, query: str, lexemes: list[_Lexeme]) -> None:
        self._query = query
        self._lexemes = lexemes
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        rest = self._peek()
        if rest.kind is _Kind.CLOSE:
            raise self._error("this ) closes nothing: no ( was opened before it", rest)
        return node

    def _peek(self) -> _Lexeme:
        return self._lexemes[self._next]

    def _take(self, kind: _Kind) -> _Lexeme | None:
        lexeme = self._lexemes[self._next]
        if lexeme.kind is not kind:
            return None
        self._next += 1
        return lexeme

    def _error(self, message: str, lexeme: _Lexeme) -> QueryError:
        return QueryError(message, lexeme.at + 1, self._query)

    def _or(self) -> Node:
        parts = [self._and()]
        while self._take(_Kind.OR):
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts = [self._near()]
        while self._take(_Kind.AND) or self._peek().kind in {_Kind.LEAF, _Kind.NOT, _Kind.OPEN}:
            parts.append(self._near())
        return _joined(And, parts)

    def _near(self) -> Node:
        start = self._peek()
        left = self._not()
        operator = self._take(_Kind.NEAR)
        if operator is None:
            return left
        self._check_side(left, start)
        start = self._peek()
        right = self._not()
        self._check_side(right, start)
        again = self._peek()
        if again.kind is _Kind.NEAR:
            raise self._error("NEAR joins two sides only: write a NEAR/5 b AND b NEAR/5 c", again)
        return Near(left, right, operator.distance)

    def _check_side(self, node: Node, start: _Lexeme) -> None:
        parts = node.parts if isinstance(node, Or) else (node,)
        if all(isinstance(part, Term | Wild | Phrase) for part in parts):
            return
        if isinstance(node, Not):
            hint = "to exclude the whole, write NOT (a NEAR/5 b)"
        elif any(isinstance(part, Hashtag | Handle) for part in parts):
            hint = "leave out the # or @: hashtags and mentions are found as words too"
        else:
            hint = "such as: (feu* OR incendie*) NEAR/5 forêt"
        raise self._error(
            f"a side of NEAR is a word, a phrase, or several of them joined by OR in parentheses; {hint}",
            start,
        )

    def _not(self) -> Node:
        operator = self._take(_Kind.NOT)
        if operator is None:
            return self._primary()
        self._enter(operator)
        node = Not(self._not())
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        lexeme = self._peek()
        if lexeme.kind is _Kind.LEAF and lexeme.leaf is not None:
            self._next += 1
            return lexeme.leaf
        if lexeme.kind is not _Kind.OPEN:
            raise self._missing(lexeme)
        self._next += 1
        self._enter(lexeme)
        if self._peek().kind is _Kind.CLOSE:
            raise self._error("nothing stands between these parentheses", lexeme)
        node = self._or()
        if self._take(_Kind.CLOSE) is None:
            raise self._error("this ( is never closed: a ) is missing", lexeme)
        self._depth -= 1
        return node

    def _enter(self, lexeme: _Lexeme) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"the query is nested more than {MAX_DEPTH} deep: write it flatter", lexeme)

    def _missing(self, found: _Lexeme) -> QueryError:
        """What to say where a term was expected and `found` stands."""
        before = self._lexemes[self._next - 1] if self._next else None
        if before is not None and before.kind in {_Kind.AND, _Kind.OR, _Kind.NOT, _Kind.NEAR}:
            return self._error(f"{before.text} wants a term after it", before)
        if before is not None and before.kind is _Kind.OPEN and found.kind is _Kind.END:
            return self._error("this ( is never closed: a ) is missing", before)
        if found.kind is _Kind.CLOSE:
            return self._error("this ) closes nothing: no ( was opened before it", found)
        return self._error(f"{found.text} wants a term before it", found)


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """`parts` under `kind`, without one `And` directly in another."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, And | Or) and type(part) is kind:
            flat += part.parts
        else:
            flat.append(part)
    return kind(tuple(flat))
