"""Signals to incidents: one incident for several signs, nothing from a gap, lanes apart."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from connectors.mention import Gap, Tick
from streams.codec import encode
from streams.detect import Detection
from streams.records import DetectorState, Flag, Incident, IncidentEvent, Severity, Signal, Tally
from streams.watches import Watches
from streams.watches_file import parse_watches
from streams.window import RECENT_S

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR_S = 3_600
SCORED = Flag.SCORED
ANGRY = Flag.SCORED | Flag.NEGATIVE
WATCHES = """\
version: 1
timezone: Europe/Paris
language: en
watches: [{name: flood, query: crue}]
"""

Post = tuple[float, int, int, tuple[str, ...]]
"""Seconds since START, flags, author, urgent phrases."""


def tally(posts: Sequence[Post], first: int) -> Tally:
    start_ms = int(START.timestamp() * 1000)
    return Tally(
        watch="flood",
        ids=tuple(f"x:{first + i}" for i in range(len(posts))),
        counted_ms=tuple(start_ms + int(at * 1000) for at, _, _, _ in posts),
        versions_ms=(0,) * len(posts),
        flags=tuple(flags for _, flags, _, _ in posts),
        authors=tuple(author for _, _, author, _ in posts),
        langs=("fr",) * len(posts),
        signatures=((),) * len(posts),
        urgent=tuple(urgent for _, _, _, urgent in posts),
    )


def chatter(
    seed: int, from_h: float, until_h: float, an_hour: float, *, negative: float = 0.1, authors: int = 300
) -> Iterator[Post]:
    dice = random.Random(seed)
    at = from_h * HOUR_S
    while (at := at + dice.expovariate(an_hour / HOUR_S)) < until_h * HOUR_S:
        yield at, ANGRY if dice.random() < negative else SCORED, 1 + dice.randrange(authors), ()


class Stage:
    """A detection that is fed hour by hour, as a source would."""

    def __init__(self, watches: str = WATCHES, states: dict[str, DetectorState] | None = None) -> None:
        self.watches: Watches = parse_watches(watches)
        self.detection = Detection(self.watches, models="test", states=states)
        self._first = 0

    def play(
        self, posts: Iterable[Post], until_h: float, *, gaps: Sequence[tuple[float, float]] = ()
    ) -> list[Incident]:
        """Everything up to `until_h`; `gaps` are (from, until) in hours, of the one source there is."""
        held = sorted(posts)
        self.detection.add(tally(held, self._first))
        self._first += len(held)
        self.detection.tick(Tick(source="s", at=START, begun_at=START))
        for from_h, until in gaps:
            self.detection.gap(
                Gap(
                    connector="s",
                    platform="x",
                    from_at=START + timedelta(hours=from_h),
                    until_at=START + timedelta(hours=until),
                    reason="down",
                )
            )
        self.detection.tick(Tick(source="s", at=START + timedelta(hours=until_h), begun_at=START))
        return [incident for outcome in self.detection.decide() for incident in outcome.incidents]


def told(incidents: Iterable[Incident]) -> list[tuple[str, str]]:
    return [(incident.signal.value, incident.event.value) for incident in incidents]


def hours(incident: Incident) -> float:
    return (incident.updated_at - START).total_seconds() / HOUR_S


def burst(at_h: float, hours: float = 2, an_hour: float = 400) -> Iterator[Post]:
    return chatter(9, at_h, at_h + hours, an_hour, negative=0.8, authors=5_000)


def test_a_calm_day_opens_nothing() -> None:
    assert Stage().play(chatter(1, 0, 60, 20), 60) == []


def test_a_crisis_is_one_incident_of_several_signs_that_opens_rises_and_ends() -> None:
    incidents = Stage().play([*chatter(1, 0, 90, 20), *burst(48)], 90)
    assert len({incident.id for incident in incidents}) == 1
    events = [incident.event for incident in incidents]
    assert events[0] is IncidentEvent.OPENED
    assert events[-1] is IncidentEvent.RESOLVED
    assert set(events[1:-1]) == {IncidentEvent.UPDATED}
    assert [incident.revision for incident in incidents] == list(range(1, len(incidents) + 1))
    assert 48 < hours(incidents[0]) <= 48.5
    assert 54 < hours(incidents[-1]) < 84
    assert {Signal.VOLUME, Signal.NEGATIVE} <= set(incidents[-1].evidence.signs)
    order = list(Severity)
    levels = [order.index(incident.severity) for incident in incidents]
    assert levels == sorted(levels)
    assert incidents[-1].severity is Severity.CRITICAL
    height = max(incidents, key=lambda incident: incident.observed)
    assert height.observed > height.limit > height.expected > 0
    assert incidents[-1].resolved_at == incidents[-1].updated_at
    assert all(incident.resolved_at is None for incident in incidents[:-1])


def test_a_watch_in_its_first_day_says_that_what_is_usual_is_a_guess() -> None:
    young = Stage().play([*chatter(1, 0, 10, 20), *burst(8)], 10)
    assert young[0].evidence.warming_up
    assert "first day" in young[0].summary
    old = Stage().play([*chatter(1, 0, 50, 20), *burst(48)], 50)
    assert not old[0].evidence.warming_up
    assert "first day" not in old[0].summary


def test_an_update_says_that_severity_rose() -> None:
    quiet = list(chatter(1, 0, 60, 20))
    spoken: list[Post] = [(50 * HOUR_S + 10, SCORED, 1, ("rupture de digue",))]
    more: list[Post] = [(50 * HOUR_S + 310 + i, SCORED, 2 + i, ("rupture de digue",)) for i in range(3)]
    incidents = Stage().play([*quiet, *spoken, *more], 50.2)
    assert told(incidents) == [("urgent", "opened"), ("urgent", "updated")]
    assert [incident.severity for incident in incidents] == [Severity.WARNING, Severity.CRITICAL]
    assert incidents[0].id == incidents[1].id


def test_an_urgent_phrase_from_several_voices_is_critical_from_the_first_minute() -> None:
    """Also where nothing else was ever heard, and detection has learnt nothing yet."""
    posts: list[Post] = [(100 + i, SCORED, 1 + i, ("rupture de digue",)) for i in range(3)]
    (incident,) = Stage().play(posts, 0.25)
    assert (incident.signal, incident.event, incident.severity) == (
        Signal.URGENT,
        IncidentEvent.OPENED,
        Severity.CRITICAL,
    )
    assert incident.evidence.urgent == ("rupture de digue",)
    same_voice: list[Post] = [(100 + i, SCORED, 1, ("rupture de digue",)) for i in range(3)]
    (one,) = Stage().play(same_voice, 0.25)
    assert one.severity is Severity.WARNING


def test_one_message_that_spreads_is_told_where_the_volume_is_as_ever() -> None:
    stage = Stage()
    repeated: list[Post] = [(50 * HOUR_S + 120 * place, SCORED, 1_000 + place, ()) for place in range(30)]
    stage.detection.add(replace(tally(repeated, 900_000), signatures=((1, 2, 3, 4, 5, 6, 7, 8),) * 30))
    incidents = stage.play(chatter(1, 0, 66, 120), 66)
    assert told(incidents)[0] == ("narrative", "opened")
    assert told(incidents)[-1] == ("narrative", "resolved")
    assert 50.3 < hours(incidents[0]) <= 51
    assert incidents[0].observed >= incidents[0].limit >= 12
    assert incidents[0].evidence.signs == (Signal.NARRATIVE,)
    assert incidents[0].evidence.narratives[0][1] >= 12
    assert "one message repeated by" in incidents[0].summary.lower()


def test_a_slow_burn_is_a_signal_of_its_own_and_a_sudden_rise_is_none() -> None:
    usual = chatter(1, 0, 11 * 24, 150, authors=20_000)
    burning = [*usual, *chatter(3, 10 * 24, 11 * 24, 54, authors=20_000)]
    incidents = [each for each in Stage().play(burning, 11 * 24) if hours(each) > 9 * 24]
    assert told(incidents)[0] == ("slow-burn", "opened")
    assert 0 < hours(incidents[0]) - 10 * 24 <= 14
    assert incidents[0].observed > incidents[0].limit > incidents[0].expected
    assert incidents[0].evidence.window_s >= 6 * HOUR_S
    assert "a slow rise to" in incidents[0].summary.lower()
    sudden = Stage().play([*chatter(1, 0, 60, 20), *burst(48)], 49)
    assert Signal.SLOW_BURN not in sudden[-1].evidence.signs


@pytest.mark.parametrize("lasts", [1, 6])
def test_a_crisis_that_is_over_resolves_hours_later_and_not_when_its_longest_window_is(lasts: int) -> None:
    stage = Stage()
    rise = chatter(9, 7 * 24, 7 * 24 + lasts, 300, authors=5_000)
    posts = [*chatter(1, 0, 8 * 24, 30, authors=20_000), *rise]
    incidents = [each for each in stage.play(posts, 8 * 24) if hours(each) > 7 * 24]
    assert told(incidents)[0][1] == "opened"
    assert told(incidents)[-1][1] == "resolved"
    # Ten calm hours, so that a night is no end.
    assert lasts + 10 <= hours(incidents[-1]) - 7 * 24 < 19
    # Nobody is told that it goes on while it does not.
    assert all(hours(each) - 7 * 24 <= lasts + 1 for each in incidents[:-1])


def test_a_slow_rise_after_a_crisis_is_its_tail() -> None:
    stage = Stage()
    burning = [
        *chatter(1, 0, 11 * 24, 150, authors=20_000),
        *burst(9 * 24, an_hour=2_000),
        *chatter(3, 10 * 24, 11 * 24, 54, authors=20_000),
    ]
    incidents = [each for each in stage.play(burning, 11 * 24) if hours(each) > 9 * 24]
    ended = next(each for each in incidents if each.event is IncidentEvent.RESOLVED)
    assert hours(ended) < 10 * 24
    opened = [each for each in incidents if each.event is IncidentEvent.OPENED]
    tail = timedelta(hours=24)
    assert [each for each in opened[1:] if each.opened_at - ended.updated_at < tail] == []


def test_a_slow_rise_after_something_no_larger_than_itself_is_news() -> None:
    stage = Stage()
    before = chatter(1, 0, 10 * 24, 150, authors=20_000)
    stage.play([*before, *chatter(3, 10 * 24, 10 * 24 + 1, 54, authors=20_000)], 10 * 24)
    (state,) = stage.detection.snapshot()
    found = []
    for peak in (250, 2_000):
        held = {**state.state, "ended_s": int(START.timestamp()) + 239 * HOUR_S, "ended_peak": peak}
        again = Stage(states={"flood": replace(state, state=orjson.loads(orjson.dumps(held)))})
        again._first = 1_000_000
        burning = chatter(3, 10 * 24, 11 * 24 - 2, 204, authors=20_000)
        found.append(told(again.play(burning, 11 * 24 - 2))[:1])
    assert found == [[("slow-burn", "opened")], []]


def test_the_word_of_a_vip_has_a_lane_of_its_own() -> None:
    post: list[Post] = [(48.5 * HOUR_S, SCORED | Flag.VIP, 77, ())]
    incidents = Stage().play([*chatter(1, 0, 72, 20), *burst(48), *post], 72)
    lanes = {incident.id: incident.signal for incident in incidents}
    assert sorted(lanes.values()) == [Signal.NEGATIVE, Signal.VIP] or sorted(lanes.values()) == [
        Signal.VIP,
        Signal.VOLUME,
    ]
    vip = [incident for incident in incidents if incident.signal is Signal.VIP]
    assert told(vip) == [("vip", "opened"), ("vip", "resolved")]
    assert {incident.severity for incident in vip} == {Severity.INFO}
    assert hours(vip[1]) - hours(vip[0]) == pytest.approx(3, abs=0.2)


def test_silence_is_told_apart_from_the_crisis() -> None:
    incidents = Stage().play(chatter(1, 0, 9 * 24, 120), 9 * 24 + 6)
    assert told(incidents) == [("silence", "opened")]
    assert 9 * 24 < hours(incidents[0]) < 9 * 24 + 3
    assert incidents[0].severity is Severity.WARNING


def test_the_end_of_a_silence_is_told_of_the_hour_in_which_they_speak_again() -> None:
    posts = [*chatter(1, 0, 9 * 24, 120), *chatter(2, 9 * 24 + 6, 9 * 24 + 12, 120)]
    incidents = [each for each in Stage().play(posts, 9 * 24 + 12) if each.signal is Signal.SILENCE]
    assert told(incidents)[0] == ("silence", "opened")
    assert told(incidents)[-1] == ("silence", "resolved")
    # That they come back is no worse than silence, and no reason to write.
    assert all(each.observed < each.expected / 2 for each in incidents[:-1])
    over = incidents[-1]
    heard = sum(1 for at, *_ in posts if hours(over) - 1 <= at / HOUR_S < hours(over))
    assert (over.observed, over.evidence.mentions, over.evidence.window_s) == (heard, heard, HOUR_S)
    assert over.expected == pytest.approx(120, rel=0.3)
    assert over.summary.startswith("flood: back to usual after ")
    assert f": {heard} mentions in the last hour where " in over.summary


def test_a_gap_is_not_silence() -> None:
    incidents = Stage().play(chatter(1, 0, 9 * 24, 120), 9 * 24 + 6, gaps=[(9 * 24, 9 * 24 + 6)])
    assert incidents == []


def test_a_gap_neither_opens_nor_resolves() -> None:
    crisis = [*chatter(1, 0, 50, 20), *burst(48)]
    whole = Stage().play([*crisis, *chatter(2, 50, 84, 20)], 84)
    assert whole[-1].event is IncidentEvent.RESOLVED
    gapped = Stage()
    during = gapped.play(crisis, 84, gaps=[(50, 84)])
    assert [incident.event for incident in during][:1] == [IncidentEvent.OPENED]
    assert IncidentEvent.RESOLVED not in {incident.event for incident in during}
    assert max(map(hours, during)) <= 50
    # Heard again, and calm: now it ends, after hours of calm that somebody heard.
    after = gapped.play(chatter(2, 84, 120, 20), 120)
    assert after[-1].event is IncidentEvent.RESOLVED
    assert after[-1].id == whole[0].id
    assert hours(after[-1]) >= 88


def test_evidence_says_how_much_of_its_window_nobody_listened_to() -> None:
    incidents = Stage().play([*chatter(1, 0, 47.75, 20), *burst(48)], 51, gaps=[(47.75, 48)])
    # It opened on a quarter of an hour, of which five minutes were heard.
    assert (incidents[0].evidence.window_s, incidents[0].evidence.gap_s) == (900, 600)
    longer = Stage().play([*chatter(1, 0, 47.75, 20), *burst(48, hours=13)], 62, gaps=[(47.75, 48)])
    for told_of in longer:
        until_h = hours(told_of)
        since_h = until_h - told_of.evidence.window_s / HOUR_S
        overlap_h = max(0.0, min(until_h, 48) - max(since_h, 47.75))
        assert told_of.evidence.gap_s == pytest.approx(overlap_h * HOUR_S), told_of.summary
    assert {told_of.evidence.gap_s for told_of in longer} >= {0, 300, 600}


def test_sentence_and_composition_speak_of_the_same_window_and_the_same_mentions() -> None:
    burn = chatter(3, 72, 110, 22, negative=0.7, authors=5_000)
    flood = chatter(4, 100, 103, 300, negative=0.7, authors=5_000)
    incidents = Stage().play([*chatter(1, 0, 150, 20), *burn, *flood], 150)
    windows = {incident.evidence.window_s for incident in incidents}
    assert max(windows) > RECENT_S, windows
    for incident in incidents:
        made = incident.evidence
        if made.leading in {Signal.VOLUME, Signal.SLOW_BURN}:
            assert incident.observed == made.mentions, incident.summary
        else:
            assert incident.observed == pytest.approx(made.negative_share, abs=0.001), incident.summary
        assert sum(count for _, count in made.platforms) == made.mentions
        assert made.originals + made.reposts == made.mentions
        assert made.authors is not None
        assert made.authors <= made.mentions
        assert made.peak is not None
        assert made.window_s != HOUR_S or made.peak >= made.mentions
    last = incidents[-1]
    assert last.event is IncidentEvent.RESOLVED
    assert last.evidence.window_s == HOUR_S
    assert last.observed < last.evidence.peak  # type: ignore[operator]
    assert f"{last.evidence.peak} in its loudest hour" in last.summary


def test_what_is_told_hours_later_is_told_of_the_present() -> None:
    """A second sign joins long after the volume's last alarm: the numbers are not those of that alarm."""
    quiet = list(chatter(1, 0, 60, 20))
    word: list[Post] = [(53 * HOUR_S + 10, SCORED, 9_001, ("rupture de digue",))]
    posts = [*quiet, *burst(48, hours=0.5), *word]
    incidents = Stage().play(posts, 54)
    told_later = next(incident for incident in incidents if Signal.URGENT in incident.evidence.signs)
    assert told_later.evidence.leading is Signal.VOLUME
    since = hours(told_later) - told_later.evidence.window_s / HOUR_S
    present = [at for at, *_ in posts if since <= at / HOUR_S < hours(told_later)]
    assert told_later.observed == len(present)


