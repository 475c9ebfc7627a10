"""The codec: what is written is read back the same, and what is no record is said to be none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Engagement, Gap, Malformed, Mention, Retraction, Tick
from connectors.mention_line import LineError
from streams.codec import Record, decode, decode_lines, encode
from streams.records import DeadLetter, Decision, DetectorState, Enriched, Reason, Signal, Tally, WatchHit

NOW = datetime(2026, 6, 1, tzinfo=UTC)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: bool(name.strip())
)
moments = st.integers(0, 800_000_000_000).map(
    lambda ms: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
counts = st.none() | st.integers(0, 2**53)

mentions = st.builds(
    Mention,
    platform=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    native_id=names,
    text=words,
    created_at=moments,
    observed_at=moments,
    counted_at=moments,
    kind=st.sampled_from(["post", "repost", "reply", "quote", "comment", "article"]),
    lang=st.none() | st.sampled_from(["fr", "en", "gsw"]),
    url=st.none() | names,
    author_id=st.none() | names,
    author_followers=counts,
    author_verified=st.none() | st.booleans(),
    engagement=st.none() | st.builds(Engagement, likes=counts, reposts=counts, replies=counts),
    edited_at=st.none() | moments,
    media=st.lists(words, max_size=3).map(tuple),
    late=st.booleans(),
    drill=st.booleans(),
)
enriched = st.builds(
    Enriched,
    mention=mentions,
    lang=st.just("fr"),
    sentiment=st.none() | st.sampled_from(["negative", "neutral", "positive"]),
    sentiment_score=st.floats(-1, 1),
    sentiment_unsure=st.booleans(),
    misinformation=st.booleans(),
    misinformation_score=st.floats(0, 1),
    misinformation_reasons=st.lists(st.builds(Reason, kind=st.just("phrase"), value=words), max_size=2).map(
        tuple
    ),
    signature=st.lists(st.integers(0, 2**32 - 1), max_size=8).map(tuple),
    narrative=names,
    hashtags=st.lists(words, max_size=2).map(tuple),
    domains=st.just(()),
    hits=st.lists(
        st.builds(WatchHit, watch=names, urgent=st.lists(words, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    models=words,
)
records = st.one_of(
    mentions,
    enriched,
    st.builds(Retraction, platform=st.just("x"), observed_at=moments, native_id=names),
    st.builds(Gap, connector=names, platform=names, from_at=moments, until_at=moments, reason=words),
    st.builds(
        Tick, source=names, at=moments, begun_at=moments, part=st.integers(0, 9), parts=st.integers(1, 9)
    ),
    st.builds(DeadLetter, at=moments, origin=words, position=words, reason=words, raw=st.binary(max_size=50)),
    st.builds(Decision, watch=names, signal=st.sampled_from(Signal), at=moments, verdict=words, reason=words),
    st.builds(
        DetectorState,
        watch=names,
        decided_until=moments,
        state=st.dictionaries(words, st.floats(allow_nan=False, allow_infinity=False)),
    ),
)


@given(records)
def test_what_is_written_is_read_back(record: Record) -> None:
    line = encode(record)
    assert b"\n" not in line
    assert decode(line, now=NOW) == record
    assert encode(decode(line, now=NOW)) == line


def test_a_tally_keeps_its_columns() -> None:
    tally = Tally(
        watch="w",
        ids=("x:1",),
        counted_ms=(1,),
        versions_ms=(0,),
        flags=(3,),
        authors=(2**63 - 1,),
        langs=("fr",),
        signatures=((1, 2**32 - 1),),
        urgent=(("au feu",),),
    )
    assert decode(encode(tally), now=NOW) == tally


def test_poison_among_lines_is_told_apart() -> None:
    gap = Gap(connector="c", platform="x", from_at=NOW, until_at=NOW, reason="r")
    value = encode(gap) + b"\n" + encode(gap) + b'\n\n{"type":"gap"}\n\xff\n'
    found = list(decode_lines(value, now=NOW))
    assert found[:2] == [gap, gap]
    assert [(item.position, item.raw) for item in found[2:] if isinstance(item, Malformed)] == [
        ("line 4", b'{"type":"gap"}'),
        ("line 5", b"\xff"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"from_at": "2026-01-01T00:00:00"}, "has no time zone"),
        ({"from_at": 5}, "from_at"),
        ({"reason": 5}, "reason"),
        ({"connector": None}, "connector"),
    ],
)
def test_a_record_of_the_wrong_shape_is_none(changes: dict[str, Any], said: str) -> None:
    gap = Gap(connector="c", platform="x", from_at=NOW, until_at=NOW, reason="r")
    with pytest.raises(LineError, match=said):
        decode(orjson.dumps({**orjson.loads(encode(gap)), **changes}), now=NOW)


@given(st.binary(max_size=200) | words.map(str.encode))
def test_any_bytes_give_a_record_or_the_documented_error(line: bytes) -> None:
    try:
        record = decode(line, now=NOW)
    except LineError:
        return
    assert encode(record)


@pytest.mark.parametrize(
    "body",
    [
        '"source":"s","at":"2026-01-01T00:00:00Z","begun_at":"2026-01-01T00:00:00Z","part":NaN}',
        '"source":"s","at":"2026-01-01T00:00:00Z","begun_at":"2026-01-01T00:00:00Z","parts":Infinity}',
        '"source":"s","at":"2026-01-01T00:00:00Z"',
        '"source":"s","at":"2026-01-01T00:00:00"}',
        '"source":"s","at":1e400}',
    ],
)
def test_a_line_is_refused_alike_whatever_it_begins_with(body: str) -> None:
    """Our own lines are read without a first look at their type."""
    said = []
    for head in ('{"type":"tick",', '{ "type": "tick",'):
        with pytest.raises(LineError) as refused:
            decode((head + body).encode(), now=NOW)
        said.append(str(refused.value).partition(" at ")[0].partition(": line")[0])
    assert said[0].partition("column")[0] == said[1].partition("column")[0]
