"""Recorded posts: files of mention lines (JSONL or CSV, plain or gzip), read line by line.

Nothing is passed over: every line that is not blank comes out as a record or as `Malformed` with its
position. What comes out of a file that ends in the middle of its compression are its whole lines, and
the rest as one `Malformed`.

    FileError(OSError)    the file as a whole cannot be read; `str()` is a sentence
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import orjson

from connectors.mention import Malformed, Mention, Retraction
from connectors.mention_line import LineError, parse_mention_line

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
KEPT_OF_A_LONGER_LINE: Final = 1024 * 1024
CHUNK_CHARS: Final = 16_000_000
"""What is worked on together ends early where it comes to this: long texts shall not fill the memory."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_CSV_NUMBERS: Final = frozenset({"author_followers"})
_CSV_FLAGS: Final = frozenset({"author_verified", "late", "drill"})
_CSV_TRUTH: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

Item = Mention | Retraction | Malformed


class FileError(OSError):
    """The file cannot be read at all: missing, a directory, not readable, no mention lines."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file's own columns become a mention line.

    `mapping` is wanted name -> name in the file (dots reach into objects); `constants` fill what a
    line does not have.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def apply(self, line: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.mapping and not self.constants:
            return line
        out = dict(line)
        for wanted, name in self.mapping.items():
            _put(out, wanted, _reach(line, name))
        for name, value in self.constants.items():
            if _reach(out, name) is None:
                _put(out, name, _typed(name, value))
        return out


def read_file(path: str, *, now: datetime, columns: Columns | None = None) -> Iterator[Item]:
    """Every line of one file (`-` is standard input), in its order.

    Raises:
        FileError: the file as a whole cannot be read.
    """
    columns = columns or Columns()
    with opened(path) as stream:
        bare = path.removesuffix(".gz")
        items = (
            _read_csv(stream, columns, now) if bare.endswith(".csv") else _read_jsonl(stream, columns, now)
        )
        yield from items


def chunks(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Items in their order, `most` together, fewer where they are long."""
    chunk: list[Item] = []
    chars = 0
    for item in items:
        chunk.append(item)
        chars += len(item.raw) if isinstance(item, Malformed) else len(getattr(item, "text", ""))
        if len(chunk) >= most or chars >= CHUNK_CHARS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


def readable(paths: Iterable[str]) -> None:
    """Raises FileError where one of these files cannot be opened: better said before than in the middle."""
    for path in paths:
        # Not what can be opened once alone: standard input, a named pipe.
        if path != "-" and not Path(path).is_fifo():
            with opened(path):
                pass


def _reach(line: Mapping[str, Any], name: str) -> Any:
    if name in line:
        return line[name]
    value: Any = line
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _put(line: dict[str, Any], name: str, value: Any) -> None:
    """A dotted name reaches into `engagement`, the one object that a mention line has."""
    head, _, tail = name.partition(".")
    if tail and head == "engagement":
        held = line.get(head)
        line[head] = {**(held if isinstance(held, Mapping) else {}), tail: value}
    else:
        line[name] = value


