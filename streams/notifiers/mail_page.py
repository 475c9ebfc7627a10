"""The HTML part of a mail: a single column for a phone, no script, no image, nothing loaded from afar.

The chart is a table of coloured cells. Mail programs show no SVG, block images until asked, and most
of them ignore style sheets; table cells with a height and a background they all draw, and nobody sees
from outside that the mail was opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from streams.incidents.wording import TONGUES
from streams.notifiers.base import Bar, Digest, Kind, Message
from streams.notifiers.mail_facts import Row, figures, made_of, moment, posts, times
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain
from streams.records import IncidentState

CHART_PX: Final = 72
# Dark enough for white text on them at WCAG AA contrast.
_COLOURS: Final = {"info": "#2f5d8a", "warning": "#9a5b00", "critical": "#a3121f"}
_OVER: Final = "#2b6a3f"
_FONT: Final = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_INK, _SOFT, _LINE = "#1b1f24", "#59636e", "#d9dee3"


def page(message: Message) -> str:
    labels = MAIL_WORDS[message.language]
    parts = [_head(message)]
    if message.kind is Kind.TEST:
        parts.append(_note(labels.test))
    elif message.incident.drill:
        parts.append(_note(labels.drill))
    parts += [
        f'<p style="margin:0 0 16px;font-size:18px;line-height:1.45">{escape(message.sentence)}.</p>',
        _figures(figures(message)),
        chart(message),
        _rows(times(message)),
    ]
    if rows := made_of(message):
        parts += [_heading(labels.made_of), _rows(rows)]
    if posts(message):
        parts += [_heading(labels.posts), _posts(message)]
    if message.link is not None:
        parts.append(
            f'<p style="margin:20px 0 0"><a href="{escape(message.link)}" style="display:inline-block;'
            f"padding:12px 18px;border-radius:6px;background:{_INK};color:#ffffff;text-decoration:none;"
            f'font-weight:600">{escape(labels.open_link)}</a></p>'
        )
    footer = labels.footer.format(channel=message.channel, incident=message.incident.id)
    return _document(message.subject, message.language, parts, footer)


def digest_page(digest: Digest) -> str:
    labels = MAIL_WORDS[digest.language]
    since = moment(digest.since_at, digest.messages[0])
    parts = [f'<p style="margin:0 0 16px;font-size:16px">{escape(labels.digest.format(since=since))}</p>']
    for message in digest.messages:
        parts += [
            _head(message),
            f'<p style="margin:0 0 8px;line-height:1.45">{escape(message.sentence)}.</p>',
            _rows(times(message)),
        ]
        if message.link is not None:
            link = f'<a href="{escape(message.link)}" style="color:#0b57a4">{escape(labels.open_link)}</a>'
            parts.append(f'<p style="margin:0 0 24px">{link}</p>')
    footer = labels.digest_footer.format(channel=digest.channel)
    return _document(digest.subject, digest.language, parts, footer)


def chart(message: Message) -> str:
    """A bar an hour; the thin dark cap on or above a bar is what is usual then. Empty without bars."""
    bars = message.background.bars
    labels, words = MAIL_WORDS[message.language], TONGUES[message.language]
    most = max((max(bar.mentions, bar.expected or 0) for bar in bars), default=0)
    if not most:
        return ""
    colour = (
        _OVER if message.incident.state is IncidentState.RESOLVED else _COLOURS[message.incident.severity]
    )
    cells = "".join(_column(bar, most, colour) for bar in bars)
    first, last = (bars[i].at.astimezone(message.zone) for i in (0, -1))
    note = labels.chart_note.format(most=words.number(max(bar.mentions for bar in bars)))
    return (
        f'<p style="margin:20px 0 6px;font-size:13px;color:{_SOFT}">{escape(labels.chart)}</p>'
        f'<table role="img" aria-label="{escape(f"{labels.chart}, {note}")}" width="100%" cellpadding="0" '
        f'cellspacing="0" style="table-layout:fixed;border-bottom:1px solid {_SOFT}"><tr>{cells}</tr></table>'
        f'<table width="100%" cellpadding="0" cellspacing="0" style="font-size:12px;color:{_SOFT}"><tr>'
        f'<td>{first:%H:%M}</td><td align="center">{escape(note)}</td>'
        f'<td align="right">{last:%H:%M}</td></tr></table>'
    )


def _column(bar: Bar, most: float, colour: str) -> str:
    """A stack from the top: air, the cap where the usual lies, and the bar."""
    height = round(CHART_PX * bar.mentions / most)
    layers: list[tuple[int, str]]
    if bar.expected is None:
        layers = [(height, colour)]
    else:
        usual = min(CHART_PX - 2, round(CHART_PX * bar.expected / most))
        if usual >= height:
            layers = [(2, _INK), (usual - height, ""), (height, colour)]
        else:
            layers = [(max(0, height - usual - 2), colour), (2, _INK), (usual, colour)]
    drawn = "".join(
        f'<div style="height:{px}px;line-height:{px}px;font-size:1px{f";background:{fill}" if fill else ""}">'
        "&nbsp;</div>"
        for px, fill in layers
        if px > 0
    )
    return f'<td valign="bottom" height="{CHART_PX}" style="height:{CHART_PX}px;padding:0 1px">{drawn}</td>'


def _head(message: Message) -> str:
    """A coloured band with how bad it is, and what it is about."""
    words, incident = TONGUES[message.language], message.incident
    over = incident.state is IncidentState.RESOLVED
    badge = words.events[incident.event] if over else words.severities[incident.severity]
    if message.kind is Kind.TEST:
        badge = words.test
    elif incident.drill:
        badge = f"{words.drill}, {badge}"
    colour = _OVER if over else _COLOURS[incident.severity]
    if message.kind is Kind.TEST:
        colour = _INK
    return (
        f'<table width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px"><tr>'
        f'<td bgcolor="{colour}" style="background:{colour};color:#ffffff;padding:12px 16px;'
        'border-radius:6px">'
        f'<div style="font-size:13px;font-weight:700;letter-spacing:0.06em">{escape(badge)}</div>'
        '<div style="font-size:21px;font-weight:700;line-height:1.25">'
        f"{escape(plain(message.title, 120))}</div>"
        "</td></tr></table>"
    )


def _figures(rows: Sequence[Row]) -> str:
    cells = "".join(
        f'<td valign="top"><div style="font-size:13px;color:{_SOFT}">{escape(label)}</div>'
        f'<div style="font-size:{26 if i == 0 else 20}px;font-weight:700">{escape(value)}</div></td>'
        for i, (label, value) in enumerate(rows)
    )
    return f'<table width="100%" cellpadding="0" cellspacing="0"><tr>{cells}</tr></table>'


def _rows(rows: Sequence[Row]) -> str:
    lines = "".join(
        f'<tr><td valign="top" style="padding:6px 12px 6px 0;border-top:1px solid {_LINE};color:{_SOFT}">'
        f'{escape(label)}</td><td valign="top" align="right" '
        f'style="padding:6px 0;border-top:1px solid {_LINE}">{escape(value)}</td></tr>'
        for label, value in rows
    )
    style = "margin:14px 0 0;font-size:15px;line-height:1.35"
    return f'<table width="100%" cellpadding="0" cellspacing="0" style="{style}">{lines}</table>'


def _posts(message: Message) -> str:
    items = []
    for post in posts(message):
        name = escape(post.link or plain(post.id, 300))
        shown = f'<a href="{name}" style="color:#0b57a4">{name}</a>' if post.link else name
        quote = (
            f"<br>{escape(TONGUES[message.language].quoted([plain(post.text, 500)]))}" if post.text else ""
        )
        items.append(f'<li style="margin:0 0 8px;word-break:break-word">{shown}{quote}</li>')
    return f'<ul style="margin:8px 0 0;padding:0 0 0 20px;font-size:15px">{"".join(items)}</ul>'


def _heading(title: str) -> str:
    return f'<h2 style="margin:24px 0 0;font-size:16px">{escape(title)}</h2>'


def _note(said: str) -> str:
    return (
        f'<p style="margin:0 0 16px;padding:10px 12px;border:2px solid {_INK};border-radius:6px;'
        f'font-weight:600">{escape(said)}</p>'
    )


def _document(title: str, language: str, parts: Sequence[str], footer: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title></head>"
        f'<body style="margin:0;background:#f3f5f7"><div style="max-width:560px;margin:0 auto;padding:16px;'
        f'background:#ffffff;color:{_INK};font-size:15px;{_FONT}">{"".join(parts)}'
        f'<p style="margin:28px 0 0;padding:12px 0 0;border-top:1px solid {_LINE};font-size:12px;'
        f'color:{_SOFT};word-break:break-word">{escape(footer)}</p></div></body></html>'
    )
