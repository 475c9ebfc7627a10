from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Crue de l’Hérault", "Crue de l’Hérault"),
        ("a\r\nBcc: x@example.org", "a Bcc: x@example.org"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("2\u202f140 «\u00a0mots\u00a0»", "2\u202f140 «\u00a0mots\u00a0»"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("\ud800 half a pair", "half a pair"),
        ("  a    b  ", "a b"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_long_text_ends_with_an_ellipsis() -> None:
    assert plain("abcdef", 4) == "abc…"
    assert plain("abcd", 4) == "abcd"


@given(st.text())
@example("0\r\x1b 0")
def test_nothing_that_moves_a_cursor_or_ends_a_line_is_left(text: str) -> None:
    shown = plain(text)
    assert shown.splitlines() in ([], [shown])
    assert not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or character in "\u202a\u202b\u202d\u202e\u2066"
        for character in shown
    )
    assert plain(shown) == shown
