"""The parts of a report that are words and tables: each makes HTML of data, for one reader. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Final

from streams.incidents.wording import TONGUES
from streams.notifiers.base import Kind, Message
from streams.notifiers.mail_facts import made_of
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain
from streams.records import Incident, IncidentEvent
from streams.report import sheet
from streams.report.data import Blind, Quote, Repeated, ReportData, Story, Told
from streams.report.reader import Reader

QUOTE_CHARS: Final = 600
MOST_NAMES: Final = 6


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


def timeline_of(story: Story, reader: Reader) -> str:
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


def table_of_incidents(stories: Sequence[Story], reader: Reader) -> str:
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


def totals_of(data: ReportData, reader: Reader) -> str:
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


def told_of(told: Sequence[Told], reader: Reader, *, several: bool) -> str:
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


def coverage_of(blind: Sequence[Blind], reader: Reader) -> str:
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


def posts_of(story: Story, reader: Reader) -> str:
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


def repetition(each: Repeated, reader: Reader) -> str:
    by = reader.words.repeated_by.format(
        mentions=reader.number(each.mentions), authors=reader.number(each.authors)
    )
    return (
        f'<blockquote><p><bdi dir="auto">{escape(plain(each.text, QUOTE_CHARS))}</bdi></p>'
        f'<p class="by">{escape(by)}</p></blockquote>'
    )


def sums_of(story: Story, message: Message, reader: Reader) -> str:
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
