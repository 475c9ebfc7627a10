"""What is said of an incident in French, with the spaces that its typography asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from streams.incidents.words import is_share, named, spans
from streams.records import Evidence, IncidentEvent, Severity, Signal

NARROW: Final = "\u202f"
"""No-break space that French puts between thousands and before ; ! ? %."""
WIDE: Final = "\u00a0"
"""No-break space that French puts before : and within « »."""


class French:
    separator: ClassVar[str] = f"{NARROW}; "
    severities: ClassVar[Mapping[Severity, str]] = {
        Severity.INFO: "INFO",
        Severity.WARNING: "ALERTE",
        Severity.CRITICAL: "CRITIQUE",
    }
    events: ClassVar[Mapping[IncidentEvent, str]] = {
        IncidentEvent.OPENED: "début",
        IncidentEvent.UPDATED: "suite",
        IncidentEvent.RESOLVED: "TERMINÉ",
    }
    signs: ClassVar[Mapping[str, str]] = {
        "volume": "volume",
        "slow-burn": "hausse lente",
        "narrative": "message qui se répand",
        "negative": "ton négatif",
        "misinformation": "désinformation possible",
        "urgent": "mots urgents",
        "vip": "compte VIP",
        "silence": "silence",
    }
    drill: ClassVar[str] = "EXERCICE"
    test: ClassVar[str] = "ESSAI"

    _shares = ("un quart", "un tiers", "la moitié", "les deux tiers", "les trois quarts", "la quasi-totalité")
    _units: ClassVar[Mapping[str, str]] = {
        "day": "jour",
        "hour": "heure",
        "minute": "minute",
        "second": "seconde",
    }

    def number(self, value: float) -> str:
        whole = round(value)
        # As is usual in French, four digits are grouped too: 2 140.
        return f"{whole:,}".replace(",", NARROW)

    def percent(self, share: float) -> str:
        return f"{round(100 * share)}{NARROW}%"

    def share(self, share: float) -> str:
        return named(share, self._shares) or self.percent(share)

    def span(self, seconds: float) -> str:
        count, unit = spans(seconds)
        return f"{self.number(count)}{WIDE}{self._units[unit]}{'s' if count >= 2 else ''}"

    def quoted(self, phrases: Sequence[str]) -> str:
        return ", ".join(f"«{WIDE}{phrase}{WIDE}»" for phrase in phrases)

    def titled(self, title: str, text: str) -> str:
        return f"{title}{WIDE}: {text}"

    def lately(self, seconds: float) -> str:
        count, unit = spans(seconds)
        noun = self._units[unit]
        last = "derniers" if unit == "day" else "dernières"
        if count == 1:
            return f"au cours de la dernière {noun}"
        return f"au cours des {count} {last} {noun}s"

    def usual(self, expected: float) -> str:
        if expected < 0.5:
            return ", contre presque aucune d’habitude"
        return f", contre {self.number(expected)} d’habitude"

    def usual_share(self, expected: float) -> str:
        if expected < 0.005:
            return ", contre presque aucune d’habitude"
        return f", contre {self.percent(expected)} d’habitude"

    def counted(self, signal: Signal, count: float) -> str:
        s = "s" if round(count) >= 2 else ""
        match signal:
            case Signal.NEGATIVE:
                return f"{self.number(count)} mention{s} négative{s}"
            case Signal.MISINFORMATION:
                return f"{self.number(count)} mention{s} signalée{s} comme désinformation possible"
            case Signal.VIP:
                return f"{self.number(count)} mention{s} d’un compte VIP"
            case _:
                return f"{self.number(count)} mention{s}"

    def part(self, signal: Signal, share: float) -> str:
        flagged = "signalées comme désinformation possible"
        return f"dont {self.percent(share)} {flagged if signal is Signal.MISINFORMATION else 'négatives'}"

    def are_negative(self, share: float) -> str:
        return f"{self.percent(share)} des mentions sont négatives"

    def urgent(self, count: float, total: int, phrases: Sequence[str], lately: str) -> str:
        said = self.quoted(phrases) if phrases else "une expression urgente"
        if total > count:
            counted = f"{self.counted(Signal.URGENT, count)} sur {self.number(total)}"
            return f"{said} dans {counted} {lately}"
        return f"{said} dans {self.counted(Signal.URGENT, count)} {lately}"

    def slow(self, head: str) -> str:
        return f"une hausse lente, jusqu’à {head}"

    def spreads(self, accounts: float, expected: float, lately: str) -> str:
        usual = "presque aucun auparavant" if expected < 1 else f"{self.number(expected)} d’habitude"
        who = f"{self.number(accounts)} compte{'s' if round(accounts) >= 2 else ''}"
        return f"un même message repris par {who} {lately}, contre {usual}"

    def silent(self, observed: float, lately: str) -> str:
        if observed < 0.5:
            return f"aucune mention {lately}"
        return f"seulement {self.counted(Signal.SILENCE, observed)} {lately}"

    def now(self, head: str) -> str:
        return f"désormais {head}"

    def after(self, seconds: float) -> str:
        return f" après {self.span(seconds)}"

    def calm(self, after: str, head: str) -> str:
        return f"retour à la normale{after}{WIDE}: {head}"

    def over(self, after: str, head: str) -> str:
        return f"terminé{after}{WIDE}: {head}"

    def no_more(self, signal: Signal) -> str:
        if signal is Signal.VIP:
            return "pas d’autre message d’un compte VIP"
        return "plus aucun mot urgent"

    def peak(self, count: int) -> str:
        return f"{self.number(count)} au cours de l’heure la plus forte"

    def repeated(self, share: float, accounts: int | None) -> str:
        who = (
            ""
            if accounts is None
            else f" venu de {self.number(accounts)} compte{'s' if accounts >= 2 else ''}"
        )
        return f"{self.percent(share)} répètent un même message{who}"

    def alike(self, share: float) -> str:
        return f"{self.percent(share)} en reprennent une autre presque mot pour mot"

    def new_word(self, accounts: int) -> str:
        return f"{self.number(accounts)} comptes ont en commun un mot nouveau ici"

    def own_words(self, accounts: int) -> str:
        return f"{self.number(accounts)} comptes, presque tous avec leurs propres mots"

    def by_few(self, authors: int) -> str:
        return "un seul compte a tout écrit" if authors == 1 else f"{authors} comptes ont tout écrit"

    def loudest(self, share: float) -> str:
        return f"les dix comptes les plus actifs en ont écrit {self.percent(share)}"

    def new_of_rest(self, share: float) -> str:
        if self.share(share) == self._shares[-1]:
            return "presque tous les autres sont des voix nouvelles"
        return f"{self.share(share)} des autres sont des voix nouvelles"

    def new_voices(self, share: float) -> str:
        if self.share(share) == self._shares[-1]:
            return "presque toutes les voix sont nouvelles"
        return f"{self.share(share)} des voix sont nouvelles"

    def flagged(self, count: int) -> str:
        if count == 1:
            return "une est signalée comme désinformation possible"
        return f"{self.number(count)} sont signalées comme désinformation possible"

    def said_urgent(self, phrases: Sequence[str]) -> str:
        return f"mots urgents{WIDE}: {self.quoted(phrases)}"

    def had_urgent(self, phrases: Sequence[str]) -> str:
        return f"les mots urgents étaient {self.quoted(phrases)}"

    def vip_spoke(self) -> str:
        return "un compte VIP s’est exprimé"

    def digest(self, count: int) -> str:
        if count == 1:
            return "1 incident retenu pendant les heures calmes"
        return f"{self.number(count)} incidents retenus pendant les heures calmes"

    def gap(self, seconds: int) -> str:
        return f"sans observation pendant {self.span(seconds)}, à cause d’une lacune de collecte"

    def young(self) -> str:
        return "la veille en est à son premier jour, et l’habituel n’est qu’une estimation"

    def no_gap(self) -> str:
        return "aucune lacune de collecte connue ne l’explique"

    def short(
        self, signal: Signal, observed: float, expected: float, evidence: Evidence, phrases: Sequence[str]
    ) -> str:
        count, unit = spans(evidence.window_s)
        window = f"{count}{WIDE}{ {'minute': 'min', 'hour': 'h', 'day': 'j', 'second': 's'}[unit] }"
        match signal:
            case Signal.URGENT:
                said = self.quoted(phrases[:1]) or "expression urgente"
                return f"{said} dans {self.counted(signal, observed)} en {window}"
            case Signal.VIP:
                return self.vip_spoke()
            case Signal.SILENCE if observed < 0.5:
                return f"silence depuis {window} (habituel{WIDE}: {self.number(expected)} mentions)"
            case Signal.SILENCE if observed < expected / 2:
                what = f"seulement {self.counted(signal, observed)}"
                return f"{what} en {window} (habituel{WIDE}: {self.number(expected)})"
            case Signal.NEGATIVE | Signal.MISINFORMATION if is_share(signal, observed, expected):
                share = f"{self.percent(observed)} de {self.counted(Signal.VOLUME, evidence.mentions)}"
                usual = f"habituel{WIDE}: {self.percent(expected)}"
                return f"{self.titled(self.signs[signal], share)} en {window} ({usual})"
            case Signal.SLOW_BURN:
                what = f"hausse lente{WIDE}: {self.counted(signal, observed)}"
                return f"{what} en {window} (habituel{WIDE}: {self.number(expected)})"
            case Signal.NARRATIVE:
                return f"un même message venu de {self.number(observed)} comptes en {window}"
            case Signal.NEGATIVE:
                what = "mentions négatives"
            case Signal.MISINFORMATION:
                what = "désinformations possibles"
            case _:
                what = "mentions"
        return f"{self.number(observed)} {what} en {window} (habituel{WIDE}: {self.number(expected)})"
