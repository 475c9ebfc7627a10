"""The `vader` engine: the plain package, English only, for comparison."""

from collections.abc import Sequence
from importlib.metadata import version

from models.tone import UNSUPPORTED, Label, Sentiment
from models.vader import shared_vader

NEUTRAL = 0.05
"""The package's own customary threshold on the compound score."""


class VaderEngine:
    """VADER's compound score stands in for P(positive) - P(negative), uncalibrated; it is never unsure."""

    name = "vader"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.version = f"vader-{version('vaderSentiment')}"
        self._vader = shared_vader()

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """One judgement a text; `UNSUPPORTED` for all that is not English."""
        judged = [UNSUPPORTED] * len(texts)
        rows = [row for row, lang in enumerate(langs) if lang in self.languages]
        for row, compound in zip(rows, self._vader.compounds([texts[row] for row in rows]), strict=True):
            judged[row] = Sentiment(label=_label(compound), score=compound, unsure=False)
        return judged


def _label(compound: float) -> Label:
    if compound >= NEUTRAL:
        return "positive"
    return "negative" if compound <= -NEUTRAL else "neutral"
