"""A slow sentiment engine behind a bounded queue: batches in, several threads at work, judgements out.

    asked ──▶ [batches, at most `QUEUE`] ──▶ threads ──▶ judged

Who asks waits: while the queue is full nothing more is taken in, so that a burst stands where it is
safe (in the topic, at the connector, in the file) and is late, not lost. What was judged lately is not
judged again: in a burst most posts are copies. How many wait, for how long, and how many a second are done,
are metrics.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Lock
from typing import Final

from models.sentiment import Sentiment, SentimentEngine
from streams import metrics

BATCH: Final = 16
"""Posts that a thread takes at once: a fraction of a second."""

QUEUE: Final = 64
"""Batches that may be waited for: some thousand posts, ten seconds' work of one thread."""

REMEMBERED: Final = 20_000
LONGEST: Final = 1_000
"""Characters of a text that is remembered: posts are written by anybody, and memory is bounded."""

Post = tuple[str, str]
"""(text, language)"""


class ScoringQueue:
    """Itself an engine. Callers share it; each gets its judgements in its own order."""

    def __init__(
        self, engine: SentimentEngine, threads: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._clock = engine, clock
        self._room = BoundedSemaphore(QUEUE)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sentiment")
        self._judged: dict[Post, Sentiment] = {}
        self._lock = Lock()
        self._posts = metrics.SENTIMENT_POSTS.labels(engine=engine.name)
        self._waiting = metrics.SENTIMENT_WAITING.labels(engine=engine.name)
        self._lag = metrics.SENTIMENT_LAG.labels(engine=engine.name)

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def version(self) -> str:
        return self._engine.version

    @property
    def languages(self) -> frozenset[str]:
        return self._engine.languages

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """Returns when every text is judged. What the engine raises is raised here, once all have ended."""
        posts = list(zip(texts, langs, strict=True))
        with self._lock:
            known = {post: self._judged[post] for post in posts if post in self._judged}
        asked = [post for post in dict.fromkeys(posts) if post not in known]
        answers = [self._put(asked[start : start + BATCH]) for start in range(0, len(asked), BATCH)]
        faults = [fault for answer in answers if (fault := answer.exception()) is not None]
        if faults:
            raise faults[0]
        fresh = dict(zip(asked, (one for answer in answers for one in answer.result()), strict=True))
        self._remember(fresh)
        known |= fresh
        return [known[post] for post in posts]

    def _put(self, posts: Sequence[Post]) -> Future[list[Sentiment]]:
        """Waits for room first."""
        self._room.acquire()
        self._waiting.inc(len(posts))
        return self._threads.submit(self._work, posts, self._clock())

    def _work(self, posts: Sequence[Post], asked_at: float) -> list[Sentiment]:
        try:
            judged = self._engine.score([text for text, _ in posts], [lang for _, lang in posts])
            self._lag.observe(self._clock() - asked_at)
            self._posts.inc(len(posts))
            return judged
        finally:
            self._waiting.dec(len(posts))
            self._room.release()

    def _remember(self, posts: Mapping[Post, Sentiment]) -> None:
        """The oldest are forgotten first. A judgement is of its text alone, so only speed depends on it."""
        with self._lock:
            self._judged |= {post: each for post, each in posts.items() if len(post[0]) <= LONGEST}
            while len(self._judged) > REMEMBERED:
                del self._judged[next(iter(self._judged))]
