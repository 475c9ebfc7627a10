"""Files of posts: every line comes out, as a record or with what is wrong with it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Malformed, Mention
from connectors.recorded import MAX_LINE_BYTES, Columns, FileError, Item, read_file

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LINE = b'{"platform":"x","native_id":"%d","text":"salut","created_at":"2026-05-01T08:00:00Z"}\n'


def read(path: Path, columns: Columns | None = None) -> list[Item]:
    return list(read_file(str(path), now=NOW, columns=columns))


def reasons(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.position, item.reason) for item in items if isinstance(item, Malformed)]


def test_each_line_that_is_not_blank_comes_out_in_order(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + LINE % 1 + b"\n  \n" + b"{oops\n" + LINE % 2 + b"\xff\xfe\n[]\n" + LINE.strip() % 3
    )
    items = read(path)
    assert [item.native_id for item in items if isinstance(item, Mention)] == ["1", "2", "3"]
    said = reasons(items)
    assert [position for position, _ in said] == ["line 4", "line 6", "line 7"]
    assert "not JSON" in said[0][1]
    assert "not UTF-8: byte 1 is 0xff" in said[1][1]
    assert "not a JSON object but list" in said[2][1]


def test_a_raw_nul_byte_is_named(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b'{"platform":"x\x00"}\n')
    assert "a NUL byte at byte 15" in reasons(read(path))[0][1]


def test_a_five_megabyte_text_is_parked_whole(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    line = LINE.replace(b"salut", b"a" * 5_000_000) % 1
    path.write_bytes(line + LINE % 2)
    parked, mention = read(path)
    assert isinstance(parked, Malformed)
    assert "5,000,000 characters" in parked.reason
    assert parked.raw == line.strip()
    assert isinstance(mention, Mention)


def test_an_endless_line_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"a" * (MAX_LINE_BYTES + 10) + b"\n" + LINE % 2)
    parked, mention = read(path)
    assert isinstance(parked, Malformed)
    assert f"{MAX_LINE_BYTES + 11:,} bytes" in parked.reason
    assert len(parked.raw) < MAX_LINE_BYTES
    assert isinstance(mention, Mention)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
def test_a_truncated_gzip_keeps_its_whole_lines(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "posts.jsonl.gz"
    whole = gzip.compress(b"".join(LINE % number for number in range(3000)), compresslevel=1)
    path.write_bytes(whole[: int(len(whole) * kept)])
    *mentions, last = read(path)
    assert isinstance(last, Malformed)
    assert "damaged here, it is cut short" in last.reason
    assert [m.native_id for m in mentions if isinstance(m, Mention)] == list(map(str, range(len(mentions))))
    assert len(mentions) > 3000 * kept * 0.5


def test_gzip_members_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(LINE % 1) + gzip.compress(LINE % 2) + b"\0" * 100)
    assert len(read(path)) == 2


def test_what_is_no_file_of_posts_is_refused_in_a_sentence(tmp_path: Path) -> None:
    array = tmp_path / "array.json"
    array.write_text("[{}, {}]")
    for path, said in (
        (tmp_path, "is a directory"),
        (tmp_path / "no", "no such file"),
        (array, "a JSON array"),
    ):
        with pytest.raises(FileError, match=said):
            read(path)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert read(empty) == []


def test_columns_are_named_and_filled(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(
        '{"id": 7, "ts": "2026-05-01T08:00:00Z", "text": "a", "user": {"id": "u"}, "lang": "en"}\n'
    )
    columns = Columns(
        {"native_id": "id", "created_at": "ts", "author_id": "user.id"}, {"platform": "x", "lang": "fr"}
    )
    (mention,) = read(path, columns)
    assert isinstance(mention, Mention)
    assert (mention.id, mention.author_id, mention.lang) == ("x:7", "u", "en")


def test_csv_rows_are_mention_lines(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(
        b"platform,native_id,text,created_at,author_followers,engagement.likes,author_verified\r\n"
        b'x,1,"two\nlines",2026-05-01T08:00:00Z,5,3,true\r\n'
        b"\r\n"
        b"x,2,b,2026-05-01T08:00:00Z,many,,\r\n"
        b"x,3,\xff,2026-05-01T08:00:00Z,,,\r\n"
        b"x,4,c,2026-05-01T08:00:00Z,,,,,\r\n"
        b"x,5,d,2026-05-01T08:00:00Z,,,\r\n"
    )
    items = read(path)
    first, last = items[0], items[-1]
    assert isinstance(first, Mention)
    assert isinstance(last, Mention)
    assert (first.text, first.author_followers, first.author_verified) == ("two\nlines", 5, True)
    assert first.engagement is not None
    assert first.engagement.likes == 3
    assert last.native_id == "5"
    said = [reason for _, reason in reasons(items)]
    assert said[0].startswith("author_followers is 'many'")
    assert said[1] == "text is not UTF-8"
    assert said[2] == "the row has 9 cells and the header 7"


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_read_counts_every_line(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("any") / "posts.jsonl"
    lines = [chunk.replace(b"\n", b"").replace(b"\x1f\x8b", b"") for chunk in chunks]
    path.write_bytes(b"\n".join(lines))
    wanted = [line for line in lines if line.removeprefix(b"\xef\xbb\xbf").strip()]
    try:
        items = read(path)
    except FileError:
        assert wanted[0].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["
    else:
        assert len(items) == len(wanted)


def test_csv_cells_are_typed_by_what_they_are_mapped_to(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("id;date;texte;abonnes;likes\n7;2026-05-01T08:00:00Z;un mot;12;3\n", encoding="utf-8")
    columns = Columns(
        {
            "native_id": "id",
            "created_at": "date",
            "text": "texte",
            "author_followers": "abonnes",
            "engagement.likes": "likes",
        },
        {"platform": "x", "drill": "true", "engagement.reposts": "4"},
    )
    (mention,) = read(path, columns)
    assert isinstance(mention, Mention)
    assert (mention.id, mention.text, mention.author_followers, mention.drill) == ("x:7", "un mot", 12, True)
    assert mention.engagement is not None
    assert (mention.engagement.likes, mention.engagement.reposts) == (3, 4)


def test_constants_are_typed_in_json_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(LINE % 1)
    (mention,) = read(path, Columns({}, {"drill": "true", "author_followers": "5"}))
    assert isinstance(mention, Mention)
    assert (mention.drill, mention.author_followers) == (True, 5)
    (parked,) = read(path, Columns({}, {"drill": "perhaps"}))
    assert isinstance(parked, Malformed)
    assert "drill is 'perhaps': it must be true or false" in parked.reason


def test_a_quote_never_closed_parks_what_it_swallowed_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    good = b"x,1,a,2026-05-01T08:00:00Z\r\n"
    swallowed = b'x,2,"open,2026-05-01T08:00:00Z\r\nx,3,b,2026-05-01T08:00:00Z'
    path.write_bytes(b"platform,native_id,text,created_at\r\n" + good + swallowed + b"\r\n")
    mention, parked = read(path)
    assert isinstance(mention, Mention)
    assert isinstance(parked, Malformed)
    assert (parked.position, parked.raw) == ("line 3", swallowed)


@pytest.mark.parametrize("cut", [1, 5, 25])
def test_a_truncated_gzip_of_csv_gives_no_half_row(tmp_path: Path, cut: int) -> None:
    """The text stands last here: a row that is cut in it would look whole."""
    path = tmp_path / "posts.csv.gz"
    rows = [b"x,%d,2026-05-01T08:00:00Z,the whole text of this row\n" % number for number in range(50)]
    body = b"platform,native_id,created_at,text\n" + b"".join(rows)
    # Stored rather than compressed, so that the cut is where the test wants it; 8 bytes are the trailer.
    path.write_bytes(gzip.compress(body, compresslevel=0)[: -8 - cut])
    *mentions, last = read(path)
    assert [m.text for m in mentions if isinstance(m, Mention)] == ["the whole text of this row"] * 49
    assert len(mentions) == 49
    assert isinstance(last, Malformed)
    assert last.raw == rows[-1][:-cut]


def test_what_cannot_be_read_after_it_was_opened_is_a_sentence() -> None:
    memory = Path("/proc/self/mem")
    if not memory.exists():
        pytest.skip("needs Linux's /proc")
    with pytest.raises(FileError, match="/proc/self/mem cannot be read: Input/output error"):
        read(memory)
