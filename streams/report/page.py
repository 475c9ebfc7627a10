"""The report as one HTML file: a phone's column, an A4 page, nothing loaded, no script. Pure.

Every text that strangers wrote is made plain (no control character turns a line around), cut, escaped, and
set apart in its direction; the page's own policy forbids scripts and requests should one slip through.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape

from streams.incidents.wording import TONGUES
from streams.notifiers.mail_facts import figures
from streams.plain import plain
from streams.records import IncidentState
from streams.report import sheet
from streams.report.data import ReportData, Story
from streams.report.figure import figure
from streams.report.reader import Reader
from streams.report.sections import (
    coverage_of,
    message_of,
    posts_of,
    repetition,
    sums_of,
    table_of_incidents,
    timeline_of,
    told_of,
    totals_of,
)


def page(data: ReportData, reader: Reader, *, made_at: datetime) -> str:
    """The whole file, as text."""
    if data.span.incident is not None:
        story = data.stories[0]
        title = f"{reader.words.incident}{reader.words.colon}{reader.title(story.last.watch)}"
        body = [*_incident(data, story, reader)]
        last = story.last
        footer = reader.words.provenance.format(
            incident=plain(last.id, 120),
            config=plain(last.config_hash, 40),
            models=plain(last.model_versions, 200),
        )
    else:
        period = reader.words.period_of.format(
            since=reader.moment(data.span.since), until=reader.moment(data.span.until)
        )
        title = f"{reader.words.period}{reader.words.colon}{period}"
        body = [*_period(data, reader, period)]
        footer = ""
    body.append(colophon(reader, made_at, footer))
    return sheet.document(title, reader.language, "".join(body))


def colophon(reader: Reader, made_at: datetime, more: str) -> str:
    """Who wrote the page, when, and on which clock."""
    made = reader.words.made.format(when=reader.moment(made_at))
    zone = reader.words.times_in.format(zone=plain(str(reader.zone), 60))
    return f"<footer><p>{escape(f'{made} {zone}')}</p><p>{escape(more)}</p></footer>"


def _incident(data: ReportData, story: Story, reader: Reader) -> Iterator[str]:
    words, last, height = reader.words, story.last, story.height
    over = last.state is IncidentState.RESOLVED
    badges = [TONGUES[reader.language].severities[height.severity], words.over if over else words.ongoing]
    state = "over" if over else str(height.severity)
    yield (
        f'<header class="{state}"><p class="badge">{escape(" · ".join(badges))}</p>'
        f"<h1>{escape(reader.title(last.watch))}</h1><p>{escape(words.incident)}</p></header>"
    )
    if last.drill:
        yield f'<p class="drill">{escape(words.drill)}</p>'
    message = message_of(height, reader)
    at_height = words.height.format(when=reader.moment(height.updated_at))
    yield f'<p class="caption">{escape(at_height)}</p><p class="sentence">{escape(message.sentence)}.</p>'
    ended = last.resolved_at or last.updated_at
    rows = [
        (words.opened, reader.moment(story.history[0].opened_at)),
        (words.resolved if over else words.ongoing.lower(), reader.moment(ended)),
        (words.lasted, TONGUES[reader.language].span(_round(ended - story.history[0].opened_at))),
    ]
    yield sheet.figures([*figures(message), *rows])
    yield from figure(data, last.watch, reader)
    yield sheet.section(words.sums, sums_of(story, message, reader))
    yield sheet.section(words.timeline, timeline_of(story, reader))
    yield sheet.section(words.posts, posts_of(story, reader))
    if story.repeated:
        yield sheet.section(words.repeated, "".join(repetition(each, reader) for each in story.repeated))
    yield sheet.section(words.told, told_of(data.told, reader, several=False))
    yield sheet.section(words.coverage, coverage_of(data.blind, reader))


def _period(data: ReportData, reader: Reader, period: str) -> Iterator[str]:
    words = reader.words
    name = words.period if data.span.watch is None else reader.title(data.span.watch)
    yield f'<header class="plain"><h1>{escape(name)}</h1><p>{escape(period)}</p></header>'
    yield sheet.section(words.totals, totals_of(data, reader))
    yield sheet.section(words.incidents, table_of_incidents(data.stories, reader))
    for watch in data.hours:
        yield from figure(data, watch, reader)
    yield sheet.section(words.told, told_of(data.told, reader, several=True))
    yield sheet.section(words.coverage, coverage_of(data.blind, reader))


def _round(length: timedelta) -> float:
    """To the hour above six hours, to the minute below: nobody says that it lasted 40 hours 5 minutes."""
    unit = 3_600 if length > timedelta(hours=6) else 60
    return max(unit, round(length.total_seconds() / unit) * unit)
