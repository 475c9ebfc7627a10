"""Every topic, in one table: what it carries, how it is cut, how long it keeps.

Names and keys are code; sizes, partitions, replication and retention come from the settings. Values
are NDJSON (`streams.codec`), but for `detector-state`, which only `streams.snapshots` reads.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError, TopicAuthorizationFailedError

from streams.broker import admin_of, refusal
from streams.errors import UnavailableError
from streams.settings import Settings

STATE_BYTES: Final = 32_000_000
"""The largest snapshot of one watch, compressed."""

REMEMBERED_HOURS: Final = 45 * 24

APPEAR_S: Final = 10.0


class Topic(StrEnum):
    """A topic by its name, without the prefix that an installation may put in front."""

    MENTIONS = "mentions"
    ENRICHED = "enriched"
    TALLIES = "tallies"
    INCIDENTS = "incidents"
    NOTIFICATIONS = "notifications"
    DEAD_LETTERS = "dead-letters"
    DETECTOR_STATE = "detector-state"


class Cut(StrEnum):
    """What decides a record's partition, and how many there are."""

    MENTION = "mention id"
    WATCH = "watch"
    ONE = "one partition"


@dataclass(frozen=True, slots=True)
class Shape:
    """`marks` says that gaps and ticks travel through every partition. What is `remembered` outlasts
    the longest incident: whoever tells people starts from it."""

    cut: Cut
    marks: bool = False
    compacted: bool = False
    remembered: bool = False


TOPICS: Final[Mapping[Topic, Shape]] = {
    Topic.MENTIONS: Shape(Cut.MENTION, marks=True),
    Topic.ENRICHED: Shape(Cut.MENTION, marks=True),
    Topic.TALLIES: Shape(Cut.WATCH, marks=True),
    # One partition: one process tells people, so that a channel hears one message at a time.
    Topic.INCIDENTS: Shape(Cut.ONE, remembered=True),
    Topic.NOTIFICATIONS: Shape(Cut.ONE, remembered=True),
    Topic.DEAD_LETTERS: Shape(Cut.ONE),
    Topic.DETECTOR_STATE: Shape(Cut.ONE, compacted=True),
}


def name_of(topic: Topic, settings: Settings) -> str:
    return settings.topic_prefix + topic


def partition_of(key: str, partitions: int) -> int:
    """The same key goes to the same partition, in every process and on every machine."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % partitions


def partitions_of(topic: Topic, settings: Settings) -> int:
    """As many as `create` makes; an existing topic may have more, see `counts`."""
    match TOPICS[topic].cut:
        case Cut.MENTION:
            return settings.partitions
        case Cut.WATCH:
            return settings.tally_partitions
        case Cut.ONE:
            return 1


def config_of(topic: Topic, settings: Settings) -> dict[str, str]:
    """The topic's own configuration, beyond what the broker has for all."""
    if TOPICS[topic].compacted:
        return {
            "cleanup.policy": "compact",
            "max.message.bytes": str(STATE_BYTES),
            "segment.bytes": str(4 * STATE_BYTES),
            "min.cleanable.dirty.ratio": "0.3",
        }
    hours = settings.retention_hours
    if TOPICS[topic].remembered:
        hours = max(hours, REMEMBERED_HOURS)
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(hours * 3_600_000),
        "max.message.bytes": str(settings.max_message_bytes + 48_576),
    }


def create(settings: Settings) -> list[str]:
    """Create what is missing; returns the names of what was created.

    Raises:
        UnavailableError: no broker, or it refuses.
    """
    admin = admin_of(settings)
    try:
        there = counts_on(admin, settings)
        missing = [topic for topic in Topic if topic not in there]
        for topic in missing:
            _create(admin, topic, settings)
        _await(admin, settings)
    except KafkaError as error:
        raise UnavailableError(refusal(settings, error)) from None
    finally:
        admin.close()
    return [name_of(topic, settings) for topic in missing]


def _create(admin: KafkaAdminClient, topic: Topic, settings: Settings) -> None:
    wanted = NewTopic(
        name=name_of(topic, settings),
        num_partitions=partitions_of(topic, settings),
        replication_factor=settings.replication,
        topic_configs=config_of(topic, settings),
    )
    try:
        admin.create_topics([wanted], timeout_ms=int(APPEAR_S * 1000))
    except TopicAlreadyExistsError:
        pass
    except TopicAuthorizationFailedError:
        raise UnavailableError(
            f"the broker does not let us create {wanted.name}: create it as docs/operations.md says"
        ) from None


def _await(admin: KafkaAdminClient, settings: Settings) -> None:
    """A created topic is not there at once: its leaders have to be elected first."""
    until = time.monotonic() + APPEAR_S
    while missing := [topic for topic in Topic if topic not in counts_on(admin, settings)]:
        if time.monotonic() > until:
            raise UnavailableError(f"{missing[0]} was created and does not appear within {APPEAR_S:.0f} s")
        time.sleep(0.05)


def counts_on(admin: KafkaAdminClient, settings: Settings) -> dict[Topic, int]:
    """Partitions of every topic that is there and has a leader for each of them."""
    wanted = {name_of(topic, settings): topic for topic in Topic}
    # Only what exists may be asked for: naming a topic to a broker that creates on demand creates it.
    there = [name for name in admin.list_topics() if name in wanted]
    if not there:
        return {}
    found: dict[Topic, int] = {}
    for described in admin.describe_topics(there):
        partitions: Sequence[Any] = described["partitions"]
        led = [each for each in partitions if _leader(each) >= 0]
        if partitions and len(led) == len(partitions):
            found[wanted[_name(described)]] = len(partitions)
    return found


def _leader(partition: Mapping[str, Any]) -> int:
    leader = partition.get("leader_id", partition.get("leader", -1))
    return int(leader)


def _name(described: Mapping[str, Any]) -> str:
    return str(described.get("topic", described.get("name")))


def counts(settings: Settings) -> dict[Topic, int]:
    """Partitions of every topic, all of which have to be there and fit together.

    Raises:
        UnavailableError: which topic is missing or wrong, and what to do.
    """
    admin = admin_of(settings)
    try:
        found = counts_on(admin, settings)
    except KafkaError as error:
        raise UnavailableError(refusal(settings, error)) from None
    finally:
        admin.close()
    missing = [name_of(topic, settings) for topic in Topic if topic not in found]
    if missing:
        raise UnavailableError(
            f"the broker at {settings.kafka} has no topic {', '.join(missing)}: run vigie topics create"
        )
    if found[Topic.MENTIONS] != found[Topic.ENRICHED]:
        raise UnavailableError(
            f"{name_of(Topic.MENTIONS, settings)} has {found[Topic.MENTIONS]} partitions and "
            f"{name_of(Topic.ENRICHED, settings)} {found[Topic.ENRICHED]}: they must have as many"
        )
    for topic, shape in TOPICS.items():
        if shape.cut is Cut.ONE and found[topic] != 1:
            raise UnavailableError(
                f"{name_of(topic, settings)} has {found[topic]} partitions and must have one"
            )
    return found
