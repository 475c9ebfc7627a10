"""The endpoint itself: aiohttp in a thread of its own, beside whatever else the process does.

Queries run in the store's reading connections, so nothing here delays the pipeline. The log says that
it listens and nothing of what is asked: queries name people.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from streams.endpoint import access as door
from streams.endpoint import address, answers, native
from streams.endpoint.access import Access
from streams.endpoint.question import Question, question, wants_frames
from streams.errors import UnavailableError
from streams.store.base import ReadLimits, Store
from streams.store.embedded import READERS, directory_of
from streams.store.errors import QueryFailed, StoreError
from streams.store.inbox import taking_in

PORT: Final = 8123
_BODY_BYTES: Final = 4 << 20
_ADDRESS_BYTES: Final = 64 << 10
_WAITING: Final = 64
_CHUNK: Final = 1 << 20
# Readers alone: while this runs on the writing connection, no write of ours does.
_CUT_AGAIN_S: Final = 0.2
_KILL: Final = "KILL QUERY WHERE query NOT LIKE 'KILL QUERY%' ASYNC"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicy:
    """`port` 0 takes a free one. `limits` are what the store was opened with: they are told, not set."""

    host: str = "127.0.0.1"
    port: int = PORT
    access: Access = field(default_factory=Access)
    limits: ReadLimits = field(default_factory=ReadLimits)


@contextmanager
def serving(store: Store, policy: EndpointPolicy) -> Iterator[str]:
    """Answer while the block runs; gives the address, `http://127.0.0.1:8123`.

    What others leave for the store that they cannot open is taken in meanwhile.

    Queries that still run at the end are cut off.

    Raises:
        UsageError: others than this machine could ask, and there is no password.
        UnavailableError: the port is taken, or not ours.
    """
    door.check_exposure(policy.host, policy.access)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = Future()
    thread = threading.Thread(target=_run, args=(store, policy, started), name="endpoint", daemon=True)
    thread.start()
    loop, stop, url = started.result()
    directory = directory_of(store.url)
    try:
        with suppress(OSError):  # without it, `vigie sql` beside us says that the store is held
            address.publish(directory, url)
        with taking_in(store):
            yield url
    finally:
        address.withdraw(directory)
        loop.call_soon_threadsafe(stop.set)
        # Once is not enough: a query that was only just taken in begins after the first cut.
        while thread.is_alive():
            with suppress(StoreError):
                store.query(_KILL)
            thread.join(_CUT_AGAIN_S)


def _run(
    store: Store,
    policy: EndpointPolicy,
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]],
) -> None:
    try:
        asyncio.run(_serve(store, policy, started))
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)


async def _serve(
    store: Store,
    policy: EndpointPolicy,
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]],
) -> None:
    stop = asyncio.Event()
    # One more than there are connections: parsing and packing go on while all of them are busy.
    with ThreadPoolExecutor(READERS + 1, thread_name_prefix="endpoint-query") as threads:
        endpoint = Endpoint(store, policy, threads)
        runner = web.AppRunner(
            endpoint.application(),
            access_log=None,
            handle_signals=False,
            max_line_size=_ADDRESS_BYTES,
            shutdown_timeout=1,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, policy.host, policy.port)
            try:
                await site.start()
            except OSError as error:
                raise UnavailableError(
                    f"{policy.host}:{policy.port} cannot be listened on: {error.strerror}; "
                    "name another port with --port"
                ) from None
            host, port = runner.addresses[0][:2]
            shown = f"[{host}]" if ":" in host else host
            started.set_result((asyncio.get_running_loop(), stop, f"http://{shown}:{port}"))
            await stop.wait()
        finally:
            await runner.cleanup()


class Endpoint:
    """One store behind the four or five paths that clients of ClickHouse know."""

    def __init__(self, store: Store, policy: EndpointPolicy, threads: ThreadPoolExecutor) -> None:
        self._store = store
        self._policy = policy
        self._threads = threads
        self._waiting = 0

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_BODY_BYTES)
        application.router.add_get("/ping", self._ping)
        application.router.add_get("/replicas_status", self._ping)
        application.router.add_get("/", self._ask)
        application.router.add_post("/", self._ask)
        return application

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        framed = False
        try:
            door.admit(request.headers, self._policy.access)
            fields, body = await _parts(request)
            framed = wants_frames(fields)
            if request.method in {"GET", "HEAD"} and not fields.get("query"):
                return web.Response(text="Ok.\n")
            asked = question(fields, body, request.headers, self._policy.limits)
            packed, coding = await self._answer(asked, request.headers.get("Accept-Encoding", ""))
        except StoreError as error:
            return _refuse(answers.refusal(error), framed=framed)
        except web.HTTPRequestEntityTooLarge:
            said = f"a query is at most {_BODY_BYTES >> 20} MB long"
            return _refuse(answers.refused(62, f"Syntax error: {said}"))
        return await _send(request, asked, packed, coding)

    async def _answer(self, asked: Question, accepted: str) -> tuple[bytes, str | None]:
        if self._waiting >= _WAITING:
            raise QueryFailed(f"{_WAITING} queries wait already: ask again later", answers.TOO_MANY_QUERIES)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._work, asked, accepted
            )
        finally:
            self._waiting -= 1

    def _work(self, asked: Question, accepted: str) -> tuple[bytes, str | None]:
        """Ask and pack, in a thread."""
        body = self._store.select(asked.sql, format=asked.output_format, params=asked.params)
        if asked.protocol_version and asked.output_format == "Native":
            body = native.for_protocol(body, asked.protocol_version)
        if asked.framed:
            return answers.frames(body), None
        coding = answers.encoding(accepted) if asked.http_compression else None
        if coding is None or not answers.worth_compressing(body):
            return body, None
        return answers.compress(body, coding), coding


async def _parts(request: web.Request) -> tuple[dict[str, str], str]:
    """The fields of the address and of a form, and the body where it is no form.

    Raises:
        QueryFailed: tables sent along, a body that is no text or packed in an unknown way.
    """
    fields = dict(request.query)
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"} and (
        request.content_type == "multipart/form-data" or "query" not in fields
    ):
        try:
            form = await request.post()
        except ValueError as error:
            raise QueryFailed(f"the form cannot be read: {error}", 62) from None
        for name, value in form.items():
            if not isinstance(value, str):
                raise QueryFailed("tables sent along with a query are not taken", 48)
            fields[name] = value
        return fields, ""
    try:
        return fields, (await request.read()).decode("utf-8")
    except web.RequestPayloadError:
        raise QueryFailed("Syntax error: the query is not packed as its Content-Encoding says", 62) from None
    except UnicodeDecodeError:
        raise QueryFailed("Syntax error: the query is no UTF-8", 62) from None


async def _send(
    request: web.Request, asked: Question, packed: bytes, coding: str | None
) -> web.StreamResponse:
    response = web.StreamResponse(headers=_headers(asked, coding))
    response.content_length = len(packed)
    await response.prepare(request)
    for start in range(0, len(packed), _CHUNK):
        await response.write(packed[start : start + _CHUNK])
    await response.write_eof()
    return response


def _headers(asked: Question, coding: str | None) -> Mapping[str, str]:
    headers = {
        "Content-Type": answers.content_type(asked.output_format),
        "X-ClickHouse-Format": asked.output_format,
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Server-Display-Name": "vigie",
        "X-ClickHouse-Summary": "{}",
        # What somebody posted stays text in a browser too.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    if asked.query_id.isprintable() and asked.query_id.isascii() and asked.query_id:
        headers["X-ClickHouse-Query-Id"] = asked.query_id[:200]
    if coding is not None:
        headers["Content-Encoding"] = coding
    return headers


def _refuse(refusal: answers.Refusal, *, framed: bool = False) -> web.Response:
    """Who asked for frames reads errors in frames too."""
    headers = {
        "X-ClickHouse-Exception-Code": str(refusal.code),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="vigie"'
    body = refusal.body.encode("utf-8")
    headers["Content-Type"] = "text/plain; charset=UTF-8"
    return web.Response(status=refusal.status, body=answers.frames(body) if framed else body, headers=headers)