def test_the_same_urgent_words_shortly_after_the_end_open_nothing_and_it_is_on_record() -> None:
    quiet = list(chatter(1, 0, 90, 20))
    spoken: list[Post] = [(50 * HOUR_S + i, SCORED, 1 + i, ("rupture de digue",)) for i in range(4)]
    stage = Stage()
    first = stage.play([*quiet, *spoken], 60)
    assert told(first)[-1] == ("urgent", "resolved")
    assert "rupture de digue" in first[-1].summary
    ended_h = hours(first[-1])

    def after(later: Sequence[Post]) -> tuple[list[Incident], list[str]]:
        again = Stage()
        again.play([], 0)
        again.detection.add(tally(sorted([*quiet, *spoken, *later]), 0))
        again.detection.tick(Tick(source="s", at=START + timedelta(hours=90), begun_at=START))
        outcomes = again.detection.decide()
        opened = [
            incident
            for outcome in outcomes
            for incident in outcome.incidents
            if incident.event is IncidentEvent.OPENED and hours(incident) > ended_h
        ]
        return opened, [
            each.reason for outcome in outcomes for each in outcome.decisions if each.verdict == "held"
        ]

    def words(at_h: float, count: int, phrase: str = "rupture de digue") -> list[Post]:
        return [(at_h * HOUR_S + i, SCORED, 50 + i, (phrase,)) for i in range(count)]

    opened, held = after([*words(ended_h + 2, 2), *words(ended_h + 23, 2)])
    assert opened == []
    assert [reason for reason in held if "same urgent words" in reason]
    assert [each.signal for each in after(words(ended_h + 2, 3))[0]] == [Signal.URGENT]
    assert [each.signal for each in after(words(ended_h + 2, 1, "evacuation"))[0]] == [Signal.URGENT]
    assert [each.signal for each in after(words(ended_h + 25, 1))[0]] == [Signal.URGENT]


