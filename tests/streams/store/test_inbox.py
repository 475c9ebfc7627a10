"""Marks left beside a store that is held: taken in once, whoever is killed where, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import configured
from streams.records import Verdict
from streams.settings import Settings
from streams.store import inbox
from streams.store.base import Store
from streams.store.errors import StoreFull
from streams.store.open import open_store
from tests.streams.store.examples import mark, minutes

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

LOG = "SELECT incident, verdict, why FROM incident_mark_log ORDER BY marked_at"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path / 'store'}")
    opened.migrate()
    yield opened
    opened.close()


def test_what_is_left_is_taken_in_and_the_newest_word_counts(store: Store) -> None:
    later = mark(verdict=Verdict.FALSE, why="an adv\u00e9rt", at=minutes(5), began_at=None)
    left = [inbox.leave(store.url, each) for each in (later, mark())]
    assert store.query(LOG) == []
    assert inbox.take_in(store)
    assert not any(path.exists() for path in left)
    assert store.query(LOG) == [("i1", "true", "houses were flooded"), ("i1", "false", "an adv\u00e9rt")]
    assert store.query("SELECT verdict FROM incident_marks") == [("false",)]
    assert inbox.take_in(store)


def test_a_kill_between_storing_and_taking_away_stores_it_once(store: Store) -> None:
    inbox.leave(store.url, mark())
    store.insert_marks([mark()])
    assert inbox.take_in(store)
    assert len(store.query(LOG)) == 1


def test_a_kill_while_it_is_written_leaves_nothing_half(store: Store) -> None:
    path = inbox.leave(store.url, mark())
    path.rename(path.with_suffix(".new"))
    assert inbox.take_in(store)
    assert store.query(LOG) == []


def test_what_cannot_be_stored_now_stays_and_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = inbox.leave(store.url, mark(incident="damaged"))
    damaged.write_bytes(b"{")
    left = inbox.leave(store.url, mark())

    def full(_: object) -> None:
        raise StoreFull("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_marks", full)
        assert not inbox.take_in(store)
    assert left.exists()
    assert not inbox.take_in(store)
    assert (damaged.exists(), left.exists(), len(store.query(LOG))) == (True, False, 1)


def test_the_next_to_open_the_store_takes_it_in(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    settings = Settings(store=url)
    with configured.store_of(settings, create=True):
        inbox.leave(url, mark())
    with configured.store_of(settings, create=False) as opened:
        assert len(opened.query(LOG)) == 1
