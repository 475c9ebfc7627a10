"""A backtest of a store: the same incidents as were really opened, and not a row more in the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson
import pytest

from connectors.mention import Retraction
from models.spike import Sensitivity
from streams.backtest import past
from streams.backtest.case import Case, Found
from streams.backtest.run import Plan, over_store
from streams.endpoint.access import Access
from streams.endpoint.client import EndpointClient
from streams.endpoint.server import EndpointPolicy, serving
from streams.errors import UsageError
from streams.records import Incident, Verdict
from streams.review.opened import Opened, everything
from streams.store.base import Store
from streams.store.open import open_store
from streams.watches import Watches
from streams.watches_file import load_watches
from tests.generated import WATCHES, lines, watches_file, write
from tests.streams.store.examples import mark
from tests.streams.test_replay import play, views

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

NAMES = ("flood", "school")
EVERY = tuple(Sensitivity)
DAYS = timedelta(days=90)


@dataclass(frozen=True)
class Played:
    """Three days with a crisis and a small rise, replayed under `balanced` and once more under `more`."""

    watches: Watches
    store: Store
    under_more: list[bytes]


def posts() -> Iterator[dict[str, object]]:
    """The first one is of both watches, so that deciding began with it."""
    first, *rest = lines(1, hours=72, crisis_at_h=60)
    rise = lines(2, hours=2, an_hour=90, crisis_at_h=None, start=datetime.fromisoformat(first["created_at"])
                 + timedelta(hours=40))  # fmt: skip
    yield {**first, "text": "la crue est devant l'école"}
    yield from sorted([*rest, *rise], key=lambda line: str(line["created_at"]))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("played")
    path, watches = write(folder / "posts.jsonl", list(posts())), watches_file(folder)
    play(path, watches, folder / "store", checkpoint_s=60)
    (folder / "more").mkdir()
    eager = watches_file(folder / "more", WATCHES.replace("shadow: more", "sensitivity: more"))
    _, _, records = play(path, eager, folder / "eager", checkpoint_s=60)
    store = open_store(f"chdb://{folder}/store")
    yield Played(load_watches(watches), store, records)
    store.close()


def plan(played: Played, *rules: Sensitivity, names: tuple[str, ...] = NAMES) -> Plan:
    return Plan(watches=played.watches, names=names, rules=rules, since=lambda end: end - DAYS)


@pytest.fixture(scope="module")
def cases(played: Played) -> list[Case]:
    return over_store(played.store, plan(played, *EVERY))


def bare(incident: Incident) -> Incident:
    """Without what names the file and the models."""
    return replace(incident, config_hash="", model_versions="")


def states(found: tuple[Found, ...]) -> list[tuple[Incident, Incident]]:
    return [(bare(each.first), bare(each.last)) for each in found]


def test_the_rule_in_force_opens_again_what_it_opened(cases: list[Case]) -> None:
    for case in cases:
        assert case.recorded is not None
        assert states(case.in_force.found) == states(case.recorded) != []


def test_another_rule_opens_what_it_would_have(played: Played, cases: list[Case]) -> None:
    (more,) = [tried for tried in cases[0].tried if tried.rule is Sensitivity.MORE]
    really = [state for record in played.under_more if (state := orjson.loads(record))["watch"] == "flood"]
    opened = [state for state in really if state["event"] == "opened"]
    newest = {state["id"]: state["revision"] for state in really}
    assert [(each.first.id, each.last.revision, each.first.summary) for each in more.found] == [
        (state["id"], newest[state["id"]], state["summary"]) for state in opened
    ]
    assert opened


def test_what_was_counted_and_usual_is_what_the_views_say(played: Played, cases: list[Case]) -> None:
    query = "SELECT hour, mentions, expected, `limit` FROM volume_hourly WHERE watch = {watch:String}"
    for case in cases:
        told = {at: values for at, *values in played.store.query(query, {"watch": case.watch})}
        assert len(told) >= 72
        assert {each.at: [each.mentions, each.expected, each.limit] for each in case.counted} == {
            each.at: told.get(each.at, [0, None, None]) for each in case.counted
        }
        assert set(told) <= {each.at for each in case.counted}


def test_nothing_is_stored_and_nobody_told(played: Played) -> None:
    def all_there_is() -> list[object]:
        # Of every table of ours how many rows it has.
        rows = played.store.query(
            "SELECT name, total_rows FROM system.tables WHERE database = currentDatabase()"
        )
        return [views(played.store), sorted(rows)]

    before = all_there_is()
    over_store(played.store, plan(played, *EVERY))
    assert all_there_is() == before


def test_in_small_pieces_it_is_the_same(
    played: Played, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "POSTS_TOGETHER", 40)
    extent = past.extent(played.store, NAMES)
    assert extent is not None
    pieces = list(past.pieces(played.store, NAMES, extent.since, extent.until, []))
    assert len(pieces) > 30
    for piece in pieces:
        steps = {int(each.mention.counted_at.timestamp()) // 300 for each in piece.enriched}
        # Never more than that, but for a single step that has more.
        assert len(piece.enriched) <= 40 or len(steps) == 1
    assert over_store(played.store, plan(played, *EVERY)) == cases


def test_through_another_process_it_is_the_same(played: Played, cases: list[Case]) -> None:
    with serving(played.store, EndpointPolicy(port=0)) as url:
        assert over_store(EndpointClient(url, Access()), plan(played, *EVERY)) == cases


def test_a_later_beginning_learns_from_before(played: Played, cases: list[Case]) -> None:
    since = cases[0].until - timedelta(hours=20)
    late = Plan(watches=played.watches, names=["flood"], rules=[Sensitivity.MORE], since=lambda _: since)
    (case,) = over_store(played.store, late)
    assert (case.since, case.learnt_from, case.heard) == (since, cases[0].since, timedelta(hours=20))
    assert [tried.rule for tried in case.tried] == ["balanced", "more"]
    whole = [each for each in cases[0].in_force.found if each.first.opened_at >= since]
    assert list(case.in_force.found) == whole != []
    assert case.counted[1:] == tuple(each for each in cases[0].counted if each.at > since)


def test_marks_stand_beside_what_they_are_on(played: Played, cases: list[Case]) -> None:
    assert cases[0].recorded
    in_force = Opened(incident=cases[0].recorded[-1].last)
    shadow = next(each for each in everything(played.store) if each.shadow and each.meets(in_force))

    def marked() -> list[tuple[str, str]]:
        (case,) = over_store(played.store, plan(played, names=("flood",)))
        return [(incident.id, said.verdict) for incident, said in case.marked]

    # Of one matter the shadow's own mark counts only while that of the rule in force has none.
    played.store.insert_marks([mark(incident=shadow.incident.id, verdict=Verdict.FALSE)])
    assert marked() == [(shadow.incident.id, "false")]
    played.store.insert_marks([mark(incident=in_force.incident.id, verdict=Verdict.TRUE)])
    assert marked() == [(in_force.incident.id, "true")]


def test_nothing_there_is_said(played: Played) -> None:
    with pytest.raises(UsageError, match="no mention of nothing"):
        over_store(played.store, plan(played, names=("nothing",)))
    year = Plan(watches=played.watches, names=NAMES, rules=(), since=lambda end: end + DAYS)
    with pytest.raises(UsageError, match="its mentions are from 2026-03-02 06:0"):
        over_store(played.store, year)


def test_what_was_deleted_since_is_counted(played: Played, cases: list[Case]) -> None:
    assert {case.deleted for case in cases} == {0}
    query = "SELECT platform, id FROM mentions WHERE NOT late ORDER BY counted_at DESC, id LIMIT 3"
    gone = [
        Retraction(platform=platform, native_id=id_.removeprefix(f"{platform}:"), observed_at=cases[0].until)
        for platform, id_ in played.store.query(query)
    ]
    played.store.retract([*gone, replace(gone[0], native_id="never there")])
    again = over_store(played.store, plan(played))
    assert {case.deleted for case in again} == {3}
    before = Plan(watches=played.watches, names=NAMES, rules=(), since=lambda end: end - DAYS,
                  until=cases[0].until - timedelta(days=2))  # fmt: skip
    assert {case.deleted for case in over_store(played.store, before)} == {0}
