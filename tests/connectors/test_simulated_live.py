"""The valley against the clock: the past at once, the present when it comes, and on after a restart."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from connectors.config import Connectors
from connectors.errors import Refused
from connectors.mention import Mention, Page
from connectors.registry import Surroundings, build
from connectors.simulated import PlantedKind, Scenario
from connectors.simulated.live import Simulated

# Weeks are played again and again.
pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)


@dataclass
class Held:
    """A clock that stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002
        raise AssertionError("the listener waits, not the connector")


def in_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    @functools.wraps(test)
    def run() -> None:
        async def awaited() -> None:
            await test()

        asyncio.run(awaited())

    return run


def placed(page: Page) -> tuple[int, datetime, int]:
    assert page.cursor is not None
    seed, start, pages = page.cursor.split(" ")
    return int(seed), datetime.fromisoformat(start), int(pages)


async def until_present(source: Simulated, cursor: str | None = None) -> list[Page]:
    pages = []
    while True:
        page = await source.fetch(cursor)
        pages.append(page)
        if page.next_after_s:
            return pages
        cursor = page.cursor


@in_loop
async def test_the_flood_began_during_the_last_day_and_nothing_is_from_tomorrow() -> None:
    (*pages, waiting) = await until_present(Simulated(1, clock=Held()))
    seed, start, _ = placed(pages[0])
    flood = next(e for e in Scenario(seed=seed, start=start).truth() if e.kind is PlantedKind.FLOOD)
    assert timedelta(hours=2) <= NOW - flood.starts_at <= timedelta(hours=27)
    assert waiting.items == ()
    assert 0 < waiting.next_after_s <= 60
    covers = [page.covers[1] for page in pages if page.covers is not None]
    assert max(covers) <= NOW < max(covers) + timedelta(minutes=15)
    mentions = [item for page in pages for item in page.items if isinstance(item, Mention)]
    assert len(mentions) > 10_000
    assert max(mention.observed_at for mention in mentions) <= NOW


@in_loop
async def test_a_restart_goes_on_where_it_stood_with_the_same_posts() -> None:
    whole = await until_present(Simulated(1, clock=Held()))
    cut = 700
    again = await until_present(Simulated(1, clock=Held()), whole[cut - 1].cursor)
    assert [page.items for page in again] == [page.items for page in whole[cut:]]
    assert [page.cursor for page in again] == [page.cursor for page in whole[cut:]]


@in_loop
async def test_a_page_that_was_not_delivered_comes_again() -> None:
    source = Simulated(1, clock=Held())
    first = await source.fetch(None)
    second = await source.fetch(first.cursor)
    assert await source.fetch(first.cursor) == second


@in_loop
async def test_what_comes_is_told_when_its_time_has_come() -> None:
    clock = Held()
    source = Simulated(1, clock=clock)
    waiting = (await until_present(source))[-1]
    clock.at += timedelta(minutes=15)
    page = await source.fetch(waiting.cursor)
    assert page.covers is not None
    assert NOW < page.covers[1] <= clock.at


@in_loop
async def test_after_the_last_week_the_next_scenario_follows_without_a_hole() -> None:
    over = Scenario(seed=1, start=NOW - timedelta(weeks=4))
    pages = len(list(over.pages()))
    source = Simulated(1, clock=Held(over.ends_at + timedelta(hours=1)))
    last = await source.fetch(f"1 {over.start.isoformat()} {pages - 1}")
    assert placed(last) == (2, over.ends_at, 0)
    page = await source.fetch(last.cursor)
    assert placed(page)[0] == 2
    assert page.covers is not None
    assert page.covers[0] == over.ends_at


@in_loop
async def test_a_strange_cursor_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refused, match="not one of ours"):
        await Simulated(1, clock=Held()).fetch("tomorrow")


@in_loop
async def test_the_watches_file_names_it() -> None:
    section = Connectors.model_validate({"simulated": {"seed": 3}})
    (made,) = build(section, Surroundings(clock=Held()))
    assert isinstance(made, Simulated)
    assert made.name == "simulated"
