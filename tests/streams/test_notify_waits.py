"""What one channel waits for holds up no other: the broker's word, or a mail server's.

More channels wait at once than `asyncio` has threads on any machine (32 at the most).
"""

# ruff: noqa: ARG002 - the signatures are the protocols'
from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from streams.background import LookUp, no_background
from streams.desk import Desk
from streams.notifiers.base import Background, Bar, Delivered, Digest, Message, Notifier, Outcome
from streams.notifiers.email import EmailNotifier, MailServer
from streams.notify import Switchboard
from streams.outbox import MemoryOutbox
from streams.outlet import Send
from streams.packing import Limits
from streams.records import Incident
from streams.topic_outbox import TopicOutbox
from tests.servers.smtp import SmtpServer
from tests.streams.notifiers.incidents import OPENED, PARIS, incident
from tests.streams.test_notify import CHANNELS, MAIL

CROWD = [f"room-{number}" for number in range(33)]
DESK = Desk(
    channels=CHANNELS.validate_python(dict.fromkeys([*CROWD, "duty"], MAIL)),
    routes={"many": tuple(CROWD), "one": ("duty",)},
    titles={},
    language="en",
    zone=PARIS,
)
MANY, ONE = (replace(incident(), id=f"{watch}-volume", watch=watch) for watch in ("many", "one"))


@dataclass
class Broker:
    """Acknowledges nothing until it is `back`."""

    back: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    acknowledged: list[Send] = field(default_factory=list)

    async def send(self, sends: Sequence[Send], *, stage: str) -> None:
        self.waiting += 1
        await self.back.wait()
        self.acknowledged += sends


class Taken:
    """A notifier that takes all it is given."""

    kind = "taken"

    async def deliver(self, message: Message | Digest) -> Outcome:
        return Delivered("ok")

    async def close(self) -> None:
        return None


def mailer(port: int, name: str = "duty") -> EmailNotifier:
    server = MailServer(
        host="127.0.0.1", port=port, security="none", sender="vigie@example.org", username=None,
        password=None, ca_file=None, timeout_s=60.0,
    )  # fmt: skip
    return EmailNotifier(name=name, server=server, to=("duty@example.org",))


async def one_while_many_wait(
    outbox: MemoryOutbox | TopicOutbox,
    notifiers: Mapping[str, Notifier],
    smtp: SmtpServer,
    *,
    waiting: Callable[[], bool],
    release: Callable[[], None],
    look_up: LookUp = no_background,
) -> None:
    """Tell the crowd, then, while all of it waits, the one; it has the mail before the crowd is released."""
    board = Switchboard(outbox, DESK, notifiers, clock=lambda: OPENED + timedelta(minutes=1), look_up=look_up)
    stop = asyncio.Event()
    running = asyncio.create_task(board.run(stop, poll_s=0.01))
    try:
        for state, done in ((MANY, waiting), (ONE, lambda: bool(smtp.box.mails))):
            outbox.offer([state])
            async with asyncio.timeout(20):
                # What is waited for happens in servers' threads.
                while not done():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    finally:
        release()
        stop.set()
        await running
        await board.close()


def test_a_broker_that_is_away_holds_up_neither_the_chart_nor_the_mail_of_another(tmp_path: Path) -> None:
    def look_up(told: Incident, with_text: bool) -> Background:
        return Background(bars=(Bar(at=OPENED, mentions=4_321),))

    async def told() -> Broker:
        broker = Broker()
        outbox = TopicOutbox(broker, Limits(100, 1_000_000))
        await one_while_many_wait(
            outbox,
            {**{name: Taken() for name in CROWD}, "duty": mailer(smtp.port)},
            smtp,
            waiting=lambda: broker.waiting == len(CROWD),
            release=broker.back.set,
            look_up=look_up,
        )
        return broker

    with SmtpServer(tmp_path, tls=False) as smtp:
        broker = asyncio.run(told())
    [mail] = smtp.box.mails
    page = mail.get_body(("html",))
    assert page is not None
    assert "4,321" in page.get_content()
    assert len(broker.acknowledged) == len(CROWD) + 1, "each is on record once the broker is back"


@contextmanager
def silence() -> Iterator[socket.socket]:
    """A mail server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


def test_mail_servers_that_say_nothing_hold_up_no_other(tmp_path: Path) -> None:
    with SmtpServer(tmp_path, tls=False) as smtp, silence() as silent:
        port = int(silent.getsockname()[1])
        callers: list[socket.socket] = []
        silent.setblocking(False)

        def all_called() -> bool:
            with suppress(BlockingIOError):
                callers.append(silent.accept()[0])
            return len(callers) == len(CROWD)

        def hang_up() -> None:
            silent.close()
            for caller in callers:
                caller.close()

        notifiers = {**{name: mailer(port, name) for name in CROWD}, "duty": mailer(smtp.port)}
        outbox = MemoryOutbox()
        asyncio.run(one_while_many_wait(outbox, notifiers, smtp, waiting=all_called, release=hang_up))
    assert [mail["To"] for mail in smtp.box.mails] == ["duty@example.org"]
    outcomes = {note.outcome for name in CROWD for note in outbox.notifications(name, MANY.id)}
    assert outcomes == {"retry"}
