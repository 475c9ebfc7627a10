"""A failure at every point of each stage, counted: after the restart comes out what comes out undisturbed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

import pytest

from connectors.mention import Gap, Mention, Retraction, Tick
from connectors.mention_line import parse_mention_line
from streams.codec import Record, encode
from streams.deadletter import Message
from streams.detect_stage import DetectStage
from streams.enrich import Enricher, build_enricher
from streams.outlet import HopelessError, Send
from streams.persist_stage import PersistStage
from streams.pseudonym import Pseudonymiser
from streams.settings import Settings
from streams.snapshots import Snapshot, Snapshots, TopicReader
from streams.stages import EnrichStage, TallyStage
from streams.store.base import Store
from streams.store.errors import StoreDenied, StoreUnavailable
from streams.store.open import open_store
from streams.topics import Topic
from streams.watches import Watches
from streams.watches_file import load_watches
from tests.generated import NOW, START, lines, watches_file

KEY = b"only for tests, guards nobody"
SETTINGS = Settings(message_mentions=20)
BATCHES = 3
AT = datetime(2026, 6, 1, tzinfo=UTC)


class Outlet:
    """Keeps what is sent. At its `fails_at`th call it breaks, before or after the sending."""

    def __init__(self, fails_at: int | None = None, *, after: bool = False) -> None:
        self.sent: list[Send] = []
        self.calls = 0
        self._fails_at = fails_at
        self._after = after

    async def send(self, sends: Sequence[Send], *, stage: str) -> None:  # noqa: ARG002
        if not sends:
            return
        fails, self.calls = self.calls == self._fails_at, self.calls + 1
        if not fails or self._after:
            self.sent += sends
        if fails:
            raise HopelessError("injected")

    def lines(self, topic: Topic) -> list[tuple[int, bytes]]:
        """In the order of sending, each once: a repeat changes nothing for whoever reads."""
        return list(
            dict.fromkeys(
                (each.partition, line)
                for each in self.sent
                if each.topic is topic
                for line in each.value.split(b"\n")
            )
        )


class Stage(Protocol):
    async def take(self, messages: Sequence[Message]) -> None: ...


Make = Callable[[Outlet], Stage]


@pytest.fixture(scope="module")
def watches(tmp_path_factory: pytest.TempPathFactory) -> Watches:
    return load_watches(watches_file(tmp_path_factory.mktemp("watches")))


@pytest.fixture(scope="module")
def enricher(watches: Watches) -> Enricher:
    return build_enricher(watches, Pseudonymiser(KEY))


def enriching(enricher: Enricher) -> Make:
    return lambda outlet: EnrichStage(
        enricher, Pseudonymiser(KEY), outlet, SETTINGS, keep_unmatched=False, clock=lambda: AT
    )


def tallying(outlet: Outlet) -> Stage:
    return TallyStage(outlet, SETTINGS, partitions=2, clock=lambda: AT)


def parts(posts: list[Mention | Retraction], size: int) -> list[list[Mention | Retraction]]:
    return [posts[start : start + size] for start in range(0, len(posts), size)]


def mention_batches(hours: float = 1) -> list[list[Message]]:
    """Batches on two partitions: mentions, retractions, a gap, poison, and ticks behind them."""
    posts = [parse_mention_line(line, now=NOW) for line in lines(4, hours=hours, an_hour=120)]
    found: list[list[Message]] = []
    for number, held in enumerate(parts(posts, len(posts) // BATCHES + 1)):
        until = START + timedelta(hours=hours) * (number + 1) / BATCHES
        batch = []
        for part in (0, 1):
            records: list[Record] = [
                *held[part::2],
                Retraction(platform="x", native_id=f"{number}", observed_at=until),
            ]
            marks: list[Record] = [
                Gap(
                    connector="b",
                    platform="x",
                    from_at=START,
                    until_at=until,
                    reason="off",
                    part=part,
                    parts=2,
                ),
                Tick(source="s", at=until, begun_at=START, part=part, parts=2),
            ]
            value = b"\n".join([*map(encode, records), b"poison %d %d" % (number, part), *map(encode, marks)])
            batch.append(Message("mentions", part, number, value))
        found.append(batch)
    return found


def undisturbed(make: Make, batches: Sequence[Sequence[Message]]) -> Outlet:
    outlet = Outlet()
    asyncio.run(_through(make(outlet), batches))
    return outlet


async def _through(stage: Stage, batches: Sequence[Sequence[Message]]) -> None:
    for batch in batches:
        await stage.take(batch)


def disturbed(
    make: Make, batches: Sequence[Sequence[Message]], fails_at: int, *, after: bool, from_start: bool = False
) -> Outlet:
    """Broken off once, and begun again by another process from what was not committed."""
    outlet = Outlet(fails_at, after=after)

    async def run() -> None:
        stage = make(outlet)
        for number, batch in enumerate(batches):
            try:
                await stage.take(batch)
            except HopelessError:
                await _through(make(outlet), batches if from_start else batches[number:])
                return
        raise AssertionError("nothing failed")

    asyncio.run(run())
    return outlet


def failures(calls: int) -> Iterator[tuple[int, bool]]:
    return itertools.product(range(calls), (False, True))


def as_sent(batches: Outlet, topic: Topic) -> list[list[Message]]:
    """What one stage sent, as the next one reads it."""
    offsets: dict[int, Iterator[int]] = {}
    messages = [
        Message(
            topic, each.partition, next(offsets.setdefault(each.partition, itertools.count())), each.value
        )
        for each in batches.sent
        if each.topic is topic
    ]
    size = len(messages) // BATCHES + 1
    return [messages[start : start + size] for start in range(0, len(messages), size)]


def test_enrich_and_tally_broken_off_at_each_of_their_sends(enricher: Enricher) -> None:
    batches = mention_batches()
    sound = undisturbed(enriching(enricher), batches)
    stages: list[tuple[Make, list[list[Message]], Outlet, Topic]] = [
        (enriching(enricher), batches, sound, Topic.ENRICHED)
    ]
    following = as_sent(sound, Topic.ENRICHED)
    stages.append((tallying, following, undisturbed(tallying, following), Topic.TALLIES))
    for make, given, wanted, topic in stages:
        assert len(wanted.lines(topic)) > 10
        for fails_at, after in failures(wanted.calls):
            found = disturbed(make, given, fails_at, after=after)
            assert set(found.lines(topic)) == set(wanted.lines(topic)), (topic, fails_at, after)
            assert set(found.lines(Topic.DEAD_LETTERS)) == set(wanted.lines(Topic.DEAD_LETTERS))
            in_order(found, wanted, topic)


def in_order(found: Outlet, wanted: Outlet, topic: Topic) -> None:
    """No tick overtakes, in its partition, what stood before it undisturbed."""
    place = {line: number for number, line in enumerate(found.lines(topic))}
    before: dict[int, list[tuple[int, bytes]]] = {}
    for line in wanted.lines(topic):
        part, raw = line
        if raw.startswith(b'{"type":"tick"'):
            assert all(place[each] < place[line] for each in before.get(part, ()))
        before.setdefault(part, []).append(line)


def test_poison_is_parked_once_with_its_place(enricher: Enricher) -> None:
    sound = undisturbed(enriching(enricher), mention_batches())
    letters = sound.lines(Topic.DEAD_LETTERS)
    assert len(letters) == 2 * BATCHES
    assert all(b"not JSON" in line and b"partition" in line for _, line in letters)


def test_a_record_beyond_the_limit_of_a_message_is_parked_in_a_message(enricher: Enricher) -> None:
    small = SETTINGS.model_copy(update={"max_message_bytes": 100_000})
    posts = list(itertools.islice(lines(9), 2))
    large = parse_mention_line({**posts[0], "text": "crue " * 19_990}, now=NOW)
    usual = parse_mention_line({**posts[1], "text": "une crue"}, now=NOW)
    outlet = Outlet()
    stage = EnrichStage(enricher, Pseudonymiser(KEY), outlet, small, keep_unmatched=False, clock=lambda: AT)
    asyncio.run(stage.take([Message("mentions", 0, 0, b"\n".join(map(encode, (large, usual))))]))
    assert [b"une crue" in line for _, line in outlet.lines(Topic.ENRICHED)] == [True]
    [(_, letter)] = outlet.lines(Topic.DEAD_LETTERS)
    assert b"a message holds at most 100,000" in letter
    assert len(letter) <= 100_000


class Broken:
    """Breaks over one post, whatever it is asked, and works on all others."""

    slow = False

    def __init__(self, sound: Any, poison: str) -> None:
        self._sound = sound
        self._poison = poison

    def enrich(self, mentions: Sequence[Mention], *, keep_all: bool) -> Any:
        if any(mention.id == self._poison for mention in mentions):
            raise ZeroDivisionError("a model")
        return self._sound.enrich(mentions, keep_all=keep_all)

    def mention(self, mention: Mention) -> Any:
        if mention.id == self._poison:
            raise ZeroDivisionError("a name")
        return self._sound.mention(mention)

    def retraction(self, retraction: Retraction) -> Any:
        return self._sound.retraction(retraction)


@pytest.mark.parametrize("part", ["enricher", "pseudonymiser"])
def test_a_post_that_breaks_a_part_is_parked_and_the_others_are_done(enricher: Enricher, part: str) -> None:
    batches = mention_batches()
    sound = undisturbed(enriching(enricher), batches)
    poison = next(line for _, line in sound.lines(Topic.ENRICHED) if b'"mention":{' in line)
    native_id = poison.partition(b'"native_id":"')[2].partition(b'"')[0].decode()
    platform = poison.partition(b'"platform":"')[2].partition(b'"')[0].decode()
    broken = Broken(enricher if part == "enricher" else Pseudonymiser(KEY), f"{platform}:{native_id}")

    def make(outlet: Outlet) -> Stage:
        return EnrichStage(
            cast("Enricher", broken) if part == "enricher" else enricher,
            cast("Pseudonymiser", broken) if part == "pseudonymiser" else Pseudonymiser(KEY),
            outlet, SETTINGS, keep_unmatched=False, clock=lambda: AT,
        )  # fmt: skip

    found = undisturbed(make, batches)
    missing = set(sound.lines(Topic.ENRICHED)) - set(found.lines(Topic.ENRICHED))
    assert [line for _, line in missing] == [poison]
    letters = set(found.lines(Topic.DEAD_LETTERS)) - set(sound.lines(Topic.DEAD_LETTERS))
    assert len(letters) == 1
    assert b"enrich: ZeroDivisionError" in letters.pop()[1]


class NoHistory(TopicReader):
    """The log is read from its beginning: there is nothing before it."""

    async def messages(self, *_: Any, **__: Any) -> AsyncIterator[Message]:
        return
        yield


class Unsaved(Snapshots):
    async def load(self, partition: int, partitions: int, watches: Any) -> Snapshot:  # noqa: ARG002
        return Snapshot(partition=partition, partitions=partitions)

    async def save(self, snapshot: Snapshot) -> bool:  # noqa: ARG002
        return True


def test_detect_broken_off_at_each_of_its_sends(enricher: Enricher, watches: Watches) -> None:
    posts = [
        parse_mention_line(line, now=NOW)
        for line in lines(5, hours=30, an_hour=30, crisis_at_h=27, crisis_an_hour=500)
    ]
    tallies = Outlet()
    enriched = Outlet()
    batches = []
    for number, held in enumerate(parts(posts, 200)):
        until = max(post.counted_at for post in held if isinstance(post, Mention))
        tick = Tick(source="s", at=until, begun_at=START)
        batches.append([Message("mentions", 0, number, b"\n".join(map(encode, [*held, tick])))])
    asyncio.run(_through(enriching(enricher)(enriched), batches))
    asyncio.run(_through(tallying(tallies), as_sent(enriched, Topic.ENRICHED)))
    given = as_sent(tallies, Topic.TALLIES)

    def make(outlet: Outlet) -> Stage:
        reader = NoHistory(SETTINGS)
        return DetectStage(
            watches, enricher.models, outlet, Unsaved(reader, outlet), reader, SETTINGS,
            partitions=2, clock=lambda: AT,
        )  # fmt: skip

    wanted = undisturbed(make, given)
    assert any(b'"type":"incident"' in line for _, line in wanted.lines(Topic.INCIDENTS))
    for fails_at, after in failures(wanted.calls):
        found = disturbed(make, given, fails_at, after=after, from_start=True)
        assert found.lines(Topic.INCIDENTS) == wanted.lines(Topic.INCIDENTS), (fails_at, after)


WRITES = ("known", "retracted_accounts", "insert_mentions", "retract", "insert_gaps")
VIEWS = ("SELECT * FROM mentions ORDER BY ALL", "SELECT * FROM gaps ORDER BY ALL")


class Unsound:
    """A store each of whose methods fails twice: once before its work, and once behind it."""

    def __init__(self, store: Store, error: Exception) -> None:
        self._store = store
        self._error = error
        self._calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        sound = getattr(self._store, name)
        if name not in WRITES:
            return sound

        def unsound(*args: Any, **kwargs: Any) -> Any:
            call = self._calls[name] = self._calls.get(name, -1) + 1
            if call == 0:
                raise self._error
            result = sound(*args, **kwargs)
            if call == 1:
                raise self._error
            return result

        return unsound

    def failed_all(self) -> bool:
        return all(self._calls.get(name, 0) > 1 for name in WRITES)


class Persisting:
    def __init__(self, store: Store, outlet: Outlet) -> None:
        self._stage = PersistStage(store, outlet, SETTINGS, keep_unmatched=False, clock=lambda: AT)

    async def take(self, messages: Sequence[Message]) -> None:
        await self._stage.enriched(messages)


def test_persist_broken_off_at_each_of_its_writes(
    enricher: Enricher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("chdb", reason="no chDB here: install it with `pip install vigie[embedded]`")
    monkeypatch.setattr("streams.persist_stage.WAITS_S", (0.0,))
    given = as_sent(undisturbed(enriching(enricher), mention_batches()), Topic.ENRICHED)
    seen = []
    for error in (None, StoreUnavailable("away"), StoreDenied("no")):
        store = open_store(f"chdb://{tmp_path / type(error).__name__}", clock=lambda: AT)
        try:
            store.migrate()
            unsound = store if error is None else cast("Store", Unsound(store, error))
            ends = through_restarts(unsound, given)
            assert (ends > 0) == isinstance(error, StoreDenied), "only what no retry helps ends the process"
            if isinstance(unsound, Unsound):
                assert unsound.failed_all()
            seen.append([store.query(view) for view in VIEWS])
        finally:
            store.close()
    sound, *others = seen
    assert len(sound[0]) > 20
    assert others == [sound, sound]


def through_restarts(store: Store, batches: Sequence[Sequence[Message]]) -> int:
    """Each batch again and again, as a process that is started again does it; how often it ended."""
    ends = 0
    for batch in batches:
        while True:
            try:
                asyncio.run(Persisting(store, Outlet()).take(batch))
            except HopelessError:
                ends += 1
            else:
                break
    return ends
