"""What the store adds to a message: the chart's hours, and where the representative posts are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from streams.notifiers.base import Background, Bar, Post
from streams.records import Incident
from streams.store.base import Store
from streams.store.errors import StoreUnavailable

LookUp = Callable[[Incident, bool], Background]
"""(incident, with the posts' text) -> what the store adds to its evidence. It may raise and it may block."""

CHART: Final = timedelta(hours=24)
LEFT_ALONE_S: Final = 30.0
WAITS_S: Final = 5.0


def no_background(_incident: Incident, _with_text: bool) -> Background:
    return Background()


def from_store(store: Store) -> LookUp:
    """It raises what the store raises; a message goes out without, then."""

    def look_up(incident: Incident, with_text: bool) -> Background:
        return Background(bars=_bars(store, incident), posts=_posts(store, incident, with_text))

    return look_up


def when_there(open_store: Callable[[], Store], clock: Callable[[], float] = time.monotonic) -> LookUp:
    """The same for a store that may be away: opened when it is first asked, and again after it failed.

    One that failed is left alone for a while, and nobody queues behind one that is slow: people wait for
    the message that this decorates.
    """
    lock = threading.Lock()
    opened: list[Store] = []
    failed_at = -LEFT_ALONE_S

    def look_up(incident: Incident, with_text: bool) -> Background:
        nonlocal failed_at
        if clock() - failed_at < LEFT_ALONE_S or not lock.acquire(timeout=WAITS_S):
            raise StoreUnavailable("the store did not answer a moment ago")
        try:
            if not opened:
                opened.append(open_store())
            return from_store(opened[0])(incident, with_text)
        except Exception:
            failed_at = clock()
            while opened:
                opened.pop().close()
            raise
        finally:
            lock.release()

    return look_up


def _bars(store: Store, incident: Incident) -> tuple[Bar, ...]:
    """The 24 hours up to the state that is told, the last one as far as it has come."""
    last = incident.updated_at.replace(minute=0, second=0, microsecond=0)
    if last == incident.updated_at:
        last -= timedelta(hours=1)
    first = last + timedelta(hours=1) - CHART
    rows: list[tuple[Any, ...]] = store.query(
        "SELECT toUnixTimestamp(hour), mentions, expected FROM volume_hourly "
        "WHERE watch = {watch:String} AND hour >= toDateTime({first:Int64}, 'UTC') "
        "AND hour <= toDateTime({last:Int64}, 'UTC')",
        {"watch": incident.watch, "first": int(first.timestamp()), "last": int(last.timestamp())},
    )
    found = {int(hour): (int(mentions), expected) for hour, mentions, expected in rows}
    hours = [first + timedelta(hours=i) for i in range(int(CHART / timedelta(hours=1)))]
    return tuple(_bar(hour, found.get(int(hour.timestamp()), (0, None))) for hour in hours)


def _bar(hour: datetime, found: tuple[int, Any]) -> Bar:
    mentions, expected = found
    return Bar(at=hour, mentions=mentions, expected=None if expected is None else float(expected))


def _posts(store: Store, incident: Incident, with_text: bool) -> tuple[Post, ...]:
    """In the evidence's order. One that was retracted since is left out: nothing of it is passed on."""
    ids = list(incident.evidence.posts)
    if not ids:
        return ()
    rows: list[tuple[Any, ...]] = store.query(
        "SELECT id, url, if({text:UInt8} = 1, text, '') FROM mentions WHERE id IN {ids:Array(String)}",
        {"ids": ids, "text": int(with_text)},
    )
    found = {str(id_): (url, text) for id_, url, text in rows}
    return tuple(
        Post(
            id=id_,
            url=str(found[id_][0]) if found[id_][0] else None,
            text=str(found[id_][1]) if with_text else None,
        )
        for id_ in ids
        if id_ in found
    )
