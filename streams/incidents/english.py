"""What is said of an incident in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from streams.incidents.words import is_share, named, spans
from streams.records import Evidence, IncidentEvent, Severity, Signal


class English:
    separator: ClassVar[str] = "; "
    severities: ClassVar[Mapping[Severity, str]] = {
        Severity.INFO: "INFO",
        Severity.WARNING: "WARNING",
        Severity.CRITICAL: "CRITICAL",
    }
    events: ClassVar[Mapping[IncidentEvent, str]] = {
        IncidentEvent.OPENED: "opened",
        IncidentEvent.UPDATED: "update",
        IncidentEvent.RESOLVED: "RESOLVED",
    }
    signs: ClassVar[Mapping[str, str]] = {
        "volume": "volume",
        "slow-burn": "slow rise",
        "narrative": "spreading message",
        "negative": "negative tone",
        "misinformation": "possible misinformation",
        "urgent": "urgent words",
        "vip": "VIP account",
        "silence": "silence",
    }
    drill: ClassVar[str] = "DRILL"
    test: ClassVar[str] = "TEST"

    _shares = ("a quarter", "a third", "half", "two thirds", "three quarters", "nearly all")

    def number(self, value: float) -> str:
        return f"{round(value):,}"

    def percent(self, share: float) -> str:
        return f"{round(100 * share)}%"

    def share(self, share: float) -> str:
        return named(share, self._shares) or self.percent(share)

    def span(self, seconds: float) -> str:
        count, unit = spans(seconds)
        return f"{self.number(count)} {unit}{'' if count == 1 else 's'}"

    def quoted(self, phrases: Sequence[str]) -> str:
        return ", ".join(f"“{phrase}”" for phrase in phrases)

    def titled(self, title: str, text: str) -> str:
        return f"{title}: {text}"

    def lately(self, seconds: float) -> str:
        count, unit = spans(seconds)
        return f"in the last {unit}" if count == 1 else f"in the last {count} {unit}s"

    def usual(self, expected: float) -> str:
        if expected < 0.5:
            return " where hardly any is usual"
        return f" where {self.number(expected)} {'is' if round(expected) == 1 else 'are'} usual"

    def usual_share(self, expected: float) -> str:
        if expected < 0.005:
            return " where hardly any is usual"
        return f" where {self.percent(expected)} is usual"

    def counted(self, signal: Signal, count: float) -> str:
        noun = "mention" if round(count) == 1 else "mentions"
        match signal:
            case Signal.NEGATIVE:
                return f"{self.number(count)} negative {noun}"
            case Signal.MISINFORMATION:
                return f"{self.number(count)} {noun} flagged as possible misinformation"
            case Signal.VIP:
                return f"{self.number(count)} {noun} by a VIP account"
            case _:
                return f"{self.number(count)} {noun}"

    def part(self, signal: Signal, share: float) -> str:
        flagged = "flagged as possible misinformation" if signal is Signal.MISINFORMATION else "negative"
        return f"{self.percent(share)} of them {flagged}"

    def are_negative(self, share: float) -> str:
        return f"{self.percent(share)} of mentions are negative"

    def urgent(self, count: float, total: int, phrases: Sequence[str], lately: str) -> str:
        said = self.quoted(phrases) if phrases else "an urgent phrase"
        if total > count:
            return f"{said} written in {self.number(count)} of {self.number(total)} mentions {lately}"
        return f"{said} written in {self.counted(Signal.URGENT, count)} {lately}"

    def slow(self, head: str) -> str:
        return f"a slow rise to {head}"

    def spreads(self, accounts: float, expected: float, lately: str) -> str:
        usual = "hardly any did before" if expected < 1 else f"{self.number(expected)} are usual"
        who = f"{self.number(accounts)} account{'' if round(accounts) == 1 else 's'}"
        return f"one message repeated by {who} {lately} where {usual}"

    def silent(self, observed: float, lately: str) -> str:
        return (
            f"{'no mention' if observed < 0.5 else 'only ' + self.counted(Signal.SILENCE, observed)} {lately}"
        )

    def now(self, head: str) -> str:
        return f"now {head}"

    def after(self, seconds: float) -> str:
        return f" after {self.span(seconds)}"

    def calm(self, after: str, head: str) -> str:
        return f"back to usual{after}: {head}"

    def over(self, after: str, head: str) -> str:
        return f"over{after}: {head}"

    def no_more(self, signal: Signal) -> str:
        return "no further word of a VIP account" if signal is Signal.VIP else "no urgent words any more"

    def peak(self, count: int) -> str:
        return f"{self.number(count)} in its loudest hour"

    def repeated(self, share: float, accounts: int | None) -> str:
        who = (
            "" if accounts is None else f" from {self.number(accounts)} account{'' if accounts == 1 else 's'}"
        )
        return f"{self.percent(share)} repeat one message{who}"

    def alike(self, share: float) -> str:
        return f"{self.percent(share)} repeat another almost word for word"

    def new_word(self, accounts: int) -> str:
        return f"{self.number(accounts)} accounts share a word that is new here"

    def own_words(self, accounts: int) -> str:
        return f"{self.number(accounts)} accounts, nearly all in their own words"

    def by_few(self, authors: int) -> str:
        return "one account wrote them all" if authors == 1 else f"{authors} accounts wrote them all"

    def loudest(self, share: float) -> str:
        return f"the ten loudest accounts wrote {self.percent(share)}"

    def new_of_rest(self, share: float) -> str:
        return f"{self.share(share)} of the rest are new voices"

    def new_voices(self, share: float) -> str:
        return f"{self.share(share)} of the voices are new"

    def flagged(self, count: int) -> str:
        return f"{self.number(count)} {'is' if count == 1 else 'are'} flagged as possible misinformation"

    def said_urgent(self, phrases: Sequence[str]) -> str:
        return f"urgent words: {self.quoted(phrases)}"

    def had_urgent(self, phrases: Sequence[str]) -> str:
        return f"the urgent words were {self.quoted(phrases)}"

    def vip_spoke(self) -> str:
        return "a VIP account has spoken"

    def digest(self, count: int) -> str:
        if count == 1:
            return "1 incident held back during the quiet hours"
        return f"{self.number(count)} incidents held back during the quiet hours"

    def gap(self, seconds: int) -> str:
        return f"{self.span(seconds)} of it not seen, because of a gap in collection"

    def young(self) -> str:
        return "the watch is in its first day, and what is usual is a guess"

    def no_gap(self) -> str:
        return "no known gap in collection explains it"

    def short(
        self, signal: Signal, observed: float, expected: float, evidence: Evidence, phrases: Sequence[str]
    ) -> str:
        count, unit = spans(evidence.window_s)
        window = f"{count} {'min' if unit == 'minute' else unit[0]}"
        match signal:
            case Signal.URGENT:
                said = self.quoted(phrases[:1]) or "urgent phrase"
                return f"{said} in {self.counted(signal, observed)} in {window}"
            case Signal.VIP:
                return "a VIP account has spoken"
            case Signal.SILENCE if observed < 0.5:
                return f"silence for {window} (usual: {self.number(expected)} mentions)"
            case Signal.SILENCE if observed < expected / 2:
                what = f"only {self.counted(signal, observed)}"
                return f"{what} in {window} (usual: {self.number(expected)})"
            case Signal.NEGATIVE | Signal.MISINFORMATION if is_share(signal, observed, expected):
                share = f"{self.percent(observed)} of {self.counted(Signal.VOLUME, evidence.mentions)}"
                return f"{self.signs[signal]}: {share} in {window} (usual: {self.percent(expected)})"
            case Signal.SLOW_BURN:
                what = f"slow rise: {self.counted(signal, observed)}"
                return f"{what} in {window} (usual: {self.number(expected)})"
            case Signal.NARRATIVE:
                return f"one message from {self.number(observed)} accounts in {window}"
            case Signal.NEGATIVE:
                what = "negative mentions"
            case Signal.MISINFORMATION:
                what = "possible misinformation"
            case _:
                what = "mentions"
        return f"{self.number(observed)} {what} in {window} (usual: {self.number(expected)})"
