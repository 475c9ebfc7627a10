"""Scenes with texts: the same for the same seed, and what their names say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from benchmarks.detection.hearing import Listener, Tale, Way
from benchmarks.detection.spoken import KINDS, OWN_WORDS, PLATFORMS, SCENE_ROWS, Act, Slot, play
from streams.window import Row

HOUR = 12


@pytest.fixture(scope="module")
def played() -> tuple[list[Slot], dict[str, Act]]:
    return play(7)


def rows(slots: Iterable[Slot]) -> list[Row]:
    return [row for slot in slots for row in slot.rows]


def test_the_same_seed_is_the_same_scenes(played: tuple[list[Slot], dict[str, Act]]) -> None:
    quiet, acts = play(7)
    assert (quiet, acts) == played
    assert play(8)[0] != quiet


def test_every_scene_goes_on_from_the_quiet_weeks(played: tuple[list[Slot], dict[str, Act]]) -> None:
    quiet, acts = played
    assert list(acts) == list(KINDS)
    for act in acts.values():
        assert act.onset_s == quiet[-1].at_s
        assert len(act.slots) == SCENE_ROWS
        assert act.slots[0].at_s == act.onset_s + 300


def test_a_crisis_shares_new_words_on_all_platforms_and_chatter_does_not(
    played: tuple[list[Slot], dict[str, Act]],
) -> None:
    quiet, acts = played
    known = {word for row in rows(quiet) for word in row.words}

    def shared(kind: str) -> Counter[int]:
        said = [row for row in rows(acts[kind].slots[: 3 * HOUR]) if not row.flags]
        return Counter(word for row in said for word in row.words if word not in known and word >= OWN_WORDS)

    crisis = shared("crisis, 5 times")
    (first, often), (second, _), *_ = crisis.most_common(3)
    assert often >= 10
    where = {row.id.partition(":")[0] for row in rows(acts["crisis, 5 times"].slots) if first in row.words}
    assert where == set(PLATFORMS)
    assert not {first, second} & set(shared("chatter, 5 times"))


def test_each_way_of_hearing_is_a_detector_of_its_own(played: tuple[list[Slot], dict[str, Act]]) -> None:
    quiet, _ = played
    listener = Listener()
    listener.hear(quiet[: 9 * 24 * HOUR])
    states = {way: detector.state for way, detector in listener.detectors.items()}
    assert states[Way.MENTIONS].counts == states[Way.MENTIONS].raw
    assert states[Way.VOICES].counts != states[Way.MENTIONS].counts
    assert states[Way.VOICES].ease == states[Way.MENTIONS].ease == 1.0
    assert states[Way.WORDS].ease != 1.0


def test_a_tale_in_words() -> None:
    tale = Tale(scenes=1, due=1)
    tale += Tale(scenes=1, due=1, in_time=1, delays_s=[600])
    assert str(tale) == "50%, 50%, 10 min"
    assert str(Tale(scenes=4, delays_s=[60])) == "25%"
