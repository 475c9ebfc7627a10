"""Server-sent events, decoded from chunks of any size (WHATWG HTML, section 9.2.6).

A comment line is a sign of life and nothing else; whoever reads sees it as bytes that came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.errors import Oversize

MAX_EVENT_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (`message` where the server gave none) and its data lines joined by LF."""

    name: str
    data: str


class SseDecoder:
    """Bytes in, whole events out; what is incomplete waits for the next chunk."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._cap = max_event_bytes
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._first = True

    def feed(self, chunk: bytes) -> list[Event]:
        """Events that end in this chunk.

        Raises:
            Oversize: an event or a line is larger than the cap.
        """
        buffer = self._rest + chunk
        if self._first and len(buffer) >= 3:
            buffer = buffer.removeprefix(b"\xef\xbb\xbf")
            self._first = False
        # A CR at the very end may be half of a CRLF: it waits.
        held = b"\r" if buffer.endswith(b"\r") else b""
        lines = buffer.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        events = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + self._size > self._cap:
            raise Oversize(f"an event of more than {self._cap:,} bytes")
        return events

    def _line(self, line: bytes) -> Event | None:
        if not line:
            event = Event(self._name or "message", "\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = "", [], 0
            return event
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            self._size += len(value)
            if self._size > self._cap:
                raise Oversize(f"an event of more than {self._cap:,} bytes")
            self._data.append(value.decode("utf-8", "replace"))
        return None
