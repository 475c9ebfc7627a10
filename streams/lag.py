"""How far the groups are behind, from the broker's own books."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from streams.broker import admin_of, refusal
from streams.errors import UnavailableError
from streams.settings import Settings
from streams.topics import Topic, counts_on, name_of

Answer = TypeVar("Answer")

PATIENCE_S: Final = 10.0
MAIN_READS: Final = (Topic.MENTIONS, Topic.ENRICHED, Topic.TALLIES)
PERSIST_READS: Final = (Topic.ENRICHED, Topic.INCIDENTS, Topic.NOTIFICATIONS, Topic.DEAD_LETTERS)
NOTIFY_READS: Final = (Topic.INCIDENTS,)


@dataclass(frozen=True, slots=True)
class Lag:
    """`behind` messages of a partition are there and not committed by the group."""

    group: str
    topic: str
    partition: int
    committed: int
    behind: int


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: how many members it has, and whether they have settled."""

    name: str
    state: str
    members: int


def groups_of(settings: Settings) -> Mapping[str, Sequence[Topic]]:
    return {
        settings.group: MAIN_READS,
        f"{settings.group}-persist": PERSIST_READS,
        f"{settings.group}-notify": NOTIFY_READS,
    }


def may_be_absent(group: str) -> bool:
    """Nobody is told from Kafka where no channel is configured: then there never is such a group."""
    return group.endswith("-notify")


def lags(settings: Settings) -> list[Lag]:
    """Of every partition of every group; one that never committed is behind by all there is.

    Raises:
        UnavailableError: no broker, or it refuses.
    """
    return _asked(settings, lambda admin: lags_on(admin, settings))


def _asked(settings: Settings, question: Callable[[KafkaAdminClient], Answer]) -> Answer:
    """Ask the broker; in the first seconds after its start it does not know its groups yet."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        admin = admin_of(settings)
        try:
            return question(admin)
        except KafkaError as error:
            if not getattr(error, "retriable", False) or time.monotonic() > ends:
                raise UnavailableError(refusal(settings, error)) from None
        finally:
            admin.close()
        time.sleep(0.2)


def lags_on(admin: KafkaAdminClient, settings: Settings) -> list[Lag]:
    counts = counts_on(admin, settings)
    partitions = {
        topic: [TopicPartition(name_of(topic, settings), part) for part in range(count)]
        for topic, count in counts.items()
    }
    wanted = [each for parts in partitions.values() for each in parts]
    first = admin.list_partition_offsets(dict.fromkeys(wanted, OffsetSpec.EARLIEST))
    last = admin.list_partition_offsets(dict.fromkeys(wanted, OffsetSpec.LATEST))
    found: list[Lag] = []
    for group, reads in groups_of(settings).items():
        committed = admin.list_group_offsets({group: None}).get(group, {})
        if not committed and may_be_absent(group):
            continue
        for each in (each for topic in reads for each in partitions.get(topic, [])):
            begin, end = first[each].offset, last[each].offset
            at = _offset(committed.get(each), begin)
            found.append(Lag(group, each.topic, each.partition, at, max(0, end - at)))
    return found


def groups(settings: Settings) -> list[Group]:
    """The groups as the broker sees them.

    Raises:
        UnavailableError: no broker, or it refuses.
    """
    described = _asked(settings, lambda admin: admin.describe_groups(list(groups_of(settings))))
    return [
        Group(name, _state(each), len(each.get("members") or ()))
        for name, each in described.items()
        if not (may_be_absent(name) and _state(each) == "Dead")
    ]


def _state(described: Mapping[str, Any]) -> str:
    return str(described.get("group_state", described.get("state", "")))


def _offset(committed: Any, begin: int) -> int:
    """A group without an offset begins at the first message, and so does one that retention overtook."""
    return begin if committed is None or committed.offset < 0 else max(begin, int(committed.offset))
