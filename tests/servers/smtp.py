"""A local SMTP server with STARTTLS and authentication, which answers as it is told and keeps the mail."""

# ruff: noqa: ARG002 - the signatures are aiosmtpd's
from __future__ import annotations

import socket
import ssl
import subprocess
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USERNAME = "vigie@example.org"
PASSWORD = "correct-horse-battery"


def certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) for 127.0.0.1, self-signed, made with openssl."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout", str(key), "-out", str(cert),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key


@dataclass
class Mailbox:
    """`on_data` holds the answers to the next mails, `refuse` those to a recipient, taken one by one."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    on_data: deque[str] = field(default_factory=deque)
    refuse: dict[str, deque[str]] = field(default_factory=dict)
    on_quit: str = "221 Bye"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self.refuse.get(address)
        if answers:
            return answers.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.on_quit

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.on_data:
            return self.on_data.popleft()
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 OK queued"


class SmtpServer:
    """STARTTLS is required before anything else, and then a login."""

    def __init__(self, folder: Path, *, tls: bool = True) -> None:
        self.box = Mailbox()
        self.ca_file: Path | None = None
        context = None
        if tls:
            self.ca_file, key = certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.ca_file, key)
        self._controller = Controller(
            self.box,
            hostname="127.0.0.1",
            port=_free_port(),
            tls_context=context,
            require_starttls=tls,
            auth_required=tls,
            authenticator=self._login if tls else None,
        )

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def _login(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        assert isinstance(auth_data, LoginPassword)
        good = (auth_data.login, auth_data.password) == (USERNAME.encode(), PASSWORD.encode())
        if good:
            self.box.users.append(auth_data.login.decode())
        return AuthResult(success=good, handled=False)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()


def _free_port() -> int:
    # aiosmtpd takes port 0 for itself and then connects to port 0 to see whether it runs.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
