"""The watermark: the minimum of all that is live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.mention import Gap, Tick
from streams.watermark import Watermark

START = datetime(2026, 3, 1, tzinfo=UTC)


def tick(source: str, minutes: int, part: int = 0, parts: int = 1) -> Tick:
    return Tick(source=source, at=START + timedelta(minutes=minutes), begun_at=START, part=part, parts=parts)


def gap(connector: str, until: int = 600, part: int = 0, parts: int = 1) -> Gap:
    until_at = START + timedelta(minutes=until)
    return Gap(
        connector=connector, platform="x", from_at=START, until_at=until_at, reason="down",
        part=part, parts=parts,
    )  # fmt: skip


def minutes(watermark: Watermark) -> float | None:
    return None if watermark.at is None else (watermark.at - START).total_seconds() / 60


def test_nobody_spoke_yet() -> None:
    assert Watermark().at is None


def test_the_slowest_source_decides_until_it_is_known_to_be_down() -> None:
    watermark = Watermark()
    watermark.tick(tick("fast", 50))
    watermark.tick(tick("slow", 10))
    assert minutes(watermark) == 10
    watermark.gap(gap("slow"))
    assert minutes(watermark) == 50
    watermark.tick(tick("slow", 20))
    assert minutes(watermark) == 20
    watermark.gap(gap("never heard of"))
    assert minutes(watermark) == 20


def test_every_partition_must_have_been_heard() -> None:
    watermark = Watermark()
    watermark.tick(tick("source", 30, part=0, parts=2))
    assert watermark.at is None
    watermark.tick(tick("source", 20, part=1, parts=2))
    assert minutes(watermark) == 20


def test_a_source_is_down_part_by_part() -> None:
    watermark = Watermark()
    for part in (0, 1):
        watermark.tick(tick("other", 50, part, parts=2))
        watermark.tick(tick("source", 10, part, parts=2))
    watermark.gap(gap("source", part=0, parts=2))
    # What it said before it fell silent may still be on its way through the other part.
    assert minutes(watermark) == 10
    watermark.gap(gap("source", part=1, parts=2))
    assert minutes(watermark) == 50
    watermark.tick(tick("source", 20, part=1, parts=2))
    assert minutes(watermark) == 20


def test_a_gap_told_again_silences_nobody_who_spoke_since() -> None:
    watermark = Watermark()
    watermark.tick(tick("other", 50))
    watermark.tick(tick("source", 10))
    watermark.gap(gap("source", until=20))
    assert minutes(watermark) == 50
    watermark.tick(tick("source", 25))
    watermark.gap(gap("source", until=20))
    assert minutes(watermark) == 25


def test_time_never_goes_back() -> None:
    watermark = Watermark()
    watermark.tick(tick("source", 30))
    watermark.tick(tick("source", 10))
    assert minutes(watermark) == 30


def test_it_survives_json() -> None:
    watermark = Watermark()
    watermark.tick(tick("a", 30, part=0, parts=2))
    watermark.tick(tick("b", 10))
    watermark.gap(gap("b"))
    again = Watermark.from_json(watermark.to_json())
    assert again.to_json() == watermark.to_json()
    again.tick(tick("a", 40, part=1, parts=2))
    assert minutes(again) == 30
