"""Chat and SMS through Apprise, which speaks to over a hundred services by an address each."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from pydantic import SecretStr

from streams.errors import UsageError
from streams.notifiers.base import Delivered, Digest, Kind, Message, Outcome, Retry
from streams.plain import plain


class ChatNotifier:
    """Apprise says no more than whether it went out: every failure may be tried again.

    `include_text` adds the representative posts' text; without it a message is numbers and links.
    """

    kind = "chat"

    def __init__(self, *, name: str, url: SecretStr, timeout_s: float) -> None:
        """Raises UsageError where Apprise does not understand the address; the address is not shown."""
        # It takes a second to import, and nobody without such a channel needs it.
        import apprise  # noqa: PLC0415

        # Apprise logs addresses, and the address holds the token.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        self._apprise: Any = apprise.Apprise()
        self._timeout_s = timeout_s
        if not self._apprise.add(url.get_secret_value()):
            raise UsageError(f"channels.{name}.url: Apprise knows no service of that address")

    async def deliver(self, message: Message | Digest) -> Outcome:
        title, body, notify_type = write(message)
        try:
            async with asyncio.timeout(self._timeout_s):
                sent = await self._apprise.async_notify(title=title, body=body, notify_type=notify_type)
        except TimeoutError:
            return Retry(f"no answer within {self._timeout_s:g} s")
        except Exception as error:
            return Retry(f"Apprise failed: {type(error).__name__}")
        return Delivered("handed over by Apprise") if sent else Retry("Apprise could not hand it over")

    async def close(self) -> None:
        return None


def write(message: Message | Digest) -> tuple[str, str, str]:
    """(title, body, Apprise's type of message)."""
    if isinstance(message, Digest):
        return (
            message.subject,
            "\n".join(f"{each.subject}. {each.sentence}" for each in message.messages),
            "warning",
        )
    lines = [message.sentence]
    lines += [f"« {plain(post.text, 280)} »" for post in message.background.posts if post.text]
    lines += [post.link for post in message.background.posts if post.link]
    if message.link is not None:
        lines.append(message.link)
    return message.subject, "\n".join(lines), _type(message)


def _type(message: Message) -> str:
    if message.kind is Kind.RESOLVED:
        return "success"
    return {"info": "info", "warning": "warning", "critical": "failure"}[message.incident.severity]
