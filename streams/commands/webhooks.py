"""The webhook's server, as `vigie up` and `vigie ingest` run it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web
from pydantic import SecretStr

from connectors.config import Webhook
from connectors.errors import SecretMissing
from connectors.secret import read_secret
from connectors.webhook import Accept, webhook_app
from streams.errors import UnavailableError, UsageError
from streams.settings import Settings
from streams.watches import Watches

DEFAULT_PORT: Final = 8484


def secret_of(settings: Settings, section: Webhook) -> SecretStr:
    """What callers sign with.

    Raises:
        UsageError: it is not where the watches file says.
    """
    named = section.secret_file
    file = None if named is None else Path(settings.watches or "").parent / named
    try:
        return read_secret("webhook", variable=section.secret_env, file=file)
    except SecretMissing as error:
        raise UsageError(str(error)) from None


@asynccontextmanager
async def listening(settings: Settings, config: Watches, accept: Accept, port: int) -> AsyncIterator[str]:
    """Serve the webhook of the watches file; gives the address that callers use.

    At the end what is under way is answered first.

    Raises:
        UsageError: the secret is not where the watches file says.
        UnavailableError: the port cannot be had.
    """
    section = config.connectors.webhook
    assert section is not None
    secret = secret_of(settings, section)
    app = webhook_app(accept, secret, path=section.path, requests_a_minute=section.requests_a_minute)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, port).start()
        except OSError as error:
            raise UnavailableError(f"cannot listen on {settings.host}:{port}: {error.strerror}") from None
        yield f"http://{settings.host}:{runner.addresses[0][1]}{section.path.rstrip('/')}/SOURCE"
    finally:
        await runner.cleanup()
