"""An hour of a Mastodon server with a dozen failures ends with exactly what was posted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from pydantic import SecretStr

from connectors import config
from connectors.cursor import MemoryCursors
from connectors.listen import run
from connectors.mastodon import Instance
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped


async def _posts(server: MastodonServer, seconds: int) -> None:
    for _ in range(seconds):
        roll = server.rng.random()
        if roll < 0.7:
            server.post(remote=roll < 0.2)
        elif roll < 0.74:
            server.post(visibility=server.rng.choice(["unlisted", "private", "direct"]))
        elif roll < 0.76:
            server.post(noindex=True)
        elif roll < 0.78:
            server.post(note="<p>Non merci <a>#<span>nobot</span></a></p>")
        elif roll < 0.82:
            server.edit(server.rng.choice(list(server.shown().values())))
        elif roll < 0.86:
            server.delete(server.rng.choice(list(server.shown().values())))
        await server.clock.sleep(1)


async def _hour(clock: WarpClock) -> tuple[Sink, MastodonServer, set[str]]:
    server, sink = MastodonServer(clock), Sink()
    server.post()
    lost: set[str] = set()
    async with server.serve():
        section = config.MastodonInstance(url=server.base, token_env="MASTODON_TOKEN")
        instance = Instance(section, SecretStr(TOKEN), clock=clock)
        listening = asyncio.ensure_future(run(instance, MemoryCursors(), sink.deliver, clock=clock))
        await clock.sleep(1)
        for failure in range(14):
            await _posts(server, 200)
            match failure:
                case 0 | 8:
                    server.hang_up(rudely=False)
                case 1 | 9:
                    server.hang_up(rudely=True)
                case 2:
                    server.refusals = [(503, {}), (502, {"Retry-After": "9"}), (500, {})]
                    server.hang_up(rudely=True)
                case 3:
                    server.stall()
                case 4:
                    server.send("update", "{")
                    server.send("update", {"id": "1"})
                    server.send_raw(b"event: update\ndata: \xff\xfe\n\n")
                    server.send_raw(b"\n\n:\n\nnonsense\nretry: 5\n\n")
                    server.send("filters_changed", "")
                    server.send("notification", {"id": "1"})
                case 5:
                    server.refusals = [(401, {}), (403, {}), (404, {})]
                    server.hang_up(rudely=False)
                case 6:
                    server.refusals = [(429, {"Retry-After": "40"})]
                    server.rest_refusals = [(429, {}), (503, {})]
                    server.hang_up(rudely=True)
                case 7:
                    for status in server.statuses[-8:]:
                        server.send("update", server.entity(status), pretty=True)
                case 10:
                    server.send_raw(b"event: update\ndata: " + b"x" * 5_000_000)
                case 11:
                    # The timeline is switched off while the stream is cut: what was posted is lost.
                    server.shows_timeline = False
                    server.refusals = [(503, {})] * 3
                    server.hang_up(rudely=True)
                    before = set(server.shown())
                    await _posts(server, 60)
                    lost = set(server.shown()) - before
                    await _posts(server, 60)
                    server.shows_timeline = True
                case 12:
                    server.budget, server.reset_at = 2, clock.now() + timedelta(seconds=90)
                    server.hang_up(rudely=True)
                    server.refusals = [(503, {})] * 4
                case 13:
                    server.rest_refusals = [(422, {})]
                    before = set(server.shown())
                    server.hang_up(rudely=True)
                    await _posts(server, 5)
                    lost |= set(server.shown()) - before
        await _posts(server, 200)
        await clock.sleep(60)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await instance.close()
    return sink, server, lost


def test_an_hour_with_fourteen_failures_ends_with_exactly_what_was_posted() -> None:
    sink, server, lost = run_warped(_hour)
    held, shown = sink.mentions, server.shown()
    missing, too_many = set(shown) - set(held), set(held) - set(shown)
    assert missing
    assert missing <= lost, "something was lost that could be had"
    assert all(sink.lost_at(shown[uri].arrived) for uri in missing), "lost, and no gap says so"
    assert all(sink.lost_at(server.deleted_at[uri]) for uri in too_many), "a deletion was overheard"
    stale = [uri for uri in set(held) & set(shown) if shown[uri].words not in held[uri].text]
    assert all(sink.lost_at(server.edited_at[uri]) for uri in stale), "an edit was overheard"
    assert not sink.outside
    assert len(sink.malformed) == 3
    assert server.streams > 14
    assert len({mention.native_id for mention in held.values()}) > 1_500
    for mention in held.values():
        assert mention.text.split("\n")[1:] == ["https://example.org/a/b?c=d", "oui", "non"]
        assert mention.author_handle in {"u@far.example", "u@127.0.0.1"}
