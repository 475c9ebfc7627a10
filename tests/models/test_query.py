"""The watch-query language: what is accepted, what is refused and how, what matches."""

import re
from pathlib import Path

import pytest

from models.query import (
    MAX_DEPTH,
    MAX_DISTANCE,
    MAX_LEAVES,
    MAX_QUERY_CHARS,
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
    QueryError,
    Term,
    Wild,
    compile_queries,
    parse,
)
from models.text import normalise

LANGUAGE_PAGE = Path(__file__).parents[2] / "docs" / "query-language.md"

A, B, C = Term("a"), Term("b"), Term("c")


def matches(query: str, text: str, facts: PostFacts | None = None) -> bool:
    matcher = compile_queries({"watch": parse(query)})
    return bool(matcher.match([normalise(text)], [facts or PostFacts()])[0])


@pytest.mark.parametrize(
    ("query", "root"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b c", And((A, B, C))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("a AND (b c)", And((A, B, C))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT NOT b", And((A, Not(Not(B))))),
        ("a AND NOT b OR c", Or((And((A, Not(B))), C))),
        ("a b NEAR/3 c", And((A, Near(B, C, 3)))),
        ("(a OR b) NEAR/100 c", Near(Or((A, B)), C, 100)),
        ('"a b*" NEAR/1 cd*', Near(Phrase(("a", "b*")), Wild("cd"), 1)),
        ("a AND NOT (b NEAR/2 c)", And((A, Not(Near(B, C, 2))))),
        ("((a))", A),
        ("Mégantic", Term("megantic")),
        ("l'Inondation*", Phrase(("l", "inondation*"))),
        ("porte-parole", Phrase(("porte", "parole"))),
        ('"crue*"', Wild("crue")),
        ('"NEAR"', Term("near")),
        ("“rupture de digue”", Phrase(("rupture", "de", "digue"))),
        ("«rupture de digue»", Phrase(("rupture", "de", "digue"))),
        ("„a b“", Phrase(("a", "b"))),
        ("#Crue_2024", Hashtag("crue_2024")),
        ("#inond*", Hashtag("inond*")),
        ("@Prefet", Handle("prefet")),
        ("@Prefet@Example.Social", Handle("prefet@example.social")),
        ("LANG:FR", Field(FieldName.LANG, "fr")),
        ("platform:Mastodon", Field(FieldName.PLATFORM, "mastodon")),
        (
            "author:mastodon:@Prefet@example.social",
            Field(FieldName.AUTHOR, "mastodon:@Prefet@example.social"),
        ),
        ('author:"x: 1 (2)"', Field(FieldName.AUTHOR, "x: 1 (2)")),
        ("domain:www.Example.org", Field(FieldName.DOMAIN, "example.org")),
        ("12:30", Phrase(("12", "30"))),
        ("洪水", Phrase(("洪", "水"))),
        ("a\n  OR\n  b", Or((A, B))),
        ("R&D", Phrase(("r", "d"))),
        ("-18", Term("18")),
    ],
)
def test_parse(query: str, root: Node) -> None:
    parsed = parse(query)
    assert parsed.root == root
    assert parse(str(parsed)) == parsed
    assert str(parse(str(parsed))) == str(parsed)


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("", 1, "empty"),
        (" \n", 1, "empty"),
        ("NOT a", 1, "match nearly every post"),
        ("a OR NOT b", 6, "match nearly every post"),
        ("a OR NOT (b OR c)", 6, "match nearly every post"),
        ("NOT (a AND b) AND NOT c", 1, "match nearly every post"),
        ("NOT lang:fr", 1, "match nearly every post"),
        ("(a", 1, "never closed"),
        ("a (b", 3, "never closed"),
        ("(", 1, "never closed"),
        ("a)", 2, "closes nothing"),
        (")", 1, "closes nothing"),
        ("a ()", 3, "nothing stands between"),
        ("a AND", 3, "AND wants a term after it"),
        ("(a OR) b", 4, "OR wants a term after it"),
        ("AND a", 1, "AND wants a term before it"),
        ("a OR AND b", 3, "OR wants a term after it"),
        ("a NOT", 3, "NOT wants a term after it"),
        ("NEAR/5 a", 1, "NEAR/5 wants a term before it"),
        ("a NEAR/5", 3, "NEAR/5 wants a term after it"),
        ("a NEAR b", 3, "NEAR/ with a number"),
        ("a NEAR5 b", 3, "NEAR/ with a number"),
        ("a near/5 b", 3, "NEAR/ with a number"),
        ("a NEAR/0 b", 3, "from 1 to 100"),
        ("a NEAR/101 b", 3, "from 1 to 100"),
        ("a NEAR/٣ b", 3, "from 1 to 100"),
        ("NOT a NEAR/3 b", 1, "NOT (a NEAR/5 b)"),
        ("a NEAR/3 (b AND c)", 10, "a side of NEAR"),
        ("lang:fr NEAR/3 b", 1, "a side of NEAR"),
        ("a NEAR/3 #b", 10, "leave out the #"),
        ("a NEAR/2 b NEAR/3 c", 12, "two sides only"),
        ('a "b c', 3, "never closed"),
        ("a «b c", 3, "a » is missing"),
        ("a b»", 4, "closes nothing"),
        ("a or b", 3, "write OR"),
        ("a et b", 3, "write AND"),
        ("a OU b", 3, 'for the word itself: "OU"'),
        ("a SAUF b", 3, "write NOT"),
        ("a PRÈS b", 3, "write NEAR/5"),
        ("a && b", 3, "write AND"),
        ("a | b", 3, "write OR"),
        ("a -b", 3, "write NOT b"),
        ("+a", 1, "write AND a"),
        ("'a b'", 1, "double quotation marks"),
        ("langue:fr", 1, "did you mean lang:?"),
        ("plateform:x", 1, "did you mean platform:?"),
        ("site:example.org a", 1, "did you mean domain:?"),
        ("zzz:1", 1, "there are lang:, platform:, author:, domain:"),
        ("a lang: fr", 3, "without a space"),
        ("lang:(fr OR en)", 1, "(lang:a OR lang:b)"),
        ("lang:french", 6, "two or three letters"),
        ('a platform:"x y"', 12, "one word"),
        ("domain:https://example.org/a", 8, "name of a host"),
        ("domain:fr", 8, "name of a host"),
        ('author:""', 1, "wants its value"),
        ("https://example.org", 1, "domain:example.org"),
        ("*", 1, "only at the end of a word"),
        ("a*", 1, "at least 2 letters"),
        ("*bc", 1, "only at the end of a word"),
        ("ab*c", 3, "only at the end of a word"),
        ('"ab * c"', 5, "only at the end of a word"),
        ("ab**", 3, "only at the end of a word"),
        ("...", 1, "no letter, digit or emoji"),
        ('""', 1, "no letter, digit or emoji"),
        ("#", 1, "#name"),
        ("#1", 1, "#name"),
        ("#a*", 1, "at least 2 letters"),
        ("@", 1, "@name"),
        ("crue?", 5, "has no meaning"),
        ("crue~2", 5, "has no meaning"),
        ("(" * 51 + "a" + ")" * 51, 51, "nested more than 50"),
        ("a " + "NOT " * 4_000 + "b", 203, "nested more than 50"),
        ("(" * 19_000, 51, "nested more than 50"),
        ("a " * (MAX_LEAVES + 1), 2 * MAX_LEAVES + 1, "more than 2000 terms"),
        ("a" * (MAX_QUERY_CHARS + 1), MAX_QUERY_CHARS + 1, "20001 characters"),
    ],
)
def test_refused(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert said in refused.value.message
    assert refused.value.column == column
    assert str(refused.value).endswith(f"at column {column}")


def test_the_pointer_shows_the_place_also_in_a_long_query() -> None:
    query = "aa OR " * 200 + "or" + " OR\nbb" * 200
    with pytest.raises(QueryError) as refused:
        parse(query)
    shown, caret = refused.value.pointer().split("\n")
    assert len(shown) == 72
    assert shown[caret.index("^") :].startswith("or OR bb")


@pytest.mark.parametrize(
    "query", ["a NOT (b OR c)", "NOT NOT a", "NOT (NOT a OR b)", "(a OR b) NOT c", "a OR b NOT c", "lang:fr"]
)
def test_what_asks_for_something_is_accepted(query: str) -> None:
    parse(query)


@pytest.mark.parametrize(
    ("query", "text", "matched"),
    [
        ("inondation", "L'inondation monte", True),
        ("inondation", "#Inondation", True),
        ("inondation", "https://example.org/inondation", False),
        ("#inondation", "inondation", False),
        ("mairie", "merci @mairie", True),
        ("@mairie", "merci @Mairie@example.social", True),
        ("@mairie@example.org", "merci @Mairie@example.social", False),
        ("domain:example.org", "https://www.news.example.org/a", True),
        ("domain:example.org", "https://notexample.org/a", False),
        ("crue* NOT exercice", "crues", True),
        ("crue* NOT exercice", "crues : Exercice !", False),
        ("crue OR (digue AND NOT rupture)", "la digue tient", True),
        ("crue OR (digue AND NOT rupture)", "rupture de la digue", False),
        ("rupture NEAR/3 digue", "rupture de la digue", True),
        ("rupture NEAR/2 digue", "rupture de la digue", False),
        ("digue NEAR/3 rupture", "rupture de la digue", True),
        ("rupture NEAR/1 digue", "rupture digue", True),
        ("crue NEAR/5 crue*", "une crue", False),
        ("crue NEAR/5 crue*", "une crue, des crues", True),
        ('"rupture de" NEAR/2 "la digue"', "rupture de la digue", True),
        ('digue NEAR/2 "rupture de"', "rupture de la digue", True),
        ('digue NEAR/1 "rupture de"', "rupture de la digue", False),
        ("(feu OR incendie) NEAR/2 (bois OR forêt)", "incendie en forêt", True),
        ("alerte NEAR/100 digue", "alerte #RuptureDigue", False),
        ("rupture NEAR/1 digue", "alerte #RuptureDigue", True),
        ("crue NOT (rupture NEAR/3 digue)", "crue, rupture de la digue", False),
        ("crue NOT (rupture NEAR/3 digue)", "crue, rupture ; ailleurs encore une digue", True),
        ("洪水", "今天洪水很大", True),
        ("🔥 forêt", "forêt 🔥🔥", True),
        ("lang:fr OR crue", "crue", True),
        ("lang:fr OR crue", "calme", False),
    ],
)
def test_match(query: str, text: str, matched: bool) -> None:
    assert matches(query, text) is matched


@pytest.mark.parametrize(
    ("query", "facts", "matched"),
    [
        ("lang:fr", PostFacts(lang="fr"), True),
        ("lang:fr", PostFacts(lang="fr-CA"), True),
        ("lang:fr", PostFacts(lang="fro"), False),
        ("lang:fr", PostFacts(), False),
        ("crue NOT lang:fr", PostFacts(), True),
        ("crue NOT lang:fr", PostFacts(lang="fr"), False),
        ("platform:mastodon", PostFacts(platform="Mastodon"), True),
        ("platform:mastodon", PostFacts(platform="x"), False),
        ("author:x:12345", PostFacts(authors=("~token of x:12345",)), True),
        ("author:x:12345", PostFacts(authors=("x:12345",)), False),
        ("domain:example.org", PostFacts(domains=("a.example.org",)), True),
        ("domain:a.example.org", PostFacts(domains=("example.org",)), False),
    ],
)
def test_facts(query: str, facts: PostFacts, matched: bool) -> None:
    matcher = compile_queries({"watch": parse(query)}, author_token=lambda author: f"~token of {author}")
    assert bool(matcher.match([normalise("crue")], [facts])[0]) is matched


def test_two_phases() -> None:
    matcher = compile_queries(
        {
            "french": parse("crue* lang:fr"),
            "facts": parse("author:x:1 platform:x"),
            "words": parse("digue NOT exercice"),
        }
    )
    both, words, none = matcher.candidates([normalise("crues, digue"), normalise("digue"), normalise("")])
    assert (both.sure, both.open) == ((2,), (0, 1))
    assert (words.sure, words.open) == ((2,), (1,))
    assert none, "a query of facts alone is never excluded by the words"
    assert matcher.confirm(both, PostFacts(lang="fr", platform="x", authors={"x:1"})) == (
        "french",
        "facts",
        "words",
    )
    assert matcher.confirm(words, PostFacts(lang="fr")) == ("words",)
    assert matcher.confirm(none, PostFacts()) == ()


def test_no_candidate_is_certain() -> None:
    matcher = compile_queries({"a": parse("crue AND lang:fr"), "b": parse("digue OR (eau AND platform:x)")})
    assert not any(matcher.candidates([normalise("rien"), normalise("lang fr platform x")]))


def test_no_query_at_all() -> None:
    matcher = compile_queries({})
    assert matcher.match([normalise("crue")], [PostFacts()]) == [()]


def test_as_many_facts_as_texts() -> None:
    with pytest.raises(ValueError, match="zip"):
        compile_queries({}).match([normalise("crue")], [])


def test_what_a_query_names() -> None:
    query = parse('(Crue* OR "rupture de digue" OR #crue) author:x:1 NOT (author:x:2 OR crue* OR @b) lang:fr')
    assert query.authors == ("x:1", "x:2")
    assert query.terms == ("crue*", '"rupture de digue"', "#crue", "@b")
    assert query.fields(FieldName.LANG) == ("fr",)
    assert query.text.startswith("(Crue*")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "(inondation* OR Crue) AND NOT exercice",
            '(it contains a word beginning with "inondation" or "Crue") and it does not contain "exercice"',
        ),
        (
            'lang:fr "rupture de digue" NOT (test OR exo OR platform:x)',
            (
                'it contains the phrase "rupture de digue" and it is in the language fr '
                'and it does not come from x and it contains neither "test" nor "exo"'
            ),
        ),
        (
            "(feu OR incendie) NEAR/5 forêt",
            'it contains ("feu" or "incendie") at most 5 words away from "forêt"',
        ),
        (
            "#crue OR @prefet OR author:x:1 OR domain:a.org",
            "it contains the hashtag #crue or a mention of @prefet or it is by x:1 or it links to a.org",
        ),
        ("a NOT (b c)", 'it contains "a" and (it does not contain "b" or it does not contain "c")'),
    ],
)
def test_explain_in_english(query: str, sentence: str) -> None:
    assert parse(query).explain("en") == f"A post matches if {sentence}."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "(inondation* OR Crue) AND NOT exercice",
            (
                "(elle contient un mot commençant par « inondation » ou « Crue ») "
                "et elle ne contient pas « exercice »"
            ),
        ),
        (
            'lang:fr "rupture de digue" NOT (test OR exo OR platform:x)',
            (
                "elle contient l'expression « rupture de digue » et elle est en langue fr "
                "et elle ne vient pas de x et elle ne contient ni « test » ni « exo »"
            ),
        ),
        (
            "(feu OR incendie) NEAR/5 forêt",
            "elle contient (« feu » ou « incendie ») à 5 mots au plus de « forêt »",
        ),
        (
            "#crue OR @prefet OR author:x:1 OR domain:a.org",
            (
                "elle contient le mot-dièse #crue ou une mention de @prefet ou elle est de x:1 "
                "ou elle renvoie vers a.org"
            ),
        ),
    ],
)
def test_explain_in_french(query: str, sentence: str) -> None:
    assert parse(query).explain("fr") == f"Une publication est retenue si {sentence}."


def examples(kind: str) -> list[str]:
    """The lines of all blocks of one kind in the page that describes the language."""
    blocks = re.findall(
        rf"^```{kind}\n(.*?)^```$", LANGUAGE_PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("query", examples("query"))
def test_the_examples_of_the_documentation_are_read(query: str) -> None:
    parse(query)


@pytest.mark.parametrize("query", examples("refused"))
def test_what_the_documentation_calls_refused_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


def test_the_documentation_names_the_limits() -> None:
    page = LANGUAGE_PAGE.read_text("utf-8")
    assert f"{MAX_QUERY_CHARS:,} characters, {MAX_LEAVES:,} terms, {MAX_DEPTH} levels" in page
    assert f"n from 1 to {MAX_DISTANCE}" in page
