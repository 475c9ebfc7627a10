"""Cases as one HTML file that prints: what each rule would have opened, when, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from streams.backtest.case import Case, Found, Matter, Sums, Tried, matters, sums, within
from streams.backtest.words import TRIAL_WORDS, TrialWords
from streams.incidents.wording import TONGUES
from streams.notifiers.mail_facts import figures, made_of
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain
from streams.records import Severity, Verdict
from streams.report import sheet
from streams.report.chart import NARROW, WIDE, Frame, Lane, Marked, draw
from streams.report.figure import event_note, legend
from streams.report.page import colophon
from streams.report.reader import Reader
from streams.report.sections import message_of

ONE_HOUR: Final = timedelta(hours=1)
SHORT: Final = timedelta(days=14)
"""On less, a number a month says little."""
LONG: Final = timedelta(days=14)
"""Of more than this an hour is too narrow to see."""
BEFORE: Final = timedelta(hours=48)
AFTER: Final = timedelta(hours=24)
MOST_CLOSE: Final = 12
LOW: Final = replace(WIDE, height=190)
LOW_NARROW: Final = replace(NARROW, height=190)


def page(
    cases: Sequence[Case], reader: Reader, *, made_at: datetime, plot: bool = False, own_clock: bool = False
) -> str:
    """The whole file, as text; `plot` for one rule that was only looked at.

    With `own_clock` the times are a file's, which no time zone may turn.
    """
    words = TRIAL_WORDS[reader.language]
    name = words.plot if plot else words.title
    local = replace(reader, zone=ZoneInfo("UTC")) if own_clock else reader
    body: list[str] = []
    since, until = min(case.since for case in cases), max(case.until for case in cases)
    period = reader.words.period_of.format(since=local.moment(since), until=local.moment(until))
    told = "" if plot else f"<p>{escape(words.told)}</p>"
    body.append(f'<header class="plain"><h1>{escape(name)}</h1><p>{escape(period)}</p>{told}</header>')
    for number, case in enumerate(cases):
        body += _case(case, number, local, words)
    body.append(colophon(reader, made_at, words.own_clock if own_clock else ""))
    return sheet.document(name, reader.language, "".join(body))


def _case(case: Case, number: int, reader: Reader, words: TrialWords) -> Iterator[str]:
    yield f"<h2>{escape(reader.title(case.watch))}</h2>{sheet.note(_when(case, reader, words))}"
    yield _chart(case, number, reader, words)
    yield f"<h3>{escape(words.sums)}</h3>{_sums(case, reader, words)}"
    yield f"<h3>{escape(words.found)}</h3>{_matters(case, reader, words)}"
    yield from _close(case, number, reader, words)


def _when(case: Case, reader: Reader, words: TrialWords) -> str:
    said = [
        words.period.format(
            since=reader.moment(case.since),
            until=reader.moment(case.until),
            days=reader.decimal(case.heard / timedelta(days=1)),
        ),
        words.learnt.format(since=reader.moment(case.learnt_from)),
    ]
    if case.heard < SHORT:
        said.append(words.short)
    if case.deleted:
        said.append(words.deleted.format(count=reader.number(case.deleted)))
    return " ".join(said)


def _label(tried: Tried, case: Case, words: TrialWords) -> str:
    return f"{tried.rule} ({words.in_force})" if tried.in_force and _compares(case) else str(tried.rule)


def _compares(case: Case) -> bool:
    return len(case.tried) > 1 or case.recorded is not None


def _opened_by(case: Case, words: TrialWords) -> list[tuple[str, Sequence[Found]]]:
    """What really was opened, the rule in force, the others."""
    order = sorted(case.tried, key=lambda tried: not tried.in_force)
    recorded = [] if case.recorded is None else [(words.recorded, case.recorded)]
    return [*recorded, *((_label(tried, case, words), tried.found) for tried in order)]


def _sums(case: Case, reader: Reader, words: TrialWords) -> str:
    beside = case.in_force.found
    several = _compares(case)
    heads = [words.rule, words.opened, words.severities, words.a_month]
    if several:
        heads += [words.only_here, words.missed, words.sooner]
    if case.marked:
        heads.append(words.marked)
    rows = []
    for label, found in _opened_by(case, words):
        total = sums(found, beside, case)
        row = [
            label,
            reader.number(total.opened),
            " / ".join(reader.number(total.by_severity[level]) for level in reversed(Severity)),
            "–" if total.a_month is None else reader.decimal(total.a_month),
        ]
        if several:
            row += [reader.number(total.only_here), reader.number(total.missed), _lead(total, reader)]
        if case.marked:
            row.append(" · ".join(f"{found}/{marked}" for found, marked in _right(total, case)))
        rows.append(row)
    note = sheet.note(words.sums_note) if several else ""
    return sheet.table(heads, rows, words.cut, numbers_from=1) + note


def _right(total: Sums, case: Case) -> list[tuple[int, int]]:
    """Of what people marked true, and of what they marked false: how many it opened, how many there are."""
    said = [mark.verdict for _, mark in case.marked]
    return [(total.true, said.count(Verdict.TRUE)), (total.false, said.count(Verdict.FALSE))]


def _lead(total: Sums, reader: Reader) -> str:
    if total.sooner_s is None:
        return "–"
    minutes = round(total.sooner_s / 60)
    sign = "−" if minutes < 0 else ""
    return f"{sign}{reader.number(abs(minutes))}\N{NO-BREAK SPACE}min"


def _chart(case: Case, number: int, reader: Reader, words: TrialWords) -> str:
    if not case.counted:
        return sheet.note(reader.words.no_hours)
    title = reader.title(case.watch)
    peak = max(case.counted, key=lambda each: each.mentions)
    facts = {
        "title": title,
        "since": reader.moment(case.counted[0].at),
        "until": reader.moment(case.counted[-1].at + case.one),
        "total": reader.number(sum(each.mentions for each in case.counted)),
        "most": reader.number(peak.mentions),
        "when": reader.moment(peak.at),
        "above": reader.number(
            sum(each.limit is not None and each.mentions > each.limit for each in case.counted)
        ),
    }
    hourly = case.one == ONE_HOUR
    span = TONGUES[reader.language].span(case.one.total_seconds())
    name = words.chart.format(title=title) if hourly else words.longer.format(title=title, span=span)
    described = reader.words.heard.format(**facts) if hourly else name
    lanes = _lanes(case, words)
    more = [
        (f"beside-{at}", words.limit_of.format(rule=lane.label))
        for at, lane in enumerate(lanes)
        if lane.limits
    ]
    if any(lane.incidents for lane in lanes):
        more.append(("lane", words.lane))
    caption = reader.words.chart_note.format(**facts) if hourly else name
    key = legend(case.counted, case.blind, _in_force(case), reader.words, case.planned, more)
    drawn = _drawn(case, (WIDE, NARROW), reader, words, described=described, key=str(number))
    notes = "".join(sheet.note(event_note(each, reader)) for each in case.planned)
    return f"<figure>{drawn}{key}<figcaption>{escape(caption)}</figcaption></figure>{notes}"


def _drawn(
    case: Case, frames: Sequence[Frame], reader: Reader, words: TrialWords, *, described: str, key: str
) -> str:
    return "".join(
        draw(
            case.counted,
            frame=frame,
            zone=reader.zone,
            number=reader.number,
            day=reader.day,
            described=described,
            key=key,
            incidents=_in_force(case),
            blind=case.blind,
            planned=case.planned,
            lanes=_lanes(case, words),
            width_of_one=case.one,
        )
        for frame in frames
    )


def _lanes(case: Case, words: TrialWords) -> list[Lane]:
    limits = {_label(tried, case, words): {} if tried.in_force else tried.limits for tried in case.tried}
    return [
        Lane(label=label, incidents=[_marked(each) for each in found], limits=limits.get(label, {}))
        for label, found in _opened_by(case, words)
    ]


def _in_force(case: Case) -> list[Marked]:
    return [_marked(found) for found in case.in_force.found]


def _close(case: Case, number: int, reader: Reader, words: TrialWords) -> Iterator[str]:
    """Of a long time the first matters once more, each large enough to see."""
    found = matters(_opened_by(case, words), _label(case.in_force, case, words))
    if case.one != ONE_HOUR or case.until - case.since <= LONG or not found:
        return
    yield f"<h3>{escape(words.close)}</h3>"
    for at, matter in enumerate(found[:MOST_CLOSE]):
        opened = matter.told.last.opened_at
        part = within(case, opened - BEFORE, opened + AFTER)
        when = reader.moment(opened)
        drawn = _drawn(part, (LOW, LOW_NARROW), reader, words, described=when, key=f"{number}-{at}")
        caption = f"<figcaption>{escape(when)}</figcaption>"
        yield f'<figure class="close">{drawn}{caption}</figure>'


def _marked(found: Found) -> Marked:
    last = found.last
    return Marked(since=last.opened_at, until=last.resolved_at, severity=str(last.severity))


def _matters(case: Case, reader: Reader, words: TrialWords) -> str:
    opened = [(each.rule, each.found) for each in sorted(case.tried, key=lambda tried: not tried.in_force)]
    recorded = [] if case.recorded is None else [(words.recorded, case.recorded)]
    found = matters([*recorded, *opened], case.in_force.rule)
    if not found:
        return sheet.note(words.nothing)
    heads = (reader.words.opened, reader.words.resolved, words.by, reader.words.severity, reader.words.what)
    note = sheet.note(words.found_note) if _compares(case) else ""
    return note + sheet.table(heads, [_row(matter, reader) for matter in found], words.cut, named=True)


def _row(matter: Matter, reader: Reader) -> tuple[str, ...]:
    told = matter.told
    opened_at, over_at = told.last.opened_at, told.last.resolved_at

    def clock(at: datetime) -> str:
        return _clock(at, opened_at, reader)

    return (
        reader.moment(opened_at),
        reader.words.ongoing.lower() if over_at is None else reader.moment(over_at),
        ", ".join(f"{label} {clock(found.last.opened_at)}" for label, found in matter.by),
        told.severities(TONGUES[reader.language].severities.__getitem__, clock),
        _why(told, reader),
    )


def _clock(at: datetime, began: datetime, reader: Reader) -> str:
    """The time of day; with its date where that is another."""
    local = at.astimezone(reader.zone)
    same = local.date() == began.astimezone(reader.zone).date()
    return f"{local:%H:%M}" if same else reader.moment(at)


def _why(found: Found, reader: Reader) -> str:
    """As it opened; then the highest severity by the reasons of its own moment."""
    message, gravest = message_of(found.first, reader), message_of(found.gravest, reader)
    labels = MAIL_WORDS[reader.language]
    why = labels.why
    if found.grew:
        why += f" ({TONGUES[reader.language].severities[found.gravest.severity]})"
    facts = [
        *figures(message)[1:],
        *((label, value) for label, value in made_of(message) if label == labels.signs),
        *((why, value) for label, value in made_of(gravest) if label == labels.why),
    ]
    said = TONGUES[reader.language].separator.join(
        f"{label}{reader.words.colon}{value}" for label, value in facts
    )
    return plain(f"{message.sentence}. {said}")