def test_what_a_planned_event_explains_is_on_record() -> None:
    calendar = (
        "calendar: [{name: fair, from: 2026-03-04T00:00:00Z, until: 2026-03-04T04:00:00Z, expect: 4}]\n"
    )
    stage = Stage(WATCHES + calendar)
    posts = sorted([*chatter(1, 0, 72, 20), *chatter(5, 48, 51, 55, authors=2_000)])
    stage.detection.add(tally(posts, 0))
    stage.detection.tick(Tick(source="s", at=START, begun_at=START))
    stage.detection.tick(Tick(source="s", at=START + timedelta(hours=72), begun_at=START))
    muted = [
        each for outcome in stage.detection.decide() for each in outcome.decisions if each.verdict == "muted"
    ]
    assert 1 <= len(muted) <= 4
    assert "“fair” is in the calendar" in muted[0].reason
    assert all(each.signal is Signal.VOLUME and each.incident is None for each in muted)


def test_a_planned_event_raises_what_is_expected_and_mutes_nothing() -> None:
    calendar = (
        "calendar: [{name: fair, from: 2026-03-04T00:00:00Z, until: 2026-03-04T04:00:00Z, expect: 4}]\n"
    )
    fair = [*chatter(1, 0, 72, 20), *chatter(5, 48, 51, 55, authors=2_000)]
    without = Stage().play(fair, 72)
    assert any(incident.signal is Signal.VOLUME for incident in without)
    planned = Stage(WATCHES + calendar).play(fair, 72)
    assert all(Signal.VOLUME not in incident.evidence.signs for incident in planned)
    crisis = Stage(WATCHES + calendar).play([*chatter(1, 0, 72, 20), *burst(48)], 72)
    assert any(Signal.VOLUME in incident.evidence.signs for incident in crisis)


