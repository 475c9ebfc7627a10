"""How a post sounds: negative, neutral or positive.

Texts and their languages flow in, one `Sentiment` each flows out. Three engines stand behind one
protocol; the watches file picks one by name and every row records which one spoke:

    fast        seven languages, nothing beyond the default installation
    accurate    the same plus a sentence encoder, extra `vigie[accurate]`
    vader       the plain package, English only, for comparison

    SentimentUnavailableError    an engine's extra is not installed; show the message: it says how to get it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal, Protocol

from models.vader import shared_vader

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""In the order of the probability columns of every engine."""

VADER_NEUTRAL = 0.05
"""The package's own customary threshold on the compound score."""


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
    """Judges batches. `languages` are ISO 639-1 codes; any other language gets `UNSUPPORTED`."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]: ...


class VaderEngine:
    """Plain VADER: its compound score stands in for P(positive) - P(negative), uncalibrated."""

    name = "vader"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.version = f"vader-{version('vaderSentiment')}"
        self._vader = shared_vader()

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        judged = [UNSUPPORTED] * len(texts)
        rows = [row for row, lang in enumerate(langs) if lang in self.languages]
        for row, compound in zip(rows, self._vader.compounds([texts[row] for row in rows]), strict=True):
            label: Label = (
                "positive"
                if compound >= VADER_NEUTRAL
                else "negative"
                if compound <= -VADER_NEUTRAL
                else "neutral"
            )
            judged[row] = Sentiment(label=label, score=compound, unsure=False)
        return judged


def load_sentiment(name: str) -> SentimentEngine:
    """The engine of that name: fast, accurate or vader.

    Raises `SentimentUnavailableError` where its extra is missing, ValueError for any other name.
    """
    if name in {"vader", "fast"}:
        return VaderEngine()
    if name == "accurate":
        raise SentimentUnavailableError(
            "sentiment: accurate needs more packages; install them with: pip install 'vigie[accurate]'"
        )
    raise ValueError(f"unknown sentiment engine {name!r}: choose fast, accurate or vader")
