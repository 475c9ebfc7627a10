"""Many watches on many posts: the compiled matcher against evaluating every query on every post.

    python -m benchmarks.query [--posts 100000] [--watches 200] [--terms 20] [--seed 1]

Both sides get the same normalised texts and precompiled queries. The baseline evaluates short-circuiting,
with one set look-up for a word and one substring search for a phrase or a beginning, which is as fast as
plain Python gets for one query on one post. Both answers are compared on every post; a difference ends
with exit code 1. Times are of the process, so that what else the machine does counts little.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence

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
    Term,
    Wild,
    compile_queries,
    parse,
)
from models.query_near import spans, within
from models.query_tree import leaves, pattern_of
from models.text import NormalText, normalise

_FRENCH_TEXT = """
le la les de des du un une et en pour sur dans avec qui que pas plus ce soir matin ville rue route
pont quartier mairie préfecture pompiers secours habitants eau école pluie vent orage météo alerte
direct info merci bravo demain aujourd'hui encore toujours match équipe film musique chanson ami
famille maison vacances travail bureau train retard grève café soleil photo vidéo
"""
_ENGLISH_TEXT = """
the a of and to in is it for on with that this at be not more tonight morning city street road
bridge area mayor police firefighters people water school rain wind storm weather alert live news
thanks great tomorrow today still always game team movie music song friend family home holiday work
office train late strike coffee sunshine photo video
"""
_FRENCH, _ENGLISH = _FRENCH_TEXT.split(), _ENGLISH_TEXT.split()
_SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstv" for vowel in "aeiou"]
_PLATFORMS = ("mastodon", "bluesky", "x", "rss")

Evaluate = Callable[[NormalText, PostFacts], bool]


def vocabulary(dice: random.Random, size: int) -> list[str]:
    """Invented words of two to four syllables, each once: the topics people write about."""
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4)))] = None
    return list(words)


def make_posts(dice: random.Random, count: int, topics: Sequence[str]) -> list[tuple[str, PostFacts]]:
    """Posts of 8 to 25 words: everyday ones of either language and, as in life, a few topic words by Zipf."""
    weights = [1 / (rank + 20) for rank in range(len(topics))]
    total: list[float] = []
    for weight in weights:
        total.append(weight + (total[-1] if total else 0.0))
    posts = []
    for _ in range(count):
        lang = dice.choice(("fr", "en"))
        words = dice.choices(_FRENCH if lang == "fr" else _ENGLISH, k=dice.randint(6, 18))
        for topic in dice.choices(topics, cum_weights=total, k=dice.randint(1, 5)):
            shape = dice.random()
            written = f"#{topic}" if shape < 0.1 else topic.capitalize() if shape < 0.2 else topic
            words.insert(dice.randrange(len(words) + 1), written + dice.choice(("", "", "", "s", ",")))
        if dice.random() < 0.3:
            words.append(f"https://{dice.choice(topics)}.example.org/a")
        if dice.random() < 0.3:
            words.insert(0, f"@{dice.choice(topics)}")
        facts = PostFacts(lang, dice.choice(_PLATFORMS), (f"x:{dice.randrange(5_000)}",))
        posts.append((" ".join(words), facts))
    return posts


def make_query(dice: random.Random, topics: Sequence[str], terms: int) -> Query:
    """`terms` terms as an analyst writes them: mostly alternatives, some phrases, an exclusion, a field."""
    rare = topics[len(topics) // 20 :]
    alternatives = []
    for _ in range(terms - 4):
        kind = dice.random()
        if kind < 0.55:
            alternatives.append(dice.choice(rare))
        elif kind < 0.75:
            alternatives.append(dice.choice(rare)[:6] + "*")
        elif kind < 0.9:
            alternatives.append(f'"{dice.choice(rare)} {dice.choice(_FRENCH[:20] + _ENGLISH[:20])}"')
        elif kind < 0.95:
            alternatives.append(f"#{dice.choice(rare)}")
        else:
            alternatives.append(f"@{dice.choice(rare)}")
    alternatives.append(f"{dice.choice(topics)} NEAR/5 {dice.choice(rare)}")
    text = f"({' OR '.join(alternatives)}) AND NOT {dice.choice(topics)}"
    shape = dice.random()
    text += " AND lang:fr" if shape < 0.3 else " AND NOT platform:rss" if shape < 0.5 else f" NOT {rare[-1]}"
    return parse(text)


def evaluator(node: Node) -> Evaluate:
    """One query compiled on its own, for the baseline."""
    match node:
        case Term(word):
            return lambda text, _: word in text.words
        case Hashtag(name):
            marked = f"#{name}"
            return lambda text, _: marked in text.words
        case Handle(name):
            account = f"@{name}"
            return lambda text, _: account in text.words
        case Wild(prefix):
            beginning = f" {prefix}"
            return lambda text, _: beginning in text.padded
        case Phrase(words):
            phrase = f" {' '.join(words)} "
            return lambda text, _: phrase in text.padded
        case Not(part):
            inner = evaluator(part)
            return lambda text, facts: not inner(text, facts)
        case And(parts):
            return _all(tuple(map(evaluator, parts)))
        case Or(parts):
            return _any(tuple(map(evaluator, parts)))
        case Near():
            return _near(node)
        case Field(name, value):
            if name is FieldName.LANG:
                return lambda _, facts: facts.lang == value
            if name is FieldName.PLATFORM:
                return lambda _, facts: facts.platform == value
            raise ValueError(f"the benchmark writes no {name}: terms")


def _all(inners: tuple[Evaluate, ...]) -> Evaluate:
    def check(text: NormalText, facts: PostFacts) -> bool:
        for inner in inners:  # noqa: SIM110 - a generator would make the baseline slower than need be
            if not inner(text, facts):
                return False
        return True

    return check


def _any(inners: tuple[Evaluate, ...]) -> Evaluate:
    def check(text: NormalText, facts: PostFacts) -> bool:
        for inner in inners:  # noqa: SIM110 - a generator would make the baseline slower than need be
            if inner(text, facts):
                return True
        return False

    return check


def _near(near: Near) -> Evaluate:
    left, right = (
        [p for leaf in leaves(side) if (p := pattern_of(leaf))] for side in (near.left, near.right)
    )
    sides = (evaluator(near.left), evaluator(near.right))

    def check(text: NormalText, facts: PostFacts) -> bool:
        if not (sides[0](text, facts) and sides[1](text, facts)):
            return False
        words = text.padded.split()
        return within(spans(left, words), spans(right, words), near.distance)

    return check


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--watches", type=int, default=200)
    parser.add_argument("--terms", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    dice = random.Random(asked.seed)
    topics = vocabulary(dice, 20_000)
    posts = make_posts(dice, asked.posts, topics)
    queries = {f"watch-{i}": make_query(dice, topics, asked.terms) for i in range(asked.watches)}
    print(f"{asked.posts} posts, {asked.watches} watches of {asked.terms} terms, seed {asked.seed}")

    began = time.process_time()
    texts = [normalise(text) for text, _ in posts]
    reading_s = time.process_time() - began
    facts = [known for _, known in posts]
    print(f"normalise, shared by both      {reading_s:8.2f} s {asked.posts / reading_s:12,.0f} posts/s")

    began = time.process_time()
    matcher = compile_queries(queries)
    compiling_s = time.process_time() - began
    began = time.process_time()
    matched = matcher.match(texts, facts)
    matching_s = time.process_time() - began
    print(f"matcher                        {matching_s:8.2f} s {asked.posts / matching_s:12,.0f} posts/s")
    print(f"  and once, to compile         {compiling_s:8.2f} s")

    evaluators = [(name, evaluator(query.root)) for name, query in queries.items()]
    began = time.process_time()
    expected = [
        tuple([name for name, evaluate in evaluators if evaluate(text, known)])
        for text, known in zip(texts, facts, strict=True)
    ]
    baseline_s = time.process_time() - began
    print(f"every query on every post      {baseline_s:8.2f} s {asked.posts / baseline_s:12,.0f} posts/s")

    some = sum(1 for names in expected if names)
    print(f"matched by a watch             {some / asked.posts:8.1%}   matches {sum(map(len, expected)):,}")
    print(f"ratio                          {baseline_s / matching_s:8.1f} x")
    wrong = sum(1 for ours, theirs in zip(matched, expected, strict=True) if ours != theirs)
    if wrong:
        print(f"the two disagree on {wrong} posts", file=sys.stderr)
        return 1
    print("both agree on every post")
    return 0


if __name__ == "__main__":
    sys.exit(main())
