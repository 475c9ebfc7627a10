"""A shadow decides as its sensitivity would, changes nothing of the rule in force, and tells nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson
import pytest

from connectors.mention import Tick
from streams.codec import decode, encode
from streams.lookout import SHADOW_BEGINS, Outcome
from streams.records import DetectorState, Incident
from streams.watches_file import WatchesError, parse_watches
from tests.streams.test_lookout import START, Post, Stage, burst, chatter, tally

WATCHES = "version: 1\nlanguage: en\nwatches: [{name: flood, query: crue, sensitivity: %s}]\n"
FEWER, MORE = (WATCHES % name for name in ("fewer", "more"))
SHADOWED = (WATCHES % "fewer").replace("fewer}", "fewer, shadow: more}")
HOUR_S = 3_600


def outcomes(stage: Stage, posts: Iterable[Post], until_h: float, *, first: int = 0) -> list[Outcome]:
    """`first` numbers the posts: those of a second call are others."""
    held = sorted(posts)
    stage.detection.add(tally(held, first))
    for at_h in (0, until_h):
        at = START.fromtimestamp(START.timestamp() + at_h * HOUR_S, START.tzinfo)
        stage.detection.tick(Tick(source="s", at=at, begun_at=START))
    return stage.detection.decide()


def real(found: Iterable[Outcome]) -> list[Incident]:
    """As the rule decided; the name of the file that decided is another."""
    return [replace(incident, config_hash="") for outcome in found for incident in outcome.incidents]


def shadowed(found: Iterable[Outcome]) -> list[Incident]:
    return [
        replace(
            each.incident, config_hash="", id=each.incident.id.removesuffix(f"-shadow-{each.sensitivity}")
        )
        for outcome in found
        for each in outcome.shadows
    ]


def posts() -> list[Post]:
    """Three days, the last of them with a small rise and a large one."""
    return [*chatter(1, 0, 90, 20), *burst(60, 1, 45), *burst(75)]


def test_each_decides_as_it_would_alone() -> None:
    both = outcomes(Stage(SHADOWED), posts(), 90)
    assert real(both) == real(outcomes(Stage(FEWER), posts(), 90)) != []
    assert shadowed(both) == real(outcomes(Stage(MORE), posts(), 90)) != []
    assert all(each.incident.id.endswith("-shadow-more") for found in both for each in found.shadows)
    begun = [each for found in both for each in found.decisions if each.verdict == SHADOW_BEGINS]
    assert [(each.reason, each.at) for each in begun] == [("more", START.replace(minute=5))]


def test_it_outlives_its_process() -> None:
    whole = outcomes(Stage(SHADOWED), posts(), 90)
    first = Stage(SHADOWED)
    before = outcomes(first, posts(), 76)
    held = {state.watch: _through_json(state) for state in first.detection.snapshot()}
    second = Stage(SHADOWED, held)
    rest = [post for post in sorted(posts()) if post[0] >= 76 * HOUR_S]
    after = outcomes(second, rest, 90, first=len(posts()) - len(rest))
    assert shadowed([*before, *after]) == shadowed(whole)
    assert real([*before, *after]) == real(whole)
    assert not [each for found in after for each in found.decisions if each.verdict == SHADOW_BEGINS]


def _through_json(state: DetectorState) -> DetectorState:
    back = decode(encode(state), now=START)
    assert isinstance(back, DetectorState)
    return back


def test_one_that_is_added_knows_what_is_usual_and_not_what_goes_on() -> None:
    first = Stage(FEWER)
    outcomes(first, posts(), 74)
    held = {state.watch: state for state in first.detection.snapshot()}
    rest = [post for post in posts() if post[0] >= 74 * HOUR_S]
    added = shadowed(outcomes(Stage(SHADOWED, held), rest, 90, first=50_000))
    assert [incident.event for incident in added][:1] == ["opened"]
    assert 75 * HOUR_S < (added[0].opened_at - START).total_seconds() <= 76 * HOUR_S


def test_what_is_shared_is_kept_once() -> None:
    alone, both = Stage(FEWER), Stage(SHADOWED)
    outcomes(alone, posts(), 77)
    outcomes(both, posts(), 77)
    (single,), (double,) = alone.detection.snapshot(), both.detection.snapshot()
    kept = {"signals", "episodes", "courses", "held_until_s", "ended_s", "ended_peak", "ended_phrases"}
    assert set(double.state["shadow"]) == {"sensitivity", *kept}
    own = len(orjson.dumps(double.state["shadow"]))
    assert len(orjson.dumps(double.state)) - len(orjson.dumps(single.state)) <= own + 20
    assert own < len(orjson.dumps(single.state["window"])) + len(orjson.dumps(single.state["signals"]))


@pytest.mark.parametrize(
    ("shadow", "said"),
    [
        ("fewer", "line 3: watches[1].shadow 'fewer' is in force already: name another, or none"),
        ("loud", "line 3: watches[1].shadow is 'loud': it must be 'fewer', 'balanced' or 'more'"),
        ("[more]", "line 3: watches[1].shadow"),
    ],
)
def test_a_wrong_one_is_refused_with_its_line(shadow: str, said: str) -> None:
    with pytest.raises(WatchesError) as refused:
        parse_watches(SHADOWED.replace("shadow: more", f"shadow: {shadow}"))
    assert said in str(refused.value)


def test_null_is_none() -> None:
    assert parse_watches(SHADOWED.replace("shadow: more", "shadow: null")).watches[0].shadow is None
