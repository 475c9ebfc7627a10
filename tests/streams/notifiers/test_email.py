"""Mail over a real local SMTP server with STARTTLS and a login."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from models.severity import judge
from streams.errors import UsageError
from streams.incidents.words import Tongue
from streams.notifiers.base import Delivered, Digest, GiveUp, Message, Outcome, Retry
from streams.notifiers.config import EmailChannel
from streams.notifiers.email import EmailNotifier, MailServer, compose
from streams.notifiers.mail_page import chart, digest_page, page
from streams.notifiers.mail_text import sparkline, text
from streams.notifiers.mail_words import MAIL_WORDS
from streams.records import Signal
from tests.servers.smtp import PASSWORD, USERNAME, SmtpServer
from tests.streams.crisis import HOSTILE
from tests.streams.notifiers.incidents import (
    EVIDENCE,
    OPENED,
    PARIS,
    background,
    incident,
    life,
    message,
)

ONE, TWO, THREE = "one@example.org", "two@example.org", "three@example.org"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def server(folder: Path) -> Iterator[SmtpServer]:
    with SmtpServer(folder) as running:
        yield running


def at(server: SmtpServer, **changes: Any) -> MailServer:
    found = MailServer(
        host="127.0.0.1",
        port=server.port,
        security="starttls",
        sender=USERNAME,
        username=USERNAME,
        password=SecretStr(PASSWORD),
        ca_file=str(server.ca_file),
        timeout_s=5.0,
    )
    return replace(found, **changes)


def notifier(server: SmtpServer, *to: str, **changes: Any) -> EmailNotifier:
    return EmailNotifier(name="duty", server=at(server, **changes), to=to or (ONE,))


def send(sender: EmailNotifier, *messages: Message | Digest) -> list[Outcome]:
    async def each() -> list[Outcome]:
        return [await sender.deliver(one) for one in messages]

    return asyncio.run(each())


def test_it_goes_encrypted_and_logged_in(server: SmtpServer) -> None:
    assert send(notifier(server, ONE, TWO), message()) == [Delivered("250 accepted for 2")]
    assert server.box.encrypted == [True]
    assert server.box.users == [USERNAME]
    assert server.box.recipients == [[ONE, TWO]]


def test_an_incident_is_one_thread(server: SmtpServer) -> None:
    opened, updated, resolved = life()
    send(
        notifier(server),
        message(opened),
        message(updated, first=False),
        message(resolved, first=False),
    )
    first, second, third = server.box.mails
    root = first["Message-ID"]
    assert first["In-Reply-To"] is None
    assert [second["References"], third["References"]] == [root, root]
    assert [second["In-Reply-To"], third["In-Reply-To"]] == [root, root]
    assert len({mail["Message-ID"] for mail in server.box.mails}) == 3
    assert len({mail["Thread-Topic"] for mail in server.box.mails}) == 1
    assert [mail["Auto-Submitted"] for mail in server.box.mails] == ["auto-generated"] * 3


def test_the_headers_of_a_critical_one(server: SmtpServer) -> None:
    send(notifier(server), message(language="fr"))
    [mail] = server.box.mails
    assert mail["Subject"] == (
        "[CRITIQUE] Crue de l’Hérault\u00a0: 2\u202f140 mentions en 1\u00a0h (habituel\u00a0: 190)"
    )
    assert mail["Importance"] == "high"
    assert mail["From"] == f"Vigie <{USERNAME}>"
    assert mail.get_body(("plain",)) is not None
    assert mail.get_body(("html",)) is not None


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=60))
@example("Crue de l'Hérault")
@example("Barrage de la Salvane\u00a0: désinformation")
def test_no_letter_and_no_space_of_a_subject_is_lost_on_the_way(title: str) -> None:
    told = message(language="fr", title=title)
    mail = compose(told, sender="a@example.org", to=("b@example.org",), date=told.at)
    raw = mail.as_bytes()
    assert message_from_bytes(raw, policy=default)["Subject"] == told.subject
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


def test_two_channels_have_two_threads() -> None:
    ids = {
        str(compose(message(channel=name), sender="v@example.org", to=[ONE], date=OPENED)["Message-ID"])
        for name in ("duty", "press")
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 4.3.0 try later", Retry("451 4.3.0 try later")),
        ("452 4.3.1 full", Retry("452 4.3.1 full")),
        ("554 5.7.1 spam", GiveUp("554 5.7.1 spam")),
        ("552 5.3.4 too big", GiveUp("552 5.3.4 too big")),
    ],
)
def test_4yz_may_be_tried_again_and_5yz_never(server: SmtpServer, answer: str, outcome: Outcome) -> None:
    server.box.on_data = deque([answer])
    first, again = send(notifier(server), message(), message())
    assert first == outcome
    assert isinstance(again, Delivered)


def test_a_server_that_takes_leave_badly_has_the_mail_all_the_same(server: SmtpServer) -> None:
    server.box.on_quit = "451 out of sorts"
    assert send(notifier(server), message()) == [Delivered("250 accepted for 1")]
    assert len(server.box.mails) == 1


def test_who_has_the_mail_does_not_get_it_twice(server: SmtpServer) -> None:
    server.box.refuse = {TWO: deque(["450 4.2.1 greylisted"])}
    first, again = send(notifier(server, ONE, TWO), message(), message())
    assert first == Retry("1 of 2 refused for now: 450 4.2.1 greylisted")
    assert again == Delivered("250 accepted for 2")
    assert server.box.recipients == [[ONE], [TWO]]


def test_who_is_refused_for_good_is_named(server: SmtpServer) -> None:
    server.box.refuse = {TWO: deque(["550 5.1.1 no such user"]), THREE: deque(["450 4.2.1 later"])}
    first, again = send(notifier(server, ONE, TWO, THREE), message(), message())
    assert isinstance(first, Retry)
    assert again == Delivered(f"accepted, but refused for good: {TWO}: 550 5.1.1 no such user")
    assert server.box.recipients == [[ONE], [THREE]]


def test_when_all_are_refused_nobody_was_told(server: SmtpServer) -> None:
    server.box.refuse = {ONE: deque(["550 5.1.1 no such user"])}
    assert send(notifier(server), message()) == [
        GiveUp(f"every recipient refused: {ONE}: 550 5.1.1 no such user")
    ]


def test_a_wrong_password_is_not_tried_for_ever(server: SmtpServer) -> None:
    [outcome] = send(notifier(server, password=SecretStr("wrong")), message())
    assert isinstance(outcome, GiveUp)
    assert "535" in outcome.reason
    assert "wrong" not in outcome.reason


def test_a_certificate_that_is_not_trusted_gets_no_password(server: SmtpServer) -> None:
    [outcome] = send(notifier(server, ca_file=None), message())
    assert isinstance(outcome, Retry)
    assert "certificate is not trusted" in outcome.reason
    assert server.box.users == []


def test_a_server_without_starttls_is_given_nothing(folder: Path) -> None:
    with SmtpServer(folder, tls=False) as bare:
        [outcome] = send(notifier(bare, ca_file=None), message())
        assert outcome == GiveUp("the mail server cannot do it: STARTTLS extension not supported by server.")
        assert bare.box.mails == []
        [outcome] = send(
            notifier(bare, ca_file=None, security="none", username=None, password=None), message()
        )
        assert isinstance(outcome, Delivered)
        assert bare.box.encrypted == [False]


MAIL = {"type": "email", "to": ["duty@example.org"]}


def settle(channel: dict[str, Any], environ: dict[str, str], password: str | None = None) -> MailServer:
    secret = None if password is None else SecretStr(password)
    return MailServer.of("duty", EmailChannel.model_validate({**MAIL, **channel}), environ, secret)


def test_where_the_mail_server_stands() -> None:
    environ = {
        "VIGIE_SMTP_HOST": "mail.example.org",
        "VIGIE_SMTP_PORT": "2525",
        "VIGIE_SMTP_USERNAME": "u",
        "VIGIE_SMTP_PASSWORD": "p",
        "VIGIE_SMTP_FROM": "vigie@example.org",
    }
    found = settle({}, environ)
    assert (found.host, found.port, found.username, found.sender) == (
        "mail.example.org", 2525, "u", "vigie@example.org",
    )  # fmt: skip
    found = settle({"host": "127.0.0.1", "port": 1025, "from": "own@example.org"}, environ)
    assert (found.host, found.port, found.sender) == ("127.0.0.1", 1025, "own@example.org")
    assert settle({"host": "h"}, {}).port == 587
    assert settle({"host": "h", "security": "tls"}, {}).port == 465
    assert settle({"host": "h"}, {}).sender == "vigie@example.org"


@pytest.mark.parametrize(
    ("channel", "environ", "password", "said"),
    [
        ({}, {}, None, "channels.duty: no mail server: write host: NAME, or set VIGIE_SMTP_HOST"),
        ({"host": "h", "username": "u"}, {}, None, "password_env or password_file is missing"),
        ({"host": "h"}, {}, "p", "a login needs both: username is missing"),
        ({"host": "h", "security": "none", "username": "u"}, {}, "p", "would travel in the clear"),
        ({"host": "h", "ca_file": "/nowhere.pem"}, {}, None, "there is no file /nowhere.pem"),
        ({"host": "h"}, {"VIGIE_SMTP_PORT": "mail"}, None, "VIGIE_SMTP_PORT is no port"),
    ],
)
def test_what_is_missing_is_said(
    channel: dict[str, Any], environ: dict[str, str], password: str | None, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        settle(channel, environ, password)
    assert said in str(caught.value)


class Page(HTMLParser):
    """Every opened tag must be closed, and nothing in it may load or run."""

    VOID = frozenset({"meta", "br", "!doctype"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_whole_and_loads_nothing(language: Tongue) -> None:
    shown = Page(page(message(language=language, background=background(text="<script>x()</script>"))))
    assert not set(shown.tags) & {"script", "img", "link", "iframe", "style", "form"}
    assert "<script>x()</script>" in shown.words
    links = [value for name, value in shown.attributes if name in {"href", "src", "background"}]
    assert links == ["https://example.org/p/1", message().link]
    assert message(language=language).sentence in shown.words


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_hostile_post_changes_nothing_but_its_own_text(language: Tongue) -> None:
    """Markup, control and bidirectional characters, a word of 100,000 letters."""
    harmless = message(language=language, background=background(text="harmless"))
    hostile = message(language=language, background=background(text=HOSTILE))
    shown, plain_page = Page(page(hostile)), Page(page(harmless))
    assert (shown.tags, shown.attributes) == (plain_page.tags, plain_page.attributes)
    written = text(hostile)
    for said in (page(hostile), written):
        assert not set(said) & set("\x1b\x00\u202e\u202c\u2066\u2069")
        assert len(said) < 40_000
    assert "<script>document.title" in shown.words
    before, after = text(harmless).split("harmless")
    assert written.startswith(before)
    assert written.endswith(after)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_text_and_page_say_the_same(language: Tongue) -> None:
    told = message(language=language)
    written, shown = text(told), Page(page(told)).words
    for word in (told.sentence, told.title, "512", "256", "bluesky", "https://example.org/p/1", "13:10"):
        assert word in written, word
        assert word in shown, word


def test_the_chart_has_a_column_an_hour_in_proportion() -> None:
    html = chart(message())
    assert html.count("<td valign") == 24
    assert "height:64px" in html, "the highest fills the chart, but for the line that marks the usual"
    assert "highest 2,140" in html
    line = sparkline(message())
    assert len(line) == 24
    assert line.endswith("█")


def test_without_bars_there_is_no_chart() -> None:
    bare = message(background=replace(background(), bars=()))
    assert chart(bare) == ""
    assert sparkline(bare) == ""
    zero = tuple(replace(bar, mentions=0, expected=None) for bar in background().bars)
    assert chart(message(background=replace(background(), bars=zero))) == ""


def test_a_share_is_shown_as_one() -> None:
    led = replace(EVIDENCE, leading=Signal.MISINFORMATION)
    told = message(
        incident(signal=Signal.MISINFORMATION, observed=0.31, expected=0.04, limit=0.12, evidence=led)
    )
    assert "- Mentions: 2,140\n" in text(told)
    assert "- Mentions:" not in text(message())
    assert "Observed (1 hour): 31%\nUsual: 4%\nLimit: 12%" in text(told)
    assert told.subject == (
        "[CRITICAL] Crue de l’Hérault: possible misinformation: 31% of 2,140 mentions in 1 h (usual: 4%)"
    )


def test_what_is_over_is_not_taken_apart() -> None:
    over = message(incident("resolved", 3, at=OPENED + timedelta(hours=2)))
    assert "What it is made of" not in text(over)
    assert "Posts to look at first" not in page(over)
    assert "Until: 2026-03-10 16:05" in text(over)


@pytest.mark.parametrize(
    ("language", "since", "subject"),
    [
        ("en", "2026-03-10 05:05", "[WARNING] 2 incidents held back during the quiet hours: Crue, Hôpital"),
        (
            "fr",
            "le 10/03/2026 05:05",
            "[ALERTE] 2 incidents retenus pendant les heures calmes\u00a0: Crue, Hôpital",
        ),
    ],
)
def test_a_digest_lists_each_incident(language: Tongue, since: str, subject: str) -> None:
    first = message(incident(severity="warning"), language=language, title="Crue")
    other = message(incident("resolved", 3, severity="warning", id="b"), language=language, title="Hôpital")
    digest = Digest(
        key="duty-digest-1",
        channel="duty",
        language=language,
        zone=PARIS,
        at=OPENED,
        since_at=OPENED - timedelta(hours=9),
        messages=(first, other),
    )
    mail = compose(digest, sender="v@example.org", to=[ONE], date=OPENED)
    assert str(mail["Subject"]) == subject
    words = Page(digest_page(digest)).words
    for each in digest.messages:
        assert each.sentence in words
        assert each.sentence in str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert since in words


def test_every_reason_for_a_severity_has_words_in_both_languages() -> None:
    given = set(re.findall(r'points\.append\(\("([a-z-]+)"', inspect.getsource(judge)))
    assert "few-accounts" in given
    for tongue in get_args(Tongue):
        assert set(MAIL_WORDS[tongue].reasons) == given
