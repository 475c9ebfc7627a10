"""Texts a second of each head and engine, as ratios to a stock VADER loop over the same texts, same run."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.posts import watches_yaml
from connectors.mention import Mention
from models import feature_pass
from models.feature_pass import features_of
from models.language import load_language_detector
from models.sentiment import SentimentEngine, SentimentUnavailableError, load_sentiment
from models.sentiment_fast import load_fast
from models.vader import Vader
from streams.enrich import build_enricher
from streams.pseudonym import Pseudonymiser
from streams.watches_file import parse_watches

BATCH = 500
RUNS = 3
ENCODER_TEXTS = 256
FRESH = """
import time
from models.sentiment import load_sentiment
load_sentiment("fast").score(["merci"], ["fr"])
print(time.process_time())
"""


def table(texts: Sequence[str]) -> Iterator[str]:
    """The best of `RUNS`, a second being one of CPU time, since other work on the machine must not count."""
    langs = load_language_detector().detect(texts, [None] * len(texts))
    analyzer, ours = SentimentIntensityAnalyzer(), Vader()
    stock = _rate(texts, lambda batch: [analyzer.polarity_scores(text) for text in batch])
    detect = load_language_detector().detect
    of = dict(zip(texts, langs, strict=True))
    rates = {
        "stock VADER loop": stock,
        "our VADER, exactly equal": _rate(texts, ours.compounds),
        "feature pass": _rate(texts, features_of),
        "language": _rate(texts, lambda batch: detect(batch, [None] * len(batch))),
    }
    for name in ("fast", "vader", "accurate"):
        try:
            engine = load_sentiment(name)
        except SentimentUnavailableError as missing:
            yield f"{missing}\n"
            continue
        some = texts[:ENCODER_TEXTS] if name == "accurate" else texts
        rates[f"sentiment {name}, languages mixed"] = _rate(some, _scoring(engine, of))
    fast = load_sentiment("fast").score
    rates["language and sentiment fast, one pass"] = _rate(
        texts, lambda batch: fast(batch, detect(batch, [None] * len(batch)))
    )
    mentions = {text: _mention(number, text) for number, text in enumerate(texts)}
    enricher = build_enricher(parse_watches(watches_yaml()), Pseudonymiser(b"a benchmark's key"))
    rates["whole enrich step: 20 watches, every post kept, fast"] = _rate(
        texts, lambda batch: enricher.enrich([mentions[text] for text in batch], keep_all=True)
    )
    yield "| | texts/s | ratio to the stock loop |"
    yield "|---|---:|---:|"
    for name, rate in rates.items():
        yield f"| {name} | {rate:,.0f} | {rate / stock:.2f} |"


def _mention(number: int, text: str) -> Mention:
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    return Mention(
        platform="bench",
        native_id=str(number),
        text=text,
        created_at=at,
        observed_at=at,
        counted_at=at,
    )


def _scoring(engine: SentimentEngine, lang_of: Mapping[str, str]) -> Callable[[Sequence[str]], object]:
    return lambda batch: engine.score(batch, [lang_of[text] for text in batch])


def load_times() -> Iterator[str]:
    """CPU seconds to load each part, files read from a warm disk; and what each artefact weighs."""
    fresh = [sys.executable, "-c", FRESH]
    seconds = min(float(subprocess.run(fresh, capture_output=True, check=True).stdout) for _ in range(RUNS))
    yield f"- a fresh process that imports `fast` and judges one post: {seconds:.2f} s"
    for name, load in (("language", load_language_detector), ("sentiment fast", load_fast)):
        load.cache_clear()
        started = time.process_time()
        load()
        yield f"- {name}: {time.process_time() - started:.2f} s"
    folder = resources.files("models").joinpath("artefacts")
    sizes = {each.name: len(each.read_bytes()) for each in folder.iterdir() if each.name.endswith(".npz")}
    yield "- artefacts: " + ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(sizes.items()))
    yield f"- together: {sum(sizes.values()) / 1e6:.1f} MB"


def _rate(texts: Sequence[str], work: Callable[[Sequence[str]], object]) -> float:
    best = float("inf")
    for _ in range(RUNS):
        feature_pass.forget()
        started = time.process_time()
        for start in range(0, len(texts), BATCH):
            work(texts[start : start + BATCH])
        best = min(best, time.process_time() - started)
    return len(texts) / best
