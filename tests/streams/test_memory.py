"""Memory stays flat: a short soak in a process of its own. The long one is `make soak`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

POSTS = 60_000
MEGABYTES = 900
"""Of which Python and its libraries with ClickHouse inside are some 400 before the first post."""


def test_the_peak_is_this_process_own_whoever_started_it() -> None:
    ballast = bytearray(300_000_000)
    ballast[::4_096] = b"x" * len(ballast[::4_096])
    done = subprocess.run(
        [sys.executable, "-c", "from benchmarks.soak import peak_mb; print(peak_mb())"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    del ballast
    assert float(done.stdout) < 300


def test_sixty_thousand_posts_leave_memory_flat(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--posts", str(POSTS), "--only", "memory", "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found = orjson.loads(done.stdout.splitlines()[-1])
    assert found["read"] == POSTS
    assert found["stored"] + found["unmatched"] == POSTS
    assert found["peak_mb"] < MEGABYTES, found
    # The second half costs hardly more than the first: what grows with posts would show here.
    assert found["peak_mb"] - found["half_mb"] < 150, found
