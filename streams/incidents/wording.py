"""What is said of an incident: a sentence to be read out, and a subject line. Never a post's own text.

Pure, from numbers alone. Both are built from the same facts in both languages, so that a town hall
and a ministry that read different languages are told the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from models.severity import made_by_a_handful
from streams.incidents.english import English
from streams.incidents.french import French
from streams.incidents.words import Tongue, Words, is_share
from streams.plain import plain
from streams.records import Evidence, Incident, IncidentEvent, Signal

TONGUES: Final[Mapping[Tongue, Words]] = {"en": English(), "fr": French()}

FEWEST_COPIES: Final = 5
FEWEST_HUSHED: Final = 15.0
"""Where fewer are usual, none at all is nothing unusual."""
_ROSE: Final = frozenset({Signal.VOLUME, Signal.SLOW_BURN})
MOST_DETAILS: Final = 4
"""More clauses than this cannot be followed by ear. A gap is said on top of them."""


def summarise(
    *,
    signal: Signal,
    event: IncidentEvent,
    observed: float,
    expected: float,
    limit: float,
    evidence: Evidence,
    title: str,
    language: Tongue,
    lasted_s: float = 0.0,
) -> str:
    """One sentence that can be read out, beginning with `title` unless that is empty; no full stop.

    `observed`, `expected` and `limit` are the present ones, over `evidence.window_s`. `lasted_s` is told
    at the end of an incident.
    """
    words = TONGUES[language]
    signal = _told_as(signal, event, observed, expected)
    head = _head(words, signal, observed, expected, evidence)
    match event:
        case IncidentEvent.OPENED:
            clauses = [head, *_details(words, signal, evidence)]
        case IncidentEvent.UPDATED:
            clauses = [words.now(head), *_details(words, signal, evidence)]
        case IncidentEvent.RESOLVED:
            hushed = expected >= FEWEST_HUSHED and observed < expected / 2
            usual = observed <= limit and not hushed
            clauses = [*_end(words, signal, usual, head, evidence, lasted_s)]
    if evidence.gap_s > 0:
        clauses.append(words.gap(evidence.gap_s))
    elif signal is Signal.SILENCE and event is not IncidentEvent.RESOLVED:
        clauses.append(words.no_gap())
    if evidence.warming_up and signal not in {Signal.URGENT, Signal.VIP}:
        clauses.append(words.young())
    text = words.separator.join(clauses)
    name = plain(title, 120)
    return words.titled(name, text) if name else text[:1].upper() + text[1:]


def subject(incident: Incident, *, title: str, language: Tongue, test: bool = False) -> str:
    """What, where, how bad, in the few words that a locked phone shows."""
    words = TONGUES[language]
    badge = words.severities[incident.severity]
    match incident.event:
        case IncidentEvent.UPDATED:
            badge = f"{badge}, {words.events[incident.event]}"
        case IncidentEvent.RESOLVED:
            badge = words.events[incident.event]
        case IncidentEvent.OPENED:
            pass
    if test:
        badge = words.test
    elif incident.drill:
        badge = f"{words.drill}, {badge}"
    phrases = [plain(phrase, 40) for phrase in incident.evidence.urgent]
    leading = incident.evidence.leading or incident.signal
    signal = _told_as(leading, incident.event, incident.observed, incident.expected)
    if incident.event is IncidentEvent.RESOLVED and signal in {Signal.URGENT, Signal.VIP}:
        what = words.no_more(signal)
    else:
        what = words.short(signal, incident.observed, incident.expected, incident.evidence, phrases)
    return words.titled(f"[{badge}] {plain(title, 60)}", what)


def _told_as(signal: Signal, event: IncidentEvent, observed: float, expected: float) -> Signal:
    """A slow rise is one while it rises: at its end, or where no more than usual are said, it is a count."""
    fallen = event is IncidentEvent.RESOLVED or round(observed) <= round(expected)
    if signal is Signal.SLOW_BURN and fallen:
        return Signal.VOLUME
    return signal


def _head(words: Words, signal: Signal, observed: float, expected: float, evidence: Evidence) -> str:
    lately = words.lately(evidence.window_s)
    if signal is Signal.URGENT:
        return words.urgent(observed, evidence.mentions, _urgent(evidence), lately)
    if signal is Signal.VIP:
        return f"{words.counted(signal, observed)} {lately}"
    if signal is Signal.SILENCE and observed < expected:
        return words.silent(observed, lately) + words.usual(expected)
    if is_share(signal, observed, expected):
        total = words.counted(Signal.VOLUME, evidence.mentions)
        return f"{total} {lately}, {words.part(signal, observed)}{words.usual_share(expected)}"
    if signal is Signal.NARRATIVE:
        return words.spreads(observed, expected, lately)
    counted = f"{words.counted(signal, observed)} {lately}{words.usual(expected)}"
    return words.slow(counted) if signal is Signal.SLOW_BURN else counted


def _end(
    words: Words, signal: Signal, usual: bool, head: str, evidence: Evidence, lasted_s: float
) -> Iterator[str]:
    after = words.after(lasted_s) if lasted_s >= 60 else ""
    match signal:
        case Signal.URGENT | Signal.VIP:
            yield words.over(after, words.no_more(signal))
        case _:
            # It may also end above what was the limit, or in a silence.
            yield words.calm(after, head) if usual else words.over(after, head)
    if signal in {Signal.SILENCE, Signal.VIP}:
        return
    if evidence.peak is not None and evidence.peak >= 10:
        yield words.peak(evidence.peak)
    if evidence.urgent:
        yield words.had_urgent(_urgent(evidence))


def _urgent(evidence: Evidence) -> list[str]:
    return [plain(phrase, 80) for phrase in evidence.urgent[:3]]


def _details(words: Words, signal: Signal, evidence: Evidence) -> list[str]:
    if signal in {Signal.SILENCE, Signal.VIP}:
        # One lane speaks of nobody, the other of one account: neither is made of a crowd.
        return []
    return list(islice(_clauses(words, signal, evidence), MOST_DETAILS))


def _clauses(words: Words, signal: Signal, evidence: Evidence) -> Iterator[str]:
    """What the rise is made of, the most telling first."""
    if evidence.urgent and signal is not Signal.URGENT:
        yield words.said_urgent(_urgent(evidence))
    if Signal.VIP in evidence.signs and signal is not Signal.VIP:
        yield words.vip_spoke()
    if evidence.new_word_authors and signal in _ROSE:
        yield words.new_word(evidence.new_word_authors)
    yield from _voices(words, evidence)
    usual = evidence.negative_share_usual
    angry = evidence.negative_share
    if signal is not Signal.NEGATIVE and angry is not None and usual is not None and angry - usual >= 0.15:
        yield words.are_negative(angry) + words.usual_share(usual)
    if evidence.misinformation and signal is not Signal.MISINFORMATION:
        yield words.flagged(evidence.misinformation)


def _voices(words: Words, evidence: Evidence) -> Iterator[str]:
    """Twelve voices that repeat four thousand times, or two thousand residents."""
    mentions, authors = evidence.mentions, evidence.authors
    if mentions < 10:
        return
    top = evidence.narratives[0][1] if evidence.narratives else 0
    # Two that say the same are not yet a message that is repeated.
    repeated = top >= FEWEST_COPIES and top / mentions >= 0.2
    if repeated:
        yield words.repeated(top / mentions, evidence.top_narrative_authors)
    elif evidence.near_duplicate_share >= 0.3:
        yield words.alike(evidence.near_duplicate_share)
    elif authors is not None and authors >= 20 and evidence.near_duplicate_share < 0.1:
        yield words.own_words(authors)
    loudest = evidence.top_authors_share
    # Ten accounts write most of thirty mentions whatever happens.
    enough = mentions >= 30 and authors is not None and authors > 10
    if not repeated and loudest is not None and loudest >= 0.5 and enough:
        yield words.loudest(loudest)
    elif authors is not None and made_by_a_handful(mentions, authors):
        yield words.by_few(authors)
    if authors is None or evidence.new_authors is None or authors < 10:
        return
    copyists = (evidence.top_narrative_authors if repeated else None) or 0
    rest = authors - copyists
    if copyists and rest >= 10:
        # How many of the copyists are new is not known: "of the rest" is said where it makes no difference.
        least = max(0, evidence.new_authors - copyists) / rest
        most = min(rest, evidence.new_authors) / rest
        if most >= 0.2 and words.share(least) == words.share(most):
            yield words.new_of_rest(most)
            return
    if evidence.new_authors / authors >= 0.2:
        yield words.new_voices(evidence.new_authors / authors)
