"""One suite for every notifier: an incident's life arrives, and what goes wrong is told truly.

Each rig is a real local server, or what takes its place, and says what a person there would have seen.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from streams.notifiers.alertmanager import AlertmanagerNotifier
from streams.notifiers.base import Delivered, Digest, GiveUp, Kind, Notifier, Outcome, Retry
from streams.notifiers.chat import ChatNotifier
from streams.notifiers.email import EmailNotifier, MailServer
from streams.notifiers.log import ConsoleNotifier
from streams.notifiers.pagerduty import PagerDutyNotifier
from streams.notifiers.webhook import WebhookNotifier
from tests.servers.hook import HANG_UP, HookServer, Reply
from tests.servers.pagerduty import PagerDutyServer
from tests.servers.smtp import PASSWORD, USERNAME, SmtpServer
from tests.streams.notifiers.incidents import ID, OPENED, PARIS, background, incident, life, message

# Apprise imports every plugin at the first address, and one of them a module that Python retires.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

KEY = SecretStr("k" * 32)
TIMEOUT_S = 0.5


@dataclass
class Rig:
    """`arrived` is how many messages the other side took; `everything` all that it ever saw."""

    notifier: Notifier
    arrived: Callable[[], int]
    everything: Callable[[], str]
    http: HookServer | None = None
    takes_digests: bool = True
    leaks: tuple[str, ...] = ()


def http_rig(server: HookServer, notifier: Notifier, **changes: Any) -> Rig:
    def everything() -> str:
        return "".join(request.body.decode() for request in server.requests)

    return Rig(notifier, lambda: len(server.requests), everything, server, **changes)


@contextmanager
def console(_: Path) -> Iterator[Rig]:
    stream = io.StringIO()
    yield Rig(
        ConsoleNotifier(stream),
        lambda: sum(not line.startswith("  ") for line in stream.getvalue().splitlines()),
        stream.getvalue,
    )


@contextmanager
def webhook(_: Path) -> Iterator[Rig]:
    with HookServer() as server:
        yield http_rig(
            server, WebhookNotifier(url=server.url, secret=SecretStr("s3cret"), timeout_s=TIMEOUT_S)
        )


@contextmanager
def pagerduty(_: Path) -> Iterator[Rig]:
    with PagerDutyServer() as server:
        notifier = PagerDutyNotifier(url=server.url, routing_key=KEY, timeout_s=TIMEOUT_S)
        rig = http_rig(server, notifier, takes_digests=False)
        rig.arrived = lambda: len(server.events)
        yield rig


@contextmanager
def alertmanager(_: Path) -> Iterator[Rig]:
    with HookServer() as server:
        notifier = AlertmanagerNotifier(
            url=server.url, labels={}, resend_every=timedelta(minutes=2), timeout_s=TIMEOUT_S
        )
        yield http_rig(server, notifier, takes_digests=False)


@contextmanager
def chat(_: Path) -> Iterator[Rig]:
    with HookServer() as server:
        url = SecretStr(server.url.replace("http://", "json://"))
        yield http_rig(server, ChatNotifier(name="chat", url=url, timeout_s=2.0))


@contextmanager
def email(folder: Path) -> Iterator[Rig]:
    with SmtpServer(folder) as server:
        mail_server = MailServer(
            host="127.0.0.1",
            port=server.port,
            security="starttls",
            sender=USERNAME,
            username=USERNAME,
            password=SecretStr(PASSWORD),
            ca_file=str(server.ca_file),
            timeout_s=5.0,
        )
        yield Rig(
            EmailNotifier(name="duty", server=mail_server, to=("duty@example.org",)),
            lambda: len(server.box.mails),
            lambda: "".join(_whole(mail) for mail in server.box.mails),
        )


def _whole(mail: Any) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in mail.items())
    return headers + "".join(part.get_content() for part in mail.walk() if not part.is_multipart())


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    "console": console,
    "webhook": webhook,
    "pagerduty": pagerduty,
    "alertmanager": alertmanager,
    "chat": chat,
    "email": email,
}
OVER_HTTP = ["webhook", "pagerduty", "alertmanager"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as entered:
        yield entered


def deliver(rig: Rig, *messages: Any) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        try:
            return [await rig.notifier.deliver(each) for each in messages]
        finally:
            await rig.notifier.close()

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("name", RIGS)
def test_the_life_of_an_incident_arrives(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    outcomes = deliver(rig, *(message(state, first=state.revision == 1) for state in life()))
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 3, outcomes
    assert rig.arrived() == 3


@pytest.mark.parametrize("name", RIGS)
def test_a_test_is_marked_and_arrives(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    [outcome] = deliver(rig, message(incident(severity="info"), kind=Kind.TEST, language="fr"))
    assert isinstance(outcome, Delivered)
    assert "[ESSAI]" in rig.everything() or '"test"' in rig.everything()


@pytest.mark.parametrize("name", RIGS)
def test_a_digest_is_one_message_or_refused(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    digest = Digest(
        key="duty-digest-20260311T0600Z",
        channel="duty",
        language="en",
        zone=PARIS,
        at=OPENED,
        since_at=OPENED - timedelta(hours=9),
        messages=(message(), message(incident("resolved", 3, id="other"), title="Hôpital Nord")),
    )
    [outcome] = deliver(rig, digest)
    if rig.takes_digests:
        assert isinstance(outcome, Delivered)
        assert rig.arrived() == 1
        seen = rig.everything()
        assert "Hôpital Nord" in seen or "H\\u00f4pital Nord" in seen
    else:
        assert isinstance(outcome, GiveUp)
        assert rig.arrived() == 0


SAID = "Le barrage va céder <b>cette nuit</b>"


@pytest.mark.parametrize("name", RIGS)
def test_no_post_is_quoted_where_nobody_asked(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    deliver(rig, message())
    assert "barrage" not in rig.everything()


@pytest.mark.parametrize("name", ["email", "webhook", "chat"])
def test_a_post_is_quoted_where_the_channel_asks(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    deliver(rig, message(background=background(text=SAID)))
    assert "barrage va c" in rig.everything()


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize(
    ("reply", "kind", "after_s"),
    [
        (Reply(500), Retry, None),
        (Reply(503, headers={"Retry-After": "7"}), Retry, 7.0),
        (Reply(429, headers={"Retry-After": "30"}), Retry, 30.0),
        (Reply(429), Retry, None),
        (Reply(408), Retry, None),
        (HANG_UP, Retry, None),
        (Reply(400, b"bad"), GiveUp, None),
        (Reply(401), GiveUp, None),
        (Reply(404), GiveUp, None),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/"}), GiveUp, None),
    ],
)
def test_an_answer_says_whether_a_retry_can_help(
    name: str, reply: Reply, kind: type[Outcome], after_s: float | None, stack: ExitStack, folder: Path
) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    assert rig.http is not None
    rig.http.script.append(reply)
    [outcome, again] = deliver(rig, message(), message())
    assert isinstance(outcome, kind), outcome
    if isinstance(outcome, Retry):
        assert outcome.after_s == after_s
    assert isinstance(again, Delivered), "the next one has a fresh chance"


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_slow_server_is_not_waited_for(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    release = threading.Event()
    assert rig.http is not None
    rig.http.script.append(Reply(200, hold=release))
    try:
        [outcome] = deliver(rig, message())
    finally:
        release.set()
    assert outcome == Retry(f"no answer within {TIMEOUT_S:g} s")


@pytest.mark.parametrize("name", [*OVER_HTTP, "chat", "email"])
def test_a_refused_connection_may_be_tried_again(name: str, folder: Path) -> None:
    with RIGS[name](folder) as rig:
        pass
    [outcome] = deliver(rig, message())
    assert isinstance(outcome, Retry), outcome


@pytest.mark.parametrize("name", RIGS)
def test_what_is_hostile_does_no_harm(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    hostile = "x\r\nBcc: spy@example.org\x1b[2J\u202e<script>alert(1)</script>"
    evidence = replace(incident().evidence, urgent=(hostile,), platforms=((hostile, 3),))
    told = message(
        incident(evidence=evidence),
        title=hostile,
        background=background(text=hostile, url="javascript:alert(1)"),
    )
    [outcome] = deliver(rig, told)
    assert isinstance(outcome, Delivered)
    seen = rig.everything()
    assert not set(seen) & {"\x1b", "\u202e"}
    assert "\nBcc" not in seen
    assert 'href="javascript' not in seen


@pytest.mark.parametrize("name", ["webhook", "pagerduty", "alertmanager", "email"])
def test_a_repeat_carries_the_same_key(name: str, stack: ExitStack, folder: Path) -> None:
    rig = stack.enter_context(RIGS[name](folder))
    deliver(rig, message(), message())
    assert rig.arrived() == 2
    if rig.http is None:
        keys = {line for line in rig.everything().splitlines() if line.startswith("Message-ID: ")}
        assert len(keys) == 1
    else:
        assert all(ID.encode() in request.body for request in rig.http.requests)
