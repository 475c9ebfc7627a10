"""Which sentiment engine a watches file asks for, made ready to be asked."""

from __future__ import annotations

from models.onnx_folder import OnnxFolderError
from models.sentiment import SentimentEngine, SentimentUnavailableError, load_onnx, load_sentiment
from streams.errors import UnavailableError, UsageError
from streams.scoring import ScoringQueue
from streams.watches import OwnModel, Watches

QUICK = frozenset({"fast", "vader"})


def engine_of(watches: Watches, *, instead: str | None = None, threads: int = 1) -> SentimentEngine:
    """The engine of the file, or `instead`; slow ones behind a queue with that many threads.

    Raises:
        UnavailableError: it needs a package that is not installed.
        UsageError: the user's own model cannot be used.
    """
    choice = instead or watches.sentiment
    try:
        engine = load_onnx(choice.folder.path) if isinstance(choice, OwnModel) else load_sentiment(choice)
    except SentimentUnavailableError as error:
        raise UnavailableError(str(error)) from None
    except OnnxFolderError as error:
        raise UsageError(f"sentiment: {error}") from None
    return engine if engine.name in QUICK else ScoringQueue(engine, threads)
