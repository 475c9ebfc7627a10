"""What stands in a mail beside its sentence, as rows of (label, value): the same in text and in HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from streams.incidents.wording import TONGUES
from streams.incidents.words import Words, is_share
from streams.notifiers.base import Message, Post
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain
from streams.records import IncidentState, Signal

Row = tuple[str, str]


def moment(when: datetime, message: Message) -> str:
    """`Sat 31 Jan 14:05` would need a calendar in both languages; figures do not."""
    local = when.astimezone(message.zone)
    return f"{local:%d/%m/%Y %H:%M}" if message.language == "fr" else f"{local:%Y-%m-%d %H:%M}"


def figures(message: Message) -> list[Row]:
    """Observed, usual, limit: what everybody looks at first."""
    incident = message.incident
    labels, words = MAIL_WORDS[message.language], TONGUES[message.language]
    signal = incident.evidence.leading or incident.signal
    write = words.percent if is_share(signal, incident.observed, incident.expected) else words.number
    window = words.span(incident.evidence.window_s)
    rows = [(f"{labels.observed} ({window})", write(incident.observed))]
    if signal not in {Signal.URGENT, Signal.VIP}:
        rows.append((labels.usual, write(incident.expected)))
    if signal not in {Signal.URGENT, Signal.VIP, Signal.SILENCE}:
        rows.append((labels.limit, write(incident.limit)))
    return rows


def times(message: Message) -> list[Row]:
    labels = MAIL_WORDS[message.language]
    zone = plain(str(message.zone), 60)
    rows = [(labels.since, f"{moment(message.incident.evidence.since_at, message)} ({zone})")]
    if message.incident.resolved_at is not None:
        rows.append((labels.until, moment(message.incident.resolved_at, message)))
    return rows


def made_of(message: Message) -> list[Row]:
    """Empty at the end of an incident: nobody asks what the calm is made of."""
    return [] if message.incident.state is IncidentState.RESOLVED else list(_made_of(message))


def posts(message: Message) -> tuple[Post, ...]:
    """What to look at first; empty at the end too."""
    return () if message.incident.state is IncidentState.RESOLVED else message.background.posts


def _made_of(message: Message) -> Iterator[Row]:
    evidence = message.incident.evidence
    labels, words = MAIL_WORDS[message.language], TONGUES[message.language]
    if evidence.mentions:
        if evidence.leading not in {None, Signal.VOLUME}:
            # What was observed is a part of them then, or a share.
            yield labels.mentions, words.number(evidence.mentions)
        yield labels.originals, words.number(evidence.originals)
        yield labels.reposts, words.number(evidence.reposts)
        yield labels.alike, words.percent(evidence.near_duplicate_share)
    if evidence.authors is not None:
        yield labels.voices, words.number(evidence.authors)
    if evidence.new_authors is not None:
        yield labels.new_voices, words.number(evidence.new_authors)
    if evidence.new_word_authors:
        yield labels.new_word, words.number(evidence.new_word_authors)
    if evidence.top_authors_share is not None:
        yield labels.loudest, words.percent(evidence.top_authors_share)
    if evidence.platforms:
        yield labels.platforms, _counted(evidence.platforms, words)
    if evidence.languages:
        yield labels.languages, _counted(evidence.languages, words)
    if evidence.negative_share is not None:
        said = words.percent(evidence.negative_share)
        if evidence.negative_share_usual is not None:
            said += f" ({labels.negative_usual}{labels.colon}{words.percent(evidence.negative_share_usual)})"
        yield labels.negative, said
    if evidence.misinformation:
        yield labels.misinformation, f"{words.number(evidence.misinformation)} ({labels.verdict})"
    if len(evidence.signs) > 1:
        yield labels.signs, ", ".join(words.signs.get(sign, plain(sign, 40)) for sign in evidence.signs)
    if evidence.gap_s:
        yield labels.gap, words.span(evidence.gap_s)
    reasons = [labels.reasons[name] for name in _keywords(evidence.reasons) if name in labels.reasons]
    if reasons:
        yield labels.why, ", ".join(reasons)


def _counted(pairs: Sequence[tuple[str, int]], words: Words) -> str:
    return ", ".join(f"{plain(name, 40)} {words.number(count)}" for name, count in pairs)


def _keywords(reasons: Sequence[str]) -> list[str]:
    """`size:+3` -> `size`: see `models.severity`."""
    return [reason.partition(":")[0] for reason in reasons]
