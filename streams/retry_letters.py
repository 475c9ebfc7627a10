"""Dead letters tried again: read as if for the first time, and sent on where they were going."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from connectors.mention import Mention, Retraction
from connectors.mention_line import LineError, parse_mention_line
from connectors.recorded import Columns
from streams.codec import decode
from streams.pipeline import Batch
from streams.pseudonym import Pseudonymiser
from streams.publish import Publisher
from streams.records import DeadLetter, Enriched
from streams.settings import Settings
from streams.snapshots import TopicReader
from streams.topics import Topic


@dataclass(frozen=True, slots=True)
class Retried:
    """How it ended, in a sentence."""

    done: bool
    sentence: str


async def letters_in_topic(settings: Settings) -> list[DeadLetter]:
    """What the topic still holds, newest first, each place and its bytes once."""
    found: dict[tuple[str, str, bytes], DeadLetter] = {}
    async for message in TopicReader(settings).messages(Topic.DEAD_LETTERS, 0):
        for line in (message.value or b"").split(b"\n"):
            try:
                letter = decode(line, now=datetime.now(UTC))
            except LineError:
                continue
            if isinstance(letter, DeadLetter):
                found.setdefault((letter.origin, letter.position, letter.raw), letter)
    return list(reversed(found.values()))


def retry_letter(
    letter: DeadLetter,
    publisher: Publisher,
    pseudonymiser: Pseudonymiser,
    *,
    now: datetime,
    columns: Columns,
    topic_prefix: str = "",
) -> Retried:
    """Publish it, acknowledged, or say why it still cannot be."""
    try:
        record = _read(letter, now, columns, inside=letter.origin.startswith(topic_prefix))
    except (LineError, orjson.JSONDecodeError) as error:
        return Retried(done=False, sentence=f"still not readable: {error}")
    match record:
        case Mention():
            # Its time has passed: it may be counted, and may not take part in a decision.
            mention = replace(pseudonymiser.mention(record), late=True)
            publisher.publish(Batch(mentions=[mention]))
            return Retried(done=True, sentence=f"published {mention.id}")
        case Retraction():
            publisher.publish(Batch(retractions=[pseudonymiser.retraction(record)]))
            return Retried(done=True, sentence="published the retraction")
        case Enriched():
            # What enrich made of it may be what was wrong: it is made anew.
            mention = replace(record.mention, late=True)
            publisher.publish(Batch(mentions=[mention]))
            return Retried(done=True, sentence=f"published {mention.id}")
        case _:
            name = type(record).__name__
            return Retried(done=False, sentence=f"a {name} is not tried again: it follows from the posts")


def _read(letter: DeadLetter, now: datetime, columns: Columns, *, inside: bool) -> object:
    """A line of one of our topics is any record; a source's is a mention line with columns of its own."""
    if columns.mapping or columns.constants or not inside:
        value = orjson.loads(letter.raw)
        if not isinstance(value, dict):
            raise LineError(f"not a JSON object but {type(value).__name__}: a line is one object")
        if value.get("type") in (None, "mention", "retraction"):
            return parse_mention_line(columns.apply(value), now=now)
    return decode(letter.raw, now=now)
