"""Tells what an embedded store has untold, over a webhook, until it is killed or has nothing left.

Arguments: store URL, webhook URL, what to do: `tell`, or `decide` to put an incident there first.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from streams.desk import Desk
from streams.notifiers.build import build
from streams.notifiers.config import WebhookChannel
from streams.notify import Switchboard
from streams.outbox import StoreOutbox
from streams.store.open import open_store
from tests.streams.notifiers.incidents import OPENED, PARIS, life


def main(store_url: str, hook_url: str, todo: str) -> None:
    store = open_store(store_url)
    store.migrate()
    if todo == "decide":
        store.insert_incidents(life())
    channel = WebhookChannel(type="webhook", url=hook_url, secret_env="HOOK_SECRET")
    desk = Desk(
        channels={"hook": channel},
        routes={"crue-herault": ("hook",)},
        titles={},
        language="en",
        zone=PARIS,
    )

    async def tell() -> None:
        board = Switchboard(
            StoreOutbox(store),
            desk,
            build(desk.channels, {"HOOK_SECRET": "s3cret"}),
            clock=lambda: OPENED + timedelta(hours=3),
        )
        await board.tell()
        await board.close()

    asyncio.run(tell())
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
