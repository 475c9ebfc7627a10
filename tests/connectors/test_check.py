"""A sentence for each way that credentials are wrong, and building what the watches file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors import config
from connectors.base import CheckResult, Connector, SystemClock
from connectors.bluesky import Bluesky
from connectors.check import check
from connectors.errors import SecretMissing
from connectors.mastodon import Instance
from connectors.registry import CONNECTORS, Surroundings, build
from connectors.rss import Feed
from connectors.x import FilteredStream
from models.query import parse
from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer


async def checked(connector: Connector) -> CheckResult:
    result = await check(connector, seconds=20)
    await connector.close()
    return result


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "make one in its settings"), (403, "read:statuses"), (404, "no Mastodon API"), (422, "confirmed"),
     (429, "429"), (503, "503")],
)  # fmt: skip
def test_what_a_mastodon_server_refuses(status: int, said: str) -> None:
    async def body(clock: WarpClock) -> CheckResult:
        async with MastodonServer(clock, refusals=[(status, {})]).serve() as server:
            section = config.MastodonInstance(url=server.base, token_env="T")
            return await checked(Instance(section, SecretStr(TOKEN), clock=clock))

    result = run_warped(body)
    assert not result.ok
    assert said in (result.problem or "")


def test_a_wrong_token_and_a_wrong_bearer() -> None:
    async def body(clock: WarpClock) -> list[CheckResult]:
        async with MastodonServer(clock).serve() as mastodon, XServer(clock).serve() as x:
            section = config.MastodonInstance(url=mastodon.base, token_env="T")
            queries = {"w": parse("crue")}
            xs = config.X(api=x.base, bearer_env="B")
            return [
                await checked(Instance(section, SecretStr("not-it"), clock=clock)),
                await checked(FilteredStream(xs, SecretStr("not-it"), queries=queries, clock=clock)),
                await checked(FilteredStream(xs, SecretStr(BEARER), queries={}, clock=clock)),
            ]

    mastodon, x, empty = run_warped(body)
    assert "does not know the token" in (mastodon.problem or "")
    assert "does not know the bearer token" in (x.problem or "")
    assert "no watch can be asked of X" in (empty.problem or "")
    assert "not-it" not in f"{mastodon} {x}"


@pytest.mark.parametrize("status", [400, 404])
def test_what_a_jetstream_host_refuses(status: int) -> None:
    async def body(clock: WarpClock) -> CheckResult:
        async with JetstreamHost(Log(clock)).serve() as host:
            host.refusals = [(status, {})]
            return await checked(Bluesky(config.Bluesky(endpoints=(host.url,)), clock=clock))

    assert Bluesky.advice[status] in (run_warped(body).problem or "")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_a_publisher_refuses(status: int) -> None:
    async def body(clock: WarpClock) -> CheckResult:
        async with Publisher(clock, "rss", failures=[(status, {})]).serve() as publisher:
            return await checked(Feed(publisher.url, every_s=60, allow_private=True, clock=clock))

    assert Feed.advice[status] in (run_warped(body).problem or "")


def test_somebody_who_accepts_and_says_nothing() -> None:
    async def body(clock: WarpClock) -> CheckResult:
        async with Publisher(clock, "rss", failures=["stall"]).serve() as publisher:
            return await checked(Feed(publisher.url, every_s=60, allow_private=True, clock=clock))

    assert run_warped(body).problem == "no answer within 20 s"


SECTION: dict[str, Any] = {
    "bluesky": {},
    "mastodon": {
        "instances": [
            {"url": "https://a.example", "token_env": "T"},
            {"url": "https://b.example", "token_file": "t"},
        ]
    },
    "rss": {"feeds": ["https://a.example/f?x=1", "https://a.example/f?x=2"]},
    "x": {"bearer_env": "B"},
    "files": {"folder": "inbox"},
    "simulated": {},
}


def test_one_connector_a_server_and_a_feed(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("token")

    async def body(clock: WarpClock) -> None:
        section = config.Connectors.model_validate(SECTION)
        around = Surroundings(folder=tmp_path, state=tmp_path, environ={"T": "t", "B": "b"}, clock=clock)
        made = build(section, around)
        names = [connector.name for connector in made]
        assert len(set(names)) == len(names) == 8
        assert {name.partition(":")[0] for name in names} == set(CONNECTORS)
        only = build(section, around, only=["files", "x"])
        assert [connector.name for connector in only] == ["files", "x"]
        for connector in made + only:
            await connector.close()

    run_warped(body)


def test_what_cannot_be_built_says_why(tmp_path: Path) -> None:
    section = config.Connectors.model_validate(SECTION)
    around = Surroundings(folder=tmp_path, environ={"T": "t"}, clock=SystemClock())
    with pytest.raises(SecretMissing, match="B is not set"):
        build(section, around, only=["x"])
    with pytest.raises(SecretMissing, match="cannot be read"):
        build(section, around, only=["mastodon"])
    twice = config.Connectors.model_validate({"rss": {"feeds": ["https://a.example/"] * 2}})
    with pytest.raises(ValueError, match="stands twice"):
        build(twice, around)
