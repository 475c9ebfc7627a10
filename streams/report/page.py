"""The report as one HTML file: a phone's column, an A4 page, nothing loaded, no script. Pure.

Every text that strangers wrote is made plain (no control character turns a line around), cut, escaped, and
set apart in its direction; the page's own policy forbids scripts and requests should one slip through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.notifiers.base import Kind, Message
from streams.notifiers.mail_facts import figures, made_of
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain
from streams.records import Incident, IncidentEvent, IncidentState, Planned
from streams.report import sheet
from streams.report.chart import NARROW, WIDE, Bin, Marked, draw
from streams.report.data import Blind, Quote, Repeated, ReportData, Story, Told
from streams.report.words import REPORT_WORDS, ReportWords

QUOTE_CHARS: Final = 600
MOST_NAMES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom it is written; `titles` are those of the watches file, else names stand in."""

    language: Tongue = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    titles: dict[str, str] | None = None

    @property
    def words(self) -> ReportWords:
        return REPORT_WORDS[self.language]

    def title(self, watch: str) -> str:
        return plain((self.titles or {}).get(watch, watch), 120)

    def moment(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local:%d/%m/%Y %H:%M}" if self.language == "fr" else f"{local:%Y-%m-%d %H:%M}"

    def day(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        date = f"{local:%d/%m}" if self.language == "fr" else f"{local:%m-%d}"
        return f"{self.words.days[local.weekday()]} {date}"

    def number(self, value: float) -> str:
        return TONGUES[self.language].number(value)

    def times(self, factor: float) -> str:
        text = f"{factor:g}"
        return text.replace(".", ",") if self.language == "fr" else text

    def percent(self, share: float) -> str:
        return TONGUES[self.language].percent(share)


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
    yield from _chart(data, last.watch, reader)
    yield sheet.section(words.sums, _sums(story, message, reader))
    yield sheet.section(words.timeline, _timeline(story, reader))
    yield sheet.section(words.posts, _posts(story, reader))
    if story.repeated:
        yield sheet.section(words.repeated, "".join(_repeated(each, reader) for each in story.repeated))
    yield sheet.section(words.told, _told(data.told, reader, several=False))
    yield sheet.section(words.coverage, _coverage(data.blind, reader))


def _period(data: ReportData, reader: Reader, period: str) -> Iterator[str]:
    words = reader.words
    name = words.period if data.span.watch is None else reader.title(data.span.watch)
    yield f'<header class="plain"><h1>{escape(name)}</h1><p>{escape(period)}</p></header>'
    yield sheet.section(words.totals, _totals(data, reader))
    yield sheet.section(words.incidents, _incidents(data.stories, reader))
    for watch in data.hours:
        yield from _chart(data, watch, reader)
    yield sheet.section(words.told, _told(data.told, reader, several=True))
    yield sheet.section(words.coverage, _coverage(data.blind, reader))


def message_of(state: Incident, reader: Reader) -> Message:
    """An update's sentence begins with "now": long after, only the bare facts and the end are told."""
    over = state.event is IncidentEvent.RESOLVED
    return Message(
        incident=state if over else replace(state, event=IncidentEvent.OPENED),
        kind=Kind.UPDATED,
        channel="",
        title=reader.title(state.watch),
        language=reader.language,
        zone=reader.zone,
        at=state.updated_at,
    )


def _chart(data: ReportData, watch: str, reader: Reader) -> Iterator[str]:
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


def _timeline(story: Story, reader: Reader) -> str:
    tongue, words = TONGUES[reader.language], reader.words
    rows = [
        (
            reader.moment(state.updated_at),
            words.events.get(state.event, plain(state.event, 40)),
            tongue.severities[state.severity],
            f"{message_of(state, reader).sentence}.",
        )
        for state in story.history
    ]
    return sheet.table((words.when, words.event, words.severity, words.what), rows, words.cut)


def _incidents(stories: Sequence[Story], reader: Reader) -> str:
    words, tongue = reader.words, TONGUES[reader.language]
    if not stories:
        return sheet.note(words.no_incidents)
    rows = [
        (
            reader.moment(story.history[0].opened_at),
            words.ongoing.lower()
            if story.last.resolved_at is None
            else reader.moment(story.last.resolved_at),
            tongue.severities[story.height.severity],
            reader.title(story.last.watch),
            f"{message_of(story.height, reader).sentence}.",
        )
        for story in stories
    ]
    return sheet.table(
        (words.opened, words.resolved, words.severity, words.watch, words.what), rows, words.cut
    )


def _totals(data: ReportData, reader: Reader) -> str:
    words = reader.words
    if not data.hours:
        return sheet.note(words.no_hours)
    rows = []
    for watch, hours in data.hours.items():
        mentions = sum(hour.mentions for hour in hours)
        share = [sum(hour.negative for hour in hours), sum(hour.misinformation for hour in hours)]
        cells = [reader.percent(part / mentions) if mentions else "–" for part in share]
        count = sum(story.last.watch == watch for story in data.stories)
        rows.append((reader.title(watch), reader.number(mentions), *cells, reader.number(count)))
    heads = (words.watch, words.mentions, words.negative, words.misinformation, words.incidents)
    return sheet.table(heads, rows, words.cut, numbers_from=1)


def _told(told: Sequence[Told], reader: Reader, *, several: bool) -> str:
    words = reader.words
    if not told:
        return sheet.note(words.nobody)
    rows = [
        (
            reader.moment(each.at),
            plain(each.channel, 60),
            (f"{plain(each.incident, 80)}, " if several else "")
            + words.events.get(each.event, plain(each.event, 40)),
            " – ".join(
                part
                for part in (
                    words.outcomes.get(each.outcome, plain(each.outcome, 40)),
                    plain(each.detail, 160),
                )
                if part
            ),
        )
        for each in told
    ]
    told_at_all = any(each.outcome in {"delivered", "digest"} for each in told)
    note = words.told_note if told_at_all else f"{words.nobody} {words.told_note}"
    return sheet.note(note) + sheet.table(
        (words.when, words.channel, words.event, words.outcome), rows, words.cut
    )


def _coverage(blind: Sequence[Blind], reader: Reader) -> str:
    words = reader.words
    if not blind:
        return sheet.note(words.complete)
    rows = [
        (
            reader.moment(gap.from_at),
            reader.moment(gap.until_at),
            plain(gap.platform, 60),
            plain(gap.reason, 200),
        )
        for gap in blind
    ]
    return sheet.table((words.blind_from, words.blind_until, words.platform, words.reason), rows, words.cut)


def _posts(story: Story, reader: Reader) -> str:
    words = reader.words
    gone = sheet.note(words.gone.format(count=reader.number(story.gone))) if story.gone else ""
    return sheet.note(words.posts_note) + "".join(_quote(quote, reader) for quote in story.quotes) + gone


def _quote(quote: Quote, reader: Reader) -> str:
    words = reader.words
    said = [plain(quote.platform, 40), reader.moment(quote.at)]
    if quote.sentiment is not None:
        label = words.sentiments.get(quote.sentiment, plain(quote.sentiment, 20))
        said.append(f"{label} ({words.unsure})" if quote.unsure else label)
    if quote.reasons:
        kinds = dict.fromkeys(
            words.reasons.get(reason.partition(":")[0], plain(reason, 40)) for reason in quote.reasons
        )
        said.append(f"{words.flagged}{words.colon}{', '.join(kinds)}")
    link = (
        ""
        if quote.link is None
        else f' · <a href="{escape(quote.link)}" rel="noreferrer noopener">{escape(words.follow)}</a>'
    )
    return (
        f'<blockquote><p><bdi dir="auto">{escape(plain(quote.text, QUOTE_CHARS))}</bdi></p>'
        f'<p class="by">{escape(" · ".join(said))}{link}</p></blockquote>'
    )


def _repeated(each: Repeated, reader: Reader) -> str:
    by = reader.words.repeated_by.format(
        mentions=reader.number(each.mentions), authors=reader.number(each.authors)
    )
    return (
        f'<blockquote><p><bdi dir="auto">{escape(plain(each.text, QUOTE_CHARS))}</bdi></p>'
        f'<p class="by">{escape(by)}</p></blockquote>'
    )


def _sums(story: Story, message: Message, reader: Reader) -> str:
    """What the store has of it from beginning to end, and why it was held to be so grave."""
    words, mail, sums = reader.words, MAIL_WORDS[reader.language], story.sums
    rows: list[tuple[str, str]] = []
    if sums is not None and sums.mentions:
        rows += [
            (words.mentions, reader.number(sums.mentions)),
            (mail.originals, reader.number(sums.originals)),
            (mail.reposts, reader.number(sums.mentions - sums.originals)),
            (words.authors, reader.number(sums.authors)),
            (mail.platforms, _counted(sums.platforms, reader)),
            (mail.languages, _counted(sums.languages, reader)),
        ]
        if sums.scored:
            rows.append((mail.negative, reader.percent(sums.negative / sums.scored)))
        if sums.flagged:
            rows.append((mail.misinformation, f"{reader.number(sums.flagged)} ({mail.verdict})"))
    kept = {mail.signs, mail.why}
    return sheet.pairs(rows + [row for row in made_of(message) if row[0] in kept])


def _counted(pairs: Sequence[tuple[str, int]], reader: Reader) -> str:
    return ", ".join(f"{plain(name, 40)} {reader.number(count)}" for name, count in pairs[:MOST_NAMES])


def _round(length: timedelta) -> float:
    """To the hour above six hours, to the minute below: nobody says that it lasted 40 hours 5 minutes."""
    unit = 3_600 if length > timedelta(hours=6) else 60
    return max(unit, round(length.total_seconds() / unit) * unit)
