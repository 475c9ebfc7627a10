"""A publisher on loopback: one feed as RSS, Atom or JSON Feed, which misbehaves as told."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Literal
from xml.sax.saxutils import escape

from aiohttp import web

from tests.servers.timewarp import WarpClock

Format = Literal["rss", "atom", "json"]
Date = Literal["right", "missing", "future", "old"]
Trick = Literal["html", "bomb", "huge", "cut", "stall", "private", "loop", "empty"]


@dataclass
class Article:
    number: int
    title: str
    at: datetime
    updated: datetime | None = None
    date: Date = "right"
    body: str = ""


@dataclass
class Publisher:
    """The feed holds the last `holds` articles. `failures` are answered first, one a request."""

    clock: WarpClock
    format: Format
    holds: int = 40
    articles: list[Article] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]] | Trick] = field(default_factory=list)
    moved: bool = False
    conditional: int = 0
    requests: int = 0
    paths: list[str] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(3))
    base: str = ""

    @property
    def url(self) -> str:
        return f"{self.base}/feed?key=hush"

    def publish(self, date: Date = "right") -> Article:
        number = len(self.articles)
        article = Article(number, f"Crue n° {number} & vigilance <orange>", self.clock.now(), date=date)
        article.body = f"<p>Le pont {number} est <b>fermé</b>. <a href='https://example.org/a?b=1&amp;c={number}'>Lire</a></p>"
        self.articles.append(article)
        return article

    def edit(self, article: Article) -> None:
        article.title += " (mis à jour)"
        article.updated = self.clock.now()

    def native_id(self, article: Article) -> str:
        return f"tag:example.org,2026:{article.number}"

    def document(self) -> bytes:
        held = list(reversed(self.articles[-self.holds :]))
        match self.format:
            case "rss":
                return self._rss(held).encode()
            case "atom":
                return self._atom(held).encode()
            case "json":
                return json.dumps(self._json(held), ensure_ascii=False).encode()

    def _published(self, article: Article) -> datetime | None:
        days = {"right": 0, "future": 40, "old": -20_000, "missing": None}[article.date]
        return None if days is None else article.at + timedelta(days=days)

    def _rss(self, held: list[Article]) -> str:
        out = []
        for article in held:
            when = self._published(article)
            date = f"<pubDate>{format_datetime(when)}</pubDate>" if when else ""
            updated = f"<atom:updated>{article.updated.isoformat()}</atom:updated>" if article.updated else ""
            out.append(
                f"<item><title>{escape(article.title)}</title><link>https://example.org/{article.number}</link>"
                f'<guid isPermaLink="false">{self.native_id(article)}</guid>{date}{updated}'
                f"<dc:creator>Rédaction</dc:creator><category>Hérault</category>"
                f"<description>{escape(article.body)}</description>"
                '<enclosure url="https://example.org/p.jpg" length="1" type="image/jpeg"/></item>'
            )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:atom="http://www.w3.org/2005/Atom" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Ville</title>'
            "<link>https://example.org/</link><description>d</description><language>fr-fr</language><ttl>5</ttl>"
            "<sy:updatePeriod>hourly</sy:updatePeriod>"
            '<atom:link rel="hub" href="https://hub.example.org/"/>' + "".join(out) + "</channel></rss>"
        )

    def _atom(self, held: list[Article]) -> str:
        out = []
        for article in held:
            when = self._published(article)
            date = f"<published>{when.isoformat()}</published>" if when else ""
            updated = article.updated or when
            changed = f"<updated>{updated.isoformat()}</updated>" if updated else ""
            out.append(
                f"<entry><title>{escape(article.title)}</title><id>{self.native_id(article)}</id>"
                f'<link href="/{article.number}"/>{date}{changed}'
                "<author><name>Rédaction</name></author><summary>En bref</summary>"
                f'<content type="html" xml:lang="fr">{escape(article.body)}</content></entry>'
            )
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Ville</title><id>tag:feed</id>'
            + "".join(out)
            + "</feed>"
        )

    def _json(self, held: list[Article]) -> dict[str, object]:
        entries = []
        for article in held:
            entry: dict[str, object] = {
                "id": self.native_id(article),
                "url": f"https://example.org/{article.number}",
                "title": article.title.replace("<", "&lt;"),
                "external_url": f"https://example.org/elsewhere/{article.number}",
                "summary": "En bref",
                "content_html": article.body,
                "authors": [{"name": "Rédaction"}],
                "tags": ["Hérault"],
                "attachments": [{"url": "https://example.org/p.jpg", "mime_type": "image/jpeg"}],
            }
            when = self._published(article)
            if when is not None:
                entry["date_published"] = when.isoformat()
            if article.updated is not None:
                entry["date_modified"] = article.updated.isoformat()
            entries.append(entry)
        return {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Ville",
            "home_page_url": "https://example.org/",
            "feed_url": "https://example.org/feed.json",
            "language": "fr-FR",
            "items": entries,
        }

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Publisher]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        self.paths.append(request.path)
        if request.path == "/feed" and self.moved:
            return web.Response(status=301, headers={"Location": "/elsewhere"})
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, tuple):
                return web.Response(status=failure[0], headers=failure[1], text="not now")
            return await self._trick(request, failure)
        body = self.document()
        etag = '"' + hashlib.sha256(body).hexdigest()[:12] + '"'
        headers = {"ETag": etag, "Last-Modified": format_datetime(self.clock.now(), usegmt=False)}
        if request.headers.get("If-None-Match") == etag:
            self.conditional += 1
            return web.Response(status=304, headers=headers)
        kind = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
        return web.Response(body=body, headers=headers | {"Content-Type": kind[self.format]})

    async def _trick(self, request: web.Request, trick: Trick) -> web.StreamResponse:
        response = web.StreamResponse()
        match trick:
            case "html":
                return web.Response(text="<html><body>Maintenance</body></html>", content_type="text/html")
            case "empty":
                return web.Response(text="")
            case "bomb":
                laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
                return web.Response(
                    text=f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><rss><title>&l9;</title></rss>'
                )
            case "private":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/latest/meta-data"})
            case "loop":
                return web.Response(status=302, headers={"Location": "/loop"})
            case "huge":
                response.enable_compression()
                await response.prepare(request)
                for _ in range(11 * 16):
                    await response.write(b"<item>" + b" " * 65_530)
                return response
            case "cut":
                body = self.document()
                response.content_length = len(body)
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                if request.transport is not None:
                    request.transport.abort()
                return response
            case "stall":
                await response.prepare(request)
                await response.write(b"<rss>")
                await self.clock.sleep(120)
                return response
