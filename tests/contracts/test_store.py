"""What every store promises, over both: ClickHouse in this process, and a server where one is named."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest

from connectors.mention import Gap, Retraction
from models.text import normalise
from models.word_numbers import word_numbers
from streams.records import (
    DeadLetter,
    Decision,
    DetectorState,
    Enriched,
    Expectation,
    IncidentState,
    Notification,
    Planned,
    Signal,
    Verdict,
    WatchHit,
)
from streams.store.base import Known, Store, Trace
from streams.store.errors import QueryFailed, QueryRefused, SchemaOutdated, StoreError
from streams.store.open import open_store
from tests.streams.store.examples import (
    AUTHOR,
    OTHER_AUTHOR,
    STORED,
    T0,
    account_gone,
    enriched,
    full,
    gone,
    incident,
    mark,
    mention,
    minutes,
    shadow,
)

VIEWS = (
    "mentions",
    "volume_hourly",
    "sentiment_hourly",
    "incidents",
    "incident_log",
    "shadow_incidents",
    "shadow_incident_log",
    "incident_marks",
    "incident_mark_log",
    "decisions",
    "notifications",
    "gaps",
    "dead_letters",
    "planned",
    "deletions",
)
PLANNED = Planned(name="fair", from_at=T0, until_at=minutes(90), watches=("flood", "l'eau"), expect=2.5)
_NUMBERS = itertools.count(1)


SERVER = os.environ.get("VIGIE_TEST_CLICKHOUSE")


@pytest.fixture(scope="module", params=["embedded", "server"] if SERVER else ["embedded"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "embedded":
        store = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s", clock=lambda: STORED)
        store.migrate()
        yield store
        store.close()
        return
    assert SERVER
    database = f"vigie_test_{os.getpid()}_{next(_NUMBERS)}"
    store = open_store(urlsplit(SERVER)._replace(path=f"/{database}").geturl(), clock=lambda: STORED)
    store.migrate()
    yield store
    store.query(f"DROP DATABASE {database}")
    store.close()


@pytest.fixture
def store(migrated: Store) -> Store:
    """Empty, with its schema."""
    for (table,) in migrated.query("SELECT name FROM system.tables WHERE database = currentDatabase()"):
        if table.endswith("_raw") or table == "store_settings":
            migrated.query(f"TRUNCATE TABLE {table}")
    return migrated


def put(store: Store, *batch: Enriched) -> None:
    """As the pipeline does it."""
    store.insert_mentions(batch, store.known([row.mention.id for row in batch]))


def texts(store: Store) -> dict[str, str]:
    return dict(store.query("SELECT id, text FROM mentions ORDER BY id"))


def views(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {view: store.query(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS}  # noqa: S608


def test_the_suite_runs_over_a_server() -> None:
    if not SERVER:
        pytest.skip(
            "VIGIE_TEST_CLICKHOUSE names no server: set it to clickhouse://user:password@host:9000/ of a "
            "ClickHouse 23.8 or newer where databases may be made"
        )


# Schema


def test_every_migration_is_applied_once(store: Store) -> None:
    assert store.migrate(dry_run=True) == []
    assert store.migrate() == []
    store.check_schema()


def test_a_store_of_a_newer_vigie_is_refused(store: Store) -> None:
    store.query("INSERT INTO schema_migrations (name, checksum) VALUES ('migrations/9999_later', 'x')")
    try:
        with pytest.raises(SchemaOutdated, match="newer Vigie"):
            store.check_schema()
    finally:
        store.query(
            "ALTER TABLE schema_migrations DELETE WHERE name LIKE '%9999%' SETTINGS mutations_sync = 2"
        )
    store.check_schema()


def test_asking_for_the_right_to_write_writes_nothing(store: Store) -> None:
    before = store.query("SELECT count() FROM mentions_raw")
    store.check_writable()
    assert store.query("SELECT count() FROM mentions_raw") == before


def test_a_missing_migration_is_named(store: Store) -> None:
    store.query("ALTER TABLE schema_migrations DELETE WHERE name LIKE '%gaps' SETTINGS mutations_sync = 2")
    with pytest.raises(SchemaOutdated, match=r"views/60_gaps.*vigie migrate --store"):
        store.check_schema()
    assert [migration.name for migration in store.migrate()] == ["views/60_gaps"]
    store.check_schema()


# Mentions


def test_a_mention_comes_back_as_it_was(store: Store) -> None:
    put(store, full())
    (row,) = [
        orjson.loads(line)
        for line in store.select("SELECT * FROM mentions", format="JSONEachRow").splitlines()
    ]
    assert row == {
        "id": "x:7",
        "platform": "x",
        "kind": "quote",
        "url": "https://example.org/é?a=1&b='2'",
        "text": 'l\'eau « monte » \\ "vite"\t\n\0 😱 ; DROP TABLE mentions_raw',
        "created_at": "2026-03-02 06:07:00.000",
        "counted_at": "2026-03-02 06:07:00.000",
        "observed_at": "2026-03-02 06:07:00.000",
        "edited_at": "2026-03-02 07:39:00.000",
        "late": True,
        "lang": "fr",
        "author": AUTHOR,
        "author_followers": 2**53,
        "parent_id": "p'1",
        "repost_of": "r1",
        "likes": 0,
        "reposts": 2,
        "replies": None,
        "media": ["https://example.org/1.jpg"],
        "sentiment": "negative",
        "sentiment_score": -0.5,
        "sentiment_unsure": True,
        "misinformation": True,
        "misinformation_score": 0.75,
        "misinformation_reasons": ["phrase: le barrage a cédé", "claim: dam-1", "classifier"],
        "narrative": "n1",
        "watches": ["flood", "school"],
        "hashtags": ["crue", "34"],
        "domains": ["example.org"],
        "urgent": ["rupture de digue", "l'eau monte"],
        "vip": True,
        "drill": False,
        "models": "m1",
    }


def test_known_says_what_is_there(store: Store) -> None:
    put(store, enriched(1), enriched(2, edited_at=minutes(60), late=True))
    awkward = ["x:'", "x:\\", "x:\n", "x:\0", "x:,", ""]
    assert store.known(["x:1", "x:2", "x:3", *awkward]) == {
        "x:1": Known(version_ms=0, counted_at=minutes(1), stored_at=STORED, author_id=AUTHOR),
        "x:2": Known(
            version_ms=mention(2, edited_at=minutes(60)).version_ms,
            counted_at=minutes(2),
            stored_at=STORED,
            late=True,
            author_id=AUTHOR,
        ),
    }
    assert store.known([]) == {}


@pytest.mark.parametrize("native_id", ["'", "\\", "a\nb", "a\tb", "\0", '"', "é😱", "]", "a,b", "\\N"])
def test_any_id_is_found_again(store: Store, native_id: str) -> None:
    put(store, enriched(native_id=native_id))
    assert list(store.known([f"x:{native_id}"])) == [f"x:{native_id}"]


def test_milliseconds_stay(store: Store) -> None:
    at = T0 + timedelta(milliseconds=123)
    put(store, enriched(1, at=at))
    assert store.known(["x:1"])["x:1"].counted_at == at


def test_an_edit_replaces_and_keeps_where_it_counts(store: Store) -> None:
    put(store, enriched(1))
    put(store, enriched(1, text="edited", at=minutes(300), edited_at=minutes(60), late=True))
    assert store.query("SELECT text, counted_at, late FROM mentions") == [("edited", minutes(1), False)]


def test_an_older_edit_changes_nothing(store: Store) -> None:
    put(store, enriched(1, text="newest", edited_at=minutes(60)))
    put(store, enriched(1, text="older", edited_at=minutes(30)))
    put(store, enriched(1, text="first"))
    assert texts(store) == {"x:1": "newest"}


def test_within_a_batch_the_newest_edit_stands_where_the_first_counts(store: Store) -> None:
    put(
        store,
        enriched(1),
        enriched(1, text="newest", at=minutes(20), edited_at=minutes(60)),
        enriched(1, text="older", at=minutes(30), edited_at=minutes(30)),
    )
    assert store.query("SELECT text, counted_at FROM mentions") == [("newest", minutes(1))]


def test_a_stale_view_of_what_is_known_counts_nothing_twice(store: Store) -> None:
    """Two workers that both look before either writes."""
    store.insert_mentions([enriched(1)], {})
    store.insert_mentions([enriched(1)], {})
    assert store.query("SELECT count() FROM mentions") == [(1,)]
    assert store.query("SELECT mentions FROM volume_hourly") == [(1,)]


def test_one_row_that_cannot_be_stored_leaves_none_of_its_batch(store: Store) -> None:
    broken = enriched(2, author_followers=2**70)
    with pytest.raises((StoreError, OverflowError, TypeError)):
        store.insert_mentions([enriched(1), broken], {})
    assert texts(store) == {}


# Retractions: whatever the order, the mention stays gone


def retract_post(store: Store) -> None:
    store.retract([gone(1)])


def retract_account(store: Store) -> None:
    store.retract([account_gone()])


def retract_handle(store: Store) -> None:
    store.retract([account_gone(OTHER_AUTHOR)])


RETRACTIONS = [retract_post, retract_account, retract_handle]


def insert(store: Store) -> None:
    put(store, enriched(1, author_handle=OTHER_AUTHOR))


def insert_blindly(store: Store) -> None:
    store.insert_mentions([enriched(1, author_handle=OTHER_AUTHOR)], {})


def insert_edit(store: Store) -> None:
    put(store, enriched(1, author_handle=OTHER_AUTHOR, edited_at=minutes(600)))


@pytest.mark.parametrize("retract", RETRACTIONS)
@pytest.mark.parametrize("before", [[], [insert], [insert, insert_edit]])
@pytest.mark.parametrize("after", [[], [insert], [insert_blindly, insert_edit]])
def test_what_was_retracted_stays_gone(
    store: Store,
    retract: Callable[[Store], None],
    before: Sequence[Callable[[Store], None]],
    after: Sequence[Callable[[Store], None]],
) -> None:
    put(store, enriched(2, author_id="~" + "c3" * 16))
    for step in (*before, retract, *after, retract):
        step(store)
    assert list(texts(store)) == ["x:2"]
    assert store.query("SELECT sum(mentions) FROM volume_hourly") == [(1,)]
    assert [row.id for row in store.recent("flood", T0, minutes(60))] == ["x:2"]
    store.query("OPTIMIZE TABLE mentions_raw FINAL")
    assert store.query("SELECT id FROM mentions_raw WHERE text != ''") == [("x:2",)], "content is on the disk"
    assert store.query("SELECT counted_at, late FROM deletions") == ([(minutes(1), False)] if before else [])


def test_known_tells_what_was_retracted(store: Store) -> None:
    put(store, enriched(1))
    store.retract([gone(1), gone(9)])
    assert store.known(["x:1", "x:9"]) == {
        "x:1": Known(version_ms=0, counted_at=minutes(1), stored_at=STORED, retracted=True),
        "x:9": Known(version_ms=0, counted_at=minutes(500), stored_at=minutes(500), retracted=True),
    }
    store.retract([account_gone()])
    assert store.retracted_accounts([AUTHOR, OTHER_AUTHOR]) == {AUTHOR}


def test_a_retraction_of_nothing_is_nothing(store: Store) -> None:
    store.retract([Retraction(platform="x", observed_at=T0)])
    store.retract([])
    assert store.query("SELECT count() FROM retractions_raw") == [(0,)]


# Traces: that a state was, and nothing of it


def test_a_trace_is_known_and_in_no_view(store: Store) -> None:
    trace = Trace(id="x:1", version_ms=5_000, counted_at=minutes(1), late=True)
    before = views(store)
    for _ in range(2):
        store.insert_traces([trace], store.known(["x:1"]))
        store.query("OPTIMIZE TABLE mentions_raw FINAL")
        assert views(store) == before
        assert store.known(["x:1"]) == {
            "x:1": Known(version_ms=5_000, counted_at=minutes(1), stored_at=STORED, late=True, textless=True)
        }


def test_a_newer_edit_stands_where_the_trace_counts(store: Store) -> None:
    store.insert_traces([Trace(id="x:1", version_ms=5_000, counted_at=minutes(1))], {})
    put(store, enriched(1, text="older"))
    assert texts(store) == {}
    put(store, enriched(1, text="newer", at=minutes(20), edited_at=minutes(60)))
    store.query("OPTIMIZE TABLE mentions_raw FINAL")
    assert store.query("SELECT text, counted_at FROM mentions") == [("newer", minutes(1))]
    assert not store.known(["x:1"])["x:1"].textless


def test_a_trace_without_a_version_takes_the_mention_away_for_good(store: Store) -> None:
    put(store, enriched(1), enriched(2))
    store.insert_traces([Trace(id="x:1", version_ms=None, counted_at=minutes(1))], store.known(["x:1"]))
    put(store, enriched(1, text="newer", edited_at=minutes(60)))
    assert list(texts(store)) == ["x:2"]
    assert store.known(["x:1"]) == {
        "x:1": Known(version_ms=0, counted_at=minutes(1), stored_at=STORED, retracted=True)
    }
    store.retract([gone(1)])
    store.query("OPTIMIZE TABLE mentions_raw FINAL")
    assert store.query("SELECT id FROM mentions_raw WHERE text != ''") == [("x:2",)], "content is on the disk"


def test_a_trace_may_be_retracted(store: Store) -> None:
    store.insert_traces([Trace(id="x:1", version_ms=5_000, counted_at=minutes(1))], {})
    store.retract([gone(1)])
    assert store.known(["x:1"])["x:1"].retracted
    assert not store.known(["x:1"])["x:1"].textless


# Counts


def test_volume_is_counted_by_watch_and_hour(store: Store) -> None:
    school = WatchHit(watch="school", misinformation=True)
    put(
        store,
        enriched(1),
        enriched(2, kind="repost", sentiment="positive", author_id=OTHER_AUTHOR),
        enriched(3, sentiment=None, author_id=None, late=True, hits=(WatchHit(watch="flood"), school)),
        enriched(70),
    )
    hour = T0
    store.insert_expectations(
        [
            Expectation(watch="flood", hour=hour, expected=1.5, limit=4.0),
            Expectation(watch="flood", hour=hour + timedelta(hours=5), expected=2.0, limit=5.0),
        ]
    )
    assert store.query(
        "SELECT watch, hour, mentions, originals, reposts, authors, negative, misinformation, "
        "expected, `limit` FROM volume_hourly ORDER BY watch, hour"
    ) == [
        ("flood", hour, 3, 2, 1, 2, 1, 0, 1.5, 4.0),
        ("flood", hour + timedelta(hours=1), 1, 1, 0, 1, 1, 0, None, None),
        ("flood", hour + timedelta(hours=5), 0, 0, 0, 0, 0, 0, 2.0, 5.0),
        ("school", hour, 1, 1, 0, 0, 0, 1, None, None),
    ]
    assert store.query(
        "SELECT watch, hour, lang, negative, neutral, positive, unsure "
        "FROM sentiment_hourly ORDER BY watch, hour"
    ) == [
        ("flood", hour, "fr", 1, 0, 1, 0),
        ("flood", hour + timedelta(hours=1), "fr", 1, 0, 0, 0),
    ]


def test_drills_count_in_a_demo_store_alone(store: Store) -> None:
    put(store, enriched(1), enriched(2, drill=True))
    assert list(texts(store)) == ["x:1"]
    assert store.query("SELECT sum(mentions) FROM volume_hourly") == [(1,)]
    assert store.volumes("flood", T0, minutes(60), 3600) == [(T0, 1)]
    assert [row.drill for row in store.recent("flood", T0, minutes(60))] == [False, True]
    store.set_setting("demo", "1")
    assert list(texts(store)) == ["x:1", "x:2"]
    assert store.query("SELECT sum(mentions) FROM volume_hourly") == [(2,)]
    assert store.volumes("flood", T0, minutes(60), 3600) == [(T0, 2)]


def test_volumes_are_what_detection_saw(store: Store) -> None:
    put(store, enriched(1), enriched(2, late=True), enriched(12), enriched(14), enriched(30))
    assert store.volumes("flood", T0, minutes(30), 600) == [(T0, 1), (minutes(10), 2)]
    assert store.volumes("school", T0, minutes(30), 600) == []


def test_recent_is_what_one_watch_needs(store: Store) -> None:
    put(store, enriched(9), enriched(3), full(7), enriched(60))
    found = list(store.recent("flood", minutes(3), minutes(60)))
    assert [row.id for row in found] == ["x:3", "x:7", "x:9"]
    seven = found[1]
    assert seven.counted_at == minutes(7)
    assert (seven.late, seven.kind, seven.lang, seven.sentiment) == (True, "quote", "fr", "negative")
    assert (seven.urgent, seven.vip, seven.misinformation) == (
        ("rupture de digue", "l'eau monte"),
        True,
        False,
    )
    assert (seven.author, seven.narrative, seven.signature) == (AUTHOR, "n1", (1, 2**64 - 1))
    assert seven.words == word_numbers(normalise(full(7).mention.text)) != ()
    (school,) = store.recent("school", T0, minutes(60))
    assert (school.urgent, school.vip, school.misinformation) == (("rupture de digue",), False, True)


def test_recent_goes_over_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.store.mentions._PAGE", 3)
    put(store, *(enriched(number, at=minutes(number // 4)) for number in range(10)))
    found = [row.id for row in store.recent("flood", T0, minutes(60))]
    assert sorted(found) == sorted(f"x:{number}" for number in range(10))


# Detection


def test_an_incident_comes_back_whole(store: Store) -> None:
    first, second = incident(), incident(revision=2, severity=incident().severity)
    store.insert_incidents([first, second, incident(2)])
    assert store.incidents() == [second, incident(2)]
    assert store.incidents(ids=["i2"]) == [incident(2)]
    assert store.incidents(ids=[]) == []
    assert store.incidents(since=minutes(2)) == [incident(2)]
    assert store.incidents(until=minutes(2)) == [second]
    assert store.incident_history("i1") == [first, second]


def test_resolved_incidents_are_not_open(store: Store) -> None:
    done = incident(revision=2, state=IncidentState.RESOLVED, resolved_at=minutes(90))
    store.insert_incidents([incident(2), incident(), done])
    assert store.open_incidents() == [incident(2)]
    assert store.query("SELECT id, state, resolved_at FROM incidents ORDER BY id") == [
        ("i1", "resolved", minutes(90)),
        ("i2", "open", None),
    ]
    log = store.query("SELECT id, revision, event FROM incident_log ORDER BY id, revision")
    assert log == [("i1", 1, "opened"), ("i1", 2, "resolved"), ("i2", 1, "opened")]


def test_evidence_is_json(store: Store) -> None:
    store.insert_incidents([incident()])
    ((evidence,),) = store.query("SELECT evidence FROM incidents")
    assert orjson.loads(evidence)["narratives"] == [["n1", 20], ["n'2", 3]]


def test_the_newest_state_of_a_detector_stands(store: Store) -> None:
    older = DetectorState(watch="flood", decided_until=T0, state={"level": 1.5})
    newer = replace(older, decided_until=minutes(5), state={"level": 2.5, "bins": [1, 2]})
    store.save_states([newer])
    store.save_states([older, replace(older, watch="school")])
    assert store.states(["flood", "nothing"]) == {"flood": newer}
    assert set(store.states(["flood", "school"])) == {"flood", "school"}


# Operations


def test_dead_letters_keep_every_byte(store: Store) -> None:
    raw = bytes(range(256)) + "é😱".encode()
    letter = DeadLetter(at=T0, origin="posts.jsonl", position="line 3", reason="no 'text'", raw=raw)
    store.insert_dead_letters([letter])
    store.insert_dead_letters([replace(letter, at=minutes(5)), replace(letter, position="line 4")])
    assert store.query("SELECT at, position, reason, hex(raw) FROM dead_letters ORDER BY position") == [
        (T0, "line 3", "no 'text'", raw.hex().upper()),
        (T0, "line 4", "no 'text'", raw.hex().upper()),
    ]


def test_of_a_growing_gap_the_longest_stands(store: Store) -> None:
    gap = Gap(connector="rss", platform="rss", from_at=T0, until_at=minutes(10), reason="outage")
    store.insert_gaps([replace(gap, until_at=minutes(30)), gap])
    assert store.query("SELECT connector, platform, from_at, until_at, reason FROM gaps") == [
        ("rss", "rss", T0, minutes(30), "outage")
    ]


def test_settings(store: Store) -> None:
    assert store.get_setting("demo") is None
    store.set_setting("demo", "0")
    store.set_setting("demo", "it's\n1")
    assert store.get_setting("demo") == "it's\n1"


def test_the_newest_calendar_counts(store: Store) -> None:
    everywhere = replace(PLANNED, name="final", until_at=minutes(5), watches=(), expect=4.0)
    store.set_calendar([PLANNED, everywhere])
    assert store.query("SELECT name, watches, expect FROM planned ORDER BY name") == [
        ("fair", ["flood", "l'eau"], 2.5),
        ("final", [], 4.0),
    ]
    assert store.query("SELECT count() FROM planned WHERE from_at = {at:DateTime64(3)}", {"at": T0}) == [(2,)]
    store.set_calendar([everywhere])
    store.set_calendar([everywhere])
    assert store.query("SELECT name FROM planned") == [("final",)]
    store.set_calendar([])
    assert store.query("SELECT name FROM planned") == []


def fill(store: Store) -> None:
    put(store, enriched(1), full(7), enriched(3))
    put(store, enriched(1, text="edited", edited_at=minutes(60)))
    store.retract([gone(3)])
    store.insert_incidents([incident(), incident(revision=2)])
    store.insert_shadows([shadow(), shadow(revision=2)])
    store.insert_marks([mark()])
    store.insert_decisions(
        [Decision(watch="flood", signal=Signal.VOLUME, at=T0, verdict="open", reason="why", incident="i1")]
    )
    store.insert_expectations([Expectation(watch="flood", hour=T0, expected=1.0, limit=3.0)])
    store.insert_dead_letters([DeadLetter(at=T0, origin="f", position="1", reason="r", raw=b"\xff")])
    store.insert_gaps([Gap(connector="c", platform="x", from_at=T0, until_at=minutes(1), reason="r")])
    store.insert_notifications(
        [Notification(incident="i1", channel="duty", event="opened", revision=1, at=T0, outcome="delivered")]
    )
    store.set_calendar([PLANNED])
    store.save_states([DetectorState(watch="flood", decided_until=T0, state={"a": 1})])


def test_a_shadow_is_no_incident(store: Store) -> None:
    store.insert_shadows([shadow(), shadow(revision=2, state=IncidentState.RESOLVED)])
    assert store.incidents() == store.open_incidents() == []
    assert store.select("SELECT count() FROM incidents UNION ALL SELECT count() FROM incident_log",
                        format="TSV") == b"0\n0\n"  # fmt: skip
    newest = store.query("SELECT id, sensitivity, revision, state FROM shadow_incidents")
    assert newest == [(shadow().incident.id, "more", 2, "resolved")]


def test_of_marks_the_newest_counts_and_all_are_kept(store: Store) -> None:
    first, second = mark(), mark(verdict=Verdict.FALSE, at=minutes(5), began_at=None, why="an advert")
    store.insert_marks([second])
    store.insert_marks([first, mark(incident="i2")])
    newest = store.query("SELECT incident, verdict, why, marked_by FROM incident_marks ORDER BY incident")
    assert newest == [("i1", "false", "an advert", "duty"), ("i2", "true", "houses were flooded", "duty")]
    assert len(store.query("SELECT * FROM incident_mark_log")) == 3


def test_everything_twice_changes_no_view(store: Store) -> None:
    fill(store)
    once = views(store)
    assert all(once.values()), "every view has something to lose"
    fill(store)
    assert views(store) == once
    for (table,) in store.query("SELECT name FROM system.tables WHERE database = currentDatabase()"):
        if table.endswith("_raw"):
            store.query(f"OPTIMIZE TABLE {table} FINAL")
    assert views(store) == once


def test_nothing_at_all_is_nothing(store: Store) -> None:
    store.insert_mentions([], {})
    for write in (
        store.insert_incidents,
        store.insert_shadows,
        store.insert_marks,
        store.insert_decisions,
        store.insert_expectations,
        store.insert_dead_letters,
        store.insert_gaps,
        store.insert_notifications,
        store.set_calendar,
        store.save_states,
    ):
        write([])
    assert not any(views(store).values())


# Questions


def test_a_question_in_any_format(store: Store) -> None:
    put(store, enriched(1))
    assert store.select("SELECT id FROM mentions", format="CSV") == b'"x:1"\n'
    assert store.select("SELECT id FROM mentions FORMAT JSONEachRow", format="CSV") == b'{"id":"x:1"}\n'
    assert store.select("SELECT id FROM mentions;", format="TSVWithNames") == b"id\nx:1\n"
    assert b"x:1" in store.select("SELECT id FROM mentions")
    assert store.select("SELECT id FROM mentions", format="Parquet").startswith(b"PAR1")


def test_parameters(store: Store) -> None:
    params = {"s": "l'eau\n\\", "n": 3, "at": T0, "a": ["x", "y'"], "b": True}
    sql = "SELECT {s:String}, {n:UInt8}, {at:DateTime64(3, 'UTC')}, {a:Array(String)}, {b:Bool}"
    assert store.query(sql, params) == [("l'eau\n\\", 3, T0, ["x", "y'"], True)]
    answer = store.select(sql, format="JSONCompactEachRow", params=params)
    assert orjson.loads(answer) == ["l'eau\n\\", 3, "2026-03-02 06:00:00.000", ["x", "y'"], True]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE mentions_raw",
        "INSERT INTO store_settings VALUES ('demo', '1')",
        "SELECT file('/etc/hostname')",
        "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')",
        "SELECT 1 INTO OUTFILE 'out.csv'",
        "SELECT 1; DROP TABLE mentions_raw",
        "KILL QUERY WHERE 1",
        "SELECT * FROM mentions SETTINGS max_execution_time = 0",
        "SET readonly = 0",
    ],
)
def test_a_question_can_only_read(store: Store, sql: str) -> None:
    put(store, enriched(1))
    with pytest.raises(QueryRefused):
        store.select(sql)
    assert list(texts(store)) == ["x:1"]


def test_a_wrong_question_is_told_why(store: Store) -> None:
    with pytest.raises(QueryFailed, match="nothing"):
        store.select("SELECT nothing FROM mentions")
    with pytest.raises(QueryFailed, match="Syntax error"):
        store.select("SELEC 1")
    with pytest.raises(QueryRefused, match="output format"):
        store.select("SELECT 1", format="CSV; DROP TABLE mentions_raw")


def test_promised_columns_have_the_promised_types(store: Store, tmp_path: Path) -> None:
    kinds = {name: kind for name, kind, *_ in store.query("DESCRIBE TABLE mentions")}
    for name in ("created_at", "counted_at", "observed_at"):
        assert kinds[name] == "DateTime64(3, 'UTC')"
    for name in ("watches", "hashtags", "domains", "urgent", "misinformation_reasons"):
        assert kinds[name] == "Array(String)"
    for name in ("sentiment_unsure", "misinformation", "vip", "drill"):
        assert kinds[name] == "Bool"
    assert (kinds["sentiment_score"], kinds["misinformation_score"]) == ("Float32", "Float32")
    hourly = {name: kind for name, kind, *_ in store.query("DESCRIBE TABLE volume_hourly")}
    assert hourly["hour"] == "DateTime64(3, 'UTC')"
    assert hourly["expected"].startswith("Nullable(")
    assert hourly["limit"].startswith("Nullable(")
