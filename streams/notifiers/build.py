"""From the channels of a watches file to notifiers that are ready to be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from streams.errors import UsageError
from streams.notifiers.alertmanager import AlertmanagerNotifier
from streams.notifiers.base import Notifier, channel_secret
from streams.notifiers.chat import ChatNotifier
from streams.notifiers.config import (
    AlertmanagerChannel,
    AnyChannel,
    ChatChannel,
    ConsoleChannel,
    EmailChannel,
    PagerDutyChannel,
    WebhookChannel,
)
from streams.notifiers.email import EmailNotifier, MailServer
from streams.notifiers.log import ConsoleNotifier
from streams.notifiers.pagerduty import PagerDutyNotifier
from streams.notifiers.webhook import WebhookNotifier

Environ = Mapping[str, str]


def build(channels: Mapping[str, AnyChannel], environ: Environ = os.environ) -> dict[str, Notifier]:
    """A notifier a channel. Reads the secrets and opens no connection.

    Raises:
        UsageError: a secret is not where the file says, or a channel lacks something; all of them are
            named, a line each.
    """
    notifiers: dict[str, Notifier] = {}
    problems: list[str] = []
    for name, channel in channels.items():
        try:
            notifiers[name] = _MAKERS[type(channel)](name, channel, environ)
        except UsageError as error:
            problems.append(str(error))
    if problems:
        raise UsageError("\n".join(problems))
    return notifiers


def _console(name: str, channel: ConsoleChannel, environ: Environ) -> Notifier:  # noqa: ARG001
    return ConsoleNotifier()


def _email(name: str, channel: EmailChannel, environ: Environ) -> Notifier:
    server = MailServer.of(name, channel, environ, channel_secret(name, channel, "password", environ))
    return EmailNotifier(name=name, server=server, to=channel.to)


def _pagerduty(name: str, channel: PagerDutyChannel, environ: Environ) -> Notifier:
    key = channel_secret(name, channel, "routing_key", environ)
    assert key is not None
    return PagerDutyNotifier(url=channel.url, routing_key=key, timeout_s=channel.timeout.total_seconds())


def _alertmanager(name: str, channel: AlertmanagerChannel, environ: Environ) -> Notifier:
    return AlertmanagerNotifier(
        url=channel.url,
        labels=channel.labels,
        resend_every=channel.resend_every,
        timeout_s=channel.timeout.total_seconds(),
        username=channel.username,
        password=channel_secret(name, channel, "password", environ),
        bearer=channel_secret(name, channel, "bearer", environ),
    )


def _webhook(name: str, channel: WebhookChannel, environ: Environ) -> Notifier:
    secret = channel_secret(name, channel, "secret", environ)
    assert secret is not None
    return WebhookNotifier(url=channel.url, secret=secret, timeout_s=channel.timeout.total_seconds())


def _chat(name: str, channel: ChatChannel, environ: Environ) -> Notifier:
    url = channel_secret(name, channel, "url", environ)
    assert url is not None
    return ChatNotifier(name=name, url=url, timeout_s=channel.timeout.total_seconds())


_MAKERS: Final[Mapping[type[AnyChannel], Callable[[str, Any, Environ], Notifier]]] = MappingProxyType(
    {
        ConsoleChannel: _console,
        EmailChannel: _email,
        PagerDutyChannel: _pagerduty,
        AlertmanagerChannel: _alertmanager,
        WebhookChannel: _webhook,
        ChatChannel: _chat,
    }
)
