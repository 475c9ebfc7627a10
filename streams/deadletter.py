"""What can never succeed, out of the way: found, described, and sent to the dead-letters topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from connectors.mention import Malformed
from streams import metrics
from streams.codec import Record, decode, encode
from streams.outlet import Send
from streams.packing import letter
from streams.records import DeadLetter
from streams.topics import Topic

Item = TypeVar("Item")
Result = TypeVar("Result")


class Message(NamedTuple):
    """A Kafka message as a stage sees it; `at_s` is when it was published."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    at_s: float = 0.0

    def place(self, line: str = "") -> str:
        return f"partition {self.partition} offset {self.offset}{' ' if line else ''}{line}"


class Origin(NamedTuple):
    """Where a record came from, so that it can be parked with its bytes."""

    message: Message
    line: int
    raw: bytes

    @property
    def position(self) -> str:
        return self.message.place(f"line {self.line}")


@dataclass(frozen=True, slots=True)
class Parking:
    """Makes dead letters that fit into a message."""

    stage: str
    message_bytes: int
    clock: Callable[[], datetime]

    def letter(self, reason: str, origin: Origin, *, kind: metrics.Parked = "unreadable") -> DeadLetter:
        metrics.parked(self.stage, kind)
        return letter(
            reason,
            origin.raw,
            at=self.clock(),
            origin=origin.message.topic,
            position=origin.position,
            message_bytes=self.message_bytes,
        )

    def misplaced(self, record: object, origin: Origin) -> DeadLetter:
        reason = f"a record of type {type(record).__name__} does not belong on this topic"
        return self.letter(reason, origin, kind="misplaced")

    def failed(self, error: Exception, origin: Origin) -> DeadLetter:
        """What could be read, and broke the step."""
        return self.letter(f"{self.stage}: {type(error).__name__}: {error}", origin, kind="failed")


def read(message: Message, *, now: datetime) -> Iterable[tuple[Origin, Record | Malformed]]:
    """Every line of a message that is not blank. A message without a value is one malformed line."""
    if message.value is None:
        yield Origin(message, 1, b""), Malformed(reason="the message has no value", raw=b"")
        return
    for number, line in enumerate(message.value.split(b"\n"), start=1):
        if not line.strip():
            continue
        origin = Origin(message, number, line)
        try:
            yield origin, decode(line, now=now)
        except Exception as error:  # whatever a line does to its reader, the others are read
            reason = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            yield origin, Malformed(reason=reason, raw=line)


def sends_of(letters: Iterable[DeadLetter]) -> list[Send]:
    return [Send(Topic.DEAD_LETTERS, 0, encode(each)) for each in letters]


def sift(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Sequence[Result]],
    give_up: Callable[[Exception], bool] = lambda _: False,
) -> tuple[list[tuple[Item, Result]], list[tuple[Item, Exception]]]:
    """Work on a batch; where that fails, on its halves, down to the items that are at fault.

    `work` gives one result an item. What `give_up` says of an error is raised as it is: an error that
    is not the items' own.
    """
    if not items:
        return [], []
    try:
        return list(zip(items, work(items), strict=True)), []
    except Exception as error:
        if give_up(error):
            raise
        if len(items) == 1:
            return [], [(items[0], error)]
    half = len(items) // 2
    done, failed = sift(items[:half], work, give_up)
    more_done, more_failed = sift(items[half:], work, give_up)
    return done + more_done, failed + more_failed
