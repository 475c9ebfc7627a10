"""Known voices: exact, bounded, the same after JSON."""

from __future__ import annotations

import orjson

from streams.voices import MAX_AUTHORS, MEMORY_DAYS, KnownVoices

DAY_S = 86_400


def test_who_was_heard_is_known_and_who_has_no_name_is_not() -> None:
    voices = KnownVoices()
    voices.hear([7, 0, 8], 1_000)
    voices.hear([7], 2_000)
    assert (7 in voices, 0 in voices, 9 in voices) == (True, False, False)
    assert (voices.last_s(7), voices.last_s(8), voices.last_s(9)) == (2_000, 1_000, 0)
    assert voices.heard_since(1_000) == (2, 2)
    assert voices.heard_since(1_001) == (1, 0)
    assert voices.heard_since(2_001) == (0, 0)
    voices.hear([9], 2_000)
    assert voices.heard_since(2_000) == (2, 1)


def test_who_was_silent_for_long_is_new_again() -> None:
    voices = KnownVoices()
    voices.hear([1], 0)
    voices.hear([2], DAY_S)
    voices.forget(MEMORY_DAYS * DAY_S)
    assert (1 in voices, 2 in voices) == (True, True)
    voices.forget(MEMORY_DAYS * DAY_S + 1)
    assert (1 in voices, 2 in voices) == (False, True)


def test_of_too_many_those_heard_longest_ago_go_first() -> None:
    voices = KnownVoices()
    voices.hear(range(1, MAX_AUTHORS + 101), 1_000)
    voices.hear([1], 1_000)
    voices.forget(1_000)
    assert len(voices) == MAX_AUTHORS
    assert 1 in voices
    assert [author in voices for author in (2, 101, 102)] == [False, False, True]


def test_it_survives_json_in_its_order() -> None:
    voices = KnownVoices()
    voices.hear([2**63 - 1, 5, 6], 1_772_400_000)
    voices.hear([5], 1_772_400_300)
    again = KnownVoices.from_json(orjson.loads(orjson.dumps(voices.to_json())))
    assert again == voices
    assert again.to_json() == voices.to_json()
    for one in (voices, again):
        one.forget(1_772_400_000 + MEMORY_DAYS * DAY_S + 1)
    assert again == voices
    assert len(again) == 1
