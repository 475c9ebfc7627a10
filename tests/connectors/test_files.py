"""A watched folder, written to as people and programs do."""

from __future__ import annotations

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import files as module
from connectors.files import Folder, is_recording
from connectors.mention import Malformed, Mention, Page
from tests.servers.timewarp import WarpClock, run_warped


def line(number: int) -> bytes:
    value = {
        "platform": "forum",
        "native_id": str(number),
        "text": "été au pont",
        "created_at": "2026-03-01T08:00:00Z",
    }
    return json.dumps(value).encode() + b"\n"


class Inbox:
    """A folder whose files changed `age_s` before the connector's clock."""

    def __init__(self, clock: WarpClock, folder: Path) -> None:
        self.clock = clock
        self.folder = folder
        self.connector = Folder(folder, every_s=5, clock=clock)
        self.cursor: str | None = None
        self.malformed: list[Malformed] = []

    def write(self, name: str, raw: bytes, *, age_s: float = 120, append: bool = False) -> None:
        path = self.folder / name
        with path.open("ab" if append else "wb") as out:
            out.write(raw)
        changed = (self.clock.now() - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (changed, changed))

    async def read(self) -> list[str]:
        """Ids of everything there is to read now."""
        found: list[str] = []
        while True:
            page: Page = await self.connector.fetch(self.cursor)
            self.cursor = page.cursor or self.cursor
            self.malformed += page.malformed
            found += [item.native_id for item in page.items if isinstance(item, Mention)]
            if page.next_after_s:
                return found


def on_inbox(tmp_path: Path, body: Any) -> None:
    async def main(clock: WarpClock) -> None:
        inbox = Inbox(clock, tmp_path)
        await body(inbox)
        await inbox.connector.close()

    run_warped(main)


def test_files_are_read_once_in_the_order_of_their_names(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("b.jsonl", line(3))
        inbox.write("a.jsonl.gz", gzip.compress(line(1) + line(2)))
        inbox.write("c.csv", b"platform,native_id,text,created_at\nforum,4,pont,2026-03-01T08:00:00Z\n")
        for name in ("d.txt", ".e.jsonl", "f.jsonl.tmp", "g.part"):
            inbox.write(name, line(9))
        assert await inbox.read() == ["1", "2", "3", "4"]
        assert await inbox.read() == []

    on_inbox(tmp_path, body)


def test_a_file_that_grows_is_read_on_and_one_that_is_replaced_anew(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", line(1) + line(2))
        assert await inbox.read() == ["1", "2"]
        inbox.write("a.jsonl", line(3), append=True, age_s=60)
        assert await inbox.read() == ["3"]
        inbox.write("a.jsonl", line(4), age_s=30)
        assert await inbox.read() == ["4"]
        inbox.write("a.tmp", line(5) + line(6) + line(7))
        (inbox.folder / "a.tmp").rename(inbox.folder / "a.jsonl")
        assert await inbox.read() == ["5", "6", "7"], "longer, and another file"
        (inbox.folder / "a.jsonl").unlink()
        assert await inbox.read() == []
        inbox.write("a.jsonl", line(4))
        assert await inbox.read() == ["4"]

    on_inbox(tmp_path, body)


def test_a_copy_under_way_is_left_until_it_is_whole(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", line(1) + line(2)[:20], age_s=1)
        assert await inbox.read() == []
        await inbox.clock.sleep(10)
        assert await inbox.read() == [], "its last line has no end"
        inbox.write("a.jsonl", line(2)[20:], append=True, age_s=5)
        assert await inbox.read() == ["1", "2"]
        inbox.write("b.jsonl", line(3)[:-1], age_s=120)
        assert await inbox.read() == ["3"], "nobody goes on writing it"
        assert not inbox.malformed

    on_inbox(tmp_path, body)


def test_what_cannot_be_read_is_named_with_its_place_and_the_rest_is_read(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", line(1) + b"nonsense\n" + line(2))
        inbox.write("b.jsonl", b'[{"a": 1}]\n')
        inbox.write("c.jsonl.gz", gzip.compress(line(3) * 5)[:-9])
        assert set(await inbox.read()) == {"1", "2", "3"}
        assert [item.position.split()[0] for item in inbox.malformed] == ["a.jsonl", "b.jsonl", "c.jsonl.gz"]
        assert await inbox.read() == []

    on_inbox(tmp_path, body)


def test_a_long_file_is_read_in_pages_and_from_any_of_them_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "A_PAGE", 7)

    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", b"".join(map(line, range(50))))
        cursors: list[tuple[str | None, int]] = [(None, 0)]
        while cursors[-1][1] < 50:
            page = await inbox.connector.fetch(cursors[-1][0])
            cursors.append((page.cursor, cursors[-1][1] + len(page.items)))
        for cursor, read in cursors:
            again = Inbox(inbox.clock, inbox.folder)
            again.cursor = cursor
            assert await again.read() == [str(number) for number in range(read, 50)]
            await again.connector.close()

    on_inbox(tmp_path, body)


def test_history_keeps_its_time(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", line(1).replace(b"2026", b"2013"))
        page = await inbox.connector.fetch(None)
        (mention,) = page.items
        assert isinstance(mention, Mention)
        assert mention.counted_at.year == 2013
        assert page.covers == (mention.counted_at, mention.counted_at)

    on_inbox(tmp_path, body)


def test_a_date_that_lies_ahead_does_not_take_time_along(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        ahead = (inbox.clock.now() + timedelta(hours=5)).isoformat().encode()
        inbox.write("a.jsonl", line(1).replace(b"2026-03-01T08:00:00Z", ahead))
        page = await inbox.connector.fetch(None)
        (mention,) = page.items
        assert isinstance(mention, Mention)
        assert mention.created_at > inbox.clock.now() >= mention.counted_at
        assert page.covers == (mention.counted_at, mention.counted_at)

    on_inbox(tmp_path, body)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("a.jsonl", True), ("a.ndjson.gz", True), ("a.csv.gz", True), ("a.gz", False), ("a.jsonl.new", False)],
)
def test_names(name: str, ours: bool) -> None:
    assert is_recording(name) == ours


def test_a_cursor_of_an_earlier_version_still_says_how_far(tmp_path: Path) -> None:
    async def body(inbox: Inbox) -> None:
        inbox.write("a.jsonl", line(1) + line(2))
        assert await inbox.read() == ["1", "2"]
        assert inbox.cursor is not None
        inbox.cursor = json.dumps({name: read[:4] for name, read in json.loads(inbox.cursor).items()})
        inbox.write("a.jsonl", line(3), append=True, age_s=60)
        assert await inbox.read() == ["3"]

    on_inbox(tmp_path, body)
