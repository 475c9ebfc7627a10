"""Wordings of the last hours: what is a copy, what is forgotten, in which order."""

from __future__ import annotations

from models.wordings import Wordings, forget_old, is_copy

ONE = (1, 2, 3, 4, 5, 6, 7, 8)
NEAR = (1, 2, 13, 14, 15, 16, 17, 18)
FAR = (1, 22, 23, 24, 25, 26, 27, 28)


def test_two_bands_in_common_are_a_copy_and_one_is_not() -> None:
    wordings: Wordings = {}
    assert [is_copy(signature, wordings, 300) for signature in (ONE, ONE, NEAR, FAR)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_text_without_a_signature_is_nobodys_copy() -> None:
    wordings: Wordings = {}
    assert not is_copy((), wordings, 300)
    assert not is_copy((), wordings, 600)
    assert wordings == {}


def test_a_band_in_another_place_is_another_band() -> None:
    wordings: Wordings = {}
    is_copy(ONE, wordings, 300)
    assert not is_copy(ONE[1:] + ONE[:1], wordings, 600)


def test_who_is_copied_is_remembered_longer() -> None:
    wordings: Wordings = {}
    is_copy(ONE, wordings, 300)
    is_copy(FAR[::-1], wordings, 600)
    is_copy(ONE, wordings, 900)
    forget_old(wordings, 600, 10)
    assert set(wordings.values()) == {900}
    assert is_copy(ONE, wordings, 1_200)


def test_the_oldest_go_where_there_are_too_many() -> None:
    wordings: Wordings = {}
    for at_s in range(5):
        is_copy(tuple(100 * at_s + band for band in range(8)), wordings, at_s)
    forget_old(wordings, -1, 2)
    assert sorted(set(wordings.values())) == [3, 4]
