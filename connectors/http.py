"""How we talk HTTP: with a name, time-outs, caps on bodies, and not into private networks.

Redirects are followed by us, one by one, each target judged anew; addresses are judged after their
name was resolved, so that a public name for a private address does not help (DNS rebinding).
Where a proxy is set in the environment it resolves the names, and has to do that part itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Final, NoReturn
from urllib.request import getproxies

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connectors.base import Clock
from connectors.errors import ConnectorError, Oversize, RateLimited, Refused, ServerTrouble, Unreachable
from connectors.ratelimit import read_budget, retry_after_s

USER_AGENT: Final = f"Vigie/{version('vigie')} (social listening for public bodies)"
MAX_BODY_BYTES: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 5
CONNECT_S: Final = 10.0
TOTAL_S: Final = 30.0
# The last resort on a stream; its own watchdog knows better what its silence means.
STREAM_READ_S: Final = 90.0
_SHOWN_OF_A_BODY: Final = 300
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """A name or an address leads into a private network, where nobody sent us."""


def is_private(address: str) -> bool:
    """Whether an IP address is anything but plainly public, seen through IPv6's ways to hold an IPv4 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return not ip.is_global or ip.is_multicast


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a client may go: public addresses, and what the operator named (`trusted`, host and port)."""

    trusted: frozenset[tuple[str, int]] = frozenset()
    allow_private: bool = False

    @classmethod
    def to(cls, urls: Iterable[str]) -> Reach:
        """Public addresses and the hosts of these URLs, which the operator wrote down."""
        return cls(frozenset((url.host or "", url.port or 0) for url in map(URL, urls)))

    def admits(self, host: str, port: int, address: str) -> bool:
        return self.allow_private or (host, port) in self.trusted or not is_private(address)


class _Resolver(AbstractResolver):
    """The ordinary resolver, minus the addresses that `Reach` does not admit."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = aiohttp.ThreadedResolver()
        # A company's proxy stands in its private network, and the environment names it.
        self._proxies = {URL(proxy).host for proxy in getproxies().values()}

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)  # type: ignore[arg-type]
        if host in self._proxies:
            return found
        admitted = [result for result in found if self._reach.admits(host, port, result["host"])]
        if not admitted:
            raise PrivateAddressError(None, f"{host} leads to a private address")
        return admitted

    async def close(self) -> None:
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. `moved_to` is set where only permanent redirects led there."""

    status: int
    headers: Mapping[str, str]  # asked for by a name in any case
    body: bytes
    url: str
    moved_to: str | None = None


class Http:
    """One client session. Make it inside the running event loop, close it at the end."""

    def __init__(self, reach: Reach, clock: Clock, *, headers: Mapping[str, str] | None = None) -> None:
        self._reach = reach
        self._clock = clock
        refuse = aiohttp.TraceConfig()
        refuse.on_request_redirect.append(_no_redirect)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Resolver(reach), limit=32, ttl_dns_cache=60),
            headers={"User-Agent": USER_AGENT, **(headers or {})},
            timeout=aiohttp.ClientTimeout(total=TOTAL_S, sock_connect=CONNECT_S),
            trust_env=True,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[refuse],
        )

    async def close(self) -> None:
        await self._session.close()

    async def request(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> Answer:
        """One request with its redirects; any status comes back as an `Answer`.

        Raises:
            Unreachable: no answer. Refused: the address or a redirect is not allowed.
            Oversize: the body is larger than `max_bytes`.
        """
        async with self.open(url, method=method, headers=headers, params=params, json=json) as opened:
            response, moved_to = opened
            body = await read_capped(response, max_bytes)
            return Answer(response.status, response.headers, body, str(response.url), moved_to)

    @asynccontextmanager
    async def open(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        endless: bool = False,
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, str | None]]:
        """The response with its body unread, and where it moved for good. `endless` is for streams.

        Raises:
            Unreachable, Refused: as `request` does, and while the body is read.
        """
        total, read = (None, STREAM_READ_S) if endless else (TOTAL_S, None)
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_S, sock_read=read)
        target, sent, permanent = _parsed(url), dict(headers or {}), True
        try:
            for hop in range(MAX_REDIRECTS + 1):
                self._judge(target)
                async with self._session.request(
                    method,
                    target,
                    headers=sent,
                    params=params if hop == 0 else None,
                    json=json,
                    timeout=timeout,
                    allow_redirects=False,
                ) as response:
                    if response.status not in _REDIRECTS or "Location" not in response.headers:
                        yield response, (str(target) if hop and permanent else None)
                        return
                    if method != "GET":
                        raise Refused(f"{target.host} redirects what may not be redirected")
                    permanent = permanent and response.status in {301, 308}
                    target = self._next(target, response.headers["Location"], sent)
            raise Refused(f"{_parsed(url).host} redirects more than {MAX_REDIRECTS} times")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise_unreachable(error, target)

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        params: list[tuple[str, str]],
        max_bytes: int,
        heartbeat_s: float,
        protocols: tuple[str, ...] = (),
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """An open WebSocket that answers pings, and breaks where its own pings are not answered.

        Raises:
            Unreachable, Refused, RateLimited, ServerTrouble: it does not open, or not as it should.
        """
        target = _parsed(url)
        self._judge(target)
        try:
            async with self._session.ws_connect(
                target,
                params=params,
                max_msg_size=max_bytes,
                heartbeat=heartbeat_s,
                protocols=protocols,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            ) as socket:
                yield socket
        except aiohttp.WSServerHandshakeError as error:
            headers = dict(error.headers or {})
            raise_for_status(error.status, headers, b"", str(target.host), now=self._clock.now())
            raise ServerTrouble(f"{target.host} answered {error.status} and opened no WebSocket") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise_unreachable(error, target)

    def _judge(self, url: URL) -> None:
        """Names are judged where they are resolved; an address written out never gets there."""
        host = url.host or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return
        if not self._reach.admits(host, url.port or 0, host):
            raise Refused(f"{host} is a private address: write allow_private: true where that is meant")

    def _next(self, here: URL, location: str, sent: dict[str, str]) -> URL:
        try:
            target = here.join(URL(location))
        except ValueError:
            raise ServerTrouble(f"{here.host} redirects to what is no address") from None
        if target.scheme not in {"http", "https"} or not target.host:
            raise Refused(f"{here.host} redirects to what is no web address")
        if target.origin() != here.origin():
            # A token is for the host it was made for.
            for name in [name for name in sent if name.lower() == "authorization"]:
                del sent[name]
        return target


async def _no_redirect(
    _session: object, _context: object, params: aiohttp.TraceRequestRedirectParams
) -> None:
    """Only `Http.open` follows redirects; a WebSocket's are refused."""
    raise Refused(f"{params.url.host} redirects a connection that may not be redirected")


