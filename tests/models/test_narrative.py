"""Near-duplicate signatures and the groups they make."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.narrative import TOO_SHORT, cluster, narrative_name, signatures

ROOT = Path(__file__).parents[2]
VOCABULARY = [f"word{number}" for number in range(3_000)]


def changed(tokens: list[str], times: int, draw: random.Random) -> list[str]:
    out = list(tokens)
    for _ in range(times):
        out[draw.randrange(len(out))] = draw.choice(VOCABULARY)
    return out


def jaccard(left: list[str], right: list[str]) -> float:
    a, b = set(pairwise(left)), set(pairwise(right))
    return len(a & b) / len(a | b)


def test_signature_is_a_constant_of_its_words() -> None:
    # Stored data hold these keys: a change of any constant renames every narrative.
    (signature,) = signatures([["le", "barrage", "a", "cede"]])
    assert signature == (
        1704974885, 2728668561, 372052860, 3258163359,
        2760738920, 3618814293, 1471835362, 704105572,
    )  # fmt: skip


def test_signature_does_not_depend_on_the_process() -> None:
    program = "from models.narrative import signatures; print(signatures([['l', 'eau', 'monte', 'vite']])[0])"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {str(signatures([["l", "eau", "monte", "vite"]])[0])}


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=9), max_size=30), st.integers(0, 30))
def test_signature_does_not_depend_on_the_batch(texts: list[list[str]], at: int) -> None:
    assert signatures(texts) == signatures(texts[:at]) + signatures(texts[at:])
    for text, signature in zip(texts, signatures(texts), strict=True):
        assert signature == signatures([text])[0]
        assert len(signature) == (8 if len(text) >= 3 else 0)
        assert all(0 <= key < 2**32 for key in signature)


def test_block_borders_do_not_show() -> None:
    texts = [[f"a{number}", "b", f"c{number % 7}", "d"] for number in range(5_000)]
    together = signatures(texts)
    assert together[2_040:2_060] == signatures(texts[2_040:2_060])


def test_any_string_is_a_word() -> None:
    assert len(signatures([["\ud800", "🌊", ""]])[0]) == 8
    assert signatures([]) == []


@pytest.mark.parametrize(("changes", "least", "most"), [(0, 1.0, 1.0), (1, 0.9, 1.0), (20, 0.0, 0.02)])
def test_copies_are_found_and_others_are_not(changes: int, least: float, most: float) -> None:
    draw = random.Random(7)
    found = 0
    for _ in range(200):
        tokens = draw.choices(VOCABULARY, k=20)
        one, other = cluster(signatures([tokens, changed(tokens, changes, draw)]))
        found += one == other
    assert least <= found / 200 <= most


def test_a_campaign_is_one_narrative_among_ordinary_posts() -> None:
    draw = random.Random(1)
    message = draw.choices(VOCABULARY, k=18)
    texts = [changed(message, draw.randrange(3), draw) for _ in range(60)]
    texts += [draw.choices(VOCABULARY, k=18) for _ in range(400)]
    groups = cluster(signatures(texts))
    campaign = max(set(groups), key=groups.count)
    assert sum(group == campaign for group in groups[:60]) >= 57
    assert campaign not in groups[60:]


def test_half_of_the_words_in_common_is_no_copy() -> None:
    """Posts on one event share expressions; chains of them must not become one narrative."""
    draw = random.Random(3)
    phrases = [draw.choices(VOCABULARY, k=4) for _ in range(12)]
    texts = [[word for phrase in draw.sample(phrases, 3) for word in phrase] for _ in range(150)]
    groups = cluster(signatures(texts))
    for group in set(groups):
        members = [text for text, own in zip(texts, groups, strict=True) if own == group]
        assert all(any(jaccard(text, other) > 0.25 for other in members) for text in members)


@given(
    st.lists(st.lists(st.sampled_from("abcd"), max_size=6), max_size=25), st.randoms(use_true_random=False)
)
def test_groups_do_not_depend_on_the_order(texts: list[list[str]], draw: random.Random) -> None:
    signed = signatures(texts)
    order = list(range(len(signed)))
    draw.shuffle(order)
    groups = cluster(signed)
    assert cluster([signed[at] for at in order]) == [groups[at] for at in order]


def test_texts_too_short_stand_alone() -> None:
    short, long = signatures([["oui"], ["la", "digue", "tient"]])
    assert cluster([short, long, short, long]) == [TOO_SHORT, 0, TOO_SHORT, 0]
    assert cluster([short]) == [TOO_SHORT]
    assert cluster([]) == []


def test_names_are_short_stable_and_apart() -> None:
    draw = random.Random(5)
    signed = signatures([draw.choices(VOCABULARY, k=8) for _ in range(2_000)])
    names = {narrative_name(signature) for signature in signed}
    assert len(names) == 2_000
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)
    assert narrative_name(()) == ""


def test_tens_of_thousands_in_one_window() -> None:
    draw = random.Random(2)
    message = draw.choices(VOCABULARY, k=15)
    texts = [
        changed(message, 1, draw) if number % 2 else draw.choices(VOCABULARY, k=15)
        for number in range(30_000)
    ]
    groups = cluster(signatures(texts))
    assert max(map(groups[:200].count, set(groups[:200]))) >= 95