class _Gunzip(io.RawIOBase):
    """Decompresses member after member; where the stream is damaged it ends, and `damage` says how.

    `gzip.GzipFile` raises there, and what it had read of the last line is gone.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.damage: str | None = None
        self._stream = stream
        self._member: Any = zlib.decompressobj(wbits=31)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self.damage is None:
            chunk = self._rest or self._stream.read(io.DEFAULT_BUFFER_SIZE)
            self._rest = b""
            if not chunk:
                if self._member is not None:
                    self.damage = "it is cut short"
                return 0
            if self._member is None:
                if not chunk.strip(b"\0"):
                    continue
                self._member = zlib.decompressobj(wbits=31)
            try:
                out: bytes = self._member.decompress(chunk, len(buffer))
            except zlib.error as error:
                self.damage = str(error)
                return 0
            if self._member.eof:
                self._rest, self._member = self._member.unused_data, None
            else:
                self._rest = self._member.unconsumed_tail
            if out:
                buffer[: len(out)] = out
                return len(out)
        return 0


class Source:
    """An open file: its bytes, and once they ended whether that was its proper end."""

    def __init__(self, stream: io.BufferedReader, gunzip: _Gunzip | None) -> None:
        self.stream = stream
        self._gunzip = gunzip

    @property
    def damage(self) -> str | None:
        return None if self._gunzip is None else self._gunzip.damage


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """A file's bytes (`-` is standard input), unpacked where it is gzip, whatever its name.

    Raises:
        FileError: it cannot be opened or read.
    """
    if path != "-" and Path(path).is_dir():
        raise FileError(f"{path} is a directory: name the files in it, such as {path.rstrip('/')}/*")
    if path == "-" and sys.stdin is None:
        raise FileError("standard input is closed: name a file, or send one with |")
    try:
        raw = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from None
    buffered = cast("io.BufferedReader", raw)
    try:
        if buffered.peek(2)[:2] == _GZIP_MAGIC:
            gunzip = _Gunzip(buffered)
            yield Source(io.BufferedReader(gunzip, 1 << 16), gunzip)
        else:
            yield Source(buffered, None)
    except FileError as error:
        raise FileError(f"{path}: {error}") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from None
    finally:
        if path != "-":
            buffered.close()


def _lines(source: Source) -> Iterator[tuple[int, bytes] | Malformed]:
    """(1-based number, line without its line feed); blank lines are counted, not given."""
    stream = source.stream
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) >= MAX_LINE_BYTES and not line.endswith(b"\n"):
            yield _too_long(stream, line, number)
            continue
        whole = line.endswith(b"\n")
        if not whole and source.damage is not None:
            yield _cut_short(source.damage, line, number)
            return
        # Files put one behind the other have their byte order marks in the middle.
        line = line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line
    if source.damage is not None:
        yield _cut_short(source.damage, b"", number + 1)


def _too_long(stream: io.BufferedReader, line: bytes, number: int) -> Malformed:
    kept, length = line[:KEPT_OF_A_LONGER_LINE], len(line)
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE_BYTES)
        length += len(line)
    return Malformed(
        reason=f"the line has {length:,} bytes: at most {MAX_LINE_BYTES:,} are read; "
        f"its first {KEPT_OF_A_LONGER_LINE:,} bytes are kept here",
        raw=kept,
        position=f"line {number}",
    )


def _cut_short(damage: str, rest: bytes, number: int) -> Malformed:
    return Malformed(
        reason=f"the gzip stream is damaged here, {damage}; the whole lines before it were read",
        raw=rest,
        position=f"line {number}",
    )


def _read_jsonl(source: Source, columns: Columns, now: datetime) -> Iterator[Item]:
    lines = _lines(source)
    first = next(lines, None)
    if first is None:
        return
    if not isinstance(first, Malformed) and first[1].lstrip()[:1] == b"[":
        raise FileError(
            "the file begins with '[', a JSON array: mention lines stand one object a line "
            "(jq -c '.[]' turns the one into the other)"
        )
    for line in itertools.chain([first], lines):
        if isinstance(line, Malformed):
            yield line
            continue
        number, raw = line
        try:
            yield parse_mention_line(columns.apply(_loads(raw)), now=now)
        except LineError as error:
            yield Malformed(reason=str(error), raw=raw, position=f"line {number}")


def _loads(raw: bytes) -> Mapping[str, Any]:
    """Raises LineError."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise LineError(not_json(raw, error)) from None
    if not isinstance(value, dict):
        raise LineError(f"not a JSON object but {type(value).__name__}: a line is one object")
    return value


