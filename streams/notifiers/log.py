"""The console: a line an event on standard error."""

from __future__ import annotations

import sys
from typing import TextIO

from streams.notifiers.base import Delivered, Digest, Message, Outcome, Retry


class ConsoleNotifier:
    """For trying out, and for logs that are collected. The sentence holds no post's text."""

    kind = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def deliver(self, message: Message | Digest) -> Outcome:
        # Looked up late: a test or a progress bar may have put another stream there.
        stream = self._stream or sys.stderr
        try:
            for line in lines(message):
                stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError) as error:
            return Retry(f"the console cannot be written to: {type(error).__name__}")
        return Delivered("written")

    async def close(self) -> None:
        return None


def lines(message: Message | Digest) -> list[str]:
    """`2026-01-31 14:05 [CRITICAL] Title: ... (incident)`, indented below its heading in a digest."""
    if isinstance(message, Digest):
        heading = message.subject
        return [
            f"{_at(message)} {heading}",
            *(f"  {line}" for each in message.messages for line in lines(each)),
        ]
    said = f"{_at(message)} {message.subject}"
    return [f"{said} | {message.sentence} | {message.key}"]


def _at(message: Message | Digest) -> str:
    when = message.incident.updated_at if isinstance(message, Message) else message.at
    return f"{when.astimezone(message.zone):%Y-%m-%d %H:%M}"
