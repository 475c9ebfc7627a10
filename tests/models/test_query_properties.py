"""The compiled matcher against a reading of the tree so plain that it can be checked by eye."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

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
    PostFacts,
    Query,
    QueryError,
    Term,
    Wild,
    compile_queries,
    parse,
)
from models.text import BARRIER, NormalText, normalise

WORDS = ["crue", "crues", "cru", "digue", "eau", "or", "feu", "foret", "rupture"]
NAMES = ["prefet", "prefet@a.org", "mairie_lyon", "alice.bsky.social", "alice"]
DOMAINS = ["a.org", "b.a.org", "xa.org"]
LANGS, PLATFORMS, AUTHORS = ["fr", "en"], ["x", "mastodon"], ["x:1", "x:2"]

words = st.sampled_from(WORDS)
prefixes = st.sampled_from(["cr", "cru", "crue", "fo"])
starred = st.one_of(words, prefixes.map(lambda prefix: prefix + "*"))
plain = st.one_of(
    words.map(Term),
    prefixes.map(Wild),
    st.lists(starred, min_size=2, max_size=3).map(lambda found: Phrase(tuple(found))),
)
sides = st.one_of(plain, st.lists(plain, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))))
fields = st.one_of(
    st.sampled_from(LANGS).map(lambda value: Field(FieldName.LANG, value)),
    st.sampled_from(PLATFORMS).map(lambda value: Field(FieldName.PLATFORM, value)),
    st.sampled_from(AUTHORS).map(lambda value: Field(FieldName.AUTHOR, value)),
    st.sampled_from(DOMAINS).map(lambda value: Field(FieldName.DOMAIN, value)),
)
single: st.SearchStrategy[Node] = st.one_of(
    plain,
    plain,
    starred.map(Hashtag),
    st.sampled_from(NAMES).map(Handle),
    fields,
    st.builds(Near, sides, sides, st.integers(1, 4)),
)


def _nested(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        inner.map(Not), parts.map(lambda found: And(tuple(found))), parts.map(lambda found: Or(tuple(found)))
    )


trees: st.SearchStrategy[Node] = st.recursive(single, _nested, max_leaves=10)
pieces = st.one_of(
    words,
    words,
    words,
    st.sampled_from(["l'eau", "#crue", "#CrueEau", "#FeuForetCrue", "#rupture_digue", "de la", "!", "CRUES"]),
    st.sampled_from(NAMES).map(lambda name: f"@{name}"),
    st.sampled_from(DOMAINS).map(lambda domain: f"https://{domain}/crue"),
)
texts = st.lists(pieces, max_size=12).map(" ".join)
facts = st.builds(
    PostFacts,
    lang=st.sampled_from([None, *LANGS]),
    platform=st.sampled_from(PLATFORMS),
    authors=st.sets(st.sampled_from(AUTHORS)),
    domains=st.lists(st.sampled_from(DOMAINS), max_size=1),
)


def _fits(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _places(node: Node, segment: Sequence[str]) -> list[range]:
    """The positions in `segment` at which a word, phrase or `Or` of these stands."""
    if isinstance(node, Or):
        return [place for part in node.parts for place in _places(part, segment)]
    assert isinstance(node, Term | Wild | Phrase)
    wanted = [*str(node).strip('"').split()]
    return [
        range(start, start + len(wanted))
        for start in range(len(segment) - len(wanted) + 1)
        if all(_fits(segment[start + i], wanted[i]) for i in range(len(wanted)))
    ]


def plainly(node: Node, text: NormalText, post: PostFacts) -> bool:
    """Whether `node` is true of a post, by definition."""
    segments = [text.tokens, *(aside.split() for aside in text.padded.split(BARRIER)[1:])]
    match node:
        case And(parts):
            return all(plainly(part, text, post) for part in parts)
        case Or(parts):
            return any(plainly(part, text, post) for part in parts)
        case Not(part):
            return not plainly(part, text, post)
        case Near(left, right, distance):
            return any(
                0 < b[0] - a[-1] <= distance or 0 < a[0] - b[-1] <= distance
                for segment in segments
                for a in _places(left, segment)
                for b in _places(right, segment)
            )
        case Hashtag(name):
            return any(_fits(tag, name) for tag in text.hashtags)
        case Handle(name):
            return any(
                name in {full, full.split("@")[0], full.split("@")[0].split(".")[0]} for full in text.mentions
            )
        case Field(FieldName.LANG, value):
            return post.lang == value
        case Field(FieldName.PLATFORM, value):
            return post.platform == value
        case Field(FieldName.AUTHOR, value):
            return value in post.authors
        case Field(_, value):
            return any(f".{host}".endswith(f".{value}") for host in [*text.domains, *post.domains])
        case _:
            return any(_places(node, segment) for segment in segments)


def read(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@settings(max_examples=400)
@given(st.lists(trees, max_size=4), st.lists(st.tuples(texts, facts), min_size=1, max_size=4))
def test_the_matcher_equals_the_definition(roots: list[Node], posts: list[tuple[str, PostFacts]]) -> None:
    matcher = compile_queries({f"w{i}": Query(root) for i, root in enumerate(roots)})
    normal = [normalise(text) for text, _ in posts]
    known = [post for _, post in posts]
    expected = [
        tuple(f"w{i}" for i, root in enumerate(roots) if plainly(root, text, post))
        for text, post in zip(normal, known, strict=True)
    ]
    assert matcher.match(normal, known) == expected


@settings(max_examples=300)
@given(trees)
def test_a_tree_written_out_reads_as_itself(root: Node) -> None:
    query = read(str(root))
    if isinstance(query, QueryError):
        assert "nearly every post" in query.message  # the only thing that can be wrong with a tree
        return
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)
    assert query.explain("en").endswith(".")
    assert query.explain("fr").endswith(".")


@given(trees, texts, facts)
def test_what_was_read_matches_what_was_written(root: Node, text: str, post: PostFacts) -> None:
    query = read(str(root))
    if isinstance(query, QueryError):
        return
    normal = normalise(text)
    assert plainly(query.root, normal, post) == plainly(root, normal, post)


FRAGMENTS = [
    "(",
    ")",
    '"',
    "“",
    "”",
    "«",
    "»",
    " ",
    "AND",
    "OR",
    "NOT",
    "NEAR/2",
    "NEAR/",
    "a",
    "bc*",
    "*",
    "#",
    "@",
]
FRAGMENTS += [
    "lang:",
    "fr",
    "author:",
    "domain:",
    "x.org",
    "-",
    "'",
    "\\",
    "or",
    "é",
    "洪",
    "🔥",
    "\x00",
    "\ud800",
    "\x1f",
]


@settings(max_examples=500)
@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)))
def test_parsing_raises_only_its_own_error_and_round_trips(text: str) -> None:
    query = read(text)
    if isinstance(query, QueryError):
        assert 1 <= query.column <= len(text) + 1
        assert query.pointer().count("\n") == 1
        return
    assert parse(str(query)) == query
    compile_queries({"watch": query}).match([normalise(text)], [PostFacts()])


@given(
    st.lists(
        st.sampled_from(["Mégantic", "forêt*", '"Crue éclair"', "œuvre", "#Été"]), min_size=1, max_size=5
    )
)
def test_case_and_accents_do_not_count(parts: list[str]) -> None:
    query = " OR ".join(parts)
    plain_query = query.translate(str.maketrans("éêÉ", "eeE")).replace("œ", "oe")
    shouted = " OR ".join(part.upper() for part in parts)
    assert parse(query) == parse(plain_query) == parse(shouted)
