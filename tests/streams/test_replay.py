"""The main job: counts add up, nothing twice, the same incidents whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.announce import Silence
from streams.codec import encode
from streams.enrich import build_enricher
from streams.pipeline import Counts, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.replay import replay
from streams.settings import Settings
from streams.store.base import Store
from streams.store.open import open_store
from streams.watches_file import load_watches
from tests.generated import NOW, lines, watches_file, write

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

KEY = "a secret of the tests, no other"
VIEWS = {
    "mentions": "SELECT * EXCEPT observed_at FROM mentions ORDER BY id",
    "volume_hourly": "SELECT * FROM volume_hourly ORDER BY watch, hour",
    "sentiment_hourly": "SELECT * FROM sentiment_hourly ORDER BY watch, hour, lang",
    "incidents": "SELECT * FROM incidents ORDER BY id",
    "incident_log": "SELECT * FROM incident_log ORDER BY ALL",
    "shadow_incidents": "SELECT * FROM shadow_incidents ORDER BY id",
    "shadow_incident_log": "SELECT * FROM shadow_incident_log ORDER BY ALL",
    "decisions": "SELECT * FROM decisions ORDER BY ALL",
    "dead_letters": "SELECT * EXCEPT at FROM dead_letters ORDER BY ALL",
    "gaps": "SELECT * FROM gaps ORDER BY ALL",
    "planned": "SELECT * FROM planned ORDER BY ALL",
}


def views(store: Store) -> dict[str, bytes]:
    """Every view's rows, but for when a row was read, which is a clock's."""
    return {name: store.select(sql, format="JSONEachRow") for name, sql in VIEWS.items()}


def play(
    path: Path | list[Path], watches: Path, store: Path, *, batch: int = 300, checkpoint_s: float = 0.0001
) -> tuple[Counts, dict[str, bytes], list[bytes]]:
    """Replay into a store of this process: counts, views, and incident records as bytes."""
    settings = Settings(batch_mentions=batch, checkpoint_s=checkpoint_s)
    opened = open_store(f"chdb://{store}")
    try:
        opened.migrate()
        config = load_watches(watches)
        pseudonymiser = Pseudonymiser(KEY.encode())
        silence = Silence(config, opened, "a test")
        enricher = build_enricher(config, pseudonymiser)
        pipeline = Pipeline(config, opened, enricher, settings, silence, clock=lambda: NOW)
        paths = path if isinstance(path, list) else [path]
        counts = replay([str(each) for each in paths], pipeline, pseudonymiser)
        ids = [incident.id for incident in opened.incidents()]
        records = [encode(state) for id_ in ids for state in opened.incident_history(id_)]
        return counts, views(opened), records
    finally:
        opened.close()


def adds_up(counts: Counts) -> bool:
    return counts.read == (
        counts.stored
        + counts.updated
        + counts.duplicates
        + counts.unmatched
        + counts.retractions
        + counts.dead_letters
    )


def mixed(seed: int) -> Iterator[Any]:
    """Chatter and a crisis with repeats, edits, retractions, late posts and poison in between."""
    random_ = random.Random(seed)
    past: list[dict[str, Any]] = []
    for record in lines(seed):
        yield record
        past.append(record)
        draw = random_.random()
        if draw < 0.02:
            yield random_.choice(past[-500:])
        elif draw < 0.03:
            old = random_.choice(past[-500:])
            edited = datetime.fromisoformat(old["created_at"]) + timedelta(hours=1)
            yield {**old, "text": old["text"] + " edited", "edited_at": edited.isoformat()}
        elif draw < 0.035:
            old = random_.choice(past)
            yield {"type": "retraction", "platform": old["platform"], "native_id": old["native_id"]}
        elif draw < 0.036:
            yield {"type": "retraction", "platform": "x", "author_id": random_.choice(past)["author_id"]}
        elif draw < 0.04:
            yield {"platform": "x", "text": "poison"}


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path, Counts, dict[str, bytes], list[bytes]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    posts = write(folder / "posts.jsonl", mixed(1))
    watches = watches_file(folder)
    return posts, watches, *play(posts, watches, folder / "store")


Undisturbed = tuple[Path, Path, Counts, dict[str, bytes], list[bytes]]


def test_counts_add_up_and_the_crisis_is_found(undisturbed: Undisturbed) -> None:
    _, _, counts, seen, records = undisturbed
    assert adds_up(counts)
    assert counts.stored == seen["mentions"].count(b"\n") + _gone(counts, seen)
    assert counts.dead_letters == seen["dead_letters"].count(b"\n") > 0
    assert seen["planned"].count(b"\n") == 1, "the calendar of the watches file"
    assert seen["shadow_incidents"], "the shadow of flood has something to lose"
    assert min(counts.updated, counts.duplicates, counts.unmatched, counts.retractions) > 0
    states = [orjson.loads(record) for record in records]
    crisis = datetime.fromisoformat("2026-03-04T06:00:00+00:00")
    assert any(
        0 <= (datetime.fromisoformat(each["updated_at"]) - crisis).total_seconds() <= 1800
        for each in states
        if each["watch"] == "flood" and each["state"] == "open"
    )


def _gone(counts: Counts, seen: dict[str, bytes]) -> int:
    """Mentions stored and not in the view: at most what was retracted, accounts with all their posts."""
    gone = counts.stored - seen["mentions"].count(b"\n")
    assert gone > 0
    return gone


def test_a_second_replay_changes_nothing(undisturbed: Undisturbed, tmp_path: Path) -> None:
    posts, watches, first, seen, records = undisturbed
    counts, again, _ = play(posts, watches, tmp_path / "store")
    assert (counts, again) == (first, seen)
    second, after, same = play(posts, watches, tmp_path / "store")
    assert (after, same) == (seen, records)
    assert (second.stored, second.updated, second.incidents) == (0, 0, 0)
    assert adds_up(second)


def test_two_stores_hold_the_same_incidents_to_the_byte(undisturbed: Undisturbed, tmp_path: Path) -> None:
    posts, watches, _, _, records = undisturbed
    _, _, again = play(posts, watches, tmp_path / "store", batch=77, checkpoint_s=3600)
    assert again == records


def test_another_order_within_the_lateness_gives_the_same_incidents(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    _, watches, _, _, _ = undisturbed
    ordered = list(lines(5))
    random_ = random.Random(5)

    def jitter(record: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(record["created_at"]) + timedelta(seconds=random_.uniform(0, 110))

    shuffled = sorted(ordered, key=jitter)
    assert shuffled != ordered
    one = play(write(tmp_path / "a.jsonl", ordered), watches, tmp_path / "a")
    two = play(write(tmp_path / "b.jsonl", shuffled), watches, tmp_path / "b")
    assert one[2] == two[2]
    assert one[1]["volume_hourly"] == two[1]["volume_hourly"]


def test_files_are_merged_by_time(undisturbed: Undisturbed, tmp_path: Path) -> None:
    _, watches, _, _, _ = undisturbed
    whole = list(lines(6))
    one = play(write(tmp_path / "whole.jsonl", whole), watches, tmp_path / "a")
    halves = [write(tmp_path / "late.jsonl", whole[1::2]), write(tmp_path / "early.jsonl", whole[::2])]
    two = play(halves, watches, tmp_path / "b")
    assert one[2] == two[2]


def test_a_later_file_goes_on_from_the_store(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """What is known of a watch outlives the run: nothing is warming up, and no incident opens twice."""
    _, watches, _, _, _ = undisturbed
    whole = list(lines(7))
    cut = next(i for i, each in enumerate(whole) if each["created_at"] >= "2026-03-04T07:00")
    one = play(write(tmp_path / "whole.jsonl", whole), watches, tmp_path / "a")
    play(write(tmp_path / "1.jsonl", whole[:cut]), watches, tmp_path / "b")
    two = play(write(tmp_path / "2.jsonl", whole[cut:]), watches, tmp_path / "b")
    assert one[2] == two[2]


KILLED = """
import os, sys
from pathlib import Path
import tests.streams.test_replay as here
from streams.pipeline import Pipeline
from streams.store import sqlstore
point, at = sys.argv[1], int(sys.argv[2])
seen = 0
def killing(name):
    real = getattr(sqlstore.SqlStore, name)
    def method(self, *args, **kwargs):
        global seen
        seen += 1
        if point.startswith("before") and seen == at:
            os.kill(os.getpid(), 9)
        out = real(self, *args, **kwargs)
        if point.startswith("after") and seen == at:
            os.kill(os.getpid(), 9)
        return out
    setattr(sqlstore.SqlStore, name, method)
