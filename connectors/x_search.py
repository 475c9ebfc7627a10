"""What X's filtered stream did not deliver, had from its recent search: seven days back, newest first.

docs.x.com, "Recent search": the language of the rules, in queries of 512 characters (4,096 for
enterprises), a hundred posts a page, each of them paid for like one of the stream.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.base import Clock
from connectors.errors import RateLimited, ServerTrouble, Unreadable
from connectors.http import Http, raise_for_status
from connectors.pieces import items, load_object, moment, obj, word
from connectors.ratelimit import Budget, read_budget

DAYS: Final = timedelta(days=7)
A_PAGE: Final = 100

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the search: one value a post, as the stream would send it, and the next page's token."""

    posts: tuple[dict[str, Any], ...]
    next_token: str | None


def join_rules(values: Iterable[str], max_chars: int) -> list[str]:
    """As few queries as the rules fit in; one that is longer alone is left as it is."""
    queries: list[str] = []
    for value in dict.fromkeys(values):
        piece = f"({value})"
        if queries and len(queries[-1]) + len(" OR ") + len(piece) <= max_chars:
            queries[-1] += f" OR {piece}"
        else:
            queries.append(piece if len(piece) <= max_chars else value)
    return queries


def parse_found(body: bytes) -> Found:
    """
    Raises:
        Unreadable: it is no answer of the search.
    """
    answer = load_object(body)
    posts = answer.get("data", [])
    if not isinstance(posts, list):
        raise Unreadable("data is no list")
    includes = obj(answer.get("includes"))
    token = word(obj(answer.get("meta")).get("next_token"))
    return Found(tuple({"data": post, "includes": includes} for post in items(posts)), token)


def reachable(span: Span, now: datetime) -> Span | None:
    """The part of a span that the search still holds; a minute less, since asking takes its time."""
    start = max(span[0], now - DAYS + timedelta(minutes=1))
    return (start, span[1]) if start < span[1] else None


class RecentSearch:
    """Asks for one span of time, query by query and page by page, within the budget that X tells.

    Broken off, it goes on where it was: a long span takes more pages than a budget has.
    """

    def __init__(self, base: str, queries: Iterable[str], fields: Mapping[str, str], clock: Clock) -> None:
        self._url = f"{base}/2/tweets/search/recent"
        self._queries = tuple(queries)
        self._fields = fields
        self._clock = clock
        self._budget: Budget | None = None
        self._until: datetime | None = None
        self._reached: dict[str, datetime] = {}
        """How far back each query has come of the span that ends at `_until`."""

    async def pages(self, http: Http, span: Span, headers: Mapping[str, str]) -> AsyncGenerator[Found, None]:
        """Every page of every query; of a span that ends where the last one did, what was not given yet.

        Raises:
            ConnectorError: the rest cannot be had, or not just now; whoever asks again gets the rest.
        """
        if self._until != span[1]:
            self._until, self._reached = span[1], {}
        for query in self._queries:
            token: str | None = None
            part = (span[0], self._reached.get(query, span[1]))
            while part[0] < part[1]:
                found = await self._page(http, query, part, token, headers)
                yield found
                token = found.next_token
                if token is None:
                    self._reached[query] = part[0]
                    break
                if (oldest := _oldest(found, self._clock.now())) is not None:
                    self._reached[query] = min(part[1], oldest)

    async def _page(
        self, http: Http, query: str, span: Span, token: str | None, headers: Mapping[str, str]
    ) -> Found:
        if self._budget is not None and (wait_s := self._budget.wait_s(self._clock.now())) > 0:
            raise RateLimited("X: the budget of searches is used up", retry_after_s=wait_s)
        # The end is exclusive and both are whole seconds: one more, and repeats are dropped.
        params = {
            **self._fields,
            "query": query,
            "max_results": str(A_PAGE),
            "start_time": _seconds(span[0]),
            "end_time": _seconds(span[1] + timedelta(seconds=1)),
        }
        if token is not None:
            params["next_token"] = token
        answer = await http.request(self._url, params=params, headers=headers)
        now = self._clock.now()
        self._budget = read_budget(answer.headers, now)
        raise_for_status(answer.status, answer.headers, answer.body, "X's recent search", now=now)
        try:
            return parse_found(answer.body)
        except Unreadable as error:
            raise ServerTrouble(f"X's recent search: {error}") from None


def _oldest(found: Found, now: datetime) -> datetime | None:
    """When the last post of a page was written; None where it does not say."""
    try:
        return moment(obj(found.posts[-1]["data"]).get("created_at"), "created_at", now)
    except (IndexError, Unreadable):
        return None


def _seconds(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
