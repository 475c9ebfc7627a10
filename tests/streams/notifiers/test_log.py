from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import pytest

from streams.notifiers.base import Delivered, Digest, Retry
from streams.notifiers.log import ConsoleNotifier
from tests.streams.notifiers.incidents import ID, OPENED, PARIS, message


def test_a_line_an_event() -> None:
    stream = io.StringIO()
    asyncio.run(ConsoleNotifier(stream).deliver(message()))
    assert stream.getvalue() == (
        "2026-03-10 14:05 [CRITICAL] Crue de l’Hérault: 2,140 mentions in 1 h (usual: 190) | "
        f"{message().sentence} | {ID}\n"
    )


def test_a_digest_is_indented_below_its_heading() -> None:
    stream = io.StringIO()
    digest = Digest(
        key="k", channel="c", language="en", zone=PARIS, at=OPENED, since_at=OPENED - timedelta(hours=1),
        messages=(message(),),
    )  # fmt: skip
    asyncio.run(ConsoleNotifier(stream).deliver(digest))
    first, second = stream.getvalue().splitlines()
    assert "1 incident held back during the quiet hours" in first
    assert second.startswith("  2026-03-10 14:05 [CRITICAL]")


def test_without_a_stream_of_its_own_it_writes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(ConsoleNotifier().deliver(message())) == Delivered("written")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ID in captured.err


def test_a_console_that_is_closed_may_open_again() -> None:
    stream = io.StringIO()
    stream.close()
    assert isinstance(asyncio.run(ConsoleNotifier(stream).deliver(message())), Retry)