def not_json(raw: bytes, error: orjson.JSONDecodeError) -> str:
    """Why a line is not JSON, in a sentence."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return f"not UTF-8: byte {wrong.start + 1} is 0x{raw[wrong.start]:02x}"
    if b"\x00" in raw:
        return f"not JSON: a NUL byte at byte {raw.index(0) + 1}"
    said = re.sub(r":? line \d+ column \d+ \(char \d+\)\Z", "", str(error))
    return f"not JSON: {said} at column {error.colno}"


def _read_csv(source: Source, columns: Columns, now: datetime) -> Iterator[Item]:
    csv.field_size_limit(MAX_LINE_BYTES)
    text = io.TextIOWrapper(source.stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _csv_rows(_CsvLines(text, source), source, columns, now)
    finally:
        # The file belongs to whoever opened it; the wrapper would close it when it is collected.
        text.detach()


class _CsvLines:
    """A CSV's lines for its reader. What was read of a row is held: who parks it parks its very bytes."""

    def __init__(self, text: io.TextIOWrapper, source: Source) -> None:
        self._text = text
        self._source = source
        self._held: list[str] = []

    def __iter__(self) -> Iterator[str]:
        # One line of the file may be without end, or a quote never closed.
        while line := self._text.readline(MAX_LINE_BYTES):
            self._held.append(line)
            if self._source.damage is not None and not line.endswith("\n"):
                return
            yield line

    def take(self) -> bytes:
        held = "".join(self._held)
        self._held.clear()
        return held.strip("\r\n").encode("utf-8", "surrogateescape")


def _csv_rows(lines: _CsvLines, source: Source, columns: Columns, now: datetime) -> Iterator[Item]:
    chunks = iter(lines)
    first = next(chunks, "")
    reader = csv.reader(itertools.chain([first], chunks), delimiter=delimiter_of(first), strict=True)
    header: list[str] | None = None
    while True:
        began = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if source.damage is not None:
                break
            yield Malformed(reason=f"not CSV: {error}", raw=lines.take(), position=f"line {began}")
            continue
        raw = lines.take()
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = [name.strip() for name in row]
            continue
        try:
            yield parse_mention_line(_csv_line(header, row, columns), now=now)
        except LineError as error:
            yield Malformed(reason=str(error), raw=raw, position=f"line {began}")
    if source.damage is not None:
        yield _cut_short(source.damage, lines.take(), reader.line_num + 1)


def delimiter_of(header: str) -> str:
    """A spreadsheet in French writes `;`, a copied table has tabs."""
    return next((sign for sign in ",;\t" if sign in header), ",")


def _csv_line(header: list[str], row: list[str], columns: Columns) -> Mapping[str, Any]:
    """A row as a mention line: an empty cell is absent, a dotted name reaches into an object."""
    if len(row) > len(header):
        raise LineError(f"the row has {len(row)} cells and the header {len(header)}")
    cells: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=False):
        if cell == "":
            continue
        try:
            cell.encode("utf-8")
        except UnicodeEncodeError:
            raise LineError(f"{name} is not UTF-8") from None
        _put(cells, name, cell)
    line = dict(columns.apply(cells))
    for name, cell in line.items():
        if isinstance(cell, str):
            line[name] = _typed(name, cell)
        elif name == "engagement":
            line[name] = {
                part: _number(f"{name}.{part}", value) if isinstance(value, str) else value
                for part, value in cell.items()
            }
    return line


def _typed(name: str, text: str) -> Any:
    """A value of a CSV or of `--set`, which are all text, as its key wants it. Raises LineError."""
    if name in _CSV_NUMBERS or name.startswith("engagement."):
        return _number(name, text)
    if name in _CSV_FLAGS:
        if text.lower() not in _CSV_TRUTH:
            raise LineError(f"{name} is {text!r}: it must be true or false")
        return _CSV_TRUTH[text.lower()]
    return text.split() if name == "media" else text


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise LineError(f"{name} is {text!r}: it must be a whole number, 0 or more") from None
