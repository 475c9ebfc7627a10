"""A watch's hours as a figure: the chart for wide pages and narrow ones, its signs, and what was planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from streams.plain import plain
from streams.records import Planned
from streams.report import sheet
from streams.report.chart import NARROW, WIDE, Bin, Marked, draw
from streams.report.data import Blind, ReportData
from streams.report.reader import Reader
from streams.report.words import ReportWords


def figure(data: ReportData, watch: str, reader: Reader) -> Iterator[str]:
    words, hours = reader.words, data.hours.get(watch, ())
    title = reader.title(watch)
    if not hours:
        yield sheet.section(words.chart, sheet.note(words.no_hours))
        return
    peak = max(hours, key=lambda hour: hour.mentions)
    facts = {
        "title": title,
        "since": reader.moment(hours[0].at),
        "until": reader.moment(hours[-1].at + timedelta(hours=1)),
        "total": reader.number(sum(hour.mentions for hour in hours)),
        "most": reader.number(peak.mentions),
        "when": reader.moment(peak.at),
        "above": reader.number(sum(hour.limit is not None and hour.mentions > hour.limit for hour in hours)),
    }
    marked = [
        Marked(since=story.history[0].opened_at, until=story.last.resolved_at)
        for story in data.stories
        if story.last.watch == watch
    ]
    planned = data.planned_for(watch)
    drawn = "".join(
        draw(
            hours,
            frame=frame,
            zone=reader.zone,
            number=reader.number,
            day=reader.day,
            described=words.heard.format(**facts),
            key=str([*data.hours].index(watch)),
            incidents=marked,
            blind=data.blind,
            planned=planned,
        )
        for frame in (WIDE, NARROW)
    )
    heading = words.chart if data.span.incident is not None else f"{title}{words.colon}{words.chart.lower()}"
    known = any(hour.expected is not None for hour in hours)
    key = legend(hours, data.blind, marked, words, planned)
    yield (
        f"<section><h2>{escape(heading)}</h2><figure>{drawn}{key}"
        f"<figcaption>{escape(words.chart_note.format(**facts))}"
        f"{'' if known else ' ' + escape(words.no_band)}</figcaption></figure>"
        f"{''.join(sheet.note(event_note(each, reader)) for each in planned)}</section>"
    )


def event_note(event: Planned, reader: Reader) -> str:
    return reader.words.planned_note.format(
        name=plain(event.name, 120),
        since=reader.moment(event.from_at),
        until=reader.moment(event.until_at),
        times=reader.times(event.expect),
    )


def legend(
    hours: Sequence[Bin],
    blind: Sequence[Blind],
    marked: Sequence[Marked],
    words: ReportWords,
    planned: Sequence[Planned] = (),
    more: Sequence[tuple[str, str]] = (),
) -> str:
    """Of what is on the chart alone; `more` are (key, label) of what a page adds."""
    first, last = hours[0].at, hours[-1].at + timedelta(hours=1)
    known = any(hour.expected is not None for hour in hours)
    entries = [
        ("bar", words.bar, True),
        ("above", words.above, any(hour.limit is not None and hour.mentions > hour.limit for hour in hours)),
        ("usual", words.usual, known),
        ("band", words.band, known),
        ("limit", words.limit, known),
        ("incident", words.marked, bool(marked)),
        ("planned", words.planned, any(each.until_at > first and each.from_at < last for each in planned)),
        ("blind", words.blind, any(gap.until_at > first and gap.from_at < last for gap in blind)),
    ]
    items = "".join(
        f'<li><i class="key-{name}"></i>{escape(label)}</li>'
        for name, label, shown in [*entries, *((*each, True) for each in more)]
        if shown
    )
    return f'<ul class="legend">{items}</ul>'
