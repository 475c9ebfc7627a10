"""Lines from chunks of any size, for streams of one JSON object a line."""

from __future__ import annotations

from connectors.errors import Oversize


class LineDecoder:
    """Bytes in, whole lines out (LF or CRLF); blank ones, the keep-alives, are left out."""

    def __init__(self, max_line_bytes: int) -> None:
        self._cap = max_line_bytes
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Lines that end in this chunk.

        Raises:
            Oversize: a line is larger than the cap.
        """
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > self._cap or any(len(line) > self._cap for line in lines):
            raise Oversize(f"a line of more than {self._cap:,} bytes")
        return [stripped for line in lines if (stripped := line.strip())]
