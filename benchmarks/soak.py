"""The long tests: memory over a million posts, kills at many points, hypothesis with patience.

    python -m benchmarks.soak [--posts 1000000] [--megabytes 1500] [--only memory|kills|counts] [--json]

Ends with 1 where a promise is broken. The short forms of all three are in the tests.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.posts import jsonl, records, watches_yaml
from streams.announce import Silence
from streams.enrich import build_enricher
from streams.pipeline import Pipeline
from streams.pseudonym import Pseudonymiser
from streams.replay import replay
from streams.settings import Settings
from streams.store.open import open_store
from streams.watches_file import parse_watches

KEY: Final = b"a key for a soak test, no other"
POSTS_A_DAY: Final = 200_000
KILL_POINTS: Final = (
    "before-insert_mentions",
    "after-insert_mentions",
    "after-insert_traces",
    "before-retract",
    "after-retract",
    "before-insert_dead_letters",
    "after-insert_expectations",
    "after-insert_decisions",
    "after-insert_shadows",
    "before-insert_incidents",
    "after-insert_incidents",
    "before-save_states",
    "after-save_states",
)


def peak_mb() -> float:
    """The most memory this process ever held.

    Not `ru_maxrss` where there is a better one: Linux hands a parent's peak down to the child that it starts,
    and what a large test run starts would seem as large as that.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def memory(posts: int, folder: Path, said: Callable[[str], None]) -> dict[str, Any]:
    """Replay `posts` generated mentions, days of them, into a store; what was counted, and the peaks."""
    path = folder / "posts.jsonl"
    with path.open("wb") as stream:
        stream.writelines(jsonl(records(posts, hours=24 * max(1.0, posts / POSTS_A_DAY))))
    watches = parse_watches(watches_yaml())
    store = open_store(f"chdb://{folder / 'store'}")
    began = time.monotonic()
    try:
        store.migrate()
        pseudonymiser = Pseudonymiser(KEY)
        pipeline = Pipeline(
            watches,
            store,
            build_enricher(watches, pseudonymiser),
            Settings(),
            Silence(watches, store, "a soak test"),
        )
        read, half_mb = 0, 0.0
        tell_at = posts // 10

        def progress(lines: int) -> None:
            nonlocal read, half_mb, tell_at
            read += lines
            if not half_mb and read >= posts // 2:
                half_mb = peak_mb()
            if read >= tell_at:
                tell_at += posts // 10
                seconds = time.monotonic() - began
                said(
                    f"{read:>10,} posts {seconds:8.0f} s {read / seconds:8,.0f} a second {peak_mb():8,.0f} MB"
                )

        counts = replay([str(path)], pipeline, pseudonymiser, progress=progress)
    finally:
        store.close()
    return {
        "read": counts.read,
        "stored": counts.stored,
        "unmatched": counts.unmatched,
        "incidents": counts.incidents,
        "seconds": round(time.monotonic() - began, 1),
        "half_mb": round(half_mb),
        "peak_mb": round(peak_mb()),
    }


def kills(folder: Path, said: Callable[[str], None], *, seed: int = 1) -> list[str]:
    """Kill at each point at several moments, run again, compare; returns the points that differ."""
    from tests.generated import watches_file, write  # noqa: PLC0415 - the tests are not installed
    from tests.streams.test_replay import KILLED, mixed, play  # noqa: PLC0415

    posts, watches = write(folder / "mixed.jsonl", mixed(seed)), watches_file(folder)
    _, seen, incidents = play(posts, watches, folder / "undisturbed")
    dice = random.Random(seed)
    wrong: list[str] = []
    for point in KILL_POINTS:
        for at in sorted(dice.sample(range(1, 9), 3)):
            store = folder / f"{point}-{at}"
            killed = subprocess.run(
                [sys.executable, "-c", KILLED, point, str(at), str(posts), str(watches), str(store)],
                check=False,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
                capture_output=True,
            )
            reached = killed.returncode == -9
            _, after, same = play(posts, watches, store)
            right = (after, same) == (seen, incidents)
            said(
                f"{point} {at}: {'killed' if reached else 'not reached'}, {'same' if right else 'DIFFERENT'}"
            )
            if not right:
                wrong.append(f"{point} {at}")
    return wrong


def counts(examples: int) -> int:
    """The property test of the counts, with patience; its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/streams/test_counts.py", "--timeout=0"],
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "VIGIE_TEST_EXAMPLES": str(examples)},
    ).returncode


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=int, default=1_500, help="the most memory that is allowed")
    parser.add_argument("--examples", type=int, default=100, help="of the property test of the counts")
    parser.add_argument("--only", choices=["memory", "kills", "counts"])
    parser.add_argument(
        "--json", action="store_true", help="the figures of memory as the last line of stdout"
    )
    arguments = parser.parse_args(argv)

    def said(text: str) -> None:
        print(text, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Memory comes first: the others leave their own in this process.
        if arguments.only in (None, "memory"):
            found = memory(arguments.posts, folder, said)
            said(
                f"{found['read']:,} posts in {found['seconds']:,.0f} s, {found['stored']:,} stored, "
                f"{found['incidents']} incidents; memory {found['half_mb']:,} MB after half of them, "
                f"{found['peak_mb']:,} MB at the most (allowed {arguments.megabytes:,})"
            )
            failed |= found["peak_mb"] > arguments.megabytes
            if arguments.json:
                print(orjson.dumps(found).decode())
        if arguments.only in (None, "kills"):
            failed |= bool(kills(folder, said))
        if arguments.only in (None, "counts"):
            failed |= counts(arguments.examples) != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
