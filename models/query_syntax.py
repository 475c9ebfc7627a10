"""From the text of a query to its tree, or to a sentence that says what is wrong and where.

The grammar stands in docs/query-language.md. `NOT` binds closest, then `NEAR/n`, `AND`, `OR`; two things
side by side are joined by `AND`.
"""

from __future__ import annotations

from typing import Final

from models.query_lexer import Kind, Lexeme, Lexer, QueryError
from models.query_tree import And, Handle, Hashtag, Near, Node, Not, Or, Phrase, Term, Wild

MAX_QUERY_CHARS: Final = 20_000
MAX_DEPTH: Final = 50


def parse_tree(query: str) -> Node:
    """The tree of `query`. Raises QueryError and nothing else."""
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(
            f"the query has {len(query)} characters; the limit is {MAX_QUERY_CHARS}: make several watches",
            MAX_QUERY_CHARS + 1,
            query,
        )
    lexemes = Lexer(query).lexemes()
    if lexemes[0].kind is Kind.END:
        raise QueryError("the query is empty: write at least one word", 1, query)
    root = _Parser(query, lexemes).whole()
    if not asks_for_something(root):
        first = next(lexeme for lexeme in lexemes if lexeme.kind is Kind.NOT)
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


class _Parser:
    """Recursive descent, one method a level of precedence; depth is counted, so the stack is bounded."""

    def __init__(self, query: str, lexemes: list[Lexeme]) -> None:
        self._query = query
        self._lexemes = lexemes
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        rest = self._peek()
        if rest.kind is Kind.CLOSE:
            raise self._error("this ) closes nothing: no ( was opened before it", rest)
        return node

    def _peek(self) -> Lexeme:
        return self._lexemes[self._next]

    def _take(self, kind: Kind) -> Lexeme | None:
        lexeme = self._lexemes[self._next]
        if lexeme.kind is not kind:
            return None
        self._next += 1
        return lexeme

    def _error(self, message: str, lexeme: Lexeme) -> QueryError:
        return QueryError(message, lexeme.at + 1, self._query)

    def _or(self) -> Node:
        parts = [self._and()]
        while self._take(Kind.OR):
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts = [self._near()]
        while self._take(Kind.AND) or self._peek().kind in {Kind.LEAF, Kind.NOT, Kind.OPEN}:
            parts.append(self._near())
        return _joined(And, parts)

    def _near(self) -> Node:
        start = self._peek()
        left = self._not()
        operator = self._take(Kind.NEAR)
        if operator is None:
            return left
        self._check_side(left, start)
        start = self._peek()
        right = self._not()
        self._check_side(right, start)
        again = self._peek()
        if again.kind is Kind.NEAR:
            raise self._error("NEAR joins two sides only: write a NEAR/5 b AND b NEAR/5 c", again)
        return Near(left, right, operator.distance)

    def _check_side(self, node: Node, start: Lexeme) -> None:
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
        operator = self._take(Kind.NOT)
        if operator is None:
            return self._primary()
        self._enter(operator)
        node = Not(self._not())
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        lexeme = self._peek()
        if lexeme.kind is Kind.LEAF and lexeme.leaf is not None:
            self._next += 1
            return lexeme.leaf
        if lexeme.kind is not Kind.OPEN:
            raise self._missing(lexeme)
        self._next += 1
        self._enter(lexeme)
        if self._peek().kind is Kind.CLOSE:
            raise self._error("nothing stands between these parentheses", lexeme)
        node = self._or()
        if self._take(Kind.CLOSE) is None:
            raise self._error("this ( is never closed: a ) is missing", lexeme)
        self._depth -= 1
        return node

    def _enter(self, lexeme: Lexeme) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"the query is nested more than {MAX_DEPTH} deep: write it flatter", lexeme)

    def _missing(self, found: Lexeme) -> QueryError:
        """What to say where a term was expected and `found` stands."""
        before = self._lexemes[self._next - 1] if self._next else None
        if before is not None and before.kind in {Kind.AND, Kind.OR, Kind.NOT, Kind.NEAR}:
            return self._error(f"{before.text} wants a term after it", before)
        if before is not None and before.kind is Kind.OPEN and found.kind is Kind.END:
            return self._error("this ( is never closed: a ) is missing", before)
        if found.kind is Kind.CLOSE:
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
