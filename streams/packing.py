"""Records into Kafka values: NDJSON, as many lines a message as fit, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.mention import Gap, Tick
from streams.records import DeadLetter

Mark = Gap | Tick
"""What says how far time has come. Marks follow the records that they speak of, in every partition."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most this many lines and bytes in one message."""

    lines: int
    message_bytes: int


def packed(lines: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    """Values of whole lines. A line beyond the limit stands alone: `fits` says so beforehand."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and (len(held) >= limits.lines or size + len(line) + 1 > limits.message_bytes):
            yield b"\n".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield b"\n".join(held)


def latest(marks: Iterable[Mark]) -> list[Mark]:
    """Without the ticks that the very next mark makes needless.

    Nothing else may be left out or moved: which source spoke first, and what a gap fences off, decides.
    """
    out: list[Mark] = []
    for mark in marks:
        last = out[-1] if out else None
        if (
            isinstance(mark, Tick)
            and isinstance(last, Tick)
            and (last.source, last.part) == (mark.source, mark.part)
        ):
            out[-1] = mark
        else:
            out.append(mark)
    return out


def in_part(mark: Mark, part: int, parts: int) -> Mark:
    """The mark as it travels through one of the partitions."""
    if isinstance(mark, Tick):
        return replace(mark, part=part, parts=parts)
    return replace(mark, part=part, parts=parts)


def letter(
    reason: str, raw: bytes, *, at: datetime, origin: str, position: str, message_bytes: int
) -> DeadLetter:
    """A dead letter that fits into a message: of raw bytes beyond that the beginning is kept."""
    # Base64 takes four bytes for three, and the rest of the letter wants room too.
    room = (message_bytes - len(reason) - 2_000) * 3 // 4
    if len(raw) > room:
        reason = f"{reason} (its first {room:,} of {len(raw):,} bytes are kept)"
        raw = raw[:room]
    return DeadLetter(at=at, origin=origin, position=position, reason=reason, raw=raw)


def too_large(line: bytes, limits: Limits) -> str | None:
    """Why this record cannot travel, or None where it can."""
    if len(line) <= limits.message_bytes:
        return None
    return f"the record has {len(line):,} bytes: a message holds at most {limits.message_bytes:,}"
