"""The enrich step: a batch of mentions in, the same batch out with everything learnt from each alone.

A text is normalised once and shared by everything that looks for words in it. What costs more than
words (language, sentiment, signatures) is done for whole batches, and only for mentions of a watch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.mention import SCHEMA_VERSION, Mention
from models.language import LanguageDetector, load_language_detector
from models.misinformation import Checker, Finding
from models.narrative import narrative_name, signatures
from models.phrases import PhraseIndex
from models.query import NO_FACTS, Matcher, PostFacts, compile_queries
from models.sentiment import UNSUPPORTED, Sentiment, SentimentEngine
from models.text import NormalText, domain_of, normalise
from models.word_numbers import word_numbers
from streams.engines import QUICK, engine_of
from streams.pseudonym import Pseudonymiser
from streams.records import Enriched, EnrichedDraft, Reason, WatchHit, enriched_from
from streams.watches import Watches

QUERY_VERSION: Final = "query-1"


@dataclass(frozen=True, slots=True)
class _Words:
    """Urgent phrases of all watches, found in one pass."""

    index: PhraseIndex
    owners: tuple[tuple[str, str], ...]
    """(watch, phrase as the file writes it) of each phrase of the index."""

    def find(self, text: NormalText) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for number in sorted(self.index.find(text)) if self.owners else ():
            watch, phrase = self.owners[number]
            found[watch] = (*found.get(watch, ()), phrase)
        return found


class Enricher:
    """Everything that a watches file makes of a mention, compiled once."""

    def __init__(
        self,
        watches: Watches,
        pseudonymiser: Pseudonymiser,
        *,
        language: LanguageDetector,
        sentiment: SentimentEngine,
    ) -> None:
        self._pseudonymiser = pseudonymiser
        self._language = language
        self._sentiment = sentiment
        self._matcher: Matcher = compile_queries(
            {watch.name: watch.parsed for watch in watches.watches}, pseudonymiser.term
        )
        urgent = [(watch.name, phrase) for watch in watches.watches for phrase in watch.urgent]
        self._urgent = _Words(PhraseIndex([phrase for _, phrase in urgent]), tuple(urgent))
        self._vips: Mapping[str, frozenset[str]] = {
            watch.name: frozenset(map(pseudonymiser.term, watch.vip)) for watch in watches.watches
        }
        self._checkers: Mapping[str, Checker] = {
            watch.name: Checker(
                lexicons=watch.misinformation.lexicons,
                phrases=watch.misinformation.phrases,
                claims=watch.misinformation.known_claims,
            )
            for watch in watches.watches
        }
        # Most texts hold none of all these phrases, which one look tells.
        self._looked_for = PhraseIndex(
            {phrase for _, phrase in urgent}
            | {phrase for checker in self._checkers.values() for phrase in checker.phrases}
        )
        self._beyond_phrases = not all(checker.phrases_only for checker in self._checkers.values())
        self._plain = {watch.name: WatchHit(watch=watch.name) for watch in watches.watches}
        # Without watches there is nobody to say which lexicons matter: all that ship do.
        self._any: Checker | None = None if watches.watches else Checker.shipped()
        self.models = " ".join(
            (
                f"language={language.version}",
                f"sentiment={sentiment.name}/{sentiment.version}",
                f"misinformation={Checker.version}",
                f"query={QUERY_VERSION}",
            )
        )

    @property
    def slow(self) -> bool:
        """Whether a batch may take seconds: an event loop must not wait for it itself."""
        return self._sentiment.name not in QUICK

    def enrich(self, mentions: Sequence[Mention], *, keep_all: bool = False) -> list[Enriched | None]:
        """One entry a mention, in order; None for one of no watch unless `keep_all`.

        An edited mention is kept in any case: its earlier text may have been of a watch, and then the
        store has to forget that text.
        """
        texts = [normalise(mention.text) for mention in mentions]
        candidates = self._matcher.candidates(texts)
        near = [number for number, each in enumerate(candidates) if each]
        kept: Sequence[int] = (
            range(len(mentions)) if keep_all else [n for n, each in enumerate(mentions) if each.edited_at]
        )
        langs = self._languages(mentions, sorted({*near, *kept}) if kept else near)
        matches: list[tuple[str, ...]] = [()] * len(mentions)
        for number in near:
            found, mention = candidates[number], mentions[number]
            facts = _facts(mention, texts[number], langs[number]) if found.open else NO_FACTS
            matches[number] = self._matcher.confirm(found, facts)
        kept = sorted({*kept, *(number for number in near if matches[number])})
        out: list[Enriched | None] = [None] * len(mentions)
        moods = self._sentiment.score(
            [mentions[number].text for number in kept], [langs[number] or "und" for number in kept]
        )
        marks = signatures([texts[number].tokens for number in kept])
        for number, mood, mark in zip(kept, moods, marks, strict=True):
            out[number] = self._enriched(
                mentions[number], texts[number], langs[number] or "und", matches[number], mood, mark
            )
        return out

    def _languages(self, mentions: Sequence[Mention], wanted: Sequence[int]) -> list[str | None]:
        """The language of every mention that will be looked at more closely, None for the others."""
        detected = self._language.detect(
            [mentions[number].text for number in wanted], [mentions[number].lang for number in wanted]
        )
        langs: list[str | None] = [None] * len(mentions)
        for number, lang in zip(wanted, detected, strict=True):
            langs[number] = lang
        return langs

    def _enriched(
        self,
        mention: Mention,
        text: NormalText,
        lang: str,
        watches: Sequence[str],
        mood: Sentiment,
        mark: tuple[int, ...],
    ) -> Enriched:
        urgent: Mapping[str, tuple[str, ...]] = {}
        findings: Mapping[str, Finding] = {}
        if watches and (self._beyond_phrases or self._looked_for.find(text)):
            urgent = self._urgent.find(text)
            findings = {watch: self._checkers[watch].check(text, mention.counted_at) for watch in watches}
        if self._any is not None:
            findings = {"": self._any.check(text, mention.counted_at)}
        draft = EnrichedDraft()
        draft.mention = mention
        draft.lang = lang
        draft.sentiment = mood.label
        draft.sentiment_score = round(mood.score, 4)
        draft.sentiment_unsure = mood.unsure and mood is not UNSUPPORTED
        if findings:
            draft.misinformation = any(finding.flagged for finding in findings.values())
            draft.misinformation_score = max(finding.score for finding in findings.values())
            draft.misinformation_reasons = _reasons(findings.values())
        else:
            draft.misinformation = False
            draft.misinformation_score = 0.0
            draft.misinformation_reasons = ()
        draft.signature = mark
        draft.words = word_numbers(text)
        draft.narrative = narrative_name(mark)
        draft.hashtags = text.hashtags
        draft.domains = _domains(mention, text)
        draft.hits = tuple([self._hit(watch, mention, urgent, findings) for watch in watches])
        draft.models = self.models
        draft.schema_version = SCHEMA_VERSION
        return enriched_from(draft)

    def _hit(
        self,
        watch: str,
        mention: Mention,
        urgent: Mapping[str, tuple[str, ...]],
        findings: Mapping[str, Finding],
    ) -> WatchHit:
        vips = self._vips[watch]
        vip = bool(vips) and (mention.author_id in vips or mention.author_handle in vips)
        if not findings and not vip:
            return self._plain[watch]
        return WatchHit(
            watch=watch,
            urgent=urgent.get(watch, ()),
            vip=vip,
            misinformation=watch in findings and findings[watch].flagged,
        )


def build_enricher(
    watches: Watches, pseudonymiser: Pseudonymiser, *, sentiment: str | None = None, threads: int = 1
) -> Enricher:
    """The enricher of a watches file, with the engines it names (or `sentiment`, which wins).

    Raises:
        VigieError: the engine needs a package that is not installed, or cannot use the user's model.
    """
    return Enricher(
        watches,
        pseudonymiser,
        language=load_language_detector(),
        sentiment=engine_of(watches, instead=sentiment, threads=threads),
    )


def _facts(mention: Mention, text: NormalText, lang: str | None) -> PostFacts:
    authors = [author for author in (mention.author_id, mention.author_handle) if author is not None]
    return PostFacts(lang=lang, platform=mention.platform, authors=authors, domains=_domains(mention, text))


def _domains(mention: Mention, text: NormalText) -> tuple[str, ...]:
    """The domains linked to; of an article also its own. A post's own address is its platform's."""
    own = domain_of(mention.url) if mention.kind == "article" and mention.url else None
    return text.domains if own is None or own in text.domains else (own, *text.domains)


def _reasons(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    """Every reason once, in the order in which the watches found them."""
    reasons = {
        Reason(kind=reason.kind, value=reason.value, id=reason.id, answer=reason.answer): None
        for finding in findings
        for reason in finding.reasons
    }
    return tuple(reasons)
