"""An hour of a feed with a dozen failures ends with exactly what was published."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from connectors.cursor import MemoryCursors
from connectors.listen import run
from connectors.rss import Feed
from tests.servers.feeds import Date, Format, Publisher, Trick
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped


async def _hour(clock: WarpClock, format_: Format) -> tuple[Sink, Publisher, set[str]]:
    publisher, sink = Publisher(clock, format_), Sink()
    for _ in range(10):
        publisher.publish()
    lost: set[str] = set()
    dates: dict[int, Date] = {12: "missing", 22: "future", 32: "old"}
    async with publisher.serve():
        feed = Feed(publisher.url, every_s=30, allow_private=True, clock=clock)
        listening = asyncio.ensure_future(run(feed, MemoryCursors(), sink.deliver, clock=clock))
        failures: list[tuple[int, dict[str, str]] | Trick] = [
            (500, {}),
            (429, {"Retry-After": "45"}),
            (503, {"Retry-After": "Mon, 02 Mar 2026 08:22:00 GMT"}),
            *((status, {}) for status in (404, 401, 403, 304)),
            *("html", "bomb", "huge", "cut", "stall", "loop", "empty"),
        ]
        for minute in range(60):
            newest = publisher.publish()
            if minute % 7 == 1:
                publisher.edit(publisher.articles[-4])
            if minute in dates:
                publisher.publish(dates[minute])
            if minute % 4 == 2 and failures:
                publisher.failures.append(failures.pop(0))
            if minute == 40:
                publisher.moved = True
            if minute == 58:
                # More at once than the feed holds: what fell out of it between two polls is lost.
                lost.add(publisher.native_id(newest))
                for _ in range(60):
                    lost.add(publisher.native_id(publisher.publish()))
                lost -= {publisher.native_id(article) for article in publisher.articles[-40:]}
            await clock.sleep(60)
        publisher.failures.clear()
        await clock.sleep(1_000)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await feed.close()
    return sink, publisher, lost


@pytest.mark.parametrize("format_", ["rss", "atom", "json"])
def test_an_hour_with_fourteen_failures_ends_with_exactly_what_was_published(format_: Format) -> None:
    sink, publisher, lost = run_warped(lambda clock: _hour(clock, format_))
    published = {publisher.native_id(article): article for article in publisher.articles}
    missing = set(published) - set(sink.mentions)
    assert set(sink.mentions) <= set(published)
    assert missing <= lost
    assert missing, "the feed held less than was published"
    assert all(sink.lost_at(published[native_id].at) for native_id in missing)
    assert not sink.outside
    for native_id, mention in sink.mentions.items():
        article = published[native_id]
        assert ("mis à jour" in mention.text) == (article.updated is not None), "an edit was overheard"
        assert f"Le pont {article.number} est fermé" in mention.text
        assert mention.text.endswith(f"Lire https://example.org/a?b=1&c={article.number}")
        assert mention.lang == "fr"
        assert mention.url is not None
        assert mention.url.endswith(f"/{article.number}")
    assert publisher.conditional > 10
    assert publisher.paths[-1] == "/elsewhere", "a permanent redirect is remembered"
    assert not sink.malformed
