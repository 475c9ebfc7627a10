"""E-mail over SMTP: one thread an incident, text and HTML, STARTTLS and authentication.

RFC 5321 (a 4yz answer may be tried again, a 5yz never), RFC 3834 (Auto-Submitted), RFC 5322 (threads).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Self

from pydantic import SecretStr

from streams.errors import UsageError
from streams.notifiers.base import (
    Clock,
    Delivered,
    Digest,
    GiveUp,
    Kind,
    Message,
    Outcome,
    Retry,
    detail,
    utc_now,
)
from streams.notifiers.config import EmailChannel
from streams.notifiers.mail_page import digest_page, page
from streams.notifiers.mail_text import digest_text, text
from streams.plain import plain

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_REMEMBERED: Final = 1_000


class _Spaces(EmailPolicy):
    """Keeps every space of a subject: the library's own folding loses some between encoded words.

    CPython gh-92081, before 3.12.4: "2 140 mentions en 1 h" arrived as "2 140 mentionsen 1 h".
    """

    def fold(self, name: str, value: str) -> str:
        if str(value).isascii() or name.lower() not in {"subject", "thread-topic"}:
            return str(super().fold(name, value))
        words = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {words}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        if str(value).isascii() or name.lower() not in {"subject", "thread-topic"}:
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


SMTP: Final = _Spaces(linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: str
    sender: str
    username: str | None
    password: SecretStr | None
    ca_file: str | None
    timeout_s: float

    @classmethod
    def of(
        cls, name: str, channel: EmailChannel, environ: Mapping[str, str], password: SecretStr | None
    ) -> Self:
        """The channel's own words first, then `VIGIE_SMTP_HOST`, `_PORT`, `_USERNAME`, `_PASSWORD`, `_FROM`.

        Raises:
            UsageError: no host anywhere, half a login, or a password that would travel in the clear.
        """
        where = f"channels.{name}"
        host = channel.host or environ.get("VIGIE_SMTP_HOST") or ""
        if not host:
            raise UsageError(f"{where}: no mail server: write host: NAME, or set VIGIE_SMTP_HOST")
        port_text = environ.get("VIGIE_SMTP_PORT", "")
        if channel.port is None and port_text and not (port_text.isdecimal() and 0 < int(port_text) < 65_536):
            raise UsageError("VIGIE_SMTP_PORT is no port: it must be from 1 to 65535")
        port = channel.port or int(port_text or 0) or _PORTS[channel.security]
        username = channel.username or environ.get("VIGIE_SMTP_USERNAME") or None
        if password is None and (from_environ := environ.get("VIGIE_SMTP_PASSWORD")):
            password = SecretStr(from_environ)
        if (username is None) != (password is None):
            lacks = "username" if username is None else "password_env or password_file"
            raise UsageError(f"{where}: a login needs both: {lacks} is missing")
        if password is not None and channel.security == "none" and not _loopback(host):
            raise UsageError(f"{where}: with security: none the password would travel in the clear")
        if channel.ca_file is not None and not Path(channel.ca_file).is_file():
            raise UsageError(f"{where}.ca_file: there is no file {channel.ca_file}")
        domain = channel.to[0].rpartition("@")[2]
        sender = channel.sender or environ.get("VIGIE_SMTP_FROM") or ""
        sender = sender or (username if username and "@" in username else f"vigie@{domain}")
        return cls(
            host=host,
            port=port,
            security=channel.security,
            sender=sender,
            username=username,
            password=password,
            ca_file=channel.ca_file,
            timeout_s=channel.timeout.total_seconds(),
        )


class EmailNotifier:
    """One mail to all recipients of the channel.

    Recipients who were refused for now are tried again alone: those who have the mail do not get it
    twice. That is remembered in this process only.
    """

    kind = "email"

    def __init__(self, *, name: str, server: MailServer, to: Sequence[str], clock: Clock = utc_now) -> None:
        self._name = name
        self._server = server
        self._to = tuple(to)
        self._clock = clock
        self._settled: dict[str, dict[str, str]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"email-{name}")

    async def deliver(self, message: Message | Digest) -> Outcome:
        mail = compose(message, sender=self._server.sender, to=self._to, date=self._clock())
        # smtplib blocks, and every one of its steps has the channel's time limit; a server that drags them
        # out holds up this channel alone.
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hand_over, mail)

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _hand_over(self, mail: EmailMessage) -> Outcome:
        identity = str(mail["Message-ID"])
        settled = self._settled.setdefault(identity, {})
        while len(self._settled) > _REMEMBERED:
            del self._settled[next(iter(self._settled))]
        left = [address for address in self._to if address not in settled]
        try:
            refused = _send(self._server, mail, left)
        except smtplib.SMTPResponseException as error:
            return _answer(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            return GiveUp(detail(f"the mail server cannot do it: {error}"))
        except ssl.SSLCertVerificationError as error:
            # An expired certificate is renewed, a wrong ca_file mended: worth trying until the deadline.
            return Retry(detail(f"the mail server's certificate is not trusted: {error.verify_message}"))
        except (smtplib.SMTPException, OSError) as error:
            return Retry(detail(f"{type(error).__name__}: {error}"))
        later = {address: said for address, said in refused.items() if 400 <= said[0] < 500}
        for address in left:
            if address not in later:
                code, said = refused.get(address, (250, b""))
                settled[address] = "" if code == 250 else f"{address}: {code} {_decoded(said)}"
        if later:
            code, said = next(iter(later.values()))
            return Retry(detail(f"{len(later)} of {len(self._to)} refused for now: {code} {_decoded(said)}"))
        del self._settled[identity]
        problems = [problem for problem in settled.values() if problem]
        if len(problems) == len(self._to):
            return GiveUp(detail(f"every recipient refused: {'; '.join(problems)}"))
        if problems:
            return Delivered(detail(f"accepted, but refused for good: {'; '.join(problems)}"))
        return Delivered(f"250 accepted for {len(self._to)}")


def _send(server: MailServer, mail: EmailMessage, to: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """Hand over the mail; returns who was refused and how. Raises what smtplib, ssl and the socket raise."""
    context = ssl.create_default_context(cafile=server.ca_file)
    name = _own_name()
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=server.timeout_s, context=context
        )
    else:
        client = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=server.timeout_s)
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        if server.username is not None and server.password is not None:
            client.login(server.username, server.password.get_secret_value())
        try:
            return client.send_message(mail, from_addr=server.sender, to_addrs=list(to))
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients
    finally:
        # However the server takes leave, the mail is where it is: a fault here is no reason to repeat it.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def _answer(code: int, said: bytes | str) -> Outcome:
    said = detail(f"{code} {_decoded(said)}")
    return GiveUp(said) if code >= 500 else Retry(said)


def _decoded(said: bytes | str) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")


def _loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


def _own_name() -> str:
    """For EHLO. Not `getfqdn`, which asks a name server and may take half a minute."""
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"


def compose(message: Message | Digest, *, sender: str, to: Sequence[str], date: datetime) -> EmailMessage:
    """The mail. The same message gives the same Message-ID, so that a repeat can be recognised.

    The first mail of an incident is the root of its thread; later ones refer to it. Where the first
    one was held back, mail programs still gather those that name the same root.
    """
    mail = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2]
    mail["From"] = f"Vigie <{sender}>"
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(date)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if isinstance(message, Digest):
        mail["Subject"] = message.subject
        mail["Message-ID"] = _message_id(message.key, message.channel, "digest", domain)
        mail.set_content(digest_text(message))
        mail.add_alternative(digest_page(message), subtype="html")
        return mail
    incident = message.incident
    root = _message_id(message.key, message.channel, "root", domain)
    mail["Subject"] = message.subject
    if message.first:
        mail["Message-ID"] = root
    else:
        mail["Message-ID"] = _message_id(message.key, message.channel, str(incident.revision), domain)
        mail["In-Reply-To"] = root
        mail["References"] = root
    # Outlook threads by the topic, whatever the subject says of severity and state.
    mail["Thread-Topic"] = plain(f"{message.title} ({incident.id})", 200)
    if incident.severity == "critical" and message.kind is not Kind.TEST:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail["X-Vigie-Incident"] = message.key
    mail.set_content(text(message))
    mail.add_alternative(page(message), subtype="html")
    return mail


def _message_id(key: str, channel: str, part: str, domain: str) -> str:
    digest = hashlib.sha256(f"{key}\0{channel}\0{part}".encode()).hexdigest()[:32]
    return f"<vigie.{digest}@{domain}>"
