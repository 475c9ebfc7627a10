"""What a rise is made of: numbers and ids that depend on neither order nor key."""

from __future__ import annotations

import random
from collections.abc import Callable

from models.narrative import signatures
from models.text import normalise
from streams.evidence import TOP, gather
from streams.records import Evidence, Flag, Signal
from streams.window import Row

ANGRY = Flag.SCORED | Flag.NEGATIVE
COPY, OTHER = signatures(
    [
        normalise("les habitants du quai nord disent que leau monte dans toutes les caves ce soir").tokens,
        normalise("the mayor opens the new market hall with music and speeches on saturday morning").tokens,
    ]
)


def row(
    number: int,
    *,
    author: int = 0,
    flags: int = 0,
    signature: tuple[int, ...] = (),
    platform: str = "x",
    lang: str = "fr",
    urgent: tuple[str, ...] = (),
) -> Row:
    return Row(number * 1_000, f"{platform}:{number:04}", 0, flags, author, lang, signature, urgent)


def describe(
    rows: list[Row],
    *,
    weight: float = 1.0,
    is_new: Callable[[int], bool] = lambda _: False,
    about: Signal = Signal.VOLUME,
    since_s: int = 0,
) -> Evidence:
    authors = {row.author for row in rows if row.author}
    return gather(
        sorted(rows),
        weights=[weight] * len(rows),
        heard=(len(authors), sum(map(is_new, authors))),
        since_s=since_s,
        window_s=3_600,
        negative_share_usual=0.25,
        about=about,
    )


def test_twelve_voices_are_told_from_two_thousand_residents() -> None:
    few = describe([row(i, author=1 + i % 12, flags=Flag.REPOST, signature=COPY) for i in range(400)])
    many = describe(
        [row(i, author=1 + i, signature=()) for i in range(400)], is_new=lambda author: author > 100
    )
    assert (few.authors, few.top_authors_share, few.originals, few.reposts) == (12, 0.835, 0, 400)
    assert (few.near_duplicate_share, few.top_narrative_authors) == (1.0, 12)
    assert few.narratives[0][1] == 400
    assert (many.authors, many.new_authors, many.top_authors_share) == (400, 300, 0.025)
    assert (many.near_duplicate_share, many.narratives, many.originals) == (0.0, (), 400)


def test_nothing_depends_on_order_or_key() -> None:
    def made(key: int, seed: int) -> Evidence:
        # Another key gives every author another number.
        rows = [
            row(i, author=(i % 17 * 7_919 + 1) * key % 1_000_003, signature=(COPY, OTHER, ())[i % 3],
                platform=("x", "mastodon")[i % 2], flags=Flag.SCORED | (Flag.NEGATIVE if i % 5 == 0 else 0))
            for i in range(90)
        ]  # fmt: skip
        random.Random(seed).shuffle(rows)
        return describe(rows)

    assert made(1, 1) == made(1, 2) == made(31, 3)


def test_shares_are_of_what_was_scored_and_none_where_nothing_was() -> None:
    scored = [row(i, flags=Flag.SCORED | (Flag.NEGATIVE if i < 3 else 0)) for i in range(4)]
    assert describe([*scored, row(9), row(10)]).negative_share == 0.75
    assert describe([row(9)]).negative_share is None
    assert describe([row(9)]).authors is None
    assert describe([row(9)]).new_authors is None
    empty = describe([])
    assert (empty.mentions, empty.negative_share, empty.posts) == (0, None, ())


def test_a_sample_is_told_in_the_proportions_of_the_whole() -> None:
    rows = [row(i, flags=Flag.REPOST if i % 4 == 0 else 0) for i in range(100)]
    told = describe(rows, weight=10.0)
    assert (told.mentions, told.reposts, told.originals) == (1_000, 250, 750)
    assert told.platforms == (("x", 1_000),)


def test_a_row_that_stands_for_many_weighs_as_many() -> None:
    loud = [row(i, author=1, flags=ANGRY, signature=COPY, platform="mastodon") for i in range(2)]
    quiet = [row(10 + i, author=2 + i, flags=Flag.SCORED | Flag.MISINFORMATION) for i in range(10)]
    told = gather(
        [*loud, *quiet],
        weights=[20.0] * 2 + [1.0] * 10,
        heard=(11, 3),
        since_s=0,
        window_s=43_200,
        negative_share_usual=None,
    )
    assert (told.mentions, told.misinformation, told.authors, told.new_authors) == (50, 10, 11, 3)
    assert told.platforms == (("mastodon", 40), ("x", 10))
    assert (told.negative_share, told.near_duplicate_share) == (0.8, 0.8)
    assert told.narratives[0][1] == 40
    assert told.top_authors_share == 0.98


def test_what_made_the_signal_is_to_be_read_first() -> None:
    copies = [row(i, signature=COPY) for i in range(4)]
    urgent = row(30, signature=OTHER, urgent=("rupture de digue",))
    spoken, flagged = row(31, flags=Flag.VIP), row(32, flags=Flag.MISINFORMATION)
    rows = [*copies, urgent, spoken, flagged]
    assert describe(rows, about=Signal.URGENT).posts == ("x:0030", "x:0000", "x:0001")
    assert describe(rows, about=Signal.VIP).posts[0] == "x:0031"
    assert describe(rows, about=Signal.MISINFORMATION).posts[0] == "x:0032"
    assert describe(rows).posts[0] == "x:0000"


def test_lists_are_short_largest_first_and_by_name_among_equals() -> None:
    platforms = ["g", "f", "e", "d", "c", "b", "a"]
    rows = [row(i, platform=platform) for i, platform in enumerate([*platforms, "a", "z", "z", "z"])]
    told = describe(rows)
    assert told.platforms == (("z", 3), ("a", 2), ("b", 1), ("c", 1), ("d", 1))
    phrases = tuple(f"phrase {number}" for number in range(9))
    assert describe([row(1, urgent=phrases), row(2, urgent=phrases[:1])]).urgent == phrases[:TOP]


def test_posts_of_before_the_beginning_are_of_another_matter() -> None:
    rows = [row(i, urgent=("rupture de digue",) if i == 8 else ()) for i in range(10)]
    assert describe(rows, about=Signal.URGENT, since_s=8).posts == ("x:0008", "x:0009")
    assert describe(rows, since_s=6).posts == ("x:0006", "x:0007", "x:0008")
    # What made the signal is read, whenever it was written.
    assert describe(rows, about=Signal.URGENT, since_s=9).posts == ("x:0008", "x:0009")
    # A message of before that is repeated since is read in its first repetition.
    copies = [row(i, signature=COPY) for i in range(20, 24)]
    assert describe([*rows, *copies], since_s=21).posts == ("x:0021", "x:0022", "x:0023")


def test_posts_represent_the_narratives_by_an_original() -> None:
    copies = [row(i, signature=COPY, flags=Flag.REPOST if i < 5 else 0) for i in range(8)]
    told = describe([*copies, row(20, signature=OTHER), row(21, signature=OTHER), row(30)])
    assert told.posts == ("x:0005", "x:0020", "x:0000")
    assert [count for _, count in told.narratives] == [8, 2]