def _parsed(url: str) -> URL:
    try:
        return URL(url)
    except ValueError:
        raise Refused("the configured address is no address") from None


async def read_capped(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body, decompressed.

    Raises:
        Oversize: it is larger, whatever its headers promised.
    """
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > max_bytes:
            raise Oversize(f"{response.url.host} sent more than {max_bytes:,} bytes")
        parts.append(chunk)
    return b"".join(parts)


class Chunks:
    """What a stream sends, as it comes, and when the last of it came: what was heard ends there, and not
    a moment later, where a break is noticed.
    """

    def __init__(self, response: aiohttp.ClientResponse, clock: Clock) -> None:
        self._response = response
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._heard_s = self._loop.time()
        self.heard_at = clock.now()

    @property
    def silent_s(self) -> float:
        return self._loop.time() - self._heard_s

    async def next(self) -> bytes:
        """Survives being cancelled while it waits.

        Raises:
            Unreachable: the stream ended, broke or was silent for too long.
        """
        try:
            chunk = await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise_unreachable(error, self._response.url)
        if not chunk:
            raise Unreachable(f"{self._response.url.host}: the stream ended")
        self._heard_s, self.heard_at = self._loop.time(), self._clock.now()
        return chunk


def raise_unreachable(error: BaseException, url: URL) -> NoReturn:
    """Turn a library's exception into ours. The query string stays out: tokens can stand in it."""
    where = f"{url.host}:{url.port}"
    cause = getattr(error, "os_error", None)
    if isinstance(cause, PrivateAddressError) or isinstance(error, PrivateAddressError):
        raise Refused(
            f"{url.host} leads to a private address: write allow_private: true where that is meant"
        ) from None
    match error:
        case TimeoutError():
            said = "no answer in time"
        case aiohttp.ClientConnectorDNSError():
            said = "the name is not known (DNS)"
        case aiohttp.ClientConnectorCertificateError():
            raise Refused(f"{where}: its certificate is not valid for that name") from None
        case aiohttp.ClientConnectorSSLError():
            said = "TLS failed"
        case aiohttp.ClientConnectorError():
            said = f"no connection ({error.os_error.strerror or type(error.os_error).__name__})"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionError():
            said = "the connection broke"
        case aiohttp.InvalidURL():
            raise Refused(f"{where}: the address is not valid") from None
        case _:
            said = type(error).__name__
    raise Unreachable(f"{where}: {said}") from None


def raise_for_status(
    status: int, headers: Mapping[str, str], body: bytes, what: str, *, now: datetime
) -> None:
    """Nothing for 2xx and 304; otherwise the error that says what to do about it.

    Raises:
        RateLimited, Refused, ServerTrouble
    """
    if 200 <= status < 300 or status == 304:
        return
    after = retry_after_s(headers, now)
    budget = read_budget(headers, now)
    if after is None and status == 429 and budget is not None:
        after = budget.wait_s(now) or None
    said = body[:_SHOWN_OF_A_BODY].decode("utf-8", "replace")
    said = "".join(character if character.isprintable() else " " for character in said).strip()
    told = f"{what} answered {status}" + (f": {said}" if said else "")
    error: ConnectorError
    match status:
        case 429:
            error = RateLimited(told, retry_after_s=after)
        case 401 | 403:
            error = Refused(told, status=status)
        case _ if 400 <= status < 500 and status not in {408, 425}:
            error = Refused(told, status=status)
        case _:
            error = ServerTrouble(told, retry_after_s=after)
    raise error
