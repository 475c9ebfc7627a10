"""Who has an embedded store open: one process at a time, and the second learns who the first is.

A lock of the operating system on `.vigie/owner` inside the store, held as long as the store is open;
the system lets go of it when the process ends, however it ends, so that a file left behind by a
`kill -9` is in nobody's way. The file's text says who it is, for people.
"""

from __future__ import annotations

import fcntl
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import orjson

from streams.store.errors import Holder, StoreHeld

FOLDER: Final = ".vigie"
_COMMAND_CHARS: Final = 200


class Owner:
    """Holds the store in `directory` until `release`.

    Raises:
        StoreHeld: it is open elsewhere; also in this very process.
        OSError: the file cannot be made or written.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, directory: Path, now: datetime) -> None:
        folder = directory / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = os.open(folder / "owner", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(directory)
            self._write(now)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _lock(self, directory: Path) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreHeld(str(directory), self._read()) from None

    def _write(self, now: datetime) -> None:
        text = orjson.dumps(
            {"pid": os.getpid(), "command": _command(), "since": now.isoformat(timespec="seconds")}
        )
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def _read(self) -> Holder | None:
        """None where the holder has not written its name yet."""
        try:
            value = orjson.loads(os.pread(self._descriptor, 4_096, 0))
            return Holder(pid=int(value["pid"]), command=str(value["command"]), since=str(value["since"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None

    def release(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _command() -> str:
    words = [Path(sys.argv[0]).name or "python", *sys.argv[1:]]
    text = " ".join(words)
    return text if len(text) <= _COMMAND_CHARS else text[: _COMMAND_CHARS - 3] + "..."
