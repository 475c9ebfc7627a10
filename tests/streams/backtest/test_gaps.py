"""What nobody listened to, in a backtest: partly, wholly, and between two runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.mention import Gap
from streams.backtest import past
from streams.backtest.run import Plan, over_store
from streams.records import Expectation
from streams.report.data import Blind
from streams.store.base import Store
from streams.store.open import open_store
from streams.watches import Watches
from tests.streams.store.examples import T0, enriched, minutes

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

DAYS = timedelta(days=90)


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Ten hours: every minute a post on mastodon, every 20 minutes one on x; x was not heard for a while."""
    store = open_store(f"chdb://{tmp_path_factory.mktemp('holed')}/s")
    store.migrate()
    rows = [
        enriched(number, at=minutes(number), platform="x" if number % 20 == 0 else "mastodon", signature=())
        for number in range(600)
        if not 300 <= number < 420
    ]
    store.insert_mentions(rows, {})
    store.insert_gaps(
        [
            Gap(connector="x", platform="x", from_at=minutes(60), until_at=minutes(120), reason="down"),
            Gap(connector="all", platform="all", from_at=minutes(310), until_at=minutes(325), reason="off"),
        ]
    )
    # Hours were decided but for the sixth, in which nothing ran; the fifth was decided, and calm.
    store.insert_expectations(
        [
            Expectation(watch="flood", hour=minutes(60 * hour), expected=1.0, limit=3.0)
            for hour in range(10)
            if hour != 6
        ]
    )
    yield store
    store.close()


def test_a_gap_of_one_is_partial_and_a_gap_of_all_is_whole(holed: Store) -> None:
    blind = past.gaps(holed, ["flood"], T0, minutes(600))
    assert [(gap.reason, gap.from_at, gap.until_at) for gap in blind] == [
        ("down", minutes(60), minutes(120)),
        ("off", minutes(310), minutes(325)),
        ("nothing was running", minutes(360), minutes(420)),
    ]
    first, *rest = past.pieces(holed, ["flood"], T0, minutes(600), blind)
    assert first.ticks[0].at == first.ticks[0].begun_at == T0
    assert [(gap.reason, gap.connector) for piece in rest for gap in piece.gaps] == [
        ("down", past.ELSEWHERE), ("off", past.SOURCE), ("nothing was running", past.SOURCE),
    ]  # fmt: skip
    assert [span for piece in rest for span in piece.deaf] == [
        (minutes(310), minutes(325)), (minutes(360), minutes(420)),
    ]  # fmt: skip


def test_time_that_nobody_heard_does_not_count(holed: Store) -> None:
    watches = Watches.model_validate({"version": 1, "watches": [{"name": "flood", "query": "crue"}]})
    plan = Plan(watches=watches, names=["flood"], rules=(), since=lambda end: end - DAYS)
    (case,) = over_store(holed, plan)
    assert case.until - case.since == timedelta(hours=10)
    assert case.heard == timedelta(hours=10) - timedelta(minutes=75)
    assert case.counted[6].expected is None
    assert case.counted[5].expected is not None


def test_of_two_connectors_of_a_platform_one_may_be_down(holed: Store) -> None:
    def gap(connector: str) -> Blind:
        return Blind(
            connector=connector, platform="mastodon", from_at=minutes(0), until_at=minutes(20), reason="r"
        )

    alone = list(past.pieces(holed, ["flood"], T0, minutes(20), [gap("a")]))
    assert [each.connector for piece in alone for each in piece.gaps] == [past.ELSEWHERE]
    # Until x speaks at the twentieth minute nobody else does: alone, mastodon's silence is everybody's.
    early = list(past.pieces(holed, ["flood"], minutes(1), minutes(19), [gap("a")]))
    assert [each.connector for piece in early for each in piece.gaps] == [past.SOURCE]
    both = list(past.pieces(holed, ["flood"], minutes(1), minutes(19), [gap("a"), gap("b")]))
    assert [each.connector for piece in both for each in piece.gaps] == [past.ELSEWHERE] * 2
