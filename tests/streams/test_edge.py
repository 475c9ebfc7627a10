"""The edge: pseudonyms, lateness, and the promise of a tick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Mention, Retraction
from streams.edge import Edge
from streams.pseudonym import Pseudonymiser, is_pseudonym

START = datetime(2026, 3, 1, tzinfo=UTC)
KEY = b"a key of sixteen bytes or more"


def mention(seconds: float, *, author: str | None = None, handle: str | None = None) -> Mention:
    at = START + timedelta(seconds=seconds)
    return Mention(
        platform="x",
        native_id=str(seconds),
        text="",
        created_at=at,
        observed_at=at,
        counted_at=at,
        author_id=author,
        author_handle=handle,
    )


def edge(lateness_s: int = 120) -> Edge:
    return Edge("test", Pseudonymiser(KEY), lateness_s)


def test_authors_leave_as_pseudonyms_that_meet_vip_lists() -> None:
    pseudonymiser = Pseudonymiser(KEY)
    by_id = edge().admit(mention(0, author="12345", handle="@Prefet"))
    by_handle = edge().admit(mention(0, handle="prefet"))
    assert isinstance(by_id, Mention)
    assert isinstance(by_handle, Mention)
    assert by_id.author_id == pseudonymiser.term("x:12345")
    assert by_id.author_handle == by_handle.author_id == pseudonymiser.term("x:@PREFET")
    assert is_pseudonym(by_id.author_id or "")
    assert edge().admit(by_id) == by_id
    other = Pseudonymiser(b"another key of sixteen bytes")
    assert other.term("x:12345") != pseudonymiser.term("x:12345")


def test_an_account_that_is_retracted_is_pseudonymised_alike() -> None:
    retraction = edge().admit(Retraction(platform="x", author_id="12345", observed_at=START))
    assert isinstance(retraction, Retraction)
    assert retraction.author_id == Pseudonymiser(KEY).term("x:12345")


def test_later_than_allowed_is_marked_late() -> None:
    way_in = edge(lateness_s=60)
    assert [way_in.admit(mention(at)).late for at in (100, 40, 39.9, 101, 41, 40)] == [  # type: ignore[union-attr]
        False,
        False,
        True,
        False,
        False,
        True,
    ]


@given(st.lists(st.integers(0, 2000), min_size=1), st.integers(0, 300))
def test_a_tick_is_never_broken_by_what_is_not_late(seconds: list[int], lateness_s: int) -> None:
    way_in = edge(lateness_s)
    promised = None
    in_time: list[datetime] = []
    for at in seconds:
        admitted = way_in.admit(mention(at))
        assert isinstance(admitted, Mention)
        if promised is not None and not admitted.late:
            assert admitted.counted_at >= promised
        if not admitted.late:
            in_time.append(admitted.counted_at)
        tick = way_in.tick()
        assert tick is not None
        promised = tick.at
        assert tick.begun_at == min(in_time)


def test_the_final_tick_covers_the_step_of_the_newest_mention() -> None:
    way_in = edge()
    assert way_in.tick() is None
    assert way_in.final_tick(300) is None
    way_in.admit(mention(301))
    final = way_in.final_tick(300)
    assert final is not None
    assert final.at == START + timedelta(seconds=600)
