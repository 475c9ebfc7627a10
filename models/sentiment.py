"""How a post sounds: negative, neutral or positive. The front door of the engines.

Texts and their languages flow in, one `Sentiment` each flows out. The watches file picks an engine by name
and every row records which one spoke, so that a replay gives the same:

    fast        seven languages, nothing beyond the default installation
    accurate    the same plus sentence encoders, extra `vigie[accurate]`
    vader       the plain package, English only, for comparison
    onnx        a local transformer of the user's own, extra `vigie[onnx]`: named by its folder
"""

from models.sentiment_accurate import load_accurate
from models.sentiment_fast import load_fast
from models.sentiment_onnx import load_onnx
from models.sentiment_vader import VaderEngine
from models.tone import (
    LABELS,
    UNSUPPORTED,
    Label,
    Sentiment,
    SentimentEngine,
    SentimentUnavailableError,
)

__all__ = [
    "LABELS",
    "UNSUPPORTED",
    "Label",
    "Sentiment",
    "SentimentEngine",
    "SentimentUnavailableError",
    "load_onnx",
    "load_sentiment",
]


def load_sentiment(name: str) -> SentimentEngine:
    """The engine of that name: fast, accurate or vader.

    Raises `SentimentUnavailableError` where its extra is missing, ValueError for any other name.
    """
    if name == "fast":
        return load_fast()
    if name == "accurate":
        return load_accurate()
    if name == "vader":
        return VaderEngine()
    raise ValueError(f"unknown sentiment engine {name!r}: choose fast, accurate or vader")
