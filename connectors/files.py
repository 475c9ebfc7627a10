"""A watched folder: recorded posts (JSONL or CSV, plain or gzip) are read as they appear, or grow.

The cursor remembers of each file its size, its time of change and how many of its items were read:
a file that grew is read on from there, one that was replaced by another from its beginning.
A file is left alone until it has kept still for a moment, and while its last line has no end for a
minute, so that a copy under way is not read in the middle. Hidden files and `.tmp`, `.part` and
`.new` ones are passed over: write under such a name and rename.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final, cast

from connectors.base import Clock
from connectors.errors import Refused
from connectors.mention import Malformed, Mention, Page, Retraction
from connectors.recorded import FileError, Item, read_file

log = logging.getLogger(__name__)

PLATFORM: Final = "files"
A_PAGE: Final = 2_000
STILL: Final = timedelta(seconds=2)
UNENDED: Final = timedelta(seconds=60)
_ENDINGS: Final = (".jsonl", ".ndjson", ".json", ".csv")
_UNFINISHED: Final = (".tmp", ".part", ".new", ".swp")


@dataclass(frozen=True, slots=True)
class _Read:
    """How far a file was read: its size and time of change at that moment, its items so far.

    `inode` tells another file of the same name; 0 where an older cursor does not say.
    """

    size: int
    changed_ns: int
    items: int
    done: bool
    inode: int = 0

    def is_of(self, stat: os.stat_result) -> bool:
        return self.inode in {0, stat.st_ino} and stat.st_size >= self.size


def is_recording(name: str) -> bool:
    """Whether a file of this name is for us."""
    return (
        not name.startswith(".")
        and not name.endswith(_UNFINISHED)
        and name.removesuffix(".gz").endswith(_ENDINGS)
    )


class Folder:
    """One folder; sub-folders are not entered."""

    name: Final = "files"
    platform = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {}

    def __init__(self, folder: Path, *, every_s: float, clock: Clock) -> None:
        self._folder = folder
        self._every_s = every_s
        self._clock = clock
        # The file being read, held open between its pages, and where in it we stand.
        self._open: Generator[Item, None, None] | None = None
        self._inode = 0
        self._at = ("", 0)

    async def close(self) -> None:
        self._close_reader()

    async def fetch(self, cursor: str | None) -> Page:
        """The next items of the first file that has some."""
        return await asyncio.to_thread(self._fetch, cursor)

    def _fetch(self, cursor: str | None) -> Page:
        known = _load(cursor)
        now = self._clock.now()
        try:
            found = sorted(self._folder.iterdir())
        except OSError as error:
            raise Refused(f"the folder {self._folder} cannot be read: {error.strerror}") from None
        here: dict[str, _Read] = {}
        next_file: tuple[Path, os.stat_result] | None = None
        for path in found:
            if not is_recording(path.name):
                continue
            try:
                stat = path.stat()
            except OSError:
                continue  # gone since the listing
            before = known.get(path.name)
            if before is not None:
                here[path.name] = before
            if next_file is None and path.is_file() and _has_more(path, stat, before, now):
                next_file = path, stat
        if next_file is None:
            # Files that are gone are forgotten: one of the same name is a new one.
            changed = here.keys() != known.keys()
            return Page(
                cursor=_dump(here) if changed else None, covers=(now, now), next_after_s=self._every_s
            )
        return self._page(*next_file, here, now)

    def _page(self, path: Path, stat: os.stat_result, here: dict[str, _Read], now: datetime) -> Page:
        before = here.get(path.name)
        skip = before.items if before is not None and before.is_of(stat) else 0
        try:
            taken = list(itertools.islice(self._reader(path, stat, skip, now), A_PAGE))
        except FileError as error:
            log.warning("%s: %s", self.name, error)
            taken = [Malformed(reason=str(error), raw=b"", position=path.name)]
        done = len(taken) < A_PAGE
        size = stat.st_size
        if done:
            self._close_reader()
            if taken and not _is_ended(path) and _stood_still(path.stat(), now) < UNENDED:
                # Somebody began a new line while we read: it is taken once it is whole.
                taken.pop()
                size = -1
        here[path.name] = _Read(size, stat.st_mtime_ns, skip + len(taken), done, stat.st_ino)
        self._at = (path.name, skip + len(taken))
        items = [_seen(item, now) for item in taken if isinstance(item, Mention | Retraction)]
        counted = [item.counted_at for item in items if isinstance(item, Mention)]
        return Page(
            items=tuple(items),
            malformed=tuple(
                replace(item, position=f"{path.name} {item.position}".strip())
                for item in taken
                if isinstance(item, Malformed)
            ),
            cursor=_dump(here),
            covers=(min(counted), max(counted)) if counted else None,
        )

    def _reader(self, path: Path, stat: os.stat_result, skip: int, now: datetime) -> Iterator[Item]:
        """The items after `skip`: the reader of the page before goes on where it stands there."""
        if self._open is None or self._at != (path.name, skip) or self._inode != stat.st_ino:
            self._close_reader()
            opened = cast("Generator[Item, None, None]", read_file(str(path), now=now))
            for _ in itertools.islice(opened, skip):
                pass
            self._open, self._inode = opened, stat.st_ino
        return self._open

    def _close_reader(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _seen(item: Mention | Retraction, now: datetime) -> Mention | Retraction:
    """What is dated ahead of us counts now: the folder's time goes along, and what follows would be late."""
    if isinstance(item, Mention) and item.counted_at > now:
        return replace(item, counted_at=now)
    return item


def _has_more(path: Path, stat: os.stat_result, before: _Read | None, now: datetime) -> bool:
    if before is not None and before.is_of(stat):
        if not before.done:
            return True
        if (before.size, before.changed_ns) == (stat.st_size, stat.st_mtime_ns):
            return False
    still = _stood_still(stat, now)
    return still >= UNENDED or (still >= STILL and _is_ended(path))


def _stood_still(stat: os.stat_result, now: datetime) -> timedelta:
    """Since when a file has not changed; a time of change ahead of us is a foreign clock's, and long ago."""
    still = now - datetime.fromtimestamp(stat.st_mtime, UTC)
    return still if still >= timedelta() else UNENDED


def _is_ended(path: Path) -> bool:
    """Whether the last line has its end; of a compressed file nobody can say without reading it."""
    if path.name.endswith(".gz"):
        return True
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            if file.tell() == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except OSError:
        return False


def _load(cursor: str | None) -> dict[str, _Read]:
    return {} if cursor is None else {name: _Read(*values) for name, values in json.loads(cursor).items()}


def _dump(here: Mapping[str, _Read]) -> str:
    return json.dumps(
        {name: astuple(read) for name, read in here.items()},
        ensure_ascii=False,
        separators=(",", ":"),
    )
