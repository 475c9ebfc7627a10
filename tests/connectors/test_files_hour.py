"""An hour of a watched folder in which everything goes wrong that people and programs do to files."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from connectors.cursor import MemoryCursors
from connectors.files import Folder
from connectors.listen import run
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped


@dataclass
class Writer:
    """Puts files into the folder, each changed now by the connector's clock; remembers what is whole."""

    clock: WarpClock
    folder: Path
    number: int = 0
    whole: set[str] = field(default_factory=set)
    torn: int = 0

    def lines(self, count: int) -> bytes:
        out = b""
        for _ in range(count):
            self.number += 1
            self.whole.add(str(self.number))
            out += self._line(self.number)
        return out

    def _line(self, number: int) -> bytes:
        value = {
            "platform": "forum",
            "native_id": str(number),
            "text": f"crue {number}",
            "created_at": self.clock.now().isoformat(),
        }
        return json.dumps(value).encode() + b"\n"

    def put(self, name: str, raw: bytes, *, append: bool = False) -> Path:
        path = self.folder / name
        with path.open("ab" if append else "wb") as out:
            out.write(raw)
        self.touch(path)
        return path

    def touch(self, path: Path) -> None:
        at = self.clock.now().timestamp()
        os.utime(path, (at, at))


async def _trouble(
    which: int, writer: Writer, listening: asyncio.Task[None], again: list[asyncio.Task[None]]
) -> None:
    """The failures, one after the other; each leaves the folder as some program would."""
    clock, folder = writer.clock, writer.folder
    match which:
        case 0:  # a line half written, the rest of it ten seconds later
            line = writer.lines(1)
            path = writer.put("half.jsonl", writer.lines(3) + line[:20])
            await clock.sleep(10)
            writer.put(path.name, line[20:], append=True)
        case 1:  # an upload that is renamed when it is done
            path = writer.put("upload.jsonl.part", writer.lines(4))
            await clock.sleep(30)
            path.rename(folder / "upload.jsonl")
        case 2:  # a gzip cut short: its whole lines count
            raw = gzip.compress(writer.lines(3) + b'{"platform": "forum", "nat')
            writer.put("cut.jsonl.gz", raw[:-8])
            writer.torn += 1
        case 3:  # no UTF-8, no JSON, no time zone
            writer.put("bad.jsonl", b"\xff\xfe\n{oops\n" + writer.lines(1))
            writer.torn += 2
        case 4:  # a file that nobody may read, for a while
            path = writer.put("secret.jsonl", writer.lines(2))
            hidden = path.rename(folder / ".secret")
            await clock.sleep(60)
            hidden.rename(path)
            writer.touch(path)
        case 5:  # the folder itself is gone for two minutes, as when a share is not mounted
            away = folder.rename(folder.with_name("unmounted"))
            await clock.sleep(120)
            away.rename(folder)
        case 6:  # a log that grows
            writer.put("log.jsonl", writer.lines(2))
            for _ in range(3):
                await clock.sleep(20)
                writer.put("log.jsonl", writer.lines(2), append=True)
        case 7:  # a file replaced by another of the same name
            path = writer.put("daily.jsonl", writer.lines(5))
            await clock.sleep(60)
            path.unlink()
            await clock.sleep(30)
            writer.put("daily.jsonl", writer.lines(2))
        case 8:  # a folder that is called like a file, and an empty file
            (folder / "folder.jsonl").mkdir()
            writer.put("empty.jsonl", b"")
        case 9:  # the same file once more under another name
            raw = writer.lines(3)
            writer.put("copy-a.jsonl", raw)
            writer.put("copy-b.jsonl", raw)
        case 10:  # the process dies and another goes on from its cursor
            writer.put("many.jsonl", writer.lines(1500))
            await clock.sleep(7)
            listening.cancel()
            again.append(listening)
        case 11:  # a CSV with a row too long
            rows = b"platform,native_id,text,created_at\n"
            writer.number += 1
            writer.whole.add(str(writer.number))
            now = writer.clock.now().isoformat().encode()
            rows += b"forum,%d,crue,%s\nforum,x,y,z,zz,zzz\n" % (writer.number, now)
            writer.put("sheet.csv", rows)
            writer.torn += 1


async def _hour(clock: WarpClock, folder: Path) -> tuple[Sink, Writer]:
    sink, writer, cursors = Sink(), Writer(clock, folder), MemoryCursors()

    def listen() -> asyncio.Task[None]:
        connector = Folder(folder, every_s=5, clock=clock)
        return asyncio.create_task(run(connector, cursors, sink.deliver, clock=clock))

    listening = listen()
    stopped: list[asyncio.Task[None]] = []
    for which in range(12):
        await _trouble(which, writer, listening, stopped)
        if listening in stopped:
            with suppress(asyncio.CancelledError):
                await listening
            listening = listen()
        await clock.sleep(200)
    await clock.sleep(300)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    return sink, writer


def test_an_hour_of_trouble_ends_with_what_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    sink, writer = run_warped(lambda clock: _hour(clock, folder))
    assert set(sink.mentions) == writer.whole
    assert len(sink.malformed) == writer.torn
    away = [gap for gap in sink.gaps if gap.reason.startswith("cut off")]
    assert away, "the folder was gone for two minutes, and no gap says so"
