"""What every sentiment engine promises: the judgement it gives, and the protocol it answers to.

SentimentUnavailableError    an engine's extra is not installed; show the message: it says how to get it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order of the probability columns of every engine."""


class SentimentUnavailableError(Exception):
    """The engine asked for cannot run here; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """One post's judgement.

    `label` is None only where the language is not supported, and then `score` is 0.0. `score` is
    P(positive) - P(negative), -1 to 1. The label is the best guess even when `unsure` is true.
    """

    label: Label | None
    score: float
    unsure: bool


UNSUPPORTED = Sentiment(label=None, score=0.0, unsure=True)


class SentimentEngine(Protocol):
    """Judges batches. `languages` are ISO 639-1 codes; any other language gets `UNSUPPORTED`.

    `version` changes whenever a judgement could: it is recorded with each row.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]: ...