killing(point.split("-", 1)[1])
here.play(Path(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
"""


@pytest.mark.parametrize(
    ("point", "at"),
    [
        ("after-insert_mentions", 1),
        ("before-insert_incidents", 5),
        ("after-insert_incidents", 6),
        ("before-save_states", 4),
        ("after-save_states", 5),
        ("after-retract", 3),
    ],
)
def test_a_kill_at_any_point_and_a_second_run_end_as_one(
    undisturbed: Undisturbed, tmp_path: Path, point: str, at: int
) -> None:
    posts, watches, _, seen, records = undisturbed
    store = tmp_path / "store"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, point, str(at), str(posts), str(watches), str(store)],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    counts, after, same = play(posts, watches, store)
    assert adds_up(counts)
    assert counts.duplicates + counts.stored > 0
    assert same == records
    assert after == seen


def test_an_edit_that_leaves_the_watch_takes_its_old_text_along(tmp_path: Path) -> None:
    first = next(iter(lines(1)))
    first["text"] = "la crue arrive"
    edited = {**first, "text": "rien du tout", "edited_at": "2026-03-02T12:00:00Z"}
    posts = write(tmp_path / "posts.jsonl", [first, edited])
    counts, seen, _ = play(posts, watches_file(tmp_path), tmp_path / "store")
    assert (counts.stored, counts.updated) == (1, 1)
    assert b"la crue arrive" not in seen["mentions"]


def test_no_raw_author_reaches_the_store(undisturbed: Undisturbed) -> None:
    posts, _, _, seen, _ = undisturbed
    authors = {orjson.loads(line).get("author_id") for line in posts.read_bytes().splitlines()[:200]}
    stored = {orjson.loads(line)["author"] for line in seen["mentions"].splitlines()}
    assert not authors & stored
    assert all(author.startswith("~") for author in stored)
