"""The boolean watch-query language: what a watch listens for, read, explained and matched.

    query = parse('(inondation* OR crue*) AND NOT exercice')
    query.explain("fr")
    matcher = compile_queries({"crue-herault": query})
    matcher.match([normalise(text)], [PostFacts(lang="fr", platform="mastodon")])

The language is described in docs/query-language.md. The tree (`query.root`) is public, so that a
connector can translate it to its platform's own filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from models.query_compile import NO_FACTS, PostFacts
from models.query_lexer import MAX_LEAVES, QueryError
from models.query_match import Candidates, Matcher
from models.query_syntax import MAX_DEPTH, MAX_QUERY_CHARS, parse_tree
from models.query_tree import (
    MAX_DISTANCE,
    MIN_PREFIX,
    And,
    Field,
    FieldName,
    Handle,
    Hashtag,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Term,
    Wild,
    leaves,
)
from models.query_words import Language, in_words

__all__ = [
    "MAX_DEPTH",
    "MAX_DISTANCE",
    "MAX_LEAVES",
    "MAX_QUERY_CHARS",
    "MIN_PREFIX",
    "NO_FACTS",
    "And",
    "Candidates",
    "Field",
    "FieldName",
    "Handle",
    "Hashtag",
    "Language",
    "Leaf",
    "Matcher",
    "Near",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "PostFacts",
    "Query",
    "QueryError",
    "Term",
    "Wild",
    "compile_queries",
    "leaves",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read; `text` is what the user wrote. Two are equal when their trees are."""

    root: Node
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        """The query in its plainest spelling; parsing it gives an equal query."""
        return str(self.root)

    def explain(self, language: Language = "en") -> str:
        """What the query matches, as one sentence."""
        return in_words(self.root, language)

    def fields(self, name: FieldName) -> tuple[str, ...]:
        """The values asked of one field, each once, in order."""
        return tuple(
            dict.fromkeys(
                leaf.value for leaf in leaves(self.root) if isinstance(leaf, Field) and leaf.name is name
            )
        )

    @property
    def authors(self) -> tuple[str, ...]:
        """The accounts named by `author:`, as the user wrote them."""
        return self.fields(FieldName.AUTHOR)

    @property
    def terms(self) -> tuple[str, ...]:
        """Words, phrases, hashtags and mentions, excluded ones too, each once in plainest spelling."""
        return tuple(dict.fromkeys(str(leaf) for leaf in leaves(self.root) if not isinstance(leaf, Field)))


def parse(text: str) -> Query:
    """Read a query. Raises QueryError, which says what is wrong, where, and what would be right."""
    return Query(parse_tree(text), text)


def _itself(author: str) -> str:
    return author


def compile_queries(queries: Mapping[str, Query], author_token: Callable[[str], str] = _itself) -> Matcher:
    """Make a matcher of all `queries` by name.

    `author_token` turns the value of an `author:` term into what `PostFacts.authors` holds: where
    authors are pseudonyms, the same keyed function for both.
    """
    return Matcher({name: query.root for name, query in queries.items()}, author_token)
