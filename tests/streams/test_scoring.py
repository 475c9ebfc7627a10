"""The queue before a slow engine: nothing dropped, nothing asked twice, its lag and its depth seen."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from models.sentiment import Sentiment
from streams import scoring
from streams.scoring import BATCH, QUEUE, ScoringQueue

POSITIVE, NEGATIVE = Sentiment("positive", 0.9, unsure=False), Sentiment("negative", -0.9, unsure=False)
PATIENCE_S = 30


class Slow:
    """Judges nothing until it is let go; `merci` is positive, anything else negative."""

    version = "slow-1"
    languages = frozenset({"fr"})

    def __init__(self, name: str) -> None:
        self.name = name
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.asked: list[str] = []
        self.most = 0

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:  # noqa: ARG002
        self.begun.release()
        assert self.go.wait(PATIENCE_S)
        self.asked += texts
        self.most = max(self.most, len(texts))
        if "poison" in texts:
            raise ValueError("this one cannot be judged")
        return [POSITIVE if "merci" in text else NEGATIVE for text in texts]


def metric(name: str, engine: Slow) -> float:
    return REGISTRY.get_sample_value(f"vigie_sentiment_{name}", {"engine": engine.name}) or 0.0


def test_a_burst_is_late_and_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "QUEUE", 4)
    engine, clock = Slow("burst"), iter(range(1_000_000))
    queue = ScoringQueue(engine, 2, clock=lambda: float(next(clock)))
    texts = [f"{'merci' if number % 3 else 'non'} {number}" for number in range(BATCH * 10 + 5)]
    judged: list[Sentiment] = []
    burst = threading.Thread(target=lambda: judged.extend(queue.score(texts, ["fr"] * len(texts))))
    burst.start()
    for _ in range(2):
        assert engine.begun.acquire(timeout=PATIENCE_S)
    # Both threads are at work, the queue fills up to its bound, and who asks has to wait.
    while metric("waiting_posts", engine) < 4 * BATCH:
        assert burst.is_alive()
    assert metric("waiting_posts", engine) == 4 * BATCH
    assert judged == []
    engine.go.set()
    burst.join(PATIENCE_S)
    assert judged == [POSITIVE if number % 3 else NEGATIVE for number in range(len(texts))]
    assert sorted(engine.asked) == sorted(texts)
    assert engine.most == BATCH
    assert metric("waiting_posts", engine) == 0
    assert metric("posts_total", engine) == len(texts)
    assert metric("lag_seconds_count", engine) == 11
    assert metric("lag_seconds_sum", engine) >= 11


def test_copies_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "REMEMBERED", 3)
    engine = Slow("copies")
    engine.go.set()
    queue = ScoringQueue(engine, 1)
    assert queue.score(["merci", "non", "merci"], ["fr"] * 3) == [POSITIVE, NEGATIVE, POSITIVE]
    assert queue.score(["non", "merci"], ["fr"] * 2) == [NEGATIVE, POSITIVE]
    assert engine.asked == ["merci", "non"]
    # Another language is another question, what is long is not kept, and the oldest gives way.
    queue.score(["merci", "x" * (scoring.LONGEST + 1)], ["de", "fr"])
    queue.score(["un", "x" * (scoring.LONGEST + 1), "non"], ["fr"] * 3)
    assert [len(text) for text in engine.asked[2:]] == [5, 1001, 2, 1001]
    queue.score(["merci"], ["fr"])
    assert engine.asked[-1] == "merci"


def test_a_fault_reaches_who_asked_and_leaves_room_for_the_next() -> None:
    engine = Slow("fault")
    engine.go.set()
    queue = ScoringQueue(engine, 2)
    texts = [f"non {number}" for number in range(BATCH)] + ["poison"]
    for _ in range(QUEUE + 1):
        with pytest.raises(ValueError, match="cannot be judged"):
            queue.score(texts, ["fr"] * len(texts))
    assert queue.score(["merci"], ["fr"]) == [POSITIVE]
    assert metric("waiting_posts", engine) == 0


def test_it_is_the_engine_it_stands_before() -> None:
    queue = ScoringQueue(Slow("name"), 1)
    assert (queue.name, queue.version, queue.languages) == ("name", "slow-1", frozenset({"fr"}))
    assert queue.score([], []) == []
    with pytest.raises(ValueError, match="shorter"):
        queue.score(["merci"], [])
