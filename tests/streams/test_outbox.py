"""The store's outbox: what is pending is read from two logs, and a store that is away stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from streams.background import LEFT_ALONE_S, from_store, when_there
from streams.outbox import StoreOutbox
from streams.records import Expectation, Incident, Notification
from streams.store.base import Store
from streams.store.errors import StoreUnavailable
from streams.store.open import open_store
from tests.streams.notifiers.incidents import EVIDENCE, ID, OPENED, incident, life

pytest.importorskip("chdb", reason="no chDB here: install it with `pip install vigie[embedded]`")

LATER = OPENED + timedelta(hours=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path_factory.mktemp('outbox') / 'store'}", clock=lambda: LATER)
    opened.migrate()
    yield opened
    opened.close()


def renamed(id: str) -> list[Incident]:  # noqa: A002
    return [replace(state, id=id) for state in life()]


def note(of: Incident, outcome: str = "delivered", attempt: int = 1) -> Notification:
    return Notification(
        incident=of.id, channel="duty", event=str(of.event), revision=of.revision,
        at=OPENED + timedelta(seconds=1.5), outcome=outcome, detail="said", attempt=attempt,
    )  # fmt: skip


def test_another_process_finds_what_was_decided_and_what_was_told(store: Store) -> None:
    states = renamed("a")
    store.insert_incidents(states)
    first = StoreOutbox(store)
    asyncio.run(first.refresh(LATER))
    asyncio.run(first.record([note(states[0], "retry"), note(states[0], attempt=2)]))
    second = StoreOutbox(store)
    asyncio.run(second.refresh(LATER))
    assert second.incidents()["a"] == states
    assert sorted(second.notifications("duty", "a"), key=lambda each: each.attempt) == [
        note(states[0], "retry"), note(states[0], attempt=2),
    ]  # fmt: skip


def test_new_states_are_learnt_and_what_is_offered_needs_no_refresh(store: Store) -> None:
    opened, updated, resolved = renamed("b")
    outbox = StoreOutbox(store)
    store.insert_incidents([opened])
    asyncio.run(outbox.refresh(LATER))
    outbox.offer([updated])
    assert list(outbox.incidents()["b"]) == [opened, updated]
    store.insert_incidents([updated, resolved])
    asyncio.run(outbox.refresh(LATER))
    assert list(outbox.incidents()["b"]) == [opened, updated, resolved]


def test_history_is_left_alone_and_what_lasts_is_not_history(store: Store) -> None:
    old = [replace(state, opened_at=OPENED - timedelta(days=60)) for state in renamed("over")]
    lasting = replace(incident(id="lasting"), opened_at=OPENED - timedelta(days=60))
    store.insert_incidents([*old, lasting])
    outbox = StoreOutbox(store)
    asyncio.run(outbox.refresh(LATER))
    assert "over" not in outbox.incidents()
    assert "lasting" in outbox.incidents()
    # Its end is learnt, though it is no longer among the open ones and was opened long ago.
    end = replace(incident("resolved", 2, id="lasting"), opened_at=OPENED - timedelta(days=60))
    store.insert_incidents([end])
    asyncio.run(outbox.refresh(LATER))
    assert list(outbox.incidents()["lasting"]) == [lasting, end]


class Away:
    """A store that is away while `away` is set, and counts what reaches it."""

    def __init__(self) -> None:
        self.away = True
        self.kept: list[Notification] = []
        self.known: list[Incident] = []

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailable("the server does not answer")

    def insert_notifications(self, notifications: Sequence[Notification]) -> None:
        self._ask()
        self.kept += notifications

    def open_incidents(self) -> list[Incident]:
        self._ask()
        return self.known

    def incidents(self, **_: object) -> list[Incident]:
        self._ask()
        return []

    def incident_history(self, _: str) -> list[Incident]:
        return self.known

    def query(self, _: str, __: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return []


def test_a_store_that_is_away_stops_nobody_and_gets_everything_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = Away()
    outbox = StoreOutbox(cast("Store", away))
    asyncio.run(outbox.refresh(LATER))
    outbox.offer([incident()])
    asyncio.run(outbox.record([note(incident())]))
    assert list(outbox.incidents()) == [ID]
    assert outbox.notifications("duty", ID) == [note(incident())]
    assert away.kept == []
    assert "telling goes on from memory" in caplog.text
    assert "cannot be recorded yet" in caplog.text
    away.away = False
    asyncio.run(outbox.refresh(LATER))
    asyncio.run(outbox.refresh(LATER))
    assert away.kept == [note(incident())]


def test_the_chart_has_every_hour_and_what_was_usual(store: Store) -> None:
    hour = datetime(2026, 3, 10, 12, tzinfo=UTC)
    store.insert_expectations([Expectation(watch="crue-herault", hour=hour, expected=190.0, limit=420.0)])
    found = from_store(store)(incident(), False)
    assert [bar.at for bar in found.bars] == [
        datetime(2026, 3, 9, 14, tzinfo=UTC) + timedelta(hours=i) for i in range(24)
    ]
    assert [bar.expected for bar in found.bars if bar.expected is not None] == [190.0]
    assert {bar.mentions for bar in found.bars} == {0}
    assert found.posts == (), "a post that is not in the store, or was retracted, is not passed on"


def test_on_the_hour_the_chart_ends_with_the_hour_that_is_over(store: Store) -> None:
    bars = from_store(store)(incident(at=datetime(2026, 3, 10, 13, tzinfo=UTC)), False).bars
    assert bars[-1].at == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert from_store(store)(incident(evidence=replace(EVIDENCE, posts=())), True).posts == ()


def test_a_store_that_is_away_is_left_alone_for_a_while_and_then_asked_again(store: Store) -> None:
    asked: list[float] = []
    now = 100.0

    def opened() -> Store:
        asked.append(now)
        if len(asked) == 1:
            raise StoreUnavailable("away")
        return store

    look_up = when_there(opened, lambda: now)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            look_up(incident(), False)
    assert asked == [100.0]
    now += LEFT_ALONE_S
    assert len(look_up(incident(), False).bars) == 24
    assert len(look_up(incident(), False).bars) == 24
    assert asked == [100.0, 100.0 + LEFT_ALONE_S]
