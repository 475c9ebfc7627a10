"""Looking up handles: only for who is wanted, 25 at a time, remembered, and never in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web
from hypothesis import given, settings

from connectors import config
from connectors.bluesky import Bluesky
from connectors.bluesky_profiles import Profiles, parse_profiles
from connectors.errors import Unreadable
from connectors.http import Http, Reach
from connectors.mention import Mention
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.timewarp import BEGIN, WarpClock, run_warped


class Directory:
    """`app.bsky.actor.getProfiles`, which counts its calls and refuses as told."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.refusals: list[int] = []
        self.remaining = 3_000
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Directory]:
        async def answer(request: web.Request) -> web.Response:
            actors = request.query.getall("actors")
            self.calls.append(actors)
            if self.refusals:
                return web.Response(status=self.refusals.pop(0))
            self.remaining -= 1
            headers = {
                "ratelimit-limit": "3000",
                "ratelimit-remaining": str(self.remaining),
                "ratelimit-reset": "60",
            }
            profiles = [
                {"did": did, "handle": f"{did[-4:]}.example.org", "followersCount": 7, "displayName": "D"}
                for did in actors
            ]
            return web.json_response({"profiles": profiles}, headers=headers)

        app = web.Application()
        app.router.add_get("/xrpc/app.bsky.actor.getProfiles", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()


def test_many_at_a_time_each_once_until_they_are_stale() -> None:
    async def body(clock: WarpClock) -> None:
        async with Directory().serve() as directory:
            http = Http(Reach.to([directory.url]), clock)
            profiles = Profiles(directory.url, http, clock)
            dids = [f"did:plc:{number:04}" for number in range(60)]
            found = await profiles.look_up(dids)
            assert [len(call) for call in directory.calls] == [25, 25, 10]
            assert found["did:plc:0007"].handle == "0007.example.org"
            assert found["did:plc:0007"].followers == 7
            await profiles.look_up(dids)
            assert len(directory.calls) == 3
            profiles.learn("did:plc:0007", "new.example.org")
            assert (await profiles.look_up(["did:plc:0007"]))["did:plc:0007"].handle == "new.example.org"
            await clock.sleep(7 * 3_600)
            await profiles.look_up(dids[:1])
            assert len(directory.calls) == 4
            assert profiles.measurements == {"budget_left": 2_996.0}
            await http.close()

    run_warped(body)


def test_a_failure_costs_a_name_and_a_pause_but_no_mention() -> None:
    async def body(clock: WarpClock) -> None:
        async with Directory().serve() as directory:
            http = Http(Reach.to([directory.url]), clock)
            profiles = Profiles(directory.url, http, clock)
            directory.refusals = [500]
            assert await profiles.look_up(["did:plc:a"]) == {}
            assert await profiles.look_up(["did:plc:a"]) == {}
            assert len(directory.calls) == 1
            await clock.sleep(61)
            assert set(await profiles.look_up(["did:plc:a"])) == {"did:plc:a"}
            directory.remaining = 20
            await profiles.look_up(["did:plc:b"])
            assert await profiles.look_up(["did:plc:c"]) == {}, "the last of the budget is left alone"
            await http.close()

    run_warped(body)


def test_only_who_is_wanted_is_looked_up() -> None:
    async def body(clock: WarpClock) -> None:
        log = Log(clock)
        async with Directory().serve() as directory, JetstreamHost(log).serve() as host:
            section = config.Bluesky(endpoints=(host.url,), api=directory.url)
            connector = Bluesky(
                section, clock=clock, wanted=lambda mention: mention.author_id == "did:plc:aaaa"
            )
            mentions: list[Mention] = []
            async with aclosing(connector.stream(None)) as pages:
                async for page in pages:
                    mentions += [item for item in page.items if isinstance(item, Mention)]
                    if len(log.posts) < 40:
                        log.post()
                    elif len(mentions) >= 40:
                        break
            handles = {mention.author_handle for mention in mentions if mention.author_id == "did:plc:aaaa"}
            assert handles == {"aaaa.example.org"}
            assert {mention.author_handle for mention in mentions if mention.author_id != "did:plc:aaaa"} == {
                None
            }
            assert directory.calls == [["did:plc:aaaa"]]
            await connector.close()

    run_warped(body)


@given(broken_json({"profiles": [{"did": "did:plc:a", "handle": "a.b", "followersCount": 3}]}))
@settings(max_examples=INPUTS, deadline=None)
def test_parse_raises_nothing_but_unreadable(raw: bytes) -> None:
    try:
        parse_profiles(raw, now=BEGIN)
    except Unreadable:
        return


def test_what_is_no_answer() -> None:
    with pytest.raises(Unreadable):
        parse_profiles(b"[]", now=BEGIN)
