"""Where a client may go, what it says of failures, and how much it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from connectors.errors import ConnectorError, Oversize, RateLimited, Refused, ServerTrouble, Unreachable
from connectors.http import USER_AGENT, Http, Reach, is_private, raise_for_status
from tests.servers.timewarp import BEGIN, WarpClock, run_warped


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),  # noqa: S104
        *("::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
    ],
)
def test_private_addresses_however_they_are_written(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.4.4", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_addresses(address: str) -> None:
    assert not is_private(address)


def test_what_the_operator_named_is_reached_and_its_neighbours_are_not() -> None:
    reach = Reach.to(["ws://127.0.0.1:8080/subscribe", "https://intranet.example"])
    assert reach.admits("127.0.0.1", 8080, "127.0.0.1")
    assert reach.admits("intranet.example", 443, "10.0.0.7")
    assert not reach.admits("127.0.0.1", 9090, "127.0.0.1")
    assert not reach.admits("elsewhere.example", 443, "10.0.0.7")


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, list[web.Request]]]:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        if "to" in request.query:
            return web.Response(
                status=int(request.query.get("status", "302")), headers={"Location": request.query["to"]}
            )
        response = web.StreamResponse()
        if request.path == "/zipped":
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        for _ in range(64):
            await response.write(b"0" * 65_536)
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def refusal(http: Http, url: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as failure:
        await http.request(url, headers={"Authorization": "Bearer hush"}, max_bytes=1_000_000)
    assert "hush" not in str(failure.value)
    return failure.value


def test_redirects_are_judged_one_by_one() -> None:
    async def body(clock: WarpClock) -> None:
        async with server() as (base, seen), server() as (other, seen_there):
            http = Http(Reach.to([base]), clock)
            port = base.rpartition(":")[2]
            for to in (
                "http://10.0.0.1/",
                other,
                "http://127.0.0.2/",
                f"http://localhost:{port}/",
                "http://[::1]/",
            ):
                assert isinstance(await refusal(http, f"{base}/?to={to}"), Refused)
            for to in ("file:///etc/passwd", "ftp://example.org/", "javascript:1"):
                assert isinstance(await refusal(http, f"{base}/?to={to}"), Refused)
            assert isinstance(await refusal(http, f"{base}/?to=/?to=/"), Oversize), (
                "a short chain is followed"
            )
            loop = await refusal(http, f"{base}/?to=")
            assert isinstance(loop, Refused)
            assert "times" in str(loop)
            assert not seen_there
            assert seen[0].headers["User-Agent"] == USER_AGENT
            await http.close()

    run_warped(body)


def test_a_token_does_not_travel_to_another_host() -> None:
    async def body(clock: WarpClock) -> None:
        async with server() as (base, seen), server() as (other, seen_there):
            http = Http(Reach(allow_private=True), clock)
            await refusal(http, f"{base}/?to={other}/x")
            assert "Authorization" in seen[0].headers
            assert "Authorization" not in seen_there[0].headers
            await http.close()

    run_warped(body)


@pytest.mark.parametrize("path", ["/plain", "/zipped"])
def test_no_more_is_read_than_the_cap_also_when_zipped(path: str) -> None:
    async def body(clock: WarpClock) -> None:
        async with server() as (base, _):
            http = Http(Reach.to([base]), clock)
            assert isinstance(await refusal(http, base + path), Oversize)
            assert len((await http.request(base + path)).body) == 64 * 65_536
            await http.close()

    run_warped(body)


def test_a_websocket_follows_no_redirect() -> None:
    async def body(clock: WarpClock) -> None:
        async with server() as (base, _), server() as (other, seen_there):
            http = Http(Reach.to([base]), clock)
            with pytest.raises(Refused, match="redirect"):
                async with http.websocket(f"{base}/?to={other}", params=[], max_bytes=10, heartbeat_s=5):
                    raise AssertionError("it opened")
            assert not seen_there
            await http.close()

    run_warped(body)


def test_nobody_there() -> None:
    async def body(clock: WarpClock) -> None:
        http = Http(Reach(allow_private=True), clock)
        assert isinstance(await refusal(http, "http://127.0.0.1:9/"), Unreachable)
        assert isinstance(await refusal(http, "http://[/"), Refused)
        await http.close()

    run_warped(body)


@pytest.mark.parametrize(
    ("status", "headers", "kind", "after"),
    [
        (429, {"Retry-After": "7"}, RateLimited, 7.0),
        (429, {"retry-after": "Mon, 02 Mar 2026 08:01:00 GMT"}, RateLimited, 60.0),
        (429, {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0",
               "X-RateLimit-Reset": "2026-03-02T08:02:00Z"}, RateLimited, 120.0),
        (429, {}, RateLimited, None),
        (401, {}, Refused, None),
        (403, {}, Refused, None),
        (404, {}, Refused, None),
        (422, {}, Refused, None),
        (408, {}, ServerTrouble, None),
        (500, {}, ServerTrouble, None),
        (503, {"Retry-After": "9"}, ServerTrouble, 9.0),
        (302, {}, ServerTrouble, None),
    ],
)  # fmt: skip
def test_what_a_status_means(
    status: int, headers: Mapping[str, str], kind: type[ConnectorError], after: float | None
) -> None:
    with pytest.raises(kind) as failure:
        raise_for_status(status, headers, b"said\x07 so", "it", now=BEGIN)
    assert failure.value.retry_after_s == after
    assert "said  so" in str(failure.value)
    raise_for_status(204, {}, b"", "it", now=BEGIN + timedelta())


def test_a_proxy_of_the_environment_is_used_and_may_stand_in_a_private_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def body(clock: WarpClock) -> None:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            seen.append(str(request.url))
            return web.Response(text="through the proxy")

        seen: list[str] = []
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{runner.addresses[0][1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        http = Http(Reach(), clock)
        found = await http.request("http://feeds.example.org/a.xml")
        assert found.body == b"through the proxy"
        assert seen == ["http://feeds.example.org/a.xml"], "the name is the proxy's to resolve"
        assert isinstance(await refusal(http, "http://10.0.0.1/"), Refused), "and no way around the rule"
        await http.close()
        await runner.cleanup()

    run_warped(body)
