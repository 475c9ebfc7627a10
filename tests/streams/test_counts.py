"""Any sequence of lines, in any batches, twice: the counts add up and the views are the same."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.generated import START, watches_file, write
from tests.streams.test_replay import adds_up, play

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

TEXTS = ("la crue monte", "rupture de digue, crue !", "my cat sleeps", "the school is closed", "crue\u0000")
# `make soak` asks for more: a store a replay is dear.
EXAMPLES = int(os.environ.get("VIGIE_TEST_EXAMPLES", "5"))
ids = st.sampled_from(["1", "2", "é\\'\n", "4", "5"])
authors = st.sampled_from(["a", "prefect", None])
seconds = st.integers(0, 1_500)


def _post(native_id: str, second: int, text: str, author: str | None, edited: int | None) -> bytes:
    line: dict[str, Any] = {
        "platform": "x",
        "native_id": native_id,
        "text": text,
        "created_at": START + timedelta(seconds=second),
        "author_id": author,
    }
    if edited is not None:
        line["edited_at"] = START + timedelta(seconds=second + edited)
    return orjson.dumps(line)


posts = st.builds(_post, ids, seconds, st.sampled_from(TEXTS), authors, st.none())
edits = st.builds(_post, ids, seconds, st.sampled_from(TEXTS), authors, st.integers(0, 3_000))
retractions = st.builds(
    lambda native_id: orjson.dumps({"type": "retraction", "platform": "x", "native_id": native_id}), ids
)
accounts = st.builds(
    lambda author: orjson.dumps({"type": "retraction", "platform": "x", "author_id": author}),
    st.sampled_from(["a", "prefect"]),
)
garbage = st.sampled_from([b"{oops", b"\xff\xfe", b"[1]", b'{"platform":"x","text":"t"}', b"a\x00b"])
blank = st.sampled_from([b"", b"   "])
streams = st.lists(st.one_of(posts, posts, edits, retractions, accounts, garbage, blank), max_size=14).filter(
    # A file that begins with an array is refused whole.
    lambda lines: not next((line for line in lines if line.strip()), b"").startswith(b"[")
)
_example = count()

_GONE = orjson.dumps({"type": "retraction", "platform": "x", "author_id": "a"})
FLOOD, CAT = TEXTS[0], TEXTS[2]
FOUND = {
    "an account that goes after an edit that named another": (
        _post("1", 0, FLOOD, "a", None),
        _post("1", 0, FLOOD, "prefect", 0),
        _GONE,
    ),
    "an account that went before, and a state that names nobody": (
        _GONE,
        _post("1", 0, FLOOD, "a", None),
        _post("1", 515, FLOOD, None, None),
        _post("1", 515, FLOOD, None, 10),
    ),
    "a repeat in a later step, by a VIP": (
        _post("1", 0, FLOOD, "a", None),
        _post("1", 420, FLOOD, "a", None),
        _post("1", 300, FLOOD, "prefect", None),
    ),
    "an edit of no watch before its original": (
        _post("1", 0, CAT, "a", 60),
        _post("1", 0, FLOOD, "a", None),
        _post("2", 0, CAT, "a", 60),
        _post("2", 0, FLOOD, "a", 120),
    ),
}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams, st.integers(2, 14))
@example(list(itertools.chain(*FOUND.values())), 3)
def test_any_lines_in_any_batches_twice(tmp_path: Path, lines: list[bytes], size: int) -> None:
    in_any_batches_twice(tmp_path, lines, size)


def in_any_batches_twice(tmp_path: Path, lines: list[bytes], size: int) -> None:
    folder = tmp_path / str(next(_example))
    folder.mkdir()
    watches = watches_file(folder)
    path = folder / "posts.jsonl"
    path.write_bytes(b"\n".join(lines))
    counts, seen, records = play(path, watches, folder / "one", batch=1)
    assert adds_up(counts)
    assert counts.read == sum(1 for line in lines if line.strip())
    other, also, same = play(path, watches, folder / "many", batch=size)
    assert adds_up(other)
    assert (also, same) == (seen, records)
    again, after, still = play(path, watches, folder / "many", batch=size)
    assert adds_up(again)
    assert (after, still) == (seen, records)
    assert (again.stored, again.incidents) == (0, 0)
    assert again.read == counts.read


@pytest.mark.parametrize("lines", FOUND.values(), ids=FOUND)
def test_what_patience_found_once(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    in_any_batches_twice(tmp_path, list(lines), 10)


def test_an_edit_of_no_watch_before_its_original_leaves_it_out(tmp_path: Path) -> None:
    """Only that it was is stored: no text of it, and nothing in a view."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(FOUND["an edit of no watch before its original"]))
    for size in (1, 10):
        for run in (1, 2):
            counts, seen, _ = play(path, watches_file(tmp_path), tmp_path / f"store{size}", batch=size)
            assert adds_up(counts)
            became = (counts.stored, counts.unmatched, counts.duplicates)
            assert became == ((1, 2, 1) if run == 1 else (0, 0, 4))
            assert [orjson.loads(row)["id"] for row in seen["mentions"].splitlines()] == ["x:2"]
            assert b"cat" not in seen["mentions"]


def _line(native_id: str, second: int, text: str, **more: str) -> dict[str, Any]:
    return orjson.loads(_post(native_id, second, text, None, None)) | more  # type: ignore[no-any-return]


@pytest.mark.parametrize("size", [1, 10])
def test_a_run_begins_at_its_earliest_mention_in_time(tmp_path: Path, size: int) -> None:
    """The second post is in time, and lies in the step before that of the first."""
    posts = [_line("1", 310, "la crue"), _line("2", 290, "rupture de digue, crue"), _line("3", 9_000, "crue")]
    path = write(tmp_path / "posts.jsonl", posts)
    counts, _, _ = play(path, watches_file(tmp_path), tmp_path / "store", batch=size)
    assert (counts.late, counts.incidents) == (0, 1)


def test_years_without_a_post_are_a_gap_and_not_a_calm_to_be_lived_through(tmp_path: Path) -> None:
    posts = [
        _line("1", 0, "rupture de digue, crue", created_at="2001-01-01T00:00:00Z"),
        _line("2", 0, "la crue", created_at="2026-03-01T00:00:00Z"),
    ]
    counts, seen, records = play(
        write(tmp_path / "posts.jsonl", posts), watches_file(tmp_path), tmp_path / "store"
    )
    assert counts.incidents == 1
    # What one post opened ends once it was calm for hours that somebody heard; nobody did.
    assert not [each for each in records if orjson.loads(each)["event"] == "resolved"]
    gap = orjson.loads(seen["gaps"])
    assert (gap["from_at"], gap["until_at"]) == ("2001-01-01 00:05:00.000", "2026-03-01 00:00:00.000")
    assert "nothing for 9189 days" in gap["reason"]


@pytest.mark.parametrize("size", [1, 10])
def test_what_was_retracted_before_it_came_counts_nowhere_near_the_clock(tmp_path: Path, size: int) -> None:
    """It is in no view; for detection it stands where it was written, not where the retraction was read."""
    retraction = {"type": "retraction", "platform": "x", "native_id": "1"}
    posts = [retraction, _line("1", 10, "rupture de digue, crue"), _line("3", 900, "crue")]
    path = write(tmp_path / "posts.jsonl", posts)
    counts, seen, records = play(path, watches_file(tmp_path), tmp_path / "store", batch=size)
    assert adds_up(counts)
    assert b"rupture" not in seen["mentions"]
    assert [orjson.loads(each)["opened_at"] for each in records] == ["2026-03-02T06:05:00Z"]
