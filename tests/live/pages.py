"""Pages of two sources that never were, with everything that goes wrong in a page."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors.mention import Gap, Malformed, Mention, Page, Retraction, Tick
from connectors.mention_line import parse_mention_line
from streams.edge import Edge
from streams.ingest import batch_of
from streams.pipeline import Batch
from streams.pseudonym import Pseudonymiser
from streams.records import STEP_S
from tests.generated import NOW, START, lines

SOURCES = ("north", "south")
PAGE = timedelta(minutes=5)
CLOCK_START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(slots=True)
class Input:
    """Pages in the order in which they come, and what was put into them."""

    pages: list[tuple[str, Page]] = field(default_factory=list)
    mentions: int = 0
    repeats: int = 0
    late: int = 0
    edits: int = 0
    retractions: int = 0
    malformed: int = 0
    gaps: int = 0


def pages(seed: int, *, hours: float, an_hour: float, crisis_an_hour: float) -> Input:
    """Both sources' pages, five minutes each; the last third of the time holds a crisis.

    South falls silent for two hours. About one post in thirty comes again, one in sixty comes an hour
    late, one in fifty is edited, one in a hundred retracted, and now and then an account goes.
    """
    chance = random.Random(seed)
    out = Input()
    crisis_at_h = hours * 2 / 3
    by_page: dict[tuple[str, int], list[Mention]] = {}
    for line in lines(
        seed, hours=hours, an_hour=an_hour, crisis_at_h=crisis_at_h, crisis_an_hour=crisis_an_hour,
    ):  # fmt: skip
        mention = parse_mention_line(line, now=NOW)
        assert isinstance(mention, Mention)
        source = SOURCES[mention.platform == "x"]
        number = int((mention.counted_at - START) / PAGE)
        if chance.random() < 1 / 60:
            number += 12
            out.late += 1
        by_page.setdefault((source, number), []).append(mention)
        out.mentions += 1
    silent = range(int(hours * 6), int(hours * 6) + 24)
    last = max(number for _, number in by_page) + 1
    seen: list[Mention] = []
    for number in range(last):
        for source in SOURCES:
            items: list[Mention | Retraction | Gap] = list(by_page.get((source, number), []))
            begin = START + number * PAGE
            if source == "south" and number in silent:
                gap = Gap(
                    connector=source, platform="x", from_at=begin, until_at=begin + PAGE, reason="cut off"
                )
                out.pages.append((source, Page(items=(gap,))))
                out.gaps += 1
                continue
            # What happens to a post happens at the source that it came from.
            mine = [post for post in seen[-400:] if SOURCES[post.platform == "x"] == source]
            items += _again(chance, mine, len(items), begin, out)
            malformed: tuple[Malformed, ...] = ()
            if chance.random() < 0.05:
                malformed = (
                    Malformed(reason="not JSON: a test", raw=b"\xff%d" % number, position=f"line {number}"),
                )
                out.malformed += 1
            seen += [item for item in items if isinstance(item, Mention)]
            out.pages.append(
                (source, Page(items=tuple(items), malformed=malformed, covers=(begin, begin + PAGE)))
            )
    return out


def _again(
    chance: random.Random, mine: Sequence[Mention], size: int, begin: datetime, out: Input
) -> Iterator[Mention | Retraction]:
    """Repeats, edits and retractions of earlier posts."""
    for _ in range(size):
        roll = chance.random()
        if not mine or roll > 0.065:
            continue
        post = chance.choice(mine)
        if roll < 0.033:
            out.repeats += 1
            yield post
        elif roll < 0.053:
            out.edits += 1
            yield replace(post, text=f"{post.text} (edited: awful)", edited_at=begin)
        elif roll < 0.064:
            out.retractions += 1
            yield Retraction(platform=post.platform, native_id=post.native_id, observed_at=begin)
        else:
            out.retractions += 1
            yield Retraction(platform=post.platform, author_id=post.author_id, observed_at=begin)


def through_the_edge(given: Input, pseudonymiser: Pseudonymiser, lateness_s: int) -> list[Batch]:
    """The batches that every way in sees, the final ticks last."""
    edges = {source: Edge(source, pseudonymiser, lateness_s) for source in SOURCES}
    batches = [batch_of(source, page, edges[source]) for source, page in given.pages]
    finals: list[Tick] = [tick for edge in edges.values() if (tick := edge.final_tick(STEP_S)) is not None]
    return [*batches, Batch(ticks=finals)]
