"""From mentions to voices, as a table."""

from __future__ import annotations

import pytest

from models.voices import Voices, heard, witnesses


@pytest.mark.parametrize(
    ("count", "voices", "least", "most"),
    [
        (7.0, None, 7.0, 7.0),
        (300.0, Voices(authors=3, fresh_authors=3), 3.0, 3.0),
        (300.0, Voices(authors=3, fresh_authors=0), 0.1, 1.0),
        (12.0, Voices(authors=12, fresh_authors=12), 12.0, 12.0),
        (12.0, Voices(authors=12), 12.0, 12.0),
        (40.0, Voices(authors=40, fresh_authors=40, near_duplicate_share=1.0), 1.0, 10.0),
        (9.0, Voices(authors=2, fresh_authors=2, unknown=7), 9.0, 9.0),
        (5.0, Voices(platforms=2), 5.0, 5.0),
        (3.0, Voices(authors=9, fresh_authors=9), 3.0, 3.0),
    ],
)
def test_heard(count: float, voices: Voices | None, least: float, most: float) -> None:
    assert least <= heard(count, voices) <= most


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        (None, None),
        (Voices(authors=4), None),
        (Voices(authors=4, new_authors=0), 0.0),
        (Voices(authors=12, new_authors=12, original_authors=12), 12.0),
        (Voices(authors=12, new_authors=12, original_authors=3), 3.0),
        (Voices(authors=12, new_authors=12, near_duplicate_share=1.0), 0.0),
        (Voices(authors=12, new_authors=12, near_duplicate_share=0.4, witnesses=5), 5.0),
    ],
)
def test_witnesses(voices: Voices | None, expected: float | None) -> None:
    assert witnesses(voices) == expected
