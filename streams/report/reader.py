"""For whom a report is written: language, clock and names; numbers and times as that reader writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.plain import plain
from streams.report.words import REPORT_WORDS, ReportWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """`titles` are those of the watches file, else names stand in."""

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

    def decimal(self, value: float) -> str:
        """With one decimal."""
        return self._written(f"{value:,.1f}")

    def times(self, factor: float) -> str:
        return self._written(f"{factor:g}")

    def _written(self, number: str) -> str:
        return number.replace(",", "\u202f").replace(".", ",") if self.language == "fr" else number

    def percent(self, share: float) -> str:
        return TONGUES[self.language].percent(share)