def test_an_event_of_another_watch_changes_nothing() -> None:
    fair = [*chatter(1, 0, 72, 20), *chatter(5, 48, 51, 55, authors=2_000)]
    text = WATCHES.replace("query: crue}", "query: crue}, {name: other, query: x}")
    elsewhere = text + (
        "calendar: [{name: fair, from: 2026-03-04T00:00:00Z, until: 2026-03-04T04:00:00Z, "
        "expect: 4, watches: [other]}]\n"
    )
    assert told(Stage(elsewhere).play(fair, 72)) == told(Stage(text).play(fair, 72))


@pytest.mark.parametrize("cut_h", [3.0, 47.9, 48.3, 49.0, 52.0])
def test_a_state_that_went_through_json_goes_on_as_if_nothing_had_been(cut_h: float) -> None:
    posts = [*chatter(1, 0, 72, 20), *burst(48)]
    whole = Stage().play(posts, 72)
    cut_s = cut_h * HOUR_S // 300 * 300
    first = Stage()
    before = first.play([post for post in posts if post[0] < cut_s], cut_s / HOUR_S)
    kept = {state.watch: state for state in first.detection.snapshot()}
    through = {
        name: DetectorState(
            watch=name,
            decided_until=state.decided_until,
            state=orjson.loads(orjson.dumps(state.state)),
        )
        for name, state in kept.items()
    }
    second = Stage(states=through)
    second._first = len([post for post in posts if post[0] < cut_s])
    after = second.play([post for post in posts if post[0] >= cut_s], 72)
    assert [encode(incident) for incident in before + after] == [encode(incident) for incident in whole]


def test_drills_are_not_counted() -> None:
    exercise: list[Post] = [
        (50 * HOUR_S + i, SCORED | Flag.DRILL, i, ("rupture de digue",)) for i in range(200)
    ]
    assert Stage().play([*chatter(1, 0, 60, 20), *exercise], 60) == []


def test_where_drills_count_every_incident_says_that_it_is_one() -> None:
    spoken = [(50 * HOUR_S + i, SCORED | Flag.DRILL, 1 + i, ("rupture de digue",)) for i in range(4)]
    for flags, drill in ((Flag.DRILL, True), (0, False)):
        stage = Stage()
        stage.detection = Detection(stage.watches, models="test", count_drills=True)
        posts = [(at, SCORED | flags, author, words) for at, _, author, words in spoken]
        incidents = stage.play([*chatter(1, 0, 60, 20), *posts], 60)
        assert told(incidents)[0] == ("urgent", "opened")
        assert {incident.drill for incident in incidents} == {drill}


def test_what_is_late_decides_nothing() -> None:
    late: list[Post] = [(50 * HOUR_S + i, SCORED | Flag.LATE, i, ("rupture de digue",)) for i in range(200)]
    assert Stage().play([*chatter(1, 0, 60, 20), *late], 60) == []
