"""`vigie deadletters`: what could not be read, and another try after a fix."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import click
import orjson

from connectors.recorded import Columns
from streams import configured, topics
from streams.announce import Silence
from streams.commands import common
from streams.commands.asking import asking
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.pipeline import Pipeline
from streams.publish import Direct, KafkaPublisher, Publisher
from streams.records import DeadLetter
from streams.retry_letters import Retried, letters_in_topic, retry_letter
from streams.settings import Settings
from streams.store import values
from streams.topics import Topic

_NEWEST = """
SELECT toUnixTimestamp64Milli(at), origin, position, reason, base64Encode(raw) FROM dead_letters
ORDER BY at DESC, origin, position LIMIT {most:UInt32}
"""


@click.group()
def deadletters() -> None:
    """Input that was parked: from the topic where --kafka is given, else from the store."""


@deadletters.command("list")
@common.kafka_option
@common.store_option
@click.option("--most", type=int, default=100, show_default=True, help="the newest of them")
@common.json_option
def list_(kafka: str | None, store: str | None, most: int, as_json: bool) -> None:
    """The newest letters first: id, when, where from, why."""
    letters = _letters(configured.settings_of(kafka=kafka, store=store), most)
    if not letters and not as_json:
        click.echo("no dead letters", err=True)
    for letter in letters:
        if as_json:
            fields = asdict(letter) | {"id": identity(letter), "raw": _shown(letter.raw)}
            click.echo(orjson.dumps(fields, option=orjson.OPT_UTC_Z))
        else:
            click.echo(
                f"{identity(letter)}  {letter.at:%Y-%m-%d %H:%M}  {letter.origin} {letter.position}: "
                f"{letter.reason}"
            )


@deadletters.command()
@click.argument("letter_id", metavar="ID")
@common.kafka_option
@common.store_option
def show(letter_id: str, kafka: str | None, store: str | None) -> None:
    """One letter with its bytes, as they came."""
    letter = _wanted(_letters(configured.settings_of(kafka=kafka, store=store), None), [letter_id])[0]
    click.echo(f"{letter.origin} {letter.position}, parked {letter.at.isoformat()}", err=True)
    click.echo(letter.reason, err=True)
    click.echo(letter.raw)


@deadletters.command()
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="every letter there is")
@common.watches_option
@common.kafka_option
@common.store_option
@common.columns_options
def retry(
    ids: tuple[str, ...],
    everything: bool,
    watches: str | None,
    kafka: str | None,
    store: str | None,
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
) -> int:
    """Try letters again, after a fix here or with --map and --set; exit 1 where some still fail.

    What can be read now goes where it was going: posts reach every view and, since their time has
    passed, no decision. Trying the same letter twice changes nothing.
    """
    settings = configured.settings_of(watches=watches, kafka=kafka, store=store)
    if not ids and not everything:
        raise UsageError("which letters? name their ids (vigie deadletters list), or --all")
    letters = list(_letters(settings, None))
    if not everything:
        letters = _wanted(letters, ids)
    columns = common.columns_of(mapping, constants)
    with _publisher(settings) as publisher:
        ended = [(letter, _retried(letter, publisher, settings, columns)) for letter in letters]
    for letter, how in ended:
        click.echo(f"{identity(letter)}  {how.sentence}")
    return 0 if all(how.done for _, how in ended) else 1


def identity(letter: DeadLetter) -> str:
    """The same bytes from the same place are one letter."""
    place = f"{letter.origin}\0{letter.position}\0".encode()
    return hashlib.sha256(place + letter.raw).hexdigest()[:12]


def _retried(letter: DeadLetter, publisher: Publisher, settings: Settings, columns: Columns) -> Retried:
    return retry_letter(
        letter,
        publisher,
        configured.pseudonymiser_of(settings),
        now=common.now(),
        columns=columns,
        topic_prefix=settings.topic_prefix,
    )


@contextmanager
def _publisher(settings: Settings) -> Iterator[Publisher]:
    """Into Kafka where there is one, else through the steps in this process."""
    if settings.kafka is not None:
        publisher = KafkaPublisher(settings, partitions=topics.counts(settings)[Topic.MENTIONS])
        try:
            yield publisher
        finally:
            publisher.close()
        return
    watches = configured.watches_of(settings)
    with configured.store_of(settings, create=False) as store:
        enricher = build_enricher(watches, configured.pseudonymiser_of(settings))
        silence = Silence(watches, store, "a dead letter tried again")
        direct = Direct(Pipeline(watches, store, enricher, settings, silence))
        yield direct
        direct.close()


def _letters(settings: Settings, most: int | None) -> Sequence[DeadLetter]:
    if settings.kafka is not None:
        topics.counts(settings)
        found = asyncio.run(letters_in_topic(settings))
        return found if most is None else found[:most]
    params = {"most": 2**32 - 1 if most is None else most}
    with asking(settings) as asker:
        rows = values.table(asker.select(_NEWEST, format=values.TYPED_JSON, params=params))
    return [
        DeadLetter(
            at=datetime.fromtimestamp(at_ms / 1000, UTC),
            origin=origin,
            position=position,
            reason=reason,
            raw=base64.b64decode(raw),
        )
        for at_ms, origin, position, reason, raw in rows
    ]


def _wanted(letters: Sequence[DeadLetter], ids: Sequence[str]) -> list[DeadLetter]:
    found = {identity(letter): letter for letter in letters}
    for each in ids:
        if each not in found:
            raise UsageError(f"there is no dead letter {each}: see vigie deadletters list")
    return [found[each] for each in ids]


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
